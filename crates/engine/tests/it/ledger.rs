//! Whatever is written, the ledger of measures is what the records add up to.

use engine::measures::{MeasureOf, MeasureQuery, Span};
use engine::{Change, Engine};
use schema::Name;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::bed;
use crate::measures::{Bank, bank, check};
use crate::simulation::Dice;

/// A stranger to every rule: does things that may be refused.
#[allow(clippy::too_many_lines, reason = "one story, told in order")]
async fn something(engine: &Engine, bank: &Bank, dice: &mut Dice, made: &mut [Vec<Uuid>; 3]) {
    let platform = engine.system(None, "test");
    let amount = format!("{}.{:02}", dice.roll(1000), dice.roll(100));
    let day = format!("2026-0{}-{:02}", dice.roll(2) + 1, dice.roll(28) + 1);
    let at = dice.roll(2);
    let party = json!({ "object": "person", "id": bank.people[at] });
    let names = ["financial_account", "financial_transaction", "asset_liability"];
    let which = dice.roll(3);
    let pick = |dice: &mut Dice, all: &[Uuid]| (!all.is_empty()).then(|| all[dice.roll(all.len())]);
    let new = match which {
        0 if dice.roll(2) == 0 => json!({ "name": "户", "party": party, "type": "savings",
            "balance": amount, "as_of_on": day }),
        0 => json!({ "name": "户", "party": party, "type": "fund",
            "opening_balance_cny": amount, "opened_on": day }),
        1 => {
            json!({ "account": pick(dice, &made[0]), "external_id": format!("T{}", dice.roll(1_000_000)),
            "kind": "transfer", "direction": (["credit", "debit"][at]), "amount": amount,
            "occurred_at": format!("{day}T02:00:00Z"), "posts": true })
        }
        _ => json!({ "name": "外", "party": party, "side": "asset", "kind": "fund",
            "amount": amount, "as_of_on": day }),
    };
    let other = match which {
        0 => [
            json!({ "balance": amount }),
            json!({ "party": party }),
            json!({ "type": "wealth" }),
            json!({ "status": "dormant", "as_of_on": day }),
        ][dice.roll(4)]
        .clone(),
        1 => [
            json!({ "amount": amount }),
            json!({ "account": pick(dice, &made[0]) }),
            json!({ "status": "reversed" }),
            json!({ "posts": false }),
        ][dice.roll(4)]
        .clone(),
        _ => [
            json!({ "amount": amount }),
            json!({ "party": party }),
            json!({ "kind": "deposit" }),
            json!({ "as_of_on": day }),
        ][dice.roll(4)]
        .clone(),
    };
    let object = Name::new(names[which]).unwrap();
    let record = pick(dice, &made[which]);
    let change = match (dice.roll(8), record) {
        (0..=2, _) | (_, None) => {
            Change::Create { object, id: None, values: new.as_object().unwrap().clone() }
        }
        (3..=4, Some(id)) => {
            Change::Update { object, id, version: None, values: other.as_object().unwrap().clone() }
        }
        (5, Some(id)) => Change::Delete { object, id, version: None },
        (6, Some(id)) => Change::Restore { object, id },
        _ => {
            let to = json!({ "owner": bank.rms[dice.roll(2)].user(),
                "org_unit": bank.units[dice.roll(2)] });
            let values = to.as_object().unwrap().clone();
            let object = Name::new("person").unwrap();
            Change::Update { object, id: bank.people[at], version: None, values }
        }
    };
    let created = matches!(change, Change::Create { .. });
    if let Ok(done) = engine.submit(&platform, change.into()).await
        && created
    {
        made[which].push(done.id);
    }
}

