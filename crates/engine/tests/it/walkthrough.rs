//! The main job on real input, as the README walks through it: who sees which customers, what is
//! masked, revealed, changed and refused, and what the log proves.

use engine::access::LogFilter;
use engine::import::Mode;
use engine::{Actor, Change, Command, Engine, Error, Origin, Refusal, View};
use schema::Name;
use schema::query::{CountMode, Query};
use serde_json::json;
use store::Step;
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, import, user};

/// Imports units, users with their roles, and the core system's customers.
async fn first_day(engine: &Engine) {
    let platform = engine.system(None, "test");
    let head = create(engine, &platform, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
    let admin = user(engine, "admin", "system_admin", head).await;
    let security = user(engine, "security", "security_admin", head).await;
    let operations = user(engine, "operations", "operations", head).await;
    import(engine, &admin, "org_units.csv", "org_unit", (Mode::Upsert, &["code"])).await;
    import(engine, &admin, "users.csv", "user", (Mode::Create, &[])).await;
    import(engine, &security, "users.csv", "assignment", (Mode::Create, &[])).await;
    let core = "customers_core_system.csv";
    import(engine, &operations, core, "person", (Mode::Create, &[])).await;
}

async fn all(engine: &Engine, actor: &Actor, object: &str, filter: &str) -> Vec<View> {
    let mut query = Query { limit: 200, ..Query::of(object) };
    query.filter = Some(filter.to_owned()).filter(|text| !text.is_empty());
    let mut found = Vec::new();
    loop {
        let page = engine.query(actor, &query).await.unwrap();
        found.extend(page.records.unwrap());
        query.cursor = page.next;
        if query.cursor.is_none() {
            return found;
        }
    }
}

async fn count(engine: &Engine, actor: &Actor, filter: &str) -> u64 {
    let filter = Some(filter.to_owned()).filter(|text| !text.is_empty());
    let query = Query { filter, count: CountMode::Exact, limit: 1, ..Query::of("person") };
    engine.query(actor, &query).await.unwrap().count.unwrap().rows
}

async fn unit(engine: &Engine, code: &str) -> Uuid {
    let platform = engine.system(None, "test");
    all(engine, &platform, "org_unit", &format!("code = '{code}'")).await[0].id
}

async fn sign_in(engine: &Engine, login: &str) -> Actor {
    let platform = engine.system(None, "test");
    let id = all(engine, &platform, "user", &format!("login = '{login}'")).await[0].id;
    engine.actor(id, Origin::default()).await.unwrap()
}

fn text(view: &View, field: &str) -> String {
    view.get(field).and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

async fn everyone_sees_their_own(engine: &Engine) {
    let platform = engine.system(None, "test");
    let rm = sign_in(engine, "rm001").await;
    let own = all(engine, &rm, "person", "").await;
    assert!(own.len() > 1);
    for person in &own {
        assert_eq!(text(person, "owner"), rm.user().to_string());
        assert!(person.get("id_number").unwrap().is_null() || person.is_masked("id_number"));
    }
    let foreign = all(engine, &platform, "person", &format!("owner != '{}'", rm.user())).await;
    for person in foreign.iter().take(3) {
        let got = engine.get(&rm, "person", person.id, false).await;
        assert!(matches!(got, Err(Error::Refused(Refusal::Invisible))), "{got:?}");
    }
    let supervisor = sign_in(engine, "sup001").await;
    let branch = unit(engine, "Z001").await;
    let of_branch = count(engine, &platform, &format!("org_unit = '{branch}'")).await;
    assert_eq!(count(engine, &supervisor, "").await, of_branch);
    assert!(of_branch > own.len() as u64, "a branch has more than one manager");
}

/// A unit that moves takes its customers along, at once and for everybody.
async fn a_move_is_seen_at_once(engine: &Engine) {
    let platform = engine.system(None, "test");
    let (old, new) = (sign_in(engine, "head01").await, sign_in(engine, "head02").await);
    let (before_old, before_new) = (count(engine, &old, "").await, count(engine, &new, "").await);
    let branch = unit(engine, "Z001").await;
    let moving = count(engine, &platform, &format!("org_unit = '{branch}'")).await;
    assert!(before_old > moving && moving > 0, "a region has several branches");
    let values = json!({ "parent": unit(engine, "F02").await });
    let change = Change::Update {
        object: Name::new("org_unit").unwrap(),
        id: branch,
        version: None,
        values: values.as_object().unwrap().clone(),
    };
    let admin = sign_in(engine, "admin").await;
    engine.submit(&admin, change.into()).await.unwrap();
    let (old, new) = (sign_in(engine, "head01").await, sign_in(engine, "head02").await);
    assert_eq!(count(engine, &old, "").await, before_old - moving);
    assert_eq!(count(engine, &new, "").await, before_new + moving);
}

async fn a_number_is_revealed_for_a_reason(engine: &Engine) {
    let rm = sign_in(engine, "rm001").await;
    let person = all(engine, &rm, "person", "id_number is not empty").await.remove(0);
    let reveal = Command {
        action: Change::Reveal {
            object: Name::new("person").unwrap(),
            id: person.id,
            field: Name::new("id_number").unwrap(),
        },
        reason: Some("核对开户资料".into()),
        idempotency: None,
    };
    let silent = Command { reason: None, ..reveal.clone() };
    let refused = engine.submit(&rm, silent).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))), "{refused:?}");
    let first = engine.submit(&rm, reveal.clone()).await.unwrap().revealed.unwrap();
    let number = first.value.as_str().unwrap();
    assert_eq!(number.len(), 18);
    assert!(text(&person, "id_number").ends_with(&number[14..]));
    let second = engine.submit(&rm, reveal).await.unwrap().revealed.unwrap();
    assert_eq!(second.left, first.left - 1, "each reveal is counted");
    let auditor = sign_in(engine, "audit1").await;
    let filter =
        LogFilter { kind: Some("reveal".into()), record: Some(person.id), ..LogFilter::default() };
    let entries = engine.audit_entries(&auditor, &filter, None, 10).await.unwrap();
    assert_eq!(entries.len(), 2);
    let body = String::from_utf8(entries[0].body.clone()).unwrap();
    assert!(entries[0].actor == rm.user() && body.contains("核对开户资料"), "{body}");
    assert!(!body.contains(number), "the log does not hold the number");
}

