//! The ledger of measures: what writes add to it, and who reads what of it.

use std::sync::Arc;

use engine::access::LogFilter;
use engine::measures::{MeasureOf, MeasureQuery, PartsOf, Span};
use engine::{Actor, Change, Engine, Error, Refusal};
use schema::Name;
use serde_json::{Value as Json, json};
use store::measures::{BelowCorrection, Bookings, Correction, Movement, Place};
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

/// Two branches under one head, an RM in each, and a customer of each.
pub struct Bank {
    pub head: Uuid,
    pub units: [Uuid; 2],
    pub rms: [Actor; 2],
    pub people: [Uuid; 2],
}

pub async fn bank(engine: &Engine) -> Bank {
    let platform = engine.system(None, "test");
    let unit = async |code: &str, parent: Option<Uuid>| {
        let values = json!({ "code": code, "name": code, "parent": parent });
        create(engine, &platform, "org_unit", values).await
    };
    let head = unit("H", None).await;
    let units = [unit("N", Some(head)).await, unit("S", Some(head)).await];
    let rms = [
        user(engine, "rm_n", "relationship_manager", units[0]).await,
        user(engine, "rm_s", "relationship_manager", units[1]).await,
    ];
    let mut people = [Uuid::nil(); 2];
    for (at, person) in people.iter_mut().enumerate() {
        let values = json!({
            "name": format!("张明{at}"), "owner": rms[at].user(), "org_unit": units[at],
        });
        *person = create(engine, &platform, "person", values).await;
    }
    Bank { head, units, rms, people }
}

pub async fn account(engine: &Engine, person: Uuid, values: Json) -> Uuid {
    let platform = engine.system(None, "test");
    let mut all = json!({
        "name": "户", "party": { "object": "person", "id": person }, "type": "savings",
    });
    all.as_object_mut().unwrap().extend(values.as_object().unwrap().clone());
    create(engine, &platform, "financial_account", all).await
}

pub async fn change(engine: &Engine, object: &str, id: Uuid, values: Json) {
    let platform = engine.system(None, "test");
    let values = values.as_object().unwrap().clone();
    let object = Name::new(object).unwrap();
    let change = Change::Update { object, id, version: None, values };
    engine.submit(&platform, change.into()).await.unwrap();
}

/// `from value average` of each month until the business day.
pub async fn months(engine: &Engine, actor: &Actor, of: MeasureOf, from: &str) -> Vec<String> {
    asked(engine, actor, "aum", of, from).await.unwrap()
}

async fn asked(
    engine: &Engine,
    actor: &Actor,
    measure: &str,
    of: MeasureOf,
    from: &str,
) -> Result<Vec<String>, Error> {
    let query = MeasureQuery {
        measure: measure.into(),
        of,
        from: from.parse().unwrap(),
        to: "2026-03-02".parse().unwrap(),
        by: Span::Month,
        split: false,
        average: measure != "net_inflow",
    };
    let series = engine.measure(actor, &query).await?;
    let shown = series.points.iter().map(|point| match point.average {
        Some(average) => format!("{} {} {average}", point.from, point.value),
        None => format!("{} {}", point.from, point.value),
    });
    Ok(shown.collect())
}

/// Runs a check of all measures as the job does; what it found.
pub async fn check(engine: &Arc<Engine>, mend: bool) -> Json {
    let platform = engine.system(None, "test");
    let id = engine.start_measure_check(&platform, mend).await.unwrap();
    let db = engine.store().db();
    let when = (engine.now(), jiff::SignedDuration::from_secs(60));
    let claimed = store::jobs::claim(db, &["check_measures"], "test", when, 10).await.unwrap();
    let job = claimed.iter().find(|job| job.id == id).unwrap();
    let engine::access::Ran::Done(result) = engine.run_job(job, "test").await.unwrap() else {
        panic!("lost")
    };
    db.run(vec![store::jobs::finish(id, "test", None, engine.now())]).await.unwrap();
    serde_json::from_slice(&result).unwrap()
}

fn person(id: Uuid) -> MeasureOf {
    MeasureOf::Record("person".into(), id)
}

