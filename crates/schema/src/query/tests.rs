//! Queries as they arrive, and what is wrong with them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use serde_json::json;

use super::{Bucket, CountMode, GroupKey, MeasureFn, Query, from_json, from_pairs};
use crate::Catalogue;
use crate::field::Flaw;
use crate::pack::{PackFiles, load};

fn catalogue() -> Catalogue {
    let label = "label = { zh = \"甲\", en = \"A\" }\n";
    let pack = format!("name = \"core\"\nversion = \"1.0.0\"\n{label}");
    let user = format!(
        "{label}title = \"name\"\nsystem = \"user\"\n[fields.login]\ntype = \"text\"\n{label}[fields.name]\ntype = \"text\"\n{label}[fields.active]\ntype = \"boolean\"\n{label}[fields.manager]\ntype = \"user\"\n{label}"
    );
    let thing = format!(
        "{label}title = \"name\"\n[fields.name]\ntype = \"text\"\n{label}[fields.amount]\ntype = \"money\"\n{label}[fields.opened_on]\ntype = \"date\"\n{label}[fields.secret]\ntype = \"text\"\nlevel = 4\n{label}[fields.tags]\ntype = \"tags\"\n{label}"
    );
    let files = [("pack.toml", pack), ("objects/user.toml", user), ("objects/thing.toml", thing)];
    load(&[PackFiles::new("core", files)]).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn codes(flaws: &[Flaw]) -> Vec<String> {
    let shown = flaws.iter().map(|flaw| {
        let at = flaw.params.get("parameter").map(String::as_str).unwrap_or("-");
        format!("{at} {}", flaw.code)
    });
    shown.collect()
}

#[test]
fn url_parameters_and_json_say_the_same() {
    let url = from_pairs(
        "thing",
        [
            ("filter", "amount > 5"),
            ("columns", "name, owner.name"),
            ("sort", "-opened_on,name"),
            ("limit", "20"),
            ("count", "capped"),
            ("group", "opened_on:month"),
            ("measures", "count,sum:amount:total"),
            ("expand", "true"),
        ],
    )
    .unwrap();
    let json = from_json(&json!({
        "object": "thing",
        "filter": "amount > 5",
        "columns": ["name", "owner.name"],
        "sort": ["-opened_on", "name"],
        "limit": 20,
        "count": "capped",
        "group": [{ "field": "opened_on", "bucket": "month" }],
        "measures": [
            { "function": "count" },
            { "function": "sum", "field": "amount", "alias": "total" }
        ],
        "expand": true
    }))
    .unwrap();
    assert_eq!(url, json);
    assert_eq!((url.count, url.sort[0].descending), (CountMode::Capped, true));
    assert_eq!(url.group, [GroupKey { field: "opened_on".into(), bucket: Bucket::Month }]);
    assert_eq!(url.measures[1].function, MeasureFn::Sum);
    assert_eq!(url.measures[0].name(), "count");
    let text = serde_json::to_value(&url).unwrap();
    assert_eq!(from_json(&text).unwrap(), url);
}

#[test]
fn what_cannot_be_read_is_named() {
    let check = |pairs: &[(&'static str, &'static str)], expected: &[&str]| {
        let flaws = from_pairs("thing", pairs.iter().copied()).unwrap_err();
        assert_eq!(codes(&flaws), expected);
        flaws
    };
    let flaws = check(&[("colums", "name")], &["colums unknown_parameter_near"]);
    assert_eq!(flaws[0].params["near"], "columns");
    check(&[("limit", "x"), ("count", "all")], &["limit range", "count unknown_value"]);
    check(&[("group", "a:week")], &["group unknown_value"]);
    check(&[("sort", "a"), ("sort", "b")], &["sort duplicate"]);
    let flaws = from_json(&json!({ "object": "thing", "filtr": "x" })).unwrap_err();
    assert_eq!(flaws[0].params["near"], "filter");
    assert_eq!(from_json(&json!([])).unwrap_err()[0].code, "type");
    assert_eq!(from_json(&json!({ "object": 5 })).unwrap_err()[0].code, "unreadable");
}

#[test]
fn names_and_bounds_are_checked_at_once() {
    let catalogue = catalogue();
    let check = |pairs: &[(&'static str, &'static str)], expected: &[&str]| {
        let query = from_pairs("thing", pairs.iter().copied()).unwrap();
        let found = query.check(&catalogue).map_or_else(|flaws| codes(&flaws), |_| Vec::new());
        assert_eq!(found, expected, "{pairs:?}");
    };
    check(&[("columns", "name,owner.name,owner.manager.name"), ("sort", "-amount")], &[]);
    check(
        &[("columns", "nme,name.x,owner.nme"), ("sort", "tags,secret"), ("limit", "500")],
        &[
            "limit range",
            "columns unknown_field_near",
            "columns not_a_reference",
            "columns unknown_field_near",
            "sort not_sortable",
            "sort not_sortable",
        ],
    );
    check(&[("sort", "name,amount,opened_on,owner,id")], &["sort too_many"]);
    check(
        &[("group", "opened_on:year,amount:year,secret"), ("measures", "sum:name,sum,count")],
        &[
            "group not_groupable",
            "group not_groupable",
            "measures not_measurable",
            "measures required",
        ],
    );
    check(&[("group", "name"), ("measures", "sum:amount"), ("sort", "-sum_amount,name")], &[]);
    check(&[("measures", "count,count")], &["measures duplicate"]);
    check(&[("columns", "owner.manager.manager.manager.name")], &["columns too_many"]);
    let long = "x".repeat(5000);
    let mut query = Query::of("thing");
    query.filter = Some(long);
    assert_eq!(codes(&query.check(&catalogue).unwrap_err()), ["filter too_long"]);
    let flaws = Query::of("thng").check(&catalogue).unwrap_err();
    assert_eq!(flaws[0].params["near"], "thing");
}
