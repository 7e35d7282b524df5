//! A private PostgreSQL for tests and benchmarks: started, guarded and always stopped.
//!
//! A guard process of its own process group holds the cluster and waits for its standard input to
//! end. That happens when the tests are over, when they fail, on Ctrl-C and when the parent is
//! killed, so nothing is left running. Listens on loopback only, on a free port, behind a random
//! password; uses no cluster of the machine and refuses to serve as root.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::{Result, debian, program, workspace};

/// The hidden command by which this program starts itself as the guard.
pub const GUARD: &str = "postgres-guard";

/// What the guard's line with the server's process id starts with.
const POSTMASTER: &str = "postmaster ";

/// In the cluster's folder: the authority that vouches for the server, the server's certificate and
/// its key.
const AUTHORITY: &str = "authority.pem";
const CERTIFICATE: &str = "server.pem";
const KEY: &str = "server.key";

/// What a cluster is for, as the guard is told.
const TESTS: &str = "tests";
const MEASURED: &str = "measured";

/// The longest path of a socket, its file's name included.
const SOCKET_PATH: usize = 100;

/// Oldest supported server.
const OLDEST: u32 = 15;

/// A running cluster; stopped and removed when dropped.
pub struct Cluster {
    /// `postgres://…` for a superuser of the cluster.
    pub url: String,
    /// PEM file of the authority that vouches for a cluster for tests, which is reached with TLS too.
    pub authority: PathBuf,
    /// Process that all others of the cluster come from.
    pub postmaster: u32,
    guard: Child,
    lifeline: Option<ChildStdin>,
}

impl Cluster {
    /// Starts a cluster for tests; installs PostgreSQL first where that is possible.
    pub fn start() -> Result<Cluster> {
        Cluster::start_as(TESTS)
    }

    /// Starts a cluster for measurements: commits are on the disk when they return, settings are
    /// those of a server with some memory of its own, and it is reached by a socket of the machine.
    pub fn start_durable() -> Result<Cluster> {
        Cluster::start_as(MEASURED)
    }

    fn start_as(purpose: &str) -> Result<Cluster> {
        let mut guard = Command::new(std::env::current_exe()?)
            .args([GUARD, purpose])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let lifeline = guard.stdin.take();
        let (mut url, mut postmaster, mut authority) = (None, 0, PathBuf::new());
        if let Some(stdout) = guard.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line?;
                if line.starts_with("postgres://") {
                    url = Some(line);
                    break;
                }
                if let Some(pid) = line.strip_prefix(POSTMASTER) {
                    postmaster = pid.parse()?;
                    continue;
                }
                if line.ends_with(AUTHORITY) {
                    authority = line.into();
                    continue;
                }
                println!("{line}");
            }
        }
        match url {
            Some(url) => Ok(Cluster { url, authority, postmaster, guard, lifeline }),
            None => {
                guard.wait()?;
                Err("PostgreSQL did not start (see above)".into())
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        if let Err(error) = self.guard.wait() {
            eprintln!("xtask: waiting for PostgreSQL to stop: {error}");
        }
    }
}

/// The guard's own work: start, say where, wait for the parent's end, stop.
pub fn guard(args: &[String]) -> Result<()> {
    let measured = args.first().is_some_and(|purpose| purpose == MEASURED);
    let bin = binaries()?;
    let account = Account::find()?;
    for base in bases()? {
        sweep(&base, &bin, &account);
    }
    let folder = new_folder(&account)?;
    let result = serve(&folder, &bin, &account, measured);
    stop(&folder, &bin, &account);
    fs::remove_dir_all(&folder)?;
    result
}

