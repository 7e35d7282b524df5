//! Differences between inline packs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::{Change, Diff, Effect, diff};
use crate::Catalogue;
use crate::catalogue::Language;
use crate::pack::{PackFiles, load};

const LABEL: &str = "label = { zh = \"甲\", en = \"A\" }\n";

fn catalogue(files: &[(&str, String)]) -> Catalogue {
    let pack = format!("name = \"core\"\nversion = \"1.0.0\"\n{LABEL}");
    let tier = format!("{LABEL}[[items]]\ncode = \"vip\"\n{LABEL}");
    let base = [("pack.toml", pack), ("options/tier.toml", tier)];
    let all = base.iter().chain(files).map(|(path, text)| (*path, text.clone()));
    load(&[PackFiles::new("core", all)]).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn thing(body: &str) -> (&'static str, String) {
    let text = format!(
        "{LABEL}title = \"name\"\n{}[fields.name]\ntype = \"text\"\n{LABEL}{body}",
        if body.starts_with("retired") { "retired = true\n" } else { "" }
    );
    ("objects/thing.toml", text.replace("retired\n", ""))
}

fn field(lines: &str) -> Vec<(&'static str, String)> {
    vec![thing(&format!("[fields.x]\n{LABEL}{lines}\n"))]
}

fn lines(old: &[(&'static str, String)], new: &[(&'static str, String)]) -> Vec<String> {
    let (old, new) = (catalogue(old), catalogue(new));
    assert!(diff(&old, &old).is_empty() && diff(&new, &new).is_empty());
    let found = diff(&old, &new);
    let back = diff(&new, &old);
    assert_eq!(found.is_empty(), back.is_empty(), "{found:?} {back:?}");
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Diff>(&text).unwrap(), found);
    found.lines(Language::En)
}

#[test]
fn objects_and_fields_come_and_go() {
    let both = |body: &str| vec![thing(body), ("objects/more.toml", thing("").1)];
    assert_eq!(lines(&[thing("")], &both("")), ["add object more"]);
    assert_eq!(lines(&both(""), &[thing("")]), ["retire object more"]);
    assert_eq!(lines(&[thing("")], &[thing("retired\n")]), ["retire object thing"]);
    assert_eq!(lines(&[thing("retired\n")], &[thing("")]), ["restore object thing"]);
    let x = field("type = \"date\"");
    assert_eq!(lines(&[thing("")], &x), ["add field \"A\" thing.x"]);
    assert_eq!(lines(&x, &[thing("")]), ["retire field thing.x"]);
    assert_eq!(lines(&x, &field("type = \"date\"\nretired = true")), ["retire field thing.x"]);
    assert_eq!(
        lines(&[thing("")], &field("type = \"date\"\nrequired = true")),
        ["add field \"A\" thing.x, required: old records need it when next changed"]
    );
}

