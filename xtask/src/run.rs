//! `cargo xtask run`: from a fresh clone to a serving product.
//!
//! Builds the development profile: dependencies are optimized there too, and a first start takes
//! a fraction of a release build's time. Measure with `--release`, which is passed on.

use crate::{Result, program, web, workspace};

/// Builds and serves. `--release` builds the optimized binary; other arguments go to
/// `jinyao serve`. `DATABASE_URL` reaches the server as it is.
pub fn run(args: &[String]) -> Result<()> {
    let release = args.iter().any(|arg| arg == "--release");
    let rest = args.iter().filter(|arg| *arg != "--release");
    web::build_if_stale()?;
    let mut build = workspace::cargo();
    build.args(["build", "--package", "server", "--bin", "jinyao"]);
    if release {
        build.arg("--release");
    }
    program::show(&mut build)?;

    let profile = if release { "release" } else { "debug" };
    let binary = workspace::target()?.join(profile).join("jinyao");
    let mut serve = std::process::Command::new(binary);
    serve.current_dir(workspace::root());
    serve.args(["serve", "--data", "./data", "--demo-if-empty"]).args(rest);
    program::show(&mut serve)
}
