//! What a commit is made of.

use std::sync::Arc;

use kernel::Instant;
use schema::{ObjectIx, Slot, Value};
use uuid::Uuid;

use crate::Error;
use crate::audit::AuditEntry;
use crate::db::Step;
use crate::jobs::NewJob;
use crate::measures::Bookings;
use crate::outbox::Event;

/// Everything one command changes; committed together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Write {
    /// Records.
    pub changes: Vec<Change>,
    /// Records that must still have this version.
    pub guards: Vec<(ObjectIx, Uuid, u64)>,
    /// What it adds to measures.
    pub bookings: Bookings,
    /// Records that the decision counted on, and how often they were claimed before; see
    /// [`Store::claims`](crate::Store::claims).
    pub claims: Vec<(ObjectIx, Uuid, u64)>,
    /// What the audit log says about it.
    pub audit: Vec<AuditEntry>,
    /// Facts that reactions learn of.
    pub events: Vec<Event>,
    /// Work for later.
    pub jobs: Vec<NewJob>,
    /// Steps of the store's own modules: credentials, shares, quotas.
    pub system: Vec<Step>,
    /// The answer to remember under the caller's key.
    pub idempotency: Option<IdempotencyRecord>,
}

impl Write {
    /// Adds all of `other`, to be committed together. An answer to remember is kept from `self`.
    pub fn merge(&mut self, other: Write) {
        let Write { changes, guards, bookings, claims, audit, events, jobs, system, idempotency } =
            other;
        self.changes.extend(changes);
        self.guards.extend(guards);
        self.bookings.merge(bookings);
        for claim in claims {
            self.claim(claim);
        }
        self.audit.extend(audit);
        self.events.extend(events);
        self.jobs.extend(jobs);
        self.system.extend(system);
        self.idempotency = self.idempotency.take().or(idempotency);
    }
}

impl Write {
    /// Adds a claim; of several on one record the earliest count holds.
    pub fn claim(&mut self, (object, id, count): (ObjectIx, Uuid, u64)) {
        match self.claims.iter_mut().find(|(_, known, _)| *known == id) {
            Some((_, _, known)) => *known = count.min(*known),
            None => self.claims.push((object, id, count)),
        }
    }
}

/// One record's change. `values` is the full record afterwards, by slot.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new record; its id is in `values`.
    Insert {
        /// Object.
        object: ObjectIx,
        /// The record.
        values: Vec<Value>,
    },
    /// Other values. The version becomes `expected` + 1.
    Update {
        /// Object.
        object: ObjectIx,
        /// Version it is based on.
        expected: u64,
        /// The record as it was, for what is reckoned from the difference; empty when nothing is.
        before: Vec<Value>,
        /// The record.
        values: Vec<Value>,
        /// Fields that differ; `updated_at` and `updated_by` are always written.
        changed: Vec<Slot>,
    },
    /// Into the recycle bin.
    Delete {
        /// Object.
        object: ObjectIx,
        /// Record.
        id: Uuid,
        /// Version it is based on.
        expected: u64,
        /// The record as it was.
        image: Vec<Value>,
    },
    /// Out of the recycle bin, as [`Store::trashed`](crate::Store::trashed) gave it but with a new
    /// version.
    Restore {
        /// Object.
        object: ObjectIx,
        /// The record.
        values: Vec<Value>,
    },
}

/// The answer kept for a repeated request.
#[derive(Debug, Clone)]
pub struct IdempotencyRecord {
    /// Who asked.
    pub actor: Uuid,
    /// The caller's key.
    pub key: String,
    /// Digest of the request, so that a key is not used for two.
    pub digest: Vec<u8>,
    /// What was answered.
    pub answer: Vec<u8>,
    /// When.
    pub created_at: Instant,
    /// Until when it is kept.
    pub expires_at: Instant,
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// Rows returned by the steps in [`Write::system`], in order.
    pub system: Vec<crate::StepResult>,
}

/// Why nothing was committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A record is not at the version the write is based on, or is gone.
    #[error("record {id} has changed")]
    Stale {
        /// Object.
        object: ObjectIx,
        /// Record.
        id: Uuid,
    },
    /// A unique value occurs already.
    #[error("`{constraint}` occurs already")]
    Duplicate {
        /// Object.
        object: ObjectIx,
        /// Field or composite constraint.
        constraint: Arc<str>,
        /// Its fields.
        slots: Vec<Slot>,
    },
    /// The same request was answered before, with this.
    #[error("answered before")]
    Replayed(Vec<u8>),
    /// A step of [`Write::system`] had another effect than it must have.
    #[error("step {step} of the system part did not take")]
    System {
        /// Its place in [`Write::system`].
        step: usize,
    },
    /// Nothing is wrong with the write: it was undone together with another one of bulk work.
    #[error("undone together with another write")]
    Undone,
    /// Anything else.
    #[error(transparent)]
    Store(#[from] Error),
}
