//! The project's own commands: `cargo xtask <command>`. Never shipped.
//!
//! Dispatches only; each command lives in the module of its name.
#![allow(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod bench;
mod debian;
mod generate;
mod licenses;
mod postgres;
mod probe;
mod program;
mod run;
mod test;
mod tidy;
mod web;
mod workspace;

use std::process::ExitCode;

/// What every command returns; the message is shown to the person who ran it.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
cargo xtask <command>

  run       build the web app and the server, then serve on ./data (or on DATABASE_URL) with the packs and demo data
  test      format, clippy, tidy, licences, all tests on SQLite and a private PostgreSQL, the
            web app's checks and its journeys in a browser
              -p CRATE        only this crate's tests (no checks)
              --only sqlite   no PostgreSQL
              NAME            only tests whose name contains NAME (no checks)
              -- ARGS         passed to the test binaries
  bench     measure a release build and write docs/BENCHMARKS.md
              --customers N   100000 unless said
              --only sqlite|postgres|plain|file (file: the customer file on a demo)
              --quick         10000 customers and short spans; writes nothing
              --web           how long people wait in a browser, and Lighthouse
  web       the web app's checks, build and journeys alone
  tidy      the house rules no compiler knows
  licenses  the licence of every crate and every package of the web app against the allow-list
  gen       the committed files that are made from code
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", [].as_slice()),
    };
    let result = match command {
        "run" => run::run(rest),
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "tidy" => tidy::run(),
        "web" => web::check().and_then(|()| web::journeys()),
        "licenses" => licenses::run(),
        "gen" => generate::run(),
        postgres::GUARD => postgres::guard(rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("no such command: `{other}`\n\n{USAGE}").into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
