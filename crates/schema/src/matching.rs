//! Match rules: how two records of an object are found to be about the same person or thing.
//!
//! A rule names keys, by which candidates are found without comparing everything with everything,
//! and comparisons, whose weights add up to a score. Pure: takes values, gives texts and scores;
//! finds nothing and stores nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Label, Slot};
use crate::{Name, Value};

/// Readings of a name that become keys.
const SOUNDS: usize = 2;

/// Most keys of one record.
pub const KEYS_MAX: usize = 16;

/// How an object's duplicates are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchRule {
    /// Name, unique over all rules.
    pub name: Name,
    /// Pack that defines it.
    pub pack: Name,
    /// Object whose records are compared; it has no other rule.
    pub object: Name,
    /// Shown name.
    pub label: Label,
    /// What a sure duplicate does to a create.
    pub severity: Severity,
    /// Least scores of the three levels.
    pub thresholds: Thresholds,
    /// Most records that share a key and are still compared by it.
    pub block_max: u32,
    /// How candidates are found.
    pub keys: Vec<MatchKey>,
    /// How they are judged.
    pub comparisons: Vec<Comparison>,
}

/// What a sure duplicate does to a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Refuses it.
    Block,
    /// Lets it through and says so.
    Warn,
    /// Nothing: only asked for, and found by the walk over all records.
    Note,
}

/// Least scores of the levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// The same, as far as values can tell.
    pub certain: u8,
    /// Worth a look.
    pub likely: u8,
    /// Perhaps.
    pub possible: u8,
}

/// How sure a match is; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Perhaps.
    Possible,
    /// Worth a look.
    Likely,
    /// The same, as far as values can tell.
    Certain,
}

impl Level {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Possible => "possible",
            Level::Likely => "likely",
            Level::Certain => "certain",
        }
    }

    /// The level a word stands for.
    #[must_use]
    pub fn parse(text: &str) -> Option<Level> {
        [Level::Possible, Level::Likely, Level::Certain]
            .into_iter()
            .find(|level| level.as_str() == text)
    }
}

/// Values that records have in common when they are worth comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchKey {
    /// All of them; a record with an empty one does not have the key.
    pub parts: Vec<KeyPart>,
}

/// One value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPart {
    /// Field.
    pub field: Name,
    /// Its slot.
    pub slot: Slot,
    /// What of it.
    pub form: Form,
}

/// What of a value becomes part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// All of it.
    Whole,
    /// A resident ID number as its 18 digits, also when it has 15.
    ResidentId,
    /// A name as it sounds.
    Pinyin,
    /// A name without variant characters, spaces and a company's ending.
    Name,
    /// The year of a date.
    Year,
    /// So many first characters.
    First(u8),
}

/// One comparison of two values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Stable code, unique in its rule.
    pub code: Name,
    /// What it says when it holds.
    pub label: Label,
    /// Field.
    pub field: Name,
    /// Its slot.
    pub slot: Slot,
    /// How.
    pub how: How,
    /// What it adds to the score when it holds in full.
    pub weight: u8,
    /// What it takes off when both values are there and it does not hold.
    pub differs: u8,
    /// Least degree, in percent, at which it holds.
    pub least: u8,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Equal; resident ID numbers of 15 and 18 digits are equal when they are one person's.
    Exact,
    /// As names: variant characters, sound, edits.
    Name,
    /// By the edits between them.
    Similar,
    /// Equal in so many first characters.
    First(u8),
}

/// What a comparison of two records came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Likeness {
    /// 0 to 100.
    pub score: u8,
    /// Comparisons that hold, by position, each with its degree in percent.
    pub reasons: Vec<(usize, u8)>,
}

impl MatchRule {
    /// Texts of the keys that a record has, to be digested. `values` are by slot.
    #[must_use]
    pub fn keys_of(&self, values: &[Value]) -> Vec<String> {
        let mut texts = Vec::new();
        for key in &self.keys {
            let mut found = vec![String::new()];
            for part in &key.parts {
                let value = values.get(usize::from(part.slot.0)).unwrap_or(&Value::Null);
                let forms = part.form.of(value);
                let joined = found.iter().flat_map(|head| {
                    let one = |form: &String| format!("{head}{}{}={form}\n", part.field, part.form);
                    forms.iter().map(one).collect::<Vec<_>>()
                });
                found = joined.collect();
            }
            texts.extend(found);
        }
        texts.sort_unstable();
        texts.dedup();
        texts.truncate(KEYS_MAX);
        texts
    }

