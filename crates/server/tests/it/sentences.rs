//! Every code that tells what is wrong has a sentence in both languages.

use std::collections::BTreeSet;
use std::path::Path;

use engine::Violation;
use schema::catalogue::Language;
use server::http::problem::Problem;

fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, texts);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The last text literal among the arguments of each call of `function`.
fn codes(text: &str, function: &str, found: &mut BTreeSet<String>) {
    for (at, _) in text.match_indices(function) {
        let arguments = &text[at + function.len()..];
        let mut depth = 1;
        let end = arguments.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let arguments = &arguments[..end.unwrap_or(0)];
        let arguments = arguments.trim_end().trim_end_matches(',');
        let Some(rest) = arguments.strip_suffix('"') else { continue };
        let code = rest.rsplit('"').next().unwrap();
        if !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            found.insert(code.to_owned());
        }
    }
}

#[test]
fn every_code_has_a_sentence() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts = Vec::new();
    for name in ["engine/src", "server/src", "schema/src/field", "schema/src/query"] {
        sources(&crates.join(name), &mut texts);
    }
    let mut found = BTreeSet::new();
    for text in &texts {
        let code_only = text.split("#[cfg(test)]").next().unwrap();
        for call in ["Violation::new(", "Refusal::invalid(", "Flaw::new(", "flaw(", "bad("] {
            codes(code_only, call, &mut found);
        }
    }
    found.extend(["reference_unknown", "reference_ambiguous"].map(str::to_owned));
    assert!(found.len() > 70, "{found:?}");
    for language in [Language::Zh, Language::En] {
        let silent: Vec<&String> = found
            .iter()
            .filter(|code| {
                let problem = Problem::invalid(vec![Violation::new("name", code.as_str())]);
                let members = problem.members(language);
                members["violations"][0]["message"] == code.as_str()
            })
            .collect();
        assert!(silent.is_empty(), "no sentence for {silent:?}");
    }
}
