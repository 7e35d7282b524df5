//! How many requests one actor or address may make: token buckets in memory.
//!
//! A node counts for itself; the limit protects the node, it is not a business quota.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use kernel::Instant;
use uuid::Uuid;

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// A user, or an API key.
    Actor(Uuid),
    /// An address that has not shown who it is.
    Address(IpAddr),
}

/// Most buckets kept; full ones are dropped first.
const KEPT: usize = 20_000;

/// Thousandths of a request.
const UNIT: i64 = 1_000;

/// Buckets that refill at one rate and hold twice a second's worth.
#[derive(Debug)]
pub struct Limits {
    /// Requests a second; 0 is no limit.
    rate: i64,
    buckets: Mutex<HashMap<Counted, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: i64,
    at: i64,
}

impl Limits {
    /// Limits of `rate` requests a second; 0 is none.
    #[must_use]
    pub fn new(rate: u32) -> Limits {
        Limits { rate: i64::from(rate), buckets: Mutex::default() }
    }

    /// Takes `cost` requests from who asks; the error is the seconds to wait.
    ///
    /// # Errors
    /// When the bucket does not hold as much.
    pub fn take(&self, who: Counted, cost: u32, now: Instant) -> Result<(), u64> {
        if self.rate == 0 {
            return Ok(());
        }
        let most = self.rate * 2 * UNIT;
        let now = now.as_microsecond();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEPT && !buckets.contains_key(&who) {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < most);
            if buckets.len() >= KEPT {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(who).or_insert(Bucket { level: most, at: now });
        let level = self.filled(*bucket, now);
        let cost = (i64::from(cost) * UNIT).min(most);
        *bucket = Bucket { level, at: now };
        if level < cost {
            let missing = cost - level;
            let seconds = missing.div_euclid(self.rate * UNIT) + 1;
            return Err(u64::try_from(seconds).unwrap_or(1));
        }
        bucket.level = level - cost;
        Ok(())
    }

    fn filled(&self, bucket: Bucket, now: i64) -> i64 {
        let most = self.rate * 2 * UNIT;
        let passed = now.saturating_sub(bucket.at).clamp(0, 10_000_000);
        (bucket.level + passed * self.rate / 1_000).min(most)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let limits = Limits::new(5);
        let who = Counted::Actor(Uuid::nil());
        let at = |ms: i64| Instant::from_millisecond(1_700_000_000_000 + ms).unwrap();
        for _ in 0..10 {
            assert_eq!(limits.take(who, 1, at(0)), Ok(()));
        }
        assert_eq!(limits.take(who, 1, at(0)), Err(1));
        assert_eq!(limits.take(who, 1, at(200)), Ok(()));
        assert!(limits.take(who, 1, at(201)).is_err());
        assert_eq!(Limits::new(0).take(who, 1, at(0)), Ok(()));
    }
}