#[test]
fn a_balance_counts_from_its_day_and_a_correction_mends_its_history() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let bank = bank(engine).await;
        let rm = &bank.rms[0];
        let values = json!({ "balance": "300.00", "as_of_on": "2026-01-31" });
        let id = account(engine, bank.people[0], values).await;
        let of = || person(bank.people[0]);
        let expected =
            ["2026-01-01 300.00 9.68", "2026-02-01 300.00 300.00", "2026-03-01 300.00 300.00"];
        assert_eq!(months(engine, rm, of(), "2026-01-01").await, expected);
        change(
            engine,
            "financial_account",
            id,
            json!({ "balance": "400.00", "as_of_on": "2026-02-15" }),
        )
        .await;
        let expected =
            ["2026-01-01 300.00 9.68", "2026-02-01 400.00 350.00", "2026-03-01 400.00 400.00"];
        assert_eq!(months(engine, rm, of(), "2026-01-01").await, expected);
        change(engine, "financial_account", id, json!({ "balance": "500.00" })).await;
        assert_eq!(months(engine, rm, of(), "2026-02-01").await[0], "2026-02-01 500.00 400.00");
        for of in [
            MeasureOf::Owner(rm.user()),
            MeasureOf::Unit(bank.units[0], false),
            MeasureOf::Unit(bank.head, true),
            MeasureOf::All,
        ] {
            let platform = engine.system(None, "test");
            let expected =
                ["2026-01-01 300.00 9.68", "2026-02-01 500.00 400.00", "2026-03-01 500.00 500.00"];
            assert_eq!(months(engine, &platform, of, "2026-01-01").await, expected);
        }
    });
}

#[test]
fn late_and_corrected_transactions_mend_the_days_they_lie_on() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let bank = bank(engine).await;
        let rm = &bank.rms[0];
        let platform = engine.system(None, "test");
        let opening = json!({ "opening_balance_cny": "100.00", "opened_on": "2026-01-01" });
        let id = account(engine, bank.people[0], opening).await;
        let mut made = Vec::new();
        for (at, day, amount, direction) in [
            ("T1", "2026-02-15T02:00:00Z", "50.00", "credit"),
            ("T2", "2026-01-20T02:00:00Z", "10.00", "debit"),
        ] {
            let values = json!({
                "account": id, "external_id": at, "kind": "transfer", "direction": direction,
                "amount": amount, "occurred_at": day, "posts": true,
            });
            made.push(create(engine, &platform, "financial_transaction", values).await);
        }
        let of = || person(bank.people[0]);
        let values = |found: Vec<String>| -> Vec<String> {
            found.iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
        };
        let found = values(months(engine, rm, of(), "2026-01-01").await);
        assert_eq!(found, ["90.00", "140.00", "140.00"]);
        change(engine, "financial_transaction", made[1], json!({ "amount": "30.00" })).await;
        change(engine, "financial_transaction", made[0], json!({ "booked_on": "2026-03-01" }))
            .await;
        let found = values(months(engine, rm, of(), "2026-01-01").await);
        assert_eq!(found, ["70.00", "70.00", "120.00"]);
        let flow = asked(engine, rm, "net_inflow", of(), "2026-01-01").await.unwrap();
        assert_eq!(flow, ["2026-01-01 -30.00", "2026-02-01 0.00", "2026-03-01 50.00"]);
        change(engine, "financial_transaction", made[1], json!({ "status": "reversed" })).await;
        let object = Name::new("financial_transaction").unwrap();
        let delete = Change::Delete { object: object.clone(), id: made[0], version: None };
        engine.submit(&platform, delete.into()).await.unwrap();
        let found = values(months(engine, rm, of(), "2026-01-01").await);
        assert_eq!(found, ["100.00", "100.00", "100.00"]);
        let restore = Change::Restore { object, id: made[0] };
        engine.submit(&platform, restore.into()).await.unwrap();
        let owner = MeasureOf::Owner(rm.user());
        let found = values(months(engine, rm, owner, "2026-01-01").await);
        assert_eq!(found, ["100.00", "100.00", "150.00"]);
    });
}

