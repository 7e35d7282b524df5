//! Scopes that let through few records give what they give when each row is asked.

use schema::Value;
use schema::catalogue::base;
use schema::expr::{ActorAttribute, Comparison, Env, Node, Path};
use schema::query::MeasureFn;
use schema::{Catalogue, Name, ObjectIx, Slot};
use store::Store;
use store::access::{self, Share};
use store::records::{AggregateQuery, Change, Select, Write};
use uuid::Uuid;

use crate::bed::on_both;
use crate::fixture::{ENV, insert, load, node, number, slot, store, text, trial, write};

const ME: u128 = 7;
const CLIENTS: u128 = 6;

fn own(object: ObjectIx, slot: Slot) -> Box<Node> {
    Box::new(Node::Field(Path { steps: Vec::new(), object, slot, up: 0 }))
}

/// Deals of one's own clients, of clients shared with one, and of one unit.
fn scope(catalogue: &Catalogue) -> Node {
    let (client, _) = catalogue.object("client").unwrap();
    let (unit, _) = catalogue.object("org_unit").unwrap();
    let via = slot(catalogue, "deal", "client");
    let me = || Box::new(Node::Literal(Value::Id(Uuid::from_u128(ME))));
    let shared = Box::new(Node::Actor(ActorAttribute::Shared));
    let below = |object, condition| Node::Reachable { via, object, condition: Box::new(condition) };
    Node::Or(vec![
        below(client, Node::Compare(Comparison::Eq, own(client, base::OWNER), me())),
        Node::Or(vec![
            below(client, Node::In(own(client, base::ID), shared)),
            below(
                unit,
                Node::Compare(
                    Comparison::Eq,
                    own(unit, base::ID),
                    Box::new(Node::Literal(Value::Id(Uuid::from_u128(900)))),
                ),
            ),
        ]),
    ])
}

/// Deals of each client and of two units; every second client is one's own.
fn records(catalogue: &Catalogue) -> Vec<Change> {
    let link =
        |object: &str, id: u128| Value::Link(Name::new(object).unwrap(), Uuid::from_u128(id));
    let mut all = Vec::new();
    for unit in [900, 901] {
        all.push(insert(catalogue, "org_unit", unit, &[("name", text("机构"))]));
        let fields = [("title", text("机构的")), ("client", link("org_unit", unit))];
        all.push(insert(catalogue, "deal", 2_000 + unit, &fields));
    }
    for at in 0..CLIENTS {
        let owner = Value::Id(Uuid::from_u128(if at % 2 == 0 { ME } else { 8 }));
        let fields = [("name", Value::text(format!("客户{at}"))), ("owner", owner)];
        all.push(insert(catalogue, "client", 100 + at, &fields));
        for deal in 0..3 {
            let fields = [
                ("title", text("交易")),
                ("client", link("client", 100 + at)),
                ("amount", number("10")),
            ];
            all.push(insert(catalogue, "deal", 1_000 + at * 10 + deal, &fields));
        }
    }
    all
}

async fn found(
    store: &Store,
    catalogue: &Catalogue,
    env: &Env<'_>,
    filter: Option<&Node>,
) -> Vec<u128> {
    let (ix, _) = catalogue.object("deal").unwrap();
    let select = Select {
        columns: vec![node(catalogue, ix, "id")],
        scope: Some(scope(catalogue)),
        filter,
        limit: 100,
        ..Select::of(ix, env)
    };
    let rows = store.select(catalogue, &select).await.unwrap();
    let count = store.count(catalogue, &select, None).await.unwrap();
    assert_eq!(count, rows.len() as u64);
    let query =
        AggregateQuery { rows: select, keys: Vec::new(), measures: vec![(MeasureFn::Count, None)] };
    let counted = store.aggregate(catalogue, &query).await.unwrap();
    assert_eq!(counted, [[number(&rows.len().to_string())]]);
    rows.iter()
        .map(|row| match row[0] {
            Value::Id(id) => id.as_u128(),
            _ => panic!("no id"),
        })
        .collect()
}

#[test]
fn few_are_looked_up_and_are_the_same() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        // Client 103 is another's, and shared; 105 was shared until yesterday.
        let yesterday = ENV.now - jiff::SignedDuration::from_hours(24);
        let system = [(103, None), (105, Some(yesterday))].map(|(record, expires_at)| {
            access::share(&Share {
                id: Uuid::from_u128(record + 50_000),
                object: "client".into(),
                record: Uuid::from_u128(record),
                user: Uuid::from_u128(ME),
                may_write: false,
                expires_at,
                granted_by: Uuid::from_u128(8),
                granted_at: yesterday,
            })
        });
        let all = Write { system: system.to_vec(), ..write(records(&catalogue)) };
        store.commit(&catalogue, all).await.unwrap();
        let env = Env { me: Some(Uuid::from_u128(ME)), ..ENV };
        let mut due: Vec<u128> = (0..CLIENTS)
            .filter(|at| at % 2 == 0 || *at == 3)
            .flat_map(|at| (0..3).map(move |deal| 1_000 + at * 10 + deal))
            .collect();
        due.push(2_900);
        assert_eq!(found(&store, &catalogue, &env, None).await, due);

        // Asked for by what they belong to, each row is asked.
        let (ix, _) = catalogue.object("deal").unwrap();
        let mut each = Vec::new();
        for client in 100..100 + CLIENTS {
            let source = format!("client = id('{}')", Uuid::from_u128(client));
            let filter = node(&catalogue, ix, &source);
            each.extend(found(&store, &catalogue, &env, Some(&filter)).await);
        }
        due.pop();
        assert_eq!(each, due);
    });
}
