//! Reading the ledger: sums by span, for carriers or for places.

use std::sync::Arc;

use kernel::Date;
use kernel::time::days_since_epoch;
use schema::{Catalogue, Name, ObjectIx, Slot};
use uuid::Uuid;

use super::below::EVERYTHING;
use super::{TOTAL, month_of};
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
    /// Days from the first to the last, without what lies before.
    DayAlone(Date, Date),
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

/// Subjects of one object that an owner has, and what carries their balances.
#[derive(Debug, Clone, Copy)]
pub struct SubjectsOf<'a> {
    /// The object of the subjects.
    pub subject: ObjectIx,
    /// The carriers' object, and its reference to the subject.
    pub carrier: (ObjectIx, Slot),
    /// Whose subjects.
    pub owner: Uuid,
    /// Those at these units only, when they are given.
    pub units: Option<&'a [Uuid]>,
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
        let months = matches!(by, By::Month(..));
        let which = match summed(places).filter(|_| months) {
            Some(unit) => format!("measure = {measure} AND unit = {}", ask.bind(unit.into())),
            None => format!("measure = {measure} AND {}", ask.places(places)),
        };
        let sql = match by {
            By::Day(from, to) => {
                let (first, rows) = (ask.day(from), ask.until(&which, from, to));
                format!(
                    "SELECT class, CASE WHEN day < {first} THEN {first} - 1 ELSE day END, \
                     CAST(SUM(delta) AS BIGINT), 0 FROM ({}) m GROUP BY 1, 2",
                    rows.with("class")
                )
            }
            By::DayAlone(from, to) => {
                let (first, last) = (ask.day(from), ask.day(to));
                format!(
                    "SELECT class, day, CAST(SUM(delta) AS BIGINT), 0 FROM jy_measure_day \
                     WHERE {which} AND day >= {first} AND day <= {last} GROUP BY 1, 2"
                )
            }
            By::Month(from, to) => {
                let (first, last) = (ask.bind(from.into()), ask.bind(to.into()));
                let table = match summed(places) {
                    Some(_) => "jy_measure_below",
                    None => "jy_measure_month",
                };
                format!(
                    "SELECT class, CASE WHEN month < {first} THEN {first} - 1 ELSE month END, \
                     CAST(SUM(delta) AS BIGINT), CAST(SUM(weighted) AS BIGINT) \
                     FROM {table} WHERE {which} AND month <= {last} GROUP BY 1, 2"
                )
            }
        };
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
        let total = ask.bind(TOTAL.into());
        let sql = match holder {
            Holder::Units => {
                if children.is_empty() {
                    return Ok(Vec::new());
                }
                let children: Vec<String> =
                    children.iter().map(|id| ask.bind((*id).into())).collect();
                let children = children.join(", ");
                let (after, month) = (ask.day(day), ask.bind(month_of(day).into()));
                let end = ask.day(day.last_of_month());
                // Whole months, without what lies later in the last one.
                format!(
                    "SELECT unit, CAST(SUM(delta) AS BIGINT) FROM (\
                     SELECT unit, delta FROM jy_measure_below WHERE unit IN ({children}) \
                     AND measure = {measure} AND month <= {month} \
                     UNION ALL SELECT c.ancestor, -d.delta FROM jy_org_closure c \
                     JOIN jy_measure_day d ON d.measure = {measure} AND d.unit = c.descendant \
                     AND d.owner = {total} AND d.day > {after} AND d.day <= {end} \
                     WHERE c.ancestor IN ({children})) m GROUP BY unit"
                )
            }
            Holder::Owners => {
                let unit = ask.bind(unit.into());
                let which = format!(
                    "measure = {measure} AND owner <> {total} AND unit IN (SELECT descendant \
                     FROM jy_org_closure WHERE ancestor = {unit})"
                );
                let rows = ask.until(&which, day, day).with("owner");
                format!("SELECT owner, CAST(SUM(delta) AS BIGINT) FROM ({rows}) m GROUP BY owner")
            }
        };
        self.db.read(&sql, &ask.params).await?.iter().map(holding).collect()
    }

    /// Sums until a day for the subjects that belong to an owner, the largest `most` of those that
    /// have any. Costs one statement, led by the index of owners.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measured_subjects(
        &self,
        catalogue: &Catalogue,
        measure: &Name,
        of: SubjectsOf<'_>,
        (day, most): (Date, u32),
    ) -> Result<Vec<(Uuid, i64)>, Error> {
        if of.units.is_some_and(<[Uuid]>::is_empty) {
            return Ok(Vec::new());
        }
        let plans = self.plans(catalogue);
        let mut ask = Ask::new(self.db.dialect());
        let measure = ask.bind(measure.as_str().into());
        let (last, owner) = (ask.day(day), ask.bind(of.owner.into()));
        let at = match of.units {
            None => String::new(),
            Some(units) => {
                let units: Vec<String> = units.iter().map(|id| ask.bind((*id).into())).collect();
                format!(" AND s.\"org_unit\" IN ({})", units.join(", "))
            }
        };
        let (held, column) = self.pointer(&plans, of.carrier)?;
        let subjects = &plans.at(of.subject)?.table;
        let sql = format!(
            "SELECT s.\"id\", CAST(SUM(l.delta) AS BIGINT) FROM {subjects} s \
             JOIN {held} c ON c.{column} = s.\"id\" \
             JOIN jy_measure_carrier l ON l.measure = {measure} AND l.carrier = c.\"id\" \
             AND l.day <= {last} WHERE s.\"owner\" = {owner}{at} GROUP BY s.\"id\" \
             HAVING SUM(l.delta) <> 0 ORDER BY 2 DESC, 1 LIMIT {most}"
        );
        self.db.read(&sql, &ask.params).await?.iter().map(holding).collect()
    }
}

/// The unit whose sums with all below it answer for these places.
fn summed(places: &Places) -> Option<Uuid> {
    match places {
        Places::All => Some(EVERYTHING),
        Places::Below(unit) => Some(*unit),
        Places::Unit(_) | Places::Owner(..) => None,
    }
}

/// Who has how much.
fn holding(row: &Row) -> Result<(Uuid, i64), Error> {
    match row.as_slice() {
        [id, sum] => Ok((id.uuid()?, sum.int()?)),
        _ => Err(Cell::width("parts of a measure")),
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

/// Rows of the ledger until a day.
struct Until {
    months: String,
    days: String,
}

impl Until {
    /// As a query of them, with one more column.
    fn with(&self, column: &str) -> String {
        format!("SELECT {column}, {} UNION ALL SELECT {column}, {}", self.months, self.days)
    }
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

    /// All rows until a day: of whole months, and of the days since the month of `from` began.
    fn until(&mut self, which: &str, from: Date, to: Date) -> Until {
        let start = self.day(from.first_of_month());
        let (last, month) = (self.day(to), self.bind(month_of(from).into()));
        Until {
            months: format!(
                "{start} - 1 AS day, delta FROM jy_measure_month WHERE {which} AND month < {month}"
            ),
            days: format!(
                "day, delta FROM jy_measure_day \
                 WHERE {which} AND day >= {start} AND day <= {last}"
            ),
        }
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
