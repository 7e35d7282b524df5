//! `jinyao serve`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use engine::Engine;
use engine::demo::DemoPlan;
use serde_json::Value as Json;
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::say;
use crate::app::App;
use crate::config::Config;
use crate::start::{self, Trouble};

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to serve on; wins over file and environment.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Accept plain HTTP: cookies without `Secure`.
    #[arg(long)]
    plain_http: bool,
    /// Load demo data when the database is empty; implies `--plain-http` on this machine's own
    /// address.
    #[arg(long)]
    demo_if_empty: bool,
    /// Command that judges uploaded files; wins over file and environment.
    #[arg(long)]
    scan_command: Option<String>,
}

/// Customers of a demo unless told otherwise.
const CUSTOMERS: u64 = 1_000;

/// Connections that wait to be accepted.
const WAITING: u32 = 1_024;

/// How many demo records to make.
#[derive(Debug, Args)]
pub struct Demo {
    /// Customers; everything else follows from their number.
    #[arg(long, default_value_t = CUSTOMERS)]
    customers: u64,
    /// Another value for a setting of the plan, such as `transactions_per_account=9`; may be given
    /// several times.
    #[arg(long = "set", value_name = "NAME=NUMBER")]
    set: Vec<String>,
    /// Take the demo's business records out instead, with all that hangs on them. Org units and users
    /// stay.
    #[arg(long, conflicts_with_all = ["customers", "set"])]
    remove: bool,
}

/// Fills an empty database with demo data, or takes it out again.
pub async fn demo(demo: Demo, config: &Config) -> Result<ExitCode, Trouble> {
    let engine = start::open(config).await?;
    if demo.remove {
        return take_out(&engine).await;
    }
    start::install_first(&engine).await?;
    let mut plan = start::demo_plan()?;
    for setting in &demo.set {
        let wrong = || Trouble(format!("`{setting}` is no NAME=NUMBER"));
        let (name, value) = setting.split_once('=').ok_or_else(wrong)?;
        let value = value.parse().map_err(|_| wrong())?;
        plan.set(name, value).map_err(|error| Trouble::at("demo plan", &error))?;
    }
    fill(&engine, &plan, demo.customers).await?;
    engine.seal_audit().await?;
    engine.store().db().close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn take_out(engine: &Arc<Engine>) -> Result<ExitCode, Trouble> {
    let platform = engine.system(None, "command line");
    let job = engine.start_remove_samples(&platform).await?;
    let done = super::job::carried_out(engine, job).await?;
    let code = if done.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let result = done.and_then(|job| job.result).unwrap_or_default();
    let result: Json = serde_json::from_slice(&result).unwrap_or_default();
    for (what, told) in [("records", "Taken out:"), ("kept", "Kept, as other records need them:")] {
        let counts = result.get(what).and_then(Json::as_object);
        let Some(counts) = counts.filter(|counts| !counts.is_empty()) else { continue };
        say(told);
        for (object, count) in counts {
            say(&format!("  {object:<28} {count}"));
        }
    }
    engine.seal_audit().await?;
    engine.store().db().close().await?;
    Ok(code)
}

async fn fill(engine: &Arc<Engine>, plan: &DemoPlan, customers: u64) -> Result<(), Trouble> {
    say(&format!("Making demo data for {customers} customers …"));
    let mut shown = 0;
    let logins = start::demo(engine, plan, customers, |total, object| {
        if total >= shown + 100_000 {
            shown = total;
            say(&format!("  {total} records, now {object}"));
        }
    });
    let logins = logins.await?;
    if logins.is_empty() {
        say("Its users are there already, with the passwords they had.");
        return Ok(());
    }
    say(&format!("Demo logins, all with the password {}:", start::DEMO_PASSWORD));
    let mut roles: Vec<&str> = Vec::new();
    for login in &logins {
        if !roles.contains(&login.role.as_str()) {
            roles.push(&login.role);
            say(&format!("  {:<16} {} {}", login.login, login.role, login.name));
        }
    }
    Ok(())
}

/// The line with which a new user tries the API.
fn try_it(address: SocketAddr) {
    say("Try:");
    say(&format!(
        "  curl -sc /tmp/jinyao.cookies http://{address}{}/session --json \\\n    \
         '{{\"login\":\"rm001\",\"password\":\"{}\"}}'",
        crate::http::BASE,
        start::DEMO_PASSWORD
    ));
    say(&format!(
        "  curl -sb /tmp/jinyao.cookies http://{address}{}/search?q=zs",
        crate::http::BASE
    ));
}

/// Serves until a signal.
pub async fn serve(serve: Serve, mut config: Config) -> Result<ExitCode, Trouble> {
    log(&config);
    crate::metrics::install();
    config.listen = serve.listen.unwrap_or(config.listen);
    config.scan_command = serve.scan_command.or(config.scan_command);
    let trial = serve.demo_if_empty && config.listen.ip().is_loopback();
    config.plain_http |= serve.plain_http || trial;
    // The address is taken before anything is made: one-time passwords that nobody reads are lost.
    let socket = take(config.listen)?;
    let engine = start::open(&config).await?;
    start::install_first(&engine).await?;
    let fresh = serve.demo_if_empty && start::is_empty(&engine).await?;
    if fresh {
        fill(&engine, &start::demo_plan()?, CUSTOMERS).await?;
    }
    let logins = start::first_administrators(&engine).await?;
    let listener = socket.listen(WAITING).map_err(|error| unavailable(config.listen, &error))?;
    let address = listener.local_addr().map_err(|error| Trouble::at("address", &error))?;
    if !logins.is_empty() {
        say("Administrators were made; each password works once:");
        for login in &logins {
            say(&format!("  {:<16} {}   {}", login.login, login.password, login.role));
        }
    }
    say(&format!("Jinyao serves on http://{address}{}", crate::http::BASE));
    if fresh {
        try_it(address);
    }
    let stop = CancellationToken::new();
    let signal = stop.clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping");
        signal.cancel();
    });
    let app = App::new(engine, config).map_err(Trouble)?;
    crate::serve::serve(app, listener, stop).await;
    Ok(ExitCode::SUCCESS)
}

/// Takes an address without answering on it yet.
fn take(address: SocketAddr) -> Result<TcpSocket, Trouble> {
    let taken = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    };
    taken().map_err(|error: std::io::Error| unavailable(address, &error))
}

fn unavailable(address: SocketAddr, error: &std::io::Error) -> Trouble {
    let hint = match error.kind() {
        std::io::ErrorKind::AddrInUse => "; another program, or another jinyao, listens there",
        _ => "",
    };
    Trouble(format!("cannot serve on {address}: {error}{hint} (`listen` sets the address)"))
}

fn log(config: &Config) {
    // PostgreSQL's notices tell nothing of use, unless they are asked for.
    let directives = format!("tokio_postgres=warn,{}", config.log);
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second call, in tests, finds the first one's in force; that is fine.
    let _set = if config.log_json { builder.json().try_init() } else { builder.try_init() };
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = signal(SignalKind::terminate());
    let Ok(mut terminate) = terminate else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
