//! The audit log: sealed without gaps, provable, and every tampering found and named.

use kernel::Instant;
use proptest::test_runner::{Config, TestRunner};
use schema::Name;
use store::audit::{Audit, AuditEntry, Filter, Kind, Problem};
use store::db::Dialect;
use store::keys::{Algorithms, HashKind, Keys, Suite};
use store::migrate::migrate;
use store::{Cell, Db, Step};
use uuid::Uuid;

use crate::bed::on_both;

fn at(second: i64) -> Instant {
    Instant::from_second(1_700_000_000 + second).unwrap()
}

fn entry(number: u128) -> AuditEntry {
    AuditEntry {
        id: Uuid::from_u128(0xa000 + number),
        at: at(number as i64),
        actor: Uuid::from_u128(1 + number % 3),
        kind: if number.is_multiple_of(2) { "create" } else { "update" },
        object: (number % 5 != 4).then(|| Name::new("person").unwrap()),
        record: (number % 5 != 4).then(|| Uuid::from_u128(0xb000 + number % 7)),
        body: format!("{{\"marker\":\"body of {number:06}\"}}").into_bytes(),
    }
}

async fn log(db: &Db, hash: HashKind) -> Audit {
    migrate(db, at(0)).await.unwrap();
    let keys = Keys::in_memory(Algorithms { suite: Suite::default(), hash }).unwrap();
    let audit = Audit::new(db.clone(), keys, None);
    audit.prepare().await.unwrap();
    audit
}

async fn append(db: &Db, audit: &Audit, numbers: std::ops::Range<u128>) {
    let entries: Vec<AuditEntry> = numbers.map(entry).collect();
    db.run(audit.steps(&entries)).await.unwrap();
}

