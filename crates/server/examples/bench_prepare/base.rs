//! The base of the customer file's figures: a demo with relationships, accounts and transactions, and
//! the long works on it, measured one after another: the load itself, the walk for duplicates, a
//! day's batch of transactions, a handover.
//!
//! What comes last leaves the managers who sign in alone: their customers stay theirs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use engine::access::Handover;
use engine::demo::{Demo, DemoPlan, Login, quality};
use engine::import::{ImportJob, ImportPlan, Mode, Task};
use engine::{Actor, Engine, Origin, TimelineQuery};
use schema::Name;
use schema::matching::Level;
use schema::query::Query;
use serde_json::{Value as Json, json};
use server::start;
use uuid::Uuid;

use super::daily::run_queued as run;
use super::{LOGINS, Result, peak_kib, planned, upload, usage};

/// Transactions of an account, of which a customer has two on average.
const TRANSACTIONS: i64 = 9;
/// Customers that one manager looks after.
const EACH: i64 = 400;
/// Customers of one manager whose pages are asked for.
const PAGES: u32 = 60;
/// Entries of a page of a timeline: fewer than most customers have.
const TIMELINE: u32 = 5;
/// Customers that change hands.
const HANDED: u64 = 10_000;

/// Makes the base, does the long works and says which requests to measure.
pub async fn prepare(engine: &Arc<Engine>, customers: u64, folder: &Path) -> Result<Json> {
    let mut plan = start::demo_plan()?;
    plan.set("transactions_per_account", TRANSACTIONS)?;
    plan.set("customers_per_manager", EACH)?;
    let (logins, load) = load(engine, &plan, customers).await?;
    let platform = engine.system(None, "benchmark");
    let duplicates = duplicates(engine, &platform, &plan, customers).await?;
    let batch = batch(engine, &platform, folder, customers).await?;
    let of_role = |role: &str| {
        logins.iter().filter(|login| login.role == role).cloned().collect::<Vec<Login>>()
    };
    let managers = of_role("relationship_manager");
    let (measured, others) = managers.split_at(usize::try_from(LOGINS)?.min(managers.len() - 2));
    let handover = handover(engine, &platform, others, customers).await?;
    let daily = super::daily::work(engine).await?;
    engine.seal_audit().await?;
    let measure = trend(engine);
    let mut users = Vec::new();
    for login in measured {
        users.push(requests(engine, login, &measure).await?);
    }
    for login in of_role("branch_supervisor").iter().take(measured.len()) {
        let unit = unit_of(engine, login).await?;
        let paths = json!({ "trend_branch": [format!("{measure}&unit={unit}&below=false")] });
        users.push(json!({ "login": login.login, "requests": paths }));
    }
    for login in of_role("risk").iter().take(measured.len()) {
        users.push(json!({ "login": login.login, "requests": { "trend_whole": [measure] } }));
    }
    Ok(json!({
        "load": load, "duplicates": duplicates, "batch": batch, "handover": handover,
        "daily": daily,
        "password": start::DEMO_PASSWORD, "logins": users,
    }))
}

/// The address of a trend over two years by month, with daily averages.
fn trend(engine: &Arc<Engine>) -> String {
    let today = kernel::time::business_date(engine.now());
    let from = today.saturating_sub(jiff::Span::new().months(23)).first_of_month();
    format!("/api/v1/measures/aum?by=month&average=true&from={from}")
}

async fn unit_of(engine: &Arc<Engine>, login: &Login) -> Result<String> {
    let platform = engine.system(None, "benchmark");
    let user = engine.get(&platform, "user", login.user, false).await?;
    let unit = user.get("org_unit").and_then(|unit| Some(unit.as_str()?.to_owned()));
    unit.ok_or_else(|| "a user without a unit".into())
}

fn micros(since: Instant) -> Result<u64> {
    Ok(u64::try_from(since.elapsed().as_micros())?)
}

async fn load(engine: &Arc<Engine>, plan: &DemoPlan, customers: u64) -> Result<(Vec<Login>, Json)> {
    let (ticks, started) = (usage(), Instant::now());
    let mut step = (String::new(), Instant::now(), 0);
    let logins = start::demo(engine, plan, customers, |total, name| {
        if step.0 != name {
            let (rows, took) = (total - step.2, step.1.elapsed().as_millis().max(1));
            eprintln!("  {}: {rows} rows in {took} ms", step.0);
            step = (name.to_owned(), Instant::now(), total);
        }
    });
    let logins = logins.await?;
    let rows = step.2;
    let (micros, ticks) = (micros(started)?, usage() - ticks);
    Ok((logins, json!({ "rows": rows, "micros": micros, "ticks": ticks, "peak_kib": peak_kib() })))
}

