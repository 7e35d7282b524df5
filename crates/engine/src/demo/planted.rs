//! Planted duplicates: pairs of records that the plan says are about the same, and how many of them a
//! walk over all records found.

use std::collections::{BTreeMap, HashMap};

use schema::Name;
use schema::matching::Level;
use store::pairs::PairState;
use uuid::Uuid;

use crate::{Actor, Engine, Error};

/// Pairs read at once.
const PAGE: u32 = 100;

/// Two records that are about the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// Their object.
    pub object: Name,
    /// In what way they are alike.
    pub kind: String,
    /// The record that was planted.
    pub one: Uuid,
    /// The record it duplicates.
    pub other: Uuid,
}

/// How well duplicates are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recall {
    /// By kind of duplicate: how many were planted, and how many of them were found.
    pub kinds: BTreeMap<String, (u64, u64)>,
    /// By how sure the finding is: pairs told, and how many of them were planted.
    pub levels: BTreeMap<Level, (u64, u64)>,
}

impl Recall {
    /// Of all planted duplicates how many were found, in tenths of a percent.
    #[must_use]
    pub fn recall(&self) -> u64 {
        let all = self.kinds.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        share(all.1, all.0)
    }

    /// Of all pairs told to be at least so sure how many were planted, in tenths of a percent.
    #[must_use]
    pub fn precision(&self, least: Level) -> u64 {
        let told = self.levels.range(least..);
        let all = told.fold((0, 0), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
        share(all.1, all.0)
    }
}

fn share(part: u64, whole: u64) -> u64 {
    (part * 1_000).checked_div(whole).unwrap_or(1_000)
}

/// Compares the pairs that a walk over all records found with those that were planted.
///
/// # Errors
/// When the actor may not read the records.
pub async fn quality(engine: &Engine, actor: &Actor, planted: &[Planted]) -> Result<Recall, Error> {
    let mut quality = Recall::default();
    let mut objects: BTreeMap<&Name, HashMap<(Uuid, Uuid), &str>> = BTreeMap::new();
    for one in planted {
        let pair = store::pairs::ordered((one.one, one.other));
        objects.entry(&one.object).or_default().insert(pair, &one.kind);
        quality.kinds.entry(one.kind.clone()).or_default().0 += 1;
    }
    for (object, known) in objects {
        let mut cursor: Option<String> = None;
        loop {
            let at = (cursor.as_deref(), PAGE);
            let page = engine.duplicate_pairs(actor, object.as_str(), PairState::Open, at).await?;
            for pair in page.pairs {
                let [Some(one), Some(other)] =
                    pair.records.map(|side| side.record.map(|record| record.id))
                else {
                    continue;
                };
                let kind = known.get(&store::pairs::ordered((one, other)));
                let level = quality.levels.entry(pair.level).or_default();
                level.0 += 1;
                level.1 += u64::from(kind.is_some());
                if let Some(found) = kind.and_then(|kind| quality.kinds.get_mut(*kind)) {
                    found.1 += 1;
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(quality)
}
