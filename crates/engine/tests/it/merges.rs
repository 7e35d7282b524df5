//! Pairs found by the walk over all records; two records made one, and two again.

use std::sync::Arc;

use std::collections::BTreeMap;

use engine::{Actor, Change, Engine, Error, Outcome};
use schema::Name;
use schema::query::{CountMode, Query};
use serde_json::{Value as Json, json};
use store::pairs::PairState;
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

async fn operations(engine: &Engine) -> Actor {
    let platform = engine.system(None, "test");
    let unit = json!({ "code": "HQ", "name": "总行" });
    let unit = create(engine, &platform, "org_unit", unit).await;
    user(engine, "operations", "operations", unit).await
}

fn person() -> Name {
    Name::new("person").unwrap()
}

async fn merge(
    engine: &Engine,
    actor: &Actor,
    (winner, loser): (Uuid, Uuid),
    take: &[&str],
) -> Result<Outcome, Error> {
    let take = take.iter().map(|name| Name::new(name).unwrap()).collect();
    let change =
        Change::Merge { object: person(), id: winner, loser, versions: (None, None), take };
    engine.submit(actor, change.into()).await
}

async fn unmerge(
    engine: &Engine,
    actor: &Actor,
    (winner, merge): (Uuid, Uuid),
) -> Result<Outcome, Error> {
    let change = Change::Unmerge { object: person(), id: winner, merge };
    engine.submit(actor, change.into()).await
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused(refusal)) => refusal.code().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// Every record of every object as the platform sees it, without what any write changes.
async fn everything(engine: &Engine) -> BTreeMap<String, Json> {
    let platform = engine.system(None, "test");
    let mut all = BTreeMap::new();
    for object in engine.catalogue().objects.keys() {
        let query = Query { limit: 200, ..Query::of(object.as_str()) };
        let page = engine.query(&platform, &query).await.unwrap();
        for view in page.records.unwrap() {
            let mut record = serde_json::to_value(&view).unwrap();
            record["version"] = Json::Null;
            for stamp in ["updated_at", "updated_by"] {
                record["values"][stamp] = Json::Null;
            }
            all.insert(format!("{object} {}", view.id), record);
        }
    }
    all
}

/// Walks over all records of an object, and tells what came of it.
pub async fn walk(engine: &Arc<Engine>, actor: &Actor, object: &str) -> Json {
    let job = engine.start_duplicate_scan(actor, object).await.unwrap();
    run(engine, job).await
}

async fn run(engine: &Arc<Engine>, job: Uuid) -> Json {
    let db = engine.store().db();
    let lease = (engine.now(), jiff::SignedDuration::from_mins(1));
    let job = store::jobs::claim_one(db, job, "w", lease).await.unwrap().unwrap();
    match engine.run_job(&job, "w").await.unwrap() {
        engine::access::Ran::Done(result) => {
            let step = store::jobs::finish(job.id, "w", Some(result.clone()), engine.now());
            db.run(vec![step]).await.unwrap();
            serde_json::from_slice(&result).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_walk_finds_pairs_once_and_forgets_those_that_are_no_more() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let mut ids = Vec::new();
        for (name, mobile, birth) in [
            ("张伟", "13812345678", "1980-01-02"),
            ("章玮", "13812345678", "1980-01-02"),
            ("李娜", "13900000001", "1981-01-02"),
            ("李娜", "13900000002", "1981-01-02"),
            ("王芳", "13900000003", "1990-01-02"),
        ] {
            let values = json!({ "name": name, "mobile": mobile, "birth_on": birth });
            ids.push(create(engine, &actor, "person", values).await);
        }
        let list = async |state| {
            let page = engine.duplicate_pairs(&actor, "person", state, (None, 50)).await.unwrap();
            page.pairs
        };
        for _ in 0..2 {
            let job = engine.start_duplicate_scan(&actor, "person").await.unwrap();
            let told = run(engine, job).await;
            assert_eq!((&told["pairs"], &told["crowded"]), (&json!(2), &json!(0)), "{told}");
            bed.clock.advance(jiff::SignedDuration::from_secs(1));
        }
        let open = list(PairState::Open).await;
        let scores: Vec<Option<u8>> = open.iter().map(|pair| pair.score).collect();
        assert_eq!(scores, [Some(100), Some(70)], "found by two keys, kept once");
        let codes: Vec<&str> = open[1].why.iter().map(|why| why.code.as_str()).collect();
        assert_eq!(codes, ["similar_name", "same_birth"]);

        let pair = (ids[2], ids[3]);
        engine.dismiss_pair(&actor, "person", pair, "两个人").await.unwrap();
        assert_eq!(
            code(engine.dismiss_pair(&actor, "person", pair, "两个人").await),
            "decided_already"
        );
        assert_eq!(
            code(engine.dismiss_pair(&actor, "person", (ids[0], ids[4]), "x").await),
            "not_found"
        );
        let change = Change::Update {
            object: person(),
            id: ids[1],
            version: None,
            values: json!({ "mobile": "13911111111", "name": "赵六" }).as_object().unwrap().clone(),
        };
        engine.submit(&actor, change.into()).await.unwrap();
        let job = engine.start_duplicate_scan(&actor, "person").await.unwrap();
        run(engine, job).await;
        assert!(list(PairState::Open).await.is_empty());
        assert_eq!(list(PairState::Dismissed).await.len(), 1, "what is decided stays decided");
    });
}