    /// Whether a change of these fields changes the keys.
    #[must_use]
    pub fn keyed_by(&self, changed: &[Slot]) -> bool {
        let mut parts = self.keys.iter().flat_map(|key| &key.parts);
        parts.any(|part| changed.contains(&part.slot))
    }

    /// Fields that keys are made of.
    #[must_use]
    pub fn key_slots(&self) -> Vec<Slot> {
        let parts = self.keys.iter().flat_map(|key| key.parts.iter().map(|part| part.slot));
        distinct(parts)
    }

    /// Fields that are compared.
    #[must_use]
    pub fn compared_slots(&self) -> Vec<Slot> {
        distinct(self.comparisons.iter().map(|comparison| comparison.slot))
    }

    /// Compares two records, whose values are by slot.
    #[must_use]
    pub fn compare(&self, a: &[Value], b: &[Value]) -> Likeness {
        let mut score = 0_i32;
        let mut reasons = Vec::new();
        for (at, comparison) in self.comparisons.iter().enumerate() {
            let text =
                |values: &[Value]| values.get(usize::from(comparison.slot.0)).and_then(text_of);
            let (Some(a), Some(b)) = (text(a), text(b)) else { continue };
            let degree = comparison.how.degree(&a, &b);
            if degree >= comparison.least {
                score += i32::from(comparison.weight) * i32::from(degree) / 100;
                reasons.push((at, degree));
            } else {
                score -= i32::from(comparison.differs);
            }
        }
        Likeness { score: u8::try_from(score.clamp(0, 100)).unwrap_or(0), reasons }
    }

    /// How sure a score is; none below the least threshold.
    #[must_use]
    pub fn level(&self, score: u8) -> Option<Level> {
        let Thresholds { certain, likely, possible } = self.thresholds;
        match score {
            score if score >= certain => Some(Level::Certain),
            score if score >= likely => Some(Level::Likely),
            score if score >= possible => Some(Level::Possible),
            _ => None,
        }
    }
}

impl Form {
    /// The form a definition's word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Form> {
        Some(match word {
            "whole" => Form::Whole,
            "resident_id" => Form::ResidentId,
            "pinyin" => Form::Pinyin,
            "name" => Form::Name,
            "year" => Form::Year,
            digits => Form::First(digits.parse().ok().filter(|count| (1..=18).contains(count))?),
        })
    }

    /// The texts a value takes in this form; none when it is empty.
    fn of(self, value: &Value) -> Vec<String> {
        let Some(text) = text_of(value) else { return Vec::new() };
        match self {
            Form::Whole => vec![text.to_string()],
            Form::ResidentId => vec![long_id(&text)],
            Form::Pinyin => {
                let mut sounds = kernel::likeness::sounds(&text);
                sounds.truncate(SOUNDS);
                sounds
            }
            Form::Name => {
                Some(kernel::likeness::fold(&text)).filter(|n| !n.is_empty()).into_iter().collect()
            }
            Form::Year => text.split('-').next().map(str::to_owned).into_iter().collect(),
            Form::First(count) => vec![text.chars().take(usize::from(count)).collect()],
        }
    }
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Form::Whole => Ok(()),
            Form::ResidentId => f.write_str(":resident_id"),
            Form::Pinyin => f.write_str(":pinyin"),
            Form::Name => f.write_str(":name"),
            Form::Year => f.write_str(":year"),
            Form::First(count) => write!(f, ":{count}"),
        }
    }
}

impl std::fmt::Display for MatchKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            let joined = if at == 0 { "" } else { " + " };
            write!(f, "{joined}{}{}", part.field, part.form)?;
        }
        Ok(())
    }
}

impl How {
    fn degree(self, a: &str, b: &str) -> u8 {
        let when = |equal: bool| if equal { 100 } else { 0 };
        match self {
            How::Exact => when(a == b || long_id(a) == long_id(b)),
            How::Name => kernel::likeness::names(a, b),
            How::Similar => kernel::likeness::edits(a, b),
            How::First(count) => {
                let head = |text: &str| text.chars().take(usize::from(count)).collect::<String>();
                when(head(a) == head(b))
            }
        }
    }
}

