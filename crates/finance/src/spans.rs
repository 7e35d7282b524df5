//! Spans of days, both ends in them, either end open.

use kernel::{Date, Decimal};

/// From one day to another; an end that is not set is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First day.
    pub start: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
}

impl Span {
    /// Whether it ends before it begins.
    #[must_use]
    pub fn is_backwards(self) -> bool {
        matches!((self.start, self.end), (Some(start), Some(end)) if end < start)
    }

    /// Whether some day is in both.
    #[must_use]
    pub fn overlaps(self, other: Span) -> bool {
        let begins_by = |a: Span, b: Span| match (a.start, b.end) {
            (Some(start), Some(end)) => start <= end,
            _ => true,
        };
        begins_by(self, other) && begins_by(other, self)
    }
}

/// The most that `parts` come to on any one day of `within`. Parts outside of it do not count.
#[must_use]
pub fn most_at_once(parts: &[(Span, Decimal)], within: Span) -> Decimal {
    let parts: Vec<&(Span, Decimal)> =
        parts.iter().filter(|(span, _)| span.overlaps(within)).collect();
    // A total only grows on a day when something begins.
    let mut begins: Vec<Option<Date>> = parts.iter().map(|(span, _)| span.start).collect();
    begins.push(within.start);
    begins.retain(|day| *day >= within.start);
    begins.sort_unstable();
    begins.dedup();
    let mut most = Decimal::ZERO;
    for day in begins {
        let on = Span { start: day, end: day };
        let there = parts.iter().filter(|(span, _)| match day {
            Some(_) => span.overlaps(on),
            None => span.start.is_none(),
        });
        let total = there
            .fold(Decimal::ZERO, |sum, (_, part)| sum.checked_add(*part).unwrap_or(Decimal::MAX));
        most = most.max(total);
    }
    most
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn span(text: &str) -> Span {
        let (start, end) = text.split_once("..").unwrap();
        let day = |text: &str| text.parse().ok();
        Span { start: day(start), end: day(end) }
    }

    #[test]
    fn spans_share_days_up_to_both_ends() {
        let check = |a: &str, b: &str, expected| {
            assert_eq!(span(a).overlaps(span(b)), expected, "{a} {b}");
            assert_eq!(span(b).overlaps(span(a)), expected, "{b} {a}");
        };
        check("2025-01-01..2025-06-30", "2025-06-30..2025-12-31", true);
        check("2025-01-01..2025-06-30", "2025-07-01..2025-12-31", false);
        check("..2025-06-30", "2025-06-30..", true);
        check("..2025-06-30", "2025-07-01..", false);
        check("..", "2025-07-01..2025-07-01", true);
        assert!(span("2025-07-02..2025-07-01").is_backwards());
        assert!(!span("2025-07-01..2025-07-01").is_backwards());
    }

    #[test]
    fn only_what_is_held_on_the_same_day_adds_up() {
        let check = |parts: &[(&str, &str)], within: &str, expected: &str| {
            let parts: Vec<(Span, Decimal)> =
                parts.iter().map(|(days, part)| (span(days), part.parse().unwrap())).collect();
            assert_eq!(most_at_once(&parts, span(within)).to_string(), expected, "{parts:?}");
        };
        check(&[("..", "0.6"), ("..", "0.4")], "..", "1.0");
        check(&[("..2025-06-30", "0.6"), ("2025-07-01..", "0.7")], "..", "0.7");
        check(&[("..2025-07-01", "0.6"), ("2025-07-01..", "0.7")], "..", "1.3");
        check(&[("..2025-07-01", "0.6"), ("2025-07-01..", "0.7")], "2025-07-02..", "0.7");
        check(&[("2025-01-01..2025-01-31", "0.6"), ("2025-03-01..", "0.7")], "..2025-02-01", "0.6");
        check(&[], "..", "0");
    }
}
