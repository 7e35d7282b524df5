//! Jobs over stored data: key rotation, new search words, the recycle bin; and two nodes on
//! one database.

use std::collections::BTreeMap;

use engine::access::{Job, JobState, Ran};
use engine::{Actor, Change, Engine, Error, Origin, Refusal};
use jiff::SignedDuration;
use schema::query::{CountMode, Query};
use schema::{Name, Value};
use serde_json::{Value as Json, json};
use store::jobs;
use uuid::Uuid;

use crate::bed::{self, Bed};
use crate::samples::{create, user};

/// Claims and runs whatever is queued, and returns the ended jobs by kind.
pub async fn run_jobs(bed: &Bed) -> BTreeMap<String, Json> {
    let engine = &bed.engine;
    bed.clock.set(engine.now().checked_add(SignedDuration::from_secs(60)).unwrap());
    let (db, when) = (engine.store().db(), (engine.now(), SignedDuration::from_secs(60)));
    let mut ended = BTreeMap::new();
    loop {
        let claimed = jobs::claim(db, Engine::JOB_KINDS, "test", when, 10).await.unwrap();
        if claimed.is_empty() {
            return ended;
        }
        for job in claimed {
            let Ran::Done(result) = engine.run_job(&job, "test").await.unwrap() else {
                panic!("{job:?} was lost")
            };
            let step = jobs::finish(job.id, "test", Some(result.clone()), engine.now());
            db.run(vec![step]).await.unwrap();
            ended.insert(job.kind.to_string(), serde_json::from_slice(&result).unwrap());
        }
    }
}

pub async fn job(bed: &Bed, id: Uuid) -> Job {
    bed.engine.job(&bed.engine.system(None, "test"), id).await.unwrap()
}

pub async fn unit(engine: &Engine, code: &str) -> Uuid {
    let platform = engine.system(None, "test");
    create(engine, &platform, "org_unit", json!({ "code": code, "name": code })).await
}

pub async fn found(
    engine: &Engine,
    actor: &Actor,
    filter: Option<&str>,
    search: Option<&str>,
) -> u64 {
    let query = Query {
        filter: filter.map(str::to_owned),
        search: search.map(str::to_owned),
        count: CountMode::Exact,
        ..Query::of("person")
    };
    engine.query(actor, &query).await.unwrap().count.unwrap().rows
}

/// A stored secret, whoever may see it.
async fn stored(engine: &Engine, id: Uuid, field: &str) -> String {
    let catalogue = engine.catalogue();
    let (ix, object) = catalogue.object("person").unwrap();
    let slots = [object.field(field).unwrap().0];
    let values = engine.store().get(&catalogue, ix, id, &slots).await.unwrap().unwrap();
    let Some(Value::Secret(secret)) = values.into_iter().find(|v| matches!(v, Value::Secret(_)))
    else {
        panic!("{field} is not sealed")
    };
    secret.expose().to_string()
}

const NUMBERS: [&str; 4] =
    ["110105198512310029", "110105198512310133", "110105198512310264", "110105198512310395"];

async fn people(engine: &Engine, actor: &Actor) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for (at, number) in NUMBERS.iter().enumerate() {
        let values = json!({
            "name": format!("张{at}"), "id_type": "resident_id", "id_number": number,
            "mobile": format!("1380013800{at}"), "remark": "老客户",
        });
        ids.push(create(engine, actor, "person", values).await);
    }
    ids
}

