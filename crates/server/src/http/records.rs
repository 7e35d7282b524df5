//! Records of any object: list, read, create, change, delete, restore, reveal, share, history.

use axum::Router;
use axum::extract::{FromRequestParts, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use engine::{Change, Command, Idempotency, Outcome, TimelineQuery, Values, Violation};
use schema::Name;
use schema::query::{self, Query};
use serde_json::{Value as Json, json};

use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::reply::{self, At, Record};
use crate::app::App;
use crate::auth::caller::Caller;

/// Most characters of a reason.
const REASON: usize = 500;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/records/{object}", get(list).post(create))
        .route("/records/{object}/query", post(ask))
        .route("/records/{object}/trash", get(trash))
        .route("/records/{object}/locked", get(locked))
        .route("/records/{object}/{id}/answer", post(answer_request))
        .route("/records/{object}/{id}", get(read).patch(update).delete(delete))
        .route("/records/{object}/{id}/overview", get(overview))
        .route("/records/{object}/{id}/timeline", get(timeline))
        .route("/records/{object}/{id}/restore", post(restore))
        .route("/records/{object}/{id}/reveal", post(reveal))
        .route("/records/{object}/{id}/share", post(share))
        .route("/records/{object}/{id}/history", get(history))
        .route("/records/{object}/{id}/owners", get(owner_history))
}

/// The object's name, if it is one; whether it exists is for the engine to say.
pub fn object_name(text: &str) -> Answer<Name> {
    Name::new(text).map_err(|_| Problem::not_found())
}

async fn list(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let pairs = reply::pairs(text.as_deref())?;
    let borrowed = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let query = query::from_pairs(&object, borrowed).map_err(reply::flaws)?;
    answer(&app, &caller, &query).await
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    Input { mut json, .. }: Input,
) -> Answer {
    if let Json::Object(map) = &mut json {
        match map.get("object") {
            Some(Json::String(named)) if *named == object => {}
            None => drop(map.insert("object".into(), json!(object))),
            Some(_) => {
                let violation = Violation::new("object", "unknown_value")
                    .with("name", "object")
                    .with("value", "another object")
                    .with("known", object);
                return Err(Problem::invalid(vec![violation]));
            }
        }
    }
    let query = query::from_json(&json).map_err(reply::flaws)?;
    answer(&app, &caller, &query).await
}

/// Runs a query and writes its page.
pub async fn answer(app: &App, caller: &Caller, query: &Query) -> Answer {
    match app.engine().query(&caller.actor, query).await {
        Ok(page) => reply::ok(&page),
        Err(error) => Err(Problem::from(error)),
    }
}

async fn read(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let [expand, access] = reply::named(text.as_deref(), ["expand", "access"])?;
    let expand = flag("expand", expand.as_deref())?;
    if flag("access", access.as_deref())? {
        let (view, permitted) =
            app.engine().get_permitted(&caller.actor, &object, id, expand).await?;
        return reply::record_with(&view, &json!({ "access": permitted }));
    }
    let view = app.engine().get(&caller.actor, &object, id, expand).await?;
    reply::record(&view, &headers)
}

async fn overview(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    RawQuery(text): RawQuery,
) -> Answer {
    let [layout] = reply::named(text.as_deref(), ["layout"])?;
    reply::ok(&app.engine().overview(&caller.actor, &object, id, layout.as_deref()).await?)
}

async fn timeline(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    RawQuery(text): RawQuery,
) -> Answer {
    let names = ["kinds", "from", "until", "cursor", "limit"];
    let [kinds, from, until, cursor, limit] = reply::named(text.as_deref(), names)?;
    let most = TimelineQuery::LIMIT;
    let query = TimelineQuery {
        kinds: kinds.iter().flat_map(|list| list.split(',')).map(str::to_owned).collect(),
        from: day("from", from.as_deref())?,
        until: day("until", until.as_deref())?,
        cursor,
        limit: reply::limit(limit.as_deref(), TimelineQuery::LIMIT_DEFAULT, most)?,
    };
    reply::ok(&app.engine().timeline(&caller.actor, &object, id, &query).await?)
}

/// A civil date in the query string.
fn day(name: &str, text: Option<&str>) -> Answer<Option<kernel::Date>> {
    let Some(text) = text else { return Ok(None) };
    text.parse()
        .map(Some)
        .map_err(|_| Problem::invalid(vec![Violation::new(name, "type").with("expected", "date")]))
}

/// A yes or no in the query string; absent is no.
fn flag(name: &str, text: Option<&str>) -> Answer<bool> {
    match text {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => {
            let violation = Violation::new(name, "unknown_value")
                .with("name", name)
                .with("value", other)
                .with("known", "true, false");
            Err(Problem::invalid(vec![violation]))
        }
    }
}

async fn trash(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let [before, limit] = reply::named(text.as_deref(), ["before", "limit"])?;
    let limit = reply::limit(limit.as_deref(), 50, 200)?;
    reply::ok(&app.engine().bin(&caller.actor, &object, before.as_deref(), limit).await?)
}

async fn locked(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let [before, limit] = reply::named(text.as_deref(), ["before", "limit"])?;
    let limit = reply::limit(limit.as_deref(), 50, 200)?;
    reply::ok(&app.engine().locked(&caller.actor, &object, before.as_deref(), limit).await?)
}

