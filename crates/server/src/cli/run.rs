//! `jinyao serve`.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use tokio::net::TcpListener;
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
}

/// Serves until a signal.
pub async fn serve(serve: Serve, mut config: Config) -> Result<ExitCode, Trouble> {
    log(&config);
    crate::metrics::install();
    config.listen = serve.listen.unwrap_or(config.listen);
    config.plain_http |= serve.plain_http;
    let engine = start::open(&config).await?;
    start::install_first(&engine).await?;
    let logins = start::first_administrators(&engine).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| Trouble::at(config.listen, &error))?;
    let address = listener.local_addr().map_err(|error| Trouble::at("address", &error))?;
    if !logins.is_empty() {
        say("Administrators were made; each password works once:");
        for login in &logins {
            say(&format!("  {:<16} {}   {}", login.login, login.password, login.role));
        }
    }
    say(&format!("Jinyao serves on http://{address}{}", crate::http::BASE));
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

fn log(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
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
