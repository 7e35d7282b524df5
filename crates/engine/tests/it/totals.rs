//! Totals over other records: whoever chooses what is added up learns nothing of what they may not
//! read.

use engine::export::{ExportFormat, ExportRequest};
use engine::{Actor, Change, Engine};
use kernel::Instant;
use schema::Name;
use schema::pack::PackFiles;
use schema::query::Query;
use serde_json::json;
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

/// A relationship manager, a colleague whose customer is shared with them, and who sees everything.
struct World {
    ann: Actor,
    boss: Actor,
    /// Holds Ann's customer, theirs and the shared one, the shared one alone.
    own: Uuid,
    mixed: Uuid,
    alone: Uuid,
    shared: Uuid,
}

const OWN: &str = "100.25";
const SHARED: &str = "23.75";

async fn world(engine: &Engine) -> World {
    let platform = engine.system(None, "test");
    let unit = create(engine, &platform, "org_unit", json!({ "code": "U", "name": "支行" })).await;
    let ann = user(engine, "ann", "relationship_manager", unit).await;
    let bob = user(engine, "bob", "relationship_manager", unit).await;
    let boss = user(engine, "boss", "risk", unit).await;
    let mut persons = Vec::new();
    for (owner, balance) in [(&ann, OWN), (&bob, SHARED)] {
        let person = json!({ "name": "张明", "owner": owner.user(), "aum": balance });
        let person = create(engine, &platform, "person", person).await;
        let party = json!({ "object": "person", "id": person });
        let account = json!({
            "name": "活期", "party": party, "type": "savings",
            "balance": balance, "balance_cny": balance,
        });
        create(engine, &platform, "financial_account", account).await;
        let off_us = json!({
            "name": "他行存款", "party": party, "side": "asset", "kind": "deposit",
            "amount": balance, "amount_cny": balance,
        });
        create(engine, &platform, "asset_liability", off_us).await;
        persons.push(person);
    }
    let (mine, shared) = (persons[0], persons[1]);
    let share = Change::Share {
        object: Name::new("person").unwrap(),
        id: shared,
        user: ann.user(),
        until: Some("2030-01-01T00:00:00Z".parse::<Instant>().unwrap()),
    };
    engine.submit(&bob, share.into()).await.unwrap();
    let mut groups = Vec::new();
    for members in [vec![mine], vec![mine, shared], vec![shared]] {
        let group = json!({ "name": "张家", "kind": "household" });
        let group = create(engine, &ann, "relationship_group", group).await;
        for person in members {
            let party = json!({ "object": "person", "id": person });
            let member = json!({ "group": group, "party": party });
            create(engine, &ann, "group_member", member).await;
        }
        groups.push(group);
    }
    World { ann, boss, own: groups[0], mixed: groups[1], alone: groups[2], shared }
}

/// Every way to ask for the groups and what lies below them, as texts.
async fn told(engine: &Engine, world: &World) -> Vec<String> {
    let mut said = Vec::new();
    for group in [world.mixed, world.alone] {
        let one = engine.get(&world.ann, "relationship_group", group, true).await.unwrap();
        said.push(json!(one).to_string());
        let page = engine.overview(&world.ann, "relationship_group", group, None).await.unwrap();
        said.push(json!(page).to_string());
    }
    let person = engine.overview(&world.ann, "person", world.shared, None).await.unwrap();
    said.push(json!(person).to_string());
    for object in ["financial_account", "asset_liability", "person"] {
        let query = Query { filter: Some("owner != me".into()), ..Query::of(object) };
        let page = engine.query(&world.ann, &query).await.unwrap();
        said.push(json!(page).to_string());
    }
    said
}

#[test]
fn a_total_tells_nothing_of_members_whose_amounts_are_masked() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let world = world(engine).await;
        let totals = ["aum", "deposit_balance", "off_us_assets"];
        let own = engine.get(&world.ann, "relationship_group", world.own, false).await.unwrap();
        let whole = engine.get(&world.boss, "relationship_group", world.mixed, false).await;
        let whole = whole.unwrap();
        for field in totals {
            assert_eq!(own.get(field), Some(json!("100.25")), "{field}");
            assert_eq!(whole.get(field), Some(json!("124")), "{field}");
        }
        for group in [world.mixed, world.alone] {
            let group = engine.get(&world.ann, "relationship_group", group, false).await.unwrap();
            let masked = totals.iter().all(|field| group.is_masked(field));
            assert!(masked, "{}", json!(group));
        }
        for text in told(engine, &world).await {
            assert!(!text.contains(SHARED) && !text.contains("\"124\""), "{text}");
        }
        asked_by_conditions(engine, &world, &totals).await;
    });
}

