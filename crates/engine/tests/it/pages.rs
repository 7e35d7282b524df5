//! A record's page: what it shows, what it says, and what it keeps to itself.

use engine::graph::GraphQuery;
use engine::measures::{MeasureOf, MeasureQuery, Span};
use engine::{Actor, Engine, Error, Overview, Refusal};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

async fn unit(engine: &Engine) -> Uuid {
    let platform = engine.system(None, "test");
    create(engine, &platform, "org_unit", json!({ "code": "Z1", "name": "支行" })).await
}

async fn page(engine: &Engine, actor: &Actor, object: &str, id: Uuid) -> Overview {
    engine.overview(actor, object, id, None).await.unwrap()
}

fn list<'p>(page: &'p Overview, from: &str) -> Option<&'p engine::RelatedRecords> {
    page.sections.iter().flat_map(|section| &section.lists).find(|list| list.from == from)
}

fn codes(page: &Overview) -> Vec<&str> {
    page.warnings.iter().chain(&page.suggestions).map(|hint| hint.code.as_str()).collect()
}

/// A customer of `owner`, with the platform's help for what a manager may not set.
async fn customer(engine: &Engine, owner: &Actor, unit: Uuid, more: Json) -> Uuid {
    let platform = engine.system(None, "test");
    let mut values = json!({ "name": "王一", "owner": owner.user(), "org_unit": unit });
    let more = more.as_object().unwrap().clone();
    values.as_object_mut().unwrap().extend(more);
    create(engine, &platform, "person", values).await
}

fn party(id: Uuid) -> Json {
    json!({ "object": "person", "id": id })
}

#[test]
fn one_request_answers_the_whole_page() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let unit = unit(engine).await;
        let rm = user(engine, "rm", "relationship_manager", unit).await;
        let platform = engine.system(None, "test");
        let more = json!({ "risk_level": "C3", "risk_expires_on": "2026-01-31",
            "birth_on": "1980-03-05", "mobile": "13800138000", "aum": "1200000.00" });
        let id = customer(engine, &rm, unit, more).await;
        for at in 0..7 {
            let values = json!({ "subject": format!("第{at}件"), "party": party(id),
                "due_on": format!("2026-04-{:02}", at + 1), "owner": rm.user(), "org_unit": unit });
            create(engine, &platform, "task", values).await;
        }
        let account = json!({ "name": "活期", "party": party(id), "type": "savings",
            "balance": "500.00", "balance_cny": "500.00", "owner": rm.user(), "org_unit": unit });
        let account = create(engine, &platform, "financial_account", account).await;
        let product = json!({ "code": "P1", "name": "稳健一号", "category": "wealth",
            "asset_class": "fixed_income", "issuer": "本行", "status": "draft" });
        let product = create(engine, &platform, "product", product).await;
        let holding = json!({ "account": account, "product": product, "units": "10",
            "market_value": "2000.00", "market_value_cny": "2000.00" });
        create(engine, &platform, "holding", holding).await;
        let page = page(engine, &rm, "person", id).await;
        assert_eq!(page.layout.as_ref().unwrap().name.as_str(), "person_360");
        assert_eq!(page.title, Some(json!("王一")));
        assert_eq!(page.record.get("mobile").unwrap(), "13800138000");
        assert!(page.access.write.iter().any(|field| field.as_str() == "mobile"));
        let tasks = list(&page, "task.party").unwrap();
        assert_eq!((tasks.records.len(), tasks.count.rows, tasks.count.more), (5, 7, false));
        assert_eq!(tasks.records[0].get("subject").unwrap(), "第0件");
        assert_eq!(tasks.records[0].title("owner"), Some("rm"));
        let holdings = list(&page, "holding.account.party").unwrap();
        assert_eq!(holdings.records[0].title("product"), Some("稳健一号"));
        assert!(holdings.filter.is_none() && tasks.filter.is_some());
        let measures: Vec<_> = page.sections.iter().flat_map(|section| &section.measures).collect();
        let classes = measures.iter().find(|m| m.name.as_str() == "assets_by_class").unwrap();
        let group = &classes.groups.as_ref().unwrap()[0];
        assert_eq!(group.keys["product.asset_class"], "fixed_income");
        assert_eq!(group.measures["value"], "2000");
        assert_eq!(classes.currency.as_deref(), Some("CNY"));
        assert_eq!(codes(&page), ["risk_expired", "service_consent_missing", "birthday"]);
        assert!(page.warnings[0].message.contains("2026-01-31"), "{:?}", page.warnings[0]);
        let offer = page.warnings[0].offer.as_ref().unwrap();
        assert_eq!(offer.values["party"], party(id));
        let all = tasks.filter.clone();
        let query = schema::query::Query { filter: all, ..schema::query::Query::of("task") };
        assert_eq!(engine.query(&rm, &query).await.unwrap().records.unwrap().len(), 7);
    });
}

