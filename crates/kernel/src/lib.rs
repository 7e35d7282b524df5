//! Values with invariants: ids, exact amounts, civil dates, secrets, Chinese identifiers, masks.
//!
//! Pure: no I/O, no async, no clock reads, no randomness, no floats for amounts. The exceptions
//! are `time::SystemClock` and `time::RandomIds`, through which the rest of the system gets both.

pub mod cn;
pub mod decimal;
pub mod id;
pub mod likeness;
pub mod mask;
pub mod money;
pub mod pinyin;
pub mod sensitive;
pub mod text;
pub mod time;
pub mod tokens;

pub use jiff::Timestamp as Instant;
pub use jiff::civil::Date;
pub use rust_decimal::Decimal;

pub use id::Id;
pub use mask::Mask;
pub use money::{Currency, Money};
pub use sensitive::Sensitive;
pub use time::{Clock, FixedClock, IdSource, RandomIds, SeededIds, SystemClock};
