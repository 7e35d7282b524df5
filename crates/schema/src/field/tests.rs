//! Every type of field: what it reads, what it refuses, how it prints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Context, DateOrder, Field, Flaw, TextOptions, codes, sentence};
use crate::catalogue::Language;
use crate::pack::{PackFiles, load};
use crate::{Catalogue, Value};

const ID_A: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A catalogue whose object `thing` has field `x` of these lines.
fn with(lines: &str) -> Catalogue {
    let head = "label = { zh = \"甲\", en = \"A\" }\n";
    let thing = format!(
        "{head}title = \"name\"\n[fields.name]\ntype = \"text\"\n{head}[fields.x]\n{head}{lines}\n"
    );
    let other = format!("{head}title = \"name\"\n[fields.name]\ntype = \"text\"\n{head}");
    let tier = format!(
        "{head}[[items]]\ncode = \"vip\"\nlabel = {{ zh = \"贵宾\", en = \"VIP client\" }}\naliases = [\"V\"]\n[[items]]\ncode = \"old\"\nlabel = {{ zh = \"旧\", en = \"Old\" }}\nretired = true\n[[items]]\ncode = \"mass\"\nlabel = {{ zh = \"大众\", en = \"Mass\" }}\n"
    );
    let region = format!("{head}source = \"regions\"\n");
    let pack = format!("name = \"core\"\nversion = \"1.0.0\"\n{head}");
    let files = [
        ("pack.toml", pack.as_str()),
        ("objects/thing.toml", &thing),
        ("objects/other.toml", &other),
        ("options/tier.toml", &tier),
        ("options/region.toml", &region),
    ];
    load(&[PackFiles::new("core", files)]).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn field(catalogue: &Catalogue) -> Field {
    catalogue.object("thing").unwrap().1.field("x").unwrap().1.clone()
}

fn ctx(catalogue: &Catalogue) -> Context<'_> {
    Context { catalogue, today: "2026-01-31".parse().unwrap() }
}

/// Reads JSON, prints what came of it as JSON again, or the codes of its flaws.
fn shown(field: &Field, parsed: Result<Value, Vec<Flaw>>) -> String {
    match parsed {
        Ok(value) => field.to_json(&value, None).to_string(),
        Err(flaws) => flaws.iter().map(|flaw| flaw.code).collect::<Vec<_>>().join(" "),
    }
}

#[track_caller]
fn api(lines: &str, cases: &[(Json, &str)]) {
    let catalogue = with(lines);
    let field = field(&catalogue);
    for (given, expected) in cases {
        let found = shown(&field, field.parse_json(given, &ctx(&catalogue)));
        assert_eq!(found, *expected, "{lines}: {given}");
    }
}

#[track_caller]
fn file(lines: &str, cases: &[(&str, &str)]) {
    let catalogue = with(lines);
    let field = field(&catalogue);
    for (given, expected) in cases {
        let parsed = field.parse_text(given, &TextOptions::default(), &ctx(&catalogue));
        assert_eq!(shown(&field, parsed), *expected, "{lines}: {given}");
    }
}

#[test]
fn texts_are_trimmed_and_bounded() {
    api(
        "type = \"text\"\nmax = 3",
        &[
            (json!("  张三 "), "\"张三\""),
            (json!(""), "null"),
            (json!("　"), "null"),
            (json!(null), "null"),
            (json!("张三李四"), "too_long"),
            (json!("a\nb"), "control_characters"),
            (json!("a\u{202e}b"), "control_characters"),
            (json!(5), "type"),
            (json!(["a"]), "type"),
        ],
    );
    api(
        "type = \"long_text\"",
        &[(json!("a\r\nb"), "\"a\\nb\""), (json!("a\u{0}"), "control_characters")],
    );
    file("type = \"address\"", &[("一栋二室\n(门禁请致电)", "\"一栋二室 (门禁请致电)\"")]);
    file("type = \"text\"", &[("ＡＢ１", "\"AB1\""), ("张三，李四", "\"张三，李四\"")]);
}

