//! The one write path: load, decide, commit, and again when the record moved meanwhile.

use std::collections::HashSet;
use std::sync::Arc;

use kernel::Decimal;
use schema::catalogue::{Action, base};
use schema::expr::Env;
use schema::field::Context as ParseContext;
use schema::{Catalogue, FieldType, Object, ObjectIx, Slot, Value};
use serde_json::json;
use store::{CommitError, Write};
use uuid::Uuid;

use super::audit::{self, Entry};
use super::command::{Change, Command, Outcome, Values};
use super::decide::{self, Confirmed, Visible};
use super::facts::{Facts, Known, Needs, Pending};
use super::prepare::{self, Prepared};
use crate::moment::Moment;
use crate::{Actor, Engine, Error, Refusal, View, Violation};

/// How often a decision is taken again because the record changed in between.
const TRIES: u32 = 5;

/// How deep child tables nest in one command.
const DEPTH: u8 = 2;

/// What one attempt at a command works with.
pub(crate) struct Context<'a> {
    pub engine: &'a Engine,
    pub catalogue: &'a Arc<Catalogue>,
    pub moment: &'a Moment,
    pub actor: &'a Actor,
    pub env: Env<'a>,
    pub reason: Option<&'a str>,
}

/// A decided change, not yet committed.
pub(crate) struct Draft {
    pub write: Write,
    pub object: ObjectIx,
    /// The record after the change.
    pub after: Vec<Value>,
    pub known: Known,
}

impl Engine {
    /// Decides `command` and, if it is allowed and valid, commits it durably before returning.
    ///
    /// A refusal is recorded in the audit log and nothing else is written. Costs one read of the
    /// record (none for a create), one query for each referenced object whose visibility is not
    /// already known, and one durable transaction.
    pub async fn submit(&self, actor: &Actor, command: Command) -> Result<Outcome, Error> {
        if let Some(outcome) = self.replayed(actor, &command).await? {
            return Ok(outcome);
        }
        for _ in 0..TRIES {
            let catalogue = self.catalogue();
            let actor = &*self.under(actor, &catalogue).await?;
            let moment = Moment::new(catalogue.clone(), self.now());
            let mut context = Context::new(self, &catalogue, &moment, actor);
            context.reason = command.reason.as_deref();
            match self.attempt(&context, &command).await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => {}
                Err(Error::Refused(refusal)) => {
                    self.record_refusal(&context, &command.action, &refusal).await?;
                    return Err(refusal.into());
                }
                Err(error) => return Err(error),
            }
        }
        Err(Refusal::Conflict {
            code: "busy",
            reason: format!("the record kept changing during {TRIES} attempts; try again"),
        }
        .into())
    }

    /// One attempt; `None` when the record moved and the decision is to be taken again.
    async fn attempt(
        &self,
        context: &Context<'_>,
        command: &Command,
    ) -> Result<Option<Outcome>, Error> {
        let draft = match &command.action {
            Change::Create { object, id, values } => {
                let (ix, object) = context.object(object.as_str())?;
                let id = id.unwrap_or_else(|| self.next_id(context.moment.now));
                let mut seen = Visible::default();
                context.create(ix, object, id, values, None, &mut seen, 0).await?
            }
            Change::Update { object, id, version, values } => {
                let (ix, object) = context.object(object.as_str())?;
                context.update(ix, object, *id, *version, values).await?
            }
            Change::Delete { object, id, version } => {
                let (ix, object) = context.object(object.as_str())?;
                return context.delete(ix, object, *id, *version, command).await;
            }
            Change::Restore { object, id } => {
                let (ix, object) = context.object(object.as_str())?;
                context.restore(ix, object, *id).await?
            }
            Change::Reveal { object, id, field } => {
                let (ix, object) = context.object(object.as_str())?;
                return context.reveal(ix, object, *id, field).await.map(Some);
            }
            Change::Share { object, id, user, until } => {
                let (ix, object) = context.object(object.as_str())?;
                return context.share(ix, object, *id, *user, *until).await.map(Some);
            }
        };
        context.commit(draft, command).await
    }

    async fn record_refusal(
        &self,
        context: &Context<'_>,
        change: &Change,
        refusal: &Refusal,
    ) -> Result<(), Error> {
        let object = context.catalogue.object(change.object().as_str()).map(|(_, object)| object);
        let fields: Vec<String> = match refusal {
            Refusal::Invalid(violations) => {
                violations.iter().map(|v| format!("{}:{}", v.field, v.code)).collect()
            }
            _ => Vec::new(),
        };
        let detail = json!({ "command": change.verb(), "code": refusal.code(), "fields": fields });
        let reason = context.reason;
        let record = change.record();
        let entry = Entry { kind: "refused", object, record, reason, detail };
        let write = Write { audit: vec![audit::entry(context, entry)], ..Write::default() };
        match self.store().commit(context.catalogue, write).await {
            Ok(_) => Ok(()),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(other) => Err(Error::Internal(format!("audit of a refusal: {other:?}"))),
        }
    }
}

