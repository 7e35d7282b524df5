//! Requests of data subjects over HTTP: answered by those who may, and locked records shown to few.

use serde_json::{Value as Json, json};

use crate::bed::{Caller, shipped};
use crate::bin::run_jobs;
use crate::first_day::{make, person};

const PERSONS: &str = "/api/v1/records/person";
const REQUESTS: &str = "/api/v1/records/subject_request";

async fn asked(officer: &Caller, person: &str, right: &str, today: &str) -> String {
    let party = json!({ "object": "person", "id": person });
    let values = json!({ "party": party, "right": right, "channel": "app" });
    let made = officer.send("POST", REQUESTS, values).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let me = officer.get("/api/v1/me").await.json();
    let request = made.header("location").to_owned();
    let early = officer.send("POST", &format!("{request}/answer"), json!({})).await;
    assert_eq!((early.status, early.code()), (409, "not_answerable".to_owned()), "{}", early.text);
    let who = me["user"].as_str().unwrap();
    let values = json!({ "status": "verified", "verified_by": who, "verified_on": today });
    let verified = officer.send("PATCH", &request, values).await;
    assert_eq!(verified.status, 200, "{}", verified.text);
    request
}

#[test]
fn a_request_is_answered_by_those_who_may_and_what_is_locked_is_shown_to_few() {
    shipped(|bed| async move {
        let unit = make(&bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let officer = person(&bed, "cp", "compliance", unit).await;
        let ops = person(&bed, "ops", "operations", unit).await;
        let rm = person(&bed, "rm", "relationship_manager", unit).await;
        let admin = person(&bed, "admin", "system_admin", unit).await;
        let today = kernel::time::business_date(bed.app.engine().now()).to_string();
        let values = json!({ "name": "王一", "opened_on": "2010-05-01" });
        let made = ops.send("POST", PERSONS, values).await;
        let (id, path) = (made.json()["id"].clone(), made.header("location").to_owned());
        let id = id.as_str().unwrap();

        let request = asked(&officer, id, "copy", &today).await;
        let answer = format!("{request}/answer");
        assert_eq!(bed.nobody().send("POST", &answer, json!({})).await.status, 401);
        for stranger in [&rm, &admin] {
            let refused = stranger.send("POST", &answer, json!({})).await;
            assert_eq!(refused.status, 404, "{}", refused.text);
        }
        let begun = officer.send("POST", &answer, json!({})).await;
        assert_eq!(begun.status, 202, "{}", begun.text);
        run_jobs(&bed).await;
        let text = officer.get(&format!("{request}/files/answer_text")).await;
        assert!(text.status == 200 && text.text.contains("王一"), "{}", text.text);
        let data: Json = officer.get(&format!("{request}/files/answer_data")).await.json();
        assert_eq!(data["records"][0]["values"]["name"], "王一", "{data}");
        assert_eq!(ops.get(&format!("{request}/files/answer_text")).await.status, 404);

        let request = asked(&officer, id, "delete", &today).await;
        let answer = format!("{request}/answer");
        let kept = officer.send("POST", &answer, json!({})).await;
        assert_eq!((kept.status, kept.code()), (409, "retained".to_owned()), "{}", kept.text);
        assert!(kept.text.contains("保存期尚未起算"), "{}", kept.text);
        assert_eq!(ops.send("POST", &answer, json!({})).await.status, 403);
        let ended = ops.send("PATCH", &path, json!({ "ended_on": today })).await;
        assert_eq!(ended.status, 200, "{}", ended.text);
        let refused = ops.raw("DELETE", &path, None, Vec::new()).await;
        assert_eq!((refused.status, refused.code()), (409, "retained".to_owned()));
        assert_eq!(officer.send("POST", &answer, json!({})).await.status, 202);
        run_jobs(&bed).await;
        for caller in [&officer, &ops, &rm] {
            assert_eq!(caller.get(&path).await.status, 404);
        }
        let locked = format!("{PERSONS}/locked");
        let page = officer.get(&locked).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert_eq!(page.json()["records"][0]["record"]["values"]["name"], "王一", "{}", page.text);
        assert_eq!(bed.nobody().get(&locked).await.status, 401);
        for (caller, status) in [(&ops, 403), (&rm, 403), (&admin, 404)] {
            let refused = caller.get(&locked).await;
            assert_eq!(refused.status, status, "{}", refused.text);
            assert!(!refused.text.contains("王一"));
        }
    });
}
