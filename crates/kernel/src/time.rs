//! Time and chance as parameters.

use jiff::Timestamp;
use uuid::Uuid;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant, at microsecond precision.
    fn now(&self) -> Timestamp;
}

/// Where ids come from.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 whose time part is `at`.
    fn next(&self, at: Timestamp) -> Uuid;
}
