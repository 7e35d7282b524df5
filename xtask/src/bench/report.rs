//! The table of results: each figure with its target and whether it was met.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use super::Results;
use super::base::Base;
use super::load::{Measured, Operation, Times};
use super::process;
use crate::{Result, program, workspace};

const FILE: &str = "docs/BENCHMARKS.md";

/// Name and the most CPU microseconds a request may cost.
fn target(operation: Operation) -> (&'static str, u64) {
    match operation {
        Operation::Get => ("get by id", 150),
        Operation::List => ("list of 50, two filters, sort, capped count", 600),
        Operation::Owned => ("owner's list of 50", 600),
        Operation::Name => ("search: two characters of a name", 1000),
        Operation::Initials => ("search: initials", 1000),
        Operation::Tail => ("search: phone tail", 1000),
        Operation::Update => ("update one (If-Match)", 700),
        Operation::Create => ("create one", 700),
    }
}

pub fn per(total: u64, count: u64) -> u64 {
    total.checked_div(count).unwrap_or(0)
}

pub fn rate(count: u64, micros: u64) -> u64 {
    per(count.saturating_mul(1_000_000), micros)
}

pub fn met(yes: bool) -> &'static str {
    if yes { "met" } else { "**not met**" }
}

/// One measurement, for people waiting.
pub fn line(one: &Measured) -> String {
    let (name, most) = target(one.operation);
    told(name, &one.times, most)
}

/// What requests took, for people waiting.
pub fn told(name: &str, times: &Times, most: u64) -> String {
    let cpu = per(times.cpu_micros, times.requests);
    format!(
        "{name}: {}/s, p50 {} µs, p99 {} µs, CPU {cpu} µs of {most} ({})",
        rate(times.requests, times.micros),
        times.p50,
        times.p99,
        met(cpu <= most)
    )
}

/// The head of a table of requests.
pub const REQUESTS: &str = "| request | per second | p50 ms | p99 ms | CPU µs | target | |\n\
                            |---|---:|---:|---:|---:|---:|---|";

/// What requests took, as a row of such a table.
pub fn row(name: &str, times: &Times, most: u64) -> String {
    let cpu = per(times.cpu_micros, times.requests);
    format!(
        "| {name} | {} | {} | {} | {cpu} | ≤ {most} | {} |",
        rate(times.requests, times.micros),
        millis(times.p50),
        millis(times.p99),
        met(cpu <= most)
    )
}

/// Where, when and what was measured.
pub fn place(machine: &str) -> Result<String> {
    let commit = program::read(Command::new("git").args(["rev-parse", "--short", "HEAD"]))?;
    let date = program::read(Command::new("date").args(["-u", "+%F %H:%M UTC"]))?;
    Ok(format!("{machine}; {}; {}", date.trim(), commit.trim()))
}

/// The text of all results.
pub fn write(machine: &str, all: &[Results], bases: &[Base]) -> Result<String> {
    let here = place(machine)?;
    let mut out = String::new();
    for results in all {
        section(&mut out, results, &here)?;
    }
    for base in bases {
        base.section(&mut out, &here)?;
    }
    Ok(out)
}

