//! Sealing a record's fields again after the master key was rotated, a chunk at a time.
//!
//! Changes no version and no blind index: the values stay what they are. A field that is written
//! meanwhile is under the new key already and is left alone.

use schema::field::Storage;
use schema::{Catalogue, ObjectIx};
use uuid::Uuid;

use super::names::{parameter, quoted};
use super::reindex::Reindexed;
use crate::db::{Cell, Step};
use crate::keys::Keys;
use crate::{Error, Store};

impl Store {
    /// Seals all sealed fields of up to `limit` records after `cursor` with the present master key.
    /// What is sealed with it already stays as it is, so a chunk may be repeated.
    ///
    /// # Errors
    /// When a field cannot be opened, or the database cannot be read or written.
    pub async fn reseal(
        &self,
        catalogue: &Catalogue,
        keys: &Keys,
        object: ObjectIx,
        (cursor, limit): (Option<Uuid>, u32),
    ) -> Result<Reindexed, Error> {
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        let sealed: Vec<_> = plan
            .columns
            .iter()
            .filter(|column| column.storage == Storage::Sealed)
            .filter_map(|column| Some((column, quoted(&column.names.first()?.0))))
            .collect();
        if sealed.is_empty() {
            return Ok(Reindexed { done: 0, cursor: None });
        }
        let names: Vec<&str> = sealed.iter().map(|(_, name)| name.as_str()).collect();
        let dialect = self.db.dialect();
        let [one, two, three] = [1, 2, 3].map(|number| parameter(dialect, number));
        let sql = format!(
            "SELECT \"id\", {} FROM {} WHERE \"id\" > {one} ORDER BY \"id\" LIMIT {two}",
            names.join(", "),
            plan.table
        );
        let after = cursor.unwrap_or_default();
        let rows = self.db.read(&sql, &[after.into(), i64::from(limit.max(1)).into()]).await?;
        let mut script = Vec::new();
        let mut last = None;
        for row in &rows {
            let Some((id, cells)) = row.split_first() else { continue };
            let id = id.uuid()?;
            last = Some(id);
            for ((column, name), cell) in sealed.iter().zip(cells) {
                if cell.is_null() {
                    continue;
                }
                let Some(after) = keys.reseal(&column.context(id), cell.bytes()?)? else {
                    continue;
                };
                let sql = format!(
                    "UPDATE {} SET {name} = {one} WHERE \"id\" = {two} AND {name} = {three}",
                    plan.table
                );
                script.push(Step::new(sql, vec![Cell::Bytes(after), id.into(), cell.clone()]));
            }
        }
        self.db.run(script).await?;
        let done = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Ok(Reindexed { done, cursor: last.filter(|_| done >= limit) })
    }
}
