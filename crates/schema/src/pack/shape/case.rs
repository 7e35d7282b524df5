//! Keys of business cases: given, steps, what must come of them.

use super::{Key, Shape, may, must};

pub(super) const TEST: &[Key] = &[
    must("name", Shape::Text, "the fact it states"),
    may("today", Shape::Date, "business date of the case"),
    may("given", Shape::Tables(GIVEN), "records made first, as the system"),
    must("steps", Shape::Tables(STEP), "what is then tried, in order"),
];

const GIVEN: &[Key] = &[
    must("object", Shape::Name, "object of the record"),
    may("as", Shape::Text, "name later values refer to with `@`"),
    may("values", Shape::Values, "field values"),
];

const STEPS: &[&str] = &[
    "create",
    "update",
    "delete",
    "get",
    "query",
    "reveal",
    "reassign",
    "overview",
    "timeline",
    "measure",
    "band",
    "share",
    "duplicates",
    "merge",
    "unmerge",
    "answer",
    "locked",
    "daily",
];

const STEP: &[Key] = &[
    may("actor", Shape::Text, "`@` and the name of the acting user; none is the system"),
    must("do", Shape::OneOf(STEPS), "what is tried"),
    must("object", Shape::Name, "object it is about"),
    may("as", Shape::Text, "name of the record it makes"),
    may("record", Shape::Text, "`@` and the name of the record it is about"),
    may(
        "with",
        Shape::Text,
        "`@` and the name of the user to share with, or of the record to merge",
    ),
    may("values", Shape::Values, "field values"),
    may("filter", Shape::Text, "filter of a query"),
    may("search", Shape::Text, "search text of a query"),
    may("sort", Shape::Texts, "order of a query"),
    may("permitted_for", Shape::Text, "purpose that a query must be permitted for"),
    may("fields", Shape::Texts, "fields to reveal, or to take over in a merge"),
    may("reason", Shape::Text, "why, for a reveal"),
    may("measure", Shape::Name, "measure to read for the record"),
    may("on", Shape::Date, "a day of the month to read a measure in; today otherwise"),
    must("then", Shape::Table(THEN), "what must come of it"),
];

const THEN: &[Key] = &[
    may("ok", Shape::Bool, "accepted"),
    may(
        "refused",
        Shape::OneOf(&[
            "invalid",
            "invisible",
            "forbidden",
            "read_only",
            "stale",
            "duplicate",
            "quota",
        ]),
        "refused in this way",
    ),
    may("violations", Shape::Tables(VIOLATION), "violations that must be reported"),
    may("count", Shape::Integer(0, 1_000_000), "rows of a query"),
    may("first", Shape::Values, "values of the first row; `masked` and `hidden` mean that access"),
    may("values", Shape::Values, "values of the record afterwards"),
    may("says", Shape::Texts, "codes of hints on the page, or titles on the timeline"),
    may("silent", Shape::Texts, "codes or titles that must not be there"),
    may("missing", Shape::Texts, "codes of what the page says is missing"),
    may("amount", Shape::Text, "value of a measure at the end of the month or today"),
    may("average", Shape::Text, "mean of the days of the month so far"),
];

const VIOLATION: &[Key] =
    &[may("field", Shape::Text, "field it is at"), must("code", Shape::Text, "its code")];
