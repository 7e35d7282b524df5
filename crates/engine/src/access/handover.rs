//! Handing a leaver's records to another user: one change a record, each decided and audited like
//! any other, in a job that goes on where it stopped.

use schema::catalogue::{Right, base};
use schema::expr::Node;
use schema::{Name, Object, ObjectIx, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use store::jobs::{Job, NewJob, enqueue};
use store::records::Select;
use uuid::Uuid;

use super::job::Ran;
use super::require;
use crate::moment::Moment;
use crate::org::Reader;
use crate::rights::{field_is, own_field};
use crate::{Actor, Change, Command, Engine, Error, Refusal, Violation};

/// Kind of the job.
pub(super) const KIND: &str = "handover";

/// Records handed over between two writes of progress.
const CHUNK: u32 = 50;

/// Attempts of the job.
const ATTEMPTS: u32 = 5;

/// Records refused that the result names.
const NAMED: usize = 100;

/// What is handed to whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Handover {
    /// The leaver.
    pub from_user: Uuid,
    /// Who takes over.
    pub to_user: Uuid,
    /// Only these objects; every one when empty.
    pub objects: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Where a handover stands.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    /// Objects that are through.
    through: Vec<String>,
    /// Last record of the present object.
    after: Option<Uuid>,
    moved: u64,
    refused: Vec<Uuid>,
    refused_count: u64,
}

impl Engine {
    /// How many records of each object a user owns.
    pub async fn preview_handover(
        &self,
        actor: &Actor,
        user: Uuid,
    ) -> Result<Vec<(Name, u64)>, Error> {
        require(actor, Right::Users, "handover")?;
        let catalogue = self.catalogue();
        let platform = self.system(Some(actor.user()), "handover");
        let moment = Moment::new(catalogue.clone(), self.now());
        let env = moment.env(&platform);
        let mut counts = Vec::new();
        for (ix, object) in owned(&catalogue) {
            let filter = field_is(ix, base::OWNER, user);
            let select = Select { filter: Some(&filter), ..Select::of(ix, &env) };
            let rows = self.store().count(&catalogue, &select, None).await?;
            if rows > 0 {
                counts.push((object.name.clone(), rows));
            }
        }
        Ok(counts)
    }

    /// Queues a handover; returns the job's id.
    pub async fn start_handover(&self, actor: &Actor, asked: Handover) -> Result<Uuid, Error> {
        require(actor, Right::Users, "handover")?;
        let catalogue = self.catalogue();
        let mut violations = Vec::new();
        if asked.from_user == asked.to_user {
            violations.push(Violation::new("to_user", "same_user"));
        } else if self.rights_of(asked.to_user).await?.is_none() {
            violations.push(Violation::new("to_user", "reference"));
        }
        let unknown = |name: &&String| !owned(&catalogue).any(|(_, o)| o.name == name.as_str());
        for name in asked.objects.iter().filter(unknown) {
            violations
                .push(Violation::new("objects", "unknown_object").with("name", name.as_str()));
        }
        if !violations.is_empty() {
            return Err(Refusal::Invalid(violations).into());
        }
        if self.account(asked.from_user).await?.is_none() {
            return Err(Refusal::Invisible.into());
        }
        let now = self.now();
        let payload = serde_json::to_vec(&asked).map_err(|e| Error::Internal(e.to_string()))?;
        let job = NewJob {
            id: self.next_id(now),
            kind: KIND.into(),
            run_at: now,
            payload,
            max_attempts: ATTEMPTS,
            created_by: actor.user(),
        };
        let detail = json!({
            "job": job.id, "to_user": asked.to_user, "objects": asked.objects,
            "reason": asked.reason,
        });
        let steps = vec![enqueue(&job, now)];
        self.note(actor, ("handover_started", Some(asked.from_user)), detail, steps).await?;
        Ok(job.id)
    }

    pub(super) async fn run_handover(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let asked: Handover = serde_json::from_slice(&job.payload)
            .map_err(|error| Error::Internal(format!("job {}: {error}", job.id)))?;
        let mut cursor: Cursor = match &job.cursor {
            Some(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            None => Cursor::default(),
        };
        let actor = self.job_actor(job);
        let catalogue = self.catalogue();
        for (ix, object) in owned(&catalogue) {
            let name = object.name.to_string();
            let asked_for = asked.objects.is_empty() || asked.objects.contains(&name);
            if !asked_for || cursor.through.contains(&name) {
                continue;
            }
            loop {
                let ids = self.owned_by(&actor, ix, asked.from_user, cursor.after).await?;
                for id in &ids {
                    match self.hand_one(&actor, object, *id, &asked).await? {
                        true => cursor.moved += 1,
                        false => cursor.refuse(*id),
                    }
                }
                match ids.last() {
                    Some(last) => cursor.after = Some(*last),
                    None => {
                        cursor.after = None;
                        cursor.through.push(name);
                        break;
                    }
                }
                let at = json!(cursor);
                let done = i64::try_from(cursor.moved).unwrap_or(i64::MAX);
                if !self.advance(job, worker, &at, done).await? {
                    return Ok(Ran::Lost);
                }
            }
        }
        let result = json!({
            "moved": cursor.moved, "refused": cursor.refused_count, "records": cursor.refused,
        });
        Ok(Ran::Done(result.to_string().into_bytes()))
    }

    async fn owned_by(
        &self,
        actor: &Actor,
        ix: ObjectIx,
        owner: Uuid,
        after: Option<Uuid>,
    ) -> Result<Vec<Uuid>, Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let reader =
            Reader { engine: self, catalogue: &catalogue, moment: &moment, platform: actor };
        let columns: Vec<Node> = vec![own_field(ix, base::ID)];
        let after = after.map(|id| vec![Value::Id(id)]);
        let filter = Some(field_is(ix, base::OWNER, owner));
        let rows = reader.select(ix, columns, filter, (after, CHUNK)).await?;
        let ids = rows.into_iter().flatten().filter_map(|value| match value {
            Value::Id(id) => Some(id),
            _ => None,
        });
        Ok(ids.collect())
    }

    /// Whether one record was handed over; a refusal is in the audit log.
    async fn hand_one(
        &self,
        actor: &Actor,
        object: &Object,
        id: Uuid,
        asked: &Handover,
    ) -> Result<bool, Error> {
        let mut values = Map::new();
        values.insert("owner".into(), json!(asked.to_user));
        let action = Change::Update { object: object.name.clone(), id, version: None, values };
        let reason = Some(asked.reason.clone());
        match self.submit(actor, Command { action, reason, idempotency: None }).await {
            Ok(_) => Ok(true),
            Err(Error::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Cursor {
    fn refuse(&mut self, id: Uuid) {
        self.refused_count += 1;
        if self.refused.len() < NAMED {
            self.refused.push(id);
        }
    }
}

/// Objects whose records people own; not the platform's own.
fn owned(catalogue: &schema::Catalogue) -> impl Iterator<Item = (ObjectIx, &Object)> {
    catalogue
        .objects
        .values()
        .filter(|object| object.system.is_none() && !object.retired)
        .filter_map(|object| catalogue.object(object.name.as_str()))
}
