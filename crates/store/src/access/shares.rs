//! Shares: one record opened to one user, for a while.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use super::affected;
use crate::Error;
use crate::db::{Cell, Db, Step};

/// One share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its id.
    pub id: Uuid,
    /// Of which object.
    pub object: Arc<str>,
    /// Which record.
    pub record: Uuid,
    /// To whom.
    pub user: Uuid,
    /// Whether they may change it.
    pub may_write: bool,
    /// Until when; for good when nothing.
    pub expires_at: Option<Instant>,
    /// By whom.
    pub granted_by: Uuid,
    /// When.
    pub granted_at: Instant,
}

/// The step that shares a record, or changes an existing share of it to the same user.
#[must_use]
pub fn share(share: &Share) -> Step {
    let sql = "INSERT INTO jy_share (id, object, record, user_id, may_write, expires_at, \
               granted_by, granted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
               ON CONFLICT (object, record, user_id) DO UPDATE SET \
               may_write = excluded.may_write, expires_at = excluded.expires_at, \
               granted_by = excluded.granted_by, granted_at = excluded.granted_at";
    let params = vec![
        share.id.into(),
        Cell::Text(Arc::clone(&share.object)),
        share.record.into(),
        share.user.into(),
        share.may_write.into(),
        share.expires_at.into(),
        share.granted_by.into(),
        share.granted_at.into(),
    ];
    Step::exactly(sql, params, 1)
}

/// The step that takes a share back.
#[must_use]
pub fn revoke_share(object: &str, record: Uuid, user: Uuid) -> Step {
    let sql = "DELETE FROM jy_share WHERE object = $1 AND record = $2 AND user_id = $3";
    Step::exactly(sql, vec![object.into(), record.into(), user.into()], 1)
}

/// As [`revoke_share`], for a share that may be gone already.
#[must_use]
pub fn withdraw_share(object: &str, record: Uuid, user: Uuid) -> Step {
    let Step { sql, params, .. } = revoke_share(object, record, user);
    Step::new(sql, params)
}

/// Whether a record is shared with a user at present; `Some(true)` when they may change it.
///
/// # Errors
/// When the database cannot be read.
pub async fn is_shared(
    db: &Db,
    object: &str,
    record: Uuid,
    user: Uuid,
    now: Instant,
) -> Result<Option<bool>, Error> {
    let sql = "SELECT may_write FROM jy_share WHERE object = $1 AND record = $2 AND user_id = $3 \
               AND (expires_at IS NULL OR expires_at > $4)";
    let key = [object.into(), record.into(), user.into(), now.into()];
    let rows = db.point(sql, &key).await?;
    rows.first().and_then(|row| row.first()).map(Cell::flag).transpose()
}

/// To whom a record is shared, expired shares among them.
///
/// # Errors
/// When the database cannot be read.
pub async fn shares_of_record(db: &Db, object: &str, record: Uuid) -> Result<Vec<Share>, Error> {
    let sql = "SELECT id, object, record, user_id, may_write, expires_at, granted_by, granted_at \
               FROM jy_share WHERE object = $1 AND record = $2 ORDER BY granted_at, id LIMIT 500";
    let rows = db.read(sql, &[object.into(), record.into()]).await?;
    rows.iter()
        .map(|row| match row.as_slice() {
            [id, object, record, user, may_write, expires_at, granted_by, granted_at] => {
                Ok(Share {
                    id: id.uuid()?,
                    object: Arc::clone(object.str()?),
                    record: record.uuid()?,
                    user: user.uuid()?,
                    may_write: may_write.flag()?,
                    expires_at: expires_at.instant_or_null()?,
                    granted_by: granted_by.uuid()?,
                    granted_at: granted_at.instant()?,
                })
            }
            _ => Err(Cell::width("jy_share")),
        })
        .collect()
}

/// Removes shares that are over; returns how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn clean_shares(db: &Db, now: Instant) -> Result<u64, Error> {
    affected(db, Step::new("DELETE FROM jy_share WHERE expires_at < $1", vec![now.into()])).await
}
