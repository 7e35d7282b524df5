//! Demo data on a real database.

use std::collections::BTreeSet;

use engine::demo::{Demo, DemoPlan, Made, Samples, demo, quality};
use engine::{Actor, Engine, Error, Origin};
use schema::matching::Level;
use schema::query::{CountMode, Query};
use serde_json::{Value as Json, json};
use store::outbox;
use uuid::Uuid;

use crate::samples::{create, user};
use crate::upkeep::run_jobs;
use crate::{bed, measures, merges};

fn plan() -> DemoPlan {
    let mut plan = DemoPlan::read(&bed::packs().files).unwrap();
    plan.set("transactions_per_account", 4).unwrap();
    plan.set("snapshot_months", 1).unwrap();
    plan
}

#[test]
fn a_demo_fills_an_empty_institution_once() {
    bed::each(|bed| async move {
        let mut steps = 0;
        let report = demo(&bed.engine, &plan(), 200, 7, |_| steps += 1).await;
        let report = report.unwrap_or_else(|error| panic!("{error:?}"));
        let rows =
            |step: &str| report.steps.iter().find(|(name, ..)| name.as_str() == step).unwrap().2;
        assert_eq!((rows("persons"), rows("companies")), (192, 8));
        assert!(steps >= report.steps.len());

        let count = async |login: &str, object: &str| {
            let login = report.logins.iter().find(|user| user.login == login).unwrap();
            let actor = bed.engine.actor(login.user, Origin::default()).await.unwrap();
            let query = Query { count: CountMode::Exact, ..Query::of(object) };
            let page = bed.engine.query(&actor, &query).await.unwrap();
            page.count.map_or(0, |count| count.rows)
        };
        let own = count("rm001", "person").await;
        let branch = count("sup001", "person").await;
        let region = count("head001", "person").await;
        assert!(
            0 < own && own < branch && branch < region && region < 192,
            "{own} {branch} {region}"
        );

        // Only what a rule reads waits for a reaction, not everything that was made.
        let (db, lease) = (bed.engine.store().db(), jiff::SignedDuration::from_secs(60));
        let now = bed.engine.now();
        let waiting = outbox::take(db, "test", now, lease, 100_000).await.unwrap();
        let of = |object: &str| waiting.iter().filter(|event| &*event.object == object).count();
        assert!(of("tag") > 0, "rules of tags are kept");
        assert_eq!((of("aum_snapshot"), of("product")), (0, 0));

        let again = demo(&bed.engine, &plan(), 200, 8, |_| {}).await;
        refused(again, "samples_present");
    });
}

#[test]
fn planted_duplicates_are_found_and_little_else() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let (plan, customers) = (plan(), 1_200);
        demo(engine, &plan, customers, 7, |_| {}).await.unwrap();
        let made = Demo::new(&plan, engine.catalogue(), customers, 7, engine.now()).unwrap();
        let planted = made.planted().unwrap();
        let kinds: BTreeSet<&str> = planted.iter().map(|one| one.kind.as_str()).collect();
        let every = [
            "same_name_and_head",
            "same_name_birth_mobile",
            "same_name_birth_region",
            "same_name_mobile",
            "same_phone",
            "sounds_alike",
        ];
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), every);
        let platform = engine.system(None, "test");
        let objects: BTreeSet<&str> = planted.iter().map(|one| one.object.as_str()).collect();
        for object in objects {
            merges::walk(engine, &platform, object).await;
        }
        let found = quality(engine, &platform, &planted).await.unwrap();
        assert!(found.recall() >= 980, "{found:?}");
        assert!(found.precision(Level::Likely) >= 950, "{found:?}");
    });
}

