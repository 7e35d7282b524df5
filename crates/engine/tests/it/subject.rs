//! Requests of data subjects: everything held told to them, erased, or locked; and reminders.

use std::io::Cursor;
use std::sync::Arc;

use calamine::{Reader as _, Xlsx};
use engine::export::{ExportFormat, ExportRequest};
use engine::files::Reading;
use engine::graph::GraphQuery;
use engine::measures::{MeasureOf, MeasureQuery, Span};
use engine::{Actor, Change, Engine, Error, Refusal, ShareBox};
use jiff::SignedDuration;
use schema::Name;
use schema::query::{CountMode, GroupKey, Query};
use serde_json::{Value as Json, json};
use store::pairs::PairState;
use uuid::Uuid;

use crate::bed;
use crate::merges::walk;
use crate::samples::{create, export, user};
use crate::timelines::ask;
use crate::upkeep::run_jobs;

const MARK: &str = "锁定甲";
const NUMBER: &str = "110101199003078670";

async fn unit(engine: &Engine) -> Uuid {
    let platform = engine.system(None, "test");
    create(engine, &platform, "org_unit", json!({ "code": "S1", "name": "支行" })).await
}

async fn change(engine: &Engine, actor: &Actor, object: &str, id: Uuid, values: Json) {
    let values = values.as_object().unwrap().clone();
    let object = Name::new(object).unwrap();
    let change = Change::Update { object, id, version: None, values };
    engine.submit(actor, change.into()).await.unwrap();
}

/// A verified request about a person.
async fn request(engine: &Engine, officer: &Actor, person: Uuid, right: &str) -> Uuid {
    let party = json!({ "object": "person", "id": person });
    let values = json!({ "party": party, "right": right, "channel": "app" });
    let id = create(engine, officer, "subject_request", values).await;
    let verified = json!({
        "status": "verified", "verified_by": officer.user(), "verified_on": "2026-03-02",
    });
    change(engine, officer, "subject_request", id, verified).await;
    id
}

fn invisible<T: std::fmt::Debug>(answer: Result<T, Error>) {
    assert!(matches!(answer, Err(Error::Refused(Refusal::Invisible))), "{answer:?}");
}

async fn count(engine: &Engine, actor: &Actor, query: Query) -> u64 {
    let query = Query { count: CountMode::Exact, ..query };
    let page = engine.query(actor, &query).await.unwrap();
    let shown = serde_json::to_string(&page).unwrap();
    assert!(!shown.contains(MARK), "{shown}");
    page.count.map_or(0, |count| count.rows)
}

async fn exported(engine: &Arc<Engine>, actor: &Actor, format: ExportFormat) -> Vec<u8> {
    let request = ExportRequest { query: Query::of("person"), format, purpose: "核对".into() };
    let mut export = export(engine, actor, request).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(part) = export.parts.recv().await {
        bytes.extend(part.unwrap());
    }
    bytes
}

/// The names in an exported workbook.
fn names(workbook: Vec<u8>) -> Vec<String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(workbook)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().flatten().map(ToString::to_string).collect()
}

/// What others knew of a customer without seeing them: a wish to see them, with its handle, one that
/// is answered, and pairs with two others, of which one was said to be another person.
async fn talked_of(engine: &Arc<Engine>, unit: Uuid, person: Uuid) -> (Actor, Actor, String) {
    let platform = engine.system(None, "test");
    let [ann, bob, eve] = [
        user(engine, "ann", "relationship_manager", unit).await,
        user(engine, "bob", "relationship_manager", unit).await,
        user(engine, "eve", "relationship_manager", unit).await,
    ];
    let owned = json!({ "owner": ann.user(), "org_unit": unit });
    change(engine, &platform, "person", person, owned).await;
    let typed = json!({ "name": "锁定贾", "mobile": "13800138000" });
    let handle = async |actor: &Actor| {
        let found = engine.duplicates(actor, "person", typed.as_object().unwrap(), None).await;
        found.unwrap()[0].handle.clone().unwrap()
    };
    let (wanted, declined) = (handle(&bob).await, handle(&eve).await);
    engine.request_share(&bob, &wanted, "客户来电").await.unwrap();
    let declined = engine.request_share(&eve, &declined, "客户来电").await.unwrap();
    engine.answer_share_request(&ann, declined, None).await.unwrap();
    let mut twins = Vec::new();
    for _ in 0..2 {
        twins.push(create(engine, &platform, "person", typed.clone()).await);
    }
    walk(engine, &platform, "person").await;
    engine.dismiss_pair(&platform, "person", (person, twins[0]), "同名同号").await.unwrap();
    for state in [PairState::Open, PairState::Dismissed] {
        assert!(paired(engine, &platform, state).await.contains(&person.to_string()), "{state:?}");
    }
    (ann, bob, wanted)
}

