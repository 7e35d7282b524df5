//! Many commands on one object in one request: each is decided and committed on its own.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use engine::{Change, Command, Idempotency, Violation};
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

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new().route("/records/{object}/bulk", post(bulk))
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
