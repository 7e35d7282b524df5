//! Chance that repeats: every draw follows from a seed and from what it is drawn for.
//!
//! Whole numbers only; keeps no state between records, so any record can be made alone.

/// SplitMix64's finalizer: spreads a number over all bits.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A hash that has also seen `value`.
pub(crate) const fn fold(hash: u64, value: u64) -> u64 {
    mix(hash ^ mix(value))
}

/// A hash of a text.
pub(crate) fn of_text(text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    mix(text
        .bytes()
        .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)))
}

/// A sequence of draws.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence that belongs to a hash.
    pub const fn new(hash: u64) -> Dice {
        Dice(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Uniform in `0..limit`; 0 when the limit is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Uniform between two numbers, both included; `low` when they are out of order.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(i128::from(high) - i128::from(low)).unwrap_or(0);
        low.saturating_add_unsigned(self.below(span.saturating_add(1)))
    }

    /// Between two numbers, mostly near the low one: the product of three uniform draws, whose
    /// shape is close to that of incomes and balances.
    pub fn skewed(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(i128::from(high) - i128::from(low)).unwrap_or(0);
        let product = (0..3).fold(1_u128, |product, _| product * u128::from(self.below(1 << 20)));
        let share = ((product >> 20) * u128::from(span)) >> 40;
        low.saturating_add_unsigned(u64::try_from(share).unwrap_or(0))
    }

    /// The place in `weights` that a draw falls on, in proportion to them; none when all are 0.
    pub fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> Option<usize> {
        let total = weights.clone().fold(0_u64, u64::saturating_add);
        let mut left = self.below(total);
        weights.enumerate().find_map(|(at, weight)| {
            if left < weight {
                return Some(at);
            }
            left -= weight;
            None
        })
    }
}

/// Where `index` goes when `0..over` is shuffled; `None` from `over` on. No two go to one place.
pub(crate) fn shuffled(index: u64, over: u64, hash: u64) -> Option<u64> {
    if index >= over {
        return None;
    }
    let start = u64::try_from(u128::from(over) * 618 / 1000).unwrap_or(0).max(1);
    let step = (start..).find(|step| coprime(*step, over))?;
    let at = (u128::from(index) * u128::from(step) + u128::from(hash)) % u128::from(over);
    u64::try_from(at).ok()
}

fn coprime(a: u64, b: u64) -> bool {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// Part `at` of `total` cut into `parts` of uneven but similar size; all parts sum to `total`.
pub(crate) fn part(total: i64, parts: u64, at: u64, hash: u64) -> Option<i64> {
    if at >= parts {
        return None;
    }
    let mut dice = Dice::new(hash);
    let (mut before, mut after, mut sum) = (0_i128, 0_i128, 0_i128);
    for index in 0..parts {
        let weight = i128::from(40 + dice.below(100));
        if index < at {
            before += weight;
        }
        if index <= at {
            after += weight;
        }
        sum += weight;
    }
    let cut = |weight: i128| i128::from(total) * weight / sum;
    i64::try_from(cut(after) - cut(before)).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn draws_stay_within_their_limits(seed: u64, low in -1000_i64..1000, span in 0_i64..5000) {
            let mut dice = Dice::new(seed);
            for _ in 0..20 {
                prop_assert!((low..=low + span).contains(&dice.between(low, low + span)));
                prop_assert!((low..=low + span).contains(&dice.skewed(low, low + span)));
            }
        }

        #[test]
        fn parts_sum_to_the_total(seed: u64, total in 0_i64..1_000_000_000, parts in 1_u64..30) {
            let cut: Vec<i64> = (0..parts).filter_map(|at| part(total, parts, at, seed)).collect();
            prop_assert_eq!(cut.len() as u64, parts);
            prop_assert!(cut.iter().all(|part| *part >= 0));
            prop_assert_eq!(cut.iter().sum::<i64>(), total);
        }

        #[test]
        fn a_shuffle_meets_every_place_once(seed: u64, over in 1_u64..3000) {
            let places: HashSet<u64> = (0..over).filter_map(|at| shuffled(at, over, seed)).collect();
            prop_assert_eq!(places.len() as u64, over);
            prop_assert!(shuffled(over, over, seed).is_none());
        }
    }

    #[test]
    fn weights_decide_in_proportion() {
        let mut dice = Dice::new(7);
        let mut seen = [0_u32; 3];
        for _ in 0..10_000 {
            seen[dice.weighted([1_u64, 0, 3].into_iter()).unwrap()] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((2200..2800).contains(&seen[0]), "{seen:?}");
        assert_eq!(dice.weighted([0_u64; 2].into_iter()), None);
    }
}
