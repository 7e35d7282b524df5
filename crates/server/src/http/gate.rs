//! What every request passes: an id, the client's address and language, a time limit, and on the
//! way back problem texts, security headers, metrics and one log line without personal data.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use engine::Origin;
use schema::catalogue::Language;

use super::problem::Problem;
use crate::app::App;

/// Where a request came from and how to answer it.
#[derive(Debug, Clone)]
pub struct Client {
    /// Address of the client, behind trusted proxies.
    pub ip: IpAddr,
    /// Language of sentences.
    pub language: Language,
    /// Id of the request.
    pub trace: Arc<str>,
}

/// Address of the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Header that carries a request's id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

impl Client {
    /// For the audit log.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin { ip: Some(self.ip.to_string()), request: Some(self.trace.to_string()) }
    }
}

/// The one layer around all routes.
pub async fn gate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = tokio::time::Instant::now();
    let client = client(&app, &request);
    let (language, trace) = (client.language, client.trace.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(client);
    let limit = Duration::from_secs(app.config().request_seconds);
    let slow = route.as_ref().is_some_and(|route| app.is_long(route.as_str()));
    let answer = if slow {
        Ok(next.run(request).await)
    } else {
        tokio::time::timeout(limit, next.run(request)).await
    };
    let response = answer.unwrap_or_else(|_| {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout").retry_after(5);
        problem.write(language, &trace)
    });
    let mut response = explain(response, language, &trace);
    seal(response.headers_mut(), &trace);
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let micros = started.elapsed().as_micros();
    crate::metrics::request(&method, route, response.status(), started.elapsed());
    tracing::debug!(
        target: "http",
        %method, route, status = response.status().as_u16(), micros = %micros, trace = &*trace,
    );
    response
}

/// Turns a refusal that is still data, or bare, into problem details.
fn explain(mut response: Response, language: Language, trace: &str) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if response.headers().contains_key(header::CONTENT_TYPE) => bare(status)
            .filter(|_| !is_problem(response.headers()))
            .unwrap_or_else(|| Problem::new(status, "malformed")),
        None => bare(status).unwrap_or_else(|| Problem::new(status, "malformed")),
    };
    if is_problem(response.headers()) {
        return response;
    }
    let mut written = problem.write(language, trace);
    for (name, value) in response.headers() {
        if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
            written.headers_mut().insert(name.clone(), value.clone());
        }
    }
    written
}

fn is_problem(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"application/problem+json"))
}

/// The problem that a status without one stands for.
fn bare(status: StatusCode) -> Option<Problem> {
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "media_type",
        StatusCode::INTERNAL_SERVER_ERROR => "internal",
        _ => return None,
    };
    Some(Problem::new(status, code))
}

fn seal(headers: &mut HeaderMap, trace: &str) {
    let fixed =
        [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::REFERRER_POLICY, "no-referrer")];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(trace) {
        headers.insert(REQUEST_ID, value);
    }
}

fn client(app: &App, request: &Request) -> Client {
    let headers = request.headers();
    let peer =
        request.extensions().get::<Peer>().map_or(IpAddr::from([127, 0, 0, 1]), |p| p.0.ip());
    Client {
        ip: address(app, headers, peer),
        language: language(headers),
        trace: trace(app, headers),
    }
}

/// The nearest address that is no trusted proxy.
fn address(app: &App, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    let trusted = |ip: &IpAddr| app.config().trusted_proxies.iter().any(|net| net.contains(ip));
    let mut at = peer;
    if !trusted(&at) {
        return at;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    for hop in hops.into_iter().rev() {
        let Ok(ip) = hop.parse::<IpAddr>() else { return at };
        at = ip;
        if !trusted(&at) {
            return at;
        }
    }
    at
}

fn trace(app: &App, headers: &HeaderMap) -> Arc<str> {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |text: &&str| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    match given.filter(plain) {
        Some(text) => text.into(),
        None => {
            let mut buffer = uuid::Uuid::encode_buffer();
            let id = app.engine().next_id(app.engine().now());
            (&*id.simple().encode_lower(&mut buffer)).into()
        }
    }
}

/// The language asked for; Chinese unless English ranks higher.
fn language(headers: &HeaderMap) -> Language {
    let Some(text) = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) else {
        return Language::Zh;
    };
    let mut best = (Language::Zh, 0);
    for part in text.split(',') {
        let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
        let weight = weight(rest);
        let tag = tag.trim().to_ascii_lowercase();
        let found = match tag.split('-').next() {
            Some("zh") => Language::Zh,
            Some("en") => Language::En,
            _ => continue,
        };
        if weight > best.1 {
            best = (found, weight);
        }
    }
    best.0
}

/// A quality value in thousandths; 1000 when there is none.
fn weight(parameters: &str) -> u32 {
    let Some((_, value)) = parameters.split_once("q=") else { return 1000 };
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if whole == "1" {
        return 1000;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    digits.parse().unwrap_or(0)
}

/// Whether a method changes nothing.
#[must_use]
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_highest_ranked_known_language_wins() {
        let check = |text: &str, expected: Language| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, text.parse().unwrap());
            assert_eq!(language(&headers), expected, "{text}");
        };
        check("en-US,en;q=0.9", Language::En);
        check("fr, en;q=0.5, zh-CN;q=0.8", Language::Zh);
        check("de", Language::Zh);
        check("zh;q=0.1, en;q=0.95", Language::En);
    }
}
