//! Counters of the whole database by which nodes tell each other that something has changed.
//!
//! A counter is raised in the commit of the change itself, so a node that reads the new count reads
//! the change too. What is done about it is not decided here.

use crate::db::{Cell, Db, Step};
use crate::{Error, Store};

/// Raised when a user, org unit or assignment changes.
const RIGHTS: &str = "rights";
/// Raised when a master key is added to the key ring.
const KEYS: &str = "keys";

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Changes of users, org units and assignments so far.
    pub rights: i64,
    /// Master keys added so far.
    pub keys: i64,
}

/// The step that says that users, org units or assignments changed.
#[must_use]
pub fn rights_changed() -> Step {
    raise(RIGHTS)
}

/// The step that says that the key ring has a new master key.
#[must_use]
pub fn keys_changed() -> Step {
    raise(KEYS)
}

fn raise(name: &str) -> Step {
    let sql = "INSERT INTO jy_state (name, value) VALUES ($1, 1) \
               ON CONFLICT (name) DO UPDATE SET value = jy_state.value + 1";
    Step::exactly(sql, vec![name.into()], 1)
}

impl Store {
    /// The counters as they are now. Costs one point read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn counters(&self) -> Result<Counters, Error> {
        read(self.db()).await
    }
}

async fn read(db: &Db) -> Result<Counters, Error> {
    let sql = "SELECT name, value FROM jy_state WHERE name IN ($1, $2)";
    let mut counters = Counters::default();
    for row in db.point(sql, &[RIGHTS.into(), KEYS.into()]).await? {
        let [name, value] = row.as_slice() else { return Err(Cell::width("jy_state")) };
        match &**name.str()? {
            RIGHTS => counters.rights = value.int()?,
            _ => counters.keys = value.int()?,
        }
    }
    Ok(counters)
}
