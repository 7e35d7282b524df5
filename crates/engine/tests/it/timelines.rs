//! Timelines: one order over many objects, paged by place, under each record's own rights.

use std::collections::BTreeSet;

use engine::{Change, Engine, Error, Refusal, Timeline, TimelineQuery};
use schema::Name;
use schema::query::{GroupKey, Measure, MeasureFn, Query};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

pub fn ask(limit: u32, cursor: Option<String>, kinds: &[&str]) -> TimelineQuery {
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    TimelineQuery { kinds, from: None, until: None, cursor, limit }
}

fn party(id: Uuid) -> Json {
    json!({ "object": "person", "id": id })
}

/// Contacts, life events, notes and changes, many of them at the same instant.
async fn lives(engine: &Engine, owner: Uuid, unit: Uuid) -> Uuid {
    let platform = engine.system(None, "test");
    let person = json!({ "name": "王一", "owner": owner, "org_unit": unit });
    let id = create(engine, &platform, "person", person).await;
    for at in 0..12 {
        let more = json!({ "party": party(id), "owner": owner, "org_unit": unit });
        let with = |values: Json| {
            let mut all = more.clone();
            all.as_object_mut().unwrap().extend(values.as_object().unwrap().clone());
            all
        };
        // Midnight in Shanghai: contacts and days stand at the same place in time.
        let started = format!("2026-01-{:02}T16:00:00Z", 1 + at / 3);
        let contact = with(json!({ "subject": format!("沟通{at}"), "channel": "phone",
            "started_at": started }));
        create(engine, &platform, "interaction", contact).await;
        let day = format!("2026-01-{:02}", 2 + at / 3);
        let event = with(json!({ "title": format!("事件{at}"), "kind": "other", "event_on": day }));
        create(engine, &platform, "life_event", event).await;
        let note = with(json!({ "title": format!("便签{at}") }));
        create(engine, &platform, "note", note).await;
        let status = ["active", "dormant"][at % 2];
        let change = Change::Update {
            object: Name::new("person").unwrap(),
            id,
            version: None,
            values: json!({ "customer_status": status, "remark": format!("第{at}次") })
                .as_object()
                .unwrap()
                .clone(),
        };
        engine.submit(&platform, change.into()).await.unwrap();
    }
    id
}

async fn all(engine: &Engine, actor: &engine::Actor, id: Uuid, kinds: &[&str]) -> Timeline {
    engine.timeline(actor, "person", id, &ask(50, None, kinds)).await.unwrap()
}

#[test]
fn paging_misses_and_repeats_nothing_while_others_write() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit = json!({ "code": "Z1", "name": "支行" });
        let unit = create(engine, &platform, "org_unit", unit).await;
        let rm = user(engine, "rm", "relationship_manager", unit).await;
        let id = lives(engine, rm.user(), unit).await;
        let whole = all(engine, &rm, id, &[]).await;
        let before: BTreeSet<Uuid> = whole.entries.iter().map(|entry| entry.id).collect();
        assert_eq!(before.len(), 12 * 3 + 12, "without the last change, and with the first entry");
        let times: Vec<&str> = whole.entries.iter().map(|entry| entry.at.as_str()).collect();
        assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
        for limit in [1, 4, 7] {
            let mut seen: Vec<Uuid> = Vec::new();
            let mut cursor = None;
            loop {
                let page = engine.timeline(&rm, "person", id, &ask(limit, cursor, &[])).await;
                let page = page.unwrap();
                assert!(page.entries.len() <= limit as usize);
                seen.extend(page.entries.iter().map(|entry| entry.id));
                // Newer than the page's place: it belongs to no later page.
                let late = json!({ "subject": "插入", "channel": "phone", "party": party(id),
                    "started_at": "2026-03-02T03:00:00Z", "owner": rm.user(), "org_unit": unit });
                create(engine, &platform, "interaction", late).await;
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            let unique: BTreeSet<Uuid> = seen.iter().copied().collect();
            assert_eq!(unique.len(), seen.len(), "by {limit}: repeated");
            assert!(before.is_subset(&unique), "by {limit}: missed");
        }
    });
}

