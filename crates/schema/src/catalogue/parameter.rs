//! Parameters: business values that change on known dates.

use kernel::{Date, Decimal};

use super::Label;
use crate::Name;

/// A business value that changes on known dates.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Name used in `param("…")`.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// What it means and where it comes from.
    pub note: String,
    /// Values by the first day each is in force, ascending.
    pub values: Vec<(Date, ParameterValue)>,
}

/// What a parameter holds.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// A number or amount.
    Number(Decimal),
    /// Text.
    Text(String),
    /// 是 / 否.
    Bool(bool),
    /// A civil date.
    Date(Date),
    /// Several texts.
    Texts(Vec<String>),
}

impl Parameter {
    /// The value in force on `day`, if any is yet.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&ParameterValue> {
        self.values.iter().rev().find(|(from, _)| *from <= day).map(|(_, value)| value)
    }
}
