//! The audit log: a Merkle tree (RFC 6962) over entries that commits append.
//!
//! A commit inserts its entries and nothing else: no head to update, so writers never wait for each
//! other. The sequencer gives the entries their places afterwards, at least each second.
//!
//! On SQLite there is one writer and ids follow commits, so the place is the order of `id`. On
//! PostgreSQL transactions commit out of that order, so each entry carries the number of its
//! transaction (`tx`) and the sequencer takes only entries below `pg_snapshot_xmin`: every
//! transaction below it has ended, so nothing can appear before what is sealed, and nothing is
//! skipped. The order is `(tx, id)` on both. A transaction that stays open delays seals, never loses
//! entries. A restored PostgreSQL counts transactions anew; [`Audit::prepare`] lifts the numbers of
//! new entries above the old ones.
//!
//! Each seal keeps the hashes of its leaves, so that a changed entry can be named, and a signed
//! checkpoint, which proves those hashes. Each entry also carries a keyed code, which protects it
//! until it is sealed. Entries are never changed or deleted here; there is no function for it.

pub mod checkpoint;
mod entry;
mod examine;
mod list;
mod proof;
mod seal;
mod trail;
pub mod tree;
mod verify;

use std::path::PathBuf;

use crate::Error;
use crate::db::{Db, Step};
use crate::keys::Keys;

pub use checkpoint::Checkpoint;
pub use entry::{AuditEntry, StoredEntry};
pub use list::Filter;
pub use proof::{ConsistencyProof, EntryProof, Proven, RecordProof};
pub use trail::Trail;
pub use verify::{Kind, Problem, Report};

/// Newest entries looked at to recognize a log's key ring.
const RECENT: i64 = 16;

/// Whether `db` holds no entries at all.
pub(crate) async fn is_empty(db: &Db) -> Result<bool, Error> {
    Ok(db.read("SELECT id FROM jy_audit LIMIT 1", &[]).await?.is_empty())
}

/// Whether any of the newest entries in `db` was made under `keys`; `None` when there are none.
/// One entry that holds is enough: a changed one is for the verifier to name.
pub(crate) async fn knows(db: &Db, keys: &Keys) -> Result<Option<bool>, Error> {
    let columns = entry::columns(db.dialect());
    let sql = format!("SELECT {columns} FROM jy_audit ORDER BY tx DESC, id DESC LIMIT {RECENT}");
    let rows = db.read(&sql, &[]).await?;
    let (key, mut buffer) = (keys.entry_mac(), Vec::new());
    let holds = rows.iter().any(|row| entry::code_holds(&key, row, &mut buffer));
    Ok((!rows.is_empty()).then_some(holds))
}

/// The audit log of one database.
#[derive(Clone)]
pub struct Audit {
    db: Db,
    keys: Keys,
    anchor: Option<PathBuf>,
}

impl Audit {
    /// The log in `db`. The newest checkpoint is also written to `anchor`, a file outside the
    /// database, against which truncation of the whole log is found.
    #[must_use]
    pub fn new(db: Db, keys: Keys, anchor: Option<PathBuf>) -> Audit {
        Audit { db, keys, anchor }
    }

    /// Steps that append `entries` within a commit.
    #[must_use]
    pub fn steps(&self, entries: &[AuditEntry]) -> Vec<Step> {
        entry::steps(&self.keys, self.db.dialect(), entries)
    }

    /// The key ring, for digests of sensitive values in an entry's body.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The log's public key, in the form that tools for signed notes take.
    #[must_use]
    pub fn verifier(&self) -> String {
        let key = self.keys.signing().verifying_key();
        checkpoint::verifier(&self.origin(), &key)
    }

    /// The log's name in its checkpoints.
    #[must_use]
    pub fn origin(&self) -> String {
        checkpoint::origin(&self.keys.origin(), self.keys.hash())
    }

    /// The newest signed checkpoint, if anything was sealed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn checkpoint(&self) -> Result<Option<String>, Error> {
        let sql = "SELECT checkpoint FROM jy_seal ORDER BY number DESC LIMIT 1";
        let rows = self.db.read(sql, &[]).await?;
        rows.first().and_then(|row| row.first()).map(|cell| Ok(cell.str()?.to_string())).transpose()
    }
}
