//! Reading the ledger: sums by span, for carriers or for places.

use std::sync::Arc;

use kernel::Date;
use kernel::time::days_since_epoch;
use schema::Name;
use uuid::Uuid;

use super::TOTAL;
use crate::db::{Cell, Dialect, Row};
use crate::records::names::parameter;
use crate::{Error, Store};

/// Carriers asked about in one statement.
const CARRIERS: usize = 200;

/// Movements of one class in one span, summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The class.
    pub class: Arc<str>,
    /// Number of the day or month; what lies before the first is under the one before it.
    pub span: i64,
    /// Sum of the movements.
    pub delta: i64,
    /// Sum of each movement times its day of the month; 0 for days.
    pub weighted: i64,
}

/// How movements are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Days from the first to the last; earlier ones together.
    Day(Date, Date),
    /// Months by number, first to last; earlier ones together.
    Month(i64, i64),
}

/// Rows of the ledger by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Places {
    /// Everywhere.
    All,
    /// One unit.
    Unit(Uuid),
    /// One unit and all below it.
    Below(Uuid),
    /// What one owner has, at these units only when they are given.
    Owner(Uuid, Option<Vec<Uuid>>),
}

/// What is told apart below a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The units directly below, each with all below it.
    Units,
    /// The owners at the unit itself and below it.
    Owners,
}

impl Store {
    /// Sums for carriers, over all of them. Costs one statement for each 200.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measured(
        &self,
        measure: &Name,
        carriers: &[Uuid],
        (from, to): (Date, Date),
    ) -> Result<Vec<Sum>, Error> {
        let mut sums = Vec::new();
        for some in carriers.chunks(CARRIERS) {
            let mut ask = Ask::new(self.db.dialect());
            let (first, last) = (ask.day(from), ask.day(to));
            let measure = ask.bind(measure.as_str().into());
            let some: Vec<String> = some.iter().map(|id| ask.bind((*id).into())).collect();
            let span = format!("CASE WHEN day < {first} THEN {first} - 1 ELSE day END");
            let sql = format!(
                "SELECT class, {span}, CAST(SUM(delta) AS BIGINT), 0 FROM jy_measure_carrier \
                 WHERE measure = {measure} AND carrier IN ({}) AND day <= {last} GROUP BY 1, 2",
                some.join(", ")
            );
            let rows = self.db.read(&sql, &ask.params).await?;
            sums.extend(rows.iter().map(sum).collect::<Result<Vec<Sum>, Error>>()?);
        }
        Ok(sums)
    }

    /// Sums for places. Costs one statement.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measured_at(
        &self,
        measure: &Name,
        places: &Places,
        by: By,
    ) -> Result<Vec<Sum>, Error> {
        let mut ask = Ask::new(self.db.dialect());
        let measure = ask.bind(measure.as_str().into());
        let (table, column, first, last, weighted) = match by {
            By::Day(from, to) => {
                let (first, last) = (ask.day(from), ask.day(to));
                ("jy_measure_day", "day", first, last, "0")
            }
            By::Month(from, to) => {
                let (first, last) = (ask.bind(from.into()), ask.bind(to.into()));
                ("jy_measure_month", "month", first, last, "CAST(SUM(weighted) AS BIGINT)")
            }
        };
        let which = ask.places(places);
        let span = format!("CASE WHEN {column} < {first} THEN {first} - 1 ELSE {column} END");
        let sql = format!(
            "SELECT class, {span}, CAST(SUM(delta) AS BIGINT), {weighted} FROM {table} \
             WHERE measure = {measure} AND {which} AND {column} <= {last} GROUP BY 1, 2"
        );
        self.db.read(&sql, &ask.params).await?.iter().map(sum).collect()
    }

    /// Sums below a unit on a day, by what `holder` tells apart. Costs one statement.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measured_below(
        &self,
        measure: &Name,
        unit: Uuid,
        (holder, children): (Holder, &[Uuid]),
        day: Date,
    ) -> Result<Vec<(Uuid, i64)>, Error> {
        let mut ask = Ask::new(self.db.dialect());
        let measure = ask.bind(measure.as_str().into());
        let last = ask.day(day);
        let sql = match holder {
            Holder::Units => {
                if children.is_empty() {
                    return Ok(Vec::new());
                }
                let total = ask.bind(TOTAL.into());
                let children: Vec<String> =
                    children.iter().map(|id| ask.bind((*id).into())).collect();
                format!(
                    "SELECT c.ancestor, CAST(SUM(m.delta) AS BIGINT) FROM jy_org_closure c \
                     JOIN jy_measure_day m ON m.measure = {measure} AND m.unit = c.descendant \
                     AND m.owner = {total} AND m.day <= {last} \
                     WHERE c.ancestor IN ({}) GROUP BY c.ancestor",
                    children.join(", ")
                )
            }
            Holder::Owners => {
                let (total, unit) = (ask.bind(TOTAL.into()), ask.bind(unit.into()));
                format!(
                    "SELECT owner, CAST(SUM(delta) AS BIGINT) FROM jy_measure_day \
                     WHERE measure = {measure} AND unit IN (SELECT descendant FROM \
                     jy_org_closure WHERE ancestor = {unit}) AND owner <> {total} \
                     AND day <= {last} GROUP BY owner"
                )
            }
        };
        let rows = self.db.read(&sql, &ask.params).await?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [id, sum] => Ok((id.uuid()?, sum.int()?)),
                _ => Err(Cell::width("jy_measure_day")),
            })
            .collect()
    }
}

fn sum(row: &Row) -> Result<Sum, Error> {
    let [class, span, delta, weighted] = row.as_slice() else {
        return Err(Cell::width("a sum of a measure"));
    };
    Ok(Sum {
        class: Arc::clone(class.str()?),
        span: span.int()?,
        delta: delta.int()?,
        weighted: weighted.int()?,
    })
}

/// A question in the making.
pub(super) struct Ask {
    dialect: Dialect,
    pub(super) params: Vec<Cell>,
}

impl Ask {
    pub(super) fn new(dialect: Dialect) -> Ask {
        Ask { dialect, params: Vec::new() }
    }

    pub(super) fn bind(&mut self, cell: Cell) -> String {
        let cast = match (&cell, self.dialect) {
            (Cell::Int(_), Dialect::Postgres) => "::bigint",
            _ => "",
        };
        self.params.push(cell);
        format!("{}{cast}", parameter(self.dialect, self.params.len()))
    }

    fn day(&mut self, day: Date) -> String {
        self.bind(days_since_epoch(day).into())
    }

    fn places(&mut self, places: &Places) -> String {
        match places {
            Places::All => format!("owner = {}", self.bind(TOTAL.into())),
            Places::Unit(unit) => {
                let unit = self.bind((*unit).into());
                format!("unit = {unit} AND owner = {}", self.bind(TOTAL.into()))
            }
            Places::Below(unit) => {
                let unit = self.bind((*unit).into());
                let total = self.bind(TOTAL.into());
                format!(
                    "unit IN (SELECT descendant FROM jy_org_closure WHERE ancestor = {unit}) \
                     AND owner = {total}"
                )
            }
            Places::Owner(owner, units) => {
                let owner = format!("owner = {}", self.bind((*owner).into()));
                match units {
                    None => owner,
                    Some(units) => {
                        let units: Vec<String> =
                            units.iter().map(|id| self.bind((*id).into())).collect();
                        format!("{owner} AND unit IN ({})", units.join(", "))
                    }
                }
            }
        }
    }
}
