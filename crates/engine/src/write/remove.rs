//! Deleting and restoring.
//!
//! A deleted record goes to the recycle bin with its image; what refers to it is refused, emptied or
//! deleted with it, as each reference says, in the same transaction.

use std::collections::HashSet;

use schema::catalogue::{Access, Action, base};
use schema::field::OnDelete;
use schema::{FieldType, Object, ObjectIx, Slot, Value};
use serde_json::json;
use store::{CommitError, Write};
use uuid::Uuid;

use super::audit::{self, Diff, Entry};
use super::change::Draft;
use super::command::{Command, Outcome};
use super::decide;
use super::facts::Facts;
use super::record::{id_of, version_of};
use super::submit::{Context, Subject};
use crate::org::Reader;
use crate::rights::{field_in, field_is, own_field};
use crate::{Error, Refusal};

/// Most records that one delete may take along or empty a reference in.
const REFERRERS: u32 = 1_000;

/// How deep deletes follow each other.
const DEPTH: u8 = 4;

impl Context<'_> {
    /// Deletes a record; `None` when something moved meanwhile.
    pub(super) async fn delete(
        &self,
        of: Subject<'_>,
        id: Uuid,
        version: Option<u64>,
        command: &Command,
    ) -> Result<Option<Outcome>, Error> {
        let (ix, object) = of;
        let before = self.load(of, id).await?;
        let known = self.learn(of, &before, true, None).await?;
        let facts = Facts::new(self.catalogue, ix, &before, &self.env, known);
        decide::admit(self.actor, of, &facts, Action::Delete)?;
        self.same_version(of, &facts, version)?;
        let mut write = Write::default();
        self.remove(of, before, &mut write, 0).await?;
        let name = object.name.clone();
        let outcome = Outcome::of(name, id, 0);
        write.idempotency = self.engine.keep(self, command, &outcome)?;
        self.book(&mut write).await?;
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {
                self.engine.committed(self.catalogue, ix);
                Ok(Some(outcome))
            }
            Err(CommitError::Stale { .. }) => Ok(None),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Adds the removal of one record, and what follows from it, to `write`.
    pub(crate) async fn remove(
        &self,
        (ix, object): Subject<'_>,
        before: Vec<Value>,
        write: &mut Write,
        depth: u8,
    ) -> Result<(), Error> {
        let id = id_of(&before);
        self.may_go((ix, object), &before).await?;
        if depth > DEPTH {
            return Err(Refusal::Conflict {
                code: "too_deep",
                reason: format!("records refer to each other more than {DEPTH} levels deep"),
            }
            .into());
        }
        for (other_ix, slot, on_delete) in referrers(self.catalogue, &object.name) {
            let Some(other) = self.catalogue.at(other_ix) else { continue };
            let rows = self.referring(other_ix, slot, id).await?;
            if rows.is_empty() {
                continue;
            }
            match on_delete {
                OnDelete::Restrict => return Err(in_use(other, rows.len()).into()),
                OnDelete::Clear => {
                    for row in rows {
                        let before = self.load((other_ix, other), row).await?;
                        self.clear((other_ix, other), slot, before, write);
                    }
                }
                OnDelete::Cascade => {
                    for row in rows {
                        let before = self.load((other_ix, other), row).await?;
                        Box::pin(self.remove((other_ix, other), before, write, depth + 1)).await?;
                    }
                }
            }
        }
        self.remove_only((ix, object), before, write);
        Ok(())
    }

    /// Adds the removal of one record, whatever refers to it.
    fn remove_only(&self, (ix, object): Subject<'_>, before: Vec<Value>, write: &mut Write) {
        let id = id_of(&before);
        let entry = Entry {
            kind: "delete",
            object: Some(object),
            record: Some(id),
            reason: self.reason,
            detail: json!({ "version": version_of(&before) }),
        };
        write.audit.push(audit::entry(self, entry));
        write.events.extend(self.event("delete", object, (Some(&before), &before), &[]));
        let expected = version_of(&before);
        write.changes.push(store::Change::Delete { object: ix, id, expected, image: before });
    }

    /// Decides deleting a loaded record that nothing refers to.
    pub(crate) async fn remove_alone(
        &self,
        of: Subject<'_>,
        before: Vec<Value>,
    ) -> Result<Write, Error> {
        let known = self.learn_rights(of.0, &before).await?;
        let facts = Facts::new(self.catalogue, of.0, &before, &self.env, known);
        decide::admit(self.actor, of, &facts, Action::Delete)?;
        let mut write = Write::default();
        self.remove_only(of, before, &mut write);
        Ok(write)
    }

    /// Those of `ids` that some record refers to; when very many do, all of them. One query for each
    /// reference to the object.
    pub(crate) async fn referred_to(
        &self,
        object: &Object,
        ids: &[Uuid],
    ) -> Result<HashSet<Uuid>, Error> {
        let mut found = HashSet::new();
        if ids.is_empty() {
            return Ok(found);
        }
        let platform = self.engine.system(None, "delete");
        let reader = Reader {
            engine: self.engine,
            catalogue: self.catalogue,
            moment: self.moment,
            platform: &platform,
        };
        for (ix, slot, _) in referrers(self.catalogue, &object.name) {
            let filter = Some(field_in(ix, slot, ids));
            let limit = 10 * REFERRERS;
            let rows = reader.select(ix, vec![own_field(ix, slot)], filter, (None, limit)).await?;
            if rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                return Ok(ids.iter().copied().collect());
            }
            found.extend(rows.into_iter().flatten().filter_map(|value| match value {
                Value::Id(id) | Value::Link(_, id) => Some(id),
                _ => None,
            }));
        }
        Ok(found)
    }

    /// Ids of the records whose reference `slot` is `id`; refuses when there are too many.
    pub(super) async fn referring(
        &self,
        ix: ObjectIx,
        slot: Slot,
        id: Uuid,
    ) -> Result<Vec<Uuid>, Error> {
        let platform = self.engine.system(None, "delete");
        let reader = Reader {
            engine: self.engine,
            catalogue: self.catalogue,
            moment: self.moment,
            platform: &platform,
        };
        let columns = vec![own_field(ix, base::ID)];
        let filter = Some(field_is(ix, slot, id));
        let rows = reader.select(ix, columns, filter, (None, REFERRERS + 1)).await?;
        if rows.len() > usize::try_from(REFERRERS).unwrap_or(usize::MAX) {
            return Err(Refusal::Conflict {
                code: "too_many_referrers",
                reason: format!("more than {REFERRERS} records refer to it"),
            }
            .into());
        }
        Ok(rows
            .into_iter()
            .flatten()
            .filter_map(|value| match value {
                Value::Id(id) => Some(id),
                _ => None,
            })
            .collect())
    }

    /// Adds the emptying of a reference to `write`.
    pub(crate) fn clear(
        &self,
        (ix, object): Subject<'_>,
        slot: Slot,
        before: Vec<Value>,
        write: &mut Write,
    ) {
        let mut after = before.clone();
        if let Some(place) = after.get_mut(usize::from(slot.0)) {
            *place = Value::Null;
        }
        let mut changed = vec![slot];
        changed.extend(self.touch(&mut after));
        let diff = Diff { object, before: Some(&before), after: &after, changed: &[slot] };
        write.audit.push(audit::change(self, "update", diff));
        write.events.extend(self.event("update", object, (Some(&before), &after), &[slot]));
        write.changes.push(store::Change::Update {
            object: ix,
            expected: version_of(&before),
            before,
            values: after,
            changed,
        });
    }

    /// Decides bringing a record back: whoever may delete it and make one like it may restore it.
    pub(super) async fn restore(&self, of: Subject<'_>, id: Uuid) -> Result<Draft, Error> {
        let (ix, object) = of;
        let store = self.engine.store();
        let image = store.trashed(self.catalogue, ix, id).await?;
        let mut values = image.ok_or(Refusal::Invisible)?;
        let merged = store.merged_into(object.name.as_str(), id).await?;
        self.touch(&mut values);
        let known = self.learn(of, &values, false, None).await?;
        let facts = Facts::new(self.catalogue, ix, &values, &self.env, known.clone());
        decide::admit(self.actor, of, &facts, Action::Delete)?;
        if merged.is_some() {
            let reason = "it was merged into another record; take the merge back".into();
            return Err(Refusal::Conflict { code: "merged_already", reason }.into());
        }
        self.still_there(of, &values).await?;
        let claims = self.rule(of, None, &values, &mut decide::Visible::default()).await?;
        let mut write = Write { claims, ..Write::default() };
        let entry = Entry {
            kind: "restore",
            object: Some(object),
            record: Some(id),
            reason: self.reason,
            detail: json!({ "version": version_of(&values) }),
        };
        write.audit.push(audit::entry(self, entry));
        write.events.extend(self.event("restore", object, (None, &values), &[]));
        write.changes.push(store::Change::Restore { object: ix, values: values.clone() });
        Ok(Draft { write, object: ix, after: values, known })
    }

    /// Refuses to bring back a record that refers to one which is gone, whoever may see that.
    async fn still_there(&self, of: Subject<'_>, values: &[Value]) -> Result<(), Error> {
        let platform = self.engine.system(None, "restore");
        let all = Context::new(self.engine, self.catalogue, self.moment, &platform);
        let mut there = decide::Visible::from_iter([super::record::id_of(values)]);
        all.see(of, values, |_| true, &mut there).await?;
        let mut violations = Vec::new();
        for (slot, field) in of.1.slots() {
            if let Some(value) = values.get(usize::from(slot.0)) {
                decide::refer(field, slot, value, &there, &mut violations);
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid(violations).into()) }
    }

    /// Access to a field of a record for an action.
    pub(super) fn access(
        &self,
        ix: ObjectIx,
        facts: &Facts<'_>,
        action: Action,
        slot: Slot,
    ) -> Access {
        decide::matching(self.actor.rights().grants(ix, action), facts).access(slot)
    }
}

/// Every reference that may point to records of `name`. Users and org units are never deleted
/// while a record belongs to them.
pub(crate) fn referrers(
    catalogue: &schema::Catalogue,
    name: &schema::Name,
) -> Vec<(ObjectIx, Slot, OnDelete)> {
    let deleted = catalogue.object(name.as_str()).map(|(ix, _)| ix);
    let mut found = Vec::new();
    for other in catalogue.objects.values() {
        let Some((ix, _)) = catalogue.object(other.name.as_str()) else { continue };
        for (slot, field) in
            other.slots().filter(|(slot, field)| decide::is_reference(field, *slot))
        {
            match &field.kind {
                FieldType::Reference { to, on_delete } if to.contains(name) => {
                    found.push((ix, slot, *on_delete));
                }
                FieldType::User | FieldType::OrgUnit if field.target(catalogue) == deleted => {
                    found.push((ix, slot, OnDelete::Restrict));
                }
                _ => {}
            }
        }
    }
    found
}

fn in_use(other: &Object, rows: usize) -> Refusal {
    Refusal::Conflict {
        code: "in_use",
        reason: format!("{rows} {} records refer to it", other.label.en),
    }
}
