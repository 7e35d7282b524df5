//! Fields as JSON Schema: what is read, what may be written.

use schema::catalogue::OptionSet;
use schema::field::CurrencySource;
use schema::{Catalogue, Field, FieldType};
use serde_json::{Map, Value as Json, json};

use crate::http::problem;

/// Options beyond which a schema does not list them.
const LISTED: usize = 60;

/// An exact number as text.
const EXACT: &str = "^-?[0-9]+(\\.[0-9]+)?$";

/// Schemas that do not depend on the catalogue.
pub fn shared() -> Map<String, Json> {
    let mut schemas = Map::new();
    let text = || json!({ "type": "string" });
    let violations =
        json!({ "type": "array", "items": { "$ref": "#/components/schemas/violation" } });
    let problem = json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "trace"],
        "properties": {
            "type": text(),
            "title": text(),
            "status": { "type": "integer" },
            "code": {
                "type": "string",
                "description": "Stable; what a program goes by",
                "x-codes": codes(problem::titles().map(|(code, _, en)| (code, en.to_owned()))),
            },
            "detail": text(),
            "trace": text(),
            "violations": violations,
            "expected": { "type": "integer", "description": "The version the caller named" },
            "current": { "type": "integer", "description": "The version in force" },
            "record": { "type": ["object", "null"], "description": "The record in force" },
        },
    });
    let violation = json!({
        "type": "object",
        "required": ["field", "code", "params", "message"],
        "properties": {
            "field": text(),
            "code": {
                "type": "string",
                "description": "Stable; packs add codes of their own validations",
                "x-codes": codes(problem::sentences()),
            },
            "params": { "type": "object", "additionalProperties": text() },
            "message": text(),
        },
    });
    let money = json!({
        "type": "object",
        "required": ["amount", "currency"],
        "properties": {
            "amount": { "type": "string", "pattern": EXACT },
            "currency": { "type": ["string", "null"] },
        },
    });
    let link = json!({
        "type": "object",
        "required": ["object", "id"],
        "properties": { "object": text(), "id": { "type": "string", "format": "uuid" } },
    });
    let names = || json!({ "type": "array", "items": { "type": "string" } });
    let access = json!({
        "type": "object",
        "required": ["actions", "write", "reveal"],
        "properties": { "actions": names(), "write": names(), "reveal": names() },
        "description": "What the caller may do with the record as it is; a change is decided again",
    });
    schemas.insert("access".into(), access);
    schemas.insert("problem".into(), problem);
    schemas.insert("violation".into(), violation);
    schemas.insert("money".into(), money);
    schemas.insert("link".into(), link);
    schemas.insert("query".into(), query());
    super::pages::shared(&mut schemas);
    schemas
}

/// Codes with what each means, in English.
fn codes(known: impl Iterator<Item = (&'static str, String)>) -> Json {
    known.map(|(code, means)| (code.to_owned(), json!(means))).collect::<Map<_, _>>().into()
}

fn query() -> Json {
    let closed = |properties: Json, required: &[&str]| {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": required,
            "properties": properties,
        })
    };
    let group = json!({
        "field": { "type": "string" },
        "bucket": { "enum": ["none", "day", "month", "quarter", "year"] },
    });
    let measure = json!({
        "function": { "enum": ["count", "count_distinct", "sum", "avg", "min", "max"] },
        "field": { "type": "string" },
        "alias": { "type": "string" },
    });
    let properties = json!({
        "columns": { "type": "array", "items": { "type": "string" }, "maxItems": 100 },
        "filter": { "type": "string", "maxLength": 4096 },
        "search": { "type": "string", "maxLength": 100 },
        "sort": { "type": "array", "items": { "type": "string" }, "maxItems": 4 },
        "limit": { "type": "integer", "minimum": 1, "maximum": 200 },
        "cursor": { "type": "string", "maxLength": 2048 },
        "count": { "enum": ["none", "capped", "exact"] },
        "group": { "type": "array", "maxItems": 4, "items": closed(group, &["field"]) },
        "measures": { "type": "array", "maxItems": 16, "items": closed(measure, &["function"]) },
        "expand": { "type": "boolean" },
        "permitted_for": { "type": "string", "description": "Purpose that every row must be permitted for" },
    });
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// What reading the field gives: its value, nothing, or a partial display.
pub fn read(field: &Field, catalogue: &Catalogue) -> Json {
    let mut forms = vec![value(&field.kind, catalogue, false)];
    let masked = json!({ "type": "string" });
    if !forms.contains(&masked) {
        forms.push(masked);
    }
    forms.push(json!({ "type": "null" }));
    json!({ "title": field.label.en, "anyOf": forms })
}

