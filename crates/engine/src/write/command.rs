//! What callers ask to be changed, and what they get back.

use schema::Name;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::View;

/// A request to write, as it came: nothing in it is trusted yet.
#[derive(Debug, Clone)]
pub struct Command {
    /// What.
    pub action: Change,
    /// Why, where the institution asks for it; kept in the audit log.
    pub reason: Option<String>,
    /// A key under which a repeat gives the first outcome again.
    pub idempotency: Option<Idempotency>,
}

/// A repeatable request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key, at most 200 bytes.
    pub key: String,
    /// Digest of the request; the same key with another request is refused.
    pub fingerprint: [u8; 32],
}

/// Values by field name.
pub type Values = Map<String, Json>;

/// The kinds of change to records.
#[derive(Debug, Clone)]
pub enum Change {
    /// Make a record.
    Create {
        /// Object.
        object: Name,
        /// Id to use; made when absent.
        id: Option<Uuid>,
        /// Values; child rows inline.
        values: Values,
    },
    /// Change fields of a record.
    Update {
        /// Object.
        object: Name,
        /// Record.
        id: Uuid,
        /// The version the caller saw; absent means "whatever it is".
        version: Option<u64>,
        /// New values of the fields to change.
        values: Values,
    },
    /// Move a record to the recycle bin.
    Delete {
        /// Object.
        object: Name,
        /// Record.
        id: Uuid,
        /// The version the caller saw.
        version: Option<u64>,
    },
    /// Bring a record back from the recycle bin.
    Restore {
        /// Object.
        object: Name,
        /// Record.
        id: Uuid,
    },
    /// Show one masked value.
    Reveal {
        /// Object.
        object: Name,
        /// Record.
        id: Uuid,
        /// Field.
        field: Name,
    },
    /// Show a record to another user until a time.
    Share {
        /// Object.
        object: Name,
        /// Record.
        id: Uuid,
        /// With whom.
        user: Uuid,
        /// Until when; absent withdraws the share.
        until: Option<kernel::Instant>,
    },
    /// Make two records one: what refers to the loser refers to the record afterwards.
    Merge {
        /// Object.
        object: Name,
        /// The record that stays.
        id: Uuid,
        /// The record that goes to the recycle bin.
        loser: Uuid,
        /// The versions of both that the caller saw.
        versions: (Option<u64>, Option<u64>),
        /// Fields whose values come from the loser.
        take: Vec<Name>,
    },
    /// Take a merge back.
    Unmerge {
        /// Object.
        object: Name,
        /// The record that stayed.
        id: Uuid,
        /// The merge.
        merge: Uuid,
    },
}

/// What a command came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Object.
    pub object: Name,
    /// Record.
    pub id: Uuid,
    /// Version after the change.
    pub version: u64,
    /// The record as the actor may see it, unless it was deleted or is out of their sight.
    pub view: Option<View>,
    /// The value of a reveal.
    pub revealed: Option<Revealed>,
    /// What a new record seems to be a duplicate of.
    pub duplicates: Vec<crate::Duplicate>,
    /// The merge that was made.
    pub merge: Option<Uuid>,
    /// What taking a merge back left as it is, because it was changed since.
    pub left: Vec<Left>,
    /// Whether this answer was kept from an earlier identical request.
    pub replayed: bool,
}

/// A record, or a field of one, that was changed since and left as it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Left {
    /// Object.
    pub object: Name,
    /// Record.
    pub id: Uuid,
    /// The field; none when the record itself is gone.
    pub field: Option<Name>,
}

impl Outcome {
    /// An outcome that says no more than what it is about.
    #[must_use]
    pub fn of(object: Name, id: Uuid, version: u64) -> Outcome {
        Outcome {
            object,
            id,
            version,
            view: None,
            revealed: None,
            duplicates: Vec::new(),
            merge: None,
            left: Vec::new(),
            replayed: false,
        }
    }
}

/// A value shown in clear, once.
#[derive(Clone)]
pub struct Revealed {
    /// Field.
    pub field: Name,
    /// Its value as JSON.
    pub value: Json,
    /// Reveals left today.
    pub left: u32,
}

impl std::fmt::Debug for Revealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Revealed({}, ***)", self.field)
    }
}

impl Change {
    /// The object it is about.
    #[must_use]
    pub fn object(&self) -> &Name {
        match self {
            Change::Create { object, .. }
            | Change::Update { object, .. }
            | Change::Delete { object, .. }
            | Change::Restore { object, .. }
            | Change::Reveal { object, .. }
            | Change::Share { object, .. }
            | Change::Merge { object, .. }
            | Change::Unmerge { object, .. } => object,
        }
    }

    /// The record it is about, when known.
    #[must_use]
    pub fn record(&self) -> Option<Uuid> {
        match self {
            Change::Create { id, .. } => *id,
            Change::Update { id, .. }
            | Change::Delete { id, .. }
            | Change::Restore { id, .. }
            | Change::Reveal { id, .. }
            | Change::Share { id, .. }
            | Change::Merge { id, .. }
            | Change::Unmerge { id, .. } => Some(*id),
        }
    }

    /// Word for audit entries and refusals.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Change::Create { .. } => "create",
            Change::Update { .. } => "update",
            Change::Delete { .. } => "delete",
            Change::Restore { .. } => "restore",
            Change::Reveal { .. } => "reveal",
            Change::Share { .. } => "share",
            Change::Merge { .. } => "merge",
            Change::Unmerge { .. } => "unmerge",
        }
    }
}

impl From<Change> for Command {
    fn from(action: Change) -> Command {
        Command { action, reason: None, idempotency: None }
    }
}
