//! Duplicates over HTTP: asked for while one types, told on a create, and shared on request.

use serde_json::json;

use crate::bed::on_both;

const THINGS: &str = "/api/v1/records/thing";

#[test]
fn a_duplicate_out_of_sight_is_told_with_its_owner_and_shared_on_request() {
    on_both(|bed| async move {
        let (ann, bob) = (bed.caller("ann").await, bed.caller("bob").await);
        let thing = || json!({ "name": "张伟", "mobile": "13812345678" });
        let made = ann.send("POST", THINGS, thing()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert!(made.json().get("duplicates").is_none(), "{}", made.text);
        let again = ann.send("POST", THINGS, thing()).await.json();
        assert_eq!(again["duplicates"][0]["record"]["id"], made.json()["id"], "{again}");
        assert_eq!(again["duplicates"][0]["why"][0]["code"], "same_mobile", "{again}");
        let check = format!("{THINGS}/duplicates");
        let typed = json!({ "values": { "name": "章玮", "mobile": "13812345678", "amount": "?" } });
        let found = bob.send("POST", &check, typed).await;
        assert_eq!(found.status, 200, "{}", found.text);
        let found = found.json();
        let first = &found["duplicates"][0];
        assert_eq!((&first["level"], &first["owner"]), (&json!("likely"), &json!("ann")));
        assert!(first.get("record").is_none() && first.get("why").is_none(), "{found}");
        let ask = json!({ "handle": first["handle"], "reason": "客户来访" });
        let asked = bob.send("POST", "/api/v1/share-requests", ask.clone()).await;
        assert_eq!(asked.status, 201, "{}", asked.text);
        let twice = bob.send("POST", "/api/v1/share-requests", ask.clone()).await;
        assert_eq!((twice.status, twice.code().as_str()), (409, "asked_already"));
        let stolen = ann.send("POST", "/api/v1/share-requests", ask).await;
        assert_eq!(stolen.json()["violations"][0]["code"], "unknown_handle", "{}", stolen.text);
        let path = format!("/api/v1/share-requests/{}", asked.json()["id"].as_str().unwrap());
        let until = json!({ "until": "2026-04-01T00:00:00Z" });
        assert_eq!(bob.send("POST", &format!("{path}/accept"), until.clone()).await.status, 404);
        let waiting = ann.get("/api/v1/share-requests").await.json();
        assert_eq!(waiting["requests"][0]["with"], "bob", "{waiting}");
        let accepted = ann.send("POST", &format!("{path}/accept"), until).await;
        assert_eq!(accepted.status, 204, "{}", accepted.text);
        let late = ann.send("POST", &format!("{path}/decline"), json!({})).await;
        assert_eq!((late.status, late.code().as_str()), (409, "answered_already"));
        let mine = bob.get("/api/v1/share-requests?box=asked").await.json();
        assert_eq!(mine["requests"][0]["state"], "accepted", "{mine}");
        let log = bed.caller("kim").await.get("/api/v1/audit?kind=share_request").await;
        assert_eq!(log.json()["entries"].as_array().unwrap().len(), 1, "{}", log.text);
    });
}
