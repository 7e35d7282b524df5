//! Killing the server at any moment loses nothing that was acknowledged and leaves nothing half.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::load::{self, CUSTOMER, Dice, GROUP, MEMBER, MEMBERS, Signal, Writer};
use crate::place::{self, People, Place, Server};
use crate::wire::{Ask, Wire};

/// How often the server is killed. `JINYAO_FAULT_KILLS` changes it while working on this test.
const KILLS: u64 = 100;
/// Where the numbers start; `JINYAO_FAULT_SEED` starts them elsewhere.
const SEED: u64 = 20_260_301;
/// Connections that write.
const WRITERS: usize = 8;
/// An import begins in each round that this divides.
const IMPORT_EVERY: u64 = 10;
/// Rows of each import: three chunks, the last not full.
const ROWS: u64 = 1_150;
/// The audit log is verified in each round that this divides.
const VERIFY_EVERY: u64 = 10;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn killed_on_sqlite_it_keeps_every_promise() {
    place::alone(|name| async move {
        let place = Place::new(&name, None).await;
        torment(&place).await;
        place.remove().await;
    });
}

#[test]
fn killed_on_postgres_it_keeps_every_promise() {
    let Some(server) = place::postgres() else { return };
    place::alone(|name| async move {
        let place = Place::new(&name, Some(&server)).await;
        place.durable(true).await;
        let done = tokio::spawn({
            let place = place.clone();
            async move { torment(&place).await }
        });
        let done = done.await;
        place.durable(false).await;
        done.expect("every promise kept");
        place.remove().await;
    });
}

/// An import under way, and the job that runs it.
struct Running {
    import: String,
    job: String,
    label: String,
}