/// Filters, orders and sums reach only the groups whose total is shown.
async fn asked_by_conditions(engine: &Engine, world: &World, totals: &[&str]) {
    for field in totals {
        for filter in [format!("{field} > 0"), format!("{field} < 1000000")] {
            let query = Query { filter: Some(filter), ..Query::of("relationship_group") };
            let page = engine.query(&world.ann, &query).await.unwrap();
            let ids: Vec<Uuid> = page.records.unwrap().iter().map(|view| view.id).collect();
            assert_eq!(ids, [world.own], "{field}");
        }
        let sorted =
            Query { sort: vec![(*field).to_owned().into()], ..Query::of("relationship_group") };
        let page = engine.query(&world.ann, &sorted).await.unwrap();
        assert_eq!(page.records.unwrap().len(), 1, "{field}");
    }
}

#[test]
fn a_measure_of_a_group_leaves_out_what_is_masked_and_says_so() {
    use engine::measures::{MeasureOf, MeasureQuery, Span};
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let world = world(engine).await;
        let day = kernel::time::business_date(engine.now());
        for (actor, group, value, complete) in [
            (&world.ann, world.own, OWN, true),
            (&world.ann, world.mixed, OWN, false),
            (&world.ann, world.alone, "0.00", false),
            (&world.boss, world.mixed, "124.00", true),
        ] {
            let query = MeasureQuery {
                measure: "aum".into(),
                of: MeasureOf::Record("relationship_group".into(), group),
                from: day,
                to: day,
                by: Span::Day,
                split: false,
                average: false,
            };
            let series = engine.measure(actor, &query).await.unwrap();
            let told = (series.points[0].value.to_string(), series.complete);
            assert_eq!(told, (value.to_owned(), complete));
        }
    });
}

#[test]
fn a_total_is_granted_by_name_like_any_sensitive_field() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let world = world(engine).await;
        let platform = engine.system(None, "test");
        let pack = "name = \"desk\"\nversion = \"0.1.0\"\nrequires = [\"bank\"]\n\
                    label = { zh = \"柜面\", en = \"Desk\" }\n";
        let teller = "label = { zh = \"柜员\", en = \"Teller\" }\nexport_rows = 10\n\
                      [[grants]]\nobject = \"relationship_group\"\nactions = [\"read\", \"export\"]\n\
                      rows = \"all\"\ndefault = \"read\"\nfields = { aum = \"hidden\", loan_balance = \"read\" }\n";
        let desk = PackFiles::new("desk", [("pack.toml", pack), ("roles/teller.toml", teller)]);
        let proposal = engine.propose_packs(&platform, &[desk]).await.unwrap().unwrap();
        engine.publish(&platform, proposal, "desk").await.unwrap();
        let unit =
            create(engine, &platform, "org_unit", json!({ "code": "V", "name": "柜" })).await;
        let pat = user(engine, "pat", "teller", unit).await;
        let seen = engine.get(&pat, "relationship_group", world.mixed, false).await.unwrap();
        assert!(seen.is_masked("deposit_balance"), "not named: {}", json!(seen));
        assert!(seen.is_masked("loan_balance"), "no account may be read: {}", json!(seen));
        assert_eq!(seen.get("aum"), None);
        assert_eq!(seen.get("member_count"), Some(json!("2")));
        let query = Query::of("relationship_group");
        let request =
            ExportRequest { query, format: ExportFormat::Csv, purpose: "月度核对".into() };
        let mut export = engine.export(&pat, request).await.unwrap();
        let mut bytes = Vec::new();
        while let Some(part) = export.parts.recv().await {
            bytes.extend(part.unwrap());
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("张家") && !text.contains("124"), "{text}");
    });
}