async fn paired(engine: &Engine, actor: &Actor, state: PairState) -> String {
    let page = engine.duplicate_pairs(actor, "person", state, (None, 50)).await.unwrap();
    serde_json::to_string(&page).unwrap()
}

/// Nothing is left of what others knew.
async fn untalked(engine: &Engine, (ann, bob, handle): (Actor, Actor, String), person: Uuid) {
    let platform = engine.system(None, "test");
    for (actor, which) in [(&bob, ShareBox::Asked), (&ann, ShareBox::ToAnswer)] {
        let told = engine.share_requests(actor, which).await.unwrap();
        assert!(told.is_empty(), "{told:?}");
    }
    let again = engine.request_share(&bob, &handle, "再问").await;
    assert!(matches!(again, Err(Error::Refused(Refusal::Invalid(_)))), "{again:?}");
    for state in [PairState::Open, PairState::Dismissed, PairState::Merged] {
        let told = paired(engine, &platform, state).await;
        assert!(!told.contains(&person.to_string()), "{told}");
    }
    for state in ["open", "dismissed"] {
        let kept = engine.store().pairs("person", PairState::parse(state).unwrap(), None, 50).await;
        assert!(kept.unwrap().iter().all(|pair| pair.one != person && pair.other != person));
    }
}

/// What is said of a friend says nothing of the one who is not to be seen.
async fn silent(engine: &Engine, actor: &Actor, friend: Uuid, person: Uuid) {
    let query = GraphQuery::default();
    let around = engine.neighbourhood(actor, ("person", friend), &query).await.unwrap();
    let timeline = engine.timeline(actor, "person", friend, &ask(50, None, &[])).await;
    let page = engine.overview(actor, "person", friend, None).await.unwrap();
    for told in [
        serde_json::to_string(&around).unwrap(),
        serde_json::to_string(&timeline.unwrap()).unwrap(),
        serde_json::to_string(&page).unwrap(),
    ] {
        assert!(!told.contains(MARK) && !told.contains(&person.to_string()), "{told}");
    }
    let way = engine.graph_paths(actor, ("person", friend), ("person", person), &query).await;
    invisible(way);
}

/// A former customer with what belongs to them, and a friend who stays.
async fn former(engine: &Engine, actor: &Actor) -> (Uuid, Uuid) {
    let values = json!({
        "name": MARK, "id_type": "resident_id", "id_number": NUMBER, "mobile": "13800138000",
        "opened_on": "2010-05-01", "ended_on": "2020-05-01",
    });
    let person = create(engine, actor, "person", values).await;
    let friend = create(engine, actor, "person", json!({ "name": "留下乙" })).await;
    let party = json!({ "object": "person", "id": person });
    let values = json!({ "party": party, "title": MARK, "body": MARK });
    create(engine, actor, "note", values).await;
    let values = json!({ "party": party, "kind": "mobile", "phone": "13900139000" });
    let gone = create(engine, actor, "contact_point", values).await;
    let object = Name::new("contact_point").unwrap();
    let delete = Change::Delete { object, id: gone, version: None };
    engine.submit(actor, delete.into()).await.unwrap();
    let values = json!({ "party": party, "kind": "passport", "number": "E12345678" });
    create(engine, actor, "party_identifier", values).await;
    let other = json!({ "object": "person", "id": friend });
    let values = json!({ "from_party": party, "to_party": other, "type": "friend" });
    create(engine, actor, "party_relationship", values).await;
    (person, friend)
}

