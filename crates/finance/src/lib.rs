//! The study: calculations as pure functions over plain values.
//!
//! Exact decimals, no I/O, no clock, no chance; knows no records. Each function bounds its own work
//! and says when it stopped at the bound.

pub mod circles;
pub mod ownership;
pub mod spans;
pub mod ways;
