//! One search over every object the caller may read, and saved lists.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use engine::Violation;
use schema::catalogue::{Access, Action};
use schema::query::{self, Query, Sort, limit};
use schema::{Object, ObjectIx};
use serde_json::json;

use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// Most objects searched in one request.
const OBJECTS: usize = 20;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new().route("/search", get(search)).route("/views/{view}", get(view))
}

async fn search(State(app): State<App>, caller: Caller, RawQuery(text): RawQuery) -> Answer {
    let [words, objects, rows] = reply::named(text.as_deref(), ["q", "objects", "limit"])?;
    let rows = reply::limit(rows.as_deref(), 5, 20)?;
    let words = words.unwrap_or_default();
    let count = words.trim().chars().count();
    if count == 0 || count > limit::SEARCH_CHARS {
        let code = if count == 0 { "required" } else { "too_long" };
        let violation = Violation::new("q", code).with("max", limit::SEARCH_CHARS.to_string());
        return Err(Problem::invalid(vec![violation]));
    }
    let catalogue = app.engine().catalogue();
    let rights = caller.actor.rights();
    let wanted: Option<Vec<&str>> = objects.as_deref().map(|list| list.split(',').collect());
    let mut results = Vec::new();
    let mut searched = 0;
    for (name, object) in &catalogue.objects {
        let Some((ix, _)) = catalogue.object(name.as_str()) else { continue };
        let asked = wanted.as_ref().is_none_or(|list| list.contains(&name.as_str()));
        if !asked || object.retired || !rights.may(ix, Action::Read) || searched >= OBJECTS {
            continue;
        }
        let columns = columns(&caller, ix, object);
        if columns.is_empty() {
            continue;
        }
        searched += 1;
        let query =
            Query { columns, search: Some(words.clone()), limit: rows, ..Query::of(name.as_str()) };
        match app.engine().query(&caller.actor, &query).await {
            Ok(page) => {
                let records = page.records.unwrap_or_default();
                if !records.is_empty() {
                    results.push(json!({
                        "object": name,
                        "label": object.label.get(caller.client.language),
                        "records": records,
                        "more": page.next.is_some(),
                    }));
                }
            }
            Err(engine::Error::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    reply::ok(&json!({ "results": results }))
}

/// Title and searchable fields, as far as they are shown; none when nothing can be searched.
fn columns(caller: &Caller, ix: ObjectIx, object: &Object) -> Vec<String> {
    let shown = |slot| caller.actor.rights().most(ix, Action::Read, slot) > Access::Hidden;
    let found: Vec<_> = object
        .slots()
        .filter(|(slot, field)| field.search.is_some() && !field.retired && shown(*slot))
        .map(|(slot, _)| slot)
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    let title = Some(object.title).filter(|title| shown(*title) && !found.contains(title));
    let slots = title.into_iter().chain(found);
    slots.filter_map(|slot| Some(object.at(slot)?.name.to_string())).take(10).collect()
}

async fn view(
    State(app): State<App>,
    caller: Caller,
    At(name): At<String>,
    RawQuery(text): RawQuery,
) -> Answer {
    let catalogue = app.engine().catalogue();
    let view = catalogue.views.get(name.as_str()).ok_or_else(Problem::not_found)?;
    let pairs = reply::pairs(text.as_deref())?;
    let borrowed = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let mut query = query::from_pairs(view.object.as_str(), borrowed).map_err(reply::flaws)?;
    let saved = view.filter.as_ref().map(|expr| expr.source.to_string());
    query.filter = match (saved, query.filter.take()) {
        (Some(saved), Some(more)) => Some(format!("({saved}) and ({more})")),
        (saved, more) => saved.or(more),
    };
    if query.columns.is_empty() && !query.is_grouped() {
        query.columns = readable(&app, &caller, view);
    }
    if query.sort.is_empty() && !query.is_grouped() {
        let sort = |(field, descending): &(schema::Name, bool)| Sort {
            field: field.to_string(),
            descending: *descending,
        };
        query.sort = view.sort.iter().map(sort).collect();
    }
    super::records::answer(&app, &caller, &query).await
}

/// The view's columns that this caller is shown; what they may not see is left out.
fn readable(app: &App, caller: &Caller, view: &schema::catalogue::View) -> Vec<String> {
    let catalogue = app.engine().catalogue();
    let Some((ix, object)) = catalogue.object(view.object.as_str()) else { return Vec::new() };
    let shown = |column: &&String| {
        let first = column.split('.').next().unwrap_or_default();
        object.field(first).is_some_and(|(slot, _)| {
            caller.actor.rights().most(ix, Action::Read, slot) > Access::Hidden
        })
    };
    view.columns.iter().filter(shown).cloned().collect()
}