fn serve(folder: &Path, bin: &Path, account: &Account, measured: bool) -> Result<()> {
    let password = random_hex()?;
    let password_file = folder.join("password");
    fs::write(&password_file, &password)?;
    account.own(&password_file)?;
    let mut initdb = account.run(&bin.join("initdb"), folder);
    initdb.args(["--username=jinyao", "--auth=scram-sha-256", "--encoding=UTF8"]);
    initdb.args(["--locale=C", "--no-sync", "--pgdata"]).arg(folder.join("data"));
    initdb.arg("--pwfile").arg(&password_file);
    program::read(&mut initdb)?;

    if !measured {
        certify(folder, account)?;
    }
    let port = start(folder, bin, account, measured)?;
    let status = fs::read_to_string(folder.join("data/postmaster.pid"))?;
    // The parent may be gone already; `println!` would panic and leave the server running.
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{POSTMASTER}{}", status.lines().next().unwrap_or("0"))?;
    if !measured {
        writeln!(stdout, "{}", folder.join(AUTHORITY).display())?;
    }
    let host = match measured && folder.as_os_str().len() < SOCKET_PATH {
        true => folder.to_string_lossy().replace('/', "%2F"),
        false => "127.0.0.1".to_owned(),
    };
    writeln!(stdout, "postgres://jinyao:{password}@{host}:{port}/postgres")?;
    stdout.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Makes an authority, and a certificate for the server by which it proves its address.
fn certify(folder: &Path, account: &Account) -> Result<()> {
    if Command::new("openssl").arg("version").output().is_err() {
        debian::install("openssl")?;
    }
    let place = |name: &str| folder.join(name);
    let make = |key: &str, certificate: &str, rest: &[&str]| -> Result<()> {
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-noenc", "-days", "2", "-newkey", "ec"]);
        openssl.args(["-pkeyopt", "ec_paramgen_curve:P-256", "-keyout"]).arg(place(key));
        openssl.arg("-out").arg(place(certificate)).args(rest).current_dir(folder);
        program::read(&mut openssl).map(drop)
    };
    make("authority.key", AUTHORITY, &["-subj", "/CN=test authority"])?;
    let by = ["-CA", AUTHORITY, "-CAkey", "authority.key", "-subj", "/CN=127.0.0.1"];
    let of = ["-addext", "basicConstraints=critical,CA:FALSE"];
    let at = ["-addext", "subjectAltName=IP:127.0.0.1"];
    make(KEY, CERTIFICATE, &[&by[..], &of, &at].concat())?;
    fs::set_permissions(place(KEY), fs::Permissions::from_mode(0o600))?;
    [AUTHORITY, CERTIFICATE, KEY].iter().try_for_each(|name| account.own(&place(name)))
}

/// Starts the server on a free port. Another program may take the port between the look and the
/// start, so it tries a few.
fn start(folder: &Path, bin: &Path, account: &Account, measured: bool) -> Result<u16> {
    let log = folder.join("log");
    // fsync is off for tests: none cuts the machine's power, and one about durability turns it on
    // for itself with ALTER SYSTEM.
    let settings = match measured {
        false => format!(
            "-c fsync=off -c shared_buffers=128MB -c unix_socket_directories= -c ssl=on \
             -c ssl_cert_file={} -c ssl_key_file={}",
            folder.join(CERTIFICATE).display(),
            folder.join(KEY).display()
        ),
        true => format!(
            "-c shared_buffers=2GB -c max_wal_size=4GB -c checkpoint_timeout=15min \
             -c unix_socket_directories={}",
            folder.display()
        ),
    };
    let mut last = None;
    for _ in 0..5 {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c max_connections=300 {settings}"
        );
        let mut pg_ctl = account.run(&bin.join("pg_ctl"), folder);
        pg_ctl.args(["start", "--wait", "--silent", "--pgdata"]).arg(folder.join("data"));
        pg_ctl.arg("--log").arg(&log).arg("--options").arg(options);
        // The server inherits these; the parent must see its pipe end when the guard does.
        pg_ctl.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match pg_ctl.status()?.success() {
            true => return Ok(port),
            false => last = fs::read_to_string(&log).ok(),
        }
    }
    Err(format!("PostgreSQL did not start:\n{}", last.unwrap_or_default()).into())
}

