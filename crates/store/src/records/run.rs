//! Running what a commit came to: at once or handed over, and what its failure means.

use std::sync::Arc;

use schema::ObjectIx;
use uuid::Uuid;

use super::plan::Plans;
use super::write::{CommitError, Committed, IdempotencyRecord};
use crate::db::{Answer, Lane, ScriptError, Step};
use crate::{Boxed, Error, Store};

/// A write turned into the steps of one transaction: encoded, sealed and with its search words made.
pub struct Script {
    pub(super) plans: Arc<Plans>,
    pub(super) idempotency: Option<IdempotencyRecord>,
    pub(super) steps: Vec<Step>,
    pub(super) origins: Vec<Origin>,
    pub(super) system: std::ops::Range<usize>,
}

/// A script that was handed over.
pub struct Posted {
    plans: Arc<Plans>,
    idempotency: Option<IdempotencyRecord>,
    origins: Vec<Origin>,
    system: std::ops::Range<usize>,
    answer: Answer,
}

impl Store {
    /// Runs a script in one durable transaction.
    pub fn run(&self, script: Script) -> Boxed<'_, Result<Committed, CommitError>> {
        Box::pin(async move {
            let Script { plans, idempotency, steps, origins, system } = script;
            match self.db.run(steps).await {
                Ok(mut results) => Ok(Committed { system: results.drain(system).collect() }),
                Err(error) => Err(self.explain(&plans, &origins, idempotency, error).await),
            }
        })
    }

    /// Hands over a script, to be answered later; see [`Db::post`](crate::Db::post).
    pub async fn post(&self, script: Script, lane: Lane) -> Result<Posted, CommitError> {
        let Script { plans, idempotency, steps, origins, system } = script;
        let answer = self.db.post(steps, lane).await?;
        Ok(Posted { plans, idempotency, origins, system, answer })
    }

    /// Waits until a posted script is durable, or undone.
    pub async fn landed(&self, posted: Posted) -> Result<Committed, CommitError> {
        let Posted { plans, idempotency, origins, system, answer } = posted;
        match answer.await {
            Ok(mut results) => Ok(Committed { system: results.drain(system).collect() }),
            Err(error) => Err(self.explain(&plans, &origins, idempotency, error).await),
        }
    }

    async fn explain(
        &self,
        plans: &Plans,
        origins: &[Origin],
        idempotency: Option<IdempotencyRecord>,
        error: ScriptError,
    ) -> CommitError {
        let step = match &error {
            ScriptError::Unexpected { step, .. }
            | ScriptError::Unique { step, .. }
            | ScriptError::Foreign { step } => *step,
            ScriptError::Undone => return CommitError::Undone,
            ScriptError::Other(_) => return CommitError::Store(error.into()),
        };
        let origin = origins.get(step).copied().unwrap_or(Origin::Journal);
        match (origin, error) {
            (Origin::Record(object, id), ScriptError::Unexpected { .. }) => {
                CommitError::Stale { object, id }
            }
            (Origin::Record(object, _), ScriptError::Unique { constraint, .. }) => {
                duplicate(plans, object, &constraint)
            }
            (Origin::Tree, ScriptError::Unexpected { .. }) => CommitError::Store(Error::Cycle),
            (Origin::System(step), ScriptError::Unexpected { .. }) => CommitError::System { step },
            (Origin::Idempotency, ScriptError::Unique { .. }) => {
                match self.answered(idempotency.as_ref()).await {
                    Ok(answer) => CommitError::Replayed(answer),
                    Err(error) => CommitError::Store(error),
                }
            }
            (_, error) => CommitError::Store(error.into()),
        }
    }

    async fn answered(&self, record: Option<&IdempotencyRecord>) -> Result<Vec<u8>, Error> {
        let lost = || Error::Internal("the remembered answer is gone".into());
        let record = record.ok_or_else(lost)?;
        let rows = self
            .db
            .point(
                "SELECT digest, answer FROM jy_idempotency WHERE actor = $1 AND name = $2",
                &[record.actor.into(), record.key.as_str().into()],
            )
            .await?;
        let [digest, answer] = rows.first().map(Vec::as_slice).ok_or_else(lost)? else {
            return Err(lost());
        };
        if digest.bytes()? != record.digest {
            return Err(Error::Refused("the key was used for another request".into()));
        }
        Ok(answer.bytes()?.to_vec())
    }
}

/// What a step is for, to explain its failure.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    Record(ObjectIx, Uuid),
    Follow,
    Tree,
    System(usize),
    Idempotency,
    Journal,
}

fn duplicate(plans: &Plans, object: ObjectIx, constraint: &str) -> CommitError {
    let Ok(plan) = plans.at(object) else {
        return CommitError::Store(Error::Internal("no such object".into()));
    };
    let known = plan.uniques.iter().find(|u| u.index == constraint || u.columns == constraint);
    let (constraint, slots) = known
        .map_or_else(|| (constraint.into(), Vec::new()), |u| (u.name.clone(), u.slots.clone()));
    CommitError::Duplicate { object, constraint, slots }
}
