//! Migrations: applied once, and refused where they do not fit.

use kernel::Instant;
use store::migrate::migrate;
use store::{Cell, Error, Step};

use crate::bed::on_both;

#[test]
fn migrating_again_is_a_no_op() {
    on_both(|db| async move {
        assert!(migrate(&db, Instant::UNIX_EPOCH).await.unwrap() > 0);
        assert_eq!(migrate(&db, Instant::UNIX_EPOCH).await.unwrap(), 0);
        let tables = db.read("SELECT count(*) FROM jy_audit", &[]).await.unwrap();
        assert_eq!(tables, [[Cell::Int(0)]]);
    });
}

#[test]
fn nodes_that_start_together_migrate_once() {
    on_both(|db| async move {
        let (a, b) =
            tokio::join!(migrate(&db, Instant::UNIX_EPOCH), migrate(&db, Instant::UNIX_EPOCH));
        assert!(a.unwrap() + b.unwrap() > 0);
        let rows = db.read("SELECT count(*), max(number) FROM jy_migration", &[]).await.unwrap();
        assert_eq!(rows[0][0], rows[0][1]);
    });
}

#[test]
fn a_database_of_a_newer_or_different_release_is_refused() {
    on_both(|db| async move {
        migrate(&db, Instant::UNIX_EPOCH).await.unwrap();
        let newer = "INSERT INTO jy_migration (number, name, digest, applied_at) \
                     VALUES (9999, 'future', 'x', 0)";
        db.run(vec![Step::new(newer, vec![])]).await.unwrap();
        assert!(matches!(migrate(&db, Instant::UNIX_EPOCH).await, Err(Error::Refused(_))));
        let other = "UPDATE jy_migration SET digest = 'y' WHERE number = 1";
        db.run(vec![Step::new(other, vec![])]).await.unwrap();
        let refused = migrate(&db, Instant::UNIX_EPOCH).await.unwrap_err().to_string();
        assert!(refused.contains("migration 1"), "{refused}");
    });
}
