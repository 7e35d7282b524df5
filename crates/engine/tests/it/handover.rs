//! Handing a leaver's customers over by rule, and who sees them then.

use std::sync::Arc;

use engine::access::{Handover, Ran, Receiver, Spread};
use engine::{Actor, Change, Engine, Origin};
use schema::Name;
use schema::query::{CountMode, Query};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

async fn unit(engine: &Engine, code: &str, parent: Option<Uuid>) -> Uuid {
    let platform = engine.system(None, "test");
    let values = json!({ "code": code, "name": code, "parent": parent });
    create(engine, &platform, "org_unit", values).await
}

async fn count(engine: &Engine, actor: &Actor, object: &str) -> u64 {
    let actor = engine.actor(actor.user(), Origin::default()).await.unwrap();
    let query = Query { count: CountMode::Exact, limit: 1, ..Query::of(object) };
    engine.query(&actor, &query).await.unwrap().count.unwrap().rows
}

async fn run(engine: &Arc<Engine>, job: Uuid) -> Json {
    let lease = (engine.now(), jiff::SignedDuration::from_mins(1));
    let db = engine.store().db();
    let job = store::jobs::claim_one(db, job, "w", lease).await.unwrap().unwrap();
    match engine.run_job(&job, "w").await.unwrap() {
        Ran::Done(result) => serde_json::from_slice(&result).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn receiver(user: &Actor, when: Option<&str>) -> Receiver {
    Receiver { user: user.user(), when: when.map(str::to_owned), share: None }
}

#[allow(clippy::too_many_lines, reason = "one story, told in order")]
#[test]
fn a_leavers_customers_go_by_rule_and_what_is_theirs_follows() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let head = unit(engine, "HQ", None).await;
        let (north, south) =
            (unit(engine, "N", Some(head)).await, unit(engine, "S", Some(head)).await);
        let leaver = user(engine, "leaver", "relationship_manager", north).await;
        let ann = user(engine, "ann", "relationship_manager", north).await;
        let bob = user(engine, "bob", "relationship_manager", south).await;
        let cid = user(engine, "cid", "relationship_manager", south).await;
        let operations = user(engine, "operations", "operations", head).await;
        let mut persons = Vec::new();
        for at in 0..300_u32 {
            let (region, tier) = match at % 3 {
                0 => ("110105", "private"),
                1 => ("310101", "mass"),
                _ => ("440103", "mass"),
            };
            let values = json!({
                "name": format!("客{at}"), "mobile": format!("138{at:08}"), "region": region,
                "owner": leaver.user(), "org_unit": north, "tier": tier,
            });
            persons.push(create(engine, &operations, "person", values).await);
        }
        let platform = engine.system(None, "test");
        let mut tasks = Vec::new();
        for at in [0_usize, 1, 2] {
            let party = json!({ "object": "person", "id": persons[at] });
            let values = json!({
                "subject": "回访", "party": party, "owner": leaver.user(), "org_unit": north,
            });
            tasks.push(create(engine, &platform, "task", values).await);
        }
        let asked = |objects: &[&str]| Handover {
            from_user: leaver.user(),
            to_user: None,
            objects: objects.iter().map(|name| (*name).to_owned()).collect(),
            divided: vec!["person".into()],
            receivers: vec![
                receiver(&ann, Some("tier = 'private'")),
                receiver(&bob, Some("tier != 'private'")),
                receiver(&cid, Some("region = '440103'")),
            ],
            spread: Spread::Load,
            with_unit: true,
            reason: "离职移交".into(),
        };
        let found = engine.preview_division(&operations, &asked(&["person"])).await.unwrap();
        let portions = &found[0].1;
        let counts: Vec<u64> = portions.iter().map(|portion| portion.records).collect();
        assert_eq!(counts, [100, 100, 100], "{portions:?}");
        assert!(portions.iter().all(|portion| portion.sample.len() == 5));
        let refused = engine.start_handover(&ann, asked(&["person"])).await;
        assert!(refused.is_err(), "who may not reassign may not hand over");
        assert_eq!(count(engine, &leaver, "person").await, 300);

        let job = engine.start_handover(&platform, asked(&[])).await.unwrap();
        let told = run(engine, job).await;
        assert_eq!((&told["refused"], &told["unplaced"]), (&json!(0), &json!(0)), "{told}");
        assert_eq!(told["moved"], 303, "{told}");
        for (who, rows) in [(&leaver, 0), (&ann, 100), (&bob, 100), (&cid, 100)] {
            assert_eq!(count(engine, who, "person").await, rows, "seen at once");
        }
        let task = engine.get(&platform, "task", tasks[0], false).await.unwrap();
        assert_eq!(task.get("owner"), Some(json!(ann.user())), "tasks follow their customer");
        let person = engine.get(&platform, "person", persons[1], false).await.unwrap();
        assert_eq!(person.get("org_unit"), Some(json!(south)), "{person:?}");
        let owners = engine.owner_history(&platform, "person", persons[0]).await.unwrap();
        let names: Vec<(Option<&str>, Option<&str>)> = owners
            .iter()
            .map(|change| (change.from_name.as_deref(), change.to_name.as_deref()))
            .collect();
        assert_eq!(names, [(Some("leaver"), Some("ann")), (None, Some("leaver"))]);
        assert!(engine.owner_history(&bob, "person", persons[0]).await.is_err(), "out of sight");

        // Moving a unit moves what its supervisors see.
        let sup = user(engine, "sup", "regional_head", north).await;
        assert_eq!(count(engine, &sup, "person").await, 100);
        let object = Name::new("org_unit").unwrap();
        let values = json!({ "parent": north }).as_object().unwrap().clone();
        let change = Change::Update { object, id: south, version: None, values };
        engine.submit(&platform, change.into()).await.unwrap();
        assert_eq!(count(engine, &sup, "person").await, 300, "the subtree moved with the unit");
    });
}