impl<'a> Context<'a> {
    /// What `actor` works with at `moment`.
    pub fn new(
        engine: &'a Engine,
        catalogue: &'a Arc<Catalogue>,
        moment: &'a Moment,
        actor: &'a Actor,
    ) -> Context<'a> {
        Context { engine, catalogue, moment, actor, env: moment.env(actor), reason: None }
    }

    /// The object called `name`; unknown and retired ones are invisible.
    pub fn object(&self, name: &str) -> Result<(ObjectIx, &'a Object), Refusal> {
        let found = self.catalogue.object(name).filter(|(_, object)| !object.retired);
        found.ok_or(Refusal::Invisible)
    }

    pub fn parse_context(&self) -> ParseContext<'a> {
        ParseContext { catalogue: self.catalogue, today: self.moment.today }
    }

    /// Decides a new record and, in the same write, the rows of its child tables.
    pub async fn create(
        &self,
        ix: ObjectIx,
        object: &'a Object,
        id: Uuid,
        given: &Values,
        pending: Option<Pending<'_>>,
        seen: &mut Visible,
        depth: u8,
    ) -> Result<Draft, Error> {
        let parse = self.parse_context();
        let prepared = prepare::prepare(&parse, self.actor, ix, object, given, Action::Create);
        self.create_prepared(ix, object, id, prepared, pending, seen, depth).await
    }

    /// The same for values that are typed already.
    pub async fn create_prepared(
        &self,
        ix: ObjectIx,
        object: &'a Object,
        id: Uuid,
        prepared: Prepared,
        pending: Option<Pending<'_>>,
        seen: &mut Visible,
        depth: u8,
    ) -> Result<Draft, Error> {
        let admitted = decide::admit_create(self.actor, ix, object)?;
        let mut values = prepare::blank(object, self.actor, id, self.moment.now);
        let written = put(&mut values, &prepared, None);
        self.fill_in(ix, object, &mut values, &written).await?;
        let known = self.learn(ix, object, &values, false, pending).await?;
        self.see(ix, object, &values, |_| true, pending, seen).await?;
        let all: Vec<Slot> = object.slots().map(|(slot, _)| slot).collect();
        let facts = Facts::new(self.catalogue, ix, &values, &self.env, known.clone());
        let Prepared { children, mut violations, .. } = prepared;
        violations.extend(self.separation(ix, object, &values).await?);
        let valid = decide::check(admitted, object, &facts, &all, seen, violations)?;
        let confirmed = decide::confirm(valid, self.actor, object, None, &facts, &written)?;
        let mut draft = self.draft(confirmed, "create", object, None, values, &all, known);
        self.add_children(&mut draft, ix, id, children, seen, depth).await?;
        Ok(draft)
    }

    async fn add_children(
        &self,
        draft: &mut Draft,
        ix: ObjectIx,
        id: Uuid,
        children: Vec<prepare::Rows>,
        seen: &mut Visible,
        depth: u8,
    ) -> Result<(), Error> {
        if children.is_empty() {
            return Ok(());
        }
        if depth >= DEPTH {
            return Err(Refusal::invalid("", "too_deep").into());
        }
        let mut violations = Vec::new();
        let after = std::mem::take(&mut draft.after);
        seen.insert(id);
        for rows in children {
            let (child_ix, child) = self.object(rows.object.as_str())?;
            for (at, mut row) in rows.rows.into_iter().enumerate() {
                row.insert(rows.by.to_string(), self.pointer(ix, child, rows.by.as_str(), id));
                let child_id = self.engine.next_id(self.moment.now);
                let parent = Some(Pending { object: ix, id, values: &after });
                let made =
                    Box::pin(self.create(child_ix, child, child_id, &row, parent, seen, depth + 1));
                match made.await {
                    Ok(part) => draft.write.merge(part.write),
                    Err(Error::Refused(Refusal::Invalid(inner))) => {
                        violations.extend(inner.into_iter().map(|mut v| {
                            v.field = format!("{}.{at}.{}", rows.field, v.field);
                            v
                        }));
                    }
                    Err(other) => return Err(other),
                }
            }
        }
        draft.after = after;
        if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid(violations).into()) }
    }

    /// JSON of a reference from a child's field `by` to the record `id` of `ix`.
    fn pointer(&self, ix: ObjectIx, child: &Object, by: &str, id: Uuid) -> serde_json::Value {
        let several = child.field(by).is_some_and(
            |(_, field)| matches!(&field.kind, FieldType::Reference { to, .. } if to.len() > 1),
        );
        match self.catalogue.at(ix) {
            Some(parent) if several => json!({ "object": parent.name, "id": id }),
            _ => json!(id),
        }
    }

    /// Defaults and automatic numbers of a new record.
    async fn fill_in(
        &self,
        ix: ObjectIx,
        object: &Object,
        values: &mut [Value],
        written: &[Slot],
    ) -> Result<(), Error> {
        for (slot, field) in object.slots() {
            if written.contains(&slot) {
                continue;
            }
            let value = match (&field.kind, &field.default) {
                (FieldType::AutoNumber { prefix, digits }, _) => {
                    let next = self.engine.store().next_number(&object.name, &field.name).await?;
                    Value::text(format!("{prefix}{next:0width$}", width = usize::from(*digits)))
                }
                (_, Some(default)) => {
                    let known = Known::default();
                    default
                        .eval(&Facts::new(self.catalogue, ix, values, &self.env, known), &self.env)
                }
                _ => continue,
            };
            if let Some(place) = values.get_mut(usize::from(slot.0)) {
                *place = value;
            }
        }
        Ok(())
    }

    /// Decides a change of an existing record.
    async fn update(
        &self,
        ix: ObjectIx,
        object: &'a Object,
        id: Uuid,
        version: Option<u64>,
        given: &Values,
    ) -> Result<Draft, Error> {
        let before = self.load(ix, object, id).await?;
        let parse = self.parse_context();
        let prepared = prepare::prepare(&parse, self.actor, ix, object, given, Action::Update);
        let mut seen = Visible::default();
        self.update_prepared(ix, object, before, version, prepared, &mut seen).await
    }

    /// The same for a loaded record and values that are typed already.
    pub async fn update_prepared(
        &self,
        ix: ObjectIx,
        object: &'a Object,
        before: Vec<Value>,
        version: Option<u64>,
        prepared: Prepared,
        seen: &mut Visible,
    ) -> Result<Draft, Error> {
        let id = id_of(&before);
        let known = self.learn(ix, object, &before, true, None).await?;
        let old = Facts::new(self.catalogue, ix, &before, &self.env, known);
        let admitted = decide::admit(self.actor, ix, object, &old, Action::Update)?;
        self.same_version(ix, object, &old, version)?;
        let mut values = before.clone();
        let written = put(&mut values, &prepared, Some(&before));
        let known = self.learn(ix, object, &values, true, None).await?;
        self.see(ix, object, &values, |slot| written.contains(&slot), None, seen).await?;
        let matched = decide::matching(self.actor.rights().grants(ix, Action::Update), &old);
        let mut changed = written.clone();
        if !written.is_empty() {
            changed.extend(self.touch(&mut values));
        }
        let facts = Facts::new(self.catalogue, ix, &values, &self.env, known.clone());
        let Prepared { children, mut violations, .. } = prepared;
        violations.extend(self.separation(ix, object, &values).await?);
        let valid = decide::check(admitted, object, &facts, &changed, seen, violations)?;
        let confirmed =
            decide::confirm(valid, self.actor, object, Some(&matched), &facts, &written)?;
        let mut draft =
            self.draft(confirmed, "update", object, Some(&before), values, &changed, known);
        self.add_children(&mut draft, ix, id, children, seen, 0).await?;
        Ok(draft)
    }

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
    pub async fn load(&self, ix: ObjectIx, object: &Object, id: Uuid) -> Result<Vec<Value>, Error> {
        let slots: Vec<Slot> = object.slots().map(|(slot, _)| slot).collect();
        let found = self.engine.store().get(self.catalogue, ix, id, &slots).await?;
        found.ok_or_else(|| Refusal::Invisible.into())
    }

    /// Loads what the object's rules and the actor's grants ask about the record.
    pub async fn learn(
        &self,
        ix: ObjectIx,
        object: &'a Object,
        values: &[Value],
        stored: bool,
        pending: Option<Pending<'_>>,
    ) -> Result<Known, Error> {
        let mut needs = Needs::default();
        for rule in &object.validations {
            needs.add(self.catalogue, ix, &rule.must.root);
            if let Some(when) = &rule.when {
                needs.add(self.catalogue, ix, &when.root);
            }
        }
        needs.add_fields(self.catalogue, ix, object);
        for grant in self.actor.rights().all(ix).iter().filter(|grant| !grant.local) {
            needs.add(self.catalogue, ix, &grant.rows);
        }
        let store = self.engine.store();
        needs.load(store, self.catalogue, ix, values, &self.env, stored, pending).await
    }

    /// Adds to `seen` the referenced records the actor may refer to.
    pub async fn see(
        &self,
        ix: ObjectIx,
        object: &Object,
        values: &[Value],
        touched: impl Fn(Slot) -> bool,
        pending: Option<Pending<'_>>,
        seen: &mut Visible,
    ) -> Result<(), Error> {
        let rights = self.actor.rights();
        seen.insert(self.actor.user());
        seen.extend(rights.units.iter().chain(rights.home.iter()).copied());
        seen.extend(pending.map(|parent| parent.id));
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

    /// The write that a confirmed change amounts to.
    fn draft(
        &self,
        confirmed: Confirmed,
        kind: &'static str,
        object: &Object,
        before: Option<&[Value]>,
        after: Vec<Value>,
        changed: &[Slot],
        known: Known,
    ) -> Draft {
        let ix = confirmed.object;
        let record = id_of(&after);
        let shown: Vec<Slot> = changed
            .iter()
            .copied()
            .filter(|slot| {
                !matches!(*slot, base::ID | base::VERSION | base::UPDATED_AT | base::UPDATED_BY)
            })
            .filter(|slot| {
                before.is_some() || after.get(usize::from(slot.0)).is_some_and(|v| !v.is_empty())
            })
            .collect();
        let detail = audit::diff(self, object, before, &after, &shown);
        let mut write = Write::default();
        if before.is_none() || !changed.is_empty() {
            let reason = self.reason;
            let entry = Entry { kind, object: Some(object), record: Some(record), reason, detail };
            write.audit.push(audit::entry(self, entry));
            write.events.push(self.event(kind, object, &after, &shown));
            write.changes.push(match before {
                None => store::Change::Insert { object: ix, values: after.clone() },
                Some(before) => store::Change::Update {
                    object: ix,
                    expected: version_of(before),
                    values: after.clone(),
                    changed: changed.to_vec(),
                },
            });
        }
        Draft { write, object: ix, after, known }
    }

    /// The fact that others may react to: which fields changed, never their values.
    pub fn event(
        &self,
        kind: &'static str,
        object: &Object,
        after: &[Value],
        changed: &[Slot],
    ) -> store::Event {
        let fields: Vec<&str> =
            changed.iter().filter_map(|slot| Some(object.at(*slot)?.name.as_str())).collect();
        store::Event {
            id: self.engine.next_id(self.moment.now),
            at: self.moment.now,
            kind,
            object: object.name.clone(),
            record: id_of(after),
            body: json!({ "version": version_of(after), "fields": fields })
                .to_string()
                .into_bytes(),
        }
    }

    /// Commits a draft; `None` when a record moved since it was read.
    pub async fn commit(&self, draft: Draft, command: &Command) -> Result<Option<Outcome>, Error> {
        let Draft { mut write, object: ix, after, known } = draft;
        let Some(object) = self.catalogue.at(ix) else {
            return Err(Error::Internal("object left the catalogue".into()));
        };
        let facts = Facts::new(self.catalogue, ix, &after, &self.env, known);
        let view = self.view(ix, object, &facts);
        let (id, version) = (id_of(&after), version_of(&after));
        let name = object.name.clone();
        let outcome = Outcome { object: name, id, version, view, revealed: None, replayed: false };
        write.idempotency = self.engine.keep(self, command, &outcome);
        if write.changes.is_empty() && write.idempotency.is_none() {
            return Ok(Some(outcome));
        }
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {
                self.engine.committed(self.catalogue, ix);
                Ok(Some(outcome))
            }
            Err(CommitError::Stale { .. }) => Ok(None),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// A failed commit as the caller should see it.
    pub fn explain(&self, error: CommitError) -> Error {
        match error {
            CommitError::Duplicate { object, slots, .. } => {
                let object = self.catalogue.at(object);
                let name =
                    |slot: &Slot| object.and_then(|o| o.at(*slot)).map(|f| f.name.to_string());
                let names: Vec<String> = slots.iter().filter_map(name).collect();
                let at = names.last().cloned().unwrap_or_default();
                let violation = Violation::new(at, "duplicate").with("fields", names.join(", "));
                Refusal::Invalid(vec![violation]).into()
            }
            CommitError::Stale { .. } => Refusal::Conflict {
                code: "busy",
                reason: "the record is being changed by others; try again".into(),
            }
            .into(),
            CommitError::Store(store::Error::Cycle) => Refusal::invalid("parent", "cycle").into(),
            CommitError::System { step } => {
                Error::Internal(format!("step {step} of a commit had no effect"))
            }
            CommitError::Replayed(_) => Refusal::Conflict {
                code: "idempotency_in_use",
                reason: "the same idempotency key was just used; repeat the request".into(),
            }
            .into(),
            CommitError::Store(error) => error.into(),
        }
    }

    /// The record of `facts` as the actor may read it, or `None` when out of sight.
    pub fn view(&self, ix: ObjectIx, object: &Object, facts: &Facts<'_>) -> Option<View> {
        use schema::expr::{Path, Record};
        let matched = decide::matching(self.actor.rights().grants(ix, Action::Read), facts);
        if matched.grants.is_empty() {
            return None;
        }
        let slots: Vec<Slot> = object
            .slots()
            .filter(|(_, field)| {
                !field.retired && !matches!(field.kind, FieldType::ChildTable { .. })
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
        ix: ObjectIx,
        object: &Object,
        stored: &Facts<'_>,
        expected: Option<u64>,
    ) -> Result<(), Refusal> {
        let current = version_of(stored.values);
        match expected {
            Some(expected) if expected != current => {
                let record = self.view(ix, object, stored).map(Box::new);
                Err(Refusal::Stale { expected, current, record })
            }
            _ => Ok(()),
        }
    }
}

/// Writes the given values over `values`; returns the slots that really changed.
fn put(values: &mut [Value], prepared: &Prepared, before: Option<&[Value]>) -> Vec<Slot> {
    let mut written = Vec::with_capacity(prepared.given.len());
    for (slot, value) in &prepared.given {
        let same = before
            .and_then(|old| old.get(usize::from(slot.0)))
            .is_some_and(|old| old == value || (old.is_empty() && value.is_empty()));
        if same {
            continue;
        }
        if let Some(place) = values.get_mut(usize::from(slot.0)) {
            *place = value.clone();
            written.push(*slot);
        }
    }
    written
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
