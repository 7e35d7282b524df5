//! Files: named by a keyed hash of their content, encrypted in chunks, in a local folder.
//!
//! Who does not hold the key ring can neither read a file nor tell whether a known one is stored.
//! A file is deleted only when no record holds it, its retention has passed and no legal hold lies
//! on it. What a user may read is decided above.

mod file;
mod lifetime;
mod scan;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hmac::Mac as _;
use kernel::Instant;
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

use crate::Error;
use crate::db::{Cell, Db, Step};
use crate::keys::{Keys, Mac};

pub use file::Reader;
use file::{CHUNK, Header, chunk_context};
pub use lifetime::{hold, release, retain_until, unuse, unuse_record, use_in};
pub use scan::{Verdict, judge};

/// The name of a stored file: 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId([u8; 32]);

impl BlobId {
    /// The id that a text stands for.
    #[must_use]
    pub fn parse(text: &str) -> Option<BlobId> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut id = [0; 32];
        if pairs.len() != id.len() || !rest.is_empty() {
            return None;
        }
        for (to, [high, low]) in id.iter_mut().zip(pairs) {
            let digit =
                |byte: &u8| char::from(*byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
            *to = digit(high)? << 4 | digit(low)?;
        }
        Some(BlobId(id))
    }

    pub(crate) fn cell(&self) -> Cell {
        self.0.to_vec().into()
    }

    pub(crate) fn of(cell: &Cell) -> Result<BlobId, Error> {
        let bytes = cell.bytes()?.try_into();
        bytes.map(BlobId).map_err(|_| Error::Corrupt("a file's name has not 32 bytes".into()))
    }
}

impl std::fmt::Display for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What the database knows of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its name.
    pub id: BlobId,
    /// Bytes of content.
    pub size: u64,
    /// When it was last uploaded.
    pub created_at: Instant,
    /// Until when it must be kept.
    pub retain_until: Option<Instant>,
    /// Whether it must be kept whatever else.
    pub legal_hold: bool,
    /// What a virus scanner said of it; none yet, or there is no scanner.
    pub verdict: Option<Verdict>,
}

/// A stored file as it was just uploaded.
#[derive(Debug, Clone)]
pub struct Uploaded {
    /// The file.
    pub blob: Blob,
    /// Its first bytes, at most [`HEAD`].
    pub head: Vec<u8>,
    /// SHA-256 of its content.
    pub digest: [u8; 32],
}

/// Bytes of a file's beginning by which its kind is judged.
pub const HEAD: usize = 4096;

/// The files of one installation.
#[derive(Clone)]
pub struct Blobs {
    db: Db,
    keys: Keys,
    folder: Arc<PathBuf>,
    /// Keeps a sweep from removing a file that is uploaded again at this very moment.
    changing: Arc<Mutex<()>>,
}

impl Blobs {
    /// Files under `folder`, which is made when missing. What an interrupted upload left is removed.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub async fn open(db: Db, keys: Keys, folder: &Path) -> Result<Blobs, Error> {
        let uploads = folder.join("uploads");
        if fs::try_exists(&uploads).await.map_err(failed)? {
            fs::remove_dir_all(&uploads).await.map_err(failed)?;
        }
        fs::create_dir_all(&uploads).await.map_err(failed)?;
        let folder = Arc::new(folder.to_owned());
        Ok(Blobs { db, keys, folder, changing: Arc::new(Mutex::new(())) })
    }

    fn path(&self, id: BlobId) -> PathBuf {
        let name = id.to_string();
        let (start, _) = name.split_at(2);
        self.folder.join(start).join(&name)
    }

    /// Begins an upload of at most `limit` bytes.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn upload(&self, limit: u64) -> Result<Upload, Error> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt)
            .map_err(|e| Error::Unavailable(format!("randomness of the system: {e}")))?;
        let name: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = self.folder.join("uploads").join(name);
        let mut file = fs::File::create(&path).await.map_err(failed)?;
        file.write_all(&[0; Header::LENGTH]).await.map_err(failed)?;
        Ok(Upload {
            blobs: self.clone(),
            file,
            path: Unfinished(Some(path)),
            salt,
            hash: self.keys.content_mac(),
            digest: Sha256::new(),
            head: Vec::new(),
            waiting: Vec::with_capacity(CHUNK),
            chunks: 0,
            size: 0,
            limit,
        })
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn get(&self, id: BlobId) -> Result<Option<Blob>, Error> {
        let sql = "SELECT id, size, created_at, retain_until, legal_hold, verdict FROM jy_blob \
                   WHERE id = $1";
        let rows = self.db.point(sql, &[id.cell()]).await?;
        match rows.first().map(Vec::as_slice) {
            Some([id, size, created_at, retain_until, legal_hold, verdict]) => Ok(Some(Blob {
                id: BlobId::of(id)?,
                size: u64::try_from(size.int()?)
                    .map_err(|_| Error::Corrupt("a file's size is negative".into()))?,
                created_at: created_at.instant()?,
                retain_until: retain_until.instant_or_null()?,
                legal_hold: legal_hold.flag()?,
                verdict: Verdict::of(verdict)?,
            })),
            _ => Ok(None),
        }
    }

    /// Reads a file, or the part of it in `range`, a chunk at a time.
    ///
    /// # Errors
    /// When there is no such file, or it was changed.
    pub async fn read(
        &self,
        id: BlobId,
        range: Option<std::ops::Range<u64>>,
    ) -> Result<Reader, Error> {
        Reader::open(self.keys.clone(), &self.path(id), id, range).await
    }
}

