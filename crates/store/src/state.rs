//! What is said of the whole database: counters by which nodes tell each other that something has
//! changed, and whether it holds sample data.
//!
//! A counter is raised in the commit of the change itself, so a node that reads the new count reads
//! the change too. What is done about it is not decided here.

use crate::db::{Cell, Db, Step};
use crate::{Error, Store};

/// Raised when a user, org unit or assignment changes.
const RIGHTS: &str = "rights";
/// Raised when a master key is added to the key ring.
const KEYS: &str = "keys";

/// For how many customers sample data was made; nothing or 0 when there is none.
const SAMPLES: &str = "samples";

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

/// The step that says that sample data is being loaded; it fails when some is there already.
#[must_use]
pub fn samples_loaded(customers: u64) -> Step {
    let sql = "INSERT INTO jy_state (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE jy_state.value = 0";
    let customers = i64::try_from(customers).unwrap_or(i64::MAX);
    Step::exactly(sql, vec![SAMPLES.into(), customers.into()], 1)
}

/// The step that says that no sample data is left.
#[must_use]
pub fn samples_removed() -> Step {
    let sql = "UPDATE jy_state SET value = 0 WHERE name = $1";
    Step::new(sql, vec![SAMPLES.into()])
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

    /// For how many customers there is sample data; none when there is none. Costs one point read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn samples(&self) -> Result<Option<u64>, Error> {
        let sql = "SELECT value FROM jy_state WHERE name = $1 AND value > 0";
        let rows = self.db().point(sql, &[SAMPLES.into()]).await?;
        let value = rows.first().and_then(|row| row.first()).map(Cell::int).transpose()?;
        Ok(value.and_then(|value| u64::try_from(value).ok()))
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
