//! The recycle bin, bulk updates and what a caller may do, over HTTP.

use engine::Engine;
use jiff::SignedDuration;
use serde_json::json;
use store::jobs;

use crate::bed::{Bed, on_both};

const THINGS: &str = "/api/v1/records/thing";

pub async fn run_jobs(bed: &Bed) {
    let engine = bed.app.engine();
    let (db, when) = (engine.store().db(), (engine.now(), SignedDuration::from_secs(60)));
    for job in jobs::claim(db, Engine::JOB_KINDS, "test", when, 10).await.unwrap() {
        server::work::jobs::one(engine, &job, "test").await;
    }
}

#[test]
fn a_deleted_record_is_in_the_bin_of_those_who_may_restore_it() {
    on_both(|bed| async move {
        let (ann, bob, kim) =
            (bed.caller("ann").await, bed.caller("bob").await, bed.caller("kim").await);
        let made = ann.send("POST", THINGS, json!({ "name": "甲", "mobile": "13800138000" })).await;
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let path = format!("{THINGS}/{id}");
        assert_eq!(ann.raw("DELETE", &path, None, Vec::new()).await.status, 204);
        let bin = ann.get(&format!("{THINGS}/trash")).await;
        assert_eq!(bin.status, 200, "{}", bin.text);
        let shown = &bin.json()["records"][0];
        assert_eq!(
            (&shown["record"]["id"], &shown["record"]["values"]["name"]),
            (&json!(id), &json!("甲"))
        );
        assert_eq!(shown["deleted_by"], json!(bed.id("ann")));
        assert!(bin.json().get("next").is_none());
        let others = bob.get(&format!("{THINGS}/trash")).await;
        assert_eq!((others.status, &others.json()["records"]), (200, &json!([])));
        assert_eq!(kim.get(&format!("{THINGS}/trash")).await.status, 404);
        let wrong = ann.get(&format!("{THINGS}/trash?before=x")).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text);
        assert_eq!(ann.send("POST", &format!("{path}/restore"), json!({})).await.status, 200);
        let empty = ann.get(&format!("{THINGS}/trash")).await;
        assert_eq!(empty.json()["records"], json!([]));
    });
}

#[test]
fn a_bulk_update_is_previewed_then_done_as_a_job() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        for name in ["甲", "乙", "丙"] {
            ann.send("POST", THINGS, json!({ "name": name })).await;
        }
        let path = format!("{THINGS}/bulk-update");
        let asked = json!({ "filter": "name in ['甲', '乙']", "set": { "amount": "5.00" } });
        let mut preview = asked.clone();
        preview["preview"] = json!(true);
        let found = ann.send("POST", &path, preview).await;
        assert_eq!((found.status, found.json()), (200, json!({ "rows": 2, "not_writable": 0 })));
        let started = ann.send("POST", &path, asked).await;
        assert_eq!(started.status, 202, "{}", started.text);
        run_jobs(&bed).await;
        let job = started.json()["job"].as_str().unwrap().to_owned();
        let job = ann.get(&format!("/api/v1/jobs/{job}")).await.json();
        assert_eq!(
            (&job["state"], &job["done"], &job["total"]),
            (&json!("done"), &json!(2), &json!(2))
        );
        assert_eq!(job["result"]["changed"], json!(2), "{job}");
        let left = ann.get(&format!("{THINGS}?filter=amount%20is%20empty")).await.json();
        assert_eq!(left["records"].as_array().unwrap().len(), 1);
        let wrong = ann.send("POST", &path, json!({ "set": { "nam": 1 } })).await;
        assert_eq!(wrong.json()["violations"].as_array().unwrap().len(), 2, "{}", wrong.text);
    });
}

#[test]
fn making_one_about_each_names_what_is_wrong_with_the_request() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        ann.send("POST", THINGS, json!({ "name": "甲" })).await;
        let path = format!("{THINGS}/bulk-create");
        let about = ann.get("/api/v1/objects/thing").await.json()["about"].clone();
        let about = about.as_array().unwrap();
        assert!(about.iter().any(|one| one["by"] == json!("one")), "{about:?}");
        let made = about[0]["object"].clone();
        let asked = json!({
            "filter": "name = '甲'", "object": made, "by": "other", "preview": true,
            "values": { "wrong": 1 },
        });
        let refused = ann.send("POST", &path, asked).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.json()["violations"][0]["field"], json!("wrong"));
        let everything = json!({ "object": made, "by": "other", "values": {} });
        let refused = ann.send("POST", &path, everything).await;
        assert_eq!(refused.json()["violations"][0]["field"], json!("filter"));
        let nameless = json!({ "filter": "name = '甲'", "object": "No Name", "by": "x" });
        let refused = ann.send("POST", &path, nameless).await;
        let wrong: Vec<_> = refused.json()["violations"].as_array().unwrap().to_vec();
        let fields: Vec<_> = wrong.iter().map(|one| one["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["object"], "{}", refused.text);
        let preview = json!({
            "filter": "name = '甲'", "object": made, "by": "other", "values": {}, "preview": true,
        });
        let found = ann.send("POST", &path, preview).await;
        assert_eq!((found.status, &found.json()["rows"]), (200, &json!(1)), "{}", found.text);
        let none = bed.nobody().send("POST", &path, json!({})).await;
        assert_eq!(none.status, 401);
    });
}

#[test]
fn a_record_says_what_the_caller_may_do_when_asked() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let made = ann.send("POST", THINGS, json!({ "name": "甲" })).await;
        let path = format!("{THINGS}/{}", made.json()["id"].as_str().unwrap());
        assert!(ann.get(&path).await.json().get("access").is_none());
        let reply = ann.get(&format!("{path}?access=true")).await;
        let access = &reply.json()["access"];
        assert_eq!(access["actions"], json!(["update", "delete", "reassign", "share", "reveal"]));
        let write = access["write"].as_array().unwrap();
        assert!(write.contains(&json!("name")) && !write.contains(&json!("created_at")));
        assert_eq!(ann.get(&format!("{path}?access=maybe")).await.status, 422);
        assert_eq!(bed.caller("bob").await.get(&format!("{path}?access=true")).await.status, 404);
    });
}
