//! The definitions a caller works with: objects, fields, options, layouts, views, as far as their
//! rights reach. What a screen or a program needs to know is all here.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::routing::get;
use engine::Actor;
use schema::catalogue::{Access, Action, Language, Layout, OptionItem, View};
use schema::field::{CurrencySource, OnDelete};
use schema::keeping::Answers;
use schema::{Catalogue, Field, FieldType, Object, ObjectIx, Slot};
use serde_json::{Map, Value as Json, json};

use super::edges;
use super::me::{accesses, actions};
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use super::{forms, kept};
use crate::app::App;
use crate::auth::caller::Caller;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/objects", get(list))
        .route("/objects/{object}", get(show))
        .route("/options/{set}", get(options))
}

async fn list(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Answer {
    let catalogue = app.engine().catalogue();
    let objects: Vec<Json> = catalogue
        .objects
        .values()
        .filter_map(|object| {
            let (ix, _) = catalogue.object(object.name.as_str())?;
            let actions = actions(&caller.actor, ix);
            (!object.retired && !actions.is_empty()).then(|| {
                json!({
                    "name": object.name,
                    "label": object.label.get(caller.client.language),
                    "pack": object.pack,
                    "system": object.system,
                    "title": object.at(object.title).map(|field| &field.name),
                    "duplicates": catalogue.match_rule(&object.name).is_some(),
                    "menu": object.menu,
                    "icon": object.icon,
                    "home": has_view(&catalogue, object, |view| view.home.is_some()),
                    "notify": has_view(&catalogue, object, |view| view.notify),
                    "actions": actions,
                })
            })
        })
        .collect();
    kept::definition(&json!({ "version": catalogue.version, "objects": objects }), &headers)
}

/// Whether one of its views is such a one.
fn has_view(catalogue: &Catalogue, object: &Object, is: impl Fn(&View) -> bool) -> bool {
    catalogue.views.values().any(|view| view.object == object.name && is(view))
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    At(name): At<String>,
    headers: HeaderMap,
) -> Answer {
    let catalogue = app.engine().catalogue();
    let (ix, object) = catalogue
        .object(&name)
        .filter(|(ix, object)| !object.retired && !actions(&caller.actor, *ix).is_empty())
        .ok_or_else(Problem::not_found)?;
    let mut described = describe(&catalogue, &caller.actor, ix, object);
    if let Json::Object(members) = &mut described {
        let access = accesses(caller.actor.rights(), ix, object);
        let today = kernel::time::business_date(app.engine().now());
        let form = forms::describe(&catalogue, &caller.actor, (ix, object), &access, today);
        members.insert("form".into(), form);
    }
    kept::definition(&described, &headers)
}

/// One object for one actor.
fn describe(catalogue: &Catalogue, actor: &Actor, ix: ObjectIx, object: &Object) -> Json {
    let language = actor.language;
    let access = accesses(actor.rights(), ix, object);
    let fields: Vec<Json> = object
        .slots()
        .filter_map(|(_, field)| {
            let access = access.get(field.name.as_str())?;
            Some(field_json(field, access, language))
        })
        .collect();
    let title = object.at(object.title).map(|field| field.name.clone());
    let layouts: Vec<Json> = catalogue
        .layouts
        .values()
        .filter(|layout| layout.object == object.name)
        .map(|layout| layout_json(layout, &access, language))
        .collect();
    let mut views: Vec<&View> =
        catalogue.views.values().filter(|view| view.object == object.name).collect();
    views.sort_by_key(|view| view.order.unwrap_or(u16::MAX));
    let views: Vec<Json> =
        views.into_iter().map(|view| view_json(view, &access, language)).collect();
    let names = |slots: &[Slot]| -> Vec<String> {
        slots.iter().filter_map(|slot| Some(object.at(*slot)?.name.to_string())).collect()
    };
    let uniques: Vec<Json> = object
        .uniques
        .iter()
        .map(|unique| json!({ "name": unique.name, "fields": names(&unique.fields) }))
        .collect();
    json!({
        "name": object.name,
        "label": object.label.get(language),
        "pack": object.pack,
        "system": object.system,
        "title": title,
        "actions": actions(actor, ix),
        "fields": fields,
        "uniques": uniques,
        "layouts": layouts,
        "views": views,
        "duplicates": catalogue.match_rule(&object.name).is_some(),
        "keeps": !object.retentions.is_empty(),
        "answers": object.kept.answers.as_ref().map(answers_json),
        "edge": object.edge.as_ref().map(|edge| edges::shown((object, edge), &access, language)),
        "graphs": edges::joining(catalogue, actor, object),
        "about": about(catalogue, actor, object),
    })
}

/// What the actor may make about a record of `object`: other objects with the reference to it.
fn about(catalogue: &Catalogue, actor: &Actor, object: &Object) -> Vec<Json> {
    let (language, rights) = (actor.language, actor.rights());
    let made = catalogue.objects.values().filter(|made| !made.retired && made.system.is_none());
    let made = made.filter_map(|made| catalogue.object(made.name.as_str()));
    let made =
        made.filter(|(ix, made)| made.name != object.name && rights.may(*ix, Action::Create));
    made.flat_map(|(ix, made)| {
        let writes = move |slot| rights.most(ix, Action::Create, slot) == Access::Write;
        made.slots().filter_map(move |(slot, field)| match &field.kind {
            FieldType::Reference { to, .. } if to.contains(&object.name) && writes(slot) => {
                let of = format!("{} · {}", made.label.get(language), field.label.get(language));
                Some(json!({ "object": made.name, "by": field.name, "label": of }))
            }
            _ => None,
        })
    })
    .collect()
}

/// How requests of data subjects are answered.
fn answers_json(answers: &Answers) -> Json {
    json!({
        "status": answers.status,
        "ready": answers.ready,
        "right": answers.right,
        "dossier": answers.dossier,
        "erase": answers.erase,
    })
}

pub(super) fn field_json(field: &Field, access: &Json, language: Language) -> Json {
    let mut map = Map::new();
    map.insert("name".into(), json!(field.name));
    map.insert("label".into(), json!(field.label.get(language)));
    if let Some(help) = &field.help {
        map.insert("help".into(), json!(help.get(language)));
    }
    kind(&field.kind, &mut map);
    map.insert("access".into(), access.clone());
    map.insert("required".into(), json!(field.required));
    map.insert("default".into(), json!(field.default.is_some()));
    map.insert("unique".into(), json!(field.unique));
    map.insert("read_only".into(), json!(field.read_only));
    map.insert("level".into(), json!(field.level));
    map.insert("encrypted".into(), json!(field.encrypted));
    map.insert("search".into(), json!(field.search.is_some()));
    Json::Object(map)
}

/// A field type's name in pack files and its parameters.
pub fn kind(kind: &FieldType, map: &mut Map<String, Json>) {
    let mut put = |name: &str, value: Json| drop(map.insert(name.into(), value));
    put("type", json!(type_name(kind)));
    match kind {
        FieldType::Text { max } | FieldType::LongText { max } => put("max", json!(max)),
        FieldType::Number { scale, min, max } | FieldType::Percent { scale, min, max } => {
            put("scale", json!(scale));
            put("min", json!(min));
            put("max", json!(max));
        }
        FieldType::Money { scale, currency, min, max } => {
            put("scale", json!(scale));
            put("min", json!(min));
            put("max", json!(max));
            match currency {
                CurrencySource::Fixed(code) => put("currency", json!(code.as_str())),
                CurrencySource::Field(name) => put("currency_field", json!(name)),
            }
        }
        FieldType::Select { options }
        | FieldType::MultiSelect { options }
        | FieldType::Cascade { options } => put("options", json!(options)),
        FieldType::Reference { to, on_delete } => {
            put("to", json!(to));
            let word = match on_delete {
                OnDelete::Restrict => "restrict",
                OnDelete::Clear => "clear",
                OnDelete::Cascade => "cascade",
            };
            put("on_delete", json!(word));
        }
        FieldType::ManyToMany { to } => put("to", json!(to)),
        FieldType::ChildTable { object, by } => {
            put("object", json!(object));
            put("by", json!(by));
        }
        FieldType::AutoNumber { prefix, digits } => {
            put("prefix", json!(prefix));
            put("digits", json!(digits));
        }
        FieldType::Formula { expr } => put("formula", json!(&*expr.source)),
        FieldType::RollUp { object, by, value, function, .. } => {
            put("object", json!(object));
            put("by", json!(by));
            put("value", json!(value));
            put("function", json!(function.word()));
        }
        FieldType::File { max_bytes, versions } => {
            put("max_bytes", json!(max_bytes));
            put("versions", json!(versions));
        }
        FieldType::Date
        | FieldType::DateTime
        | FieldType::Boolean
        | FieldType::User
        | FieldType::OrgUnit
        | FieldType::Phone
        | FieldType::Email
        | FieldType::Url
        | FieldType::ResidentId
        | FieldType::CreditCode
        | FieldType::BankCard
        | FieldType::Address
        | FieldType::Tags => {}
    }
}

/// The name of a field type in pack files.
#[must_use]
pub fn type_name(kind: &FieldType) -> &'static str {
    match kind {
        FieldType::Text { .. } => "text",
        FieldType::LongText { .. } => "long_text",
        FieldType::Number { .. } => "number",
        FieldType::Money { .. } => "money",
        FieldType::Percent { .. } => "percent",
        FieldType::Date => "date",
        FieldType::DateTime => "date_time",
        FieldType::Boolean => "boolean",
        FieldType::Select { .. } => "select",
        FieldType::MultiSelect { .. } => "multi_select",
        FieldType::Cascade { .. } => "cascade",
        FieldType::Reference { .. } => "reference",
        FieldType::ManyToMany { .. } => "many_to_many",
        FieldType::ChildTable { .. } => "child_table",
        FieldType::User => "user",
        FieldType::OrgUnit => "org_unit",
        FieldType::AutoNumber { .. } => "auto_number",
        FieldType::Formula { .. } => "formula",
        FieldType::RollUp { .. } => "roll_up",
        FieldType::File { .. } => "file",
        FieldType::Phone => "phone",
        FieldType::Email => "email",
        FieldType::Url => "url",
        FieldType::ResidentId => "resident_id",
        FieldType::CreditCode => "credit_code",
        FieldType::BankCard => "bank_card",
        FieldType::Address => "address",
        FieldType::Tags => "tags",
    }
}

