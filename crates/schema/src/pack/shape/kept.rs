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

pub(super) const RETENTION: &[Key] = &[
    must("code", Shape::Name, "stable code, unique in the object"),
    must("label", Shape::Label, "shown name"),
    may("when", Shape::Expression, "which records; without it every one"),
    may("until", Shape::Expression, "the last day; without one as long as `when` holds"),
    may("with", Shape::Name, "reference to the record as long as which it is kept"),
    may("deletable", Shape::Bool, "a mistaken record may be deleted; an erasure heeds the rule"),
];

pub(super) const REMINDER: &[Key] = &[
    must("code", Shape::Name, "stable code, unique in the object"),
    must("on", Shape::Name, "the date it is about"),
    must("days", Shape::Name, "parameter with the number of days before it"),
    may("when", Shape::Expression, "which records; without it every one"),
    must("create", Shape::Name, "object of what is made"),
    must("values", Shape::Values, "its values by field, as expressions over the record"),
];

pub(super) const ANSWERS: &[Key] = &[
    must("subject", Shape::Name, "reference to whom the request is about"),
    must("right", Shape::Name, "select that says what is asked for"),
    may("dossier", Shape::Texts, "its options answered with everything held"),
    may("erase", Shape::Texts, "its options answered by erasing or locking"),
    must("status", Shape::Name, "select with the request's state"),
    must("ready", Shape::Text, "its option in which a request can be answered"),
    must("data", Shape::Name, "file for what is held, as data"),
    must("text", Shape::Name, "file for the same in words"),
    must("outcome", Shape::Name, "text for what was done"),
];

pub(super) const EXCLUSIVE: &[Key] = &[
    must("group", Shape::Name, "read-only reference to the group, which the platform fills in"),
    must("of", Shape::Name, "the set's reference to its group"),
    must("policy", Shape::Name, "select of the group: what happens to a second membership"),
    must("replaces", Shape::Text, "its option by which the new one takes the place of the old"),
];
