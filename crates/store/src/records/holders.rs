//! Who holds the values of a constraint over several fields.

use schema::catalogue::Unique;
use schema::field::Storage;
use schema::{Catalogue, ObjectIx, Value};
use uuid::Uuid;

use super::names::{parameter, quoted};
use crate::db::{Cell, Dialect};
use crate::{Error, Store};

/// Rows looked up in one statement.
const ASKED: usize = 256;

impl Store {
    /// The record that holds each row of values, in the order of the constraint's fields; `None`
    /// where nobody does, or a value is empty. One look-up by the constraint's own index for each
    /// row, 256 in a statement.
    pub async fn holders(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        unique: &Unique,
        rows: &[Vec<Value>],
    ) -> Result<Vec<Option<Uuid>>, Error> {
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        let known = plan.uniques.iter().find(|known| *known.name == *unique.name.as_str());
        let missing = || Error::Internal(format!("no constraint `{}`", unique.name));
        let known = known.ok_or_else(missing)?;
        let dialect = self.db.dialect();
        let mut columns = Vec::new();
        for slot in &unique.fields {
            let names = plan.key_columns(*slot);
            let kinds = &plan.column(*slot)?.names;
            columns.extend(names.into_iter().filter_map(|name| {
                let (_, kind) = kinds.iter().find(|(known, _)| *known == name)?;
                Some((name, kind.sql(dialect).split(' ').next().unwrap_or_default()))
            }));
        }
        let marks: String = (0..columns.len()).map(|at| format!(", \"__k{at}\"")).collect();
        let on: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, (name, _))| format!("t.{} = n.\"__k{at}\"", quoted(name)))
            .collect();
        let mut holders = vec![None; rows.len()];
        for (first, some) in (0_usize..).step_by(ASKED).zip(rows.chunks(ASKED)) {
            // Few lengths mean few statements: rows of nothing, which nobody holds, fill up.
            let full = some.len().next_power_of_two();
            let mut params: Vec<Cell> = Vec::with_capacity(full * columns.len());
            for row in some {
                for (slot, value) in unique.fields.iter().zip(row) {
                    plan.column(*slot)?.encode_key(value, &*self.cipher, &mut params)?;
                }
            }
            params.resize(full * columns.len(), Cell::Null);
            let asked: Vec<String> = (0..full)
                .map(|row| {
                    let cells = columns.iter().enumerate().map(|(at, (_, kind))| {
                        let mark = parameter(dialect, row * columns.len() + at + 1);
                        match dialect {
                            Dialect::Sqlite => format!(", {mark}"),
                            Dialect::Postgres => format!(", {mark}::{kind}"),
                        }
                    });
                    format!("({row}{})", cells.collect::<String>())
                })
                .collect();
            let sql = format!(
                "WITH n(\"__at\"{marks}) AS (VALUES {}) SELECT n.\"__at\", t.\"id\" FROM n \
                 CROSS JOIN {} t WHERE {}{}",
                asked.join(", "),
                plan.table,
                on.join(" AND "),
                known.among
            );
            for row in self.db.read(&sql, &params).await? {
                let [at, id] = row.as_slice() else { continue };
                let at = usize::try_from(at.int()?).ok().and_then(|at| first.checked_add(at));
                if let Some(place) = at.and_then(|at| holders.get_mut(at)) {
                    *place = Some(id.uuid()?);
                }
            }
        }
        Ok(holders)
    }
}

impl super::column::Column {
    /// Appends the cells of `value` that a constraint compares; empty ones for a value that no
    /// constraint holds.
    fn encode_key(
        &self,
        value: &Value,
        cipher: &dyn super::Cipher,
        out: &mut Vec<Cell>,
    ) -> Result<(), Error> {
        match (self.storage, super::column::plain(value)) {
            (Storage::Sealed, None) => out.push(Cell::Null),
            (Storage::Sealed, Some(text)) => {
                let blind = cipher.blind(self.object.as_str(), self.field.as_str(), text);
                out.push(Cell::Bytes(blind.to_vec()));
            }
            _ => self.encode(Uuid::nil(), value, cipher, out)?,
        }
        Ok(())
    }
}
