//! The load: sixteen signed-in relationship managers, a connection each, one request after another.

use std::io::BufRead;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::http::Connection;
use super::process;
use crate::Result;

/// Status of a change of a record that somebody else changed meanwhile.
const STALE: u16 = 412;

/// What is measured, in this order: reads first, so that creates do not make the lists longer.
pub const OPERATIONS: [Operation; 8] = [
    Operation::Get,
    Operation::List,
    Operation::Owned,
    Operation::Name,
    Operation::Initials,
    Operation::Tail,
    Operation::Update,
    Operation::Create,
];

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Get,
    List,
    Owned,
    Name,
    Initials,
    Tail,
    Update,
    Create,
}

impl Operation {
    fn writes(self) -> bool {
        matches!(self, Operation::Update | Operation::Create)
    }
}

/// What came of one kind of request.
pub struct Measured {
    pub operation: Operation,
    pub times: Times,
}

/// One signed-in user.
struct User {
    connection: Connection,
    records: String,
    changed: String,
    list: String,
    owned: String,
    search: String,
    words: [Vec<String>; 3],
    /// Own customers with the version held.
    own: Vec<(String, u64)>,
    bodies: Vec<String>,
    turn: usize,
}

/// Signed-in users.
pub struct Load {
    users: Vec<User>,
    usage: Usage,
}

/// The processes whose CPU time counts.
#[derive(Clone, Copy)]
pub struct Usage {
    pub server: u32,
    pub database: Option<u32>,
}

impl Usage {
    /// Clock ticks they have used.
    pub fn ticks(self) -> Result<u64> {
        let database = self.database.map_or(Ok(0), process::ticks_below)?;
        Ok(process::ticks_below(self.server)? + database)
    }
}

/// What many requests of one kind took.
pub struct Times {
    pub requests: u64,
    pub micros: u64,
    /// CPU time of server and database.
    pub cpu_micros: u64,
    pub p50: u64,
    pub p99: u64,
}

pub fn text(json: &Json, key: &str) -> Result<String> {
    let found = json.get(key).and_then(Json::as_str);
    Ok(found.ok_or_else(|| format!("the recipe has no `{key}`"))?.to_owned())
}

pub fn texts(json: &Json, key: &str) -> Vec<String> {
    let items = json.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

impl Load {
    /// Signs in everyone the recipe names.
    pub fn open(address: SocketAddr, recipe: &Json, usage: Usage) -> Result<Load> {
        let logins = recipe.get("logins").and_then(Json::as_array).ok_or("no logins")?;
        let file = std::fs::File::open(text(recipe, "bodies")?)?;
        let bodies: Vec<String> =
            std::io::BufReader::new(file).lines().collect::<std::io::Result<_>>()?;
        let share = bodies.len() / logins.len().max(1);
        let mut users = Vec::new();
        for (login, bodies) in logins.iter().zip(bodies.chunks(share.max(1))) {
            let mut user = sign_in(address, recipe, login)?;
            user.bodies = bodies.to_vec();
            users.push(user);
        }
        Ok(Load { users, usage })
    }

    /// Measures one kind of request for about `span`, after a shorter warm-up.
    pub fn measure(&mut self, operation: Operation, span: Duration) -> Result<Measured> {
        let rest = Duration::from_millis(if operation.writes() { 1500 } else { 0 });
        let times = measure(&mut self.users, self.usage, (span, rest), |user| user.one(operation));
        Ok(Measured { operation, times: times.map_err(|e| format!("{operation:?}: {e}"))? })
    }
}

/// Measures what `one` does, all users at once, for about `span`, after a shorter warm-up. `rest` is
/// left to background work, which belongs to the requests that caused it.
pub fn measure<U: Send>(
    users: &mut [U],
    usage: Usage,
    (span, rest): (Duration, Duration),
    one: impl Fn(&mut U) -> Result<()> + Sync,
) -> Result<Times> {
    crowd(users, span / 5, &one)?;
    std::thread::sleep(rest);
    let before = usage.ticks()?;
    let started = Instant::now();
    let mut times = crowd(users, span, &one)?;
    let spent = started.elapsed();
    std::thread::sleep(rest);
    let ticks = usage.ticks()? - before;
    times.sort_unstable();
    let at = |share: usize| {
        let time = times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
        time.copied().unwrap_or(0)
    };
    Ok(Times {
        requests: times.len() as u64,
        micros: u64::try_from(spent.as_micros())?,
        cpu_micros: ticks * 1_000_000 / process::TICKS,
        p50: at(50),
        p99: at(99),
    })
}

/// All users at once; how many microseconds each request took.
fn crowd<U: Send>(
    users: &mut [U],
    span: Duration,
    one: &(impl Fn(&mut U) -> Result<()> + Sync),
) -> Result<Vec<u64>> {
    let stop = AtomicBool::new(false);
    let times = Mutex::new(Vec::new());
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for user in users {
            let (stop, times, failed) = (&stop, &times, &failed);
            scope.spawn(move || {
                let mut own = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    if let Err(error) = one(user) {
                        keep(failed, Some(error.to_string()));
                        break;
                    }
                    own.push(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
                }
                if let Ok(mut times) = times.lock() {
                    times.append(&mut own);
                }
            });
        }
        std::thread::sleep(span);
        stop.store(true, Ordering::Relaxed);
    });
    if let Some(error) = failed.into_inner().ok().flatten() {
        return Err(error.into());
    }
    Ok(times.into_inner().unwrap_or_default())
}