#[test]
fn a_new_master_key_seals_everything_again_and_nothing_is_lost() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let ids = people(engine, &platform).await;
        let name = Name::new("person").unwrap();
        let delete = Change::Delete { object: name.clone(), id: ids[3], version: None };
        engine.submit(&platform, delete.into()).await.unwrap();
        let keys = engine.store().keys().unwrap().clone();
        let someone = platform.user();
        let now = engine.now();
        let factor = [
            store::access::set_password(someone, None, "hash", false, now).unwrap(),
            store::access::set_totp(&keys, someone, Some(b"a shared secret")),
        ];
        engine.store().db().run(factor.to_vec()).await.unwrap();

        let (current, id) = engine.rotate_keys(&platform).await.unwrap();
        let before = engine.key_usage().await.unwrap();
        let older: u64 =
            before.values.iter().filter(|(key, _)| **key < current).map(|(_, n)| n).sum();
        assert!(older >= 5, "{before:?}");
        let ended = run_jobs(&bed).await;
        assert_eq!(job(&bed, id).await.state, JobState::Done);
        assert!(ended["reseal"]["looked_at"].as_u64().unwrap() >= 4, "{ended:?}");

        let after = engine.key_usage().await.unwrap();
        let sum = |values: &BTreeMap<u16, u64>| values.values().sum::<u64>();
        assert_eq!(sum(&after.values), sum(&before.values));
        let unused = after.values.iter().filter(|(key, _)| **key < current);
        assert!(unused.clone().count() >= 1);
        assert!(unused.into_iter().all(|(_, count)| *count == 0), "{after:?}");

        for (id, number) in ids.iter().zip(NUMBERS).take(3) {
            assert_eq!(stored(engine, *id, "id_number").await, number);
        }
        let by_number = format!("id_number = '{}'", NUMBERS[0]);
        assert_eq!(found(engine, &platform, Some(&by_number), None).await, 1);
        assert_eq!(found(engine, &platform, None, Some(&NUMBERS[0][14..])).await, 1);
        let again = json!({ "name": "重复", "id_type": "resident_id", "id_number": NUMBERS[1] });
        let again = again.as_object().unwrap().clone();
        let twice = Change::Create { object: name.clone(), id: None, values: again };
        let refused = engine.submit(&platform, twice.into()).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))), "{refused:?}");
        let restore = Change::Restore { object: name, id: ids[3] };
        engine.submit(&platform, restore.into()).await.unwrap();
        assert_eq!(stored(engine, ids[3], "id_number").await, NUMBERS[3]);
        let kept = store::access::credential(engine.store().db(), someone).await.unwrap();
        assert_eq!(kept.unwrap().totp.unwrap().secret(&keys).unwrap(), b"a shared secret");
    });
}

#[test]
fn a_field_made_searchable_by_publish_is_found_after_the_job() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let values = json!({ "name": "李四", "position": "首席架构师" });
        create(engine, &platform, "person", values).await;
        assert_eq!(found(engine, &platform, None, Some("首席架构")).await, 0);
        let (texts, _) = engine.definitions(&platform).await.unwrap();
        let (path, text) = texts
            .iter()
            .find(|(path, text)| {
                path.contains("objects/person") && text.contains("[fields.position]")
            })
            .unwrap();
        let text = text.replace("[fields.position]\n", "[fields.position]\nsearch = \"text\"\n");
        engine.edit_draft(&platform, path, Some(&text), false).await.unwrap();
        let proposal = engine.propose(&platform).await.unwrap().unwrap();
        engine.publish(&platform, proposal, "search positions").await.unwrap();
        let ended = run_jobs(&bed).await;
        assert!(ended["reindex"]["records"].as_i64().unwrap() >= 1, "{ended:?}");
        assert_eq!(found(engine, &platform, None, Some("首席架构")).await, 1);
    });
}

#[test]
fn the_recycle_bin_shows_what_one_may_restore_and_is_emptied_in_time() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let ids = people(engine, &platform).await;
        let name = Name::new("person").unwrap();
        for id in &ids {
            let delete = Change::Delete { object: name.clone(), id: *id, version: None };
            engine.submit(&platform, delete.into()).await.unwrap();
        }
        let mut seen = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page = engine.bin(&platform, "person", next.as_deref(), 3).await.unwrap();
            seen.extend(page.records.iter().map(|deleted| deleted.record.id));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        seen.sort();
        assert_eq!(seen, ids);
        let unit = unit(engine, "B9").await;
        let rm = user(engine, "rm9", "relationship_manager", unit).await;
        match engine.bin(&rm, "person", None, 10).await {
            Ok(page) => assert!(page.records.is_empty(), "rows of others"),
            Err(error) => assert!(matches!(error, Error::Refused(_)), "{error:?}"),
        }

        engine.queue_empty_bin().await.unwrap();
        assert!(run_jobs(&bed).await.is_empty(), "nothing is old enough");
        let later = engine.now().checked_add(SignedDuration::from_hours(24 * 91)).unwrap();
        bed.clock.set(later);
        engine.queue_empty_bin().await.unwrap();
        engine.queue_empty_bin().await.unwrap();
        assert_eq!(run_jobs(&bed).await["empty_bin"]["purged"], json!(ids.len()));
        let page = engine.bin(&platform, "person", None, 10).await.unwrap();
        assert!(page.records.is_empty() && page.next.is_none());
        let restore = Change::Restore { object: name, id: ids[0] };
        let gone = engine.submit(&platform, restore.into()).await;
        assert!(matches!(gone, Err(Error::Refused(Refusal::Invisible))), "{gone:?}");
    });
}

