//! The key ring file: JSON, readable by its owner alone, replaced atomically.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Algorithms;
use super::cipher::Suite;
use super::derive::HashKind;
use crate::Error;

/// The file's format.
const FORMAT: u32 = 1;

/// 32 secret bytes; printed as nothing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Secret([u8; 32]);

impl TryFrom<String> for Secret {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Secret, &'static str> {
        let bytes = STANDARD.decode(text).map_err(|_| "a key is not base64")?;
        Ok(Secret(bytes.try_into().map_err(|_| "a key has not 32 bytes")?))
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> String {
        STANDARD.encode(secret.0)
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Master {
    id: u16,
    created_at: kernel::Instant,
    secret: Secret,
}

/// The content of a key ring file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ring {
    format: u32,
    suite: Suite,
    hash: HashKind,
    origin: String,
    masters: Vec<Master>,
    index: Secret,
    log: Secret,
    signing: Secret,
}

impl Ring {
    pub(super) fn generate(algorithms: Algorithms, now: kernel::Instant) -> Result<Ring, Error> {
        let name = random()?;
        let short: String = name.0.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(Ring {
            format: FORMAT,
            suite: algorithms.suite,
            hash: algorithms.hash,
            origin: format!("jinyao.local/{short}"),
            masters: vec![Master { id: 1, created_at: now, secret: random()? }],
            index: random()?,
            log: random()?,
            signing: random()?,
        })
    }

    pub(super) fn with_new_master(&self, now: kernel::Instant) -> Result<Ring, Error> {
        let id = self
            .current()
            .checked_add(1)
            .ok_or_else(|| Error::Refused("the key ring holds no more versions".into()))?;
        let mut ring = self.clone();
        ring.masters.push(Master { id, created_at: now, secret: random()? });
        Ok(ring)
    }

    pub(super) fn load(path: &Path) -> Result<Ring, Error> {
        let shown = path.display();
        let failed = |e: std::io::Error| Error::Unavailable(format!("key ring `{shown}`: {e}"));
        let mut file = File::open(path).map_err(failed)?;
        private(&file, path)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        // The parser's own message may quote what it read, so only its place is told.
        let ring: Ring = serde_json::from_str(&text).map_err(|e| {
            Error::Corrupt(format!("key ring `{shown}` is damaged at line {}", e.line()))
        })?;
        if ring.format != FORMAT || ring.masters.is_empty() {
            return Err(Error::Corrupt(format!("`{shown}` is not a key ring of this release")));
        }
        Ok(ring)
    }

    /// Writes beside, syncs, and moves into place; `new` refuses to replace another ring.
    pub(super) fn save(&self, path: &Path, new: bool) -> Result<(), Error> {
        let shown = path.display();
        let failed = |e: std::io::Error| Error::Unavailable(format!("key ring `{shown}`: {e}"));
        let text =
            serde_json::to_string_pretty(self).map_err(|e| Error::Internal(e.to_string()))?;
        let beside = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        if new {
            // A link fails where a rename would replace a ring made meanwhile.
            fs::hard_link(&beside, path).map_err(failed)?;
            fs::remove_file(&beside).map_err(failed)?;
        } else {
            fs::rename(&beside, path).map_err(failed)?;
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(())
    }

    pub(super) fn masters(&self) -> impl Iterator<Item = (u16, &[u8; 32])> {
        self.masters.iter().map(|master| (master.id, &master.secret.0))
    }

    pub(super) fn current(&self) -> u16 {
        self.masters.iter().map(|master| master.id).max().unwrap_or(0)
    }

    pub(super) fn algorithms(&self) -> Algorithms {
        Algorithms { suite: self.suite, hash: self.hash }
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn index(&self) -> &[u8; 32] {
        &self.index.0
    }

    pub(super) fn log(&self) -> &[u8; 32] {
        &self.log.0
    }

    pub(super) fn signing(&self) -> &[u8; 32] {
        &self.signing.0
    }
}

fn random() -> Result<Secret, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::Unavailable(format!("randomness of the system: {e}")))?;
    Ok(Secret(bytes))
}

/// Refuses a ring that others on the machine can read.
fn private(file: &File, path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = file.metadata().map_err(Error::database)?.mode();
        if mode & 0o077 != 0 {
            return Err(Error::Refused(format!(
                "key ring `{}` can be read by others: run `chmod 600` on it",
                path.display()
            )));
        }
    }
    Ok(())
}
