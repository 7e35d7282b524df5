//! The one write path: load, decide, commit.

mod audit;
mod command;
mod decide;
mod facts;
mod prepare;
mod remove;
mod replay;
mod reveal;
mod separation;
mod submit;

pub use command::{Change, Command, Idempotency, Outcome, Revealed, Values};

pub(crate) use audit::{Entry, entry};
pub(crate) use decide::Visible;
pub(crate) use facts::{Facts, Known, Needs, targets};
pub(crate) use prepare::{Prepared, Rows, is_computed, of_flaw};
pub(crate) use submit::{Context, Draft, id_of, version_of};
