//! The queue: claiming, keeping, failing and looking at jobs.

use jiff::SignedDuration;
use kernel::Instant;
use uuid::Uuid;

use super::{ERROR, Job, State, after};
use crate::Error;
use crate::db::{Cell, Db, Dialect, ScriptError, Step};

/// The first pause after a failure; each further one is twice as long.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// The longest pause.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// Largest page.
const PAGE: u32 = 500;

/// Claims up to `limit` due jobs of these kinds for `lease`. Jobs whose worker fell silent become
/// due again, or dead after their last attempt.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn claim(
    db: &Db,
    kinds: &[&str],
    worker: &str,
    (now, lease): (Instant, SignedDuration),
    limit: u32,
) -> Result<Vec<Job>, Error> {
    // An idle queue must not cost a write.
    let due = "SELECT id FROM jy_job WHERE state = 'ready' AND run_at <= $1 LIMIT 1";
    let lost = "SELECT id FROM jy_job WHERE state = 'running' AND lease_until < $1 LIMIT 1";
    let is_due = !db.point(due, &[now.into()]).await?.is_empty();
    let is_lost = !db.point(lost, &[now.into()]).await?.is_empty();
    if kinds.is_empty() || !(is_due || is_lost) {
        return Ok(Vec::new());
    }
    let mut script = Vec::new();
    if is_lost {
        script.push(Step::new(
            "UPDATE jy_job SET \
             state = CASE WHEN attempts >= max_attempts THEN 'dead' ELSE 'ready' END, \
             finished_at = CASE WHEN attempts >= max_attempts THEN lease_until END, \
             error = 'the worker fell silent', worker = NULL, lease_until = NULL \
             WHERE state = 'running' AND lease_until < $1",
            vec![now.into()],
        ));
    }
    let mut params: Vec<Cell> =
        vec![now.into(), after(now, lease)?.into(), worker.into(), i64::from(limit).into()];
    let mut wanted = Vec::with_capacity(kinds.len());
    for kind in kinds {
        params.push((*kind).into());
        wanted.push(format!("${}", params.len()));
    }
    let skip = match db.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let sql = format!(
        "UPDATE jy_job SET state = 'running', attempts = attempts + 1, lease_until = $2, \
         worker = $3 WHERE id IN (SELECT id FROM jy_job WHERE state = 'ready' AND run_at <= $1 \
         AND kind IN ({}) ORDER BY run_at, id LIMIT $4{skip}) RETURNING {}",
        wanted.join(", "),
        Job::COLUMNS
    );
    script.push(Step::new(sql, params));
    let results = db.run(script).await?;
    let rows = results.into_iter().flat_map(|result| result.rows);
    let mut jobs: Vec<Job> = rows.map(|row| Job::of(&row)).collect::<Result<_, _>>()?;
    jobs.sort_by_key(|job| (job.run_at, job.id));
    Ok(jobs)
}

/// Claims one job for `lease` if it is due; `None` when another worker has it or it has ended.
///
/// # Errors
/// When the database cannot be written.
pub async fn claim_one(
    db: &Db,
    job: Uuid,
    worker: &str,
    (now, lease): (Instant, SignedDuration),
) -> Result<Option<Job>, Error> {
    let sql = format!(
        "UPDATE jy_job SET state = 'running', attempts = attempts + 1, lease_until = $3, \
         worker = $4 WHERE id = $1 AND state = 'ready' AND run_at <= $2 RETURNING {}",
        Job::COLUMNS
    );
    let params = vec![job.into(), now.into(), after(now, lease)?.into(), worker.into()];
    let results = db.run(vec![Step::new(sql, params)]).await?;
    let row = results.into_iter().flat_map(|result| result.rows).next();
    row.as_ref().map(Job::of).transpose()
}

/// Keeps a job for another `lease`; false when the worker has lost it.
///
/// # Errors
/// When the database cannot be written.
pub async fn heartbeat(
    db: &Db,
    job: Uuid,
    worker: &str,
    (now, lease): (Instant, SignedDuration),
) -> Result<bool, Error> {
    let sql = "UPDATE jy_job SET lease_until = $3 \
               WHERE id = $1 AND worker = $2 AND state = 'running'";
    let params = vec![job.into(), worker.into(), after(now, lease)?.into()];
    took(db, Step::exactly(sql, params, 1)).await
}

/// Lets go at once of the jobs of a node whose server was killed: `worker` begins with the node's
/// name. Their attempts count, so that a job that kills its worker ends up dead.
///
/// # Errors
/// When the database cannot be written.
pub async fn expire(db: &Db, node: &str) -> Result<u64, Error> {
    let sql = "UPDATE jy_job SET lease_until = 0 \
               WHERE state = 'running' AND substr(worker, 1, length($1)) = $1";
    let step = Step::new(sql, vec![node.into()]);
    Ok(db.run(vec![step]).await?.iter().map(|result| result.affected).sum())
}

