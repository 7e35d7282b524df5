//! The database of an earlier commit is brought up to today's release with nothing lost or changed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value as Json, json};
use store::db::{Db, Options};

use crate::place::{self, Place, Server, text};
use crate::wire::{Ask, Wire};

/// Who reads the records; the expectation was read by the same user.
const READER: &str = "compliance001";

#[test]
fn an_earlier_sqlite_database_is_upgraded() {
    place::alone(|name| async move {
        upgrade(Place::new(&name, None).await, "sqlite.zip").await;
    });
}

#[test]
fn an_earlier_postgres_database_is_upgraded() {
    let Some(server) = place::postgres() else { return };
    place::alone(|name| async move {
        upgrade(Place::new(&name, Some(&server)).await, "postgres.zip").await;
    });
}

/// What a released archive holds, by name.
fn released(archive: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/released");
    let file = File::open(format!("{folder}/{archive}")).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut parts = BTreeMap::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        parts.insert(part.name().unwrap().into_owned(), bytes);
    }
    parts
}

/// Puts the earlier installation into an empty place.
async fn unpack(place: &Place, parts: &BTreeMap<String, Vec<u8>>) {
    std::fs::create_dir_all(place.data()).unwrap();
    for name in ["keys.toml", "checkpoint", "jinyao.db"] {
        if let Some(bytes) = parts.get(name) {
            let path = place.data().join(name);
            std::fs::write(&path, bytes).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    if let Some(dump) = parts.get("dump.sql") {
        // Lines with a backslash speak to psql, not to the server.
        let dump = text(dump);
        let lines: Vec<&str> = dump.lines().filter(|line| !line.starts_with('\\')).collect();
        let db = Db::open(&place.url, &Options::default()).await.unwrap();
        db.maintain(&lines.join("\n")).await.unwrap();
        db.close().await.unwrap();
    }
}

async fn upgrade(place: Place, archive: &str) {
    let parts = released(archive);
    unpack(&place, &parts).await;
    let expected: BTreeMap<String, Json> = serde_json::from_slice(&parts["expected.json"]).unwrap();
    a_foreign_ring_is_refused(&place).await;

    // The first start migrates; the records stand under the definitions they were made with.
    let port = place::free_port();
    let mut server = Server::start(&place, port).await;
    let made = place.run(&["user", "key", READER, "--label", "test", "--scope", "*:read"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let key = text(&made.stdout).trim().to_owned();
    compare(&server, &key, &expected).await;
    stop(&mut server).await;
    place.verify();

    // Today's packs are published over them.
    let installed = place.run(&["pack", "install"]);
    assert!(installed.status.success(), "{}", text(&installed.stderr));
    let mut server = Server::start(&place, port).await;
    compare(&server, &key, &expected).await;
    search(&server, &key, &expected).await;
    stop(&mut server).await;

    // From here on a start changes nothing.
    let state = || {
        let (diff, log) = (place.run(&["pack", "diff"]), place.run(&["audit", "verify"]));
        assert!(diff.status.success() && log.status.success(), "{}", text(&log.stdout));
        (text(&diff.stdout), text(&log.stdout))
    };
    let before = state();
    assert_eq!(before.0, "", "nothing is left to publish");
    assert!(before.1.contains(", 0 problems"), "{}", before.1);
    stop(&mut Server::start(&place, port).await).await;
    assert_eq!(state(), before);
    place.remove().await;
}

/// The database knows its ring by what stands in its log.
async fn a_foreign_ring_is_refused(place: &Place) {
    let (ring, kept) = (place.data().join("keys.toml"), place.folder.join("kept"));
    std::fs::rename(&ring, &kept).unwrap();
    let refused = place.run(&["audit", "verify"]);
    assert!(text(&refused.stderr).contains("is missing"), "{}", text(&refused.stderr));
    let name = place.folder.file_name().unwrap().to_string_lossy().into_owned();
    let other = Place::new(&format!("{name}_other"), None).await;
    assert!(other.run(&["user", "list"]).status.code() == Some(1), "nothing is published there");
    std::fs::copy(other.data().join("keys.toml"), &ring).unwrap();
    other.remove().await;
    let refused = place.run(&["audit", "verify"]);
    assert!(text(&refused.stderr).contains("not the one"), "{}", text(&refused.stderr));
    std::fs::rename(&kept, &ring).unwrap();
}

async fn stop(server: &mut Server) {
    server.terminate();
    let status = server.ended(Duration::from_secs(25)).await.expect("it ends in time");
    assert_eq!(status.code(), Some(0), "{}", server.tail());
}

/// Every record reads as it did.
async fn compare(server: &Server, key: &str, expected: &BTreeMap<String, Json>) {
    let mut wire = Wire::open(server.address, key).await.unwrap();
    for (name, expected) in expected {
        let object = name.split(' ').next_back().unwrap();
        let mut left: BTreeMap<&str, &Json> = BTreeMap::new();
        for record in expected["records"].as_array().unwrap() {
            left.insert(record["id"].as_str().unwrap(), record);
        }
        let mut query = json!({ "columns": expected["columns"], "limit": 200, "sort": ["id"] });
        loop {
            let path = format!("/api/v1/records/{object}/query");
            let page = wire.must(&Ask::send("POST", path, &query), 200).await;
            for record in page["records"].as_array().unwrap() {
                let id = record["id"].as_str().unwrap();
                let known = left.remove(id).unwrap_or_else(|| panic!("{object} {id} is new"));
                for part in ["version", "values", "masked"] {
                    assert_eq!(record[part], known[part], "{part} of {object} {id}");
                }
            }
            if page["next"].is_null() {
                break;
            }
            query["cursor"] = page["next"].clone();
        }
        assert!(left.is_empty(), "{object}: lost {:?}", left.keys());
    }
}

/// Some customers are found by name and by the end of their number.
async fn search(server: &Server, key: &str, expected: &BTreeMap<String, Json>) {
    let mut wire = Wire::open(server.address, key).await.unwrap();
    let customers = &expected[&format!("{READER} person")]["records"];
    for customer in customers.as_array().unwrap().iter().take(5) {
        let values = &customer["values"];
        let name = values["name"].as_str().unwrap();
        let number = values["id_number"].as_str().unwrap();
        for words in [name, &number[number.len() - 4..]] {
            let asked: String = url(words);
            let found = wire.must(&Ask::get(format!("/api/v1/search?q={asked}")), 200).await;
            let id = customer["id"].as_str().unwrap();
            assert!(found.to_string().contains(id), "{words} finds {found}");
        }
    }
}

fn url(words: &str) -> String {
    words.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
