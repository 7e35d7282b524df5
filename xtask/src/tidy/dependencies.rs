//! The dependency table of docs/ARCHITECTURE.md against what Cargo knows.
//!
//! A wall stands where a crate may not depend on another. A new edge is a decision: it changes
//! the table, and an ADR says why.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::House;
use super::documents::{ARCHITECTURE, table_rows};
use crate::workspace;

type Edges = BTreeMap<String, BTreeSet<String>>;

/// Every crate has a row, every row a crate, and no crate depends on one its row does not name.
pub fn table(house: &House) -> Vec<String> {
    let allowed = allowed(house.tree.text(ARCHITECTURE).unwrap_or_default());
    match workspace::packages().map(|packages| actual(&packages)) {
        Ok(actual) => compare(&allowed, &actual),
        Err(error) => vec![format!("cargo metadata: {error}")],
    }
}

/// Reads the table with the columns `crate` and `may depend on`.
fn allowed(text: &str) -> Edges {
    let mut edges = Edges::new();
    for row in table_rows(text, &["crate", "may depend on"]) {
        let [name, may, ..] = row.as_slice() else { continue };
        let words = may.split(',').map(str::trim);
        let named = words.filter(|word| !word.is_empty() && *word != "—").map(str::to_owned);
        edges.insert(name.clone(), named.collect());
    }
    edges
}

/// The edges between the workspace's own crates, of every kind.
fn actual(packages: &[Value]) -> Edges {
    let mut edges = Edges::new();
    for package in packages {
        let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
        let dependencies = package.get("dependencies").and_then(Value::as_array);
        let own = dependencies.into_iter().flatten().filter(|d| text(d, "path").is_some());
        let names = own.filter_map(|dependency| text(dependency, "name")).collect();
        edges.insert(text(package, "name").unwrap_or_default(), names);
    }
    edges
}

fn compare(allowed: &Edges, actual: &Edges) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, edges) in actual {
        match allowed.get(name) {
            None => breaches.push(format!("{ARCHITECTURE}: no row for the crate `{name}`")),
            Some(may) => breaches.extend(edges.difference(may).map(|edge| {
                format!("`{name}` depends on `{edge}`, which {ARCHITECTURE} does not allow")
            })),
        }
    }
    let gone = allowed.keys().filter(|name| !actual.contains_key(*name));
    breaches.extend(gone.map(|name| format!("{ARCHITECTURE}: there is no crate `{name}`")));
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_the_table_does_not_name_is_a_breach() {
        let text = "| crate | may depend on | never |\n|---|---|---|\n| a | — | x |\n| b | a | y |";
        let edges = |text: &str| -> Edges {
            let rows = text.split(';').filter_map(|row| row.split_once(':'));
            let words = |to: &str| to.split_whitespace().map(str::to_owned).collect();
            rows.map(|(from, to)| (from.to_owned(), words(to))).collect()
        };
        let check = |actual: &str, count| {
            assert_eq!(compare(&allowed(text), &edges(actual)).len(), count, "{actual}");
        };
        check("a:;b:a", 0);
        check("a:;b:", 0);
        check("a:b;b:a", 1);
        check("a:;b:a;c:", 1);
        check("a:", 1);
    }
}