async fn a_stale_change_is_refused_with_both_versions(engine: &Engine) {
    let rm = sign_in(engine, "rm001").await;
    let person = all(engine, &rm, "person", "mobile is not empty").await.remove(0);
    let call = |mobile: &str| Change::Update {
        object: Name::new("person").unwrap(),
        id: person.id,
        version: Some(person.version),
        values: json!({ "mobile": mobile }).as_object().unwrap().clone(),
    };
    let done = engine.submit(&rm, call("13900001111").into()).await.unwrap();
    assert_eq!(done.version, person.version + 1);
    match engine.submit(&rm, call("13900002222").into()).await {
        Err(Error::Refused(Refusal::Stale { expected, current, record })) => {
            assert_eq!((expected, current), (person.version, person.version + 1));
            assert_eq!(record.unwrap().get("mobile").unwrap(), "13900001111");
        }
        other => panic!("{other:?}"),
    }
}

/// Flips one bit of the first sealed entry about `record` behind the product's back.
async fn flip(engine: &Engine, record: Uuid) -> Uuid {
    let db = engine.store().db();
    let sql = "SELECT id, entry, body FROM jy_audit WHERE record = $1 ORDER BY id LIMIT 1";
    let row = db.read(sql, &[record.into()]).await.unwrap().remove(0);
    let mut body = row[2].bytes().unwrap().to_vec();
    let middle = body.len() / 2;
    body[middle] ^= 1;
    let sql = "UPDATE jy_audit SET body = $1 WHERE id = $2";
    db.run(vec![Step::exactly(sql, vec![body.into(), row[0].clone()], 1)]).await.unwrap();
    row[1].uuid().unwrap()
}

async fn the_log_names_a_flipped_byte(engine: &Engine) {
    crate::bed::seal_all(engine).await;
    let auditor = sign_in(engine, "audit1").await;
    let report = engine.verify_audit(&auditor, None).await.unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!((report.unsealed, report.entries > 1_000), (0, true));
    let rm = sign_in(engine, "rm001").await;
    let person = all(engine, &rm, "person", "").await.remove(0);
    let entry = flip(engine, person.id).await;
    let report = engine.verify_audit(&auditor, None).await.unwrap();
    assert_eq!(report.count, 1, "{:?}", report.problems);
    assert_eq!(report.problems[0].entry, Some(entry));
    assert_eq!(report.problems[0].record, Some(person.id));
}

#[test]
fn the_main_job_runs_from_import_to_proof() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        first_day(engine).await;
        everyone_sees_their_own(engine).await;
        a_number_is_revealed_for_a_reason(engine).await;
        a_stale_change_is_refused_with_both_versions(engine).await;
        a_move_is_seen_at_once(engine).await;
        the_log_names_a_flipped_byte(engine).await;
    });
}
