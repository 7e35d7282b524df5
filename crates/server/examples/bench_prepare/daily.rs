//! The work of the day, done before anything is measured, so that a server which starts on the base
//! has none of it left to do beside the requests.

use std::sync::Arc;
use std::time::Instant;

use engine::Engine;
use engine::access::Ran;
use serde_json::{Value as Json, json};
use store::jobs::{self, Job};

use super::{Result, usage};

/// Who works here.
const WORKER: &str = "benchmark";
/// Ends a job's lease: nobody else works here.
const LEASE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
/// Jobs taken at once.
const SOME: u32 = 8;

/// Queues what each day is queued, and runs all that waits; how long that took.
pub async fn work(engine: &Arc<Engine>) -> Result<Json> {
    engine.queue_daily().await?;
    engine.queue_sets().await?;
    engine.queue_bandings().await?;
    let (ticks, started, mut done) = (usage(), Instant::now(), 0_u64);
    let kinds = engine.job_kinds();
    loop {
        let when = (engine.now(), LEASE);
        let claimed = jobs::claim(engine.store().db(), &kinds, WORKER, when, SOME).await?;
        if claimed.is_empty() && !reacted(engine).await? {
            break;
        }
        for job in claimed {
            let begun = Instant::now();
            run(engine, &job).await?;
            eprintln!("  {}: {} ms", job.kind, begun.elapsed().as_millis());
            done += 1;
        }
    }
    let micros = u64::try_from(started.elapsed().as_micros())?;
    Ok(json!({ "jobs": done, "micros": micros, "ticks": usage() - ticks }))
}

/// Lets follow what follows from the changes so far; whether there were any.
async fn reacted(engine: &Engine) -> Result<bool> {
    let mut any = false;
    while engine.react(WORKER).await?.taken > 0 {
        any = true;
    }
    Ok(any)
}

/// Runs a claimed job to its end.
pub async fn run(engine: &Arc<Engine>, job: &Job) -> Result<Json> {
    let Ran::Done(result) = engine.run_job(job, WORKER).await? else {
        return Err(format!("the job `{}` did not end", job.kind).into());
    };
    let step = jobs::finish(job.id, WORKER, Some(result.clone()), engine.now());
    engine.store().db().run(vec![step]).await?;
    Ok(serde_json::from_slice(&result).unwrap_or_default())
}

/// Claims a queued job and runs it to its end.
pub async fn run_queued(engine: &Arc<Engine>, job: uuid::Uuid) -> Result<Json> {
    let db = engine.store().db();
    let claimed = jobs::claim_one(db, job, WORKER, (engine.now(), LEASE)).await?;
    run(engine, &claimed.ok_or("the job is not there")?).await
}
