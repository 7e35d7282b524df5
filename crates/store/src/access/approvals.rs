//! Requests for what somebody else must approve: asked, answered, valid for a while.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use super::affected;
use crate::Error;
use crate::db::{Cell, Db, Row, Step};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalKind {
    /// To take records out in a file.
    Export,
    /// To see a masked field of a record.
    Reveal,
}

impl ApprovalKind {
    /// Every kind.
    pub const ALL: [ApprovalKind; 2] = [ApprovalKind::Export, ApprovalKind::Reveal];

    /// The word as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ApprovalKind::Export => "export",
            ApprovalKind::Reveal => "reveal",
        }
    }

    fn parse(text: &str) -> Result<ApprovalKind, Error> {
        let unknown = || Error::Corrupt(format!("a request for approval of the kind `{text}`"));
        ApprovalKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(unknown)
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Not answered yet.
    Open,
    /// It may be done until the approval ends.
    Approved,
    /// It may not.
    Refused,
    /// Taken back by who asked.
    Withdrawn,
}

impl ApprovalState {
    const ALL: [ApprovalState; 4] = [
        ApprovalState::Open,
        ApprovalState::Approved,
        ApprovalState::Refused,
        ApprovalState::Withdrawn,
    ];

    /// The word as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ApprovalState::Open => "open",
            ApprovalState::Approved => "approved",
            ApprovalState::Refused => "refused",
            ApprovalState::Withdrawn => "withdrawn",
        }
    }

    fn parse(text: &str) -> Result<ApprovalState, Error> {
        let unknown = || Error::Corrupt(format!("a request for approval in the state `{text}`"));
        ApprovalState::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(unknown)
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its id.
    pub id: Uuid,
    /// What is asked for.
    pub kind: ApprovalKind,
    /// Of which object.
    pub object: Arc<str>,
    /// About which record, if it is about one.
    pub record: Option<Uuid>,
    /// About which field of it.
    pub field: Option<Arc<str>>,
    /// Who asks.
    pub asked_by: Uuid,
    /// When.
    pub asked_at: Instant,
    /// What exactly, and what for; sealed for the id.
    pub sealed: Vec<u8>,
    /// Where it stands.
    pub state: ApprovalState,
    /// Who answered.
    pub decided_by: Option<Uuid>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What they said.
    pub note: Option<Arc<str>>,
    /// Until when it may be done.
    pub valid_until: Option<Instant>,
}

/// An answer to a request.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalAnswer<'a> {
    /// What becomes of it.
    pub state: ApprovalState,
    /// Who says so.
    pub by: Uuid,
    /// When.
    pub at: Instant,
    /// What they say.
    pub note: Option<&'a str>,
    /// Until when it may be done.
    pub until: Option<Instant>,
}

/// Which requests are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approvals<'k> {
    /// Open ones of these kinds, of everybody but one user.
    OpenOfOthers(Uuid, &'k [ApprovalKind]),
    /// Those of one user, in whatever state.
    Of(Uuid),
}

const COLUMNS: &str = "id, kind, object, record, field, asked_by, asked_at, sealed, state, \
                       decided_by, decided_at, note, valid_until";

