//! Paths by which records leave in files, at once or once somebody else has approved it.

use engine::Actor;
use schema::catalogue::Right;
use serde_json::{Map, Value as Json, json};

use super::operation::Operation;
use super::records::object;
use crate::http::exports::XLSX;

fn text(least: u32, most: u32) -> Json {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

/// Adds what `actor` may do, who may export records of `objects`.
pub fn describe(paths: &mut Map<String, Json>, objects: &[&str], actor: &Actor) {
    let answers = actor.rights().has(Right::ApproveExports);
    if !objects.is_empty() {
        takes(paths, objects);
    }
    if answers || !objects.is_empty() {
        Operation::new("export_requests", "exports", "导出申请 · Requests for exports")
            .query("box", json!({ "enum": ["asked", "to_answer"] }), "Which requests")
            .answer("200", "Requests, newest first", listed())
            .at(paths, "get", "/export-requests");
    }
    if answers {
        let note = json!({ "note": text(0, 500) });
        Operation::new(
            "approve_export",
            "exports",
            "批准导出 · Approve an export of somebody else",
        )
        .id()
        .maybe_body(object(note, &[]))
        .nothing("204", "Approved for as long as the parameters say")
        .at(paths, "post", "/export-requests/{id}/approve");
        let note = json!({ "note": text(1, 500) });
        Operation::new("refuse_export", "exports", "拒绝导出 · Refuse an export of somebody else")
            .id()
            .body(object(note, &["note"]))
            .nothing("204", "Refused")
            .at(paths, "post", "/export-requests/{id}/refuse");
    }
}

fn takes(paths: &mut Map<String, Json>, objects: &[&str]) {
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
    let asked = object(asked, &["query", "purpose"]);
    let files = ["text/csv", XLSX];
    Operation::new("export", "exports", "导出 · Take records out in a file")
        .body(asked.clone())
        .attachment("The file, as it is made", &files)
        .at(paths, "post", "/exports");
    let id = json!({ "type": "string", "format": "uuid" });
    let made = json!({ "type": "object", "required": ["id"], "properties": { "id": id } });
    Operation::new("request_export", "exports", "申请导出 · Ask for an export that needs approval")
        .body(asked)
        .answer("201", "Asked; nothing leaves yet", made)
        .at(paths, "post", "/export-requests");
    Operation::new("withdraw_export", "exports", "撤回申请 · Take back one's own open request")
        .id()
        .nothing("204", "Taken back")
        .at(paths, "delete", "/export-requests/{id}");
    Operation::new("take_export", "exports", "领取导出文件 · Take the file that was approved")
        .id()
        .maybe_body(object(json!({}), &[]))
        .attachment("The file, as it is made", &files)
        .at(paths, "post", "/export-requests/{id}/file");
}

fn listed() -> Json {
    let time = json!({ "type": ["string", "null"], "format": "date-time" });
    let some = json!({ "type": ["string", "null"] });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let one = json!({
        "type": "object",
        "required": [
            "id", "object", "label", "columns", "titles", "filter", "which", "search", "format", "purpose", "rows", "clear",
            "with", "asked_at", "state", "decided_at", "note", "valid_until",
        ],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "object": { "type": "string" },
            "label": { "type": "string" },
            "columns": texts,
            "titles": { "type": "object", "additionalProperties": { "type": "string" } },
            "filter": some,
            "which": some,
            "search": some,
            "format": { "enum": ["csv", "xlsx"] },
            "purpose": { "type": "string" },
            "rows": { "type": "integer" },
            "clear": texts,
            "with": some,
            "asked_at": { "type": "string", "format": "date-time" },
            "state": { "enum": ["open", "approved", "refused", "withdrawn"] },
            "decided_at": time,
            "note": some,
            "valid_until": time,
        },
    });
    json!({
        "type": "object",
        "required": ["requests"],
        "properties": { "requests": { "type": "array", "items": one } },
    })
}
