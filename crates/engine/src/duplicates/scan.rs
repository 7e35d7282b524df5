//! The walk over all match keys of an object: every pair of records that share a key is compared
//! once a key, never everything with everything.
//!
//! Keys are read in order, a page at a time, so memory holds one page and its candidates. What was
//! found of a page and how far the walk is are one transaction; a page done twice changes nothing.

use std::collections::{BTreeSet, HashMap};

use kernel::Instant;
use schema::catalogue::Action;
use schema::matching::MatchRule;
use schema::{Name, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::{Job, NewJob, advance, enqueue};
use store::pairs::{self, Pair, PairState};
use store::records::MatchDigest;
use uuid::Uuid;

use crate::access::Ran;
use crate::moment::Moment;
use crate::write::{Context, Subject, id_of};
use crate::{Actor, Engine, Error, Refusal};

/// Kind of the job.
pub(crate) const KIND: &str = "find_duplicates";

/// Keys read at once.
const PAGE: u32 = 4_000;

/// Attempts of the job.
const ATTEMPTS: u32 = 10;

#[derive(Serialize, Deserialize)]
struct Task {
    object: Name,
}

/// Where the walk stands.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// The last key and record that are through.
    after: Option<(MatchDigest, Uuid)>,
    /// Microseconds at which it began.
    since: Option<i64>,
    keys: u64,
    compared: u64,
    found: u64,
    /// Keys that more records share than are compared.
    crowded: u64,
}

impl Engine {
    /// Queues the walk over all records of an object; returns the job's id. For those who may merge
    /// records of it.
    pub async fn start_duplicate_scan(&self, actor: &Actor, object: &str) -> Result<Uuid, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let (ix, object) = context.object(object)?;
        if !actor.rights().may(ix, Action::Merge) {
            return Err(match actor.rights().may(ix, Action::Read) {
                true => Refusal::forbidden("find duplicates", &object.name),
                false => Refusal::Invisible,
            }
            .into());
        }
        if catalogue.match_rule(&object.name).is_none() {
            let reason = format!("`{}` has no match rule", object.name);
            return Err(Refusal::Conflict { code: "no_match_rule", reason }.into());
        }
        let now = moment.now;
        let payload = serde_json::to_vec(&Task { object: object.name.clone() });
        let job = NewJob {
            id: self.next_id(now),
            kind: KIND.into(),
            run_at: now,
            payload: payload.map_err(|error| Error::Internal(error.to_string()))?,
            max_attempts: ATTEMPTS,
            created_by: actor.user(),
        };
        let detail = json!({ "job": job.id, "object": object.name });
        let steps = vec![enqueue(&job, now)];
        self.record(actor, "duplicates_scan_started", detail, steps).await?;
        Ok(job.id)
    }

    pub(crate) async fn run_duplicate_scan(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let task: Task = serde_json::from_slice(&job.payload)
            .map_err(|error| Error::Internal(format!("job {}: {error}", job.id)))?;
        let read = |bytes: &Vec<u8>| serde_json::from_slice(bytes).ok();
        let mut cursor: Cursor = job.cursor.as_ref().and_then(read).unwrap_or_default();
        let platform = self.job_actor(job);
        let since = cursor.since.unwrap_or_else(|| self.now().as_microsecond());
        cursor.since = Some(since);
        let since = Instant::from_microsecond(since).unwrap_or(Instant::MIN);
        loop {
            let catalogue = self.catalogue();
            let moment = Moment::new(catalogue.clone(), self.now());
            let context = Context::new(self, &catalogue, &moment, &platform);
            let Some(of) = catalogue.object(task.object.as_str()) else { break };
            let Some(rule) = catalogue.match_rule(&of.1.name) else { break };
            let rows = self.store().match_keys(of.1.name.as_str(), cursor.after, PAGE).await?;
            let whole = rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            let page = Page::of(rows, whole, rule.block_max);
            let mut steps = context.judge_page((of, rule), &page, (since, &mut cursor)).await?;
            cursor.after = page.after;
            if whole {
                steps.push(pairs::forget_unfound(of.1.name.as_str(), since));
            }
            let at = json!(cursor).to_string().into_bytes();
            let done = i64::try_from(cursor.keys).unwrap_or(i64::MAX);
            steps.push(advance(job.id, worker, at, done, None));
            match self.store().db().run(steps).await {
                Ok(_) => {}
                Err(store::ScriptError::Unexpected { .. }) => return Ok(Ran::Lost),
                Err(other) => return Err(store::Error::from(other).into()),
            }
            if whole {
                break;
            }
        }
        let result = json!({
            "keys": cursor.keys, "compared": cursor.compared, "pairs": cursor.found,
            "crowded": cursor.crowded,
        });
        Ok(Ran::Done(result.to_string().into_bytes()))
    }
}

