//! Files as answers: streamed, named in UTF-8, and never shown inside a page.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;

use super::problem::{Answer, Problem};

/// An answer that a browser saves under `name`. `size` is told when it is known.
///
/// # Errors
/// When the media type is not one.
pub fn attachment<S, E>(parts: S, media_type: &str, name: &str, size: Option<u64>) -> Answer
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let mut response = Response::new(Body::from_stream(parts));
    let kind = HeaderValue::from_str(media_type)
        .map_err(|_| Problem::internal("a file with an unusable media type"))?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    if let Ok(value) = HeaderValue::from_str(&disposition(name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    if let Some(size) = size {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    }
    Ok(response)
}

/// The same answer shown within a page of the product, where nothing in it runs.
#[must_use]
pub fn shown(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SHOWN));
    response
}

/// What a shown file may do: be looked at, by the product alone.
const SHOWN: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; \
                     frame-ancestors 'self'";

/// The header's value: the name in ASCII for old clients, and in full.
fn disposition(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_ ".contains(c);
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let mut full = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            full.push(char::from(byte));
        } else {
            full.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(
            disposition("客户\"\r\n.csv"),
            "attachment; filename=\"_____.csv\"; filename*=UTF-8''%E5%AE%A2%E6%88%B7%22%0D%0A.csv"
        );
    }
}
