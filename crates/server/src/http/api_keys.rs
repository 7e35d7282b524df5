//! API keys: made by administrators for a user, shown once, limited by scope, address and time.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{delete, get};
use engine::Violation;
use engine::access::{ApiKey, NewApiKey, Scope};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::body::Input;
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::token;
use crate::config::network;

/// Most scopes or networks of a key.
const MOST: usize = 100;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new().route("/api-keys", get(list).post(create)).route("/api-keys/{id}", delete(revoke))
}

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [user] = reply::named(text.as_deref(), ["user"])?;
    let user = match user.as_deref() {
        None => Some(caller.actor.user()),
        Some("all") => None,
        Some(text) => Some(text.parse().map_err(|_| {
            let violation = Violation::new("user", "type").with("expected", "uuid");
            Problem::invalid(vec![violation])
        })?),
    };
    let keys = app.engine().api_keys(&caller.actor, user).await?;
    reply::ok(&json!({ "keys": keys.iter().map(describe).collect::<Vec<_>>() }))
}

fn describe(key: &ApiKey) -> Json {
    let scopes: Vec<String> = key.scopes.iter().map(ToString::to_string).collect();
    json!({
        "id": key.id,
        "user": key.user,
        "prefix": key.prefix,
        "label": key.label,
        "scopes": scopes,
        "networks": key.networks,
        "created_at": key.created_at.to_string(),
        "expires_at": key.expires_at.map(|at| at.to_string()),
        "last_used": key.last_used.map(|at| at.to_string()),
        "revoked_at": key.revoked_at.map(|at| at.to_string()),
    })
}

async fn create(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let mut fields = Fields::of(json, &["user", "label", "scopes", "networks", "expires_at"])?;
    let user = fields.maybe_id("user").unwrap_or(caller.actor.user());
    let label = fields.text("label", 100);
    let mut scopes = Vec::new();
    for text in fields.texts("scopes", MOST) {
        match Scope::parse(&text) {
            Some(scope) => scopes.push(scope),
            None => fields.wrong(Violation::new("scopes", "scope").with("name", text)),
        }
    }
    let networks = fields.texts("networks", MOST);
    for text in networks.iter().filter(|text| network(text).is_none()) {
        fields.wrong(Violation::new("networks", "network").with("name", text.as_str()));
    }
    let expires_at = fields.maybe_instant("expires_at");
    if expires_at.is_some_and(|at| at <= app.engine().now()) {
        fields.wrong(Violation::new("expires_at", "past"));
    }
    fields.end()?;
    let made = token::api_key().map_err(|error| Problem::internal(&error.to_string()))?;
    let token::Made { secret, prefix, hash } = made;
    let new = NewApiKey { user, label, scopes, networks, expires_at, prefix, hash };
    let key = app.engine().create_api_key(&caller.actor, new).await?;
    let mut body = describe(&key);
    if let Json::Object(map) = &mut body {
        map.insert("secret".into(), json!(secret));
    }
    reply::json(StatusCode::CREATED, &body)
}

async fn revoke(State(app): State<App>, caller: Caller, At(id): At<Uuid>) -> Answer {
    let user = app.engine().revoke_api_key(&caller.actor, id).await?;
    app.known().forget_user(user);
    Ok(reply::nothing())
}
