//! Writers that remember what was acknowledged, and what must then be found.
//!
//! Each writer repeats the request whose answer it never got, under the same idempotency key, so
//! that in the end every record and version is accounted for exactly.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value as Json, json};

use crate::wire::{Ask, Wire};

/// Numbers that look random and can be had again.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }
}

/// What the server said of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub object: &'static str,
    pub version: u64,
    pub marker: String,
}

/// Field that carries the marker.
fn marked(object: &str) -> &'static str {
    if object == GROUP { "note" } else { "remark" }
}

/// A customer.
pub const CUSTOMER: &str = "person";
/// A record with rows of its own in the same command.
pub const GROUP: &str = "relationship_group";
/// Such a row.
pub const MEMBER: &str = "group_member";
/// Rows in each group.
pub const MEMBERS: usize = 2;

/// A request on its way.
struct Sent {
    object: &'static str,
    marker: String,
    ask: Ask,
}

/// One connection's worth of writing.
pub struct Writer {
    pub known: HashMap<String, Known>,
    /// Acknowledged since the last look.
    pub fresh: Vec<String>,
    sent: Option<Sent>,
    mine: Vec<String>,
    number: usize,
    count: u64,
    dice: Dice,
}

/// All writers stop soon after this is set; they count what was acknowledged.
#[derive(Default)]
pub struct Signal {
    pub stop: AtomicBool,
    pub acknowledged: AtomicU64,
}

impl Writer {
    pub fn new(number: usize, seed: u64) -> Writer {
        Writer {
            known: HashMap::new(),
            fresh: Vec::new(),
            sent: None,
            mine: Vec::new(),
            number,
            count: 0,
            dice: Dice::new(seed + number as u64 * 7919),
        }
    }

    /// Repeats what was left without an answer, then writes until the connection ends or `signal`.
    pub async fn work(&mut self, address: SocketAddr, key: &str, signal: &Arc<Signal>) {
        let Some(mut wire) = Wire::open(address, key).await else { return };
        while !signal.stop.load(Ordering::Relaxed) {
            if !self.step(&mut wire).await {
                return;
            }
            signal.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Only repeats what was left without an answer.
    pub async fn settle(&mut self, address: SocketAddr, key: &str) {
        if self.sent.is_some() {
            let mut wire = Wire::open(address, key).await.expect("a server");
            assert!(self.step(&mut wire).await, "no answer to a repeated request");
        }
    }

    /// One request; false when the connection ended instead of an answer.
    async fn step(&mut self, wire: &mut Wire) -> bool {
        let sent = match self.sent.take() {
            Some(sent) => sent,
            None => self.think(),
        };
        let Some(reply) = wire.ask(&sent.ask).await else {
            self.sent = Some(sent);
            return false;
        };
        let said = reply.text();
        assert!(matches!(reply.status, 200 | 201), "{:?}: {}: {said}", sent.ask, reply.status);
        let record = reply.json();
        let id = record["id"].as_str().expect("an id").to_owned();
        let version = record["version"].as_u64().expect("a version");
        if sent.object == CUSTOMER && version == 1 {
            self.mine.push(id.clone());
        }
        let Sent { object, marker, .. } = sent;
        self.known.insert(id.clone(), Known { object, version, marker });
        self.fresh.push(id);
        true
    }

    fn think(&mut self) -> Sent {
        self.count += 1;
        let marker = format!("w{}-{}", self.number, self.count);
        let choice = self.dice.next(10);
        let (object, ask) = if choice < 4 && !self.known.is_empty() {
            let at = self.dice.next(self.mine.len() as u64) as usize;
            let id = &self.mine[at];
            let known = &self.known[id];
            let body = json!({ marked(known.object): marker });
            let path = format!("/api/v1/records/{}/{id}", known.object);
            let tag = format!("\"{}\"", known.version);
            (known.object, Ask::send("PATCH", path, &body).with("if-match", tag))
        } else if choice < 6 && self.mine.len() >= MEMBERS {
            let members: Vec<Json> = self.mine[self.mine.len() - MEMBERS..]
                .iter()
                .map(|id| json!({ "party": { "object": CUSTOMER, "id": id } }))
                .collect();
            let body =
                json!({ "name": marker, "kind": "household", "note": marker, "members": members });
            (GROUP, Ask::send("POST", format!("/api/v1/records/{GROUP}"), &body))
        } else {
            let mobile = format!("138{:03}{:05}", self.number, self.count);
            let body = json!({ "name": "赵钱孙", "mobile": mobile, "remark": marker });
            (CUSTOMER, Ask::send("POST", format!("/api/v1/records/{CUSTOMER}"), &body))
        };
        let ask = ask.with("idempotency-key", format!("key-{marker}"));
        Sent { object, marker, ask }
    }
}

/// Looks up what was acknowledged since the last look: each record stands there with the version
/// and the marker that were acknowledged last. Writers must be settled.
pub async fn look(wire: &mut Wire, writers: &mut [Writer]) {
    for object in [CUSTOMER, GROUP] {
        let mut wanted: HashMap<String, Known> = HashMap::new();
        for writer in writers.iter() {
            let fresh = writer.fresh.iter().map(|id| (id, &writer.known[id]));
            let fresh = fresh.filter(|(_, known)| known.object == object);
            wanted.extend(fresh.map(|(id, known)| (id.clone(), known.clone())));
        }
        find(wire, object, wanted).await;
    }
    for writer in writers {
        writer.fresh.clear();
    }
}

/// Looks for records, newest changes first, until all are found as they should be.
async fn find(wire: &mut Wire, object: &'static str, mut wanted: HashMap<String, Known>) {
    let field = marked(object);
    let mut cursor = Json::Null;
    while !wanted.is_empty() {
        let mut query = json!({ "columns": [field], "sort": ["-updated_at"], "limit": 200 });
        if !cursor.is_null() {
            query["cursor"] = cursor.clone();
        }
        let path = format!("/api/v1/records/{object}/query");
        let page = wire.must(&Ask::send("POST", path, &query), 200).await;
        for record in page["records"].as_array().expect("records") {
            if let Some(known) = wanted.remove(record["id"].as_str().unwrap_or_default()) {
                let found = (record["version"].as_u64(), record["values"][field].as_str());
                let acknowledged = (Some(known.version), Some(known.marker.as_str()));
                assert_eq!(found, acknowledged, "{object} {}", record["id"]);
            }
        }
        cursor = page["next"].clone();
        assert!(!cursor.is_null() || wanted.is_empty(), "acknowledged, but lost: {wanted:?}");
    }
}

/// How many records of an object the caller sees.
pub async fn count(wire: &mut Wire, object: &str, filter: &str) -> u64 {
    let mut query = json!({ "columns": ["id"], "limit": 1, "count": "exact" });
    if !filter.is_empty() {
        query["filter"] = json!(filter);
    }
    let path = format!("/api/v1/records/{object}/query");
    let page = wire.must(&Ask::send("POST", path, &query), 200).await;
    page["count"]["rows"].as_u64().expect("a count")
}

/// How many records of an object were acknowledged.
pub fn made(writers: &[Writer], object: &str) -> u64 {
    let all = writers.iter().flat_map(|writer| writer.known.values());
    all.filter(|known| known.object == object).count() as u64
}
