//! Versions, repeats and many commands at once.

use serde_json::json;

use crate::bed::on_both;

const THINGS: &str = "/api/v1/records/thing";

#[test]
fn a_stale_change_is_refused_with_both_versions() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let made = ann.send("POST", THINGS, json!({ "name": "桌子" })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(made.header("etag"), "\"1\"");
        let path = made.header("location").to_owned();
        let first = ann.with("if-match", "\"1\"");
        let changed = first.send("PATCH", &path, json!({ "name": "椅子" })).await;
        assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{}", changed.text);
        let stale = first.send("PATCH", &path, json!({ "name": "柜子" })).await;
        assert_eq!(stale.status, 412);
        let body = stale.json();
        assert_eq!((&body["expected"], &body["current"]), (&json!(1), &json!(2)));
        assert_eq!(body["record"]["values"]["name"], "椅子");
        let odd =
            ann.with("if-match", "\"abc\"").send("PATCH", &path, json!({ "name": "x" })).await;
        assert_eq!(odd.status, 412, "a tag that is no version fits no record");
        let broken = ann.with("if-match", "2").send("PATCH", &path, json!({ "name": "x" })).await;
        assert_eq!(broken.status, 400);
        let known = ann.with("if-none-match", "\"2\"").get(&path).await;
        assert_eq!((known.status, known.text.as_str()), (304, ""));
        let gone = ann.with("if-match", "\"2\"").send("DELETE", &path, json!({})).await;
        assert_eq!(gone.status, 204, "{}", gone.text);
        assert_eq!(ann.get(&path).await.status, 404);
        let back = ann.send("POST", &format!("{path}/restore"), json!({})).await;
        assert_eq!(back.status, 200, "{}", back.text);
        let history = ann.get(&format!("{path}/history")).await.json();
        let kinds: Vec<&str> = history["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["kind"].as_str().unwrap())
            .collect();
        assert!(kinds.contains(&"create") && kinds.contains(&"refused"), "{kinds:?}");
    });
}

#[test]
fn a_repeat_under_one_key_is_done_once() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await.with("idempotency-key", "k1");
        let first = ann.send("POST", THINGS, json!({ "name": "甲" })).await;
        let again = ann.send("POST", THINGS, json!({ "name": "甲" })).await;
        assert_eq!((first.status, again.status), (201, 201), "{}", again.text);
        assert_eq!(first.json()["id"], again.json()["id"]);
        assert_eq!(again.header("idempotent-replayed"), "true");
        let other = ann.send("POST", THINGS, json!({ "name": "乙" })).await;
        assert!((400..500).contains(&other.status), "{}", other.text);
        let page = ann.get(&format!("{THINGS}?count=exact")).await.json();
        assert_eq!(page["count"]["rows"], 1);
        let long = ann.with("idempotency-key", &"x".repeat(201));
        assert_eq!(long.send("POST", THINGS, json!({ "name": "丙" })).await.status, 400);
    });
}

#[test]
fn many_commands_each_have_their_own_end() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let commands = json!({ "commands": [
            { "do": "create", "values": { "name": "甲" } },
            { "do": "create", "values": { "nme": "乙" } },
            { "do": "fly" },
        ]});
        let done = ann.send("POST", &format!("{THINGS}/bulk"), commands).await;
        assert_eq!(done.status, 200, "{}", done.text);
        let body = done.json();
        assert_eq!(body["failed"], 2);
        assert_eq!(body["results"][0]["ok"], true);
        assert_eq!(body["results"][1]["problem"]["code"], "invalid");
        let empty = ann.send("POST", &format!("{THINGS}/bulk"), json!({ "commands": [] })).await;
        assert_eq!(empty.status, 422);
    });
}

#[test]
fn a_reveal_needs_a_reason_and_quota() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let values = json!({ "name": "甲", "id_number": "11010519491231002X" });
        let made = ann.send("POST", THINGS, values).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert!(!made.text.contains("19491231"), "{}", made.text);
        let path = format!("{}/reveal", made.header("location"));
        let asked = json!({ "field": "id_number", "reason": "柜面开户" });
        let shown = ann.send("POST", &path, asked.clone()).await;
        assert_eq!(shown.json()["value"], "11010519491231002X", "{}", shown.text);
        let bare = ann.send("POST", &path, json!({ "field": "id_number" })).await;
        assert_eq!(bare.status, 422);
        assert_eq!(ann.send("POST", &path, asked.clone()).await.status, 200);
        let over = ann.send("POST", &path, asked).await;
        assert_eq!((over.status, over.code().as_str()), (429, "quota"), "{}", over.text);
        let bob = bed.caller("bob").await;
        let asked = json!({ "field": "id_number", "reason": "看看而已" });
        assert_eq!(bob.send("POST", &path, asked).await.status, 404);
    });
}
