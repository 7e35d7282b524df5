//! OpenAPI 3.1, made at run time from the published catalogue for the caller's rights.
//!
//! Objects, actions and fields a caller has no right to do not appear.

mod approvals;
mod duplicates;
mod fixed;
mod graph;
mod operation;
mod pages;
mod records;
mod schemas;
mod transfer;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use engine::Actor;
use schema::Catalogue;
use serde_json::{Map, Value as Json, json};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::kept;
use crate::http::problem::Answer;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new().route("/openapi.json", get(show))
}

async fn show(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Answer {
    let catalogue = app.engine().catalogue();
    kept::definition(&document(&catalogue, &caller.actor), &headers)
}

/// The whole document for one actor.
#[must_use]
pub fn document(catalogue: &Catalogue, actor: &Actor) -> Json {
    let mut paths = Map::new();
    let mut schemas = schemas::shared();
    fixed::describe(&mut paths, actor);
    duplicates::requests(&mut paths);
    transfer::describe(&mut paths, &mut schemas, catalogue, actor);
    for (name, object) in &catalogue.objects {
        let Some((ix, _)) = catalogue.object(name.as_str()) else { continue };
        if !object.retired {
            records::describe(&mut paths, &mut schemas, catalogue, actor, (ix, object));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jinyao 金钥",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Records of every published object, as far as the caller's rights reach. \
                Amounts and numbers with a fraction are texts. Writes with a session's cookie carry \
                `X-CSRF-Token`; programs use an API key as a bearer token.",
            "x-catalogue": catalogue.version,
        },
        "servers": [{ "url": crate::http::BASE }],
        "security": [{ "session": [] }, { "key": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": operation::responses(),
            "parameters": operation::parameters(),
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-jinyao" },
                "key": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}
