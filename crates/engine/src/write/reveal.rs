//! Revealing a masked value, and sharing a record: writes that change no field.

use kernel::Instant;
use schema::catalogue::{Access, Action};
use schema::{Name, Object, Slot, Value};
use serde_json::{Value as Json, json};
use store::{CommitError, Write, access};
use uuid::Uuid;

use super::audit::{self, Entry};
use super::command::{Command, Outcome, Revealed};
use super::decide;
use super::facts::Facts;
use super::record::version_of;
use super::submit::{Context, Subject};
use crate::approvals::Asked;
use crate::moment::Moment;
use crate::{Actor, Engine, Error, Refusal, Violation};

/// Fewest characters of a reason.
const REASON_MIN: usize = 2;

/// Most characters of a reason.
const REASON_MAX: usize = 500;

impl Context<'_> {
    /// The record, the slot of a field of it that the actor may have revealed, and whether that
    /// needs nobody's approval: some grant on the record says so.
    async fn revealable(
        &self,
        of: Subject<'_>,
        id: Uuid,
        field: &Name,
    ) -> Result<(Vec<Value>, Slot, bool), Error> {
        let (ix, object) = of;
        let values = self.load(of, id).await?;
        let known = self.learn_rights(ix, &values).await?;
        let facts = Facts::new(self.catalogue, ix, &values, &self.env, known);
        decide::admit(self.actor, of, &facts, Action::Reveal)?;
        let hidden = || {
            Refusal::Invalid(vec![
                Violation::new("field", "unknown_field").with("name", field.as_str()),
            ])
        };
        let (slot, definition) = object.field(field.as_str()).ok_or_else(hidden)?;
        let readable = self.access(ix, &facts, Action::Read, slot);
        let granted = self.access(ix, &facts, Action::Reveal, slot);
        if readable == Access::Hidden || granted == Access::Hidden || definition.level >= 5 {
            return Err(hidden().into());
        }
        let alone = self.actor.rights().grants(ix, Action::Reveal).filter(|grant| grant.alone);
        let alone = decide::matching(alone, &facts).access(slot) > Access::Hidden;
        Ok((values, slot, alone))
    }

    /// The approval under which the actor may see a field, where they need one.
    async fn approved(&self, id: Uuid, field: &Name, alone: bool) -> Result<Option<Uuid>, Error> {
        if alone {
            return Ok(None);
        }
        let (db, user) = (self.engine.store().db(), self.actor.user());
        let found = access::approved_field(db, (id, field.as_str()), user, self.moment.now).await?;
        let asked = found.ok_or_else(|| Refusal::invalid("field", "approval_reveal"))?;
        Ok(Some(asked))
    }

    /// How many reveals the actor has had today.
    async fn revealed_today(&self) -> Result<u32, Error> {
        let day = kernel::time::days_since_epoch(self.moment.today);
        let used = access::reveals_on(self.engine.store().db(), self.actor.user(), day).await?;
        Ok(u32::try_from(used).unwrap_or(u32::MAX))
    }

    /// The answer to a repeat of a reveal that was paid for and recorded already: the same value,
    /// unless the record changed since.
    pub(super) async fn revealed_again(
        &self,
        of: Subject<'_>,
        id: Uuid,
        field: &Name,
        version: u64,
    ) -> Result<Revealed, Error> {
        let (values, slot, alone) = self.revealable(of, id, field).await?;
        if version_of(&values) != version {
            let reason = "the record changed since it was revealed; reveal it anew".into();
            return Err(Refusal::Conflict { code: "changed_since", reason }.into());
        }
        self.approved(id, field, alone).await?;
        let limit = self.actor.rights().reveal_per_day;
        let left = limit.saturating_sub(self.revealed_today().await?);
        Ok(Revealed { field: field.clone(), value: in_clear(of.1, slot, &values), left })
    }

    /// Shows one value in clear: needs the right, a reason and quota left; always audited.
    pub(super) async fn reveal(
        &self,
        of: Subject<'_>,
        id: Uuid,
        field: &Name,
        command: &Command,
    ) -> Result<Outcome, Error> {
        let (_, object) = of;
        let (values, slot, alone) = self.revealable(of, id, field).await?;
        let reason = reason_of(self.reason)?;
        let approval = self.approved(id, field, alone).await?;
        let limit = self.actor.rights().reveal_per_day;
        let quota = || Refusal::Quota { what: "reveals today".into(), limit: u64::from(limit) };
        let user = self.actor.user();
        let day = kernel::time::days_since_epoch(self.moment.today);
        let used = self.revealed_today().await?;
        let left = limit.checked_sub(used.saturating_add(1)).ok_or_else(quota)?;
        let detail = json!({ "field": field, "left": left, "request": approval });
        let entry = Entry {
            kind: "reveal",
            object: Some(object),
            record: Some(id),
            reason: Some(reason),
            detail,
        };
        let mut outcome = Outcome::of(object.name.clone(), id, version_of(&values));
        let write = Write {
            audit: vec![audit::entry(self, entry)],
            system: vec![access::take_reveal(user, day, limit)],
            idempotency: self.engine.keep(self, command, &outcome)?,
            ..Write::default()
        };
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {}
            Err(CommitError::System { .. }) => return Err(quota().into()),
            Err(error) => return Err(self.explain(error)),
        }
        let value = in_clear(object, slot, &values);
        outcome.revealed = Some(Revealed { field: field.clone(), value, left });
        Ok(outcome)
    }

    /// Opens a record to another user until `until`, or ends that.
    pub(super) async fn share(
        &self,
        of: Subject<'_>,
        id: Uuid,
        (user, until): (Uuid, Option<Instant>),
        command: &Command,
    ) -> Result<Outcome, Error> {
        let (ix, object) = of;
        let values = self.load(of, id).await?;
        let known = self.learn(of, &values, true, None).await?;
        let facts = Facts::new(self.catalogue, ix, &values, &self.env, known);
        decide::admit(self.actor, of, &facts, Action::Share)?;
        if until.is_some_and(|until| until <= self.moment.now) {
            return Err(Refusal::invalid("until", "past").into());
        }
        if self.engine.rights_of(user).await?.is_none() {
            return Err(Refusal::invalid("user", "reference").into());
        }
        let kind = if until.is_some() { "share" } else { "unshare" };
        let until_text = until.map(|at| at.to_string());
        let entry = Entry {
            kind,
            object: Some(object),
            record: Some(id),
            reason: self.reason,
            detail: json!({ "user": user, "until": until_text }),
        };
        let granted_by = self.actor.user();
        let system = match until {
            Some(until) => {
                let share = access::Share {
                    id: self.engine.next_id(self.moment.now),
                    object: object.name.as_str().into(),
                    record: id,
                    user,
                    may_write: false,
                    expires_at: Some(until),
                    granted_by,
                    granted_at: self.moment.now,
                };
                access::share(&share)
            }
            None => access::revoke_share(object.name.as_str(), id, user),
        };
        let mut outcome = Outcome::of(object.name.clone(), id, version_of(&values));
        outcome.view = self.view(of, &facts);
        let write = Write {
            audit: vec![audit::entry(self, entry)],
            system: vec![system],
            idempotency: self.engine.keep(self, command, &outcome)?,
            ..Write::default()
        };
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => Ok(outcome),
            Err(CommitError::System { .. }) => Err(Refusal::invalid("user", "not_shared").into()),
            Err(error) => Err(self.explain(error)),
        }
    }
}