/// Seals `count` entries. On a server that is also used otherwise, open transactions of others may
/// hold the newest entries back for a moment.
async fn seal(audit: &Audit, second: i64, count: u64) {
    let mut sealed = 0;
    for _ in 0..1000 {
        sealed += audit.seal(at(second)).await.unwrap();
        if sealed >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(sealed, count);
}

async fn change(db: &Db, sql: &str) {
    db.run(vec![Step::new(sql, vec![])]).await.unwrap();
}

async fn problems(audit: &Audit) -> Vec<Problem> {
    audit.verify(None).await.unwrap().problems
}

#[test]
fn a_log_of_many_seals_verifies_and_lists() {
    for hash in [HashKind::Sha256, HashKind::Sm3] {
        on_both(|db| async move {
            let audit = log(&db, hash).await;
            assert_eq!(audit.seal(at(0)).await.unwrap(), 0);
            let mut from = 0;
            for size in [1, 2, 300, 5, 1000] {
                append(&db, &audit, from..from + size).await;
                seal(&audit, 1, size as u64).await;
                from += size;
            }
            append(&db, &audit, from..from + 3).await;
            let report = audit.verify(None).await.unwrap();
            assert_eq!(report.problems, []);
            assert_eq!((report.entries, report.unsealed, report.seals), (1311, 3, 5));
            assert_eq!(report.size, 1308);

            let record = Some(Uuid::from_u128(0xb003));
            let filter = Filter { record, kind: Some("create".into()), ..Filter::default() };
            let mut found = Vec::new();
            let mut before = None;
            loop {
                let page = audit.list(&filter, before, 10).await.unwrap();
                before = page.last().map(|entry| entry.number);
                found.extend(page.into_iter().map(|entry| entry.id));
                if before.is_none() {
                    break;
                }
            }
            let expected: Vec<Uuid> = (0..1311)
                .rev()
                .map(entry)
                .filter(|e| e.record == record && e.kind == "create")
                .map(|e| e.id)
                .collect();
            assert_eq!(found, expected);
            let filter = Filter { from: Some(at(7)), until: Some(at(9)), ..Filter::default() };
            assert_eq!(audit.list(&filter, None, 10).await.unwrap().len(), 2);
        });
    }
}

/// Every column with a change of it.
fn changes() -> Vec<(&'static str, &'static str)> {
    vec![
        ("tx", "tx - 1"),
        ("at", "at + 1"),
        ("actor", "'\\x00000000000000000000000000000009'"),
        ("entry", "'\\x00000000000000000000000000000009'"),
        ("record", "'\\x00000000000000000000000000000009'"),
        ("record", "NULL"),
        ("object", "'persom'"),
        ("object", "NULL"),
        ("kind", "'dreate'"),
        ("body", "'\\x7b7d'"),
        ("mac", "'\\x00000000000000000000000000000009'"),
    ]
}

/// A bytes literal in the database's spelling.
fn literal(db: &Db, value: &str, uuid: bool) -> String {
    match (db.dialect(), value.strip_prefix("'\\x")) {
        (Dialect::Sqlite, Some(hex)) => format!("x'{hex}"),
        (Dialect::Postgres, Some(hex)) if uuid => format!("'{hex}"),
        _ => value.to_owned(),
    }
}

#[test]
fn a_change_of_any_column_names_the_entry() {
    on_both(|db| async move {
        let audit = log(&db, HashKind::Sha256).await;
        append(&db, &audit, 0..40).await;
        seal(&audit, 1, 40).await;
        append(&db, &audit, 40..60).await;
        for (id, leaf) in [(1, Some(0)), (23, Some(22)), (40, None), (47, None)] {
            for (column, to) in changes() {
                if id > 40 && column == "tx" || id == 40 {
                    continue;
                }
                let uuid = ["entry", "actor", "record"].contains(&column);
                let keep = format!("SELECT {column}, entry FROM jy_audit WHERE id = {id}");
                let kept = db.read(&keep, &[]).await.unwrap().remove(0);
                let to = literal(&db, to, uuid);
                change(&db, &format!("UPDATE jy_audit SET {column} = {to} WHERE id = {id}")).await;
                let found = problems(&audit).await;
                let named = found.iter().any(|problem| {
                    problem.id == Some(id) && (column == "tx" || problem.leaf == leaf)
                });
                assert!(named, "{column} of {id}: {found:?}");
                if column != "tx" {
                    assert_eq!(found.len(), 1, "{column} of {id}: {found:?}");
                    assert_eq!(found[0].kind, Kind::Changed);
                }
                if column != "entry" {
                    let named = found.iter().any(|p| p.entry == Some(kept[1].uuid().unwrap()));
                    assert!(named, "{column} of {id}: {found:?}");
                }
                let undo = format!("UPDATE jy_audit SET {column} = $1 WHERE id = {id}");
                db.run(vec![Step::exactly(undo, vec![kept[0].clone()], 1)]).await.unwrap();
                assert_eq!(problems(&audit).await, []);
            }
        }
    });
}

#[test]
fn deleted_swapped_inserted_and_cut_off_entries_are_named() {
    on_both(|db| async move {
        let audit = log(&db, HashKind::Sha256).await;
        append(&db, &audit, 0..10).await;
        seal(&audit, 1, 10).await;
        append(&db, &audit, 10..30).await;
        seal(&audit, 2, 20).await;

        change(&db, "DELETE FROM jy_audit WHERE id = 15").await;
        let found = problems(&audit).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].kind, found[0].leaf, found[0].id),
            (Kind::Missing, Some(14), Some(15))
        );
        assert_eq!(found[0].entry, Some(entry(14).id));

        let bodies = db.read("SELECT body FROM jy_audit WHERE id IN (2, 3) ORDER BY id", &[]);
        let bodies: Vec<Cell> = bodies.await.unwrap().into_iter().flatten().collect();
        let put = |id: i64, body: usize| {
            let sql = "UPDATE jy_audit SET body = $1 WHERE id = $2";
            Step::exactly(sql, vec![bodies[body].clone(), id.into()], 1)
        };
        db.run(vec![put(2, 1), put(3, 0)]).await.unwrap();
        let found = problems(&audit).await;
        let changed: Vec<_> =
            found.iter().filter(|p| p.kind == Kind::Changed).map(|p| p.leaf).collect();
        assert_eq!(changed, [Some(1), Some(2)]);
        db.run(vec![put(2, 0), put(3, 1)]).await.unwrap();

        // The sealed row is gone, another stands in its place.
        let step = audit.steps(&[entry(14)]).remove(0);
        let id = "INSERT INTO jy_audit (id, tx, ";
        let overriding = match db.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => "OVERRIDING SYSTEM VALUE ",
        };
        let sql = step.sql.replace("INSERT INTO jy_audit (", id).replace(
            "VALUES (",
            &format!("{overriding}VALUES (15, (SELECT tx FROM jy_audit WHERE id = 14), "),
        );
        db.run(vec![Step::exactly(sql, step.params, 1)]).await.unwrap();
        assert_eq!(problems(&audit).await, [], "the very row put back is the row");

        // A forged entry before all others, with the code of a true one.
        let forge = match db.dialect() {
            Dialect::Sqlite => {
                "INSERT INTO jy_audit SELECT -3, tx, entry, at, actor, kind, \
                                object, record, body, mac FROM jy_audit WHERE id = 7"
            }
            Dialect::Postgres => {
                "INSERT INTO jy_audit OVERRIDING SYSTEM VALUE SELECT -3, -tx, entry, at, actor, \
                 kind, object, record, body, mac FROM jy_audit WHERE id = 7"
            }
        };
        change(&db, forge).await;
        let found = problems(&audit).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].kind, found[0].id), (Kind::Inserted, Some(-3)));
        change(&db, "DELETE FROM jy_audit WHERE id = -3").await;

        change(&db, "DELETE FROM jy_audit WHERE id > 27").await;
        let found = problems(&audit).await;
        let missing: Vec<_> =
            found.iter().filter(|p| p.kind == Kind::Missing).map(|p| p.leaf.unwrap()).collect();
        assert_eq!(missing, [27, 28, 29]);
    });
}

