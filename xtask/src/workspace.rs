//! Where the project lies and what Cargo knows about it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Result, program};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The Cargo that runs this command.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.current_dir(root());
    command
}

/// `cargo metadata` for this machine's platform, with all dependencies.
pub fn metadata() -> Result<Value> {
    let version = program::read(Command::new("rustc").arg("-vV").current_dir(root()))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let mut command = cargo();
    command.args(["metadata", "--format-version", "1", "--locked"]);
    if let Some(host) = host {
        command.args(["--filter-platform", host]);
    }
    Ok(serde_json::from_str(&program::read(&mut command)?)?)
}

/// The folder Cargo builds into.
pub fn target() -> Result<PathBuf> {
    let metadata = own_metadata()?;
    let folder = metadata.get("target_directory").and_then(Value::as_str);
    Ok(folder.ok_or("cargo names no target folder")?.into())
}

/// The workspace's own packages, as `cargo metadata` describes them.
pub fn packages() -> Result<Vec<Value>> {
    let metadata = own_metadata()?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    Ok(packages.ok_or("cargo metadata lists no packages")?.clone())
}

fn own_metadata() -> Result<Value> {
    let mut command = cargo();
    command.args(["metadata", "--format-version", "1", "--no-deps"]);
    Ok(serde_json::from_str(&program::read(&mut command)?)?)
}
