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
    parts(schemas);
    lists(schemas);
    timelines(schemas);
    completeness(schemas);
}

fn parts(schemas: &mut Map<String, Json>) {
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
    let section = closed(
        &json!({
            "label": text(),
            "fields": list(&text()),
            "lists": list(&named("page_list")),
            "measures": list(&named("page_measure")),
            "timeline": named("timeline"),
            "graph": { "type": "object", "description": "As `/graph` answers" },
            "trend": trend(),
        }),
        &["label", "fields", "lists", "measures"],
    );
    let layout = closed(&json!({ "name": text(), "label": text() }), &["name", "label"]);
    schemas.insert("page_hint".into(), hint);
    schemas.insert("page_section".into(), section);
    schemas.insert("page_layout".into(), layout);
}

/// A measure over the last months.
fn trend() -> Json {
    let measure = json!({ "type": "object", "description": "As `/measures` lists it" });
    closed(
        &json!({
            "measures": list(&measure),
            "months": { "type": "integer" },
            "series": { "type": "object", "description": "As `/measures/{measure}` answers" },
        }),
        &["measures", "months", "series"],
    )
}

fn lists(schemas: &mut Map<String, Json>) {
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
    schemas.insert("page_list".into(), related);
    schemas.insert("page_measure".into(), measure);
}

fn completeness(schemas: &mut Map<String, Json>) {
    let item = json!({
        "code": text(),
        "label": text(),
        "weight": { "type": "integer" },
        "by": list(&json!({ "enum": ["customer", "manager", "operations"] })),
        "field": text(),
    });
    let completeness = closed(
        &json!({
            "name": text(),
            "label": text(),
            "field": text(),
            "share": { "type": ["string", "null"] },
            "missing": list(&closed(&item, &["code", "label", "weight", "by"])),
        }),
        &["name", "label", "field", "share", "missing"],
    );
    schemas.insert("completeness".into(), completeness);
}

fn timelines(schemas: &mut Map<String, Json>) {
    let changed = json!({
        "field": text(),
        "from": {},
        "to": {},
        "from_title": text(),
        "to_title": text(),
    });
    let change = closed(
        &json!({
            "action": { "enum": ["create", "update", "delete", "restore"] },
            "by": { "type": "string", "format": "uuid" },
            "by_title": text(),
            "reason": text(),
            "fields": list(&closed(&changed, &["field"])),
        }),
        &["action", "by", "fields"],
    );
    let entry = closed(
        &json!({
            "kind": text(),
            "at": { "type": "string", "format": "date-time" },
            "on": { "type": "string", "format": "date" },
            "object": text(),
            "id": { "type": "string", "format": "uuid" },
            "title": {},
            "record": { "type": "object", "description": "As reading it answers" },
            "change": change,
        }),
        &["kind", "at", "object", "id"],
    );
    let kind =
        closed(&json!({ "kind": text(), "label": text(), "icon": text() }), &["kind", "label"]);
    let page = closed(
        &json!({ "kinds": list(&kind), "entries": list(&entry), "next": text() }),
        &["kinds", "entries"],
    );
    schemas.insert("timeline".into(), page);
}

/// A page of a timeline.
pub fn timeline() -> Json {
    named("timeline")
}

/// The log of a record, or the changes of one field.
pub fn history() -> Json {
    let change = json!({
        "at": { "type": "string", "format": "date-time" },
        "by": { "type": "string", "format": "uuid" },
        "by_title": text(),
        "field": text(),
        "from": {},
        "to": {},
        "from_title": text(),
        "to_title": text(),
    });
    closed(
        &json!({
            "entries": list(&json!({ "type": "object" })),
            "next": { "type": ["integer", "null"] },
            "changes": list(&closed(&change, &["at", "by", "field"])),
        }),
        &[],
    )
}

/// The files that a field holds and held.
pub fn file_versions() -> Json {
    let version = json!({
        "version": { "type": "integer", "minimum": 1 },
        "current": { "type": "boolean" },
        "name": text(),
        "media_type": text(),
        "preview": { "enum": ["image", "pdf", "text", "audio", "video", "none"] },
        "size": { "type": "integer" },
        "sha256": text(),
        "scan": { "enum": ["clean", "infected", "not_scanned"] },
        "attached_by": { "type": "string", "format": "uuid" },
        "attached_at": { "type": "string", "format": "date-time" },
    });
    let required = ["version", "current", "name", "media_type", "preview", "size", "scan"];
    let kept = json!({ "label": text(), "until": { "type": "string", "format": "date" } });
    let told = json!({
        "versions": list(&closed(&version, &required)),
        "kept": closed(&kept, &["label"]),
    });
    closed(&told, &["versions"])
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
            "completeness": list(&named("completeness")),
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
            "completeness",
            "sections",
        ],
    )
}
