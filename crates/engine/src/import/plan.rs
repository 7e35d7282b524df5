//! How a file's columns become fields: suggested from headers, changed by people, checked before a
//! run.

use std::collections::BTreeMap;

use schema::catalogue::{Access, Action, base};
use schema::field::{DateOrder, TextOptions};
use schema::{FieldType, Name, Object, ObjectIx, Slot};
use serde::{Deserialize, Serialize};

use super::source::{Cell, Format, RawRow, is_space};
use crate::write::Context;
use crate::{Error, Refusal, Violation};

/// Rows searched for headers.
const HEADER_ROWS: usize = 20;
/// Sample values kept for each column.
const SAMPLES: usize = 3;

/// What becomes of known and unknown records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Every row is a new record.
    #[default]
    Create,
    /// Every row changes a known record.
    Update,
    /// Known records are changed, others are made.
    Upsert,
}

/// A whole import, as its maker set it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportPlan {
    /// Object that the rows are records of.
    pub object: Name,
    /// How to read the file.
    pub format: Format,
    /// Record or sheet row that holds the headers; data follows it.
    pub header_row: u64,
    /// Mapped columns.
    pub columns: Vec<ColumnPlan>,
    /// Create, update or both.
    #[serde(default)]
    pub mode: Mode,
    /// Fields that tell which known record a row is about.
    #[serde(default)]
    pub match_by: Vec<Name>,
    /// Keeps `created_at` and `created_by` of the file, where mapped.
    #[serde(default)]
    pub keep_origin: bool,
    /// In updates, an empty cell empties the field (otherwise it leaves it).
    #[serde(default)]
    pub clear_empty: bool,
}

/// One column's destination. A column may be mapped more than once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnPlan {
    /// Position in the file, from 0.
    pub column: usize,
    /// Header text, for reports.
    #[serde(default)]
    pub header: String,
    /// Field, or `table.field` for a field of one row in a child table.
    pub field: String,
    /// What amounts are multiplied by (`10000` for 万元).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<String>,
    /// Order of day, month and year where dates do not start with the year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<Order>,
}

/// Order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Year, month, day.
    Ymd,
    /// Month, day, year.
    Mdy,
    /// Day, month, year.
    Dmy,
}

/// What was found in a file, with a mapping to start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Analysis {
    /// How it can be read.
    pub format: Format,
    /// Row of the headers.
    pub header_row: u64,
    /// Every column, with samples and a suggestion.
    pub columns: Vec<Found>,
    /// Headers that occur more than once.
    pub duplicate_headers: Vec<String>,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Position, from 0.
    pub column: usize,
    /// Header text.
    pub header: String,
    /// First values.
    pub samples: Vec<String>,
    /// Suggested field, if a header is known.
    pub field: Option<String>,
    /// Suggested multiplier, when the header names a unit such as 万元.
    pub multiplier: Option<String>,
}

/// Suggests a mapping from a file's first rows.
pub(crate) fn analyse(
    context: &Context<'_>,
    ix: ObjectIx,
    object: &Object,
    format: Format,
    head: &[RawRow],
) -> Analysis {
    let known = known_headers(context, ix, object);
    let hits = |row: &RawRow| {
        row.cells.iter().filter(|cell| known.contains_key(&normal(&cell.text()).0)).count()
    };
    let best =
        head.iter().take(HEADER_ROWS).max_by_key(|row| (hits(row), std::cmp::Reverse(row.line)));
    let header = best.filter(|row| hits(row) > 0).or_else(|| head.first());
    let header_row = header.map_or(1, |row| row.line);
    let data: Vec<&RawRow> = head.iter().filter(|row| row.line > header_row).collect();
    let mut columns: Vec<Found> = Vec::new();
    let mut duplicate_headers = Vec::new();
    for (column, cell) in
        header.map(|row| row.cells.as_slice()).unwrap_or_default().iter().enumerate()
    {
        let header = cell.text().trim_matches(is_space).to_owned();
        if !header.is_empty() && columns.iter().any(|found| found.header == header) {
            duplicate_headers.push(header.clone());
        }
        let (key, multiplier) = normal(&header);
        let field = known.get(&key).cloned();
        let again = |field: &String| {
            let cascade = object
                .field(field)
                .is_some_and(|(_, field)| matches!(field.kind, FieldType::Cascade { .. }));
            cascade || columns.iter().all(|column| column.field.as_ref() != Some(field))
        };
        let field = field.filter(again);
        let samples = data
            .iter()
            .filter_map(|row| row.cells.get(column))
            .filter(|cell| !cell.is_empty())
            .map(Cell::text)
            .take(SAMPLES)
            .collect();
        let multiplier = multiplier.filter(|_| field.is_some()).map(str::to_owned);
        columns.push(Found { column, header, samples, field, multiplier });
    }
    Analysis { format, header_row, columns, duplicate_headers }
}

/// A header without spaces, brackets and units, in lower case; and what its unit multiplies by.
fn normal(header: &str) -> (String, Option<&'static str>) {
    let mut text: String = kernel::text::half_width(header).into_owned();
    text.retain(|c| !is_space(c) && c != '_' && c != '*');
    let text = text.to_lowercase();
    let (name, unit) = match text.split_once('(') {
        Some((name, unit)) => (name.to_owned(), unit.trim_end_matches(')').to_owned()),
        None => (text, String::new()),
    };
    let multiplier = match unit.as_str() {
        "万元" | "万" => Some("10000"),
        "千元" | "千" => Some("1000"),
        "亿元" | "亿" => Some("100000000"),
        _ => None,
    };
    (name, multiplier)
}

