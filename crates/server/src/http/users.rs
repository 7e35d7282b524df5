//! Other people's credentials, and handing a leaver's records over.
//!
//! Users, org units and role assignments themselves are records like any other.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use engine::Violation;
use engine::access::{self, Handover, Receiver, Spread};
use serde_json::json;
use uuid::Uuid;

use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use super::session::session_json;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::{password, token};

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/users/{id}/credentials", get(credentials))
        .route("/users/{id}/password", post(set_password))
        .route("/users/{id}/unlock", post(unlock))
        .route("/users/{id}/totp", delete(remove_totp))
        .route("/users/{id}/sessions", delete(end_sessions))
        .route("/users/{id}/handover", get(preview).post(hand_over))
}

async fn credentials(State(app): State<App>, caller: Caller, At(user): At<Uuid>) -> Answer {
    let account = app.engine().account_of(&caller.actor, user).await?;
    let sessions = app.engine().sessions(&caller.actor, user).await?;
    let credential = account.credential.as_ref();
    reply::ok(&json!({
        "user": user,
        "login": account.login,
        "active": account.active,
        "has_password": credential.is_some(),
        "must_change": credential.is_some_and(|c| c.must_change),
        "changed_at": credential.map(|c| c.changed_at.to_string()),
        "failures": credential.map_or(0, |c| c.failed),
        "locked_until": account.locked_until().map(|at| at.to_string()),
        "second_factor": account.confirmed_totp().is_some(),
        "sessions": sessions.iter().map(session_json).collect::<Vec<_>>(),
    }))
}

async fn set_password(
    State(app): State<App>,
    caller: Caller,
    At(user): At<Uuid>,
    MaybeInput(Input { json, .. }): MaybeInput,
) -> Answer {
    let mut fields = Fields::of(json, &["password"])?;
    let given = fields.maybe_text("password", password::MOST);
    fields.end()?;
    let account = app.engine().account_of(&caller.actor, user).await?;
    let made = given.is_none();
    let plain = match given {
        Some(given) => given,
        None => {
            token::one_time_password().map_err(|error| Problem::internal(&error.to_string()))?
        }
    };
    let policy = app.engine().policy();
    let violations = access::weaknesses(&policy, &account.login, "password", &plain);
    if !violations.is_empty() {
        return Err(Problem::invalid(violations));
    }
    let hash = app.hasher().hash(plain.clone()).await?;
    let must_change = app.engine().set_password(&caller.actor, user, hash).await?;
    app.known().forget_user(user);
    reply::ok(&json!({ "password": made.then_some(plain), "must_change": must_change }))
}

async fn unlock(State(app): State<App>, caller: Caller, At(user): At<Uuid>) -> Answer {
    app.engine().unlock(&caller.actor, user).await?;
    Ok(reply::nothing())
}

async fn remove_totp(State(app): State<App>, caller: Caller, At(user): At<Uuid>) -> Answer {
    app.engine().remove_totp(&caller.actor, user).await?;
    app.known().forget_user(user);
    Ok(reply::nothing())
}

async fn end_sessions(State(app): State<App>, caller: Caller, At(user): At<Uuid>) -> Answer {
    app.engine().end_sessions(&caller.actor, user, None).await?;
    app.known().forget_user(user);
    Ok(reply::nothing())
}

async fn preview(State(app): State<App>, caller: Caller, At(user): At<Uuid>) -> Answer {
    let counts = app.engine().preview_handover(&caller.actor, user).await?;
    let total: u64 = counts.iter().map(|(_, count)| count).sum();
    let objects: serde_json::Map<String, serde_json::Value> =
        counts.into_iter().map(|(name, count)| (name.to_string(), json!(count))).collect();
    reply::ok(&json!({ "objects": objects, "total": total }))
}

async fn hand_over(
    State(app): State<App>,
    caller: Caller,
    At(user): At<Uuid>,
    Input { json, .. }: Input,
) -> Answer {
    let known =
        ["to_user", "objects", "divided", "receivers", "spread", "with_unit", "preview", "reason"];
    let mut fields = Fields::of(json, &known)?;
    let to_user = fields.maybe_id("to_user");
    let (objects, divided) = (fields.texts("objects", 200), fields.texts("divided", 20));
    let receivers: Vec<Receiver> = part(&mut fields, "receivers");
    let spread: Spread = part(&mut fields, "spread");
    let (with_unit, preview) = (part(&mut fields, "with_unit"), part(&mut fields, "preview"));
    let reason = match preview {
        true => fields.maybe_text("reason", 500).unwrap_or_default(),
        false => fields.text("reason", 500),
    };
    fields.end()?;
    let handover = Handover {
        from_user: user,
        to_user,
        objects,
        divided,
        receivers,
        spread,
        with_unit,
        reason,
    };
    if preview {
        let found = app.engine().preview_division(&caller.actor, &handover).await?;
        let divided: serde_json::Map<String, serde_json::Value> =
            found.into_iter().map(|(name, portions)| (name.to_string(), json!(portions))).collect();
        return reply::ok(&json!({ "divided": divided }));
    }
    let job = app.engine().start_handover(&caller.actor, handover).await?;
    reply::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}

/// A member that has a form of its own; its default when absent.
fn part<T: serde::de::DeserializeOwned + Default>(fields: &mut Fields, name: &str) -> T {
    let Some(value) = fields.any(name) else { return T::default() };
    match serde_json::from_value(value) {
        Ok(part) => part,
        Err(error) => {
            fields.wrong(Violation::new(name, "member").with("reason", error.to_string()));
            T::default()
        }
    }
}
