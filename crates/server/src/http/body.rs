//! Request bodies: JSON of a bounded size, read strictly, with the key that makes repeats safe.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use engine::Idempotency;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::problem::{Answer, Problem};
use super::strict;
use crate::app::App;

/// Most bytes of a JSON body.
pub const JSON_BYTES: usize = 1 << 20;

/// Most bytes of an idempotency key.
const KEY_BYTES: usize = 200;

/// A JSON body and the request's idempotency key, if it has one.
#[derive(Debug)]
pub struct Input {
    /// The body.
    pub json: Json,
    /// Key and digest of the whole request.
    pub idempotency: Option<Idempotency>,
}

/// An absent or JSON body, for requests where it may be left out.
#[derive(Debug)]
pub struct MaybeInput(pub Input);

impl FromRequest<App> for Input {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Input, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type"));
        }
        read(request).await
    }
}

impl FromRequest<App> for MaybeInput {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<MaybeInput, Problem> {
        let empty = axum::body::HttpBody::is_end_stream(request.body())
            || request.headers().get(header::CONTENT_LENGTH).is_some_and(|l| l == "0");
        if !empty && !is_json(request.headers()) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type"));
        }
        read(request).await.map(MaybeInput)
    }
}

async fn read(request: Request) -> Answer<Input> {
    let (parts, body) = request.into_parts();
    let key = key(&parts.headers)?;
    let bytes = collect(body, JSON_BYTES).await?;
    let idempotency = key.map(|key| {
        let mut hash = Sha256::new();
        hash.update(parts.method.as_str());
        hash.update([0]);
        hash.update(parts.uri.path());
        hash.update([0]);
        hash.update(&bytes);
        Idempotency { key, fingerprint: hash.finalize().into() }
    });
    let json = match bytes.is_empty() {
        true => Json::Object(serde_json::Map::new()),
        false => strict::parse(&bytes).map_err(Problem::malformed)?,
    };
    Ok(Input { json, idempotency })
}

/// All bytes of a body, unless there are more than `most`.
///
/// # Errors
/// When there are more, or the client stopped sending.
pub async fn collect(body: Body, most: usize) -> Answer<bytes::Bytes> {
    match Limited::new(body, most).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let limit = u64::try_from(most).unwrap_or(u64::MAX);
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large").with("limit", limit))
        }
        Err(_) => Err(Problem::malformed("the body ended early")),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn key(headers: &HeaderMap) -> Answer<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let usable = |text: &&str| !text.is_empty() && text.len() <= KEY_BYTES;
    match value.to_str().ok().filter(usable) {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Problem::malformed(format!(
            "Idempotency-Key must be 1 to {KEY_BYTES} visible ASCII characters"
        ))),
    }
}
