//! The part of verification that is pure: one seal against the rows it seals.

use std::collections::HashMap;

use ed25519_dalek::VerifyingKey;
use uuid::Uuid;

use super::checkpoint::Checkpoint;
use super::entry::{WIDTH, code, code_holds};
use super::seal::{ENTRY, Seal, TILE, leaf_of};
use super::tree::{Frontier, Subtree};
use super::verify::{Kind, Problem};
use crate::db::{Cell, Row};
use crate::keys::{Hash, Mac};

/// What does not change from seal to seal.
pub(super) struct Context {
    pub key: Mac,
    pub signer: VerifyingKey,
    pub origin: String,
    /// Whether ids follow each other without gaps, as on SQLite.
    pub gapless: bool,
}

/// One seal, the tree before it (when known), the last id before it (when known), and its rows.
pub(super) struct Work {
    pub seal: Seal,
    pub before: Option<Frontier>,
    pub last_id: Option<i64>,
    pub rows: Vec<Row>,
}

/// What was found, and the heads that `jy_tree` must hold for it.
#[derive(Default)]
pub(super) struct Found {
    pub problems: Vec<Problem>,
    pub heads: Vec<(Subtree, Hash)>,
}

/// What a seal says of one leaf.
struct Expected {
    id: i64,
    entry: Uuid,
    leaf: Hash,
}

pub(super) fn examine(context: &Context, work: &Work) -> Found {
    let seal = &work.seal;
    let mut found = Found::default();
    check_seal(context, seal, &mut found.problems);
    let Some(expected) = expected(seal) else {
        found.problems.push(Problem::of_seal(seal, "its lists of leaves do not fit its count"));
        return found;
    };
    if context.gapless {
        check_gaps(work, &expected, &mut found.problems);
    }
    let (rows, mut problems) = pair(work, &expected);
    let mut buffer = Vec::with_capacity(1024);
    let hashes: Vec<Option<Hash>> =
        rows.iter().map(|row| row.map(|row| leaf_of(seal.hash, row, &mut buffer))).collect();
    // The stored hashes are believed when they lead to the signed head; when the rows do instead,
    // it is the stored hashes that were changed.
    let stored = expected.iter().map(|leaf| Some(leaf.leaf));
    let mut rows_proven = false;
    if let Some(before) = &work.before {
        match lead(seal, before, stored) {
            Some(heads) => found.heads = heads,
            None => match lead(seal, before, hashes.iter().copied()) {
                Some(heads) => {
                    rows_proven = true;
                    found.heads = heads;
                }
                None => problems
                    .push(Problem::of_seal(seal, "its leaves do not lead to its signed head")),
            },
        }
    }
    for ((at, leaf), (row, hash)) in expected.iter().enumerate().zip(rows.iter().zip(&hashes)) {
        let (Some(row), Some(hash)) = (row, hash) else {
            continue;
        };
        let index = seal.first + at as u64;
        if *hash != leaf.leaf {
            problems.push(if rows_proven {
                Problem::of_seal(seal, "the hash it keeps of a leaf was changed").at_leaf(index)
            } else {
                Problem::of_row(Kind::Changed, row, "differs from what was sealed").at_leaf(index)
            });
        } else if !code_holds(&context.key, row, &mut buffer) {
            problems.push(
                Problem::of_row(Kind::Changed, row, "its keyed code is wrong").at_leaf(index),
            );
        } else if row.get(2).and_then(|cell| cell.uuid().ok()) != Some(leaf.entry) {
            problems.push(Problem::of_seal(seal, "its list of entries was changed").at_leaf(index));
        }
    }
    found.problems.extend(problems);
    found
}

/// The seal's own row: signature and code.
fn check_seal(context: &Context, seal: &Seal, problems: &mut Vec<Problem>) {
    match Checkpoint::open(&seal.checkpoint, &context.signer) {
        Ok(note) => {
            let same = note.size == seal.end()
                && note.root.as_slice() == seal.root
                && note.origin == context.origin;
            if !same {
                problems.push(Problem::of_seal(seal, "its checkpoint is of another tree"));
            }
        }
        Err(error) => problems.push(Problem::of_seal(seal, &error.to_string())),
    }
    let mut buffer = Vec::new();
    let holds = seal.row.split_last().is_some_and(|(stored, cells)| {
        stored.bytes().is_ok_and(|stored| stored == code(&context.key, cells, &mut buffer))
    });
    if !holds {
        problems.push(Problem::of_seal(seal, "its keyed code is wrong"));
    }
}

