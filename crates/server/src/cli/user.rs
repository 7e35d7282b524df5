//! `jinyao user`: logins, for when nobody can sign in.

use std::process::ExitCode;

use clap::Subcommand;
use engine::access::{Account, NewApiKey, Scope};
use engine::{Actor, Engine};
use schema::catalogue::SystemKind;
use schema::query::Sort;
use schema::{Name, Query};
use uuid::Uuid;

use super::say;
use crate::auth::token;
use crate::config::Config;
use crate::start::{self, NewUser, Trouble};

/// What to do with logins.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make a user with a role; prints a one-time password.
    Create {
        /// What they type.
        login: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// The role they hold.
        #[arg(long)]
        role: String,
        /// Code of their org unit.
        #[arg(long)]
        unit: String,
    },
    /// Set a one-time password and end the user's sessions.
    Password {
        /// Whose.
        login: String,
    },
    /// End a lock-out.
    Unlock {
        /// Whose.
        login: String,
    },
    /// Make an API key with a user's rights, narrowed to scopes; prints it this once.
    Key {
        /// Whose rights.
        login: String,
        /// What the key is for.
        #[arg(long)]
        label: String,
        /// What it may do, such as `*:read`; may be repeated.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
    },
    /// List users.
    List,
}

/// Runs the command.
pub async fn run(user: User, config: &Config) -> Result<ExitCode, Trouble> {
    let engine = start::open(config).await?;
    let actor = engine.system(None, "command line");
    match user {
        User::Create { login, name, role, unit } => {
            let catalogue = engine.catalogue();
            let role = catalogue.roles.get_key_value(role.as_str()).map(|(name, _)| name);
            let known = || catalogue.roles.keys().map(Name::as_str).collect::<Vec<_>>().join(", ");
            let role = role.ok_or_else(|| Trouble(format!("no such role; known: {}", known())))?;
            let unit = unit_by_code(&engine, &actor, &unit).await?;
            let new = NewUser { login: &login, name: &name, role, unit };
            let password = start::create_user(&engine, &actor, &new).await?;
            say(&format!("{login} {password}"));
        }
        User::Password { login } => {
            let account = account(&engine, &login).await?;
            let password = start::reset_password(&engine, &actor, account.user).await?;
            say(&format!("{login} {password}"));
        }
        User::Unlock { login } => {
            let account = account(&engine, &login).await?;
            engine.unlock(&actor, account.user).await?;
        }
        User::Key { login, label, scopes } => {
            let user = account(&engine, &login).await?.user;
            let read = |text: &String| {
                Scope::parse(text).ok_or_else(|| Trouble(format!("`{text}` is no scope")))
            };
            let scopes = scopes.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let made = token::api_key().map_err(|error| Trouble::at("key", &error))?;
            let new = NewApiKey {
                user,
                label,
                scopes,
                networks: Vec::new(),
                expires_at: None,
                prefix: made.prefix,
                hash: made.hash,
            };
            engine.create_api_key(&actor, new).await?;
            say(&made.secret);
        }
        User::List => list(&engine, &actor).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn account(engine: &Engine, login: &str) -> Result<Account, Trouble> {
    let found = engine.account_by_login(login).await?;
    found.ok_or_else(|| Trouble(format!("there is no user `{login}`")))
}

async fn unit_by_code(engine: &Engine, actor: &Actor, code: &str) -> Result<Uuid, Trouble> {
    let units = start::system(engine, SystemKind::OrgUnit)?;
    let quoted = code.replace('\'', "''");
    let query =
        Query { filter: Some(format!("code = '{quoted}'")), limit: 1, ..Query::of(units.as_str()) };
    let page = engine.query(actor, &query).await?;
    let found = page.records.and_then(|records| records.first().map(|view| view.id));
    found.ok_or_else(|| Trouble(format!("there is no org unit `{code}`")))
}

async fn list(engine: &Engine, actor: &Actor) -> Result<(), Trouble> {
    let users = start::system(engine, SystemKind::User)?;
    let mut query = Query {
        columns: ["login", "name", "active"].map(str::to_owned).to_vec(),
        sort: vec![Sort { field: "login".into(), descending: false }],
        limit: 200,
        ..Query::of(users.as_str())
    };
    loop {
        let page = engine.query(actor, &query).await?;
        for view in page.records.unwrap_or_default() {
            let text = |field: &str| match view.get(field) {
                Some(serde_json::Value::String(text)) => text,
                _ => String::new(),
            };
            let active = view.get("active") == Some(serde_json::Value::Bool(true));
            let state = if active { "" } else { "inactive" };
            say(&format!("{:<24} {:<20} {state}", text("login"), text("name")));
        }
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return Ok(()),
        }
    }
}
