//! The audit log for those who may read it: list, verify, prove.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::{get, post};
use engine::Violation;
use engine::access::LogFilter;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/audit", get(list))
        .route("/audit/checkpoint", get(checkpoint))
        .route("/audit/verify", post(verify))
        .route("/audit/proofs/{record}", get(prove))
}

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let names = ["object", "record", "actor", "kind", "from", "until", "before", "limit"];
    let [object, record, actor, kind, from, until, before, limit] =
        reply::named(text.as_deref(), names)?;
    let filter = LogFilter {
        object,
        record: parsed("record", record.as_deref(), "uuid")?,
        actor: parsed("actor", actor.as_deref(), "uuid")?,
        kind,
        from: parsed("from", from.as_deref(), "date-time")?,
        until: parsed("until", until.as_deref(), "date-time")?,
    };
    let before = position(before.as_deref())?;
    let limit = reply::limit(limit.as_deref(), 50, 200)?;
    let entries = app.engine().audit_entries(&caller.actor, &filter, before, limit).await?;
    page(&entries, limit)
}

fn parsed<T: std::str::FromStr>(
    name: &str,
    text: Option<&str>,
    expected: &str,
) -> Answer<Option<T>> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        Problem::invalid(vec![Violation::new(name, "type").with("expected", expected)])
    })
}

/// Where a page of entries starts.
pub fn position(text: Option<&str>) -> Answer<Option<i64>> {
    let position: Option<i64> = parsed("before", text, "number")?;
    if position.is_some_and(|number| number < 0) {
        let violation = Violation::new("before", "range_min").with("min", "0");
        return Err(Problem::invalid(vec![violation]));
    }
    Ok(position)
}

/// Entries, newest first, and where the next page starts.
pub fn page(entries: &[engine::access::LogEntry], limit: u32) -> Answer {
    let full = entries.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = entries.last().filter(|_| full).map(|entry| entry.number);
    let entries: Vec<Json> = entries
        .iter()
        .map(|entry| {
            let body: Json = serde_json::from_slice(&entry.body).unwrap_or_default();
            json!({
                "number": entry.number,
                "id": entry.id,
                "at": entry.at.to_string(),
                "actor": entry.actor,
                "kind": entry.kind,
                "object": entry.object,
                "record": entry.record,
                "body": body,
            })
        })
        .collect();
    reply::ok(&json!({ "entries": entries, "next": next }))
}

async fn checkpoint(State(app): State<App>, caller: Caller) -> Answer {
    let (verifier, checkpoint) = app.engine().audit_checkpoint(&caller.actor).await?;
    reply::ok(&json!({ "verifier": verifier, "checkpoint": checkpoint }))
}

async fn verify(
    State(app): State<App>,
    caller: Caller,
    MaybeInput(Input { json, .. }): MaybeInput,
) -> Answer {
    let mut fields = Fields::of(json, &["checkpoint"])?;
    let from = fields.maybe_text("checkpoint", 4096);
    fields.end()?;
    let report = app.engine().verify_audit(&caller.actor, from.as_deref()).await?;
    reply::ok(&report)
}

async fn prove(State(app): State<App>, caller: Caller, At(record): At<Uuid>) -> Answer {
    let proof = app.engine().prove_audit(&caller.actor, record).await?;
    reply::ok(&proof)
}
