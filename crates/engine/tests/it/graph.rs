//! The graph of edges, on both databases: what lies near, ways, owners, circles, groups.

use engine::graph::{FAN, GraphQuery};
use engine::{Actor, Engine, Error, Refusal};
use kernel::Instant;
use schema::Value;
use serde_json::{Value as Json, json};
use store::Write;
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

/// People and companies by a letter or two, and what joins them.
struct World<'a> {
    engine: &'a Engine,
    actor: Actor,
    spots: Vec<(String, (&'static str, Uuid))>,
}

impl<'a> World<'a> {
    fn new(engine: &'a Engine) -> World<'a> {
        World { engine, actor: engine.system(None, "test"), spots: Vec::new() }
    }

    /// Names in capitals are companies.
    async fn spot(&mut self, name: &str) -> (&'static str, Uuid) {
        if let Some((_, spot)) = self.spots.iter().find(|(known, _)| known == name) {
            return *spot;
        }
        let company = name.chars().all(|c| c.is_ascii_uppercase());
        let object = if company { "organization" } else { "person" };
        let id = create(self.engine, &self.actor, object, json!({ "name": name })).await;
        self.spots.push((name.to_owned(), (object, id)));
        (object, id)
    }

    async fn tie(&mut self, from: &str, kind: &str, to: &str, more: Json) -> Uuid {
        let values = self.values(from, kind, to, more).await;
        create(self.engine, &self.actor, "party_relationship", values).await
    }

    async fn values(&mut self, from: &str, kind: &str, to: &str, more: Json) -> Json {
        let (from_object, from) = self.spot(from).await;
        let (to_object, to) = self.spot(to).await;
        let mut values = json!({
            "from_party": { "object": from_object, "id": from },
            "to_party": { "object": to_object, "id": to },
            "type": kind,
        });
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        values
    }

    async fn share(&mut self, from: &str, to: &str, share: &str) -> Uuid {
        self.tie(from, "shareholder", to, json!({ "share": share })).await
    }

    fn name(&self, id: Uuid) -> &str {
        let known = self.spots.iter().find(|(_, (_, known))| *known == id);
        known.map_or("?", |(name, _)| name)
    }
}

fn query(depth: u8) -> GraphQuery {
    GraphQuery { depth, ..GraphQuery::default() }
}

#[test]
fn what_lies_near_is_found_by_distance_on_a_day() {
    bed::each(|bed| async move {
        let mut world = World::new(&bed.engine);
        world.tie("a", "spouse", "b", json!({})).await;
        world.tie("b", "legal_representative", "X", json!({})).await;
        world.tie("X", "guarantor", "Y", json!({ "end_on": "2026-03-01" })).await;
        world
            .tie("c", "shareholder", "X", json!({ "share": "0.5", "start_on": "2026-03-02" }))
            .await;
        let start = world.spot("a").await;
        let actor = world.actor.clone();
        let check = async |query: GraphQuery, expected: &[&str]| {
            let near = world.engine.neighbourhood(&actor, start, &query).await.unwrap();
            let nodes = near.nodes.iter().map(|n| format!("{}{}", world.name(n.id), n.depth));
            let mut nodes: Vec<String> = nodes.collect();
            nodes.sort();
            assert_eq!(nodes, expected, "{query:?}");
            assert!(near.nodes.iter().all(|n| n.title.as_deref() == Some(world.name(n.id))));
            near
        };
        check(query(1), &["a0", "b1"]).await;
        check(query(2), &["X2", "a0", "b1"]).await;
        let all = check(query(6), &["X2", "a0", "b1", "c3"]).await;
        assert!(!all.truncated && all.groups.is_empty());
        assert_eq!(all.edges.len(), 3);
        let share = all.edges.iter().find(|edge| edge.kind == "shareholder").unwrap();
        assert_eq!(share.record.get("share"), Some(json!("0.5")), "{share:?}");
        let before = Some("2026-03-01".parse().unwrap());
        check(GraphQuery { on: before, ..query(6) }, &["X2", "Y3", "a0", "b1"]).await;
        let kin = GraphQuery { families: vec!["kin".into()], ..query(6) };
        check(kin, &["a0", "b1"]).await;
        let few = GraphQuery { limit: 2, ..query(6) };
        let near = check(few, &["a0", "b1"]).await;
        assert!(near.truncated);
        let group = &near.groups[0];
        assert_eq!((group.kind.as_str(), group.total, group.shown), ("legal_representative", 1, 0));
        let wrong = GraphQuery { types: vec!["boss".into()], ..query(2) };
        let refused = world.engine.neighbourhood(&actor, start, &wrong).await.unwrap_err();
        let Error::Refused(Refusal::Invalid(violations)) = refused else { panic!("{refused:?}") };
        assert_eq!(
            (violations[0].field.as_str(), violations[0].code.as_str()),
            ("types", "unknown_value")
        );
    });
}

#[test]
fn the_shortest_ways_between_two_are_told() {
    bed::each(|bed| async move {
        let mut world = World::new(&bed.engine);
        let ab = world.tie("a", "friend", "b", json!({})).await;
        let cb = world.tie("c", "colleague", "b", json!({})).await;
        let ad = world.tie("a", "relative", "d", json!({})).await;
        let dc = world.tie("d", "friend", "c", json!({})).await;
        world.tie("c", "friend", "e", json!({})).await;
        let (a, c) = (world.spot("a").await, world.spot("c").await);
        let actor = world.actor.clone();
        let found = world.engine.graph_paths(&actor, a, c, &query(6)).await.unwrap();
        let mut expected = vec![vec![ab, cb], vec![ad, dc]];
        expected.sort();
        assert_eq!(found.paths, expected);
        assert_eq!((found.nodes.len(), found.edges.len(), found.truncated), (4, 4, false));
        let near = world.engine.graph_paths(&actor, a, c, &query(1)).await.unwrap();
        assert!(near.paths.is_empty());
        let f = world.spot("f").await;
        assert!(world.engine.graph_paths(&actor, a, f, &query(6)).await.unwrap().paths.is_empty());
    });
}

#[test]
fn owners_are_sums_of_products_and_a_quarter_is_enough() {
    bed::each(|bed| async move {
        let mut world = World::new(&bed.engine);
        world.share("p", "A", "0.6").await;
        world.share("A", "T", "0.5").await;
        world.share("p", "T", "0.05").await;
        world.share("q", "B", "0.5").await;
        world.share("B", "A", "0.4").await;
        world.share("T", "B", "0.1").await;
        world.share("r", "T", "0.249999").await;
        world.share("s", "U", "0.5").await;
        world.share("U", "V", "0.5").await;
        world.tie("s", "legal_representative", "W", json!({})).await;
        let (t, v) = (world.spot("T").await, world.spot("V").await);
        let actor = world.actor.clone();
        let found = world.engine.owners(&actor, t, &query(6)).await.unwrap();
        let shown: Vec<String> = found
            .owners
            .iter()
            .map(|o| {
                format!(
                    "{} {} {} {}",
                    world.name(o.node),
                    o.direct,
                    o.total,
                    o.beneficial.is_some()
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "A 0.5 0.5 false",
                "p 0.05 0.35 true",
                "r 0.249999 0.249999 false",
                "B 0 0.2 false",
                "q 0 0.1 false"
            ]
        );
        assert_eq!((found.threshold.as_deref(), found.complete), (Some("0.25"), true));
        let quarter = world.engine.owners(&actor, v, &query(6)).await.unwrap();
        let s = quarter.owners.iter().find(|o| world.name(o.node) == "s").unwrap();
        assert_eq!((s.total.as_str(), s.beneficial.is_some()), ("0.25", true));
        let w = world.spot("W").await;
        let led = world.engine.owners(&actor, w, &query(6)).await.unwrap();
        let basis = json!(led.owners[0].beneficial);
        assert_eq!(basis, json!({ "by": "kind", "type": "legal_representative" }));
    });
}

#[test]
fn guarantees_that_come_back_are_circles() {
    bed::each(|bed| async move {
        let mut world = World::new(&bed.engine);
        for (from, to) in [("A", "B"), ("B", "C"), ("C", "A"), ("B", "A"), ("C", "D")] {
            world.tie(from, "guarantor", to, json!({ "guaranteed_amount": "100.00" })).await;
        }
        world.tie("D", "supplier_buyer", "A", json!({})).await;
        let a = world.spot("A").await;
        let actor = world.actor.clone();
        let found = world.engine.circles(&actor, a, &query(6)).await.unwrap();
        let circles: Vec<String> = found
            .circles
            .iter()
            .map(|circle| circle.nodes.iter().map(|id| world.name(*id)).collect())
            .collect();
        assert_eq!(circles, ["AB", "ABC"]);
        assert!(found.complete);
        assert_eq!(found.edges.len(), 4);
        let d = world.spot("D").await;
        assert!(world.engine.circles(&actor, d, &query(6)).await.unwrap().circles.is_empty());
    });
}

#[test]
fn a_group_under_one_control_adds_up_what_may_be_read() {
    bed::each(|bed| async move {
        let mut world = World::new(&bed.engine);
        world.share("p", "A", "0.6").await;
        world.share("A", "B", "0.5").await;
        world.share("A", "C", "0.500001").await;
        world.tie("p", "actual_controller", "D", json!({})).await;
        for (name, balance) in [("A", "100.00"), ("B", "20.00"), ("C", "3.50"), ("D", "0.50")] {
            let (object, id) = world.spot(name).await;
            let values = json!({
                "name": name, "party": { "object": object, "id": id }, "account_no": format!("1000{name}"),
                "type": "loan", "status": "open", "currency": "CNY", "opened_on": "2025-01-01",
                "balance": { "amount": balance, "currency": "CNY" },
                "balance_cny": balance,
            });
            create(&bed.engine, &world.actor, "financial_account", values).await;
        }
        let c = world.spot("C").await;
        let actor = world.actor.clone();
        let found = world.engine.exposure(&actor, c, &query(6)).await.unwrap();
        let mut members: Vec<&str> = found.nodes.iter().map(|n| world.name(n.id)).collect();
        members.sort_unstable();
        assert_eq!(members, ["A", "C", "D", "p"]);
        let total = &found.totals[0];
        assert_eq!((total.total.as_str(), total.counted, total.unread), ("104", 4, 0));
        assert!(found.complete);
    });
}

/// Edges of a star, put into the database as a bulk load does.
async fn star(engine: &Engine, center: (&str, Uuid), count: u64) {
    let catalogue = engine.catalogue();
    let (ix, object) = catalogue.object("party_relationship").unwrap();
    let now: Instant = bed::NOW.parse().unwrap();
    let link = |object: &str, id| Value::Link(schema::Name::new(object).unwrap(), id);
    let mut write = Write::default();
    for at in 0..count {
        let mut values = vec![Value::Null; object.fields.len()];
        let kind = if at % 10 == 0 { "employer_employee" } else { "supplier_buyer" };
        for (name, value) in [
            ("id", Value::Id(engine.next_id(now))),
            ("version", Value::Number(1.into())),
            ("created_at", Value::Instant(now)),
            ("updated_at", Value::Instant(now)),
            ("from_party", link(center.0, center.1)),
            ("to_party", link("person", engine.next_id(now))),
            ("type", Value::text(kind)),
        ] {
            let (slot, _) = object.field(name).unwrap();
            values[usize::from(slot.0)] = value;
        }
        write.changes.push(store::Change::Insert { object: ix, values });
        if write.changes.len() == 5_000 {
            engine.store().commit(&catalogue, std::mem::take(&mut write)).await.unwrap();
        }
    }
    engine.store().commit(&catalogue, write).await.unwrap();
}

#[test]
fn of_a_star_only_so_much_is_read_and_the_rest_is_counted() {
    bed::each(|bed| async move {
        let mut world = World::new(&bed.engine);
        let center = world.spot("X").await;
        star(&bed.engine, center, 50_000).await;
        world.tie("a", "friend", "b", json!({})).await;
        world.tie("X", "employer_employee", "a", json!({})).await;
        let actor = world.actor.clone();
        let near = world.engine.neighbourhood(&actor, center, &query(2)).await.unwrap();
        assert_eq!(near.edges.len(), usize::try_from(FAN).unwrap());
        assert!(near.truncated);
        let counts: Vec<(&str, u64, bool)> =
            near.groups.iter().map(|g| (g.kind.as_str(), g.total, g.more)).collect();
        assert_eq!(counts, [("employer_employee", 1_000, true), ("supplier_buyer", 1_000, true)]);
        let b = world.spot("b").await;
        let through = world.engine.neighbourhood(&actor, b, &query(3)).await.unwrap();
        assert!(through.nodes.len() <= 100 && through.truncated);
    });
}

#[test]
fn who_is_out_of_sight_has_no_name_and_their_edges_stay_theirs() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit =
            create(engine, &platform, "org_unit", json!({ "code": "U", "name": "支行" })).await;
        let ann = user(engine, "ann", "relationship_manager", unit).await;
        let mut world = World::new(engine);
        for (name, owner) in [("mine", Some(ann.user())), ("theirs", None), ("far", None)] {
            let values = json!({ "name": name, "owner": owner });
            let id = create(engine, &platform, "person", values).await;
            world.spots.push((name.to_owned(), ("person", id)));
        }
        world.tie("mine", "friend", "theirs", json!({})).await;
        world.tie("theirs", "friend", "far", json!({})).await;
        world.tie("far", "relative", "mine", json!({})).await;
        let (mine, theirs) = (world.spot("mine").await, world.spot("theirs").await);
        let near = engine.neighbourhood(&ann, mine, &query(6)).await.unwrap();
        let shown: Vec<(&str, bool, Option<&str>)> =
            near.nodes.iter().map(|n| (world.name(n.id), n.visible, n.title.as_deref())).collect();
        assert_eq!(shown, [("mine", true, Some("mine")), ("theirs", false, None)]);
        assert_eq!(near.edges.len(), 1);
        let refused = engine.neighbourhood(&ann, theirs, &query(2)).await.unwrap_err();
        assert!(matches!(refused, Error::Refused(Refusal::Invisible)), "{refused:?}");
        let refused = engine.graph_paths(&ann, mine, theirs, &query(2)).await.unwrap_err();
        assert!(matches!(refused, Error::Refused(Refusal::Invisible)), "{refused:?}");
    });
}

