//! `cargo xtask gen`: writes the files that are made from code and committed.
//!
//! Tests of the crates they are made from fail while a committed file is not what would be made.

use crate::{Result, program, workspace};

/// Makes everything anew: the pack files' JSON Schemas in `packs/schema`, the browser's trees of the
/// expression vectors.
pub fn run() -> Result<()> {
    example("write_json_schemas", &[], "packs/schema")?;
    example("write_trees", &["--features", "testing"], "crates/schema/vectors/trees.json")
}

fn example(name: &str, features: &[&str], target: &str) -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--package", "schema", "--example", name]).args(features);
    program::show(command.args(["--", target]))
}
