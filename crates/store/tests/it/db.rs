//! The low level: scripts, readers and errors on both databases.

use futures_util::future::join_all;
use store::db::Options;
use store::{Cell, Db, Lane, ScriptError, Step};
use uuid::Uuid;

use crate::bed::{on_both, on_both_with};

async fn table(db: &Db) {
    let (id, bytes) = match db.dialect() {
        store::db::Dialect::Sqlite => ("BLOB", "BLOB"),
        store::db::Dialect::Postgres => ("uuid", "bytea"),
    };
    let sql = format!(
        "CREATE TABLE t (id {id} PRIMARY KEY, n bigint, s text, b {bytes}, CONSTRAINT t_s UNIQUE (s))"
    );
    db.run(vec![Step::new(sql, vec![])]).await.unwrap();
}

fn insert(n: i64, s: &str) -> Step {
    let id = Uuid::from_u128(n as u128 + 1);
    let params = vec![id.into(), n.into(), s.into(), Cell::Bytes(vec![1, 2, 3])];
    Step::exactly("INSERT INTO t (id, n, s, b) VALUES ($1, $2, $3, $4)", params, 1)
}

#[test]
fn a_script_is_one_transaction() {
    on_both(|db| async move {
        table(&db).await;
        db.run(vec![insert(1, "a"), insert(2, "b")]).await.unwrap();
        let rows = db.read("SELECT n, s, b, id FROM t WHERE n > $1 ORDER BY n", &[1.into()]).await;
        let rows = rows.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0][..3], [Cell::Int(2), "b".into(), Cell::Bytes(vec![1, 2, 3])]);
        assert_eq!(rows[0][3].uuid().unwrap(), Uuid::from_u128(3));

        let done = db.run(vec![insert(3, "c"), insert(4, "a")]).await;
        let Err(ScriptError::Unique { step: 1, constraint }) = done else { panic!("{done:?}") };
        assert!(["t.s", "t_s"].contains(&&*constraint), "{constraint}");

        let stale = Step::exactly("UPDATE t SET s = 'z' WHERE n = $1", vec![99.into()], 1);
        let done = db.run(vec![insert(5, "e"), stale]).await;
        assert!(matches!(done, Err(ScriptError::Unexpected { step: 1, rows: 0 })), "{done:?}");
        let count = db.point("SELECT count(*) FROM t", &[]).await.unwrap();
        assert_eq!(count[0][0], Cell::Int(2));

        let returning = Step::new("UPDATE t SET n = n + 10 RETURNING n", vec![]);
        let results = db.run(vec![returning]).await.unwrap();
        assert_eq!((results[0].affected, results[0].rows.len()), (2, 2));
    });
}

/// A dropped future (a client that hangs up, a job that is cancelled) must not leave its open
/// transaction to the next script.
#[test]
fn a_caller_who_goes_away_leaves_nothing_of_a_script_that_would_fail() {
    on_both(|db| async move {
        table(&db).await;
        for n in 0..100_i64 {
            let stale = Step::exactly("UPDATE t SET s = 'z' WHERE n = $1", vec![(-1).into()], 1);
            let doomed = db.run(vec![insert(n * 2, &format!("doomed{n}")), stale]);
            let patience = std::time::Duration::from_micros(u64::try_from(n).unwrap() * 20);
            let done = tokio::time::timeout(patience, doomed).await;
            assert!(!matches!(done, Ok(Ok(_))), "{done:?}");
            db.run(vec![insert(n * 2 + 1, &format!("kept{n}"))]).await.unwrap();
        }
        let rows = db.read("SELECT s FROM t WHERE s LIKE 'doomed%'", &[]).await.unwrap();
        assert!(rows.is_empty(), "{rows:?}");
        let kept = db.read("SELECT count(*) FROM t", &[]).await.unwrap();
        assert_eq!(kept[0][0], Cell::Int(100));
    });
}

#[test]
fn one_failing_script_does_not_undo_its_neighbours() {
    on_both(|db| async move {
        table(&db).await;
        let runs = (0..200).map(|n| {
            let text = if n % 10 == 0 { "same".to_owned() } else { format!("s{n}") };
            let db = db.clone();
            async move { db.run(vec![insert(n, &text)]).await }
        });
        let outcomes = join_all(runs).await;
        let failed = outcomes.iter().filter(|o| o.is_err()).count();
        assert_eq!(failed, 19);
        let count = db.read("SELECT count(*) FROM t", &[]).await.unwrap();
        assert_eq!(count[0][0], Cell::Int(181));
    });
}

#[test]
fn bulk_scripts_are_answered_once_they_are_durable() {
    on_both(|db| async move {
        table(&db).await;
        let mut answers = Vec::new();
        for n in 0..5_i64 {
            answers.push(db.post(vec![insert(n, &n.to_string())], Lane::Bulk).await.unwrap());
        }
        // Whoever is in a hurry does not wait for more of them to come.
        db.run(vec![insert(6, "6")]).await.unwrap();
        for answer in join_all(answers).await {
            assert_eq!(answer.unwrap().len(), 1);
        }
        let rows = db.read("SELECT n FROM t", &[]).await.unwrap();
        assert_eq!(rows.len(), 6);
        // Nobody comes after this one, and it is answered all the same.
        let alone = db.post(vec![insert(7, "7")], Lane::Bulk).await.unwrap();
        assert!(alone.await.is_ok());
    });
}

