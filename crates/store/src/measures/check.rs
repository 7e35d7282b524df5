//! What a check of the ledger and the bandings read: rows of carriers, sums by place from both sides,
//! and sums of days of whole months by subject.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kernel::Date;
use kernel::time::days_since_epoch;
use schema::{Catalogue, Name, ObjectIx, Slot};
use uuid::Uuid;

use super::read::Ask;
use crate::db::{Cell, Dialect};
use crate::records::names::quoted;
use crate::{Error, Store};

/// A row of a carrier's history: day by number, class, sum.
pub type Entry = (i64, Arc<str>, i64);

/// What owners stand at in one unit, by class; zeros are left out.
pub type Standing = BTreeMap<(Uuid, Arc<str>), i64>;

/// A span of whole days.
#[derive(Debug, Clone, Copy)]
pub struct MonthOf {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Store {
    /// The histories of carriers, each in order of day and class. Costs one statement for each 200.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measure_entries(
        &self,
        measure: &Name,
        carriers: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<Entry>>, Error> {
        let mut found: HashMap<Uuid, Vec<Entry>> = HashMap::new();
        for some in carriers.chunks(200) {
            let mut ask = Ask::new(self.db.dialect());
            let measure = ask.bind(measure.as_str().into());
            let some: Vec<String> = some.iter().map(|id| ask.bind((*id).into())).collect();
            let sql = format!(
                "SELECT carrier, day, class, delta FROM jy_measure_carrier \
                 WHERE measure = {measure} AND carrier IN ({}) AND delta <> 0 \
                 ORDER BY carrier, day, class",
                some.join(", ")
            );
            for row in self.db.read(&sql, &ask.params).await? {
                let [carrier, day, class, delta] = row.as_slice() else {
                    return Err(Cell::width("jy_measure_carrier"));
                };
                let entry = (day.int()?, Arc::clone(class.str()?), delta.int()?);
                found.entry(carrier.uuid()?).or_default().push(entry);
            }
        }
        Ok(found)
    }

    /// Whether a measure has sums by place at all. Costs one point read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_measured(&self, measure: &Name) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM jy_measure_day WHERE measure = $1 LIMIT 1";
        Ok(!self.db.point(sql, &[measure.as_str().into()]).await?.is_empty())
    }

    /// What the ledger says a unit's owners stand at, its total among them, by its days or by its
    /// months. Costs one statement.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measure_standing(
        &self,
        measure: &Name,
        unit: Uuid,
        months: bool,
    ) -> Result<Standing, Error> {
        let mut ask = Ask::new(self.db.dialect());
        let (measure, unit) = (ask.bind(measure.as_str().into()), ask.bind(unit.into()));
        let table = if months { "jy_measure_month" } else { "jy_measure_day" };
        let sql = format!(
            "SELECT owner, class, CAST(SUM(delta) AS BIGINT) FROM {table} \
             WHERE measure = {measure} AND unit = {unit} GROUP BY owner, class"
        );
        self.standing(&sql, &ask.params).await
    }

    /// What the histories of the carriers of a unit's subjects add up to, by owner. Costs one
    /// statement.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measure_standing_reckoned(
        &self,
        catalogue: &Catalogue,
        measure: &Name,
        unit: Uuid,
        (carrier, subject): ((ObjectIx, Slot), ObjectIx),
    ) -> Result<Standing, Error> {
        let plans = self.plans(catalogue);
        let mut ask = Ask::new(self.db.dialect());
        let measure = ask.bind(measure.as_str().into());
        let at_unit = match unit.is_nil() {
            true => "s.\"org_unit\" IS NULL".to_owned(),
            false => format!("s.\"org_unit\" = {}", ask.bind(unit.into())),
        };
        let (held, column) = self.pointer(&plans, carrier)?;
        let subjects = &plans.at(subject)?.table;
        let sql = format!(
            "SELECT s.\"owner\", l.class, CAST(SUM(l.delta) AS BIGINT) FROM {subjects} s \
             JOIN {held} c ON c.{column} = s.\"id\" \
             JOIN jy_measure_carrier l ON l.measure = {measure} AND l.carrier = c.\"id\" \
             WHERE {at_unit} GROUP BY s.\"owner\", l.class"
        );
        self.standing(&sql, &ask.params).await
    }

    async fn standing(&self, sql: &str, params: &[Cell]) -> Result<Standing, Error> {
        let mut found = Standing::new();
        for row in self.db.read(sql, params).await? {
            let [owner, class, sum] = row.as_slice() else {
                return Err(Cell::width("a standing of a measure"));
            };
            let owner = if owner.is_null() { Uuid::nil() } else { owner.uuid()? };
            if sum.int()? != 0 {
                found.insert((owner, Arc::clone(class.str()?)), sum.int()?);
            }
        }
        Ok(found)
    }

    /// For each subject that has any, the sum of the balances of all days of a span. Costs one
    /// statement for each 200 subjects.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measure_days(
        &self,
        catalogue: &Catalogue,
        measure: &Name,
        (carrier, subjects): ((ObjectIx, Slot), &[Uuid]),
        MonthOf { from, to }: MonthOf,
    ) -> Result<HashMap<Uuid, i128>, Error> {
        let plans = self.plans(catalogue);
        let (first, last) = (days_since_epoch(from), days_since_epoch(to));
        let length = i128::from(last - first + 1);
        let mut found = HashMap::new();
        for some in subjects.chunks(200) {
            let mut ask = Ask::new(self.db.dialect());
            let measure = ask.bind(measure.as_str().into());
            let (first, last) = (ask.bind(first.into()), ask.bind(last.into()));
            let (held, column) = self.pointer(&plans, carrier)?;
            let some: Vec<String> = some.iter().map(|id| ask.bind((*id).into())).collect();
            // A cross join keeps its order: the few carriers first, never the whole ledger.
            let join = match self.db.dialect() {
                Dialect::Sqlite => "CROSS JOIN",
                Dialect::Postgres => "JOIN",
            };
            let sql = format!(
                "SELECT c.{column}, \
                 CAST(SUM(CASE WHEN l.day < {first} THEN l.delta ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN l.day < {first} THEN 0 \
                 ELSE l.delta * ({last} - l.day + 1) END) AS BIGINT) \
                 FROM {held} c {join} jy_measure_carrier l \
                 ON l.measure = {measure} AND l.carrier = c.\"id\" AND l.day <= {last} \
                 WHERE c.{column} IN ({}) GROUP BY c.{column}",
                some.join(", ")
            );
            for row in self.db.read(&sql, &ask.params).await? {
                let [subject, opening, within] = row.as_slice() else {
                    return Err(Cell::width("days of a measure"));
                };
                let days = i128::from(opening.int()?) * length + i128::from(within.int()?);
                found.insert(subject.uuid()?, days);
            }
        }
        Ok(found)
    }

    /// Table and column, quoted, of a reference.
    pub(super) fn pointer(
        &self,
        plans: &crate::records::Plans,
        (object, slot): (ObjectIx, Slot),
    ) -> Result<(String, String), Error> {
        let plan = plans.at(object)?;
        let column = plan.column(slot)?.names.first().map(|(name, _)| quoted(name));
        let column = column.ok_or_else(|| Error::Internal("a reference is a column".into()))?;
        Ok((plan.table.clone(), column))
    }
}
