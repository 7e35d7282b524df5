//! What the platform keeps of an object's records by itself, as the object's definition says.
//!
//! Everything is by name, so that two catalogues can be compared; that the names exist and fit is
//! checked when the packs are read.

use crate::Name;
use crate::field::Field;
use crate::keeping::Answers;
use crate::{Catalogue, Object, ObjectIx, Slot};

/// What is kept of one object; nothing, for most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Its records say that a subject belongs to a set.
    pub membership: Option<Membership>,
    /// Text fields that hold an expression.
    pub expressions: Vec<Expression>,
    /// Its records are sets with rules of their own.
    pub rules: bool,
    /// The states its records go through.
    pub states: Option<States>,
    /// Texts that are digests of others.
    pub digests: Vec<Digest>,
    /// Fields whose default is worked out again whenever what it reads is written.
    pub derived: Vec<Name>,
    /// Dates that lie some working days after others.
    pub dues: Vec<Due>,
    /// Fields whose values are not told to those they are about.
    pub withheld: Vec<Name>,
    /// Its records are requests of those whom data is about.
    pub answers: Option<Answers>,
}

/// Which state may follow which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct States {
    /// Select field that holds the state.
    pub field: Name,
    /// States of a new record.
    pub start: Vec<String>,
    /// From one to another.
    pub moves: Vec<(String, String)>,
}

/// A text that is the SHA-256 of another, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The digest.
    pub field: Name,
    /// What it is of.
    pub of: Name,
}

/// A date some working days after another, unless a caller gives one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The date that is due.
    pub field: Name,
    /// The date it counts from.
    pub from: Name,
    /// Parameter: how many working days.
    pub days: Name,
    /// Parameter: public holidays.
    pub holidays: Name,
    /// Parameter: weekends that are worked.
    pub make_up: Name,
}

/// A text field whose value is a condition, checked when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The text field.
    pub field: Name,
    /// Field of the same record that names the object the condition is about.
    pub over: Name,
}

/// Each record says that a subject belongs to a set: a customer to those who carry a tag. The set's
/// own record may hold a rule by which the platform keeps its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Reference to whoever belongs.
    pub subject: Name,
    /// Reference to the set.
    pub set: Name,
    /// Select field that says who put the subject there.
    pub source: Name,
    /// Its option for members that a rule keeps.
    pub by_rule: String,
    /// Text field for why.
    pub evidence: Option<Name>,
    /// Date of joining.
    pub from: Option<Name>,
    /// Last day of membership; empty means no end.
    pub until: Option<Name>,
    /// Field of the set that holds its rule; one of the set's [`Kept::expressions`].
    pub rule: Option<Name>,
    /// Field of the set that says whether its rule is in use.
    pub active: Option<Name>,
    /// Sets of which a subject belongs to one at most.
    pub exclusive: Option<Exclusive>,
}

/// Sets that exclude each other are of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusive {
    /// Reference of the membership to the group, which the platform fills in.
    pub group: Name,
    /// The set's own reference to its group.
    pub of: Name,
    /// Select field of the group that says what happens to a second membership.
    pub policy: Name,
    /// Its option by which the new membership takes the place of the old one; any other refuses.
    pub replaces: String,
}

impl Object {
    /// The slot of a field that a definition names.
    #[must_use]
    pub fn slot_of(&self, name: &Name) -> Option<Slot> {
        self.field(name.as_str()).map(|(slot, _)| slot)
    }
}

impl Catalogue {
    /// Objects whose records are memberships, with their definitions.
    pub fn memberships(&self) -> impl Iterator<Item = (ObjectIx, &Object, &Membership)> {
        let objects = self.objects.values().filter(|object| !object.retired);
        objects.filter_map(|object| {
            let membership = object.kept.membership.as_ref()?;
            let (ix, _) = self.object(object.name.as_str())?;
            Some((ix, object, membership))
        })
    }

    /// The only object that a field refers to.
    #[must_use]
    pub fn only_target(&self, field: &Field) -> Option<(ObjectIx, &Object)> {
        let ix = field.target(self)?;
        Some((ix, self.at(ix)?))
    }
}