fn stop(folder: &Path, bin: &Path, account: &Account) {
    if folder.join("data/postmaster.pid").exists() {
        let mut pg_ctl = account.run(&bin.join("pg_ctl"), folder);
        pg_ctl.args(["stop", "--wait", "--silent", "--mode=immediate", "--pgdata"]);
        pg_ctl.arg(folder.join("data"));
        pg_ctl.stdin(Stdio::null()).stdout(Stdio::null());
        if let Err(error) = program::show(&mut pg_ctl) {
            eprintln!("xtask: stopping PostgreSQL in {}: {error}", folder.display());
        }
    }
}

/// Stops and removes the clusters of guards that are no more.
fn sweep(base: &Path, bin: &Path, account: &Account) {
    let Ok(entries) = fs::read_dir(base) else { return };
    for folder in entries.flatten().map(|entry| entry.path()) {
        let pid = folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
        let dead = pid.is_some_and(|pid| !is_alive(pid));
        if dead {
            stop(&folder, bin, account);
            if let Err(error) = fs::remove_dir_all(&folder) {
                eprintln!("xtask: removing {}: {error}", folder.display());
            }
        }
    }
}

fn is_alive(pid: u32) -> bool {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("kill -0 {pid} 2>/dev/null")]);
    command.status().is_ok_and(|status| status.success())
}

/// Where clusters are kept: under the build folder or, where the server's account cannot enter
/// that, among temporary files (a folder for each person, whom only they may enter).
fn bases() -> Result<[PathBuf; 2]> {
    let me = program::read(Command::new("id").arg("-u"))?;
    let temporary = std::env::temp_dir().join(format!("jinyao-test-pg-{}", me.trim()));
    Ok([workspace::target()?.join("test-pg"), temporary])
}

fn new_folder(account: &Account) -> Result<PathBuf> {
    for base in bases()? {
        let folder = base.join(std::process::id().to_string());
        if fs::create_dir_all(&folder).is_err() {
            continue;
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        account.own(&folder)?;
        let mut test = account.run(Path::new("test"), Path::new("/"));
        let usable = test.arg("-w").arg(&folder).status().is_ok_and(|status| status.success());
        if usable {
            return Ok(folder);
        }
        fs::remove_dir(&folder)?;
    }
    Err("no folder that PostgreSQL's account can write to".into())
}

/// The account the server runs as: the caller's, or another one for root, as PostgreSQL refuses
/// to serve as root.
struct Account {
    switch: Option<Switch>,
}

struct Switch {
    name: &'static str,
    uid: u32,
    gid: u32,
}

impl Account {
    fn find() -> Result<Account> {
        if !debian::is_root()? {
            return Ok(Account { switch: None });
        }
        for name in ["postgres", "nobody"] {
            let id = |flag| -> Option<u32> {
                program::read(Command::new("id").args([flag, name])).ok()?.trim().parse().ok()
            };
            if let (Some(uid), Some(gid)) = (id("-u"), id("-g")) {
                return Ok(Account { switch: Some(Switch { name, uid, gid }) });
            }
        }
        Err("root needs an account `postgres` or `nobody` to run PostgreSQL as".into())
    }

    /// Gives `path` to the account.
    fn own(&self, path: &Path) -> Result<()> {
        if let Some(Switch { uid, gid, .. }) = &self.switch {
            chown(path, Some(*uid), Some(*gid))?;
        }
        Ok(())
    }

    /// `program` as this account, in `folder`.
    fn run(&self, program: &Path, folder: &Path) -> Command {
        let mut command = match &self.switch {
            None => Command::new(program),
            Some(Switch { name, .. }) => {
                let mut command = Command::new("runuser");
                command.args(["-u", name, "--"]).arg(program);
                command
            }
        };
        command.current_dir(folder).env("LC_ALL", "C");
        command
    }
}

/// The folder of the newest server programs; installs them when there are none.
fn binaries() -> Result<PathBuf> {
    if let Some(found) = find_binaries() {
        return Ok(found);
    }
    println!("the tests need PostgreSQL {OLDEST} or later");
    debian::install("postgresql")?;
    find_binaries().ok_or_else(|| format!("the package is older than {OLDEST}").into())
}

/// Debian's places first, then the search path.
fn find_binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| *version >= OLDEST)
        .max()
        .map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .into_iter()
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

fn random_hex() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
