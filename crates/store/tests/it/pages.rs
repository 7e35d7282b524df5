//! Pages by key: whatever the order and wherever empties lie, they add up to the sorted whole.

use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use schema::Value;
use schema::expr::{Node, Path};

use crate::bed::on_both;
use crate::fixture::{ENV, insert, load, number, select, slot, store, text, trial, write};

const KEYS: [&str; 4] = ["score", "name", "born_on", "assets"];

/// Empties least, as both databases must order them.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Id(a), Value::Id(b)) => a.cmp(b),
        _ => panic!("of different types"),
    }
}

#[test]
fn pages_add_up_to_the_sorted_whole() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let store = store(db, &catalogue).await;
        let (ix, _) = catalogue.object("client").unwrap();
        let few = |n: u128, count: u128, of: fn(u128) -> Value| match n % count {
            0 => Value::Null,
            n => of(n),
        };
        let changes = (0..97_u128).map(|n| {
            insert(
                &catalogue,
                "client",
                5000 + n * 7 % 97,
                &[
                    ("name", text(["张", "b", "B", "赵", "é"][(n % 5) as usize])),
                    ("score", few(n / 2, 4, |n| number(&n.to_string()))),
                    (
                        "born_on",
                        few(n, 101, |n| Value::Date(format!("20{n:02}-01-01").parse().unwrap())),
                    ),
                    ("assets", few(n, 3, |n| number(&format!("-{n}.5")))),
                ],
            )
        });
        store.commit(&catalogue, write(changes.collect())).await.unwrap();
        let path = |field: &str| Path {
            steps: vec![],
            object: ix,
            slot: slot(&catalogue, "client", field),
            up: 0,
        };
        let sorts = prop::collection::vec((0..KEYS.len(), any::<bool>()), 0..4);
        let handle = tokio::runtime::Handle::current();
        let mut runner = TestRunner::new_with_rng(
            Config { cases: 40, failure_persistence: None, ..Config::default() },
            proptest::test_runner::TestRng::deterministic_rng(
                proptest::test_runner::RngAlgorithm::ChaCha,
            ),
        );
        let run = runner.run(&(sorts, 1..40_u32), |(sort, limit)| {
            let mut names: Vec<&str> = sort.iter().map(|(key, _)| KEYS[*key]).collect();
            names.push("id");
            let sort: Vec<(Path, bool)> =
                sort.iter().map(|(key, down)| (path(KEYS[*key]), *down)).collect();
            let by_id = sort.last().is_some_and(|(_, down)| *down);
            let mut seen: Vec<Vec<Value>> = Vec::new();
            loop {
                let columns = names.iter().map(|name| Node::Field(path(name))).collect();
                let mut query = select(ix, columns, &ENV);
                query.sort = sort.clone();
                query.limit = limit;
                query.after = seen.last().cloned();
                let rows = tokio::task::block_in_place(|| {
                    handle.block_on(store.select(&catalogue, &query)).unwrap()
                });
                if rows.is_empty() {
                    break;
                }
                seen.extend(rows);
                prop_assert!(seen.len() <= 97, "rows come twice");
            }
            let downs: Vec<bool> = sort.iter().map(|(_, down)| *down).chain([by_id]).collect();
            let sorted = seen.is_sorted_by(|a, b| {
                let mut orders = a
                    .iter()
                    .zip(b)
                    .zip(&downs)
                    .map(|((a, b), down)| if *down { order(b, a) } else { order(a, b) });
                orders.find(|order| order.is_ne()) == Some(Ordering::Less)
            });
            prop_assert!(sorted, "{sort:?}: {seen:?}");
            prop_assert_eq!(seen.len(), 97);
            Ok(())
        });
        run.unwrap();
    });
}
