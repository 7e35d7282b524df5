//! Backup and restore, with a verified log afterwards.

use std::path::PathBuf;

use kernel::Instant;
use store::audit::{Audit, AuditEntry};
use store::backup::{Source, backup, check, restore};
use store::blobs::Blobs;
use store::db::{Dialect, Options};
use store::keys::{Algorithms, Keys};
use store::migrate::migrate;
use store::{Cell, Db, Error};
use uuid::Uuid;

use crate::bed;

fn at(second: i64) -> Instant {
    Instant::from_second(1_700_000_000 + second).unwrap()
}

fn entries(from: u128) -> Vec<AuditEntry> {
    let entry = |n: u128| AuditEntry {
        id: Uuid::from_u128(n),
        at: at(1),
        actor: Uuid::nil(),
        kind: "create",
        object: None,
        record: None,
        body: b"{}".to_vec(),
    };
    (from..from + 50).map(entry).collect()
}

/// The address of the test's own database.
async fn address(db: &Db) -> String {
    match db.dialect() {
        Dialect::Sqlite => {
            let rows = db.read("SELECT file FROM pragma_database_list", &[]).await.unwrap();
            rows[0][0].str().unwrap().to_string()
        }
        Dialect::Postgres => {
            let rows = db.read("SELECT current_database()::text", &[]).await.unwrap();
            bed::at(&std::env::var("JINYAO_TEST_PG").unwrap(), rows[0][0].str().unwrap())
        }
    }
}

#[test]
fn a_backup_restores_to_a_verified_log_and_the_same_files() {
    bed::on_both(|db| async move {
        migrate(&db, at(0)).await.unwrap();
        let keys = Keys::in_memory(Algorithms::default()).unwrap();
        let audit = Audit::new(db.clone(), keys.clone(), None);
        let base: PathBuf = std::env::temp_dir().join(format!(
            "jinyao-backup-{}-{:?}",
            std::process::id(),
            db.dialect()
        ));
        let files = base.join("files");
        let blobs = Blobs::open(db.clone(), keys.clone(), &files).await.unwrap();
        db.run(audit.steps(&entries(0))).await.unwrap();
        audit.seal(at(1)).await.unwrap();
        db.run(audit.steps(&entries(100))).await.unwrap();
        let mut upload = blobs.upload(100).await.unwrap();
        upload.write(b"contract").await.unwrap();
        let file = upload.finish(at(1)).await.unwrap().blob.id;

        let url = address(&db).await;
        let to = base.join("backup");
        let manifest = backup(Source::of(&url), &files, &to, at(2)).unwrap();
        assert_eq!(manifest.parts.len(), 2);
        assert!(manifest.note.contains("key ring is not"));
        assert!(matches!(backup(Source::of(&url), &files, &to, at(2)), Err(Error::Refused(_))));
        assert_eq!(check(&to).unwrap(), manifest);
        // What happens afterwards is not in it.
        db.run(audit.steps(&entries(200))).await.unwrap();

        let target = match db.dialect() {
            Dialect::Sqlite => base.join("restored/jinyao.db").to_str().unwrap().to_owned(),
            Dialect::Postgres => {
                let name = format!("jy_restored_{}", std::process::id());
                db.maintain(&format!("CREATE DATABASE {name}")).await.unwrap();
                bed::at(&std::env::var("JINYAO_TEST_PG").unwrap(), &name)
            }
        };
        let restored_files = base.join("restored/files");
        restore(&to, Source::of(&target), &restored_files).unwrap();
        let again = restore(&to, Source::of(&target), &base.join("other"));
        assert!(again.is_err(), "the place is taken");

        let restored = Db::open(&target, &Options::default()).await.unwrap();
        assert_eq!(migrate(&restored, at(3)).await.unwrap(), 0);
        let log = Audit::new(restored.clone(), keys.clone(), None);
        log.prepare().await.unwrap();
        let report = log.verify(None).await.unwrap();
        assert_eq!((report.entries, report.problems), (100, vec![]));
        let blobs = Blobs::open(restored.clone(), keys, &restored_files).await.unwrap();
        let read = blobs.read(file, None).await.unwrap().next().await.unwrap();
        assert_eq!(read.as_deref(), Some(b"contract".as_slice()));
        restored.run(log.steps(&entries(300))).await.unwrap();
        assert_eq!(
            restored.read("SELECT count(*) FROM jy_audit", &[]).await.unwrap(),
            [[Cell::Int(150)]]
        );
        restored.close().await.unwrap();

        let bent = to.join(&manifest.parts[0].path);
        let mut bytes = std::fs::read(&bent).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&bent, bytes).unwrap();
        assert!(matches!(check(&to), Err(Error::Corrupt(_))));
        std::fs::remove_dir_all(&base).unwrap();
        if db.dialect() == Dialect::Postgres {
            let name = format!("jy_restored_{}", std::process::id());
            db.maintain(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
    });
}
