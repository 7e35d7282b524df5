//! Keys of what an object asks the platform to keep.

use super::{Key, Shape, may, must};

pub(super) const MEMBERSHIP: &[Key] = &[
    must("subject", Shape::Name, "reference to whoever belongs"),
    must("set", Shape::Name, "reference to the set"),
    must("source", Shape::Name, "select that says who put the subject there"),
    must("by_rule", Shape::Text, "its option for members that the set's rule keeps"),
    may("evidence", Shape::Name, "text for why"),
    may("from", Shape::Name, "date of joining"),
    may("until", Shape::Name, "last day of membership; empty means no end"),
    may("rule", Shape::Name, "field of the set that holds its rule, a text with `expression_on`"),
    may("active", Shape::Name, "boolean field of the set: whether its rule is in use"),
    may("exclusive", Shape::Table(EXCLUSIVE), "sets of which a subject belongs to one at most"),
];

pub(super) const STATES: &[Key] = &[
    must("field", Shape::Name, "select that holds the state"),
    must("start", Shape::Texts, "options that a new record may have"),
    must("moves", Shape::Texts, "`from > to`, one for each step that may be taken"),
];

pub(super) const DIGEST: &[Key] = &[
    must("field", Shape::Name, "read-only text for the digest"),
    must("of", Shape::Name, "the text it is of"),
];

pub(super) const DUE: &[Key] = &[
    must("field", Shape::Name, "the date that is due"),
    must("from", Shape::Name, "the date it counts from"),
    must("days", Shape::Name, "parameter with the number of working days"),
    must("holidays", Shape::Name, "parameter with the public holidays, as dates"),
    must("make_up", Shape::Name, "parameter with the weekends that are worked"),
];

pub(super) const EXCLUSIVE: &[Key] = &[
    must("group", Shape::Name, "read-only reference to the group, which the platform fills in"),
    must("of", Shape::Name, "the set's reference to its group"),
    must("policy", Shape::Name, "select of the group: what happens to a second membership"),
    must("replaces", Shape::Text, "its option by which the new one takes the place of the old"),
];
