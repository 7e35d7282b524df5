//! How fast records go in and come out; run by hand in a release build:
//! `cargo test --release -p store --test it -- --ignored --nocapture pace`.

use std::sync::Arc;
use std::time::Duration;

use schema::expr::{ActorAttribute, Node, Path};
use schema::{Catalogue, ObjectIx, Slot, Value};
use store::keys::{Algorithms, Keys};
use store::records::{Change, Write};
use store::{AuditEntry, Store};
use uuid::Uuid;

use crate::bed::on_both;
use crate::fixture::{
    ENV, insert, load, node, now, number, publish, secret, select, slot, text, trial, write,
};

const NAMES: [&str; 12] = ["张", "王", "李", "赵", "陈", "刘", "杨", "黄", "周", "吴", "徐", "孙"];
const GIVEN: [&str; 10] = ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋"];

fn client(catalogue: &Catalogue, n: u128) -> Change {
    let name = format!(
        "{}{}{}",
        NAMES[(n % 12) as usize],
        GIVEN[(n / 12 % 10) as usize],
        GIVEN[(n / 120 % 10) as usize]
    );
    let born = jiff::civil::date(1950 + (n % 50) as i16, 1 + (n % 12) as i8, 1 + (n % 28) as i8);
    let id = (0x0190_0000_0000_7000_8000_u128 << 48) + (n << 20);
    let mut change = insert(
        catalogue,
        "client",
        id,
        &[
            ("name", text(&format!("{name}{n}"))),
            ("id_number", secret(&format!("1101011990{:08}", n))),
            ("mobile", text(&format!("138{n:08}"))),
            ("born_on", Value::Date(born)),
            ("assets", number(&format!("{n}.50"))),
            ("score", number(&(n % 1000).to_string())),
            ("vip", Value::Bool(n.is_multiple_of(7))),
        ],
    );
    if let Change::Insert { values, .. } = &mut change {
        values[3] = Value::Id(Uuid::from_u128(10_000 + n % 300));
    }
    change
}

fn audited(changes: Vec<Change>) -> Write {
    let audit = changes
        .iter()
        .map(|change| {
            let Change::Insert { values, .. } = change else { panic!("an insert") };
            let Value::Id(id) = values[0] else { panic!("an id") };
            AuditEntry {
                id,
                at: now(),
                actor: Uuid::from_u128(1),
                kind: "create",
                object: None,
                record: Some(id),
                body: br#"{"fields":{"mobile":"d:0123456789","name":"d:0123456789"}}"#.to_vec(),
            }
        })
        .collect();
    Write { audit, ..write(changes) }
}

#[allow(clippy::disallowed_methods, reason = "measures durations")]
fn timed() -> impl FnOnce() -> Duration {
    let start = std::time::Instant::now();
    move || start.elapsed()
}

fn rate(what: &str, count: u32, spent: Duration) {
    let each = spent / count;
    let line = format!("{what}: {each:?} each, {} in {spent:?}\n", count);
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
}

const ROWS: u128 = 100_000;

#[test]
#[ignore = "measures; needs a release build"]
fn pace_of_records() {
    on_both(|db| async move {
        let catalogue = Arc::new(load(&trial()));
        store::migrate::migrate(&db, now()).await.unwrap();
        let keys = Keys::in_memory(Algorithms::default()).unwrap();
        let store = Arc::new(Store::open(db, keys, None));
        store.prepare().await.unwrap();
        store.publish(&Catalogue::default(), &catalogue, publish(1)).await.unwrap();
        rate(&format!("{:?}", store.db().dialect()), 1, Duration::ZERO);

        let spent = timed();
        for from in (0..ROWS).step_by(1000) {
            let changes = (from..from + 1000).map(|n| client(&catalogue, n)).collect();
            store.commit(&catalogue, audited(changes)).await.unwrap();
        }
        rate("import", ROWS as u32, spent());
        store.db().maintain("ANALYZE").await.unwrap();

        let spent = timed();
        let tasks: Vec<_> = (0..16_u128)
            .map(|task| {
                let (store, catalogue) = (Arc::clone(&store), Arc::clone(&catalogue));
                tokio::spawn(async move {
                    for n in 0..500 {
                        let change = client(&catalogue, ROWS + task * 1000 + n);
                        store.commit(&catalogue, audited(vec![change])).await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        rate("create, 16 at once", 8000, spent());
        reads(&store, &catalogue).await;
    });
}

async fn reads(store: &Store, catalogue: &Catalogue) {
    let (ix, object) = catalogue.object("client").unwrap();
    let slots: Vec<Slot> = (0..object.fields.len() as u16).map(Slot).collect();
    let spent = timed();
    for n in 0..5000_u128 {
        let id = Uuid::from_u128((0x0190_0000_0000_7000_8000_u128 << 48) + ((n * 17 % ROWS) << 20));
        assert!(store.get(catalogue, ix, id, &slots[..14]).await.unwrap().is_some());
    }
    rate("get", 5000, spent());

    let spent = timed();
    for n in 0..1000_u128 {
        list(store, catalogue, ix, n).await;
    }
    rate("list of 50 with capped count", 1000, spent());

    for words in ["张伟", "zw", "0077", "13800000077"] {
        let spent = timed();
        let mut found = 0;
        for n in 0..500_u128 {
            let mut query = select(ix, vec![node(catalogue, ix, "name")], &ENV);
            query.search = Some(words);
            query.limit = 50;
            query.owner_hint = Some(Uuid::from_u128(10_000 + n % 300));
            found += store.select(catalogue, &query).await.unwrap().len();
        }
        rate(&format!("search {words} ({found} found)"), 500, spent());
    }
}

async fn list(store: &Store, catalogue: &Catalogue, ix: ObjectIx, n: u128) {
    let path = |field: &str| Path {
        steps: vec![],
        object: ix,
        slot: slot(catalogue, "client", field),
        up: 0,
    };
    let owner = Uuid::from_u128(10_000 + n % 300);
    // What an ordinary user's grants amount to: their own records or those shared with them.
    let own = node(catalogue, ix, &format!("owner = '{owner}'"));
    let id = Node::Field(path("id"));
    let shared = Node::In(Box::new(id), Box::new(Node::Actor(ActorAttribute::Shared)));
    let scope = Node::Or(vec![own, shared]);
    let filter = node(catalogue, ix, "assets > 100 and vip = false");
    let columns = ["name", "mobile", "born_on", "assets", "score", "vip", "half"];
    let columns = columns.iter().map(|c| node(catalogue, ix, c)).collect();
    let mut query = select(ix, columns, &ENV);
    query.scope = Some(scope);
    query.filter = Some(&filter);
    query.sort = vec![(path("score"), true)];
    query.limit = 50;
    assert_eq!(store.select(catalogue, &query).await.unwrap().len(), 50);
    assert!(store.count(catalogue, &query, Some(1000)).await.unwrap() > 50);
}
