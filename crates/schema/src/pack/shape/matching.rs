//! The keys of match rules.

use super::{Key, Shape, may, must};

/// A match rule.
pub(super) const MATCH: &[Key] = &[
    must("object", Shape::Name, "object whose records are compared"),
    must("label", Shape::Label, "shown name"),
    must(
        "severity",
        Shape::OneOf(&["block", "warn", "note"]),
        "what a sure duplicate does to a create",
    ),
    may("certain", Shape::Integer(1, 100), "least score of a sure duplicate; 90 if not given"),
    may("likely", Shape::Integer(1, 100), "least score worth a look; 70 if not given"),
    may("possible", Shape::Integer(1, 100), "least score that is shown; 50 if not given"),
    may(
        "block_max",
        Shape::Integer(2, 1_000),
        "most records that share a key and are compared by it; 50 if not given",
    ),
    must("keys", Shape::Tables(MATCH_KEY), "values by which candidates are found"),
    must("comparisons", Shape::Tables(COMPARISON), "what makes the score"),
];

const MATCH_KEY: &[Key] = &[must(
    "fields",
    Shape::Texts,
    "fields, each with a form if not whole: `name:pinyin`, `name:name`, `birth_on:year`, \
     `region:4` (first characters), `number:resident_id`",
)];

const COMPARISON: &[Key] = &[
    must("code", Shape::Name, "stable code, unique in the rule"),
    must("label", Shape::Label, "what it says when it holds"),
    must("field", Shape::Name, "field to compare"),
    must("how", Shape::OneOf(&["exact", "name", "similar", "first"]), "how"),
    may("digits", Shape::Integer(1, 18), "first characters to compare, for `first`"),
    must("weight", Shape::Integer(1, 100), "added to the score when it holds in full"),
    may("differs", Shape::Integer(0, 100), "taken off when both values are there and differ"),
    may("least", Shape::Integer(1, 100), "least degree at which it holds, in percent"),
];
