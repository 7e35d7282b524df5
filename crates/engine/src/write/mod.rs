//! The one write path: load, decide, commit.

mod audit;
mod bulk;
mod change;
mod command;
mod decide;
mod derive;
mod edges;
mod facts;
mod lines;
mod merge;
mod prepare;
mod record;
mod references;
mod remove;
mod replay;
mod reveal;
mod separation;
mod submit;
mod unmerge;

pub use bulk::{Bulk, BulkAct, BulkCreate, BulkPreview};
pub use command::{Change, Command, Idempotency, Left, Outcome, Revealed, Values};

pub(crate) use audit::{Entry, entry};
pub(crate) use bulk::{CREATE as BULK_CREATE, UPDATE as BULK_UPDATE};
pub(crate) use change::{Draft, Nest};
pub(crate) use decide::{Visible, admit, is_reference};
pub(crate) use facts::{At, Facts, Known, Needs, targets};
pub(crate) use prepare::{Prepared, Rows, is_computed, of_flaw, prepare};
pub(crate) use record::{id_of, version_of};
pub(crate) use remove::referrers;
pub(crate) use submit::{Context, Subject, explain};