#[test]
fn whatever_is_written_the_ledger_is_what_the_records_add_up_to() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let bank = bank(engine).await;
        let mut dice = Dice(11);
        let mut made = [Vec::new(), Vec::new(), Vec::new()];
        let mut rearrangements = 0;
        for round in 0..6 {
            for turn in 0..40 {
                something(engine, &bank, &mut dice, &mut made).await;
                if turn % 8 == 0 && rearranged(engine, &bank, &mut dice).await {
                    rearrangements += 1;
                }
            }
            bed.clock.advance(jiff::SignedDuration::from_hours(24 * (round % 3)));
            let found = check(engine, false).await;
            assert_eq!(found["differences"], 0, "round {round}: {found}");
            assert!(found["carriers"].as_u64().unwrap() > 0 && found["units"] != 0);
            sums_agree(engine, &bank, round).await;
        }
        assert!(rearrangements > 8, "{rearrangements}");
        made_anew(engine).await;
        let found = check(engine, false).await;
        assert_eq!(found["differences"], 0, "after an upgrade: {found}");
    });
}

/// Forgets the sums of units with all below them, and fills them as an upgrade does.
async fn made_anew(engine: &Engine) {
    let db = engine.store().db();
    let text = include_str!("../../../store/migrations/0014_measures_below_filled.sql");
    let mark = match db.dialect() {
        store::db::Dialect::Sqlite => "{sqlite}",
        store::db::Dialect::Postgres => "{postgres}",
    };
    let fill = text.split(';').find_map(|part| part.split_once(mark)).unwrap().1;
    db.run(vec![
        store::Step::new("DELETE FROM jy_measure_below", Vec::new()),
        store::Step::new(fill, Vec::new()),
    ])
    .await
    .unwrap();
}

/// A unit that comes under another, or goes and comes back; whether it did.
async fn rearranged(engine: &Engine, bank: &Bank, dice: &mut Dice) -> bool {
    let platform = engine.system(None, "test");
    let object = Name::new("org_unit").unwrap();
    let (id, other) = match dice.roll(2) {
        0 => (bank.units[0], bank.units[1]),
        _ => (bank.units[1], bank.units[0]),
    };
    let parent = [json!(bank.head), json!(other), Json::Null][dice.roll(3)].clone();
    let values = json!({ "parent": parent }).as_object().unwrap().clone();
    let change = match dice.roll(4) {
        0 => Change::Delete { object, id, version: None },
        1 => Change::Restore { object, id },
        _ => Change::Update { object, id, version: None, values },
    };
    // A unit cannot come under one that lies below it, nor come back without having gone.
    engine.submit(&platform, change.into()).await.is_ok()
}

async fn below(engine: &Engine, unit: Uuid) -> Vec<Uuid> {
    let sql = "SELECT descendant FROM jy_org_closure WHERE ancestor = $1";
    let rows = engine.store().db().read(sql, &[unit.into()]).await.unwrap();
    rows.iter().map(|row| row[0].uuid().unwrap()).collect()
}

/// What lies at units adds up to what is said of them with all below them, and of everything.
async fn sums_agree(engine: &Engine, bank: &Bank, round: i64) {
    let platform = engine.system(None, "test");
    let amount = async |of: MeasureOf| -> Vec<kernel::Decimal> {
        let query = MeasureQuery {
            measure: "aum".into(),
            of,
            from: "2025-12-01".parse().unwrap(),
            to: "2026-02-20".parse().unwrap(),
            by: Span::Month,
            split: false,
            average: true,
        };
        let points = engine.measure(&platform, &query).await.unwrap().points;
        points.iter().flat_map(|point| [point.value, point.average.unwrap()]).collect()
    };
    let alone = [bank.head, bank.units[0], bank.units[1]];
    let mut places = Vec::new();
    for unit in &alone {
        places.push(amount(MeasureOf::Unit(*unit, false)).await);
    }
    for (at, unit) in alone.iter().enumerate() {
        let below = below(engine, *unit).await;
        if below.is_empty() {
            continue;
        }
        let parts = alone.iter().zip(&places).filter(|(unit, _)| below.contains(unit));
        let told = amount(MeasureOf::Unit(*unit, true)).await;
        for (span, told) in told.iter().enumerate() {
            let sum: kernel::Decimal = parts.clone().map(|(_, place)| place[span]).sum();
            // Averages are rounded one by one.
            assert!((*told - sum).abs() <= kernel::Decimal::new(2, 2), "{round} {at} {span}");
        }
    }
}
