//! The ledger of measures: movements by day, added up in the commit that causes them.
//!
//! Knows no source, no rule and no right: who asks for a movement has decided it. Sums are exact
//! integers at the measure's scale.

mod below;
mod book;
mod check;
mod read;

use std::sync::Arc;

use kernel::Date;
use schema::{Name, ObjectIx, Slot};
use uuid::Uuid;

pub use below::BelowCorrection;
pub(crate) use below::{alone, comes, leaves, lock};
pub(crate) use book::steps;
pub use check::{Entry, MonthOf, Standing};
pub use read::{By, Holder, Places, SubjectsOf, Sum};

/// Owner under which the total of a unit is kept.
pub const TOTAL: Uuid = Uuid::max();

/// Where a carrier's subject belongs; all zeros when nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Org unit.
    pub unit: Uuid,
    /// Owner.
    pub owner: Uuid,
}

/// An amount that comes to a carrier on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The measure.
    pub measure: Name,
    /// The carrier.
    pub carrier: Uuid,
    /// Where its subject belongs.
    pub place: Place,
    /// The carrier's class; may be empty.
    pub class: Arc<str>,
    /// The day.
    pub day: Date,
    /// The amount, at the measure's scale.
    pub delta: i64,
}

/// What carriers stand at goes over to another place or class on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The measure.
    pub measure: Name,
    /// Which carriers.
    pub carriers: Carriers,
    /// Where from.
    pub from: Place,
    /// Where to.
    pub to: Place,
    /// The class they have from now on, when that changes.
    pub class: Option<Arc<str>>,
    /// The day.
    pub day: Date,
}

/// Carriers of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carriers {
    /// This one.
    One(Uuid),
    /// Those of an object whose reference points to this subject when the transfer is written.
    Of(ObjectIx, Slot, Uuid),
}

/// An amount that a place was short of or had too much of, whatever its carriers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The measure.
    pub measure: Name,
    /// The place; [`TOTAL`] as its owner corrects the unit's total.
    pub place: Place,
    /// The class.
    pub class: Arc<str>,
    /// The day.
    pub day: Date,
    /// The amount.
    pub delta: i64,
    /// Whether the sums by month were wrong; those by day otherwise.
    pub months: bool,
}

/// What a commit does to the ledger: transfers of what stood before it, then movements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bookings {
    /// First, in this order.
    pub transfers: Vec<Transfer>,
    /// Then.
    pub movements: Vec<Movement>,
    /// What a check found wrong in carriers' histories alone; nothing is added by place.
    pub histories: Vec<Movement>,
    /// What a check found wrong by place.
    pub corrections: Vec<Correction>,
    /// What a check found wrong of units with all below them.
    pub below: Vec<BelowCorrection>,
}

impl Bookings {
    /// Adds all of `other`.
    pub fn merge(&mut self, other: Bookings) {
        self.transfers.extend(other.transfers);
        self.movements.extend(other.movements);
        self.histories.extend(other.histories);
        self.corrections.extend(other.corrections);
        self.below.extend(other.below);
    }
}

/// Number of the month a day lies in: year times twelve, and the month from zero.
#[must_use]
pub fn month_of(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}
