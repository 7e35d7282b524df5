//! What a page draws: the records around the one on it, and what it has over time.

use schema::catalogue::{Action, GraphPart, Section};

use super::Page;
use crate::Error;
use crate::graph::{GraphQuery, Neighbourhood, Spot};
use crate::measures::Trend;

impl Page<'_, '_> {
    /// The graph and the trend of each section, as far as the reader may see them.
    pub(super) async fn pictures(
        &self,
        sections: &[Section],
    ) -> Result<Vec<(Option<Neighbourhood>, Option<Trend>)>, Error> {
        let mut drawn = Vec::with_capacity(sections.len());
        for section in sections {
            let graph = match &section.graph {
                Some(part) => self.graph(part).await?,
                None => None,
            };
            let trend = match &section.trend {
                Some(part) => self.context.trend(self.place(), part).await?,
                None => None,
            };
            drawn.push((graph, trend));
        }
        Ok(drawn)
    }

    async fn graph(&self, part: &GraphPart) -> Result<Option<Neighbourhood>, Error> {
        let (object, id) = self.place();
        let query = GraphQuery {
            edge: part.edge.as_ref().map(ToString::to_string),
            depth: part.depth,
            limit: usize::try_from(part.limit).unwrap_or(usize::MAX),
            ..GraphQuery::default()
        };
        match self.context.neighbourhood(Spot { object, id }, &query).await {
            Ok(near) => {
                let (catalogue, rights) = (self.context.catalogue, self.context.actor.rights());
                let edge = catalogue.object(near.edge.as_str());
                let seen = edge.is_some_and(|(ix, _)| rights.may(ix, Action::Read));
                Ok(seen.then_some(near))
            }
            // An edge object that is retired joins nothing any more.
            Err(Error::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
