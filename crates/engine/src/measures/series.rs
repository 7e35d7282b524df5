//! From sums of movements to values and averages by span. Pure, exact integers until shown.
//!
//! The average of a month is the mean of the balances at the end of each of its days, rounded half up
//! at the measure's scale; of a month that is not over, of its days so far. Quarters and years are the
//! mean over all their days, not of their months' averages. A day before anything moved counts zero.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan as _;
use kernel::time::{date_from_days, days_since_epoch};
use kernel::{Date, Decimal};
use schema::measure::{Measure, MeasureKind};
use serde::Serialize;
use store::measures::{Sum, month_of};

/// What one point is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// A day.
    Day,
    /// A calendar month.
    #[default]
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
}

/// A measure over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Series {
    /// Name of the measure.
    pub measure: String,
    /// ISO 4217 code of all amounts, unless they are plain numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// False when the reader's grants reach only some of what was asked for, which is then what is
    /// summed.
    pub complete: bool,
    /// Spans in order.
    pub points: Vec<Point>,
}

/// One span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Point {
    /// First day.
    pub from: Date,
    /// Last day, or the last day asked for.
    pub to: Date,
    /// Balance at the end of the last day, or sum of what flowed.
    pub value: Decimal,
    /// Mean of the daily balances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<Decimal>,
    /// The same by class, when asked for; classes that are zero are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<BTreeMap<Arc<str>, Decimal>>,
}

/// Sums of one class: what stood before the first span, and what moved in each month or day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Moves {
    opening: i128,
    /// Sum, and sum of each movement times its day of the month, by number of the month or day.
    spans: BTreeMap<i64, (i128, i128)>,
}

/// What is asked of the sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub from: Date,
    pub to: Date,
    pub by: Span,
    pub split: bool,
    pub average: bool,
}

impl Span {
    /// The first day of the span that `day` lies in.
    #[must_use]
    pub fn start(self, day: Date) -> Date {
        let month = match self {
            Span::Day => return day,
            Span::Month => day.month(),
            Span::Quarter => (day.month() - 1) / 3 * 3 + 1,
            Span::Year => 1,
        };
        Date::new(day.year(), month, 1).unwrap_or(day)
    }

    /// The last day of the span that starts on `day`.
    fn end(self, day: Date) -> Date {
        let next = match self {
            Span::Day => return day,
            Span::Month => day.checked_add(1.month()),
            Span::Quarter => day.checked_add(3.months()),
            Span::Year => day.checked_add(1.year()),
        };
        next.and_then(|next| next.checked_sub(1.day())).unwrap_or(day)
    }

    /// The spans from the one that `from` lies in until `to`, the last one cut short there.
    pub(super) fn between(self, from: Date, to: Date, most: usize) -> Vec<(Date, Date)> {
        let mut spans = Vec::new();
        let mut start = self.start(from);
        while start <= to && spans.len() <= most {
            let end = self.end(start);
            spans.push((start, end.min(to)));
            match end.checked_add(1.day()) {
                Ok(next) => start = next,
                Err(_) => break,
            }
        }
        spans
    }
}

/// Sums by class. Days become months where months are asked for.
pub(super) fn by_class(sums: &[Sum], wanted: Wanted, months: bool) -> BTreeMap<Arc<str>, Moves> {
    let mut classes: BTreeMap<Arc<str>, Moves> = BTreeMap::new();
    let first = match (wanted.by, months) {
        (Span::Day, _) => days_since_epoch(wanted.from),
        (_, true) => month_of(wanted.from),
        (_, false) => days_since_epoch(wanted.from),
    };
    for sum in sums {
        let moves = classes.entry(Arc::clone(&sum.class)).or_default();
        let delta = i128::from(sum.delta);
        if sum.span < first {
            moves.opening += delta;
            continue;
        }
        let (span, weighted) = match (wanted.by, months) {
            (Span::Day, _) => (sum.span, 0),
            (_, true) => (sum.span, i128::from(sum.weighted)),
            (_, false) => match date_from_days(sum.span) {
                Some(day) => (month_of(day), delta * i128::from(day.day())),
                None => continue,
            },
        };
        let entry = moves.spans.entry(span).or_default();
        entry.0 += delta;
        entry.1 += weighted;
    }
    classes
}

