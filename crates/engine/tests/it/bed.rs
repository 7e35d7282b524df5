//! Databases with the packs published, one for each test.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use engine::Engine;
use kernel::{Clock as _, FixedClock, SeededIds};
use schema::pack::{Loaded, PackFiles};
use store::blobs::Blobs;
use store::db::Options;
use store::keys::{Algorithms, Keys};
use store::{Db, Store};

/// Noon of a business day in Shanghai.
pub const NOW: &str = "2026-03-02T04:00:00Z";

static NEXT: AtomicU64 = AtomicU64::new(0);
static PACKS: OnceLock<Loaded> = OnceLock::new();

/// An engine with the packs core and bank in force.
pub struct Bed {
    pub engine: Arc<Engine>,
    pub clock: Arc<FixedClock>,
    url: String,
    folder: PathBuf,
}

impl Bed {
    /// A second engine over the same database, as after a crash: it knows only what was committed.
    pub async fn reopen(&self) -> Bed {
        let db = Db::open(&self.url, &Options::default()).await.unwrap();
        let bed = open(db, &self.url, &self.folder, NEXT.fetch_add(1, Ordering::Relaxed)).await;
        bed.clock.set(self.clock.now());
        bed
    }
}

impl Bed {
    /// A second node on the same database.
    pub async fn twin(&self) -> Engine {
        let db = self.engine.store().db().clone();
        let blobs = Blobs::open(db.clone(), keys(), &scratch()).await.unwrap();
        let store = Arc::new(Store::open(db, keys(), None));
        let ids = Arc::new(SeededIds::new(NEXT.fetch_add(1, Ordering::Relaxed)));
        Engine::open(store, blobs, self.clock.clone(), ids).await.unwrap()
    }
}

/// The shipped packs.
pub fn packs() -> &'static Loaded {
    PACKS.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let mut files = Vec::new();
        for pack in ["core", "bank"] {
            read(&root.join(pack), pack, &mut files);
        }
        let packs = PackFiles::split(files);
        match Loaded::from_files(packs) {
            Ok(loaded) => loaded,
            Err(problems) => {
                panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
            }
        }
    })
}

fn read(folder: &Path, name: &str, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap()).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let inner = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &inner, files);
        } else if inner.ends_with(".toml") {
            files.push((inner, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

fn keys() -> Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys::in_memory(Algorithms::default()).unwrap()).clone()
}

fn scratch() -> PathBuf {
    let at = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("jinyao-engine-{}-{at}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

async fn open(db: Db, url: &str, folder: &Path, seed: u64) -> Bed {
    let clock = Arc::new(FixedClock::new(NOW.parse().unwrap()));
    let blobs = Blobs::open(db.clone(), keys(), &folder.join("blobs")).await.unwrap();
    let store = Arc::new(Store::open(db, keys(), None));
    let ids = Arc::new(SeededIds::new(seed));
    let engine = Engine::open(store, blobs, clock.clone(), ids).await.unwrap();
    Bed { engine: Arc::new(engine), clock, url: url.to_owned(), folder: folder.to_owned() }
}

async fn publish(db: Db, url: &str, folder: &Path) {
    store::migrate::migrate(&db, NOW.parse().unwrap()).await.unwrap();
    let bed = open(db, url, folder, 0).await;
    bed.engine.store().prepare().await.unwrap();
    let platform = bed.engine.system(None, "test");
    let packs = packs().files.clone();
    let proposal = bed.engine.propose_packs(&platform, &packs).await.unwrap().unwrap();
    bed.engine.publish(&platform, proposal, "packs").await.unwrap();
}

/// Runs `test` on a fresh database of each kind.
pub fn each<F: Future<Output = ()>>(test: impl Fn(Bed) -> F) {
    runtime().block_on(async {
        let folder = scratch();
        let file = folder.join("jinyao.db");
        std::fs::copy(sqlite_template().await, &file).unwrap();
        let url = format!("sqlite://{}", file.display());
        let db = Db::open(&url, &Options::default()).await.unwrap();
        test(open(db.clone(), &url, &folder, NEXT.fetch_add(1, Ordering::Relaxed)).await).await;
        db.close().await.unwrap();
        if let Ok(server) = std::env::var("JINYAO_TEST_PG") {
            let template = postgres_template(&server).await;
            let at = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("engine_{}_{at}", std::process::id());
            let admin = Db::open(&server, &Options::default()).await.unwrap();
            admin.maintain(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
            let url = on(&server, &name);
            let db = Db::open(&url, &Options::default()).await.unwrap();
            test(open(db.clone(), &url, &folder, at).await).await;
            db.close().await.unwrap();
            drop(db);
            admin.maintain(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
        std::fs::remove_dir_all(&folder).unwrap();
    });
}

/// Seals the whole audit log. On a server that is also used otherwise, open transactions of others
/// hold the newest entries back for a moment.
pub async fn seal_all(engine: &Engine) {
    for _ in 0..1000 {
        engine.seal_audit().await.unwrap();
        let report = engine.store().audit().unwrap().verify(None).await.unwrap();
        if report.unsealed == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the newest entries were held back for too long");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn sqlite_template() -> PathBuf {
    static TEMPLATE: tokio::sync::OnceCell<PathBuf> = tokio::sync::OnceCell::const_new();
    let make = || async {
        let folder = scratch();
        let file = folder.join("template.db");
        let url = format!("sqlite://{}", file.display());
        let db = Db::open(&url, &Options::default()).await.unwrap();
        publish(db.clone(), &url, &folder).await;
        db.close().await.unwrap();
        file
    };
    TEMPLATE.get_or_init(make).await.clone()
}

async fn postgres_template(server: &str) -> String {
    static TEMPLATE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let make = || async {
        let name = format!("engine_{}_template", std::process::id());
        let admin = Db::open(server, &Options::default()).await.unwrap();
        admin.maintain(&format!("CREATE DATABASE {name}")).await.unwrap();
        let url = on(server, &name);
        let db = Db::open(&url, &Options::default()).await.unwrap();
        publish(db.clone(), &url, &scratch()).await;
        db.close().await.unwrap();
        name
    };
    TEMPLATE.get_or_init(make).await.clone()
}

/// The same server's address with another database.
fn on(server: &str, database: &str) -> String {
    let (head, query) = server.split_once('?').map_or((server, ""), |(head, query)| (head, query));
    let start = head.find("://").unwrap() + 3;
    let head = head[start..].find('/').map_or(head, |slash| &head[..start + slash]);
    format!("{head}/{database}?{query}")
}
