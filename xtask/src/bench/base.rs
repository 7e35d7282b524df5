//! The customer file on a base with relationships, accounts and transactions: what its pages cost,
//! and how long the long works take.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value as Json;

use super::http::Connection;
use super::load::{Times, Usage, measure, session, text, texts};
use super::process;
use super::report::{REQUESTS, met, per, rate, row, told};
use crate::Result;

/// A kind of request: its name in the recipe, what it is, and the most CPU microseconds it may cost.
const PAGES: [(&str, &str, u64); 8] = [
    ("overview", "a customer's whole page", 3_000),
    ("timeline", "next page of a timeline", 600),
    ("graph", "neighbourhood, two steps", 2_000),
    ("ownership", "owners, six steps", 10_000),
    ("trend", "AUM of a manager, 24 months", 5_000),
    ("trend_branch", "AUM of a branch, 24 months", 5_000),
    ("trend_whole", "AUM of the bank, 24 months", 20_000),
    ("check", "duplicates of what is typed", 3_000),
];

/// Results on one base.
pub struct Base {
    pub database: &'static str,
    pub customers: u64,
    pub recipe: Json,
    pub measured: Vec<(&'static str, Times, u64)>,
    pub peak_kib: u64,
}

/// Somebody signed in, with what they ask.
struct User {
    connection: Connection,
    paths: Vec<String>,
    /// Where bodies are posted.
    at: String,
    bodies: Vec<String>,
    turn: usize,
}

/// Measures every kind of page.
pub fn pages(
    address: SocketAddr,
    recipe: &Json,
    (usage, span): (Usage, Duration),
) -> Result<Vec<(&'static str, Times, u64)>> {
    let mut measured = Vec::new();
    for (kind, name, most) in PAGES {
        let mut users = users(address, recipe, kind)?;
        if users.is_empty() {
            return Err(format!("nobody asks for `{kind}`").into());
        }
        let times = measure(&mut users, usage, (span, Duration::ZERO), User::one);
        let times = times.map_err(|error| format!("{kind}: {error}"))?;
        println!("{}", told(name, &times, most));
        measured.push((name, times, most));
    }
    Ok(measured)
}

/// Those who have something to ask of a kind, signed in.
fn users(address: SocketAddr, recipe: &Json, kind: &str) -> Result<Vec<User>> {
    let password = text(recipe, "password")?;
    let logins = recipe.get("logins").and_then(Json::as_array).ok_or("no logins")?;
    let mut users = Vec::new();
    for login in logins {
        let requests = login.get("requests").cloned().unwrap_or_default();
        let bodies = login.get(kind).and_then(Json::as_array).map(Vec::as_slice);
        let bodies: Vec<String> = bodies.unwrap_or_default().iter().map(Json::to_string).collect();
        let paths = texts(&requests, kind);
        if paths.is_empty() && bodies.is_empty() {
            continue;
        }
        let mut connection = Connection::open(address)?;
        session(&mut connection, &text(login, "login")?, &password)?;
        let at = login.get("check_at").and_then(Json::as_str).unwrap_or_default().to_owned();
        users.push(User { connection, paths, at, bodies, turn: 0 });
    }
    Ok(users)
}

impl User {
    fn one(&mut self) -> Result<()> {
        self.turn += 1;
        let of = |count: usize| self.turn.checked_rem(count);
        if let Some(path) = of(self.paths.len()).and_then(|at| self.paths.get(at)) {
            self.connection.send("GET", path, "", b"")?.ok()?;
        } else if let Some(body) = of(self.bodies.len()).and_then(|at| self.bodies.get(at)) {
            self.connection.send("POST", &self.at, "", body.as_bytes())?.ok()?;
        }
        Ok(())
    }
}

impl Base {
    /// The section of the report.
    pub fn section(&self, out: &mut String, here: &str) -> Result<()> {
        writeln!(
            out,
            "## Customer file, {}, {} customers\n\n{here}\n",
            self.database, self.customers
        )?;
        writeln!(out, "{REQUESTS}")?;
        for (name, times, most) in &self.measured {
            writeln!(out, "{}", row(name, times, *most))?;
        }
        writeln!(out, "\n| figure | value | target | |\n|---|---:|---:|---|")?;
        self.long_works(out)?;
        writeln!(out, "| most memory under this load | {} MiB | | |\n", self.peak_kib >> 10)?;
        Ok(())
    }

    fn number(&self, part: &str, key: &str) -> u64 {
        let found = self.recipe.get(part).and_then(|part| part.get(key));
        found.and_then(Json::as_u64).unwrap_or(0)
    }

    fn long_works(&self, out: &mut String) -> Result<()> {
        let number = |part: &str, key: &str| self.number(part, key);
        let speed = |part: &str| rate(number(part, "rows"), number(part, "micros"));
        let cpu = |part: &str| {
            per(number(part, "ticks") * 1_000_000 / process::TICKS, number(part, "rows"))
        };
        let rows = number("load", "rows");
        writeln!(out, "| demo, {rows} records | {}/s | | |", speed("load"))?;
        writeln!(out, "| demo, CPU of the loading process | {} µs a record | | |", cpu("load"))?;
        let spent = number("duplicates", "micros");
        let most = self.customers.saturating_mul(300);
        writeln!(
            out,
            "| duplicates, all customers compared by key | {} s | ≤ {} s | {} |",
            seconds(spent),
            seconds(most),
            met(spent <= most)
        )?;
        let peak = number("duplicates", "peak_kib") >> 10;
        writeln!(
            out,
            "| duplicates, most memory | {peak} MiB | ≤ 500 MiB | {} |",
            met(peak <= 500)
        )?;
        let planted = number("duplicates", "planted");
        for (name, key) in [
            (format!("duplicates, recall of {planted} planted"), "recall"),
            ("duplicates, precision of what is at least likely".to_owned(), "precision"),
            ("duplicates, precision of what is certain".to_owned(), "precision_certain"),
        ] {
            writeln!(out, "| {name} | {} % | | |", tenths(number("duplicates", key)))?;
        }
        let batch = speed("batch");
        writeln!(
            out,
            "| a day's {} transactions from a file | {batch} rows/s | ≥ 5556 rows/s | {} |",
            number("batch", "rows"),
            met(batch >= 5_556)
        )?;
        writeln!(
            out,
            "| the same, CPU of the importing process | {} µs a row | | |",
            cpu("batch")
        )?;
        let (moved, spent) = (number("handover", "rows"), number("handover", "micros"));
        let most = moved.saturating_mul(2_000);
        writeln!(
            out,
            "| handover of {moved} customers | {} s | ≤ {} s | {} |",
            seconds(spent),
            seconds(most),
            met(spent <= most)
        )?;
        writeln!(
            out,
            "| the day's own work, {} jobs | {} s | | |",
            number("daily", "jobs"),
            seconds(number("daily", "micros"))
        )?;
        Ok(())
    }
}

fn seconds(micros: u64) -> String {
    tenths(micros / 100_000)
}

fn tenths(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}
