//! `cargo xtask licenses`: may everything we link be shipped under Apache-2.0?
//!
//! Reads licence expressions (SPDX, and the older `A/B` form) of the crates and of the packages that
//! the web app's lock files name. Refuses a dependency that names no licence, and an expression none
//! of whose alternatives is on the list. Packages that only build or test the app may have a few
//! licences more, as nothing of them is shipped.

use serde_json::Value;

use crate::{Result, workspace};

/// Licences that an Apache-2.0 product may include.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Licences that a tool may have, beside those: it runs here and is not passed on.
const ALLOWED_TOOLS: &[&str] = &["BlueOak-1.0.0", "Python-2.0"];

/// Tools whose published package names no licence, with the one that their authors state elsewhere.
const STATED: &[(&str, &str)] = &[("parse-cache-control", "BSD-3-Clause")];

/// Where the web app's packages and those of its measurements are listed.
const LOCKS: [&str; 2] = ["web/package-lock.json", "web/bench/package-lock.json"];

/// Exceptions that only add permissions.
const EXCEPTIONS: &[&str] = &["LLVM-exception"];

/// Checks every dependency and prints the verdict.
pub fn run() -> Result<()> {
    let refused = refused()?;
    if refused.is_empty() {
        println!("licences: all dependencies are on the allow-list");
        return Ok(());
    }
    Err(format!("licences not on the allow-list:\n  {}", refused.join("\n  ")).into())
}

/// Dependencies that may not be shipped, each with its reason.
pub fn refused() -> Result<Vec<String>> {
    let metadata = workspace::metadata()?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let packages = packages.ok_or("cargo metadata lists no packages")?;
    let mut refused = Vec::new();
    for package in packages {
        let name = package.get("name").and_then(Value::as_str).unwrap_or("?");
        refused.extend(objection(name, package.get("license"), ALLOWED));
    }
    for lock in LOCKS {
        let text = std::fs::read_to_string(workspace::root().join(lock))?;
        refused.extend(refused_packages(&text)?);
    }
    Ok(refused)
}

/// The same for what a lock file of npm names.
fn refused_packages(lock: &str) -> Result<Vec<String>> {
    let lock: Value = serde_json::from_str(lock)?;
    let packages = lock.get("packages").and_then(Value::as_object);
    let packages = packages.ok_or("a lock file of npm lists no packages")?;
    let tools: Vec<&str> = ALLOWED.iter().chain(ALLOWED_TOOLS).copied().collect();
    let mut refused = Vec::new();
    for (path, package) in packages {
        // The one without a path is the app itself.
        let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
        let tool = package.get("dev").and_then(Value::as_bool) == Some(true);
        let stated = STATED.iter().find(|(one, _)| tool && *one == name);
        let stated = stated.map(|(_, licence)| Value::from(*licence));
        let licence = package.get("license").or(stated.as_ref());
        refused.extend(objection(name, licence, if tool { &tools } else { ALLOWED }));
    }
    Ok(refused)
}

/// Why a dependency may not be used, if so.
fn objection(name: &str, licence: Option<&Value>, allowed: &[&str]) -> Option<String> {
    let Some(text) = licence.and_then(Value::as_str) else {
        return Some(format!("{name}: names no licence"));
    };
    match allows(text, allowed) {
        Ok(true) => None,
        Ok(false) => Some(format!("{name}: {text}")),
        Err(why) => Some(format!("{name}: `{text}` cannot be read: {why}")),
    }
}

/// Whether some choice that `text` offers is made of allowed licences only.
fn allows(text: &str, allowed: &[&str]) -> std::result::Result<bool, String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let allowed = reader.any()?;
    match reader.words.first() {
        None => Ok(allowed),
        Some(word) => Err(format!("unexpected `{word}`")),
    }
}

/// Recursive descent over the words: OR binds least, then AND, then WITH.
struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [&'a str],
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> std::result::Result<bool, String> {
        let mut allowed = self.all()?;
        while self.take("OR") {
            allowed |= self.all()?;
        }
        Ok(allowed)
    }

    fn all(&mut self) -> std::result::Result<bool, String> {
        let mut allowed = self.one()?;
        while self.take("AND") {
            allowed &= self.one()?;
        }
        Ok(allowed)
    }

    fn one(&mut self) -> std::result::Result<bool, String> {
        if self.take("(") {
            let allowed = self.any()?;
            return if self.take(")") { Ok(allowed) } else { Err("a `(` stays open".to_owned()) };
        }
        let word = self.word()?;
        let mut allowed = self.allowed.contains(&word);
        if self.take("WITH") {
            allowed &= EXCEPTIONS.contains(&self.word()?);
        }
        Ok(allowed)
    }

    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn word(&mut self) -> std::result::Result<&'a str, String> {
        match self.words.split_first() {
            Some((first, rest)) if !["OR", "AND", "WITH", "(", ")"].contains(first) => {
                self.words = rest;
                Ok(first)
            }
            Some((first, _)) => Err(format!("a licence is missing before `{first}`")),
            None => Err("a licence is missing at the end".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_allowed_when_one_of_its_choices_is() {
        let check =
            |text: &str, expected| assert_eq!(allows(text, ALLOWED), Ok(expected), "{text}");
        check("MIT", true);
        check("GPL-3.0-only", false);
        check("MIT/Apache-2.0", true);
        check("GPL-2.0-only OR MIT", true);
        check("GPL-2.0-only AND MIT", false);
        check("MIT AND GPL-2.0-only OR ISC", true);
        check("MIT AND (GPL-2.0-only OR ISC)", true);
        check("(MIT OR ISC) AND GPL-2.0-only", false);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("Apache-2.0 WITH Classpath-exception-2.0", false);
    }

    #[test]
    fn a_broken_expression_is_an_error() {
        for text in ["", "MIT OR", "(MIT", "MIT MIT", "OR MIT", "MIT WITH"] {
            assert!(allows(text, ALLOWED).is_err(), "{text}");
        }
    }

    #[test]
    fn a_package_of_the_app_is_held_to_more_than_a_tool() {
        let lock = serde_json::json!({ "packages": {
            "": { "license": "Apache-2.0" },
            "node_modules/shown": { "license": "(MIT OR GPL-3.0-only)" },
            "node_modules/silent": {},
            "node_modules/shown/node_modules/@a/copied": { "license": "Python-2.0" },
            "node_modules/builder": { "dev": true, "license": "Python-2.0" },
            "node_modules/strict": { "dev": true, "license": "GPL-3.0-only" },
        } });
        let mut refused = refused_packages(&lock.to_string()).unwrap();
        refused.sort();
        let expected =
            ["@a/copied: Python-2.0", "silent: names no licence", "strict: GPL-3.0-only"];
        assert_eq!(refused, expected);
    }

    #[test]
    fn every_dependency_may_be_shipped() {
        assert_eq!(refused().unwrap(), Vec::<String>::new());
    }
}