#[test]
fn what_a_customer_has_goes_to_the_new_owner_on_the_day() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let bank = bank(engine).await;
        let platform = engine.system(None, "test");
        let values = json!({ "balance": "300.00", "as_of_on": "2026-01-15" });
        let id = account(engine, bank.people[0], values).await;
        account(engine, bank.people[1], json!({ "balance": "7.00", "as_of_on": "2026-01-01" }))
            .await;
        let to = json!({ "owner": bank.rms[1].user(), "org_unit": bank.units[1] });
        change(engine, "person", bank.people[0], to).await;
        let values = async |of: MeasureOf| -> Vec<String> {
            let found = months(engine, &platform, of, "2026-01-01").await;
            found.iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
        };
        let [old, new] = [bank.rms[0].user(), bank.rms[1].user()].map(MeasureOf::Owner);
        assert_eq!(values(old.clone()).await, ["300.00", "300.00", "0.00"]);
        assert_eq!(values(new.clone()).await, ["7.00", "7.00", "307.00"]);
        assert_eq!(values(MeasureOf::Unit(bank.units[1], true)).await, ["7.00", "7.00", "307.00"]);
        assert_eq!(values(MeasureOf::All).await, ["307.00", "307.00", "307.00"]);
        assert_eq!(values(person(bank.people[0])).await, ["300.00", "300.00", "300.00"]);
        // The account to another party: its history goes with it, its owner's does not.
        let party = json!({ "party": { "object": "person", "id": bank.people[1] } });
        change(engine, "financial_account", id, party).await;
        assert_eq!(values(person(bank.people[1])).await, ["307.00", "307.00", "307.00"]);
        assert_eq!(values(new).await, ["7.00", "7.00", "307.00"]);
        // Another class: the sum stays.
        change(engine, "financial_account", id, json!({ "type": "fund" })).await;
        let query = MeasureQuery {
            measure: "aum".into(),
            of: MeasureOf::All,
            from: "2026-02-01".parse().unwrap(),
            to: "2026-03-02".parse().unwrap(),
            by: Span::Day,
            split: true,
            average: false,
        };
        let series = engine.measure(&platform, &query).await.unwrap();
        let last = series.points.last().unwrap();
        let split = serde_json::to_value(&last.classes).unwrap();
        assert_eq!(split, json!({ "savings": "7.00", "fund": "300.00" }));
        assert_eq!(series.points[0].value.to_string(), "307.00");
    });
}

#[test]
fn everyone_reads_what_their_grants_reach_and_no_more() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let bank = bank(engine).await;
        for (person, unit) in bank.people.into_iter().zip(bank.units) {
            account(engine, person, json!({ "balance": "5.00", "org_unit": unit })).await;
        }
        let head = user(engine, "head", "regional_head", bank.head).await;
        let supervisor = user(engine, "sup", "branch_supervisor", bank.units[0]).await;
        let admin = user(engine, "adm", "system_admin", bank.head).await;
        let rm = &bank.rms[0];
        let ask = async |actor: &Actor, of: MeasureOf| match asked(
            engine,
            actor,
            "aum",
            of,
            "2026-03-01",
        )
        .await
        {
            Ok(found) => found[0].split(' ').nth(1).unwrap().to_owned(),
            Err(Error::Refused(refusal)) => refusal.code().to_owned(),
            Err(other) => panic!("{other}"),
        };
        let [own, other] = bank.people.map(person);
        let owner = |at: usize| MeasureOf::Owner(bank.rms[at].user());
        let unit = |at: usize| MeasureOf::Unit(bank.units[at], false);
        let all = [own, other, owner(0), owner(1), unit(0), unit(1), MeasureOf::All];
        let whole = MeasureOf::Unit(bank.head, true);
        for (actor, expected) in [
            (rm, ["5.00", "not_found", "5.00", "forbidden", "forbidden", "forbidden", "forbidden"]),
            (&supervisor, ["5.00", "not_found", "5.00", "0.00", "5.00", "forbidden", "forbidden"]),
            (&head, ["5.00", "5.00", "5.00", "5.00", "5.00", "5.00", "forbidden"]),
            (&admin, ["not_found"; 7]),
        ] {
            for (of, expected) in all.iter().zip(expected) {
                assert_eq!(ask(actor, of.clone()).await, expected, "{of:?} {:?}", actor.user());
            }
        }
        assert_eq!(ask(&head, whole.clone()).await, "10.00");
        assert_eq!(ask(&supervisor, whole).await, "forbidden");
        assert!(engine.measures(&admin).await.unwrap().is_empty());
        assert!(engine.measures(rm).await.unwrap().iter().any(|m| m.name.as_str() == "aum"));
        let day = "2026-03-02".parse().unwrap();
        let units = PartsOf::Units(bank.head);
        let parts = engine.measure_parts(&head, "aum", units, day).await.unwrap();
        let shown: Vec<_> =
            parts.parts.iter().map(|part| (part.title.as_deref(), part.value)).collect();
        assert_eq!(shown.len(), 2, "{shown:?}");
        assert!(shown.iter().all(|(title, value)| title.is_some() && value.to_string() == "5.00"));
        let owners = PartsOf::Owners(bank.head);
        let owners = engine.measure_parts(&head, "aum", owners, day).await.unwrap();
        assert_eq!(owners.parts.len(), 2);
        let refused = engine.measure_parts(rm, "aum", PartsOf::Owners(bank.units[0]), day).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Forbidden { .. }))), "{refused:?}");
    });
}

