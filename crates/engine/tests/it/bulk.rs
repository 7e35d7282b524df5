//! One change for every record a query finds, and one record about each.

use engine::access::{Job, Ran};
use engine::{Actor, Bulk, BulkAct, BulkCreate, Engine, Error, Refusal, View};
use jiff::SignedDuration;
use schema::Name;
use schema::query::Query;
use serde_json::{Value as Json, json};

use crate::bed::{self, Bed};
use crate::samples::{create, user};
use crate::upkeep::{found, job, run_jobs, unit};

/// The one job that is queued.
async fn claim(bed: &Bed) -> Job {
    let engine = &bed.engine;
    bed.clock.set(engine.now().checked_add(SignedDuration::from_secs(60)).unwrap());
    let (db, when) = (engine.store().db(), (engine.now(), SignedDuration::from_secs(60)));
    store::jobs::claim(db, Engine::JOB_KINDS, "test", when, 1).await.unwrap().remove(0)
}

/// The tasks of `actor` that bulk work made.
async fn tasks_of(engine: &Engine, actor: &Actor) -> Vec<View> {
    let filter = format!("subject = '补全工作单位' and owner = '{}'", actor.user());
    let query = Query { filter: Some(filter), limit: 200, ..Query::of("task") };
    engine.query(actor, &query).await.unwrap().records.unwrap()
}

#[test]
fn a_bulk_update_changes_what_its_user_may_and_names_the_rest() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit = unit(engine, "B8").await;
        let rm = user(engine, "rm8", "relationship_manager", unit).await;
        for at in 0..60 {
            let values = json!({ "name": format!("王{at}"), "employer": "某公司" });
            create(engine, &rm, "person", values).await;
        }
        create(engine, &platform, "person", json!({ "name": "外人", "employer": "某公司" })).await;
        let asked = |set: Json| Bulk {
            object: Name::new("person").unwrap(),
            filter: Some("employer = '某公司'".into()),
            search: None,
            permitted_for: None,
            act: BulkAct::Set(set.as_object().unwrap().clone()),
            reason: Some("公司更名".into()),
        };
        // The change takes each record out of the query while the job walks it.
        let rename = asked(json!({ "employer": "新公司" }));
        let preview = engine.preview_bulk(&rm, &rename).await.unwrap();
        assert_eq!((preview.rows, preview.not_writable), (60, 0));
        let (id, _) = engine.start_bulk(&rm, rename).await.unwrap();
        let payload = job(&bed, id).await.payload;
        assert!(!String::from_utf8_lossy(&payload).contains("新公司"), "kept sealed");
        let ended = run_jobs(&bed).await;
        let result = &ended["bulk_update"];
        assert_eq!((&result["changed"], &result["refused"]), (&json!(60), &json!(0)));
        assert_eq!(found(engine, &rm, Some("employer = '新公司'"), None).await, 60);
        assert_eq!(found(engine, &platform, Some("employer = '某公司'"), None).await, 1);

        let wrong = Bulk { filter: None, ..asked(json!({ "employr": "x" })) };
        let refused = engine.preview_bulk(&rm, &wrong).await;
        let Err(Error::Refused(Refusal::Invalid(violations))) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(violations.len(), 2, "{violations:?}");
        // Each record is refused by its own rules, and named.
        let dates = Bulk {
            filter: Some("employer = '新公司' and name in ['王1', '王2']".into()),
            ..asked(json!({ "risk_expires_on": "2027-01-01" }))
        };
        engine.start_bulk(&platform, dates).await.unwrap();
        let result = run_jobs(&bed).await.remove("bulk_update").unwrap();
        assert_eq!(result["refused"], json!(2), "{result}");
        assert_eq!(result["errors"][0]["violations"][0]["code"], "risk_expiry_needs_level");
    });
}

#[test]
fn one_record_is_made_about_each_found_and_none_twice() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let unit = unit(engine, "B9").await;
        let rm = user(engine, "rm9", "relationship_manager", unit).await;
        let head = user(engine, "sup9", "branch_supervisor", unit).await;
        for at in 0..70 {
            create(engine, &rm, "person", json!({ "name": format!("缺{at}") })).await;
        }
        create(engine, &rm, "person", json!({ "name": "不缺", "employer": "某公司" })).await;
        let asked = |made: BulkCreate| Bulk {
            object: Name::new("person").unwrap(),
            filter: Some("employer is empty".into()),
            search: None,
            permitted_for: None,
            act: BulkAct::Create(made),
            reason: Some("补全资料".into()),
        };
        let made = |by: &str, values: Json| BulkCreate {
            object: Name::new("task").unwrap(),
            by: Name::new(by).unwrap(),
            values: values.as_object().unwrap().clone(),
            for_owner: true,
        };
        let whole = asked(made("party", json!({ "subject": "补全工作单位" })));
        let preview = engine.preview_bulk(&head, &whole).await.unwrap();
        assert_eq!((preview.rows, preview.not_writable), (70, 0));
        engine.start_bulk(&head, whole).await.unwrap();
        let queued = claim(&bed).await;
        let Ran::Done(result) = engine.run_job(&queued, "test").await.unwrap() else { panic!() };
        let result: Json = serde_json::from_slice(&result).unwrap();
        assert_eq!((&result["created"], &result["refused"]), (&json!(70), &json!(0)), "{result}");
        let tasks = tasks_of(engine, &rm).await;
        assert_eq!(tasks.len(), 70);
        assert_eq!(tasks[0].get("party").unwrap()["object"], json!("person"));
        // A worker that knows nothing of what was done begins anew.
        engine.run_job(&queued, "test").await.unwrap();
        assert_eq!(tasks_of(engine, &rm).await.len(), 70);

        let wrong = asked(made("owner", json!({ "subject": "x", "owner": rm.user(), "dew": 1 })));
        let refused = engine.preview_bulk(&head, &wrong).await;
        let Err(Error::Refused(Refusal::Invalid(violations))) = refused else {
            panic!("{refused:?}")
        };
        let codes: Vec<(&str, &str)> =
            violations.iter().map(|v| (v.field.as_str(), v.code.as_str())).collect();
        assert_eq!(
            codes,
            [("dew", "unknown_field"), ("by", "reference_object"), ("for_owner", "read_only")]
        );
        // Nobody makes what they may not make one by one.
        let audit = user(engine, "audit9", "auditor", unit).await;
        let refused = engine.start_bulk(&audit, asked(made("party", json!({})))).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    });
}
