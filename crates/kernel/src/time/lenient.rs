//! Dates and times as people and spreadsheets write them.
//!
//! Understands one meaning or refuses; `01/02/2026` is refused unless the order is given.

use jiff::{Timestamp, civil};

use super::shanghai_instant;
use crate::text;

/// Why a text is not a date (or a date and time).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Nothing is left after trimming.
    #[error("empty")]
    Empty,
    /// Not written in a form this understands.
    #[error("not a date")]
    NotADate,
    /// Written as a date, but the calendar has no such day.
    #[error("no such day")]
    NoSuchDay,
    /// Day and month could be either; the order must be chosen.
    #[error("day and month could be either way round")]
    Ambiguous,
    /// A date without the time that is needed.
    #[error("no time of day")]
    NoTime,
    /// Not a time of day.
    #[error("not a time of day")]
    NotATime,
}

/// Which of two leading numbers is the day, where the year comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayMonth {
    /// `31/01/2026`.
    DayFirst,
    /// `01/31/2026`.
    MonthFirst,
}

/// Reads `2026-01-31`, `2026/1/31`, `2026.1.31`, `20260131`, `2026年1月31日`, also in full-width
/// digits and with a midnight time behind. A date that ends in its year is read when only one
/// order is possible.
///
/// # Errors
/// Says whether it is empty, no date, no such day or ambiguous.
pub fn parse_date_lenient(text: &str) -> Result<civil::Date, DateError> {
    parse_date_ordered(text, None)
}

/// As [`parse_date_lenient`], with the order of day and month where the year comes last.
///
/// # Errors
/// As [`parse_date_lenient`].
pub fn parse_date_ordered(text: &str, order: Option<DayMonth>) -> Result<civil::Date, DateError> {
    let half = text::half_width(text);
    let text = text::trim(&half);
    if text.is_empty() {
        return Err(DateError::Empty);
    }
    let (date, time) = split_time(text);
    let midnight = time.is_none_or(|time| read_time(time) == Ok(civil::Time::midnight()));
    if !midnight {
        return Err(DateError::NotADate);
    }
    read_date(date, order)
}

/// Reads an RFC 3339 instant, or `2025-01-24 23:06[:05]` (any date form above) as the time in
/// Shanghai.
///
/// # Errors
/// Also when there is no time, or it is none.
pub fn parse_instant_lenient(text: &str) -> Result<Timestamp, DateError> {
    let half = text::half_width(text);
    let text = text::trim(&half);
    if text.is_empty() {
        return Err(DateError::Empty);
    }
    if has_offset(text) {
        let read = text.parse::<Timestamp>().map_err(|_| DateError::NotADate)?;
        return Timestamp::from_microsecond(read.as_microsecond()).map_err(|_| DateError::NotADate);
    }
    let (date, time) = split_time(text);
    let date = read_date(date, None)?;
    let time = read_time(time.ok_or(DateError::NoTime)?)?;
    shanghai_instant(date.to_datetime(time)).ok_or(DateError::NotADate)
}

/// Whether `Z` or an offset ends the text, as in RFC 3339: a plus sign, or a dash behind a colon.
fn has_offset(text: &str) -> bool {
    let dash_behind_colon =
        matches!((text.find(':'), text.rfind('-')), (Some(colon), Some(dash)) if dash > colon);
    text.ends_with(['Z', 'z']) || text.contains('+') || dash_behind_colon
}

/// Cuts the time from behind the date: at `T`, at a space before a digit, or behind `日`.
fn split_time(text: &str) -> (&str, Option<&str>) {
    if let Some((date, time)) = text.split_once(['T', 't']) {
        return (date, Some(time));
    }
    if let Some((date, time)) = text.split_once(['日', '号']) {
        let time = time.trim();
        return (date, if time.is_empty() { None } else { Some(time) });
    }
    match text.rsplit_once(' ') {
        Some((date, time)) if time.contains([':', '时', '点']) => (date.trim_end(), Some(time)),
        _ => (text, None),
    }
}

