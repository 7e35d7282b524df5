//! Fills an empty data folder for the benchmark: an institution, relationship managers and customers
//! of 27 fields each, imported from a CSV file as an operations officer. Measures that import. With
//! `demo` first: a demo with relationships, accounts and transactions instead (see `base`).
//!
//! Called by `cargo xtask bench`; writes a recipe of the requests to measure as JSON to standard
//! output. Configuration comes from the environment as for `jinyao`. Refuses a folder with users.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of the benchmark")]
#![allow(clippy::disallowed_methods, reason = "measures durations")]

mod base;
mod daily;
mod people;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use engine::import::{Analysis, ColumnPlan, ImportJob, ImportPlan, Mode, Task};
use engine::{Actor, Change, Command, Engine, Origin};
use people::Customer;
use schema::Name;
use serde_json::{Value as Json, json};
use server::start::{self, NewUser};
use server::{Config, auth::password};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Customers of one relationship manager.
const EACH: u64 = 500;
/// Relationship managers who may sign in.
const LOGINS: u64 = 16;
/// Relationship managers of one branch.
const BRANCH: u64 = 20;
/// Words of each kind searched by one manager.
const WORDS: u64 = 40;
/// Customers to create in the measured requests.
const FRESH: u64 = 100_000;

#[tokio::main]
async fn main() -> Result<()> {
    const USAGE: &str = "usage: bench_prepare [demo] CUSTOMERS FOLDER";
    let mut args = std::env::args().skip(1).peekable();
    let demo = args.next_if(|word| word == "demo").is_some();
    let customers: u64 = args.next().ok_or(USAGE)?.parse()?;
    let folder = args.next().ok_or(USAGE)?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let config = Config::load(None)?;
    let engine = start::open(&config).await?;
    start::install_first(&engine).await?;
    if demo {
        let recipe = base::prepare(&engine, customers, folder).await?;
        engine.store().db().close().await?;
        println!("{recipe}");
        return Ok(());
    }
    if start::first_administrators(&engine).await?.is_empty() {
        return Err("the data folder has users already".into());
    }
    let managers = (customers / EACH).max(LOGINS);
    let staff = staff(&engine, managers).await?;
    eprintln!("{managers} relationship managers; writing the file");
    let file = folder.join("customers.csv");
    write_csv(&file, customers, managers)?;
    let import = import(&engine, &staff, &file, customers).await?;
    std::fs::remove_file(&file)?;
    daily::work(&engine).await?;
    let bodies = folder.join("creates.jsonl");
    write_bodies(&bodies, customers)?;
    let recipe = recipe(customers, managers, &staff, &bodies, import);
    engine.store().db().close().await?;
    println!("{recipe}");
    Ok(())
}

/// Who signs in, with what.
struct Staff {
    logins: Vec<(String, String)>,
    officer: Uuid,
}

async fn staff(engine: &Engine, managers: u64) -> Result<Staff> {
    let mut branches = Vec::new();
    for at in 0..managers.div_ceil(BRANCH) {
        let values = json!({ "code": format!("B{at:04}"), "name": branch(at) });
        branches.push(create(engine, "org_unit", values).await?);
    }
    let role = Name::new("relationship_manager")?;
    let platform = engine.system(None, "benchmark");
    let mut logins = Vec::new();
    for at in 0..managers {
        let unit =
            *usize::try_from(at / BRANCH).ok().and_then(|at| branches.get(at)).ok_or("unit")?;
        let (login, name) = (login(at), people::name(at * 7919));
        if at < LOGINS {
            let new = NewUser { login: &login, name: &name, role: &role, unit };
            let password = start::create_user(engine, &platform, &new).await?;
            logins.push((login, password));
            continue;
        }
        let values = json!({ "login": login, "name": name, "active": true, "org_unit": unit });
        let user = create(engine, "user", values).await?;
        let values = json!({ "user": user, "role": role, "unit": unit });
        create(engine, "assignment", values).await?;
    }
    let unit = *branches.first().ok_or("unit")?;
    let role = Name::new("operations")?;
    let new = NewUser { login: "ops", name: "运营", role: &role, unit };
    start::create_user(engine, &platform, &new).await?;
    let officer = engine.account_by_login("ops").await?.ok_or("no officer")?.user;
    Ok(Staff { logins, officer })
}

fn login(at: u64) -> String {
    format!("rm{at:05}")
}

fn branch(at: u64) -> String {
    format!("第{at}支行")
}

async fn create(engine: &Engine, object: &str, values: Json) -> Result<Uuid> {
    let Json::Object(values) = values else { return Err("values".into()) };
    let change = Change::Create { object: Name::new(object)?, id: None, values };
    let platform = engine.system(None, "benchmark");
    let done = engine.submit(&platform, Command::from(change)).await;
    Ok(done.map_err(start::Trouble::from)?.id)
}