#[test]
fn tampered_seals_and_heads_are_named_and_whole_cuts_fail_against_a_checkpoint() {
    on_both(|db| async move {
        let audit = log(&db, HashKind::Sha256).await;
        append(&db, &audit, 0..600).await;
        seal(&audit, 1, 600).await;
        let old = audit.checkpoint().await.unwrap().unwrap();
        append(&db, &audit, 600..900).await;
        seal(&audit, 2, 300).await;
        let new = audit.checkpoint().await.unwrap().unwrap();
        assert_eq!(audit.verify(Some(&old)).await.unwrap().problems, []);

        for column in ["entries", "leaves", "frontier", "root", "mac"] {
            let kept = format!("SELECT {column} FROM jy_seal WHERE number = 2");
            let kept = db.read(&kept, &[]).await.unwrap().remove(0).remove(0);
            let put = |value: Cell| {
                let sql = format!("UPDATE jy_seal SET {column} = $1 WHERE number = 2");
                db.run(vec![Step::exactly(sql, vec![value], 1)])
            };
            let bent = match kept.clone() {
                Cell::Bytes(mut bytes) => {
                    bytes[0] ^= 1;
                    Cell::Bytes(bytes)
                }
                Cell::Uuid(sixteen) => Cell::Uuid(Uuid::from_u128(sixteen.as_u128() ^ (1 << 120))),
                other => panic!("{column}: {other:?}"),
            };
            put(bent).await.unwrap();
            let found = problems(&audit).await;
            assert!(
                found.iter().any(|p| p.kind == Kind::Seal && p.seal == Some(2)),
                "{column}: {found:?}"
            );
            assert!(found.iter().all(|p| p.kind != Kind::Changed), "{column}: {found:?}");
            put(kept).await.unwrap();
        }
        for (set, undo) in [
            ("at = at + 1", "at = at - 1"),
            ("count = count - 1", "count = count + 1"),
            ("first = first + 1", "first = first - 1"),
            ("last_id = last_id - 1", "last_id = last_id + 1"),
            ("hash = 'sm3'", "hash = 'sha-256'"),
            (
                "checkpoint = replace(checkpoint, '900', '901')",
                "checkpoint = replace(checkpoint, '901', '900')",
            ),
        ] {
            change(&db, &format!("UPDATE jy_seal SET {set} WHERE number = 2")).await;
            assert_ne!(problems(&audit).await, [], "{set}");
            change(&db, &format!("UPDATE jy_seal SET {undo} WHERE number = 2")).await;
        }
        assert_eq!(problems(&audit).await, []);

        change(&db, "UPDATE jy_tree SET position = 7 WHERE position = 1").await;
        let found = problems(&audit).await;
        assert_eq!((found[0].kind, found[0].leaf), (Kind::Tree, Some(256)));
        change(&db, "UPDATE jy_tree SET position = 1 WHERE position = 7").await;

        // Everything after the first seal is cut off, without a trace in the database but its counters.
        change(&db, "DELETE FROM jy_audit WHERE id > 600").await;
        change(&db, "DELETE FROM jy_seal WHERE number = 2").await;
        change(&db, "DELETE FROM jy_tree WHERE position = 2").await;
        assert_eq!(
            audit.verify(Some(&old)).await.unwrap().problems.len(),
            usize::from(db.dialect() == Dialect::Sqlite)
        );
        let report = audit.verify(Some(&new)).await.unwrap();
        let cut = report.problems.iter().find(|p| p.leaf.is_some()).unwrap();
        assert_eq!((cut.kind, cut.leaf), (Kind::Truncated, Some(600)));
    });
}

