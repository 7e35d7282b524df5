//! Constraints and indexes over several fields.

use super::Slot;
use crate::Name;

/// Values of these fields together occur once (rows with an empty one are exempt). A unique
/// "within parent" lists the parent reference first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// Constraint name, unique in its object.
    pub name: Name,
    /// Fields, in index order.
    pub fields: Vec<Slot>,
    /// Only among rows where these are true.
    pub where_true: Vec<Slot>,
    /// Only among rows where these are empty.
    pub where_empty: Vec<Slot>,
}

/// A B-tree index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Index name, unique in its object.
    pub name: Name,
    /// Fields and whether each is descending; `id` is appended by the store.
    pub fields: Vec<(Slot, bool)>,
}
