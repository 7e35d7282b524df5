//! `cargo xtask bench`: what the product costs under load, measured on a release build.
//!
//! Fills a new data folder, serves it, signs in relationship managers and measures each kind of
//! request; in the same run, how fast the database alone takes durable inserts. Linux only: CPU
//! time comes from `/proc`. Runs unattended and leaves nothing behind but docs/BENCHMARKS.md.
#![allow(clippy::disallowed_methods, reason = "measures durations")]

mod base;
mod http;
mod load;
mod process;
mod report;
mod web;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::postgres::Cluster;
use crate::{Result, program, workspace};
use base::Base;
use load::{Load, Measured, OPERATIONS, Usage};

/// What was asked for.
struct Asked {
    customers: u64,
    sqlite: bool,
    postgres: bool,
    quick: bool,
    built: bool,
    /// Measure plain customers.
    plain: bool,
    /// Measure the customer file on a demo.
    base: bool,
    /// Measure pages in a browser, and nothing else.
    web: bool,
}

/// Results of one database.
pub struct Results {
    pub database: &'static str,
    pub customers: u64,
    /// Rows and microseconds.
    pub bare: (u64, u64),
    pub import: Json,
    pub measured: Vec<Measured>,
    pub verify: Verified,
    pub start_micros: u64,
    pub idle_kib: u64,
    pub peak_kib: u64,
}

/// What a check of the whole log cost, the start of the program included.
pub struct Verified {
    pub entries: u64,
    pub micros: u64,
    pub cpu_micros: u64,
}

/// Measures and reports.
pub fn run(args: &[String]) -> Result<()> {
    let asked = Asked::parse(args)?;
    if asked.web {
        return web::run(&asked);
    }
    if !asked.built {
        build()?;
    }
    let machine = process::machine()?;
    let (mut all, mut bases) = (Vec::new(), Vec::new());
    for postgres in [false, true] {
        if !(if postgres { asked.postgres } else { asked.sqlite }) {
            continue;
        }
        // Each gets a database of its own.
        let cluster = || if postgres { Cluster::start_durable().map(Some) } else { Ok(None) };
        if asked.plain {
            all.push(one(&asked, cluster()?.as_ref())?);
        }
        if asked.base {
            bases.push(file(&asked, cluster()?.as_ref())?);
        }
    }
    let text = report::write(&machine, &all, &bases)?;
    println!("\n{text}");
    if !asked.quick {
        report::keep(&text)?;
    }
    Ok(())
}

impl Asked {
    fn parse(args: &[String]) -> Result<Asked> {
        let mut asked = Asked {
            customers: 0,
            sqlite: true,
            postgres: true,
            quick: false,
            built: false,
            plain: true,
            base: true,
            web: false,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--customers" => asked.customers = args.next().ok_or("how many?")?.parse()?,
                "--only" => match args.next().map(String::as_str) {
                    Some("sqlite") => asked.postgres = false,
                    Some("postgres") => asked.sqlite = false,
                    Some("plain") => asked.base = false,
                    Some("file") => asked.plain = false,
                    _ => return Err("--only sqlite, postgres, plain or file".into()),
                },
                "--quick" => asked.quick = true,
                "--built" => asked.built = true,
                "--web" => asked.web = true,
                other => return Err(format!("no such option: `{other}`").into()),
            }
        }
        if asked.customers == 0 {
            asked.customers = if asked.quick { 10_000 } else { 100_000 };
        }
        Ok(asked)
    }

    fn span(&self) -> Duration {
        Duration::from_secs(if self.quick { 3 } else { 8 })
    }
}

/// The server and its preparation, then the yardstick, which needs other features of its crates.
fn build() -> Result<()> {
    let mut server = workspace::cargo();
    server.args(["build", "--release", "--package", "server"]);
    program::show(server.args(["--bin", "jinyao", "--example", "bench_prepare"]))?;
    let mut store = workspace::cargo();
    store.args(["build", "--release", "--package", "store", "--example", "bare_insert"]);
    program::show(&mut store)
}

/// A folder that is removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("xtask: removing {}: {error}", self.0.display());
        }
    }
}

