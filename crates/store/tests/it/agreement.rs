//! One meaning: what an expression yields in memory, it yields in both databases.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use schema::Catalogue;
use schema::catalogue::base;
use schema::expr::testing::{self, TestEnv, World};
use schema::expr::{Env, Node, Path, parse};
use schema::field::Storage;
use store::db::Dialect;
use store::records::Change;
use store::{Error, Step, Store};
use uuid::Uuid;

use crate::bed::on_both;
use crate::fixture::{select, store, write};

/// Replaces every record by those of `world`.
async fn fill(store: &Store, catalogue: &Catalogue, world: &World, env: &TestEnv) {
    let sql = match store.db().dialect() {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'jy%' \
             AND name NOT LIKE '%search_%' AND name NOT LIKE 'sqlite%'"
        }
        Dialect::Postgres => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' \
             AND tablename NOT LIKE 'jy%'"
        }
    };
    let mut steps = vec![Step::new("DELETE FROM jy_share", vec![])];
    for row in store.db().read(sql, &[]).await.unwrap() {
        let table = row[0].str().unwrap();
        steps.push(Step::new(format!("DELETE FROM \"{table}\""), vec![]));
    }
    steps.push(Step::new("DELETE FROM jy_org_closure", vec![]));
    for record in &world.shared {
        let sql = "INSERT INTO jy_share (id, object, record, user_id, may_write, expires_at, \
                   granted_by, granted_at) VALUES ($1, 'thing', $1, $2, 0, NULL, $2, 0)";
        let me = env.me.unwrap_or_default();
        steps.push(Step::new(sql, vec![(*record).into(), me.into()]));
    }
    store.db().run(steps).await.unwrap();
    let changes = world
        .rows
        .iter()
        .map(|(object, values)| {
            let mut values = values.clone();
            values[usize::from(base::VERSION.0)] = schema::Value::Number(kernel::Decimal::ONE);
            let fields = &catalogue.at(*object).unwrap().fields;
            for (field, value) in fields.values().zip(&mut values) {
                if let (Storage::Link, schema::Value::Id(id)) = (field.storage(), &*value) {
                    let held = |(_, row): &&(_, Vec<_>)| row[0] == schema::Value::Id(*id);
                    let (to, _) = world.rows.iter().find(held).unwrap();
                    let name = catalogue.at(*to).unwrap().name.clone();
                    *value = schema::Value::Link(name, *id);
                }
            }
            Change::Insert { object: *object, values }
        })
        .collect();
    store.commit(catalogue, write(changes)).await.unwrap();
}

fn id_path(catalogue: &Catalogue) -> Path {
    let object = testing::main_object(catalogue);
    Path { steps: Vec::new(), object, slot: base::ID, up: 0 }
}

/// The node's value for each record, by id.
async fn column(
    store: &Store,
    catalogue: &Catalogue,
    node: &Node,
    env: &Env<'_>,
) -> Result<Vec<(Uuid, serde_json::Value)>, Error> {
    let thing = testing::main_object(catalogue);
    let columns = vec![Node::Field(id_path(catalogue)), node.clone()];
    let rows = store.select(catalogue, &select(thing, columns, env)).await?;
    Ok(rows
        .into_iter()
        .map(|row| match &row[0] {
            schema::Value::Id(id) => (*id, testing::json(&row[1])),
            _ => panic!("no id"),
        })
        .collect())
}

#[test]
fn every_vector_means_the_same_in_the_database() {
    on_both(|db| async move {
        let catalogue = testing::catalogue();
        let thing = testing::main_object(&catalogue);
        let store = store(db, &catalogue).await;
        let (mut failures, mut refused, mut count) = (Vec::new(), Vec::new(), 0);
        for case in testing::cases(&catalogue) {
            let expr = parse(&case.expr, &catalogue, thing).unwrap();
            fill(&store, &catalogue, &case.world, &case.env).await;
            let env = case.env.env();
            match column(&store, &catalogue, &expr.root, &env).await {
                Ok(values) => {
                    count += 1;
                    let got = values.iter().find(|(id, _)| *id == case.id).map(|(_, got)| got);
                    if got != Some(&case.expect) {
                        failures.push(format!("{}: {got:?}, not {}", case.expr, case.expect));
                    }
                }
                Err(Error::Unsupported(what)) => refused.push(format!("{}: {what}", case.expr)),
                Err(error) => failures.push(format!("{}: {error:?}", case.expr)),
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        // Only the inside of encrypted fields and lists as values have no place in a database.
        assert!(refused.len() * 10 < count, "{}", refused.join("\n"));
    });
}

#[test]
fn random_trees_mean_the_same_in_the_database() {
    on_both(|db| async move {
        let catalogue = testing::catalogue();
        let thing = testing::main_object(&catalogue);
        let store = store(db, &catalogue).await;
        let env = testing::cases(&catalogue).remove(0).env;
        let mut runner = TestRunner::deterministic();
        let worlds = testing::world(&catalogue);
        let trees = testing::node(&catalogue);
        let conditions = testing::condition(&catalogue);
        let (mut failures, mut count, mut refused) = (Vec::new(), 0, 0);
        for _ in 0..12 {
            let world = worlds.new_tree(&mut runner).unwrap().current();
            fill(&store, &catalogue, &world, &env).await;
            let env = env.env();
            for at in 0..40 {
                let of = if at % 2 == 0 { &trees } else { &conditions };
                let tree = of.new_tree(&mut runner).unwrap().current();
                match column(&store, &catalogue, &tree, &env).await {
                    Ok(values) => {
                        count += 1;
                        for (id, got) in values {
                            let record = world.record(&catalogue, thing, id, &env);
                            let expected = testing::json(&tree.eval(&record, &env));
                            if got != expected {
                                let text = schema::expr::print(&tree, &catalogue);
                                failures.push(format!("{text}: {got}, not {expected}"));
                                break;
                            }
                        }
                    }
                    Err(Error::Unsupported(_)) => refused += 1,
                    Err(error) => {
                        let text = schema::expr::print(&tree, &catalogue);
                        failures.push(format!("{text}: {error:?}"));
                    }
                }
            }
        }
        let dialect = store.db().dialect();
        assert!(failures.is_empty(), "{dialect:?}\n{}", failures.join("\n\n"));
        assert!(count > 300, "{count} compared, {refused} refused");
    });
}
