//! Signing in and out, one's own password and second factor.
//!
//! A refused login says the same whether the login exists or not, and takes as long.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::{get, post, put};
use engine::Violation;
use engine::access::{self, Account, Must, Opening, Session};
use kernel::Instant;
use serde_json::{Value as Json, json};

use super::body::{Input, MaybeInput};
use super::fields::Fields;
use super::gate::Client;
use super::limits::Counted;
use super::problem::{Answer, Problem};
use super::reply;
use crate::app::App;
use crate::auth::caller::{Caller, Halfway, Proof, cookie_name, take};
use crate::auth::{password, token, totp};

/// What a login costs of an address's requests, so that guessing is slow.
const LOGIN_COST: u32 = 10;

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/session", post(open).get(show).delete(close))
        .route("/session/password", put(change_password))
        .route("/session/totp", post(begin_totp).put(confirm_totp).delete(remove_totp))
        .route("/session/all", get(list).delete(close_others))
}

async fn open(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    Input { json, .. }: Input,
) -> Answer {
    take(&app, Counted::Address(client.ip), LOGIN_COST)?;
    let mut fields = Fields::of(json, &["login", "password", "code"])?;
    let login = fields.text("login", 100);
    let password = fields.text("password", password::MOST);
    let code = fields.maybe_text("code", 10);
    fields.end()?;
    let account = app.engine().account_by_login(login.trim()).await?;
    let now = app.engine().now();
    let until = match &account {
        Some(account) => locked(Some(account), now),
        None => app.strangers().locked(login.trim(), now),
    };
    if let Some(until) = until {
        app.engine().refuse_login(account.as_ref(), &login, &client.origin(), "locked").await?;
        return Err(locked_until(until, now));
    }
    let hash = account.as_ref().filter(|a| a.active).and_then(Account::hash);
    if !app.hasher().fits(password, hash).await? {
        return Err(refused(&app, account.as_ref(), &login, &client, now).await?);
    }
    let Some(account) = account else {
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "credentials"));
    };
    let step = match (account.confirmed_totp(), code) {
        (None, _) => None,
        (Some(_), None) => return Err(Problem::new(StatusCode::UNAUTHORIZED, "second_factor")),
        (Some(factor), Some(code)) => {
            match totp::step_of(&factor.secret, code.trim(), now, factor.last) {
                Some(step) => Some(step),
                None => return Err(refused(&app, Some(&account), &login, &client, now).await?),
            }
        }
    };
    let secret = token::new().map_err(|error| Problem::internal(&error.to_string()))?;
    let opening = Opening { token: token::hash(&secret), agent: agent(&headers), step };
    let session = app.engine().accept_login(&account, &client.origin(), opening).await?;
    let mut response =
        reply::json(StatusCode::CREATED, &describe(&session, &token::csrf(&secret)))?;
    response.headers_mut().insert(header::SET_COOKIE, set_cookie(&app, &secret, None)?);
    Ok(response)
}

fn locked(account: Option<&Account>, now: Instant) -> Option<Instant> {
    account.and_then(Account::locked_until).filter(|until| *until > now)
}

fn locked_until(until: Instant, now: Instant) -> Problem {
    let seconds = (until.as_second() - now.as_second()).max(1);
    Problem::new(StatusCode::UNAUTHORIZED, "locked")
        .retry_after(u64::try_from(seconds).unwrap_or(1))
}

/// Records a failed attempt and says no more than that it failed.
async fn refused(
    app: &App,
    account: Option<&Account>,
    login: &str,
    client: &Client,
    now: Instant,
) -> Answer<Problem> {
    let locked = app.engine().refuse_login(account, login, &client.origin(), "credentials").await?;
    let locked = match account {
        Some(_) => locked,
        None => app.strangers().failed(login.trim(), &app.engine().policy(), now),
    };
    Ok(match locked {
        Some(until) if until > now => locked_until(until, now),
        _ => Problem::new(StatusCode::UNAUTHORIZED, "credentials"),
    })
}

fn agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    text.unwrap_or_default().chars().take(200).collect()
}

fn set_cookie(app: &App, secret: &str, max_age: Option<u32>) -> Answer<HeaderValue> {
    let plain = app.config().plain_http;
    let name = cookie_name(plain);
    let secure = if plain { "" } else { "; Secure" };
    let age = max_age.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    HeaderValue::from_str(&text).map_err(|_| Problem::internal("a cookie that is no header"))
}

fn describe(session: &Session, csrf: &str) -> Json {
    json!({
        "user": session.user,
        "csrf": csrf,
        "must": session.must.map(must),
        "expires_at": session.expires_at.to_string(),
    })
}

fn must(must: Must) -> &'static str {
    match must {
        Must::ChangePassword => "password_change",
        Must::SetUpSecondFactor => "second_factor_setup",
    }
}

async fn show(State(app): State<App>, Halfway { caller, .. }: Halfway) -> Answer {
    match &caller.proof {
        Proof::Session { token, csrf } => {
            let session = app.known().session(app.engine(), *token).await?;
            let session = session.ok_or_else(|| Problem::internal("a session that vanished"))?;
            reply::ok(&describe(&session, csrf))
        }
        Proof::Key => reply::ok(
            &json!({ "user": caller.actor.user(), "csrf": null, "must": null, "expires_at": null }),
        ),
    }
}

async fn close(State(app): State<App>, Halfway { caller, .. }: Halfway) -> Answer {
    if let Proof::Session { token, .. } = &caller.proof {
        app.engine().end_session(&caller.actor, token).await?;
        app.known().forget(token);
    }
    let mut response = reply::nothing();
    response.headers_mut().insert(header::SET_COOKIE, set_cookie(&app, "", Some(0))?);
    Ok(response)
}

