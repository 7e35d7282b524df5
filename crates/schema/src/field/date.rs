//! Civil dates and instants.

use kernel::time::{DateError, DayMonth, parse_date_ordered, parse_instant_lenient};
use kernel::{Date, Instant};

use crate::Value;

use super::Flaw;
use super::codec::{DateOrder, Parsed};

const YEARS: std::ops::RangeInclusive<i16> = 1000..=9999;

/// `2026-01-31` and nothing else.
pub(super) fn strict_date(text: &str) -> Parsed {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let plain = text.len() == 10;
    let day: Option<Date> = plain.then(|| text.parse().ok()).flatten();
    match day.filter(|day| YEARS.contains(&day.year())) {
        Some(day) => Ok(Value::Date(day)),
        None => Err(Flaw::new("date")),
    }
}

/// RFC 3339 with an offset; kept to the microsecond.
pub(super) fn strict_instant(text: &str) -> Parsed {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let at: Option<Instant> = text.parse().ok();
    let kept = at.and_then(|at| Instant::from_microsecond(at.as_microsecond()).ok());
    kept.map(Value::Instant).ok_or_else(|| Flaw::new("date"))
}

fn order(order: DateOrder) -> Option<DayMonth> {
    match order {
        DateOrder::Ymd => None,
        DateOrder::Mdy => Some(DayMonth::MonthFirst),
        DateOrder::Dmy => Some(DayMonth::DayFirst),
    }
}

/// A date as people write it.
pub(super) fn lenient_date(text: &str, wanted: DateOrder) -> Parsed {
    match parse_date_ordered(text, order(wanted)) {
        Ok(day) => Ok(Value::Date(day)),
        Err(DateError::Empty) => Ok(Value::Null),
        Err(DateError::Ambiguous) => Err(Flaw::new("date_ambiguous")),
        Err(_) => Err(Flaw::new("date")),
    }
}

/// A date and time as people write it; a date alone is its first moment in Shanghai.
pub(super) fn lenient_instant(text: &str, wanted: DateOrder) -> Parsed {
    match parse_instant_lenient(text) {
        Ok(at) => Ok(Value::Instant(at)),
        Err(DateError::Empty) => Ok(Value::Null),
        Err(DateError::NoTime) => match parse_date_ordered(text, order(wanted)) {
            Ok(day) => Ok(Value::Instant(kernel::time::start_of_day(day))),
            Err(_) => Err(Flaw::new("date")),
        },
        Err(DateError::Ambiguous) => Err(Flaw::new("date_ambiguous")),
        Err(_) => Err(Flaw::new("date")),
    }
}

/// RFC 3339 in UTC.
pub(super) fn instant_text(at: Instant) -> String {
    at.to_string()
}

/// `2026-01-31 08:00:00`, the time in Shanghai.
pub(super) fn local_text(at: Instant) -> String {
    let local = kernel::time::shanghai_time(at);
    format!("{} {:02}:{:02}:{:02}", local.date(), local.hour(), local.minute(), local.second())
}
