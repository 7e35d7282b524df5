//! Packs written inline, and what becomes of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::{Loaded, PackFiles, Refused, StepKind, load};
use crate::catalogue::{Access, Action, Rows, base};
use crate::field::{CurrencySource, FieldType, Storage};

const PACK: &str = r#"
name = "core"
version = "1.0.0"
label = { zh = "核心", en = "Core" }
"#;

/// A pack `core` of these files.
pub(super) fn core(files: &[(&str, &str)]) -> PackFiles {
    let head = [("pack.toml", PACK)];
    PackFiles::new("core", head.iter().chain(files).map(|(path, text)| (*path, *text)))
}

pub(super) const CLIENT: &str = r#"
label = { zh = "客户", en = "Client" }
title = "name"
[fields.name]
type = "text"
label = { zh = "姓名", en = "Name" }
required = true
search = "name"
mask = "name"
[fields.id_number]
type = "resident_id"
label = { zh = "身份证号", en = "Resident ID" }
level = 4
unique = true
[fields.sex]
type = "select"
options = "sex"
label = { zh = "性别", en = "Sex" }
[fields.assets]
type = "money"
label = { zh = "资产", en = "Assets" }
min = -0.5
max = "1_000_000"
[fields.mobile]
type = "phone"
label = { zh = "手机", en = "Mobile" }
level = 3
"#;

pub(super) const SEX: &str = r#"
label = { zh = "性别", en = "Sex" }
[[items]]
code = "male"
label = { zh = "男", en = "Male" }
aliases = ["男性", "M"]
[[items]]
code = "female"
label = { zh = "女", en = "Female" }
"#;

