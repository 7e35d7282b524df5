//! The vault: everything that touches a database or a file of the product's data.
//!
//! Holds all SQL, for SQLite and PostgreSQL alike. Decides nothing about business or rights, and
//! knows nothing of HTTP.

pub mod access;
pub mod audit;
pub mod blobs;
pub mod db;
pub mod definitions;
mod error;
pub mod imports;
pub mod jobs;
pub mod keys;
pub mod migrate;
pub mod outbox;
pub mod records;
mod row;

pub use db::{Cell, Db, Expect, Row, ScriptError, Step, StepResult};
pub use error::Error;

use std::sync::Arc;

use records::Cipher;

/// An open database with the keys to what is sealed in it.
pub struct Store {
    db: Db,
    cipher: Arc<dyn Cipher>,
}

impl Store {
    /// The records in `db`, sealed under `cipher`.
    #[must_use]
    pub fn new(db: Db, cipher: Arc<dyn Cipher>) -> Store {
        Store { db, cipher }
    }

    /// The database, for the store's other modules and their tests.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The key ring.
    #[must_use]
    pub fn cipher(&self) -> &Arc<dyn Cipher> {
        &self.cipher
    }
}
