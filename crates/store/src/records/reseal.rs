//! Sealing a record's fields again after the master key was rotated, a chunk at a time.
//!
//! Changes no version and no blind index: the values stay what they are. A field that is written
//! meanwhile is under the new key already and is left alone. Stored files keep the key that sealed
//! them: an old master key therefore stays in the ring.

use std::collections::BTreeMap;

use schema::field::Storage;
use schema::{Catalogue, ObjectIx};
use uuid::Uuid;

use super::names::{parameter, quoted};
use super::plan::Plan;
use super::reindex::Reindexed;
use super::trash;
use crate::db::{Cell, Row, Step};
use crate::keys::{Keys, key_id};
use crate::{Error, Store};

/// Where the next chunk of an import's notes starts: import and number.
pub type ImportPlace = (Uuid, i64);

/// Deleted records read at a time while counting.
const TRASH: i64 = 500;

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

    /// The same for up to `limit` deleted records of an object.
    ///
    /// # Errors
    /// As [`Store::reseal`].
    pub async fn reseal_trash(
        &self,
        catalogue: &Catalogue,
        keys: &Keys,
        object: ObjectIx,
        (cursor, limit): (Option<Uuid>, u32),
    ) -> Result<Reindexed, Error> {
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        let rows = self.images(plan, cursor, i64::from(limit.max(1))).await?;
        let mut script = Vec::new();
        let mut last = None;
        for (id, image) in &rows {
            last = Some(*id);
            if let Some(after) = trash::reseal(plan, *id, image, keys)? {
                let sql = "UPDATE jy_trash SET image = $1 \
                           WHERE object = $2 AND id = $3 AND image = $4";
                let before = Cell::Bytes(image.clone());
                let name = plan.name.as_str().into();
                script.push(Step::new(sql, vec![Cell::Bytes(after), name, (*id).into(), before]));
            }
        }
        self.db.run(script).await?;
        let done = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Ok(Reindexed { done, cursor: last.filter(|_| done >= limit) })
    }

    async fn images(
        &self,
        plan: &Plan,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(Uuid, Vec<u8>)>, Error> {
        let sql = "SELECT id, image FROM jy_trash WHERE object = $1 AND id > $2 \
                   ORDER BY id LIMIT $3";
        let after = after.unwrap_or_default();
        let params = [plan.name.as_str().into(), after.into(), limit.into()];
        let rows = self.db.read(sql, &params).await?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [id, image] => Ok((id.uuid()?, image.bytes()?.to_vec())),
                _ => Err(Cell::width("jy_trash")),
            })
            .collect()
    }

    /// The same for what up to `limit` chunks of imports keep: their refused rows and the way back.
    /// Returns how many were looked at, and where to go on.
    ///
    /// # Errors
    /// As [`Store::reseal`].
    pub async fn reseal_imports(
        &self,
        keys: &Keys,
        after: Option<ImportPlace>,
        limit: u32,
    ) -> Result<(u32, Option<ImportPlace>), Error> {
        let sql = "SELECT import, number, bad_rows, undo FROM jy_import_chunk \
                   WHERE (import, number) > ($1, $2) ORDER BY import, number LIMIT $3";
        let (import, number) = after.unwrap_or((Uuid::nil(), i64::MIN));
        let params = [import.into(), number.into(), i64::from(limit.max(1)).into()];
        let rows = self.db.read(sql, &params).await?;
        let mut script = Vec::new();
        let mut last = None;
        for row in &rows {
            let [import, number, bad_rows, undo] = row.as_slice() else {
                return Err(Cell::width("jy_import_chunk"));
            };
            let (id, number) = (import.uuid()?, number.int()?);
            last = Some((id, number));
            for (name, cell) in [("bad_rows", bad_rows), ("undo", undo)] {
                let Some(after) = keys.reseal(id.as_bytes(), cell.bytes()?)? else { continue };
                let sql = format!(
                    "UPDATE jy_import_chunk SET {name} = $1 \
                     WHERE import = $2 AND number = $3 AND {name} = $4"
                );
                let place = [id.into(), number.into(), cell.clone()];
                script
                    .push(Step::new(sql, [Cell::Bytes(after)].into_iter().chain(place).collect()));
            }
        }
        self.db.run(script).await?;
        let done = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Ok((done, last.filter(|_| done >= limit)))
    }

    /// How many sealed values there are under each master key: fields of records, deleted records,
    /// second factors and what imports keep. Files are not counted. Reads everything sealed.
    ///
    /// # Errors
    /// When the database cannot be read or holds what no key sealed.
    pub async fn sealed_by_key(&self, catalogue: &Catalogue) -> Result<BTreeMap<u16, u64>, Error> {
        let mut found = BTreeMap::new();
        let plans = self.plans(catalogue);
        for plan in &plans.objects {
            for column in plan.columns.iter().filter(|c| c.storage == Storage::Sealed) {
                let Some((name, _)) = column.names.first() else { continue };
                self.count_keys(&quoted(name), &plan.table, &mut found).await?;
            }
            let mut after = None;
            loop {
                let images = self.images(plan, after, TRASH).await?;
                for (id, image) in &images {
                    after = Some(*id);
                    trash::keys_of(plan, image, &mut found)?;
                }
                if images.len() < usize::try_from(TRASH).unwrap_or(usize::MAX) {
                    break;
                }
            }
        }
        self.count_keys("totp_sealed", "jy_credential", &mut found).await?;
        for name in ["bad_rows", "undo"] {
            self.count_keys(name, "jy_import_chunk", &mut found).await?;
        }
        Ok(found)
    }

    async fn count_keys(
        &self,
        column: &str,
        table: &str,
        found: &mut BTreeMap<u16, u64>,
    ) -> Result<(), Error> {
        let sql = format!(
            "SELECT substr({column}, 1, 3), count(*) FROM {table} \
             WHERE {column} IS NOT NULL GROUP BY substr({column}, 1, 3)"
        );
        let rows: Vec<Row> = self.db.read(&sql, &[]).await?;
        for row in &rows {
            let [head, count] = row.as_slice() else { return Err(Cell::width(table)) };
            let count = u64::try_from(count.int()?).unwrap_or(0);
            *found.entry(key_id(head.bytes()?)?).or_default() += count;
        }
        Ok(())
    }
}
