//! For those who run the server: is it alive, is it ready, how is it doing.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::gate::Client;
use super::problem::{Answer, Problem};
use super::reply;
use crate::app::App;
use crate::auth::token;

/// Routes of this topic, beside the API.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
}

async fn health() -> Answer {
    reply::ok(&json!({ "status": "alive" }))
}

async fn ready(State(app): State<App>) -> Answer {
    if app.is_stopping() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping").retry_after(5));
    }
    app.engine().store().published_version().await?;
    reply::ok(&json!({ "status": "ready", "catalogue": app.engine().catalogue().version }))
}

async fn metrics(State(app): State<App>, client: Client, headers: HeaderMap) -> Response {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "));
    let allowed = match (&app.config().metrics_key, given) {
        (Some(key), Some(given)) => token::same(key, given),
        (Some(_), None) | (None, Some(_)) => false,
        (None, None) => client.ip.is_loopback(),
    };
    if !allowed {
        return Problem::not_found().into_response();
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    ([(header::CONTENT_TYPE, kind)], crate::metrics::text()).into_response()
}
