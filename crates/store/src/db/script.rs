//! A script: the steps of one transaction, and how it may fail.

use std::sync::Arc;

use super::cell::{Cell, Row};
use crate::Error;

/// How many rows a step must touch (or return, when it returns rows).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Any number.
    Any,
    /// Exactly so many; otherwise the script fails.
    Rows(u64),
}

/// One statement of a script. Parameters are `$1`, `$2`, …
#[derive(Debug, Clone)]
pub struct Step {
    /// The statement.
    pub sql: Arc<str>,
    /// What is bound.
    pub params: Vec<Cell>,
    /// Its effect.
    pub expect: Expect,
    /// Set when nothing else in the transaction depends on the step: it may be run at the end, among
    /// others of its kind in the order of this number, so that neighbours in a tree follow each other.
    pub late: Option<i64>,
    /// Whether it neither reads nor changes what another step of its script changes, so that those
    /// beside it may be sent as one statement, or before all others; see [`Step::apart`].
    pub(crate) apart: bool,
    /// Set when the step is no statement but brings rows into a table, on PostgreSQL alone.
    pub(crate) filling: Option<Arc<Filling>>,
}

/// A table to be filled with many rows at once, as PostgreSQL's binary copy does.
#[derive(Debug)]
pub struct Filling {
    /// Begins the copy.
    pub(super) copy: String,
    /// Returns nothing; tells the columns' types.
    pub(super) types: String,
    /// Cells of a row.
    pub(super) width: usize,
}

impl Filling {
    /// Fills these columns of a table; names are quoted already where that is needed.
    #[must_use]
    pub fn of(table: &str, columns: &[String]) -> Filling {
        let (width, columns) = (columns.len(), columns.join(", "));
        Filling {
            copy: format!("COPY {table} ({columns}) FROM STDIN (FORMAT binary)"),
            types: format!("SELECT {columns} FROM {table} LIMIT 0"),
            width,
        }
    }
}

impl Step {
    /// A step with any effect.
    pub fn new(sql: impl Into<Arc<str>>, params: Vec<Cell>) -> Step {
        Step {
            sql: sql.into(),
            params,
            expect: Expect::Any,
            late: None,
            apart: false,
            filling: None,
        }
    }

    /// A step that must touch or return exactly `rows` rows.
    pub fn exactly(sql: impl Into<Arc<str>>, params: Vec<Cell>, rows: u64) -> Step {
        Step { expect: Expect::Rows(rows), ..Step::new(sql, params) }
    }

    /// A step with any effect, on which nothing else in its transaction depends; `order` is where in
    /// a tree it writes.
    pub fn late(sql: impl Into<Arc<str>>, params: Vec<Cell>, order: i64) -> Step {
        Step { late: Some(order), ..Step::new(sql, params) }
    }

    /// The step, promised to touch nothing that another step of its script touches. Its returned rows
    /// are not asked for.
    #[must_use]
    pub fn apart(self) -> Step {
        Step { apart: true, ..self }
    }

    /// Brings rows into a table, all cells one after the other. PostgreSQL alone takes it, where a
    /// statement for each row, or parameters for each cell, cost more than the rows.
    #[must_use]
    pub fn fill(table: &Arc<Filling>, cells: Vec<Cell>) -> Step {
        let rows = cells.len().checked_div(table.width).unwrap_or(0) as u64;
        let filling = Some(Arc::clone(table));
        Step { filling, ..Step::exactly("", cells, rows) }.apart()
    }
}

/// What a step did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepResult {
    /// Rows touched, or returned by a step that returns rows.
    pub affected: u64,
    /// Returned rows.
    pub rows: Vec<Row>,
}

/// Why a script was undone; `step` counts from zero.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// A step touched another number of rows than expected.
    #[error("step {step} touched {rows} rows")]
    Unexpected {
        /// Which.
        step: usize,
        /// How many.
        rows: u64,
    },
    /// A unique constraint. PostgreSQL names the constraint, SQLite the columns
    /// (`table.a, table.b`).
    #[error("step {step} repeats a value of `{constraint}`")]
    Unique {
        /// Which.
        step: usize,
        /// The constraint.
        constraint: Arc<str>,
    },
    /// A foreign key.
    #[error("step {step} refers to a missing row")]
    Foreign {
        /// Which.
        step: usize,
    },
    /// Nothing is wrong with it: it was undone together with another bulk script.
    #[error("undone together with another script")]
    Undone,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<ScriptError> for Error {
    fn from(error: ScriptError) -> Error {
        match error {
            ScriptError::Other(error) => error,
            other => Error::Internal(other.to_string()),
        }
    }
}
