//! Counters that must not be overrun, and answers that are remembered for a while.

use kernel::Instant;
use uuid::Uuid;

use super::affected;
use crate::Error;
use crate::db::{Cell, Db, Step};

/// The step that takes one of `quota` reveals of a user's `day`; it fails when none is left, and
/// the commit that would reveal fails with it.
#[must_use]
pub fn take_reveal(user: Uuid, day: i64, quota: u32) -> Step {
    if quota == 0 {
        let never = "UPDATE jy_reveal SET count = count WHERE user_id = $1 AND day < day";
        return Step::exactly(never, vec![user.into()], 1);
    }
    let sql = "INSERT INTO jy_reveal (user_id, day, count) VALUES ($1, $2, 1) \
               ON CONFLICT (user_id, day) DO UPDATE SET count = jy_reveal.count + 1 \
               WHERE jy_reveal.count < $3";
    Step::exactly(sql, vec![user.into(), day.into(), i64::from(quota).into()], 1)
}

/// The step that counts a reveal where no quota holds.
#[must_use]
pub fn count_reveal(user: Uuid, day: i64) -> Step {
    take_reveal(user, day, u32::MAX)
}

/// How many reveals a user has made on a day.
///
/// # Errors
/// When the database cannot be read.
pub async fn reveals_on(db: &Db, user: Uuid, day: i64) -> Result<i64, Error> {
    let sql = "SELECT count FROM jy_reveal WHERE user_id = $1 AND day = $2";
    let rows = db.point(sql, &[user.into(), day.into()]).await?;
    rows.first().and_then(|row| row.first()).map_or(Ok(0), Cell::int)
}

/// Removes counters of days before `day`; returns how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn clean_reveals(db: &Db, day: i64) -> Result<u64, Error> {
    affected(db, Step::new("DELETE FROM jy_reveal WHERE day < $1", vec![day.into()])).await
}

/// The digest of the request and the answer remembered under a caller's key, if not expired.
///
/// # Errors
/// When the database cannot be read.
pub async fn remembered(
    db: &Db,
    actor: Uuid,
    key: &str,
    now: Instant,
) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
    let sql = "SELECT digest, answer FROM jy_idempotency \
               WHERE actor = $1 AND name = $2 AND expires_at > $3";
    let rows = db.point(sql, &[actor.into(), key.into(), now.into()]).await?;
    match rows.first().map(Vec::as_slice) {
        Some([digest, answer]) => Ok(Some((digest.bytes()?.to_vec(), answer.bytes()?.to_vec()))),
        _ => Ok(None),
    }
}

/// Removes up to `limit` answers that have expired; returns how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn clean_idempotency(db: &Db, now: Instant, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM jy_idempotency WHERE expires_at <= $1 AND (actor, name) IN \
               (SELECT actor, name FROM jy_idempotency WHERE expires_at <= $1 LIMIT $2)";
    affected(db, Step::new(sql, vec![now.into(), i64::from(limit).into()])).await
}
