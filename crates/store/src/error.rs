//! The one error of this crate: each variant is something a caller handles differently.

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many requests wait already; try again later.
    #[error("the database is busy")]
    Busy,
    /// The read's time limit passed.
    #[error("the query took too long and was stopped")]
    Timeout,
    /// The database cannot be reached or has been closed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Something stored cannot be read back as what it must be.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// The query asks for something that cannot be answered from the database.
    #[error("cannot be queried: {0}")]
    Unsupported(String),
    /// An org unit would become its own ancestor.
    #[error("the org unit would lie below itself")]
    Cycle,
    /// A definition cannot go live over the records that exist.
    #[error("{0}")]
    Refused(String),
    /// Anything else the database reported.
    #[error("database: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A defect: an impossible state.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// Wraps what a driver reported.
    pub(crate) fn database(source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Database(Box::new(source))
    }
}
