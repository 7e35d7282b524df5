//! Around a record: breadth first, the rest grouped as counts.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use uuid::Uuid;

use super::walk::{Found, Side, Walk};
use super::{GraphQuery, Link, Node, Spot, WINDOW};
use crate::Error;
use crate::write::Context;

/// Records whose rest is counted, at most, in each direction.
const COUNTED: usize = 16;

/// What lies around a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neighbourhood {
    /// The edge object.
    pub edge: schema::Name,
    /// The day.
    pub on: String,
    /// Records by distance, the one asked about first.
    pub nodes: Vec<Node>,
    /// Edges between them.
    pub edges: Vec<Link>,
    /// What is not shown, counted.
    pub groups: Vec<Group>,
    /// Whether something is not shown.
    pub truncated: bool,
}

/// Edges of one kind of one record in one direction, more than are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The record.
    pub node: Uuid,
    /// `from` when the record is the first side of them, else `to`.
    pub side: &'static str,
    /// Their kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many there are, shown ones too.
    pub total: u64,
    /// Whether there may be more than that.
    pub more: bool,
    /// How many of them are shown.
    pub shown: u64,
}

/// A record, the side it stands on, and a kind of edge.
type Bundle = (Uuid, Side, String);

impl<'a> Context<'a> {
    /// What lies around `start`, which the actor may read.
    pub(crate) async fn neighbourhood(
        &self,
        start: Spot,
        query: &GraphQuery,
    ) -> Result<Neighbourhood, Error> {
        let walk = Walk::of(self, start, query)?;
        let mut around = Around::new(start, walk.limit);
        let mut frontier = vec![start];
        for depth in 1..=walk.depth {
            let mut next = Vec::new();
            for side in [Side::From, Side::To] {
                let step = walk.step(side, &frontier, &[]).await?;
                around.crowded.extend(step.crowded.into_iter().map(|spot| (spot, side)));
                for found in step.found {
                    next.extend(around.take(found, side, depth));
                }
            }
            if next.is_empty() {
                break;
            }
            frontier = next;
        }
        let groups = around.groups(&walk).await?;
        let truncated = !groups.is_empty() || !around.crowded.is_empty();
        Ok(Neighbourhood {
            edge: walk.object.name.clone(),
            on: walk.on.to_string(),
            nodes: self.nodes(&around.spots).await?,
            edges: around.links,
            groups,
            truncated,
        })
    }
}

struct Around {
    spots: Vec<(Spot, u8)>,
    known: HashSet<Uuid>,
    edges: HashSet<Uuid>,
    links: Vec<Link>,
    crowded: Vec<(Spot, Side)>,
    /// Edges shown and edges left out because their other end was one record too many.
    shown: HashMap<Bundle, u64>,
    left: HashMap<Bundle, u64>,
    limit: usize,
}

impl Around {
    fn new(start: Spot, limit: usize) -> Around {
        Around {
            spots: vec![(start, 0)],
            known: HashSet::from([start.id]),
            edges: HashSet::new(),
            links: Vec::new(),
            crowded: Vec::new(),
            shown: HashMap::new(),
            left: HashMap::new(),
            limit,
        }
    }

    /// Notes an edge found at `side` of a known record; the record behind it if that is new.
    fn take(&mut self, found: Found, side: Side, depth: u8) -> Option<Spot> {
        let (near, far) = (found.at(side), found.at(side.other()));
        if !self.edges.insert(found.id) {
            return None;
        }
        let bundle = (near.id, side, found.kind.clone());
        let new = !self.known.contains(&far.id);
        if new && self.spots.len() >= self.limit {
            *self.left.entry(bundle).or_default() += 1;
            return None;
        }
        *self.shown.entry(bundle).or_default() += 1;
        *self.shown.entry((far.id, side.other(), found.kind.clone())).or_default() += 1;
        self.links.push(found.link());
        new.then(|| {
            self.known.insert(far.id);
            self.spots.push((far, depth));
            far
        })
    }

    /// Counts of what is not shown: exact for records with few edges, up to the window for others.
    async fn groups(&self, walk: &Walk<'_, '_>) -> Result<Vec<Group>, Error> {
        let mut groups = Vec::new();
        let group = |(node, side, kind): Bundle, total: u64, more: bool| {
            let shown = self.shown.get(&(node, side, kind.clone())).copied().unwrap_or(0);
            let side = if side == Side::From { "from" } else { "to" };
            Group { node, side, kind, total, more, shown }
        };
        for side in [Side::From, Side::To] {
            let crowded = self.crowded.iter().filter(|(_, at)| *at == side);
            let crowded: Vec<Spot> = crowded.map(|(spot, _)| *spot).take(COUNTED).collect();
            for (spot, kind, count) in walk.counts(side, &crowded).await? {
                let window = u64::from(WINDOW);
                let one = group((spot.id, side, kind), count.min(window), count > window);
                groups.extend((one.total > one.shown).then_some(one));
            }
        }
        for (bundle, left) in &self.left {
            let counted = |group: &Group| {
                let side = if bundle.1 == Side::From { "from" } else { "to" };
                (group.node, group.side, &group.kind) == (bundle.0, side, &bundle.2)
            };
            if !groups.iter().any(counted) {
                let shown = self.shown.get(bundle).copied().unwrap_or(0);
                groups.push(group(bundle.clone(), shown + left, false));
            }
        }
        groups.sort_by(|a, b| (a.node, a.side, &a.kind).cmp(&(b.node, b.side, &b.kind)));
        Ok(groups)
    }
}
