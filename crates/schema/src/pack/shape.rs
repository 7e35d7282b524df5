//! The keys a pack file may have: one table, from which the structure check and the editors' JSON
//! Schemas are both made, so that they cannot differ.

mod case;
mod kept;
mod matching;
mod measure;
mod page;

use super::edges::{EDGE, HOP};
use case::TEST;
use kept::{ANSWERS, DIGEST, DUE, MEMBERSHIP, REMINDER, RETENTION, STATES};
use matching::MATCH;
use measure::{BANDING, MEASURE};
use page::{LAYOUT, QUALITY, SUGGESTION, TIMELINE, WARNING};

/// What a key's value looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Any text, not empty.
    Text,
    /// `{ zh, en }`.
    Label,
    /// An API name.
    Name,
    /// Several API names.
    Names,
    /// Texts.
    Texts,
    /// One text or several.
    TextOrTexts,
    /// true or false.
    Bool,
    /// A whole number within bounds.
    Integer(i64, i64),
    /// A number; fractions also as text.
    Number,
    /// A date, native or as text.
    Date,
    /// An expression.
    Expression,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Several of these words.
    SomeOf(&'static [&'static str]),
    /// A table with these keys.
    Table(&'static [Key]),
    /// Several such tables.
    Tables(&'static [Key]),
    /// Name → table with the keys of a field, by its type.
    Fields,
    /// Name → one of these words.
    Words(&'static [&'static str]),
    /// Field name → API value.
    Values,
}

/// A key a table may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// One sentence for editors.
    pub doc: &'static str,
}

pub(crate) const fn must(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, required: true, doc }
}

pub(crate) const fn may(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, shape, required: false, doc }
}

/// A kind of pack file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Folder {
    Pack,
    Objects,
    Options,
    Views,
    Layouts,
    Roles,
    Parameters,
    Measures,
    Bandings,
    Purposes,
    Matches,
    Quality,
    Tests,
}

impl Folder {
    /// Every kind.
    pub const ALL: [Folder; 13] = [
        Folder::Pack,
        Folder::Objects,
        Folder::Options,
        Folder::Views,
        Folder::Layouts,
        Folder::Roles,
        Folder::Parameters,
        Folder::Measures,
        Folder::Bandings,
        Folder::Purposes,
        Folder::Matches,
        Folder::Quality,
        Folder::Tests,
    ];

    /// The folder's name; for [`Folder::Pack`] the file's stem.
    pub fn name(self) -> &'static str {
        match self {
            Folder::Pack => "pack",
            Folder::Objects => "objects",
            Folder::Options => "options",
            Folder::Views => "views",
            Folder::Layouts => "layouts",
            Folder::Roles => "roles",
            Folder::Parameters => "parameters",
            Folder::Measures => "measures",
            Folder::Bandings => "bandings",
            Folder::Purposes => "purposes",
            Folder::Matches => "matches",
            Folder::Quality => "quality",
            Folder::Tests => "tests",
        }
    }

    /// What it holds.
    pub fn keys(self) -> &'static [Key] {
        match self {
            Folder::Pack => PACK,
            Folder::Objects => OBJECT,
            Folder::Options => OPTIONS,
            Folder::Views => VIEW,
            Folder::Layouts => LAYOUT,
            Folder::Roles => ROLE,
            Folder::Parameters => PARAMETER,
            Folder::Measures => MEASURE,
            Folder::Bandings => BANDING,
            Folder::Purposes => PURPOSE,
            Folder::Matches => MATCH,
            Folder::Quality => QUALITY,
            Folder::Tests => TEST,
        }
    }
}

/// `{ zh, en }`.
pub(crate) const LABEL: &[Key] =
    &[must("zh", Shape::Text, "Simplified Chinese"), must("en", Shape::Text, "English")];

const PACK: &[Key] = &[
    must("name", Shape::Name, "the pack's name, equal to its folder's"),
    must("version", Shape::Text, "major.minor.patch"),
    must("label", Shape::Label, "shown name"),
    may("requires", Shape::Names, "packs this one builds on"),
];

const SYSTEM: &[&str] = &["user", "org_unit", "assignment", "saved_view"];

