//! Emptying the recycle bin: what was deleted longer ago than the institution keeps it is gone for
//! good, each record with an audit entry.

use jiff::SignedDuration;
use kernel::Instant;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::{Job, NewJob, enqueue_once};
use store::{CommitError, Write};
use uuid::Uuid;

use super::{ATTEMPTS, CHUNK, bytes, cursor_of};
use crate::access::Ran;
use crate::moment::Moment;
use crate::write::{Context, Entry, entry};
use crate::{Actor, Engine, Error, SYSTEM_USER};

/// Kind of the job.
pub(crate) const KIND: &str = "empty_bin";

/// Days a deleted record is kept unless the parameter `trash_days` says otherwise.
const DAYS: i64 = 90;

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    purged: i64,
    /// Restored between being listed and being removed.
    kept: i64,
}

impl Engine {
    /// Queues the emptying of the recycle bin, once a business day and only if there is something to
    /// remove. Costs one indexed read otherwise.
    pub async fn queue_empty_bin(&self) -> Result<(), Error> {
        let now = self.now();
        if self.store().trash_before(self.kept_since(now), 1).await?.is_empty() {
            return Ok(());
        }
        let job = NewJob {
            id: self.next_id(now),
            kind: KIND.into(),
            run_at: now,
            payload: Vec::new(),
            max_attempts: ATTEMPTS,
            created_by: SYSTEM_USER,
        };
        let day = kernel::time::business_date(now).to_string();
        let step = enqueue_once(&job, &day, now);
        self.store().db().run(vec![step]).await.map_err(store::Error::from)?;
        Ok(())
    }

    /// What was deleted before this instant is not kept any longer.
    fn kept_since(&self, now: Instant) -> Instant {
        let days = self.whole_parameter("trash_days").unwrap_or(DAYS);
        let span = SignedDuration::from_hours(24 * days.clamp(1, 36_500));
        now.checked_sub(span).unwrap_or(Instant::MIN)
    }

    pub(crate) async fn run_empty_bin(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let actor = self.job_actor(job);
        let before = self.kept_since(self.now());
        let mut cursor: Cursor = cursor_of(job);
        loop {
            let old = self.store().trash_before(before, CHUNK).await?;
            if old.is_empty() {
                break;
            }
            if self.purge(&actor, &old).await? {
                cursor.purged += i64::try_from(old.len()).unwrap_or(0);
            } else {
                for one in old.chunks(1) {
                    match self.purge(&actor, one).await? {
                        true => cursor.purged += 1,
                        false => cursor.kept += 1,
                    }
                }
            }
            if !self.advance(job, worker, &json!(cursor), cursor.purged).await? {
                return Ok(Ran::Lost);
            }
        }
        Ok(Ran::Done(bytes(&cursor)?))
    }

    /// Removes all of these for good; false, and none, when one was restored meanwhile.
    async fn purge(
        &self,
        actor: &Actor,
        old: &[(std::sync::Arc<str>, Uuid)],
    ) -> Result<bool, Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let mut write = Write::default();
        for (name, id) in old {
            let object = catalogue.objects.get(&**name);
            let detail = json!({ "object": &**name });
            let note = Entry { kind: "purge", object, record: Some(*id), reason: None, detail };
            write.audit.push(entry(&context, note));
            write.system.extend(store::records::purge(name, *id));
        }
        match self.store().commit(&catalogue, write).await {
            Ok(_) => Ok(true),
            Err(CommitError::System { .. }) => Ok(false),
            Err(error) => Err(context.explain(error)),
        }
    }
}
