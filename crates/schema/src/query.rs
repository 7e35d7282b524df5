//! What a reader asks for: rows of one object, or groups of them.
//!
//! Parses and bounds the request and checks every name against the catalogue. Decides nothing
//! about rights; the filter's text is parsed by [`expr`](crate::expr).

pub(crate) mod check;
mod read;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use check::path;
pub use read::{from_json, from_pairs};

/// Bounds of a query.
pub mod limit {
    /// Most rows a page.
    pub const ROWS: u32 = 200;
    /// Rows a page unless asked.
    pub const ROWS_DEFAULT: u32 = 50;
    /// Most columns.
    pub const COLUMNS: usize = 100;
    /// Most sort keys.
    pub const SORT: usize = 4;
    /// Most group keys.
    pub const GROUP: usize = 4;
    /// Most measures.
    pub const MEASURES: usize = 16;
    /// Most bytes of filter text.
    pub const FILTER_BYTES: usize = 4096;
    /// Most characters of search text.
    pub const SEARCH_CHARS: usize = 100;
    /// Most bytes of a cursor.
    pub const CURSOR_BYTES: usize = 2048;
    /// Most references a column's path may follow.
    pub const STEPS: usize = 3;
}

/// A request for rows, or for groups when `group` or `measures` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Object asked for.
    pub object: String,
    /// Field paths; none means every field the reader may see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Condition, as expression text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Words to find.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Order; `id` is appended by the store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<Sort>,
    /// Rows a page.
    #[serde(default = "default_limit")]
    pub limit: u32,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Whether the total is wanted.
    #[serde(default)]
    pub count: CountMode,
    /// Keys to group by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<GroupKey>,
    /// What to measure of each group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
    /// References come with the shown name of what they point to.
    #[serde(default)]
    pub expand: bool,
    /// Purpose that every row must be permitted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permitted_for: Option<String>,
}

fn default_limit() -> u32 {
    limit::ROWS_DEFAULT
}

/// One sort key; as text `name`, or `-name` for descending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Sort {
    /// Field path.
    pub field: String,
    /// Greatest first.
    pub descending: bool,
}

impl From<String> for Sort {
    fn from(text: String) -> Sort {
        match text.strip_prefix('-') {
            Some(field) => Sort { field: field.to_owned(), descending: true },
            None => Sort { field: text, descending: false },
        }
    }
}

impl From<Sort> for String {
    fn from(sort: Sort) -> String {
        if sort.descending { format!("-{}", sort.field) } else { sort.field }
    }
}

/// Whether a page says how many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountMode {
    /// No.
    #[default]
    None,
    /// Up to 1,000, then "1000+".
    Capped,
    /// Exactly, however long it takes.
    Exact,
}

/// A key to group by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupKey {
    /// Field path.
    pub field: String,
    /// For dates and instants: the span that counts as one.
    #[serde(default)]
    pub bucket: Bucket,
}

/// Spans of time that count as one group (civil, Asia/Shanghai).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// The value itself.
    #[default]
    None,
    /// A day.
    Day,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
}

/// A number about each group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What to do with the values.
    pub function: MeasureFn,
    /// Of which field path; none for `count`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Name in the answer; by default `function_field`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
}

/// Functions of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureFn {
    /// Rows, or rows where the field is not empty.
    Count,
    /// Different values that are not empty.
    CountDistinct,
    /// Total.
    Sum,
    /// Mean.
    Avg,
    /// Least.
    Min,
    /// Greatest.
    Max,
}

impl Measure {
    /// The name it has in the answer.
    #[must_use]
    pub fn name(&self) -> String {
        if let Some(alias) = &self.alias {
            return alias.clone();
        }
        let function = self.function.as_str();
        match &self.field {
            Some(field) => format!("{function}_{}", field.replace('.', "_")),
            None => function.to_owned(),
        }
    }
}

impl MeasureFn {
    /// Its name in requests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            MeasureFn::Count => "count",
            MeasureFn::CountDistinct => "count_distinct",
            MeasureFn::Sum => "sum",
            MeasureFn::Avg => "avg",
            MeasureFn::Min => "min",
            MeasureFn::Max => "max",
        }
    }
}

impl Query {
    /// All rows of `object`, first page.
    #[must_use]
    pub fn of(object: &str) -> Query {
        Query {
            object: object.to_owned(),
            columns: Vec::new(),
            filter: None,
            search: None,
            sort: Vec::new(),
            limit: limit::ROWS_DEFAULT,
            cursor: None,
            count: CountMode::None,
            group: Vec::new(),
            measures: Vec::new(),
            expand: false,
            permitted_for: None,
        }
    }

    /// Whether it asks for groups, not rows.
    #[must_use]
    pub fn is_grouped(&self) -> bool {
        !self.group.is_empty() || !self.measures.is_empty()
    }
}
