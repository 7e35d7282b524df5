//! The one write path: load, decide, commit.

mod audit;
mod command;
mod decide;
mod facts;
mod prepare;
mod remove;
mod replay;
mod reveal;
mod submit;

pub use command::{Change, Command, Idempotency, Outcome, Revealed, Values};

pub(crate) use audit::{entry, Entry};
pub(crate) use decide::{matching, Visible};
pub(crate) use facts::{Facts, Known, Needs};
pub(crate) use prepare::{is_computed, of_flaw, Prepared, Rows};
pub(crate) use submit::{id_of, version_of, Context, Draft};