/// Gives back the jobs of a worker that stops in good order, as if they had not been tried.
///
/// # Errors
/// When the database cannot be written.
pub async fn give_back(db: &Db, worker: &str) -> Result<u64, Error> {
    let sql = "UPDATE jy_job SET state = 'ready', attempts = attempts - 1, lease_until = NULL, \
               worker = NULL WHERE state = 'running' AND worker = $1";
    let step = Step::new(sql, vec![worker.into()]);
    Ok(db.run(vec![step]).await?.iter().map(|result| result.affected).sum())
}

/// Says that an attempt failed: the job is tried again after a pause, or is dead after its last
/// attempt. False when the worker has lost it.
///
/// # Errors
/// When the database cannot be written.
pub async fn fail(
    db: &Db,
    job: &Job,
    worker: &str,
    error: &str,
    now: Instant,
) -> Result<bool, Error> {
    let dead = job.attempts >= job.max_attempts;
    let state = if dead { State::Dead } else { State::Ready };
    let doublings = u32::try_from(job.attempts.clamp(1, 20) - 1).unwrap_or(0);
    let pause = PAUSE.checked_mul(1 << doublings).unwrap_or(LONGEST).min(LONGEST);
    let error: String = error.chars().take(ERROR).collect();
    let sql = "UPDATE jy_job SET state = $3, run_at = $4, error = $5, finished_at = $6, \
               lease_until = NULL, worker = NULL \
               WHERE id = $1 AND worker = $2 AND state = 'running'";
    let params = vec![
        job.id.into(),
        worker.into(),
        state.as_str().into(),
        after(now, pause)?.into(),
        error.as_str().into(),
        dead.then_some(now).into(),
    ];
    took(db, Step::exactly(sql, params, 1)).await
}

async fn took(db: &Db, step: Step) -> Result<bool, Error> {
    match db.run(vec![step]).await {
        Ok(_) => Ok(true),
        Err(ScriptError::Unexpected { .. }) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// One job.
///
/// # Errors
/// When the database cannot be read.
pub async fn get(db: &Db, job: Uuid) -> Result<Option<Job>, Error> {
    let sql = format!("SELECT {} FROM jy_job WHERE id = $1", Job::COLUMNS);
    db.point(&sql, &[job.into()]).await?.first().map(Job::of).transpose()
}

/// Jobs, newest first; `before` is the `(created_at, id)` of the last one of the page before.
///
/// # Errors
/// When the database cannot be read.
pub async fn list(
    db: &Db,
    state: Option<State>,
    kind: Option<&str>,
    before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Job>, Error> {
    let mut sql = format!("SELECT {} FROM jy_job WHERE created_at IS NOT NULL", Job::COLUMNS);
    let mut params: Vec<Cell> = Vec::new();
    if let Some(state) = state {
        params.push(state.as_str().into());
        sql.push_str(&format!(" AND state = ${}", params.len()));
    }
    if let Some(kind) = kind {
        params.push(kind.into());
        sql.push_str(&format!(" AND kind = ${}", params.len()));
    }
    if let Some((at, id)) = before {
        params.extend([at.into(), id.into()]);
        let last = params.len();
        sql.push_str(&format!(" AND (created_at, id) < (${}, ${last})", last - 1));
    }
    params.push(i64::from(limit.clamp(1, PAGE)).into());
    sql.push_str(&format!(" ORDER BY created_at DESC, id DESC LIMIT ${}", params.len()));
    db.read(&sql, &params).await?.iter().map(Job::of).collect()
}

/// How many jobs are in each state, none in it included, for metrics.
///
/// # Errors
/// When the database cannot be read.
pub async fn counts(db: &Db) -> Result<Vec<(State, i64)>, Error> {
    let sql = "SELECT state, count(*) FROM jy_job GROUP BY state";
    let mut counts = State::ALL.map(|state| (state, 0));
    for row in db.read(sql, &[]).await? {
        let [state, count] = row.as_slice() else { return Err(Cell::width("jy_job")) };
        let state = State::parse(state.str()?)?;
        for known in counts.iter_mut().filter(|(known, _)| *known == state) {
            known.1 = count.int()?;
        }
    }
    Ok(counts.to_vec())
}

/// Removes up to `limit` jobs that were done or called off before `before`; returns how many. Dead
/// ones stay until somebody decides.
///
/// # Errors
/// When the database cannot be written.
pub async fn clean(db: &Db, before: Instant, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM jy_job WHERE id IN (SELECT id FROM jy_job \
               WHERE state IN ('done', 'cancelled') AND finished_at < $1 LIMIT $2)";
    let params = vec![before.into(), i64::from(limit).into()];
    let step = Step::new(sql, params);
    Ok(db.run(vec![step]).await?.iter().map(|result| result.affected).sum())
}
