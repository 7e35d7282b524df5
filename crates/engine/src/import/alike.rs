//! Rows of a file that seem to be about somebody who is there already.
//!
//! Told when an import is tried out; a run looks only where the match rule refuses sure duplicates,
//! so that it costs nothing otherwise.

use std::collections::HashMap;

use schema::Value;
use schema::matching::{Level, Severity};
use serde::{Deserialize, Serialize};

use super::chunk::Setting;
use super::known::Known;
use super::rows::Parsed;
use crate::Error;
use crate::duplicates::{Alike, blocked};

/// Rows that a report names.
const NAMED: usize = 200;

/// A row that seems to be about a record that is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateRow {
    /// Record number in a CSV file, row number in a sheet.
    pub line: u64,
    /// How sure it is.
    pub level: Level,
}

impl Setting<'_> {
    /// The best match of each row that would make a record, by line. Costs one look-up for each 256
    /// keys of a chunk and one read for each 256 candidates.
    pub(super) async fn alike(
        &self,
        rows: &[Parsed],
        known: &HashMap<u64, Known>,
    ) -> Result<HashMap<u64, Alike>, Error> {
        let Some(rule) = self.context.catalogue.match_rule(&self.object.name) else {
            return Ok(HashMap::new());
        };
        if !(self.trial || rule.severity == Severity::Block) {
            return Ok(HashMap::new());
        }
        let of = (self.resolved.ix, self.object);
        let fresh: Vec<&Parsed> =
            rows.iter().filter(|row| !known.contains_key(&row.line)).collect();
        let mut values = Vec::with_capacity(fresh.len());
        for row in &fresh {
            let mut record = vec![Value::Null; self.object.fields.len()];
            for (slot, value) in &row.given {
                if let Some(place) = record.get_mut(usize::from(slot.0)) {
                    *place = value.clone();
                }
            }
            self.context.match_defaults(of, &mut record);
            values.push(record);
        }
        let best = self.context.alike_each(of, &values).await?;
        let found = fresh.iter().zip(best).filter_map(|(row, alike)| Some((row.line, alike?)));
        Ok(found.collect())
    }

    /// Refuses a row that is surely there already, where the match rule says so.
    pub(super) fn refuse_alike(&self, row: &mut Parsed, found: &HashMap<u64, Alike>) {
        let of = (self.resolved.ix, self.object);
        if let Some(rule) = self.context.catalogue.match_rule(&self.object.name) {
            row.violations.extend(blocked(of, rule, found.get(&row.line)));
        }
    }
}

/// Notes a row among those that a report names.
pub(super) fn name(report: &mut super::Report, row: DuplicateRow) {
    report.possible_duplicates += 1;
    if report.first_duplicates.len() < NAMED {
        report.first_duplicates.push(row);
    }
}