const OBJECT: &[Key] = &[
    may("extends", Shape::Name, "add to this object of another pack instead of defining one"),
    may("label", Shape::Label, "shown name"),
    may("title", Shape::Name, "field shown as the record's name"),
    may("parent", Shape::Name, "reference whose record decides who may see this one"),
    may("system", Shape::OneOf(SYSTEM), "the platform's own object"),
    may("retired", Shape::Bool, "hidden from use but kept"),
    may("menu", Shape::Integer(1, 999), "place in the navigation; without one it stands apart"),
    may("icon", Shape::Name, "icon in the web app"),
    may("base", Shape::Table(BASE), "other words for the fields every object has"),
    may("fields", Shape::Fields, "attributes by name"),
    may("validations", Shape::Tables(VALIDATION), "conditions on the whole record"),
    may("unique", Shape::Tables(UNIQUE), "values that together occur once"),
    may("indexes", Shape::Tables(INDEX), "extra indexes, for views"),
    may(
        "called_by",
        Shape::Names,
        "fields by whose value files name its records, beside its title",
    ),
    may("acyclic", Shape::Names, "references to the object itself that make no circle"),
    may("edge", Shape::Table(EDGE), "its records join two others, as edges of a graph"),
    may("membership", Shape::Table(MEMBERSHIP), "each record says that a subject belongs to a set"),
    may("warnings", Shape::Tables(WARNING), "what a record's page warns of"),
    may("suggestions", Shape::Tables(SUGGESTION), "what a record's page suggests to do next"),
    may("timeline", Shape::Table(TIMELINE), "how its records appear on the timelines of others"),
    may("states", Shape::Table(STATES), "the states a record goes through, and which follow which"),
    may("digests", Shape::Tables(DIGEST), "texts that are digests of other texts"),
    may("dues", Shape::Tables(DUE), "dates some working days after others"),
    may("retentions", Shape::Tables(RETENTION), "why records are kept, and until when"),
    may("reminders", Shape::Tables(REMINDER), "records made some days before a date"),
    may("withheld", Shape::Names, "fields whose values are not told to those they are about"),
    may("answers", Shape::Table(ANSWERS), "its records are requests of those whom data is about"),
];

const BASE: &[Key] = &[
    may("id", Shape::Table(BASE_FIELD), "the record's id"),
    may("version", Shape::Table(BASE_FIELD), "the record's version"),
    may("org_unit", Shape::Table(BASE_FIELD), "the org unit it belongs to"),
    may("owner", Shape::Table(BASE_FIELD), "the user it belongs to"),
    may("created_at", Shape::Table(BASE_FIELD), "when it was made"),
    may("created_by", Shape::Table(BASE_FIELD), "who made it"),
    may("updated_at", Shape::Table(BASE_FIELD), "when it was last changed"),
    may("updated_by", Shape::Table(BASE_FIELD), "who last changed it"),
];

const BASE_FIELD: &[Key] = &[
    may("label", Shape::Label, "shown name"),
    may("help", Shape::Label, "one sentence of help"),
    may("aliases", Shape::Texts, "other header texts an import recognizes"),
];

const VALIDATION: &[Key] = &[
    must("code", Shape::Name, "stable code, unique in the object"),
    may("when", Shape::Expression, "checked only when this holds"),
    must("must", Shape::Expression, "must be true; empty counts as passed"),
    must("message", Shape::Label, "sentence for the caller"),
    may("at", Shape::Name, "field to show it at"),
];

const UNIQUE: &[Key] = &[
    must("name", Shape::Name, "constraint name, unique in the object"),
    must("fields", Shape::Names, "fields in index order"),
    may("where_true", Shape::Names, "only among rows where these booleans are true"),
    may("where_empty", Shape::Names, "only among rows where these are empty"),
];

const INDEX: &[Key] = &[
    must("name", Shape::Name, "index name, unique in the object"),
    must("fields", Shape::Texts, "fields in order; `-` before a name means descending"),
];

const MASKS: &[&str] =
    &["name", "mobile", "resident_id", "resident_id_short", "tail4", "email", "address", "all"];

