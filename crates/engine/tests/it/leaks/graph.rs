//! What the graph says of the records that were planted.

use super::Watch;
use super::exits::{Said, json_of, tell};
use super::plant::Planted;

/// Everything the graph says of a record, under each edge object that joins it to others.
pub async fn graph(watch: &Watch<'_>, planted: &Planted, said: &mut Said) {
    let (engine, actor) = (watch.engine(), &watch.actor);
    let catalogue = engine.catalogue();
    let here = (planted.object.as_str(), planted.id);
    for edge in catalogue.objects.values().filter(|object| object.edge.is_some()) {
        let query = engine::graph::GraphQuery {
            edge: Some(edge.name.to_string()),
            depth: 6,
            ..engine::graph::GraphQuery::default()
        };
        tell(said, engine.neighbourhood(actor, here, &query).await, json_of);
        tell(said, engine.graph_paths(actor, here, here, &query).await, json_of);
        tell(said, engine.owners(actor, here, &query).await, json_of);
        tell(said, engine.circles(actor, here, &query).await, json_of);
        tell(said, engine.exposure(actor, here, &query).await, json_of);
    }
}