fn one(asked: &Asked, cluster: Option<&Cluster>) -> Result<Results> {
    let (database, folder) = begin(asked, cluster, "customers")?;
    let release = workspace::target()?.join("release");
    let bare = bare(&release, &folder.0, asked, cluster)?;
    println!("bare inserts: {} in {} µs", bare.0, bare.1);
    let settings = Settings { data: folder.0.join("data"), url: cluster.map(|c| c.url.clone()) };
    let recipe = prepared(asked, &settings, &folder.0, &[])?;
    let import = recipe.get("import").cloned().unwrap_or_default();
    println!("import: {import}");
    let server = Server::start(&release, &settings)?;
    println!("ready after {} µs", server.ready_micros);
    // Memory at rest is asked for before any request, when start-up work is over.
    server.wait_for_rest()?;
    std::thread::sleep(Duration::from_secs(3));
    let idle_kib = process::memory_kib(server.child.id(), "VmRSS")?;
    println!("idle: {idle_kib} KiB");
    let mut load = Load::open(server.address, &recipe, server.usage(cluster))?;
    let mut measured = Vec::new();
    for operation in OPERATIONS {
        let result = load.measure(operation, asked.span())?;
        println!("{}", report::line(&result));
        measured.push(result);
    }
    drop(load);
    let peak_kib = process::memory_kib(server.child.id(), "VmHWM")?;
    let start_micros = server.ready_micros;
    server.stop()?;
    let verify = verify(&release, &settings)?;
    println!("verify: {} entries in {} µs", verify.entries, verify.micros);
    let customers = asked.customers;
    Ok(Results {
        database,
        customers,
        bare,
        import,
        measured,
        verify,
        start_micros,
        idle_kib,
        peak_kib,
    })
}

/// The customer file on one database.
fn file(asked: &Asked, cluster: Option<&Cluster>) -> Result<Base> {
    let (database, folder) = begin(asked, cluster, "customers of a demo")?;
    let release = workspace::target()?.join("release");
    let settings = Settings { data: folder.0.join("data"), url: cluster.map(|c| c.url.clone()) };
    let recipe = prepared(asked, &settings, &folder.0, &["demo"])?;
    for part in ["load", "duplicates", "batch", "handover", "daily"] {
        println!("{part}: {}", recipe.get(part).cloned().unwrap_or_default());
    }
    let server = Server::start(&release, &settings)?;
    server.wait_for_rest()?;
    let with = (server.usage(cluster), asked.span());
    let measured = base::pages(server.address, &recipe, with)?;
    let peak_kib = process::memory_kib(server.child.id(), "VmHWM")?;
    server.stop()?;
    Ok(Base { database, customers: asked.customers, recipe, measured, peak_kib })
}

