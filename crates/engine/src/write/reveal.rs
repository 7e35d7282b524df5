//! Revealing a masked value, and sharing a record: writes that change no field.

use kernel::Instant;
use schema::catalogue::{Access, Action};
use schema::{Name, Value};
use serde_json::json;
use store::{CommitError, Write, access};
use uuid::Uuid;

use super::audit::{self, Entry};
use super::command::{Outcome, Revealed};
use super::decide;
use super::facts::Facts;
use super::record::version_of;
use super::submit::{Context, Subject};
use crate::{Error, Refusal, Violation};

/// Fewest characters of a reason.
const REASON_MIN: usize = 2;

/// Most characters of a reason.
const REASON_MAX: usize = 500;

impl Context<'_> {
    /// Shows one value in clear: needs the right, a reason and quota left; always audited.
    pub(super) async fn reveal(
        &self,
        of: Subject<'_>,
        id: Uuid,
        field: &Name,
    ) -> Result<Outcome, Error> {
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
        let reason = self.reason.map(str::trim).unwrap_or_default();
        let length = reason.chars().count();
        if !(REASON_MIN..=REASON_MAX).contains(&length) {
            let violation = Violation::new("reason", "required");
            return Err(Refusal::Invalid(vec![violation]).into());
        }
        let limit = self.actor.rights().reveal_per_day;
        let quota = || Refusal::Quota { what: "reveals today".into(), limit: u64::from(limit) };
        let user = self.actor.user();
        let day = kernel::time::days_since_epoch(self.moment.today);
        let used = access::reveals_on(self.engine.store().db(), user, day).await?;
        let used = u32::try_from(used).unwrap_or(u32::MAX);
        let left = limit.checked_sub(used.saturating_add(1)).ok_or_else(quota)?;
        let detail = json!({ "field": field, "left": left });
        let entry = Entry {
            kind: "reveal",
            object: Some(object),
            record: Some(id),
            reason: Some(reason),
            detail,
        };
        let write = Write {
            audit: vec![audit::entry(self, entry)],
            system: vec![access::take_reveal(user, day, limit)],
            ..Write::default()
        };
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {}
            Err(CommitError::System { .. }) => return Err(quota().into()),
            Err(error) => return Err(self.explain(error)),
        }
        let value = values.get(usize::from(slot.0)).unwrap_or(&Value::Null);
        let value = match value {
            Value::Secret(secret) => json!(secret.expose()),
            other => definition.to_json(other, None),
        };
        Ok(Outcome {
            object: object.name.clone(),
            id,
            version: version_of(&values),
            view: None,
            revealed: Some(Revealed { field: field.clone(), value, left }),
            replayed: false,
        })
    }

    /// Opens a record to another user until `until`, or ends that.
    pub(super) async fn share(
        &self,
        of: Subject<'_>,
        id: Uuid,
        user: Uuid,
        until: Option<Instant>,
    ) -> Result<Outcome, Error> {
        let (ix, object) = of;
        let values = self.load(of, id).await?;
        let known = self.learn_rights(ix, &values).await?;
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
        let audit = vec![audit::entry(self, entry)];
        let write = Write { audit, system: vec![system], ..Write::default() };
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {}
            Err(CommitError::System { .. }) => {
                return Err(Refusal::invalid("user", "not_shared").into());
            }
            Err(error) => return Err(self.explain(error)),
        }
        Ok(Outcome {
            object: object.name.clone(),
            id,
            version: version_of(&values),
            view: self.view(of, &facts),
            revealed: None,
            replayed: false,
        })
    }
}