async fn torment(place: &Place) {
    let (kills, seed) = (number("JINYAO_FAULT_KILLS", KILLS), number("JINYAO_FAULT_SEED", SEED));
    println!("{kills} kills from seed {seed} in {}", place.folder.display());
    let people = place::install(place).await;
    let mut dice = Dice::new(seed);
    let mut writers: Vec<Writer> = (0..WRITERS).map(|at| Writer::new(at, seed)).collect();
    let mut running = None;
    let mut imports = Vec::new();
    let port = place::free_port();
    let mut server = Server::start(place, port).await;
    for kill in 1..=kills {
        if running.is_none() && kill % IMPORT_EVERY == 1 {
            let begun = begin(&server, &people, imports.len()).await;
            imports.push(begun.label.clone());
            running = Some(begun);
        }
        let least = if running.is_some() { 200 } else { 20 };
        let moment = Duration::from_millis(least + dice.next(400));
        writers = under_load(writers, &mut server, &people, moment).await;
        server = Server::start(place, port).await;
        settle(&server, &people, &mut writers).await;
        if let Some(import) = &running
            && has_ended(&server, &people, import).await
        {
            running = None;
        }
        if kill % VERIFY_EVERY == 0 {
            place.verify();
        }
    }
    if let Some(import) = &running {
        let begun = tokio::time::Instant::now();
        while !has_ended(&server, &people, import).await {
            assert!(begun.elapsed().as_secs() < 120, "an import never ends: {}", server.tail());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    account(&server, &people, &mut writers, &imports).await;
    server.kill();
    place.verify();
}

/// Lets everybody write, kills the server in the midst of it, and waits for the writers to notice.
async fn under_load(
    writers: Vec<Writer>,
    server: &mut Server,
    people: &People,
    moment: Duration,
) -> Vec<Writer> {
    let (signal, address) = (Arc::new(Signal::default()), server.address);
    let tasks: Vec<_> = writers
        .into_iter()
        .map(|mut writer| {
            let (signal, key) = (signal.clone(), people.manager.clone());
            tokio::spawn(async move {
                writer.work(address, &key, &signal).await;
                writer
            })
        })
        .collect();
    tokio::time::sleep(moment).await;
    server.kill();
    signal.stop.store(true, Ordering::Relaxed);
    let mut back = Vec::new();
    for task in tasks {
        back.push(task.await.expect("a writer"));
    }
    back
}

/// Settles what was on its way, finds what was acknowledged, and counts that nothing is half there.
async fn settle(server: &Server, people: &People, writers: &mut [Writer]) {
    for writer in writers.iter_mut() {
        writer.settle(server.address, &people.manager).await;
    }
    let mut wire = Wire::open(server.address, &people.manager).await.expect("a server");
    load::look(&mut wire, writers).await;
    let groups = load::made(writers, GROUP);
    assert_eq!(load::count(&mut wire, GROUP, "").await, groups, "groups");
    let rows = load::count(&mut wire, MEMBER, "").await;
    assert_eq!(rows, groups * MEMBERS as u64, "rows of groups");
    let customers = load::count(&mut wire, CUSTOMER, "").await;
    assert_eq!(customers, load::made(writers, CUSTOMER), "customers");
}

/// Everything again, from the beginning, and the imports' rows.
async fn account(server: &Server, people: &People, writers: &mut [Writer], imports: &[String]) {
    for writer in writers.iter_mut() {
        writer.fresh = writer.known.keys().cloned().collect();
    }
    settle(server, people, writers).await;
    let mut wire = Wire::open(server.address, &people.operator).await.expect("a server");
    for label in imports {
        let filter = format!("remark = '{label}'");
        assert_eq!(load::count(&mut wire, CUSTOMER, &filter).await, ROWS, "rows of {label}");
    }
    let (customers, groups) = (load::made(writers, CUSTOMER), load::made(writers, GROUP));
    println!("{customers} customers, {groups} groups, {} imports", imports.len());
}

async fn begin(server: &Server, people: &People, number: usize) -> Running {
    let mut wire = Wire::open(server.address, &people.operator).await.expect("a server");
    let label = format!("import-{number}");
    let mut file = String::from("姓名,备注,职务\n");
    for row in 0..ROWS {
        file.push_str(&format!("周吴郑,{label},第{row}行\n"));
    }
    let mut upload = Ask::send("POST", "/api/v1/files?name=rows.csv", &Json::Null);
    upload.headers = vec![("content-type", "text/csv".into())];
    upload.body = file.into_bytes();
    let file = wire.must(&upload, 201).await["id"].clone();
    let analysis = json!({ "object": CUSTOMER, "file": file });
    let found = wire.must(&Ask::send("POST", "/api/v1/imports/analyse", &analysis), 200).await;
    let columns: Vec<Json> = found["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|column| json!({ "column": column["column"], "field": column["field"] }))
        .collect();
    let plan = json!({
        "object": CUSTOMER, "format": found["format"], "header_row": found["header_row"],
        "columns": columns, "mode": "create",
    });
    let body = json!({ "file": file, "name": label, "plan": plan });
    let made = wire.must(&Ask::send("POST", "/api/v1/imports", &body), 201).await;
    let import = made["id"].as_str().expect("an id").to_owned();
    let run = Ask::send("POST", format!("/api/v1/imports/{import}/run"), &json!({}));
    let job = wire.must(&run, 202).await["job"].as_str().expect("a job").to_owned();
    Running { import, job, label }
}

/// Whether an import is done. What it wrote so far is whole chunks, each of them noted.
async fn has_ended(server: &Server, people: &People, running: &Running) -> bool {
    let mut wire = Wire::open(server.address, &people.operator).await.expect("a server");
    let show = Ask::get(format!("/api/v1/imports/{}", running.import));
    let filter = format!("remark = '{}'", running.label);
    let before = wire.must(&show, 200).await;
    let rows = load::count(&mut wire, CUSTOMER, &filter).await;
    let after = wire.must(&show, 200).await;
    let created = |import: &Json| import["progress"]["created"].as_u64().expect("a number");
    let noted = created(&before)..=created(&after);
    assert!(noted.contains(&rows), "{rows} rows are there, {noted:?} were noted: {after}");
    assert_eq!(after["progress"]["bad"], 0, "{after}");
    let job = wire.must(&Ask::get(format!("/api/v1/jobs/{}", running.job)), 200).await;
    assert_ne!(after["state"], "failed", "{after}");
    if job["state"] == "dead" {
        // Killed too often before its first chunk was through: somebody tells it to go on.
        let retry = Ask::send("POST", format!("/api/v1/jobs/{}/retry", running.job), &json!({}));
        wire.must(&retry, 204).await;
    }
    let done = after["state"] == "done";
    if done {
        assert_eq!(rows, ROWS, "{after}");
    }
    done
}
