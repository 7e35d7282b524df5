//! Paths that every installation has, whatever its objects.

use engine::Actor;
use schema::catalogue::Right;
use serde_json::{Map, Value as Json, json};

use super::operation::Operation;
use super::records::object;

/// Adds them, as far as `actor` has the platform's rights.
pub fn describe(paths: &mut Map<String, Json>, actor: &Actor) {
    session(paths);
    second_factor(paths);
    reading(paths);
    measures(paths);
    jobs(paths);
    keys(paths);
    let keeps = [Right::Publish, Right::Users, Right::ApiKeys, Right::Audit, Right::Jobs];
    if keeps.iter().any(|right| actor.rights().has(*right)) {
        sight(paths);
    }
    if actor.rights().has(Right::Users) {
        users(paths);
        handover(paths);
    }
    if actor.rights().has(Right::Audit) {
        audit(paths);
    }
    if actor.rights().has(Right::Jobs) {
        upkeep(paths);
    }
    if actor.rights().has(Right::Publish) {
        definitions(paths);
        samples(paths);
    }
}

fn anything() -> Json {
    json!({ "type": "object" })
}

fn text(least: u32, most: u32) -> Json {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

fn word() -> Json {
    json!({ "type": "string" })
}

fn id() -> Json {
    json!({ "type": "string", "format": "uuid" })
}

fn session(paths: &mut Map<String, Json>) {
    let shown = json!({
        "type": "object",
        "required": ["user", "csrf", "must", "expires_at"],
        "properties": {
            "user": id(),
            "csrf": { "type": ["string", "null"] },
            "must": { "enum": ["password_change", "second_factor_setup", null] },
            "expires_at": { "type": ["string", "null"] },
        },
    });
    let asked = json!({ "login": text(1, 100), "password": text(1, 200), "code": text(0, 10) });
    Operation::new("sign_in", "session", "登录 · Sign in")
        .open()
        .body(object(asked, &["login", "password"]))
        .answer("201", "Signed in; the cookie is set", shown.clone())
        .at(paths, "post", "/session");
    Operation::new("session", "session", "当前会话 · The session")
        .answer("200", "The session", shown)
        .at(paths, "get", "/session");
    Operation::new("sign_out", "session", "退出 · Sign out")
        .nothing("204", "Signed out")
        .at(paths, "delete", "/session");
    let asked = json!({ "current": text(1, 200), "new": text(1, 200) });
    Operation::new("change_password", "session", "修改口令 · Change the password")
        .body(object(asked, &["current", "new"]))
        .nothing("204", "Changed; other sessions are ended")
        .at(paths, "put", "/session/password");
    Operation::new("sessions", "session", "自己的账户与会话 · Own credentials and sessions")
        .answer("200", "Password, second factor and sessions", anything())
        .at(paths, "get", "/session/all");
    Operation::new("end_other_sessions", "session", "结束其他会话 · End other sessions")
        .nothing("204", "Ended")
        .at(paths, "delete", "/session/all");
}

fn second_factor(paths: &mut Map<String, Json>) {
    Operation::new("begin_totp", "session", "绑定动态验证码 · Set up one-time codes")
        .answer("201", "The secret, until confirmed", anything())
        .at(paths, "post", "/session/totp");
    Operation::new("confirm_totp", "session", "确认动态验证码 · Confirm one-time codes")
        .body(object(json!({ "code": text(1, 10) }), &["code"]))
        .nothing("204", "In force")
        .at(paths, "put", "/session/totp");
    Operation::new("remove_totp", "session", "解除动态验证码 · Remove one-time codes")
        .body(object(json!({ "password": text(1, 200) }), &["password"]))
        .nothing("204", "Removed")
        .at(paths, "delete", "/session/totp");
}

fn measures(paths: &mut Map<String, Json>) {
    Operation::new("measures", "measures", "指标清单 · Measures")
        .answer("200", "Measures", anything())
        .at(paths, "get", "/measures");
    let (date, flag) =
        (json!({ "type": "string", "format": "date" }), json!({ "type": "boolean" }));
    let spans = json!({ "enum": ["day", "month", "quarter", "year"] });
    Operation::new("measure", "measures", "指标走势 · A measure over time")
        .path("measure", text(1, 48))
        .query("subject", word(), "For a record: `object:id`")
        .query("owner", id(), "For all that this user looks after")
        .query("unit", id(), "For this org unit; without any of the three: for everything")
        .query("below", flag.clone(), "With the units below it; true unless said otherwise")
        .query("from", date.clone(), "A day of the first span; the year of the last by default")
        .query("to", date.clone(), "The last day; today by default and at most")
        .query("by", spans, "What one point is about")
        .query("split", flag.clone(), "With values by class")
        .query("average", flag, "With the mean of the daily balances of each span")
        .answer("200", "Points in order", anything())
        .at(paths, "get", "/measures/{measure}");
    let levels = json!({ "enum": ["unit", "owner", "subject"] });
    Operation::new("measure_parts", "measures", "指标构成 · What a balance is made of")
        .path("measure", text(1, 48))
        .query("unit", id(), "The org unit; without it and an owner: everything")
        .query("owner", id(), "The owner, whose subjects are told apart; at the unit, when given")
        .query("by", levels, "Units directly below, owners, or an owner's subjects")
        .query("on", date, "At the end of this day; today by default and at most")
        .answer("200", "Parts, largest first", anything())
        .at(paths, "get", "/measures/{measure}/parts");
}

fn reading(paths: &mut Map<String, Json>) {
    Operation::new("me", "me", "我的权限 · What I may do")
        .answer("200", "Rights", anything())
        .at(paths, "get", "/me");
    Operation::new("objects", "objects", "对象清单 · Objects")
        .answer("200", "Objects", anything())
        .at(paths, "get", "/objects");
    Operation::new("object", "objects", "对象定义 · One object's definition")
        .path("object", text(1, 48))
        .answer("200", "The definition", anything())
        .at(paths, "get", "/objects/{object}");
    Operation::new("options", "objects", "选项 · Options of a set")
        .path("set", text(1, 48))
        .query("parent", word(), "Only below this option; empty: the top")
        .answer("200", "Options", anything())
        .at(paths, "get", "/options/{set}");
    let few = json!({ "type": "integer", "minimum": 1, "maximum": 20 });
    Operation::new("search", "search", "搜索 · Search everything")
        .query("q", text(1, 100), "Words, initials or last digits")
        .query("objects", word(), "Only these, separated by commas")
        .query("limit", few, "Records of each object")
        .answer("200", "Records by object", anything())
        .at(paths, "get", "/search");
    Operation::new("view", "search", "视图 · A saved list")
        .path("view", text(1, 48))
        .query("cursor", word(), "Where the last page ended")
        .query("filter", word(), "A further condition")
        .shared("limit")
        .answer("200", "A page", anything())
        .at(paths, "get", "/views/{view}");
    Operation::new("openapi", "openapi", "本文档 · This document")
        .answer("200", "The document", anything())
        .at(paths, "get", "/openapi.json");
}

fn jobs(paths: &mut Map<String, Json>) {
    let states = json!({ "enum": ["ready", "running", "done", "dead", "cancelled"] });
    Operation::new("jobs", "jobs", "任务清单 · Jobs")
        .query("state", states, "Only in this state")
        .query("kind", word(), "Only of this kind")
        .query("before", word(), "Where the last page ended")
        .shared("limit")
        .answer("200", "Jobs, newest first", anything())
        .at(paths, "get", "/jobs");
    Operation::new("job", "jobs", "任务 · One job").id().answer("200", "The job", anything()).at(
        paths,
        "get",
        "/jobs/{id}",
    );
    for (verb, zh, en) in [("retry", "重试", "Retry"), ("cancel", "取消", "Cancel")] {
        Operation::new(format!("{verb}_job"), "jobs", format!("{zh}任务 · {en} a job"))
            .id()
            .nothing("204", "Done")
            .at(paths, "post", &format!("/jobs/{{id}}/{verb}"));
    }
}

fn keys(paths: &mut Map<String, Json>) {
    Operation::new("api_keys", "api-keys", "密钥清单 · API keys")
        .query("user", word(), "Of this user, or of `all`; your own otherwise")
        .answer("200", "Keys, without their secrets", anything())
        .at(paths, "get", "/api-keys");
    let texts = || json!({ "type": "array", "maxItems": 100, "items": { "type": "string" } });
    let until = json!({ "type": "string", "format": "date-time" });
    let asked = json!({
        "user": id(),
        "label": text(1, 100),
        "scopes": texts(),
        "networks": texts(),
        "expires_at": { "anyOf": [until, { "type": "null" }] },
    });
    Operation::new("create_api_key", "api-keys", "新建密钥 · Make an API key")
        .body(object(asked, &["label"]))
        .answer("201", "The key; its secret is shown this once", anything())
        .at(paths, "post", "/api-keys");
    Operation::new("revoke_api_key", "api-keys", "吊销密钥 · Withdraw an API key")
        .id()
        .nothing("204", "Withdrawn")
        .at(paths, "delete", "/api-keys/{id}");
}

fn sight(paths: &mut Map<String, Json>) {
    Operation::new("labels", "definitions", "全部标签 · Labels of all objects and fields")
        .answer("200", "Objects with their fields", anything())
        .at(paths, "get", "/definitions/labels");
    Operation::new("parameters", "definitions", "参数 · Parameters with their dated values")
        .answer("200", "Parameters", anything())
        .at(paths, "get", "/parameters");
    Operation::new("roles", "rights", "角色 · Roles and what they may do")
        .answer("200", "Roles", anything())
        .at(paths, "get", "/roles");
    Operation::new("rights", "rights", "权限 · What a user or role may do")
        .query("user", id(), "Of this user, today")
        .query("role", word(), "Or of this role")
        .answer("200", "Objects, fields, grants", anything())
        .at(paths, "get", "/rights");
    Operation::new("preview_move", "rights", "机构调整预览 · What moving an org unit would change")
        .id()
        .query("parent", id(), "Below this unit; to the top when empty")
        .answer("200", "What moves, and who sees it then or no longer", anything())
        .at(paths, "get", "/org-units/{id}/move");
}

fn users(paths: &mut Map<String, Json>) {
    Operation::new("credentials", "users", "凭证状态 · State of a user's credentials")
        .id()
        .answer("200", "State", anything())
        .at(paths, "get", "/users/{id}/credentials");
    Operation::new("set_password", "users", "重置口令 · Set a one-time password")
        .id()
        .maybe_body(object(json!({ "password": text(1, 200) }), &[]))
        .answer("200", "The password, if it was made here", anything())
        .at(paths, "post", "/users/{id}/password");
    Operation::new("unlock", "users", "解锁 · Unlock").id().nothing("204", "Unlocked").at(
        paths,
        "post",
        "/users/{id}/unlock",
    );
    Operation::new("remove_user_totp", "users", "解除他人动态验证码 · Remove a second factor")
        .id()
        .nothing("204", "Removed")
        .at(paths, "delete", "/users/{id}/totp");
    Operation::new("end_user_sessions", "users", "结束他人会话 · End a user's sessions")
        .id()
        .nothing("204", "Ended")
        .at(paths, "delete", "/users/{id}/sessions");
}

fn handover(paths: &mut Map<String, Json>) {
    Operation::new("preview_handover", "users", "移交预览 · What a handover would move")
        .id()
        .answer("200", "Records by object", anything())
        .at(paths, "get", "/users/{id}/handover");
    let names = || json!({ "type": "array", "maxItems": 200, "items": { "type": "string" } });
    let share = json!({ "type": ["integer", "null"], "minimum": 1 });
    let when = json!({ "type": ["string", "null"], "maxLength": 4096 });
    let receiver = object(json!({ "user": id(), "when": when, "share": share }), &["user"]);
    let asked = json!({
        "to_user": id(),
        "objects": names(),
        "divided": names(),
        "receivers": { "type": "array", "maxItems": 50, "items": receiver },
        "spread": { "enum": ["first", "load", "share"] },
        "with_unit": { "type": "boolean", "default": false },
        "preview": { "type": "boolean", "default": false },
        "reason": text(2, 500),
    });
    Operation::new("hand_over", "users", "移交 · Hand records over, to one user or by rule")
        .id()
        .body(object(asked, &[]))
        .answer("200", "What each receiver would get", anything())
        .answer("202", "The job that does it", anything())
        .at(paths, "post", "/users/{id}/handover");
}

fn upkeep(paths: &mut Map<String, Json>) {
    let flag = || json!({ "type": "boolean" });
    Operation::new("check_measures", "measures", "核对指标 · Reckon the measures again")
        .body(object(json!({ "mend": flag() }), &[]))
        .answer("202", "The job that compares, and with `mend` corrects", anything())
        .at(paths, "post", "/measures/check");
    Operation::new("run_banding", "measures", "分档 · Run a banding")
        .path("banding", text(1, 48))
        .body(object(json!({ "preview": flag() }), &[]))
        .answer("202", "The job that does it, or with `preview` only tells", anything())
        .at(paths, "post", "/bandings/{banding}/run");
}

fn samples(paths: &mut Map<String, Json>) {
    let most = engine::demo::MOST_SAMPLES;
    Operation::new("samples", "samples", "示例数据 · Whether there is sample data")
        .answer("200", "Where the switch stands", anything())
        .at(paths, "get", "/samples");
    let customers = json!({ "type": "integer", "minimum": 1, "maximum": most });
    Operation::new("load_samples", "samples", "加载示例数据 · Load sample data")
        .body(object(json!({ "customers": customers }), &["customers"]))
        .answer("202", "The job that loads it", anything())
        .at(paths, "post", "/samples");
    Operation::new("remove_samples", "samples", "移除示例数据 · Take sample data out")
        .answer("202", "The job that takes it out, with what hangs on it", anything())
        .at(paths, "delete", "/samples");
}

fn audit(paths: &mut Map<String, Json>) {
    let stamp = || json!({ "type": "string", "format": "date-time" });
    let position = json!({ "type": "integer", "minimum": 0 });
    Operation::new("audit", "audit", "审计日志 · The audit log")
        .query("object", word(), "On this object")
        .query("record", id(), "On this record")
        .query("actor", id(), "By this user")
        .query("kind", word(), "Of this kind")
        .query("from", stamp(), "At this instant or later")
        .query("until", stamp(), "Before this instant")
        .query("before", position, "Where the last page ended")
        .shared("limit")
        .answer("200", "Entries, newest first", anything())
        .at(paths, "get", "/audit");
    Operation::new("checkpoint", "audit", "检查点 · The newest checkpoint")
        .answer("200", "A signed note and the key to it", anything())
        .at(paths, "get", "/audit/checkpoint");
    Operation::new("verify", "audit", "校验 · Verify the log")
        .maybe_body(object(json!({ "checkpoint": text(0, 4096) }), &[]))
        .answer("200", "What was found", anything())
        .at(paths, "post", "/audit/verify");
    Operation::new("prove", "audit", "取证 · Prove a record's entries")
        .path("record", id())
        .answer("200", "Inclusion proofs", anything())
        .at(paths, "get", "/audit/proofs/{record}");
}

fn definitions(paths: &mut Map<String, Json>) {
    Operation::new("versions", "definitions", "发布版本 · Published versions")
        .answer("200", "Versions, newest first", anything())
        .at(paths, "get", "/definitions");
    Operation::new("files", "definitions", "定义文件 · Definition files")
        .query("path", word(), "The text of this file")
        .query("part", word(), "With the texts of files whose path has this part, draft and all")
        .answer("200", "Files, or one text", anything())
        .at(paths, "get", "/definitions/files");
    Operation::new("edit_draft", "definitions", "编辑草稿 · Put a file into the draft")
        .path("path", word())
        .body(object(json!({ "text": { "type": ["string", "null"] } }), &[]))
        .nothing("204", "In the draft")
        .at(paths, "put", "/definitions/draft/{path}");
    Operation::new("discard_draft", "definitions", "放弃草稿 · Take a file out of the draft")
        .path("path", word())
        .nothing("204", "Out of the draft")
        .at(paths, "delete", "/definitions/draft/{path}");
    Operation::new("diff", "definitions", "比较 · What a publish would change")
        .answer("200", "Changes, refusals, problems", anything())
        .at(paths, "get", "/definitions/diff");
    let asked = json!({ "note": text(1, 500), "base": { "type": "integer", "minimum": 0 } });
    Operation::new("publish", "definitions", "发布 · Publish the draft")
        .body(object(asked, &["note"]))
        .answer("200", "The new version", anything())
        .at(paths, "post", "/definitions/publish");
    Operation::new("rollback", "definitions", "回退 · Go back to a version")
        .path("version", json!({ "type": "integer", "minimum": 1 }))
        .maybe_body(object(json!({ "note": text(0, 500) }), &[]))
        .answer("200", "The new version", anything())
        .at(paths, "post", "/definitions/versions/{version}/rollback");
}
