//! Measures: what records add up to by day, kept by the write path, read under rights.
//!
//! What a record adds is a pure function of its stored fields ([`adds`]); what a change adds is the
//! difference of its images ([`book`]), written in the change's own transaction. The ledger can be
//! reckoned again from the records at any time ([`check`]).
//!
//! A reader gets sums of what they could add up themselves: over carriers they see with the fields
//! that the measure reads ([`reach`]), and over owners and units all of whose rows their grants reach.

mod adds;
mod band;
mod book;
mod check;
mod parts;
mod reach;
mod read;
mod reckon;
mod record;
mod series;
mod trend;

pub use band::{BandingReport, Moved};
pub use check::MeasureCheck;
pub use read::{MeasureInfo, MeasureOf, MeasureQuery, Part, Parts, PartsOf};
pub use series::{Point, Series, Span};
pub use trend::Trend;

pub(crate) use band::KIND as BANDING;
pub(crate) use check::{KIND as CHECK, jobs as check_jobs};
