//! Exports that somebody else must approve, over HTTP.

use serde_json::{Value as Json, json};

use crate::bed::{Caller, on_both};

const REQUESTS: &str = "/api/v1/approvals";

async fn code(caller: &Caller, path: &str, body: Json) -> (u16, String) {
    let reply = caller.send("POST", path, body).await;
    let told = reply.json();
    let violation = told["violations"][0]["code"].as_str();
    (reply.status, violation.unwrap_or(told["code"].as_str().unwrap_or_default()).to_owned())
}

#[test]
fn many_rows_leave_once_a_keeper_has_approved() {
    on_both(|bed| async move {
        let (ann, kim) = (bed.caller("ann").await, bed.caller("kim").await);
        let (bob, eve) = (bed.caller("bob").await, bed.caller("eve").await);
        let make = async |name: &str| {
            let made = ann.send("POST", "/api/v1/records/thing", json!({ "name": name })).await;
            assert_eq!(made.status, 201, "{}", made.text);
        };
        make("甲").await;
        let query = json!({ "object": "thing", "columns": ["name"] });
        let asked = json!({ "query": query, "format": "csv", "purpose": "季度核对" });
        let exports = "/api/v1/exports";
        assert_eq!(ann.send("POST", exports, asked.clone()).await.status, 200, "one row leaves");
        let needless = code(&ann, REQUESTS, json!({ "export": asked })).await;
        assert_eq!(needless, (409, "approval_not_needed".into()));
        make("乙").await;
        let refused = ann.send("POST", exports, asked.clone()).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let violation = &refused.json()["violations"][0];
        assert_eq!(violation["code"], "approval_rows", "{violation}");
        assert!(violation["message"].as_str().unwrap().contains("2 行"), "{violation}");

        assert_eq!(
            code(&eve, REQUESTS, json!({ "export": asked })).await.0,
            404,
            "no object of eve's"
        );
        let made = ann.send("POST", REQUESTS, json!({ "export": asked })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let path = format!("{REQUESTS}/{}", made.json()["id"].as_str().unwrap());
        let file = format!("{path}/file");
        assert_eq!(code(&ann, &file, json!({})).await, (409, "not_approved".into()));
        for stranger in [&bob, &eve] {
            assert_eq!(code(stranger, &file, json!({})).await.0, 404);
            assert_eq!(code(stranger, &format!("{path}/approve"), json!({})).await.0, 404);
            assert_eq!(stranger.send("DELETE", &path, json!({})).await.status, 404);
            assert_eq!(stranger.get(&format!("{REQUESTS}?box=to_answer")).await.status, 403);
        }
        let silent = code(&kim, &format!("{path}/refuse"), json!({})).await;
        assert_eq!(silent, (422, "required".into()));
        let waiting = kim.get(&format!("{REQUESTS}?box=to_answer")).await.json();
        let told = &waiting["approvals"][0];
        assert_eq!(
            (&told["with"], &told["export"]["rows"]),
            (&json!("ann"), &json!(2)),
            "{waiting}"
        );
        assert_eq!(told["purpose"], "季度核对", "{waiting}");
        let approved = kim.send("POST", &format!("{path}/approve"), json!({})).await;
        assert_eq!(approved.status, 204, "{}", approved.text);
        let late = code(&kim, &format!("{path}/refuse"), json!({ "note": "不同意" })).await;
        assert_eq!(late, (409, "answered_already".into()));

        let taken = ann.send("POST", &file, json!({})).await;
        assert_eq!(taken.status, 200, "{}", taken.text);
        assert!(taken.header("content-disposition").contains(".csv"));
        assert!(taken.text.contains("甲") && taken.text.contains("季度核对"), "{}", taken.text);
        let mine = ann.get(REQUESTS).await.json();
        assert_eq!(mine["approvals"][0]["state"], "approved", "{mine}");
        let again = ann.send("POST", REQUESTS, json!({ "export": asked })).await.json();
        let again = format!("{REQUESTS}/{}", again["id"].as_str().unwrap());
        assert_eq!(ann.send("DELETE", &again, json!({})).await.status, 204);
        let log = kim.get("/api/v1/audit?kind=approval_given").await.json();
        assert_eq!(log["entries"].as_array().unwrap().len(), 1, "{log}");
    });
}
