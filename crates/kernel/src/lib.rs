//! Values with invariants: ids, exact amounts, civil dates, secrets, Chinese identifiers, masks.
//!
//! Pure: no I/O, no async, no clock reads, no randomness, no floats for amounts.

pub mod mask;
pub mod money;
pub mod sensitive;
pub mod time;

pub use jiff::civil::Date;
pub use jiff::Timestamp as Instant;
pub use rust_decimal::Decimal;

pub use mask::Mask;
pub use money::{Currency, Money};
pub use sensitive::Sensitive;
pub use time::{Clock, IdSource};
