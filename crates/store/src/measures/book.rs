//! Writing the ledger.
//!
//! Movements are summed by key and written in the order of the keys, so that two writers never wait
//! for each other in a circle, and a batch of many records writes few rows.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use kernel::time::days_since_epoch;
use schema::Name;
use uuid::Uuid;

use super::{Bookings, Carriers, Movement, Place, TOTAL, Transfer, below, month_of};
use crate::Error;
use crate::db::{Cell, Dialect, Step};
use crate::records::Plans;
use crate::records::names::{parameter, quoted, values};

/// Rows that one statement carries.
pub(super) const ROWS: usize = 40;

/// A table of the ledger.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Carrier,
    Day,
    Month,
}

type CarrierKey<'a> = (&'a Name, Uuid, i64, &'a str);
type PlaceKey<'a> = (&'a Name, Place, i64, &'a str);

/// The steps of a commit's bookings.
pub(crate) fn steps(
    dialect: Dialect,
    plans: &Plans,
    bookings: &Bookings,
) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    for transfer in &bookings.transfers {
        transfer_steps(dialect, plans, transfer, &mut steps)?;
    }
    movement_steps(dialect, bookings, &mut steps)?;
    steps.extend(below::corrected(dialect, &bookings.below));
    Ok(steps)
}

fn movement_steps(
    dialect: Dialect,
    bookings: &Bookings,
    steps: &mut Vec<Step>,
) -> Result<(), Error> {
    let mut carriers: BTreeMap<CarrierKey<'_>, i64> = BTreeMap::new();
    let mut days: BTreeMap<PlaceKey<'_>, i64> = BTreeMap::new();
    let mut months: BTreeMap<PlaceKey<'_>, (i64, i64)> = BTreeMap::new();
    let mut placed = Vec::with_capacity(bookings.movements.len() * 2);
    for Movement { measure, carrier, class, day, delta, .. } in &bookings.histories {
        let key = (measure, *carrier, days_since_epoch(*day), &**class);
        add(carriers.entry(key).or_default(), *delta)?;
    }
    for movement in &bookings.movements {
        let Movement { measure, carrier, place, class, day, delta } = movement;
        let number = days_since_epoch(*day);
        add(carriers.entry((measure, *carrier, number, class)).or_default(), *delta)?;
        for place in [*place, Place { owner: TOTAL, ..*place }] {
            placed.push((measure, place, *day, class, *delta));
        }
    }
    let placed = placed.into_iter().map(|row| (row, None));
    let corrections = bookings.corrections.iter();
    let corrections =
        corrections.map(|c| ((&c.measure, c.place, c.day, &c.class, c.delta), Some(c.months)));
    for ((measure, place, day, class, delta), only) in placed.chain(corrections) {
        if only != Some(true) {
            add(days.entry((measure, place, days_since_epoch(day), class)).or_default(), delta)?;
        }
        if only == Some(false) {
            continue;
        }
        let weighted = delta.checked_mul(i64::from(day.day())).ok_or_else(overflow)?;
        let sums = months.entry((measure, place, month_of(day), class)).or_default();
        add(&mut sums.0, delta)?;
        add(&mut sums.1, weighted)?;
    }
    let rows = carriers.into_iter().filter(|(_, delta)| *delta != 0);
    let rows = rows.map(|((measure, carrier, day, class), delta)| {
        vec![measure.as_str().into(), carrier.into(), day.into(), class.into(), delta.into()]
    });
    upserts(dialect, Table::Carrier, rows.collect(), steps);
    let rows = days.into_iter().filter(|(_, delta)| *delta != 0);
    let rows = rows.map(|((measure, Place { unit, owner }, day, class), delta)| {
        let (measure, class) = (measure.as_str().into(), class.into());
        vec![measure, unit.into(), owner.into(), day.into(), class, delta.into()]
    });
    upserts(dialect, Table::Day, rows.collect(), steps);
    months.retain(|_, sums| *sums != (0, 0));
    let totals = months.iter().filter(|((_, place, ..), _)| place.owner == TOTAL);
    let totals = totals.map(|((measure, Place { unit, .. }, month, class), (delta, weighted))| {
        let (measure, class, shard) =
            (measure.as_str().into(), (*class).into(), below::shard(*unit));
        let (unit, month) = ((*unit).into(), (*month).into());
        vec![unit, measure, month, class, shard.into(), (*delta).into(), (*weighted).into()]
    });
    let totals: Vec<Vec<Cell>> = totals.collect();
    let rows = months.into_iter();
    let rows = rows.map(|((measure, Place { unit, owner }, month, class), (delta, weighted))| {
        let (measure, class) = (measure.as_str().into(), class.into());
        vec![measure, unit.into(), owner.into(), month.into(), class, delta.into(), weighted.into()]
    });
    upserts(dialect, Table::Month, rows.collect(), steps);
    below::added(dialect, totals, steps);
    Ok(())
}

