//! Requests that are wrong in one way or another.

use serde_json::json;

use crate::bed::on_both;

const THINGS: &str = "/api/v1/records/thing";

#[test]
fn every_wrong_request_has_its_status_and_code() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let json_kind = Some("application/json");
        let raw = async |method: &str, path: &str, kind: Option<&str>, body: &[u8]| {
            let reply = ann.raw(method, path, kind, body.to_vec()).await;
            assert_eq!(reply.header("content-type"), "application/problem+json", "{}", reply.text);
            assert_eq!(reply.json()["trace"], reply.header("x-request-id"));
            (reply.status, reply.code())
        };
        let is = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(raw("GET", "/nowhere", None, b"").await, is(404, "not_found"));
        assert_eq!(raw("PUT", THINGS, json_kind, b"{}").await, is(405, "method"));
        assert_eq!(raw("POST", THINGS, None, b"{}").await, is(415, "media_type"));
        assert_eq!(raw("POST", THINGS, Some("text/csv"), b"a").await, is(415, "media_type"));
        assert_eq!(raw("POST", THINGS, json_kind, b"{\"a\":").await, is(400, "malformed"));
        assert_eq!(
            raw("POST", THINGS, json_kind, b"{\"a\":1,\"a\":2}").await,
            is(400, "malformed")
        );
        assert_eq!(raw("POST", THINGS, json_kind, b"\"\xff\"").await, is(400, "malformed"));
        assert_eq!(raw("POST", THINGS, json_kind, b"[]").await, is(422, "invalid"));
        let deep = "[".repeat(50) + &"]".repeat(50);
        assert_eq!(raw("POST", THINGS, json_kind, deep.as_bytes()).await, is(400, "malformed"));
        let large = vec![b' '; (1 << 20) + 1];
        assert_eq!(raw("POST", THINGS, json_kind, &large).await, is(413, "too_large"));
        let path = format!("{THINGS}/not-an-id");
        assert_eq!(raw("GET", &path, None, b"").await, is(404, "not_found"));
        let path = format!("{THINGS}?limt=1");
        assert_eq!(raw("GET", &path, None, b"").await, is(422, "invalid"));
        let path = format!("{THINGS}?search=%00");
        assert_eq!(raw("GET", &path, None, b"").await, is(400, "malformed"));
        let path = format!("{THINGS}?cursor=abc");
        assert_eq!(raw("GET", &path, None, b"").await, is(422, "invalid"));
        let path = format!("{THINGS}?filter=nme%20%3D%20%27x%27");
        assert_eq!(raw("GET", &path, None, b"").await, is(422, "invalid"));
        assert_eq!(raw("GET", "/api/v1/records/Nothing", None, b"").await, is(404, "not_found"));
        assert_eq!(raw("GET", "/api/v1/records/ghost", None, b"").await, is(404, "not_found"));
        assert_eq!(
            raw("POST", "/api/v1/records/%FF", json_kind, b"{}").await,
            is(404, "not_found")
        );
    });
}

#[test]
fn every_violation_comes_at_once_in_the_callers_language() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let body = json!({ "nme": "x", "mobile": "12", "id_number": "110105194912310021" });
        let english = ann.with("accept-language", "en").send("POST", THINGS, body.clone()).await;
        assert_eq!(english.status, 422, "{}", english.text);
        let violations = english.json()["violations"].as_array().unwrap().clone();
        assert!(violations.len() >= 4, "{violations:?}");
        let required = violations.iter().find(|v| v["code"] == "required").unwrap();
        assert_eq!(required["message"], "Name is required");
        let chinese = ann.send("POST", THINGS, body).await;
        assert!(chinese.text.contains("名称不能为空"), "{}", chinese.text);
        assert!(!chinese.text.contains("110105194912310021"), "{}", chinese.text);
    });
}

#[test]
fn lists_searches_and_views_stay_within_rights() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        for name in ["张三", "李四", "王五"] {
            let made = ann.send("POST", THINGS, json!({ "name": name })).await;
            assert_eq!(made.status, 201, "{}", made.text);
        }
        let first = ann.get(&format!("{THINGS}?limit=2&sort=name&count=capped")).await.json();
        assert_eq!(first["records"].as_array().unwrap().len(), 2);
        assert_eq!(first["count"], json!({ "rows": 3, "more": false }));
        let next = first["next"].as_str().unwrap();
        let query = json!({ "limit": 2, "sort": ["name"], "cursor": next });
        let second = ann.send("POST", &format!("{THINGS}/query"), query).await.json();
        assert_eq!(second["records"].as_array().unwrap().len(), 1, "{second}");
        let found = ann.get("/api/v1/search?q=%E5%BC%A0%E4%B8%89").await.json();
        assert_eq!(found["results"][0]["records"].as_array().unwrap().len(), 1, "{found}");
        let view = ann.get("/api/v1/views/all_things?limit=1").await;
        assert_eq!(view.json()["records"].as_array().unwrap().len(), 1, "{}", view.text);
        let bob = bed.caller("bob").await;
        assert_eq!(
            bob.get("/api/v1/search?q=%E5%BC%A0%E4%B8%89").await.json()["results"],
            json!([])
        );
        let objects = bob.get("/api/v1/objects").await.json();
        let names: Vec<&str> = objects["objects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|object| object["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["thing", "thing_link", "user"]);
        let thing = bob.get("/api/v1/objects/thing").await.json();
        assert_eq!(thing["title"], "name");
        let eve = bed.caller("eve").await;
        assert_eq!(eve.get("/api/v1/objects").await.json()["objects"], json!([]));
        assert_eq!(eve.get("/api/v1/objects/thing").await.status, 404);
    });
}

#[test]
fn a_form_is_told_only_the_rules_that_its_reader_may_know() {
    on_both(|bed| async move {
        let bob = bed.caller("bob").await;
        let asked = bob.get("/api/v1/objects/thing").await;
        let form = &asked.json()["form"];
        let rules: Vec<_> =
            form["validations"].as_array().unwrap().iter().map(|rule| &rule["code"]).collect();
        assert_eq!(rules, ["amount_negative"], "the other one names a hidden field");
        let tree = json!([">=", ["field", "number", ["amount"], 0], ["number", "0"]]);
        assert_eq!(form["validations"][0]["must"]["root"], tree);
        assert!(!asked.text.contains("amount_most"), "{}", asked.text);
        assert_eq!(asked.header("cache-control"), "private, no-cache");
        let again = bob.with("if-none-match", asked.header("etag"));
        assert_eq!(again.get("/api/v1/objects/thing").await.status, 304);
    });
}
