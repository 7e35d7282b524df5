//! What can go wrong, as a caller would handle it.
//!
//! HTTP statuses and sentences are chosen elsewhere: here are facts and stable codes.

use std::collections::BTreeMap;

use schema::Name;
use schema::catalogue::Label;
use uuid::Uuid;

/// Why a command or query has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Refused by rights, validation or the state of the record.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database or disk failed; nothing was written.
    #[error("storage failed")]
    Store(#[from] store::Error),
    /// An impossible state, with what was seen.
    #[error("internal: {0}")]
    Internal(String),
}

/// A refusal: expected, explained and audited.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// No such object, record or right to know of it.
    #[error("not found")]
    Invisible,
    /// Visible, but this may not be done by this actor.
    #[error("`{action}` on `{object}` is not granted to your roles")]
    Forbidden {
        /// What was tried.
        action: String,
        /// On which object or part of the platform.
        object: String,
    },
    /// Values or parts of the request need correction; all of them are listed.
    #[error("{} values need correction", .0.len())]
    Invalid(Vec<Violation>),
    /// Changed by someone else since the version the caller saw.
    #[error("changed by someone else: now at version {current}")]
    Stale {
        /// The version the caller named.
        expected: u64,
        /// The version now stored.
        current: u64,
        /// The record as the caller may see it now.
        record: Option<Box<crate::View>>,
    },
    /// A limit per day or minute is used up.
    #[error("quota of {limit} {what} is used up")]
    Quota {
        /// What is limited.
        what: String,
        /// The limit.
        limit: u64,
    },
    /// Something else refers to it, or its state does not allow the command.
    #[error("{reason}")]
    Conflict {
        /// Stable code.
        code: &'static str,
        /// Plain sentence.
        reason: String,
    },
}

/// One thing to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Field, dotted for rows of a child table (`contacts.2.phone`); empty for the whole record.
    pub field: String,
    /// Stable code.
    pub code: String,
    /// Values that the sentence names.
    pub params: BTreeMap<String, String>,
    /// A pack's own sentence, for validations defined there.
    pub message: Option<Label>,
}

impl Violation {
    /// A violation without parameters.
    pub fn new(field: impl Into<String>, code: impl Into<String>) -> Violation {
        Violation { field: field.into(), code: code.into(), params: BTreeMap::new(), message: None }
    }

    /// With one more parameter.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Violation {
        self.params.insert(key.to_owned(), value.into());
        self
    }
}

impl Refusal {
    /// A refusal with one violation.
    pub fn invalid(field: impl Into<String>, code: impl Into<String>) -> Refusal {
        Refusal::Invalid(vec![Violation::new(field, code)])
    }

    /// Stable code of the kind of refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Invisible => "not_found",
            Refusal::Forbidden { .. } => "forbidden",
            Refusal::Invalid(_) => "invalid",
            Refusal::Stale { .. } => "stale",
            Refusal::Quota { .. } => "quota",
            Refusal::Conflict { code, .. } => code,
        }
    }

    /// Not granted: `action` on `object`.
    pub fn forbidden(action: impl Into<String>, object: &Name) -> Refusal {
        Refusal::Forbidden { action: action.into(), object: object.to_string() }
    }
}

/// A record's address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordRef {
    /// Object name.
    pub object: Name,
    /// Record id.
    pub id: Uuid,
}
