//! The graph around a record: what lies near, ways to another, owners, circles, groups.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use engine::Violation;
use engine::graph::{DEPTH_MAX, GraphQuery, NODES_MAX};
use kernel::Date;
use uuid::Uuid;

use super::problem::{Answer, Problem};
use super::reply::{self, Record};
use crate::app::App;
use crate::auth::caller::Caller;

/// Steps from a record that are walked unless asked: for what lies near, and for everything else.
const NEAR: u8 = 2;

/// Parameters of every graph query.
const PARAMETERS: [&str; 7] = ["edge", "types", "families", "on", "depth", "limit", "to"];

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/records/{object}/{id}/graph", get(neighbourhood))
        .route("/records/{object}/{id}/graph/paths", get(paths))
        .route("/records/{object}/{id}/graph/ownership", get(ownership))
        .route("/records/{object}/{id}/graph/circles", get(circles))
        .route("/records/{object}/{id}/graph/exposure", get(exposure))
}

async fn neighbourhood(
    State(app): State<App>,
    caller: Caller,
    reply::At((object, id)): Record,
    RawQuery(text): RawQuery,
) -> Answer {
    let query = plain(text.as_deref(), NEAR)?;
    reply::ok(&app.engine().neighbourhood(&caller.actor, (&object, id), &query).await?)
}

async fn paths(
    State(app): State<App>,
    caller: Caller,
    reply::At((object, id)): Record,
    RawQuery(text): RawQuery,
) -> Answer {
    let (query, to) = asked(text.as_deref(), DEPTH_MAX)?;
    let Some((to_object, to)) = to else {
        return Err(Problem::invalid(vec![Violation::new("to", "required")]));
    };
    let ends = ((object.as_str(), id), (to_object.as_str(), to));
    reply::ok(&app.engine().graph_paths(&caller.actor, ends.0, ends.1, &query).await?)
}

async fn ownership(
    State(app): State<App>,
    caller: Caller,
    reply::At((object, id)): Record,
    RawQuery(text): RawQuery,
) -> Answer {
    let query = plain(text.as_deref(), DEPTH_MAX)?;
    reply::ok(&app.engine().owners(&caller.actor, (&object, id), &query).await?)
}

async fn circles(
    State(app): State<App>,
    caller: Caller,
    reply::At((object, id)): Record,
    RawQuery(text): RawQuery,
) -> Answer {
    let query = plain(text.as_deref(), DEPTH_MAX)?;
    reply::ok(&app.engine().circles(&caller.actor, (&object, id), &query).await?)
}

async fn exposure(
    State(app): State<App>,
    caller: Caller,
    reply::At((object, id)): Record,
    RawQuery(text): RawQuery,
) -> Answer {
    let query = plain(text.as_deref(), DEPTH_MAX)?;
    reply::ok(&app.engine().exposure(&caller.actor, (&object, id), &query).await?)
}

/// A query without another record in it.
fn plain(text: Option<&str>, depth: u8) -> Answer<GraphQuery> {
    match asked(text, depth)? {
        (query, None) => Ok(query),
        (_, Some(_)) => {
            let violation = Violation::new("to", "unknown_parameter").with("name", "to");
            Err(Problem::invalid(vec![violation]))
        }
    }
}

/// What a query string asks, and the other record where it names one.
fn asked(text: Option<&str>, depth: u8) -> Answer<(GraphQuery, Option<(String, Uuid)>)> {
    let [edge, types, families, on, steps, limit, to] = reply::named(text, PARAMETERS)?;
    let mut violations = Vec::new();
    let mut day = None;
    if let Some(text) = on {
        match text.parse::<Date>() {
            Ok(date) => day = Some(date),
            Err(_) => violations.push(Violation::new("on", "date")),
        }
    }
    let mut number = |name: &str, text: Option<String>, most: usize, default: usize| {
        let Some(text) = text else { return default };
        let found = text.parse().ok().filter(|number| (1..=most).contains(number));
        found.unwrap_or_else(|| {
            let violation = Violation::new(name, "range").with("min", "1");
            violations.push(violation.with("max", most.to_string()));
            default
        })
    };
    let steps = number("depth", steps, usize::from(DEPTH_MAX), usize::from(depth));
    let usual = GraphQuery::default();
    let limit = number("limit", limit, NODES_MAX, usual.limit);
    let mut other = None;
    if let Some(text) = to {
        let parts = text
            .split_once(':')
            .and_then(|(object, id)| Some((object.to_owned(), id.parse::<Uuid>().ok()?)));
        match parts {
            Some(parts) => other = Some(parts),
            None => violations.push(Violation::new("to", "reference_form")),
        }
    }
    if !violations.is_empty() {
        return Err(Problem::invalid(violations));
    }
    let depth = u8::try_from(steps).unwrap_or(depth);
    let list = |text: Option<String>| -> Vec<String> {
        let text = text.unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (types, families) = (list(types), list(families));
    Ok((GraphQuery { edge, types, families, on: day, depth, limit }, other))
}
