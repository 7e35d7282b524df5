//! What happened to one record, by time: for timelines, which merge it with other things.

use kernel::Instant;
use uuid::Uuid;

use super::Audit;
use super::entry::{StoredEntry, columns};
use crate::Error;
use crate::db::Cell;

/// Largest page.
const PAGE: u32 = 1000;

/// Entries about one record.
#[derive(Debug, Clone, Copy)]
pub struct Trail<'a> {
    /// The record's object.
    pub object: &'a str,
    /// The record.
    pub record: Uuid,
    /// Kinds of entries.
    pub kinds: &'a [&'a str],
    /// At this instant or later.
    pub from: Option<Instant>,
    /// Before this instant, or at it with a lesser id.
    pub after: Option<(Instant, Uuid)>,
}

impl Audit {
    /// Entries of a trail, newest first, those of one instant by descending id. One statement over
    /// the entries of the record, which an index finds.
    ///
    /// # Errors
    /// When the database cannot be read in time.
    pub async fn trail(&self, trail: &Trail<'_>, limit: u32) -> Result<Vec<StoredEntry>, Error> {
        let mut params: Vec<Cell> = vec![trail.record.into(), trail.object.into()];
        let mut bind = |cell: Cell| {
            params.push(cell);
            format!("${}", params.len())
        };
        let columns = columns(self.db.dialect());
        let kinds: Vec<String> = trail.kinds.iter().map(|kind| bind((*kind).into())).collect();
        let mut sql = format!(
            "SELECT {columns} FROM jy_audit WHERE record = $1 AND object = $2 AND kind IN ({})",
            kinds.join(", ")
        );
        if let Some(from) = trail.from {
            sql.push_str(&format!(" AND at >= {}", bind(from.into())));
        }
        if let Some((at, id)) = trail.after {
            let (before, same, id) = (bind(at.into()), bind(at.into()), bind(id.into()));
            sql.push_str(&format!(" AND (at < {before} OR (at = {same} AND entry < {id}))"));
        }
        let limit = bind(Cell::Int(i64::from(limit.clamp(1, PAGE))));
        sql.push_str(&format!(" ORDER BY at DESC, entry DESC LIMIT {limit}"));
        let rows = self.db.read(&sql, &params).await?;
        rows.iter().map(|row| StoredEntry::of(row)).collect()
    }
}
