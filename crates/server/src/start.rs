//! From a configuration to an open engine, and what a first start makes.

use std::path::Path;
use std::sync::Arc;

use engine::demo::{DemoPlan, Login};
use engine::{Actor, Change, Command, Engine, Values};
use kernel::{Clock, IdSource, Instant, RandomIds, SystemClock};
use schema::catalogue::{Right, Role, SystemKind};
use schema::{Name, Object};
use serde_json::json;
use store::Store;
use store::blobs::Blobs;
use store::db::{Db, Options};
use store::keys::{Algorithms, Keys};
use uuid::Uuid;

use crate::auth::{password, token};
use crate::config::Config;
use crate::packs;
use crate::scanner::scanner;

/// Why the product cannot start, for the one who started it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);

impl Trouble {
    /// `what` failed, and why, with all causes.
    pub fn at(what: impl std::fmt::Display, error: &dyn std::error::Error) -> Trouble {
        let mut text = format!("{what}: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(&format!(": {inner}"));
            cause = inner.source();
        }
        Trouble(text)
    }
}

impl From<engine::Error> for Trouble {
    fn from(error: engine::Error) -> Trouble {
        if let engine::Error::Refused(engine::Refusal::Invalid(violations)) = &error {
            let lines: Vec<String> = violations
                .iter()
                .map(|v| format!("{}: {} {:?}", v.field, v.code, v.params))
                .collect();
            return Trouble(lines.join("\n"));
        }
        Trouble::at("failed", &error)
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Trouble {
        Trouble::at("the store failed", &error)
    }
}

/// A login made by a first start, printed once.
#[derive(Debug, Clone)]
pub struct FirstLogin {
    /// What is typed.
    pub login: String,
    /// The one-time password.
    pub password: String,
    /// The role, in Chinese and English.
    pub role: String,
}

/// Opens database and keys, brings the tables up to this release and reads the published
/// definitions. Makes the data folder and the key ring when they are missing.
///
/// # Errors
/// Says what could not be opened.
pub async fn open(config: &Config) -> Result<Arc<Engine>, Trouble> {
    open_with(config, Arc::new(SystemClock), Arc::new(RandomIds)).await
}

/// As [`open`], with another clock and source of ids.
///
/// # Errors
/// Says what could not be opened.
pub async fn open_with(
    config: &Config,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
) -> Result<Arc<Engine>, Trouble> {
    make_folder(&config.data)?;
    let options = Options { connections: config.connections, ..Options::default() };
    let db = Db::open(&config.database_url, &options)
        .await
        .map_err(|error| Trouble::at("the database cannot be opened", &error))?;
    store::migrate::migrate(&db, clock.now())
        .await
        .map_err(|error| Trouble::at("the database cannot be brought up to date", &error))?;
    let keys = ring(config, &db, clock.now()).await?;
    let blobs = Blobs::open(db.clone(), keys.clone(), &config.data.join("files"))
        .await
        .map_err(|error| Trouble::at("the folder of files cannot be opened", &error))?;
    let store = Store::open(db, keys, Some(config.data.join("checkpoint")));
    store.prepare().await?;
    if let Some(audit) = store.audit() {
        audit.prepare().await?;
    }
    let engine = Engine::open(Arc::new(store), blobs, clock, ids.clone()).await?;
    if let Some(command) = &config.scan_command {
        engine.scan_with(scanner(command, config.data.clone(), ids));
    }
    Ok(Arc::new(engine))
}

/// The key ring of the database: a new one only for a database that never had one.
async fn ring(config: &Config, db: &Db, now: Instant) -> Result<Keys, Trouble> {
    let shown = config.key_file.display();
    if !config.key_file.exists() && Keys::are_needed(db).await? {
        return Err(Trouble(format!(
            "the key ring {shown} is missing, and this database was sealed under one: put it back \
             from where it is kept; no backup holds it"
        )));
    }
    let keys = Keys::open_or_create(&config.key_file, Algorithms::default(), now)
        .map_err(|error| Trouble::at(&shown, &error))?;
    keys.bind(db).await.map_err(|error| Trouble::at(&shown, &error))?;
    Ok(keys)
}

fn make_folder(folder: &Path) -> Result<(), Trouble> {
    let failed = |error: std::io::Error| Trouble::at(folder.display(), &error);
    if folder.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Publishes the first packs on an empty database; `false` when something is published already.
///
/// # Errors
/// When a pack has mistakes or cannot be published.
pub async fn install_first(engine: &Engine) -> Result<bool, Trouble> {
    if engine.catalogue().version > 0 {
        return Ok(false);
    }
    install(engine, &packs::first(), "").await?;
    Ok(true)
}

/// Publishes packs in the place of their namesakes; returns the version.
///
/// # Errors
/// With every mistake in the packs.
pub async fn install(
    engine: &Engine,
    packs: &[schema::pack::PackFiles],
    note: &str,
) -> Result<u64, Trouble> {
    let platform = engine.system(None, "installation");
    let proposal = engine.propose_packs(&platform, packs).await?.map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Trouble(lines.join("\n"))
    })?;
    Ok(engine.publish(&platform, proposal, note).await?)
}

/// The password of every demo user: a demo is for trying, not for real data.
pub const DEMO_PASSWORD: &str = "Jinyao-Demo-1";