fn add(sum: &mut i64, more: i64) -> Result<(), Error> {
    *sum = sum.checked_add(more).ok_or_else(overflow)?;
    Ok(())
}

fn overflow() -> Error {
    Error::Refused("a sum of a measure is too large".into())
}

fn upserts(dialect: Dialect, table: Table, rows: Vec<Vec<Cell>>, steps: &mut Vec<Step>) {
    let whole = rows.len() / ROWS * ROWS;
    let mut rows = rows.into_iter();
    let mut left = whole;
    while left > 0 {
        let cells: Vec<Cell> = rows.by_ref().take(ROWS).flatten().collect();
        steps.push(Step::new(text(dialect, table, true), cells));
        left -= ROWS;
    }
    steps.extend(rows.map(|cells| Step::new(text(dialect, table, false), cells)));
}

/// A statement's text, and what it is for.
type Text = ((Dialect, Table, bool), Arc<str>);

/// Statement texts by database, table and number of rows; made once.
static TEXTS: LazyLock<Vec<Text>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        for table in [Table::Carrier, Table::Day, Table::Month] {
            for many in [false, true] {
                let rows = if many { ROWS } else { 1 };
                let values = values(dialect, table.columns().split(',').count(), rows);
                let sql = format!(
                    "INSERT INTO {} ({}) VALUES {values} {}",
                    table.name(),
                    table.columns(),
                    table.adding()
                );
                all.push(((dialect, table, many), sql.into()));
            }
        }
    }
    all
});

fn text(dialect: Dialect, table: Table, many: bool) -> Arc<str> {
    let wanted = (dialect, table, many);
    TEXTS.iter().find(|(key, _)| *key == wanted).map(|(_, text)| text.clone()).unwrap_or_default()
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Table::Carrier => "jy_measure_carrier",
            Table::Day => "jy_measure_day",
            Table::Month => "jy_measure_month",
        }
    }

    fn columns(self) -> &'static str {
        match self {
            Table::Carrier => "measure, carrier, day, class, delta",
            Table::Day => "measure, unit, owner, day, class, delta",
            Table::Month => "measure, unit, owner, month, class, delta, weighted",
        }
    }

    fn adding(self) -> &'static str {
        match self {
            Table::Carrier => {
                "ON CONFLICT (measure, carrier, day, class) DO UPDATE \
                 SET delta = jy_measure_carrier.delta + excluded.delta"
            }
            Table::Day => {
                "ON CONFLICT (measure, unit, owner, day, class) DO UPDATE \
                 SET delta = jy_measure_day.delta + excluded.delta"
            }
            Table::Month => {
                "ON CONFLICT (measure, unit, owner, month, class) DO UPDATE \
                 SET delta = jy_measure_month.delta + excluded.delta, \
                 weighted = jy_measure_month.weighted + excluded.weighted"
            }
        }
    }
}

