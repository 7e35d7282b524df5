//! Measures: amounts that are kept by day for whoever they belong to, and bandings that follow them.
//!
//! A *source* says what one record adds to a measure; a *carrier* is the record whose history is
//! kept, such as an account; its *subject* is whom it belongs to. All of it reads stored fields of
//! one record alone, so that what a change adds is a pure function of that record before and after.

use crate::catalogue::{Label, ObjectIx, Slot};
use crate::expr::Expr;
use crate::{Catalogue, FieldType, Name};

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureKind {
    /// A state: its value on a day is the sum of all movements until then.
    Balance,
    /// Movements themselves: its value is their sum within a span.
    Flow,
}

/// An amount kept by day.
#[derive(Debug, Clone)]
pub struct Measure {
    /// Name in the API.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// Balance or flow.
    pub kind: MeasureKind,
    /// ISO 4217 code of every amount; none for a plain number.
    pub currency: Option<String>,
    /// Digits after the point.
    pub scale: u8,
    /// Option set that names the classes a split shows.
    pub classes: Option<Name>,
    /// Records whose history is kept, one entry an object.
    pub carriers: Vec<Carrier>,
    /// What adds to it.
    pub sources: Vec<MeasureSource>,
    /// How subjects belong to groups.
    pub members: Option<Members>,
}

/// An object whose records each have a history.
#[derive(Debug, Clone)]
pub struct Carrier {
    /// The object.
    pub object: ObjectIx,
    /// Reference to whom the record belongs.
    pub subject: Slot,
    /// The record's class, as a text; none when the measure has one class only.
    pub class: Option<Expr>,
}

/// What one record adds.
#[derive(Debug, Clone)]
pub struct MeasureSource {
    /// Its object.
    pub object: ObjectIx,
    /// Reference to the carrier; none when the record is one itself.
    pub via: Option<Slot>,
    /// How much; empty adds nothing.
    pub amount: Expr,
    /// Which records count (absent: all).
    pub when: Option<Expr>,
    /// On which day.
    pub dating: Dating,
}

/// The day an amount counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dating {
    /// A state, known from the business day it is written on.
    Written,
    /// A state as of the day in this field.
    AsOf(Slot),
    /// A movement that lies on the day in this field.
    On(Slot),
}

/// Records that say which subjects make a group.
#[derive(Debug, Clone)]
pub struct Members {
    /// The object.
    pub object: ObjectIx,
    /// Reference to the group.
    pub group: Slot,
    /// Reference to the subject.
    pub member: Slot,
    /// Which memberships count (absent: all).
    pub when: Option<Expr>,
}

/// A field that follows the month averages of a measure, with hysteresis.
#[derive(Debug, Clone)]
pub struct Banding {
    /// Its name.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// Subjects it is about.
    pub object: ObjectIx,
    /// The measure.
    pub measure: Name,
    /// Field that holds the band.
    pub field: Slot,
    /// Field that holds the day the band took effect.
    pub since: Option<Slot>,
    /// Field that holds the last full month's average.
    pub average: Option<Slot>,
    /// Which subjects are banded (absent: all).
    pub when: Option<Expr>,
    /// Parameter: months in a row at a band's threshold before it is reached.
    pub upgrade_months: Name,
    /// Parameter: months in a row below a band before it is lost.
    pub downgrade_months: Name,
    /// Parameter: the share of its threshold down to which a band is kept.
    pub downgrade_ratio: Name,
    /// Bands from the lowest, each with the parameter of its threshold.
    pub bands: Vec<Band>,
}

/// One band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Value of the field.
    pub value: String,
    /// Parameter of its threshold; none for the lowest.
    pub from: Option<Name>,
}

impl Measure {
    /// The carrier of `object`.
    #[must_use]
    pub fn carrier(&self, object: ObjectIx) -> Option<&Carrier> {
        self.carriers.iter().find(|carrier| carrier.object == object)
    }

    /// The object of a source's carriers.
    #[must_use]
    pub fn carried_by(&self, catalogue: &Catalogue, source: &MeasureSource) -> Option<ObjectIx> {
        match source.via {
            None => Some(source.object),
            Some(via) => match &catalogue.at(source.object)?.at(via)?.kind {
                FieldType::Reference { to, .. } => Some(catalogue.object(to.first()?.as_str())?.0),
                _ => None,
            },
        }
    }
}