/// Walks over every object that has planted duplicates, and judges what was found.
async fn duplicates(
    engine: &Arc<Engine>,
    platform: &Actor,
    plan: &DemoPlan,
    customers: u64,
) -> Result<Json> {
    let made = Demo::new(plan, engine.catalogue(), customers, engine::demo::SEED, engine.now());
    let planted = made.map_err(|_| "the plan does not fit")?.planted()?;
    let mut objects: Vec<&Name> = planted.iter().map(|one| &one.object).collect();
    objects.sort_unstable();
    objects.dedup();
    forget_peak()?;
    let (ticks, started) = (usage(), Instant::now());
    let (mut keys, mut compared) = (0, 0);
    for object in objects {
        let job = engine.start_duplicate_scan(platform, object.as_str()).await?;
        let told = run(engine, job).await?;
        let count = |key: &str| told.get(key).and_then(Json::as_u64).unwrap_or(0);
        keys += count("keys");
        compared += count("compared");
    }
    let (micros, ticks, peak) = (micros(started)?, usage() - ticks, peak_kib());
    let found = quality(engine, platform, &planted).await?;
    for (kind, (planted, found)) in &found.kinds {
        eprintln!("  {kind}: {found} of {planted} found");
    }
    Ok(json!({
        "micros": micros, "ticks": ticks, "peak_kib": peak, "keys": keys, "compared": compared,
        "planted": planted.len(), "recall": found.recall(),
        "precision": found.precision(Level::Likely),
        "precision_certain": found.precision(Level::Certain),
    }))
}

/// Lets the most memory held be counted anew.
fn forget_peak() -> Result<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

/// A day's transactions from a file: as many as there are customers; then the same file's first rows
/// once more, of which none may come in.
async fn batch(engine: &Arc<Engine>, platform: &Actor, folder: &Path, rows: u64) -> Result<Json> {
    let file = folder.join("transactions.csv");
    let again = folder.join("again.csv");
    write_transactions(engine, platform, (&file, &again), rows).await?;
    forget_peak()?;
    let (ticks, started) = (usage(), Instant::now());
    let (created, _) = import(engine, platform, &file).await?;
    let (micros, ticks, peak) = (micros(started)?, usage() - ticks, peak_kib());
    let (repeated, refused) = import(engine, platform, &again).await?;
    std::fs::remove_file(&file)?;
    std::fs::remove_file(&again)?;
    if created != rows || repeated != 0 || refused == 0 {
        return Err(format!("{created} of {rows} came in, {repeated} of them twice").into());
    }
    Ok(json!({ "rows": rows, "micros": micros, "ticks": ticks, "peak_kib": peak }))
}

