//! Paths about duplicates, and requests to see a record that somebody else owns.

use engine::Actor;
use schema::catalogue::Action;
use schema::{Catalogue, Object, ObjectIx};
use serde_json::{Map, Value as Json, json};

use super::operation::Operation;
use super::records::object as closed;

fn id() -> Json {
    json!({ "type": "string", "format": "uuid" })
}

fn text(least: u32, most: u32) -> Json {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

/// Adds what `actor` may do about duplicates of an object that has a match rule.
pub fn describe(
    paths: &mut Map<String, Json>,
    catalogue: &Catalogue,
    actor: &Actor,
    (ix, object): (ObjectIx, &Object),
) {
    let may = |action| actor.rights().may(ix, action);
    if catalogue.match_rule(&object.name).is_none() {
        return;
    }
    let name = object.name.as_str();
    let operation = |verb: &str, zh: &str, en: &str| {
        let summary = format!("{zh}{} · {en} {}", object.label.zh, object.label.en);
        Operation::new(format!("{verb}_{name}"), name, summary)
    };
    if may(Action::Create) || may(Action::Update) {
        let asked = json!({ "values": { "type": "object" }, "except": id() });
        operation("check_duplicates", "查重", "Find duplicates of")
            .body(closed(asked, &["values"]))
            .answer("200", "What seems to be the same, best first", found())
            .at(paths, "post", &format!("/records/{name}/duplicates"));
    }
    pairs_and_merges(paths, (name, &object.label), may);
}

/// Adds the pairs found, and merging.
fn pairs_and_merges(
    paths: &mut Map<String, Json>,
    (name, label): (&str, &schema::catalogue::Label),
    may: impl Fn(Action) -> bool,
) {
    let operation = |verb: &str, zh: &str, en: &str| {
        let summary = format!("{zh}{} · {en} {}", label.zh, label.en);
        Operation::new(format!("{verb}_{name}"), name, summary)
    };
    let at = |rest: &str| format!("/records/{name}{rest}");
    if may(Action::Read) {
        operation("duplicate_pairs", "疑似重复的", "Pairs of duplicate")
            .query("state", json!({ "enum": ["open", "dismissed", "merged"] }), "In this state")
            .query("cursor", json!({ "type": "string" }), "Where the last page ended")
            .shared("limit")
            .answer("200", "Pairs, surest first", json!({ "type": "object" }))
            .at(paths, "get", &at("/duplicates"));
    }
    if !may(Action::Merge) {
        return;
    }
    let queued = json!({ "type": "object", "required": ["job"], "properties": { "job": id() } });
    operation("scan_duplicates", "全量查重", "Find all duplicates of")
        .maybe_body(closed(json!({}), &[]))
        .answer("202", "The job that does it", queued)
        .at(paths, "post", &at("/duplicates/scan"));
    let two = json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": id() });
    let asked = json!({ "records": two, "reason": text(1, 500) });
    operation("dismiss_duplicate", "确认并非重复的", "Keep apart two of")
        .body(closed(asked, &["records", "reason"]))
        .nothing("204", "Dismissed")
        .at(paths, "post", &at("/duplicates/dismiss"));
    let version = || json!({ "type": "integer", "minimum": 0 });
    let names = json!({ "type": "array", "maxItems": 200, "items": text(1, 48) });
    let asked = json!({
        "loser": id(), "take": names, "version": version(), "loser_version": version(),
        "reason": text(0, 500),
    });
    let merged = json!({
        "type": "object",
        "required": ["id", "version", "merge"],
        "properties": { "id": id(), "version": version(), "merge": id(), "record": {} },
    });
    operation("merge", "合并", "Merge another into this")
        .id()
        .shared("idempotency_key")
        .body(closed(asked, &["loser"]))
        .answer("200", "The record that stays", merged)
        .at(paths, "post", &at("/{id}/merge"));
    let asked = json!({ "merge": id(), "reason": text(0, 500) });
    operation("unmerge", "撤销合并", "Take back a merge into this")
        .id()
        .shared("idempotency_key")
        .body(closed(asked, &["merge"]))
        .answer(
            "200",
            "The record, and what was left as changed since",
            json!({ "type": "object" }),
        )
        .at(paths, "post", &at("/{id}/unmerge"));
    operation("list_merges", "合并清单", "Merges of")
        .query("before", json!({ "type": "string" }), "Where the last page ended")
        .shared("limit")
        .answer("200", "Merges, newest first", json!({ "type": "object" }))
        .at(paths, "get", &at("/merges"));
    operation("merges", "合并记录", "Merges into this")
        .id()
        .answer("200", "Merges, newest first", json!({ "type": "object" }))
        .at(paths, "get", &at("/{id}/merges"));
}

fn found() -> Json {
    let why = json!({
        "type": "object",
        "required": ["code", "label", "percent"],
        "properties": {
            "code": { "type": "string" },
            "label": { "type": "object" },
            "percent": { "type": "integer", "minimum": 0, "maximum": 100 },
        },
    });
    let one = json!({
        "type": "object",
        "required": ["level"],
        "properties": {
            "level": { "enum": ["certain", "likely", "possible"] },
            "record": { "type": "object" },
            "why": { "type": "array", "items": why },
            "owner": { "type": "string" },
            "handle": { "type": "string" },
        },
    });
    json!({
        "type": "object",
        "required": ["duplicates"],
        "properties": { "duplicates": { "type": "array", "items": one } },
    })
}

/// Requests to share, which anybody may ask and answer.
pub fn requests(paths: &mut Map<String, Json>) {
    let one = json!({
        "type": "object",
        "required": ["id", "object", "asked_at", "reason", "state"],
        "properties": {
            "id": id(),
            "object": { "type": "string" },
            "record": id(),
            "with": { "type": ["string", "null"] },
            "asked_at": { "type": "string", "format": "date-time" },
            "reason": { "type": "string" },
            "state": { "enum": ["open", "accepted", "declined"] },
            "may_accept": { "type": "boolean" },
        },
    });
    let list = json!({
        "type": "object",
        "required": ["requests"],
        "properties": { "requests": { "type": "array", "items": one } },
    });
    Operation::new("share_requests", "share-requests", "查看申请 · Requests to share")
        .query("box", json!({ "enum": ["to_answer", "asked"] }), "Which requests")
        .answer("200", "Requests, newest first", list)
        .at(paths, "get", "/share-requests");
    let asked = json!({ "handle": text(1, 400), "reason": text(1, 500) });
    let made = json!({ "type": "object", "required": ["id"], "properties": { "id": id() } });
    Operation::new("request_share", "share-requests", "申请查看 · Ask to see a record")
        .body(closed(asked, &["handle", "reason"]))
        .answer("201", "Asked; the owner decides", made)
        .at(paths, "post", "/share-requests");
    let until = json!({ "until": { "type": "string", "format": "date-time" } });
    Operation::new("accept_share_request", "share-requests", "同意申请 · Share as asked")
        .id()
        .body(closed(until, &["until"]))
        .nothing("204", "Shared")
        .at(paths, "post", "/share-requests/{id}/accept");
    Operation::new("decline_share_request", "share-requests", "拒绝申请 · Decline")
        .id()
        .maybe_body(closed(json!({}), &[]))
        .nothing("204", "Declined")
        .at(paths, "post", "/share-requests/{id}/decline");
}
