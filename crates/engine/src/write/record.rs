//! A record under decision: loading it, what is known and visible of it, and how the actor sees it.

use std::collections::HashSet;

use kernel::Decimal;
use schema::catalogue::{Action, base};
use schema::expr::{Path, Record};
use schema::{FieldType, Object, ObjectIx, Slot, Value};
use serde_json::json;
use uuid::Uuid;

use super::decide::{self, Visible};
use super::facts::{At, Facts, Known, Needs, Pending};
use super::submit::{Context, Subject};
use crate::sets::Happened;
use crate::{Error, Refusal, View};

impl<'a> Context<'a> {
    /// Marks a record as changed at this instant by this actor.
    pub(super) fn touch(&self, values: &mut [Value]) -> [Slot; 3] {
        if let Some(Value::Number(version)) = values.get_mut(usize::from(base::VERSION.0)) {
            *version += Decimal::ONE;
        }
        let stamps = [
            (base::UPDATED_AT, Value::Instant(self.moment.now)),
            (base::UPDATED_BY, Value::Id(self.actor.user())),
        ];
        for (slot, value) in stamps {
            if let Some(place) = values.get_mut(usize::from(slot.0)) {
                *place = value;
            }
        }
        [base::VERSION, base::UPDATED_AT, base::UPDATED_BY]
    }

    /// All stored values of a record.
    pub async fn load(&self, of: Subject<'_>, id: Uuid) -> Result<Vec<Value>, Error> {
        let slots: Vec<Slot> = of.1.slots().map(|(slot, _)| slot).collect();
        let found = self.engine.store().get(self.catalogue, of.0, id, &slots).await?;
        found.ok_or_else(|| Refusal::Invisible.into())
    }