#[test]
fn a_pair_is_shown_as_far_as_its_records_may_be_seen() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let platform = engine.system(None, "test");
        let query = Query::of("org_unit");
        let units = engine.query(&platform, &query).await.unwrap().records.unwrap();
        let ann = user(engine, "ann", "relationship_manager", units[0].id).await;
        let bob = user(engine, "bob", "relationship_manager", units[0].id).await;
        let eve = user(engine, "eve", "relationship_manager", units[0].id).await;
        let values =
            || json!({ "name": "张伟", "mobile": "13812345678", "birth_on": "1980-01-02" });
        let own = create(engine, &ann, "person", values()).await;
        create(engine, &bob, "person", values()).await;
        let job = engine.start_duplicate_scan(&actor, "person").await.unwrap();
        run(engine, job).await;
        let list = async |actor: &Actor| {
            let open = PairState::Open;
            engine.duplicate_pairs(actor, "person", open, (None, 50)).await.unwrap().pairs
        };
        let seen = list(&ann).await;
        assert_eq!((seen.len(), seen[0].score, seen[0].why.len()), (1, None, 0));
        let known = seen[0].records.iter().filter_map(|side| side.record.as_ref());
        assert_eq!(known.map(|view| view.id).collect::<Vec<_>>(), [own]);
        let owners = seen[0].records.iter().filter_map(|side| side.owner.as_deref());
        assert_eq!(owners.collect::<Vec<_>>(), ["bob"]);
        assert!(list(&eve).await.is_empty());
        assert_eq!(code(engine.start_duplicate_scan(&eve, "person").await), "forbidden");
    });
}

/// A winner and a loser with everything that may point to them; what differs follows a number.
async fn entangled(engine: &Engine, actor: &Actor, number: u32) -> (Uuid, Uuid) {
    let mobile = |at: u32| format!("138{:08}", number * 10 + at);
    let platform = engine.system(None, "test");
    let make = async |object: &str, values: Json| create(engine, &platform, object, values).await;
    let values = json!({ "name": "赢家", "mobile": mobile(1), "tags": ["a", "b"] });
    let winner = create(engine, actor, "person", values).await;
    let values = json!({
        "name": "输家", "mobile": mobile(2), "id_number": "11010519491231002X",
        "remark": "旧", "tags": ["b", "c"],
    });
    let loser = create(engine, actor, "person", values).await;
    let other = json!({ "name": "旁人", "mobile": mobile(3) });
    let other = create(engine, actor, "person", other).await;
    let party = |id: Uuid| json!({ "object": "person", "id": id });
    for at in 0..3_u32 {
        let text = format!("t{number}{at}");
        let tag = json!({ "code": text, "name": text, "category": "manual" });
        let category = engine.catalogue().options["tag_category"].items.keys().next().cloned();
        let mut tag = tag;
        tag["category"] = json!(category);
        let tag = make("tag", tag).await;
        if at != 0 {
            make("party_tag", json!({ "party": party(loser), "tag": tag })).await;
        }
        if at != 1 {
            make("party_tag", json!({ "party": party(winner), "tag": tag })).await;
        }
    }
    let types = [(winner, loser, "friend"), (loser, other, "friend"), (other, loser, "sibling")];
    let catalogue = engine.catalogue();
    let known = catalogue.options["relationship_type"].items.keys().cloned();
    let known: Vec<String> = known.collect();
    for (from, to, wanted) in types {
        let wanted = known.iter().find(|code| *code == wanted).unwrap_or(&known[0]);
        let values = json!({ "from_party": party(from), "to_party": party(to), "type": wanted });
        make("party_relationship", values).await;
    }
    for at in 0..number % 4 + 1 {
        let values = json!({
            "subject": format!("事{at}"), "party": party(loser), "about": party(loser),
        });
        make("task", values).await;
    }
    let child = json!({ "name": "孩子", "guardian": loser, "mobile": mobile(4) });
    create(engine, actor, "person", child).await;
    if number.is_multiple_of(2) {
        let change = Change::Update {
            object: person(),
            id: winner,
            version: None,
            values: json!({ "guardian": loser }).as_object().unwrap().clone(),
        };
        engine.submit(actor, change.into()).await.unwrap();
    }
    (winner, loser)
}

