//! Paths by which records leave in files, and requests for what somebody else must approve.

use engine::Actor;
use schema::catalogue::Right;
use serde_json::{Map, Value as Json, json};

use super::operation::Operation;
use super::records::object;
use crate::http::exports::XLSX;

/// Media types of an export.
const FILES: [&str; 2] = ["text/csv", XLSX];

fn text(least: u32, most: u32) -> Json {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

/// Adds what `actor` may do, who may export records of `objects`, and have fields revealed of
/// `revealed`.
pub fn describe(
    paths: &mut Map<String, Json>,
    (objects, revealed): (&[&str], &[&str]),
    actor: &Actor,
) {
    let rights = actor.rights();
    let answers = rights.has(Right::ApproveExports) || rights.has(Right::ApproveReveals);
    let reveals = rights.reveal_approval && !revealed.is_empty();
    if !objects.is_empty() {
        Operation::new("export", "exports", "导出 · Take records out in a file")
            .body(export(objects))
            .attachment("The file, as it is made", &FILES)
            .at(paths, "post", "/exports");
        Operation::new(
            "take_export",
            "approvals",
            "领取导出文件 · Take the file that was approved",
        )
        .id()
        .maybe_body(object(json!({}), &[]))
        .attachment("The file, as it is made", &FILES)
        .at(paths, "post", "/approvals/{id}/file");
    }
    if !objects.is_empty() || reveals {
        asks(paths, objects, if reveals { revealed } else { &[] });
    }
    if answers || !objects.is_empty() || reveals {
        Operation::new("approvals", "approvals", "审批申请 · Requests for approval")
            .query("box", json!({ "enum": ["asked", "to_answer"] }), "Which requests")
            .answer("200", "Requests, newest first", listed())
            .at(paths, "get", "/approvals");
    }
    if answers {
        let note = json!({ "note": text(0, 500) });
        Operation::new("approve", "approvals", "批准 · Approve what somebody else asks for")
            .id()
            .maybe_body(object(note, &[]))
            .nothing("204", "Approved for as long as the parameters say")
            .at(paths, "post", "/approvals/{id}/approve");
        let note = json!({ "note": text(1, 500) });
        Operation::new("refuse", "approvals", "拒绝 · Refuse what somebody else asks for")
            .id()
            .body(object(note, &["note"]))
            .nothing("204", "Refused")
            .at(paths, "post", "/approvals/{id}/refuse");
    }
}

/// Asking, and taking back.
fn asks(paths: &mut Map<String, Json>, objects: &[&str], revealed: &[&str]) {
    let reveal = json!({
        "object": { "enum": revealed },
        "record": id(),
        "field": text(1, 100),
        "reason": text(2, 500),
    });
    let mut asked = Map::new();
    if !objects.is_empty() {
        asked.insert("export".into(), export(objects));
    }
    if !revealed.is_empty() {
        let required = ["object", "record", "field", "reason"];
        asked.insert("reveal".into(), object(reveal, &required));
    }
    let made = json!({ "type": "object", "required": ["id"], "properties": { "id": id() } });
    Operation::new(
        "request_approval",
        "approvals",
        "申请审批 · Ask for one thing that needs approval",
    )
    .body(object(Json::Object(asked), &[]))
    .answer("201", "Asked; nothing leaves or shows yet", made)
    .at(paths, "post", "/approvals");
    Operation::new("withdraw_request", "approvals", "撤回申请 · Take back one's own open request")
        .id()
        .nothing("204", "Taken back")
        .at(paths, "delete", "/approvals/{id}");
}

fn id() -> Json {
    json!({ "type": "string", "format": "uuid" })
}

/// The body that an export takes.
fn export(objects: &[&str]) -> Json {
    let texts =
        |most: u32| json!({ "type": "array", "items": { "type": "string" }, "maxItems": most });
    let query = json!({
        "object": { "enum": objects },
        "columns": texts(100),
        "filter": { "type": "string", "maxLength": 4096 },
        "search": { "type": "string", "maxLength": 100 },
        "sort": texts(4),
    });
    let asked = json!({
        "query": object(query, &["object"]),
        "format": { "enum": ["csv", "xlsx"] },
        "purpose": text(2, 200),
    });
    object(asked, &["query", "purpose"])
}

fn listed() -> Json {
    let time = json!({ "type": ["string", "null"], "format": "date-time" });
    let some = json!({ "type": ["string", "null"] });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let export = json!({
        "type": "object",
        "required": ["columns", "titles", "filter", "which", "search", "format", "rows", "clear"],
        "properties": {
            "columns": texts,
            "titles": { "type": "object", "additionalProperties": { "type": "string" } },
            "filter": some,
            "which": some,
            "search": some,
            "format": { "enum": ["csv", "xlsx"] },
            "rows": { "type": "integer" },
            "clear": texts,
        },
    });
    let reveal = json!({
        "type": "object",
        "required": ["record", "field", "title"],
        "properties": {
            "record": id(),
            "field": { "type": "string" },
            "title": { "type": "string" },
        },
    });
    let one = json!({
        "type": "object",
        "required": [
            "id", "kind", "object", "label", "purpose", "with", "asked_at", "state",
            "decided_at", "note", "valid_until",
        ],
        "properties": {
            "id": id(),
            "kind": { "enum": ["export", "reveal"] },
            "object": { "type": "string" },
            "label": { "type": "string" },
            "purpose": { "type": "string" },
            "with": some,
            "asked_at": { "type": "string", "format": "date-time" },
            "state": { "enum": ["open", "approved", "refused", "withdrawn"] },
            "decided_at": time,
            "note": some,
            "valid_until": time,
            "export": export,
            "reveal": reveal,
        },
    });
    json!({
        "type": "object",
        "required": ["approvals"],
        "properties": { "approvals": { "type": "array", "items": one } },
    })
}
