//! An installation on a folder and a database of its own, and the server process on it.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use engine::access::{NewApiKey, Scope};
use engine::{Change, Engine};
use schema::Name;
use serde_json::{Value as Json, json};
use server::auth::token;
use server::{Config, start};
use store::db::{Db, Options};
use uuid::Uuid;

use crate::wire::{Ask, Wire};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Seconds a server may take until it answers.
const READY: u64 = 60;

/// The program under test.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jinyao"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("JINYAO_")) {
        command.env_remove(name);
    }
    command.env_remove("DATABASE_URL").stdin(Stdio::null());
    command
}

/// Runs `test` with a name of its own.
pub fn alone<F: Future<Output = ()>>(test: impl FnOnce(String) -> F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("jy_faults_{}_{number}", std::process::id());
    runtime.block_on(test(name));
}

/// The PostgreSQL server to test on, if there is one.
pub fn postgres() -> Option<String> {
    let found = std::env::var("JINYAO_TEST_PG").ok();
    if found.is_none() {
        println!("left out: JINYAO_TEST_PG is not set");
    }
    found
}

fn at(server: &str, database: &str) -> String {
    let (head, query) = server.split_once('?').map_or((server, ""), |(head, query)| (head, query));
    let start = head.find("://").unwrap() + 3;
    let head = head[start..].find('/').map_or(head, |slash| &head[..start + slash]);
    if query.is_empty() {
        format!("{head}/{database}")
    } else {
        format!("{head}/{database}?{query}")
    }
}

/// A folder and a database, removed at the end of a test that held.
#[derive(Clone)]
pub struct Place {
    pub folder: PathBuf,
    pub url: String,
    admin: Option<(Db, String)>,
}

impl Place {
    /// An empty one.
    pub async fn new(name: &str, server: Option<&str>) -> Place {
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let (url, admin) = match server {
            None => (format!("sqlite:{}", folder.join("data/jinyao.db").display()), None),
            Some(server) => {
                let admin = Db::open(server, &Options::default()).await.unwrap();
                admin.maintain(&format!("CREATE DATABASE {name}")).await.unwrap();
                (at(server, name), Some((admin, name.to_owned())))
            }
        };
        Place { folder, url, admin }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn config(&self) -> Config {
        let text = format!("data = {:?}\n", self.data().display().to_string());
        let mut config = Config::read("test", &text, |_| None).unwrap();
        config.database_url.clone_from(&self.url);
        config
    }

    /// A command of the program on this place.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program();
        command.arg("--data").arg(self.data()).args(args);
        command.current_dir(&self.folder).env("DATABASE_URL", &self.url);
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// `jinyao audit verify`, which must find nothing wrong.
    pub fn verify(&self) {
        let output = self.run(&["audit", "verify"]);
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "the audit log does not hold: {told}");
        assert!(told.contains(", 0 problems"), "{told}");
    }

    /// Turns a setting on or off, for tests about durability; PostgreSQL only.
    pub async fn durable(&self, on: bool) {
        let Some((admin, _)) = &self.admin else { return };
        let change = if on { "ALTER SYSTEM SET fsync = on" } else { "ALTER SYSTEM RESET fsync" };
        admin.maintain(change).await.unwrap();
        admin.maintain("DO $$ BEGIN PERFORM pg_reload_conf(); END $$").await.unwrap();
    }

    pub async fn remove(self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
        if let Some((admin, name)) = self.admin {
            admin.maintain(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
    }
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The people of an installation: their API keys.
pub struct People {
    pub manager: String,
    pub operator: String,
}

/// Publishes the product's packs and makes people.
pub async fn install(place: &Place) -> People {
    let engine = start::open(&place.config()).await.unwrap();
    start::install_first(&engine).await.unwrap();
    let unit = make(&engine, "org_unit", json!({ "code": "B1", "name": "一支行" })).await;
    let mut keys = Vec::new();
    for role in ["relationship_manager", "operations"] {
        let values = json!({ "login": role, "name": role, "active": true, "org_unit": unit });
        let user = make(&engine, "user", values).await;
        make(&engine, "assignment", json!({ "user": user, "role": role, "unit": unit })).await;
        let made = token::api_key().unwrap();
        let new = NewApiKey {
            user,
            label: "test".into(),
            scopes: vec![Scope::parse("*:read,create,update,import").unwrap()],
            networks: Vec::new(),
            expires_at: None,
            prefix: made.prefix,
            hash: made.hash,
        };
        engine.create_api_key(&engine.system(None, "test"), new).await.unwrap();
        keys.push(made.secret);
    }
    engine.store().db().close().await.unwrap();
    let [manager, operator] = keys.try_into().unwrap();
    People { manager, operator }
}

async fn make(engine: &Engine, object: &str, values: Json) -> Uuid {
    let Json::Object(values) = values else { panic!("values") };
    let change = Change::Create { object: Name::new(object).unwrap(), id: None, values };
    engine.submit(&engine.system(None, "test"), change.into()).await.unwrap().id
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    log: PathBuf,
}

/// A port nobody listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts the server and waits until it is ready.
    pub async fn start(place: &Place, port: u16) -> Server {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let log = place.folder.join("log");
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = place.command(&["serve"]);
        command.env("JINYAO_LISTEN", address.to_string()).env("JINYAO_REQUESTS_PER_SECOND", "0");
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let mut server = Server { child, address, log };
        let begun = tokio::time::Instant::now();
        while !server.is_ready().await {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended with {ended:?}: {}", server.tail());
            assert!(begun.elapsed().as_secs() < READY, "not ready: {}", server.tail());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    async fn is_ready(&self) -> bool {
        let Some(mut wire) = Wire::open(self.address, "").await else { return false };
        wire.ask(&Ask::get("/ready")).await.is_some_and(|reply| reply.status == 200)
    }

    /// The end of what the server logged.
    pub fn tail(&self) -> String {
        tail(&self.log)
    }

    /// SIGKILL; nothing of the server is left when it returns.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let signal = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(signal.success());
    }

    /// Waits for the end of the server.
    pub async fn ended(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < limit {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }
}

fn tail(log: &Path) -> String {
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
