//! What a virus scanner said of stored files. Who may read a file that it objects to is decided above.

use kernel::Instant;

use super::{Blob, BlobId, Blobs};
use crate::Error;
use crate::db::{Cell, Step};

/// What a scanner said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Something was found.
    Infected,
}

impl Verdict {
    /// The word as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Clean => "clean",
            Verdict::Infected => "infected",
        }
    }

    pub(crate) fn of(cell: &Cell) -> Result<Option<Verdict>, Error> {
        match cell {
            Cell::Null => Ok(None),
            text => Verdict::parse(text.str()?).map(Some),
        }
    }

    fn parse(text: &str) -> Result<Verdict, Error> {
        let known = [Verdict::Clean, Verdict::Infected];
        let found = known.into_iter().find(|verdict| verdict.as_str() == text);
        found.ok_or_else(|| Error::Corrupt(format!("a file's verdict is `{text}`")))
    }
}

/// The step that keeps what a scanner said of a file, with its own words.
#[must_use]
pub fn judge(id: BlobId, verdict: Verdict, note: &str, now: Instant) -> Step {
    let sql = "UPDATE jy_blob SET verdict = $2, verdict_note = $3, scanned_at = $4 WHERE id = $1";
    Step::new(sql, vec![id.cell(), verdict.as_str().into(), note.into(), now.into()])
}

impl Blobs {
    /// Up to `limit` files that no scanner has judged, oldest first, uploaded after those of the
    /// page before.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn unscanned(&self, after: Option<&Blob>, limit: u32) -> Result<Vec<Blob>, Error> {
        let sql = "SELECT id FROM jy_blob WHERE verdict IS NULL AND (created_at, id) > ($1, $2) \
                   ORDER BY created_at, id LIMIT $3";
        let (at, id) = after.map_or((Instant::MIN, BlobId([0; 32])), |b| (b.created_at, b.id));
        let params = [at.into(), id.cell(), i64::from(limit).into()];
        let mut found = Vec::new();
        for row in self.db.read(sql, &params).await? {
            let Some(id) = row.first().map(BlobId::of).transpose()? else { continue };
            found.extend(self.get(id).await?);
        }
        Ok(found)
    }
}
