//! Reading the cells of the product's own tables.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use crate::Error;
use crate::db::Cell;

impl Cell {
    /// The error for a row that has not the columns it was asked for.
    pub(crate) fn width(table: &str) -> Error {
        Error::Internal(format!("a row of {table} has another width"))
    }

    /// The instant; microseconds as stored.
    pub(crate) fn instant(&self) -> Result<Instant, Error> {
        Instant::from_microsecond(self.int()?)
            .map_err(|_| Error::Corrupt("an instant lies outside of time".into()))
    }

    /// The instant, or nothing.
    pub(crate) fn instant_or_null(&self) -> Result<Option<Instant>, Error> {
        self.unless_null(Cell::instant)
    }

    /// The integer, or nothing.
    pub(crate) fn int_or_null(&self) -> Result<Option<i64>, Error> {
        self.unless_null(Cell::int)
    }

    /// The text, or nothing.
    pub(crate) fn str_or_null(&self) -> Result<Option<Arc<str>>, Error> {
        self.unless_null(|cell| cell.str().cloned())
    }

    /// The bytes, or nothing.
    pub(crate) fn bytes_or_null(&self) -> Result<Option<Vec<u8>>, Error> {
        self.unless_null(|cell| cell.bytes().map(<[u8]>::to_vec))
    }

    /// The id, or nothing.
    pub(crate) fn uuid_or_null(&self) -> Result<Option<Uuid>, Error> {
        self.unless_null(Cell::uuid)
    }

    /// A yes or no, stored as 1 or 0.
    pub(crate) fn flag(&self) -> Result<bool, Error> {
        Ok(self.int()? != 0)
    }

    fn unless_null<T>(
        &self,
        read: impl FnOnce(&Cell) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.is_null() { Ok(None) } else { read(self).map(Some) }
    }
}
