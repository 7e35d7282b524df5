//! The language as a whole: vectors, faults and the properties every back end relies on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::testing::{self, TestEnv};
use super::*;
use crate::Value;

#[test]
fn every_vector_gives_what_it_says() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let mut failures = Vec::new();
    let mut called = BTreeSet::new();
    let cases = testing::cases(&catalogue);
    for case in &cases {
        let expr = match parse(&case.expr, &catalogue, thing) {
            Ok(expr) => expr,
            Err(error) => {
                failures.push(format!("{}: {error}", case.expr));
                continue;
            }
        };
        called.extend(expr.dependencies().functions);
        let env = case.env.env();
        let record = case.world.record(&catalogue, thing, case.id, &env);
        let got = testing::json(&expr.eval(&record, &env));
        if got != case.expect || expr.ty.code() != case.ty {
            let (expr, ty) = (&case.expr, expr.ty.code());
            failures.push(format!("{expr}: {got} ({ty}), not {} ({})", case.expect, case.ty));
        }
        let again = parse(&expr.source, &catalogue, thing).unwrap();
        assert_eq!(again, expr, "{}", case.expr);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases.len() >= 250, "{} vectors", cases.len());
    assert_eq!(called, BTreeSet::from(Function::ALL), "a function has no vector");
}

#[test]
fn the_vectors_declare_the_types_that_fields_have() {
    let catalogue = testing::catalogue();
    let file = include_str!("../../vectors/expr.json");
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    for object in catalogue.objects.values() {
        let declared = file["types"][object.name.as_str()].as_object().unwrap();
        for (slot, field) in object.slots().filter(|(_, field)| !field.retired) {
            let ty = field_type(&catalogue, object, slot);
            let code = ty.map_or("rows", |ty| ty.code());
            let written = declared[field.name.as_str()].as_str().unwrap();
            assert_eq!(written.split(' ').next(), Some(code), "{}.{}", object.name, field.name);
        }
    }
}

#[test]
fn the_browsers_trees_of_the_vectors_are_current() {
    let made = testing::trees(&testing::catalogue());
    let kept = include_str!("../../vectors/trees.json");
    assert!(made == kept, "run `cargo xtask gen` and commit crates/schema/vectors/trees.json");
}

fn environment() -> TestEnv {
    let catalogue = testing::catalogue();
    let mut env = testing::cases(&catalogue).remove(0).env;
    env.me = Some("01900000-0000-7000-8000-000000000000".parse().unwrap());
    env
}

fn is_of(value: &Value, ty: &Type) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => *ty == Type::Bool,
        Value::Number(_) => matches!(ty, Type::Number | Type::Duration),
        Value::Text(_) | Value::Secret(_) => *ty == Type::Text,
        Value::Date(_) => *ty == Type::Date,
        Value::Instant(_) => *ty == Type::Instant,
        Value::Id(_) | Value::Link(..) => matches!(ty, Type::Id(_)),
        Value::List(_) => matches!(ty, Type::List(_)),
    }
}