async fn write_transactions(
    engine: &Arc<Engine>,
    platform: &Actor,
    (file, again): (&Path, &Path),
    rows: u64,
) -> Result<()> {
    let accounts = accounts(engine, platform, 20_000).await?;
    let day = kernel::time::business_date(engine.now());
    let head = "账户,交易流水号,交易类型,收付方向,金额,折人民币金额,计入余额,交易时间,入账日期\n";
    let mut text = head.to_owned();
    let mut output = std::io::BufWriter::new(std::fs::File::create(file)?);
    for at in 0..rows {
        let account = usize::try_from(at)? % accounts.len().max(1);
        let account = accounts.get(account).ok_or("no accounts")?;
        let amount = format!("{}.{:02}", 1 + at % 900, at % 100);
        let minute = at % 540;
        writeln!(
            text,
            "{account},B{at:010},consumption,debit,{amount},{amount},是,{day} {:02}:{:02}:00,{day}",
            minute / 60,
            minute % 60,
        )?;
        if at == 999.min(rows - 1) {
            std::fs::write(again, &text)?;
        }
        if text.len() > 1 << 20 || at + 1 == rows {
            output.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    Ok(output.flush()?)
}

/// Ids of accounts whose balance follows from their transactions.
async fn accounts(engine: &Arc<Engine>, platform: &Actor, most: usize) -> Result<Vec<Uuid>> {
    let mut query = Query {
        filter: Some("type = 'savings' and status = 'open'".into()),
        columns: vec!["type".into()],
        limit: 200,
        ..Query::of("financial_account")
    };
    let mut ids = Vec::new();
    loop {
        let page = engine.query(platform, &query).await?;
        ids.extend(page.records.unwrap_or_default().iter().map(|record| record.id));
        query.cursor = page.next;
        if query.cursor.is_none() || ids.len() >= most {
            return Ok(ids);
        }
    }
}

/// How many rows came in, and how many were refused.
async fn import(engine: &Arc<Engine>, platform: &Actor, file: &Path) -> Result<(u64, u64)> {
    let object = "financial_transaction";
    let stored = upload(engine, platform, file).await?;
    let found = engine.analyse_import(platform, object, stored, None).await?;
    let plan = ImportPlan {
        object: Name::new(object)?,
        columns: planned(&found),
        format: found.format,
        header_row: found.header_row,
        mode: Mode::Create,
        match_by: Vec::new(),
        keep_origin: false,
        clear_empty: false,
    };
    let id = engine.prepare_import(platform, None, stored, &plan).await?;
    let report = engine.run_import(&ImportJob { import: id, task: Task::Run }).await?;
    if report.created == 0 {
        let first: Vec<_> = report.first_bad.iter().take(2).collect();
        eprintln!("  no row came in: {first:?}");
    }
    Ok((report.created, report.bad))
}

/// Customers of managers who do not sign in, given to one of them until enough have moved.
async fn handover(
    engine: &Arc<Engine>,
    platform: &Actor,
    managers: &[Login],
    customers: u64,
) -> Result<Json> {
    let (to, from) = managers.split_last().ok_or("too few managers")?;
    let objects = ["person", "organization"].map(str::to_owned).to_vec();
    let most = HANDED.min(customers / 3);
    let (mut moved, mut spent) = (0, 0);
    for manager in from {
        let asked = Handover {
            from_user: manager.user,
            to_user: Some(to.user),
            objects: objects.clone(),
            divided: Vec::new(),
            receivers: Vec::new(),
            spread: Default::default(),
            with_unit: false,
            reason: "离职交接".into(),
        };
        let counts = engine.preview_handover(platform, manager.user).await?;
        let here = counts.iter().filter(|(name, _)| objects.iter().any(|o| o == name.as_str()));
        let here: u64 = here.map(|(_, count)| count).sum();
        let started = Instant::now();
        let job = engine.start_handover(platform, asked).await?;
        run(engine, job).await?;
        spent += micros(started)?;
        moved += here;
        if moved >= most {
            break;
        }
    }
    Ok(json!({ "rows": moved, "micros": spent }))
}

/// What a manager asks: the addresses by kind of request.
async fn requests(engine: &Arc<Engine>, login: &Login, measure: &str) -> Result<Json> {
    let actor = engine.actor(login.user, Origin::default()).await?;
    let records = "/api/v1/records";
    let persons = own(engine, &actor, "person", "aum > 0").await?;
    let companies = own(engine, &actor, "organization", "aum > 0").await?;
    let mut timelines = Vec::new();
    for id in &persons {
        let query = TimelineQuery {
            kinds: Vec::new(),
            from: None,
            until: None,
            cursor: None,
            limit: TIMELINE,
        };
        if let Some(next) = engine.timeline(&actor, "person", *id, &query).await?.next {
            timelines
                .push(format!("{records}/person/{id}/timeline?limit={TIMELINE}&cursor={next}"));
        }
    }
    let each = |object: &str, ids: &[Uuid], rest: &str| -> Vec<String> {
        ids.iter().map(|id| format!("{records}/{object}/{id}/{rest}")).collect()
    };
    Ok(json!({
        "login": login.login,
        "requests": {
            "overview": each("person", &persons, "overview"),
            "timeline": timelines,
            "graph": each("person", &persons, "graph?depth=2"),
            "ownership": each("organization", &companies, "graph/ownership?depth=6"),
            "trend": [format!("{measure}&owner={}", login.user)],
        },
        "check_at": format!("{records}/person/duplicates"),
        "check": check(engine, &actor, &persons).await?,
    }))
}

async fn own(engine: &Arc<Engine>, actor: &Actor, object: &str, filter: &str) -> Result<Vec<Uuid>> {
    let query = Query {
        filter: Some(format!("owner = me and {filter}")),
        columns: vec!["name".into()],
        limit: PAGES,
        ..Query::of(object)
    };
    let page = engine.query(actor, &query).await?;
    Ok(page.records.unwrap_or_default().iter().map(|record| record.id).collect())
}

/// Values as somebody types them who opens a customer that is there already.
async fn check(engine: &Arc<Engine>, actor: &Actor, persons: &[Uuid]) -> Result<Vec<Json>> {
    let mut bodies = Vec::new();
    for id in persons {
        let person = engine.get(actor, "person", *id, false).await?;
        let take = |field: &str| person.get(field).filter(|value| !value.is_null());
        let values = ["name", "mobile", "birth_on"].map(|field| (field, take(field)));
        let values: serde_json::Map<String, Json> = values
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), value?)))
            .collect();
        bodies.push(json!({ "values": values }));
    }
    Ok(bodies)
}
