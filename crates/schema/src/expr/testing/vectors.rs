//! The committed vectors: cases of expression, record and result that every back end runs.

use std::collections::BTreeMap;

use kernel::Sensitive;
use serde_json::Value as Json;
use uuid::Uuid;

use super::name;
use super::world::{TestEnv, World};
use crate::catalogue::base;
use crate::expr::{Parameters, Type, field_type, parse, targets};
use crate::{Catalogue, FieldType, Name, ObjectIx, Slot, Value};

/// One case, read.
#[derive(Debug, Clone)]
pub struct Case {
    /// The expression, over the test catalogue's `thing`.
    pub expr: String,
    /// Type it must have, as [`Type::code`].
    pub ty: String,
    /// The record and what it refers to.
    pub world: World,
    /// Id of the record.
    pub id: Uuid,
    /// Environment.
    pub env: TestEnv,
    /// Expected result, in the form of [`json`].
    pub expect: Json,
}

/// Parameters by name.
#[derive(Debug, Clone, Default)]
pub struct TestParameters(pub BTreeMap<Name, Value>);

impl Parameters for TestParameters {
    fn get(&self, name: &Name) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }
}

/// All cases of `vectors/expr.json`.
///
/// # Panics
/// When the file is not in its form.
#[must_use]
pub fn cases(catalogue: &Catalogue) -> Vec<Case> {
    let file: Json = serde_json::from_str(include_str!("../../../vectors/expr.json")).unwrap();
    let thing = super::main_object(catalogue);
    let mut cases = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let mut reader = Reader { catalogue, world: World::default(), next: 1000 };
        let mut env = file["env"].as_object().unwrap().clone();
        if let Some(own) = case["env"].as_object() {
            env.extend(own.clone());
        }
        let id = reader.row(thing, &case["record"], None);
        if case["shared"] == Json::Bool(true) {
            reader.world.shared.push(id);
        }
        cases.push(Case {
            expr: case["expr"].as_str().unwrap().to_owned(),
            ty: case["ty"].as_str().unwrap().to_owned(),
            world: reader.world,
            id,
            env: environment(&env),
            expect: case["expect"].clone(),
        });
    }
    cases
}

/// The text of `vectors/trees.json`: the tree that the browser gets for each expression of the
/// vectors, on a line each.
///
/// # Panics
/// When an expression of the vectors is not valid.
#[must_use]
pub fn trees(catalogue: &Catalogue) -> String {
    let thing = super::main_object(catalogue);
    let mut sources: Vec<String> = cases(catalogue).into_iter().map(|case| case.expr).collect();
    sources.sort();
    sources.dedup();
    let lines = sources.iter().map(|source| {
        let tree = parse(source, catalogue, thing).unwrap().to_json(catalogue);
        format!("  {}: {tree}", Json::from(source.as_str()))
    });
    format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
}

/// A value as the vectors write it: numbers, dates, instants and ids as text.
#[must_use]
pub fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => {
            let number = number.normalize();
            let zero = number.is_zero();
            Json::String(if zero { "0".to_owned() } else { number.to_string() })
        }
        Value::Text(text) => Json::String(text.to_string()),
        Value::Secret(secret) => Json::String(secret.expose().to_string()),
        Value::Date(date) => Json::String(date.to_string()),
        Value::Instant(instant) => Json::String(instant.to_string()),
        Value::Id(id) | Value::Link(_, id) => Json::String(id.to_string()),
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
    }
}

fn environment(env: &serde_json::Map<String, Json>) -> TestEnv {
    let text = |key: &str| env[key].as_str();
    let ids = |key: &str| {
        let ids = env[key].as_array().unwrap().iter();
        ids.map(|id| id.as_str().unwrap().parse().unwrap()).collect()
    };
    let mut parameters = BTreeMap::new();
    for (key, typed) in env["parameters"].as_object().unwrap() {
        let (ty, value) = typed.as_object().unwrap().iter().next().unwrap();
        parameters.insert(name(key), scalar(ty, value));
    }
    TestEnv {
        today: text("today").unwrap().parse().unwrap(),
        now: text("now").unwrap().parse().unwrap(),
        me: text("me").map(|id| id.parse().unwrap()),
        units: ids("units"),
        subtree: ids("subtree"),
        parameters: TestParameters(parameters),
    }
}

