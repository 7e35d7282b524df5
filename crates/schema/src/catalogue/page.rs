//! Pages: how a record's page is arranged, and what a record says about itself there.
//!
//! Layouts choose and order; hints and contributions to timelines belong to objects, so that every
//! layout of an object tells the same.

use serde_json::{Map, Value as Json};

use super::{Label, Slot};
use crate::Name;
use crate::expr::{Expr, Path};
use crate::query::{Bucket, MeasureFn};

/// A page or form arrangement: a head and sections in order.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Name, unique over all layouts.
    pub name: Name,
    /// Object it arranges.
    pub object: Name,
    /// Shown name.
    pub label: Label,
    /// Roles whose holders get it unless they choose another.
    pub roles: Vec<Name>,
    /// Whether others get it unless they choose another; the last such one counts.
    pub default: bool,
    /// Fields in the head of the page.
    pub highlights: Vec<Name>,
    /// Sections in order.
    pub sections: Vec<Section>,
}

/// Part of a layout: any of fields, lists, measures, trend, timeline and graph under one heading.
#[derive(Debug, Clone)]
pub struct Section {
    /// Heading.
    pub label: Label,
    /// Fields in reading order.
    pub fields: Vec<Name>,
    /// Records that refer to the record.
    pub lists: Vec<RelatedList>,
    /// Numbers over records that refer to the record.
    pub measures: Vec<SectionMeasure>,
    /// The newest of the record's timeline.
    pub timeline: Option<TimelinePart>,
    /// What lies around the record.
    pub graph: Option<GraphPart>,
    /// What the record has, over time.
    pub trend: Option<TrendPart>,
}

/// Records of another object that refer to the record at hand, maybe through others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The other object.
    pub object: Name,
    /// Its path to the record at hand; the last field is a reference.
    pub path: Path,
    /// As written: `object.field`.
    pub text: String,
}

/// Referring records shown as a list.
#[derive(Debug, Clone)]
pub struct RelatedList {
    /// Which records.
    pub link: Link,
    /// Heading; by default the object's name.
    pub label: Option<Label>,
    /// Fields of the list; none means the title and the highlights of the object's own page.
    pub columns: Vec<Name>,
    /// Rows to show.
    pub filter: Option<Expr>,
    /// Order: field and whether descending.
    pub sort: Vec<(Name, bool)>,
    /// Rows shown, at most [`RelatedList::ROWS`].
    pub limit: u32,
}

impl RelatedList {
    /// Most rows of a list on a page.
    pub const ROWS: u32 = 10;
    /// Rows unless the definition says otherwise.
    pub const ROWS_DEFAULT: u32 = 5;
}

/// A number over referring records, or one for each group of them.
#[derive(Debug, Clone)]
pub struct SectionMeasure {
    /// Name in the answer, unique in its section.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// Which records.
    pub link: Link,
    /// What to do with the values.
    pub function: MeasureFn,
    /// Of which field; none for a count.
    pub value: Option<Name>,
    /// Field or path to group by, and the span that counts as one.
    pub group: Option<(String, Bucket)>,
    /// Rows to measure.
    pub filter: Option<Expr>,
}

impl SectionMeasure {
    /// Most groups of a measure.
    pub const GROUPS: u32 = 40;
}

/// The first page of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelinePart {
    /// Kinds of entries; none means every kind.
    pub kinds: Vec<Name>,
    /// Entries shown.
    pub limit: u32,
}

/// What lies around the record, as far as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphPart {
    /// The edge object; none means the first whose edges join records like it.
    pub edge: Option<Name>,
    /// Steps from the record, at most 2.
    pub depth: u8,
    /// Most records, the one on the page too; at most 60.
    pub limit: u32,
}

impl GraphPart {
    /// Records unless the definition says otherwise.
    pub const RECORDS_DEFAULT: u32 = 30;
}

/// What the record has or moves, month by month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendPart {
    /// Measures to choose from; the first is shown.
    pub measures: Vec<Name>,
    /// Months shown, this one too; at most 36.
    pub months: u8,
}

impl TrendPart {
    /// Months unless the definition says otherwise.
    pub const MONTHS_DEFAULT: u8 = 12;
}

/// How an object's records appear on the timelines of the records they refer to.
#[derive(Debug, Clone)]
pub struct Contribution {
    /// Paths to the records on whose timelines an entry stands; for one object the first that may
    /// lead there counts.
    pub of: Vec<Path>,
    /// When: a date or an instant.
    pub at: Slot,
    /// What a reader filters by.
    pub kind: Name,
    /// Shown name of the kind; by default the object's.
    pub label: Option<Label>,
    /// Fields an entry shows beside its title.
    pub fields: Vec<Name>,
    /// Records that are entries.
    pub when: Option<Expr>,
    /// Name of a picture for the screen.
    pub icon: Option<String>,
}

impl Contribution {
    /// The kind of the entries that a record's own changes make.
    pub const CHANGES: &str = "change";
}

/// Something a record's page says while a condition holds.
#[derive(Debug, Clone)]
pub struct Hint {
    /// Stable code, unique in its object.
    pub code: Name,
    /// A warning or a suggestion.
    pub kind: HintKind,
    /// Shown while this holds.
    pub when: Expr,
    /// The sentence; `{field}` stands for a field's value.
    pub message: Label,
    /// Why it is said: the rule behind it.
    pub reason: Option<Label>,
    /// Field it is about.
    pub at: Option<Slot>,
    /// What to do about it.
    pub step: Option<NextStep>,
}

/// What kind of hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintKind {
    /// Something is or will soon be wrong.
    Warning(Severity),
    /// Something is worth doing.
    Suggestion,
}

/// How much a warning matters; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Low,
    /// To be looked after.
    Medium,
    /// Before anything else.
    High,
}

impl Severity {
    /// Its name in packs and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }
}

/// What a hint offers to do: fields to edit, or a record to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NextStep {
    /// What the button says.
    pub label: Label,
    /// Fields of the record to correct.
    pub edit: Vec<Name>,
    /// Object to make a record of, and its field that refers to the record at hand.
    pub create: Option<(Name, Name)>,
    /// Values for that record, as the API takes them.
    pub values: Map<String, Json>,
}

impl Hint {
    /// Names between braces in the sentence.
    #[must_use]
    pub fn mentions(&self) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for text in [&self.message.zh, &self.message.en] {
            for part in text.split('{').skip(1) {
                if let Some((name, _)) = part.split_once('}')
                    && !found.contains(&name)
                {
                    found.push(name);
                }
            }
        }
        found
    }
}
