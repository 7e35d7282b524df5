//! Throws made-up requests at a running server: no input may give a 5xx.
//!
//! Runs schemathesis, in a Python environment under the build folder, over the OpenAPI document the
//! server makes of its published definitions. The server runs on a folder of its own that is
//! removed afterwards. Seeded, so that a failure comes again.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::{Result, debian, program, workspace};

/// The version that was tried; the next one is a change like any other.
const SCHEMATHESIS: &str = "4.32.5";

/// Where the server describes itself.
const DESCRIPTION: &str = "/api/v1/openapi.json";

/// Probes the server. `None` when its binary does not serve.
pub fn run() -> Result<Option<()>> {
    let mut build = workspace::cargo();
    program::show(build.args(["build", "--quiet", "--package", "server", "--bin", "jinyao"]))?;
    let target = workspace::target()?;
    let binary = target.join("debug/jinyao");
    let help = program::read(Command::new(&binary).args(["serve", "--help"]))?;
    if !help.contains("--demo-if-empty") {
        return Ok(None);
    }
    let tool = schemathesis(&target)?;
    let server = Server::start(&binary, &target)?;
    let mut probe = Command::new(tool);
    probe.arg("run").arg(format!("http://{}{DESCRIPTION}", server.address));
    probe.args(["--wait-for-schema", "60", "--request-timeout", "30"]);
    probe.args(["--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing"]);
    probe.args(["--max-examples", "30", "--seed", "1", "--workers", "2", "--warnings", "off"]);
    program::show(probe.current_dir(&server.folder)).inspect_err(|_| server.show_log())?;
    Ok(Some(()))
}

/// The tool's program; installs it when it is not there yet.
fn schemathesis(target: &Path) -> Result<PathBuf> {
    let folder = target.join(format!("schemathesis-{SCHEMATHESIS}"));
    let done = folder.join("installed");
    if !done.exists() {
        println!("installing schemathesis {SCHEMATHESIS} into {}", folder.display());
        environment(&folder)?;
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check"]);
        program::show(pip.arg(format!("schemathesis=={SCHEMATHESIS}")))?;
        fs::write(&done, "")?;
    }
    Ok(folder.join("bin/schemathesis"))
}

/// Makes a Python environment. Debian ships what that takes as a package of its own.
fn environment(folder: &Path) -> Result<()> {
    let make = || program::read(Command::new("python3").args(["-m", "venv"]).arg(folder));
    if make().is_ok() {
        return Ok(());
    }
    debian::install("python3-venv")?;
    make().map(drop)
}

/// A server on a fresh folder; killed, and the folder removed, when dropped.
struct Server {
    child: Child,
    address: String,
    folder: PathBuf,
}

impl Server {
    fn start(binary: &Path, target: &Path) -> Result<Server> {
        let folder = target.join("probe");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let mut serve = Command::new(binary);
        serve.args(["serve", "--demo-if-empty", "--data"]).arg(folder.join("data"));
        serve.env("JINYAO_LISTEN", &address).env("JINYAO_REQUESTS_PER_SECOND", "0");
        serve.env_remove("DATABASE_URL").current_dir(&folder);
        let log = fs::File::create(folder.join("log"))?;
        let child = serve.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        Ok(Server { child, address, folder })
    }

    /// Prints the end of what the server said.
    fn show_log(&self) {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(40)) {
            println!("server: {line}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended.and_then(|_| fs::remove_dir_all(&self.folder)) {
            eprintln!("xtask: cleaning up after the probe: {error}");
        }
    }
}
