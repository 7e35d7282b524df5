//! Business cases that a pack carries: given records, steps by actors, expected ends.
//!
//! Data only; the engine runs them.

use serde_json::{Map, Value as Json};

use crate::Name;

/// One case of `tests/*.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct PackTest {
    /// Pack it belongs to.
    pub pack: Name,
    /// Path, for messages.
    pub file: String,
    /// The fact it states.
    pub name: String,
    /// Business date of the case, if it matters.
    pub today: Option<kernel::Date>,
    /// Records made first, as the system.
    pub given: Vec<Given>,
    /// What is then tried, in order.
    pub steps: Vec<Step>,
}

/// A record made before the steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Its object.
    pub object: Name,
    /// Name later values refer to as `@alias`.
    pub alias: Option<String>,
    /// API values; a text `@alias` is that record's id.
    pub values: Map<String, Json>,
    /// Line in the file.
    pub line: u32,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Create a record.
    Create,
    /// Update `record`.
    Update,
    /// Delete `record`.
    Delete,
    /// Read `record`.
    Get,
    /// List records.
    Query,
    /// See masked `fields` of `record`.
    Reveal,
    /// Give `record` to the owner or org unit in `values`.
    Reassign,
    /// See the page of `record`.
    Overview,
    /// See the timeline of `record`.
    Timeline,
    /// Read `measure` for `record`, in the month of `on`.
    Measure,
    /// Run every banding of the object, then read `record`.
    Band,
    /// Let the user `with` see `record` for a day.
    Share,
    /// Look for records like the one that `values` describe.
    Duplicates,
    /// Make `record` and `with` one, with `fields` of the latter.
    Merge,
    /// Take the merge of `with` into `record` back.
    Unmerge,
    /// Have `record`, a request, answered, and read it.
    Answer,
    /// List locked records.
    Locked,
    /// Do what the platform does each day.
    Daily,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// `@alias` of the acting user without the `@`; none is the system.
    pub actor: Option<String>,
    /// What.
    pub kind: StepKind,
    /// Object it is about.
    pub object: Name,
    /// Name of the record it makes.
    pub alias: Option<String>,
    /// Alias of the record it is about.
    pub record: Option<String>,
    /// Alias of the other record it is about.
    pub with: Option<String>,
    /// API values.
    pub values: Map<String, Json>,
    /// Filter of a query.
    pub filter: Option<String>,
    /// Search text of a query.
    pub search: Option<String>,
    /// Order of a query.
    pub sort: Vec<String>,
    /// Purpose that a query must be permitted for.
    pub permitted_for: Option<String>,
    /// Fields to reveal, or to take over in a merge.
    pub fields: Vec<String>,
    /// Why, for a reveal.
    pub reason: Option<String>,
    /// The measure to read, and a day of the month.
    pub measure: Option<(String, Option<kernel::Date>)>,
    /// What must come of it.
    pub then: Then,
    /// Line in the file.
    pub line: u32,
}

/// How an attempt is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Values need correction.
    Invalid,
    /// As if the record were not there.
    Invisible,
    /// Seen but not allowed.
    Forbidden,
    /// A field may not be written.
    ReadOnly,
    /// Changed by someone else.
    Stale,
    /// A unique value exists.
    Duplicate,
    /// A daily limit is used up.
    Quota,
}

/// What must come of a step. Parts left out are not checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Then {
    /// Accepted.
    pub ok: bool,
    /// Refused in this way.
    pub refused: Option<Refused>,
    /// Violations that must be among those reported: field (none: the record) and code.
    pub violations: Vec<(Option<String>, String)>,
    /// Rows of a query, or duplicates found.
    pub count: Option<u64>,
    /// Values of the first row; the text `masked` or `hidden` means that access.
    pub first: Map<String, Json>,
    /// Values of the record after the step.
    pub values: Map<String, Json>,
    /// Codes of hints that a page gives, titles of entries that a timeline has; of duplicates how
    /// sure they are and codes of what is alike.
    pub says: Vec<String>,
    /// Codes or titles that must not be there.
    pub silent: Vec<String>,
    /// Codes of what a page says is missing.
    pub missing: Vec<String>,
    /// A measure's value.
    pub amount: Option<String>,
    /// The mean of a balance's days.
    pub average: Option<String>,
}
