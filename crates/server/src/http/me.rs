//! What the caller may do: objects, actions and fields, for screens and programs alike.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use engine::Actor;
use engine::rights::Rights;
use schema::catalogue::{Access, Action, Right, SystemKind};
use schema::{Catalogue, Object, ObjectIx};
use serde_json::{Map, Value as Json, json};

use super::kept;
use super::problem::Answer;
use crate::app::App;
use crate::auth::caller::Caller;

/// Every action with its name.
pub const ACTIONS: [(Action, &str); 10] = [
    (Action::Read, "read"),
    (Action::Create, "create"),
    (Action::Update, "update"),
    (Action::Delete, "delete"),
    (Action::Reveal, "reveal"),
    (Action::Export, "export"),
    (Action::Import, "import"),
    (Action::Reassign, "reassign"),
    (Action::Share, "share"),
    (Action::Merge, "merge"),
];

const RIGHTS: [(Right, &str); 8] = [
    (Right::Publish, "publish"),
    (Right::Users, "users"),
    (Right::ApiKeys, "api_keys"),
    (Right::Audit, "audit"),
    (Right::Jobs, "jobs"),
    (Right::SeesLocked, "sees_locked"),
    (Right::ApproveExports, "approve_exports"),
    (Right::ApproveReveals, "approve_reveals"),
];

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new().route("/me", get(me))
}

async fn me(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Answer {
    let catalogue = app.engine().catalogue();
    let actor = &caller.actor;
    let rights = actor.rights();
    let mut objects = Map::new();
    for (name, object) in &catalogue.objects {
        let Some((ix, _)) = catalogue.object(name.as_str()) else { continue };
        let actions = actions(actor, ix);
        if !actions.is_empty() && !object.retired {
            let fields = accesses(rights, ix, object);
            objects.insert(name.to_string(), json!({ "actions": actions, "fields": fields }));
        }
    }
    let account = app.engine().account(actor.user()).await?;
    let login = account.map(|account| account.login).unwrap_or_default();
    let platform = platform_rights(|right| rights.has(right));
    let told = json!({
        "user": actor.user(),
        "name": name(&app, &catalogue, actor).await.unwrap_or_else(|| login.clone()),
        "login": login,
        "roles": roles(&catalogue, actor),
        "rights": platform,
        "org_unit": rights.home,
        "units": &*rights.units,
        "reveal_per_day": rights.reveal_per_day,
        "reveal_approval": rights.reveal_approval,
        "export_rows": rights.export_rows,
        "objects": objects,
        "screen": app.engine().screen(),
    });
    kept::definition(&told, &headers)
}

/// The caller's own name, if their rights show it to them.
async fn name(app: &App, catalogue: &Catalogue, actor: &Actor) -> Option<String> {
    let (_, users) = catalogue.system(SystemKind::User)?;
    let view = app.engine().get(actor, users.name.as_str(), actor.user(), false).await.ok()?;
    let title = view.get(users.at(users.title)?.name.as_str())?;
    title.as_str().map(str::to_owned)
}

fn roles(catalogue: &Catalogue, actor: &Actor) -> Vec<Json> {
    let label = |name: &schema::Name| {
        let role = catalogue.roles.get(name)?;
        Some(json!({ "name": name, "label": role.label.get(actor.language) }))
    };
    actor.rights().roles.iter().filter_map(label).collect()
}

/// Names of the platform rights that are held.
pub fn platform_rights(held: impl Fn(Right) -> bool) -> Vec<&'static str> {
    RIGHTS.iter().filter(|(right, _)| held(*right)).map(|(_, name)| *name).collect()
}

/// What an actor may do with some rows of an object.
pub fn actions(actor: &Actor, ix: ObjectIx) -> Vec<&'static str> {
    allowed(actor.rights(), ix)
}

/// What may be done with some rows of an object.
pub fn allowed(rights: &Rights, ix: ObjectIx) -> Vec<&'static str> {
    let may = |(action, _): &&(Action, &str)| rights.may(ix, *action);
    ACTIONS.iter().filter(may).map(|(_, name)| *name).collect()
}

/// The most that rights give of each field, whatever the action; hidden fields are left out.
pub fn accesses(rights: &Rights, ix: ObjectIx, object: &Object) -> Map<String, Json> {
    let mut fields = Map::new();
    for (slot, field) in object.slots().filter(|(_, field)| !field.retired) {
        let of = |action| rights.most(ix, action, slot);
        let read = field.shown(of(Action::Read));
        let writes = [Action::Create, Action::Update].into_iter().any(|a| of(a) == Access::Write);
        let access = match (read, writes && !field.read_only) {
            (Access::Hidden, false) => continue,
            (_, true) => "write",
            (Access::Masked, false) => "masked",
            (_, false) => "read",
        };
        fields.insert(field.name.to_string(), json!(access));
    }
    fields
}
