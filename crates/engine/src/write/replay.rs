//! Idempotent repeats: the same key and request give the first outcome again.

use kernel::Instant;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::{Change, Command, Idempotency, Outcome};
use super::facts::Facts;
use super::submit::{Context, Subject};
use crate::moment::Moment;
use crate::{Actor, Engine, Error, Refusal, View};

/// How long a key is remembered: a day.
const KEPT_SECONDS: i64 = 86_400;

/// What is kept of an outcome: its address. The record itself is read again, under the rights the
/// actor has then.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: Uuid,
    version: u64,
    deleted: bool,
}

impl Engine {
    /// The outcome of an earlier identical command, if its key was used.
    pub(super) async fn replayed(
        &self,
        actor: &Actor,
        command: &Command,
    ) -> Result<Option<Outcome>, Error> {
        let Some(Idempotency { key, fingerprint }) = &command.idempotency else { return Ok(None) };
        let Some(found) =
            store::access::remembered(self.store().db(), actor.user(), key, self.now()).await?
        else {
            return Ok(None);
        };
        let (digest, answer) = found;
        if digest != fingerprint {
            return Err(Refusal::invalid("Idempotency-Key", "key_reused").into());
        }
        let kept: Kept = serde_json::from_slice(&answer)
            .map_err(|error| Error::Internal(format!("kept outcome: {error}")))?;
        let object = command.action.object().clone();
        let (id, version) = (kept.id, kept.version);
        let (mut view, mut revealed) = (None, None);
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object.as_str())?;
        match &command.action {
            Change::Reveal { field, .. } => {
                revealed = Some(context.revealed_again(of, id, field, version).await?);
            }
            _ if kept.deleted => {}
            _ => view = context.seen_now(of, id).await?,
        }
        let known = Outcome::of(object, id, version);
        Ok(Some(Outcome { view, revealed, replayed: true, ..known }))
    }

    /// What to remember of `outcome` in the same commit, when the caller gave a key.
    pub(super) fn keep(
        &self,
        context: &Context<'_>,
        command: &Command,
        outcome: &Outcome,
    ) -> Result<Option<store::IdempotencyRecord>, Error> {
        let Some(Idempotency { key, fingerprint }) = &command.idempotency else { return Ok(None) };
        let kept = Kept {
            id: outcome.id,
            version: outcome.version,
            deleted: outcome.view.is_none() && outcome.version == 0,
        };
        let answer = serde_json::to_vec(&kept)
            .map_err(|error| Error::Internal(format!("kept outcome: {error}")))?;
        let now = context.moment.now;
        Ok(Some(store::IdempotencyRecord {
            actor: context.actor.user(),
            key: key.clone(),
            digest: fingerprint.to_vec(),
            answer,
            created_at: now,
            expires_at: later(now),
        }))
    }
}

impl<'a> Context<'a> {
    /// A record as the answer to a write shows it; `None` when it is gone or out of sight.
    async fn seen_now(&self, of: Subject<'a>, id: Uuid) -> Result<Option<View>, Error> {
        let values = match self.load(of, id).await {
            Err(Error::Refused(_)) => return Ok(None),
            loaded => loaded?,
        };
        let known = self.learn(of, &values, true, None).await?;
        let facts = Facts::new(self.catalogue, of.0, &values, &self.env, known);
        Ok(self.view(of, &facts))
    }
}

fn later(now: Instant) -> Instant {
    now.checked_add(jiff::SignedDuration::from_secs(KEPT_SECONDS)).unwrap_or(now)
}
