//! Imports: look at a file, set up a plan, try it, run it, take it back.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use bytes::Bytes;
use engine::Violation;
use engine::import::{self, Format, ImportPlan, Report, Task};
use futures_util::stream;
use schema::catalogue::Language;
use schema::{Catalogue, Object};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use store::imports::{Import, Progress};
use uuid::Uuid;

use super::attachment::attachment;
use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/imports", get(list).post(create))
        .route("/imports/analyse", post(analyse))
        .route("/imports/{id}", get(show))
        .route("/imports/{id}/check", post(check))
        .route("/imports/{id}/run", post(run))
        .route("/imports/{id}/undo", post(undo))
        .route("/imports/{id}/errors", get(errors))
}

async fn analyse(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let mut fields = Fields::of(json, &["object", "file", "format"])?;
    let object = fields.text("object", 48);
    let file = fields.id("file");
    let format: Option<Format> = part(&mut fields, "format");
    fields.end()?;
    let found = app.engine().analyse_import(&caller.actor, &object, file, format).await?;
    reply::ok(&found)
}

async fn create(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let mut fields = Fields::of(json, &["file", "name", "plan"])?;
    let file = fields.id("file");
    let name = fields.maybe_text("name", 200);
    let plan: Option<ImportPlan> = part(&mut fields, "plan");
    if plan.is_none() {
        fields.wrong(Violation::new("plan", "required"));
    }
    fields.end()?;
    let Some(plan) = plan else { return Err(Problem::malformed("no plan")) };
    let engine = app.engine();
    let id = engine.prepare_import(&caller.actor, name.as_deref(), file, &plan).await?;
    let import = engine.import(&caller.actor, id).await?;
    let told = whole(&app, &import, Progress::default(), caller.client.language);
    reply::json(StatusCode::CREATED, &told)
}

/// A member that has a form of its own.
fn part<T: DeserializeOwned>(fields: &mut Fields, name: &str) -> Option<T> {
    match serde_json::from_value(fields.any(name)?) {
        Ok(part) => Some(part),
        Err(error) => {
            fields.wrong(Violation::new(name, "member").with("reason", error.to_string()));
            None
        }
    }
}

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [limit] = reply::named(text.as_deref(), ["limit"])?;
    let limit = reply::limit(limit.as_deref(), 50, 200)?;
    let imports = app.engine().imports(&caller.actor, limit).await?;
    let imports: Vec<Json> = imports.iter().map(head).collect();
    reply::ok(&json!({ "imports": imports }))
}

async fn show(State(app): State<App>, caller: Caller, At(id): At<Uuid>) -> Answer {
    let import = app.engine().import(&caller.actor, id).await?;
    let progress = app.engine().import_progress(&caller.actor, id).await?;
    reply::ok(&whole(&app, &import, progress, caller.client.language))
}

fn head(import: &Import) -> Json {
    json!({
        "id": import.id,
        "object": import.object,
        "name": import.name,
        "state": import.state.as_str(),
        "file": import.file,
        "created_at": import.created_at.to_string(),
    })
}

fn whole(app: &App, import: &Import, progress: Progress, language: Language) -> Json {
    let mut told = head(import);
    let plan: Json = serde_json::from_slice(&import.plan).unwrap_or_default();
    let report = import.report.as_deref().and_then(|text| serde_json::from_slice(text).ok());
    let catalogue = app.engine().catalogue();
    if let Json::Object(members) = &mut told {
        members.insert("plan".into(), plan);
        members.insert(
            "progress".into(),
            json!({
                "chunks": progress.chunks,
                "rows": progress.rows,
                "created": progress.created,
                "updated": progress.updated,
                "unchanged": progress.unchanged,
                "bad": progress.bad,
            }),
        );
        let report = report.map(|report| tell(&report, &catalogue, import, language));
        members.insert("report".into(), report.unwrap_or_default());
    }
    told
}

/// A report with a sentence for each reason.
fn tell(report: &Report, catalogue: &Catalogue, import: &Import, language: Language) -> Json {
    let object = catalogue.object(import.object.as_str()).map(|(_, object)| object);
    let cell = |cell: &import::BadCell| {
        json!({
            "field": cell.field,
            "code": cell.code,
            "params": cell.params,
            "message": message(cell, object, language),
        })
    };
    let bad: Vec<Json> = report
        .first_bad
        .iter()
        .map(|row| {
            let violations: Vec<Json> = row.violations.iter().map(cell).collect();
            json!({ "line": row.line, "violations": violations })
        })
        .collect();
    json!({
        "rows": report.rows,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "bad": report.bad,
        "undone": report.undone,
        "kept": report.kept,
        "left": report.left,
        "reasons": report.reasons,
        "first_bad": bad,
        "possible_duplicates": report.possible_duplicates,
        "first_duplicates": report.first_duplicates,
        "unreadable": report.unreadable.as_ref().map(cell),
    })
}

/// A reason's sentence, which names the column or else the field as people do.
pub fn message(cell: &import::BadCell, object: Option<&Object>, language: Language) -> String {
    let mut cell = cell.clone();
    if !cell.params.contains_key("column") {
        let field = object.and_then(|object| object.field(&cell.field));
        if let Some((_, field)) = field {
            cell.params.insert("column".into(), field.label.get(language).to_owned());
        }
    }
    import::sentence(&cell, language)
}

async fn check(state: State<App>, caller: Caller, id: At<Uuid>, body: MaybeInput) -> Answer {
    start(state, caller, id, body, Task::Check).await
}

async fn run(state: State<App>, caller: Caller, id: At<Uuid>, body: MaybeInput) -> Answer {
    start(state, caller, id, body, Task::Run).await
}

async fn undo(state: State<App>, caller: Caller, id: At<Uuid>, body: MaybeInput) -> Answer {
    start(state, caller, id, body, Task::Undo).await
}

async fn start(
    State(app): State<App>,
    caller: Caller,
    At(id): At<Uuid>,
    MaybeInput(Input { json, .. }): MaybeInput,
    task: Task,
) -> Answer {
    Fields::of(json, &[])?.end()?;
    let job = app.engine().start_import(&caller.actor, id, task).await?;
    reply::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}

async fn errors(State(app): State<App>, caller: Caller, At(id): At<Uuid>) -> Answer {
    let import = app.engine().import(&caller.actor, id).await?;
    let file = app.engine().import_errors(&caller.actor, id).await?;
    let stem = import.name.rsplit_once('.').map_or(import.name.as_str(), |(stem, _)| stem);
    let name = match caller.client.language {
        Language::Zh => format!("{stem}-问题行.csv"),
        Language::En => format!("{stem}-errors.csv"),
    };
    let size = file.len() as u64;
    let parts = stream::iter([Ok::<_, std::io::Error>(Bytes::from(file))]);
    attachment(parts, "text/csv; charset=utf-8", &name, Some(size))
}