#[test]
fn a_page_draws_what_lies_around_the_record_and_what_it_has_over_time() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let unit = unit(engine).await;
        let rm = user(engine, "rm", "relationship_manager", unit).await;
        let other = user(engine, "other", "relationship_manager", unit).await;
        let platform = engine.system(None, "test");
        let id = customer(engine, &rm, unit, json!({})).await;
        let drawn = |page: &Overview| {
            let graph = page.sections.iter().find_map(|section| section.graph.clone());
            let trend = page.sections.iter().find_map(|section| section.trend.clone());
            (graph, trend)
        };
        let (graph, trend) = drawn(&page(engine, &rm, "person", id).await);
        let (graph, trend) = (graph.unwrap(), trend.unwrap());
        assert_eq!((graph.nodes.len(), graph.edges.len(), graph.truncated), (1, 0, false));
        assert_eq!(trend.series.points.len(), 12);
        assert!(trend.series.points.iter().all(|point| point.value == kernel::Decimal::ZERO));

        let wife = customer(engine, &rm, unit, json!({ "name": "李二" })).await;
        let far = customer(engine, &other, unit, json!({ "name": "赵三" })).await;
        for (from, kind, to) in [(id, "spouse", wife), (wife, "friend", far)] {
            let tie = json!({ "from_party": party(from), "to_party": party(to), "type": kind,
                "owner": rm.user(), "org_unit": unit });
            create(engine, &platform, "party_relationship", tie).await;
        }
        let account = json!({ "name": "活期", "party": party(id), "type": "savings",
            "opening_balance_cny": "500.00",
            "opened_on": "2026-01-10", "owner": rm.user(), "org_unit": unit });
        create(engine, &platform, "financial_account", account).await;
        let own = page(engine, &rm, "person", id).await;
        let (graph, trend) = drawn(&own);
        let (graph, trend) = (graph.unwrap(), trend.unwrap());
        let titles: Vec<_> = graph.nodes.iter().map(|n| (n.depth, n.title.as_deref())).collect();
        assert_eq!(titles, [(0, Some("王一")), (1, Some("李二")), (2, None)]);
        let query = GraphQuery { depth: 2, limit: 30, ..GraphQuery::default() };
        let asked = engine.neighbourhood(&rm, ("person", id), &query).await.unwrap();
        assert_eq!(graph, asked, "the page says what the graph's own request says");
        assert_eq!(trend.measures[0].name.as_str(), "aum");
        assert_eq!(trend.series.points.last().unwrap().value, kernel::Decimal::from(500));
        let query = MeasureQuery {
            measure: "aum".into(),
            of: MeasureOf::Record("person".into(), id),
            from: trend.series.points[0].from,
            to: trend.series.points[11].to,
            by: Span::Month,
            split: false,
            average: false,
        };
        assert_eq!(trend.series, engine.measure(&rm, &query).await.unwrap());

        let ops = user(engine, "ops", "operations", unit).await;
        let seen = page(engine, &ops, "person", id).await;
        let (_, trend) = drawn(&seen);
        let told = engine.measures(&ops).await.unwrap();
        assert_eq!(trend.is_some(), told.iter().any(|measure| measure.name.as_str() == "aum"));
    });
}

