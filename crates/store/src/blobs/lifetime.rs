//! How long files live: use by records, retention, legal hold, and the sweep of what nobody holds.

use kernel::Instant;
use tokio::fs;
use uuid::Uuid;

use super::{BlobId, Blobs, failed};
use crate::Error;
use crate::db::{Cell, Step};

/// Files removed by one call.
const SWEEP: i64 = 500;

const REMOVABLE: &str = "legal_hold = 0 AND (retain_until IS NULL OR retain_until <= $1) \
                         AND NOT EXISTS (SELECT 1 FROM jy_blob_use WHERE blob = jy_blob.id)";

/// The step that notes that a record's field holds a file; it fails when there is no such file.
#[must_use]
pub fn use_in(id: BlobId, object: &str, record: Uuid, field: &str) -> Vec<Step> {
    let known = "UPDATE jy_blob SET legal_hold = legal_hold WHERE id = $1";
    let sql = "INSERT INTO jy_blob_use (blob, object, record, field) VALUES ($1, $2, $3, $4) \
               ON CONFLICT DO NOTHING";
    let params = vec![id.cell(), object.into(), record.into(), field.into()];
    // The first step also locks the file's row, so that no sweep removes it meanwhile.
    vec![Step::exactly(known, vec![id.cell()], 1), Step::new(sql, params)]
}

/// The step that notes that a record's field no longer holds a file.
#[must_use]
pub fn unuse(id: BlobId, object: &str, record: Uuid, field: &str) -> Step {
    let sql = "DELETE FROM jy_blob_use \
               WHERE blob = $1 AND object = $2 AND record = $3 AND field = $4";
    Step::new(sql, vec![id.cell(), object.into(), record.into(), field.into()])
}

/// The steps that let go of all files of a record that is gone for good, and of its versions.
#[must_use]
pub fn unuse_record(record: Uuid) -> [Step; 2] {
    [
        Step::new("DELETE FROM jy_blob_use WHERE record = $1", vec![record.into()]),
        Step::new("DELETE FROM jy_file_version WHERE record = $1", vec![record.into()]),
    ]
}

/// The step that keeps a file at least until `until`; it never shortens a retention.
#[must_use]
pub fn retain_until(id: BlobId, until: Instant) -> Step {
    let sql = "UPDATE jy_blob SET retain_until = CASE WHEN retain_until > $2 THEN retain_until \
               ELSE $2 END WHERE id = $1";
    Step::exactly(sql, vec![id.cell(), until.into()], 1)
}

/// The step that puts a file under legal hold.
#[must_use]
pub fn hold(id: BlobId) -> Step {
    Step::exactly("UPDATE jy_blob SET legal_hold = 1 WHERE id = $1", vec![id.cell()], 1)
}

/// The step that lifts a legal hold.
#[must_use]
pub fn release(id: BlobId) -> Step {
    Step::exactly("UPDATE jy_blob SET legal_hold = 0 WHERE id = $1", vec![id.cell()], 1)
}

/// The steps that forget a file, if it may go and was last uploaded up to `before`, and the uploads
/// that brought it.
fn removal(id: BlobId, now: Instant, before: Instant) -> [Step; 2] {
    let sql = format!("DELETE FROM jy_blob WHERE id = $2 AND created_at <= $3 AND {REMOVABLE}");
    let uploads = "DELETE FROM jy_file WHERE blob = $1 \
                   AND NOT EXISTS (SELECT 1 FROM jy_blob WHERE id = $1)";
    [
        Step::new(sql, vec![now.into(), id.cell(), before.into()]),
        Step::new(uploads, vec![id.cell()]),
    ]
}

impl Blobs {
    /// Deletes one file.
    ///
    /// # Errors
    /// When a record holds it, its retention lasts or a legal hold lies on it.
    pub async fn delete(&self, id: BlobId, now: Instant) -> Result<(), Error> {
        let _changing = self.changing.lock().await;
        self.db.run(removal(id, now, now).into()).await?;
        if self.get(id).await?.is_some() {
            return Err(Error::Refused(format!("file `{id}` must be kept")));
        }
        self.unlink(id).await
    }

    /// Whether [`Blobs::sweep`] would find something.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_unheld(&self, now: Instant, before: Instant) -> Result<bool, Error> {
        Ok(!self.unheld(now, before, 1).await?.is_empty())
    }

    /// Up to `limit` files that [`Blobs::sweep`] would delete.
    async fn unheld(
        &self,
        now: Instant,
        before: Instant,
        limit: i64,
    ) -> Result<Vec<BlobId>, Error> {
        let sql = format!(
            "SELECT id FROM jy_blob WHERE created_at < $2 AND {REMOVABLE} \
             ORDER BY created_at LIMIT $3"
        );
        let rows = self.db.read(&sql, &[now.into(), before.into(), Cell::Int(limit)]).await?;
        rows.iter().filter_map(|row| row.first()).map(BlobId::of).collect()
    }

    /// Deletes up to 500 files that nobody holds, that may go, and that were last uploaded before
    /// `before` (an upload needs a while until its record is saved), with what is known of their
    /// uploads; returns how many.
    ///
    /// # Errors
    /// When the database or the folder cannot be changed.
    pub async fn sweep(&self, now: Instant, before: Instant) -> Result<u64, Error> {
        let _changing = self.changing.lock().await;
        let found = self.unheld(now, before, SWEEP).await?;
        if found.is_empty() {
            return Ok(0);
        }
        let steps = found.iter().flat_map(|id| removal(*id, now, before)).collect();
        self.db.run(steps).await?;
        let mut swept = 0;
        for id in found {
            // What was uploaded or attached between finding and removing has stayed.
            if self.get(id).await?.is_none() {
                self.unlink(id).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    async fn unlink(&self, id: BlobId) -> Result<(), Error> {
        match fs::remove_file(self.path(id)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }
}
