//! A stored file as a plain reader for a thread of its own.

use std::io::{Error as IoError, Read, Result as IoResult};

use store::blobs::{BlobId, Blobs};
use tokio::sync::mpsc;

use crate::Error;

/// Parts read ahead.
const AHEAD: usize = 4;

/// Reads a stored file part by part; must be used off the async threads.
pub(crate) struct BlobRead {
    parts: mpsc::Receiver<Result<Vec<u8>, store::Error>>,
    part: Vec<u8>,
    given: usize,
}

/// Opens a stored file; a task feeds its parts as they are wanted.
pub(crate) async fn open(blobs: &Blobs, file: BlobId) -> Result<BlobRead, Error> {
    let mut reader = blobs.read(file, None).await?;
    let (sender, parts) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        while let Some(part) = reader.next().await.transpose() {
            let failed = part.is_err();
            if sender.send(part).await.is_err() || failed {
                break;
            }
        }
    });
    Ok(BlobRead { parts, part: Vec::new(), given: 0 })
}

impl Read for BlobRead {
    fn read(&mut self, out: &mut [u8]) -> IoResult<usize> {
        while self.given >= self.part.len() {
            match self.parts.blocking_recv() {
                None => return Ok(0),
                Some(Err(error)) => return Err(IoError::other(error.to_string())),
                Some(Ok(part)) => (self.part, self.given) = (part, 0),
            }
        }
        let rest = self.part.get(self.given..).unwrap_or_default();
        let count = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}
