//! Deferred work: one's own jobs, and all of them for those who look after jobs.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::{get, post};
use engine::Violation;
use engine::access::{Job, JobFilter, JobState};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/jobs", get(list))
        .route("/jobs/{id}", get(show))
        .route("/jobs/{id}/retry", post(retry))
        .route("/jobs/{id}/cancel", post(cancel))
}

const STATES: [(&str, JobState); 5] = [
    ("ready", JobState::Ready),
    ("running", JobState::Running),
    ("done", JobState::Done),
    ("dead", JobState::Dead),
    ("cancelled", JobState::Cancelled),
];

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [state, kind, before, limit] =
        reply::named(text.as_deref(), ["state", "kind", "before", "limit"])?;
    let state = match state {
        None => None,
        Some(text) => Some(state_of(&text)?),
    };
    let before = match before {
        None => None,
        Some(text) => Some(position(&text)?),
    };
    let limit = reply::limit(limit.as_deref(), 50, 200)?;
    let filter = JobFilter { state, kind, before };
    let jobs = app.engine().jobs(&caller.actor, &filter, limit).await?;
    let full = jobs.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = jobs
        .last()
        .filter(|_| full)
        .map(|job| format!("{}_{}", job.created_at.as_microsecond(), job.id));
    let jobs: Vec<Json> = jobs.iter().map(describe).collect();
    reply::ok(&json!({ "jobs": jobs, "next": next }))
}

fn state_of(text: &str) -> Answer<JobState> {
    let found = STATES.iter().find(|(name, _)| *name == text).map(|(_, state)| *state);
    found.ok_or_else(|| {
        let known: Vec<&str> = STATES.iter().map(|(name, _)| *name).collect();
        let violation = Violation::new("state", "unknown_value").with("name", "state");
        Problem::invalid(vec![violation.with("value", text).with("known", known.join(", "))])
    })
}

fn position(text: &str) -> Answer<(kernel::Instant, Uuid)> {
    let parse = || {
        let (at, id) = text.split_once('_')?;
        let at = kernel::time::from_micros(at.parse().ok()?)?;
        Some((at, id.parse().ok()?))
    };
    parse().ok_or_else(|| Problem::invalid(vec![Violation::new("before", "cursor")]))
}

fn describe(job: &Job) -> Json {
    let state = STATES.iter().find(|(_, state)| *state == job.state).map(|(name, _)| *name);
    let result: Json = job
        .result
        .as_deref()
        .and_then(|bytes| serde_json::from_slice(bytes).ok())
        .unwrap_or_default();
    json!({
        "id": job.id,
        "kind": &*job.kind,
        "state": state,
        "run_at": job.run_at.to_string(),
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "done": job.progress_done,
        "total": job.progress_total,
        "result": result,
        "error": job.error.as_deref(),
        "created_by": job.created_by,
        "created_at": job.created_at.to_string(),
        "finished_at": job.finished_at.map(|at| at.to_string()),
    })
}

async fn show(State(app): State<App>, caller: Caller, At(id): At<Uuid>) -> Answer {
    let job = app.engine().job(&caller.actor, id).await?;
    reply::ok(&describe(&job))
}

async fn retry(State(app): State<App>, caller: Caller, At(id): At<Uuid>) -> Answer {
    app.engine().retry_job(&caller.actor, id).await?;
    Ok(reply::nothing())
}

async fn cancel(State(app): State<App>, caller: Caller, At(id): At<Uuid>) -> Answer {
    app.engine().cancel_job(&caller.actor, id).await?;
    Ok(reply::nothing())
}