/// Sizes come from the environment: `JINYAO_DEMO_CUSTOMERS=100000` and, for settings of the plan,
/// `JINYAO_DEMO_SET=transactions_per_account=2,snapshot_months=1`.
#[test]
#[ignore = "measures; run alone in release"]
#[allow(clippy::disallowed_methods, clippy::print_stdout)]
fn rows_a_second() {
    let customers = std::env::var("JINYAO_DEMO_CUSTOMERS").map_or(10_000, |n| n.parse().unwrap());
    bed::each(|bed| async move {
        let mut plan = DemoPlan::read(&bed::packs().files).unwrap();
        let settings = std::env::var("JINYAO_DEMO_SET").unwrap_or_default();
        for (name, value) in settings.split(',').filter_map(|one| one.split_once('=')) {
            plan.set(name, value.parse().unwrap()).unwrap();
        }
        let start = std::time::Instant::now();
        let (catalogue, now) = (bed.engine.catalogue(), bed.engine.now());
        let alone = Demo::new(&plan, catalogue, customers, 7, now).unwrap();
        let mut rows = 0;
        alone
            .make(500, &mut |made| {
                if let Made::Rows(made) = made {
                    rows += made.len() as u128;
                }
                true
            })
            .unwrap();
        let took = start.elapsed().as_millis().max(1);
        println!("generator alone: {rows} rows in {took} ms, {} rows/s", rows * 1000 / took);
        let start = std::time::Instant::now();
        let mut step = (String::new(), start, 0_u64);
        let report = demo(&bed.engine, &plan, customers, 7, |progress| {
            if step.0 != progress.step.as_str() {
                let took = step.1.elapsed().as_millis().max(1);
                println!(
                    "{}: {} rows in {took} ms, {} rows/s",
                    step.0,
                    step.2,
                    u128::from(step.2) * 1000 / took
                );
                step = (progress.step.to_string(), std::time::Instant::now(), 0);
            }
            step.2 = progress.rows;
        });
        let report = report.await.unwrap();
        let rows: u64 = report.steps.iter().map(|(_, _, rows)| rows).sum();
        let took = start.elapsed().as_millis().max(1);
        println!("all: {rows} rows in {took} ms, {} rows/s", u128::from(rows) * 1000 / took);
    });
}

/// How many records of an object there are.
async fn count(engine: &Engine, object: &str) -> u64 {
    let platform = engine.system(None, "test");
    let query = Query { count: CountMode::Exact, ..Query::of(object) };
    engine.query(&platform, &query).await.unwrap().count.map_or(0, |count| count.rows)
}

async fn first(engine: &Engine, object: &str) -> Uuid {
    let platform = engine.system(None, "test");
    let page = engine.query(&platform, &Query { limit: 1, ..Query::of(object) }).await.unwrap();
    page.records.unwrap()[0].id
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Error>, code: &str) {
    let Err(Error::Refused(refusal)) = answer else { panic!("{answer:?}") };
    assert_eq!(refusal.code(), code);
}

/// A unit of one's own, and who looks after the platform there.
async fn keeper(engine: &Engine) -> (Uuid, Actor) {
    let platform = engine.system(None, "test");
    let unit = create(engine, &platform, "org_unit", json!({ "code": "R1", "name": "真" })).await;
    (unit, user(engine, "adm", "system_admin", unit).await)
}

async fn switch(engine: &Engine, actor: &Actor) -> Samples {
    engine.samples(actor).await.unwrap()
}

