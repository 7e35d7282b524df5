//! Sets kept by rules: reactions to changes, and the daily run over all.

use engine::{Actor, Change, Engine, Error, Refusal};
use jiff::SignedDuration;
use schema::Name;
use schema::query::Query;
use serde_json::{Value as Json, json};
use store::outbox;
use uuid::Uuid;

use crate::bed::{self, Bed};
use crate::samples::create;
use crate::upkeep::run_jobs;

/// A tag with a rule over persons.
async fn tag(engine: &Engine, actor: &Actor, code: &str, rule: &str, more: Json) -> Uuid {
    let mut values = json!({
        "code": code, "name": code, "category": "need", "rule_over": "person", "rule": rule,
    });
    let fields = values.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    create(engine, actor, "tag", values).await
}

/// Who carries a tag, and who put it there.
async fn carriers(engine: &Engine, tag: Uuid) -> Vec<(Uuid, String)> {
    let platform = engine.system(None, "test");
    let query =
        Query { filter: Some(format!("tag = '{tag}'")), limit: 200, ..Query::of("party_tag") };
    let page = engine.query(&platform, &query).await.unwrap();
    let one = |view: engine::View| {
        let party = view.get("party").unwrap()["id"].as_str().unwrap().parse().unwrap();
        (party, view.get("source").unwrap().as_str().unwrap().to_owned())
    };
    let mut found: Vec<_> = page.records.unwrap().into_iter().map(one).collect();
    found.sort();
    found
}

fn by_rule(mut ids: Vec<Uuid>) -> Vec<(Uuid, String)> {
    ids.sort();
    ids.into_iter().map(|id| (id, "rule".to_owned())).collect()
}

async fn change(engine: &Engine, actor: &Actor, object: &str, id: Uuid, values: Json) {
    let object = Name::new(object).unwrap();
    let values = values.as_object().unwrap().clone();
    let change = Change::Update { object, id, version: None, values };
    engine.submit(actor, change.into()).await.unwrap();
}

async fn react(bed: &Bed) {
    while bed.engine.react("test").await.unwrap().taken > 0 {}
}

async fn waiting(engine: &Engine) -> i64 {
    outbox::backlog(engine.store().db()).await.unwrap().0
}

#[test]
fn only_what_a_rule_reads_waits_for_a_reaction() {
    bed::each(|bed| async move {
        let (engine, platform) = (&bed.engine, bed.engine.system(None, "test"));
        let person = create(engine, &platform, "person", json!({ "name": "张三" })).await;
        assert_eq!(waiting(engine).await, 0, "nothing reacts without rules");
        tag(engine, &platform, "a", "occupation = 'student' and aum > 0", json!({})).await;
        assert_eq!(waiting(engine).await, 1, "a set with a rule is followed");
        react(&bed).await;
        change(engine, &platform, "person", person, json!({ "employer": "某公司" })).await;
        assert_eq!(waiting(engine).await, 0, "no rule reads the employer");
        change(engine, &platform, "person", person, json!({ "occupation": "student" })).await;
        assert_eq!(waiting(engine).await, 1);
        create(engine, &platform, "org_unit", json!({ "code": "X", "name": "X" })).await;
        react(&bed).await;
        assert_eq!(waiting(engine).await, 0);
    });
}

#[test]
fn the_daily_run_brings_in_and_lets_go_by_the_calendar_alone() {
    bed::each(|bed| async move {
        let (engine, platform) = (&bed.engine, bed.engine.system(None, "test"));
        let mut adults = Vec::new();
        for at in 0..130 {
            let values = json!({ "name": format!("王{at}"), "birth_on": "1990-01-01" });
            adults.push(create(engine, &platform, "person", values).await);
        }
        let values = json!({ "name": "李小", "birth_on": "2008-03-04", "guardian": adults[0] });
        let nearly = create(engine, &platform, "person", values).await;
        let adult = tag(engine, &platform, "adult", "age >= 18", json!({})).await;
        let minor = tag(engine, &platform, "minor", "age < 18", json!({})).await;
        react(&bed).await;
        run_jobs(&bed).await;
        assert_eq!(carriers(engine, adult).await.len(), adults.len());
        assert_eq!(carriers(engine, minor).await, by_rule(vec![nearly]));

        let birthday = "2026-03-04T01:00:00Z".parse().unwrap();
        bed.clock.set(birthday);
        engine.queue_sets().await.unwrap();
        engine.queue_sets().await.unwrap();
        let ended = run_jobs(&bed).await;
        assert_eq!(ended["keep_sets"]["joined"], json!(1), "{ended:?}");
        assert_eq!(ended["keep_sets"]["left"], json!(1), "{ended:?}");
        assert!(carriers(engine, minor).await.is_empty());
        react(&bed).await;
        bed.clock.set(engine.now().checked_add(SignedDuration::from_hours(24)).unwrap());
        engine.queue_sets().await.unwrap();
        let again = run_jobs(&bed).await;
        assert_eq!(again["keep_sets"]["joined"], json!(0), "a repeat changes nothing: {again:?}");
        assert_eq!(again["keep_sets"]["left"], json!(0), "{again:?}");
    });
}