/// A resident ID number of 15 digits as its 18; any other text as it is.
fn long_id(text: &str) -> String {
    if text.len() != 15 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let (head, tail) = text.split_at(6);
    let front = format!("{head}19{tail}");
    match kernel::cn::resident_id::check_character(&front) {
        Some(check) => format!("{front}{check}"),
        None => text.to_owned(),
    }
}

/// A value as the text that is compared; none when it is empty or a list.
fn text_of(value: &Value) -> Option<Arc<str>> {
    let text: Arc<str> = match value {
        Value::Text(text) => Arc::clone(text),
        Value::Secret(secret) => Arc::clone(secret.expose()),
        Value::Date(date) => date.to_string().into(),
        Value::Number(number) => number.normalize().to_string().into(),
        Value::Bool(flag) => flag.to_string().into(),
        Value::Id(id) | Value::Link(_, id) => id.to_string().into(),
        Value::Instant(at) => at.to_string().into(),
        Value::Null | Value::List(_) => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

fn distinct(slots: impl Iterator<Item = Slot>) -> Vec<Slot> {
    let mut found: Vec<Slot> = slots.collect();
    found.sort_unstable_by_key(|slot| slot.0);
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn part(field: &str, slot: u16, form: Form) -> KeyPart {
        KeyPart { field: name(field), slot: Slot(slot), form }
    }

    fn rule() -> MatchRule {
        let comparison = |code: &str, slot, how, (weight, differs, least)| Comparison {
            code: name(code),
            label: Label::default(),
            field: name(code),
            slot: Slot(slot),
            how,
            weight,
            differs,
            least,
        };
        MatchRule {
            name: name("r"),
            pack: name("p"),
            object: name("o"),
            label: Label::default(),
            severity: Severity::Warn,
            thresholds: Thresholds { certain: 90, likely: 70, possible: 50 },
            block_max: 50,
            keys: vec![
                MatchKey { parts: vec![part("number", 0, Form::ResidentId)] },
                MatchKey {
                    parts: vec![part("name", 1, Form::Pinyin), part("born", 2, Form::Year)],
                },
            ],
            comparisons: vec![
                comparison("number", 0, How::Exact, (100, 60, 100)),
                comparison("name", 1, How::Name, (40, 30, 60)),
                comparison("born", 2, How::Exact, (30, 25, 100)),
            ],
        }
    }

    fn record(number: &str, called: &str, born: &str) -> Vec<Value> {
        let born = born.parse().map_or(Value::Null, Value::Date);
        let secret = kernel::Sensitive::new(number.into());
        vec![Value::Secret(secret), Value::text(called), born]
    }

    #[test]
    fn a_number_of_15_digits_is_the_one_of_18() {
        let (old, new) = (record("110105491231002", "", ""), record("11010519491231002X", "", ""));
        let rule = rule();
        assert_eq!(rule.keys_of(&old), rule.keys_of(&new));
        assert_eq!(rule.compare(&old, &new).score, 100);
        assert_eq!(rule.level(100), Some(Level::Certain));
    }

    #[test]
    fn names_that_sound_alike_share_a_key_with_the_year() {
        let rule = rule();
        let a = record("", "章伟", "1980-01-02");
        let b = record("", "張玮", "1980-03-04");
        assert_eq!(rule.keys_of(&a), rule.keys_of(&b));
        assert!(rule.keys_of(&record("", "章伟", "")).is_empty(), "no key without the year");
        let found = rule.compare(&a, &b);
        assert_eq!((found.score, found.reasons), (11, vec![(1, 90)]), "36 less 25");
    }

    #[test]
    fn what_is_missing_counts_neither_way_and_what_differs_counts_against() {
        let check = |a: Vec<Value>, b: Vec<Value>, score| {
            assert_eq!(rule().compare(&a, &b).score, score);
            assert_eq!(rule().compare(&b, &a).score, score, "both ways alike");
        };
        check(record("", "张三", ""), record("1", "张三", "1980-01-02"), 40);
        check(record("2", "张三", ""), record("1", "张三", "1980-01-02"), 0);
        check(record("", "张三", "1980-01-02"), record("", "张三", "1980-01-02"), 70);
        check(record("", "", ""), record("", "", ""), 0);
    }
}