/// Adds days of a month to sums by month, or takes them away.
pub(super) fn add_days(classes: &mut BTreeMap<Arc<str>, Moves>, sums: &[Sum], away: bool) {
    for sum in sums {
        let Some(day) = date_from_days(sum.span) else { continue };
        let delta = if away { -i128::from(sum.delta) } else { i128::from(sum.delta) };
        let moves = classes.entry(Arc::clone(&sum.class)).or_default();
        let entry = moves.spans.entry(month_of(day)).or_default();
        entry.0 += delta;
        entry.1 += delta * i128::from(day.day());
    }
}

/// The points of a measure.
pub(super) fn points(
    measure: &Measure,
    classes: &BTreeMap<Arc<str>, Moves>,
    wanted: Wanted,
) -> Vec<Point> {
    let spans = wanted.by.between(wanted.from, wanted.to, usize::MAX);
    let scale = measure.scale;
    let mut points: Vec<Point> = Vec::with_capacity(spans.len());
    let mut values: Vec<i128> = vec![0; spans.len()];
    let mut means: Vec<i128> = vec![0; spans.len()];
    let mut split: Vec<BTreeMap<Arc<str>, Decimal>> = vec![BTreeMap::new(); spans.len()];
    for (class, moves) in classes {
        let mut stands = moves.opening;
        let each = spans.iter().zip(values.iter_mut()).zip(means.iter_mut()).zip(&mut split);
        for (((span, value), days), split) in each {
            let (moved, sum_of_days) = moves.over(*span, wanted.by, stands);
            stands += moved;
            let here = if measure.kind == MeasureKind::Flow { moved } else { stands };
            *value += here;
            *days += sum_of_days;
            if here != 0 {
                split.insert(Arc::clone(class), decimal(here, scale));
            }
        }
    }
    for ((((from, to), value), days), classes) in spans.iter().zip(values).zip(means).zip(split) {
        let count = i128::from(days_since_epoch(*to) - days_since_epoch(*from) + 1);
        points.push(Point {
            from: *from,
            to: *to,
            value: decimal(value, scale),
            average: wanted.average.then(|| decimal(half_up(days, count), scale)),
            classes: wanted.split.then_some(classes),
        });
    }
    points
}

impl Moves {
    /// What moves within a span, and the sum of the balances of its days, from what `stands` before.
    fn over(&self, (from, to): (Date, Date), by: Span, stands: i128) -> (i128, i128) {
        if by == Span::Day {
            let moved = self.spans.get(&days_since_epoch(from)).map_or(0, |sums| sums.0);
            return (moved, stands + moved);
        }
        let (mut moved, mut days) = (0, 0);
        let months: BTreeSet<i64> = (month_of(from)..=month_of(to)).collect();
        for month in months {
            let (delta, weighted) = self.spans.get(&month).copied().unwrap_or_default();
            let length = days_of(month, to);
            // A movement on day d counts on each of the days from d to the last.
            days += length * (stands + moved) + (length + 1) * delta - weighted;
            moved += delta;
        }
        (moved, days)
    }
}

/// Days of a month, until `to`.
fn days_of(month: i64, to: Date) -> i128 {
    if month_of(to) == month {
        return i128::from(to.day());
    }
    let year = i16::try_from(month.div_euclid(12)).unwrap_or(i16::MAX);
    let of_year = i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1);
    Date::new(year, of_year, 1).map_or(0, |first| i128::from(first.days_in_month()))
}

/// `sum / count`, a half away from zero.
pub(super) fn half_up(sum: i128, count: i128) -> i128 {
    let size = (2 * sum.abs() + count) / (2 * count);
    if sum < 0 { -size } else { size }
}