fn write_csv(path: &Path, customers: u64, managers: u64) -> Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let head = people::IMPORTED.map(|(header, _)| header).join(",");
    writeln!(file, "{head},客户经理,归属机构")?;
    for at in 0..customers {
        let customer = Customer::new(at);
        let mut line = String::with_capacity(400);
        for (_, value) in people::IMPORTED {
            line.push_str(&value(&customer));
            line.push(',');
        }
        let owner = at % managers;
        write!(line, "{},{}", login(owner), branch(owner / BRANCH))?;
        writeln!(file, "{line}")?;
    }
    Ok(file.flush()?)
}

/// Imports the file and answers how it went.
async fn import(engine: &Arc<Engine>, staff: &Staff, file: &Path, customers: u64) -> Result<Json> {
    let officer = engine.actor(staff.officer, Origin::default()).await?;
    let stored = upload(engine, &officer, file).await?;
    let found = engine.analyse_import(&officer, "person", stored, None).await?;
    let columns = planned(&found);
    let fields = people::IMPORTED.len() + 2;
    if columns.len() != fields {
        let missed: Vec<_> = found.columns.iter().filter(|c| c.field.is_none()).collect();
        return Err(format!("columns that no field was found for: {missed:?}").into());
    }
    let plan = ImportPlan {
        object: Name::new("person")?,
        format: found.format,
        header_row: found.header_row,
        columns,
        mode: Mode::Create,
        match_by: Vec::new(),
        keep_origin: false,
        clear_empty: false,
    };
    let before = usage();
    let started = Instant::now();
    let id = engine.prepare_import(&officer, None, stored, &plan).await?;
    let report = engine.run_import(&ImportJob { import: id, task: Task::Run }).await?;
    engine.seal_audit().await?;
    let micros = u64::try_from(started.elapsed().as_micros())?;
    if report.created != customers {
        let first: Vec<_> = report.first_bad.iter().take(3).collect();
        return Err(format!("{} of {customers} rows came in; {first:?}", report.created).into());
    }
    let ticks = usage() - before;
    let peak = peak_kib();
    Ok(json!({ "rows": customers, "micros": micros, "ticks": ticks, "peak_kib": peak }))
}

/// The columns that a field was found for.
fn planned(found: &Analysis) -> Vec<ColumnPlan> {
    let columns = found.columns.iter().filter_map(|column| {
        Some(ColumnPlan {
            column: column.column,
            header: column.header.clone(),
            field: column.field.clone()?,
            multiplier: column.multiplier.clone(),
            date_order: None,
        })
    });
    columns.collect()
}

/// Stores a file for an import.
async fn upload(engine: &Engine, officer: &Actor, file: &Path) -> Result<Uuid> {
    let mut upload = engine.blobs().upload(u64::MAX).await?;
    let mut input = std::fs::File::open(file)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = std::io::Read::read(&mut input, &mut buffer)?;
        if count == 0 {
            break;
        }
        upload.write(buffer.get(..count).unwrap_or_default()).await?;
    }
    let blob = upload.finish(engine.now()).await?;
    Ok(engine.add_file(officer, blob, "rows.csv", "text/csv").await?.id)
}

/// Clock ticks of CPU time this process has used.
fn usage() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    rest.split_whitespace().skip(11).take(2).filter_map(|part| part.parse::<u64>().ok()).sum()
}

/// The most memory this process has held.
fn peak_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn write_bodies(path: &Path, customers: u64) -> Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for at in customers..customers + FRESH {
        writeln!(file, "{}", Customer::new(at).body())?;
    }
    Ok(file.flush()?)
}

fn recipe(customers: u64, managers: u64, staff: &Staff, bodies: &Path, import: Json) -> Json {
    let mut logins = Vec::new();
    for (at, (login, password)) in (0..).zip(&staff.logins) {
        let own = |n: u64| Customer::new((at + n * managers) % customers);
        let words = |word: fn(&Customer) -> String| -> Vec<String> {
            (0..WORDS).map(|n| word(&own(n))).collect()
        };
        logins.push(json!({
            "login": login,
            "password": password,
            "names": words(Customer::given),
            "initials": words(Customer::initials),
            "tails": words(Customer::tail),
        }));
    }
    let records = "/api/v1/records/person";
    let columns = "columns=name,tier,risk_level,aum,mobile,last_contact_at,next_contact_on";
    // Without accounts, everybody's tier is the first one after the work of the day.
    let two = "owner%20%3D%20me%20and%20tier%20%3D%20%27mass%27";
    json!({
        "import": import,
        "logins": logins,
        "records": records,
        "bodies": bodies,
        "ids": format!("{records}?columns=mobile&filter=owner%20%3D%20me&limit=200"),
        "owned": format!("{records}?{columns}&filter=owner%20%3D%20me&sort=-updated_at&limit=50"),
        "list": format!("{records}?{columns}&filter={two}&sort=-aum&limit=50&count=capped"),
        "search": format!("{records}?{columns}&limit=50&search="),
        "changed": "mobile",
        "password": format!("Bench-{}", password_suffix()),
    })
}

/// Differs from run to run, so that no password stands in a file.
fn password_suffix() -> String {
    server::auth::token::one_time_password().unwrap_or_else(|_| password::MOST.to_string())
}