/// A reason that says something.
fn reason_of(reason: Option<&str>) -> Result<&str, Refusal> {
    let reason = reason.map(str::trim).unwrap_or_default();
    if (REASON_MIN..=REASON_MAX).contains(&reason.chars().count()) {
        return Ok(reason);
    }
    Err(Refusal::Invalid(vec![Violation::new("reason", "required")]))
}

impl Engine {
    /// Asks to see a masked field of a record, for a role whose reveals somebody else must approve;
    /// returns the request's id. Nothing is shown yet. Costs what a reveal costs.
    pub async fn request_reveal(
        &self,
        actor: &Actor,
        (object, id): (&Name, Uuid),
        field: &Name,
        reason: &str,
    ) -> Result<Uuid, Error> {
        let done = self.ask_reveal(actor, (object, id), field, reason).await;
        self.noting_refusal(actor, "request_reveal", done).await
    }

    async fn ask_reveal(
        &self,
        actor: &Actor,
        (object, id): (&Name, Uuid),
        field: &Name,
        reason: &str,
    ) -> Result<Uuid, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object.as_str())?;
        let (_, _, alone) = context.revealable(of, id, field).await?;
        let reason = reason_of(Some(reason))?.to_owned();
        if context.approved(id, field, alone).await.is_ok() {
            let reason = "this reveal needs no further approval".into();
            return Err(Refusal::Conflict { code: "approval_not_needed", reason }.into());
        }
        let about = Some((id, field.as_str()));
        self.ask_approval(&context, (of.1, about), Asked::Reveal(reason)).await
    }
}

/// The value at `slot` as JSON, also when it is sealed.
fn in_clear(object: &Object, slot: Slot, values: &[Value]) -> Json {
    let value = values.get(usize::from(slot.0)).unwrap_or(&Value::Null);
    match (value, object.at(slot)) {
        (Value::Secret(secret), _) => json!(secret.expose()),
        (other, Some(field)) => field.to_json(other, None),
        (_, None) => Json::Null,
    }
}