#[test]
fn numbers_are_exact_and_within_bounds() {
    api(
        "type = \"number\"\nscale = 2\nmin = 0\nmax = 100",
        &[
            (json!("12.30"), "\"12.30\""),
            (json!(12), "\"12.00\""),
            (json!(12.0), "fraction"),
            (json!(12.5), "fraction"),
            (json!("12.345"), "scale"),
            (json!("12.340"), "\"12.34\""),
            (json!("-1"), "range"),
            (json!("100.01"), "range"),
            (json!("1,000"), "type"),
            (json!("1e2"), "type"),
            (json!("+1"), "type"),
            (json!(".5"), "type"),
            (json!(true), "type"),
            (json!("99999999999999999999999999999999"), "range_max"),
        ],
    );
    api(
        "type = \"number\"\nmax = 5",
        &[(json!(3), "3"), (json!(6), "range_max"), (json!("1.5"), "scale")],
    );
    api(
        "type = \"number\"",
        &[(json!(i64::MAX), "\"9223372036854775807\""), (json!(u64::MAX), "range")],
    );
    api("type = \"percent\"", &[(json!("0.0385"), "\"0.0385\"")]);
    file(
        "type = \"percent\"",
        &[("3.85%", "\"0.0385\""), ("３％", "\"0.03\""), ("0.5", "\"0.5\"")],
    );
    file(
        "type = \"number\"\nscale = 2",
        &[
            ("1,234.5", "\"1234.50\""),
            ("1.2万", "\"12000.00\""),
            ("1,23", "format"),
            ("多", "type"),
        ],
    );
}