/// Header texts that are understood: labels in both languages, aliases, API names; for child tables
/// also the child's, where they do not clash.
fn known_headers(context: &Context<'_>, ix: ObjectIx, object: &Object) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    let mut add = |text: &str, field: String| {
        let key = normal(text).0;
        if !key.is_empty() {
            known.entry(key).or_insert(field);
        }
    };
    for (slot, field) in object.slots().filter(|(slot, f)| writable(context, ix, *slot, f)) {
        let _ = slot;
        let names = [field.name.as_str(), &field.label.zh, &field.label.en];
        for text in names.into_iter().chain(field.aliases.iter().map(String::as_str)) {
            add(text, field.name.to_string());
        }
    }
    for (_, field) in object.slots() {
        let FieldType::ChildTable { object: child, by } = &field.kind else { continue };
        let Some((child_ix, child)) = context.catalogue.object(child.as_str()) else { continue };
        for (slot, inner) in child.slots() {
            if inner.name == *by || !writable(context, child_ix, slot, inner) {
                continue;
            }
            let names = [inner.label.zh.as_str(), &inner.label.en];
            for text in names.into_iter().chain(inner.aliases.iter().map(String::as_str)) {
                add(text, format!("{}.{}", field.name, inner.name));
            }
        }
    }
    known
}

fn writable(context: &Context<'_>, ix: ObjectIx, slot: Slot, field: &schema::Field) -> bool {
    let rights = context.actor.rights();
    let most = rights.most(ix, Action::Create, slot).max(rights.most(ix, Action::Update, slot));
    let stored = !matches!(field.storage(), schema::field::Storage::Virtual);
    let base = usize::from(slot.0) < base::COUNT && slot != base::OWNER && slot != base::ORG_UNIT;
    stored && !field.retired && !base && most >= Access::Write
}

/// Where one column's cells go.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub column: usize,
    pub header: String,
    /// Slot in the object, or in the child.
    pub slot: Slot,
    /// Child table's field and object, for `table.field`.
    pub child: Option<(Name, ObjectIx)>,
    pub options: TextOptions,
}

/// A plan resolved against the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    pub ix: ObjectIx,
    pub targets: Vec<Target>,
    pub match_by: Vec<Slot>,
}

/// Checks a plan; every fault at once.
pub(crate) fn resolve(context: &Context<'_>, plan: &ImportPlan) -> Result<Resolved, Error> {
    let (ix, object) = context.object(plan.object.as_str())?;
    let rights = context.actor.rights();
    if !rights.may(ix, Action::Import) {
        return Err(Refusal::forbidden("import", &plan.object).into());
    }
    let mut violations = Vec::new();
    if matches!(&plan.format, Format::Csv { delimiter, .. } if !delimiter.is_ascii()) {
        violations.push(Violation::new("format", "delimiter"));
    }
    let mut targets = Vec::new();
    for column in &plan.columns {
        match target(context, object, plan, column) {
            Ok(target) => targets.push(target),
            Err(violation) => violations.push(violation),
        }
    }
    let mut match_by = Vec::new();
    for name in &plan.match_by {
        let slot = object.field(name.as_str()).map(|(slot, _)| slot);
        let mapped = |slot: &Slot| targets.iter().any(|t| t.child.is_none() && t.slot == *slot);
        match slot {
            Some(slot) if mapped(&slot) => match_by.push(slot),
            _ => violations
                .push(Violation::new("match_by", "not_mapped").with("name", name.as_str())),
        }
    }
    if plan.mode != Mode::Create && match_by.is_empty() && violations.is_empty() {
        violations.push(Violation::new("match_by", "required"));
    }
    if targets.is_empty() && violations.is_empty() {
        violations.push(Violation::new("columns", "required"));
    }
    if violations.is_empty() {
        Ok(Resolved { ix, targets, match_by })
    } else {
        Err(Refusal::Invalid(violations).into())
    }
}

fn target(
    context: &Context<'_>,
    object: &Object,
    plan: &ImportPlan,
    column: &ColumnPlan,
) -> Result<Target, Violation> {
    let unknown = || {
        let names = object.fields.keys().map(Name::as_str);
        match kernel::text::nearest(&column.field, names) {
            Some(near) => Violation::new("columns", "unknown_field_near").with("near", near),
            None => Violation::new("columns", "unknown_field"),
        }
        .with("name", &column.field)
    };
    let options = TextOptions {
        date_order: match column.date_order {
            Some(Order::Mdy) => DateOrder::Mdy,
            Some(Order::Dmy) => DateOrder::Dmy,
            _ => DateOrder::Ymd,
        },
        multiplier: match &column.multiplier {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| Violation::new("columns", "type").with("name", &column.field))?,
            ),
            None => None,
        },
        language: context.actor.language,
    };
    let (table, name) = match column.field.split_once('.') {
        Some((table, name)) => (Some(table), name),
        None => (None, column.field.as_str()),
    };
    let (holder, child) = match table {
        None => (object, None),
        Some(table) => {
            let (_, field) = object.field(table).ok_or_else(unknown)?;
            let FieldType::ChildTable { object, .. } = &field.kind else { return Err(unknown()) };
            let (ix, child) = context.catalogue.object(object.as_str()).ok_or_else(unknown)?;
            (child, Some((field.name.clone(), ix)))
        }
    };
    let (slot, field) = holder.field(name).ok_or_else(unknown)?;
    let origin = plan.keep_origin && matches!(slot, base::CREATED_AT | base::CREATED_BY);
    if crate::write::is_computed(slot, field) && !origin {
        return Err(Violation::new("columns", "read_only").with("name", &column.field));
    }
    Ok(Target { column: column.column, header: column.header.clone(), slot, child, options })
}
