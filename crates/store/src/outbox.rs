//! The outbox: events of committed changes, taken at least once, in order of their ids.
//!
//! Events are inserted by the commit they tell of. Whoever takes one must be idempotent by its
//! `event` id: a node that dies before saying "done" leaves it to another.

use std::sync::Arc;

use jiff::SignedDuration;
use kernel::Instant;
use schema::Name;
use uuid::Uuid;

use crate::Error;
use crate::db::{Cell, Db, Dialect, Row, Step};
use crate::jobs::after;

/// One event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id; reactions are idempotent by it.
    pub id: Uuid,
    /// When.
    pub at: Instant,
    /// What happened.
    pub kind: &'static str,
    /// Object.
    pub object: Name,
    /// Record.
    pub record: Uuid,
    /// Canonical JSON.
    pub body: Vec<u8>,
}

/// An event as it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its place in the outbox.
    pub number: i64,
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Instant,
    /// What happened.
    pub kind: Arc<str>,
    /// Object.
    pub object: Arc<str>,
    /// Record.
    pub record: Uuid,
    /// Canonical JSON.
    pub body: Vec<u8>,
    /// How often it was taken, this time included.
    pub attempts: i64,
}

const COLUMNS: &str = "id, event, at, kind, object, record, body, attempts";

/// The step that puts an event into the outbox.
#[must_use]
pub fn step(event: &Event) -> Step {
    Step::exactly(
        "INSERT INTO jy_outbox (event, at, kind, object, record, body) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        vec![
            event.id.into(),
            event.at.into(),
            event.kind.into(),
            event.object.as_str().into(),
            event.record.into(),
            event.body.clone().into(),
        ],
        1,
    )
    .apart()
}

/// The step that says an event was dealt with; it may stand in the commit of what dealt with it.
#[must_use]
pub fn done(number: i64, now: Instant) -> Step {
    let sql = "UPDATE jy_outbox SET done_at = $2, lease_until = NULL, worker = NULL WHERE id = $1";
    Step::new(sql, vec![number.into(), now.into()])
}

/// The step that leaves an event for later.
#[must_use]
pub fn later(number: i64, until: Instant) -> Step {
    let sql = "UPDATE jy_outbox SET lease_until = $2 WHERE id = $1 AND done_at IS NULL";
    Step::new(sql, vec![number.into(), until.into()])
}

/// Takes up to `limit` events that nobody else has, for `lease`.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn take(
    db: &Db,
    worker: &str,
    now: Instant,
    lease: SignedDuration,
    limit: u32,
) -> Result<Vec<Taken>, Error> {
    let free = "done_at IS NULL AND (lease_until IS NULL OR lease_until < $1)";
    // An empty outbox must not cost a write.
    let sql = format!("SELECT id FROM jy_outbox WHERE {free} LIMIT 1");
    if db.point(&sql, &[now.into()]).await?.is_empty() {
        return Ok(Vec::new());
    }
    let skip = match db.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let sql = format!(
        "UPDATE jy_outbox SET lease_until = $2, worker = $3, attempts = attempts + 1 WHERE id IN \
         (SELECT id FROM jy_outbox WHERE {free} ORDER BY id LIMIT $4{skip}) RETURNING {COLUMNS}"
    );
    let params =
        vec![now.into(), after(now, lease)?.into(), worker.into(), i64::from(limit).into()];
    let results = db.run(vec![Step::new(sql, params)]).await?;
    let rows = results.into_iter().flat_map(|result| result.rows);
    let mut taken: Vec<Taken> = rows.map(|row| of(&row)).collect::<Result<_, _>>()?;
    taken.sort_by_key(|event| event.number);
    Ok(taken)
}

/// Puts the events of a span of time back, to be taken again; returns how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn replay(db: &Db, from: Instant, until: Instant) -> Result<u64, Error> {
    let sql = "UPDATE jy_outbox SET done_at = NULL, lease_until = NULL, attempts = 0 \
               WHERE done_at IS NOT NULL AND at >= $1 AND at < $2";
    let results = db.run(vec![Step::new(sql, vec![from.into(), until.into()])]).await?;
    Ok(results.iter().map(|result| result.affected).sum())
}

/// Removes up to `limit` events that were dealt with before `before`; returns how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn clean(db: &Db, before: Instant, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM jy_outbox WHERE id IN (SELECT id FROM jy_outbox \
               WHERE done_at IS NOT NULL AND done_at < $1 ORDER BY done_at LIMIT $2)";
    let params = vec![before.into(), i64::from(limit).into()];
    let results = db.run(vec![Step::new(sql, params)]).await?;
    Ok(results.iter().map(|result| result.affected).sum())
}

/// Lets go of up to `limit` events that nobody took since before `before`, so that a backlog has an
/// end; returns how many. They can be replayed like any other.
///
/// # Errors
/// When the database cannot be written.
pub async fn give_up(db: &Db, before: Instant, now: Instant, limit: u32) -> Result<u64, Error> {
    let old = "done_at IS NULL AND at < $1";
    let sql = format!("SELECT id FROM jy_outbox WHERE {old} ORDER BY id LIMIT 1");
    if db.point(&sql, &[before.into()]).await?.is_empty() {
        return Ok(0);
    }
    let sql = format!(
        "UPDATE jy_outbox SET done_at = $2, lease_until = NULL, worker = NULL WHERE id IN \
         (SELECT id FROM jy_outbox WHERE {old} ORDER BY id LIMIT $3)"
    );
    let params = vec![before.into(), now.into(), i64::from(limit).into()];
    let results = db.run(vec![Step::new(sql, params)]).await?;
    Ok(results.iter().map(|result| result.affected).sum())
}

/// How many events wait, and since when the oldest does.
///
/// # Errors
/// When the database cannot be read.
pub async fn backlog(db: &Db) -> Result<(i64, Option<Instant>), Error> {
    let sql = "SELECT count(*), min(at) FROM jy_outbox WHERE done_at IS NULL";
    let rows = db.read(sql, &[]).await?;
    match rows.first().map(Vec::as_slice) {
        Some([count, oldest]) => Ok((count.int()?, oldest.instant_or_null()?)),
        _ => Ok((0, None)),
    }
}

fn of(row: &Row) -> Result<Taken, Error> {
    let [number, id, at, kind, object, record, body, attempts] = row.as_slice() else {
        return Err(Cell::width("jy_outbox"));
    };
    Ok(Taken {
        number: number.int()?,
        id: id.uuid()?,
        at: at.instant()?,
        kind: Arc::clone(kind.str()?),
        object: Arc::clone(object.str()?),
        record: record.uuid()?,
        body: body.bytes()?.to_vec(),
        attempts: attempts.int()?,
    })
}