#[test]
fn a_missing_seal_is_one_problem_not_a_thousand() {
    on_both(|db| async move {
        let audit = log(&db, HashKind::Sha256).await;
        for n in 0..5 {
            append(&db, &audit, n * 100..(n + 1) * 100).await;
            seal(&audit, 1, 100).await;
        }
        change(&db, "DELETE FROM jy_seal WHERE number = 2").await;
        let found = problems(&audit).await;
        assert_eq!(found.iter().filter(|p| p.kind == Kind::Seal).count(), 1, "{found:?}");
        assert!(found.iter().all(|p| p.kind != Kind::Inserted), "{found:?}");
    });
}

#[test]
fn entries_and_growth_are_proven_to_others() {
    on_both(|db| async move {
        let audit = log(&db, HashKind::Sha256).await;
        let (mut from, mut notes) = (0, Vec::new());
        for size in [1, 1, 6, 250, 3, 700, 64] {
            append(&db, &audit, from..from + size).await;
            seal(&audit, 1, size as u64).await;
            from += size;
            notes.push(audit.checkpoint().await.unwrap().unwrap());
        }
        append(&db, &audit, from..from + 7).await;
        let verifier = audit.verifier();
        let mut proven = 0;
        for record in 0xb000..0xb007 {
            let proof = audit.prove_record(Uuid::from_u128(record)).await.unwrap();
            assert!(proof.unsealed <= 1);
            let text = serde_json::to_string(&proof).unwrap();
            let proof: store::audit::RecordProof = serde_json::from_str(&text).unwrap();
            proven += proof.check(&verifier).unwrap().entries;
            for (old, new) in [("create", "update"), ("body of", "bady of"), ("person", "persom")] {
                let bent = text.replacen(old, new, 1);
                let bent: store::audit::RecordProof = serde_json::from_str(&bent).unwrap();
                assert!(bent.check(&verifier).is_err());
            }
        }
        assert_eq!(proven, (0..1025).filter(|n| n % 5 != 4).count());
        for note in &notes {
            let proof = audit.prove_consistency(note).await.unwrap();
            let (old, new) = proof.check(&verifier).unwrap();
            assert!(old.size <= new.size && new.size == 1025);
        }
        let other = log(&db, HashKind::Sha256).await;
        assert!(other.prove_consistency(&notes[0]).await.is_err(), "signed by another key");
    });
}

