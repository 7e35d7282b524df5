//! How fast the log verifies; run by hand in a release build:
//! `cargo test --release -p store --test it -- --ignored --nocapture speed`.

use std::time::Duration;

use kernel::Instant;
use store::audit::{Audit, AuditEntry};
use store::keys::{Algorithms, HashKind, Keys, Suite};
use store::migrate::migrate;
use uuid::Uuid;

use crate::bed::on_both;

const ENTRIES: u128 = 500_000;

#[test]
#[ignore = "measures; needs a release build"]
fn speed_of_verification() {
    for hash in [HashKind::Sha256, HashKind::Sm3] {
        on_both(|db| async move {
            let now = Instant::from_second(1_700_000_000).unwrap();
            migrate(&db, now).await.unwrap();
            let keys = Keys::in_memory(Algorithms { suite: Suite::default(), hash }).unwrap();
            let audit = Audit::new(db.clone(), keys, None);
            let body = r#"{"command":"update","version":7,"fields":{"mobile":{"before":"d:1f3a","after":"d:77ab"},"tier":{"before":"gold","after":"vip"}},"from":"10.1.2.3"}"#;
            let appending = timed();
            for from in (0..ENTRIES).step_by(1000) {
                let entries: Vec<AuditEntry> = (from..from + 1000)
                    .map(|n| AuditEntry {
                        id: Uuid::from_u128((1 << 100) + n),
                        at: now,
                        actor: Uuid::from_u128(n % 50),
                        kind: "update",
                        object: Some(schema::Name::new("person").unwrap()),
                        record: Some(Uuid::from_u128((7 << 100) + n / 3)),
                        body: body.as_bytes().to_vec(),
                    })
                    .collect();
                db.run(audit.steps(&entries)).await.unwrap();
            }
            let appending = appending();
            let sealing = timed();
            let mut sealed = 0;
            while sealed < ENTRIES {
                sealed += u128::from(audit.seal(now).await.unwrap());
            }
            let sealing = sealing();
            let verifying = timed();
            let report = audit.verify(None).await.unwrap();
            let verifying = verifying();
            assert_eq!((report.count, u128::from(report.entries)), (0, ENTRIES));
            let rate = |took: Duration| ENTRIES * 1_000_000 / took.as_micros().max(1);
            println!(
                "{:?} {}: append {}/s, seal {}/s, verify {}/s",
                db.dialect(),
                hash.as_str(),
                rate(appending),
                rate(sealing),
                rate(verifying)
            );
            let proving = timed();
            let proof = audit.prove_record(Uuid::from_u128((7 << 100) + 100_000)).await.unwrap();
            println!("  proof of {} entries in {:?}", proof.entries.len(), proving());
        });
    }
}

/// Starts a stop-watch.
#[allow(clippy::disallowed_methods)]
fn timed() -> impl Fn() -> Duration {
    let start = std::time::Instant::now();
    move || start.elapsed()
}
