//! Routes: generic over objects, one file a topic.
//!
//! A handler reads the request, asks the engine and writes the answer. What protects a route is
//! that its handler takes a [`Caller`](crate::auth::caller::Caller).

pub mod api_keys;
mod approvals;
pub mod attachment;
pub mod audit;
pub mod body;
pub mod bulk;
pub mod definitions;
pub mod duplicates;
pub mod edges;
pub mod exports;
pub mod fields;
pub mod files;
pub mod forms;
pub mod gate;
pub mod graph;
pub mod imports;
pub mod jobs;
pub mod kept;
pub mod limits;
pub mod me;
pub mod measures;
pub mod objects;
pub mod ops;
pub mod problem;
pub mod records;
pub mod reply;
pub mod samples;
pub mod search;
pub mod session;
pub mod sight;
pub mod strict;
pub mod users;
pub mod web;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use problem::Problem;

/// Where the API lives.
pub const BASE: &str = "/api/v1";

/// All routes.
pub fn router(app: App) -> Router {
    let api = Router::new()
        .merge(session::routes())
        .merge(me::routes())
        .merge(objects::routes())
        .merge(records::routes())
        .merge(bulk::routes())
        .merge(duplicates::routes())
        .merge(graph::routes())
        .merge(search::routes())
        .merge(measures::routes())
        .merge(users::routes())
        .merge(api_keys::routes())
        .merge(audit::routes())
        .merge(jobs::routes())
        .merge(samples::routes())
        .merge(files::routes())
        .merge(imports::routes())
        .merge(exports::routes())
        .merge(approvals::routes())
        .merge(definitions::routes())
        .merge(sight::routes())
        .merge(crate::openapi::routes());
    Router::new()
        .nest(BASE, api)
        .merge(ops::routes())
        .merge(web::routes())
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method")
        })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), gate::gate))
        .with_state(app)
}

fn panicked(what: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    let text = what
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| what.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    axum::response::IntoResponse::into_response(Problem::internal(&format!("panic: {text}")))
}
