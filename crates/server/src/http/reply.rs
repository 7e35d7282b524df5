//! Answers: JSON written straight to bytes, with the record's version as `ETag`.

use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use engine::{Outcome, View, Violation};
use schema::field::Flaw;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::problem::{Answer, Problem};
use crate::app::App;

/// First guess at an answer's size.
const BYTES: usize = 2048;

/// `value` as JSON.
pub fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let mut bytes = Vec::with_capacity(BYTES);
    serde_json::to_writer(&mut bytes, value)
        .map_err(|error| Problem::internal(&format!("writing an answer: {error}")))?;
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// `value` as JSON with status 200.
pub fn ok(value: &impl Serialize) -> Answer {
    json(StatusCode::OK, value)
}

/// Nothing more to say.
#[must_use]
pub fn nothing() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A record with its version as `ETag`; 304 when the caller has it already.
pub fn record(view: &View, headers: &HeaderMap) -> Answer {
    let tag = etag(view.version);
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|given| *given == tag);
    let mut response = if known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        ok(view)?
    };
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

/// A record with members beside its own. Its version is its `ETag` still, but the answer is never
/// 304: what is beside the record changes without it.
pub fn record_with(view: &View, more: &Json) -> Answer {
    let mut body = serde_json::to_value(view).map_err(|e| Problem::internal(&e.to_string()))?;
    if let (Json::Object(body), Json::Object(more)) = (&mut body, more) {
        body.extend(more.clone());
    }
    let mut response = ok(&body)?;
    response.headers_mut().insert(header::ETAG, etag(view.version));
    Ok(response)
}

/// What a command came to.
pub fn outcome(status: StatusCode, outcome: &Outcome) -> Answer {
    let mut response = match &outcome.view {
        Some(view) if !outcome.duplicates.is_empty() => {
            let mut response = record_with(view, &json!({ "duplicates": outcome.duplicates }))?;
            *response.status_mut() = status;
            response
        }
        Some(view) => json(status, view)?,
        None => {
            let Outcome { object, id, version, .. } = outcome;
            json(status, &json!({ "object": object, "id": id, "version": version }))?
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag(outcome.version));
    if outcome.replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    if status == StatusCode::CREATED {
        let location = format!("{}/records/{}/{}", super::BASE, outcome.object, outcome.id);
        if let Ok(value) = HeaderValue::from_str(&location) {
            headers.insert(header::LOCATION, value);
        }
    }
    Ok(response)
}

fn etag(version: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// The version that `If-Match` asks for. A tag that is no version of ours fits no record.
///
/// # Errors
/// When the header is not one quoted tag or `*`.
pub fn if_match(headers: &HeaderMap) -> Answer<Option<u64>> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let malformed = || Problem::malformed("If-Match must be one quoted version such as \"3\"");
    let text = value.to_str().map_err(|_| malformed())?.trim();
    if text == "*" {
        return Ok(None);
    }
    let strong = text.strip_prefix("W/").unwrap_or(text);
    let tag = strong.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let tag = tag.filter(|tag| !tag.contains('"')).ok_or_else(malformed)?;
    if strong.len() != text.len() {
        return Ok(Some(0));
    }
    Ok(Some(tag.parse().unwrap_or(0)))
}

/// Flaws of a request's parameters, as violations.
#[must_use]
pub fn flaws(flaws: Vec<Flaw>) -> Problem {
    let violation = |flaw: Flaw| {
        let place = flaw.params.get("parameter").or_else(|| flaw.params.get("name"));
        let mut violation = Violation::new(place.cloned().unwrap_or_default(), flaw.code);
        violation.params = flaw.params;
        violation
    };
    Problem::invalid(flaws.into_iter().map(violation).collect())
}

/// The pairs of a query string.
///
/// # Errors
/// When it holds a NUL character or is not UTF-8.
pub fn pairs(query: Option<&str>) -> Answer<Vec<(String, String)>> {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let unclean = |text: &str| text.contains('\0') || text.contains('\u{fffd}');
    match pairs.iter().find(|(key, value)| unclean(key) || unclean(value)) {
        Some(_) => Err(Problem::malformed("the query string holds unusable characters")),
        None => Ok(pairs),
    }
}

/// Takes the only values of some parameters; any other parameter is a violation.
///
/// # Errors
/// When an unknown parameter or a repetition occurs.
pub fn named<const N: usize>(query: Option<&str>, known: [&str; N]) -> Answer<[Option<String>; N]> {
    let mut found = [const { None }; N];
    let mut violations = Vec::new();
    for (key, value) in pairs(query)? {
        match known.iter().position(|name| *name == key).and_then(|at| found.get_mut(at)) {
            Some(place @ None) => *place = Some(value),
            Some(Some(_)) => violations.push(Violation::new(key.as_str(), "duplicate")),
            None => {
                let violation = match kernel::text::nearest(&key, known) {
                    Some(near) => {
                        Violation::new(key.as_str(), "unknown_parameter_near").with("near", near)
                    }
                    None => Violation::new(key.as_str(), "unknown_parameter"),
                };
                violations.push(violation.with("name", key.as_str()));
            }
        }
    }
    if violations.is_empty() { Ok(found) } else { Err(Problem::invalid(violations)) }
}

/// A number of rows between 1 and `most`.
///
/// # Errors
/// When it is not.
pub fn limit(text: Option<&str>, default: u32, most: u32) -> Answer<u32> {
    let Some(text) = text else { return Ok(default) };
    text.parse().ok().filter(|limit| (1..=most).contains(limit)).ok_or_else(|| {
        let violation = Violation::new("limit", "range").with("min", "1");
        Problem::invalid(vec![violation.with("max", most.to_string())])
    })
}

/// What a parameter names of `known`; the first of them when it is not given.
///
/// # Errors
/// When it names none of them.
pub fn one_of<T: Copy>(name: &str, text: Option<&str>, known: &[(&str, T)]) -> Answer<T> {
    let asked = text.or_else(|| known.first().map(|(word, _)| *word)).unwrap_or_default();
    let found = known.iter().find(|(word, _)| *word == asked);
    found.map(|(_, meant)| *meant).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let violation = Violation::new(name, "unknown_value").with("name", name);
        Problem::invalid(vec![violation.with("value", asked).with("known", words.join(", "))])
    })
}

/// Parts of the path; what does not parse names nothing that exists.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<At<T>, Problem> {
        match Path::<T>::from_request_parts(parts, app).await {
            Ok(Path(value)) => Ok(At(value)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

/// An object's name and a record's id.
pub type Record = At<(String, Uuid)>;
