//! Sealing a column again after a rotation, in chunks that can be resumed.
//!
//! Knows no tables: whoever owns a column says how to read and replace its cells.

use std::future::Future;

use super::Keys;
use crate::Error;

/// One sealed cell of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCell {
    /// Where it stands; cells are read in ascending order of it.
    pub key: Vec<u8>,
    /// What it was sealed for.
    pub context: Vec<u8>,
    /// The bytes as stored.
    pub sealed: Vec<u8>,
}

/// One cell that was sealed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resealed {
    /// Where it stands.
    pub key: Vec<u8>,
    /// What must still be stored there; a cell changed meanwhile is already under the new key.
    pub before: Vec<u8>,
    /// What replaces it.
    pub after: Vec<u8>,
}

/// A column whose cells are sealed.
pub trait SealedColumn {
    /// At most `limit` sealed cells after `after`, in order.
    fn read(
        &self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<SealedCell>, Error>> + Send;

    /// Replaces cells that still hold what was read and, in the same transaction, remembers
    /// `cursor`, from which an interrupted run goes on.
    fn replace(
        &self,
        cells: Vec<Resealed>,
        cursor: &[u8],
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Seals every cell after `cursor` with the present master key; returns how many were replaced.
///
/// # Errors
/// When a cell cannot be opened or the column cannot be read or written; what was done stays done.
pub async fn reseal<C: SealedColumn>(
    keys: &Keys,
    column: &C,
    mut cursor: Option<Vec<u8>>,
    chunk: usize,
) -> Result<u64, Error> {
    let mut replaced = 0;
    loop {
        let cells = column.read(cursor.as_deref(), chunk.max(1)).await?;
        let Some(last) = cells.last().map(|cell| cell.key.clone()) else {
            return Ok(replaced);
        };
        let mut changed = Vec::with_capacity(cells.len());
        for cell in cells {
            if let Some(after) = keys.reseal(&cell.context, &cell.sealed)? {
                changed.push(Resealed { key: cell.key, before: cell.sealed, after });
            }
        }
        replaced += changed.len() as u64;
        column.replace(changed, &last).await?;
        cursor = Some(last);
    }
}
