//! Who gets what of a leaver's records: receivers with conditions, chosen by order, by load or by
//! share.
//!
//! Region, tier and anything else a record says are conditions in the one expression language. A
//! condition may read only what whoever hands over may read. Records of other objects follow the
//! record they refer to.

use schema::catalogue::{Action, base};
use schema::expr::Node;
use schema::query::Query;
use schema::{ObjectIx, Value};
use serde::{Deserialize, Serialize};
use store::records::Select;
use uuid::Uuid;

use crate::read::plan::Plan;
use crate::rights::{field_is, own_field};
use crate::write::{Context, Subject};
use crate::{Error, Refusal, View, Violation};

/// Most receivers of one handover.
pub(super) const RECEIVERS: usize = 50;

/// Records looked at in one statement.
const PAGE: u32 = 500;

/// Records shown of each receiver in a preview.
const SAMPLE: usize = 5;

/// Who may get records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// The user.
    pub user: Uuid,
    /// Only records where this holds; any record when nothing is said.
    pub when: Option<String>,
    /// Share among those who may get a record, for [`Spread::Share`].
    pub share: Option<u32>,
}

/// How one of several receivers is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// The first whose condition holds.
    #[default]
    First,
    /// Whoever has the fewest records of the object, those just given among them.
    Load,
    /// In proportion to their shares.
    Share,
}

/// What one receiver would get.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Portion {
    /// The receiver; none for records that no condition fits.
    pub user: Option<Uuid>,
    /// Records.
    pub records: u64,
    /// Some of them, as far as whoever asks may see them.
    pub sample: Vec<View>,
}

/// The state of choosing: what each receiver has so far.
pub(super) struct Choice<'r> {
    receivers: &'r [Receiver],
    spread: Spread,
    /// Records each one has, or was given.
    counts: Vec<u64>,
}

impl<'r> Choice<'r> {
    pub fn new(receivers: &'r [Receiver], spread: Spread, counts: Vec<u64>) -> Choice<'r> {
        Choice { receivers, spread, counts }
    }

    /// The position of the receiver of a record, by whose conditions hold for it.
    pub fn of(&mut self, fits: &[bool]) -> Option<usize> {
        let may = fits.iter().enumerate().filter(|(_, fits)| **fits).map(|(at, _)| at);
        let count = |at: usize| self.counts.get(at).copied().unwrap_or(0);
        let share = |at: usize| {
            let share = self.receivers.get(at).and_then(|receiver| receiver.share);
            u64::from(share.unwrap_or(1)).max(1)
        };
        let found = match self.spread {
            Spread::First => may.min(),
            Spread::Load => may.min_by_key(|at| (count(*at), *at)),
            // The one who is furthest behind: compares (given + 1) / share without fractions.
            Spread::Share => may.min_by(|a, b| {
                let left = (count(*a) + 1).saturating_mul(share(*b));
                let right = (count(*b) + 1).saturating_mul(share(*a));
                left.cmp(&right).then(a.cmp(b))
            }),
        }?;
        if let Some(count) = self.counts.get_mut(found) {
            *count += 1;
        }
        Some(found)
    }
}

impl Choice<'_> {
    /// What each receiver has by now, to go on from.
    pub fn into_counts(self) -> Vec<u64> {
        self.counts
    }
}

