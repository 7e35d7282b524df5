//! `cargo xtask gen`: writes the files that are made from code and committed.
//!
//! Tests of the crates they are made from fail while a committed file is not what would be made.

use crate::{Result, program, workspace};

/// Makes everything anew: the pack files' JSON Schemas in `packs/schema`.
pub fn run() -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["run", "--quiet", "--package", "schema", "--example", "write_json_schemas"]);
    program::show(command.args(["--", "packs/schema"]))
}