fn keep(place: &Mutex<Option<String>>, error: Option<String>) {
    if let Ok(mut place) = place.lock() {
        *place = error;
    }
}

fn sign_in(address: SocketAddr, recipe: &Json, login: &Json) -> Result<User> {
    let mut connection = Connection::open(address)?;
    let (name, once) = (text(login, "login")?, text(login, "password")?);
    let new = text(recipe, "password")?;
    session(&mut connection, &name, &once)?;
    let change = json!({ "current": once, "new": new }).to_string();
    let path = "/api/v1/session/password";
    connection.send("PUT", path, "", change.as_bytes())?.ok()?;
    session(&mut connection, &name, &new)?;
    let page = connection.send("GET", &text(recipe, "ids")?, "", b"")?.json()?;
    let rows = page.get("records").and_then(Json::as_array).ok_or("no records")?;
    let own = rows.iter().filter_map(|row| {
        Some((row.get("id")?.as_str()?.to_owned(), row.get("version")?.as_u64()?))
    });
    Ok(User {
        own: own.collect(),
        connection,
        records: text(recipe, "records")?,
        changed: text(recipe, "changed")?,
        list: text(recipe, "list")?,
        owned: text(recipe, "owned")?,
        search: text(recipe, "search")?,
        words: ["names", "initials", "tails"].map(|key| texts(login, key)),
        bodies: Vec::new(),
        turn: 0,
    })
}

pub fn session(connection: &mut Connection, login: &str, password: &str) -> Result<()> {
    connection.headers.clear();
    let body = json!({ "login": login, "password": password }).to_string();
    let answer = connection.send("POST", "/api/v1/session", "", body.as_bytes())?;
    let cookie = answer.cookie.clone().ok_or("no cookie")?;
    let csrf = text(&answer.json()?, "csrf")?;
    connection.headers = format!("Cookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n");
    Ok(())
}

impl User {
    fn one(&mut self, operation: Operation) -> Result<()> {
        self.turn += 1;
        match operation {
            Operation::Get => {
                let (id, _) = self.any()?;
                let path = format!("{}/{id}", self.records);
                self.connection.send("GET", &path, "", b"")?.ok()?;
            }
            Operation::List => self.page(&self.list.clone())?,
            Operation::Owned => self.page(&self.owned.clone())?,
            Operation::Name => self.find(0)?,
            Operation::Initials => self.find(1)?,
            Operation::Tail => self.find(2)?,
            Operation::Update => self.update()?,
            Operation::Create => {
                let body = self.bodies.pop().ok_or("no more records to create")?;
                self.connection.send("POST", &self.records, "", body.as_bytes())?.ok()?;
            }
        }
        Ok(())
    }

    fn any(&self) -> Result<&(String, u64)> {
        let at = self.turn.checked_rem(self.own.len()).ok_or("a user without records")?;
        Ok(self.own.get(at).ok_or("a user without records")?)
    }

    /// A whole page of one's own customers.
    fn page(&mut self, path: &str) -> Result<()> {
        let page = self.connection.send("GET", path, "", b"")?.ok()?;
        let rows = page.windows(5).filter(|part| *part == b"\"id\":").count();
        if rows < 50 { Err(format!("{path}: {rows} rows").into()) } else { Ok(()) }
    }

    fn find(&mut self, kind: usize) -> Result<()> {
        let words = self.words.get(kind).ok_or("no words")?;
        let at = self.turn.checked_rem(words.len()).ok_or("no words")?;
        let word = words.get(at).ok_or("no words")?;
        let mut path = self.search.clone();
        for byte in word.bytes() {
            path.push_str(&format!("%{byte:02X}"));
        }
        let page = self.connection.send("GET", &path, "", b"")?.ok()?;
        // Each word was taken from one of the user's own customers.
        if !page.windows(4).any(|part| part == b"\"id\"") {
            return Err(format!("`{word}` was not found").into());
        }
        Ok(())
    }

    fn update(&mut self) -> Result<()> {
        let (id, version) = self.any()?.clone();
        let path = format!("{}/{id}", self.records);
        let body = json!({ &*self.changed: format!("139{:08}", self.turn) }).to_string();
        let held = format!("If-Match: \"{version}\"\r\n");
        let answer = self.connection.send("PATCH", &path, &held, body.as_bytes())?;
        // The product's own work goes on meanwhile; who comes after it reads and writes again.
        let stale = answer.status == STALE;
        let version = match stale {
            true => answer.said()?.get("current").and_then(Json::as_u64).ok_or("no version")?,
            false => answer.ok().map(|_| version + 1)?,
        };
        let at = self.turn.checked_rem(self.own.len()).unwrap_or(0);
        if let Some((_, held)) = self.own.get_mut(at) {
            *held = version;
        }
        if stale { self.update() } else { Ok(()) }
    }
}
