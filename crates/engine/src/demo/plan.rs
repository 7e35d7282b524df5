//! The plan of a demo: which records to make and how each value comes about, as packs write it.
//!
//! Reads the texts of `demo/*.toml`. Files with `[[steps]]` hold the plan; the others hold lists
//! (`name = [...]` or `[[name]]`) and settings (`name = number`) that steps draw on. Knows no object
//! and no field: those names are resolved by [`bind`](super::bind).

use indexmap::IndexMap;
use schema::pack::PackFiles;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// What to make, read but not yet matched with a catalogue.
#[derive(Debug, Clone, Default)]
pub struct DemoPlan {
    pub(crate) steps: Vec<Step>,
    pub(crate) lists: IndexMap<String, List>,
    pub(crate) settings: IndexMap<String, i64>,
}

/// Why a plan cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("demo plan, {at}: {reason}")]
pub struct PlanError {
    /// File, step and field.
    pub at: String,
    /// What is wrong there.
    pub reason: String,
}

impl PlanError {
    pub(crate) fn new(at: impl Into<String>, reason: impl Into<String>) -> PlanError {
        PlanError { at: at.into(), reason: reason.into() }
    }
}

/// Rows of seed data; `up` is the row of the outer list each belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub rows: Vec<Map<String, Json>>,
    pub outer: Option<String>,
    pub up: Vec<usize>,
}

/// Records of one object, or rows that only other steps refer to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub name: String,
    /// Object to fill; none for rows that are only referred to.
    pub object: Option<String>,
    /// How many, as an expression.
    pub count: Option<Argument>,
    /// One for each row of this list.
    pub rows: Option<String>,
    /// Some for each row of this step or list…
    pub per: Option<String>,
    /// …as many as this expression over that row says.
    pub each: Option<Argument>,
    /// Values that are not stored.
    #[serde(default, rename = "let")]
    pub hidden: IndexMap<String, Json>,
    /// Fields of the object.
    #[serde(default)]
    pub set: IndexMap<String, Json>,
    /// Set where the rows are users who may sign in.
    pub login: Option<LoginFields>,
    /// Set where each row is about the same as another one: a duplicate planted on purpose.
    pub alike: Option<AlikeFields>,
}

/// Which values of a row say what it duplicates, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlikeFields {
    pub to: String,
    pub kind: String,
}

/// Which values of a row to show as a demo login.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginFields {
    pub login: String,
    pub name: String,
    pub role: String,
}

/// An expression, or a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Argument {
    Text(String),
    Whole(i64),
}

impl Argument {
    pub fn source(&self) -> String {
        match self {
            Argument::Text(text) => text.clone(),
            Argument::Whole(number) => number.to_string(),
        }
    }
}

/// A generator as written: one key says which, the others are its arguments.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Recipe {
    /// An expression.
    pub value: Option<Argument>,
    /// One of these codes, by weight.
    pub weights: Option<IndexMap<String, u64>>,
    /// One of these texts.
    pub one_of: Option<Vec<String>>,
    /// Some of these texts, `least` to `most`.
    pub some_of: Option<Vec<String>>,
    pub least: Option<u64>,
    pub most: Option<u64>,
    /// True so many times of a hundred.
    pub chance: Option<u64>,
    /// A whole number between two, in steps.
    pub whole: Option<[Argument; 2]>,
    /// A number mostly near the low one, in steps, with `scale` digits after the point.
    pub skewed: Option<[Argument; 2]>,
    pub step: Option<Argument>,
    pub scale: Option<u32>,
    /// A date between two, both included.
    pub day: Option<[Argument; 2]>,
    /// An instant on a day between two, within `hours`, not later than now.
    pub moment: Option<[Argument; 2]>,
    pub hours: Option<[i64; 2]>,
    /// A row of a list: by `weight`, `of` a row of the outer list, with `at` between the columns
    /// `within`.
    pub pick: Option<String>,
    pub weight: Option<String>,
    pub of: Option<Argument>,
    pub within: Option<Vec<String>>,
    pub at: Option<Argument>,
    /// Row number `at` of a step or list; `of` a row, where the step is made per row.
    pub row: Option<String>,
    /// The row (number `at` of those) whose field `by` equals `is`.
    pub find: Option<String>,
    pub by: Option<String>,
    pub is: Option<Argument>,
    /// A character of this text, the first ones more often.
    pub letter: Option<Argument>,
    /// Text with `{expression}` or `{expression:digits}` filled in.
    pub format: Option<String>,
    /// This row's part of a total that all rows of one parent, `into` of them, share out.
    pub split: Option<Argument>,
    pub into: Option<Argument>,
    /// Where a number below `over` goes when all are shuffled.
    pub shuffle: Option<Argument>,
    pub over: Option<Argument>,
    /// A date of birth near `year`, from a serial.
    pub birthday: Option<Argument>,
    pub year: Option<Argument>,
    /// A resident number, from the serial of the birthday.
    pub resident_id: Option<Argument>,
    pub birth: Option<Argument>,
    pub sex: Option<Argument>,
    pub region: Option<Argument>,
    /// A unified social credit code, a mobile number, a card number, each from a serial.
    pub credit_code: Option<Argument>,
    pub mobile: Option<Argument>,
    pub bank_card: Option<Argument>,
    pub prefix: Option<Argument>,
    pub digits: Option<u64>,
    /// Empty except so many times of a hundred.
    pub percent: Option<u64>,
    /// Empty unless this holds.
    pub when: Option<Argument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Steps {
    steps: Vec<Step>,
}

