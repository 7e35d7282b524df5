//! The texts of definitions: every published version, and the one shared draft.
//!
//! A version is immutable. The draft is kept under version 0 as changes to the published texts: a
//! text replaces a file, an empty text removes it.

use std::collections::BTreeMap;

use kernel::Instant;
use uuid::Uuid;

use crate::{Cell, Error, Step, Store};

/// Version number under which the draft is kept.
const DRAFT: i64 = 0;

/// One publish, as the list of versions shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its number, from 1.
    pub version: u64,
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: Uuid,
    /// What it was for.
    pub note: String,
}

/// File path (`pack/objects/name.toml`) → text.
pub type Texts = BTreeMap<String, String>;

impl Store {
    /// Number of the catalogue in force; 0 before the first publish.
    pub async fn published_version(&self) -> Result<u64, Error> {
        let sql = "SELECT version FROM jy_catalogue WHERE state = 'published'
                   ORDER BY version DESC LIMIT 1";
        let rows = self.db().read(sql, &[]).await?;
        match rows.first().and_then(|row| row.first()) {
            Some(cell) => Ok(u64::try_from(cell.int()?).unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// The latest publishes, newest first, at most `limit`.
    pub async fn publishes(&self, limit: u32) -> Result<Vec<Published>, Error> {
        let sql = "SELECT version, published_at, published_by, note FROM jy_catalogue
                   WHERE state = 'published' ORDER BY version DESC LIMIT $1";
        let rows = self.db().read(sql, &[Cell::Int(i64::from(limit))]).await?;
        rows.iter().map(|row| publish_of(row)).collect()
    }

    /// Texts of a published version.
    pub async fn definitions(&self, version: u64) -> Result<Texts, Error> {
        self.texts(i64::try_from(version).unwrap_or(-1)).await
    }

    /// The draft's changes to the published texts.
    pub async fn draft(&self) -> Result<Texts, Error> {
        self.texts(DRAFT).await
    }

    async fn texts(&self, version: i64) -> Result<Texts, Error> {
        let sql = "SELECT path, text FROM jy_definition WHERE version = $1 ORDER BY path";
        let rows = self.db().read(sql, &[Cell::Int(version)]).await?;
        let pair = |row: &Vec<Cell>| match row.as_slice() {
            [path, text] => Ok((path.str()?.to_string(), text.str()?.to_string())),
            _ => Err(Error::Corrupt("jy_definition".into())),
        };
        rows.iter().map(pair).collect()
    }
}

fn publish_of(row: &[Cell]) -> Result<Published, Error> {
    let [version, at, by, note] = row else {
        return Err(Error::Corrupt("jy_catalogue".into()));
    };
    Ok(Published {
        version: u64::try_from(version.int()?).unwrap_or(0),
        at: Instant::from_microsecond(at.int()?)
            .map_err(|_| Error::Corrupt("jy_catalogue.published_at".into()))?,
        by: by.uuid()?,
        note: note.str()?.to_string(),
    })
}

/// Puts one file into the draft; `None` removes the file from the next version.
pub fn save_draft(path: &str, text: Option<&str>) -> Vec<Step> {
    let sql = "INSERT INTO jy_definition (version, path, text) VALUES ($1, $2, $3)
               ON CONFLICT (version, path) DO UPDATE SET text = excluded.text";
    let text = text.unwrap_or_default();
    vec![Step::exactly(sql, vec![Cell::Int(DRAFT), Cell::text(path), Cell::text(text)], 1)]
}

/// Takes one file out of the draft, or all of it.
pub fn discard_draft(path: Option<&str>) -> Vec<Step> {
    let (sql, params) = match path {
        Some(path) => (
            "DELETE FROM jy_definition WHERE version = $1 AND path = $2",
            vec![Cell::Int(DRAFT), Cell::text(path)],
        ),
        None => ("DELETE FROM jy_definition WHERE version = $1", vec![Cell::Int(DRAFT)]),
    };
    vec![Step::new(sql, params)]
}
