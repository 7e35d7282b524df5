//! One value on its way to or from a database.

use std::sync::Arc;

use uuid::Uuid;

use crate::Error;

/// One row of a result.
pub type Row = Vec<Cell>;

/// A value as the databases hold it. SQLite has no type for ids: 16 bytes read back are `Uuid`
/// whatever they mean, so readers ask by [`Cell::uuid`] or [`Cell::bytes`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// Text.
    Text(Arc<str>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Sixteen bytes that are an id.
    Uuid(Uuid),
}

impl Cell {
    /// Text of anything that converts to shared text.
    pub fn text(text: impl Into<Arc<str>>) -> Cell {
        Cell::Text(text.into())
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Cell::Null)
    }

    /// The integer; an error when it is something else or nothing.
    pub fn int(&self) -> Result<i64, Error> {
        match self {
            Cell::Int(value) => Ok(*value),
            other => Err(other.not("an integer")),
        }
    }

    /// The text; an error when it is something else or nothing.
    pub fn str(&self) -> Result<&Arc<str>, Error> {
        match self {
            Cell::Text(value) => Ok(value),
            other => Err(other.not("text")),
        }
    }

    /// The id; an error when it is something else or nothing.
    pub fn uuid(&self) -> Result<Uuid, Error> {
        match self {
            Cell::Uuid(value) => Ok(*value),
            Cell::Bytes(bytes) => Uuid::from_slice(bytes).map_err(|_| self.not("an id")),
            other => Err(other.not("an id")),
        }
    }

    /// The bytes; an error when it is something else or nothing.
    pub fn bytes(&self) -> Result<&[u8], Error> {
        match self {
            Cell::Bytes(bytes) => Ok(bytes),
            Cell::Uuid(id) => Ok(id.as_bytes()),
            other => Err(other.not("bytes")),
        }
    }

    fn not(&self, wanted: &str) -> Error {
        let kind = match self {
            Cell::Null => "nothing",
            Cell::Int(_) => "an integer",
            Cell::Text(_) => "text",
            Cell::Bytes(_) => "bytes",
            Cell::Uuid(_) => "an id",
        };
        Error::Corrupt(format!("a cell holds {kind} where {wanted} belongs"))
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Cell {
        Cell::Int(value)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Cell {
        Cell::Int(i64::from(value))
    }
}

impl From<Uuid> for Cell {
    fn from(value: Uuid) -> Cell {
        Cell::Uuid(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Cell {
        Cell::Text(value.into())
    }
}

impl From<Vec<u8>> for Cell {
    fn from(value: Vec<u8>) -> Cell {
        Cell::Bytes(value)
    }
}

impl From<jiff::Timestamp> for Cell {
    fn from(value: jiff::Timestamp) -> Cell {
        Cell::Int(value.as_microsecond())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Null, Into::into)
    }
}
