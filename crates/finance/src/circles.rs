//! Circles: ways along directed edges that come back to where they started.

use std::collections::{BTreeMap, BTreeSet};

/// Circles that were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Circles {
    /// Positions of the edges of each, in order from the start; shortest first.
    pub circles: Vec<Vec<usize>>,
    /// Whether these are all: not where a bound stopped the search.
    pub complete: bool,
}

/// The circles through `start` of at most `hops` edges that pass no other point twice, at most
/// `most` of them. Looks at no more than `looks` edges.
#[must_use]
pub fn through<N: Copy + Ord>(
    edges: &[(N, N)],
    start: N,
    hops: usize,
    (most, looks): (usize, usize),
) -> Circles {
    let mut out: BTreeMap<N, Vec<usize>> = BTreeMap::new();
    for (at, (from, _)) in edges.iter().enumerate() {
        out.entry(*from).or_default().push(at);
    }
    let mut search = Search {
        edges,
        out,
        start,
        hops,
        on_way: BTreeSet::from([start]),
        way: Vec::new(),
        looks,
        found: Circles { circles: Vec::new(), complete: true },
    };
    search.on(start);
    let mut found = search.found;
    found.circles.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    if found.circles.len() > most {
        found.circles.truncate(most);
        found.complete = false;
    }
    found
}

struct Search<'a, N> {
    edges: &'a [(N, N)],
    out: BTreeMap<N, Vec<usize>>,
    start: N,
    hops: usize,
    on_way: BTreeSet<N>,
    way: Vec<usize>,
    looks: usize,
    found: Circles,
}

impl<N: Copy + Ord> Search<'_, N> {
    fn on(&mut self, here: N) {
        if self.way.len() >= self.hops {
            return;
        }
        for at in self.out.get(&here).cloned().unwrap_or_default() {
            if self.looks == 0 {
                self.found.complete = false;
                return;
            }
            self.looks -= 1;
            let Some((_, next)) = self.edges.get(at).copied() else { continue };
            self.way.push(at);
            if next == self.start {
                self.found.circles.push(self.way.clone());
            } else if self.on_way.insert(next) {
                self.on(next);
                self.on_way.remove(&next);
            }
            self.way.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_come_back_and_pass_nothing_twice() {
        let edges = [(1, 2), (2, 3), (3, 1), (2, 1), (3, 2), (3, 4)];
        let found = through(&edges, 1, 6, (10, 1_000));
        assert_eq!(found.circles, [vec![0, 3], vec![0, 1, 2]]);
        assert!(found.complete);
        assert_eq!(through(&edges, 1, 2, (10, 1_000)).circles, [vec![0, 3]]);
        assert_eq!(through(&edges, 4, 6, (10, 1_000)), Circles { circles: vec![], complete: true });
    }

    #[test]
    fn bounds_that_were_met_are_told() {
        let edges: Vec<(u8, u8)> =
            (0..12).flat_map(|a| (0..12).map(move |b| (a, b))).filter(|(a, b)| a != b).collect();
        let few = through(&edges, 0, 3, (5, 1_000_000));
        assert_eq!((few.circles.len(), few.complete), (5, false));
        assert!(!through(&edges, 0, 6, (1_000_000, 500)).complete);
    }
}
