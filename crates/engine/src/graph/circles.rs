//! Circles through a record, such as guarantees that come back to who gave them.

use std::collections::HashSet;

use serde::Serialize;
use uuid::Uuid;

use super::walk::{Found, Side, Walk};
use super::{GraphQuery, Link, NODES_MAX, Node, Spot};
use crate::Error;
use crate::write::Context;

/// Most circles told.
const CIRCLES: usize = 20;
/// Most edges looked at while circles are closed.
const LOOKS: usize = 20_000;

/// Circles through a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Circles {
    /// The edge object.
    pub edge: schema::Name,
    /// The day.
    pub on: String,
    /// Shortest first.
    pub circles: Vec<Circle>,
    /// Records in the circles.
    pub nodes: Vec<Node>,
    /// Edges of the circles.
    pub edges: Vec<Link>,
    /// Whether these are all within the asked number of steps.
    pub complete: bool,
}

/// One circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Circle {
    /// Ids of its records, the one asked about first.
    pub nodes: Vec<Uuid>,
    /// Ids of its edges' records, in order.
    pub edges: Vec<Uuid>,
}

impl<'a> Context<'a> {
    /// Circles through `start`, which the actor may read.
    pub(super) async fn circles(&self, start: Spot, query: &GraphQuery) -> Result<Circles, Error> {
        let walk = Walk::of(self, start, query)?;
        let kinds = if walk.kinds.is_empty() { &walk.edge.circles } else { &walk.kinds };
        let (edges, seen_all) = walk.onwards(start, kinds).await?;
        let pairs: Vec<(Uuid, Uuid)> = edges.iter().map(|e| (e.from.id, e.to.id)).collect();
        let hops = usize::from(walk.depth);
        let found = finance::circles::through(&pairs, start.id, hops, (CIRCLES, LOOKS));
        let mut spots = vec![(start, 0)];
        let mut links: Vec<Link> = Vec::new();
        let mut circles = Vec::with_capacity(found.circles.len());
        for circle in &found.circles {
            let parts: Vec<&Found> = circle.iter().filter_map(|at| edges.get(*at)).collect();
            for (part, depth) in parts.iter().zip(0..) {
                if !spots.iter().any(|(spot, _)| *spot == part.from) {
                    spots.push((part.from, depth));
                }
                if !links.iter().any(|link| link.record.id == part.id) {
                    links.push(part.link());
                }
            }
            circles.push(Circle {
                nodes: parts.iter().map(|part| part.from.id).collect(),
                edges: parts.iter().map(|part| part.id).collect(),
            });
        }
        Ok(Circles {
            edge: walk.object.name.clone(),
            on: walk.on.to_string(),
            circles,
            nodes: self.nodes(&spots).await?,
            edges: links,
            complete: found.complete && seen_all,
        })
    }
}

impl Walk<'_, '_> {
    /// The edges of `kinds` onwards from `start`, and whether none was left out.
    async fn onwards(&self, start: Spot, kinds: &[String]) -> Result<(Vec<Found>, bool), Error> {
        let mut edges = Vec::new();
        let mut known = HashSet::from([start.id]);
        let mut frontier = vec![start];
        let mut complete = true;
        for _ in 0..self.depth {
            if kinds.is_empty() || frontier.is_empty() {
                break;
            }
            let step = self.step(Side::From, &frontier, kinds).await?;
            complete &= step.crowded.is_empty();
            frontier.clear();
            for found in step.found {
                if known.len() < NODES_MAX && known.insert(found.to.id) {
                    frontier.push(found.to);
                }
                complete &= known.contains(&found.to.id);
                edges.push(found);
            }
        }
        Ok((edges, complete))
    }
}