/// One page of keys, as pairs to compare.
struct Page {
    pairs: BTreeSet<(Uuid, Uuid)>,
    /// Where the next page starts.
    after: Option<(MatchDigest, Uuid)>,
    keys: u64,
    crowded: u64,
}

impl Page {
    /// The pairs within each key. The last key of a page that is not the last page may go on behind
    /// it, so it is left to the next one; a key that fills a page alone is passed by.
    fn of(mut rows: Vec<(MatchDigest, Uuid)>, whole: bool, block_max: u32) -> Page {
        let mut page = Page { pairs: BTreeSet::new(), after: None, keys: 0, crowded: 0 };
        if let (false, Some((last, _))) = (whole, rows.last().copied()) {
            let start = rows.partition_point(|(digest, _)| *digest < last);
            if start == 0 {
                page.crowded = 1;
                page.after = Some((last, Uuid::max()));
                return page;
            }
            rows.truncate(start);
        }
        page.after = rows.last().copied();
        let most = usize::try_from(block_max).unwrap_or(usize::MAX);
        for block in rows.chunk_by(|a, b| a.0 == b.0) {
            page.keys += 1;
            if block.len() > most {
                page.crowded += 1;
                continue;
            }
            for (at, (_, one)) in block.iter().enumerate() {
                let rest = block.iter().skip(at + 1);
                page.pairs.extend(rest.map(|(_, other)| pairs::ordered((*one, *other))));
            }
        }
        page
    }
}

impl Context<'_> {
    /// Compares the pairs of a page; the steps keep those that are alike enough.
    async fn judge_page(
        &self,
        (of, rule): (Subject<'_>, &MatchRule),
        page: &Page,
        (since, cursor): (Instant, &mut Cursor),
    ) -> Result<Vec<store::Step>, Error> {
        cursor.keys += page.keys;
        cursor.crowded += page.crowded;
        let ids: BTreeSet<Uuid> = page.pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let records = self.comparable(of, rule, &ids).await?;
        let records: HashMap<Uuid, Vec<Value>> =
            records.into_iter().map(|record| (id_of(&record), record)).collect();
        let mut steps = Vec::new();
        for (one, other) in &page.pairs {
            let (Some(a), Some(b)) = (records.get(one), records.get(other)) else { continue };
            cursor.compared += 1;
            let likeness = rule.compare(a, b);
            if rule.level(likeness.score).is_none() {
                continue;
            }
            let why: Vec<(&Name, u8)> = likeness
                .reasons
                .iter()
                .filter_map(|(at, percent)| Some((&rule.comparisons.get(*at)?.code, *percent)))
                .collect();
            let pair = Pair {
                one: *one,
                other: *other,
                score: likeness.score,
                why: json!(why).to_string().into(),
                state: PairState::Open,
                found_at: since,
                decided_at: None,
                decided_by: None,
                reason: None,
            };
            cursor.found += 1;
            steps.push(pairs::found(of.1.name.as_str(), &pair));
        }
        Ok(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(keys: &[(MatchDigest, u128)]) -> Vec<(MatchDigest, Uuid)> {
        keys.iter().map(|(key, record)| (*key, Uuid::from_u128(*record))).collect()
    }

    #[test]
    fn a_page_pairs_within_keys_and_leaves_its_last_key_to_the_next() {
        let all = rows(&[(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (3, 4)]);
        let page = Page::of(all.clone(), true, 10);
        assert_eq!((page.pairs.len(), page.keys, page.crowded), (4, 3, 0));
        let page = Page::of(all.clone(), false, 10);
        assert_eq!((page.pairs.len(), page.keys), (3, 2));
        assert_eq!(page.after, Some((2, Uuid::from_u128(1))));
        let page = Page::of(all, true, 2);
        assert_eq!((page.pairs.len(), page.crowded), (1, 1), "a crowd is not compared");
        let page = Page::of(rows(&[(7, 1), (7, 2)]), false, 10);
        assert_eq!((page.pairs.len(), page.crowded), (0, 1));
        assert_eq!(page.after, Some((7, Uuid::max())));
    }
}
