//! Filling search words and match keys anew after a publish that changed what records are found by.
//!
//! Indexes, unique constraints and blind indexes are built by the publish itself; only words that
//! are computed from values need a walk over the records.

use jiff::SignedDuration;
use kernel::Instant;
use schema::diff::{Change, Diff, Kind, Touch};
use schema::{Catalogue, Name};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::{Job, NewJob};
use uuid::Uuid;

use super::{ATTEMPTS, CHUNK, HEAD_START, bytes, cursor_of, payload_of};
use crate::access::Ran;
use crate::{Engine, Error};

/// Kind of the job.
pub(crate) const KIND: &str = "reindex";

#[derive(Serialize, Deserialize)]
struct Task {
    object: Name,
    /// The version that asked for it.
    version: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    after: Option<Uuid>,
    done: i64,
}

/// The jobs that a publish of `next` queues, one an object.
pub(crate) fn jobs(
    engine: &Engine,
    diff: &Diff,
    next: &Catalogue,
    (by, now): (Uuid, Instant),
) -> Result<Vec<NewJob>, Error> {
    let mut objects: Vec<Name> = Vec::new();
    let mut fresh: Vec<&Name> = Vec::new();
    for change in &diff.changes {
        let object = match change {
            Change::ObjectAdded { object } => {
                fresh.push(object);
                continue;
            }
            Change::FieldChanged { object, parts, .. }
                if parts.iter().any(|part| part == "search") =>
            {
                vec![object.clone()]
            }
            Change::Definition { kind: Kind::Match, name, touch, parts } => {
                rekeyed((engine.catalogue().as_ref(), next), name, *touch, parts)
            }
            _ => continue,
        };
        objects.extend(object);
    }
    objects.sort_unstable();
    objects.dedup();
    objects.retain(|object| !fresh.contains(&object) && next.objects.contains_key(object));
    let run_at = now.checked_add(SignedDuration::from_secs(HEAD_START)).unwrap_or(now);
    let one = |object: Name| {
        Ok(NewJob {
            id: engine.next_id(now),
            kind: KIND.into(),
            run_at,
            payload: bytes(&Task { object, version: next.version })?,
            max_attempts: ATTEMPTS,
            created_by: by,
        })
    };
    objects.into_iter().map(one).collect()
}

/// Objects whose match keys a changed rule makes anew, or forgets.
fn rekeyed(
    (old, next): (&Catalogue, &Catalogue),
    rule: &Name,
    touch: Touch,
    parts: &[String],
) -> Vec<Name> {
    if touch == Touch::Changed && !parts.iter().any(|part| part == "keys" || part == "object") {
        return Vec::new();
    }
    let rules = [old.matches.get(rule), next.matches.get(rule)];
    rules.into_iter().flatten().map(|rule| rule.object.clone()).collect()
}

impl Engine {
    pub(crate) async fn run_reindex(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let task: Task = payload_of(job)?;
        if self.catalogue().version < task.version {
            self.load_published().await?;
        }
        let mut cursor: Cursor = cursor_of(job);
        loop {
            let catalogue = self.catalogue();
            // An object that has left the definitions is not searched any more.
            let Some((ix, object)) = catalogue.object(task.object.as_str()) else { break };
            if cursor.after.is_none() && catalogue.match_rule(&object.name).is_none() {
                let step = store::Store::forget_match_keys(object.name.as_str());
                self.store().db().run(vec![step]).await.map_err(store::Error::from)?;
            }
            let chunk = self.store().reindex(&catalogue, ix, cursor.after, CHUNK).await?;
            cursor.done += i64::from(chunk.done);
            cursor.after = chunk.cursor;
            if cursor.after.is_none() {
                break;
            }
            if !self.advance(job, worker, &json!(cursor), cursor.done).await? {
                return Ok(Ran::Lost);
            }
        }
        if !self.advance(job, worker, &json!(cursor), cursor.done).await? {
            return Ok(Ran::Lost);
        }
        Ok(Ran::Done(bytes(&json!({ "object": task.object, "records": cursor.done }))?))
    }
}