fn read_date(text: &str, order: Option<DayMonth>) -> Result<civil::Date, DateError> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let number: u32 = text.parse().map_err(|_| DateError::NotADate)?;
        return civil_date(number / 10_000, number / 100 % 100, number % 100);
    }
    let parts = split_parts(text).ok_or(DateError::NotADate)?;
    let [first, second, third] = parts;
    if first.1 == 4 && second.1 <= 2 && third.1 <= 2 {
        return civil_date(first.0, second.0, third.0);
    }
    if !(first.1 <= 2 && second.1 <= 2 && third.1 == 4) || text.contains('年') {
        return Err(DateError::NotADate);
    }
    let day_first = match order {
        Some(order) => order == DayMonth::DayFirst,
        None if first.0 == second.0 || first.0 > 12 => true,
        None if second.0 > 12 => false,
        None => return Err(DateError::Ambiguous),
    };
    if day_first {
        civil_date(third.0, second.0, first.0)
    } else {
        civil_date(third.0, first.0, second.0)
    }
}

/// Three numbers with their widths, between equal separators (or `年` and `月`).
fn split_parts(text: &str) -> Option<[(u32, usize); 3]> {
    let chinese = text.contains('年');
    let (first, rest) = text.split_once(['-', '/', '.', '年'])?;
    let (second, third) = rest.split_once(['-', '/', '.', '月'])?;
    let separator = |before: &str| text.get(before.len()..)?.chars().next();
    let one = separator(first)?;
    let two = rest.get(second.len()..)?.chars().next()?;
    let matched = if chinese { (one, two) == ('年', '月') } else { one == two };
    if !matched {
        return None;
    }
    let number = |part: &str| {
        let part = part.trim();
        let digits =
            !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        if digits { Some((part.parse().ok()?, part.len())) } else { None }
    };
    Some([number(first)?, number(second)?, number(third)?])
}

fn civil_date(year: u32, month: u32, day: u32) -> Result<civil::Date, DateError> {
    let convert = || {
        let (year, month, day) =
            (year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
        civil::Date::new(year, month, day).ok()
    };
    if year < 1000 {
        return Err(DateError::NotADate);
    }
    convert().ok_or(DateError::NoSuchDay)
}

/// `23:06`, `23:06:05`, `23:06:05.123456`, `23时06分`, `23时06分05秒`.
fn read_time(text: &str) -> Result<civil::Time, DateError> {
    let plain = text.replace(['时', '点', '分'], ":").replace('秒', "");
    let plain = plain.trim().trim_end_matches(':');
    let (clock, fraction) = match plain.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (plain, None),
    };
    let mut parts = [0_i8; 3];
    let mut count = 0;
    for part in clock.split(':') {
        let digits = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        let slot = parts.get_mut(count).ok_or(DateError::NotATime)?;
        *slot = if digits { part.parse().ok() } else { None }.ok_or(DateError::NotATime)?;
        count += 1;
    }
    let [hour, minute, second] = parts;
    if count < 2 || (fraction.is_some() && count < 3) {
        return Err(DateError::NotATime);
    }
    let nanos = fraction.map_or(Ok(0), read_fraction)?;
    civil::Time::new(hour, minute, second, nanos).map_err(|_| DateError::NotATime)
}

