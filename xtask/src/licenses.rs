//! `cargo xtask licenses`: may everything we link be shipped under Apache-2.0?
//!
//! Reads licence expressions (SPDX, and the older `A/B` form). Refuses a dependency that names
//! no licence, and an expression none of whose alternatives is on the list.

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
        match package.get("license").and_then(Value::as_str) {
            None => refused.push(format!("{name}: names no licence")),
            Some(text) => match allows(text) {
                Ok(true) => {}
                Ok(false) => refused.push(format!("{name}: {text}")),
                Err(why) => refused.push(format!("{name}: `{text}` cannot be read: {why}")),
            },
        }
    }
    Ok(refused)
}

/// Whether some choice that `text` offers is made of allowed licences only.
fn allows(text: &str) -> std::result::Result<bool, String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words };
    let allowed = reader.any()?;
    match reader.words.first() {
        None => Ok(allowed),
        Some(word) => Err(format!("unexpected `{word}`")),
    }
}

/// Recursive descent over the words: OR binds least, then AND, then WITH.
struct Reader<'a> {
    words: &'a [&'a str],
}

impl Reader<'_> {
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
        let mut allowed = ALLOWED.contains(&self.word()?);
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

    fn word(&mut self) -> std::result::Result<&str, String> {
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
        let check = |text: &str, expected| assert_eq!(allows(text), Ok(expected), "{text}");
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
            assert!(allows(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_dependency_may_be_shipped() {
        assert_eq!(refused().unwrap(), Vec::<String>::new());
    }
}
