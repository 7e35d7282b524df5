//! Failed attempts with logins that do not exist: they are locked like real ones, so that being
//! locked does not tell which logins are real.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use engine::access::Policy;
use jiff::SignedDuration;
use kernel::Instant;

use super::token::{self, TokenHash};

/// Most logins remembered.
const KEPT: usize = 10_000;

/// Attempts by digest of the login.
#[derive(Debug, Default)]
pub struct Strangers(Mutex<HashMap<TokenHash, Tried>>);

#[derive(Debug, Clone, Copy)]
struct Tried {
    failed: i64,
    until: Option<Instant>,
}

impl Strangers {
    /// Until when attempts with this login are locked.
    #[must_use]
    pub fn locked(&self, login: &str, now: Instant) -> Option<Instant> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&token::hash(login))?.until.filter(|until| *until > now)
    }

    /// Counts a failure; says until when the login is locked, if it now is.
    pub fn failed(&self, login: &str, policy: &Policy, now: Instant) -> Option<Instant> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        let tried = kept.entry(token::hash(login)).or_insert(Tried { failed: 0, until: None });
        tried.failed += 1;
        if tried.failed < policy.failures_max {
            return None;
        }
        let until = now.checked_add(SignedDuration::from_mins(policy.lock_minutes)).ok();
        *tried = Tried { failed: 0, until };
        until
    }
}
