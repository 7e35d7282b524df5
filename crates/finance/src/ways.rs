//! Ways between two points of a graph whose edges may be followed either way.

use std::collections::{BTreeMap, BTreeSet};

/// The shortest ways from `a` to `b`: positions of their edges in order, at most `most` of them,
/// none longer than `hops`.
#[must_use]
pub fn shortest<N: Copy + Ord>(
    edges: &[(N, N)],
    (a, b): (N, N),
    hops: usize,
    most: usize,
) -> Vec<Vec<usize>> {
    let mut next: BTreeMap<N, Vec<(usize, N)>> = BTreeMap::new();
    for (at, (from, to)) in edges.iter().copied().enumerate() {
        next.entry(from).or_default().push((at, to));
        next.entry(to).or_default().push((at, from));
    }
    let mut known = BTreeSet::from([a]);
    let mut ways: Vec<(N, Vec<usize>)> = vec![(a, Vec::new())];
    for _ in 0..hops {
        let mut longer: Vec<(N, Vec<usize>)> = Vec::new();
        for (here, way) in &ways {
            for (at, there) in next.get(here).into_iter().flatten() {
                if known.contains(there) {
                    continue;
                }
                // Some ways to a point are enough to answer with some ways through it.
                let same = longer.iter().filter(|(end, _)| end == there).count();
                if same < most {
                    let mut way = way.clone();
                    way.push(*at);
                    longer.push((*there, way));
                }
            }
        }
        known.extend(longer.iter().map(|(end, _)| *end));
        if known.contains(&b) {
            let found = longer.into_iter().filter(|(end, _)| *end == b).map(|(_, way)| way);
            return found.take(most).collect();
        }
        ways = longer;
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shortest_ways_are_told() {
        let edges = [(1, 2), (3, 2), (1, 4), (4, 3), (1, 5), (5, 6), (6, 3)];
        assert_eq!(shortest(&edges, (1, 3), 6, 10), [vec![0, 1], vec![2, 3]]);
        assert_eq!(shortest(&edges, (1, 3), 6, 1), [vec![0, 1]]);
        assert!(shortest(&edges, (1, 3), 1, 10).is_empty());
        assert!(shortest(&edges, (1, 9), 6, 10).is_empty());
    }
}
