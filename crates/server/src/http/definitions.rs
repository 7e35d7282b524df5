//! Drafts of definitions, what they would change, publishing them and going back.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::{get, post, put};
use engine::Violation;
use engine::publish::Proposal;
use schema::pack::Problem as Mistake;
use serde_json::{Value as Json, json};

use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/definitions", get(list))
        .route("/definitions/files", get(files))
        .route("/definitions/draft/{*path}", put(edit).delete(discard))
        .route("/definitions/diff", get(diff))
        .route("/definitions/publish", post(publish))
        .route("/definitions/versions/{version}/rollback", post(rollback))
}

async fn list(State(app): State<App>, caller: Caller) -> Answer {
    let versions: Vec<Json> = app
        .engine()
        .publishes(&caller.actor)
        .await?
        .into_iter()
        .map(|made| {
            json!({
                "version": made.version,
                "at": made.at.to_string(),
                "by": made.by,
                "note": made.note,
            })
        })
        .collect();
    reply::ok(&json!({ "current": app.engine().catalogue().version, "versions": versions }))
}

async fn files(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [path, part] = reply::named(text.as_deref(), ["path", "part"])?;
    let (texts, draft) = app.engine().definitions(&caller.actor).await?;
    match path {
        None => {
            let paths: Vec<&String> = texts.keys().collect();
            let mut body = json!({ "files": paths, "draft": draft.keys().collect::<Vec<_>>() });
            if let (Some(part), Json::Object(members)) = (part, &mut body) {
                let mut wanted = texts.clone();
                wanted.extend(draft.clone());
                wanted.retain(|path, text| path.contains(&part) && !text.is_empty());
                members.insert("texts".into(), json!(wanted));
            }
            reply::ok(&body)
        }
        Some(path) => {
            let (published, drafted) = (texts.get(&path), draft.get(&path));
            if published.is_none() && drafted.is_none() {
                return Err(Problem::not_found());
            }
            reply::ok(&json!({ "path": path, "text": published, "draft": drafted }))
        }
    }
}

async fn edit(
    State(app): State<App>,
    caller: Caller,
    At(path): At<String>,
    Input { json, .. }: Input,
) -> Answer {
    let mut fields = Fields::of(json, &["text"])?;
    let text = fields.maybe_text("text", 1 << 20);
    fields.end()?;
    app.engine().edit_draft(&caller.actor, &path, text.as_deref(), false).await?;
    Ok(reply::nothing())
}

async fn discard(State(app): State<App>, caller: Caller, At(path): At<String>) -> Answer {
    app.engine().edit_draft(&caller.actor, &path, None, true).await?;
    Ok(reply::nothing())
}

async fn diff(State(app): State<App>, caller: Caller) -> Answer {
    let language = caller.client.language;
    match app.engine().propose(&caller.actor).await? {
        Ok(proposal) => {
            let refusals: Vec<Json> = proposal
                .diff
                .refusals()
                .map(|(change, refusal)| {
                    json!({
                        "change": change.line(language),
                        "reason": refusal.message.get(language),
                        "remedy": refusal.remedy.get(language),
                    })
                })
                .collect();
            reply::ok(&json!({
                "base": proposal.base,
                "changes": proposal.diff.lines(language),
                "refusals": refusals,
                "problems": [],
            }))
        }
        Err(mistakes) => reply::ok(&json!({
            "base": app.engine().catalogue().version,
            "changes": [],
            "refusals": [],
            "problems": problems(&mistakes, &caller),
        })),
    }
}

fn problems(mistakes: &[Mistake], caller: &Caller) -> Vec<Json> {
    let language = caller.client.language;
    mistakes
        .iter()
        .map(|mistake| {
            json!({
                "file": mistake.file,
                "line": mistake.line,
                "column": mistake.column,
                "code": mistake.code,
                "message": mistake.line(language),
            })
        })
        .collect()
}

async fn publish(State(app): State<App>, caller: Caller, Input { json, .. }: Input) -> Answer {
    let mut fields = Fields::of(json, &["note", "base"])?;
    let note = fields.text("note", 500);
    let base = fields.any("base").and_then(|base| base.as_u64());
    fields.end()?;
    let proposal = app.engine().propose(&caller.actor).await?;
    go_live(&app, &caller, proposal, base, &note).await
}

async fn rollback(
    State(app): State<App>,
    caller: Caller,
    At(version): At<u64>,
    MaybeInput(Input { json, .. }): MaybeInput,
) -> Answer {
    let mut fields = Fields::of(json, &["note"])?;
    let note = fields.maybe_text("note", 500);
    fields.end()?;
    let note = note.unwrap_or_else(|| format!("rollback to version {version}"));
    let proposal = app.engine().propose_rollback(&caller.actor, version).await?;
    go_live(&app, &caller, proposal, None, &note).await
}

async fn go_live(
    app: &App,
    caller: &Caller,
    proposal: Result<Proposal, Vec<Mistake>>,
    base: Option<u64>,
    note: &str,
) -> Answer {
    let proposal = proposal.map_err(|mistakes| {
        let problems = problems(&mistakes, caller);
        Problem::invalid(vec![Violation::new("", "definitions")]).with("problems", problems)
    })?;
    if let Some(seen) = base.filter(|seen| *seen != proposal.base) {
        let current = proposal.base;
        return Err(engine::Refusal::Stale { expected: seen, current, record: None }.into());
    }
    let version = app.engine().publish(&caller.actor, proposal, note).await?;
    reply::ok(&json!({ "version": version }))
}
