//! Merkle trees of RFC 6962: heads, inclusion and consistency proofs.
//!
//! Pure. A proof is planned as spans of leaves, each span as complete subtrees, so that whoever
//! stores subtree heads can answer with few look-ups.

use crate::keys::{Hash, HashKind};

/// The hash of a leaf.
#[must_use]
pub fn leaf(kind: HashKind, data: &[u8]) -> Hash {
    kind.of(0, data, &[])
}

/// The hash of a node over two others.
#[must_use]
pub fn node(kind: HashKind, left: &Hash, right: &Hash) -> Hash {
    kind.of(1, left, right)
}

/// A complete subtree: `2^level` leaves starting at leaf `position << level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subtree {
    /// Its height.
    pub level: u32,
    /// Which one of its height, from the left.
    pub position: u64,
}

/// Consecutive leaves whose head a proof needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first leaf.
    pub from: u64,
    /// The leaf after the last.
    pub to: u64,
}

impl Span {
    /// The complete subtrees that make it up, from the left.
    #[must_use]
    pub fn subtrees(self) -> Vec<Subtree> {
        let mut out = Vec::new();
        let mut at = self.from;
        while at < self.to {
            let fits = (self.to - at).ilog2();
            let level = if at == 0 { fits } else { fits.min(at.trailing_zeros()) };
            out.push(Subtree { level, position: at >> level });
            at += 1 << level;
        }
        out
    }
}

/// The head over the heads of [`Span::subtrees`]; `None` for no heads.
#[must_use]
pub fn fold(kind: HashKind, heads: &[Hash]) -> Option<Hash> {
    let (last, rest) = heads.split_last()?;
    Some(rest.iter().rev().fold(*last, |right, left| node(kind, left, &right)))
}

/// The growing edge of a tree: the heads of its maximal complete subtrees, from the left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf's hash; `each` hears of every subtree that it completes.
    pub fn push(&mut self, kind: HashKind, leaf: Hash, mut each: impl FnMut(Subtree, &Hash)) {
        let mut head = leaf;
        let mut level = 0;
        while (self.size >> level) & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            head = node(kind, &left, &head);
            level += 1;
            each(Subtree { level, position: self.size >> level }, &head);
        }
        self.peaks.push(head);
        self.size += 1;
    }

    /// The head of the tree.
    #[must_use]
    pub fn root(&self, kind: HashKind) -> Hash {
        fold(kind, &self.peaks).unwrap_or_else(|| kind.of_nothing())
    }

    /// As stored: the peaks one after the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks.concat()
    }

    /// The frontier of a tree of `size` leaves as stored; `None` when the bytes do not fit the size.
    #[must_use]
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Frontier> {
        let (peaks, rest) = bytes.as_chunks::<32>();
        (rest.is_empty() && peaks.len() == size.count_ones() as usize)
            .then(|| Frontier { size, peaks: peaks.to_vec() })
    }
}

/// The largest power of two below `n`, for `n` over 1.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// The spans whose heads prove that leaf `index` lies in a tree of `size`, from the leaf upwards.
/// `None` when it does not.
#[must_use]
pub fn inclusion(index: u64, size: u64) -> Option<Vec<Span>> {
    if index >= size {
        return None;
    }
    let (mut from, mut to) = (0, size);
    let mut out = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            out.push(Span { from: middle, to });
            to = middle;
        } else {
            out.push(Span { from, to: middle });
            from = middle;
        }
    }
    out.reverse();
    Some(out)
}

/// The spans whose heads prove that a tree of `new` leaves begins with the tree of `old` leaves.
/// `None` when it has fewer.
#[must_use]
pub fn consistency(old: u64, new: u64) -> Option<Vec<Span>> {
    if old > new {
        return None;
    }
    if old == 0 || old == new {
        return Some(Vec::new());
    }
    let (mut from, mut to) = (0, new);
    let mut whole = true;
    let mut out = Vec::new();
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            out.push(Span { from: middle, to });
            to = middle;
        } else {
            out.push(Span { from, to: middle });
            from = middle;
            whole = false;
        }
    }
    if !whole {
        out.push(Span { from, to });
    }
    out.reverse();
    Some(out)
}

/// Whether `proof` shows that a tree of `size` leaves with head `root` holds `leaf` at `index`.
#[must_use]
pub fn verify_inclusion(
    kind: HashKind,
    (index, leaf): (u64, &Hash),
    (size, root): (u64, &Hash),
    proof: &[Hash],
) -> bool {
    let Some(spans) = inclusion(index, size) else {
        return false;
    };
    if spans.len() != proof.len() {
        return false;
    }
    let head = spans.iter().zip(proof).fold(*leaf, |head, (span, sibling)| {
        if span.from > index { node(kind, &head, sibling) } else { node(kind, sibling, &head) }
    });
    head == *root
}

