//! Jobs: claimed under a lease that is renewed while they run, some at a time.

use std::sync::Arc;
use std::time::Duration;

use engine::access::Ran;
use engine::{Engine, Error};
use jiff::SignedDuration;
use store::jobs::{self, Job};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::metrics;
use crate::work::node::Node;

/// How long a silent worker keeps a job.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How often a running job's lease is renewed.
const BEAT: Duration = Duration::from_secs(20);

/// How often the queue is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// Claims and runs jobs until `stop`. A job that still runs then is given back and goes on from its
/// cursor. So does one of this node's last run at the next start, when that run was killed; one of
/// another node waits for its lease to pass.
pub async fn run(app: App, tasks: TaskTracker, stop: CancellationToken) {
    let engine = app.engine();
    let node = Node::take(&app.config().data, || engine.next_id(engine.now()));
    let worker: Arc<str> = format!("{}.{}", node.name(), engine.next_id(engine.now())).into();
    if let Err(error) = jobs::expire(engine.store().db(), &node.name().to_string()).await {
        tracing::warn!(error = %error, "jobs of the last run wait for their leases to pass");
    }
    let places = Arc::new(Semaphore::new(app.config().workers));
    while tokio::time::timeout(PAUSE, stop.cancelled()).await.is_err() {
        let free = u32::try_from(places.available_permits()).unwrap_or(0);
        if free == 0 {
            continue;
        }
        let engine = app.engine();
        let when = (engine.now(), LEASE);
        let db = engine.store().db();
        let kinds = engine.job_kinds();
        let claimed = match jobs::claim(db, &kinds, &worker, when, free).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(error = %error, "jobs cannot be claimed");
                continue;
            }
        };
        for job in claimed {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let (engine, worker, stop) = (engine.clone(), worker.clone(), stop.clone());
            tasks.spawn(async move {
                tokio::select! {
                    () = one(&engine, &job, &worker) => {}
                    () = stop.cancelled() => {}
                }
                drop(place);
            });
        }
    }
    // Every place is free once the jobs have stopped.
    let all = u32::try_from(app.config().workers).unwrap_or(u32::MAX);
    let stopped = places.acquire_many(all).await;
    if let Err(error) = jobs::give_back(app.engine().store().db(), &worker).await {
        tracing::warn!(error = %error, "jobs were not given back");
    }
    drop((stopped, node));
}

/// Runs one job that `worker` claimed, while its lease is renewed.
pub async fn one(engine: &Arc<Engine>, job: &Job, worker: &str) {
    let work = engine.run_job(job, worker);
    tokio::pin!(work);
    let ran = loop {
        tokio::select! {
            ran = &mut work => break Some(ran),
            () = tokio::time::sleep(BEAT) => {
                let when = (engine.now(), LEASE);
                let kept = jobs::heartbeat(engine.store().db(), job.id, worker, when).await;
                if matches!(kept, Ok(false)) {
                    break None;
                }
            }
        }
    };
    let outcome = match ran {
        None | Some(Ok(Ran::Lost)) => "lost",
        Some(Ok(Ran::Done(result))) => end(engine, job, worker, result).await,
        Some(Err(error)) => failed(engine, job, worker, &error).await,
    };
    metrics::job(&job.kind, outcome);
}

async fn end(engine: &Engine, job: &Job, worker: &str, result: Vec<u8>) -> &'static str {
    let step = jobs::finish(job.id, worker, Some(result), engine.now());
    match engine.store().db().run(vec![step]).await {
        Ok(_) => "done",
        Err(error) => {
            tracing::warn!(job = %job.id, error = %error, "a job's end was not written");
            "lost"
        }
    }
}

async fn failed(engine: &Engine, job: &Job, worker: &str, error: &Error) -> &'static str {
    tracing::warn!(job = %job.id, kind = &*job.kind, error = %error, "a job failed");
    let text = error.to_string();
    match jobs::fail(engine.store().db(), job, worker, &text, engine.now()).await {
        Ok(_) => "failed",
        Err(error) => {
            tracing::warn!(job = %job.id, error = %error, "a job's failure was not written");
            "lost"
        }
    }
}