pub(super) fn decimal(value: i128, scale: u8) -> Decimal {
    Decimal::try_from_i128_with_scale(value, u32::from(scale)).unwrap_or(Decimal::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn measure(kind: MeasureKind) -> Measure {
        Measure {
            name: schema::Name::new("m").unwrap(),
            label: Default::default(),
            kind,
            currency: None,
            scale: 2,
            classes: None,
            carriers: Vec::new(),
            sources: Vec::new(),
            members: None,
        }
    }

    /// Movements `day amount-in-cents`, asked from and to a day; `value average` of each span.
    fn check(
        kind: MeasureKind,
        moves: &[(&str, i64)],
        (from, to): (&str, &str),
        by: Span,
        expected: &[&str],
    ) {
        let to: Date = to.parse().unwrap();
        let wanted =
            Wanted { from: by.start(from.parse().unwrap()), to, by, split: false, average: true };
        let sums: Vec<Sum> = moves
            .iter()
            .map(|(day, delta)| (day.parse::<Date>().unwrap(), *delta))
            .filter(|(day, _)| *day <= to)
            .map(|(day, delta)| Sum {
                class: "".into(),
                span: days_since_epoch(day),
                delta,
                weighted: 0,
            })
            .collect();
        let found: Vec<String> = points(&measure(kind), &by_class(&sums, wanted, false), wanted)
            .iter()
            .map(|point| match kind {
                MeasureKind::Balance => format!("{} {}", point.value, point.average.unwrap()),
                MeasureKind::Flow => point.value.to_string(),
            })
            .collect();
        assert_eq!(found, expected, "{moves:?} {from} {to} {by:?}");
    }

    #[test]
    fn a_month_averages_the_balances_of_its_days() {
        let balance = MeasureKind::Balance;
        // 310.00 from the 1st: every day alike.
        check(
            balance,
            &[("2026-01-01", 31_000)],
            ("2026-01-01", "2026-01-31"),
            Span::Month,
            &["310.00 310.00"],
        );
        // 310.00 on the last day counts one day of 31.
        check(
            balance,
            &[("2026-01-31", 31_000)],
            ("2026-01-05", "2026-01-31"),
            Span::Month,
            &["310.00 10.00"],
        );
        // In before, out on the 16th: 15 of 30 days.
        check(
            balance,
            &[("2026-03-10", 10_000), ("2026-04-16", -10_000)],
            ("2026-04-01", "2026-04-30"),
            Span::Month,
            &["0.00 50.00"],
        );
        // A month that is not over: 10 days, 100.00 from the 4th is 7 of them.
        check(
            balance,
            &[("2026-05-04", 10_000)],
            ("2026-05-01", "2026-05-10"),
            Span::Month,
            &["100.00 70.00"],
        );
    }

    #[test]
    fn averages_round_half_up_at_the_scale() {
        let balance = MeasureKind::Balance;
        // 0.01 on two of four days is 0.005.
        check(
            balance,
            &[("2026-05-03", 1)],
            ("2026-05-01", "2026-05-04"),
            Span::Month,
            &["0.01 0.01"],
        );
        check(
            balance,
            &[("2026-05-03", -1)],
            ("2026-05-01", "2026-05-04"),
            Span::Month,
            &["-0.01 -0.01"],
        );
        // 0.01 on one of four days is 0.0025.
        check(
            balance,
            &[("2026-05-04", 1)],
            ("2026-05-01", "2026-05-04"),
            Span::Month,
            &["0.01 0.00"],
        );
    }

    #[test]
    fn quarters_and_years_average_over_days_and_not_over_months() {
        // 28 days of February at 90.00, 90 days in the quarter.
        check(
            MeasureKind::Balance,
            &[("2026-02-01", 9_000), ("2026-03-01", -9_000)],
            ("2026-02-11", "2026-03-31"),
            Span::Quarter,
            &["0.00 28.00"],
        );
        check(
            MeasureKind::Balance,
            &[("2024-12-31", 36_600)],
            ("2024-01-01", "2025-12-31"),
            Span::Year,
            &["366.00 1.00", "366.00 366.00"],
        );
    }

    #[test]
    fn flows_are_summed_within_the_span_alone() {
        check(
            MeasureKind::Flow,
            &[("2026-01-31", 500), ("2026-02-01", 200), ("2026-02-28", -50)],
            ("2026-01-01", "2026-02-28"),
            Span::Month,
            &["5.00", "1.50"],
        );
    }

    #[test]
    fn days_and_the_last_span_end_where_asked() {
        let spans = |by: Span, from: &str, to: &str| -> Vec<String> {
            by.between(from.parse().unwrap(), to.parse().unwrap(), 99)
                .iter()
                .map(|(from, to)| format!("{from}/{to}"))
                .collect()
        };
        assert_eq!(spans(Span::Day, "2024-02-28", "2024-03-01").len(), 3);
        assert_eq!(
            spans(Span::Quarter, "2026-02-14", "2026-05-02"),
            ["2026-01-01/2026-03-31", "2026-04-01/2026-05-02"]
        );
        assert_eq!(spans(Span::Year, "2025-07-01", "2025-07-01"), ["2025-01-01/2025-07-01"]);
    }
}
