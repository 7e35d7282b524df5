//! The graph that edge objects make: what lies around a record, ways between two, who owns, controls
//! and answers for whom.
//!
//! Everything is read under the caller's rights, by row and by field: an edge takes part only if the
//! caller may see it with both its ends, its kind and its dates; a figure only where they may read
//! it. A joined record out of the caller's sight appears without a title, as on the edge itself.
//! Answers are about what the caller may see, and say nothing of what they may not.
//!
//! Bounded whatever the data: at most [`DEPTH_MAX`] steps, [`NODES_MAX`] records, [`FAN`] edges of
//! one record and direction, of [`WINDOW`] looked at. Each step costs two statements, titles one for
//! each object and two hundred records.

mod circles;
mod control;
mod neighbourhood;
mod owners;
mod paths;
mod walk;

use kernel::Date;
use schema::catalogue::{Action, base};
use schema::{Name, ObjectIx};
use serde::Serialize;
use uuid::Uuid;

use crate::moment::Moment;
use crate::read::expand;
use crate::write::Context;
use crate::{Actor, Engine, Error, Refusal, View, Violation};

pub use circles::{Circle, Circles};
pub use control::{Exposed, Exposure};
pub use neighbourhood::{Group, Neighbourhood};
pub use owners::{Basis, Owner, Owners, Way};
pub use paths::Paths;

/// Most steps from a record.
pub const DEPTH_MAX: u8 = 6;
/// Most records of an answer.
pub const NODES_MAX: usize = 500;
/// Most edges of one record in one direction.
pub const FAN: u32 = 50;
/// Most edges of one record in one direction that are looked at.
pub const WINDOW: u32 = 1_000;

/// Which edges are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphQuery {
    /// The edge object; none is the first whose edges join records like the one asked about.
    pub edge: Option<String>,
    /// Kinds; none is every kind.
    pub types: Vec<String>,
    /// Families of kinds, added to `types`.
    pub families: Vec<String>,
    /// Day the edges must hold on; none is today.
    pub on: Option<Date>,
    /// Steps from the record, at most [`DEPTH_MAX`].
    pub depth: u8,
    /// Most records of the answer, at most [`NODES_MAX`].
    pub limit: usize,
}

impl Default for GraphQuery {
    fn default() -> GraphQuery {
        GraphQuery {
            edge: None,
            types: Vec::new(),
            families: Vec::new(),
            on: None,
            depth: 2,
            limit: 100,
        }
    }
}

/// A record of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub object: ObjectIx,
    pub id: Uuid,
}

/// A record of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// Its object.
    pub object: Name,
    /// Its id.
    pub id: Uuid,
    /// Steps from the record asked about.
    pub depth: u8,
    /// Whether the caller may read it.
    pub visible: bool,
    /// Its title, where the caller may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// An edge of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    /// Id of the record on the first side.
    pub from: Uuid,
    /// Id of the record on the other side.
    pub to: Uuid,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The edge's own record, masked.
    pub record: View,
}

impl Engine {
    /// What lies around a record.
    ///
    /// Costs one statement for the record, two for each step, one for each object and two hundred
    /// titles, and one in each direction when records have more edges than are shown.
    ///
    /// # Errors
    /// Invisible when the caller may not read the record; invalid when the query names what is not
    /// there.
    pub async fn neighbourhood(
        &self,
        actor: &Actor,
        (object, id): (&str, Uuid),
        query: &GraphQuery,
    ) -> Result<Neighbourhood, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let start = context.start(object, id).await?;
        context.neighbourhood(start, query).await
    }

    /// The shortest ways between two records.
    ///
    /// Costs two statements for the records, two for each step, titles as a neighbourhood.
    ///
    /// # Errors
    /// As a neighbourhood, for either record.
    pub async fn graph_paths(
        &self,
        actor: &Actor,
        (object, id): (&str, Uuid),
        (to_object, to): (&str, Uuid),
        query: &GraphQuery,
    ) -> Result<Paths, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let start = context.start(object, id).await?;
        let end = context.start(to_object, to).await?;
        context.paths(start, end, query).await
    }

    /// Who owns a record, directly and through others, and who its beneficial owners are.
    ///
    /// Costs one statement for the record and one for each step, titles as a neighbourhood.
    ///
    /// # Errors
    /// As a neighbourhood; `no_ownership` when the edge holds no shares.
    pub async fn owners(
        &self,
        actor: &Actor,
        (object, id): (&str, Uuid),
        query: &GraphQuery,
    ) -> Result<Owners, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let start = context.start(object, id).await?;
        context.owners(start, query).await
    }

    /// Circles through a record, along the kinds that the edge names for it.
    ///
    /// Costs one statement for the record and one for each step, titles as a neighbourhood.
    ///
    /// # Errors
    /// As a neighbourhood.
    pub async fn circles(
        &self,
        actor: &Actor,
        (object, id): (&str, Uuid),
        query: &GraphQuery,
    ) -> Result<Circles, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let start = context.start(object, id).await?;
        context.circles(start, query).await
    }

    /// The group under one control that a record belongs to, and what its members' figures add up
    /// to.
    ///
    /// Costs one statement for the record, two for each step, two for each object and two hundred
    /// members.
    ///
    /// # Errors
    /// As a neighbourhood.
    pub async fn exposure(
        &self,
        actor: &Actor,
        (object, id): (&str, Uuid),
        query: &GraphQuery,
    ) -> Result<Exposure, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let start = context.start(object, id).await?;
        context.exposure(start, query).await
    }
}

impl Context<'_> {
    /// The record to start from, if the actor may read it.
    async fn start(&self, object: &str, id: Uuid) -> Result<Spot, Error> {
        let (ix, _) = self.object(object)?;
        if !self.actor.rights().may(ix, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        match self.engine.visible(self, ix, &[id]).await?.as_slice() {
            [_] => Ok(Spot { object: ix, id }),
            _ => Err(Refusal::Invisible.into()),
        }
    }

    /// The records as the actor may see them, with their distance.
    async fn nodes(&self, spots: &[(Spot, u8)]) -> Result<Vec<Node>, Error> {
        let mut seen = std::collections::HashMap::new();
        let mut objects: Vec<ObjectIx> = spots.iter().map(|(spot, _)| spot.object).collect();
        objects.sort_unstable();
        objects.dedup();
        for ix in objects {
            let Some(object) = self.catalogue.at(ix) else { continue };
            let title = object.at(object.title).map(|field| field.name.to_string());
            let Some(title) = title.filter(|_| object.title != base::ID) else { continue };
            let ids = spots.iter().filter(|(spot, _)| spot.object == ix);
            let ids: Vec<Uuid> = ids.map(|(spot, _)| spot.id).collect();
            for (id, view) in expand::look_up(self, ix, ids, vec![title.clone()]).await? {
                let text = view.get(&title).and_then(|json| json.as_str().map(str::to_owned));
                seen.insert(id, text);
            }
        }
        let node = |(spot, depth): &(Spot, u8)| {
            let known = seen.get(&spot.id);
            Some(Node {
                object: self.catalogue.at(spot.object)?.name.clone(),
                id: spot.id,
                depth: *depth,
                visible: known.is_some(),
                title: known.cloned().flatten(),
            })
        };
        Ok(spots.iter().filter_map(node).collect())
    }
}

/// A refusal about one part of a graph query.
fn refused(at: &str, code: &str, name: &str) -> Error {
    Refusal::Invalid(vec![Violation::new(at, code).with("name", name)]).into()
}
