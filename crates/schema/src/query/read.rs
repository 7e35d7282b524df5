//! Reads a query from JSON or from URL parameters.

use serde_json::{Map, Value as Json};

use crate::field::Flaw;
use kernel::text::nearest;

use super::check::unknown;
use super::{Bucket, CountMode, GroupKey, Measure, MeasureFn, Query, Sort, limit};

const KEYS: [&str; 12] = [
    "object",
    "columns",
    "filter",
    "search",
    "sort",
    "limit",
    "cursor",
    "count",
    "group",
    "measures",
    "expand",
    "permitted_for",
];

/// A query from a JSON object. Names are checked later, by [`Query::check`].
pub fn from_json(json: &Json) -> Result<Query, Vec<Flaw>> {
    let Json::Object(map) = json else {
        return Err(vec![Flaw::new("type").with("expected", "object")]);
    };
    let flaws = unknown_keys(map);
    if !flaws.is_empty() {
        return Err(flaws);
    }
    serde_json::from_value(json.clone())
        .map_err(|error| vec![Flaw::new("unreadable").with("reason", error)])
}

fn unknown_keys(map: &Map<String, Json>) -> Vec<Flaw> {
    map.keys()
        .filter(|key| !KEYS.contains(&key.as_str()))
        .map(|key| unknown("unknown_parameter", key, nearest(key, KEYS)))
        .collect()
}

/// A query about `object` from decoded URL parameters.
pub fn from_pairs<'a>(
    object: &str,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Query, Vec<Flaw>> {
    let mut query = Query::of(object);
    let mut flaws = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in pairs {
        if seen.contains(&key) {
            flaws.push(Flaw::new("duplicate").with("name", key).with("parameter", key));
            continue;
        }
        seen.push(key);
        if let Err(flaw) = set(&mut query, key, value) {
            flaws.push(flaw.with("parameter", key));
        }
    }
    if flaws.is_empty() { Ok(query) } else { Err(flaws) }
}

fn set(query: &mut Query, key: &str, value: &str) -> Result<(), Flaw> {
    let full = (!value.is_empty()).then(|| value.to_owned());
    match key {
        "filter" => query.filter = full,
        "search" => query.search = full,
        "cursor" => query.cursor = full,
        "permitted_for" => query.permitted_for = full,
        "columns" => query.columns = parts(value).map(str::to_owned).collect(),
        "sort" => query.sort = parts(value).map(|part| Sort::from(part.to_owned())).collect(),
        "limit" => {
            let flaw = || Flaw::new("range").with("min", 1).with("max", limit::ROWS);
            query.limit = value.parse().map_err(|_| flaw())?;
        }
        "count" => {
            let known = [
                ("none", CountMode::None),
                ("capped", CountMode::Capped),
                ("exact", CountMode::Exact),
            ];
            query.count = one_of("count", value, &known)?;
        }
        "expand" => {
            let known = [("true", true), ("1", true), ("false", false), ("0", false)];
            query.expand = one_of("expand", value, &known)?;
        }
        "group" => query.group = parts(value).map(group_key).collect::<Result<_, _>>()?,
        "measures" => query.measures = parts(value).map(measure).collect::<Result<_, _>>()?,
        _ => {
            let known = KEYS.into_iter().filter(|known| *known != "object");
            return Err(unknown("unknown_parameter", key, nearest(key, known)));
        }
    }
    Ok(())
}

fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// `field` or `field:month`.
fn group_key(text: &str) -> Result<GroupKey, Flaw> {
    let (field, bucket) = text.split_once(':').unwrap_or((text, "none"));
    let known = [
        ("none", Bucket::None),
        ("day", Bucket::Day),
        ("month", Bucket::Month),
        ("quarter", Bucket::Quarter),
        ("year", Bucket::Year),
    ];
    Ok(GroupKey { field: field.to_owned(), bucket: one_of("group", bucket, &known)? })
}

/// `count`, `sum:amount` or `sum:amount:total`.
fn measure(text: &str) -> Result<Measure, Flaw> {
    let mut parts = text.splitn(3, ':');
    let known = [
        ("count", MeasureFn::Count),
        ("count_distinct", MeasureFn::CountDistinct),
        ("sum", MeasureFn::Sum),
        ("avg", MeasureFn::Avg),
        ("min", MeasureFn::Min),
        ("max", MeasureFn::Max),
    ];
    let function = one_of("measures", parts.next().unwrap_or_default(), &known)?;
    let field = parts.next().filter(|field| !field.is_empty()).map(str::to_owned);
    let alias = parts.next().filter(|alias| !alias.is_empty()).map(str::to_owned);
    Ok(Measure { function, field, alias })
}

fn one_of<T: Copy>(name: &str, value: &str, known: &[(&str, T)]) -> Result<T, Flaw> {
    known.iter().find(|(text, _)| *text == value).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(text, _)| *text).collect();
        Flaw::new("unknown_value")
            .with("name", name)
            .with("value", value)
            .with("known", names.join(", "))
    })
}