#[test]
fn a_changed_field_says_what_it_asks_of_the_data() {
    let check = |was: &str, is: &str, effect: Effect, parts: &str| {
        let (old, new) = (catalogue(&field(was)), catalogue(&field(is)));
        let found = diff(&old, &new);
        let [Change::FieldChanged { effect: e, parts: p, refusal, .. }] = found.changes.as_slice()
        else {
            panic!("{was} → {is}: {found:?}")
        };
        assert_eq!((*e, p.join(" ")), (effect, parts.to_owned()), "{was} → {is}");
        assert_eq!(refusal.is_some(), effect == Effect::Incompatible);
        assert_eq!(found.refusals().count(), usize::from(effect == Effect::Incompatible));
    };
    check("type = \"text\"", "type = \"text\"\naliases = [\"b\"]", Effect::Words, "aliases");
    check("type = \"text\"\nmax = 5", "type = \"text\"\nmax = 6", Effect::Widened, "max");
    check("type = \"text\"\nmax = 5", "type = \"text\"\nmax = 4", Effect::Narrowed, "max");
    check("type = \"text\"\nmax = 5", "type = \"long_text\"", Effect::Widened, "type max");
    check("type = \"text\"", "type = \"text\"\nrequired = true", Effect::Narrowed, "required");
    check("type = \"text\"", "type = \"text\"\nunique = true", Effect::Reindex, "unique");
    check("type = \"text\"", "type = \"text\"\nsearch = \"text\"", Effect::Reindex, "search");
    check("type = \"text\"", "type = \"text\"\nencrypted = true", Effect::Rewrite, "encrypted");
    check("type = \"number\"", "type = \"number\"\nscale = 2", Effect::Rewrite, "scale");
    check("type = \"number\"\nscale = 2", "type = \"number\"", Effect::Incompatible, "scale");
    check("type = \"number\"", "type = \"number\"\nmin = 0", Effect::Narrowed, "min");
    check("type = \"number\"\nmax = 5", "type = \"number\"", Effect::Widened, "max");
    check("type = \"text\"", "type = \"date\"", Effect::Incompatible, "type");
    check("type = \"number\"", "type = \"percent\"\nscale = 0", Effect::Incompatible, "type");
    check("type = \"phone\"", "type = \"text\"", Effect::Narrowed, "type");
    check("type = \"text\"", "type = \"phone\"", Effect::Incompatible, "type");
    check(
        "type = \"money\"",
        "type = \"money\"\ncurrency = \"USD\"",
        Effect::Incompatible,
        "currency",
    );
    check(
        "type = \"formula\"\nformula = \"1\"",
        "type = \"formula\"\nformula = \"2\"",
        Effect::Words,
        "formula",
    );
    let reference = |to: &str| format!("type = \"reference\"\nto = {to}");
    let to = |text: &str| reference(text);
    let two = |body: &str| {
        let mut files = field(body);
        files.push(("objects/more.toml", thing("").1));
        catalogue(&files)
    };
    let effect = |a: &str, b: &str| {
        let found = diff(&two(&to(a)), &two(&to(b)));
        match found.changes.as_slice() {
            [Change::FieldChanged { effect, .. }] => *effect,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(effect("\"more\"", "[\"more\", \"thing\"]"), Effect::Rewrite);
    assert_eq!(effect("[\"more\", \"thing\"]", "\"more\""), Effect::Incompatible);
    assert_eq!(effect("\"thing\"", "\"more\""), Effect::Incompatible);
}

#[test]
fn keys_validations_and_the_rest_are_compared() {
    let plain = thing("");
    let key = thing("[[unique]]\nname = \"u\"\nfields = [\"name\"]\n");
    let more = thing("[[unique]]\nname = \"u\"\nfields = [\"name\", \"owner\"]\n");
    assert_eq!(
        lines(std::slice::from_ref(&plain), std::slice::from_ref(&key)),
        ["add unique constraint thing.u"]
    );
    assert_eq!(lines(std::slice::from_ref(&key), &[more]), ["change unique constraint thing.u"]);
    assert_eq!(lines(&[key], std::slice::from_ref(&plain)), ["remove unique constraint thing.u"]);
    let rule = |must: &str| {
        thing(&format!(
            "[[validations]]\ncode = \"c\"\nmust = \"{must}\"\nmessage = {{ zh = \"甲\", en = \"A\" }}\n"
        ))
    };
    assert_eq!(
        lines(&[rule("name = 'a'")], &[rule("name = 'b'")]),
        ["change object thing: validations"]
    );
    assert!(lines(&[rule("name = 'a'")], &[rule("name='a'")]).is_empty());
    let view = |filter: &str| {
        let text =
            format!("object = \"thing\"\n{LABEL}columns = [\"name\"]\nfilter = \"{filter}\"\n");
        vec![plain.clone(), ("views/v.toml", text)]
    };
    assert_eq!(lines(std::slice::from_ref(&plain), &view("name = 'a'")), ["add view v"]);
    assert_eq!(lines(&view("name = 'a'"), &view("name = 'b'")), ["change view v: filter"]);
    let role = |rows: &str| {
        let text = format!(
            "{LABEL}[[grants]]\nobject = \"thing\"\nactions = [\"read\"]\nrows = \"{rows}\"\n"
        );
        vec![plain.clone(), ("roles/r.toml", text)]
    };
    assert_eq!(lines(&role("own"), &role("all")), ["change role r: grants"]);
    assert_eq!(lines(&role("name = 'a'"), &role("name = 'b'")), ["change role r: grants"]);
    let value = |value: &str| {
        let text = format!(
            "{LABEL}type = \"number\"\n[[values]]\nfrom = \"2025-01-01\"\nvalue = \"{value}\"\n"
        );
        vec![plain.clone(), ("parameters/p.toml", text)]
    };
    assert_eq!(lines(&value("1"), &value("2")), ["change parameter p: values"]);
    let items = |codes: &[&str]| {
        let items: String =
            codes.iter().map(|c| format!("[[items]]\ncode = \"{c}\"\n{LABEL}")).collect();
        vec![plain.clone(), ("options/o.toml", format!("{LABEL}{items}"))]
    };
    assert_eq!(lines(&items(&["a", "b"]), &items(&["b", "c"])), ["change option set o: +c, -a"]);
    assert_eq!(lines(&items(&["a", "b"]), &items(&["b", "a"])), ["change option set o: order"]);
}

#[test]
fn refusals_say_what_to_do_instead() {
    let (old, new) = (catalogue(&field("type = \"text\"")), catalogue(&field("type = \"date\"")));
    let found = diff(&old, &new);
    assert_eq!(
        found.lines(Language::Zh),
        [
            "修改字段 thing.x：type（不能发布）：已存的值无法转换为新类型；请新增一个新类型的字段，迁移数据后停用此字段"
        ]
    );
}
