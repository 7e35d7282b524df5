//! Rules about source files.

use std::collections::{BTreeMap, BTreeSet};

use toml_edit::DocumentMut;

use super::House;
use super::source::Kind;
use super::tree::Tree;

/// Most lines of a source file.
const LONGEST: usize = 500;

/// A file has one reason to exist; five hundred lines are enough for it.
pub fn sizes(house: &House) -> Vec<String> {
    let sources = house.tree.files.iter().filter(|file| file.has_extension(&["rs", "ts", "tsx"]));
    let long = sources.filter_map(|file| {
        let lines = file.text.lines().count();
        let sentence = format!("{}: {lines} lines, at most {LONGEST}: split it", file.path);
        (lines > LONGEST).then(|| (file.path.clone(), sentence))
    });
    house.exceptions.apply("sizes", long.collect())
}

/// A Rust file begins by saying what it is for and what it refuses.
pub fn introductions(house: &House) -> Vec<String> {
    let silent = house.tree.rust().filter(|file| !file.text.starts_with("//! "));
    silent.map(|file| format!("{}: begin with `//!`: what it is for", file.path)).collect()
}

/// Work is finished or it is not there.
pub fn unfinished_work(house: &House) -> Vec<String> {
    let notes = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let macros = [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("db", "g!")];
    let kinds = ["rs", "ts", "tsx", "md", "toml", "css", "html"];
    let mut breaches = Vec::new();
    for file in house.tree.files.iter().filter(|file| file.has_extension(&kinds)) {
        let words = notes.iter().chain(macros.iter().filter(|_| file.has_extension(&["rs"])));
        for word in words {
            for at in words_in(&file.text, word) {
                breaches.push(format!("{}: `{word}`", file.place(at)));
            }
        }
    }
    breaches
}

/// SQL is `store`'s alone, in tests too.
pub fn sql_only_in_store(house: &House) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in house.tree.rust().filter(|file| !file.path.starts_with("crates/store/")) {
        for piece in super::source::pieces(&file.text) {
            if piece.kind == Kind::Text && is_sql(piece.text) {
                let sentence = format!("{}: SQL outside crates/store", file.place(piece.start));
                breaches.push((file.path.clone(), sentence));
            }
        }
    }
    house.exceptions.apply("sql", breaches)
}

fn is_sql(text: &str) -> bool {
    let goes_on = |keyword: &str, found: &str| {
        let after = found.strip_prefix(keyword);
        after.is_some_and(|after| after.starts_with(|c: char| !c.is_whitespace()))
    };
    let anywhere = |keyword: &str| {
        text.match_indices(keyword)
            .any(|(at, _)| text.get(at..).is_some_and(|found| goes_on(keyword, found)))
    };
    let text = text.replace("\\n", " ");
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\\' || c == '(');
    goes_on("SELECT ", start)
        || (goes_on("UPDATE ", start) && anywhere(" SET "))
        || ["INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "ALTER TABLE ", "DROP TABLE "]
            .into_iter()
            .any(anywhere)
}

/// Code serves every institution alike: a pack's object is data, and code never knows its name.
/// The demo generator, which fills exactly these objects, is the exception.
pub fn no_pack_names(house: &House) -> Vec<String> {
    let names = pack_objects(&house.tree);
    let mut breaches = Vec::new();
    for file in house.tree.rust().filter(|file| !file.is_in("demo") && !file.is_in("examples")) {
        for piece in file.shipped_pieces() {
            if piece.kind == Kind::Text
                && names.contains(piece.text)
                && !house.exceptions.allows("words", piece.text)
            {
                let place = file.place(piece.start);
                breaches.push(format!("{place}: `{}` is a pack's object", piece.text));
            }
        }
    }
    breaches
}

/// Nor does the web app, whose pages are made of definitions.
pub fn no_pack_names_in_web(house: &House) -> Vec<String> {
    let names = pack_objects(&house.tree);
    let mut breaches = Vec::new();
    for file in house.tree.files.iter().filter(|file| {
        file.path.starts_with("web/src/")
            && file.has_extension(&["ts", "tsx"])
            && !file.path.ends_with(".d.ts")
            && !file.path.contains(".test.")
    }) {
        for (at, text) in quoted(&file.text) {
            if names.contains(text) && !house.exceptions.allows("words", text) {
                breaches.push(format!("{}: `{text}` is a pack's object", file.place(at)));
            }
        }
    }
    breaches
}

/// Every run of name characters between two quotes of one kind, and where it stands.
fn quoted(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices(['\'', '"', '`']).filter_map(|(at, quote)| {
        let rest = text.get(at + 1..)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        let word = rest.get(..end).filter(|word| !word.is_empty())?;
        rest.get(end..)?.starts_with(quote).then_some((at, word))
    })
}

/// Names of the objects that packs define.
fn pack_objects(tree: &Tree) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in &tree.files {
        let parts: Vec<&str> = file.path.split('/').collect();
        let ["packs", _, "objects", name] = parts.as_slice() else { continue };
        let extends = |document: DocumentMut| document.contains_key("extends");
        let is_own = !file.text.parse().is_ok_and(extends);
        if let Some(stem) = name.strip_suffix(".toml").filter(|_| is_own) {
            names.insert(stem.to_owned());
        }
    }
    names
}

/// Amounts are exact. Floats live in files that name their reason.
pub fn no_floats(house: &House) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in house.tree.rust() {
        for piece in file.shipped_pieces().iter().filter(|piece| piece.kind == Kind::Code) {
            for at in ["f32", "f64"].iter().flat_map(|word| words_in(piece.text, word)) {
                let sentence = format!("{}: a float", file.place(piece.start + at));
                breaches.push((file.path.clone(), sentence));
            }
        }
    }
    house.exceptions.apply("floats", breaches)
}

