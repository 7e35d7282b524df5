//! The switch of sample data.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use engine::Violation;
use serde_json::json;

use super::body::Input;
use super::fields::Fields;
use super::problem::Answer;
use super::reply;
use crate::app::App;
use crate::auth::caller::Caller;

/// The switch, and turning it.
pub fn routes() -> Router<App> {
    Router::new().route("/samples", get(read).post(load).delete(remove))
}

async fn read(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [] = reply::named(text.as_deref(), [])?;
    reply::ok(&app.engine().samples(&caller.actor).await?)
}

async fn load(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let mut fields = Fields::of(json, &["customers"])?;
    let customers = match fields.any("customers") {
        Some(value) => value.as_u64().unwrap_or_else(|| {
            fields.mistyped("customers", "integer");
            0
        }),
        None => {
            fields.wrong(Violation::new("customers", "required"));
            0
        }
    };
    fields.end()?;
    let job = app.engine().start_load_samples(&caller.actor, customers).await?;
    reply::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}

async fn remove(State(app): State<App>, caller: Caller) -> Answer {
    let job = app.engine().start_remove_samples(&caller.actor).await?;
    reply::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}
