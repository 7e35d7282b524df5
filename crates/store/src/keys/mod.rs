//! Keys and encryption at rest.
//!
//! A key ring file holds master keys (several versions), one key for blind indexes, one for the
//! audit log and one that signs checkpoints. What encrypts data is derived from them with HKDF, one
//! data key per purpose. Whoever has the database without this file learns nothing sealed.
//! Nothing here prints a secret, and nothing here can make a lost ring again.

mod bind;
mod cipher;
mod derive;
mod fields;
mod reseal;
mod ring;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use ed25519_dalek::SigningKey;

use crate::Error;

pub use cipher::Suite;
pub use derive::{Hash, HashKind};
pub use reseal::{Resealed, SealedCell, SealedColumn, reseal};

use cipher::{DataKey, Nonces};
pub(crate) use cipher::{OVERHEAD, key_id};
pub(crate) use derive::Mac;
use derive::mac;
use ring::Ring;

/// What a new ring is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Algorithms {
    /// How values and files are sealed.
    pub suite: Suite,
    /// How the audit log hashes.
    pub hash: HashKind,
}

/// The keys of one installation, shared by all who seal, open, index or sign.
///
/// A clone is cheap and sees rotations made through any other clone.
#[derive(Clone)]
pub struct Keys {
    path: Option<Arc<PathBuf>>,
    state: Arc<ArcSwap<State>>,
}

/// Everything derived from one state of the ring file.
struct State {
    ring: Ring,
    newest: Version,
    older: Vec<Version>,
    nonces: Nonces,
    blind: Mac,
    token: Mac,
    digest: Mac,
    entry: Mac,
    content: Mac,
    session: Mac,
    signing: SigningKey,
}

struct Version {
    id: u16,
    value: DataKey,
    file: DataKey,
}