async fn answer_request(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
) -> Answer {
    let job = app.engine().answer_request(&caller.actor, &object, id).await;
    let job =
        job.map_err(|error| Problem::from(error).about_named(&app.engine().catalogue(), &object))?;
    reply::json(StatusCode::ACCEPTED, &json!({ "job": job }))
}

async fn create(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    Told { reason, .. }: Told,
    Input { json, idempotency }: Input,
) -> Answer {
    let object = object_name(&object)?;
    let change = Change::Create { object, id: None, values: values(json)? };
    let outcome = submit(&app, &caller, change, reason, idempotency).await?;
    reply::outcome(StatusCode::CREATED, &outcome)
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    Told { reason, version }: Told,
    Input { json, idempotency }: Input,
) -> Answer {
    let object = object_name(&object)?;
    let change = Change::Update { object, id, version, values: values(json)? };
    let outcome = submit(&app, &caller, change, reason, idempotency).await?;
    reply::outcome(StatusCode::OK, &outcome)
}

async fn delete(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    Told { reason, version }: Told,
    MaybeInput(Input { idempotency, .. }): MaybeInput,
) -> Answer {
    let object = object_name(&object)?;
    let change = Change::Delete { object, id, version };
    submit(&app, &caller, change, reason, idempotency).await?;
    Ok(reply::nothing())
}

async fn restore(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    MaybeInput(Input { json, idempotency }): MaybeInput,
) -> Answer {
    let object = object_name(&object)?;
    let mut fields = Fields::of(json, &["reason"])?;
    let reason = fields.maybe_text("reason", REASON);
    fields.end()?;
    let outcome =
        submit(&app, &caller, Change::Restore { object, id }, reason, idempotency).await?;
    reply::outcome(StatusCode::OK, &outcome)
}

async fn reveal(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    Input { json, .. }: Input,
) -> Answer {
    let object = object_name(&object)?;
    let mut fields = Fields::of(json, &["field", "reason"])?;
    let name = fields.text("field", Name::MAX);
    let reason = fields.text("reason", REASON);
    fields.end()?;
    let field = Name::new(&name).map_err(|_| {
        let violation = Violation::new("field", "unknown_field").with("name", name.as_str());
        Problem::invalid(vec![violation])
    })?;
    let change = Change::Reveal { object, id, field };
    let outcome = submit(&app, &caller, change, Some(reason), None).await?;
    match outcome.revealed {
        Some(shown) => reply::ok(&json!({
            "field": shown.field, "value": shown.value, "left": shown.left,
        })),
        None => Err(Problem::internal("a reveal without a value")),
    }
}

async fn share(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    Input { json, idempotency }: Input,
) -> Answer {
    let object = object_name(&object)?;
    let mut fields = Fields::of(json, &["user", "until", "reason"])?;
    let user = fields.id("user");
    let until = fields.maybe_instant("until");
    let reason = fields.maybe_text("reason", REASON);
    fields.end()?;
    let change = Change::Share { object, id, user, until };
    submit(&app, &caller, change, reason, idempotency).await?;
    Ok(reply::nothing())
}

async fn history(
    State(app): State<App>,
    caller: Caller,
    At((object, id)): Record,
    RawQuery(text): RawQuery,
) -> Answer {
    let [before, limit, field] = reply::named(text.as_deref(), ["before", "limit", "field"])?;
    if let Some(field) = field {
        let changes = app.engine().field_history(&caller.actor, &object, id, &field).await?;
        return reply::ok(&json!({ "changes": changes }));
    }
    let before = super::audit::position(before.as_deref())?;
    let limit = reply::limit(limit.as_deref(), 50, 200)?;
    let entries = app.engine().history(&caller.actor, &object, id, (before, limit)).await?;
    super::audit::page(&entries, limit)
}

async fn owner_history(State(app): State<App>, caller: Caller, At((object, id)): Record) -> Answer {
    let owners = app.engine().owner_history(&caller.actor, &object, id).await?;
    reply::ok(&json!({ "owners": owners }))
}

/// Submits a change; its violations get the labels of the object's fields.
pub async fn submit(
    app: &App,
    caller: &Caller,
    action: Change,
    reason: Option<String>,
    idempotency: Option<Idempotency>,
) -> Answer<Outcome> {
    let object = action.object().clone();
    let command = Command { action, reason, idempotency };
    app.engine().submit(&caller.actor, command).await.map_err(|error| {
        Problem::from(error).about_named(&app.engine().catalogue(), object.as_str())
    })
}

/// What a write says beside its body: why, and which version it is based on.
struct Told {
    reason: Option<String>,
    version: Option<u64>,
}

impl FromRequestParts<App> for Told {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Told, Problem> {
        let reason = reason(parts.uri.query())?;
        Ok(Told { reason, version: reply::if_match(&parts.headers)? })
    }
}

/// The values of a body.
pub fn values(json: Json) -> Answer<Values> {
    match json {
        Json::Object(values) => Ok(values),
        _ => {
            let violation = Violation::new("", "type").with("expected", "object");
            Err(Problem::invalid(vec![violation]))
        }
    }
}

fn reason(query: Option<&str>) -> Answer<Option<String>> {
    let [reason] = reply::named(query, ["reason"])?;
    match reason {
        Some(text) if text.chars().count() > REASON => {
            let violation = Violation::new("reason", "too_long").with("max", REASON.to_string());
            Err(Problem::invalid(vec![violation]))
        }
        other => Ok(other.filter(|text| !text.trim().is_empty())),
    }
}