fn scalar(ty: &str, value: &Json) -> Value {
    if value.is_null() {
        return Value::Null;
    }
    let text = || value.as_str().unwrap();
    match ty {
        "bool" => Value::Bool(value.as_bool().unwrap()),
        "number" => Value::Number(text().parse().unwrap()),
        "text" => Value::text(text()),
        "date" => Value::Date(text().parse().unwrap()),
        "instant" => Value::Instant(text().parse().unwrap()),
        "id" => Value::Id(text().parse().unwrap()),
        "texts" | "ids" => {
            let item = if ty == "ids" { "id" } else { "text" };
            let items: Vec<Value> =
                value.as_array().unwrap().iter().map(|value| scalar(item, value)).collect();
            if items.is_empty() { Value::Null } else { Value::List(items.into()) }
        }
        other => panic!("no type {other}"),
    }
}

struct Reader<'a> {
    catalogue: &'a Catalogue,
    world: World,
    next: u128,
}

impl Reader<'_> {
    /// Adds a row as JSON gives it, with the rows inside it; answers its id.
    fn row(&mut self, ix: ObjectIx, given: &Json, by: Option<(Slot, Uuid)>) -> Uuid {
        let object = self.catalogue.at(ix).unwrap();
        self.next += 1;
        let id = match given["id"].as_str() {
            Some(id) => id.parse().unwrap(),
            None => Uuid::from_u128(self.next),
        };
        let mut values = vec![Value::Null; object.fields.len()];
        values[usize::from(base::ID.0)] = Value::Id(id);
        values[usize::from(base::VERSION.0)] = Value::Number(1.into());
        let mut tables = Vec::new();
        for (key, value) in given.as_object().unwrap() {
            let (slot, field) = object.field(key).unwrap_or_else(|| panic!("no field {key}"));
            if let FieldType::ChildTable { object, by } = &field.kind {
                tables.push((object.clone(), by.clone(), value));
                continue;
            }
            if slot == base::ID {
                continue;
            }
            let ty = field_type(self.catalogue, object, slot).unwrap();
            let value = match (&ty, value) {
                (Type::Id(_), Json::Object(_)) => self.referred(ix, slot, value),
                (ty, value) => scalar(ty.code(), value),
            };
            values[usize::from(slot.0)] = match value {
                Value::Text(text) if field.encrypted => Value::Secret(Sensitive::new(text)),
                other => other,
            };
        }
        if let Some((slot, id)) = by {
            values[usize::from(slot.0)] = Value::Id(id);
        }
        self.world.rows.push((ix, values));
        for (child, by, rows) in tables {
            let (child, object) = self.catalogue.object(child.as_str()).unwrap();
            let by = object.field(by.as_str()).unwrap().0;
            for row in rows.as_array().unwrap() {
                self.row(child, row, Some((by, id)));
            }
        }
        id
    }

    /// Adds the row a reference field names; one with several targets says which by `object`.
    fn referred(&mut self, ix: ObjectIx, slot: Slot, given: &Json) -> Value {
        let object = self.catalogue.at(ix).unwrap();
        let to = targets(self.catalogue, object, slot);
        let mut given = given.clone();
        let named = given.as_object_mut().unwrap().shift_remove("object");
        let target = named.map_or(to[0].clone(), |named| name(named.as_str().unwrap()));
        let (at, _) = self.catalogue.object(target.as_str()).unwrap();
        let id = self.row(at, &given, None);
        if to.len() > 1 { Value::Link(target, id) } else { Value::Id(id) }
    }
}
