//! Schemas of a record's page.

use serde_json::{Map, Value as Json, json};

fn text() -> Json {
    json!({ "type": "string" })
}

fn list(items: &Json) -> Json {
    json!({ "type": "array", "items": items })
}

fn closed(properties: &Json, required: &[&str]) -> Json {
    json!({ "type": "object", "properties": properties, "required": required })
}

fn named(kind: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{kind}") })
}

/// Schemas that every object's pages share.
pub fn shared(schemas: &mut Map<String, Json>) {
    let offer = closed(
        &json!({
            "label": text(),
            "edit": list(&text()),
            "create": text(),
            "values": { "type": "object" },
        }),
        &["label"],
    );
    let hint = closed(
        &json!({
            "code": text(),
            "severity": { "enum": ["low", "medium", "high"] },
            "message": text(),
            "reason": text(),
            "field": text(),
            "offer": offer,
        }),
        &["code", "message"],
    );
    let count = closed(
        &json!({ "rows": { "type": "integer" }, "more": { "type": "boolean" } }),
        &["rows", "more"],
    );
    let record = json!({
        "type": "object",
        "required": ["object", "id", "version", "values", "masked"],
        "description": "A record of any object, as reading it answers",
    });
    let related = closed(
        &json!({
            "from": text(),
            "object": text(),
            "label": text(),
            "columns": list(&text()),
            "records": list(&record),
            "count": count,
            "filter": { "type": "string", "description": "Filter of a list of all of them" },
            "sort": list(&text()),
        }),
        &["from", "object", "label", "columns", "records", "count", "sort"],
    );
    let measure = closed(
        &json!({
            "name": text(),
            "label": text(),
            "from": text(),
            "field": text(),
            "currency": text(),
            "value": {},
            "groups": list(&json!({
                "type": "object",
                "required": ["keys", "measures"],
                "properties": {
                    "keys": { "type": "object" },
                    "measures": { "type": "object", "properties": { "value": {} } },
                },
            })),
        }),
        &["name", "label", "from"],
    );
    let section = closed(
        &json!({
            "label": text(),
            "fields": list(&text()),
            "lists": list(&named("page_list")),
            "measures": list(&named("page_measure")),
        }),
        &["label", "fields", "lists", "measures"],
    );
    let layout = closed(&json!({ "name": text(), "label": text() }), &["name", "label"]);
    schemas.insert("page_hint".into(), hint);
    schemas.insert("page_list".into(), related);
    schemas.insert("page_measure".into(), measure);
    schemas.insert("page_section".into(), section);
    schemas.insert("page_layout".into(), layout);
}

/// The whole page of a record.
pub fn overview(record: &Json) -> Json {
    closed(
        &json!({
            "title": { "type": ["string", "null"] },
            "record": record,
            "access": named("access"),
            "layout": named("page_layout"),
            "layouts": list(&named("page_layout")),
            "highlights": list(&text()),
            "warnings": list(&named("page_hint")),
            "suggestions": list(&named("page_hint")),
            "sections": list(&named("page_section")),
        }),
        &[
            "title",
            "record",
            "access",
            "layouts",
            "highlights",
            "warnings",
            "suggestions",
            "sections",
        ],
    )
}