fn section(out: &mut String, results: &Results, where_and_when: &str) -> Result<()> {
    writeln!(
        out,
        "## {}, {} customers\n\n{where_and_when}\n",
        results.database, results.customers
    )?;
    writeln!(out, "{REQUESTS}")?;
    for one in &results.measured {
        let (name, most) = target(one.operation);
        writeln!(out, "{}", row(name, &one.times, most))?;
    }
    writeln!(out, "\n| figure | value | target | |\n|---|---:|---:|---|")?;
    let bare = rate(results.bare.0, results.bare.1);
    writeln!(out, "| the database's own durable inserts | {bare}/s | | |")?;
    for one in &results.measured {
        if matches!(one.operation, Operation::Create | Operation::Update) {
            let (name, _) = target(one.operation);
            let share = per(rate(one.times.requests, one.times.micros) * 100, bare);
            let verdict = met(share >= 25);
            writeln!(
                out,
                "| {name}, of the database's own rate | {share} % | ≥ 25 % | {verdict} |"
            )?;
        }
    }
    imported(out, results)?;
    let verify = &results.verify;
    let verified = rate(verify.entries, verify.micros);
    let name = format!("audit verify, {} entries, start included", verify.entries);
    writeln!(out, "| {name} | {verified}/s | ≥ 300000/s | {} |", met(verified >= 300_000))?;
    let alone = rate(verify.entries, verify.cpu_micros);
    writeln!(out, "| audit verify, by CPU time | {alone} a CPU second | | |")?;
    let start = per(results.start_micros, 1000);
    writeln!(out, "| start to ready | {start} ms | ≤ 1000 ms | {} |", met(start <= 1000))?;
    let idle = results.idle_kib >> 10;
    writeln!(out, "| memory at rest | {idle} MiB | ≤ 60 MiB | {} |", met(idle <= 60))?;
    writeln!(out, "| most memory under this load | {} MiB | | |\n", results.peak_kib >> 10)?;
    Ok(())
}

fn imported(out: &mut String, results: &Results) -> Result<()> {
    let number = |key: &str| results.import.get(key).and_then(serde_json::Value::as_u64);
    let (rows, micros) = (number("rows").unwrap_or(0), number("micros").unwrap_or(0));
    let speed = rate(rows, micros);
    let cpu = per(number("ticks").unwrap_or(0) * 1_000_000 / process::TICKS, rows);
    let peak = number("peak_kib").unwrap_or(0) >> 10;
    writeln!(out, "| import | {speed} rows/s | ≥ 10000 rows/s | {} |", met(speed >= 10_000))?;
    writeln!(out, "| import, CPU of the importing process | {cpu} µs a row | | |")?;
    writeln!(out, "| import, most memory | {peak} MiB | < 300 MiB | {} |", met(peak < 300))?;
    Ok(())
}

pub fn millis(micros: u64) -> String {
    format!("{}.{:02}", micros / 1000, micros % 1000 / 10)
}

/// Puts the sections into the file in the place of those with the same heading.
pub fn keep(text: &str) -> Result<()> {
    let path = workspace::root().join(FILE);
    let old = fs::read_to_string(&path).unwrap_or_default();
    let (head, rest) = old.split_once("\n## ").unwrap_or((HEAD, ""));
    let mut sections: Vec<String> =
        rest.split("\n## ").filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let fresh = format!("\n{text}");
    let fresh: Vec<&str> = fresh.split("\n## ").filter(|part| !part.is_empty()).collect();
    let heading = |section: &str| section.lines().next().unwrap_or_default().to_owned();
    let replaced = |section: &String| fresh.iter().any(|one| heading(one) == heading(section));
    sections.retain(|section| !replaced(section));
    sections.extend(fresh.iter().map(|section| (*section).to_owned()));
    sections.sort();
    let mut out = head.trim_end().to_owned();
    out.push('\n');
    for section in sections {
        write!(out, "\n## {}\n", section.trim_end())?;
    }
    Ok(fs::write(path, out)?)
}

const HEAD: &str = "\
# Benchmarks

Written by `cargo xtask bench`, the section on the browser by `cargo xtask bench --web`. Customers
have 27 filled fields and were imported from a CSV file; requests come over 16 HTTP connections on
the same machine, each signed in as another relationship manager with 500 customers of their own,
with all rights, validation, audit and durable commits.
CPU is the time of the server and, for PostgreSQL, of all its processes, divided by the requests;
the load generator is not in it. Rates and latencies depend on what else the machine does.
PostgreSQL is reached by a socket of the machine and runs with `shared_buffers` of 2 GB,
`max_wal_size` of 4 GB and a checkpoint each 15 minutes, all else as Debian ships it.";
