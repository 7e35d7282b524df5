//! Many at once on one record or one unique value: one wins, nothing is lost.

use std::sync::Arc;

use engine::{Change, Engine, Error, Outcome, Refusal};
use schema::Name;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::bed;
use crate::samples::create;

const TASKS: usize = 16;

/// Submits what `make` makes for each of the tasks, all at once.
async fn together(
    engine: &Arc<Engine>,
    make: impl Fn(usize) -> Change,
) -> Vec<Result<Outcome, Error>> {
    let mut tasks = Vec::new();
    for at in 0..TASKS {
        let (engine, change) = (engine.clone(), make(at));
        tasks.push(tokio::spawn(async move {
            let platform = engine.system(None, "race");
            engine.submit(&platform, change.into()).await
        }));
    }
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

fn rename(id: Uuid, version: Option<u64>, name: &str) -> Change {
    let values = json!({ "title": name }).as_object().unwrap().clone();
    Change::Update { object: Name::new("note").unwrap(), id, version, values }
}

async fn a_note(engine: &Engine) -> Uuid {
    create(engine, &engine.system(None, "race"), "note", json!({ "title": "初" })).await
}

async fn version(engine: &Engine, id: Uuid) -> u64 {
    engine.get(&engine.system(None, "race"), "note", id, false).await.unwrap().version
}

#[test]
fn of_changes_to_one_version_exactly_one_wins() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let id = a_note(engine).await;
        for seen in 1..=5 {
            let done = together(engine, |at| rename(id, Some(seen), &format!("{seen} {at}"))).await;
            let won = done.iter().filter(|result| result.is_ok()).count();
            assert_eq!(won, 1, "at version {seen}");
            for refused in done.into_iter().filter_map(Result::err) {
                assert!(
                    matches!(&refused, Error::Refused(Refusal::Stale { current, .. }) if *current == seen + 1),
                    "{refused:?}"
                );
            }
            assert_eq!(version(engine, id).await, seen + 1);
        }
    });
}

#[test]
fn changes_that_name_no_version_all_happen_in_some_order() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let id = a_note(engine).await;
        let done = together(engine, |at| rename(id, None, &format!("第{at}"))).await;
        let mut versions: Vec<u64> = done
            .into_iter()
            .map(|result| result.unwrap_or_else(|error| panic!("{error}")).version)
            .collect();
        versions.sort_unstable();
        let expected: Vec<u64> = (2..).take(TASKS).collect();
        assert_eq!(versions, expected);
        let platform = engine.system(None, "race");
        let history = engine.history(&platform, "note", id, (None, 100)).await.unwrap();
        assert_eq!(history.len(), TASKS + 1, "each change has its entry");
    });
}

#[test]
fn of_records_with_one_unique_value_one_is_made() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let done = together(engine, |at| {
            let values: Json = json!({ "code": "SAME", "name": format!("支行{at}") });
            Change::Create {
                object: Name::new("org_unit").unwrap(),
                id: None,
                values: values.as_object().unwrap().clone(),
            }
        })
        .await;
        let won = done.iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 1);
        for refused in done.into_iter().filter_map(Result::err) {
            match refused {
                Error::Refused(Refusal::Invalid(violations)) => {
                    assert_eq!(
                        (&*violations[0].field, &*violations[0].code),
                        ("code", "duplicate")
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    });
}