/// What carriers stand at, taken from one place and class and brought to another. Their sums are
/// read by the statements themselves, after the rows that decide which carriers they are.
fn transfer_steps(
    dialect: Dialect,
    plans: &Plans,
    transfer: &Transfer,
    steps: &mut Vec<Step>,
) -> Result<(), Error> {
    for table in [Table::Day, Table::Month] {
        steps.push(moved_place(dialect, plans, transfer, table)?);
    }
    steps.push(moved_below(dialect, plans, transfer)?);
    if let Some(class) = &transfer.class {
        // The carriers' own history last: the sums above are of what stood before.
        steps.push(moved_class(dialect, plans, transfer, class)?);
    }
    Ok(())
}

/// Leaves the old place and its unit's total, comes to the new ones; what is equal cancels out.
fn moved_place(
    dialect: Dialect,
    plans: &Plans,
    transfer: &Transfer,
    table: Table,
) -> Result<Step, Error> {
    let mut bound = Bound { dialect, params: Vec::new() };
    let mut sides = Vec::new();
    for (place, sign) in [(transfer.from, -1_i64), (transfer.to, 1)] {
        let class = transfer.class.as_ref().filter(|_| sign > 0);
        for owner in [place.owner, TOTAL] {
            let cells = [place.unit.into(), owner.into(), sign.into()].map(|cell| bound.bind(cell));
            let class = bound.text(class.cloned());
            sides.push(format!("({}, {class})", cells.join(", ")));
        }
    }
    let day = transfer.day;
    let span = if table == Table::Day { days_since_epoch(day) } else { month_of(day) };
    let span = bound.bind(span.into());
    let sum = "SUM(l.delta * s.column3)";
    let weighted = match table {
        Table::Month => {
            let of_month = bound.bind(i64::from(day.day()).into());
            format!(", CAST({sum} AS BIGINT) * {of_month}")
        }
        _ => String::new(),
    };
    let which = bound.carriers(plans, transfer)?;
    let class = "COALESCE(s.column4, l.class)";
    let sql = format!(
        "INSERT INTO {} ({}) SELECT l.measure, s.column1, s.column2, {span}, {class}, \
         CAST({sum} AS BIGINT){weighted} \
         FROM jy_measure_carrier l CROSS JOIN (VALUES {}) s WHERE {which} \
         GROUP BY l.measure, s.column1, s.column2, {class} HAVING {sum} <> 0 {}",
        table.name(),
        table.columns(),
        sides.join(", "),
        table.adding()
    );
    Ok(Step::new(sql, bound.params))
}

/// Leaves the sums of all units above the old place, comes to those above the new one.
fn moved_below(dialect: Dialect, plans: &Plans, transfer: &Transfer) -> Result<Step, Error> {
    let mut bound = Bound { dialect, params: Vec::new() };
    let (mut sides, mut units) = (Vec::new(), Vec::new());
    for (place, sign) in [(transfer.from, -1_i64), (transfer.to, 1)] {
        let class = transfer.class.as_ref().filter(|_| sign > 0);
        let unit = bound.bind(place.unit.into());
        let cells = [below::shard(place.unit), sign].map(|cell| bound.bind(cell.into()));
        sides.push(format!("({unit}, {}, {})", cells.join(", "), bound.text(class.cloned())));
        units.push(unit);
    }
    let month = bound.bind(month_of(transfer.day).into());
    let of_month = bound.bind(i64::from(transfer.day.day()).into());
    let everything = bound.bind(below::EVERYTHING.into());
    let which = bound.carriers(plans, transfer)?;
    let (class, sum) = ("COALESCE(s.column4, l.class)", "SUM(l.delta * s.column3)");
    let [from, to] = units.as_slice() else {
        return Err(Error::Internal("a transfer has two sides".into()));
    };
    let sql = format!(
        "{} SELECT a.ancestor, l.measure, {month}, {class}, s.column2, CAST({sum} AS BIGINT), \
         CAST({sum} AS BIGINT) * {of_month} \
         FROM jy_measure_carrier l CROSS JOIN (VALUES {}) s \
         JOIN (SELECT ancestor, descendant FROM jy_org_closure WHERE descendant IN ({from}, {to}) \
         UNION SELECT {everything}, {from} UNION SELECT {everything}, {to}) a \
         ON a.descendant = s.column1 WHERE {which} \
         GROUP BY a.ancestor, l.measure, {class}, s.column2 HAVING {sum} <> 0 \
         ORDER BY 1, 2, 4, 5 {}",
        below::insert(),
        sides.join(", "),
        below::ADDING
    );
    Ok(Step::new(sql, bound.params))
}

