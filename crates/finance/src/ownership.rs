//! Ownership: what is held of one party, directly and through others.
//!
//! An indirect share is the sum over all ways of the products along each way. A way goes through no
//! party twice, so circles of mutual holdings end by themselves.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Decimal;
use kernel::decimal::round_half_up;

/// Digits kept of a product, rounded half away from zero: six shares of four digits are exact.
const DIGITS: u32 = 24;

/// `owner` holds `share` of `owned`, 1 being all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stake<N> {
    /// Who holds.
    pub owner: N,
    /// What is held.
    pub owned: N,
    /// Which part.
    pub share: Decimal,
}

/// Bounds of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Most stakes along one way.
    pub hops: usize,
    /// Most stakes looked at.
    pub looks: usize,
}

/// What one party holds of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding<N> {
    /// Who holds.
    pub owner: N,
    /// Part held without anybody between.
    pub direct: Decimal,
    /// Part held in all, directly and through others.
    pub total: Decimal,
    /// Positions of the stakes of the way with the greatest product, from the owned party up.
    pub way: Vec<usize>,
}

/// All that is held of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdings<N> {
    /// By total, greatest first, then by owner.
    pub holdings: Vec<Holding<N>>,
    /// Whether every way was followed to its end: not where a bound stopped it.
    pub complete: bool,
}

/// What each party holds of `target`.
#[must_use]
pub fn holdings<N: Copy + Ord>(stakes: &[Stake<N>], target: N, bounds: Bounds) -> Holdings<N> {
    let mut into: BTreeMap<N, Vec<usize>> = BTreeMap::new();
    for (at, stake) in stakes.iter().enumerate() {
        into.entry(stake.owned).or_default().push(at);
    }
    let mut search = Search {
        stakes,
        into,
        bounds,
        on_way: BTreeSet::from([target]),
        way: Vec::new(),
        found: BTreeMap::new(),
        looks: 0,
        complete: true,
    };
    search.up(target, Decimal::ONE);
    let complete = search.complete;
    let mut holdings: Vec<Holding<N>> = search
        .found
        .into_iter()
        .map(|(owner, found)| Holding {
            owner,
            direct: found.direct.normalize(),
            total: found.total.normalize(),
            way: found.way,
        })
        .collect();
    holdings.sort_by(|a, b| b.total.cmp(&a.total).then(a.owner.cmp(&b.owner)));
    Holdings { holdings, complete }
}

struct Found {
    direct: Decimal,
    total: Decimal,
    best: Decimal,
    way: Vec<usize>,
}

struct Search<'a, N> {
    stakes: &'a [Stake<N>],
    into: BTreeMap<N, Vec<usize>>,
    bounds: Bounds,
    on_way: BTreeSet<N>,
    way: Vec<usize>,
    found: BTreeMap<N, Found>,
    looks: usize,
    complete: bool,
}

