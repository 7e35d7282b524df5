//! Preparing: from a request's JSON to typed values, with every flaw named at once.
//!
//! Knows types and names; decides nothing about rights beyond not naming hidden fields.

use schema::catalogue::{Access, Action, base};
use schema::field::{Context as ParseContext, Flaw};
use schema::{Field, FieldType, Name, Object, Slot, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::command::Values;
use super::submit::Subject;
use crate::{Actor, Violation};

/// Values parsed for one record.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// Values the caller gave, by slot.
    pub given: Vec<(Slot, Value)>,
    /// Rows given for child tables.
    pub children: Vec<Rows>,
    /// When and by whom a record that existed elsewhere was made, for an import that keeps that.
    pub origin: Vec<(Slot, Value)>,
    /// What is wrong so far.
    pub violations: Vec<Violation>,
}

impl Prepared {
    /// Puts the origin over what a new record holds.
    pub fn keep_origin(&self, values: &mut [Value]) {
        for (slot, value) in &self.origin {
            if let Some(place) = values.get_mut(usize::from(slot.0)) {
                *place = value.clone();
            }
        }
    }
}

/// Rows of one child table, as given.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Field of the parent.
    pub field: Name,
    /// Child object.
    pub object: Name,
    /// Its reference to the parent.
    pub by: Name,
    /// The rows.
    pub rows: Vec<Values>,
}

/// Most rows of one child table in a request.
const ROWS_MAX: usize = 200;

/// Parses what the caller gave for a record of `object`.
pub(crate) fn prepare(
    context: &ParseContext<'_>,
    actor: &Actor,
    (ix, object): Subject<'_>,
    values: &Values,
    action: Action,
) -> Prepared {
    let mut prepared = Prepared::default();
    for (key, json) in values {
        let visible = |slot| {
            let rights = actor.rights();
            rights.most(ix, action, slot).max(rights.most(ix, Action::Read, slot)) > Access::Hidden
        };
        let found = object.field(key).filter(|(slot, field)| !field.retired && visible(*slot));
        match found {
            None => prepared.violations.push(unknown(object, key, visible)),
            Some((slot, field)) => {
                one(context, &mut prepared, slot, field, json);
                currency(object, field, json, values, &mut prepared);
            }
        }
    }
    prepared
}

fn unknown(object: &Object, key: &str, visible: impl Fn(Slot) -> bool) -> Violation {
    let names = object.slots().filter(|(slot, _)| visible(*slot)).map(|(_, f)| f.name.as_str());
    match kernel::text::nearest(key, names) {
        Some(near) => Violation::new(key, "unknown_field_near").with("near", near),
        None => Violation::new(key, "unknown_field"),
    }
    .with("name", key)
}

fn one(
    context: &ParseContext<'_>,
    prepared: &mut Prepared,
    slot: Slot,
    field: &Field,
    json: &Json,
) {
    let name = field.name.as_str();
    if let FieldType::ChildTable { object, by } = &field.kind {
        match child_rows(json) {
            Ok(rows) => prepared.children.push(Rows {
                field: field.name.clone(),
                object: object.clone(),
                by: by.clone(),
                rows,
            }),
            Err(code) => prepared
                .violations
                .push(Violation::new(name, code).with("max", ROWS_MAX.to_string())),
        }
        return;
    }
    if is_computed(slot, field) {
        prepared.violations.push(Violation::new(name, "read_only"));
        return;
    }
    match field.parse_json(json, context) {
        Ok(value) => prepared.given.push((slot, value)),
        Err(flaws) => {
            prepared.violations.extend(flaws.into_iter().map(|flaw| of_flaw(name, flaw)));
        }
    }
}

/// Writes the currency that an amount states into the field that holds it, unless that is given too.
fn currency(object: &Object, field: &Field, json: &Json, values: &Values, prepared: &mut Prepared) {
    let Some(stated) = field.stated_currency(json) else { return };
    let Some(sibling) = field.currency_field().filter(|name| !values.contains_key(name.as_str()))
    else {
        return;
    };
    if let Some((slot, _)) = object.field(sibling.as_str()) {
        prepared.given.push((slot, Value::text(stated)));
    }
}

/// Whether the platform alone writes this field.
pub(crate) fn is_computed(slot: Slot, field: &Field) -> bool {
    let base = usize::from(slot.0) < base::COUNT && slot != base::OWNER && slot != base::ORG_UNIT;
    let computed = matches!(
        field.kind,
        FieldType::Formula { .. } | FieldType::RollUp { .. } | FieldType::AutoNumber { .. }
    );
    base || computed || field.read_only
}

/// A flaw of a value as a violation at `field`.
pub(crate) fn of_flaw(field: &str, flaw: Flaw) -> Violation {
    Violation {
        field: field.to_owned(),
        code: flaw.code.to_owned(),
        params: flaw.params,
        message: None,
    }
}

fn child_rows(json: &Json) -> Result<Vec<Values>, &'static str> {
    let Json::Array(items) = json else { return Err("type") };
    if items.len() > ROWS_MAX {
        return Err("too_many");
    }
    items.iter().map(|item| item.as_object().cloned().ok_or("type")).collect()
}

/// What a new record holds before anyone writes to it.
pub(crate) fn blank(object: &Object, actor: &Actor, id: Uuid, now: kernel::Instant) -> Vec<Value> {
    let mut values = vec![Value::Null; object.fields.len()];
    let mut put = |slot: Slot, value: Value| {
        if let Some(place) = values.get_mut(usize::from(slot.0)) {
            *place = value;
        }
    };
    put(base::ID, Value::Id(id));
    put(base::VERSION, Value::Number(kernel::Decimal::ONE));
    put(base::OWNER, Value::Id(actor.user()));
    put(base::ORG_UNIT, actor.rights().home.map_or(Value::Null, Value::Id));
    put(base::CREATED_AT, Value::Instant(now));
    put(base::CREATED_BY, Value::Id(actor.user()));
    put(base::UPDATED_AT, Value::Instant(now));
    put(base::UPDATED_BY, Value::Id(actor.user()));
    values
}
