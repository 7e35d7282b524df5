//! Erasing what is held about a subject, and locking what must be kept.

use serde_json::{Map, Value as Json, json};
use store::jobs::Job;

use super::Task;
use super::told;
use super::walk::{Cause, Tallies, Walk};
use crate::access::Ran;
use crate::moment::Moment;
use crate::upkeep::{bytes, cursor_of, payload_of};
use crate::write::Context;
use crate::{Change, Command, Engine, Error, Refusal};

/// Kind of the job.
pub(crate) const KIND: &str = "erase_subject";

impl Engine {
    pub(crate) async fn run_erase_subject(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let task: Task = payload_of(job)?;
        let actor = self.job_actor(job);
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, &actor);
        let (ix, _) = context.object(task.subject.0.as_str())?;
        let whom = (ix, task.subject.1);
        let cause = Cause::Request(task.request.0.clone(), task.request.1);
        // A record that can be neither erased nor locked keeps everything as it is; the request
        // says so, and goes on when it is asked for again.
        if job.cursor.is_none() {
            let looked = Walk::look(&context, cause.clone()).whole().through(whom).await;
            match looked {
                Err(Error::Refused(refusal)) => {
                    return Ok(Ran::Done(bytes(&refused(&refusal))?));
                }
                other => other?,
            }
        }
        let before: Tallies = cursor_of(job);
        let walk = Walk::doing(&context, cause, (job, worker), before);
        let Some(tallies) = walk.all(whom).await? else { return Ok(Ran::Lost) };
        let outcome = told::outcome(&context, &tallies);
        self.say(&actor, &task, &outcome).await?;
        Ok(Ran::Done(bytes(&json!({ "records": tallies, "outcome": outcome }))?))
    }

    /// Writes into a request what was done for it.
    async fn say(&self, actor: &crate::Actor, task: &Task, outcome: &str) -> Result<(), Error> {
        let (object, id) = task.request.clone();
        let catalogue = self.catalogue();
        let answers = catalogue.objects.get(&object).and_then(|o| o.kept.answers.as_ref());
        let Some(answers) = answers else { return Ok(()) };
        let mut values = Map::new();
        values.insert(answers.outcome.to_string(), json!(outcome));
        let action = Change::Update { object, id, version: None, values };
        let command = Command { action, reason: None, idempotency: None };
        self.submit(actor, command).await.map(drop)
    }
}

fn refused(refusal: &Refusal) -> Json {
    let reason = refusal.to_string();
    json!({ "refused": { "code": refusal.code(), "reason": reason } })
}
