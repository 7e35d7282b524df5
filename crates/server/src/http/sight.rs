//! What those who look after the platform read of definitions and rights: labels of all objects,
//! parameters, roles, what a user or role may do, and what moving an org unit would change.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use engine::access::{Granted, Sight, Viewed};
use engine::{Holding, MoveEffect, Violation};
use schema::catalogue::{Access, Action, Language, ParameterValue, Role};
use schema::{Catalogue, Field, Name, Object, Slot};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::me::{ACTIONS, accesses, allowed, platform_rights};
use super::objects::field_json;
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/definitions/labels", get(labels))
        .route("/parameters", get(parameters))
        .route("/roles", get(roles))
        .route("/rights", get(rights))
        .route("/org-units/{id}/move", get(effect))
}

async fn labels(State(app): State<App>, caller: Caller) -> Answer {
    let catalogue = app.engine().known_definitions(&caller.actor)?;
    let language = caller.client.language;
    let objects: Vec<Json> = catalogue
        .objects
        .values()
        .map(|object| {
            let fields: Vec<Json> = object
                .slots()
                .map(|(_, field)| field_json(field, &json!("read"), language))
                .collect();
            json!({
                "name": object.name,
                "label": object.label.get(language),
                "pack": object.pack,
                "title": object.at(object.title).map(|field| &field.name),
                "retired": object.retired,
                "fields": fields,
            })
        })
        .collect();
    reply::ok(&json!({ "version": catalogue.version, "objects": objects }))
}

async fn parameters(State(app): State<App>, caller: Caller) -> Answer {
    let catalogue = app.engine().known_definitions(&caller.actor)?;
    let language = caller.client.language;
    let today = kernel::time::business_date(app.engine().now());
    let parameters: Vec<Json> = catalogue
        .parameters
        .values()
        .map(|parameter| {
            let dated = |(from, value): &(kernel::Date, ParameterValue)| {
                json!({ "from": from.to_string(), "value": value_json(value) })
            };
            json!({
                "name": parameter.name,
                "label": parameter.label.get(language),
                "note": parameter.note,
                "type": parameter.values.first().map(|(_, value)| type_of(value)),
                "value": parameter.on(today).map(value_json),
                "values": parameter.values.iter().map(dated).collect::<Vec<_>>(),
            })
        })
        .collect();
    reply::ok(&json!({ "today": today.to_string(), "parameters": parameters }))
}

fn value_json(value: &ParameterValue) -> Json {
    match value {
        ParameterValue::Number(number) => json!(number.to_string()),
        ParameterValue::Text(text) => json!(text),
        ParameterValue::Bool(flag) => json!(flag),
        ParameterValue::Date(date) => json!(date.to_string()),
        ParameterValue::Texts(texts) => json!(texts),
    }
}

fn type_of(value: &ParameterValue) -> &'static str {
    match value {
        ParameterValue::Number(_) => "number",
        ParameterValue::Text(_) => "text",
        ParameterValue::Bool(_) => "bool",
        ParameterValue::Date(_) => "date",
        ParameterValue::Texts(_) => "texts",
    }
}

async fn roles(State(app): State<App>, caller: Caller) -> Answer {
    let catalogue = app.engine().known_definitions(&caller.actor)?;
    let language = caller.client.language;
    let roles: Vec<Json> =
        catalogue.roles.values().map(|role| role_json(&catalogue, role, language)).collect();
    reply::ok(&json!({ "roles": roles }))
}

fn role_json(catalogue: &Catalogue, role: &Role, language: Language) -> Json {
    let mut objects = Map::new();
    for name in catalogue.objects.keys() {
        let of = || role.grants.iter().filter(|grant| grant.object == *name);
        let granted = |action: &Action| of().any(|grant| grant.actions.contains(action));
        let actions: Vec<&str> =
            ACTIONS.iter().filter(|(action, _)| granted(action)).map(|(_, name)| *name).collect();
        if !actions.is_empty() {
            objects.insert(name.to_string(), json!(actions));
        }
    }
    json!({
        "name": role.name,
        "label": role.label.get(language),
        "pack": role.pack,
        "rights": platform_rights(|right| role.rights.contains(&right)),
        "excludes": role.excludes,
        "reveal_per_day": role.reveal_per_day,
        "reveal_approval": role.reveal_approval,
        "export_rows": role.export_rows,
        "objects": objects,
    })
}

async fn rights(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let viewed = match reply::named(text.as_deref(), ["user", "role"])? {
        [Some(user), None] => Viewed::User(user.parse().map_err(|_| {
            let violation = Violation::new("user", "type").with("expected", "uuid");
            Problem::invalid(vec![violation])
        })?),
        [None, Some(role)] => Viewed::Role(Name::new(&role).map_err(|_| Problem::not_found())?),
        [_, other] => {
            let code = if other.is_some() { "duplicate" } else { "required" };
            return Err(Problem::invalid(vec![Violation::new("user", code)]));
        }
    };
    let sight = app.engine().sight(&caller.actor, &viewed).await?;
    reply::ok(&sight_json(&sight, caller.client.language))
}