/// All that stood under whatever class comes under the new one.
fn moved_class(
    dialect: Dialect,
    plans: &Plans,
    transfer: &Transfer,
    class: &Arc<str>,
) -> Result<Step, Error> {
    let mut bound = Bound { dialect, params: Vec::new() };
    let none = bound.text(None);
    let new = bound.text(Some(Arc::clone(class)));
    let signs = [-1_i64, 1].map(|sign| bound.bind(sign.into()));
    let [out, back] = signs;
    let day = bound.bind(days_since_epoch(transfer.day).into());
    let which = bound.carriers(plans, transfer)?;
    let class = "COALESCE(s.column2, l.class)";
    let sum = "SUM(l.delta * s.column1)";
    let sql = format!(
        "INSERT INTO {} ({}) SELECT l.measure, l.carrier, {day}, {class}, CAST({sum} AS BIGINT) \
         FROM jy_measure_carrier l CROSS JOIN (VALUES ({out}, {none}), ({back}, {new})) s \
         WHERE {which} GROUP BY l.measure, l.carrier, {class} HAVING {sum} <> 0 {}",
        Table::Carrier.name(),
        Table::Carrier.columns(),
        Table::Carrier.adding()
    );
    Ok(Step::new(sql, bound.params))
}

/// Groups of parameters whose types PostgreSQL cannot tell from where they stand.
pub(super) fn typed(dialect: Dialect, types: &[&str], rows: usize) -> String {
    let one = |row: usize| {
        let cells = types.iter().enumerate().map(|(at, ty)| {
            let mark = parameter(dialect, row * types.len() + at + 1);
            match dialect {
                Dialect::Sqlite => mark,
                Dialect::Postgres => format!("{mark}::{ty}"),
            }
        });
        format!("({})", cells.collect::<Vec<String>>().join(", "))
    };
    (0..rows).map(one).collect::<Vec<String>>().join(", ")
}

/// Parameters in the making.
struct Bound {
    dialect: Dialect,
    params: Vec<Cell>,
}

impl Bound {
    fn bind(&mut self, cell: Cell) -> String {
        let cast = match (&cell, self.dialect) {
            (_, Dialect::Sqlite) => "",
            (Cell::Uuid(_), _) => "::uuid",
            (Cell::Int(_), _) => "::bigint",
            _ => "::text",
        };
        self.params.push(cell);
        format!("{}{cast}", parameter(self.dialect, self.params.len()))
    }

    fn text(&mut self, text: Option<Arc<str>>) -> String {
        self.bind(text.map_or(Cell::Null, Cell::Text))
    }

    /// Which rows of the carriers' ledger a transfer is about.
    fn carriers(&mut self, plans: &Plans, transfer: &Transfer) -> Result<String, Error> {
        let measure = self.bind(transfer.measure.as_str().into());
        let carriers = match transfer.carriers {
            Carriers::One(id) => format!("= {}", self.bind(id.into())),
            Carriers::Of(object, slot, subject) => {
                let plan = plans.at(object)?;
                let column = plan.column(slot)?.names.first().map(|(name, _)| quoted(name));
                let column =
                    column.ok_or_else(|| Error::Internal("a reference is a column".into()))?;
                let subject = self.bind(subject.into());
                format!("IN (SELECT \"id\" FROM {} WHERE {column} = {subject})", plan.table)
            }
        };
        Ok(format!("l.measure = {measure} AND l.carrier {carriers}"))
    }
}
