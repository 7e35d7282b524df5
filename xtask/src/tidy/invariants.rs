//! The invariants of docs/ARCHITECTURE.md: each is held by a test or a rule that exists.
//!
//! The table says `not yet` where nothing holds one; silence is a breach.

use std::collections::BTreeSet;

use super::documents::{ARCHITECTURE, table_rows};
use super::source::{self, Kind};
use super::{House, RULES};

/// How many invariants there are: I1, I2, …
const COUNT: usize = 11;

/// Every invariant has a row, and what the row names exists.
pub fn held(house: &House) -> Vec<String> {
    let text = house.tree.text(ARCHITECTURE).unwrap_or_default();
    let rows = table_rows(text, &["", "invariant", "held by"]);
    let tests = test_names(house);
    let mut breaches = Vec::new();
    for number in 1..=COUNT {
        let id = format!("I{number}");
        let cell = rows.iter().find(|row| row.first() == Some(&id)).and_then(|row| row.get(2));
        match cell {
            None => breaches.push(format!("{ARCHITECTURE}: {id} has no row")),
            Some(cell) => {
                breaches.extend(unknown(cell, &tests).map(|what| format!("{id}: {what}")));
            }
        }
    }
    breaches
}

/// What is wrong with a `held by` cell.
fn unknown<'a>(cell: &'a str, tests: &'a BTreeSet<&str>) -> impl Iterator<Item = String> + 'a {
    let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    let nothing = names.is_empty() && !cell.starts_with("not yet");
    let exists = |name: &str| match name.strip_prefix("tidy: ") {
        Some(rule) => RULES.iter().any(|(known, _)| *known == rule),
        None => tests.contains(name),
    };
    let gone = names.into_iter().filter(move |name| !exists(name));
    let gone = gone.map(|name| format!("there is no test or rule `{name}`"));
    gone.chain(nothing.then(|| "names no test and does not say `not yet`".to_owned()))
}

/// Names of the functions in test code.
fn test_names(house: &House) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for file in house.tree.rust() {
        let pieces = source::pieces(&file.text);
        let ranges = source::test_ranges(&file.text, &pieces);
        for piece in pieces.iter().filter(|piece| piece.kind == Kind::Code) {
            for (at, _) in piece.text.match_indices("fn ") {
                let is_test = file.is_test()
                    || ranges.iter().any(|range| range.contains(&(piece.start + at)));
                let name = piece.text.get(at + 3..).and_then(|rest| rest.split('(').next());
                names.extend(name.filter(|_| is_test));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invariant_names_a_test_that_exists_or_says_not_yet() {
        let check = |cell: &str, count| {
            let rows: String = (2..=COUNT).map(|n| format!("| I{n} | x | not yet |\n")).collect();
            let text =
                format!("| | invariant | held by |\n|---|---|---|\n| I1 | x | {cell} |\n{rows}");
            let code = "//! x\nfn b() {}\n#[cfg(test)]\nmod tests { fn a_fact_holds() {} }";
            let house = House::of(&[(ARCHITECTURE, &text), ("crates/a/src/lib.rs", code)], "");
            assert_eq!(held(&house).len(), count, "{cell}");
        };
        check("`a_fact_holds`", 0);
        check("`tidy: sizes`, `a_fact_holds`", 0);
        check("not yet: it needs processes", 0);
        check("`b`", 1);
        check("`tidy: colors`", 1);
        check("a good test", 1);
    }

    #[test]
    fn a_missing_row_is_a_breach() {
        assert_eq!(held(&House::of(&[], "")).len(), COUNT);
    }
}