impl DemoPlan {
    /// Reads the `demo/` files of all packs.
    ///
    /// # Errors
    /// The first file that cannot be read, or a name that two files define.
    pub fn read(packs: &[PackFiles]) -> Result<DemoPlan, PlanError> {
        let mut plan = DemoPlan::default();
        let files = packs.iter().flat_map(PackFiles::texts);
        for (path, text) in files.filter(|(path, _)| is_demo(path)) {
            plan.file(&path, text)?;
        }
        Ok(plan)
    }

    /// Whether there is nothing to make.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Settings with their values, for the command line's help.
    pub fn settings(&self) -> impl Iterator<Item = (&str, i64)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Sets a setting of the plan, such as the number of transactions of an account.
    ///
    /// # Errors
    /// No file of the plan has a setting of that name.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), PlanError> {
        match self.settings.get_mut(name) {
            Some(place) => {
                *place = value;
                Ok(())
            }
            None => {
                let near = kernel::text::nearest(name, self.settings.keys().map(String::as_str));
                let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                Err(PlanError::new(name, format!("no such setting{hint}")))
            }
        }
    }

    fn file(&mut self, path: &str, text: &str) -> Result<(), PlanError> {
        let wrong = |error: toml_edit::de::Error| PlanError::new(path, error.to_string());
        let table: Map<String, Json> = toml_edit::de::from_str(text).map_err(wrong)?;
        if table.contains_key("steps") {
            let file: Steps = toml_edit::de::from_str(text).map_err(wrong)?;
            self.steps.extend(file.steps);
            return Ok(());
        }
        for (name, value) in table {
            let repeated = self.lists.contains_key(&name) || self.settings.contains_key(&name);
            if repeated {
                return Err(PlanError::new(path, format!("`{name}` is defined twice")));
            }
            match value {
                Json::Array(items) => self.list(name, items),
                Json::Number(number) => {
                    let whole = number.as_i64();
                    let whole = whole.ok_or_else(|| PlanError::new(path, "not a whole number"))?;
                    self.settings.insert(name, whole);
                }
                _ => return Err(PlanError::new(path, format!("`{name}`: a list or a number"))),
            }
        }
        Ok(())
    }

    /// Adds a list, and the lists inside its rows as `<list>_<key>`.
    fn list(&mut self, name: String, items: Vec<Json>) {
        let mut list = List::default();
        let mut inner: IndexMap<String, List> = IndexMap::new();
        for (at, item) in items.into_iter().enumerate() {
            let mut row = Map::new();
            let Json::Object(columns) = item else {
                list.push(item, 0);
                continue;
            };
            for (key, value) in columns {
                flatten(&mut row, &mut inner, at, key, value);
            }
            list.push(Json::Object(row), 0);
        }
        for (key, mut rows) in inner {
            rows.outer = Some(name.clone());
            self.lists.insert(format!("{name}_{key}"), rows);
        }
        self.lists.insert(name, list);
    }
}

impl List {
    /// Adds a row; a bare value becomes its column `text`. Arrays inside are left out: lists nest
    /// once.
    fn push(&mut self, item: Json, up: usize) {
        self.up.push(up);
        self.rows.push(match item {
            Json::Object(row) => row.into_iter().filter(|(_, value)| !value.is_array()).collect(),
            other => Map::from_iter([("text".to_owned(), other)]),
        });
    }
}

/// Numbers in an array become columns `key_1`, `key_2`…; texts and tables become an inner list.
fn flatten(
    row: &mut Map<String, Json>,
    inner: &mut IndexMap<String, List>,
    at: usize,
    key: String,
    value: Json,
) {
    let Json::Array(items) = value else {
        row.insert(key, value);
        return;
    };
    for (index, item) in items.into_iter().enumerate() {
        if item.is_number() {
            row.insert(format!("{key}_{}", index + 1), item);
        } else {
            inner.entry(key.clone()).or_default().push(item, at);
        }
    }
}

fn is_demo(path: &str) -> bool {
    path.split('/').nth(1) == Some("demo") && path.ends_with(".toml")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn lists_inside_rows_become_lists_of_their_own() {
        let text = "years = 2\n[[towns]]\nname = \"甲\"\nage = [1, 9]\nparts = [\"东\", \"西\"]\n\
                    [[towns]]\nname = \"乙\"\nparts = [\"南\"]\n";
        let packs = [PackFiles::new("x", [("demo/a.toml", text)])];
        let mut plan = DemoPlan::read(&packs).unwrap();
        assert_eq!(plan.lists["towns"].rows[0]["age_2"], 9);
        assert_eq!(plan.lists["towns_parts"].up, [0, 0, 1]);
        assert_eq!(plan.lists["towns_parts"].rows[2]["text"], "南");
        assert_eq!(plan.settings().collect::<Vec<_>>(), [("years", 2)]);
        assert!(plan.set("yeas", 3).unwrap_err().to_string().contains("did you mean `years`"));
    }
}
