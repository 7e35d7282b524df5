//! Running other programs: loud when they fail, silent when they work.

use std::process::{Command, Output};

use crate::Result;

/// Runs `command` with its output shown; an error if it fails.
pub fn show(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|e| cannot_start(command, &e))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed: {status}", name(command)).into())
    }
}

/// Runs `command` quietly and returns what it wrote to standard output; an error carries what it
/// wrote to standard error.
pub fn read(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.output().map_err(|e| cannot_start(command, &e))?;
    if status.success() {
        return Ok(String::from_utf8(stdout)?);
    }
    let said = String::from_utf8_lossy(&stderr);
    Err(format!("{} failed: {status}\n{}", name(command), said.trim_end()).into())
}

/// The program's name, for messages.
pub fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start {}: {error}", name(command))
}
