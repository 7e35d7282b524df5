//! Sessions: found by the SHA-256 of their token.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use super::affected;
use crate::Error;
use crate::db::{Cell, Db, Row, Step};

/// One signed-in session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The SHA-256 of the token.
    pub token: [u8; 32],
    /// Whose.
    pub user: Uuid,
    /// When it began.
    pub created_at: Instant,
    /// When it was last used.
    pub last_seen: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
    /// From where it began.
    pub ip: Arc<str>,
    /// With what program.
    pub agent: Arc<str>,
    /// Whether a second factor was given.
    pub elevated: bool,
}

const COLUMNS: &str = "token, user_id, created_at, last_seen, expires_at, ip, agent, elevated";

fn of(row: &Row) -> Result<Session, Error> {
    let [token, user, created_at, last_seen, expires_at, ip, agent, elevated] = row.as_slice()
    else {
        return Err(Cell::width("jy_session"));
    };
    Ok(Session {
        token: (token.bytes()?.try_into())
            .map_err(|_| Error::Corrupt("a session's token has not 32 bytes".into()))?,
        user: user.uuid()?,
        created_at: created_at.instant()?,
        last_seen: last_seen.instant()?,
        expires_at: expires_at.instant()?,
        ip: Arc::clone(ip.str()?),
        agent: Arc::clone(agent.str()?),
        elevated: elevated.flag()?,
    })
}

/// The session of a token's digest, ended or not: the caller compares the times.
///
/// # Errors
/// When the database cannot be read.
pub async fn session(db: &Db, token: &[u8; 32]) -> Result<Option<Session>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM jy_session WHERE token = $1");
    db.point(&sql, &[token.to_vec().into()]).await?.first().map(of).transpose()
}

/// All sessions of a user, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn sessions_of(db: &Db, user: Uuid) -> Result<Vec<Session>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jy_session WHERE user_id = $1 ORDER BY created_at DESC LIMIT 500"
    );
    db.read(&sql, &[user.into()]).await?.iter().map(of).collect()
}

/// The step that begins a session.
#[must_use]
pub fn start_session(session: &Session) -> Step {
    let sql = format!("INSERT INTO jy_session ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    let params = vec![
        session.token.to_vec().into(),
        session.user.into(),
        session.created_at.into(),
        session.last_seen.into(),
        session.expires_at.into(),
        Cell::Text(Arc::clone(&session.ip)),
        Cell::Text(Arc::clone(&session.agent)),
        session.elevated.into(),
    ];
    Step::exactly(sql, params, 1)
}

/// The step that notes use; callers do so at most once a minute, to spare writes.
#[must_use]
pub fn touch_session(token: &[u8; 32], now: Instant) -> Step {
    let sql = "UPDATE jy_session SET last_seen = $2 WHERE token = $1";
    Step::new(sql, vec![token.to_vec().into(), now.into()])
}

/// The step that notes a second factor.
#[must_use]
pub fn elevate_session(token: &[u8; 32]) -> Step {
    let sql = "UPDATE jy_session SET elevated = 1 WHERE token = $1";
    Step::exactly(sql, vec![token.to_vec().into()], 1)
}

/// The step that ends one session.
#[must_use]
pub fn end_session(token: &[u8; 32]) -> Step {
    Step::new("DELETE FROM jy_session WHERE token = $1", vec![token.to_vec().into()])
}

/// The step that ends all sessions of a user, but for one to keep.
#[must_use]
pub fn end_sessions_of(user: Uuid, keep: Option<&[u8; 32]>) -> Step {
    match keep {
        Some(keep) => Step::new(
            "DELETE FROM jy_session WHERE user_id = $1 AND token <> $2",
            vec![user.into(), keep.to_vec().into()],
        ),
        None => Step::new("DELETE FROM jy_session WHERE user_id = $1", vec![user.into()]),
    }
}

/// Removes sessions that are over; returns how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn clean_sessions(db: &Db, now: Instant) -> Result<u64, Error> {
    let sql = "DELETE FROM jy_session WHERE expires_at < $1";
    affected(db, Step::new(sql, vec![now.into()])).await
}
