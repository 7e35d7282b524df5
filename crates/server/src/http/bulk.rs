//! Many commands on one object in one request; one change for all records of a query, or one new
//! record about each. Every record is decided and committed on its own.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use engine::{Bulk, BulkAct, BulkCreate, Change, Command, Idempotency, Violation};
use schema::Name;
use serde_json::{Value as Json, json};

use super::body::Input;
use super::fields::Fields;
use super::problem::{Answer, Problem};
use super::records::object_name;
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Most commands of one request.
pub const MOST: usize = 200;

/// Most characters of a filter.
const FILTER: usize = 4_096;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/records/{object}/bulk", post(bulk))
        .route("/records/{object}/bulk-update", post(bulk_update))
        .route("/records/{object}/bulk-create", post(bulk_create))
}

async fn bulk(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    Input { json, idempotency }: Input,
) -> Answer {
    let object = object_name(&object)?;
    let mut fields = Fields::of(json, &["commands", "reason"])?;
    let reason = fields.maybe_text("reason", 500);
    let commands = match fields.any("commands") {
        Some(Json::Array(items)) if (1..=MOST).contains(&items.len()) => items,
        _ => {
            let violation = Violation::new("commands", "range").with("min", "1");
            fields.wrong(violation.with("max", MOST.to_string()));
            Vec::new()
        }
    };
    fields.end()?;
    let mut results = Vec::with_capacity(commands.len());
    let mut failed = 0;
    for (at, command) in commands.into_iter().enumerate() {
        let done = match one(&object, command) {
            Ok(action) => {
                let idempotency = idempotency.as_ref().map(|whole| Idempotency {
                    key: format!("{}:{at}", whole.key),
                    fingerprint: whole.fingerprint,
                });
                let command = Command { action, reason: reason.clone(), idempotency };
                app.engine().submit(&caller.actor, command).await.map_err(|error| {
                    Problem::from(error).about_named(&app.engine().catalogue(), object.as_str())
                })
            }
            Err(problem) => Err(problem),
        };
        results.push(match done {
            Ok(outcome) => {
                json!({ "ok": true, "id": outcome.id, "version": outcome.version })
            }
            Err(problem) => {
                failed += 1;
                json!({ "ok": false, "problem": problem.members(caller.client.language) })
            }
        });
    }
    reply::ok(&json!({ "results": results, "failed": failed }))
}

fn one(object: &Name, command: Json) -> Answer<Change> {
    let mut fields = Fields::of(command, &["do", "id", "version", "values"])?;
    let action = fields.text("do", 20);
    let id = fields.maybe_id("id");
    let version = match fields.any("version") {
        None => None,
        Some(version) => {
            let number = version.as_u64();
            if number.is_none() {
                fields.mistyped("version", "number");
            }
            number
        }
    };
    let values = fields.object("values");
    if id.is_none() && action != "create" {
        fields.wrong(Violation::new("id", "required"));
    }
    let id_or_nil = id.unwrap_or_default();
    let object = object.clone();
    let change = match action.as_str() {
        "create" => Some(Change::Create { object, id: None, values }),
        "update" => Some(Change::Update { object, id: id_or_nil, version, values }),
        "delete" => Some(Change::Delete { object, id: id_or_nil, version }),
        "restore" => Some(Change::Restore { object, id: id_or_nil }),
        other => {
            let violation = Violation::new("do", "unknown_value").with("name", "do");
            let violation = violation.with("value", other);
            fields.wrong(violation.with("known", "create, update, delete, restore"));
            None
        }
    };
    fields.end()?;
    change.ok_or_else(|| Problem::malformed("no command"))
}

/// Says what a change of all records of a query would reach or, without `preview`, queues it.
async fn bulk_update(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    Input { json, .. }: Input,
) -> Answer {
    let object = object_name(&object)?;
    let mut fields = Fields::of(json, &[&FOUND[..], &["set"]].concat())?;
    let act = BulkAct::Set(fields.object("set"));
    preview_or_queue(&app, &caller, (object.clone(), object), act, fields).await
}

/// Says about how many records of a query one would be made or, without `preview`, queues it.
async fn bulk_create(
    State(app): State<App>,
    caller: Caller,
    At(object): At<String>,
    Input { json, .. }: Input,
) -> Answer {
    let about = object_name(&object)?;
    let own = ["object", "by", "values", "for_owner"];
    let mut fields = Fields::of(json, &[&FOUND[..], &own].concat())?;
    let (object, by) = (fields.text("object", 48), fields.text("by", 48));
    let values = fields.object("values");
    let for_owner = fields.flag("for_owner");
    let name = |fields: &mut Fields, part: &str, text: &str| {
        let name = Name::new(text).ok();
        if name.is_none() {
            fields.wrong(Violation::new(part, "format"));
        }
        name
    };
    let (made, by) = (name(&mut fields, "object", &object), name(&mut fields, "by", &by));
    let (Some(object), Some(by)) = (made, by) else {
        fields.end()?;
        return Err(Problem::malformed("no object"));
    };
    let act = BulkAct::Create(BulkCreate { object: object.clone(), by, values, for_owner });
    preview_or_queue(&app, &caller, (about, object), act, fields).await
}

/// Parts of a request that say which records are meant, and how it is taken.
const FOUND: [&str; 5] = ["filter", "search", "permitted_for", "reason", "preview"];

/// `labels` is the object whose fields a refusal is about.
async fn preview_or_queue(
    app: &App,
    caller: &Caller,
    (object, labels): (Name, Name),
    act: BulkAct,
    mut fields: Fields,
) -> Answer {
    let filter = fields.maybe_text("filter", FILTER);
    let search = fields.maybe_text("search", 100);
    let permitted_for = fields.maybe_text("permitted_for", 100);
    let reason = fields.maybe_text("reason", 500);
    let preview = fields.flag("preview");
    fields.end()?;
    let asked = Bulk { object, filter, search, permitted_for, act, reason };
    let named = |error: engine::Error| {
        Problem::from(error).about_named(&app.engine().catalogue(), labels.as_str())
    };
    if preview {
        let found = app.engine().preview_bulk(&caller.actor, &asked).await.map_err(named)?;
        return reply::ok(&found);
    }
    let (job, found) = app.engine().start_bulk(&caller.actor, asked).await.map_err(named)?;
    let mut body = json!({ "job": job, "rows": found.rows, "not_writable": found.not_writable });
    if let (Some(permission), Some(map)) = (&found.permission, body.as_object_mut()) {
        map.insert("permission".into(), json!(permission));
    }
    reply::json(StatusCode::ACCEPTED, &body)
}
