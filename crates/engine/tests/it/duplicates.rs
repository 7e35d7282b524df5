//! Duplicates: found while one types, told within rights, and asked for.

use std::sync::Arc;

use engine::import::{ImportJob, Mode, Task};
use engine::{Actor, Change, Engine, Error, Refusal, ShareBox};
use schema::Name;
use schema::matching::Level;
use schema::pack::PackFiles;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, prepare, user};

/// Two relationship managers of one branch and their head of operations.
struct Branch {
    ann: Actor,
    bob: Actor,
    operations: Actor,
}

async fn branch(engine: &Engine) -> Branch {
    let platform = engine.system(None, "test");
    let unit = json!({ "code": "HQ", "name": "总行" });
    let unit = create(engine, &platform, "org_unit", unit).await;
    Branch {
        ann: user(engine, "ann", "relationship_manager", unit).await,
        bob: user(engine, "bob", "relationship_manager", unit).await,
        operations: user(engine, "operations", "operations", unit).await,
    }
}

async fn found(engine: &Engine, actor: &Actor, values: Json) -> Vec<engine::Duplicate> {
    let values = values.as_object().unwrap().clone();
    engine.duplicates(actor, "person", &values, None).await.unwrap()
}

fn codes(duplicate: &engine::Duplicate) -> Vec<&str> {
    duplicate.why.iter().map(|why| why.code.as_str()).collect()
}

#[test]
fn a_duplicate_is_found_by_each_kind_of_likeness() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let Branch { operations, .. } = branch(engine).await;
        let person = json!({
            "name": "张偉", "id_number": "11010519491231002X", "mobile": "13812345678",
            "region": "110105",
        });
        let id = create(engine, &operations, "person", person).await;
        let check = async |values: Json, level: Option<Level>, expected: &[&str]| {
            let told = values.to_string();
            let found = found(engine, &operations, values).await;
            assert_eq!(found.first().map(|d| d.level), level, "{told}: {found:?}");
            let Some(first) = found.first() else { return };
            assert_eq!(first.record.as_ref().unwrap().id, id);
            assert_eq!(codes(first), expected, "{told}");
        };
        check(
            json!({ "id_number": "110105491231002" }),
            Some(Level::Certain),
            &["same_id_number", "same_birth"],
        )
        .await;
        check(
            json!({ "name": "章玮", "mobile": "138 1234 5678" }),
            Some(Level::Likely),
            &["same_mobile", "similar_name"],
        )
        .await;
        check(
            json!({ "name": "章玮", "birth_on": "1949-12-31", "region": "110105" }),
            Some(Level::Likely),
            &["similar_name", "same_birth", "same_city"],
        )
        .await;
        check(json!({ "mobile": "13812345678" }), None, &[]).await;
        check(json!({ "name": "李四", "birth_on": "1949-12-31", "mobile": "oops" }), None, &[])
            .await;
        let rename = json!({ "name": "王五", "mobile": "13900000000" });
        let change = Change::Update {
            object: Name::new("person").unwrap(),
            id,
            version: None,
            values: rename.as_object().unwrap().clone(),
        };
        engine.submit(&operations, change.into()).await.unwrap();
        check(json!({ "name": "张伟", "mobile": "13812345678" }), None, &[]).await;
        check(
            json!({ "name": "王五", "mobile": "13900000000" }),
            Some(Level::Likely),
            &["same_mobile", "similar_name"],
        )
        .await;
        let own = json!({ "name": "王五", "mobile": "13900000000" });
        let own = own.as_object().unwrap().clone();
        let found = engine.duplicates(&operations, "person", &own, Some(id)).await.unwrap();
        assert!(found.is_empty(), "a record is no duplicate of itself: {found:?}");
        let delete = Change::Delete { object: Name::new("person").unwrap(), id, version: None };
        engine.submit(&operations, delete.into()).await.unwrap();
        check(json!({ "name": "王五", "mobile": "13900000000" }), None, &[]).await;
    });
}

#[test]
fn out_of_sight_only_the_owner_is_told_and_the_owner_may_share() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let Branch { ann, bob, operations } = branch(engine).await;
        let person = json!({ "name": "张三", "mobile": "13812345678", "birth_on": "1980-01-02" });
        let id = create(engine, &ann, "person", person).await;
        let typed = || json!({ "name": "张三", "mobile": "13812345678", "birth_on": "1980-01-02" });
        let seen = found(engine, &bob, typed()).await;
        let [one] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((one.record.as_ref(), one.owner.as_deref()), (None, Some("ann")));
        assert!(one.why.is_empty(), "{one:?}");
        let text = serde_json::to_string(&seen).unwrap();
        assert!(!text.contains(&id.to_string()) && !text.contains("1980"), "{text}");
        let handle = one.handle.clone().unwrap();

        let request = engine.request_share(&bob, &handle, "客户要求").await.unwrap();
        let again = engine.request_share(&bob, &handle, "客户要求").await;
        assert!(
            matches!(&again, Err(Error::Refused(Refusal::Conflict { code: "asked_already", .. }))),
            "{again:?}"
        );
        let stolen = engine.request_share(&ann, &handle, "x").await;
        assert!(matches!(stolen, Err(Error::Refused(Refusal::Invalid(_)))), "{stolen:?}");
        let asked = engine.share_requests(&bob, ShareBox::Asked).await.unwrap();
        assert_eq!((asked[0].record, asked[0].with.as_deref()), (None, Some("ann")));
        let waiting = engine.share_requests(&ann, ShareBox::ToAnswer).await.unwrap();
        assert_eq!((waiting[0].record, waiting[0].with.as_deref()), (Some(id), Some("bob")));
        assert!(waiting[0].may_accept && !asked[0].may_accept);
        let until = Some("2027-01-01T00:00:00Z".parse().unwrap());
        let other = engine.answer_share_request(&bob, request, until).await;
        assert!(matches!(other, Err(Error::Refused(Refusal::Invisible))), "{other:?}");
        engine.answer_share_request(&ann, request, until).await.unwrap();
        assert!(engine.get(&bob, "person", id, false).await.is_ok());
        let asked = engine.share_requests(&bob, ShareBox::Asked).await.unwrap();
        assert_eq!(asked[0].record, Some(id));
        let late = engine.answer_share_request(&ann, request, None).await;
        assert!(matches!(late, Err(Error::Refused(Refusal::Conflict { .. }))), "{late:?}");

        // An owner without the right to share can only decline.
        let person =
            json!({ "name": "尉迟敬亭", "mobile": "13900139177", "birth_on": "1981-02-03" });
        create(engine, &operations, "person", person.clone()).await;
        let seen = found(engine, &bob, person).await;
        let handle = seen[0].handle.clone().unwrap();
        let request = engine.request_share(&bob, &handle, "客户要求").await.unwrap();
        let waiting = engine.share_requests(&operations, ShareBox::ToAnswer).await.unwrap();
        assert!(waiting[0].id == request && !waiting[0].may_accept);
        let refused = engine.answer_share_request(&operations, request, until).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Forbidden { .. }))), "{refused:?}");
        engine.answer_share_request(&operations, request, None).await.unwrap();
    });
}