/// The demo's plan, from the packs of this program.
///
/// # Errors
/// When its files cannot be read.
pub fn demo_plan() -> Result<DemoPlan, Trouble> {
    DemoPlan::read(&packs::embedded()).map_err(|error| Trouble::at("demo plan", &error))
}

/// Fills an empty institution with demo records for so many customers; every user made gets
/// [`DEMO_PASSWORD`]. `told` hears how many records there are so far, and of what.
///
/// # Errors
/// When there are business records already, or the plan does not fit the definitions.
pub async fn demo(
    engine: &Arc<Engine>,
    plan: &DemoPlan,
    customers: u64,
    mut told: impl FnMut(u64, &str),
) -> Result<Vec<Login>, Trouble> {
    let report = engine::demo::demo(engine, plan, customers, engine::demo::SEED, |progress| {
        told(progress.total, progress.object.as_str());
    });
    let logins = report.await?.logins;
    let hash = password::compute(DEMO_PASSWORD).map_err(Trouble)?;
    let users: Vec<(Uuid, String)> =
        logins.iter().map(|login| (login.user, hash.clone())).collect();
    let platform = engine.system(None, "demo");
    engine.admit_users(&platform, &users, false).await?;
    Ok(logins)
}

/// Whether nobody could sign in: no user was ever made.
///
/// # Errors
/// When the database cannot answer or the definitions have no users.
pub async fn is_empty(engine: &Engine) -> Result<bool, Trouble> {
    let users = system(engine, SystemKind::User)?;
    let platform = engine.system(None, "installation");
    let query = schema::Query { limit: 1, ..schema::Query::of(users.as_str()) };
    let page = engine.query(&platform, &query).await?;
    Ok(page.records.is_none_or(|records| records.is_empty()))
}

/// Makes the first org unit and one administrator for each role that holds rights on the platform
/// itself. Does nothing when there is a user already.
///
/// # Errors
/// When the definitions lack the platform's own objects, or a record is refused.
pub async fn first_administrators(engine: &Engine) -> Result<Vec<FirstLogin>, Trouble> {
    let catalogue = engine.catalogue();
    let platform = engine.system(None, "installation");
    if !is_empty(engine).await? {
        return Ok(Vec::new());
    }
    let units = system(engine, SystemKind::OrgUnit)?;
    let unit = make(engine, &platform, &units, json!({ "code": "HQ", "name": "总行" })).await?;
    let mut logins = Vec::new();
    for role in catalogue.roles.values().filter(|role| administers(role)) {
        let login = role.name.as_str().replace('_', "-");
        let new = NewUser { login: &login, name: &role.label.zh, role: &role.name, unit };
        let password = create_user(engine, &platform, &new).await?;
        let role = format!("{} · {}", role.label.zh, role.label.en);
        logins.push(FirstLogin { login, password, role });
    }
    Ok(logins)
}

fn administers(role: &Role) -> bool {
    [Right::Publish, Right::Users, Right::Audit].iter().any(|right| role.rights.contains(right))
}

/// A user to make.
pub struct NewUser<'a> {
    /// What they type.
    pub login: &'a str,
    /// Their name.
    pub name: &'a str,
    /// The role they hold.
    pub role: &'a Name,
    /// Their org unit, where they hold the role.
    pub unit: Uuid,
}

/// Makes a user with a role and a one-time password, which is returned.
///
/// # Errors
/// When a record is refused or the system gives no randomness.
pub async fn create_user(
    engine: &Engine,
    actor: &Actor,
    new: &NewUser<'_>,
) -> Result<String, Trouble> {
    let users = system(engine, SystemKind::User)?;
    let assignments = system(engine, SystemKind::Assignment)?;
    let values =
        json!({ "login": new.login, "name": new.name, "active": true, "org_unit": new.unit });
    let user = make(engine, actor, &users, values).await?;
    let values = json!({ "user": user, "role": new.role, "unit": new.unit });
    make(engine, actor, &assignments, values).await?;
    reset_password(engine, actor, user).await
}

/// Gives a user a one-time password, which is returned.
///
/// # Errors
/// When there is no such user or the system gives no randomness.
pub async fn reset_password(engine: &Engine, actor: &Actor, user: Uuid) -> Result<String, Trouble> {
    let plain = token::one_time_password().map_err(|error| Trouble::at("password", &error))?;
    let hash = password::compute(&plain).map_err(Trouble)?;
    engine.set_password(actor, user, hash).await?;
    Ok(plain)
}

/// Name of the platform's object of a kind.
///
/// # Errors
/// When the published definitions have none.
pub fn system(engine: &Engine, kind: SystemKind) -> Result<Name, Trouble> {
    let catalogue = engine.catalogue();
    let found = catalogue.system(kind).map(|(_, object): (_, &Object)| object.name.clone());
    found.ok_or_else(|| Trouble(format!("the published definitions have no {kind:?} object")))
}

async fn make(
    engine: &Engine,
    actor: &Actor,
    object: &Name,
    values: serde_json::Value,
) -> Result<Uuid, Trouble> {
    let serde_json::Value::Object(values) = values else {
        return Err(Trouble("values must be an object".into()));
    };
    let values: Values = values;
    let change = Change::Create { object: object.clone(), id: None, values };
    Ok(engine.submit(actor, Command::from(change)).await?.id)
}