#[test]
fn sample_data_is_loaded_and_taken_out_with_what_hangs_on_it_and_nothing_else() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let (unit, admin) = keeper(engine).await;
        let rm = user(engine, "zhang", "relationship_manager", unit).await;
        refused(engine.samples(&rm).await, "forbidden");
        refused(engine.start_load_samples(&rm, 40).await, "forbidden");
        refused(engine.start_remove_samples(&rm).await, "forbidden");
        refused(engine.start_remove_samples(&admin).await, "no_samples");
        refused(engine.start_load_samples(&admin, 10_001).await, "invalid");
        assert!(switch(engine, &admin).await.loadable);

        let job = engine.start_load_samples(&admin, 40).await.unwrap();
        let there = Samples { customers: Some(40), loadable: false, job: Some(job) };
        assert_eq!(switch(engine, &admin).await, there);
        refused(engine.start_load_samples(&admin, 40).await, "samples_present");
        refused(engine.start_remove_samples(&admin).await, "samples_present");
        let told = &run_jobs(&bed).await["load_samples"];
        assert_eq!(told["records"]["person"], json!(count(engine, "person").await), "{told}");
        // Begun again, as after a crash, it makes nothing twice.
        let people = count(engine, "person").await;
        let again = store::jobs::get(engine.store().db(), job).await.unwrap().unwrap();
        engine.run_job(&again, "test").await.unwrap();
        assert_eq!(count(engine, "person").await, people);
        let login = Query { filter: Some("login = 'rm001'".into()), ..Query::of("user") };
        let page = engine.query(&platform, &login).await.unwrap();
        let sample_rm = page.records.unwrap()[0].id;
        let account = engine.account(sample_rm).await.unwrap().unwrap();
        assert!(account.credential.is_none(), "nobody has a password yet");

        let sample = first(engine, "person").await;
        let visit = json!({ "subject": "练习", "channel": "phone",
            "party": { "object": "person", "id": sample }, "started_at": "2026-03-02T01:00:00Z" });
        create(engine, &platform, "interaction", visit).await;
        let home = json!({ "name": "真家", "kind": "household",
            "primary_member": { "object": "person", "id": sample } });
        let home = create(engine, &platform, "relationship_group", home).await;
        let (users, units) = (count(engine, "user").await, count(engine, "org_unit").await);

        engine.start_remove_samples(&admin).await.unwrap();
        let told = &run_jobs(&bed).await["remove_samples"];
        assert!(told["records"]["financial_transaction"].as_u64().unwrap() > 40, "{told}");
        let kept = engine.get(&platform, "relationship_group", home, false).await.unwrap();
        assert_eq!(kept.get("primary_member"), Some(Json::Null));
        for object in business(engine) {
            let expected = u64::from(object == "relationship_group");
            assert_eq!(count(engine, &object).await, expected, "{object}");
        }
        assert_eq!((count(engine, "user").await, count(engine, "org_unit").await), (users, units));
        assert_eq!(measures::check(engine, false).await["differences"], 0);
        let not_empty = Samples { customers: None, loadable: false, job: None };
        assert_eq!(switch(engine, &admin).await, not_empty);

        refused(engine.start_load_samples(&admin, 20).await, "demo_not_empty");
        let object = schema::Name::new("relationship_group").unwrap();
        let delete = engine::Change::Delete { object, id: home, version: None };
        engine.submit(&platform, delete.into()).await.unwrap();
        engine.start_load_samples(&admin, 20).await.unwrap();
        run_jobs(&bed).await;
        assert_eq!((count(engine, "user").await, count(engine, "org_unit").await), (users, units));
        assert!(count(engine, "person").await > 10);
    });
}

#[test]
fn a_sample_that_ones_own_record_needs_is_kept_until_it_does_no_more() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let (_, admin) = keeper(engine).await;
        engine.start_load_samples(&admin, 20).await.unwrap();
        run_jobs(&bed).await;
        let (holding, own) = own_holding(engine, &admin, first(engine, "product").await).await;
        engine.start_remove_samples(&admin).await.unwrap();
        let told = &run_jobs(&bed).await["remove_samples"];
        assert_eq!(told["kept"], json!({ "product": 1 }), "{told}");
        engine.get(&platform, "holding", holding, false).await.unwrap();
        assert_eq!((count(engine, "person").await, count(engine, "product").await), (1, 1));
        assert_eq!(switch(engine, &admin).await.customers, Some(20), "some are left");
        for (object, id) in own {
            let object = schema::Name::new(object).unwrap();
            let delete = engine::Change::Delete { object, id, version: None };
            engine.submit(&platform, delete.into()).await.unwrap();
        }
        engine.start_remove_samples(&admin).await.unwrap();
        let left = &run_jobs(&bed).await["remove_samples"];
        assert_eq!((&left["records"], &left["kept"]), (&json!({ "product": 1 }), &json!({})));
        assert_eq!(switch(engine, &admin).await.customers, None);
    });
}

/// A customer of one's own who holds a product: the holding, and all that was made, the last first.
async fn own_holding(
    engine: &Engine,
    owner: &Actor,
    product: Uuid,
) -> (Uuid, Vec<(&'static str, Uuid)>) {
    let platform = engine.system(None, "test");
    let owned = json!({ "name": "真实客户", "owner": owner.user() });
    let person = create(engine, &platform, "person", owned).await;
    let account = measures::account(engine, person, json!({ "type": "wealth" })).await;
    let lot = json!({ "account": account, "product": product, "units": "1" });
    let holding = create(engine, &platform, "holding", lot).await;
    (holding, vec![("holding", holding), ("financial_account", account), ("person", person)])
}

/// Objects of the business: not what the platform itself is made of.
fn business(engine: &Engine) -> Vec<String> {
    let catalogue = engine.catalogue();
    let of = catalogue.objects.values().filter(|object| object.system.is_none());
    of.map(|object| object.name.to_string()).collect()
}
