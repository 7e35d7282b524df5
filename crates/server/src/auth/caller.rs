//! Who calls: a session's cookie with its CSRF token, or an API key.
//!
//! Being an argument of a handler is what protects a route. Nothing here decides what a caller may
//! do with records.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use engine::Actor;
use engine::access::Must;

use super::token::{self, TokenHash};
use crate::app::App;
use crate::config::network;
use crate::http::gate::{Client, is_safe};
use crate::http::limits::Counted;
use crate::http::problem::{Answer, Problem};

/// Header that proves that a request with a cookie comes from the product's own pages.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Someone signed in who may use the whole API.
pub struct Caller {
    /// With what rights.
    pub actor: Actor,
    /// From where.
    pub client: Client,
    /// How they showed who they are.
    pub proof: Proof,
}

/// Someone signed in who may first have to change the password or set up the second factor.
pub struct Halfway {
    /// Who.
    pub caller: Caller,
    /// What they must do first.
    pub must: Option<Must>,
}

/// How a caller showed who they are.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A session.
    Session {
        /// Digest of its token.
        token: TokenHash,
        /// Its CSRF token.
        csrf: String,
    },
    /// An API key.
    Key,
}

/// Name of the session's cookie. The prefix makes browsers insist on TLS and this very host.
#[must_use]
pub fn cookie_name(plain_http: bool) -> &'static str {
    if plain_http { "jinyao" } else { "__Host-jinyao" }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Problem> {
        let Halfway { caller, must } = Halfway::from_request_parts(parts, app).await?;
        match must {
            None => Ok(caller),
            Some(Must::ChangePassword) => {
                Err(Problem::new(StatusCode::FORBIDDEN, "password_change"))
            }
            Some(Must::SetUpSecondFactor) => {
                Err(Problem::new(StatusCode::FORBIDDEN, "second_factor_setup"))
            }
        }
    }
}

impl FromRequestParts<App> for Halfway {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Halfway, Problem> {
        let client = client(parts)?;
        match bearer(&parts.headers)? {
            Some(secret) => by_key(app, client, secret).await,
            None => by_session(app, client, &parts.method, &parts.headers).await,
        }
    }
}

/// Where the request came from, as the gate saw it.
///
/// # Errors
/// When the route stands outside the gate.
pub fn client(parts: &Parts) -> Answer<Client> {
    let found = parts.extensions.get::<Client>().cloned();
    found.ok_or_else(|| Problem::internal("a route outside the gate"))
}

impl FromRequestParts<App> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Client, Problem> {
        client(parts)
    }
}

fn unauthenticated() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated")
}

fn bearer(headers: &HeaderMap) -> Answer<Option<&str>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().ok().and_then(|text| text.split_once(' '));
    match text {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(secret.trim())),
        _ => Err(unauthenticated()),
    }
}

async fn by_key(app: &App, client: Client, secret: &str) -> Answer<Halfway> {
    let stranger = Counted::Address(client.ip);
    let Some(key) = app.known().key(app.engine(), secret).await? else {
        take(app, stranger, 5)?;
        return Err(unauthenticated());
    };
    if !allowed(&key.networks, client.ip) {
        take(app, stranger, 5)?;
        return Err(Problem::new(StatusCode::FORBIDDEN, "address"));
    }
    take(app, Counted::Actor(key.id), 1)?;
    let actor = app.engine().key_actor(&key, client.origin()).await;
    let mut actor = actor.map_err(|_| unauthenticated())?;
    actor.language = client.language;
    Ok(Halfway { caller: Caller { actor, client, proof: Proof::Key }, must: None })
}

/// Whether an address lies in one of the networks; any does when there are none.
fn allowed(networks: &[String], ip: std::net::IpAddr) -> bool {
    let contains = |text: &String| network(text).is_some_and(|net| net.contains(&ip));
    networks.is_empty() || networks.iter().any(contains)
}

async fn by_session(
    app: &App,
    client: Client,
    method: &Method,
    headers: &HeaderMap,
) -> Answer<Halfway> {
    let Some(cookie) = cookie(headers, cookie_name(app.config().plain_http)) else {
        take(app, Counted::Address(client.ip), 1)?;
        return Err(unauthenticated());
    };
    let token = token::hash(cookie);
    let Some(session) = app.known().session(app.engine(), token).await? else {
        take(app, Counted::Address(client.ip), 2)?;
        return Err(unauthenticated());
    };
    take(app, Counted::Actor(session.user), 1)?;
    let csrf = token::csrf(cookie);
    if !is_safe(method) {
        let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        if !given.is_some_and(|given| token::same(given, &csrf)) {
            return Err(Problem::new(StatusCode::FORBIDDEN, "csrf"));
        }
    }
    let actor = app.engine().actor(session.user, client.origin()).await;
    let mut actor = match actor {
        Ok(actor) => actor,
        Err(engine::Error::Refused(_)) => return Err(unauthenticated()),
        Err(error) => return Err(error.into()),
    };
    actor.language = client.language;
    let must = session.must;
    Ok(Halfway { caller: Caller { actor, client, proof: Proof::Session { token, csrf } }, must })
}

/// Counts a request.
///
/// # Errors
/// When there were too many.
pub fn take(app: &App, who: Counted, cost: u32) -> Answer<()> {
    app.limits()
        .take(who, cost, app.engine().now())
        .map_err(|seconds| Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate").retry_after(seconds))
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
