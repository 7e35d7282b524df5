//! The whole store under a real key ring: one commit writes everything, a rotation loses nothing.

use schema::Catalogue;
use store::audit::AuditEntry;
use store::jobs;
use store::keys::{Algorithms, HashKind, Keys, Suite};
use store::migrate::migrate;
use store::records::{CommitError, Write};
use store::{Cell, Event, NewJob, Store};
use uuid::Uuid;

use crate::bed::on_both;
use crate::fixture::{insert, load, now, publish, secret, slot, text, trial, write};

const NUMBERS: [&str; 3] = ["110101199003078670", "11010119900307889X", "110101199003079753"];

fn registration(catalogue: &Catalogue, n: u128) -> Write {
    let id = Uuid::from_u128(n);
    let client = schema::Name::new("client").unwrap();
    let number = NUMBERS[n as usize % 3];
    let fields = [("name", text("张三丰")), ("id_number", secret(number))];
    Write {
        audit: vec![AuditEntry {
            id: Uuid::from_u128(0x100 + n),
            at: now(),
            actor: Uuid::from_u128(900),
            kind: "create",
            object: Some(client.clone()),
            record: Some(id),
            body: b"{}".to_vec(),
        }],
        events: vec![Event {
            id: Uuid::from_u128(0x200 + n),
            at: now(),
            kind: "created",
            object: client,
            record: id,
            body: b"{}".to_vec(),
        }],
        jobs: vec![NewJob {
            id: Uuid::from_u128(0x300 + n),
            kind: "welcome".into(),
            run_at: now(),
            payload: Vec::new(),
            max_attempts: 3,
            created_by: Uuid::from_u128(900),
        }],
        ..write(vec![insert(catalogue, "client", n, &fields)])
    }
}

#[test]
fn one_commit_writes_all_and_a_rotation_loses_nothing() {
    on_both(|db| async move {
        let catalogue = load(&trial());
        let algorithms = Algorithms { suite: Suite::Sm4Gcm, hash: HashKind::Sm3 };
        let keys = Keys::in_memory(algorithms).unwrap();
        migrate(&db, now()).await.unwrap();
        let store = Store::open(db.clone(), keys.clone(), None);
        store.prepare().await.unwrap();
        store.publish(&Catalogue::default(), &catalogue, publish(1)).await.unwrap();
        for n in 1..=3 {
            store.commit(&catalogue, registration(&catalogue, n)).await.unwrap();
        }
        // A refused commit leaves no entry, event or job behind.
        let mut twice = registration(&catalogue, 4);
        twice.audit[0].id = Uuid::from_u128(0x999);
        let refused = store.commit(&catalogue, twice).await;
        assert!(matches!(refused, Err(CommitError::Duplicate { .. })), "{refused:?}");
        for table in ["jy_audit", "jy_outbox", "jy_job"] {
            let rows = db.read(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap();
            assert_eq!(rows, [[Cell::Int(3)]], "{table}");
        }
        let audit = store.audit().unwrap();
        let report = audit.verify(None).await.unwrap();
        assert_eq!((report.entries, report.problems), (3, vec![]));
        let counts = jobs::counts(&db).await.unwrap();
        assert_eq!(counts.first(), Some(&(jobs::State::Ready, 3)));

        let (client, _) = catalogue.object("client").unwrap();
        keys.rotate(now()).unwrap();
        let first = store.reseal(&catalogue, &keys, client, (None, 2)).await.unwrap();
        assert_eq!(first.done, 2);
        let second = store.reseal(&catalogue, &keys, client, (first.cursor, 2)).await.unwrap();
        assert_eq!((second.done, second.cursor), (1, None));
        let sealed = db.read("SELECT id_number FROM client", &[]).await.unwrap();
        for row in sealed {
            assert_eq!(row[0].bytes().unwrap()[..3], [2, 0, 2], "suite 2, key 2");
        }
        let field = slot(&catalogue, "client", "id_number");
        for n in 1..=3 {
            let id = Uuid::from_u128(n);
            let read = store.get(&catalogue, client, id, &[field]).await.unwrap().unwrap();
            assert_eq!(read[usize::from(field.0)], secret(NUMBERS[n as usize % 3]));
        }
        let again = store.commit(&catalogue, registration(&catalogue, 4)).await;
        assert!(matches!(again, Err(CommitError::Duplicate { .. })), "blind indexes still find");
    });
}
