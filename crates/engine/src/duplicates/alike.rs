//! Finding what is alike: candidates by their keys, then comparisons, best first.
//!
//! Reads whatever rights say, so nothing here may be handed to a caller as it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use schema::catalogue::base;
use schema::matching::{Level, Likeness, MatchRule};
use schema::{Slot, Value};
use store::records::MatchDigest;
use uuid::Uuid;

use super::Why;
use crate::Error;
use crate::write::{Context, Facts, Known, Subject, id_of};

/// Most records that one is compared with.
const CANDIDATES: usize = 200;

/// Most records read for the keys of many rows together.
const MANY: u32 = 20_000;

/// A record that is alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alike {
    pub id: Uuid,
    pub owner: Option<Uuid>,
    pub level: Level,
    pub likeness: Likeness,
}

impl Alike {
    /// The reasons whose comparison may be told.
    pub fn why(&self, rule: &MatchRule, may: impl Fn(usize) -> bool) -> Vec<Why> {
        let reasons = self.likeness.reasons.iter().filter(|(at, _)| may(*at));
        let told = reasons.filter_map(|(at, percent)| {
            let comparison = rule.comparisons.get(*at)?;
            let (code, label) = (comparison.code.clone(), comparison.label.clone());
            Some(Why { code, label, percent: *percent })
        });
        told.collect()
    }
}

impl Context<'_> {
    /// Fills in what follows by default from values at hand, among the fields that are compared.
    pub(crate) fn match_defaults(&self, (ix, object): Subject<'_>, values: &mut [Value]) {
        let Some(rule) = self.catalogue.match_rule(&object.name) else { return };
        for slot in compared(rule) {
            let default = object.at(slot).and_then(|field| field.default.as_ref());
            let empty = values.get(usize::from(slot.0)).is_some_and(Value::is_empty);
            let Some(default) = default.filter(|_| empty) else { continue };
            let facts = Facts::new(self.catalogue, ix, values, &self.env, Known::default());
            let value = default.eval(&facts, &self.env);
            if let Some(place) = values.get_mut(usize::from(slot.0)) {
                *place = value;
            }
        }
    }

    /// Stored records that are alike to one whose values are by slot, best first.
    ///
    /// A key that more records share than the rule allows finds nothing: a common name does not make
    /// two people one.
    pub(crate) async fn alike(
        &self,
        of: Subject<'_>,
        values: &[Value],
        except: Option<Uuid>,
    ) -> Result<Vec<Alike>, Error> {
        let (ix, object) = of;
        let Some(rule) = self.catalogue.match_rule(&object.name) else { return Ok(Vec::new()) };
        let store = self.engine.store();
        let digests = store.match_digests(self.catalogue, ix, values)?;
        let found = store.having_each(&digests, rule.block_max.saturating_add(1)).await?;
        let most = usize::try_from(rule.block_max).unwrap_or(usize::MAX);
        let blocks = found.chunk_by(|(one, _), (other, _)| one == other);
        let mut ids: Vec<Uuid> = blocks
            .filter(|block| block.len() <= most)
            .flatten()
            .map(|(_, id)| *id)
            .filter(|id| Some(*id) != except)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(CANDIDATES);
        let records = self.comparable(of, rule, &ids).await?;
        let mut alike: Vec<Alike> =
            records.iter().filter_map(|record| judge(rule, values, record)).collect();
        alike.sort_by_key(|alike| (std::cmp::Reverse(alike.likeness.score), alike.id));
        Ok(alike)
    }

    /// The best match of each of several new rows, in a bounded number of statements.
    pub(crate) async fn alike_each(
        &self,
        of: Subject<'_>,
        rows: &[Vec<Value>],
    ) -> Result<Vec<Option<Alike>>, Error> {
        let (ix, object) = of;
        let Some(rule) = self.catalogue.match_rule(&object.name) else {
            return Ok(vec![None; rows.len()]);
        };
        let store = self.engine.store();
        let mut keys: Vec<Vec<MatchDigest>> = Vec::with_capacity(rows.len());
        for row in rows {
            keys.push(store.match_digests(self.catalogue, ix, row)?);
        }
        let all: HashSet<MatchDigest> = keys.iter().flatten().copied().collect();
        let all: Vec<MatchDigest> = all.into_iter().collect();
        let mut blocks: BTreeMap<MatchDigest, Vec<Uuid>> = BTreeMap::new();
        for (digest, id) in store.having_keys(&all, MANY).await? {
            blocks.entry(digest).or_default().push(id);
        }
        let most = usize::try_from(rule.block_max).unwrap_or(usize::MAX);
        blocks.retain(|_, ids| ids.len() <= most);
        let ids: HashSet<Uuid> = blocks.values().flatten().copied().collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let records = self.comparable(of, rule, &ids).await?;
        let records: HashMap<Uuid, &Vec<Value>> =
            records.iter().map(|record| (id_of(record), record)).collect();
        let best = rows.iter().zip(&keys).map(|(row, keys)| {
            let ids: HashSet<&Uuid> =
                keys.iter().filter_map(|key| blocks.get(key)).flatten().collect();
            let found = ids.into_iter().filter_map(|id| records.get(id));
            let found = found.filter_map(|record| judge(rule, row, record));
            found.max_by_key(|alike| (alike.likeness.score, std::cmp::Reverse(alike.id)))
        });
        Ok(best.collect())
    }

    /// The compared values of records, and who owns them.
    pub(crate) async fn comparable(
        &self,
        (ix, _): Subject<'_>,
        rule: &MatchRule,
        ids: &[Uuid],
    ) -> Result<Vec<Vec<Value>>, Error> {
        let mut slots = rule.compared_slots();
        slots.push(base::OWNER);
        slots.sort_unstable();
        slots.dedup();
        Ok(self.engine.store().get_many(self.catalogue, ix, ids, &slots).await?)
    }
}

fn judge(rule: &MatchRule, values: &[Value], record: &[Value]) -> Option<Alike> {
    let likeness = rule.compare(values, record);
    let level = rule.level(likeness.score)?;
    let owner = match record.get(usize::from(base::OWNER.0)) {
        Some(Value::Id(owner)) => Some(*owner),
        _ => None,
    };
    Some(Alike { id: id_of(record), owner, level, likeness })
}

/// Fields that keys or comparisons read.
fn compared(rule: &MatchRule) -> Vec<Slot> {
    let mut slots = rule.compared_slots();
    slots.extend(rule.key_slots());
    slots.sort_unstable();
    slots.dedup();
    slots
}
