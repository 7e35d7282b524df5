//! Requests for what somebody else must approve: asked, answered, taken back; and the file of an
//! export that was approved.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use engine::Violation;
use engine::approvals::ApprovalBox;
use schema::Name;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::body::{Input, MaybeInput};
use super::exports;
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::records::object_name;
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Most characters of a reason, or of what is said to an answer.
const NOTE: usize = 500;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/approvals", get(list).post(ask))
        .route("/approvals/{id}", delete(withdraw))
        .route("/approvals/{id}/approve", post(approve))
        .route("/approvals/{id}/refuse", post(refuse))
        .route("/approvals/{id}/file", post(take))
}

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [which] = reply::named(text.as_deref(), ["box"])?;
    let known = [("asked", ApprovalBox::Asked), ("to_answer", ApprovalBox::ToAnswer)];
    let which = reply::one_of("box", which.as_deref(), &known)?;
    let approvals = app.engine().approvals(&caller.actor, which).await?;
    reply::ok(&json!({ "approvals": approvals }))
}

async fn ask(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let mut fields = Fields::of(json, &["export", "reveal"])?;
    let (export, reveal) = (fields.any("export"), fields.any("reveal"));
    if export.is_some() == reveal.is_some() {
        fields.wrong(Violation::new("export", "required"));
    }
    fields.end()?;
    let engine = app.engine();
    let id = match (export, reveal) {
        (Some(export), _) => {
            engine.request_export(&caller.actor, exports::request(export)?).await?
        }
        (None, reveal) => {
            let known = ["object", "record", "field", "reason"];
            let mut fields = Fields::of(reveal.unwrap_or_default(), &known)?;
            let object = fields.text("object", 100);
            let record = fields.id("record");
            let field = fields.text("field", 100);
            let reason = fields.text("reason", NOTE);
            fields.end()?;
            let object = object_name(&object)?;
            let unknown = || Violation::new("field", "unknown_field").with("name", &field);
            let field = Name::new(&field).map_err(|_| Problem::invalid(vec![unknown()]))?;
            engine.request_reveal(&caller.actor, (&object, record), &field, &reason).await?
        }
    };
    reply::json(StatusCode::CREATED, &json!({ "id": id }))
}

async fn approve(
    State(app): State<App>,
    caller: Caller,
    At(id): At<Uuid>,
    MaybeInput(Input { json, .. }): MaybeInput,
) -> Answer {
    answer(&app, &caller, (id, true), json).await
}

async fn refuse(
    State(app): State<App>,
    caller: Caller,
    At(id): At<Uuid>,
    Input { json, .. }: Input,
) -> Answer {
    answer(&app, &caller, (id, false), json).await
}

async fn answer(app: &App, caller: &Caller, (id, yes): (Uuid, bool), json: Json) -> Answer {
    let mut fields = Fields::of(json, &["note"])?;
    let note = fields.maybe_text("note", NOTE);
    fields.end()?;
    app.engine().answer_approval(&caller.actor, id, yes, note.as_deref()).await?;
    Ok(reply::nothing())
}

async fn withdraw(State(app): State<App>, caller: Caller, At(id): At<Uuid>) -> Answer {
    app.engine().withdraw_approval(&caller.actor, id).await?;
    Ok(reply::nothing())
}

async fn take(
    State(app): State<App>,
    caller: Caller,
    At(id): At<Uuid>,
    MaybeInput(Input { json, .. }): MaybeInput,
) -> Answer {
    Fields::of(json, &[])?.end()?;
    let (export, request) = app.engine().export_approved(&caller.actor, id).await?;
    exports::file(&app, &caller, export, (&request.query.object, request.format)).await
}