#[test]
fn a_new_record_is_told_of_its_duplicates_and_a_try_out_names_the_rows() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let Branch { operations, .. } = branch(engine).await;
        let person =
            || json!({ "name": "张三", "mobile": "13812345678", "birth_on": "1980-01-02" });
        create(engine, &operations, "person", person()).await;
        let change = Change::Create {
            object: Name::new("person").unwrap(),
            id: None,
            values: person().as_object().unwrap().clone(),
        };
        let outcome = engine.submit(&operations, change.into()).await.unwrap();
        assert_eq!(outcome.duplicates.len(), 1);
        assert_eq!(outcome.duplicates[0].level, Level::Certain);
        let file =
            "姓名,手机号,出生日期\n张三,13812345678,1980-01-02\n李四,13900000000,1981-01-02\n";
        let id =
            prepare(engine, &operations, ("f.csv", file.as_bytes()), "person", (Mode::Create, &[]));
        let id = id.await.unwrap();
        let job = ImportJob { import: id, task: Task::Check };
        let report = engine.run_import(&job).await.unwrap();
        let lines: Vec<u64> = report.first_duplicates.iter().map(|row| row.line).collect();
        assert_eq!((report.possible_duplicates, lines), (1, vec![2]), "{report:?}");
        assert_eq!((report.created, report.bad), (2, 0));
    });
}

/// The shipped packs with the severity of the persons' rule changed.
fn severe(severity: &str) -> Vec<PackFiles> {
    let mut packs = bed::packs().files.clone();
    for pack in &mut packs {
        if let Some(text) = pack.files.get_mut("matches/person.toml") {
            *text = text.replace("severity = \"warn\"", &format!("severity = \"{severity}\""));
            *text = text.replace(
                "fields = [\"birth_on\", \"region:6\"]",
                "fields = [\"name:name\", \"region:4\"]",
            );
        }
    }
    packs
}

async fn run_jobs(engine: &Arc<Engine>) -> Vec<String> {
    let mut ran = Vec::new();
    let lease = (engine.now(), jiff::SignedDuration::from_mins(1));
    let kinds = Engine::JOB_KINDS;
    let jobs = store::jobs::claim(engine.store().db(), kinds, "w", lease, 50).await.unwrap();
    for job in jobs {
        engine.run_job(&job, "w").await.unwrap();
        ran.push(job.kind.to_string());
    }
    ran
}

#[test]
fn a_rule_that_blocks_refuses_and_changed_keys_are_filled_in() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let Branch { operations, .. } = branch(engine).await;
        let mut ids: Vec<Uuid> = Vec::new();
        for at in 0..3 {
            let values = json!({
                "name": "張三", "mobile": format!("1381234567{at}"), "birth_on": "1980-01-02",
                "region": "110105",
            });
            ids.push(create(engine, &operations, "person", values).await);
        }
        let platform = engine.system(None, "test");
        let proposal = engine.propose_packs(&platform, &severe("block")).await.unwrap().unwrap();
        engine.publish(&platform, proposal, "block").await.unwrap();
        let operations = engine.actor(operations.user(), Default::default()).await.unwrap();
        let typed = || json!({ "name": "张三", "region": "110101" });
        let by_name = async || found(engine, &operations, typed()).await.len();
        assert_eq!(by_name().await, 0, "not before the keys are filled");
        bed.clock.advance(jiff::SignedDuration::from_secs(10));
        assert_eq!(run_jobs(engine).await, ["reindex"]);
        assert_eq!(by_name().await, 3);
        let values = json!({
            "name": "张三", "mobile": "13812345671", "birth_on": "1980-01-02", "region": "110105",
        });
        let object = Name::new("person").unwrap();
        let values = values.as_object().unwrap().clone();
        let again = Change::Create { object, id: None, values };
        let refused = engine.submit(&operations, again.into()).await;
        let Err(Error::Refused(Refusal::Invalid(violations))) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(
            (violations[0].field.as_str(), violations[0].code.as_str()),
            ("name", "duplicate_certain")
        );
    });
}
