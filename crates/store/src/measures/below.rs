//! Totals by month of a unit with all below it, and of everything.
//!
//! They follow from the totals of units: what is added to one of those is added to the sums of every
//! unit above it, in the same transaction. A unit that comes under another takes its sums along.

use std::sync::{Arc, LazyLock};

use schema::Name;
use uuid::Uuid;

use super::read::Ask;
use super::{TOTAL, book};
use crate::db::{Cell, Dialect, Step};
use crate::{Error, Store};

/// The unit under which everything is summed.
pub(super) const EVERYTHING: Uuid = Uuid::nil();

const COLUMNS: &str = "unit, measure, month, class, shard, delta, weighted";
pub(super) const ADDING: &str = "ON CONFLICT (unit, measure, month, class, shard) DO UPDATE \
     SET delta = jy_measure_below.delta + excluded.delta, \
     weighted = jy_measure_below.weighted + excluded.weighted";

/// What a unit with all below it was short of in one of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BelowCorrection {
    /// The measure.
    pub measure: Name,
    /// The unit; all zeros for everything.
    pub unit: Uuid,
    /// The month, by number.
    pub month: i64,
    /// The class.
    pub class: Arc<str>,
    /// Which of the rows.
    pub shard: i64,
    /// Sum of the movements.
    pub delta: i64,
    /// Sum of each movement times its day of the month.
    pub weighted: i64,
}

/// In which row of the sums above it a unit's movements lie.
pub(super) fn shard(unit: Uuid) -> i64 {
    i64::from(unit.as_bytes().last().copied().unwrap_or_default() & 7)
}

/// The same in SQL.
fn shard_of(dialect: Dialect, unit: &str) -> String {
    match dialect {
        Dialect::Sqlite => {
            format!("(instr('0123456789ABCDEF', substr(hex({unit}), 32, 1)) - 1) & 7")
        }
        Dialect::Postgres => format!("CAST(get_byte(uuid_send({unit}), 15) & 7 AS BIGINT)"),
    }
}

/// The beginning of every statement that adds rows.
pub(super) fn insert() -> String {
    format!("INSERT INTO jy_measure_below ({COLUMNS})")
}

/// A statement, by its database and how many rows it takes.
type Text = ((Dialect, usize), Arc<str>);

/// Texts that add so many totals of units, for each database.
static TEXTS: LazyLock<Vec<Text>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        for rows in [1, book::ROWS] {
            let values = super::book::typed(
                dialect,
                &["uuid", "text", "bigint", "text", "bigint", "bigint", "bigint"],
                rows,
            );
            let sums = "CAST(SUM(delta) AS BIGINT), CAST(SUM(weighted) AS BIGINT)";
            let rest = "v.measure, v.month, v.class, v.shard, v.delta, v.weighted";
            let everything = match dialect {
                Dialect::Sqlite => "zeroblob(16)",
                Dialect::Postgres => "'00000000-0000-0000-0000-000000000000'::uuid",
            };
            let sql = format!(
                "{} WITH v ({COLUMNS}) AS (VALUES {values}) \
                 SELECT unit, measure, month, class, shard, {sums} FROM ( \
                 SELECT c.ancestor AS unit, {rest} FROM v \
                 JOIN jy_org_closure c ON c.descendant = v.unit \
                 UNION ALL SELECT {everything}, {rest} FROM v) s \
                 GROUP BY unit, measure, month, class, shard \
                 ORDER BY unit, measure, month, class, shard {ADDING}",
                insert()
            );
            all.push(((dialect, rows), sql.into()));
        }
    }
    all
});

/// Adds totals of units, of which each row is one, to the sums above them.
pub(super) fn added(dialect: Dialect, rows: Vec<Vec<Cell>>, steps: &mut Vec<Step>) {
    let text = |count: usize| {
        let wanted = (dialect, count);
        let found = TEXTS.iter().find(|(key, _)| *key == wanted);
        found.map(|(_, text)| Arc::clone(text)).unwrap_or_default()
    };
    let mut whole = rows.len() / book::ROWS;
    let mut rows = rows.into_iter();
    while whole > 0 {
        let cells = rows.by_ref().take(book::ROWS).flatten().collect();
        steps.push(Step::new(text(book::ROWS), cells));
        whole -= 1;
    }
    steps.extend(rows.map(|cells| Step::new(text(1), cells)));
}