/// Opening a secret is rare and counted; the committed number is what reviewers agreed to.
pub fn exposures(house: &House) -> Vec<String> {
    let mut found = BTreeMap::new();
    for file in house.tree.rust() {
        let pieces = file.shipped_pieces();
        let code = pieces.iter().filter(|piece| piece.kind == Kind::Code);
        let count: usize = code.map(|piece| piece.text.matches(".expose()").count()).sum();
        if count > 0 {
            found.insert(file.path.as_str(), count);
        }
    }
    let agreed = house.exceptions.counts("exposures");
    let paths: BTreeSet<&str> = found.keys().chain(agreed.keys()).copied().collect();
    let count = |map: &BTreeMap<&str, usize>, path| map.get(path).copied().unwrap_or(0);
    paths
        .into_iter()
        .map(|path| (path, count(&found, path), count(&agreed, path)))
        .filter(|(_, found, agreed)| found != agreed)
        .map(|(path, found, agreed)| {
            format!("{path}: opens {found} secrets, xtask/tidy.toml agrees to {agreed}")
        })
        .collect()
}

/// Where `word` stands in `text` with no letter, digit or `_` beside it.
fn words_in<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_is_found_and_prose_is_not() {
        let check = |text: &str, expected| assert_eq!(is_sql(text), expected, "{text}");
        check("SELECT id FROM x", true);
        check("\\n   SELECT 1", true);
        check("WITH a AS (b) INSERT INTO t VALUES (1)", true);
        check("UPDATE t SET a = 1", true);
        check("DELETE FROM t", true);
        check("CREATE TABLE t (a)", true);
        check("SELECT ", false);
        check("INSERT INTO ", false);
        check("UPDATE the address", false);
        check("please SELECT one", false);
        check("select a branch", false);
    }

    #[test]
    fn sql_counts_everywhere_but_in_the_store() {
        let sql = "//! x\nfn a() { \"SELECT 1\" }";
        let house =
            House::of(&[("crates/store/src/a.rs", sql), ("crates/engine/tests/b.rs", sql)], "");
        let breaches = sql_only_in_store(&house);
        assert_eq!(breaches, ["crates/engine/tests/b.rs:2: SQL outside crates/store"]);
    }

    #[test]
    fn a_pack_name_in_shipped_code_is_a_breach() {
        let code = "//! x\nfn a() { \"person\"; \"user\"; \"personal\"; \"extra\" }\n\
                    #[cfg(test)]\nmod tests { fn b() { \"person\" } }";
        let files = [
            ("packs/core/objects/person.toml", ""),
            ("packs/core/objects/user.toml", ""),
            ("packs/bank/objects/extra.toml", "extends = \"person\""),
            ("crates/engine/src/a.rs", code),
            ("crates/server/src/demo/people.rs", code),
            ("crates/engine/tests/it/main.rs", code),
        ];
        let house = House::of(&files, "[words]\nuser = \"a system kind\"");
        assert_eq!(
            no_pack_names(&house),
            ["crates/engine/src/a.rs:2: `person` is a pack's object"]
        );
    }

    #[test]
    fn a_pack_name_in_the_web_app_is_a_breach() {
        let code =
            "// a person's page\nconst a = 'person'; const b = `personal`; const c = \"user\";";
        let files = [
            ("packs/core/objects/person.toml", ""),
            ("packs/core/objects/user.toml", ""),
            ("web/src/a.tsx", code),
            ("web/src/a.test.ts", code),
            ("web/e2e/a.ts", code),
        ];
        let house = House::of(&files, "[words]\nuser = \"a system kind\"");
        assert_eq!(no_pack_names_in_web(&house), ["web/src/a.tsx:2: `person` is a pack's object"]);
    }

    #[test]
    fn a_float_in_code_is_a_breach_and_in_a_comment_is_not() {
        let code = "//! no f64 here\nfn a(x: f64, myf64: u8) { 1_f32 }";
        let house = House::of(&[("crates/kernel/src/a.rs", code)], "");
        assert_eq!(no_floats(&house), ["crates/kernel/src/a.rs:2: a float"]);
    }

    #[test]
    fn secrets_are_opened_as_often_as_agreed() {
        let code = "//! x\nfn a() { b.expose(); c.expose() }";
        let files = [("crates/store/src/a.rs", code)];
        let check = |agreed: &str, count: usize| {
            assert_eq!(exposures(&House::of(&files, agreed)).len(), count, "{agreed}");
        };
        check("[exposures]\n\"crates/store/src/a.rs\" = 2", 0);
        check("[exposures]\n\"crates/store/src/a.rs\" = 1", 1);
        check("[exposures]\n\"crates/store/src/a.rs\" = 2\n\"gone.rs\" = 1", 1);
        check("", 1);
    }

    #[test]
    fn long_silent_and_unfinished_files_are_named() {
        let long = format!("//! x\n{}", "a\n".repeat(LONGEST));
        let note = concat!("//! x\n// TO", "DO later\nfn a() { to", "do!() }");
        let files = [("a.rs", long.as_str()), ("b.rs", "fn b() {}"), ("c.rs", note)];
        let house = House::of(&files, "");
        assert_eq!(sizes(&house).len(), 1);
        assert_eq!(introductions(&house), ["b.rs: begin with `//!`: what it is for"]);
        assert_eq!(unfinished_work(&house).len(), 2);
    }
}