/// The step that asks.
#[must_use]
pub fn ask_approval(asked: &Approval) -> Step {
    let sql = format!(
        "INSERT INTO jy_approval ({COLUMNS}) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    );
    let params = vec![
        asked.id.into(),
        asked.kind.as_str().into(),
        Cell::Text(Arc::clone(&asked.object)),
        asked.record.into(),
        asked.field.as_deref().into(),
        asked.asked_by.into(),
        asked.asked_at.into(),
        asked.sealed.clone().into(),
        asked.state.as_str().into(),
        asked.decided_by.into(),
        asked.decided_at.into(),
        asked.note.as_deref().into(),
        asked.valid_until.into(),
    ];
    Step::exactly(sql, params, 1)
}

/// The step that answers an open request.
#[must_use]
pub fn answer_approval(id: Uuid, answer: &ApprovalAnswer<'_>) -> Step {
    let sql = "UPDATE jy_approval SET state = $1, decided_by = $2, decided_at = $3, note = $4, \
               valid_until = $5 WHERE id = $6 AND state = 'open'";
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
pub async fn approval(db: &Db, id: Uuid) -> Result<Option<Approval>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM jy_approval WHERE id = $1");
    db.point(&sql, &[id.into()]).await?.first().map(approval_of).transpose()
}

/// At most `limit` requests, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn approvals(db: &Db, which: Approvals<'_>, limit: u32) -> Result<Vec<Approval>, Error> {
    let (condition, user) = match which {
        Approvals::OpenOfOthers(user, kinds) => {
            let words: Vec<String> = kinds.iter().map(|k| format!("'{}'", k.as_str())).collect();
            if words.is_empty() {
                return Ok(Vec::new());
            }
            let kinds = words.join(", ");
            (format!("state = 'open' AND asked_by <> $1 AND kind IN ({kinds})"), user)
        }
        Approvals::Of(user) => ("asked_by = $1".to_owned(), user),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM jy_approval WHERE {condition} \
         ORDER BY asked_at DESC, id DESC LIMIT $2"
    );
    let rows = db.read(&sql, &[user.into(), i64::from(limit).into()]).await?;
    rows.iter().map(approval_of).collect()
}

/// The approval under which a user may see a field of a record now, if there is one.
///
/// # Errors
/// When the database cannot be read.
pub async fn approved_field(
    db: &Db,
    (record, field): (Uuid, &str),
    user: Uuid,
    now: Instant,
) -> Result<Option<Uuid>, Error> {
    let sql = "SELECT id FROM jy_approval WHERE record = $1 AND asked_by = $2 AND field = $3 \
               AND kind = 'reveal' AND state = 'approved' AND valid_until > $4 LIMIT 1";
    let rows = db.point(sql, &[record.into(), user.into(), field.into(), now.into()]).await?;
    rows.first().and_then(|row| row.first()).map(Cell::uuid).transpose()
}

/// How many requests of a user are open.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_approvals(db: &Db, user: Uuid) -> Result<u64, Error> {
    let sql = "SELECT COUNT(*) FROM jy_approval WHERE state = 'open' AND asked_by = $1";
    let rows = db.read(sql, &[user.into()]).await?;
    let count = rows.first().and_then(|row| row.first()).ok_or_else(|| Cell::width("count"))?;
    u64::try_from(count.int()?).map_err(|_| Error::Corrupt("a count below zero".into()))
}

/// Removes requests asked before an instant, unless their approval still holds at `now`; the audit
/// log keeps what came of them.
///
/// # Errors
/// When the database cannot be written.
pub async fn clean_approvals(db: &Db, before: Instant, now: Instant) -> Result<u64, Error> {
    let sql = "DELETE FROM jy_approval WHERE asked_at < $1 \
               AND (valid_until IS NULL OR valid_until < $2)";
    affected(db, Step::new(sql, vec![before.into(), now.into()])).await
}

fn approval_of(row: &Row) -> Result<Approval, Error> {
    let [
        id,
        kind,
        object,
        record,
        field,
        by,
        at,
        sealed,
        state,
        decided_by,
        decided_at,
        note,
        until,
    ] = row.as_slice()
    else {
        return Err(Cell::width("jy_approval"));
    };
    Ok(Approval {
        id: id.uuid()?,
        kind: ApprovalKind::parse(kind.str()?)?,
        object: Arc::clone(object.str()?),
        record: record.uuid_or_null()?,
        field: field.str_or_null()?,
        asked_by: by.uuid()?,
        asked_at: at.instant()?,
        sealed: sealed.bytes()?.to_vec(),
        state: ApprovalState::parse(state.str()?)?,
        decided_by: decided_by.uuid_or_null()?,
        decided_at: decided_at.instant_or_null()?,
        note: note.str_or_null()?,
        valid_until: until.instant_or_null()?,
    })
}
