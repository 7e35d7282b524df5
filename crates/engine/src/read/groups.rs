//! Grouped answers: counts, sums, averages, least and greatest, by fields or spans of time.

use schema::Value;
use schema::query::Query;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use store::records::{AggregateQuery, Select};

use super::plan::Plan;
use super::{Page, Permission};
use crate::Error;
use crate::write::Context;

/// One group: its keys and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Value of each group key, by its name in the request.
    pub keys: Map<String, Json>,
    /// Value of each measure, by its name.
    pub measures: Map<String, Json>,
}

/// Fetches the groups of a planned query: one statement.
pub(super) async fn answer(
    context: &Context<'_>,
    plan: &Plan<'_>,
    query: &Query,
    permission: Option<Permission>,
) -> Result<Page, Error> {
    let asked = asked(context, plan, query.limit);
    let rows = context.engine.store().aggregate(context.catalogue, &asked).await?;
    let groups = rows.into_iter().map(|row| group(context, plan, query, row)).collect();
    Ok(Page { records: None, groups: Some(groups), next: None, count: None, permission })
}

/// What a planned query asks the store.
pub(super) fn asked<'s>(
    context: &'s Context<'_>,
    plan: &'s Plan<'_>,
    limit: u32,
) -> AggregateQuery<'s> {
    AggregateQuery {
        rows: Select { limit, ..plan.all(context) },
        keys: plan.groups.clone(),
        measures: plan.measures.iter().map(|(_, f, path)| (*f, path.clone())).collect(),
    }
}

/// A fetched row of keys and measures.
pub(super) fn group(
    context: &Context<'_>,
    plan: &Plan<'_>,
    query: &Query,
    row: Vec<Value>,
) -> Group {
    let mut cells = row.into_iter();
    let mut keys = Map::new();
    for (key, (path, bucket)) in query.group.iter().zip(&plan.groups) {
        let value = cells.next().unwrap_or(Value::Null);
        let field = context.catalogue.at(path.object).and_then(|object| object.at(path.slot));
        let json = match (field, bucket, &value) {
            (Some(field), schema::query::Bucket::None, value) => field.to_json(value, None),
            (_, _, Value::Date(day)) => Json::String(day.to_string()),
            _ => Json::Null,
        };
        keys.insert(key.field.clone(), json);
    }
    let mut measures = Map::new();
    for (name, _, path) in &plan.measures {
        let value = cells.next().unwrap_or(Value::Null);
        let json = match &value {
            Value::Number(number) => Json::String(number.normalize().to_string()),
            other => path
                .as_ref()
                .and_then(|path| context.catalogue.at(path.object)?.at(path.slot))
                .map_or(Json::Null, |field| field.to_json(other, None)),
        };
        measures.insert(name.clone(), json);
    }
    Group { keys, measures }
}
