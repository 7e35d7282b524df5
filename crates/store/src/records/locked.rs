//! Locked records: gone from every table that is read each day, kept as they were until a day that
//! the law sets, and then erased. Who may see them is decided above.

use std::sync::Arc;

use kernel::Instant;
use schema::{Catalogue, ObjectIx, Value};
use uuid::Uuid;

use crate::db::{Cell, Step};
use crate::{Error, Store};

/// A lock on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// The last day on which it is kept, in days since 1970.
    pub until: i64,
    /// The request for which it was locked.
    pub cause: Uuid,
}

/// A locked record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locked {
    /// Its id.
    pub id: Uuid,
    /// When it was locked.
    pub at: Instant,
    /// By whom.
    pub by: Uuid,
    /// Until when, and for what.
    pub lock: Lock,
}

/// The steps that lock a record which the same write deletes, and what was merged into it before.
#[must_use]
pub fn lock(object: &str, id: Uuid, lock: &Lock) -> Vec<Step> {
    let own = "UPDATE jy_trash SET locked_until = $3, locked_for = $4 \
               WHERE object = $1 AND id = $2 AND locked_for IS NULL";
    let merged = "UPDATE jy_trash SET locked_until = $3, locked_for = $4 WHERE object = $1 \
                  AND locked_for IS NULL \
                  AND id IN (SELECT loser FROM jy_merge WHERE object = $1 AND winner = $2)";
    let params: Vec<Cell> = vec![object.into(), id.into(), lock.until.into(), lock.cause.into()];
    let mut steps = vec![Step::exactly(own, params.clone(), 1), Step::new(merged, params)];
    steps.extend(forget_traces(object, id));
    steps
}

/// The steps that erase a deleted or locked record for good, with what was merged into it, how to
/// take that back, what else the platform knew of it and its hold on files. The first fails when it
/// is not there.
#[must_use]
pub fn erase(object: &str, id: Uuid) -> Vec<Step> {
    let own = "DELETE FROM jy_trash WHERE object = $1 AND id = $2";
    let merged = "DELETE FROM jy_trash WHERE object = $1 \
                  AND id IN (SELECT loser FROM jy_merge WHERE object = $1 AND winner = $2)";
    let traces = "DELETE FROM jy_merge WHERE object = $1 AND (winner = $2 OR loser = $2)";
    let params: Vec<Cell> = vec![object.into(), id.into()];
    let mut steps = vec![Step::exactly(own, params.clone(), 1), Step::new(merged, params.clone())];
    steps.extend(forget_traces(object, id));
    steps.push(Step::new(traces, params));
    steps.extend(crate::blobs::unuse_record(id));
    steps
}

/// Shares of a record, wishes to see it or a field of it with their reasons, and the pairs it or what was merged into
/// it stood in, decided or not.
fn forget_traces(object: &str, id: Uuid) -> Vec<Step> {
    let merged = "SELECT loser FROM jy_merge WHERE object = $1 AND winner = $2";
    [
        "DELETE FROM jy_share WHERE object = $1 AND record = $2".to_owned(),
        "DELETE FROM jy_share_request WHERE object = $1 AND record = $2".to_owned(),
        "DELETE FROM jy_approval WHERE object = $1 AND record = $2".to_owned(),
        format!("DELETE FROM jy_match_pair WHERE object = $1 AND (one = $2 OR one IN ({merged}))"),
        format!(
            "DELETE FROM jy_match_pair WHERE object = $1 AND (other = $2 OR other IN ({merged}))"
        ),
    ]
    .into_iter()
    .map(|sql| Step::new(sql, vec![object.into(), id.into()]))
    .collect()
}

impl Store {
    /// Up to `limit` locked records of an object, newest first, after the one `before`.
    pub async fn locked(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        before: Option<(Instant, Uuid)>,
        limit: u32,
    ) -> Result<Vec<Locked>, Error> {
        let plans = self.plans(catalogue);
        let sql = "SELECT id, deleted_at, deleted_by, locked_until, locked_for FROM jy_trash \
                   WHERE object = $1 AND locked_for IS NOT NULL AND (deleted_at, id) < ($2, $3) \
                   ORDER BY deleted_at DESC, id DESC LIMIT $4";
        let name = plans.at(object)?.name.as_str();
        let (at, id) = before.unwrap_or((Instant::MAX, Uuid::max()));
        let params = [name.into(), at.into(), id.into(), i64::from(limit).into()];
        let rows = self.db.read(sql, &params).await?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [id, at, by, until, cause] => Ok(Locked {
                    id: id.uuid()?,
                    at: at.instant()?,
                    by: by.uuid()?,
                    lock: Lock { until: until.int()?, cause: cause.uuid()? },
                }),
                _ => Err(Cell::width("jy_trash")),
            })
            .collect()
    }

    /// A locked record, by slot.
    pub async fn locked_image(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        id: Uuid,
    ) -> Result<Option<Vec<Value>>, Error> {
        self.image(catalogue, object, (id, "locked_for IS NOT NULL")).await
    }

    /// Whether a record is locked.
    pub async fn is_locked(&self, object: &str, id: Uuid) -> Result<bool, Error> {
        let sql = "SELECT id FROM jy_trash WHERE object = $1 AND id = $2 \
                   AND locked_for IS NOT NULL";
        Ok(!self.db.point(sql, &[object.into(), id.into()]).await?.is_empty())
    }

    /// Up to `limit` locked records whose last day lies before `day`: object, id and request.
    pub async fn locks_over(
        &self,
        day: i64,
        limit: u32,
    ) -> Result<Vec<(Arc<str>, Uuid, Uuid)>, Error> {
        let sql = "SELECT object, id, locked_for FROM jy_trash \
                   WHERE locked_for IS NOT NULL AND locked_until < $1 \
                   ORDER BY locked_until, id LIMIT $2";
        let rows = self.db.read(sql, &[day.into(), i64::from(limit).into()]).await?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [object, id, cause] => Ok((Arc::clone(object.str()?), id.uuid()?, cause.uuid()?)),
                _ => Err(Cell::width("jy_trash")),
            })
            .collect()
    }
}
