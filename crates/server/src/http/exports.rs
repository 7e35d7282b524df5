//! Exports: rows and columns a caller may take out, streamed as a file; and requests for those that
//! somebody else must approve.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use bytes::Bytes;
use engine::export::{Export, ExportBox, ExportFormat, ExportRequest};
use engine::{Error, Violation};
use futures_util::stream;
use schema::query;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::attachment::attachment;
use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::problem::Answer;
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Media type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Most characters of what is said to an answer.
const NOTE: usize = 500;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/exports", post(export))
        .route("/export-requests", get(list).post(ask))
        .route("/export-requests/{id}", delete(withdraw))
        .route("/export-requests/{id}/approve", post(approve))
        .route("/export-requests/{id}/refuse", post(refuse))
        .route("/export-requests/{id}/file", post(take))
}

async fn export(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let request = request(json)?;
    let (object, format) = (request.query.object.clone(), request.format);
    let export = app.engine().export(&caller.actor, request).await?;
    file(&app, &caller, export, (&object, format)).await
}

async fn ask(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let id = app.engine().request_export(&caller.actor, request(json)?).await?;
    reply::json(StatusCode::CREATED, &json!({ "id": id }))
}

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [which] = reply::named(text.as_deref(), ["box"])?;
    let known = [("asked", ExportBox::Asked), ("to_answer", ExportBox::ToAnswer)];
    let which = reply::one_of("box", which.as_deref(), &known)?;
    let requests = app.engine().export_requests(&caller.actor, which).await?;
    reply::ok(&json!({ "requests": requests }))
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
    app.engine().answer_export_request(&caller.actor, id, yes, note.as_deref()).await?;
    Ok(reply::nothing())
}

async fn withdraw(State(app): State<App>, caller: Caller, At(id): At<Uuid>) -> Answer {
    app.engine().withdraw_export_request(&caller.actor, id).await?;
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
    file(&app, &caller, export, (&request.query.object, request.format)).await
}

fn request(json: Json) -> Answer<ExportRequest> {
    let mut fields = Fields::of(json, &["query", "format", "purpose"])?;
    let purpose = fields.text("purpose", 200);
    let format = match fields.maybe_text("format", 10).as_deref() {
        None | Some("csv") => ExportFormat::Csv,
        Some("xlsx") => ExportFormat::Xlsx,
        Some(other) => {
            let violation = Violation::new("format", "unknown_value").with("name", "format");
            fields.wrong(violation.with("value", other).with("known", "csv, xlsx"));
            ExportFormat::Csv
        }
    };
    let asked = Json::Object(fields.object("query"));
    if asked.get("object").is_none() {
        fields.wrong(Violation::new("query", "required"));
    }
    fields.end()?;
    let query = query::from_json(&asked).map_err(reply::flaws)?;
    Ok(ExportRequest { query, format, purpose })
}

async fn file(
    app: &App,
    caller: &Caller,
    mut export: Export,
    (object, format): (&str, ExportFormat),
) -> Answer {
    // What fails before the first part still gets its status.
    let first = export.parts.recv().await.transpose()?;
    let parts = stream::unfold((first, export.parts), |(first, mut parts)| async move {
        let part = match first {
            Some(part) => Ok(part),
            None => parts.recv().await?,
        };
        let part = part.map(Bytes::from).map_err(|error| broken(&error));
        Some((part, (None, parts)))
    });
    let catalogue = app.engine().catalogue();
    let label = catalogue
        .object(object)
        .map(|(_, object)| object.label.get(caller.client.language).to_owned());
    let today = kernel::time::business_date(app.engine().now());
    let name = format!("{}-{today}", label.unwrap_or_else(|| object.to_owned()));
    match format {
        ExportFormat::Csv => {
            attachment(parts, "text/csv; charset=utf-8", &format!("{name}.csv"), None)
        }
        ExportFormat::Xlsx => attachment(parts, XLSX, &format!("{name}.xlsx"), None),
    }
}

fn broken(error: &Error) -> std::io::Error {
    tracing::error!(%error, "an export broke off");
    std::io::Error::other("the export broke off")
}
