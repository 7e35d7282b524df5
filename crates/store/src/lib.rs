//! The vault: everything that touches a database or a file of the product's data.
//!
//! Holds all SQL, for SQLite and PostgreSQL alike. Decides nothing about business or rights, and
//! knows nothing of HTTP.

pub mod access;
pub mod audit;
pub mod backup;
pub mod blobs;
mod claims;
pub mod db;
pub mod definitions;
mod error;
pub mod files;
pub mod imports;
pub mod jobs;
pub mod keys;
pub mod measures;
pub mod merges;
pub mod migrate;
pub mod outbox;
pub mod pairs;
pub mod records;
pub mod reminders;
mod row;
pub mod state;

pub use audit::AuditEntry;
pub use db::{Cell, Db, Expect, Lane, Row, ScriptError, Step, StepResult};
pub use error::Error;
pub use jobs::NewJob;
pub use outbox::Event;
pub use records::{Change, CommitError, Committed, IdempotencyRecord, Posted, Script, Write};

/// A future whose code is compiled here, not again in every crate that awaits it.
pub type Boxed<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use audit::Audit;
use keys::Keys;
use records::Cipher;

/// An open database with the keys to what is sealed in it.
pub struct Store {
    db: Db,
    cipher: Arc<dyn Cipher>,
    plans: ArcSwapOption<records::Plans>,
    numbers: records::Numbers,
    audit: Option<Audit>,
    keys: Option<Keys>,
}

impl Store {
    /// The records in `db`, sealed under `keys`, with an audit log whose newest checkpoint is also
    /// kept in the file `anchor`.
    #[must_use]
    pub fn open(db: Db, keys: Keys, anchor: Option<PathBuf>) -> Store {
        let audit = Audit::new(db.clone(), keys.clone(), anchor);
        let cipher = Arc::new(keys.clone());
        Store { audit: Some(audit), keys: Some(keys), ..Store::new(db, cipher) }
    }

    /// The records in `db`, sealed under any `cipher`. Nothing is audited: for tests and tools.
    #[must_use]
    pub fn new(db: Db, cipher: Arc<dyn Cipher>) -> Store {
        Store {
            db,
            cipher,
            plans: ArcSwapOption::empty(),
            numbers: records::Numbers::default(),
            audit: None,
            keys: None,
        }
    }

    /// The audit log, unless the store was made without one.
    #[must_use]
    pub fn audit(&self) -> Option<&Audit> {
        self.audit.as_ref()
    }

    /// The key ring behind [`Store::cipher`], unless the store was made without one.
    #[must_use]
    pub fn keys(&self) -> Option<&Keys> {
        self.keys.as_ref()
    }

    /// The database, for the store's other modules and their tests.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Keyed digest, in hexadecimal, by which the audit log names a sensitive value.
    #[must_use]
    pub fn digest(&self, object: &str, field: &str, plain: &str) -> String {
        let digest = self.cipher.blind(object, field, plain);
        let hex = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or_default();
        digest.iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect()
    }

    /// What seals values.
    #[must_use]
    pub fn cipher(&self) -> &Arc<dyn Cipher> {
        &self.cipher
    }
}
