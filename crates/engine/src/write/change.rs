//! Creates and updates: values put in place, decided, and made into a write.

use schema::catalogue::{Action, base};
use schema::{FieldType, Object, ObjectIx, Slot, Value};
use serde_json::json;
use store::Write;
use uuid::Uuid;

use super::audit::{self, Diff};
use super::command::Values;
use super::decide::{self, Confirmed, Touched, Visible, Written};
use super::facts::{At, Facts, Known, Needs, Pending};
use super::prepare::{self, Prepared};
use super::record::{id_of, version_of};
use super::submit::{Context, Subject};
use crate::{Error, Refusal};

/// How deep child tables nest in one command.
const DEPTH: u8 = 2;

/// A decided change, not yet committed.
pub(crate) struct Draft {
    pub write: Write,
    pub object: ObjectIx,
    /// The record after the change.
    pub after: Vec<Value>,
    pub known: Known,
}

impl Draft {
    /// The same, with `first` written before it in the same transaction.
    fn after(mut self, mut first: Write) -> Draft {
        first.merge(std::mem::take(&mut self.write));
        self.write = first;
        self
    }
}

/// Where a record stands among those decided together.
pub(crate) struct Nest<'n> {
    /// The parent that is made in the same write.
    pending: Option<Pending<'n>>,
    /// Records that may be referred to, as far as known.
    seen: &'n mut Visible,
    depth: u8,
}

impl<'n> Nest<'n> {
    /// A record of its own.
    pub fn top(seen: &'n mut Visible) -> Nest<'n> {
        Nest { pending: None, seen, depth: 0 }
    }
}

/// What a confirmed change consists of.
struct Part<'p> {
    kind: &'static str,
    object: &'p Object,
    before: Option<&'p [Value]>,
    after: Vec<Value>,
    changed: &'p [Slot],
    known: Known,
}

/// A stored record that is to be changed.
pub(crate) struct Before {
    values: Vec<Value>,
    /// The version the caller saw.
    version: Option<u64>,
    /// What rules and rights ask about it, when it was loaded with it.
    known: Option<Known>,
}

impl From<Vec<Value>> for Before {
    fn from(values: Vec<Value>) -> Before {
        Before { values, version: None, known: None }
    }
}

impl<'a> Context<'a> {
    /// Decides a new record and, in the same write, the rows of its child tables.
    pub async fn create(
        &self,
        of: Subject<'a>,
        id: Uuid,
        given: &Values,
        nest: Nest<'_>,
    ) -> Result<Draft, Error> {
        let parse = self.parse_context();
        let prepared = prepare::prepare(&parse, self.actor, of, given, Action::Create);
        self.create_prepared(of, id, prepared, nest).await
    }

    /// The same for values that are typed already.
    pub async fn create_prepared(
        &self,
        of: Subject<'a>,
        id: Uuid,
        prepared: Prepared,
        nest: Nest<'_>,
    ) -> Result<Draft, Error> {
        let (ix, object) = of;
        let admitted = decide::admit_create(self.actor, ix, object)?;
        let mut values = prepare::blank(object, self.actor, id, self.moment.now);
        let written = put(&mut values, &prepared, None);
        prepared.keep_origin(&mut values);
        self.fill_in(of, &mut values, &written).await?;
        let Prepared { children, mut violations, .. } = prepared;
        self.derive(of, (None, &mut values), &written, &mut violations);
        let (_, first) = self.exclude(of, (None, &mut values), &mut violations).await?;
        let known = self.learn(of, &values, false, nest.pending).await?;
        self.see(of, &values, |_| true, nest.seen).await?;
        let all: Vec<Slot> = object.slots().map(|(slot, _)| slot).collect();
        let facts = Facts::new(self.catalogue, ix, &values, &self.env, known.clone());
        violations.extend(self.separation(of, &values).await?);
        self.conditions(object, &values, &all, &mut violations).await?;
        let files = self.attach(object, (None, &values), &written, &mut violations).await?;
        let touched = Touched { changed: &all, visible: nest.seen };
        let valid = decide::check(admitted, object, &facts, touched, violations)?;
        let written = Written { slots: &written, before: None };
        let confirmed = decide::confirm(valid, self.actor, object, &facts, written)?;
        let claims = self.rule(of, None, &values, nest.seen).await?;
        let (kind, before, changed) = ("create", None, all.as_slice());
        let part = Part { kind, object, before, after: values, changed, known };
        let mut draft = self.draft(confirmed, part).after(first);
        claims.into_iter().for_each(|claim| draft.write.claim(claim));
        draft.write.system.extend(files);
        self.add_children(&mut draft, children, nest.seen, nest.depth).await?;
        Ok(draft)
    }

    async fn add_children(
        &self,
        draft: &mut Draft,
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
        let (ix, id) = (draft.object, id_of(&after));
        seen.insert(id);
        for rows in children {
            let child = self.object(rows.object.as_str())?;
            for (at, mut row) in rows.rows.into_iter().enumerate() {
                row.insert(rows.by.to_string(), self.pointer(ix, child.1, rows.by.as_str(), id));
                let child_id = self.engine.next_id(self.moment.now);
                let pending = Some(Pending { object: ix, id, values: &after });
                let nest = Nest { pending, seen: &mut *seen, depth: depth + 1 };
                match Box::pin(self.create(child, child_id, &row, nest)).await {
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
        (ix, object): Subject<'a>,
        values: &mut [Value],
        written: &[Slot],
    ) -> Result<(), Error> {
        let open = |slot: &Slot| !written.contains(slot);
        let known = self.ask_defaults((ix, object), values, open).await?;
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
                    let facts = Facts::new(self.catalogue, ix, values, &self.env, known.clone());
                    default.eval(&facts, &self.env)
                }
                _ => continue,
            };
            if let Some(place) = values.get_mut(usize::from(slot.0)) {
                *place = value;
            }
        }
        Ok(())
    }

