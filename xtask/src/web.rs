//! The web app: its packages, checks, build and browser journeys.
//!
//! Node.js 20 or later does the work; without it `run` serves the API alone and `test` says what is
//! missing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::{Result, debian, program, workspace};

/// The oldest Node.js the app is built with.
const NODE: u32 = 20;

/// What a build depends on, below `web/`.
const SOURCES: [&str; 6] =
    ["src", "public", "vite", "index.html", "vite.config.ts", "package-lock.json"];

/// The browser that Debian ships.
const CHROMIUM: &str = "/usr/bin/chromium";

/// The app's folder.
fn folder() -> PathBuf {
    workspace::root().join("web")
}

/// Builds the app if it is older than its sources, so that the binary embeds the present one.
pub fn build_if_stale() -> Result<()> {
    if let Err(missing) = node() {
        println!("web: left out ({missing}); the server answers its API only");
        return Ok(());
    }
    let dist = newest(&folder().join("dist/index.html"));
    let sources = SOURCES.iter().filter_map(|path| newest(&folder().join(path))).max();
    if dist.is_some() && dist >= sources {
        return Ok(());
    }
    println!("web: building");
    packages()?;
    npm(&["run", "--silent", "build"])
}

/// Types, lints, unit tests and the build with its budgets.
pub fn check() -> Result<()> {
    node()?;
    packages()?;
    for step in ["types", "lint", "test", "build"] {
        println!("web: {step}");
        npm(&["run", "--silent", step])?;
    }
    Ok(())
}

/// Journeys through a running product in a browser, on a desktop and a phone.
pub fn journeys() -> Result<()> {
    node()?;
    browser()?;
    let mut build = workspace::cargo();
    program::show(build.args(["build", "--quiet", "--package", "server", "--bin", "jinyao"]))?;
    let mut command = Command::new("npm");
    command.args(["run", "--silent", "e2e"]).current_dir(folder());
    command.env("JINYAO_BIN", workspace::target()?.join("debug/jinyao"));
    program::show(command.env("CHROMIUM", CHROMIUM))
}

/// What `web/bench/measure.mjs` says of the product at `base`, each page measured `runs` times: JSON.
pub fn measure(base: &str, runs: u32) -> Result<String> {
    node()?;
    browser()?;
    packages()?;
    let bench = folder().join("bench");
    install(&bench)?;
    let mut command = Command::new("node");
    command.args(["measure.mjs", base, &runs.to_string()]).current_dir(bench);
    program::read(command.env("CHROMIUM", CHROMIUM))
}

/// Debian's browser, with letters for Chinese.
fn browser() -> Result<()> {
    if !Path::new(CHROMIUM).exists() {
        debian::install("chromium")?;
        debian::install("fonts-noto-cjk")?;
    }
    Ok(())
}

/// Installs what the app's lock file names.
fn packages() -> Result<()> {
    install(&folder())
}

/// Installs what a folder's lock file names, if it is not what is there already.
fn install(folder: &Path) -> Result<()> {
    let lock = newest(&folder.join("package-lock.json"));
    let installed = newest(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= lock {
        return Ok(());
    }
    println!("web: npm ci");
    let mut command = Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    program::show(command.current_dir(folder))
}

fn npm(args: &[&str]) -> Result<()> {
    program::show(Command::new("npm").args(args).current_dir(folder()))
}

fn node() -> Result<()> {
    let said = program::read(Command::new("node").arg("--version"));
    let version = said.map_err(|_| format!("install Node.js {NODE} or later"))?;
    match major(&version) {
        Some(major) if major >= NODE => Ok(()),
        _ => Err(format!("Node.js {} is too old, {NODE} is needed", version.trim()).into()),
    }
}

/// `20` of `v20.19.0`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// When the file, or the newest file of the folder, was written.
fn newest(path: &Path) -> Option<SystemTime> {
    let data = std::fs::metadata(path).ok()?;
    if data.is_file() {
        return data.modified().ok();
    }
    let entries = std::fs::read_dir(path).ok()?;
    entries.filter_map(|entry| newest(&entry.ok()?.path())).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_node_is_read() {
        assert_eq!(major("v20.19.0\n"), Some(20));
        assert_eq!(major("20.19.0"), None);
    }

    #[test]
    fn the_newest_file_of_a_folder_counts() {
        let own = Path::new(file!())
            .file_name()
            .map(|name| workspace::root().join("xtask/src").join(name));
        let file = own.as_deref().and_then(newest);
        assert!(file.is_some());
        assert!(newest(&workspace::root().join("xtask/src")) >= file);
        assert_eq!(newest(Path::new("/no such file")), None);
    }
}
