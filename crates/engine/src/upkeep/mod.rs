//! Work on stored data that nobody waits for: sealing again, filling search words anew, emptying the
//! recycle bin, sweeping up files, and following what other nodes changed.
//!
//! Each is a job that writes its cursor after every chunk and may be repeated from there. None of it
//! changes what a record says.

mod bin;
mod daily;
mod files;
mod keys;
mod nodes;
mod reindex;
mod remind;

pub use keys::KeyUsage;

pub(crate) use bin::KIND as EMPTY_BIN;
pub(crate) use files::KIND as SWEEP_FILES;
pub(crate) use keys::KIND as RESEAL;
pub(crate) use reindex::{KIND as REINDEX, jobs as reindex_jobs};
pub(crate) use remind::KIND as REMIND;

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::jobs::Job;

use crate::Error;

/// Records done between two writes of progress.
const CHUNK: u32 = 200;

/// Attempts of a job of upkeep.
pub(crate) const ATTEMPTS: u32 = 10;

/// Seconds until such a job starts, in which other nodes learn of what it follows.
pub(crate) const HEAD_START: i64 = 3;

/// Where a job goes on; its start when it has not begun.
pub(crate) fn cursor_of<T: DeserializeOwned + Default>(job: &Job) -> T {
    let read = |bytes: &Vec<u8>| serde_json::from_slice(bytes).ok();
    job.cursor.as_ref().and_then(read).unwrap_or_default()
}

pub(crate) fn payload_of<T: DeserializeOwned>(job: &Job) -> Result<T, Error> {
    serde_json::from_slice(&job.payload)
        .map_err(|error| Error::Internal(format!("job {}: {error}", job.id)))
}

pub(crate) fn bytes(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))
}