    /// What defaults ask of records that the caller's values refer to: nothing, for most objects.
    async fn ask_defaults(
        &self,
        (ix, object): Subject<'a>,
        values: &[Value],
        open: impl Fn(&Slot) -> bool,
    ) -> Result<Known, Error> {
        let mut needs = Needs::default();
        for (_, field) in object.slots().filter(|(slot, _)| open(slot)) {
            if let Some(default) = &field.default {
                needs.add(self.catalogue, ix, &default.root);
            }
        }
        needs.load(self, At { object: ix, values, stored: false, pending: None }).await
    }

    /// Decides a change of an existing record.
    pub(super) async fn update(
        &self,
        of: Subject<'a>,
        id: Uuid,
        version: Option<u64>,
        given: &Values,
    ) -> Result<Draft, Error> {
        let (values, known) = self.needs_to_write(of).load_with(self, of, id).await?;
        let parse = self.parse_context();
        let prepared = prepare::prepare(&parse, self.actor, of, given, Action::Update);
        let mut seen = Visible::default();
        let before = Before { values, version, known: Some(known) };
        self.update_prepared(of, before, prepared, &mut seen).await
    }

    /// The same for a loaded record and values that are typed already.
    pub async fn update_prepared(
        &self,
        of: Subject<'a>,
        before: Before,
        prepared: Prepared,
        seen: &mut Visible,
    ) -> Result<Draft, Error> {
        let (ix, object) = of;
        let Before { values: before, version, known } = before;
        let known = match known {
            Some(known) => known,
            None => self.learn(of, &before, true, None).await?,
        };
        let old = Facts::new(self.catalogue, ix, &before, &self.env, known.clone());
        let admitted = decide::admit(self.actor, of, &old, Action::Update)?;
        self.same_version(of, &old, version)?;
        let mut values = before.clone();
        let written = put(&mut values, &prepared, Some(&before));
        let Prepared { children, mut violations, .. } = prepared;
        let filled = self.derive(of, (Some(&before), &mut values), &written, &mut violations);
        let (group, first) = match written.is_empty() {
            true => (None, Write::default()),
            false => self.exclude(of, (Some(&before), &mut values), &mut violations).await?,
        };
        let needs = self.needs_to_write(of);
        let known = match needs.follow(&written) || needs.follow(&filled) {
            true => self.learn(of, &values, true, None).await?,
            false => known,
        };
        self.see(of, &values, |slot| written.contains(&slot), seen).await?;
        let matched = decide::matching(self.actor.rights().grants(ix, Action::Update), &old);
        let mut changed = written.clone();
        if !written.is_empty() {
            changed.extend(filled.into_iter().filter(|slot| !written.contains(slot)));
            changed.extend(group.filter(|slot| differs(&before, &values, *slot)));
            changed.extend(self.touch(&mut values));
        }
        let facts = Facts::new(self.catalogue, ix, &values, &self.env, known.clone());
        violations.extend(self.separation(of, &values).await?);
        self.conditions(object, &values, &written, &mut violations).await?;
        let held = (Some(before.as_slice()), values.as_slice());
        let files = self.attach(object, held, &written, &mut violations).await?;
        let touched = Touched { changed: &changed, visible: seen };
        let valid = decide::check(admitted, object, &facts, touched, violations)?;
        let written = Written { slots: &written, before: Some(&matched) };
        let confirmed = decide::confirm(valid, self.actor, object, &facts, written)?;
        let claims = self.rule(of, Some(&before), &values, seen).await?;
        let (kind, before) = ("update", Some(before.as_slice()));
        let part = Part { kind, object, before, after: values, changed: &changed, known };
        let mut draft = self.draft(confirmed, part).after(first);
        claims.into_iter().for_each(|claim| draft.write.claim(claim));
        draft.write.system.extend(files);
        self.add_children(&mut draft, children, seen, 0).await?;
        Ok(draft)
    }

    /// The write that a confirmed change amounts to.
    fn draft(&self, confirmed: Confirmed, part: Part<'_>) -> Draft {
        let ix = confirmed.object;
        let Part { kind, object, before, after, changed, known } = part;
        let told = |slot: &Slot| {
            let stamp =
                matches!(*slot, base::ID | base::VERSION | base::UPDATED_AT | base::UPDATED_BY);
            let given = after.get(usize::from(slot.0)).is_some_and(|value| !value.is_empty());
            !stamp && (before.is_some() || given)
        };
        let shown: Vec<Slot> = changed.iter().copied().filter(told).collect();
        let mut write = Write::default();
        if before.is_none() || !changed.is_empty() {
            let diff = Diff { object, before, after: &after, changed: &shown };
            write.audit.push(audit::change(self, kind, diff));
            write.events.extend(self.event(kind, object, (before, &after), &shown));
            write.changes.push(match before {
                None => store::Change::Insert { object: ix, values: after.clone() },
                Some(before) => store::Change::Update {
                    object: ix,
                    expected: version_of(before),
                    before: before.to_vec(),
                    values: after.clone(),
                    changed: changed.to_vec(),
                },
            });
        }
        Draft { write, object: ix, after, known }
    }
}

fn differs(before: &[Value], after: &[Value], slot: Slot) -> bool {
    before.get(usize::from(slot.0)) != after.get(usize::from(slot.0))
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