impl State {
    fn new(ring: Ring) -> Result<State, Error> {
        let mut older = ring
            .masters()
            .map(|(id, secret)| {
                Ok(Version {
                    id,
                    value: DataKey::derive(secret, b"value")?,
                    file: DataKey::derive(secret, b"file")?,
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        older.sort_by_key(|version| version.id);
        let newest =
            older.pop().ok_or_else(|| Error::Corrupt("the key ring holds no master key".into()))?;
        let index = ring.index();
        let log = ring.log();
        Ok(State {
            blind: mac(index, b"blind index")?,
            token: mac(index, b"search token")?,
            content: mac(index, b"file content")?,
            session: mac(index, b"session")?,
            digest: mac(log, b"audit digest")?,
            entry: mac(log, b"audit entry")?,
            signing: SigningKey::from_bytes(ring.signing()),
            newest,
            older,
            nonces: Nonces::new()?,
            ring,
        })
    }

    fn version(&self, id: u16) -> Option<&Version> {
        std::iter::once(&self.newest).chain(&self.older).find(|version| version.id == id)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Keys {
    /// Opens the ring at `path`, or makes a new one there that only its owner can read.
    ///
    /// # Errors
    /// When the file is not a key ring, can be read by others, or cannot be written.
    pub fn open_or_create(
        path: &Path,
        algorithms: Algorithms,
        now: kernel::Instant,
    ) -> Result<Keys, Error> {
        let ring = if path.exists() {
            Ring::load(path)?
        } else {
            let ring = Ring::generate(algorithms, now)?;
            ring.save(path, true)?;
            ring
        };
        Keys::of(ring, Some(Arc::new(path.to_owned())))
    }

    /// Opens the ring at `path`, which must exist.
    ///
    /// # Errors
    /// When it does not, or as [`Keys::open_or_create`].
    pub fn open(path: &Path) -> Result<Keys, Error> {
        Keys::of(Ring::load(path)?, Some(Arc::new(path.to_owned())))
    }

    /// A new ring that is never written; for tests and trials.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn in_memory(algorithms: Algorithms) -> Result<Keys, Error> {
        Keys::of(Ring::generate(algorithms, kernel::Instant::UNIX_EPOCH)?, None)
    }

    fn of(ring: Ring, path: Option<Arc<PathBuf>>) -> Result<Keys, Error> {
        Ok(Keys { path, state: Arc::new(ArcSwap::from_pointee(State::new(ring)?)) })
    }

    /// Adds a master key and seals with it from now on; older ones still open what they sealed.
    /// Returns the new version.
    ///
    /// # Errors
    /// When the ring cannot be written; then nothing changes.
    pub fn rotate(&self, now: kernel::Instant) -> Result<u16, Error> {
        let ring = match &self.path {
            Some(path) => Ring::load(path)?,
            None => self.state.load().ring.clone(),
        };
        let ring = ring.with_new_master(now)?;
        if let Some(path) = &self.path {
            ring.save(path, false)?;
        }
        let version = ring.current();
        self.state.store(Arc::new(State::new(ring)?));
        Ok(version)
    }

    /// Reads the ring file again, to learn of a rotation made by another process.
    ///
    /// # Errors
    /// When the file is gone or damaged; then the keys in use stay.
    pub fn reload(&self) -> Result<(), Error> {
        if let Some(path) = &self.path {
            self.state.store(Arc::new(State::new(Ring::load(path)?)?));
        }
        Ok(())
    }

    /// The version that seals at present.
    #[must_use]
    pub fn current(&self) -> u16 {
        self.state.load().newest.id
    }

    /// Every version in the ring, oldest first; all of them open what they sealed.
    #[must_use]
    pub fn versions(&self) -> Vec<u16> {
        let state = self.state.load();
        state.older.iter().chain([&state.newest]).map(|version| version.id).collect()
    }

    /// How the audit log of this installation hashes.
    #[must_use]
    pub fn hash(&self) -> HashKind {
        self.state.load().ring.algorithms().hash
    }

    /// The name of this installation's audit log in its checkpoints.
    #[must_use]
    pub fn origin(&self) -> String {
        self.state.load().ring.origin().to_owned()
    }

    /// Seals `plain` so that it opens only with the same `context` (which cell of which column).
    #[must_use]
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        self.seal_with(context, plain, |version| &version.value)
    }

    /// Opens what [`Keys::seal`] sealed with the same `context`.
    ///
    /// # Errors
    /// When the bytes were changed, belong elsewhere, or the ring lacks their master key.
    pub fn open_sealed(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        self.open_with(context, sealed, |version| &version.value)
    }

    pub(crate) fn seal_file(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        self.seal_with(context, plain, |version| &version.file)
    }

    pub(crate) fn open_file(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        self.open_with(context, sealed, |version| &version.file)
    }

    fn seal_with(
        &self,
        context: &[u8],
        plain: &[u8],
        key: impl Fn(&Version) -> &DataKey,
    ) -> Vec<u8> {
        let state = self.state.load();
        let how = (state.ring.algorithms().suite, state.newest.id);
        key(&state.newest).seal(how, &state.nonces, context, plain)
    }

    fn open_with(
        &self,
        context: &[u8],
        sealed: &[u8],
        key: impl Fn(&Version) -> &DataKey,
    ) -> Result<Vec<u8>, Error> {
        let id = cipher::key_id(sealed)?;
        if self.state.load().version(id).is_none() {
            self.reload()?;
        }
        let state = self.state.load();
        let version = state
            .version(id)
            .ok_or_else(|| Error::Corrupt(format!("sealed with key {id}, which the ring lacks")))?;
        key(version).open(context, sealed)
    }

    /// Seals again with the present master key; `None` when it already is.
    ///
    /// # Errors
    /// As [`Keys::open_sealed`].
    pub fn reseal(&self, context: &[u8], sealed: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if cipher::key_id(sealed)? == self.current() {
            return Ok(None);
        }
        let plain = self.open_sealed(context, sealed)?;
        Ok(Some(self.seal(context, &plain)))
    }

    /// The blind index of a normalized value: equal values of one column have equal indexes, and
    /// only the holder of the ring can make one. Its key is never rotated.
    #[must_use]
    pub fn blind(&self, context: &[u8], value: &[u8]) -> [u8; 16] {
        derive::tag(&self.state.load().blind, &[context, value])
    }

    /// A keyed search token of a sensitive value (a tail, a bigram).
    #[must_use]
    pub fn token(&self, context: &[u8], value: &[u8]) -> [u8; 16] {
        derive::tag(&self.state.load().token, &[context, value])
    }

    /// What stands for a sensitive value in the audit log: comparable, not reversible, so that
    /// erasing the value never breaks the log.
    #[must_use]
    pub fn digest(&self, context: &[u8], value: &[u8]) -> [u8; 16] {
        derive::tag(&self.state.load().digest, &[context, value])
    }

    /// A code that proves that a cursor or session value was issued by this installation.
    #[must_use]
    pub fn session_mac(&self, value: &[u8]) -> [u8; 32] {
        derive::full(&self.state.load().session, &[value])
    }

    /// The address of a file with this content.
    pub(crate) fn content_mac(&self) -> Mac {
        self.state.load().content.clone()
    }

    /// The code each audit entry carries until, and after, it is sealed.
    pub(crate) fn entry_mac(&self) -> Mac {
        self.state.load().entry.clone()
    }

    pub(crate) fn signing(&self) -> SigningKey {
        self.state.load().signing.clone()
    }
}

#[cfg(test)]
mod tests;
