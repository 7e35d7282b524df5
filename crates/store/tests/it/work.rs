//! Jobs and the outbox: claimed once, resumed, retried, never lost.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use kernel::Instant;
use schema::Name;
use store::jobs::{self, Job, NewJob, State};
use store::migrate::migrate;
use store::outbox::{self, Event};
use store::{Db, ScriptError};
use uuid::Uuid;

use crate::bed::on_both;

const LEASE: SignedDuration = SignedDuration::from_secs(60);

fn at(second: i64) -> Instant {
    Instant::from_second(1_700_000_000 + second).unwrap()
}

fn job(number: u128, run_at: i64) -> NewJob {
    NewJob {
        id: Uuid::from_u128(number),
        kind: "import".into(),
        run_at: at(run_at),
        payload: b"{}".to_vec(),
        max_attempts: 3,
        created_by: Uuid::from_u128(1),
    }
}

async fn claim(db: &Db, worker: &str, now: i64, limit: u32) -> Vec<Job> {
    jobs::claim(db, &["import", "export"], worker, (at(now), LEASE), limit).await.unwrap()
}

#[test]
fn a_job_is_claimed_once_at_its_time_and_keeps_its_cursor() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        db.run(vec![jobs::enqueue(&job(1, 0), at(0)), jobs::enqueue(&job(2, 100), at(0))])
            .await
            .unwrap();
        let claimed = claim(&db, "a", 1, 10).await;
        assert_eq!(claimed.iter().map(|j| j.id.as_u128()).collect::<Vec<_>>(), [1]);
        assert_eq!(claim(&db, "b", 1, 10).await, []);

        let one = Uuid::from_u128(1);
        db.run(vec![jobs::advance(one, "a", vec![7], 50, Some(100))]).await.unwrap();
        let stolen = db.run(vec![jobs::advance(one, "b", vec![8], 60, None)]).await;
        assert!(matches!(stolen, Err(ScriptError::Unexpected { .. })));

        // Its worker falls silent; another goes on from the cursor.
        let claimed = claim(&db, "b", 62, 10).await;
        assert_eq!(claimed[0].cursor, Some(vec![7]));
        assert_eq!((claimed[0].progress_done, claimed[0].progress_total), (50, Some(100)));
        assert_eq!(claimed[0].attempts, 2);
        assert!(!jobs::heartbeat(&db, one, "a", (at(63), LEASE)).await.unwrap());
        assert!(jobs::heartbeat(&db, one, "b", (at(63), LEASE)).await.unwrap());
        db.run(vec![jobs::finish(one, "b", Some(b"ok".to_vec()), at(64))]).await.unwrap();
        let done = jobs::get(&db, one).await.unwrap().unwrap();
        assert_eq!((done.state, done.result), (State::Done, Some(b"ok".to_vec())));
        assert_eq!(claim(&db, "a", 101, 10).await.len(), 1, "the timer has come");
        assert_eq!(jobs::clean(&db, at(1000), 10).await.unwrap(), 1);
    });
}

#[test]
fn a_killed_nodes_jobs_go_on_at_once_and_an_orderly_end_costs_no_attempt() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let jobs = [jobs::enqueue(&job(1, 0), at(0)), jobs::enqueue(&job(2, 0), at(0))];
        db.run(jobs.to_vec()).await.unwrap();
        assert_eq!(claim(&db, "node.1", 1, 1).await.len(), 1);
        assert_eq!(claim(&db, "other.1", 1, 1).await.len(), 1);
        assert_eq!(jobs::expire(&db, "node").await.unwrap(), 1);
        let again = claim(&db, "node.2", 2, 10).await;
        assert_eq!(
            again.iter().map(|j| (j.id.as_u128(), j.attempts)).collect::<Vec<_>>(),
            [(1, 2)]
        );
        assert_eq!(jobs::give_back(&db, "node.2").await.unwrap(), 1);
        let again = claim(&db, "node.3", 3, 10).await;
        assert_eq!(
            again.iter().map(|j| (j.id.as_u128(), j.attempts)).collect::<Vec<_>>(),
            [(1, 2)]
        );
    });
}