fn create_tie(values: Json) -> engine::Command {
    let object = schema::Name::new("party_relationship").unwrap();
    engine::Change::Create { object, id: None, values: values.as_object().unwrap().clone() }.into()
}

fn codes(result: &Result<engine::Outcome, Error>) -> Vec<String> {
    match result {
        Ok(_) => vec!["ok".into()],
        Err(Error::Refused(Refusal::Invalid(all))) => all.iter().map(|v| v.code.clone()).collect(),
        Err(other) => vec![other.to_string()],
    }
}

#[test]
fn writers_who_would_hold_more_than_all_together_do_not_both_get_through() {
    bed::each(|bed| async move {
        let mut world = World::new(&bed.engine);
        world.share("h", "T", "0.3").await;
        let mut commands = Vec::new();
        for name in ["p", "q", "r", "s"] {
            let values = world.values(name, "shareholder", "T", json!({ "share": "0.5" })).await;
            commands.push(create_tie(values));
        }
        let actor = &world.actor;
        let results = futures_util::future::join_all(
            commands.into_iter().map(|c| bed.engine.submit(actor, c)),
        )
        .await;
        let told: Vec<Vec<String>> = results.iter().map(codes).collect();
        assert_eq!(told.iter().filter(|codes| **codes == ["ok"]).count(), 1, "{told:?}");
        assert_eq!(told.iter().filter(|codes| **codes == ["share_total"]).count(), 3, "{told:?}");
    });
}

#[test]
fn writers_who_would_close_a_circle_together_do_not_both_get_through() {
    bed::each(|bed| async move {
        let mut world = World::new(&bed.engine);
        world.tie("a", "parent_child", "b", json!({})).await;
        world.tie("c", "parent_child", "d", json!({})).await;
        let one = create_tie(world.values("b", "parent_child", "c", json!({})).await);
        let two = create_tie(world.values("d", "parent_child", "a", json!({})).await);
        let actor = &world.actor;
        let (one, two) = futures_util::future::join(
            bed.engine.submit(actor, one),
            bed.engine.submit(actor, two),
        )
        .await;
        let mut told = vec![codes(&one), codes(&two)];
        told.sort();
        assert_eq!(told, [["graph_circular"], ["ok"]]);
    });
}