#[test]
fn a_locked_customer_leaves_by_no_exit_until_the_law_lets_them_go() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit = unit(engine).await;
        let officer = user(engine, "cp", "compliance", unit).await;
        let keeper = user(engine, "ops", "operations", unit).await;
        let (person, friend) = former(engine, &platform).await;
        assert_eq!(engine.bin(&platform, "contact_point", None, 9).await.unwrap().records.len(), 1);
        let talk = talked_of(engine, unit, person).await;
        let request = request(engine, &officer, person, "delete").await;
        let refused = engine.answer_request(&keeper, "subject_request", request).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Forbidden { .. }))), "{refused:?}");
        engine.answer_request(&officer, "subject_request", request).await.unwrap();
        let ended = run_jobs(&bed).await;
        let told = &ended["erase_subject"];
        assert_eq!(told["records"]["person"]["locked"], json!(1), "{told}");
        assert_eq!(told["records"]["person"]["until"], json!("2030-05-01"), "{told}");
        assert_eq!(told["records"]["party_identifier"]["locked"], json!(1), "{told}");
        assert_eq!(told["records"]["note"]["erased"], json!(1), "{told}");

        for actor in [&platform, &officer, &keeper] {
            hidden(engine, actor, person).await;
            silent(engine, actor, friend, person).await;
        }
        untalked(engine, talk, person).await;
        let seen = engine.get(&officer, "person", friend, false).await.unwrap();
        assert_eq!(seen.get("name"), Some(json!("留下乙")));
        let answered = engine.get(&officer, "subject_request", request, false).await.unwrap();
        let outcome = answered.get("outcome").unwrap().as_str().unwrap().to_owned();
        assert!(outcome.contains("2030-05-01") && outcome.contains("审计日志"), "{outcome}");
        assert_eq!(answered.get("party"), Some(Json::Null));

        let page = engine.locked(&officer, "person", None, 10).await.unwrap();
        assert_eq!(page.records[0].record.get("name"), Some(json!(MARK)));
        assert_eq!(page.records[0].locked_until, "2030-05-01");
        assert!(page.records[0].record.is_masked("id_number"), "no more than the role reads");
        let refused = engine.locked(&keeper, "person", None, 10).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Forbidden { .. }))), "{refused:?}");

        let later = engine.now().checked_add(SignedDuration::from_hours(24 * 365)).unwrap();
        bed.clock.set(later);
        engine.queue_daily().await.unwrap();
        assert_eq!(run_jobs(&bed).await["erase_locked"]["erased"], json!(0), "still kept");
        let later = engine.now().checked_add(SignedDuration::from_hours(24 * 365 * 4)).unwrap();
        bed.clock.set(later);
        engine.queue_daily().await.unwrap();
        assert_eq!(run_jobs(&bed).await["erase_locked"]["erased"], json!(2));
        let page = engine.locked(&engine.system(None, "test"), "person", None, 10).await.unwrap();
        assert!(page.records.is_empty(), "{page:?}");
    });
}

/// Goes through the exits of a record that is not to be seen.
async fn hidden(engine: &Arc<Engine>, actor: &Actor, person: Uuid) {
    invisible(engine.get(actor, "person", person, true).await);
    invisible(engine.overview(actor, "person", person, None).await.map(|page| page.title));
    invisible(engine.history(actor, "person", person, (None, 10)).await);
    invisible(engine.owner_history(actor, "person", person).await);
    invisible(engine.timeline(actor, "person", person, &ask(50, None, &[])).await);
    let graph = GraphQuery::default();
    invisible(engine.neighbourhood(actor, ("person", person), &graph).await);
    invisible(engine.owners(actor, ("person", person), &graph).await);
    invisible(engine.circles(actor, ("person", person), &graph).await);
    invisible(engine.exposure(actor, ("person", person), &graph).await);
    let query = MeasureQuery {
        measure: "aum".into(),
        of: MeasureOf::Record("person".into(), person),
        from: "2026-01-01".parse().unwrap(),
        to: "2026-03-01".parse().unwrap(),
        by: Span::Month,
        split: true,
        average: true,
    };
    invisible(engine.measure(actor, &query).await);
    let object = Name::new("person").unwrap();
    let values = json!({ "remark": "x" }).as_object().unwrap().clone();
    for change in [
        Change::Update { object: object.clone(), id: person, version: None, values },
        Change::Delete { object: object.clone(), id: person, version: None },
        Change::Restore { object: object.clone(), id: person },
        Change::Reveal { object, id: person, field: Name::new("id_number").unwrap() },
    ] {
        let done = engine.submit(actor, change.into()).await;
        assert!(
            matches!(done, Err(Error::Refused(Refusal::Invisible | Refusal::Forbidden { .. }))),
            "{done:?}"
        );
    }
    let named = Query { filter: Some(format!("name = '{MARK}'")), ..Query::of("person") };
    assert_eq!(count(engine, actor, named).await, 0);
    let searched = Query { search: Some(MARK.into()), ..Query::of("person") };
    assert_eq!(count(engine, actor, searched).await, 0);
    for object in ["party_identifier", "note", "party_relationship", "contact_point"] {
        assert_eq!(count(engine, actor, Query::of(object)).await, 0, "{object}");
    }
    let groups = Query {
        group: vec![GroupKey { field: "name".into(), bucket: Default::default() }],
        ..Query::of("person")
    };
    count(engine, actor, groups).await;
    let values = json!({ "name": MARK, "id_type": "resident_id", "id_number": NUMBER });
    let values = values.as_object().unwrap();
    if let Ok(found) = engine.duplicates(actor, "person", values, None).await {
        assert!(found.is_empty(), "{found:?}");
    }
    for object in ["person", "contact_point", "note"] {
        if let Ok(bin) = engine.bin(actor, object, None, 50).await {
            let bin = serde_json::to_string(&bin).unwrap();
            assert!(!bin.contains(&person.to_string()) && !bin.contains(MARK), "{bin}");
        }
    }
    if actor.rights().export_rows > 0 {
        let text = String::from_utf8(exported(engine, actor, ExportFormat::Csv).await).unwrap();
        assert!(text.contains("留下乙") && !text.contains(MARK), "{text}");
        let book = names(exported(engine, actor, ExportFormat::Xlsx).await);
        assert!(book.iter().any(|cell| cell == "留下乙"), "{book:?}");
        assert!(!book.iter().any(|cell| cell.contains(MARK)), "{book:?}");
    }
}

