//! What a form can work out as one types: defaults, formulas and validations as trees.
//!
//! Only what reads nothing but fields of the record itself that the caller is shown, so that no
//! tree names a field or an object that is hidden from them. The server decides all of it again.

use engine::Actor;
use kernel::Date;
use schema::catalogue::ParameterValue;
use schema::expr::Expr;
use schema::field::FieldType;
use schema::{Catalogue, Object, ObjectIx};
use serde_json::{Map, Value as Json, json};

/// Expressions of an object for one caller, and the parameters they read as of `today`.
pub fn describe(
    catalogue: &Catalogue,
    actor: &Actor,
    (ix, object): (ObjectIx, &Object),
    access: &Map<String, Json>,
    today: Date,
) -> Json {
    let mut form = Form { catalogue, subject: (ix, object), access, parameters: Map::new(), today };
    let mut formulas = Map::new();
    let mut defaults = Map::new();
    for (name, field) in &object.fields {
        if !access.contains_key(name.as_str()) {
            continue;
        }
        let computed = match &field.kind {
            FieldType::Formula { expr } => form.tree(expr),
            _ => None,
        };
        formulas.extend(computed.map(|tree| (name.to_string(), tree)));
        let default = field.default.as_ref().and_then(|expr| form.tree(expr));
        defaults.extend(default.map(|tree| (name.to_string(), tree)));
    }
    let mut validations = Vec::new();
    for rule in &object.validations {
        let when = rule.when.as_ref().map(|when| form.tree(when));
        let (Some(must), false) = (form.tree(&rule.must), when == Some(None)) else { continue };
        validations.push(json!({
            "code": rule.code,
            "at": rule.at.and_then(|slot| object.at(slot)).map(|field| &field.name),
            "message": rule.message.get(actor.language),
            "when": when.flatten(),
            "must": must,
        }));
    }
    json!({
        "formulas": formulas,
        "defaults": defaults,
        "validations": validations,
        "parameters": form.parameters,
    })
}

struct Form<'a> {
    catalogue: &'a Catalogue,
    subject: (ObjectIx, &'a Object),
    access: &'a Map<String, Json>,
    /// Values that the trees read.
    parameters: Map<String, Json>,
    today: Date,
}

impl Form<'_> {
    /// The tree of `expr`, if the caller may know all that it reads.
    fn tree(&mut self, expr: &Expr) -> Option<Json> {
        let (ix, object) = self.subject;
        let reads = expr.dependencies();
        let shown = reads.fields.iter().all(|(at, slot)| {
            let field = object.at(*slot).filter(|_| *at == ix);
            field.is_some_and(|field| self.access.contains_key(field.name.as_str()))
        });
        if !shown || !reads.aggregates.is_empty() {
            return None;
        }
        for name in &reads.parameters {
            let value = self.catalogue.parameters.get(name).and_then(|found| found.on(self.today));
            self.parameters.insert(name.to_string(), value.map_or(Json::Null, json_of));
        }
        Some(expr.to_json(self.catalogue))
    }
}

fn json_of(value: &ParameterValue) -> Json {
    match value {
        ParameterValue::Number(number) => json!(number.normalize().to_string()),
        ParameterValue::Text(text) => json!(text),
        ParameterValue::Bool(flag) => json!(flag),
        ParameterValue::Date(date) => json!(date.to_string()),
        ParameterValue::Texts(texts) => json!(texts),
    }
}