/// A folder for one run, and the name of its database.
fn begin(asked: &Asked, cluster: Option<&Cluster>, what: &str) -> Result<(&'static str, Folder)> {
    let database = if cluster.is_some() { "PostgreSQL" } else { "SQLite" };
    println!("\n{database}, {} {what}", asked.customers);
    let folder = Folder(workspace::target()?.join(format!("bench-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0)?;
    Ok((database, folder))
}

/// Fills the database and answers what to measure.
fn prepared(asked: &Asked, settings: &Settings, folder: &Path, args: &[&str]) -> Result<Json> {
    let release = workspace::target()?.join("release");
    let mut prepare = Command::new(release.join("examples/bench_prepare"));
    prepare.args(args).arg(asked.customers.to_string()).arg(folder).stderr(Stdio::inherit());
    settings.give(&mut prepare);
    let output = prepare.output()?;
    if !output.status.success() {
        return Err("the preparation failed (see above)".into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// How the programs find data and database.
struct Settings {
    data: PathBuf,
    url: Option<String>,
}

impl Settings {
    fn give(&self, command: &mut Command) {
        command.env("JINYAO_DATA", &self.data).env_remove("DATABASE_URL");
        command.env("JINYAO_REQUESTS_PER_SECOND", "0").env("JINYAO_LOG", "warn");
        command.env("JINYAO_CONNECTIONS", "16");
        if let Some(url) = &self.url {
            command.env("JINYAO_DATABASE_URL", url);
        }
    }
}

fn bare(
    release: &Path,
    folder: &Path,
    asked: &Asked,
    cluster: Option<&Cluster>,
) -> Result<(u64, u64)> {
    let mut command = Command::new(release.join("examples/bare_insert"));
    match cluster {
        None => command.arg("sqlite").arg(folder.join("bare.db")),
        Some(cluster) => command.arg(&cluster.url),
    };
    let text = program::read(command.arg(asked.span().as_secs().to_string()))?;
    let (rows, micros) = text.trim().split_once(' ').ok_or("bare_insert said nothing")?;
    Ok((rows.parse()?, micros.parse()?))
}

/// How long background work may take before requests are measured.
const REST_MOST: Duration = Duration::from_secs(3_600);

/// Whether the program's numbers say that nothing waits or runs in its queues. They say nothing
/// about that until it has looked for the first time.
fn at_rest(metrics: &[u8]) -> bool {
    let metrics = String::from_utf8_lossy(metrics);
    ["ready", "running", "events"].iter().all(|queue| {
        let wanted = format!("queue_depth{{queue=\"{queue}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&wanted)) == Some("0")
    })
}

/// The served product; killed when dropped without a stop.
struct Server {
    child: Child,
    address: SocketAddr,
    ready_micros: u64,
}

impl Server {
    fn start(release: &Path, settings: &Settings) -> Result<Server> {
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let mut command = Command::new(release.join("jinyao"));
        settings.give(&mut command);
        command.args(["serve", "--plain-http", "--listen", &address.to_string()]);
        let started = Instant::now();
        let child = command.stdout(Stdio::null()).spawn()?;
        let mut server = Server { child, address, ready_micros: 0 };
        while !server.is_ready() {
            if started.elapsed() > Duration::from_secs(60) || server.child.try_wait()?.is_some() {
                return Err("the server did not start (see above)".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        server.ready_micros = u64::try_from(started.elapsed().as_micros())?;
        Ok(server)
    }

    fn usage(&self, cluster: Option<&Cluster>) -> Usage {
        let database = cluster.map(|cluster| cluster.postmaster);
        Usage { server: self.child.id(), database }
    }

    /// Waits until no job and no event waits or runs, so that requests are measured alone.
    fn wait_for_rest(&self) -> Result<()> {
        let started = Instant::now();
        let mut connection = http::Connection::open(self.address)?;
        while !at_rest(&connection.send("GET", "/metrics", "", b"")?.ok()?) {
            if started.elapsed() > REST_MOST {
                return Err("jobs or events still wait after an hour".into());
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        println!("at rest after {} s", started.elapsed().as_secs());
        Ok(())
    }

    fn is_ready(&self) -> bool {
        let answer = http::Connection::open(self.address)
            .and_then(|mut connection| connection.send("GET", "/ready", "", b""));
        answer.is_ok_and(|answer| answer.status == 200)
    }

    fn stop(mut self) -> Result<()> {
        program::show(Command::new("kill").arg(self.child.id().to_string()))?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended after a stop.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn verify(release: &Path, settings: &Settings) -> Result<Verified> {
    let mut command = Command::new(release.join("jinyao"));
    settings.give(&mut command);
    let before = process::ticks_of_children()?;
    let started = Instant::now();
    let text = program::read(command.args(["audit", "verify"]))?;
    let micros = u64::try_from(started.elapsed().as_micros())?;
    let ticks = process::ticks_of_children()? - before;
    let entries = text.lines().last().and_then(|line| line.split(' ').next());
    let entries = entries.unwrap_or("0").parse()?;
    Ok(Verified { entries, micros, cpu_micros: ticks * 1_000_000 / process::TICKS })
}

#[cfg(test)]
mod tests {
    use super::at_rest;

    #[test]
    fn rest_is_when_every_queue_is_known_to_be_empty() {
        let told = |running: u8| {
            let lines = [("events", 0), ("ready", 0), ("running", running), ("dead", 3)];
            let line = |(queue, depth)| format!("queue_depth{{queue=\"{queue}\"}} {depth}\n");
            lines.map(line).concat().into_bytes()
        };
        assert!(at_rest(&told(0)));
        assert!(!at_rest(&told(1)));
        assert!(!at_rest(b"queue_depth{queue=\"events\"} 0\n"), "not looked at yet");
    }
}
