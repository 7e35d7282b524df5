//! What follows from a record's own values by its object's definition: digests of texts, dates that
//! are due, fields worked out of others, and whether a state may follow another.

use std::collections::BTreeSet;

use kernel::Date;
use schema::catalogue::ParameterValue;
use schema::kept::{Due, States};
use schema::{Field, Name, Object, Slot, Value};
use sha2::{Digest as _, Sha256};

use super::facts::{Facts, Known};
use super::submit::{Context, Subject};
use crate::Violation;

/// Working days that a date may lie ahead.
const DAYS: i64 = 1_000;

impl Context<'_> {
    /// Fills in what follows from `values`; the slots that it wrote. `written` are the caller's.
    pub(super) fn derive(
        &self,
        (ix, object): Subject<'_>,
        (before, values): (Option<&[Value]>, &mut [Value]),
        written: &[Slot],
        violations: &mut Vec<Violation>,
    ) -> Vec<Slot> {
        let mut filled = Vec::new();
        let kept = &object.kept;
        let read = |values: &[Value], slot: Slot| {
            values.get(usize::from(slot.0)).cloned().unwrap_or(Value::Null)
        };
        let mut put = |values: &mut [Value], slot: Slot, value: Value| {
            if let Some(place) = values.get_mut(usize::from(slot.0)).filter(|old| **old != value) {
                *place = value;
                filled.push(slot);
            }
        };
        for digest in &kept.digests {
            let slots = object.slot_of(&digest.field).zip(object.slot_of(&digest.of));
            let Some((field, of)) = slots else { continue };
            let value = match read(values, of) {
                Value::Text(text) => Value::text(hex(&Sha256::digest(text.as_bytes()))),
                _ => Value::Null,
            };
            put(values, field, value);
        }
        for due in &kept.dues {
            let slots = object.slot_of(&due.field).zip(object.slot_of(&due.from));
            let Some((field, from)) = slots.filter(|(field, _)| !written.contains(field)) else {
                continue;
            };
            if before.is_some() && !written.contains(&from) {
                continue;
            }
            let value = match read(values, from) {
                Value::Date(day) => self.due_on(due, day).map_or(Value::Null, Value::Date),
                _ => Value::Null,
            };
            put(values, field, value);
        }
        for name in &kept.derived {
            let Some((slot, Field { default: Some(default), .. })) = object.field(name.as_str())
            else {
                continue;
            };
            let reads = default.dependencies().fields;
            let moved = |slot: &Slot| reads.contains(&(ix, *slot));
            if before.is_some() && !written.iter().any(moved) {
                continue;
            }
            let facts = Facts::new(self.catalogue, ix, values, &self.env, Known::default());
            let value = default.eval(&facts, &self.env);
            put(values, slot, value);
        }
        if let Some(states) = &kept.states {
            violations.extend(moved(object, states, before, values));
        }
        filled
    }

    fn due_on(&self, due: &Due, from: Date) -> Option<Date> {
        let days = match self.catalogue.parameters.get(&due.days)?.on(from)? {
            ParameterValue::Number(days) => i64::try_from(*days).ok()?,
            _ => return None,
        };
        let (holidays, make_up) = (self.days(&due.holidays), self.days(&due.make_up));
        working_day(from, days, &holidays, &make_up)
    }

    /// Every day that a parameter lists, whenever it lists it.
    fn days(&self, parameter: &Name) -> BTreeSet<Date> {
        let values = self.catalogue.parameters.get(parameter).map(|found| found.values.as_slice());
        let texts = values.unwrap_or_default().iter().flat_map(|(_, value)| match value {
            ParameterValue::Texts(texts) => texts.as_slice(),
            _ => &[],
        });
        texts.filter_map(|text| text.parse().ok()).collect()
    }
}

/// The day `days` working days after `from`: Monday to Friday but for `holidays`, and the weekends
/// that are worked.
fn working_day(
    from: Date,
    days: i64,
    holidays: &BTreeSet<Date>,
    make_up: &BTreeSet<Date>,
) -> Option<Date> {
    let mut day = from;
    let mut left = days.clamp(0, DAYS);
    while left > 0 {
        day = day.tomorrow().ok()?;
        let weekend =
            matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        if make_up.contains(&day) || (!weekend && !holidays.contains(&day)) {
            left -= 1;
        }
    }
    Some(day)
}

/// A state that may not be the first, or may not follow the one before.
fn moved(
    object: &Object,
    states: &States,
    before: Option<&[Value]>,
    after: &[Value],
) -> Option<Violation> {
    let slot = usize::from(object.slot_of(&states.field)?.0);
    let text = |values: &[Value]| match values.get(slot) {
        Some(Value::Text(text)) => text.to_string(),
        _ => String::new(),
    };
    let (name, to) = (states.field.as_str(), text(after));
    let Some(before) = before else {
        let fits = to.is_empty() || states.start.contains(&to);
        return (!fits).then(|| Violation::new(name, "state_start").with("value", to));
    };
    let from = text(before);
    let fits = from == to || states.moves.iter().any(|(a, b)| *a == from && *b == to);
    (!fits).then(|| Violation::new(name, "state_move").with("from", from).with("to", to))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_days_know_holidays_and_make_up_days() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let set = |days: &[&str]| days.iter().map(|text| day(text)).collect::<BTreeSet<_>>();
        let spring: Vec<String> = (15..=23).map(|d| format!("2026-02-{d}")).collect();
        let spring: Vec<&str> = spring.iter().map(String::as_str).collect();
        let (holidays, make_up) = (set(&spring), set(&["2026-02-14", "2026-02-28"]));
        let check = |from: &str, days, expected: &str| {
            let found = working_day(day(from), days, &holidays, &make_up);
            assert_eq!(found, Some(day(expected)), "{days} after {from}");
        };
        check("2026-02-13", 5, "2026-02-27");
        check("2026-02-13", 1, "2026-02-14");
        check("2026-03-02", 15, "2026-03-23");
        check("2026-03-02", 0, "2026-03-02");
    }
}