/// The own account of someone who signed in with a session; keys have no password.
async fn own(app: &App, caller: &Caller) -> Answer<(Account, token::TokenHash)> {
    let Proof::Session { token, .. } = &caller.proof else {
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden"));
    };
    let account = app.engine().account(caller.actor.user()).await?;
    Ok((account.ok_or_else(Problem::not_found)?, *token))
}

async fn change_password(
    State(app): State<App>,
    Halfway { caller, .. }: Halfway,
    Input { json, .. }: Input,
) -> Answer {
    take(&app, Counted::Actor(caller.actor.user()), LOGIN_COST)?;
    let (account, token) = own(&app, &caller).await?;
    let mut fields = Fields::of(json, &["current", "new"])?;
    let current = fields.text("current", password::MOST);
    let new = fields.text("new", password::MOST);
    fields.end()?;
    let now = app.engine().now();
    if let Some(until) = locked(Some(&account), now) {
        return Err(locked_until(until, now));
    }
    if !app.hasher().fits(current, account.hash()).await? {
        let origin = caller.client.origin();
        app.engine().refuse_login(Some(&account), &account.login, &origin, "password").await?;
        return Err(Problem::invalid(vec![Violation::new("current", "wrong")]));
    }
    let policy = app.engine().policy();
    let mut violations = access::weaknesses(&policy, &account.login, "new", &new);
    let barred = account.past_hashes(policy.history);
    if app.hasher().fits_any(new.clone(), barred).await? {
        violations.push(Violation::new("new", "reused").with("count", policy.history.to_string()));
    }
    if !violations.is_empty() {
        return Err(Problem::invalid(violations));
    }
    let hash = app.hasher().hash(new).await?;
    app.engine().change_password(&caller.actor, &account, hash, &token).await?;
    app.known().forget_user(account.user);
    Ok(reply::nothing())
}

async fn begin_totp(
    State(app): State<App>,
    Halfway { caller, .. }: Halfway,
    MaybeInput(_): MaybeInput,
) -> Answer {
    let (account, _) = own(&app, &caller).await?;
    let secret = totp::new_secret().map_err(|error| Problem::internal(&error.to_string()))?;
    app.engine().begin_totp(&caller.actor, &account, &secret).await?;
    let address = totp::address(&secret, &account.login);
    reply::json(
        StatusCode::CREATED,
        &json!({ "secret": totp::readable(&secret), "address": address }),
    )
}

async fn confirm_totp(
    State(app): State<App>,
    Halfway { caller, .. }: Halfway,
    Input { json, .. }: Input,
) -> Answer {
    take(&app, Counted::Actor(caller.actor.user()), LOGIN_COST)?;
    let (account, _) = own(&app, &caller).await?;
    let mut fields = Fields::of(json, &["code"])?;
    let code = fields.text("code", 10);
    fields.end()?;
    let step = account.totp().and_then(|factor| {
        totp::step_of(&factor.secret, code.trim(), app.engine().now(), factor.last)
    });
    let Some(step) = step else {
        return Err(Problem::invalid(vec![Violation::new("code", "wrong")]));
    };
    app.engine().confirm_totp(&caller.actor, &account, step).await?;
    app.known().forget_user(account.user);
    Ok(reply::nothing())
}

async fn remove_totp(
    State(app): State<App>,
    Halfway { caller, .. }: Halfway,
    Input { json, .. }: Input,
) -> Answer {
    take(&app, Counted::Actor(caller.actor.user()), LOGIN_COST)?;
    let (account, _) = own(&app, &caller).await?;
    let mut fields = Fields::of(json, &["password"])?;
    let given = fields.text("password", password::MOST);
    fields.end()?;
    let now = app.engine().now();
    if let Some(until) = locked(Some(&account), now) {
        return Err(locked_until(until, now));
    }
    if !app.hasher().fits(given, account.hash()).await? {
        let origin = caller.client.origin();
        app.engine().refuse_login(Some(&account), &account.login, &origin, "password").await?;
        return Err(Problem::invalid(vec![Violation::new("password", "wrong")]));
    }
    app.engine().remove_totp(&caller.actor, account.user).await?;
    app.known().forget_user(account.user);
    Ok(reply::nothing())
}

async fn list(State(app): State<App>, caller: Caller) -> Answer {
    let user = caller.actor.user();
    let account = app.engine().account(user).await?.ok_or_else(Problem::not_found)?;
    let sessions = app.engine().sessions(&caller.actor, user).await?;
    reply::ok(&json!({
        "changed_at": account.credential.as_ref().map(|c| c.changed_at.to_string()),
        "second_factor": account.confirmed_totp().is_some(),
        "sessions": sessions.iter().map(session_json).collect::<Vec<_>>(),
    }))
}

/// A session as its owner or an administrator sees it.
pub fn session_json(session: &Session) -> Json {
    json!({
        "id": session.short_id(),
        "created_at": session.created_at.to_string(),
        "last_seen": session.last_seen.to_string(),
        "expires_at": session.expires_at.to_string(),
        "ip": session.ip,
        "agent": session.agent,
    })
}

async fn close_others(State(app): State<App>, caller: Caller) -> Answer {
    let keep = match &caller.proof {
        Proof::Session { token, .. } => Some(*token),
        Proof::Key => None,
    };
    app.engine().end_sessions(&caller.actor, caller.actor.user(), keep.as_ref()).await?;
    app.known().forget_user(caller.actor.user());
    Ok(reply::nothing())
}
