//! Imports as jobs: lost and taken up again, failing for good, undone, keeping origins.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use store::jobs;
use uuid::Uuid;

use crate::bed::{Bed, Caller, shipped};
use crate::first_day::{Serving, make, perform, person, prepare};

const PEOPLE: &str = "/api/v1/records/person";

fn rows(count: usize) -> Vec<u8> {
    let mut text = String::from("Name,Mobile,Remark\n");
    for at in 0..count {
        text.push_str(&format!("客户{at},139{at:08},第 {at} 行\n"));
    }
    text.into_bytes()
}

async fn count(caller: &Caller) -> u64 {
    let page = caller.get(&format!("{PEOPLE}?limit=1&count=exact")).await.json();
    page["count"]["rows"].as_u64().unwrap()
}

async fn operator(bed: &Bed) -> Caller {
    let unit = make(bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
    person(bed, "ops", "operations", unit).await
}

#[test]
fn an_import_whose_worker_died_goes_on_and_writes_no_row_twice() {
    shipped(|bed| async move {
        let ops = operator(&bed).await;
        let file = ("people.csv", rows(6_200));
        let import = prepare(&ops, file, "person", ("create", &[])).await;
        let started = ops.send("POST", &format!("{import}/run"), json!({})).await;
        assert_eq!(started.status, 202, "{}", started.text);
        let twice = ops.send("POST", &format!("{import}/run"), json!({})).await;
        assert_eq!(twice.status, 409, "{}", twice.text);
        let id: Uuid = started.json()["job"].as_str().unwrap().parse().unwrap();
        let engine = bed.app.engine();
        let db = engine.store().db();
        let lease = SignedDuration::from_secs(60);
        let job = jobs::claim_one(db, id, "w1", (engine.now(), lease)).await.unwrap().unwrap();
        let work = engine.run_job(&job, "w1");
        tokio::pin!(work);
        for at in 0.. {
            tokio::select! {
                ran = &mut work => panic!("done before it could die: {ran:?}"),
                () = tokio::time::sleep(Duration::from_millis(5)) => {
                    // Somebody else's write: the chunks at hand are committed with it.
                    let unit = json!({ "code": format!("U{at}"), "name": "支行" });
                    make(&bed, "org_unit", unit).await;
                    let done = ops.get(&import).await.json();
                    if done["progress"]["chunks"].as_u64() >= Some(1) {
                        break;
                    }
                }
            }
        }
        // The worker is gone here; its lease ends, and the server's own workers go on.
        let half = ops.get(&import).await.json();
        assert!(half["progress"]["rows"].as_u64().unwrap() < 6_200, "{half}");
        bed.clock.advance(SignedDuration::from_secs(61));
        let serving = Serving::start(&bed).await;
        for _ in 0..300 {
            if ops.get(&import).await.json()["state"] != "running" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let done = ops.get(&import).await.json();
        assert_eq!((&done["state"], &done["report"]["created"]), (&json!("done"), &json!(6_200)));
        assert_eq!(count(&ops).await, 6_200);
        let again = engine.run_job(&job, "w1").await.unwrap();
        assert_eq!(count(&ops).await, 6_200, "{again:?}");

        let job = perform(&ops, &import, "undo").await;
        assert_eq!((&job["result"]["undone"], &job["total"]), (&json!(6_200), &json!(6_200)));
        assert_eq!(
            (count(&ops).await, &ops.get(&import).await.json()["state"]),
            (0, &json!("undone"))
        );
        serving.end().await;
    });
}

#[test]
fn an_import_that_keeps_failing_lies_dead_and_can_be_taken_up_by_its_maker() {
    shipped(|bed| async move {
        let ops = operator(&bed).await;
        let import = prepare(&ops, ("p.csv", rows(3)), "person", ("create", &[])).await;
        let started = ops.send("POST", &format!("{import}/run"), json!({})).await;
        let id: Uuid = started.json()["job"].as_str().unwrap().parse().unwrap();
        let engine = bed.app.engine();
        let db = engine.store().db();
        loop {
            bed.clock.advance(SignedDuration::from_hours(2));
            let when = (engine.now(), SignedDuration::from_secs(60));
            let Some(job) = jobs::claim_one(db, id, "w", when).await.unwrap() else { break };
            jobs::fail(db, &job, "w", "the disk is gone", engine.now()).await.unwrap();
        }
        let ops = bed.caller("ops").await;
        let job = ops.get(&format!("/api/v1/jobs/{id}")).await.json();
        assert_eq!((&job["state"], &job["attempts"]), (&json!("dead"), &json!(10)), "{job}");
        let serving = Serving::start(&bed).await;
        perform(&ops, &import, "run").await;
        assert_eq!(count(&ops).await, 3);
        serving.end().await;
    });
}

#[test]
fn records_keep_when_and_by_whom_they_were_made_if_asked() {
    shipped(|bed| async move {
        let ops = operator(&bed).await;
        let text =
            "Name,建档时间,建档人\n甲,2019-05-06 08:09:10,ops2\n乙,2031-01-01 00:00:00,ops\n";
        let unit = make(&bed, "org_unit", json!({ "code": "B", "name": "分行" })).await;
        person(&bed, "ops2", "operations", unit).await;
        let file = crate::first_day::upload(&ops, "p.csv", text.as_bytes().to_vec()).await;
        let plan = |keep: bool| {
            json!({
                "object": "person", "header_row": 1, "keep_origin": keep,
                "format": { "kind": "csv", "encoding": "UTF-8", "delimiter": "," },
                "columns": [
                    { "column": 0, "header": "Name", "field": "name" },
                    { "column": 1, "header": "建档时间", "field": "created_at" },
                    { "column": 2, "header": "建档人", "field": "created_by" },
                ],
            })
        };
        let asked = json!({ "file": file, "plan": plan(false) });
        let refused = ops.send("POST", "/api/v1/imports", asked).await;
        assert_eq!(refused.status, 422, "only if asked: {}", refused.text);
        let asked = json!({ "file": file, "plan": plan(true) });
        let made = ops.send("POST", "/api/v1/imports", asked).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let import = format!("/api/v1/imports/{}", made.json()["id"].as_str().unwrap());
        let serving = Serving::start(&bed).await;
        perform(&ops, &import, "run").await;
        let report = ops.with("accept-language", "en").get(&import).await.json();
        assert_eq!(report["report"]["created"], 1, "{report:#}");
        let bad = &report["report"]["first_bad"][0]["violations"][0];
        assert_eq!((&bad["field"], &bad["code"]), (&json!("created_at"), &json!("future")));
        let page: Json =
            ops.get(&format!("{PEOPLE}?columns=name,created_at,created_by")).await.json();
        let values = &page["records"][0]["values"];
        assert_eq!(values["created_at"], "2019-05-06T00:09:10Z", "{page:#}");
        let maker = bed.app.engine().account_by_login("ops2").await.unwrap().unwrap();
        assert_eq!(values["created_by"], json!(maker.user));
        serving.end().await;
    });
}
