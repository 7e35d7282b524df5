//! The found pairs as somebody may see them, and saying of one that it is two.
//!
//! A pair is shown to whoever may read one of its records, while both are there. Of the other record
//! they learn what a check would tell them: all that they may read, or that it exists and who owns it.
//! Of a pair that was made one, one record is left.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schema::catalogue::{Action, base};
use schema::matching::{Level, MatchRule};
use schema::{Name, Value};
use serde::Serialize;
use serde_json::json;
use store::pairs::{self, Pair, PairPlace, PairState};
use store::{CommitError, Write};
use uuid::Uuid;

use super::Why;
use crate::moment::Moment;
use crate::write::{Context, Entry, Facts, Subject, admit, entry, id_of};
use crate::{Actor, Engine, Error, Refusal, View};

/// Pairs read at once.
const RAW: u32 = 100;

/// Reads of one page: those who see few of many pairs are given shorter pages.
const READS: usize = 5;

/// A page of pairs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairPage {
    /// The pairs, surest first.
    pub pairs: Vec<PairView>,
    /// Where the next page starts; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A pair as somebody may see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairView {
    /// How sure it is.
    pub level: Level,
    /// 0 to 100; only where both records may be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// What is alike, as far as those fields may be read of both records.
    pub why: Vec<Why>,
    /// Where it stands.
    pub state: PairState,
    /// Why it was dismissed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The two records.
    pub records: [Side; 2],
}

/// One record of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The record, where it may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<View>,
    /// Who owns it, where it may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What a request to see it names it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

impl Engine {
    /// Pairs of an object in a state, surest first, of which the actor may read at least one record.
    ///
    /// Costs at most five times: one page of pairs, one read of the records, one of the owners.
    pub async fn duplicate_pairs(
        &self,
        actor: &Actor,
        object: &str,
        state: PairState,
        (cursor, limit): (Option<&str>, u32),
    ) -> Result<PairPage, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        if !actor.rights().may(of.0, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        let mut page = PairPage { pairs: Vec::new(), next: None };
        let Some(rule) = catalogue.match_rule(&of.1.name) else { return Ok(page) };
        let mut after = cursor.map(place_of).transpose()?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        for _ in 0..READS {
            let found = self.store().pairs(of.1.name.as_str(), state, after, RAW).await?;
            let last = found.len() < usize::try_from(RAW).unwrap_or(usize::MAX);
            let ids: Vec<Uuid> = found.iter().flat_map(|pair| [pair.one, pair.other]).collect();
            let sight = context.sight(of, rule, &ids).await?;
            for pair in found {
                after = Some((pair.score, pair.one, pair.other));
                page.pairs.extend(context.pair_view((of, rule), pair, &sight)?);
                if page.pairs.len() >= wanted {
                    page.next = after.map(place_text);
                    return Ok(page);
                }
            }
            if last {
                return Ok(page);
            }
        }
        page.next = after.map(place_text);
        Ok(page)
    }

    /// Says that the two records of an open pair are two, and why. For those who may merge one of
    /// them and read both.
    pub async fn dismiss_pair(
        &self,
        actor: &Actor,
        object: &str,
        ids: (Uuid, Uuid),
        reason: &str,
    ) -> Result<(), Error> {
        let done = self.dismiss(actor, object, ids, reason).await;
        self.noting_refusal(actor, "dismiss_duplicate", done).await
    }

    async fn dismiss(
        &self,
        actor: &Actor,
        object: &str,
        (a, b): (Uuid, Uuid),
        reason: &str,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        let name = of.1.name.as_str();
        for (id, action) in [(a, Action::Merge), (b, Action::Read)] {
            let values = context.load(of, id).await?;
            let known = context.learn_rights(of.0, &values).await?;
            let facts = Facts::new(&catalogue, of.0, &values, &context.env, known);
            admit(actor, of, &facts, action)?;
        }
        if self.store().pair(name, (a, b)).await?.is_none() {
            return Err(Refusal::Invisible.into());
        }
        let note = Entry {
            kind: "duplicate_dismissed",
            object: Some(of.1),
            record: Some(a),
            reason: Some(reason),
            detail: json!({ "other": b }),
        };
        let by = (actor.user(), moment.now);
        let write = Write {
            audit: vec![entry(&context, note)],
            system: vec![pairs::dismiss(name, (a, b), by, reason)],
            ..Write::default()
        };
        match self.store().commit(&catalogue, write).await {
            Ok(_) => Ok(()),
            Err(CommitError::System { .. }) => {
                let reason = "the pair is decided already".into();
                Err(Refusal::Conflict { code: "decided_already", reason }.into())
            }
            Err(error) => Err(context.explain(error)),
        }
    }
}

