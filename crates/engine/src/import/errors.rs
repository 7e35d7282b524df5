//! The refused rows of an import, kept sealed beside its chunks, as a file to correct.

use schema::catalogue::Language;
use store::imports::{Chunk, Import};
use uuid::Uuid;

use super::plan::ImportPlan;
use super::{BadRow, sentences, source};
use crate::{Actor, Engine, Error};

/// A refused row with its cells as they stood in the file.
pub(super) type BadLine = (BadRow, Vec<String>);

impl Engine {
    pub(super) fn bad_rows_of(&self, import: Uuid, chunk: &Chunk) -> Result<Vec<BadLine>, Error> {
        if chunk.bad == 0 {
            return Ok(Vec::new());
        }
        let json = self.unseal(import, &chunk.bad_rows)?;
        serde_json::from_value(json).map_err(|error| Error::Internal(error.to_string()))
    }

    /// The refused rows as a CSV file: line, reasons, then the original cells. The caller must be
    /// the import's maker. After a check they are those that it refused.
    pub async fn import_errors(&self, actor: &Actor, id: Uuid) -> Result<Vec<u8>, Error> {
        let import = self.import(actor, id).await?;
        let mut file = csv::WriterBuilder::new().flexible(true).from_writer(vec![0xef, 0xbb, 0xbf]);
        let wrong = |error: csv::Error| Error::Internal(error.to_string());
        file.write_record(headings(&import, actor.language)).map_err(wrong)?;
        let mut write = |row: &BadRow, cells: &[String]| {
            let mut record = vec![row.line.to_string(), sentences(row, actor.language)];
            record.extend(cells.iter().map(|cell| crate::export::harmless(cell)));
            file.write_record(&record).map_err(wrong)
        };
        let mut after = None;
        while let Some(chunk) = self.store().tried_chunk_after(id, after).await? {
            after = Some(chunk.number);
            for (row, cells) in self.bad_rows_of(id, &chunk)? {
                write(&row, &cells)?;
            }
        }
        after = None;
        while let Some(chunk) = self.store().import_chunk_after(id, after).await? {
            after = Some(chunk.number);
            for (row, cells) in self.bad_rows_of(id, &chunk)? {
                write(&row, &cells)?;
            }
        }
        file.into_inner().map_err(|error| Error::Internal(error.to_string()))
    }
}

/// Headings of the error file.
fn headings(import: &Import, language: Language) -> Vec<String> {
    let mut headings = match language {
        Language::Zh => vec!["行号".to_owned(), "原因".to_owned()],
        Language::En => vec!["line".to_owned(), "reasons".to_owned()],
    };
    let plan: Option<ImportPlan> = serde_json::from_slice(&import.plan).ok();
    let fixed = headings.len();
    for column in plan.map(|plan| plan.columns).unwrap_or_default() {
        let at = fixed + column.column.min(source::COLUMNS_MAX);
        if headings.len() <= at {
            headings.resize(at + 1, String::new());
        }
        if let Some(place) = headings.get_mut(at) {
            *place = crate::export::harmless(&column.header);
        }
    }
    headings
}
