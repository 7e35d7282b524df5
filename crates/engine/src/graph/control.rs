//! Groups under one control, and what their members' figures add up to.
//!
//! A member's figure counts where the caller may read it in clear; how many could not be counted is
//! told, so that nobody takes a part for the whole.

use std::collections::HashMap;

use kernel::Decimal;
use schema::catalogue::{Access, Action, base};
use schema::edge::Control;
use schema::query::Query;
use schema::{Name, ObjectIx, Slot, Value};
use serde::Serialize;
use uuid::Uuid;

use super::walk::{Found, Side, Walk};
use super::{GraphQuery, Link, Node, Spot, refused};
use crate::Error;
use crate::read::plan::Plan;
use crate::rights::field_in;
use crate::write::Context;

/// Most records one statement reads figures of.
const CHUNK: usize = 200;

/// A group and what its members' figures add up to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exposure {
    /// The edge object.
    pub edge: Name,
    /// The day.
    pub on: String,
    /// A share above it is control, where one is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_above: Option<String>,
    /// Members, the record asked about first.
    pub nodes: Vec<Node>,
    /// Edges that make the group.
    pub edges: Vec<Link>,
    /// Each figure over all members.
    pub totals: Vec<Exposed>,
    /// Whether all members were found and every figure of each was counted.
    pub complete: bool,
}

/// One figure over a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposed {
    /// The field.
    pub field: Name,
    /// Total of the members counted.
    pub total: String,
    /// Members that have the field and were counted.
    pub counted: usize,
    /// Members that have it and whose figure the caller may not read.
    pub unread: usize,
    /// Each counted member's figure, empty ones left out.
    pub members: Vec<(Uuid, String)>,
}

impl<'a> Context<'a> {
    /// The group that `start` belongs to, which the actor may read.
    pub(super) async fn exposure(
        &self,
        start: Spot,
        query: &GraphQuery,
    ) -> Result<Exposure, Error> {
        let walk = Walk::of(self, start, query)?;
        let Some(control) = &walk.edge.control else {
            return Err(refused("edge", "no_control", walk.object.name.as_str()));
        };
        let above = control.share_above.as_ref().and_then(|name| self.number_on(name, walk.on));
        let (spots, edges, found_all) = walk.group(start, control, above).await?;
        let mut totals = Vec::with_capacity(control.exposure.len());
        for field in &control.exposure {
            totals.push(self.total(field, &spots).await?);
        }
        let complete = found_all && totals.iter().all(|total| total.unread == 0);
        Ok(Exposure {
            edge: walk.object.name.clone(),
            on: walk.on.to_string(),
            share_above: above.map(|share| share.normalize().to_string()),
            nodes: self.nodes(&spots).await?,
            edges: edges.iter().map(Found::link).collect(),
            totals,
            complete,
        })
    }

    /// One figure over members, each object's in its own statement.
    async fn total(&self, field: &Name, spots: &[(Spot, u8)]) -> Result<Exposed, Error> {
        let mut exposed = Exposed {
            field: field.clone(),
            total: String::new(),
            counted: 0,
            unread: 0,
            members: Vec::new(),
        };
        let mut total = Decimal::ZERO;
        let mut by_object: HashMap<ObjectIx, Vec<Uuid>> = HashMap::new();
        for (spot, _) in spots {
            by_object.entry(spot.object).or_default().push(spot.id);
        }
        for (ix, ids) in by_object {
            let Some((slot, _)) = self.catalogue.at(ix).and_then(|o| o.field(field.as_str()))
            else {
                continue;
            };
            let read = self.figures((ix, slot), field, &ids).await?;
            exposed.unread += ids.len() - read.len();
            exposed.counted += read.len();
            for (id, figure) in read {
                let Some(figure) = figure else { continue };
                let overflow = || Error::Internal(format!("the total of `{field}` overflows"));
                total = total.checked_add(figure).ok_or_else(overflow)?;
                exposed.members.push((id, figure.normalize().to_string()));
            }
        }
        exposed.members.sort();
        exposed.total = total.normalize().to_string();
        Ok(exposed)
    }

    /// The figure at `slot` of the records where the actor may read it.
    async fn figures(
        &self,
        (ix, slot): (ObjectIx, Slot),
        field: &Name,
        ids: &[Uuid],
    ) -> Result<Vec<(Uuid, Option<Decimal>)>, Error> {
        let rights = self.actor.rights();
        let Some(object) = self.catalogue.at(ix) else { return Ok(Vec::new()) };
        if rights.most(ix, Action::Read, slot) < Access::Read {
            return Ok(Vec::new());
        }
        let query = Query { columns: vec![field.to_string()], ..Query::of(object.name.as_str()) };
        let mut figures = Vec::with_capacity(ids.len());
        for some in ids.chunks(CHUNK) {
            let mut plan = Plan::of(self, &query, Action::Read)?;
            plan.filter = Some(field_in(ix, base::ID, some));
            let limit = u32::try_from(CHUNK).unwrap_or(u32::MAX);
            let rows =
                self.engine.store().select(self.catalogue, &plan.select(self, None, limit)).await?;
            let at = |wanted: Slot| plan.slots.iter().position(|slot| *slot == wanted);
            let (Some(id_at), Some(figure_at)) = (at(base::ID), at(slot)) else { continue };
            for row in &rows {
                let shown = object.at(slot).map(|f| f.shown(plan.access(row, slot)));
                let Some(Value::Id(id)) = row.get(id_at) else { continue };
                if shown >= Some(Access::Read) {
                    let figure = match row.get(figure_at) {
                        Some(Value::Number(number)) => Some(*number),
                        _ => None,
                    };
                    figures.push((*id, figure));
                }
            }
        }
        Ok(figures)
    }
}

impl Walk<'_, '_> {
    /// Members of the group around `start`, the edges that make it, and whether all were found.
    async fn group(
        &self,
        start: Spot,
        control: &Control,
        above: Option<Decimal>,
    ) -> Result<(Vec<(Spot, u8)>, Vec<Found>, bool), Error> {
        let owning = self.edge.ownership.as_ref().map(|own| own.kinds.as_slice());
        let owning = owning.filter(|_| above.is_some()).unwrap_or_default();
        let mut kinds = control.kinds.clone();
        kinds.extend(owning.iter().filter(|kind| !control.kinds.contains(kind)).cloned());
        let controls = |found: &Found| {
            let enough = || above.is_some_and(|above| found.share.is_some_and(|s| s > above));
            control.kinds.contains(&found.kind) || (owning.contains(&found.kind) && enough())
        };
        let mut spots = vec![(start, 0)];
        let mut edges: Vec<Found> = Vec::new();
        let mut frontier = vec![start];
        let mut complete = true;
        for depth in 1..=self.depth {
            let mut next = Vec::new();
            for side in [Side::From, Side::To] {
                if kinds.is_empty() || frontier.is_empty() {
                    continue;
                }
                let step = self.step(side, &frontier, &kinds).await?;
                complete &= step.crowded.is_empty();
                for found in step.found.into_iter().filter(controls) {
                    if edges.iter().any(|known| known.id == found.id) {
                        continue;
                    }
                    let far = found.at(side.other());
                    if !spots.iter().any(|(spot, _)| *spot == far) {
                        if spots.len() >= self.limit {
                            complete = false;
                            continue;
                        }
                        spots.push((far, depth));
                        next.push(far);
                    }
                    edges.push(found);
                }
            }
            frontier = next;
        }
        complete &= frontier.is_empty();
        Ok((spots, edges, complete))
    }
}
