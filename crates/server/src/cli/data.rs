//! `jinyao backup`, `restore` and `keys`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use kernel::{Clock, SystemClock};
use store::backup::{self, Source};

use super::say;
use crate::config::Config;
use crate::start::{self, Trouble};

/// What to do with the key ring.
#[derive(Debug, Subcommand)]
pub enum KeyRing {
    /// Add a master key that seals from now on, and queue the job that seals again what older ones
    /// did.
    Rotate,
    /// How many values each master key still seals; reads everything sealed.
    Status,
}

/// Copies database and files.
pub async fn backup(config: &Config, to: PathBuf) -> Result<ExitCode, Trouble> {
    let (url, files) = (config.database_url.clone(), config.data.join("files"));
    let made = beside(move || backup::backup(Source::of(&url), &files, &to, SystemClock.now()));
    let manifest = made.await?;
    say(&format!("{} files; {}", manifest.parts.len(), manifest.note));
    Ok(ExitCode::SUCCESS)
}

/// Brings database and files back.
pub async fn restore(config: &Config, from: PathBuf) -> Result<ExitCode, Trouble> {
    let (url, files) = (config.database_url.clone(), config.data.join("files"));
    if let Some(parent) = files.parent() {
        std::fs::create_dir_all(parent).map_err(|error| Trouble::at(parent.display(), &error))?;
    }
    let manifest = beside(move || backup::restore(&from, Source::of(&url), &files)).await?;
    say(&format!("restored what was backed up at {}", manifest.made_at));
    say("put the key ring back, then run `jinyao audit verify`");
    Ok(ExitCode::SUCCESS)
}

async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, store::Error> + Send + 'static,
) -> Result<T, Trouble> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| Trouble::at("the work was broken off", &error))??)
}

/// Looks after the key ring.
pub async fn keys(keys: KeyRing, config: &Config) -> Result<ExitCode, Trouble> {
    if !config.key_file.exists() {
        return Err(Trouble(format!("there is no key ring at {}", config.key_file.display())));
    }
    let engine = start::open(config).await?;
    match keys {
        KeyRing::Rotate => {
            let platform = engine.system(None, "keys rotate");
            let (version, job) = engine.rotate_keys(&platform).await?;
            if let Some(keys) = engine.store().keys() {
                // From now on an older copy of the ring is refused at the start.
                keys.bind(engine.store().db()).await?;
            }
            engine.seal_audit().await?;
            say(&format!("master key {version} seals from now on; keep a copy of the ring"));
            say(&format!("job {job} seals again what older keys did, while a server runs"));
        }
        KeyRing::Status => {
            let usage = engine.key_usage().await?;
            for (version, count) in &usage.values {
                let mark = if *version == usage.current { "  seals at present" } else { "" };
                say(&format!("key {version:>3} {count:>12} values{mark}"));
            }
            say("files are not counted: each stays under the key that sealed it");
        }
    }
    engine.store().db().close().await?;
    Ok(ExitCode::SUCCESS)
}
