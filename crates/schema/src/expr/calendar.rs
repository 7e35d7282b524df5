//! Dates and instants of expressions: proleptic Gregorian, years 1 to 9999, Asia/Shanghai.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

/// Microseconds in a day.
pub const DAY: i64 = 86_400_000_000;

/// Asia/Shanghai's offset in microseconds; there is no daylight saving.
const SHANGHAI: i64 = 8 * 3_600_000_000;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Days since 1970-01-01.
#[must_use]
pub fn days(date: Date) -> i64 {
    days_between(EPOCH, date)
}

/// The date so many days after 1970-01-01.
#[must_use]
pub fn from_days(days: i64) -> Option<Date> {
    add_days(EPOCH, days)
}

/// Days from one date to another.
#[must_use]
pub fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Whole months from one date to another; negative when `to` is earlier.
#[must_use]
pub fn months_between(from: Date, to: Date) -> i64 {
    if to < from {
        return -months_between(to, from);
    }
    let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
    months(to) - months(from) - i64::from(to.day() < from.day())
}

/// Whole years from one date to another; negative when `to` is earlier.
#[must_use]
pub fn years_between(from: Date, to: Date) -> i64 {
    months_between(from, to) / 12
}

/// `date` some days later.
#[must_use]
pub fn add_days(date: Date, days: i64) -> Option<Date> {
    let span = Span::new().try_days(days).ok()?;
    date.checked_add(span).ok().filter(|date| date.year() >= 1)
}

/// `date` some months later, at most at the end of that month.
#[must_use]
pub fn add_months(date: Date, months: i64) -> Option<Date> {
    let start = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
    let total = start.checked_add(months)?;
    let year = i16::try_from(total.div_euclid(12)).ok().filter(|year| (1..=9999).contains(year))?;
    let month = i8::try_from(total.rem_euclid(12) + 1).ok()?;
    let first = Date::new(year, month, 1).ok()?;
    Date::new(year, month, date.day().min(first.days_in_month())).ok()
}

/// The civil date of an instant.
#[must_use]
pub fn date_of(instant: Timestamp) -> Option<Date> {
    from_days(instant.as_microsecond().checked_add(SHANGHAI)?.div_euclid(DAY))
}

/// `instant` some microseconds later.
#[must_use]
pub fn add_micros(instant: Timestamp, micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(instant.as_microsecond().checked_add(micros)?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn d(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn months_clamp_at_the_end() {
        assert_eq!(add_months(d("2026-01-31"), 1), Some(d("2026-02-28")));
        assert_eq!(add_months(d("2024-02-29"), 12), Some(d("2025-02-28")));
        assert_eq!(add_months(d("2026-03-31"), -1), Some(d("2026-02-28")));
        assert_eq!(add_months(d("0001-01-15"), -1), None);
        assert_eq!(add_months(d("9999-12-15"), 1), None);
        assert_eq!(add_days(d("0001-01-01"), -1), None);
        assert_eq!(add_days(d("9999-12-31"), 1), None);
    }

    #[test]
    fn whole_years_and_months_pass_on_the_day() {
        assert_eq!(years_between(d("2000-05-20"), d("2026-05-19")), 25);
        assert_eq!(years_between(d("2000-05-20"), d("2026-05-20")), 26);
        assert_eq!(years_between(d("2004-02-29"), d("2005-02-28")), 0);
        assert_eq!(years_between(d("2026-05-20"), d("2000-05-21")), -25);
        assert_eq!(months_between(d("2026-01-31"), d("2026-02-28")), 0);
        assert_eq!(months_between(d("2026-02-28"), d("2026-01-31")), 0);
        assert_eq!(months_between(d("2026-01-15"), d("2026-03-15")), 2);
    }

    #[test]
    fn an_instant_falls_on_a_day_in_shanghai() {
        let at = |text: &str| date_of(text.parse().unwrap()).unwrap();
        assert_eq!(at("2026-01-31T15:59:59.999999Z"), d("2026-01-31"));
        assert_eq!(at("2026-01-31T16:00:00Z"), d("2026-02-01"));
        assert_eq!(at("1969-12-31T15:59:59Z"), d("1969-12-31"));
    }
}