pub(super) fn lines(packs: &[PackFiles]) -> Vec<String> {
    match load(packs) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_sound_pack_becomes_a_catalogue() {
    let files = [("objects/client.toml", CLIENT), ("options/sex.toml", SEX)];
    let catalogue = load(&[core(&files)]).expect("sound");
    let (_, client) = catalogue.object("client").unwrap();
    let names: Vec<&str> = client.fields.keys().map(crate::Name::as_str).collect();
    assert_eq!(names[..base::COUNT], base::NAMES);
    assert_eq!(names[base::COUNT..], ["name", "id_number", "sex", "assets", "mobile"]);
    let (slot, name) = client.field("name").unwrap();
    assert_eq!(client.title, slot);
    assert!(name.required && !name.encrypted);
    let (_, id) = client.field("id_number").unwrap();
    assert_eq!((id.storage(), id.mask), (Storage::Sealed, Some(kernel::Mask::ResidentId)));
    let (_, mobile) = client.field("mobile").unwrap();
    assert_eq!((mobile.storage(), mobile.mask), (Storage::Text, Some(kernel::Mask::Mobile)));
    let (_, assets) = client.field("assets").unwrap();
    let FieldType::Money { scale: 2, currency: CurrencySource::Fixed(_), min, max } = &assets.kind
    else {
        panic!("{assets:?}")
    };
    assert_eq!(min.unwrap().to_string(), "-0.5");
    assert_eq!(max.unwrap().to_string(), "1000000");
    assert_eq!(client.at(base::OWNER).unwrap().label.zh, "归属人");
    assert_eq!(catalogue.packs[0].version, "1.0.0");
}

/// One object with these lines in it, and what is wrong with it.
#[track_caller]
fn object(body: &str, expected: &[&str]) {
    let head = "label = { zh = \"甲\", en = \"Thing\" }\ntitle = \"name\"\n[fields.name]\ntype = \"text\"\nlabel = { zh = \"名\", en = \"Name\" }\n";
    let text = format!("{head}{body}");
    let other = head.replace("Thing", "Other");
    let files = [
        ("objects/thing.toml", text.as_str()),
        ("objects/other.toml", other.as_str()),
        ("options/sex.toml", SEX),
    ];
    let found: Vec<String> = lines(&[core(&files)])
        .iter()
        .map(|line| line.replace("packs/core/objects/thing.toml:", ""))
        .collect();
    assert_eq!(found, expected, "{body}");
}

#[test]
fn keys_and_values_of_the_wrong_shape_are_shown_where_they_stand() {
    object("requird = true", &["6:1: unknown key `requird`; did you mean `required`?"]);
    object("required = \"yes\"", &["6:12: `required` must be true or false, not a text"]);
    object("level = 6", &["6:9: `level` must be between 1 and 5"]);
    object("mask = \"nam\"", &["6:8: `mask` may not be `nam`; did you mean `name`?"]);
    object("scale = 2", &["6:1: a field of type `text` has no key `scale`; remove it"]);
    object("help = \"x\"", &["6:8: `help` must be { zh = \"…\", en = \"…\" }, not a text"]);
    object("= 1", &["6:1: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`"]);
}

#[test]
fn several_problems_are_reported_at_once() {
    object(
        "max = 1\nuniqe = true\n[fields.Age]\ntype = \"number\"\n[fields.sex]\ntype = \"select\"\nlabel = { zh = \"性别\" }\n",
        &[
            "7:1: unknown key `uniqe`; did you mean `unique`?",
            "8:1: missing key `label`; add `label`",
            "8:9: `Age` is not a name: use a-z, 0-9 and _, start with a letter, at most 48 characters",
            "10:1: missing key `options`; add `options`",
            "12:9: missing key `en`; add `en`",
        ],
    );
}

#[test]
fn types_refuse_attributes_that_make_no_sense() {
    let field = |rest: &str| format!("[fields.x]\nlabel = {{ zh = \"乙\", en = \"X\" }}\n{rest}\n");
    let check = |rest: &str, expected: &[&str]| object(&field(rest), expected);
    check(
        "type = \"tags\"\nunique = true",
        &["9:10: `unique`: a list cannot be unique; remove it"],
    );
    check(
        "type = \"roll_up\"\nobject = \"other\"\nby = \"name\"\nfunction = \"sum\"\nrequired = true",
        &[
            "10:6: `other.name` does not refer to `thing`; name a field of `other` that refers to `thing`",
            "12:12: `required`: a field of type `roll_up` is computed and cannot have it; remove it",
        ],
    );
    check(
        "type = \"roll_up\"\nobject = \"other\"\nby = \"name\"\nfunction = \"count\"\n[fields.x.through]\nobject = \"other\"\nby = \"name\"",
        &[
            "12:1: the ways from here to `other` do not hold together; `through` refers to this object and leads to what `by` or `then` refers to; `then` leads to what `by` refers to; `also` starts where `then` does and leads to the same, without `then` to the object",
        ],
    );
    check(
        "type = \"date\"\nlevel = 4",
        &[
            "9:9: `level`: this type cannot be encrypted, which level 4 asks for; use a text type, a lower level, or write `encrypted = false` to accept plain storage",
        ],
    );
    check("type = \"date\"\nlevel = 4\nencrypted = false", &[]);
    check(
        "type = \"phone\"\nlevel = 4\nsearch = \"text\"",
        &[
            "10:10: `search`: an encrypted field is found by its whole or its tail only; use `tail` or `exact`",
        ],
    );
    check(
        "type = \"select\"\noptions = \"sexx\"",
        &["9:11: there is no option set `sexx`; did you mean `sex`?"],
    );
    check(
        "type = \"reference\"\nto = [\"othr\"]",
        &["9:7: there is no object `othr`; did you mean `other`?"],
    );
    check("type = \"reference\"\nto = \"*\"", &[]);
    check(
        "type = \"money\"\ncurrency_field = \"nam\"",
        &["9:18: there is no field `nam` in `thing`; did you mean `name`?"],
    );
    check(
        "type = \"money\"\ncurrency = \"Yuan\"",
        &["9:12: `Yuan` is not a currency code; write an ISO 4217 code such as CNY"],
    );
    check("type = \"number\"\nmin = 5\nmax = 4", &["9:7: `min` is greater than `max`"]);
    check(
        "type = \"child_table\"\nobject = \"other\"\nby = \"nobody\"",
        &["10:6: there is no field `nobody` in `other`"],
    );
}

#[test]
fn objects_refuse_names_that_are_taken_or_missing() {
    object(
        "[fields.owner]\ntype = \"user\"\nlabel = { zh = \"人\", en = \"Owner\" }",
        &["6:9: every object has `owner` already; choose another name"],
    );
    object(
        "[[unique]]\nname = \"code\"\nfields = [\"nam\"]",
        &["8:11: there is no field `nam` in `thing`; did you mean `name`?"],
    );
    object(
        "[[indexes]]\nname = \"by\"\nfields = [\"-owner\", \"name\"]\n[[indexes]]\nname = \"by\"\nfields = [\"name\"]",
        &["10:8: `by` is defined twice; rename one"],
    );
    let files = [("objects/thing.toml", "label = { zh = \"甲\", en = \"T\" }\n")];
    assert_eq!(
        lines(&[core(&files)]),
        ["packs/core/objects/thing.toml:1:1: missing key `title`; add `title`"]
    );
}

#[test]
fn a_later_pack_adds_fields_to_an_object() {
    let bank = "name = \"bank\"\nversion = \"0.1.0\"\nlabel = { zh = \"银行\", en = \"Bank\" }\nrequires = [\"core\"]\n";
    let more = "extends = \"client\"\n[fields.tier]\ntype = \"text\"\nlabel = { zh = \"级\", en = \"Tier\" }\n";
    let bank = PackFiles::new("bank", [("pack.toml", bank), ("objects/client_more.toml", more)]);
    let files = [("objects/client.toml", CLIENT), ("options/sex.toml", SEX)];
    let catalogue = load(&[bank.clone(), core(&files)]).expect("sound");
    let names: Vec<&str> = catalogue.packs.iter().map(|pack| pack.name.as_str()).collect();
    assert_eq!(names, ["core", "bank"]);
    let (_, tier) = catalogue.object("client").unwrap().1.field("tier").unwrap();
    assert_eq!(tier.pack.as_str(), "bank");
    assert_eq!(lines(&[bank]), ["packs/bank/pack.toml:1:1: there is no pack `core`"]);
}

#[test]
fn option_sets_keep_their_order_and_refuse_strangers() {
    let check = |text: &str, expected: &[&str]| {
        let text = format!("label = {{ zh = \"甲\", en = \"A\" }}\n{text}");
        let found = lines(&[core(&[("options/a.toml", &text)])]);
        let expected: Vec<String> =
            expected.iter().map(|line| format!("packs/core/options/a.toml:{line}")).collect();
        assert_eq!(found, expected, "{text}");
    };
    let item = |code: &str, rest: &str| {
        format!("[[items]]\ncode = \"{code}\"\nlabel = {{ zh = \"甲\", en = \"A\" }}\n{rest}\n")
    };
    check(&(item("a", "") + &item("b", "parent = \"a\"")), &[]);
    check(&item("b", "parent = \"a\""), &["5:10: there is no option above `a`"]);
    check(&(item("a", "") + &item("a", "")), &["7:8: `a` is defined twice; rename one"]);
    check("", &["1:1: an option set has either `items` or a `source`"]);
    check("source = \"regions\"", &[]);
}

#[test]
fn roles_grant_with_every_part_checked() {
    let role = r#"
label = { zh = "经理", en = "Manager" }
rights = ["jobs"]
reveal_per_day = 30
[[grants]]
object = "client"
actions = ["read", "update"]
rows = "own"
default = "read"
fields = { id_number = "masked", name = "write" }
[[grants]]
object = "*"
actions = ["export"]
rows = "all"
"#;
    let files = [
        ("objects/client.toml", CLIENT),
        ("options/sex.toml", SEX),
        ("roles/manager.toml", role),
        ("options/role.toml", "label = { zh = \"角色\", en = \"Role\" }\nsource = \"roles\"\n"),
    ];
    let catalogue = load(&[core(&files)]).expect("sound");
    let role = &catalogue.roles["manager"];
    assert_eq!(role.grants.len(), 2);
    assert_eq!(role.grants[0].actions, [Action::Read, Action::Update]);
    assert!(matches!(role.grants[0].rows, Rows::Own));
    assert_eq!(role.grants[0].fields["id_number"], Access::Masked);
    assert_eq!(role.grants[1].object.as_str(), "client");
    assert_eq!(role.grants[1].default_access, Access::Hidden);
    assert_eq!(catalogue.options["role"].items["manager"].label.zh, "经理");

    let wrong = r#"
label = { zh = "经理", en = "Manager" }
excludes = ["nobody"]
[[grants]]
object = "client"
actions = ["red"]
rows = "parent"
fields = { nam = "read" }
"#;
    let files = [files[0], files[1], ("roles/manager.toml", wrong)];
    assert_eq!(
        lines(&[core(&files)]),
        ["packs/core/roles/manager.toml:6:12: `actions` may not be `red`; did you mean `read`?"]
    );
    let wrong = wrong.replace("red", "read");
    let files = [files[0], files[1], ("roles/manager.toml", wrong.as_str())];
    assert_eq!(
        lines(&[core(&files)]),
        [
            "packs/core/roles/manager.toml:3:13: there is no role `nobody`",
            "packs/core/roles/manager.toml:7:8: `client` names no parent; set `parent` in objects/client.toml or choose other rows",
            "packs/core/roles/manager.toml:8:12: there is no field `nam` in `client`; did you mean `name`?",
        ]
    );
}

#[test]
fn parameters_are_dated_and_typed() {
    let check = |text: &str, expected: &[&str]| {
        let text = format!("label = {{ zh = \"甲\", en = \"A\" }}\n{text}");
        let found = lines(&[core(&[("parameters/a.toml", &text)])]);
        let expected: Vec<String> =
            expected.iter().map(|line| format!("packs/core/parameters/a.toml:{line}")).collect();
        assert_eq!(found, expected, "{text}");
    };
    let values = "[[values]]\nfrom = 2025-01-01\nvalue = \"5\"\n[[values]]\nfrom = \"2026-01-01\"\nvalue = \"6\"\n";
    check(&format!("type = \"number\"\n{values}"), &[]);
    check(
        &format!("type = \"bool\"\n{values}"),
        &["5:9: the value is not of type `bool`", "8:9: the value is not of type `bool`"],
    );
    check(
        "type = \"date\"\n[[values]]\nfrom = \"2025-13-01\"\nvalue = \"5\"\n",
        &["4:8: `from` must be a date such as 2026-01-31, not a text"],
    );
}

#[test]
fn cases_are_read_and_their_names_checked() {
    let case = r#"
name = "names are required"
today = "2026-01-31"
[[given]]
object = "client"
as = "a"
values = { name = "张三", assets = 12.50 }
[[steps]]
do = "update"
object = "client"
record = "@a"
values = { name = "" }
then = { violations = [{ field = "name", code = "required" }] }
[[steps]]
do = "query"
object = "client"
then = { count = 1, first = { name = "张三", id_number = "masked" } }
"#;
    let files =
        [("objects/client.toml", CLIENT), ("options/sex.toml", SEX), ("tests/names.toml", case)];
    let loaded = Loaded::from_files(vec![core(&files)]).expect("sound");
    let test = &loaded.tests[0];
    assert_eq!(test.given[0].values["assets"], "12.50");
    assert_eq!((test.steps[0].kind, test.steps[0].line), (StepKind::Update, 8));
    assert_eq!(test.steps[0].then.refused, Some(Refused::Invalid));
    assert_eq!(test.steps[0].then.violations, [(Some("name".into()), "required".into())]);
    assert!(test.steps[1].then.ok);
    assert_eq!(test.steps[1].then.count, Some(1));

    let wrong = case.replace("@a", "@b").replace("assets", "asets");
    let files = [files[0], files[1], ("tests/names.toml", wrong.as_str())];
    assert_eq!(
        lines(&[core(&files)]),
        [
            "packs/core/tests/names.toml:7:25: there is no field `asets` in `client`; did you mean `assets`?",
            "packs/core/tests/names.toml:11:10: no earlier record is called `b`",
        ]
    );
}

#[test]
fn files_in_the_wrong_place_are_shown() {
    let files = [("object/x.toml", ""), ("demo/seed.toml", "any = 1"), ("README.md", "")];
    assert_eq!(
        lines(&[core(&files)]),
        ["packs/core/object/x.toml:1:1: packs have no folder `object`; did you mean `objects`?"]
    );
    assert_eq!(
        lines(&[PackFiles::new("core", [("views/a.toml", "")])]),
        [
            "packs/core/pack.toml:1:1: the pack has no pack.toml; add one with name, version and label"
        ]
    );
}

#[test]
fn expressions_are_parsed_where_they_stand() {
    object(
        "[fields.size]\ntype = \"number\"\nlabel = { zh = \"数\", en = \"Size\" }\ndefault = \"1 + 1\"\n[fields.twice]\ntype = \"formula\"\nlabel = { zh = \"倍\", en = \"Twice\" }\nformula = \"half * 4\"\n[fields.half]\ntype = \"formula\"\nlabel = { zh = \"半\", en = \"Half\" }\nformula = \"size / 2\"\n",
        &[],
    );
    let formula = |name: &str, text: &str| {
        format!(
            "[fields.{name}]\ntype = \"formula\"\nlabel = {{ zh = \"甲\", en = \"F\" }}\nformula = \"{text}\"\n"
        )
    };
    let check = |body: &str, code: &str, at: &str| {
        let head = "label = { zh = \"甲\", en = \"Thing\" }\ntitle = \"name\"\n[fields.name]\ntype = \"text\"\nlabel = { zh = \"名\", en = \"Name\" }\n[fields.secret]\ntype = \"text\"\nlevel = 4\nlabel = { zh = \"密\", en = \"S\" }\n";
        let text = format!("{head}{body}");
        let problems = load(&[core(&[("objects/thing.toml", &text)])]).expect_err(body);
        let found: Vec<String> = problems
            .iter()
            .map(|problem| format!("{} {}:{}", problem.code, problem.line, problem.column))
            .collect();
        assert_eq!(found, [format!("{code} {at}")], "{body}: {problems:?}");
    };
    check(&formula("f", "nme = 'x'"), "expression", "13:12");
    check(&formula("f", "id_sex(secret)"), "encrypted", "13:11");
    check(&(formula("f", "g + 1") + &formula("g", "f + 1")), "cycle", "13:11");
    check(&formula("f", "f + 1"), "cycle", "13:11");
    check(
        "[fields.d]\ntype = \"date\"\nlabel = { zh = \"日\", en = \"D\" }\ndefault = \"'x'\"\n",
        "expression",
        "13:12",
    );
    check(
        "[[validations]]\ncode = \"c\"\nmust = \"name\"\nmessage = { zh = \"甲\", en = \"A\" }\n",
        "expression",
        "12:9",
    );
}

#[test]
fn base_fields_and_roles_take_additions() {
    let client = format!(
        "{CLIENT}[base.owner]\nlabel = {{ zh = \"客户经理\", en = \"Manager\" }}\naliases = [\"管户人\"]\n"
    );
    let role = "label = { zh = \"甲\", en = \"R\" }\n";
    let more = "extends = \"manager\"\n[[grants]]\nobject = \"client\"\nactions = [\"read\"]\nrows = \"sex = 'male'\"\n";
    let files = [
        ("objects/client.toml", client.as_str()),
        ("options/sex.toml", SEX),
        ("roles/manager.toml", role),
        ("roles/manager_more.toml", more),
        (
            "options/region.toml",
            "label = { zh = \"地区\", en = \"Region\" }\nsource = \"regions\"\n",
        ),
    ];
    let catalogue = load(&[core(&files)]).expect("sound");
    let owner = catalogue.object("client").unwrap().1.at(base::OWNER).unwrap();
    assert_eq!((owner.label.zh.as_str(), owner.aliases.len()), ("客户经理", 1));
    let Rows::When(rows) = &catalogue.roles["manager"].grants[0].rows else { panic!() };
    assert_eq!(&*rows.source, "sex = 'male'");
    let wuhan = &catalogue.options["region"].items["420100"];
    assert_eq!((wuhan.label.zh.as_str(), wuhan.parent.as_deref()), ("武汉市", Some("420000")));
}

#[test]
fn limits_are_kept() {
    let many: String = (0..401)
        .map(|i| format!("[fields.f{i}]\ntype = \"date\"\nlabel = {{ zh = \"甲\", en = \"A\" }}\n"))
        .collect();
    let text = format!("label = {{ zh = \"甲\", en = \"T\" }}\ntitle = \"id\"\n{many}");
    let found = lines(&[core(&[("objects/thing.toml", &text)])]);
    assert_eq!(
        found,
        [
            "packs/core/objects/thing.toml:2:9: the title must be a text field",
            "packs/core/objects/thing.toml:1203:9: an object may have at most 400 fields",
        ]
    );
    let text = format!("label = {{ zh = \"甲\", en = \"T\" }}\n#{}", "x".repeat(1 << 20));
    assert_eq!(
        lines(&[core(&[("options/a.toml", &text)])]),
        ["packs/core/options/a.toml:1:1: over 1 MiB; split it"]
    );
}

#[test]
fn a_derived_field_follows_from_its_own_record() {
    let label = "label = { zh = \"甲\", en = \"X\" }\n";
    let check = |rest: &str, expected: &[&str]| {
        let amount = format!("[fields.amount]\ntype = \"number\"\n{label}");
        let next = format!("[fields.next]\ntype = \"reference\"\nto = \"thing\"\n{label}");
        let large = format!("[fields.large]\ntype = \"boolean\"\n{label}derived = true\n");
        object(&format!("{amount}{next}{large}{rest}"), expected);
    };
    check("default = \"amount > 1\"", &[]);
    check("", &["16:11: `large` is derived, and nothing says from what; give it a `default`"]);
    let more = "17:11: `large` is derived from more than plain stored fields of its own record";
    check("default = \"next.amount > 1\"", &[more]);
}
