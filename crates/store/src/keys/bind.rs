//! Which ring a database was sealed under: found out at the start, not at the first value that
//! cannot be opened.
//!
//! The database keeps a mark that only its ring can make, and the newest master key it was used
//! with. Refuses another ring and an older copy of the right one.

use super::Keys;
use super::derive::{self, Mac};
use crate::db::{Cell, Db, Step};
use crate::{Error, audit};

/// Name of the ring's mark in the database.
const MARK: &str = "key_ring";
/// Name of the newest master key's number in the database.
const NEWEST: &str = "key_version";

impl Keys {
    /// Whether `db` holds anything that was made under a ring.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn are_needed(db: &Db) -> Result<bool, Error> {
        Ok(state(db, MARK).await?.is_some() || !audit::is_empty(db).await?)
    }

    /// Ties `db` to this ring, or makes sure that it is tied to it.
    ///
    /// # Errors
    /// When `db` is tied to another ring, or was used with a newer copy of this one.
    pub async fn bind(&self, db: &Db) -> Result<(), Error> {
        let mark = self.mark();
        let known = state(db, MARK).await?;
        if known.is_none() && audit::knows(db, self).await? == Some(false) {
            return Err(foreign());
        }
        let newest = i64::from(self.current());
        let keep = "INSERT INTO jy_state (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let lift = "UPDATE jy_state SET value = $2 WHERE name = $1 AND value < $2";
        if known.is_none() {
            db.run(vec![Step::new(keep, vec![MARK.into(), mark.into()])]).await?;
        }
        if state(db, MARK).await? != Some(mark) {
            return Err(foreign());
        }
        match state(db, NEWEST).await? {
            Some(used) if used == newest => {}
            Some(used) if used > newest => {
                return Err(Error::Refused(format!(
                    "the key ring is an older copy: it ends with master key {newest}, and this \
                     database was used with master key {used}"
                )));
            }
            Some(_) => {
                let lift = Step::new(lift, vec![NEWEST.into(), newest.into()]);
                db.run(vec![lift]).await?;
            }
            None => {
                let keep = Step::new(keep, vec![NEWEST.into(), newest.into()]);
                db.run(vec![keep]).await?;
            }
        }
        Ok(())
    }

    /// A number that follows from the keys that are never rotated, and tells nothing of them.
    fn mark(&self) -> i64 {
        let part = |mac: &Mac| derive::full(mac, &[b"the ring of a database"]);
        let (blind, entry) = (self.state.load().blind.clone(), self.entry_mac());
        let both = derive::full(&blind, &[&part(&blind), &part(&entry)]);
        let mut first = [0; 8];
        first.iter_mut().zip(both).for_each(|(to, from)| *to = from);
        i64::from_be_bytes(first)
    }
}

fn foreign() -> Error {
    Error::Refused("the key ring is not the one that this database was sealed under".into())
}

async fn state(db: &Db, name: &str) -> Result<Option<i64>, Error> {
    let rows = db.read("SELECT value FROM jy_state WHERE name = $1", &[name.into()]).await?;
    rows.first().and_then(|row| row.first()).map(Cell::int).transpose()
}
