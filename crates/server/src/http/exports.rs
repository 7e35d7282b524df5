//! Exports: rows and columns a caller may take out, streamed as a file.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use engine::export::{Export, ExportFormat, ExportRequest};
use engine::{Error, Violation};
use futures_util::stream;
use schema::query;
use serde_json::Value as Json;

use super::attachment::attachment;
use super::body::Input;
use super::fields::Fields;
use super::problem::Answer;
use super::reply;
use crate::app::App;
use crate::auth::caller::Caller;

/// Media type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new().route("/exports", post(export))
}

async fn export(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let request = request(json)?;
    let (object, format) = (request.query.object.clone(), request.format);
    let export = app.engine().export(&caller.actor, request).await?;
    file(&app, &caller, export, (&object, format)).await
}

/// The export that a body asks for.
pub(super) fn request(json: Json) -> Answer<ExportRequest> {
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

/// The answer with an export's file.
pub(super) async fn file(
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