/// What one may know of the records of some pairs.
struct Sight {
    seen: HashMap<Uuid, (View, Vec<bool>)>,
    /// Those that are there, and out of sight.
    hidden: HashSet<Uuid>,
    /// Names of the owners of the others.
    owners: HashMap<Uuid, String>,
}

impl Sight {
    /// Whether a record is there, seen or not.
    fn has(&self, id: &Uuid) -> bool {
        self.seen.contains_key(id) || self.hidden.contains(id)
    }
}

impl<'a> Context<'a> {
    /// What the actor may know of these records: one query for each 200 in sight, and two for the
    /// owners of the rest.
    async fn sight(&self, of: Subject<'a>, rule: &MatchRule, ids: &[Uuid]) -> Result<Sight, Error> {
        let mut seen = HashMap::new();
        for some in ids.chunks(200) {
            seen.extend(self.seen_duplicates(of, rule, some).await?);
        }
        let hidden: Vec<Uuid> = ids.iter().copied().filter(|id| !seen.contains_key(id)).collect();
        let store = self.engine.store();
        let records = store.get_many(self.catalogue, of.0, &hidden, &[base::OWNER]).await?;
        let hidden = records.iter().map(|record| id_of(record)).collect();
        let owned: Vec<(Uuid, Uuid)> = records
            .iter()
            .filter_map(|record| match record.get(usize::from(base::OWNER.0)) {
                Some(Value::Id(owner)) => Some((id_of(record), *owner)),
                _ => None,
            })
            .collect();
        let mut users: Vec<Uuid> = owned.iter().map(|(_, owner)| *owner).collect();
        users.sort_unstable();
        users.dedup();
        let names = self.names_of(&users).await?;
        let named = owned.into_iter();
        let owners = named.filter_map(|(id, owner)| Some((id, names.get(&owner)?.clone())));
        Ok(Sight { seen, hidden, owners: owners.collect() })
    }

    fn pair_view(
        &self,
        (of, rule): (Subject<'a>, &MatchRule),
        pair: Pair,
        sight: &Sight,
    ) -> Result<Option<PairView>, Error> {
        let (one, other) = (sight.seen.get(&pair.one), sight.seen.get(&pair.other));
        let there = [pair.one, pair.other].iter().all(|id| sight.has(id));
        if !there && pair.state != PairState::Merged {
            return Ok(None);
        }
        let Some(level) = rule.level(pair.score) else { return Ok(None) };
        let both = match (one, other) {
            (None, None) => return Ok(None),
            (Some((_, one)), Some((_, other))) => Some((one, other)),
            _ if level < Level::Likely => return Ok(None),
            _ => None,
        };
        let why: Vec<(Name, u8)> = serde_json::from_str(&pair.why).unwrap_or_default();
        let why = why.into_iter().filter_map(|(code, percent)| {
            let (one, other) = both?;
            let at = rule.comparisons.iter().position(|c| c.code == code)?;
            let may = |flags: &[bool]| flags.get(at).copied().unwrap_or(false);
            let label = rule.comparisons.get(at)?.label.clone();
            (may(one) && may(other)).then_some(Why { code, label, percent })
        });
        let why = why.collect();
        let records = [self.side(of, pair.one, sight)?, self.side(of, pair.other, sight)?];
        Ok(Some(PairView {
            level: if both.is_some() { level } else { Level::Likely },
            score: both.map(|_| pair.score),
            why,
            state: pair.state,
            reason: pair.reason.filter(|_| both.is_some()).map(|reason| reason.to_string()),
            records,
        }))
    }

    fn side(&self, of: Subject<'_>, id: Uuid, sight: &Sight) -> Result<Side, Error> {
        if let Some((view, _)) = sight.seen.get(&id) {
            return Ok(Side { record: Some(view.clone()), owner: None, handle: None });
        }
        if !sight.has(&id) {
            return Ok(Side { record: None, owner: None, handle: None });
        }
        let owner = sight.owners.get(&id).cloned();
        Ok(Side { record: None, owner, handle: Some(self.handle(&of.1.name, id)?) })
    }
}

fn place_text((score, one, other): PairPlace) -> String {
    URL_SAFE_NO_PAD.encode(json!([score, one, other]).to_string())
}

fn place_of(text: &str) -> Result<PairPlace, Error> {
    let broken = || Error::from(Refusal::invalid("cursor", "cursor"));
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| broken())?;
    serde_json::from_slice(&bytes).map_err(|_| broken())
}