/// Puts right single rows.
pub(super) fn corrected(dialect: Dialect, corrections: &[BelowCorrection]) -> Vec<Step> {
    let values = crate::records::names::values(dialect, 7, 1);
    let sql: Arc<str> = format!("{} VALUES {values} {ADDING}", insert()).into();
    let one = |row: &BelowCorrection| {
        let cells = vec![
            row.unit.into(),
            row.measure.as_str().into(),
            row.month.into(),
            Cell::Text(Arc::clone(&row.class)),
            row.shard.into(),
            row.delta.into(),
            row.weighted.into(),
        ];
        Step::new(Arc::clone(&sql), cells)
    };
    corrections.iter().map(one).collect()
}

/// Keeps movements out while the tree of units is changed: they ask it where to add.
pub(crate) fn lock(dialect: Dialect) -> Option<Step> {
    let lock = "LOCK TABLE jy_measure_below IN EXCLUSIVE MODE";
    (dialect == Dialect::Postgres).then(|| Step::new(lock, Vec::new()))
}

/// Takes a unit's sums from those of all units above it.
pub(crate) fn leaves(unit: Uuid) -> Step {
    above(unit, "-")
}

/// Brings a unit's sums to those of all units above it.
pub(crate) fn comes(unit: Uuid) -> Step {
    above(unit, "")
}

fn above(unit: Uuid, sign: &str) -> Step {
    let sql = format!(
        "{} SELECT a.ancestor, m.measure, m.month, m.class, m.shard, {sign}m.delta, \
         {sign}m.weighted FROM jy_measure_below m CROSS JOIN jy_org_closure a \
         WHERE m.unit = $1 AND a.descendant = $1 AND a.depth > 0 ORDER BY 1, 2, 3, 4, 5 {ADDING}",
        insert()
    );
    Step::new(sql, vec![unit.into()])
}

/// Leaves a unit only what lies at the unit itself.
pub(crate) fn alone(unit: Uuid) -> Step {
    let sql = format!(
        "{} SELECT c.ancestor, m.measure, m.month, m.class, m.shard, \
         CAST(-SUM(m.delta) AS BIGINT), CAST(-SUM(m.weighted) AS BIGINT) \
         FROM jy_org_closure c JOIN jy_measure_below m ON m.unit = c.descendant \
         WHERE c.ancestor = $1 AND c.depth = 1 \
         GROUP BY c.ancestor, m.measure, m.month, m.class, m.shard {ADDING}",
        insert()
    );
    Step::new(sql, vec![unit.into()])
}

impl Store {
    /// What the sums of a unit with all below it are short of, compared with the totals of those
    /// units; of everything when `unit` is all zeros. Costs one statement.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn measure_below_differs(
        &self,
        measure: &Name,
        unit: Uuid,
    ) -> Result<Vec<BelowCorrection>, Error> {
        let dialect = self.db.dialect();
        let mut ask = Ask::new(dialect);
        let name = ask.bind(measure.as_str().into());
        let (of, total) = (ask.bind(unit.into()), ask.bind(TOTAL.into()));
        let within = match unit == EVERYTHING {
            true => String::new(),
            false => format!(
                " AND unit IN (SELECT descendant FROM jy_org_closure WHERE ancestor = {of})"
            ),
        };
        let shard = shard_of(dialect, "unit");
        let sql = format!(
            "SELECT month, class, shard, CAST(SUM(delta) AS BIGINT), \
             CAST(SUM(weighted) AS BIGINT) FROM (\
             SELECT month, class, {shard} AS shard, delta, weighted FROM jy_measure_month \
             WHERE measure = {name} AND owner = {total}{within} UNION ALL \
             SELECT month, class, shard, -delta, -weighted FROM jy_measure_below \
             WHERE unit = {of} AND measure = {name}) d \
             GROUP BY month, class, shard HAVING SUM(delta) <> 0 OR SUM(weighted) <> 0 \
             ORDER BY month, class, shard"
        );
        let rows = self.db.read(&sql, &ask.params).await?;
        let one = |row: &crate::db::Row| {
            let [month, class, shard, delta, weighted] = row.as_slice() else {
                return Err(Cell::width("jy_measure_below"));
            };
            Ok(BelowCorrection {
                measure: measure.clone(),
                unit,
                month: month.int()?,
                class: Arc::clone(class.str()?),
                shard: shard.int()?,
                delta: delta.int()?,
                weighted: weighted.int()?,
            })
        };
        rows.iter().map(one).collect()
    }
}