impl<'a> Context<'a> {
    /// The receivers' conditions, checked against what the actor may read of the object.
    pub(super) fn receiving(
        &self,
        of: Subject<'a>,
        receivers: &[Receiver],
    ) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            let node = match receiver.when.as_deref().map(str::trim).filter(|w| !w.is_empty()) {
                None => Node::Literal(Value::Bool(true)),
                Some(when) => {
                    let query =
                        Query { filter: Some(when.to_owned()), ..Query::of(of.1.name.as_str()) };
                    let plan = Plan::of(self, &query, Action::Read)?;
                    plan.filter.ok_or_else(|| Refusal::invalid("when", "required"))?
                }
            };
            nodes.push(node);
        }
        Ok(nodes)
    }

    /// Ids of a leaver's records after one, each with whose conditions hold for it; the scope is
    /// what the actor may hand over.
    pub(super) async fn with_fits(
        &self,
        (ix, scope): (ObjectIx, Option<Node>),
        owner: Uuid,
        conditions: &[Node],
        after: Option<Uuid>,
    ) -> Result<Vec<(Uuid, Vec<bool>)>, Error> {
        let mut columns = vec![own_field(ix, base::ID)];
        columns.extend(conditions.iter().cloned());
        let filter = field_is(ix, base::OWNER, owner);
        let select = Select {
            columns,
            scope,
            filter: Some(&filter),
            after: after.map(|id| vec![Value::Id(id)]),
            limit: PAGE,
            ..Select::of(ix, &self.env)
        };
        let rows = self.engine.store().select(self.catalogue, &select).await?;
        let found = rows.into_iter().filter_map(|row| {
            let mut cells = row.into_iter();
            let Some(Value::Id(id)) = cells.next() else { return None };
            Some((id, cells.map(|cell| cell == Value::Bool(true)).collect()))
        });
        Ok(found.collect())
    }

    /// Records of the object that each receiver owns, for spreading by load.
    pub(super) async fn loads(
        &self,
        ix: ObjectIx,
        receivers: &[Receiver],
        spread: Spread,
    ) -> Result<Vec<u64>, Error> {
        let mut counts = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            if spread != Spread::Load {
                counts.push(0);
                continue;
            }
            let filter = field_is(ix, base::OWNER, receiver.user);
            let select = Select { filter: Some(&filter), ..Select::of(ix, &self.env) };
            counts.push(self.engine.store().count(self.catalogue, &select, None).await?);
        }
        Ok(counts)
    }

    /// What each receiver would get of one object: as many statements as there are pages of 500
    /// records, and one for each receiver's sample.
    pub(super) async fn portions(
        &self,
        of: Subject<'a>,
        (owner, scope): (Uuid, Option<Node>),
        (receivers, spread): (&[Receiver], Spread),
    ) -> Result<Vec<Portion>, Error> {
        let conditions = self.receiving(of, receivers)?;
        let loads = self.loads(of.0, receivers, spread).await?;
        let mut choice = Choice::new(receivers, spread, loads);
        let mut found: Vec<(u64, Vec<Uuid>)> = vec![(0, Vec::new()); receivers.len() + 1];
        let mut after = None;
        loop {
            let target = (of.0, scope.clone());
            let page = self.with_fits(target, owner, &conditions, after).await?;
            for (id, fits) in &page {
                let at = choice.of(fits).unwrap_or(receivers.len());
                if let Some((count, sample)) = found.get_mut(at) {
                    *count += 1;
                    if sample.len() < SAMPLE {
                        sample.push(*id);
                    }
                }
            }
            match page.last() {
                Some((last, _)) => after = Some(*last),
                None => break,
            }
        }
        let users = receivers.iter().map(|receiver| Some(receiver.user)).chain([None]);
        let mut portions = Vec::new();
        for (user, (records, sample)) in users.zip(found) {
            let sample = self.sample(of, &sample).await?;
            if user.is_some() || records > 0 {
                portions.push(Portion { user, records, sample });
            }
        }
        Ok(portions)
    }

    async fn sample(&self, of: Subject<'a>, ids: &[Uuid]) -> Result<Vec<View>, Error> {
        let rights = self.actor.rights();
        if ids.is_empty() || !rights.may(of.0, Action::Read) {
            return Ok(Vec::new());
        }
        let shown = rights.most(of.0, Action::Read, of.1.title) > schema::catalogue::Access::Hidden;
        let columns = of.1.at(of.1.title).filter(|_| shown).map(|field| field.name.to_string());
        let query =
            Query { columns: columns.into_iter().collect(), ..Query::of(of.1.name.as_str()) };
        let page = self.engine.by_ids(self, of.0, &query, ids).await?;
        Ok(page.records.unwrap_or_default())
    }
}

/// Refuses receivers that make no sense, whoever they are.
pub(super) fn flaws(receivers: &[Receiver], from: Uuid) -> Vec<Violation> {
    let mut violations = Vec::new();
    if receivers.is_empty() || receivers.len() > RECEIVERS {
        let range = Violation::new("receivers", "range").with("min", "1");
        violations.push(range.with("max", RECEIVERS.to_string()));
    }
    for (at, receiver) in receivers.iter().enumerate() {
        if receiver.user == from {
            violations.push(Violation::new(format!("receivers.{at}.user"), "same_user"));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receivers(shares: &[u32]) -> Vec<Receiver> {
        let one = |share: &u32| Receiver { user: Uuid::nil(), when: None, share: Some(*share) };
        shares.iter().map(one).collect()
    }

    #[test]
    fn records_go_by_order_load_or_share() {
        let all = receivers(&[1, 2, 1]);
        let check = |spread, counts: &[u64], fits: &[bool], times, expected: &[usize]| {
            let mut choice = Choice::new(&all, spread, counts.to_vec());
            let mut given = vec![0; all.len()];
            for _ in 0..times {
                if let Some(at) = choice.of(fits) {
                    given[at] += 1;
                }
            }
            assert_eq!(given, expected, "{spread:?}");
        };
        check(Spread::First, &[0, 0, 0], &[false, true, true], 4, &[0, 4, 0]);
        check(Spread::Load, &[10, 4, 0], &[true, true, true], 16, &[0, 6, 10]);
        check(Spread::Load, &[0, 0, 0], &[false, false, true], 3, &[0, 0, 3]);
        check(Spread::Share, &[0, 0, 0], &[true, true, true], 400, &[100, 200, 100]);
        check(Spread::Share, &[0, 0, 0], &[false, false, false], 3, &[0, 0, 0]);
    }
}