#[test]
fn merging_and_taking_it_back_is_as_before() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let takes: [&[&str]; 4] =
            [&[], &["name", "tags"], &["id_number", "birth_on", "sex", "id_type"], &["remark"]];
        for (number, take) in (1..).zip(takes) {
            let (winner, loser) = entangled(engine, &actor, number).await;
            let before = everything(engine).await;
            let merged = merge(engine, &actor, (winner, loser), take).await;
            let merged = merged.unwrap_or_else(|error| panic!("{take:?}: {error:?}"));
            let between = everything(engine).await;
            assert!(!between.contains_key(&format!("person {loser}")));
            let pointing: Vec<&String> = between
                .iter()
                .filter(|(_, record)| record.to_string().contains(&loser.to_string()))
                .map(|(key, _)| key)
                .collect();
            assert!(pointing.is_empty(), "still points to the loser: {pointing:?}");
            assert_eq!(between.len() + 3, before.len(), "the loser, a tag and a self-link");
            let view = merged.view.unwrap();
            if take.contains(&"name") {
                assert_eq!(view.get("name"), Some(json!("输家")));
            }
            let back = unmerge(engine, &actor, (winner, merged.merge.unwrap())).await.unwrap();
            assert!(back.left.is_empty(), "{:?}", back.left);
            let after = everything(engine).await;
            assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
            for (key, record) in &before {
                assert_eq!(after[key], *record, "{key} with {take:?}");
            }
            let object = person();
            let delete = Change::Delete { object, id: loser, version: None };
            let tidied = engine.submit(&actor, delete.into()).await;
            assert_eq!(code(tidied), "in_use", "it is referred to as before");
            let again = json!({ "id_number": null }).as_object().unwrap().clone();
            let change =
                Change::Update { object: person(), id: loser, version: None, values: again };
            engine.submit(&actor, change.into()).await.unwrap();
        }
    });
}

#[test]
fn thousands_of_records_follow_in_one_step_and_come_back() {
    const MANY: u32 = 2_500;
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let winner = create(engine, &actor, "person", json!({ "name": "张伟" })).await;
        let loser = create(engine, &actor, "person", json!({ "name": "张玮" })).await;
        let event = |number: u32| {
            let party = json!({ "object": "person", "id": loser });
            json!({ "party": party, "kind": "sign_in", "channel": "app", "subject": "登录",
                "occurred_at": "2026-01-05T01:00:00Z", "source_system": "mbank",
                "external_id": number.to_string() })
        };
        let platform = engine.system(None, "test");
        for start in (0..MANY).step_by(100) {
            let numbers = start..(start + 100).min(MANY);
            let rows =
                numbers.map(|number| create(engine, &platform, "behaviour_event", event(number)));
            futures_util::future::join_all(rows).await;
        }
        let of = |party: Uuid| async move {
            let query = Query {
                filter: Some(format!("party = '{party}'")),
                count: CountMode::Exact,
                ..Query::of("behaviour_event")
            };
            let page = engine.query(&engine.system(None, "test"), &query).await.unwrap();
            page.count.unwrap().rows
        };
        let merged = merge(engine, &actor, (winner, loser), &[]).await.unwrap();
        assert_eq!((of(winner).await, of(loser).await), (u64::from(MANY), 0));
        unmerge(engine, &actor, (winner, merged.merge.unwrap())).await.unwrap();
        assert_eq!((of(winner).await, of(loser).await), (0, u64::from(MANY)));
    });
}

