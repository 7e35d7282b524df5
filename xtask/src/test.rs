//! `cargo xtask test`: everything that must hold, by one command.
//!
//! Ends with the plain line `N passed, N failed`, summed over the checks and all test binaries,
//! and fails when anything did. Narrowed to a crate or a name it runs those tests only.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::postgres::Cluster;
use crate::{Result, licenses, probe, program, tidy, web, workspace};

/// What the caller asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    packages: Vec<String>,
    filters: Vec<String>,
    binary_args: Vec<String>,
    sqlite_only: bool,
}

impl Options {
    fn parse(args: &[String]) -> Result<Options> {
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--" => {
                    options.binary_args.extend(args.by_ref().cloned());
                }
                "-p" | "--package" => {
                    options.packages.push(args.next().ok_or("-p needs a crate")?.clone());
                }
                "--only" => match args.next().map(String::as_str) {
                    Some("sqlite") => options.sqlite_only = true,
                    _ => return Err("--only takes `sqlite`".into()),
                },
                flag if flag.starts_with('-') => {
                    return Err(format!("no such option: `{flag}`").into());
                }
                name => options.filters.push(name.to_owned()),
            }
        }
        Ok(options)
    }

    /// Part of the tests was asked for, so the checks of the whole house are left out.
    fn is_narrow(&self) -> bool {
        !self.packages.is_empty() || !self.filters.is_empty()
    }
}

/// How many passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs the checks and the tests.
pub fn run(args: &[String]) -> Result<()> {
    let options = Options::parse(args)?;
    let mut tally = Tally::default();
    if !options.is_narrow() {
        tally.add(check("format", || {
            program::show(workspace::cargo().args(["fmt", "--all", "--check"]))
        }));
        tally.add(check("clippy", clippy));
        tally.add(check("tidy", tidy::run));
        tally.add(check("licences", licenses::run));
        tally.add(check("web", web::check));
    }
    tally.add(timed("tests", || tests(&options))?);
    if !options.is_narrow() {
        tally.add(probe());
        tally.add(check("journeys", web::journeys));
    }
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed == 0 { Ok(()) } else { Err("not everything holds (see above)".into()) }
}

fn probe() -> Tally {
    let mut absent = false;
    let tally = check("probe", || {
        absent = probe::run()?.is_none();
        Ok(())
    });
    if absent {
        println!("probe: left out, `jinyao` does not serve yet");
        return Tally::default();
    }
    tally
}

fn check(name: &str, work: impl FnOnce() -> Result<()>) -> Tally {
    match timed(name, work) {
        Ok(()) => Tally { passed: 1, failed: 0 },
        Err(error) => {
            println!("{name}: {error}");
            Tally { passed: 0, failed: 1 }
        }
    }
}

/// Does a part of the whole and says how long it took.
#[allow(clippy::disallowed_methods, reason = "measures durations")]
fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    println!("--- {name}");
    let start = Instant::now();
    let done = work();
    println!("--- {name}: {} s", start.elapsed().as_secs());
    done
}

fn clippy() -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--locked", "--quiet"]);
    program::show(command.args(["--", "--deny", "warnings"]))
}

/// Runs `cargo test`, on PostgreSQL too unless told otherwise.
fn tests(options: &Options) -> Result<Tally> {
    let cluster = if options.sqlite_only { None } else { Some(Cluster::start()?) };
    let mut command = workspace::cargo();
    command.args(["test", "--locked", "--no-fail-fast"]);
    if options.packages.is_empty() {
        command.arg("--workspace");
    }
    for package in &options.packages {
        command.args(["--package", package]);
    }
    command.arg("--").args(&options.filters).args(&options.binary_args);
    match &cluster {
        Some(cluster) => command
            .env("JINYAO_TEST_PG", &cluster.url)
            .env("JINYAO_TEST_PG_AUTHORITY", &cluster.authority),
        None => command.env_remove("JINYAO_TEST_PG"),
    };
    stream(&mut command)
}

/// Passes the output through while adding up its result lines.
fn stream(command: &mut Command) -> Result<Tally> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut tally = Tally::default();
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        while stdout.read_until(b'\n', &mut line)? > 0 {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            tally.add(result_line(&text).unwrap_or_default());
            line.clear();
        }
    }
    // A binary that did not compile, or died before its result line, must not look like success.
    if !child.wait()?.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// Reads `test result: ok. 5 passed; 0 failed; …`.
fn result_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |what: &str| {
        counts.split(';').find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
    };
    Some(Tally { passed: count(" passed")?, failed: count(" failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_line_is_counted_and_no_other() {
        let check = |line: &str, expected: Option<(u64, u64)>| {
            let expected = expected.map(|(passed, failed)| Tally { passed, failed });
            assert_eq!(result_line(line), expected, "{line}");
        };
        check("test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured\n", Some((5, 0)));
        check("test result: FAILED. 4 passed; 2 failed; 0 ignored\n", Some((4, 2)));
        check("test tests::result ... ok\n", None);
        check("running 5 tests\n", None);
    }

    #[test]
    fn options_are_understood_or_refused() {
        let parse = |text: &str| {
            let args: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            Options::parse(&args).map_err(|error| error.to_string())
        };
        assert_eq!(parse(""), Ok(Options::default()));
        let narrow = parse("-p store --only sqlite merkle -- --nocapture").unwrap();
        assert_eq!(narrow.packages, ["store"]);
        assert_eq!(narrow.filters, ["merkle"]);
        assert_eq!(narrow.binary_args, ["--nocapture"]);
        assert!(narrow.sqlite_only && narrow.is_narrow());
        assert!(!parse("--only sqlite").unwrap().is_narrow());
        assert!(parse("--only mysql").is_err());
        assert!(parse("--fast").is_err());
        assert!(parse("-p").is_err());
    }

    #[test]
    fn a_program_that_fails_without_a_result_line_counts_as_one_failure() {
        let mut command = Command::new("false");
        assert_eq!(stream(&mut command).unwrap(), Tally { passed: 0, failed: 1 });
    }
}