/// A file being uploaded; forgotten when dropped before [`Upload::finish`].
pub struct Upload {
    blobs: Blobs,
    file: fs::File,
    path: Unfinished,
    salt: [u8; 16],
    hash: Mac,
    digest: Sha256,
    head: Vec<u8>,
    waiting: Vec<u8>,
    chunks: u64,
    size: u64,
    limit: u64,
}

/// Removes the file of an upload that came to nothing.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take()
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "an unfinished upload could not be removed");
        }
    }
}

impl Upload {
    /// Appends bytes.
    ///
    /// # Errors
    /// When the limit is passed or the file cannot be written.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > self.limit {
            return Err(Error::Refused(format!("the file has more than {} bytes", self.limit)));
        }
        self.hash.update(bytes);
        self.digest.update(bytes);
        let start = bytes.get(..HEAD.saturating_sub(self.head.len()).min(bytes.len()));
        self.head.extend_from_slice(start.unwrap_or_default());
        while !bytes.is_empty() {
            // A full chunk waits until more comes, so that the last one is known as the last.
            if self.waiting.len() == CHUNK {
                self.flush(false).await?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    async fn flush(&mut self, last: bool) -> Result<(), Error> {
        let context = chunk_context(&self.salt, self.chunks, last);
        let sealed = self.blobs.keys.seal_file(&context, &self.waiting);
        self.file.write_all(&sealed).await.map_err(failed)?;
        self.waiting.clear();
        self.chunks += 1;
        Ok(())
    }

    /// Makes the file durable under its name. The same content uploaded again is the same file.
    ///
    /// # Errors
    /// When the file or the database cannot be written.
    pub async fn finish(mut self, now: Instant) -> Result<Uploaded, Error> {
        self.flush(true).await?;
        let id = BlobId(self.hash.clone().finalize().into_bytes().into());
        let header = Header { salt: self.salt, size: self.size };
        file::write_header(&mut self.file, &header.seal(&self.blobs.keys, id)).await?;
        self.file.sync_all().await.map_err(failed)?;
        let path = self.blobs.path(id);
        let parent = path.parent().map(Path::to_owned).unwrap_or_default();
        fs::create_dir_all(&parent).await.map_err(failed)?;
        let _changing = self.blobs.changing.lock().await;
        if let Some(from) = self.path.0.take() {
            fs::rename(from, &path).await.map_err(failed)?;
        }
        let folder = fs::File::open(&parent).await.map_err(failed)?;
        folder.sync_all().await.map_err(failed)?;
        let size = i64::try_from(self.size).map_err(|_| Error::Refused("too long".into()))?;
        let sql = "INSERT INTO jy_blob (id, size, created_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at";
        let params = vec![id.cell(), size.into(), now.into()];
        self.blobs.db.run(vec![Step::exactly(sql, params, 1)]).await?;
        let stored = self.blobs.get(id).await?;
        let blob = stored.ok_or_else(|| Error::Internal(format!("file `{id}` was not stored")))?;
        let digest = std::mem::take(&mut self.digest).finalize().into();
        Ok(Uploaded { blob, head: std::mem::take(&mut self.head), digest })
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::Unavailable(format!("files: {error}"))
}