#[test]
fn uploads_that_nothing_holds_go_after_a_day_and_others_stay() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let mut files = Vec::new();
        for text in ["attached", "forgotten"] {
            let mut upload = engine.upload(&platform).await.unwrap();
            upload.write(text.as_bytes()).await.unwrap();
            let blob = upload.finish(engine.now()).await.unwrap();
            files.push(engine.add_file(&platform, blob, "a.txt", "text/plain").await.unwrap());
        }
        let category = engine.catalogue().options["document_category"].items.keys().next().cloned();
        let values = json!({ "name": "合同", "category": category, "file": files[0].id });
        let document = create(engine, &platform, "document", values).await;
        engine.queue_daily().await.unwrap();
        assert_eq!(run_jobs(&bed).await["sweep_files"]["removed"], json!(0), "still young");
        bed.clock.set(engine.now().checked_add(SignedDuration::from_hours(25)).unwrap());
        engine.queue_daily().await.unwrap();
        engine.queue_daily().await.unwrap();
        assert_eq!(run_jobs(&bed).await["sweep_files"]["removed"], json!(1));
        assert!(engine.own_file(&platform, files[1].id).await.is_err());
        let reading = ("file", engine::files::Reading::default());
        engine.open_file(&platform, "document", document, reading).await.unwrap();
    });
}

#[test]
fn another_node_follows_within_a_poll() {
    bed::each(|bed| async move {
        let (one, two) = (&bed.engine, bed.twin().await);
        let platform = one.system(None, "test");
        let unit = unit(one, "B7").await;
        let rm = user(one, "rm7", "relationship_manager", unit).await;
        two.follow().await.unwrap();
        let there = two.actor(rm.user(), Origin::default()).await.unwrap();
        assert_eq!(there.rights().roles.len(), 1);

        let held = json!({ "user": rm.user(), "role": "branch_supervisor", "unit": unit });
        create(one, &platform, "assignment", held).await;
        let stale = two.actor(rm.user(), Origin::default()).await.unwrap();
        assert_eq!(stale.rights().roles.len(), 1);
        two.follow().await.unwrap();
        let fresh = two.actor(rm.user(), Origin::default()).await.unwrap();
        assert_eq!(fresh.rights().roles.len(), 2);

        let values = json!({ "active": false }).as_object().unwrap().clone();
        let object = Name::new("user").unwrap();
        let leave = Change::Update { object, id: rm.user(), version: None, values };
        one.submit(&platform, leave.into()).await.unwrap();
        two.follow().await.unwrap();
        assert!(two.actor(rm.user(), Origin::default()).await.is_err());

        let text = "label = { zh = \"甲\", en = \"A\" }\ntype = \"number\"\n\n[[values]]\nfrom = \
                    \"2000-01-01\"\nvalue = \"1\"\n";
        one.edit_draft(&platform, "core/parameters/a_b.toml", Some(text), false).await.unwrap();
        let proposal = one.propose(&platform).await.unwrap().unwrap();
        let version = one.publish(&platform, proposal, "a parameter").await.unwrap();
        assert!(two.catalogue().version < version);
        two.follow().await.unwrap();
        assert_eq!(two.catalogue().version, version);
    });
}

#[test]
fn a_record_says_what_its_reader_may_do() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let unit = unit(engine, "B6").await;
        let rm = user(engine, "rm6", "relationship_manager", unit).await;
        let values = json!({ "name": "赵六", "id_type": "resident_id", "id_number": NUMBERS[2] });
        let id = create(engine, &rm, "person", values).await;
        let (view, permitted) = engine.get_permitted(&rm, "person", id, false).await.unwrap();
        assert_eq!(view, engine.get(&rm, "person", id, false).await.unwrap());
        let has = |names: &[Name], name: &str| names.iter().any(|n| n == name);
        assert!(permitted.actions.contains(&schema::catalogue::Action::Update));
        assert!(has(&permitted.write, "remark") && !has(&permitted.write, "age"));
        assert!(has(&permitted.reveal, "id_number") && !has(&permitted.reveal, "name"));
        // What is said of each field is what an update of it meets.
        let catalogue = engine.catalogue();
        let (_, person) = catalogue.object("person").unwrap();
        for field in person.fields.values().filter(|field| field.name != "owner") {
            let mut values = serde_json::Map::new();
            values.insert(field.name.to_string(), Json::Null);
            let object = person.name.clone();
            let change = Change::Update { object, id, version: None, values };
            let refused = engine.submit(&rm, change.into()).await;
            let read_only = matches!(&refused, Err(Error::Refused(Refusal::Invalid(violations)))
                if violations.iter().any(|v| v.field == field.name.as_str()
                    && matches!(v.code.as_str(), "read_only" | "unknown_field")));
            if read_only {
                assert!(!has(&permitted.write, field.name.as_str()), "{}", field.name);
            }
        }
    });
}
