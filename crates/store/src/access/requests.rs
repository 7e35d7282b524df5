//! Wishes to see a record that somebody else owns: asked once, answered by its owner.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use crate::Error;
use crate::db::{Cell, Db, Row, Step};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Not answered yet.
    Open,
    /// The record was shared.
    Accepted,
    /// The owner said no.
    Declined,
}

impl RequestState {
    /// The word as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RequestState::Open => "open",
            RequestState::Accepted => "accepted",
            RequestState::Declined => "declined",
        }
    }

    fn parse(text: &str) -> Result<RequestState, Error> {
        [RequestState::Open, RequestState::Accepted, RequestState::Declined]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::Corrupt(format!("a share request in the state `{text}`")))
    }
}

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRequest {
    /// Its id.
    pub id: Uuid,
    /// Of which object.
    pub object: Arc<str>,
    /// Which record.
    pub record: Uuid,
    /// Who owned it when it was asked for.
    pub owner: Uuid,
    /// Who asks.
    pub asked_by: Uuid,
    /// When.
    pub asked_at: Instant,
    /// Why.
    pub reason: Arc<str>,
    /// Where it stands.
    pub state: RequestState,
    /// When it was answered.
    pub decided_at: Option<Instant>,
}

const COLUMNS: &str = "id, object, record, owner, asked_by, asked_at, reason, state, decided_at";

/// The step that asks. Fails as a repeated value when the same is asked for already.
#[must_use]
pub fn ask_share(request: &ShareRequest) -> Step {
    let sql = format!(
        "INSERT INTO jy_share_request ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT DO NOTHING"
    );
    let params = vec![
        request.id.into(),
        Cell::Text(Arc::clone(&request.object)),
        request.record.into(),
        request.owner.into(),
        request.asked_by.into(),
        request.asked_at.into(),
        Cell::Text(Arc::clone(&request.reason)),
        request.state.as_str().into(),
        request.decided_at.into(),
    ];
    Step::exactly(sql, params, 1)
}

/// The step that answers an open request.
#[must_use]
pub fn answer_share(id: Uuid, state: RequestState, now: Instant) -> Step {
    let sql = "UPDATE jy_share_request SET state = $1, decided_at = $2 \
               WHERE id = $3 AND state = 'open'";
    Step::exactly(sql, vec![state.as_str().into(), now.into(), id.into()], 1)
}

/// One request.
///
/// # Errors
/// When the database cannot be read.
pub async fn share_request(db: &Db, id: Uuid) -> Result<Option<ShareRequest>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM jy_share_request WHERE id = $1");
    db.point(&sql, &[id.into()]).await?.first().map(request_of).transpose()
}

/// Requests that a user has asked, or that wait for them as an owner; newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn share_requests(
    db: &Db,
    user: Uuid,
    asked: bool,
    limit: u32,
) -> Result<Vec<ShareRequest>, Error> {
    let which = if asked { "asked_by = $1" } else { "owner = $1 AND state = 'open'" };
    let sql = format!(
        "SELECT {COLUMNS} FROM jy_share_request WHERE {which} \
         ORDER BY asked_at DESC, id DESC LIMIT $2"
    );
    let rows = db.read(&sql, &[user.into(), i64::from(limit).into()]).await?;
    rows.iter().map(request_of).collect()
}

fn request_of(row: &Row) -> Result<ShareRequest, Error> {
    let [id, object, record, owner, asked_by, asked_at, reason, state, decided_at] = row.as_slice()
    else {
        return Err(Cell::width("jy_share_request"));
    };
    Ok(ShareRequest {
        id: id.uuid()?,
        object: Arc::clone(object.str()?),
        record: record.uuid()?,
        owner: owner.uuid()?,
        asked_by: asked_by.uuid()?,
        asked_at: asked_at.instant()?,
        reason: Arc::clone(reason.str()?),
        state: RequestState::parse(state.str()?)?,
        decided_at: decided_at.instant_or_null()?,
    })
}
