//! One record by its id: the hot path. Prepared once per set of fields; opens what is sealed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use schema::catalogue::base;
use schema::{Catalogue, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::column::{Kind, value};
use super::names::{parameter, quoted};
use super::plan::{List, Plan, Plans};
use super::select::{self, Select};
use crate::db::{Cell, Dialect, Row};
use crate::{Error, Store};

/// Texts remembered for one object; beyond that the table starts anew.
const KEPT: usize = 256;

/// Records read in one statement.
const MANY: usize = 256;

impl Store {
    /// The record, by slot: fields in `slots` have their values, all others (and computed ones) are
    /// empty. `id` and `version` are always there. None if there is no such record.
    pub async fn get(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        id: Uuid,
        slots: &[Slot],
    ) -> Result<Option<Vec<Value>>, Error> {
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        let sql = self.get_text(plan, slots)?;
        let rows = self.db.point(&sql, &[id.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(self.record_of(plan, id, row, slots)?))
    }

    /// As [`Store::get`], with the columns of `more`, which asks about the same record: one statement
    /// for both.
    pub async fn get_with(
        &self,
        catalogue: &Catalogue,
        (object, id): (ObjectIx, Uuid),
        slots: &[Slot],
        more: Option<&Select<'_>>,
    ) -> Result<Option<(Vec<Value>, Option<Vec<Value>>)>, Error> {
        let Some(select) = more else {
            let values = self.get(catalogue, object, id, slots).await?;
            return Ok(values.map(|values| (values, None)));
        };
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        let (statement, shape) = self.compiled_about(catalogue, &plans, select, |alias| {
            self.columns_of(plan, slots, alias)
        })?;
        let rows = self.db.point(&statement.sql, &statement.params).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let own = row.get(shape.width()..).unwrap_or_default();
        let values = self.record_of(plan, id, own, slots)?;
        let more = self.values(&plans, &shape, &rows).await?.into_iter().next();
        Ok(Some((values, more)))
    }

    /// The values of a row that [`Store::columns_of`] asked for.
    fn record_of(
        &self,
        plan: &Plan,
        id: Uuid,
        row: &[Cell],
        slots: &[Slot],
    ) -> Result<Vec<Value>, Error> {
        let mut values = vec![Value::Null; plan.columns.len()];
        let mut at = 0;
        for slot in always().chain(slots.iter().copied().filter(|slot| !is_always(*slot))) {
            let column = plan.column(slot)?;
            let width = column.read().count();
            let cells = row.get(at..at + width).unwrap_or_default();
            if let (Some(place), false) = (values.get_mut(usize::from(slot.0)), width == 0) {
                *place = column.decode(Some(id), cells, &*self.cipher)?;
            }
            at += width;
        }
        let lists = plan.lists.iter().filter(|list| slots.contains(&list.slot));
        for (list, cell) in lists.zip(row.get(at..).unwrap_or_default()) {
            if let Some(place) = values.get_mut(usize::from(list.slot.0)) {
                *place = joined(list, cell)?;
            }
        }
        Ok(values)
    }

    /// Several records by their ids, in no particular order; those that are gone are left out. Costs
    /// one statement for each 256 ids.
    pub async fn get_many(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        ids: &[Uuid],
        slots: &[Slot],
    ) -> Result<Vec<Vec<Value>>, Error> {
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        let columns = self.columns_of(plan, slots, &plan.table)?;
        let mut records = Vec::with_capacity(ids.len());
        for some in ids.chunks(MANY) {
            let Some(last) = some.last() else { continue };
            let mut params: Vec<Cell> = some.iter().map(|id| (*id).into()).collect();
            // Few lengths mean few statements: repeat the last up to a power of two.
            params.resize(some.len().next_power_of_two(), (*last).into());
            let marks: Vec<String> =
                (1..=params.len()).map(|at| parameter(self.db.dialect(), at)).collect();
            let sql = format!(
                "SELECT {columns} FROM {} WHERE \"id\" IN ({})",
                plan.table,
                marks.join(", ")
            );
            let rows = self.db.read(&sql, &params).await?;
            for row in &rows {
                let id = row.first().unwrap_or(&Cell::Null).uuid()?;
                records.push(self.record_of(plan, id, row, slots)?);
            }
        }
        Ok(records)
    }

    fn get_text(&self, plan: &Plan, slots: &[Slot]) -> Result<Arc<str>, Error> {
        let known = plan.gets.read().unwrap_or_else(PoisonError::into_inner).get(slots).cloned();
        if let Some(text) = known {
            return Ok(text);
        }
        let one = parameter(self.db.dialect(), 1);
        let columns = self.columns_of(plan, slots, &plan.table)?;
        let text: Arc<str> =
            format!("SELECT {columns} FROM {} WHERE \"id\" = {one}", plan.table).into();
        let mut texts = plan.gets.write().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= KEPT {
            texts.clear();
        }
        texts.insert(slots.to_vec(), Arc::clone(&text));
        Ok(text)
    }

    /// What is read of a record, whose table goes by `alias`: its columns, then its lists.
    fn columns_of(&self, plan: &Plan, slots: &[Slot], alias: &str) -> Result<String, Error> {
        let mut columns = Vec::new();
        for slot in always().chain(slots.iter().copied().filter(|slot| !is_always(*slot))) {
            let names = plan.column(slot)?.read();
            columns.extend(names.map(|name| format!("{alias}.{}", quoted(name))));
        }
        let lists = plan.lists.iter().filter(|list| slots.contains(&list.slot));
        columns.extend(lists.map(|list| all_items(self.db.dialect(), list, alias)));
        Ok(columns.join(", "))
    }

    /// The items of a list field of these records, in order.
    pub(crate) async fn items(
        &self,
        plan: &Plan,
        slot: Slot,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Value>, Error> {
        let list = plan.lists.iter().find(|list| list.slot == slot);
        let list = list.ok_or_else(|| Error::Internal("a list field without a table".into()))?;
        let mut found: HashMap<Uuid, Vec<Value>> = HashMap::new();
        let Some(last) = ids.last() else { return Ok(HashMap::new()) };
        let mut params: Vec<Cell> = ids.iter().map(|id| (*id).into()).collect();
        // Few lengths mean few statements: repeat the last up to a power of two.
        params.resize(ids.len().next_power_of_two(), (*last).into());
        let marks: Vec<String> =
            (1..=params.len()).map(|at| parameter(self.db.dialect(), at)).collect();
        let sql = format!(
            "SELECT record, item FROM {} WHERE record IN ({}) ORDER BY record, ord",
            list.table,
            marks.join(", ")
        );
        for row in self.db.point(&sql, &params).await? {
            let (record, item) = pair(&row)?;
            let item = match list.storage {
                schema::field::Storage::Uuids => value(schema::field::Storage::Uuid, item)?,
                _ => value(schema::field::Storage::Text, item)?,
            };
            found.entry(record).or_default().push(item);
        }
        Ok(found.into_iter().map(|(id, items)| (id, Value::List(items.into()))).collect())
    }

    /// The statement about the one record that the filter names: the columns of `select`, then
    /// those that `own` lists of its table, whose alias it is given.
    fn compiled_about(
        &self,
        catalogue: &Catalogue,
        plans: &Plans,
        select: &Select<'_>,
        own: impl FnOnce(&str) -> Result<String, Error>,
    ) -> Result<(select::Statement, select::Shape), Error> {
        let mut compiler = self.compiler(catalogue, plans, select.object, select.env)?;
        compiler.gather();
        let (columns, shape) = select::columns(&mut compiler, &select.columns)?;
        let gathered = compiler.gathered()?;
        let filter = select.filter.map(|node| compiler.condition(node)).transpose()?;
        let filter = filter.ok_or_else(|| Error::Internal("no record is named".into()))?;
        let own = own(&compiler.scope(0)?.alias)?;
        let from = format!("{}{gathered}", compiler.from(0)?);
        let sql = format!("SELECT {}, {own} FROM {from} WHERE {filter}", columns.join(", "));
        Ok((select::Statement { sql, params: compiler.params }, shape))
    }
}

/// Stands between items of a list read as one text; no text of a field holds it.
const BETWEEN: char = '\u{1f}';

/// The items of one record's list, in order, as one text: a statement less for each list.
fn all_items(dialect: Dialect, list: &List, alias: &str) -> String {
    let joined = match (dialect, list.kind()) {
        (Dialect::Sqlite, Kind::Uuid) => "group_concat(hex(item), char(31) ORDER BY ord)",
        (Dialect::Sqlite, _) => "group_concat(item, char(31) ORDER BY ord)",
        (Dialect::Postgres, _) => "string_agg(item::text, chr(31) ORDER BY ord)",
    };
    format!("(SELECT {joined} FROM {} WHERE record = {alias}.\"id\")", list.table)
}

fn joined(list: &List, cell: &Cell) -> Result<Value, Error> {
    if cell.is_null() {
        return Ok(Value::Null);
    }
    let items = cell.str()?.split(BETWEEN).map(|item| match list.kind() {
        Kind::Uuid => {
            let id = item.parse().map_err(|_| Error::Corrupt("an item of a list".into()))?;
            Ok(Value::Id(id))
        }
        _ => Ok(Value::text(item)),
    });
    Ok(Value::List(items.collect::<Result<Vec<_>, Error>>()?.into()))
}

fn pair(row: &Row) -> Result<(Uuid, &Cell), Error> {
    match row.as_slice() {
        [record, item] => Ok((record.uuid()?, item)),
        _ => Err(Error::Internal("a row of another width".into())),
    }
}

fn always() -> impl Iterator<Item = Slot> {
    [base::ID, base::VERSION].into_iter()
}

fn is_always(slot: Slot) -> bool {
    slot == base::ID || slot == base::VERSION
}
