//! Keys of measures and bandings.

use super::{Key, Shape, may, must};

pub(super) const MEASURE: &[Key] = &[
    must("label", Shape::Label, "shown name"),
    must("kind", Shape::OneOf(&["balance", "flow"]), "a state, or movements within a span"),
    may("currency", Shape::Text, "ISO 4217 code of every amount"),
    must("scale", Shape::Integer(0, 9), "digits after the point"),
    may("classes", Shape::Name, "option set that names the classes of a split"),
    must("carriers", Shape::Tables(CARRIER), "objects whose records each have a history"),
    must("sources", Shape::Tables(MEASURE_SOURCE), "what adds to it"),
    may("members", Shape::Table(MEMBERS), "records that say which subjects make a group"),
];

const CARRIER: &[Key] = &[
    must("object", Shape::Name, "the object"),
    must("subject", Shape::Name, "its reference to whom a record belongs"),
    may("class", Shape::Expression, "class of a record, from its own fields"),
];

const MEASURE_SOURCE: &[Key] = &[
    must("object", Shape::Name, "the object"),
    may("via", Shape::Name, "its reference to the carrier, unless it is one itself"),
    must("amount", Shape::Expression, "what a record adds, from its own fields"),
    may("when", Shape::Expression, "which records count, from their own fields"),
    may("as_of", Shape::Name, "date the amount is a state of; the business day otherwise"),
    may("on", Shape::Name, "date the amount is a movement on"),
];

const MEMBERS: &[Key] = &[
    must("object", Shape::Name, "the object"),
    must("group", Shape::Name, "its reference to the group"),
    must("member", Shape::Name, "its reference to the subject"),
    may("when", Shape::Expression, "which memberships count"),
];

pub(super) const BANDING: &[Key] = &[
    must("label", Shape::Label, "shown name"),
    must("object", Shape::Name, "subjects it is about"),
    must("measure", Shape::Name, "the measure whose month averages decide"),
    must("field", Shape::Name, "field that holds the band"),
    may("since", Shape::Name, "date field: when the band took effect"),
    may("average", Shape::Name, "number field: average of the last full month"),
    may("when", Shape::Expression, "which subjects are banded"),
    must("upgrade_months", Shape::Name, "parameter: months at a threshold to reach a band"),
    must("downgrade_months", Shape::Name, "parameter: months below to lose a band"),
    must("downgrade_ratio", Shape::Name, "parameter: share of its threshold that keeps a band"),
    must("bands", Shape::Tables(BAND), "bands from the lowest"),
];

const BAND: &[Key] = &[
    must("value", Shape::Text, "value of the field"),
    may("from", Shape::Name, "parameter of its threshold; none for the lowest"),
];
