//! The file itself: a sealed header, then sealed chunks of 64 KiB.
//!
//! The header is bound to the file's name and holds its salt; each chunk is bound to the salt, its
//! number and whether it is the last. So chunks cannot be reordered, dropped, cut off or moved to
//! another file.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::{BlobId, failed};
use crate::Error;
use crate::keys::{Keys, OVERHEAD};

/// Bytes of content in a chunk.
pub(super) const CHUNK: usize = 64 * 1024;
/// Bytes of a full chunk on disk.
const SEALED: u64 = (CHUNK + OVERHEAD) as u64;

pub(super) struct Header {
    pub salt: [u8; 16],
    pub size: u64,
}

impl Header {
    /// Bytes on disk.
    pub(super) const LENGTH: usize = 16 + 8 + OVERHEAD;

    pub(super) fn seal(&self, keys: &Keys, id: BlobId) -> Vec<u8> {
        let plain = [self.salt.as_slice(), &self.size.to_be_bytes()].concat();
        keys.seal_file(&header_context(id), &plain)
    }

    fn open(keys: &Keys, id: BlobId, sealed: &[u8]) -> Result<Header, Error> {
        let plain = keys.open_file(&header_context(id), sealed)?;
        let parts = plain.split_first_chunk::<16>();
        let parts = parts.and_then(|(salt, size)| Some((*salt, size.try_into().ok()?)));
        let (salt, size) = parts.ok_or_else(|| damaged(id))?;
        Ok(Header { salt, size: u64::from_be_bytes(size) })
    }
}

fn header_context(id: BlobId) -> Vec<u8> {
    [b"header ".as_slice(), &id.0].concat()
}

pub(super) fn chunk_context(salt: &[u8; 16], number: u64, last: bool) -> Vec<u8> {
    [b"chunk ".as_slice(), salt, &number.to_be_bytes(), &[u8::from(last)]].concat()
}

pub(super) async fn write_header(file: &mut File, sealed: &[u8]) -> Result<(), Error> {
    file.seek(SeekFrom::Start(0)).await.map_err(failed)?;
    file.write_all(sealed).await.map_err(failed)
}

fn damaged(id: BlobId) -> Error {
    Error::Corrupt(format!("file `{id}` was changed"))
}

/// A stored file being read.
pub struct Reader {
    keys: Keys,
    file: File,
    id: BlobId,
    header: Header,
    /// What is still to be given out.
    range: Range<u64>,
    /// The chunk that the file stands at.
    chunk: u64,
}

impl Reader {
    pub(super) async fn open(
        keys: Keys,
        path: &Path,
        id: BlobId,
        range: Option<Range<u64>>,
    ) -> Result<Reader, Error> {
        let mut file = File::open(path).await.map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::Unavailable(format!("file `{id}` is missing")),
            _ => failed(e),
        })?;
        let mut sealed = [0; Header::LENGTH];
        file.read_exact(&mut sealed).await.map_err(|_| damaged(id))?;
        let header = Header::open(&keys, id, &sealed)?;
        let range = range.unwrap_or(0..header.size);
        let range = range.start.min(header.size)..range.end.min(header.size);
        let chunk = range.start / CHUNK as u64;
        let place = Header::LENGTH as u64 + chunk * SEALED;
        file.seek(SeekFrom::Start(place)).await.map_err(failed)?;
        Ok(Reader { keys, file, id, header, range, chunk })
    }

    /// Bytes of the whole file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.header.size
    }

    /// The next bytes; `None` after the last.
    ///
    /// # Errors
    /// When the file was changed or cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.range.is_empty() {
            return Ok(None);
        }
        let start = self.chunk * CHUNK as u64;
        let held = (self.header.size - start).min(CHUNK as u64);
        let last = start + held == self.header.size;
        let length = usize::try_from(held).map_err(|_| damaged(self.id))?;
        let mut sealed = vec![0; length + OVERHEAD];
        self.file.read_exact(&mut sealed).await.map_err(|_| damaged(self.id))?;
        let context = chunk_context(&self.header.salt, self.chunk, last);
        let plain = self.keys.open_file(&context, &sealed).map_err(|_| damaged(self.id))?;
        let within = |place: u64| usize::try_from(place.saturating_sub(start).min(held));
        let (Ok(from), Ok(to)) = (within(self.range.start), within(self.range.end)) else {
            return Err(damaged(self.id));
        };
        let part = plain.get(from..to).ok_or_else(|| damaged(self.id))?.to_vec();
        self.chunk += 1;
        self.range.start = self.range.end.min(start + held);
        Ok(Some(part))
    }
}