/// Keys of a field, whatever its type.
pub(crate) const FIELD: &[Key] = &[
    must("type", Shape::OneOf(TYPE_NAMES), "what the field holds"),
    must("label", Shape::Label, "shown name"),
    may("help", Shape::Label, "one sentence of help"),
    may("required", Shape::Bool, "may not be empty"),
    may("unique", Shape::Bool, "no two records share a value"),
    may("default", Shape::Expression, "value when a create leaves it out"),
    may(
        "level",
        Shape::Integer(1, 5),
        "data level; 3 masked, 4 encrypted and masked, 5 never shown",
    ),
    may("encrypted", Shape::Bool, "stored as ciphertext"),
    may("mask", Shape::OneOf(MASKS), "how the value is partly shown"),
    may("search", Shape::OneOf(&["name", "text", "tail", "exact"]), "how search finds it"),
    may("indexed", Shape::Bool, "has an index of its own"),
    may("history", Shape::Bool, "changes are kept for field history"),
    may("aliases", Shape::Texts, "other header texts an import recognizes"),
    may("read_only", Shape::Bool, "no caller may write it"),
    may(
        "derived",
        Shape::Bool,
        "no caller writes it: `default` is worked out when what it reads is written",
    ),
    may("retired", Shape::Bool, "hidden from use but kept"),
];

/// Keys that only some types have.
pub(crate) const TYPE_KEYS: &[Key] = &[
    may("max", Shape::Number, "most characters, or the greatest value"),
    may("min", Shape::Number, "least value"),
    may("scale", Shape::Integer(0, 9), "digits after the point"),
    may("currency", Shape::Text, "ISO 4217 code of every amount"),
    may("currency_field", Shape::Name, "field that holds the currency"),
    may("options", Shape::Name, "option set"),
    may("to", Shape::TextOrTexts, "object or objects referred to; `*` means every object"),
    may(
        "on_delete",
        Shape::OneOf(&["restrict", "clear", "cascade"]),
        "what deleting the target does",
    ),
    may("object", Shape::Name, "child object"),
    may("by", Shape::Name, "the child's reference to this object"),
    may("prefix", Shape::Text, "text before the digits"),
    may("digits", Shape::Integer(1, 18), "digits, padded with zeros"),
    may("formula", Shape::Expression, "what to compute"),
    may(
        "function",
        Shape::OneOf(&["count", "count_distinct", "sum", "min", "max", "avg"]),
        "what to do with the values",
    ),
    may("value", Shape::Name, "the child's field to aggregate"),
    may("filter", Shape::Expression, "which children"),
    may("through", Shape::Table(HOP), "records between this one and what is aggregated"),
    may(
        "then",
        Shape::Table(HOP),
        "records between what `through` leads to and what is aggregated",
    ),
    may("also", Shape::Table(HOP), "another way on from what `through` leads to"),
    may("max_bytes", Shape::Integer(1, 1 << 40), "largest file"),
    may("versions", Shape::Bool, "earlier files stay readable when another takes their place"),
    may("expression_on", Shape::Name, "the text is a condition over the object this field names"),
];

/// Type → its own keys; a `!` marks one it cannot do without.
pub(crate) const TYPES: &[(&str, &[&str])] = &[
    ("text", &["max", "expression_on"]),
    ("long_text", &["max", "expression_on"]),
    ("number", &["scale", "min", "max"]),
    ("money", &["scale", "currency", "currency_field", "min", "max"]),
    ("percent", &["scale", "min", "max"]),
    ("date", &[]),
    ("date_time", &[]),
    ("boolean", &[]),
    ("select", &["options!"]),
    ("multi_select", &["options!"]),
    ("cascade", &["options!"]),
    ("reference", &["to!", "on_delete"]),
    ("many_to_many", &["to!"]),
    ("child_table", &["object!", "by!"]),
    ("user", &[]),
    ("org_unit", &[]),
    ("auto_number", &["prefix", "digits"]),
    ("formula", &["formula!"]),
    ("roll_up", &["object!", "by!", "function!", "value", "filter", "through", "then", "also"]),
    ("file", &["max_bytes", "versions"]),
    ("phone", &[]),
    ("email", &[]),
    ("url", &[]),
    ("resident_id", &[]),
    ("credit_code", &[]),
    ("bank_card", &[]),
    ("address", &[]),
    ("tags", &[]),
];

const TYPE_NAMES: &[&str] = &[
    "text",
    "long_text",
    "number",
    "money",
    "percent",
    "date",
    "date_time",
    "boolean",
    "select",
    "multi_select",
    "cascade",
    "reference",
    "many_to_many",
    "child_table",
    "user",
    "org_unit",
    "auto_number",
    "formula",
    "roll_up",
    "file",
    "phone",
    "email",
    "url",
    "resident_id",
    "credit_code",
    "bank_card",
    "address",
    "tags",
];

