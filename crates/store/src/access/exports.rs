//! Exports that somebody else must approve: asked, answered, valid for a while.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use super::affected;
use crate::Error;
use crate::db::{Cell, Db, Row, Step};

/// Where a request for an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// Not answered yet.
    Open,
    /// The file may be taken until the approval ends.
    Approved,
    /// It may not.
    Refused,
    /// Taken back by who asked.
    Withdrawn,
}

impl ExportState {
    /// The word as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ExportState::Open => "open",
            ExportState::Approved => "approved",
            ExportState::Refused => "refused",
            ExportState::Withdrawn => "withdrawn",
        }
    }

    fn parse(text: &str) -> Result<ExportState, Error> {
        [ExportState::Open, ExportState::Approved, ExportState::Refused, ExportState::Withdrawn]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::Corrupt(format!("an export request in the state `{text}`")))
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportAsk {
    /// Its id.
    pub id: Uuid,
    /// Of which object.
    pub object: Arc<str>,
    /// Who asks.
    pub asked_by: Uuid,
    /// When.
    pub asked_at: Instant,
    /// Rows it would have had then.
    pub rows: u64,
    /// What is to be taken out, and what for; sealed for the id.
    pub sealed: Vec<u8>,
    /// Where it stands.
    pub state: ExportState,
    /// Who answered.
    pub decided_by: Option<Uuid>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What they said.
    pub note: Option<Arc<str>>,
    /// Until when the file may be taken.
    pub valid_until: Option<Instant>,
}

/// An answer to a request.
#[derive(Debug, Clone, Copy)]
pub struct ExportAnswer<'a> {
    /// What becomes of it.
    pub state: ExportState,
    /// Who says so.
    pub by: Uuid,
    /// When.
    pub at: Instant,
    /// What they say.
    pub note: Option<&'a str>,
    /// Until when the file may be taken.
    pub until: Option<Instant>,
}

/// Which requests are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportAsks {
    /// Open ones of everybody but one user.
    OpenOfOthers(Uuid),
    /// Those of one user, in whatever state.
    Of(Uuid),
}

const COLUMNS: &str = "id, object, asked_by, asked_at, row_count, sealed, state, decided_by, \
                       decided_at, note, valid_until";

/// The step that asks.
///
/// # Errors
/// When there are more rows than a database can say.
pub fn ask_export(ask: &ExportAsk) -> Result<Step, Error> {
    let rows = i64::try_from(ask.rows).map_err(|_| Error::Corrupt("too many rows".into()))?;
    let sql = format!(
        "INSERT INTO jy_export_request ({COLUMNS}) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    );
    let params = vec![
        ask.id.into(),
        Cell::Text(Arc::clone(&ask.object)),
        ask.asked_by.into(),
        ask.asked_at.into(),
        rows.into(),
        ask.sealed.clone().into(),
        ask.state.as_str().into(),
        ask.decided_by.into(),
        ask.decided_at.into(),
        ask.note.as_deref().into(),
        ask.valid_until.into(),
    ];
    Ok(Step::exactly(sql, params, 1))
}

/// The step that answers an open request.
#[must_use]
pub fn answer_export(id: Uuid, answer: &ExportAnswer<'_>) -> Step {
    let sql = "UPDATE jy_export_request SET state = $1, decided_by = $2, decided_at = $3, \
               note = $4, valid_until = $5 WHERE id = $6 AND state = 'open'";
    let params = vec![
        answer.state.as_str().into(),
        answer.by.into(),
        answer.at.into(),
        answer.note.into(),
        answer.until.into(),
        id.into(),
    ];
    Step::exactly(sql, params, 1)
}

/// One request.
///
/// # Errors
/// When the database cannot be read.
pub async fn export_ask(db: &Db, id: Uuid) -> Result<Option<ExportAsk>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM jy_export_request WHERE id = $1");
    db.point(&sql, &[id.into()]).await?.first().map(ask_of).transpose()
}

/// At most `limit` requests, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn export_asks(db: &Db, which: ExportAsks, limit: u32) -> Result<Vec<ExportAsk>, Error> {
    let (condition, user) = match which {
        ExportAsks::OpenOfOthers(user) => ("state = 'open' AND asked_by <> $1", user),
        ExportAsks::Of(user) => ("asked_by = $1", user),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM jy_export_request WHERE {condition} \
         ORDER BY asked_at DESC, id DESC LIMIT $2"
    );
    let rows = db.read(&sql, &[user.into(), i64::from(limit).into()]).await?;
    rows.iter().map(ask_of).collect()
}

/// How many requests of a user are open.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_export_asks(db: &Db, user: Uuid) -> Result<u64, Error> {
    let sql = "SELECT COUNT(*) FROM jy_export_request WHERE state = 'open' AND asked_by = $1";
    let rows = db.read(sql, &[user.into()]).await?;
    let count = rows.first().and_then(|row| row.first()).ok_or_else(|| Cell::width("count"))?;
    u64::try_from(count.int()?).map_err(|_| Error::Corrupt("a count below zero".into()))
}

/// Removes requests asked before an instant; the audit log keeps what came of them.
///
/// # Errors
/// When the database cannot be written.
pub async fn clean_export_asks(db: &Db, before: Instant) -> Result<u64, Error> {
    let sql = "DELETE FROM jy_export_request WHERE asked_at < $1";
    affected(db, Step::new(sql, vec![before.into()])).await
}

fn ask_of(row: &Row) -> Result<ExportAsk, Error> {
    let [id, object, asked_by, asked_at, rows, sealed, state, decided_by, decided_at, note, until] =
        row.as_slice()
    else {
        return Err(Cell::width("jy_export_request"));
    };
    let rows = u64::try_from(rows.int()?).map_err(|_| Error::Corrupt("rows below zero".into()))?;
    Ok(ExportAsk {
        id: id.uuid()?,
        object: Arc::clone(object.str()?),
        asked_by: asked_by.uuid()?,
        asked_at: asked_at.instant()?,
        rows,
        sealed: sealed.bytes()?.to_vec(),
        state: ExportState::parse(state.str()?)?,
        decided_by: decided_by.uuid_or_null()?,
        decided_at: decided_at.instant_or_null()?,
        note: note.str_or_null()?,
        valid_until: until.instant_or_null()?,
    })
}
