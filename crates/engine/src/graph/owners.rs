//! Owners: shares along ways, and who counts as beneficial owner.
//!
//! Shares the caller may not read do not count; the answer then says that it is not complete.

use std::collections::HashMap;

use finance::ownership::{Bounds, Stake, holdings};
use kernel::{Date, Decimal};
use schema::Name;
use schema::catalogue::ParameterValue;
use schema::edge::Ownership;
use serde::Serialize;
use uuid::Uuid;

use super::walk::{Found, Side, Walk};
use super::{GraphQuery, Link, NODES_MAX, Node, Spot, refused};
use crate::Error;
use crate::write::Context;

/// Most stakes looked at while ways are summed.
const LOOKS: usize = 20_000;

/// Who owns a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Owners {
    /// The edge object.
    pub edge: Name,
    /// The day.
    pub on: String,
    /// Least share of a beneficial owner on that day, where one is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<String>,
    /// Everybody who holds a share, greatest first, then those who count without one.
    pub owners: Vec<Owner>,
    /// The record and all on the ways to it.
    pub nodes: Vec<Node>,
    /// The stakes.
    pub edges: Vec<Link>,
    /// Whether all ways were followed and all shares on them could be read.
    pub complete: bool,
}

/// One owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// Id of the owner's record.
    pub node: Uuid,
    /// Share held directly.
    pub direct: String,
    /// Share held in all.
    pub total: String,
    /// Whether they are a beneficial owner, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beneficial: Option<Basis>,
    /// The way that carries the most.
    pub way: Way,
}

/// Ids of the stakes' records along a way, from the owned record up.
pub type Way = Vec<Uuid>;

/// Why somebody is a beneficial owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Basis {
    /// Their share reaches the threshold.
    Share,
    /// Nobody's share does; an edge of this kind makes them count.
    Kind {
        /// The kind.
        #[serde(rename = "type")]
        kind: String,
    },
}

impl<'a> Context<'a> {
    /// Who owns `start`, which the actor may read.
    pub(super) async fn owners(&self, start: Spot, query: &GraphQuery) -> Result<Owners, Error> {
        let walk = Walk::of(self, start, query)?;
        let Some(ownership) = &walk.edge.ownership else {
            return Err(refused("edge", "no_ownership", walk.object.name.as_str()));
        };
        let threshold = ownership.threshold.as_ref().and_then(|name| self.number_on(name, walk.on));
        let mut up = walk.stakes(start, &ownership.kinds).await?;
        let stakes: Vec<(&Found, Stake<Uuid>)> = up
            .edges
            .iter()
            .filter_map(|found| {
                let share = found.share?;
                Some((found, Stake { owner: found.from.id, owned: found.to.id, share }))
            })
            .collect();
        let bounds = Bounds { hops: usize::from(walk.depth), looks: LOOKS };
        let plain: Vec<Stake<Uuid>> = stakes.iter().map(|(_, stake)| *stake).collect();
        let held = holdings(&plain, start.id, bounds);
        let can = |id: Uuid| up.spots.get(&id).is_some_and(|(spot, _)| self.owns(ownership, *spot));
        let mut owners: Vec<Owner> = Vec::with_capacity(held.holdings.len());
        for holding in &held.holdings {
            let reaches = threshold.is_some_and(|least| holding.total >= least);
            let ids = holding.way.iter().filter_map(|at| stakes.get(*at).map(|(f, _)| f.id));
            owners.push(Owner {
                node: holding.owner,
                direct: holding.direct.to_string(),
                total: holding.total.to_string(),
                beneficial: (reaches && can(holding.owner)).then_some(Basis::Share),
                way: ids.collect(),
            });
        }
        let complete = held.complete && up.complete && stakes.len() == up.edges.len();
        if !owners.iter().any(|owner| owner.beneficial.is_some()) {
            self.otherwise(&walk, start, (ownership, &mut up), &mut owners).await?;
        }
        let mut spots: Vec<(Spot, u8)> = up.spots.into_values().collect();
        spots.sort_by_key(|(spot, depth)| (*depth, spot.id));
        Ok(Owners {
            edge: walk.object.name.clone(),
            on: walk.on.to_string(),
            threshold: threshold.map(|least| least.normalize().to_string()),
            owners,
            nodes: self.nodes(&spots).await?,
            edges: up.edges.iter().map(Found::link).collect(),
            complete,
        })
    }

    /// When nobody's share reaches the threshold, the first kind by which somebody counts instead.
    async fn otherwise(
        &self,
        walk: &Walk<'a, '_>,
        start: Spot,
        (ownership, up): (&Ownership, &mut Stakes),
        owners: &mut Vec<Owner>,
    ) -> Result<(), Error> {
        for kind in &ownership.otherwise {
            let step = walk.step(Side::To, &[start], std::slice::from_ref(kind)).await?;
            let able = step.found.into_iter().filter(|found| self.owns(ownership, found.from));
            let able: Vec<Found> = able.collect();
            for found in &able {
                let basis = Some(Basis::Kind { kind: kind.clone() });
                up.spots.entry(found.from.id).or_insert((found.from, 1));
                match owners.iter_mut().find(|owner| owner.node == found.from.id) {
                    Some(owner) => owner.beneficial = basis,
                    None => owners.push(Owner {
                        node: found.from.id,
                        direct: "0".into(),
                        total: "0".into(),
                        beneficial: basis,
                        way: vec![found.id],
                    }),
                }
            }
            let some = !able.is_empty();
            up.edges.extend(able);
            if some {
                break;
            }
        }
        Ok(())
    }

    /// Whether records like this one can be beneficial owners.
    fn owns(&self, ownership: &Ownership, spot: Spot) -> bool {
        let name = self.catalogue.at(spot.object).map(|object| &object.name);
        ownership.owners.is_empty() || name.is_some_and(|name| ownership.owners.contains(name))
    }

    /// A number that a parameter has on a day.
    pub(super) fn number_on(&self, name: &Name, on: Date) -> Option<Decimal> {
        match self.catalogue.parameters.get(name)?.on(on)? {
            ParameterValue::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// Stakes in a record, and in those who hold them.
pub(super) struct Stakes {
    pub edges: Vec<Found>,
    pub spots: HashMap<Uuid, (Spot, u8)>,
    pub complete: bool,
}

impl Walk<'_, '_> {
    /// The stakes of `kinds` upwards from `start`, the greatest of each record first.
    pub(super) async fn stakes(&self, start: Spot, kinds: &[String]) -> Result<Stakes, Error> {
        let spots = HashMap::from([(start.id, (start, 0))]);
        let mut up = Stakes { edges: Vec::new(), spots, complete: true };
        let mut frontier = vec![start];
        for depth in 1..=self.depth {
            let step = self.step(Side::To, &frontier, kinds).await?;
            up.complete &= step.crowded.is_empty();
            let mut next = Vec::new();
            for found in step.found {
                let owner = found.from;
                if !up.spots.contains_key(&owner.id) {
                    if up.spots.len() >= NODES_MAX {
                        up.complete = false;
                        continue;
                    }
                    up.spots.insert(owner.id, (owner, depth));
                    next.push(owner);
                }
                up.edges.push(found);
            }
            frontier = next;
            if frontier.is_empty() {
                break;
            }
        }
        Ok(up)
    }
}
