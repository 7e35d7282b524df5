//! Who this server is among those that share a database, also after a restart: by that it knows
//! the jobs that its last run left behind.
//!
//! The name stands in a file of the data folder, locked while the server runs. When it cannot be
//! had, because another server runs on the same folder, this one goes by a name for this run only.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use uuid::Uuid;

/// A name nobody else on the database has while this is held.
pub struct Node {
    name: Uuid,
    /// Holds the lock.
    _file: Option<File>,
}

impl Node {
    /// The name in `folder`, or a fresh one.
    pub fn take(folder: &Path, mut fresh: impl FnMut() -> Uuid) -> Node {
        match locked(folder, &mut fresh) {
            Ok((name, file)) => Node { name, _file: Some(file) },
            Err(error) => {
                tracing::warn!(error = %error, "this server has a name for this run only");
                Node { name: fresh(), _file: None }
            }
        }
    }

    /// The name.
    pub fn name(&self) -> Uuid {
        self.name
    }
}

fn locked(folder: &Path, fresh: &mut impl FnMut() -> Uuid) -> Result<(Uuid, File), std::io::Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(folder.join("node"))?;
    file.try_lock()?;
    let mut text = String::new();
    // What is no text is no name either.
    let _read = file.read_to_string(&mut text);
    if let Ok(name) = text.trim().parse() {
        return Ok((name, file));
    }
    let name = fresh();
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(name.to_string().as_bytes())?;
    file.sync_all()?;
    Ok((name, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_and_never_shared() {
        let folder = std::env::temp_dir().join(format!("jy_node_{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut next = 0;
        let mut fresh = || {
            next += 1;
            Uuid::from_u128(next)
        };
        let first = Node::take(&folder, &mut fresh);
        let beside = Node::take(&folder, &mut fresh);
        assert_ne!(first.name(), beside.name());
        let name = first.name();
        drop(first);
        assert_eq!(Node::take(&folder, &mut fresh).name(), name);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