fn sight_json(sight: &Sight, language: Language) -> Json {
    let (catalogue, rights) = (&sight.catalogue, &sight.rights);
    let held: Vec<Json> = sight
        .held
        .iter()
        .map(|(name, unit)| {
            let label = catalogue.roles.get(name).map(|role| role.label.get(language));
            json!({ "name": name, "label": label, "unit": unit })
        })
        .collect();
    let objects: Vec<Json> = catalogue
        .objects
        .values()
        .filter(|object| !object.retired)
        .filter_map(|object| {
            let (ix, _) = catalogue.object(object.name.as_str())?;
            let known = accesses(rights, ix, object);
            let fields: Vec<Json> = object
                .slots()
                .filter(|(_, field)| !field.retired)
                .map(|(_, field)| {
                    let access = known.get(field.name.as_str());
                    json!({
                        "name": field.name,
                        "label": field.label.get(language),
                        "level": field.level,
                        "access": access.unwrap_or(&json!("hidden")),
                    })
                })
                .collect();
            let of = sight.grants.iter().filter(|grant| grant.object == ix);
            let grants: Vec<Json> = of.map(|grant| grant_json(grant, object, &known)).collect();
            let actions = allowed(rights, ix);
            (!actions.is_empty()).then(|| {
                json!({
                    "name": object.name,
                    "label": object.label.get(language),
                    "actions": actions,
                    "fields": fields,
                    "grants": grants,
                })
            })
        })
        .collect();
    json!({
        "active": sight.active,
        "roles": held,
        "rights": platform_rights(|right| rights.has(right)),
        "reveal_per_day": rights.reveal_per_day,
        "reveal_approval": rights.reveal_approval,
        "export_rows": rights.export_rows,
        "objects": objects,
    })
}

fn grant_json(grant: &Granted, object: &Object, known: &Map<String, Json>) -> Json {
    let has = |action| grant.actions.contains(&action);
    let actions: Vec<&str> =
        ACTIONS.iter().filter(|(action, _)| has(*action)).map(|(_, name)| *name).collect();
    let mut fields = Map::new();
    for (slot, field) in object.slots().filter(|(_, field)| !field.retired) {
        // What is compiled from all grants may show less of a total than one grant says.
        let most = rank(known.get(field.name.as_str()).and_then(Json::as_str));
        let least = rank(cell(grant, slot, field)).min(most);
        if let Some(word) = least.checked_sub(1).and_then(|at| SHOWN.get(at)) {
            fields.insert(field.name.to_string(), json!(word));
        }
    }
    json!({
        "role": grant.role,
        "unit": grant.unit,
        "rows": grant.rows,
        "when": grant.when,
        "actions": actions,
        "fields": fields,
    })
}

/// Words of what is given of a field, from the least.
const SHOWN: [&str; 3] = ["masked", "read", "write"];

/// The place of a word among them; hidden is 0.
fn rank(word: Option<&str>) -> usize {
    SHOWN.iter().position(|shown| Some(*shown) == word).map_or(0, |at| at + 1)
}

/// What one grant gives of a field; nothing when it hides it.
fn cell(grant: &Granted, slot: Slot, field: &Field) -> Option<&'static str> {
    let has = |action| grant.actions.contains(&action);
    let given = grant.access.get(usize::from(slot.0)).copied().unwrap_or_default();
    let writes = has(Action::Create) || has(Action::Update);
    if given == Access::Write && writes && !field.read_only {
        return Some("write");
    }
    match if has(Action::Read) { field.shown(given) } else { Access::Hidden } {
        Access::Hidden => None,
        Access::Masked => Some("masked"),
        Access::Read | Access::Write => Some("read"),
    }
}

async fn effect(
    State(app): State<App>,
    caller: Caller,
    At(unit): At<Uuid>,
    RawQuery(text): RawQuery,
) -> Answer {
    let [parent] = reply::named(text.as_deref(), ["parent"])?;
    let parent = match parent.filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            let violation = Violation::new("parent", "type").with("expected", "uuid");
            Problem::invalid(vec![violation])
        })?),
    };
    let found = app.engine().preview_move(&caller.actor, unit, parent).await?;
    let catalogue = app.engine().catalogue();
    let language = caller.client.language;
    let records: Vec<Json> = found
        .records
        .iter()
        .filter_map(|(name, rows)| {
            let (_, object) = catalogue.object(name.as_str())?;
            let label = object.label.get(language);
            let more = *rows >= MoveEffect::MOST;
            Some(json!({ "object": name, "label": label, "rows": rows, "more": more }))
        })
        .collect();
    let holders = |some: &[Holding]| -> Vec<Json> {
        some.iter()
            .map(|one| {
                let label = catalogue.roles.get(&one.role).map(|role| role.label.get(language));
                json!({ "user": one.user, "role": one.role, "label": label, "unit": one.unit })
            })
            .collect()
    };
    reply::ok(&json!({
        "units": found.units,
        "users": found.users,
        "records": records,
        "gain": holders(&found.gain),
        "lose": holders(&found.lose),
    }))
}
