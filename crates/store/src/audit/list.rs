//! Reading the log by record, object, actor, kind and time; newest first, a page at a time.

use kernel::Instant;
use uuid::Uuid;

use super::Audit;
use super::entry::{StoredEntry, columns};
use crate::Error;
use crate::db::Cell;

/// Largest page.
const PAGE: u32 = 1000;

/// Which entries; what is not given does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// On this object.
    pub object: Option<String>,
    /// On this record.
    pub record: Option<Uuid>,
    /// By this actor.
    pub actor: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<String>,
    /// At this instant or later.
    pub from: Option<Instant>,
    /// Before this instant.
    pub until: Option<Instant>,
}

impl Audit {
    /// Entries that match, newest first; `before` is the `number` of the last entry of the page
    /// before. A record or an actor narrows by an index; without either the log is read backwards.
    ///
    /// # Errors
    /// When the database cannot be read in time.
    pub async fn list(
        &self,
        filter: &Filter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<StoredEntry>, Error> {
        let conditions: [(&str, Option<Cell>); 7] = [
            ("record =", filter.record.map(Cell::from)),
            ("actor =", filter.actor.map(Cell::from)),
            ("object =", filter.object.as_deref().map(Cell::from)),
            ("kind =", filter.kind.as_deref().map(Cell::from)),
            ("at >=", filter.from.map(Cell::from)),
            ("at <", filter.until.map(Cell::from)),
            ("id <", before.map(Cell::from)),
        ];
        let mut params = Vec::new();
        let mut sql = format!("SELECT {} FROM jy_audit", columns(self.db.dialect()));
        for (condition, value) in conditions {
            let Some(value) = value else { continue };
            sql.push_str(if params.is_empty() { " WHERE " } else { " AND " });
            params.push(value);
            sql.push_str(&format!("{condition} ${}", params.len()));
        }
        params.push(Cell::Int(i64::from(limit.clamp(1, PAGE))));
        sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", params.len()));
        let rows = self.db.read(&sql, &params).await?;
        rows.iter().map(|row| StoredEntry::of(row)).collect()
    }
}
