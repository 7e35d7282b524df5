//! A fresh database for each test.

use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use store::Db;
use store::db::Options;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Runs `test` on a fresh SQLite file and, when asked for, on a fresh PostgreSQL database.
pub fn on_both<F: Future<Output = ()>>(test: impl Fn(Db) -> F) {
    on_both_with(&Options::default(), test);
}

/// The same with other options.
pub fn on_both_with<F: Future<Output = ()>>(options: &Options, test: impl Fn(Db) -> F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jy_test_{}_{number}", std::process::id());
        let file = std::env::temp_dir().join(format!("{name}.db"));
        let db = Db::open(file.to_str().unwrap(), options).await.unwrap();
        test(db.clone()).await;
        db.close().await.unwrap();
        drop(db);
        remove(&file);

        let Ok(server) = std::env::var("JINYAO_TEST_PG") else {
            return;
        };
        let admin = Db::open(&server, &Options::default()).await.unwrap();
        admin.maintain(&format!("CREATE DATABASE {name}")).await.unwrap();
        let db = Db::open(&at(&server, &name), options).await.unwrap();
        test(db.clone()).await;
        db.close().await.unwrap();
        drop(db);
        admin.maintain(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    });
}

/// The same server's address with another database.
pub fn at(server: &str, database: &str) -> String {
    let (head, query) = server.split_once('?').map_or((server, ""), |(head, query)| (head, query));
    let start = head.find("://").unwrap() + 3;
    let head = head[start..].find('/').map_or(head, |slash| &head[..start + slash]);
    format!("{head}/{database}?{query}")
}

fn remove(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(end);
        let _ = std::fs::remove_file(path);
    }
}
