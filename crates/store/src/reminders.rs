//! Which dates of records were reminded of: each once.

use uuid::Uuid;

use crate::db::{Cell, Step};
use crate::{Error, Store};

/// A date that a reminder is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminded<'a> {
    /// Object of the record.
    pub object: &'a str,
    /// The record.
    pub record: Uuid,
    /// Code of the reminder.
    pub code: &'a str,
    /// The date, in days since 1970.
    pub day: i64,
}

/// The step that notes a reminder and what was made for it; it fails when there was one already.
#[must_use]
pub fn note(of: Reminded<'_>, made: Uuid) -> Step {
    let sql = "INSERT INTO jy_reminded (object, record, code, day, made) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let mut params = of.cells().to_vec();
    params.push(made.into());
    Step::exactly(sql, params, 1)
}

impl Reminded<'_> {
    fn cells(&self) -> [Cell; 4] {
        [self.object.into(), self.record.into(), self.code.into(), self.day.into()]
    }
}

impl Store {
    /// Whether a date was reminded of.
    pub async fn was_reminded(&self, of: Reminded<'_>) -> Result<bool, Error> {
        let sql = "SELECT made FROM jy_reminded \
                   WHERE object = $1 AND record = $2 AND code = $3 AND day = $4";
        Ok(!self.db().point(sql, &of.cells()).await?.is_empty())
    }
}