#[test]
fn amounts_carry_their_currency() {
    api(
        "type = \"money\"",
        &[
            (json!("12.30"), r#"{"amount":"12.30","currency":"CNY"}"#),
            (
                json!({"amount": "12.3", "currency": "CNY"}),
                r#"{"amount":"12.30","currency":"CNY"}"#,
            ),
            (json!({"amount": 12}), r#"{"amount":"12.00","currency":"CNY"}"#),
            (json!({"amount": "12", "currency": "USD"}), "currency"),
            (json!({"amount": 12.5}), "fraction"),
            (json!({"amount": null}), "null"),
            (json!({"sum": 1}), "unknown_parameter"),
        ],
    );
    let catalogue = with("type = \"money\"\ncurrency_field = \"name\"");
    let field = field(&catalogue);
    let given = json!({"amount": "5", "currency": "USD"});
    let value = field.parse_json(&given, &ctx(&catalogue)).unwrap();
    assert_eq!(field.stated_currency(&given), Some("USD"));
    assert_eq!(field.currency_field().unwrap().as_str(), "name");
    assert_eq!(field.to_json(&value, Some("USD")), json!({"amount": "5.00", "currency": "USD"}));
    let options = TextOptions { multiplier: Some(10_000.into()), ..TextOptions::default() };
    let value = field.parse_text("1.5", &options, &ctx(&catalogue)).unwrap();
    assert_eq!(field.to_text(&value, &catalogue, Language::Zh), "15000.00");
}

#[test]
fn dates_are_strict_in_the_api_and_lenient_in_files() {
    api(
        "type = \"date\"",
        &[
            (json!("2026-01-31"), "\"2026-01-31\""),
            (json!("2026-1-31"), "date"),
            (json!("20260131"), "date"),
            (json!("2026-02-30"), "date"),
            (json!("2026-01-31T00:00:00"), "date"),
            (json!(20_260_131), "type"),
        ],
    );
    api(
        "type = \"date_time\"",
        &[
            (json!("2026-01-31T08:00:00+08:00"), "\"2026-01-31T00:00:00Z\""),
            (json!("2026-01-31T08:00:00"), "date"),
            (json!("2026-01-31T00:00:00.1234567Z"), "\"2026-01-31T00:00:00.123456Z\""),
        ],
    );
    file(
        "type = \"date\"",
        &[
            ("2026年1月31日", "\"2026-01-31\""),
            ("2026/1/31", "\"2026-01-31\""),
            ("1/2/2026", "date_ambiguous"),
        ],
    );
    file(
        "type = \"date_time\"",
        &[
            ("2026-01-31 08:00", "\"2026-01-31T00:00:00Z\""),
            ("2026-01-31", "\"2026-01-30T16:00:00Z\""),
        ],
    );
    let catalogue = with("type = \"date\"");
    let options = TextOptions { date_order: DateOrder::Dmy, ..TextOptions::default() };
    let field = field(&catalogue);
    let value = field.parse_text("1/2/2026", &options, &ctx(&catalogue)).unwrap();
    assert_eq!(field.to_text(&value, &catalogue, Language::En), "2026-02-01");
}

#[test]
fn options_are_codes_in_the_api_and_any_known_word_in_files() {
    api(
        "type = \"select\"\noptions = \"tier\"",
        &[
            (json!("vip"), "\"vip\""),
            (json!("贵宾"), "option_near"),
            (json!("金卡"), "option"),
            (json!("vp"), "option_near"),
            (json!("old"), "option_retired"),
            (json!(""), "null"),
        ],
    );
    file(
        "type = \"select\"\noptions = \"tier\"",
        &[
            ("贵宾", "\"vip\""),
            ("vip CLIENT", "\"vip\""),
            ("ｖ", "\"vip\""),
            ("旧", "option_retired"),
            ("金卡", "option"),
        ],
    );
    api(
        "type = \"multi_select\"\noptions = \"tier\"",
        &[
            (json!(["vip", "mass", "vip"]), r#"["vip","mass"]"#),
            (json!([]), "null"),
            (json!("vip"), "type"),
            (json!(["x", 1, "vip"]), "option type"),
        ],
    );
    file("type = \"multi_select\"\noptions = \"tier\"", &[("贵宾；大众、V", r#"["vip","mass"]"#)]);
    file(
        "type = \"cascade\"\noptions = \"region\"",
        &[
            ("420102", "\"420102\""),
            ("湖北省武汉市江岸区", "\"420102\""),
            ("湖北省/武汉市/江岸区", "\"420102\""),
            ("湖北省/武汉", "\"420100\""),
            ("天津市/天津", "\"120000\""),
            ("武汉", "\"420100\""),
            ("火星", "option"),
        ],
    );
    file("type = \"tags\"", &[("甲;乙；甲", r#"["甲","乙"]"#)]);
    api("type = \"tags\"", &[(json!(["甲", " 甲 ", ""]), r#"["甲"]"#)]);
    file(
        "type = \"boolean\"",
        &[("是", "true"), ("Ｎ", "false"), ("0", "false"), ("也许", "type")],
    );
    api(
        "type = \"boolean\"",
        &[(json!(true), "true"), (json!("true"), "type"), (json!(1), "type")],
    );
}

#[test]
fn identifiers_take_their_normal_form() {
    api(
        "type = \"phone\"",
        &[
            (json!("+86 138-0013-8000"), "\"13800138000\""),
            (json!("１３８００１３８０００"), "\"13800138000\""),
            (json!("123"), "format"),
        ],
    );
    api(
        "type = \"email\"",
        &[(json!(" a@Example.COM "), "\"a@example.com\""), (json!("a@b"), "format")],
    );
    api(
        "type = \"url\"",
        &[(json!("https://a.cn/x"), "\"https://a.cn/x\""), (json!("javascript:x"), "format")],
    );
    api(
        "type = \"resident_id\"",
        &[
            (json!("11010519491231002x"), "\"11010519491231002X\""),
            (json!("110105194912310021"), "check_digit"),
            (json!("1101"), "format"),
        ],
    );
    api("type = \"credit_code\"", &[(json!("x"), "format")]);
    api(
        "type = \"bank_card\"",
        &[(json!("6222 0212 3456 7890"), "\"6222021234567890\""), (json!("12"), "format")],
    );
}

#[test]
fn references_are_ids_and_name_their_object_when_several_are_possible() {
    let id = format!("\"{ID_A}\"");
    api(
        "type = \"reference\"\nto = \"other\"",
        &[
            (json!(ID_A), &id),
            (json!({"object": "other", "id": ID_A}), &id),
            (json!({"object": "thing", "id": ID_A}), "reference_object"),
            (json!("x"), "reference_form"),
        ],
    );
    let link = format!(r#"{{"object":"other","id":"{ID_A}"}}"#);
    api(
        "type = \"reference\"\nto = [\"thing\", \"other\"]",
        &[(json!({"object": "other", "id": ID_A}), &link), (json!(ID_A), "reference_form")],
    );
    let list = format!("[{id}]");
    api("type = \"many_to_many\"\nto = \"other\"", &[(json!([ID_A, ID_A]), &list)]);
    api("type = \"formula\"\nformula = \"name\"", &[(json!("x"), "read_only")]);
}

#[test]
fn an_encrypted_value_is_never_printed() {
    let catalogue = with("type = \"phone\"\nlevel = 4");
    let field = field(&catalogue);
    let value = field.parse_json(&json!("13800138000"), &ctx(&catalogue)).unwrap();
    assert!(matches!(&value, Value::Secret(secret) if &**secret.expose() == "13800138000"));
    assert_eq!(field.to_json(&value, None), json!("***"));
    assert_eq!(field.to_text(&value, &catalogue, Language::Zh), "***");
}

#[test]
fn exports_read_well() {
    let check = |lines: &str, given: Json, zh: &str, en: &str| {
        let catalogue = with(lines);
        let field = field(&catalogue);
        let value = field.parse_json(&given, &ctx(&catalogue)).unwrap();
        assert_eq!(field.to_text(&value, &catalogue, Language::Zh), zh, "{lines}");
        assert_eq!(field.to_text(&value, &catalogue, Language::En), en, "{lines}");
    };
    check(
        "type = \"multi_select\"\noptions = \"tier\"",
        json!(["vip", "mass"]),
        "贵宾；大众",
        "VIP client; Mass",
    );
    check(
        "type = \"cascade\"\noptions = \"region\"",
        json!("420102"),
        "湖北省武汉市江岸区",
        "湖北省 / 武汉市 / 江岸区",
    );
    check("type = \"boolean\"", json!(false), "否", "no");
    check("type = \"percent\"", json!("0.0385"), "3.85%", "3.85%");
    check(
        "type = \"date_time\"",
        json!("2026-01-31T00:00:00Z"),
        "2026-01-31 08:00:00",
        "2026-01-31 08:00:00",
    );
}

#[test]
fn every_sentence_is_filled_in() {
    let flaw = Flaw::new("too_long").with("max", 3);
    assert_eq!(flaw.sentence("姓名", Language::Zh), "姓名最多3个字符");
    assert_eq!(flaw.sentence("{max}", Language::En), "{max} may have at most 3 characters");
    assert_eq!(sentence("birth_matches_id", &flaw.params, "x", Language::Zh), "birth_matches_id");
    let all: Vec<&str> = codes().collect();
    for code in &all {
        assert_eq!(all.iter().filter(|other| *other == code).count(), 1, "{code} twice");
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(mantissa in any::<i64>()) {
        static MONEY: LazyLock<Catalogue> = LazyLock::new(|| with("type = \"money\""));
        let field = field(&MONEY);
        let value = Value::Number(kernel::decimal::from_scaled(mantissa, 2).normalize());
        let json = field.to_json(&value, None);
        prop_assert_eq!(field.parse_json(&json, &ctx(&MONEY)), Ok(value));
    }

    #[test]
    fn no_text_breaks_a_reader(text in any::<String>()) {
        static PLACE: LazyLock<Catalogue> =
            LazyLock::new(|| with("type = \"cascade\"\noptions = \"region\""));
        let mut field = field(&PLACE);
        for kind in [super::FieldType::Date, super::FieldType::Phone, super::FieldType::ResidentId] {
            field.kind = kind;
            let _ = field.parse_text(&text, &TextOptions::default(), &ctx(&PLACE));
            let _ = field.parse_json(&Json::from(text.as_str()), &ctx(&PLACE));
        }
    }
}
