//! `cargo xtask tidy`: the house rules no compiler knows. Each rule is an ordinary test too.
//!
//! Rules look at text only. What needs types is clippy's work; what needs running is a test's.

mod code;
mod dependencies;
mod documents;
mod exceptions;
mod invariants;
mod source;
mod tree;

use crate::{Result, workspace};
use exceptions::Exceptions;
use tree::Tree;

/// What a rule looks at.
struct House {
    tree: Tree,
    exceptions: Exceptions,
}

/// A rule's name and its check, which names every breach.
type Rule = (&'static str, fn(&House) -> Vec<String>);

const RULES: &[Rule] = &[
    ("sizes", code::sizes),
    ("introductions", code::introductions),
    ("unfinished_work", code::unfinished_work),
    ("sql_only_in_store", code::sql_only_in_store),
    ("no_pack_names", code::no_pack_names),
    ("no_pack_names_in_web", code::no_pack_names_in_web),
    ("no_floats", code::no_floats),
    ("exposures", code::exposures),
    ("dependencies", dependencies::table),
    ("papers", documents::papers),
    ("readmes_in_step", documents::readmes_in_step),
    ("one_test_command", documents::one_test_command),
    ("configuration_keys", documents::configuration_keys),
    ("no_registry_hosts", documents::no_registry_hosts),
    ("decisions_numbered", documents::decisions_numbered),
    ("invariants", invariants::held),
];

/// Checks every rule and names every breach.
pub fn run() -> Result<()> {
    let house = House::open()?;
    let mut count = 0;
    for (name, check) in RULES {
        for breach in check(&house) {
            println!("{name}: {breach}");
            count += 1;
        }
    }
    if count == 0 {
        println!("tidy: {} rules hold", RULES.len());
        return Ok(());
    }
    Err(format!("{count} breaches of the house rules").into())
}

impl House {
    fn open() -> Result<House> {
        let tree = Tree::read(workspace::root())?;
        let exceptions = Exceptions::parse(tree.text("xtask/tidy.toml").unwrap_or_default())?;
        Ok(House { tree, exceptions })
    }

    /// A made-up house, for the rules' own tests.
    #[cfg(test)]
    fn of(files: &[(&str, &str)], exceptions: &str) -> House {
        House { tree: Tree::of(files), exceptions: Exceptions::parse(exceptions).unwrap() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! rules_hold {
        ($($name:ident)*) => {
            $(
                #[test]
                fn $name() {
                    let house = House::open().unwrap();
                    let (_, check) = RULES.iter().find(|(n, _)| *n == stringify!($name)).unwrap();
                    let breaches = check(&house);
                    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
                }
            )*

            #[test]
            fn every_rule_is_a_test() {
                let tested = [$(stringify!($name)),*];
                let rules: Vec<_> = RULES.iter().map(|(name, _)| *name).collect();
                assert_eq!(rules, tested);
            }
        };
    }

    rules_hold! {
        sizes
        introductions
        unfinished_work
        sql_only_in_store
        no_pack_names
        no_pack_names_in_web
        no_floats
        exposures
        dependencies
        papers
        readmes_in_step
        one_test_command
        configuration_keys
        no_registry_hosts
        decisions_numbered
        invariants
    }
}
