//! Duplicates while one types, and asking to see a record that somebody else owns.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use engine::{ShareBox, Violation};
use serde_json::json;
use uuid::Uuid;

use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Most characters of a reason.
const REASON: usize = 500;

/// Most characters of a handle.
const HANDLE: usize = 400;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/records/{object}/duplicates", post(check))
        .route("/share-requests", get(list).post(ask))
        .route("/share-requests/{id}/accept", post(accept))
        .route("/share-requests/{id}/decline", post(decline))
}

async fn check(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    Input { json, .. }: Input,
) -> Answer {
    let mut fields = Fields::of(json, &["values", "except"])?;
    let values = fields.object("values");
    let except = fields.maybe_id("except");
    fields.end()?;
    let found = app.engine().duplicates(&caller.actor, &object, &values, except).await?;
    reply::ok(&json!({ "duplicates": found }))
}

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [which] = reply::named(text.as_deref(), ["box"])?;
    let which = match which.as_deref() {
        None | Some("to_answer") => ShareBox::ToAnswer,
        Some("asked") => ShareBox::Asked,
        Some(other) => {
            let violation = Violation::new("box", "unknown_value").with("name", "box");
            let violation = violation.with("value", other).with("known", "to_answer, asked");
            return Err(Problem::invalid(vec![violation]));
        }
    };
    let requests = app.engine().share_requests(&caller.actor, which).await?;
    reply::ok(&json!({ "requests": requests }))
}

async fn ask(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let mut fields = Fields::of(json, &["handle", "reason"])?;
    let handle = fields.text("handle", HANDLE);
    let reason = fields.text("reason", REASON);
    fields.end()?;
    let id = app.engine().request_share(&caller.actor, &handle, &reason).await?;
    reply::json(StatusCode::CREATED, &json!({ "id": id }))
}

async fn accept(
    State(app): State<App>,
    caller: Caller,
    At(id): At<Uuid>,
    Input { json, .. }: Input,
) -> Answer {
    let mut fields = Fields::of(json, &["until"])?;
    let until = fields.maybe_instant("until");
    if until.is_none() {
        fields.wrong(Violation::new("until", "required"));
    }
    fields.end()?;
    app.engine().answer_share_request(&caller.actor, id, until).await?;
    Ok(reply::nothing())
}

async fn decline(
    State(app): State<App>,
    caller: Caller,
    At(id): At<Uuid>,
    MaybeInput(Input { json, .. }): MaybeInput,
) -> Answer {
    Fields::of(json, &[])?.end()?;
    app.engine().answer_share_request(&caller.actor, id, None).await?;
    Ok(reply::nothing())
}