/// Nanoseconds of a decimal fraction of a second, cut at microseconds.
fn read_fraction(text: &str) -> Result<i32, DateError> {
    if !matches!(text.len(), 1..=9) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DateError::NotATime);
    }
    let micros: i32 = format!("{text:0<6}").get(..6).and_then(|t| t.parse().ok()).unwrap_or(0);
    Ok(micros * 1000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_people_write_are_understood() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse_date_lenient(text), Ok(expected.parse().unwrap()), "{text}");
        };
        for text in [
            "2019-03-07",
            "2019/3/7",
            "2019.3.7",
            "20190307",
            "2019年3月7日",
            "2019年03月07日",
            "２０１９－０３－０７",
            "２０１９年３月７日",
            " 2019-03-07 ",
            "2019年3月7号",
            "2019年3月7",
            "2019-03-07 00:00:00",
            "2019-03-07T00:00:00",
            "2019/3/7 0:00",
            "2019-3-07",
        ] {
            check(text, "2019-03-07");
        }
        check("31/01/2026", "2026-01-31");
        check("01/31/2026", "2026-01-31");
        check("05.05.2026", "2026-05-05");
        check("2024-02-29", "2024-02-29");
    }

    #[test]
    fn what_is_no_date_says_why() {
        let check = |text: &str, expected| {
            assert_eq!(parse_date_lenient(text), Err(expected), "{text}");
        };
        check("", DateError::Empty);
        check("　", DateError::Empty);
        check("昨天", DateError::NotADate);
        check("2026-01", DateError::NotADate);
        check("26-01-31", DateError::NotADate);
        check("2026-1/31", DateError::NotADate);
        check("2026年1-31", DateError::NotADate);
        check("2026-01-31 08:00", DateError::NotADate);
        check("2023-02-29", DateError::NoSuchDay);
        check("2026-13-01", DateError::NoSuchDay);
        check("20260230", DateError::NoSuchDay);
        check("00010101", DateError::NotADate);
        check("45000", DateError::NotADate);
        check("01/02/2026", DateError::Ambiguous);
    }

    #[test]
    fn a_chosen_order_settles_day_and_month() {
        let read = |order| parse_date_ordered("01/02/2026", Some(order)).unwrap().to_string();
        assert_eq!(read(DayMonth::DayFirst), "2026-02-01");
        assert_eq!(read(DayMonth::MonthFirst), "2026-01-02");
        assert_eq!(
            parse_date_ordered("31/01/2026", Some(DayMonth::MonthFirst)),
            Err(DateError::NoSuchDay)
        );
    }

    #[test]
    fn times_without_an_offset_are_shanghai_times() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse_instant_lenient(text), Ok(expected.parse().unwrap()), "{text}");
        };
        check("2025-01-24 23:06", "2025-01-24T15:06:00Z");
        check("2025-01-24 23:06:05", "2025-01-24T15:06:05Z");
        check("2025/1/24 3:06", "2025-01-23T19:06:00Z");
        check("2025-01-24T23:06:05.25", "2025-01-24T15:06:05.25Z");
        check("2025年1月24日 23:06", "2025-01-24T15:06:00Z");
        check("2025年1月24日23时06分", "2025-01-24T15:06:00Z");
        check("２０２５－０１－２４　２３：０６", "2025-01-24T15:06:00Z");
        check("2025-01-24T23:06:05Z", "2025-01-24T23:06:05Z");
        check("2025-01-24T23:06:05+08:00", "2025-01-24T15:06:05Z");
        check("2025-01-24T23:06:05-05:00", "2025-01-25T04:06:05Z");
    }

    #[test]
    fn what_is_no_instant_says_why() {
        let check = |text: &str, expected| {
            assert_eq!(parse_instant_lenient(text), Err(expected), "{text}");
        };
        check("昨天", DateError::NotADate);
        check("", DateError::Empty);
        check("2025-01-24", DateError::NoTime);
        check("2025-01-24 24:00", DateError::NotATime);
        check("2025-01-24 23:60", DateError::NotATime);
        check("2025-01-24 23:06:05:1", DateError::NotATime);
        check("2025-02-30 23:06", DateError::NoSuchDay);
    }

    proptest! {
        #[test]
        fn every_written_form_reads_back(days in -300_000_i64..1_000_000) {
            let date = super::super::date_from_days(days).unwrap();
            let (y, m, d) = (date.year(), date.month(), date.day());
            for text in [
                format!("{y}-{m}-{d}"), format!("{y}/{m:02}/{d:02}"), format!("{y}.{m}.{d}"),
                format!("{y}{m:02}{d:02}"), format!("{y}年{m}月{d}日"),
            ] {
                prop_assert_eq!(parse_date_lenient(&text), Ok(date));
            }
        }

        #[test]
        fn no_text_breaks_the_readers(text in any::<String>()) {
            let _ = parse_date_lenient(&text);
            let _ = parse_instant_lenient(&text);
        }
    }
}
