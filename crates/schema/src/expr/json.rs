//! A tree as compact JSON for the browser's interpreter: `{"v":1,"ty":"bool","root":[…]}`.
//!
//! A node is an array whose first item says what it is; names stand for slots; numbers are strings.
//! One way only: nothing reads a tree from JSON.

use serde_json::{Value as Json, json};

use super::types::{actor_type, field_type, parameter_type};
use super::{Aggregate, Expr, Node, Path, Type};
use crate::{Catalogue, ObjectIx, Slot, Value};

/// Version of the form.
pub const VERSION: u32 = 1;

impl Expr {
    /// The expression for the browser.
    #[must_use]
    pub fn to_json(&self, catalogue: &Catalogue) -> Json {
        json!({ "v": VERSION, "ty": self.ty.code(), "root": node(&self.root, catalogue) })
    }
}

fn node(tree: &Node, catalogue: &Catalogue) -> Json {
    let of = |part: &Node| node(part, catalogue);
    match tree {
        Node::Literal(value) => literal(value),
        Node::Duration(micros) => json!(["duration", micros.to_string()]),
        Node::Field(path) => field(path, catalogue),
        Node::Param(name) => {
            let ty = parameter_type(catalogue, name.as_str()).unwrap_or(Type::Empty);
            json!(["param", ty.code(), name.as_str()])
        }
        Node::Actor(attribute) => {
            json!(["actor", actor_type(catalogue, *attribute).code(), attribute.word()])
        }
        Node::Not(a) => json!(["not", of(a)]),
        Node::And(all) => several("and", all, catalogue),
        Node::Or(all) => several("or", all, catalogue),
        Node::Compare(op, a, b) => json!([op.sign(), of(a), of(b)]),
        Node::In(a, b) => json!(["in", of(a), of(b)]),
        Node::List(all) => several("list", all, catalogue),
        Node::Between(a, b, c) => json!(["between", of(a), of(b), of(c)]),
        Node::IsEmpty(a) => json!(["is_empty", of(a)]),
        Node::Arithmetic(op, a, b) => json!([op.sign(), of(a), of(b)]),
        Node::Negate(a) => json!(["negate", of(a)]),
        Node::If(a, b, c) => json!(["if", of(a), of(b), of(c)]),
        Node::Call(function, all) => {
            let mut call = vec![json!("call"), json!(function.signature().name)];
            call.extend(all.iter().map(of));
            Json::Array(call)
        }
        Node::Aggregate(inner) => aggregate(inner, catalogue),
        // The browser does not decide what may be seen.
        Node::Reachable { .. } => json!(["null"]),
    }
}

fn several(head: &str, parts: &[Node], catalogue: &Catalogue) -> Json {
    let parts = parts.iter().map(|part| node(part, catalogue));
    Json::Array(std::iter::once(json!(head)).chain(parts).collect())
}

fn literal(value: &Value) -> Json {
    match value {
        Value::Null | Value::Secret(_) => json!(["null"]),
        Value::Bool(value) => json!(["bool", value]),
        Value::Number(number) => json!(["number", number.normalize().to_string()]),
        Value::Text(text) => json!(["text", &**text]),
        Value::Date(date) => json!(["date", date.to_string()]),
        Value::Instant(instant) => json!(["instant", instant.to_string()]),
        Value::Id(id) | Value::Link(_, id) => json!(["id", id.to_string()]),
        Value::List(items) => {
            Json::Array(std::iter::once(json!("list")).chain(items.iter().map(literal)).collect())
        }
    }
}

/// `["field", type, [name, …], up]`.
fn field(path: &Path, catalogue: &Catalogue) -> Json {
    let object = catalogue.at(path.object);
    let ty = object.and_then(|object| field_type(catalogue, object, path.slot));
    let last = (path.object, path.slot);
    let names = path.steps.iter().copied().chain([last]);
    let names: Vec<&str> = names.map(|(object, slot)| name(catalogue, object, slot)).collect();
    json!(["field", ty.unwrap_or(Type::Empty).code(), names, path.up])
}

fn name(catalogue: &Catalogue, object: ObjectIx, slot: Slot) -> &str {
    let field = catalogue.at(object).and_then(|object| object.at(slot));
    field.map_or("", |field| field.name.as_str())
}

/// `["aggregate", function, object, by, value or null, filter or null]`.
fn aggregate(inner: &Aggregate, catalogue: &Catalogue) -> Json {
    let part = |part: &Option<Node>| part.as_ref().map(|part| node(part, catalogue));
    json!([
        "aggregate",
        inner.function.word(),
        catalogue.at(inner.object).map_or("", |object| object.name.as_str()),
        name(catalogue, inner.object, inner.by),
        part(&inner.value),
        part(&inner.filter),
    ])
}
