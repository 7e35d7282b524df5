//! Ways between two records: breadth first from both ends until they meet.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use uuid::Uuid;

use super::walk::{Found, Side, Walk};
use super::{GraphQuery, Link, NODES_MAX, Node, Spot};
use crate::Error;
use crate::write::Context;

/// Most ways told.
const WAYS: usize = 10;

/// The shortest ways between two records.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paths {
    /// The edge object.
    pub edge: schema::Name,
    /// The day.
    pub on: String,
    /// Records on the ways; `depth` counts from the first.
    pub nodes: Vec<Node>,
    /// Edges on the ways.
    pub edges: Vec<Link>,
    /// Each way as the ids of its edges' records, from the first record to the last.
    pub paths: Vec<Vec<Uuid>>,
    /// Whether a bound ended the search before all was seen.
    pub truncated: bool,
}

/// What was reached from one end.
struct Reach {
    frontier: Vec<Spot>,
    known: HashSet<Uuid>,
    steps: u8,
}

impl Reach {
    fn from(start: Spot) -> Reach {
        Reach { frontier: vec![start], known: HashSet::from([start.id]), steps: 0 }
    }
}

impl<'a> Context<'a> {
    /// The shortest ways from `start` to `end`, both of which the actor may read.
    pub(super) async fn paths(
        &self,
        start: Spot,
        end: Spot,
        query: &GraphQuery,
    ) -> Result<Paths, Error> {
        let walk = Walk::of(self, start, query)?;
        let mut edges: HashMap<Uuid, Found> = HashMap::new();
        let mut truncated = false;
        let (mut here, mut there) = (Reach::from(start), Reach::from(end));
        while here.steps + there.steps < walk.depth && here.known.is_disjoint(&there.known) {
            // The smaller side goes on: fewer edges are read.
            let a = !here.frontier.is_empty() && here.frontier.len() <= there.frontier.len();
            let reach = if a || there.frontier.is_empty() { &mut here } else { &mut there };
            if reach.frontier.is_empty() {
                break;
            }
            truncated |= walk.widen(reach, &mut edges).await?;
        }
        let all: Vec<&Found> = edges.values().collect();
        let pairs: Vec<(Uuid, Uuid)> = all.iter().map(|e| (e.from.id, e.to.id)).collect();
        let hops = usize::from(walk.depth);
        let ways = finance::ways::shortest(&pairs, (start.id, end.id), hops, WAYS);
        let mut paths = Paths {
            edge: walk.object.name.clone(),
            on: walk.on.to_string(),
            nodes: Vec::new(),
            edges: Vec::new(),
            paths: Vec::new(),
            truncated,
        };
        let mut spots = vec![(start, 0)];
        for way in ways {
            let mut at = start;
            let mut ids = Vec::with_capacity(way.len());
            for (found, depth) in way.iter().filter_map(|edge| all.get(*edge)).zip(1..) {
                at = if found.from == at { found.to } else { found.from };
                if !spots.iter().any(|(spot, _)| *spot == at) {
                    spots.push((at, depth));
                }
                if !paths.edges.iter().any(|link| link.record.id == found.id) {
                    paths.edges.push(found.link());
                }
                ids.push(found.id);
            }
            paths.paths.push(ids);
        }
        paths.paths.sort();
        paths.nodes = self.nodes(&spots).await?;
        Ok(paths)
    }
}

impl Walk<'_, '_> {
    /// One more step from one end; whether a bound was met.
    async fn widen(
        &self,
        reach: &mut Reach,
        edges: &mut HashMap<Uuid, Found>,
    ) -> Result<bool, Error> {
        let frontier = std::mem::take(&mut reach.frontier);
        let mut truncated = false;
        for side in [Side::From, Side::To] {
            let step = self.step(side, &frontier, &[]).await?;
            truncated |= !step.crowded.is_empty();
            for found in step.found {
                let far = found.at(side.other());
                if reach.known.len() < NODES_MAX && reach.known.insert(far.id) {
                    reach.frontier.push(far);
                } else if !reach.known.contains(&far.id) {
                    truncated = true;
                    continue;
                }
                edges.insert(found.id, found);
            }
        }
        reach.steps += 1;
        Ok(truncated)
    }
}