#[test]
fn a_page_is_as_silent_as_any_read() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let unit = unit(engine).await;
        let rm = user(engine, "rm", "relationship_manager", unit).await;
        let other = user(engine, "other", "relationship_manager", unit).await;
        let risk = user(engine, "risk", "risk", unit).await;
        let more = json!({ "mobile": "13800138000", "id_expires_on": "2026-01-01" });
        let id = customer(engine, &rm, unit, more).await;
        let stranger = engine.overview(&other, "person", id, Some("person_360")).await;
        assert!(matches!(stranger, Err(Error::Refused(Refusal::Invisible))), "{stranger:?}");
        let nothing = engine.overview(&rm, "person", Uuid::nil(), None).await;
        assert!(matches!(nothing, Err(Error::Refused(Refusal::Invisible))));
        let unknown = engine.overview(&rm, "person", id, Some("task_page")).await;
        assert!(matches!(unknown, Err(Error::Refused(Refusal::Invalid(_)))), "{unknown:?}");
        let platform = engine.system(None, "test");
        let profile = json!({ "party": party(id), "aml_grade": "high", "cdd_level": "enhanced",
            "next_review_on": "2026-01-01" });
        create(engine, &platform, "party_profile", profile).await;
        let own = page(engine, &rm, "person", id).await;
        assert!(codes(&own).contains(&"review_overdue") && codes(&own).contains(&"id_expired"));
        let text = serde_json::to_string(&own).unwrap();
        assert!(!text.contains("aml_grade"), "hidden from sales, in lists too: {text}");
        let seen = page(engine, &risk, "person", id).await;
        assert!(seen.record.is_masked("mobile"));
        let profile = list(&seen, "party_profile.party").unwrap();
        assert_eq!(profile.records[0].get("aml_grade").unwrap(), "high");
    });
}

#[test]
fn the_arrangement_follows_request_then_role_then_default() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let text = |more: &str| {
            format!(
                "object = \"tag\"\nlabel = {{ zh = \"签\", en = \"T\" }}\nsections = []\n{more}"
            )
        };
        let pack = "name = \"own\"\nversion = \"0.1.0\"\nrequires = [\"core\"]\n\
                    label = { zh = \"本行\", en = \"Own\" }\n";
        let files = vec![
            ("pack.toml".to_owned(), pack.to_owned()),
            ("layouts/tag_a.toml".to_owned(), text("default = true\n")),
            ("layouts/tag_b.toml".to_owned(), text("roles = [\"relationship_manager\"]\n")),
            ("layouts/tag_c.toml".to_owned(), text("")),
        ];
        let packs = [schema::pack::PackFiles::new("own", files)];
        let proposal = engine.propose_packs(&platform, &packs).await.unwrap().unwrap();
        engine.publish(&platform, proposal, "layouts").await.unwrap();
        let unit = unit(engine).await;
        let rm = user(engine, "rm", "relationship_manager", unit).await;
        let tag = json!({ "code": "T1", "name": "高净值", "category": "value" });
        let id = create(engine, &platform, "tag", tag).await;
        let name = |page: Overview| page.layout.unwrap().name.to_string();
        assert_eq!(name(page(engine, &rm, "tag", id).await), "tag_b");
        assert_eq!(name(page(engine, &platform, "tag", id).await), "tag_a");
        let asked = engine.overview(&rm, "tag", id, Some("tag_page")).await.unwrap();
        assert_eq!(asked.layouts.len(), 4);
        assert_eq!(name(asked), "tag_page");
        let barred = engine.overview(&platform, "tag", id, Some("tag_b")).await;
        assert!(matches!(barred, Err(Error::Refused(Refusal::Invalid(_)))));
    });
}
