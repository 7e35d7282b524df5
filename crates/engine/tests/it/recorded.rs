//! Every refusal and every commit is in the log, and a repeated request changes nothing.

use engine::export::{ExportFormat, ExportRequest};
use engine::{Actor, Change, Command, Engine, Error, Idempotency, Outcome, Refusal};
use schema::Name;
use schema::query::Query;
use serde_json::{Value as Json, json};
use store::audit::Filter;
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

/// How many entries the log has.
pub async fn entries(engine: &Engine) -> usize {
    let log = engine.store().audit().unwrap();
    let (mut count, mut before) = (0, None);
    loop {
        let page = log.list(&Filter::default(), before, 200).await.unwrap();
        let Some(last) = page.last() else { return count };
        before = Some(last.number);
        count += page.len();
    }
}

fn person() -> Name {
    Name::new("person").unwrap()
}

fn values(json: Json) -> engine::Values {
    json.as_object().unwrap().clone()
}

struct Office {
    rm: Actor,
    other: Actor,
    theirs: Uuid,
    own: Uuid,
}

async fn office(engine: &Engine) -> Office {
    let platform = engine.system(None, "test");
    let branch = json!({ "code": "B1", "name": "一支行" });
    let branch = create(engine, &platform, "org_unit", branch).await;
    let rm = user(engine, "rm", "relationship_manager", branch).await;
    let other = user(engine, "other", "relationship_manager", branch).await;
    let number = "11010519491231002X";
    let own = json!({ "name": "张三", "id_number": number, "mobile": "13812345678" });
    let own = create(engine, &rm, "person", own).await;
    let theirs = create(engine, &other, "person", json!({ "name": "李四" })).await;
    Office { rm, other, theirs, own }
}

#[test]
fn every_refusal_is_recorded_with_its_code() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let Office { rm, own, theirs, .. } = office(engine).await;
        let update = |id, version, json| {
            Command::from(Change::Update { object: person(), id, version, values: values(json) })
        };
        let reveal =
            Change::Reveal { object: person(), id: own, field: Name::new("id_number").unwrap() };
        let reused = |digest| Command {
            idempotency: Some(Idempotency { key: "k".into(), fingerprint: [digest; 32] }),
            ..update(own, None, json!({ "hobbies": "棋" }))
        };
        engine.submit(&rm, reused(1)).await.unwrap();
        let create = Change::Create { object: person(), id: None, values: values(json!({})) };
        let nowhere =
            Change::Delete { object: Name::new("nothing").unwrap(), id: own, version: None };
        let delete = Change::Delete { object: person(), id: own, version: None };
        let cases: Vec<(Command, &str)> = vec![
            (update(theirs, None, json!({ "name": "王五" })), "not_found"),
            (update(own, Some(9), json!({ "name": "王五" })), "stale"),
            (update(own, None, json!({ "mobile": "1" })), "invalid"),
            (update(own, None, json!({ "tier": "vip" })), "invalid"),
            (create.into(), "invalid"),
            (nowhere.into(), "not_found"),
            (delete.into(), "forbidden"),
            (reveal.into(), "invalid"),
            (reused(2), "invalid"),
        ];
        for (command, code) in cases {
            let before = entries(engine).await;
            let told = format!("{command:?}");
            match engine.submit(&rm, command).await {
                Err(Error::Refused(refusal)) => assert_eq!(refusal.code(), code, "{told}"),
                other => panic!("{told}: {other:?}"),
            }
            assert_eq!(entries(engine).await, before + 1, "{told}");
            let log = engine.store().audit().unwrap();
            let newest = log.list(&Filter::default(), None, 1).await.unwrap().remove(0);
            let body = String::from_utf8(newest.body).unwrap();
            assert_eq!((&*newest.kind, newest.actor), ("refused", rm.user()));
            assert!(body.contains(&format!("\"{code}\"")), "{body}");
        }
        let before = entries(engine).await;
        let query = Query::of("person");
        let request = ExportRequest { query, format: ExportFormat::Csv, purpose: "核对".into() };
        let refused = engine.export(&rm, request).await.err();
        assert!(matches!(refused, Some(Error::Refused(Refusal::Forbidden { .. }))), "{refused:?}");
        assert_eq!(entries(engine).await, before + 1, "an export that was refused");
        let proposal = engine.propose_rollback(&engine.system(None, "test"), 1).await.unwrap();
        let refused = engine.publish(&rm, proposal.unwrap(), "不可").await.err();
        assert!(matches!(refused, Some(Error::Refused(Refusal::Forbidden { .. }))), "{refused:?}");
        assert_eq!(entries(engine).await, before + 2, "a publish that was refused");
    });
}

/// Submits the same request twice, and another one under its key.
async fn repeat(engine: &Engine, actor: &Actor, change: Change, reason: Option<&str>) -> Outcome {
    let told = format!("{change:?}");
    let idempotency = Some(Idempotency { key: told.clone(), fingerprint: [1; 32] });
    let reason = reason.map(str::to_owned);
    let command = Command { action: change, reason, idempotency };
    let first = engine.submit(actor, command.clone()).await.unwrap();
    assert!(!first.replayed, "{told}");
    let before = entries(engine).await;
    let again = engine.submit(actor, command.clone()).await.unwrap();
    assert!(again.replayed, "{told}");
    assert_eq!((again.id, again.version), (first.id, first.version), "{told}");
    assert_eq!(again.view, first.view, "{told}");
    let shown = |outcome: &Outcome| outcome.revealed.as_ref().map(|r| (r.value.clone(), r.left));
    assert_eq!(shown(&again), shown(&first), "{told}");
    assert_eq!(entries(engine).await, before, "{told}: a repeat changes nothing");
    let idempotency = Some(Idempotency { key: told.clone(), fingerprint: [2; 32] });
    match engine.submit(actor, Command { idempotency, ..command }).await {
        Err(Error::Refused(Refusal::Invalid(violations))) => {
            assert_eq!(violations[0].code, "key_reused", "{told}");
        }
        other => panic!("{told}: {other:?}"),
    }
    first
}

#[test]
fn a_repeated_request_changes_nothing_and_answers_the_same() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let Office { rm, other, own, .. } = office(engine).await;
        let platform = engine.system(None, "test");
        let object = person();
        let made = values(json!({ "name": "赵六" }));
        let create = Change::Create { object: object.clone(), id: None, values: made };
        let id = repeat(engine, &rm, create, None).await.id;
        let update = Change::Update {
            object: object.clone(),
            id: own,
            version: Some(1),
            values: values(json!({ "mobile": "13900001111" })),
        };
        repeat(engine, &rm, update, None).await;
        let field = Name::new("id_number").unwrap();
        let reveal = Change::Reveal { object: object.clone(), id: own, field };
        let shown = repeat(engine, &rm, reveal, Some("核对")).await.revealed.unwrap();
        assert_eq!(shown.value, "11010519491231002X");
        let until = Some("2027-01-01T00:00:00Z".parse().unwrap());
        let share = Change::Share { object: object.clone(), id: own, user: other.user(), until };
        repeat(engine, &rm, share, None).await;
        let delete = Change::Delete { object: object.clone(), id, version: None };
        repeat(engine, &platform, delete, None).await;
        repeat(engine, &platform, Change::Restore { object, id }, None).await;
    });
}
