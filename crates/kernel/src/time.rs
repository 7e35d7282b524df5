//! Time and chance as parameters, and civil dates in Asia/Shanghai.
//!
//! [`SystemClock`] and [`RandomIds`] are the only places that read the clock or draw random bits.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp, civil};
use uuid::Uuid;

mod lenient;

pub use lenient::{
    DateError, DayMonth, parse_date_lenient, parse_date_ordered, parse_instant_lenient,
};

/// Shanghai is eight hours ahead of UTC all year; it has kept no summer time since 1991.
const SHANGHAI_OFFSET_S: i64 = 8 * 3600;
const DAY_S: i64 = 86_400;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant, at microsecond precision.
    fn now(&self) -> Timestamp;
}

/// Where ids come from.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 whose time part is `at`.
    fn next(&self, at: Timestamp) -> Uuid;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place that reads the clock
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

/// Ids with 62 random bits behind a time of quarter-microsecond width, so they sort by creation.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next(&self, at: Timestamp) -> Uuid {
        let random = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 0, 0));
        let (_, low) = random.as_u64_pair();
        v7(at, low)
    }
}

/// A clock that stands where it is set: for tests and the demo generator.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock standing at `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> FixedClock {
        FixedClock(AtomicI64::new(micros(at)))
    }

    /// Moves it to `at`, which may lie earlier.
    pub fn set(&self, at: Timestamp) {
        self.0.store(micros(at), Ordering::SeqCst);
    }

    /// Moves it on (or back, when negative).
    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        let micros = self.0.load(Ordering::SeqCst);
        from_micros(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

/// Ids that repeat from run to run for one seed, ascending while the time stands still.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    count: AtomicU64,
}

impl SeededIds {
    /// A source whose ids depend on `seed`, the time and how many were drawn before.
    #[must_use]
    pub fn new(seed: u64) -> SeededIds {
        SeededIds { seed, count: AtomicU64::new(0) }
    }
}

impl IdSource for SeededIds {
    fn next(&self, at: Timestamp) -> Uuid {
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        let noise = mix(self.seed ^ mix(count));
        v7(at, (count << 32) | (noise >> 32))
    }
}

/// SplitMix64's finalizer: spreads a counter over all bits.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Milliseconds, the fraction of the millisecond (RFC 9562 §6.2, method 3), then 62 bits of `low`.
fn v7(at: Timestamp, low: u64) -> Uuid {
    let micros = u64::try_from(micros(at)).unwrap_or(0);
    let fraction = (micros % 1000) * 4096 / 1000;
    let high = ((micros / 1000) << 16) | 0x7000 | fraction;
    Uuid::from_u64_pair(high, (low & (u64::MAX >> 2)) | (1 << 63))
}

/// The civil date in Asia/Shanghai at an instant.
#[must_use]
pub fn business_date(at: Timestamp) -> civil::Date {
    let seconds = micros(at).div_euclid(1_000_000) + SHANGHAI_OFFSET_S;
    date_from_days(seconds.div_euclid(DAY_S)).unwrap_or(civil::Date::MAX)
}

/// The instant at which a civil date begins in Asia/Shanghai.
#[must_use]
pub fn start_of_day(date: civil::Date) -> Timestamp {
    let seconds = days_since_epoch(date) * DAY_S - SHANGHAI_OFFSET_S;
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MIN)
}

/// The instant of a civil date and time in Asia/Shanghai.
#[must_use]
pub fn shanghai_instant(at: civil::DateTime) -> Option<Timestamp> {
    jiff::tz::Offset::constant(8).to_timestamp(at).ok()
}

/// The civil date and time in Asia/Shanghai at an instant.
#[must_use]
pub fn shanghai_time(at: Timestamp) -> civil::DateTime {
    jiff::tz::Offset::constant(8).to_datetime(at)
}

/// Days from 1970-01-01, which is day 0.
#[must_use]
pub fn days_since_epoch(date: civil::Date) -> i64 {
    // Years counted from 1 March, so that the leap day is the last of its year.
    let month = i64::from(date.month());
    let year = i64::from(date.year()) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(date.day()) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date `days` after 1970-01-01; `None` beyond the years -9999 to 9999.
#[must_use]
pub fn date_from_days(days: i64) -> Option<civil::Date> {
    let shifted = days.checked_add(719_468)?;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// Microseconds from 1970-01-01T00:00:00Z.
#[must_use]
pub fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The instant `micros` after 1970-01-01T00:00:00Z; `None` beyond the years -9999 to 9999.
#[must_use]
pub fn from_micros(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_business_day_turns_at_midnight_in_shanghai() {
        let check = |instant: &str, date: &str| {
            assert_eq!(business_date(at(instant)), date.parse().unwrap(), "{instant}");
        };
        check("2026-01-31T15:59:59.999999Z", "2026-01-31");
        check("2026-01-31T16:00:00Z", "2026-02-01");
        check("1969-12-31T15:59:59.5Z", "1969-12-31");
        assert_eq!(start_of_day("2026-02-01".parse().unwrap()), at("2026-01-31T16:00:00Z"));
    }

    #[test]
    fn dates_are_days_and_back() {
        let check = |date: &str, days| {
            let date: civil::Date = date.parse().unwrap();
            assert_eq!(days_since_epoch(date), days, "{date}");
            assert_eq!(date_from_days(days), Some(date));
        };
        check("1970-01-01", 0);
        check("1969-12-31", -1);
        check("2000-02-29", 11_016);
        check("2026-01-31", 20_484);
        assert_eq!(date_from_days(i64::MAX), None);
        assert_eq!(date_from_days(10_000_000), None);
    }

    #[test]
    fn ids_carry_their_time_and_sort_by_it() {
        let early = at("2026-01-31T00:00:00.000001Z");
        let late = at("2026-01-31T00:00:00.000002Z");
        let ids = RandomIds;
        assert!(ids.next(early) < ids.next(late));
        assert_ne!(ids.next(early), ids.next(early));
        let id = ids.next(early);
        assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
        assert_eq!((seconds, nanos / 1_000_000), (1_769_817_600, 0));
    }

    #[test]
    fn seeded_ids_repeat_and_ascend() {
        let now = at("2026-01-31T00:00:00Z");
        let draw = |seed| {
            let ids = SeededIds::new(seed);
            (0..100).map(|_| ids.next(now)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(draw(1).is_sorted());
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = FixedClock::new(at("2026-01-31T00:00:00Z"));
        clock.advance(SignedDuration::from_secs(90));
        assert_eq!(clock.now(), at("2026-01-31T00:01:30Z"));
        clock.set(at("2025-01-01T00:00:00Z"));
        assert_eq!(clock.now(), at("2025-01-01T00:00:00Z"));
        assert_eq!(SystemClock.now().as_nanosecond() % 1000, 0);
    }

    proptest! {
        #[test]
        fn days_agree_with_the_calendar_library(days in -4_000_000_i64..2_900_000) {
            let date = date_from_days(days).unwrap();
            prop_assert_eq!(days_since_epoch(date), days);
            let epoch = civil::Date::constant(1970, 1, 1);
            let span = epoch.until((jiff::Unit::Day, date)).unwrap();
            prop_assert_eq!(i64::from(span.get_days()), days);
        }
    }
}
