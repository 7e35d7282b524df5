//! A queued job, done by the command that queued it.

use std::sync::Arc;
use std::time::Duration;

use engine::Engine;
use jiff::SignedDuration;
use store::jobs::{self, Job, State};
use uuid::Uuid;

use super::tell;
use crate::start::Trouble;
use crate::work;

/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(1);

/// Does a job in this process, unless a server takes it first, and tells how far it is. The job when
/// it is done; none when it failed, which was told.
///
/// # Errors
/// When the database cannot be read.
pub async fn carried_out(engine: &Arc<Engine>, id: Uuid) -> Result<Option<Job>, Trouble> {
    let worker = engine.next_id(engine.now()).to_string();
    let db = engine.store().db();
    let when = (engine.now(), SignedDuration::from_secs(60));
    if let Some(job) = jobs::claim_one(db, id, &worker, when).await? {
        let work = work::jobs::one(engine, &job, &worker);
        tokio::pin!(work);
        loop {
            tokio::select! {
                _ = &mut work => break,
                () = tokio::time::sleep(PROGRESS) => tell_progress(engine, id).await?,
            }
        }
    }
    loop {
        let job = jobs::get(db, id).await?;
        let job = job.ok_or_else(|| Trouble("the job is gone".into()))?;
        match job.state {
            State::Done => return Ok(Some(job)),
            State::Dead | State::Cancelled => {
                tell(job.error.as_deref().unwrap_or("called off"));
                return Ok(None);
            }
            State::Ready if job.error.is_some() => {
                tell(job.error.as_deref().unwrap_or_default());
                tell("a server will try it again");
                return Ok(None);
            }
            State::Ready | State::Running => {
                tokio::time::sleep(PROGRESS).await;
                tell_progress(engine, id).await?;
            }
        }
    }
}

async fn tell_progress(engine: &Engine, job: Uuid) -> Result<(), Trouble> {
    if let Some(job) = jobs::get(engine.store().db(), job).await? {
        let total = job.progress_total.map(|total| format!(" / {total}"));
        tell(&format!("… {}{}", job.progress_done, total.unwrap_or_default()));
    }
    Ok(())
}