async fn read(engine: &Engine, actor: &Actor, request: Uuid, field: &str) -> String {
    let reading = (field, Reading::default());
    let (_, mut reader) =
        engine.open_file(actor, "subject_request", request, reading).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(part) = reader.next().await.unwrap() {
        bytes.extend(part);
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_dossier_holds_what_its_asker_may_read_and_no_more() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit = unit(engine).await;
        let officer = user(engine, "cp", "compliance", unit).await;
        let keeper = user(engine, "ops", "operations", unit).await;
        let (person, _) = former(engine, &platform).await;
        let party = json!({ "object": "person", "id": person });
        let values = json!({ "party": party, "aml_grade": "high", "cdd_level": "enhanced" });
        create(engine, &platform, "party_profile", values).await;
        let request = request(engine, &officer, person, "access").await;
        engine.answer_request(&officer, "subject_request", request).await.unwrap();
        let ended = run_jobs(&bed).await;
        let told = ended["dossier"].clone();
        assert!(told["records"].as_u64().unwrap() >= 5, "{told}");

        let data = read(engine, &officer, request, "answer_data").await;
        let data: Json = serde_json::from_str(&data).unwrap();
        let records = data["records"].as_array().unwrap();
        let first = &records[0];
        assert_eq!((&first["object"], &first["values"]["name"]), (&json!("person"), &json!(MARK)));
        let objects: Vec<&str> = records.iter().filter_map(|r| r["object"].as_str()).collect();
        for object in ["note", "party_identifier", "party_profile", "party_relationship"] {
            assert_eq!(objects.iter().filter(|found| **found == object).count(), 1, "{objects:?}");
        }
        let whole = data.to_string();
        assert!(!whole.contains(NUMBER), "masked for the officer is masked in the file");
        assert!(!whole.contains("aml_grade"), "what is withheld is not told");
        let text = read(engine, &officer, request, "answer_text").await;
        assert!(text.contains("个人客户") && text.contains(MARK), "{text}");
        let reading = ("answer_data", Reading::default());
        invisible(engine.open_file(&keeper, "subject_request", request, reading).await.map(|_| ()));
    });
}

#[test]
fn a_date_is_reminded_of_once_and_a_moved_one_again() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let person = create(engine, &platform, "person", json!({ "name": "张明" })).await;
        let party = json!({ "object": "person", "id": person });
        let values = json!({
            "party": party, "kind": "passport", "number": "E12345678", "expires_on": "2026-04-01",
        });
        let paper = create(engine, &platform, "party_identifier", values).await;
        let day = SignedDuration::from_hours(24);
        for (made, moved) in [(1, None), (0, Some("2026-05-01")), (1, None)] {
            engine.queue_daily().await.unwrap();
            let ended = run_jobs(&bed).await;
            assert_eq!(ended["remind"]["made"], json!(made), "{:?}", ended["remind"]);
            bed.clock.set(engine.now().checked_add(day).unwrap());
            if let Some(date) = moved {
                let values = json!({ "expires_on": date });
                change(engine, &platform, "party_identifier", paper, values).await;
            }
        }
        let tasks = Query { count: CountMode::Exact, ..Query::of("task") };
        let page = engine.query(&platform, &tasks).await.unwrap();
        assert_eq!(page.count.unwrap().rows, 2);
        let about = page.records.unwrap()[0].get("about");
        assert_eq!(about, Some(json!({ "object": "party_identifier", "id": paper })));
    });
}