fn expected(seal: &Seal) -> Option<Vec<Expected>> {
    let (entries, rest) = seal.entries.as_chunks::<ENTRY>();
    let (leaves, more) = seal.leaves.as_chunks::<32>();
    let fits = rest.is_empty()
        && more.is_empty()
        && entries.len() as u64 == seal.count
        && leaves.len() as u64 == seal.count;
    fits.then(|| {
        let parse = |(entry, leaf): (&[u8; ENTRY], &Hash)| {
            let (id, entry) = entry.split_first_chunk::<8>()?;
            Some(Expected {
                id: i64::from_be_bytes(*id),
                entry: Uuid::from_slice(entry).ok()?,
                leaf: *leaf,
            })
        };
        entries.iter().zip(leaves).filter_map(parse).collect()
    })
}

/// Entries that were deleted before they could be sealed.
fn check_gaps(work: &Work, expected: &[Expected], problems: &mut Vec<Problem>) {
    let Some(mut last) = work.last_id else { return };
    for leaf in expected {
        if leaf.id > last.saturating_add(1) {
            problems.push(Problem::gap(last.saturating_add(1), leaf.id - 1));
        }
        last = leaf.id;
    }
}

/// The row of each leaf; rows that no leaf claims and leaves without a row are problems.
fn pair<'a>(work: &'a Work, expected: &[Expected]) -> (Vec<Option<&'a Row>>, Vec<Problem>) {
    let rows = &work.rows;
    let same = rows.len() == expected.len()
        && rows.iter().zip(expected).all(|(row, leaf)| id_of(row) == Some(leaf.id));
    if same {
        return (rows.iter().map(Some).collect(), Vec::new());
    }
    let mut problems = Vec::new();
    let mut by_id: HashMap<i64, &Row> = HashMap::with_capacity(rows.len());
    for row in rows {
        match id_of(row) {
            Some(id) => drop(by_id.insert(id, row)),
            None => problems.push(Problem::of_row(Kind::Inserted, row, "its id is not a number")),
        }
    }
    let mut paired = Vec::with_capacity(expected.len());
    for (at, leaf) in expected.iter().enumerate() {
        let row = by_id.remove(&leaf.id);
        if row.is_none() {
            problems.push(Problem {
                id: Some(leaf.id),
                entry: Some(leaf.entry),
                ..Problem::of_seal(&work.seal, "is missing or cannot be read")
                    .kind(Kind::Missing)
                    .at_leaf(work.seal.first + at as u64)
            });
        }
        paired.push(row);
    }
    for row in rows.iter().filter(|row| id_of(row).is_some_and(|id| by_id.contains_key(&id))) {
        problems.push(Problem::of_row(Kind::Inserted, row, "was inserted among sealed entries"));
    }
    (paired, problems)
}

fn id_of(row: &Row) -> Option<i64> {
    match row.first() {
        Some(Cell::Int(id)) if row.len() == WIDTH => Some(*id),
        _ => None,
    }
}

/// The heads to be kept, if `leaves` lead from the tree before to the seal's head.
fn lead(
    seal: &Seal,
    before: &Frontier,
    leaves: impl Iterator<Item = Option<Hash>>,
) -> Option<Vec<(Subtree, Hash)>> {
    let mut tree = before.clone();
    let mut heads = Vec::new();
    for leaf in leaves {
        tree.push(seal.hash, leaf?, |subtree, head| {
            if subtree.level.is_multiple_of(TILE) {
                heads.push((subtree, *head));
            }
        });
    }
    let same = tree.root(seal.hash).as_slice() == seal.root && tree.to_bytes() == seal.frontier;
    same.then_some(heads)
}