/// A movement that nothing led to.
fn wrong(bank: &Bank, measure: &str, carrier: Uuid, day: &str, delta: i64) -> Movement {
    Movement {
        measure: Name::new(measure).unwrap(),
        carrier,
        place: Place { unit: bank.units[0], owner: bank.rms[0].user() },
        class: "savings".into(),
        day: day.parse().unwrap(),
        delta,
    }
}

fn history(all: Vec<Movement>) -> Bookings {
    Bookings { histories: all, ..Bookings::default() }
}

/// An account of the first customer, with a credit of 20.00 on 10 February.
async fn account_with_a_credit(engine: &Engine, bank: &Bank) -> Uuid {
    let platform = engine.system(None, "test");
    let opening = json!({ "opening_balance_cny": "100.00", "opened_on": "2026-01-01" });
    let id = account(engine, bank.people[0], opening).await;
    let values = json!({
        "account": id, "external_id": "T1", "kind": "transfer", "direction": "credit",
        "amount": "20.00", "occurred_at": "2026-02-10T02:00:00Z", "posts": true,
    });
    create(engine, &platform, "financial_transaction", values).await;
    id
}

#[test]
fn a_damaged_ledger_is_mended_once_and_audited() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let bank = bank(engine).await;
        let platform = engine.system(None, "test");
        let id = account_with_a_credit(engine, &bank).await;
        let whole = async || months(engine, &platform, MeasureOf::All, "2026-01-01").await;
        let before =
            (whole().await, months(engine, &platform, person(bank.people[0]), "2026-01-01").await);
        let wrong = |carrier: Uuid, day: &str, delta: i64| wrong(&bank, "aum", carrier, day, delta);
        let place = |months: bool| {
            let Movement { measure, place, class, day, delta, .. } = wrong(id, "2026-02-10", -7);
            let one = Correction { measure, place, class, day, delta, months };
            Bookings { corrections: vec![one], ..Bookings::default() }
        };
        let below = BelowCorrection {
            measure: Name::new("aum").unwrap(),
            unit: bank.head,
            month: store::measures::month_of("2026-02-10".parse().unwrap()),
            class: "savings".into(),
            shard: 3,
            delta: 5,
            weighted: 50,
        };
        let below = Bookings { below: vec![below], ..Bookings::default() };
        for damage in [
            history(vec![wrong(id, "2026-02-10", 500)]),
            history(vec![wrong(id, "2026-01-01", -10_000), wrong(id, "2026-02-10", -2_000)]),
            place(false),
            place(true),
            below,
        ] {
            let write = store::Write { bookings: damage.clone(), ..store::Write::default() };
            engine.store().commit(&engine.catalogue(), write).await.unwrap();
            let told = check(engine, false).await;
            assert!(told["differences"].as_u64().unwrap() > 0, "{damage:?}: {told}");
            let mended = check(engine, true).await;
            assert_eq!(mended["mended"], true, "{mended}");
            let again = check(engine, false).await;
            assert_eq!(again["differences"], 0, "{damage:?}: {again}");
        }
        let after =
            (whole().await, months(engine, &platform, person(bank.people[0]), "2026-01-01").await);
        let value = |found: &[String]| -> Option<String> {
            Some(found.last()?.split(' ').nth(1)?.to_owned())
        };
        assert_eq!(value(&after.1), value(&before.1), "the carrier stands where it should");
        assert_eq!(value(&after.0), value(&before.0), "and so do places");
        let auditor = user(engine, "aud", "auditor", bank.head).await;
        let filter = LogFilter { kind: Some("measure_differs".into()), ..LogFilter::default() };
        let noted = engine.audit_entries(&auditor, &filter, None, 50).await.unwrap();
        assert!(noted.len() >= 7, "{}", noted.len());
    });
}

/// A flow tells its days, so its history is made whole again.
#[test]
fn a_damaged_flow_is_mended_day_by_day() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let bank = bank(engine).await;
        let platform = engine.system(None, "test");
        let id = account_with_a_credit(engine, &bank).await;
        let flow = async || {
            let of = person(bank.people[0]);
            asked(engine, &platform, "net_inflow", of, "2026-01-01").await.unwrap()
        };
        let before = flow().await;
        let one = wrong(&bank, "net_inflow", id, "2026-01-05", 900);
        let write = store::Write { bookings: history(vec![one]), ..store::Write::default() };
        engine.store().commit(&engine.catalogue(), write).await.unwrap();
        assert_ne!(flow().await, before);
        check(engine, true).await;
        assert_eq!(flow().await, before);
    });
}
