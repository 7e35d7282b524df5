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

/// About half of the paths: the others are probed by a process beside it.
const HALF: &str = "^/records/[a-h]";

/// No 5xx, and every answer as the document says.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";

/// The demo user whose rights the probe has, as a key that may do anything with records.
const LOGIN: &str = "rm001";
const SCOPE: &str = "*:read,create,update,delete,reveal,reassign,share";

/// Seconds the server has to load its demo data.
const READY: u32 = 180;

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
    let key = server.key(&binary)?;
    let probe = |choose: &str, name: &str| -> Result<Command> {
        let mut probe = Command::new(&tool);
        probe.arg("run").arg(format!("http://{}{DESCRIPTION}", server.address));
        probe.args(["--wait-for-schema", "60", "--request-timeout", "30"]);
        probe.arg("-H").arg(format!("Authorization: Bearer {key}"));
        probe.args(["--checks", CHECKS, "--phases", "coverage,fuzzing"]);
        // One worker: CPython 3.11 loses count of its parser's depth when several threads use it.
        probe.args(["--max-examples", "10", "--seed", "1", "--workers", "1", "--warnings", "off"]);
        let folder = server.folder.join(name);
        fs::create_dir_all(&folder)?;
        probe.args([choose, HALF]).current_dir(folder);
        Ok(probe)
    };
    let mut beside = probe("--exclude-path-regex", "b")?;
    let beside = beside.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let first = program::show(&mut probe("--include-path-regex", "a")?);
    let second = beside.wait_with_output()?;
    println!("{}{}", said(&second.stdout), said(&second.stderr));
    let both = first.and(match second.status.success() {
        true => Ok(()),
        false => Err(format!("the second half failed: {}", second.status).into()),
    });
    both.inspect_err(|_| server.show_log())?;
    Ok(Some(()))
}

fn said(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
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

    /// Waits until the server is ready and makes an API key beside it.
    fn key(&self, binary: &Path) -> Result<String> {
        let mut tries = 0;
        while std::net::TcpStream::connect(&self.address).is_err() {
            tries += 1;
            if tries > READY * 5 {
                return Err("the server did not start to listen".into());
            }
            #[allow(clippy::disallowed_methods)] // another process gives no event to wait for
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        let mut make = Command::new(binary);
        make.args(["user", "key", LOGIN, "--label", "probe", "--scope", SCOPE, "--data"]);
        make.arg(self.folder.join("data")).env_remove("DATABASE_URL").current_dir(&self.folder);
        Ok(program::read(&mut make)?.trim().to_owned())
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
