//! Keys of layouts, and of what objects say on pages.

use super::{Key, Shape, may, must};

pub(super) const LAYOUT: &[Key] = &[
    must("object", Shape::Name, "object it arranges"),
    must("label", Shape::Label, "shown name"),
    may("roles", Shape::Names, "roles whose holders get it unless they choose another"),
    may("default", Shape::Bool, "everybody else gets it; the last such layout counts"),
    may("highlights", Shape::Names, "fields in the head of the page"),
    must("sections", Shape::Tables(SECTION), "sections in order"),
];

const SECTION: &[Key] = &[
    must("label", Shape::Label, "heading"),
    may("fields", Shape::Names, "fields in reading order"),
    may("related", Shape::Texts, "lists of referring records: `object.field`, usual columns"),
    may("lists", Shape::Tables(LIST), "lists of referring records, after those in `related`"),
    may("measures", Shape::Tables(MEASURE), "numbers over referring records"),
    may("timeline", Shape::Table(TIMELINE_PART), "the newest of the record's timeline"),
    may("graph", Shape::Table(GRAPH_PART), "what lies around the record"),
    may("trend", Shape::Table(TREND_PART), "what the record has, month by month"),
];

const LIST: &[Key] = &[
    must("from", Shape::Text, "`object.field`, or a path such as `object.field.field`"),
    may("label", Shape::Label, "heading; by default the object's name"),
    may("columns", Shape::Names, "fields; by default the title and the object's highlights"),
    may("filter", Shape::Expression, "rows to show"),
    may("sort", Shape::Texts, "fields; `-` before a name means descending"),
    may("limit", Shape::Integer(1, 10), "rows shown"),
];

const MEASURE: &[Key] = &[
    must("name", Shape::Name, "name in the answer, unique in its section"),
    must("label", Shape::Label, "shown name"),
    must("from", Shape::Text, "`object.field`, or a path such as `object.field.field`"),
    must(
        "function",
        Shape::OneOf(&["count", "count_distinct", "sum", "min", "max", "avg"]),
        "what to do",
    ),
    may("value", Shape::Name, "field to measure"),
    may("group", Shape::Text, "field to group by, or a path to one"),
    may("bucket", Shape::OneOf(&["day", "month", "quarter", "year"]), "span that counts as one"),
    may("filter", Shape::Expression, "rows to measure"),
];

const TIMELINE_PART: &[Key] = &[
    may("kinds", Shape::Names, "kinds of entries; by default every kind"),
    may("limit", Shape::Integer(1, 10), "entries shown"),
];

const GRAPH_PART: &[Key] = &[
    may("edge", Shape::Name, "edge object; by default the first that joins such records"),
    may("depth", Shape::Integer(1, 2), "steps from the record"),
    may("limit", Shape::Integer(2, 60), "most records, the one on the page too"),
];

const TREND_PART: &[Key] = &[
    must("measures", Shape::Names, "measures to choose from; the first is shown"),
    may("months", Shape::Integer(2, 36), "months shown, this one too"),
];

pub(super) const TIMELINE: &[Key] = &[
    must("of", Shape::TextOrTexts, "paths to the records on whose timelines it stands"),
    must("at", Shape::Name, "date or instant of the entry"),
    may("kind", Shape::Name, "what a reader filters by; by default the object's name"),
    may("label", Shape::Label, "shown name of the kind; by default the object's"),
    may("fields", Shape::Names, "fields an entry shows beside its title"),
    may("when", Shape::Expression, "records that are entries"),
    may("icon", Shape::Text, "name of a picture for the screen"),
];

const NEXT_STEP: &[Key] = &[
    must("label", Shape::Label, "what the button says"),
    may("edit", Shape::Names, "fields of the record to correct"),
    may("create", Shape::Text, "`object.field`: a record to make that refers to this one"),
    may("values", Shape::Values, "values of that record"),
];

pub(super) const WARNING: &[Key] = &[
    must("code", Shape::Name, "stable code, unique in the object"),
    must("when", Shape::Expression, "shown while this holds"),
    must("severity", Shape::OneOf(&["low", "medium", "high"]), "how much it matters"),
    must("message", Shape::Label, "the sentence; `{field}` stands for a field's value"),
    may("reason", Shape::Label, "the rule behind it"),
    may("at", Shape::Name, "field it is about"),
    may("fix", Shape::Table(NEXT_STEP), "what to do about it"),
];

pub(super) const SUGGESTION: &[Key] = &[
    must("code", Shape::Name, "stable code, unique in the object"),
    must("when", Shape::Expression, "shown while this holds"),
    must("label", Shape::Label, "what to do; `{field}` stands for a field's value"),
    must("reason", Shape::Label, "the rule behind it"),
    may("at", Shape::Name, "field it is about"),
    may("step", Shape::Table(NEXT_STEP), "how to do it"),
];

pub(super) const QUALITY: &[Key] = &[
    must("object", Shape::Name, "object whose records it measures"),
    must("field", Shape::Name, "computed field it adds to the object: the share that is met"),
    must("label", Shape::Label, "shown name"),
    may("help", Shape::Label, "one sentence of help"),
    must("items", Shape::Tables(QUALITY_ITEM), "what a complete record has"),
];

const QUALITY_ITEM: &[Key] = &[
    must("code", Shape::Name, "stable code, unique in the list"),
    must("label", Shape::Label, "shown name"),
    may("when", Shape::Expression, "asked only of records where this holds"),
    must("met", Shape::Expression, "whether it is there"),
    may("weight", Shape::Integer(1, 100), "how much it counts; by default 1"),
    may("by", Shape::SomeOf(&["customer", "manager", "operations"]), "who can supply it"),
    may("at", Shape::Name, "field to fill in"),
];