#[test]
fn what_cannot_be_merged_or_taken_back_is_refused_with_the_reason() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let make =
            async |name: &str| create(engine, &actor, "person", json!({ "name": name })).await;
        let (a, b, c) = (make("甲").await, make("乙").await, make("丙").await);
        assert_eq!(code(merge(engine, &actor, (a, a), &[]).await), "merge_self");
        let unknown = Uuid::from_u128(7);
        assert_eq!(code(merge(engine, &actor, (a, unknown), &[]).await), "not_found");
        assert_eq!(code(merge(engine, &actor, (a, b), &["age"]).await), "invalid");
        let first = merge(engine, &actor, (a, b), &[]).await.unwrap().merge.unwrap();
        assert_eq!(code(merge(engine, &actor, (c, b), &[]).await), "merged_already");
        let restore = Change::Restore { object: person(), id: b };
        assert_eq!(code(engine.submit(&actor, restore.into()).await), "merged_already");
        // A chain: what took over another is itself merged away.
        let second = merge(engine, &actor, (c, a), &[]).await.unwrap().merge.unwrap();
        assert_eq!(code(unmerge(engine, &actor, (a, first)).await), "not_found");
        assert_eq!(code(unmerge(engine, &actor, (c, first)).await), "not_found");
        unmerge(engine, &actor, (c, second)).await.unwrap();
        assert_eq!(code(unmerge(engine, &actor, (c, second)).await), "unmerged_already");
        unmerge(engine, &actor, (a, first)).await.unwrap();
        assert!(engine.get(&actor, "person", b, false).await.is_ok());
        let third = merge(engine, &actor, (a, b), &[]).await.unwrap().merge.unwrap();
        bed.clock.advance(jiff::SignedDuration::from_hours(24 * 91));
        assert_eq!(code(unmerge(engine, &actor, (a, third)).await), "unmerge_late");
        let listed = engine.merges(&actor, "person", a).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!((listed[0].id, &listed[0].until), (third, &None), "its days are over");

        let platform = engine.system(None, "test");
        let units = engine.query(&platform, &Query::of("org_unit")).await.unwrap();
        let unit = units.records.unwrap()[0].id;
        let ann = user(engine, "ann", "relationship_manager", unit).await;
        let mine = create(engine, &ann, "person", json!({ "name": "丁" })).await;
        assert_eq!(code(merge(engine, &ann, (mine, c), &[]).await), "not_found");
        let other = create(engine, &ann, "person", json!({ "name": "戊" })).await;
        assert_eq!(code(merge(engine, &ann, (mine, other), &[]).await), "forbidden");
        assert_eq!(code(engine.merges_of(&ann, "person", None, 50).await), "forbidden");
    });
}

#[test]
fn merges_are_listed_with_what_they_joined_and_until_when_they_can_be_taken_back() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let mut ids = Vec::new();
        for name in ["甲", "乙", "丙", "丁"] {
            ids.push(create(engine, &actor, "person", json!({ "name": name })).await);
        }
        let first = merge(engine, &actor, (ids[0], ids[1]), &[]).await.unwrap().merge.unwrap();
        bed.clock.advance(jiff::SignedDuration::from_hours(1));
        let second = merge(engine, &actor, (ids[2], ids[3]), &[]).await.unwrap().merge.unwrap();
        let page = engine.merges_of(&actor, "person", None, 1).await.unwrap();
        let [newest] = page.merges.as_slice() else { panic!("{page:?}") };
        assert_eq!((newest.id, newest.until.is_some()), (second, true));
        let titles = (newest.winner_title.as_deref(), newest.loser_title.as_deref());
        assert_eq!((titles, newest.by.is_some()), ((Some("丙"), Some("丁")), true));
        let rest = engine.merges_of(&actor, "person", page.next.as_deref(), 50).await.unwrap();
        assert_eq!((rest.merges.len(), rest.merges[0].id, rest.next), (1, first, None));
        unmerge(engine, &actor, (ids[0], first)).await.unwrap();
        let after = engine.merges_of(&actor, "person", None, 50).await.unwrap();
        let [_, undone] = after.merges.as_slice() else { panic!("{after:?}") };
        assert_eq!((undone.until.as_deref(), undone.loser_title.as_deref()), (None, None));
        let nonsense = engine.merges_of(&actor, "person", Some("?"), 50).await;
        assert_eq!(code(nonsense), "invalid");
    });
}

#[test]
fn what_was_changed_since_stays_and_is_listed() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let winner = create(engine, &actor, "person", json!({ "name": "甲" })).await;
        let loser = create(engine, &actor, "person", json!({ "name": "乙" })).await;
        let party = |id: Uuid| json!({ "object": "person", "id": id });
        let platform = engine.system(None, "test");
        let task = json!({ "subject": "事", "party": party(loser) });
        let task = create(engine, &platform, "task", task).await;
        let done = merge(engine, &actor, (winner, loser), &["name"]).await.unwrap();
        let change = |object: &str, id, values: Json| Change::Update {
            object: Name::new(object).unwrap(),
            id,
            version: None,
            values: values.as_object().unwrap().clone(),
        };
        let renamed = change("person", winner, json!({ "name": "丙" }));
        engine.submit(&actor, renamed.into()).await.unwrap();
        let moved = change("task", task, json!({ "party": null }));
        engine.submit(&platform, moved.into()).await.unwrap();
        let back = unmerge(engine, &actor, (winner, done.merge.unwrap())).await.unwrap();
        let left: Vec<(Uuid, &str)> = back
            .left
            .iter()
            .map(|left| (left.id, left.field.as_ref().map_or("", Name::as_str)))
            .collect();
        assert_eq!(left, [(winner, "name"), (task, "party")]);
        let winner = engine.get(&actor, "person", winner, false).await.unwrap();
        assert_eq!(winner.get("name"), Some(json!("丙")));
        assert!(engine.get(&actor, "person", loser, false).await.is_ok());
    });
}