impl<N: Copy + Ord> Search<'_, N> {
    /// Follows every stake in `owned`, of which `part` counts.
    fn up(&mut self, owned: N, part: Decimal) {
        let into = self.into.get(&owned).cloned().unwrap_or_default();
        if self.way.len() >= self.bounds.hops {
            self.complete &= into.is_empty();
            return;
        }
        for at in into {
            let Some(stake) = self.stakes.get(at).copied() else { continue };
            if self.on_way.contains(&stake.owner) {
                continue;
            }
            if self.looks >= self.bounds.looks {
                self.complete = false;
                return;
            }
            self.looks += 1;
            // Parts of one are at most one: the product never overflows.
            let product = round_half_up(part.checked_mul(stake.share).unwrap_or(part), DIGITS);
            self.way.push(at);
            self.note(stake.owner, product);
            self.on_way.insert(stake.owner);
            self.up(stake.owner, product);
            self.on_way.remove(&stake.owner);
            self.way.pop();
        }
    }

    fn note(&mut self, owner: N, product: Decimal) {
        let found = self.found.entry(owner).or_insert_with(|| Found {
            direct: Decimal::ZERO,
            total: Decimal::ZERO,
            best: Decimal::ZERO,
            way: Vec::new(),
        });
        found.total = found.total.checked_add(product).unwrap_or(Decimal::MAX);
        if self.way.len() == 1 {
            found.direct = found.direct.checked_add(product).unwrap_or(Decimal::MAX);
        }
        if found.way.is_empty() || product > found.best {
            found.best = product;
            found.way.clone_from(&self.way);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    const FAR: Bounds = Bounds { hops: 6, looks: 100_000 };

    fn stake(owner: u8, owned: u8, share: &str) -> Stake<u8> {
        Stake { owner, owned, share: share.parse().unwrap() }
    }

    fn total(stakes: &[Stake<u8>], owner: u8, target: u8) -> String {
        let all = holdings(stakes, target, FAR).holdings;
        all.iter().find(|h| h.owner == owner).map_or("0".into(), |h| h.total.to_string())
    }

    #[test]
    fn indirect_shares_are_sums_of_products_along_ways() {
        let (p, a, t) = (1, 2, 3);
        let stakes = [stake(p, a, "0.6"), stake(a, t, "0.5"), stake(p, t, "0.05")];
        assert_eq!(total(&stakes, p, t), "0.35");
        assert_eq!(total(&stakes, a, t), "0.5");
        let held = holdings(&stakes, t, FAR);
        assert!(held.complete);
        let direct = held.holdings.iter().find(|h| h.owner == p).unwrap();
        assert_eq!((direct.direct.to_string().as_str(), &direct.way[..]), ("0.05", &[1, 0][..]));
    }

    #[test]
    fn exactly_a_quarter_stays_a_quarter() {
        let stakes = [stake(1, 2, "0.5"), stake(2, 3, "0.5")];
        assert_eq!(total(&stakes, 1, 3), "0.25");
        let thirds = [stake(1, 2, "0.333333"), stake(2, 3, "0.75")];
        assert_eq!(total(&thirds, 1, 3), "0.24999975");
    }

    #[test]
    fn mutual_holdings_end() {
        // 2 and 3 hold each other; 1 holds 2.
        let stakes = [stake(2, 3, "0.4"), stake(3, 2, "0.3"), stake(1, 2, "0.5")];
        assert_eq!(total(&stakes, 1, 3), "0.2");
        assert_eq!(total(&stakes, 2, 3), "0.4");
        assert_eq!(total(&stakes, 3, 3), "0");
    }

    #[test]
    fn a_bound_that_was_met_is_told() {
        let chain: Vec<Stake<u8>> = (0..8).map(|n| stake(n + 1, n, "1")).collect();
        let held = holdings(&chain, 0, FAR);
        assert_eq!((held.holdings.len(), held.complete), (6, false));
        let few = holdings(&chain, 0, Bounds { hops: 6, looks: 2 });
        assert_eq!((few.holdings.len(), few.complete), (2, false));
    }

    /// Every simple way, enumerated without any state shared between ways.
    fn brute(stakes: &[Stake<u8>], target: u8, hops: usize) -> BTreeMap<u8, Decimal> {
        let mut totals = BTreeMap::new();
        let mut ways: Vec<(Vec<u8>, Decimal)> = vec![(vec![target], Decimal::ONE)];
        for _ in 0..hops {
            let mut longer = Vec::new();
            for (way, part) in &ways {
                for stake in stakes.iter().filter(|stake| stake.owned == *way.last().unwrap()) {
                    if !way.contains(&stake.owner) {
                        let part = *part * stake.share;
                        *totals.entry(stake.owner).or_insert(Decimal::ZERO) += part;
                        let mut next = way.clone();
                        next.push(stake.owner);
                        longer.push((next, part));
                    }
                }
            }
            ways = longer;
        }
        totals.into_iter().map(|(owner, total)| (owner, total.normalize())).collect()
    }

    proptest! {
        #[test]
        fn sums_over_ways_are_those_of_plain_enumeration(
            drawn in prop::collection::vec((0_u8..6, 0_u8..6, 0_u32..=10_000), 0..18),
            hops in 1_usize..=6,
        ) {
            let stakes: Vec<Stake<u8>> = drawn
                .into_iter()
                .map(|(owner, owned, bp)| Stake { owner, owned, share: Decimal::new(bp.into(), 4) })
                .collect();
            let held = holdings(&stakes, 0, Bounds { hops, looks: usize::MAX });
            let ours: BTreeMap<u8, Decimal> =
                held.holdings.iter().map(|h| (h.owner, h.total)).collect();
            prop_assert_eq!(ours, brute(&stakes, 0, hops));
            for held in &held.holdings {
                let way: Vec<&Stake<u8>> = held.way.iter().map(|at| &stakes[*at]).collect();
                prop_assert_eq!(way[0].owned, 0);
                prop_assert_eq!(way.last().unwrap().owner, held.owner);
                prop_assert!(way.windows(2).all(|pair| pair[0].owner == pair[1].owned));
            }
        }
    }
}
