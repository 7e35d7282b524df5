//! Sessions and API keys seen a moment ago, so that a request costs no look-up of its own.
//!
//! What is kept is at most two seconds old: a session ended on another node is refused after that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use engine::access::{ApiKey, Session};
use engine::{Engine, Error};
use kernel::Instant;
use uuid::Uuid;

use super::token::{self, TokenHash};

/// Microseconds that a look-up is believed.
const FRESH: i64 = 2_000_000;

/// Microseconds between two writes of "last seen".
const TOUCH: i64 = 60_000_000;

/// Most look-ups kept.
const KEPT: usize = 10_000;

/// What was looked up.
#[derive(Default)]
pub struct Known {
    sessions: Mutex<HashMap<TokenHash, Seen<Session>>>,
    keys: Mutex<HashMap<TokenHash, Seen<ApiKey>>>,
}

struct Seen<T> {
    found: Option<Arc<T>>,
    at: i64,
    /// When "last seen" was written, or is being written.
    touched: i64,
}

impl Known {
    /// The session with this token, if it is open.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn session(
        &self,
        engine: &Engine,
        token: TokenHash,
    ) -> Result<Option<Arc<Session>>, Error> {
        let now = engine.now();
        let (found, due) = match recall(&self.sessions, &token, now) {
            Some(known) => known,
            None => {
                let found = engine.session(&token).await?.map(Arc::new);
                let seen = found.as_ref().map(|session| session.last_seen.as_microsecond());
                let due = remember(&self.sessions, token, found.clone(), now, seen);
                (found, due)
            }
        };
        if due && found.is_some() {
            engine.touch_session(&token).await?;
        }
        Ok(found)
    }

    /// The API key with this secret, if it is valid.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn key(&self, engine: &Engine, plain: &str) -> Result<Option<Arc<ApiKey>>, Error> {
        let secret = token::hash(plain);
        let Some(prefix) = plain.get(..token::PREFIX) else { return Ok(None) };
        let now = engine.now();
        let (found, due) = match recall(&self.keys, &secret, now) {
            Some(known) => known,
            None => {
                let found = engine.api_key(prefix, &secret).await?.map(Arc::new);
                let seen =
                    found.as_ref().and_then(|key| key.last_used).map(|at| at.as_microsecond());
                let due = remember(&self.keys, secret, found.clone(), now, seen);
                (found, due)
            }
        };
        if let Some(key) = found.as_ref().filter(|_| due) {
            engine.touch_api_key(key.id).await?;
        }
        Ok(found)
    }

    /// Forgets one session at once.
    pub fn forget(&self, token: &TokenHash) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }

    /// Forgets everything about a user at once.
    pub fn forget_user(&self, user: Uuid) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, seen| seen.found.as_ref().is_some_and(|s| s.user != user));
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, seen| seen.found.as_ref().is_some_and(|k| k.user != user));
    }
}

/// What is still fresh, and whether "last seen" is due; marks it as written.
fn recall<T>(
    kept: &Mutex<HashMap<TokenHash, Seen<T>>>,
    token: &TokenHash,
    now: Instant,
) -> Option<(Option<Arc<T>>, bool)> {
    let now = now.as_microsecond();
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let seen = kept.get_mut(token).filter(|seen| (0..FRESH).contains(&(now - seen.at)))?;
    let due = now - seen.touched >= TOUCH;
    if due {
        seen.touched = now;
    }
    Some((seen.found.clone(), due))
}

fn remember<T>(
    kept: &Mutex<HashMap<TokenHash, Seen<T>>>,
    token: TokenHash,
    found: Option<Arc<T>>,
    now: Instant,
    seen: Option<i64>,
) -> bool {
    let at = now.as_microsecond();
    let due = at - seen.unwrap_or(0) >= TOUCH;
    let touched = if due { at } else { seen.unwrap_or(at) };
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT {
        kept.retain(|_, seen| at - seen.at < FRESH);
        if kept.len() >= KEPT {
            kept.clear();
        }
    }
    kept.insert(token, Seen { found, at, touched });
    due
}