#[test]
fn an_event_taken_twice_and_after_a_crash_changes_nothing_more() {
    bed::each(|bed| async move {
        let (engine, platform) = (&bed.engine, bed.engine.system(None, "test"));
        let student = tag(engine, &platform, "s", "occupation = 'student'", json!({})).await;
        react(&bed).await;
        let values = json!({ "name": "张三", "occupation": "student" });
        let person = create(engine, &platform, "person", values).await;
        // A worker takes the event and dies: another engine gets it once the lease is over.
        let (db, lease) = (engine.store().db(), SignedDuration::from_secs(60));
        assert_eq!(outbox::take(db, "dead", engine.now(), lease, 10).await.unwrap().len(), 1);
        let other = bed.reopen().await;
        react(&other).await;
        assert!(carriers(engine, student).await.is_empty(), "leased to the dead one");
        other.clock.set(engine.now().checked_add(SignedDuration::from_secs(61)).unwrap());
        react(&other).await;
        assert_eq!(carriers(engine, student).await, by_rule(vec![person]));
        let until = other.engine.now().checked_add(SignedDuration::from_hours(1)).unwrap();
        outbox::replay(db, kernel::Instant::UNIX_EPOCH, until).await.unwrap();
        react(&other).await;
        assert_eq!(carriers(engine, student).await, by_rule(vec![person]));
    });
}

#[test]
fn rules_that_contradict_each_other_come_to_rest() {
    bed::each(|bed| async move {
        let (engine, platform) = (&bed.engine, bed.engine.system(None, "test"));
        let rule = "not any(party_tag by party where tag.code = 'liar')";
        let liar = tag(engine, &platform, "liar", rule, json!({})).await;
        react(&bed).await;
        create(engine, &platform, "person", json!({ "name": "张三" })).await;
        react(&bed).await;
        assert_eq!(waiting(engine).await, 0);
        assert!(carriers(engine, liar).await.len() <= 1);
    });
}

#[test]
fn two_writers_cannot_put_a_subject_into_two_sets_of_a_group() {
    bed::each(|bed| async move {
        let (engine, platform) = (&bed.engine, bed.engine.system(None, "test"));
        let group = json!({ "name": "客群", "policy": "refuse" });
        let group = create(engine, &platform, "tag_group", group).await;
        let mut tags = Vec::new();
        for at in 0..4 {
            let values = json!({
                "code": format!("t{at}"), "name": format!("t{at}"), "category": "need",
                "group": group,
            });
            tags.push(create(engine, &platform, "tag", values).await);
        }
        let person = create(engine, &platform, "person", json!({ "name": "张三" })).await;
        let mut writers = Vec::new();
        for tag in tags {
            let (engine, platform) = (engine.clone(), platform.clone());
            writers.push(tokio::spawn(async move {
                let party = json!({ "object": "person", "id": person });
                let values = json!({ "party": party, "tag": tag });
                let object = Name::new("party_tag").unwrap();
                let values = values.as_object().unwrap().clone();
                engine.submit(&platform, Change::Create { object, id: None, values }.into()).await
            }));
        }
        let mut made = 0;
        for writer in writers {
            match writer.await.unwrap() {
                Ok(_) => made += 1,
                Err(Error::Refused(Refusal::Invalid(_))) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(made, 1);
    });
}