const OPTIONS: &[Key] = &[
    must("label", Shape::Label, "shown name"),
    may("source", Shape::OneOf(&["regions", "roles"]), "items come from the platform"),
    may("items", Shape::Tables(OPTION), "options in order, parents before children"),
];

const OPTION: &[Key] = &[
    must("code", Shape::Text, "stored code"),
    must("label", Shape::Label, "shown text"),
    may("parent", Shape::Text, "code of the parent option"),
    may("aliases", Shape::Texts, "other texts an import understands"),
    may("color", Shape::Text, "color name for the screen"),
    may("retired", Shape::Bool, "may no longer be chosen"),
    may("family", Shape::Name, "for kinds of edges: the family it belongs to"),
    may("symmetric", Shape::Bool, "for kinds of edges: both sides are the same to each other"),
    may("from", Shape::Label, "for kinds of edges: what the first side is to the other"),
    may("to", Shape::Label, "for kinds of edges: what the other side is to the first"),
];

const VIEW: &[Key] = &[
    must("object", Shape::Name, "listed object"),
    must("label", Shape::Label, "shown name"),
    must("columns", Shape::Texts, "field names or paths such as `owner.name`"),
    may("filter", Shape::Expression, "rows to show"),
    may("sort", Shape::Texts, "fields; `-` before a name means descending"),
    may("order", Shape::Integer(1, 999), "place among the lists of its object; others follow"),
    may("home", Shape::Integer(1, 999), "place on the workbench; without one it is not there"),
    may("notify", Shape::Bool, "its rows wait for the reader, who is told of them"),
];

/// Words of an access.
pub(crate) const ACCESS: &[&str] = &["hidden", "masked", "read", "write"];

const ACTIONS: &[&str] = &[
    "read", "create", "update", "delete", "reveal", "export", "import", "reassign", "share",
    "merge",
];

const ROLE: &[Key] = &[
    may("extends", Shape::Name, "add grants to this role of another pack"),
    may("label", Shape::Label, "shown name"),
    may("excludes", Shape::Names, "roles one user may not hold beside it"),
    may(
        "rights",
        Shape::SomeOf(&[
            "publish",
            "users",
            "api_keys",
            "audit",
            "jobs",
            "sees_locked",
            "approve_exports",
            "approve_reveals",
        ]),
        "rights on the platform itself",
    ),
    may("reveal_per_day", Shape::Integer(0, 1_000_000), "reveals a day; 0 means none"),
    may("reveal_approval", Shape::Bool, "whether somebody else must approve each reveal"),
    may("export_rows", Shape::Integer(0, 10_000_000), "rows an export may have; 0 means no export"),
    may("grants", Shape::Tables(GRANT), "what it allows"),
];

const GRANT: &[Key] = &[
    must("object", Shape::Text, "object; `*` means every object of the packs so far"),
    must("actions", Shape::SomeOf(ACTIONS), "what may be done"),
    must(
        "rows",
        Shape::Expression,
        "own, team, unit, subtree, all, shared, parent, shared_parent, or an expression",
    ),
    may("when", Shape::Expression, "of those rows only where this holds"),
    may("default", Shape::OneOf(ACCESS), "access of fields not named"),
    may("fields", Shape::Words(ACCESS), "access of named fields"),
];

const PARAMETER: &[Key] = &[
    must("label", Shape::Label, "shown name"),
    may("note", Shape::Text, "what it means and where it comes from"),
    must("type", Shape::OneOf(&["number", "text", "bool", "date", "texts"]), "what it holds"),
    must("values", Shape::Tables(DATED), "values by the first day each is in force"),
];

const DATED: &[Key] = &[
    must("from", Shape::Date, "first day in force"),
    must("value", Shape::TextOrTexts, "the value as text"),
];

const PURPOSE: &[Key] = &[
    must("label", Shape::Label, "shown name"),
    may("quiet_from", Shape::Name, "parameter with the hour from which nobody is reached"),
    may("quiet_until", Shape::Name, "parameter with the hour until which nobody is reached"),
    must("checks", Shape::Tables(CHECK), "what must hold, in order"),
];

const CHECK: &[Key] = &[
    must("object", Shape::Name, "object of the records"),
    must("code", Shape::Name, "stable code, unique for the object"),
    must("must", Shape::Expression, "must be true; empty is not"),
    must("message", Shape::Label, "why not, when it does not hold"),
];
