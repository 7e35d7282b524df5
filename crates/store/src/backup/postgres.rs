//! PostgreSQL's own programs, called with the password in the environment, never in the command.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::Error;

pub(super) fn dump(url: &str, to: &Path) -> Result<(), Error> {
    let mut command = program("pg_dump")?;
    connect(&mut command, url)?;
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--file"]).arg(to);
    run(command, "pg_dump")
}

pub(super) fn restore(url: &str, from: &Path) -> Result<(), Error> {
    let database = connect(&mut program("pg_restore")?, url)?;
    let mut command = program("pg_restore")?;
    connect(&mut command, url)?;
    // One transaction: a database that already holds tables stays as it is.
    let options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"];
    command.args(options).arg("--dbname").arg(database).arg(from);
    run(command, "pg_restore")
}

/// Debian keeps the programs of each version in a folder of their own; the newest can talk to all.
fn program(name: &str) -> Result<Command, Error> {
    let mut places: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    places.sort_by_key(|path| {
        let version = path.iter().rev().nth(2).and_then(|v| v.to_str()?.parse::<u32>().ok());
        version.unwrap_or(0)
    });
    if let Some(newest) = places.pop() {
        return Ok(Command::new(newest));
    }
    let found = std::env::var_os("PATH")
        .iter()
        .flat_map(std::env::split_paths)
        .map(|folder| folder.join(name))
        .find(|path| path.exists());
    found.map(Command::new).ok_or_else(|| {
        Error::Unavailable(format!("`{name}` is missing: install the package postgresql-client"))
    })
}

/// Sets the connection in the environment; returns the database's name.
fn connect(command: &mut Command, url: &str) -> Result<String, Error> {
    let bad = |what: &str| Error::Refused(format!("database address: {what}"));
    let config: Config = url.parse().map_err(|_| bad("it cannot be read"))?;
    let user = config.get_user().ok_or_else(|| bad("it names no user"))?;
    let database = config.get_dbname().unwrap_or(user).to_owned();
    command.env("PGUSER", user).env("PGDATABASE", &database);
    match config.get_hosts().first() {
        Some(Host::Tcp(host)) => drop(command.env("PGHOST", host)),
        Some(Host::Unix(folder)) => drop(command.env("PGHOST", folder)),
        None => {}
    }
    if let Some(port) = config.get_ports().first() {
        command.env("PGPORT", port.to_string());
    }
    if let Some(password) = config.get_password() {
        let password = std::str::from_utf8(password).map_err(|_| bad("the password is no text"))?;
        command.env("PGPASSWORD", password);
    }
    Ok(database)
}

fn run(mut command: Command, name: &str) -> Result<(), Error> {
    let output =
        command.output().map_err(|e| Error::Unavailable(format!("`{name}` did not start: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.lines().take(5).collect::<Vec<_>>().join("; ");
    Err(Error::Unavailable(format!("`{name}` failed: {said}")))
}