/// What may be written into the field.
pub fn write(field: &Field, catalogue: &Catalogue) -> Json {
    let mut schema = value(&field.kind, catalogue, true);
    if !field.required {
        schema = json!({ "anyOf": [schema, { "type": "null" }] });
    }
    if let Json::Object(map) = &mut schema {
        map.insert("title".into(), json!(field.label.en));
        if let Some(help) = &field.help {
            map.insert("description".into(), json!(help.en));
        }
    }
    schema
}

fn value(kind: &FieldType, catalogue: &Catalogue, writing: bool) -> Json {
    let id = || json!({ "type": "string", "format": "uuid" });
    let text = |example: &str| json!({ "type": "string", "examples": [example] });
    match kind {
        FieldType::Text { max } | FieldType::LongText { max } if writing => {
            json!({ "type": "string", "maxLength": max })
        }
        FieldType::Text { .. }
        | FieldType::LongText { .. }
        | FieldType::BankCard
        | FieldType::Address
        | FieldType::AutoNumber { .. } => json!({ "type": "string" }),
        FieldType::Number { scale: 0, .. } => json!({ "type": ["integer", "string"] }),
        FieldType::Number { .. } | FieldType::Percent { .. } => {
            json!({ "type": "string", "pattern": EXACT, "examples": ["12.30"] })
        }
        FieldType::Money { currency, .. } => money(currency, writing),
        FieldType::Date => json!({ "type": "string", "format": "date" }),
        FieldType::DateTime => json!({ "type": "string", "format": "date-time" }),
        FieldType::Boolean => json!({ "type": "boolean" }),
        FieldType::Select { options } | FieldType::Cascade { options } => {
            choice(catalogue.options.get(options), writing)
        }
        FieldType::MultiSelect { options } => {
            json!({ "type": "array", "items": choice(catalogue.options.get(options), writing) })
        }
        FieldType::Tags => json!({ "type": "array", "items": { "type": "string" } }),
        FieldType::Reference { to, .. } if to.len() > 1 => {
            json!({ "$ref": "#/components/schemas/link" })
        }
        FieldType::Reference { .. }
        | FieldType::User
        | FieldType::OrgUnit
        | FieldType::File { .. } => id(),
        FieldType::ManyToMany { .. } => json!({ "type": "array", "items": id() }),
        FieldType::ChildTable { .. } => json!({ "type": "array", "items": { "type": "object" } }),
        FieldType::Formula { .. } | FieldType::RollUp { .. } => json!({}),
        FieldType::Email => text("name@example.com"),
        FieldType::Url => text("https://example.com/"),
        FieldType::Phone => text("13800138000"),
        FieldType::ResidentId => text("11010519491231002X"),
        FieldType::CreditCode => text("91350100M000100Y43"),
    }
}

fn money(currency: &CurrencySource, writing: bool) -> Json {
    if !writing {
        return json!({ "$ref": "#/components/schemas/money" });
    }
    let amount = json!({ "type": "string", "pattern": EXACT, "examples": ["12.30"] });
    let code = match currency {
        CurrencySource::Fixed(code) => json!({ "const": code.as_str() }),
        CurrencySource::Field(_) => json!({ "type": ["string", "null"] }),
    };
    let whole = json!({
        "type": "object",
        "required": ["amount"],
        "additionalProperties": false,
        "properties": { "amount": amount, "currency": code },
    });
    json!({ "anyOf": [amount, whole] })
}

fn choice(options: Option<&OptionSet>, writing: bool) -> Json {
    let Some(set) = options.filter(|set| set.items.len() <= LISTED) else {
        return json!({ "type": "string" });
    };
    let usable = |(_, item): &(&String, &schema::catalogue::OptionItem)| !writing || !item.retired;
    let codes: Vec<&String> = set.items.iter().filter(usable).map(|(code, _)| code).collect();
    if codes.is_empty() { json!({ "type": "string" }) } else { json!({ "enum": codes }) }
}
