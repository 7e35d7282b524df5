//! Duplicates: while one types, as pairs found of all records, merged and taken back; and asking to
//! see a record that somebody else owns.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use engine::{Change, ShareBox, Violation};
use schema::Name;
use serde_json::{Value as Json, json};
use store::pairs::PairState;
use uuid::Uuid;

use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::records::{object_name, submit};
use super::reply::{self, At, Record};
use crate::app::App;
use crate::auth::caller::Caller;

/// Most characters of a reason.
const REASON: usize = 500;

/// Most characters of a handle.
const HANDLE: usize = 400;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/records/{object}/duplicates", get(pairs).post(check))
        .route("/records/{object}/duplicates/scan", post(scan))
        .route("/records/{object}/duplicates/dismiss", post(dismiss))
        .route("/records/{object}/merges", get(all_merges))
        .route("/records/{object}/{id}/merge", post(merge))
        .route("/records/{object}/{id}/unmerge", post(unmerge))
        .route("/records/{object}/{id}/merges", get(merges))
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

async fn pairs(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let [state, cursor, limit] = reply::named(text.as_deref(), ["state", "cursor", "limit"])?;
    let limit = reply::limit(limit.as_deref(), 50, 200)?;
    let state = match state.as_deref() {
        None => PairState::Open,
        Some(word) => PairState::parse(word).ok_or_else(|| {
            let violation = Violation::new("state", "unknown_value").with("name", "state");
            let violation = violation.with("value", word);
            Problem::invalid(vec![violation.with("known", "open, dismissed, merged")])
        })?,
    };
    let from = (cursor.as_deref(), limit);
    reply::ok(&app.engine().duplicate_pairs(&caller.actor, &object, state, from).await?)
}

async fn scan(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    MaybeInput(Input { json, .. }): MaybeInput,
) -> Answer {
    Fields::of(json, &[])?.end()?;
    let job = app.engine().start_duplicate_scan(&caller.actor, &object).await?;
    reply::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}

async fn dismiss(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    Input { json, .. }: Input,
) -> Answer {
    let mut fields = Fields::of(json, &["records", "reason"])?;
    let ids = fields.texts("records", 2);
    let ids: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let reason = fields.text("reason", REASON);
    let [one, other] = ids.as_slice() else {
        fields.mistyped("records", "two ids");
        fields.end()?;
        return Err(Problem::malformed("no records"));
    };
    fields.end()?;
    app.engine().dismiss_pair(&caller.actor, &object, (*one, *other), &reason).await?;
    Ok(reply::nothing())
}

async fn merge(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    Input { json, idempotency }: Input,
) -> Answer {
    let object = object_name(&object)?;
    let mut fields = Fields::of(json, &["loser", "take", "version", "loser_version", "reason"])?;
    let loser = loser(&object, &mut fields);
    let take = fields.texts("take", 200);
    let versions = (version(&mut fields, "version"), version(&mut fields, "loser_version"));
    let reason = fields.maybe_text("reason", REASON);
    let mut names = Vec::with_capacity(take.len());
    for text in take {
        match Name::new(&text) {
            Ok(name) => names.push(name),
            Err(_) => {
                fields.wrong(Violation::new("take", "unknown_field").with("name", text));
            }
        }
    }
    fields.end()?;
    let change = Change::Merge { object, id, loser, versions, take: names };
    let outcome = submit(&app, &caller, change, reason, idempotency).await?;
    let told = json!({
        "id": outcome.id, "version": outcome.version, "merge": outcome.merge,
        "record": outcome.view,
    });
    reply::ok(&told)
}

/// The loser's id; as a reference it may name its object, which must be the same.
fn loser(object: &Name, fields: &mut Fields) -> Uuid {
    let id = match fields.any("loser") {
        Some(Json::String(id)) => id.parse().ok(),
        Some(Json::Object(link)) => {
            let named = link.get("object").and_then(Json::as_str);
            if named.is_some_and(|named| named != object.as_str()) {
                fields.wrong(Violation::new("loser", "merge_across"));
                return Uuid::nil();
            }
            link.get("id").and_then(Json::as_str).and_then(|id| id.parse().ok())
        }
        _ => None,
    };
    id.unwrap_or_else(|| {
        fields.wrong(Violation::new("loser", "required"));
        Uuid::nil()
    })
}

fn version(fields: &mut Fields, name: &str) -> Option<u64> {
    let value = fields.any(name)?;
    let version = value.as_u64();
    if version.is_none() {
        fields.mistyped(name, "number");
    }
    version
}

async fn unmerge(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    Input { json, idempotency }: Input,
) -> Answer {
    let object = object_name(&object)?;
    let mut fields = Fields::of(json, &["merge", "reason"])?;
    let merge = fields.id("merge");
    let reason = fields.maybe_text("reason", REASON);
    fields.end()?;
    let change = Change::Unmerge { object, id, merge };
    let outcome = submit(&app, &caller, change, reason, idempotency).await?;
    let told = json!({
        "id": outcome.id, "version": outcome.version, "left": outcome.left,
        "record": outcome.view,
    });
    reply::ok(&told)
}

async fn merges(State(app): State<App>, caller: Caller, At((object, id)): Record) -> Answer {
    let found = app.engine().merges(&caller.actor, &object, id).await?;
    reply::ok(&json!({ "merges": found }))
}

async fn all_merges(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let [before, limit] = reply::named(text.as_deref(), ["before", "limit"])?;
    let limit = reply::limit(limit.as_deref(), 50, 100)?;
    let before = before.as_deref();
    reply::ok(&app.engine().merges_of(&caller.actor, &object, before, limit).await?)
}

async fn list(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [which] = reply::named(text.as_deref(), ["box"])?;
    let known = [("to_answer", ShareBox::ToAnswer), ("asked", ShareBox::Asked)];
    let which = reply::one_of("box", which.as_deref(), &known)?;
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