    /// What the object's rules and the actor's grants ask about a record.
    pub fn needs_to_write(&self, (ix, object): Subject<'a>) -> Needs<'a> {
        let mut needs = Needs::default();
        for rule in &object.validations {
            needs.add(self.catalogue, ix, &rule.must.root);
            if let Some(when) = &rule.when {
                needs.add(self.catalogue, ix, &when.root);
            }
        }
        needs.add_formulas(self.catalogue, ix, object);
        for grant in self.actor.rights().all(ix).iter().filter(|grant| !grant.local) {
            needs.add(self.catalogue, ix, &grant.rows);
        }
        needs
    }

    /// Loads what the object's rules and the actor's grants ask about the record.
    pub async fn learn(
        &self,
        of: Subject<'a>,
        values: &[Value],
        stored: bool,
        pending: Option<Pending<'_>>,
    ) -> Result<Known, Error> {
        let at = At { object: of.0, values, stored, pending };
        self.needs_to_write(of).load(self, at).await
    }

    /// Loads what the actor's own grants on a stored record ask.
    pub async fn learn_rights(&self, ix: ObjectIx, values: &[Value]) -> Result<Known, Error> {
        let mut needs = Needs::default();
        for grant in self.actor.rights().all(ix).iter().filter(|grant| !grant.local) {
            needs.add(self.catalogue, ix, &grant.rows);
        }
        needs.load(self, At { object: ix, values, stored: true, pending: None }).await
    }

    /// Adds to `seen` the referenced records the actor may refer to.
    pub async fn see(
        &self,
        (ix, object): Subject<'_>,
        values: &[Value],
        touched: impl Fn(Slot) -> bool,
        seen: &mut Visible,
    ) -> Result<(), Error> {
        let rights = self.actor.rights();
        seen.insert(self.actor.user());
        seen.extend(rights.units.iter().chain(rights.home.iter()).copied());
        let mut wanted: Vec<(ObjectIx, HashSet<Uuid>)> = Vec::new();
        for (slot, field) in object.slots() {
            if !touched(slot) || !decide::is_reference(field, slot) {
                continue;
            }
            let Some(value) = values.get(usize::from(slot.0)) else { continue };
            for (target, id) in super::facts::targets(self.catalogue, ix, slot, value) {
                if seen.contains(&id) {
                    continue;
                }
                match wanted.iter_mut().find(|(object, _)| *object == target) {
                    Some((_, ids)) => drop(ids.insert(id)),
                    None => wanted.push((target, HashSet::from([id]))),
                }
            }
        }
        for (target, ids) in wanted {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            seen.extend(self.engine.visible(self, target, &ids).await?);
        }
        Ok(())
    }

    /// The fact that others react to: which fields changed, never their values; besides, which
    /// records it referred to before, where rules read it from there. None when nothing reacts to
    /// it: the audit log tells of the change all the same.
    pub fn event(
        &self,
        kind: &'static str,
        object: &Object,
        (before, after): (Option<&[Value]>, &[Value]),
        changed: &[Slot],
    ) -> Option<store::Event> {
        let (ix, _) = self.catalogue.object(object.name.as_str())?;
        let created = kind != "update";
        if !self.engine.wants(self.catalogue, &Happened { object: ix, created, changed }) {
            return None;
        }
        let fields: Vec<&str> =
            changed.iter().filter_map(|slot| Some(object.at(*slot)?.name.as_str())).collect();
        let mut body = json!({ "version": version_of(after), "fields": fields });
        if let (Some(before), Some(map)) = (before, body.as_object_mut()) {
            let left = self.engine.left(ix, before, kind == "delete", changed);
            map.insert("left".into(), json!(left));
        }
        if let (true, Some(map)) = (self.actor.depth > 0, body.as_object_mut()) {
            map.insert("depth".into(), json!(self.actor.depth));
        }
        Some(store::Event {
            id: self.engine.next_id(self.moment.now),
            at: self.moment.now,
            kind,
            object: object.name.clone(),
            record: id_of(after),
            body: body.to_string().into_bytes(),
        })
    }

    /// The record of `facts` as the actor may read it, or `None` when out of sight. Roll-ups are
    /// left out unless they were loaded: a write does not count other records to answer.
    pub fn view(&self, (ix, object): Subject<'_>, facts: &Facts<'_>) -> Option<View> {
        let matched = decide::matching(self.actor.rights().grants(ix, Action::Read), facts);
        if matched.grants.is_empty() {
            return None;
        }
        let slots: Vec<Slot> = object
            .slots()
            .filter(|(_, field)| {
                !field.retired && !matches!(field.kind, FieldType::ChildTable { .. })
            })
            .filter(|(slot, field)| {
                !matches!(field.kind, FieldType::RollUp { .. }) || facts.has_rollup(*slot)
            })
            .map(|(slot, _)| slot)
            .collect();
        let path = |slot: Slot| Path { steps: Vec::new(), object: ix, slot, up: 0 };
        let values: Vec<Value> = slots.iter().map(|slot| facts.field(&path(*slot))).collect();
        Some(View::of(self.catalogue, object, &slots, &values, |slot| matched.access(slot)))
    }

    /// Refuses when the caller saw another version than the stored one.
    pub fn same_version(
        &self,
        of: Subject<'_>,
        stored: &Facts<'_>,
        expected: Option<u64>,
    ) -> Result<(), Refusal> {
        let current = version_of(stored.values);
        match expected {
            Some(expected) if expected != current => {
                let record = self.view(of, stored).map(Box::new);
                Err(Refusal::Stale { expected, current, record })
            }
            _ => Ok(()),
        }
    }
}

/// The id in a record's values.
pub(crate) fn id_of(values: &[Value]) -> Uuid {
    match values.first() {
        Some(Value::Id(id)) => *id,
        _ => Uuid::nil(),
    }
}

/// The version in a record's values.
pub(crate) fn version_of(values: &[Value]) -> u64 {
    match values.get(usize::from(base::VERSION.0)) {
        Some(Value::Number(version)) => u64::try_from(*version).unwrap_or(0),
        _ => 0,
    }
}