#[test]
fn concurrent_writers_and_sequencers_skip_nothing() {
    on_both(|db| async move {
        let audit = log(&db, HashKind::Sha256).await;
        let writers = (0..8_u128).map(|writer| {
            let (db, audit) = (db.clone(), audit.clone());
            tokio::spawn(async move {
                for n in 0..40 {
                    let from = writer * 1000 + n * 3;
                    append(&db, &audit, from..from + 1 + n % 3).await;
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        let sequencers: Vec<_> = (0..2)
            .map(|_| {
                let audit = audit.clone();
                tokio::spawn(async move {
                    for n in 0..60 {
                        audit.seal(at(n)).await.unwrap();
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for task in writers.into_iter().chain(sequencers) {
            task.await.unwrap();
        }
        let mut report = audit.verify(None).await.unwrap();
        for n in 0..1000 {
            audit.seal(at(100 + n)).await.unwrap();
            report = audit.verify(None).await.unwrap();
            if report.unsealed == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert_eq!(report.problems, []);
        assert_eq!(report.unsealed, 0);
        let rows = db.read("SELECT count(*) FROM jy_audit", &[]).await.unwrap();
        assert_eq!(rows[0][0], Cell::Int(report.size as i64));
    });
}

#[test]
fn a_restored_server_that_counts_anew_goes_on_after_the_old_entries() {
    on_both(|db| async move {
        let audit = log(&db, HashKind::Sha256).await;
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        // As if the entries came from a server with many more transactions behind it.
        let ahead = "ALTER TABLE jy_audit ALTER COLUMN tx \
                     SET DEFAULT (pg_current_xact_id()::text::bigint + 1000000)";
        change(&db, ahead).await;
        change(&db, "INSERT INTO jy_state (name, value) VALUES ('audit_tx_base', 1000000)").await;
        append(&db, &audit, 0..5).await;
        seal(&audit, 1, 5).await;
        let fresh = "ALTER TABLE jy_audit ALTER COLUMN tx \
                     SET DEFAULT (pg_current_xact_id()::text::bigint)";
        change(&db, fresh).await;
        change(&db, "DELETE FROM jy_state").await;

        audit.prepare().await.unwrap();
        append(&db, &audit, 5..9).await;
        seal(&audit, 2, 4).await;
        audit.prepare().await.unwrap();
        let report = audit.verify(None).await.unwrap();
        assert_eq!((report.size, report.problems), (9, vec![]));
    });
}

#[test]
fn any_flipped_byte_of_the_file_that_touches_an_entry_names_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let file = std::env::temp_dir().join(format!("jinyao-flip-{}.db", std::process::id()));
    let keys = Keys::in_memory(Algorithms::default()).unwrap();
    let audit_of = |db: &Db| Audit::new(db.clone(), keys.clone(), None);
    // Whether a value is marked as text or as bytes is not part of it.
    let all = "SELECT id, tx, hex(entry), at, hex(actor), hex(kind), hex(object), hex(record), \
               hex(body), hex(mac) FROM jy_audit ORDER BY id";
    let values = async |db: &Db| db.read(all, &[]).await.map_err(|error| error.to_string());
    let mut whole = Ok(Vec::new());
    runtime.block_on(async {
        let db = Db::open(file.to_str().unwrap(), &Default::default()).await.unwrap();
        migrate(&db, at(0)).await.unwrap();
        append(&db, &audit_of(&db), 0..200).await;
        audit_of(&db).seal(at(1)).await.unwrap();
        whole = values(&db).await;
        db.close().await.unwrap();
    });
    let bytes = std::fs::read(&file).unwrap();
    let mut runner =
        TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    runner
        .run(&(0_u128..200, 0_usize..90, 0_u8..8), |(number, back, bit)| {
            // Bytes before the body: the other columns and the header of the row.
            let marker = format!("body of {number:06}");
            let mut bent = bytes.clone();
            // A page that was split keeps stale copies of rows; the live one is among them.
            for (place, window) in bytes.windows(marker.len()).enumerate() {
                if window == marker.as_bytes() {
                    bent[place + 10 - back] ^= 1 << bit;
                }
            }
            let copy = file.with_extension(format!("{number}-{back}-{bit}"));
            std::fs::write(&copy, &bent).unwrap();
            let (found, same) = runtime.block_on(async {
                let db = Db::open(copy.to_str().unwrap(), &Default::default()).await.unwrap();
                let found = problems(&audit_of(&db)).await;
                let same = values(&db).await == whole;
                db.close().await.unwrap();
                (found, same)
            });
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", copy.display()));
            }
            // A row ends where the one before it in the file begins; going back far enough flips
            // the neighbour that was inserted after it.
            let near = |p: &Problem| p.leaf.is_some_and(|leaf| leaf.abs_diff(number as u64) <= 1);
            assert!(same || found.iter().any(near), "{number} {back} {bit}: {found:?}");
            Ok(())
        })
        .unwrap();
    std::fs::remove_file(&file).unwrap();
}