#[test]
fn printing_and_reading_gives_the_tree_back() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    runner
        .run(&testing::node(&catalogue), |tree| {
            let text = print(&tree, &catalogue);
            match parse(&text, &catalogue, thing) {
                Ok(expr) => {
                    prop_assert_eq!(&expr.root, &tree, "{}", text);
                    prop_assert_eq!(expr.ty, tree.ty(&catalogue));
                    prop_assert_eq!(&*expr.source, text);
                }
                Err(error) if error.code == "too_large" => {}
                Err(error) => prop_assert!(false, "{}: {}", text, error),
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn every_tree_has_a_value_of_its_type_on_every_row() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let owned = environment();
    let env = owned.env();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let both = (testing::node(&catalogue), testing::world(&catalogue));
    runner
        .run(&both, |(tree, world)| {
            for id in world.ids(thing) {
                let value = tree.eval(&world.record(&catalogue, thing, id, &env), &env);
                let ty = tree.ty(&catalogue);
                prop_assert!(is_of(&value, &ty), "{:?} is not {:?}", value, ty);
                if let Value::Text(text) = &value {
                    prop_assert!(!text.is_empty(), "empty text");
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_text_breaks_the_parser() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let words = [
        "and",
        "or",
        "not",
        "in",
        "between",
        "is",
        "empty",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        ":",
        "name",
        "amount",
        "1",
        "-",
        "+",
        "*",
        "'a",
        "'b'",
        "sum(",
        "item",
        "by",
        "thing",
        "where",
        "=",
        "<",
        "if(",
        "date('2026-01-01')",
        "3 days",
        "target",
        "outer",
        "中",
        "me",
    ];
    let soup = proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..20);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    runner
        .run(&soup, |words| {
            let text = words.join(" ");
            if let Err(error) = parse(&text, &catalogue, thing) {
                prop_assert!(error.offset + error.length <= text.len(), "{}: {:?}", text, error);
                prop_assert!(text.is_char_boundary(error.offset), "{}: {:?}", text, error);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_fault_names_its_place_and_the_remedy() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let check = |source: &str, code: &str, at: &str, suggestion: Option<&str>| {
        let error = parse(source, &catalogue, thing).expect_err(source);
        let place = &source[error.offset..error.offset + error.length];
        assert_eq!((error.code, place), (code, at), "{source}: {error}");
        assert_eq!(error.suggestion.as_deref(), suggestion, "{source}: {error}");
        assert!(!error.message.zh.is_empty() && !error.message.en.is_empty(), "{source}");
    };
    check("amuont > 1", "unknown_name", "amuont", Some("amount"));
    check("target.nmae = 'x'", "unknown_name", "nmae", Some("name"));
    check("lenght(name) > 1", "unknown_name", "lenght", Some("length"));
    check("param('treshold') > 1", "unknown_name", "'treshold'", Some("threshold"));
    check("count(itm by thing) > 1", "unknown_name", "itm", Some("item"));
    check("count(item by thin) > 1", "unknown_name", "thin", Some("thing"));
    check("count(item by target) > 1", "not_a_reference", "target", None);
    check("retired_note = 'x'", "unknown_name", "retired_note", None);
    check("tier = 'glod'", "unknown_option", "'glod'", Some("gold"));
    check("tier in ['gold', 'sliver']", "unknown_option", "'sliver'", Some("silver"));
    check("name > 1", "wrong_type", "1", None);
    check("name + 1 = 'x'", "wrong_type", "name + 1", None);
    check("not amount", "wrong_type", "amount", None);
    check("amount and active", "wrong_type", "amount", None);
    check("active < vetted", "no_order", "active", None);
    check("name = empty", "compare_empty", "empty", None);
    check("name = ''", "compare_empty", "''", None);
    check("if(active, empty, empty)", "always_empty", "if(active, empty, empty)", None);
    check("length(name, 1)", "wrong_arity", "length", None);
    check("sum(item by thing) > 1", "wrong_arity", "sum(item by thing)", None);
    check("count(item by thing: amount) > 1", "wrong_arity", "amount", None);
    check("sum(item by thing: name) > 1", "wrong_type", "name", None);
    check("items is empty", "child_table", "items", None);
    check("link.name = 'x'", "several_targets", "link", None);
    check("name.x = 'x'", "not_a_reference", "name", None);
    check("object_of(target) = 'x'", "wrong_type", "target", None);
    check("outer.name = 'x'", "no_outer", "outer", None);
    check("sealed_id > '1'", "encrypted", "sealed_id", None);
    check("lower(sealed_id) = '1'", "encrypted", "sealed_id", None);
    check("sealed_id", "encrypted", "sealed_id", None);
    check("min(item by thing: outer.sealed_id) = '1'", "encrypted", "outer.sealed_id", None);
    check("opened_on + 2 hours", "bad_duration", "2 hours", None);
    check("opened_on + 1.5 days", "bad_duration", "1.5 days", None);
    check("date('2026-02-30') = opened_on", "bad_literal", "'2026-02-30'", None);
    check("date(name) = opened_on", "wrong_type", "name", None);
    check("amount == 1", "unknown_character", "==", Some("="));
    check("amount > 1 && active", "unknown_character", "&&", Some("and"));
    check("amount ≥ 1", "unknown_character", "≥", Some(">="));
    check("length（name) > 1", "unknown_character", "（", Some("("));
    check("name = 'x", "unclosed_text", "'x", None);
    check("1 < amount < 3", "syntax", "<", None);
    check("name is emty", "syntax", "emty", None);
    check("(amount > 1", "syntax", "", None);
    check("amount > 1 2", "syntax", "2", None);
    check("", "syntax", "", None);
    check("1 = not active", "syntax", "not", None);
    check("0.0000000000001 = amount", "number_too_long", "0.0000000000001", None);
    check("flags = ['a']", "wrong_type", "flags = ['a']", None);
    check("if(active, flags, tags) is empty", "wrong_type", "flags", None);
}

#[test]
fn several_faults_come_in_order() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let errors = parse_all("nmae = 'x' and amount = 'y' and foo()", &catalogue, thing, None);
    let codes: Vec<_> = errors.unwrap_err().iter().map(|error| error.code).collect();
    assert_eq!(codes, ["unknown_name", "wrong_type", "unknown_name"]);
}

#[test]
fn size_and_depth_are_bounded() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let code = |source: &str| parse(source, &catalogue, thing).map_err(|error| error.code).err();
    assert_eq!(code(&format!("{}true{}", "(".repeat(60), ")".repeat(60))), None);
    assert_eq!(code(&format!("{}true", "not ".repeat(63))), None);
    assert_eq!(code(&format!("{}true", "not ".repeat(64))), Some("too_large"));
    assert_eq!(code(&format!("1{}", "+1".repeat(64))), Some("too_large"));
    assert_eq!(code(&format!("{}true", "(".repeat(2000))), Some("too_large"));
    assert_eq!(code(&format!("{}1", "-(".repeat(2000))), Some("too_large"));
    assert_eq!(code(&format!("1 in [{}]", vec!["1"; 900].join(","))), None);
    assert_eq!(code(&format!("1 in [{}]", vec!["1"; 1000].join(","))), Some("too_large"));
    assert_eq!(code(&" ".repeat(5000)), Some("too_large"));
}

#[test]
fn text_is_canonical() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let check = |source: &str, expected: &str| {
        let expr = parse(source, &catalogue, thing).expect(source);
        assert_eq!(&*expr.source, expected);
    };
    check("((amount))>1.50", "amount > 1.5");
    check("a_b() is empty".replace("a_b()", "today()").as_str(), "today() is empty");
    check("contains(tags, \"it's\")", "'it''s' in tags");
    check("opened_on>=\"2026-01-31\"", "opened_on >= date('2026-01-31')");
    check("not (name is empty)", "name is not empty");
    check("not(amount=1)", "not amount = 1");
    check("(amount-1)-(2-3)", "amount - 1 - (2 - 3)");
    check("amount*(1+2)%3", "amount * (1 + 2) % 3");
    check("-(1)-(-1)--amount", "-(1) - -1 - -amount");
    check("active and (vetted or active) or true", "active and (vetted or active) or true");
    check("opened_on + 48 hours > today()", "opened_on + 2 days > today()");
    check("length(tags)", "length(tags)");
    check("under(category, 'loan')", "under(category, 'loan')");
    check(
        "any( item by thing where amount>outer.amount )",
        "any(item by thing where amount > outer.amount)",
    );
}

#[test]
fn dependencies_name_all_that_is_read() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let source = "target.name = 'x' and sum(item by thing: amount where opened_on < outer.opened_on) \
                  > param('threshold') and owner = me and amount > length(name)";
    let expr = parse(source, &catalogue, thing).unwrap();
    let found = expr.dependencies();
    let shown = |path: &Path| print(&Node::Field(path.clone()), &catalogue);
    let paths: Vec<_> = found.paths.iter().map(shown).collect();
    assert_eq!(paths, ["target.name", "opened_on", "owner", "amount", "name"]);
    assert_eq!(found.aggregates.len(), 1);
    assert_eq!(found.functions, BTreeSet::from([Function::Length]));
    assert!(found.parameters.iter().any(|name| *name == "threshold"));
    assert_eq!(found.actor, [ActorAttribute::User]);
    let fields: Vec<_> = found
        .fields
        .iter()
        .map(|(object, slot)| {
            let object = catalogue.at(*object).unwrap();
            format!("{}.{}", object.name, object.at(*slot).unwrap().name)
        })
        .collect();
    let expected = [
        "target.name",
        "thing.owner",
        "thing.name",
        "thing.amount",
        "thing.opened_on",
        "thing.target",
        "item.thing",
        "item.amount",
        "item.opened_on",
    ];
    assert_eq!(fields, expected);
    assert!(expr.uses_now() && expr.root.uses_actor());
}

#[test]
fn a_formula_is_inlined_where_its_path_stands() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let target = catalogue.object("target").unwrap().0;
    let formula = parse("amount * 2 + parent.amount", &catalogue, target).unwrap();
    let expr = parse("target.amount > 1", &catalogue, thing).unwrap();
    let inlined = expr.root.substitute(&|path| formula.root.through(path));
    let expected = "target.amount * 2 + target.parent.amount > 1";
    assert_eq!(print(&inlined, &catalogue), expected);
    let counted = parse("count(target by parent)", &catalogue, target).unwrap();
    let Some(path) = expr.dependencies().paths.first().cloned() else { panic!("no path") };
    assert_eq!(counted.root.through(&path), None);
}

#[test]
fn the_browser_gets_names_and_types() {
    let catalogue = testing::catalogue();
    let thing = testing::main_object(&catalogue);
    let source = "sum(item by thing: amount where outer.target.name = 'x') > 1.50";
    let json = parse(source, &catalogue, thing).unwrap().to_json(&catalogue);
    let expected = serde_json::json!({
        "v": 1,
        "ty": "bool",
        "root": [">",
            ["aggregate", "sum", "item", "thing", ["field", "number", ["amount"], 0],
                ["=", ["field", "text", ["target", "name"], 1], ["text", "x"]]],
            ["number", "1.5"]],
    });
    assert_eq!(json, expected);
}

#[test]
fn mentions_are_found_before_anything_is_resolved() {
    let found = mentioned("a.b > count(c by d where outer.e = f)").unwrap();
    let shown: Vec<_> =
        found.iter().map(|m| format!("{}:{}", m.inside.join("."), m.words.join("."))).collect();
    assert_eq!(shown, [":a.b", "c:outer.e", "c:f"]);
}
