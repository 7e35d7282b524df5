//! Rotating the master key: from now on a new one seals, and a job seals again what older ones did.
//!
//! Fields of records, deleted records, second factors and what imports keep are sealed again; blind
//! indexes and search words have a key of their own and stay. Files keep the key that sealed them,
//! so no key ever leaves the ring.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use schema::{Catalogue, ObjectIx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::{Job, NewJob, enqueue};
use uuid::Uuid;

use super::{ATTEMPTS, CHUNK, HEAD_START, bytes, cursor_of};
use crate::access::Ran;
use crate::{Actor, ActorKind, Engine, Error, Refusal};

/// Kind of the job.
pub(crate) const KIND: &str = "reseal";

/// How much each master key still seals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyUsage {
    /// The key that seals at present.
    pub current: u16,
    /// Sealed values by key, older ones first; files are not counted.
    pub values: BTreeMap<u16, u64>,
}

/// Where the job stands.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// Stages that are through.
    through: Vec<String>,
    after: Option<Uuid>,
    import: Option<store::records::ImportPlace>,
    done: i64,
}

/// What is sealed again together.
#[derive(Clone, Copy)]
enum Stage {
    Records(ObjectIx),
    Trash(ObjectIx),
    Factors,
    Imports,
}

impl Engine {
    /// Adds a master key that seals from now on and queues the job that seals again what older ones
    /// did. Returns the new key's version and the job. For the command line: nobody else may.
    pub async fn rotate_keys(&self, actor: &Actor) -> Result<(u16, Uuid), Error> {
        if !matches!(actor.kind(), ActorKind::System { .. }) {
            let (action, object) = ("rotate".into(), "keys".into());
            return Err(Refusal::Forbidden { action, object }.into());
        }
        let now = self.now();
        let version = self.keys()?.rotate(now)?;
        let job = NewJob {
            id: self.next_id(now),
            kind: KIND.into(),
            run_at: now.checked_add(SignedDuration::from_secs(HEAD_START)).unwrap_or(now),
            payload: bytes(&json!({ "key": version }))?,
            max_attempts: ATTEMPTS,
            created_by: actor.user(),
        };
        let detail = json!({ "key": version, "job": job.id });
        let steps = vec![store::state::keys_changed(), enqueue(&job, now)];
        self.record(actor, "keys_rotated", detail, steps).await?;
        Ok((version, job.id))
    }

    /// How much each master key of the ring still seals. Reads everything sealed.
    pub async fn key_usage(&self) -> Result<KeyUsage, Error> {
        let keys = self.keys()?;
        let mut values: BTreeMap<u16, u64> = keys.versions().into_iter().map(|v| (v, 0)).collect();
        values.extend(self.store().sealed_by_key(&self.catalogue()).await?);
        Ok(KeyUsage { current: keys.current(), values })
    }

    pub(crate) async fn run_reseal(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        self.keys()?.reload()?;
        let catalogue = self.catalogue();
        let mut cursor: Cursor = cursor_of(job);
        for (name, stage) in stages(&catalogue) {
            if cursor.through.contains(&name) {
                continue;
            }
            loop {
                let done = self.reseal_some(&catalogue, stage, &mut cursor).await?;
                cursor.done += i64::from(done);
                let through = cursor.after.is_none() && cursor.import.is_none();
                if through {
                    cursor.through.push(name.clone());
                }
                if done > 0 && !self.advance(job, worker, &json!(cursor), cursor.done).await? {
                    return Ok(Ran::Lost);
                }
                if through {
                    break;
                }
            }
        }
        let KeyUsage { current, values } = self.key_usage().await?;
        let result = json!({ "key": current, "looked_at": cursor.done, "values_by_key": values });
        Ok(Ran::Done(bytes(&result)?))
    }

    /// Does one chunk of a stage and moves the cursor; returns how many were looked at.
    async fn reseal_some(
        &self,
        catalogue: &Catalogue,
        stage: Stage,
        cursor: &mut Cursor,
    ) -> Result<u32, Error> {
        let (store, keys) = (self.store(), self.keys()?);
        let from = (cursor.after, CHUNK);
        let chunk = match stage {
            Stage::Records(ix) => store.reseal(catalogue, keys, ix, from).await?,
            Stage::Trash(ix) => store.reseal_trash(catalogue, keys, ix, from).await?,
            Stage::Factors => {
                let done = store::access::reseal_totp(store.db(), keys).await?;
                return Ok(u32::try_from(done).unwrap_or(u32::MAX));
            }
            Stage::Imports => {
                let (done, next) = store.reseal_imports(keys, cursor.import, CHUNK).await?;
                cursor.import = next;
                return Ok(done);
            }
        };
        cursor.after = chunk.cursor;
        Ok(chunk.done)
    }
}

/// Every stage with its name in the cursor.
fn stages(catalogue: &Catalogue) -> Vec<(String, Stage)> {
    let mut stages = Vec::new();
    for name in catalogue.objects.keys() {
        let Some((ix, _)) = catalogue.object(name.as_str()) else { continue };
        stages.push((format!("records {name}"), Stage::Records(ix)));
        stages.push((format!("trash {name}"), Stage::Trash(ix)));
    }
    stages.push(("factors".into(), Stage::Factors));
    stages.push(("imports".into(), Stage::Imports));
    stages
}