#[test]
fn kinds_days_and_places_are_checked() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit = json!({ "code": "Z1", "name": "支行" });
        let unit = create(engine, &platform, "org_unit", unit).await;
        let rm = user(engine, "rm", "relationship_manager", unit).await;
        let other = user(engine, "other", "relationship_manager", unit).await;
        let id = lives(engine, rm.user(), unit).await;
        let events = all(engine, &rm, id, &["life_event"]).await;
        assert_eq!(events.entries.len(), 12);
        assert!(events.entries.iter().all(|entry| entry.on.is_some()));
        let two = TimelineQuery {
            from: Some("2026-01-02".parse().unwrap()),
            until: Some("2026-01-03".parse().unwrap()),
            ..ask(50, None, &["life_event", "interaction"])
        };
        let two = engine.timeline(&rm, "person", id, &two).await.unwrap();
        assert_eq!(two.entries.len(), 12, "six contacts and six events on two days");
        let changes = all(engine, &rm, id, &["change"]).await;
        let change = changes.entries[0].change.as_ref().unwrap();
        assert_eq!(change.fields[0].field.as_str(), "customer_status");
        assert!(change.fields.iter().all(|field| field.field.as_str() != "remark"));
        assert_eq!(changes.entries.last().unwrap().change.as_ref().unwrap().action, "create");
        let stranger = engine.timeline(&other, "person", id, &ask(5, None, &[])).await;
        assert!(matches!(stranger, Err(Error::Refused(Refusal::Invisible))), "{stranger:?}");
        let unknown = engine.timeline(&rm, "person", id, &ask(5, None, &["weather"])).await;
        assert!(matches!(unknown, Err(Error::Refused(Refusal::Invalid(_)))));
        let next = engine.timeline(&rm, "person", id, &ask(3, None, &[])).await.unwrap().next;
        let second = json!({ "name": "王二", "owner": rm.user(), "org_unit": unit });
        let second = create(engine, &platform, "person", second).await;
        let foreign = engine.timeline(&rm, "person", second, &ask(3, next, &[])).await;
        assert!(matches!(foreign, Err(Error::Refused(Refusal::Invalid(_)))), "another's place");
    });
}

#[test]
fn the_history_of_a_field_says_who_and_from_what() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit = json!({ "code": "Z1", "name": "支行" });
        let unit = create(engine, &platform, "org_unit", unit).await;
        let rm = user(engine, "rm", "relationship_manager", unit).await;
        let id = lives(engine, rm.user(), unit).await;
        let update = |values: Json| Change::Update {
            object: Name::new("person").unwrap(),
            id,
            version: None,
            values: values.as_object().unwrap().clone(),
        };
        engine.submit(&rm, update(json!({ "customer_status": "lost" })).into()).await.unwrap();
        engine.submit(&rm, update(json!({ "mobile": "13800138000" })).into()).await.unwrap();
        let found = engine.field_history(&rm, "person", id, "customer_status").await.unwrap();
        assert_eq!(found[0].by_title.as_deref(), Some("rm"));
        assert_eq!(found[0].change.to, Some(json!("lost")));
        assert_eq!(found[0].change.from, Some(json!("dormant")));
        let mobile = engine.field_history(&rm, "person", id, "mobile").await.unwrap();
        assert_eq!(mobile.len(), 1);
        assert!(mobile[0].change.to.is_none(), "the log keeps a digest only");
        let nothing = engine.field_history(&rm, "person", id, "nothing").await;
        assert!(matches!(nothing, Err(Error::Refused(Refusal::Invalid(_)))));
    });
}

#[test]
fn completeness_is_reported_by_branch_under_the_reader_s_rights() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let head = create(engine, &platform, "org_unit", json!({ "code": "H", "name": "总行" }));
        let head = head.await;
        let mut units = Vec::new();
        for code in ["A", "B"] {
            let values = json!({ "code": code, "name": code, "parent": head });
            units.push(create(engine, &platform, "org_unit", values).await);
        }
        for (unit, more) in [(0, true), (0, false), (1, false)] {
            let mut values = json!({ "name": "王一", "customer_status": "prospect",
                "org_unit": units[unit] });
            if more {
                values["occupation"] = json!("clerk");
                values["mobile"] = json!("13800138000");
            }
            create(engine, &platform, "person", values).await;
        }
        let query = Query {
            group: vec![GroupKey { field: "org_unit".into(), bucket: Default::default() }],
            measures: vec![Measure {
                function: MeasureFn::Avg,
                field: Some("kyc_completeness".into()),
                alias: Some("share".into()),
            }],
            ..Query::of("person")
        };
        let whole = user(engine, "head", "regional_head", head).await;
        let groups = engine.query(&whole, &query).await.unwrap().groups.unwrap();
        let share = |unit: Uuid| {
            let group = groups.iter().find(|group| group.keys["org_unit"] == json!(unit)).unwrap();
            group.measures["share"].as_str().unwrap().to_owned()
        };
        // 1 of 14 points, and 5 of 14.
        assert_eq!(share(units[1]), "0.0714");
        assert_eq!(share(units[0]), "0.21425");
        let branch = user(engine, "branch", "branch_supervisor", units[1]).await;
        let groups = engine.query(&branch, &query).await.unwrap().groups.unwrap();
        assert_eq!(groups.len(), 1, "only their own branch");
    });
}