fn layout_json(layout: &Layout, access: &Map<String, Json>, language: Language) -> Json {
    let shown = |names: &[schema::Name]| -> Vec<String> {
        let names = names.iter().filter(|name| access.contains_key(name.as_str()));
        names.map(ToString::to_string).collect()
    };
    let sections: Vec<Json> = layout
        .sections
        .iter()
        .map(|section| {
            json!({
                "label": section.label.get(language),
                "fields": shown(&section.fields),
                "related": section.lists.iter().map(|list| &list.link.text).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "name": layout.name,
        "label": layout.label.get(language),
        "roles": layout.roles,
        "default": layout.default,
        "highlights": shown(&layout.highlights),
        "sections": sections,
    })
}

fn view_json(view: &View, access: &Map<String, Json>, language: Language) -> Json {
    let shown =
        |column: &&String| access.contains_key(column.split('.').next().unwrap_or_default());
    let sort: Vec<String> = view
        .sort
        .iter()
        .map(|(name, descending)| format!("{}{name}", if *descending { "-" } else { "" }))
        .collect();
    json!({
        "name": view.name,
        "label": view.label.get(language),
        "columns": view.columns.iter().filter(shown).collect::<Vec<_>>(),
        "filter": view.filter.as_ref().map(|filter| filter.source.to_string()),
        "sort": sort,
        "home": view.home,
        "notify": view.notify,
    })
}

async fn options(
    State(app): State<App>,
    caller: Caller,
    At(name): At<String>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let [parent] = reply::named(text.as_deref(), ["parent"])?;
    let catalogue = app.engine().catalogue();
    let set = catalogue.options.get(name.as_str()).ok_or_else(Problem::not_found)?;
    let language = caller.client.language;
    let wanted = |item: &OptionItem| match parent.as_deref() {
        None => true,
        Some("") => item.parent.is_none(),
        Some(parent) => item.parent.as_deref() == Some(parent),
    };
    let items: Vec<Json> = set
        .items
        .iter()
        .filter(|(_, item)| wanted(item))
        .map(|(code, item)| {
            json!({
                "code": code,
                "label": item.label.get(language),
                "parent": item.parent,
                "color": item.color,
                "retired": item.retired,
                "tie": item.tie.as_ref().map(|tie| edges::tie(tie, language)),
            })
        })
        .collect();
    let label = set.label.get(language);
    kept::definition(&json!({ "name": set.name, "label": label, "items": items }), &headers)
}
