//! What changes from one catalogue to the next, and what that asks of stored data.
//!
//! Pure comparison by name. Carries nothing out: a publish plans its work from the changes, and
//! stops at the refusals.

mod compare;
mod fields;
mod lines;
mod measures;
mod pages;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::Name;
use crate::catalogue::Label;

pub use compare::diff;

/// Every difference between two catalogues.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// In the order packs, option sets, objects with their parts, then what stands on them.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A pack came, left, or has another version.
    Pack {
        /// Its name.
        pack: Name,
        /// Version before; none when it is new.
        from: Option<String>,
        /// Version after; none when it leaves.
        to: Option<String>,
    },
    /// A new object, with all its fields.
    ObjectAdded {
        /// Its name.
        object: Name,
    },
    /// An object is hidden from use; its records stay.
    ObjectRetired {
        /// Its name.
        object: Name,
    },
    /// A retired object is used again.
    ObjectRestored {
        /// Its name.
        object: Name,
    },
    /// Label, title, parent or validations of an object differ.
    ObjectChanged {
        /// Its name.
        object: Name,
        /// Which parts.
        parts: Vec<String>,
    },
    /// A new field: a column is added.
    FieldAdded {
        /// Its object.
        object: Name,
        /// Its name.
        field: Name,
        /// Shown name.
        label: Label,
        /// It is required and has no default, so old records may not have it.
        gap: bool,
    },
    /// A field is hidden from use; its values stay.
    FieldRetired {
        /// Its object.
        object: Name,
        /// Its name.
        field: Name,
    },
    /// A retired field is used again.
    FieldRestored {
        /// Its object.
        object: Name,
        /// Its name.
        field: Name,
    },
    /// A field differs.
    FieldChanged {
        /// Its object.
        object: Name,
        /// Its name.
        field: Name,
        /// The most demanding of what follows.
        effect: Effect,
        /// Which attributes differ.
        parts: Vec<String>,
        /// Why it is refused and what to do instead, when it is.
        refusal: Option<Refusal>,
    },
    /// A composite unique constraint or index is built or dropped.
    Key {
        /// Its object.
        object: Name,
        /// Its name.
        name: Name,
        /// Whether values must be unique.
        unique: bool,
        /// What happens.
        kind: Touch,
    },
    /// An option set, role, view, layout, parameter, measure, banding or match rule came, left or
    /// differs.
    Definition {
        /// Which kind.
        kind: Kind,
        /// Its name.
        name: Name,
        /// What happens.
        touch: Touch,
        /// Which parts differ, or which items came (`+`), left (`-`) or differ (`~`).
        parts: Vec<String>,
    },
}

/// What happens to a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touch {
    /// It is new.
    Added,
    /// It differs.
    Changed,
    /// It leaves.
    Removed,
}

/// Kinds of definitions other than objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A shared list of options.
    Options,
    /// A role.
    Role,
    /// A saved list.
    View,
    /// A page arrangement.
    Layout,
    /// A completeness list.
    Quality,
    /// A dated value.
    Parameter,
    /// An amount kept by day.
    Measure,
    /// A field that follows a measure.
    Banding,
    /// A use of records.
    Purpose,
    /// How duplicates are found.
    Match,
}

/// What a changed field asks of stored data; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing: words, masks, rights.
    Words,
    /// Nothing: every stored value still fits.
    Widened,
    /// Old values may break the new rule; new writes are checked.
    Narrowed,
    /// An index or search tokens are built again.
    Reindex,
    /// Every stored value is written again.
    Rewrite,
    /// Not possible; see the refusal.
    Incompatible,
}

/// Why a change cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What is wrong.
    pub message: Label,
    /// What to do instead.
    pub remedy: Label,
}

impl Diff {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Changes that cannot be published, with the reason.
    pub fn refusals(&self) -> impl Iterator<Item = (&Change, &Refusal)> {
        self.changes.iter().filter_map(|change| match change {
            Change::FieldChanged { refusal: Some(refusal), .. } => Some((change, refusal)),
            _ => None,
        })
    }
}