/// Whether `proof` shows that the tree `(size, root)` of `new` begins with the tree of `old`.
#[must_use]
pub fn verify_consistency(
    kind: HashKind,
    (old_size, old_root): (u64, &Hash),
    (new_size, new_root): (u64, &Hash),
    proof: &[Hash],
) -> bool {
    if old_size == 0 {
        return proof.is_empty() && *old_root == kind.of_nothing();
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    let Some(spans) = consistency(old_size, new_size) else {
        return false;
    };
    if spans.len() != proof.len() {
        return false;
    }
    let mut parts = spans.iter().zip(proof);
    // A tree of a power of two leaves is its own first subtree and is not repeated in the proof.
    let start =
        if old_size.is_power_of_two() { Some(*old_root) } else { parts.next().map(|p| *p.1) };
    let Some(start) = start else { return false };
    let (mut old, mut new) = (start, start);
    for (span, head) in parts {
        if span.from >= old_size {
            new = node(kind, &new, head);
        } else {
            old = node(kind, head, &old);
            new = node(kind, head, &new);
        }
    }
    old == *old_root && new == *new_root
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    const KIND: HashKind = HashKind::Sha256;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    /// The definition of RFC 6962, word for word.
    fn head(kind: HashKind, leaves: &[Hash]) -> Hash {
        match leaves {
            [] => kind.of_nothing(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(split(many.len() as u64) as usize);
                node(kind, &head(kind, left), &head(kind, right))
            }
        }
    }

    fn prove(kind: HashKind, leaves: &[Hash], spans: Vec<Span>) -> Vec<Hash> {
        let subtree = |s: Subtree| {
            let from = (s.position << s.level) as usize;
            head(kind, &leaves[from..from + (1 << s.level)])
        };
        spans
            .into_iter()
            .map(|span| {
                let heads: Vec<Hash> = span.subtrees().into_iter().map(subtree).collect();
                let whole = head(kind, &leaves[span.from as usize..span.to as usize]);
                assert_eq!(fold(kind, &heads), Some(whole), "{span:?}");
                whole
            })
            .collect()
    }

    #[test]
    fn heads_are_those_of_the_reference_vectors() {
        let inputs = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut frontier = Frontier::default();
        assert_eq!(hex(&frontier.root(KIND)), roots[0]);
        for (input, root) in inputs.iter().zip(&roots[1..]) {
            frontier.push(KIND, leaf(KIND, &bytes(input)), |_, _| {});
            assert_eq!(hex(&frontier.root(KIND)), *root);
        }
    }

    #[test]
    fn proofs_are_those_of_the_rfcs_example() {
        // RFC 6962, section 2.1.3: spans of the tree of seven leaves.
        let check = |spans: Option<Vec<Span>>, expected: &[(u64, u64)]| {
            let spans: Vec<_> = spans.unwrap().iter().map(|s| (s.from, s.to)).collect();
            assert_eq!(spans, expected);
        };
        check(inclusion(0, 7), &[(1, 2), (2, 4), (4, 7)]);
        check(inclusion(3, 7), &[(2, 3), (0, 2), (4, 7)]);
        check(inclusion(4, 7), &[(5, 6), (6, 7), (0, 4)]);
        check(inclusion(6, 7), &[(4, 6), (0, 4)]);
        check(consistency(3, 7), &[(2, 3), (3, 4), (0, 2), (4, 7)]);
        check(consistency(4, 7), &[(4, 7)]);
        check(consistency(6, 7), &[(4, 6), (6, 7), (0, 4)]);
        assert_eq!(inclusion(7, 7), None);
        assert_eq!(consistency(8, 7), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn every_proof_of_every_tree_holds_and_no_bent_one_does(
            size in 1_usize..300,
            index in any::<proptest::sample::Index>(),
            old in any::<proptest::sample::Index>(),
            bend in any::<proptest::sample::Index>(),
            sm3 in any::<bool>(),
        ) {
            let kind = if sm3 { HashKind::Sm3 } else { HashKind::Sha256 };
            let leaves: Vec<Hash> = (0..size).map(|n| leaf(kind, &n.to_be_bytes())).collect();
            let mut frontier = Frontier::default();
            let mut complete = Vec::new();
            for leaf in &leaves {
                frontier.push(kind, *leaf, |subtree, head| complete.push((subtree, *head)));
            }
            let root = head(kind, &leaves);
            let total = size as u64;
            prop_assert_eq!(frontier.root(kind), root);
            prop_assert_eq!(Frontier::from_bytes(total, &frontier.to_bytes()), Some(frontier));
            for (subtree, found) in complete {
                let from = (subtree.position << subtree.level) as usize;
                prop_assert_eq!(found, head(kind, &leaves[from..from + (1 << subtree.level)]));
            }

            let index = index.index(size);
            let place = (index as u64, &leaves[index]);
            let mut proof = prove(kind, &leaves, inclusion(place.0, total).unwrap());
            prop_assert!(verify_inclusion(kind, place, (total, &root), &proof));
            let other = (place.0, &kind.of_nothing());
            prop_assert!(!verify_inclusion(kind, other, (total, &root), &proof));
            if !proof.is_empty() {
                let at = bend.index(proof.len());
                proof[at][0] ^= 1;
                prop_assert!(!verify_inclusion(kind, place, (total, &root), &proof));
            }

            let old = old.index(size + 1);
            let old_root = head(kind, &leaves[..old]);
            let old = (old as u64, &old_root);
            let mut proof = prove(kind, &leaves, consistency(old.0, total).unwrap());
            prop_assert!(verify_consistency(kind, old, (total, &root), &proof));
            if !proof.is_empty() {
                let at = bend.index(proof.len());
                proof[at][0] ^= 1;
                prop_assert!(!verify_consistency(kind, old, (total, &root), &proof));
            }
        }
    }
}