#[test]
fn a_failing_job_is_retried_with_growing_pauses_then_lies_dead_until_retried() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        db.run(vec![jobs::enqueue(&job(1, 0), at(0))]).await.unwrap();
        let mut now = 0;
        let mut pauses = Vec::new();
        for _ in 0..3 {
            let claimed = claim(&db, "a", now, 1).await.remove(0);
            assert!(jobs::fail(&db, &claimed, "a", "no network", at(now)).await.unwrap());
            assert_eq!(claim(&db, "a", now + 1, 1).await, []);
            let failed = jobs::get(&db, claimed.id).await.unwrap().unwrap();
            pauses.push(failed.run_at.as_second() - at(now).as_second());
            now = failed.run_at.as_second() - at(0).as_second();
        }
        assert_eq!(pauses, [5, 10, 20]);
        let dead = jobs::list(&db, Some(State::Dead), Some("import"), None, 10).await.unwrap();
        assert_eq!(dead[0].error.as_deref(), Some("no network"));
        assert_eq!(claim(&db, "a", 9999, 1).await, []);
        let counts = jobs::counts(&db).await.unwrap();
        let alive = [State::Ready, State::Running, State::Done].map(|state| (state, 0));
        assert_eq!(counts.get(..3), Some(&alive[..]), "what is empty counts too");
        assert_eq!(counts.get(3..), Some(&[(State::Dead, 1), (State::Cancelled, 0)][..]));
        db.run(vec![jobs::retry(dead[0].id, at(10_000))]).await.unwrap();
        let again = claim(&db, "a", 10_000, 1).await.remove(0);
        assert_eq!(again.attempts, 1);
        db.run(vec![jobs::cancel(again.id, at(10_001))]).await.unwrap();
        let late = db.run(vec![jobs::advance(again.id, "a", vec![], 1, None)]).await;
        assert!(late.is_err(), "a called-off job stops at its next progress");
    });
}

#[test]
fn a_job_with_a_key_is_queued_once_and_many_workers_share_without_overlap() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        for number in [500, 501] {
            db.run(vec![jobs::enqueue_once(&job(number, 9999), "daily 2026-01-31", at(0))])
                .await
                .unwrap();
        }
        let all = jobs::list(&db, None, None, None, 10).await.unwrap();
        assert_eq!(all.iter().map(|j| j.id.as_u128()).collect::<Vec<_>>(), [500]);

        let steps = (1..=200).map(|n| jobs::enqueue(&job(n, 0), at(0))).collect();
        db.run(steps).await.unwrap();
        let workers: Vec<_> = (0..4)
            .map(|worker| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    for _ in 0..40 {
                        mine.extend(claim(&db, &format!("w{worker}"), 1, 7).await);
                    }
                    mine
                })
            })
            .collect();
        let mut seen = Vec::new();
        for worker in workers {
            seen.extend(worker.await.unwrap().into_iter().map(|j| j.id.as_u128()));
        }
        assert_eq!(seen.len(), 200);
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), (1..=200).collect());
    });
}

#[test]
fn jobs_are_listed_by_pages() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let steps = (1..=25).map(|n| jobs::enqueue(&job(n, 0), at(n as i64 / 4))).collect();
        db.run(steps).await.unwrap();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = jobs::list(&db, Some(State::Ready), None, before, 10).await.unwrap();
            before = page.last().map(|j| (j.created_at, j.id));
            seen.extend(page.into_iter().map(|j| j.id.as_u128()));
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
    });
}

#[test]
fn events_are_taken_in_order_at_least_once() {
    on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let event = |n: u128| Event {
            id: Uuid::from_u128(n),
            at: at(n as i64),
            kind: "created",
            object: Name::new("person").unwrap(),
            record: Uuid::from_u128(100 + n),
            body: b"{}".to_vec(),
        };
        db.run((0..10).map(|n| outbox::step(&event(n))).collect()).await.unwrap();
        let take = |worker: &'static str, now: i64| {
            let db = db.clone();
            async move { outbox::take(&db, worker, at(now), LEASE, 6).await.unwrap() }
        };
        let first = take("a", 20).await;
        assert_eq!(first.iter().map(|e| e.id.as_u128()).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        let second = take("b", 20).await;
        assert_eq!(second.len(), 4);
        assert_eq!(take("c", 20).await, []);
        let steps = first.iter().skip(1).map(|e| outbox::done(e.number, at(21))).collect();
        db.run(steps).await.unwrap();
        db.run(vec![outbox::later(second[0].number, at(500))]).await.unwrap();
        // Worker a died over the first event, b over three of its four.
        let again = take("c", 81).await;
        assert_eq!(again.iter().map(|e| e.id.as_u128()).collect::<Vec<_>>(), [0, 7, 8, 9]);
        assert_eq!(again[0].attempts, 2);
        assert_eq!(outbox::backlog(&db).await.unwrap(), (5, Some(at(0))));
        assert_eq!(outbox::replay(&db, at(1), at(3)).await.unwrap(), 2);
        assert_eq!(outbox::clean(&db, at(100), 100).await.unwrap(), 3);
    });
}
