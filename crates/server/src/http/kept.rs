//! Answers that a client may keep: definitions and rights, which change seldom.
//!
//! They carry a tag of their own content, so that asking again costs a few bytes, and are sent
//! compressed. Never for records or sessions: a compressed answer that holds both a secret and what
//! somebody else sent tells of the secret by its length.

use std::io::Write;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::problem::{Answer, Problem};
use super::web::accepts;

/// Smaller answers are not worth compressing.
const LEAST: usize = 1024;

/// `value` under a tag of its content; 304 when the caller has it already.
///
/// # Errors
/// When it cannot be written.
pub fn definition(value: &impl Serialize, asked: &HeaderMap) -> Answer {
    let bytes = serde_json::to_vec(value).map_err(|error| Problem::internal(&error.to_string()))?;
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes));
    let tag = HeaderValue::from_str(&format!("W/\"{}\"", hash.get(..22).unwrap_or(&hash)));
    let tag = tag.map_err(|error| Problem::internal(&error.to_string()))?;
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|given| *given == tag);
    let packs = !known && bytes.len() >= LEAST && accepts(asked, "gzip");
    let mut response = Response::new(match (known, packs) {
        (true, _) => Body::empty(),
        (false, true) => Body::from(packed(&bytes)?),
        (false, false) => Body::from(bytes),
    });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding, Accept-Language"));
    if packs {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

fn packed(bytes: &[u8]) -> Answer<Vec<u8>> {
    let failed = |error: std::io::Error| Problem::internal(&format!("compressing: {error}"));
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes).map_err(failed)?;
    encoder.finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Read;

    use http_body_util::BodyExt;

    use super::*;

    async fn bytes(response: Response) -> Vec<u8> {
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    #[tokio::test]
    async fn a_definition_travels_compressed_once_and_then_as_its_tag() {
        let text = "省市区".repeat(1000);
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
        let first = definition(&text, &asked).unwrap();
        assert_eq!(first.headers()[header::CONTENT_ENCODING], "gzip");
        asked.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        let packed = bytes(first).await;
        assert!(packed.len() < 200, "{} bytes", packed.len());
        let mut plain = String::new();
        flate2::read::GzDecoder::new(&*packed).read_to_string(&mut plain).unwrap();
        assert_eq!(serde_json::from_str::<String>(&plain).unwrap(), text);
        let second = definition(&text, &asked).unwrap();
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
        assert!(bytes(second).await.is_empty());
        let changed = definition(&"另一个".repeat(1000), &asked).unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn who_takes_no_compression_gets_the_text() {
        let answer = definition(&"x".repeat(5000), &HeaderMap::new()).unwrap();
        assert!(!answer.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(bytes(answer).await.len(), 5002);
    }
}