#[test]
fn what_a_bulk_script_says_of_itself_is_what_became_of_it() {
    on_both(|db| async move {
        table(&db).await;
        let mut answers = Vec::new();
        for n in 0..6_i64 {
            let text = if n == 3 { "1".to_owned() } else { n.to_string() };
            answers.push(db.post(vec![insert(n, &text)], Lane::Bulk).await.unwrap());
        }
        for (n, answer) in (0_i64..).zip(join_all(answers).await) {
            let there = db.read("SELECT n FROM t WHERE n = $1", &[n.into()]).await.unwrap();
            match answer {
                Ok(_) => assert_eq!(there.len(), 1, "{n}"),
                Err(ScriptError::Undone) => assert!(there.is_empty(), "{n}"),
                Err(ScriptError::Unique { .. }) => {
                    assert!(there.is_empty() && [1, 3].contains(&n), "{n}");
                }
                Err(other) => panic!("{n}: {other}"),
            }
        }
    });
}

#[test]
fn scripts_handed_over_are_committed_in_their_order() {
    on_both(|db| async move {
        table(&db).await;
        let mut answers = Vec::new();
        for n in 0..40_i64 {
            let before = "SELECT n FROM t WHERE n < $1";
            let seen = Step::exactly(before, vec![n.into()], n.unsigned_abs());
            let script = vec![seen, insert(n, &n.to_string()).apart()];
            let lane = if n % 7 == 0 { Lane::Prompt } else { Lane::Bulk };
            answers.push(db.post(script, lane).await.unwrap());
        }
        for answer in join_all(answers).await {
            assert_eq!(answer.unwrap().len(), 2);
        }
        // The next in line is not held up by one that was undone.
        let twice = db.post(vec![insert(50, "1")], Lane::Bulk).await.unwrap();
        assert!(twice.await.is_err());
        assert!(db.post(vec![insert(51, "51")], Lane::Bulk).await.unwrap().await.is_ok());
    });
}

#[test]
fn scripts_in_line_are_not_held_up_by_those_behind_them() {
    let options = Options { connections: 2, ..Options::default() };
    on_both_with(&options, |db| async move {
        table(&db).await;
        let mut answers = Vec::new();
        for n in 0..200_i64 {
            let script = vec![insert(n, &n.to_string()).apart()];
            answers.push(db.post(script, Lane::Bulk).await.unwrap());
        }
        assert!(join_all(answers).await.iter().all(Result::is_ok));
    });
}

#[test]
fn late_steps_are_part_of_their_transaction() {
    on_both(|db| async move {
        table(&db).await;
        let late = |n: i64| {
            let Step { sql, params, .. } = insert(n, &n.to_string());
            Step::late(sql, params, -n)
        };
        let bulk = db.post(vec![late(1), insert(2, "b"), late(3)], Lane::Bulk).await.unwrap();
        db.run(vec![late(4), late(5)]).await.unwrap();
        assert!(bulk.await.is_ok());
        assert_eq!(db.read("SELECT n FROM t", &[]).await.unwrap().len(), 5);
        // One that cannot be run undoes what it belongs to.
        let bulk = db.post(vec![insert(6, "f"), late(1)], Lane::Bulk).await.unwrap();
        assert!(bulk.await.is_err());
        assert_eq!(db.read("SELECT n FROM t", &[]).await.unwrap().len(), 5);
    });
}

#[test]
fn a_long_script_keeps_its_order() {
    on_both(|db| async move {
        table(&db).await;
        let mut script: Vec<Step> = (0..500).map(|n| insert(n, &n.to_string())).collect();
        for n in 0..500_i64 {
            let sql = "UPDATE t SET n = n + 1000 WHERE n = $1";
            script.push(Step::exactly(sql, vec![n.into()], 1));
        }
        let results = db.run(script).await.unwrap();
        assert!(results.iter().all(|r| r.affected == 1));
    });
}

#[test]
fn a_stream_yields_every_row_in_order() {
    on_both(|db| async move {
        table(&db).await;
        db.run((0..1000).map(|n| insert(n, &n.to_string())).collect()).await.unwrap();
        let sql = "SELECT n FROM t WHERE n >= $1 ORDER BY n";
        let mut stream = db.stream(sql, vec![100.into()], 64).await.unwrap();
        let mut seen = Vec::new();
        while let Some(rows) = stream.next().await {
            seen.extend(rows.unwrap().into_iter().map(|row| row[0].int().unwrap()));
        }
        assert_eq!(seen, (100..1000).collect::<Vec<i64>>());

        let mut left_early = db.stream(sql, vec![0.into()], 10).await.unwrap();
        left_early.next().await.unwrap().unwrap();
        drop(left_early);
        assert_eq!(db.read("SELECT 1", &[]).await.unwrap().len(), 1);
    });
}

#[test]
fn concurrent_updates_of_one_row_all_arrive() {
    on_both(|db| async move {
        table(&db).await;
        db.run(vec![insert(0, "x")]).await.unwrap();
        let runs = (0..64).map(|_| {
            let db = db.clone();
            async move {
                db.run(vec![Step::exactly("UPDATE t SET n = n + 1", vec![], 1)]).await.unwrap();
            }
        });
        join_all(runs).await;
        let rows = db.read("SELECT n FROM t", &[]).await.unwrap();
        assert_eq!(rows[0][0], Cell::Int(64));
    });
}
