//! Jobs: deferred work and timers, claimed under a lease, at least once.
//!
//! Progress and cursor are written by a step in the same commit as the chunk they tell of, so a job
//! that dies goes on exactly where it stopped. A job that keeps failing is retried with growing
//! pauses and then lies dead until somebody retries or removes it. A timer is a job whose `run_at`
//! lies ahead.

mod queue;

use std::sync::Arc;

use jiff::SignedDuration;
use kernel::Instant;
use uuid::Uuid;

use crate::Error;
use crate::db::{Cell, Row, Step};

pub use queue::{claim, claim_one, clean, counts, expire, fail, get, give_back, heartbeat, list};

/// A job to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id.
    pub id: Uuid,
    /// Which handler runs it.
    pub kind: Arc<str>,
    /// Not before.
    pub run_at: Instant,
    /// What the handler needs.
    pub payload: Vec<u8>,
    /// Attempts before it counts as dead.
    pub max_attempts: u32,
    /// Who asked for it.
    pub created_by: Uuid,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its time or for a worker.
    Ready,
    /// A worker has it.
    Running,
    /// Done.
    Done,
    /// Failed too often.
    Dead,
    /// Called off.
    Cancelled,
}

impl State {
    const ALL: [State; 5] =
        [State::Ready, State::Running, State::Done, State::Dead, State::Cancelled];

    /// The name as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::Running => "running",
            State::Done => "done",
            State::Dead => "dead",
            State::Cancelled => "cancelled",
        }
    }

    fn parse(text: &str) -> Result<State, Error> {
        let found = State::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| Error::Corrupt(format!("a job is in the state `{text}`")))
    }
}

/// A job as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Which handler runs it.
    pub kind: Arc<str>,
    /// Where it stands.
    pub state: State,
    /// Not before.
    pub run_at: Instant,
    /// How often it was claimed.
    pub attempts: i64,
    /// Attempts before it counts as dead.
    pub max_attempts: i64,
    /// Until when its worker has it.
    pub lease_until: Option<Instant>,
    /// Who has it.
    pub worker: Option<Arc<str>>,
    /// Where to go on.
    pub cursor: Option<Vec<u8>>,
    /// Steps done.
    pub progress_done: i64,
    /// Steps in all, when known.
    pub progress_total: Option<i64>,
    /// What the handler needs.
    pub payload: Vec<u8>,
    /// What came of it.
    pub result: Option<Vec<u8>>,
    /// Why it failed last.
    pub error: Option<Arc<str>>,
    /// Who asked for it.
    pub created_by: Uuid,
    /// When.
    pub created_at: Instant,
    /// When it was done, dead or called off.
    pub finished_at: Option<Instant>,
}

/// Longest error text kept.
const ERROR: usize = 2000;

fn insert(job: &NewJob, key: Option<&str>, now: Instant, conflict: &str) -> Step {
    let sql = format!(
        "INSERT INTO jy_job (id, kind, state, run_at, max_attempts, payload, dedupe_key, \
         created_by, created_at) VALUES ($1, $2, 'ready', $3, $4, $5, $6, $7, $8){conflict}"
    );
    let params = vec![
        job.id.into(),
        Cell::Text(Arc::clone(&job.kind)),
        job.run_at.into(),
        i64::from(job.max_attempts.max(1)).into(),
        job.payload.clone().into(),
        key.into(),
        job.created_by.into(),
        now.into(),
    ];
    Step::new(sql, params)
}

/// The step that queues a job.
#[must_use]
pub fn enqueue(job: &NewJob, now: Instant) -> Step {
    insert(job, None, now, "")
}

/// The step that queues a job unless one of this kind was queued under the same key before.
#[must_use]
pub fn enqueue_once(job: &NewJob, key: &str, now: Instant) -> Step {
    insert(job, Some(key), now, " ON CONFLICT DO NOTHING")
}

/// The step that records progress, to stand in the commit of the chunk itself. It fails, and the
/// chunk with it, when the job was called off or given to another worker. Earlier attempts are
/// forgiven: a job that gets on is not one that kills its workers.
#[must_use]
pub fn advance(job: Uuid, worker: &str, cursor: Vec<u8>, done: i64, total: Option<i64>) -> Step {
    Step::exactly(
        "UPDATE jy_job SET cursor = $3, progress_done = $4, attempts = 1, \
         progress_total = COALESCE($5, progress_total) \
         WHERE id = $1 AND worker = $2 AND state = 'running'",
        vec![job.into(), worker.into(), cursor.into(), done.into(), total.into()],
        1,
    )
}

/// The step that says a job is done; it fails when the worker lost the job.
#[must_use]
pub fn finish(job: Uuid, worker: &str, result: Option<Vec<u8>>, now: Instant) -> Step {
    Step::exactly(
        "UPDATE jy_job SET state = 'done', result = $3, finished_at = $4, lease_until = NULL, \
         error = NULL WHERE id = $1 AND worker = $2 AND state = 'running'",
        vec![job.into(), worker.into(), result.into(), now.into()],
        1,
    )
}

/// The step that gives a dead or cancelled job new attempts; it goes on from its cursor.
#[must_use]
pub fn retry(job: Uuid, now: Instant) -> Step {
    Step::exactly(
        "UPDATE jy_job SET state = 'ready', run_at = $2, attempts = 0, finished_at = NULL, \
         worker = NULL WHERE id = $1 AND state IN ('dead', 'cancelled')",
        vec![job.into(), now.into()],
        1,
    )
}

/// The step that calls a waiting or running job off; a running one stops at its next progress.
#[must_use]
pub fn cancel(job: Uuid, now: Instant) -> Step {
    Step::exactly(
        "UPDATE jy_job SET state = 'cancelled', finished_at = $2, lease_until = NULL, \
         worker = NULL WHERE id = $1 AND state IN ('ready', 'running')",
        vec![job.into(), now.into()],
        1,
    )
}

/// `now` and `span` together.
pub(crate) fn after(now: Instant, span: SignedDuration) -> Result<Instant, Error> {
    now.checked_add(span).map_err(|_| Error::Internal("a lease ends outside of time".into()))
}

impl Job {
    const COLUMNS: &str = "id, kind, state, run_at, attempts, max_attempts, lease_until, worker, \
                           cursor, progress_done, progress_total, payload, result, error, \
                           created_by, created_at, finished_at";

    fn of(row: &Row) -> Result<Job, Error> {
        let [
            id,
            kind,
            state,
            run_at,
            attempts,
            max_attempts,
            lease_until,
            worker,
            cursor,
            progress_done,
            progress_total,
            payload,
            result,
            error,
            created_by,
            created_at,
            finished_at,
        ] = row.as_slice()
        else {
            return Err(Cell::width("jy_job"));
        };
        Ok(Job {
            id: id.uuid()?,
            kind: Arc::clone(kind.str()?),
            state: State::parse(state.str()?)?,
            run_at: run_at.instant()?,
            attempts: attempts.int()?,
            max_attempts: max_attempts.int()?,
            lease_until: lease_until.instant_or_null()?,
            worker: worker.str_or_null()?,
            cursor: cursor.bytes_or_null()?,
            progress_done: progress_done.int()?,
            progress_total: progress_total.int_or_null()?,
            payload: payload.bytes()?.to_vec(),
            result: result.bytes_or_null()?,
            error: error.str_or_null()?,
            created_by: created_by.uuid()?,
            created_at: created_at.instant()?,
            finished_at: finished_at.instant_or_null()?,
        })
    }
}
