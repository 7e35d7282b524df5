//! The web app, from inside the binary: its page at `/` and below `/app/`, its files by name.
//!
//! Addresses in the page are relative to a base told by the depth of the request's own path, so the
//! app works behind any path prefix without knowing it. Refuses to serve the page for anything
//! else: an unknown path stays a 404.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rust_embed::RustEmbed;

use super::problem::{Answer, Problem};
use crate::app::App;
use crate::auth::caller::{cookie, cookie_name};

/// The built app; nothing when it was not built before the binary.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[exclude = "*.map"]
struct Dist;

/// Placeholders that the build leaves in the page.
const NONCE: &str = "__CSP_NONCE__";
const BASE: &str = "__BASE__";
const SESSION: &str = "__SESSION__";

/// Before it stand the links to what the page at an address will need.
const HEAD_END: &str = "</head>";

/// Hashed names never change their content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Other files are asked for again each time.
const REVALIDATE: &str = "no-cache";

/// What stands at `/` when the binary was built without the app.
const ABSENT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>Jinyao 金钥</title>\
    <h1>Jinyao 金钥</h1>\
    <p>此程序构建时没有网页应用。请安装 Node.js 20 以上版本，运行 <code>cargo xtask run</code>。</p>\
    <p>This binary was built without the web app. Install Node.js 20 or later and run \
    <code>cargo xtask run</code>.</p><p>API: <code>/api/v1</code></p></html>";

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(page))
        .route("/app", get(page))
        .route("/app/{*path}", get(page))
        .route("/assets/{file}", get(file))
        .route("/icon.svg", get(file))
}

/// The one page, for every address of the app. It says whether the browser brought a session's
/// cookie, valid or not, so that the app can ask for what it will need at once.
async fn page(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Answer {
    let brought = cookie(&headers, cookie_name(app.config().plain_http)).is_some();
    let mut bytes = [0; 18];
    getrandom::fill(&mut bytes).map_err(|error| Problem::internal(&error.to_string()))?;
    let nonce = STANDARD.encode(bytes);
    let text = match Dist::get("index.html") {
        Some(page) => String::from_utf8_lossy(&page.data)
            .replace(NONCE, &nonce)
            .replace(BASE, &base(uri.path()))
            .replace(SESSION, if brought { "yes" } else { "no" })
            .replace(HEAD_END, &format!("{}{HEAD_END}", ahead(uri.path(), brought))),
        None => ABSENT.to_owned(),
    };
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(REVALIDATE));
    let policy = HeaderValue::from_str(&policy(&nonce));
    let policy = policy.map_err(|_| Problem::internal("a policy that is no header"))?;
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Links to what the app will load at `path`, as its build told: the sign-in's, those of the page
/// that the first part below `/app/` names, or those of any page.
fn ahead(path: &str, brought: bool) -> &'static str {
    static LINKS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
        let told = Dist::get("ahead.json");
        told.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
    });
    let key = if brought { page_of(path) } else { "out" };
    let found = LINKS.get(key).or_else(|| LINKS.get("in"));
    found.map_or("", String::as_str)
}

/// `list` of `/app/list/x`; nothing for the first page.
fn page_of(path: &str) -> &str {
    path.strip_prefix("/app/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

/// The way from a request's path back to the root, as a browser resolves it.
fn base(path: &str) -> Cow<'static, str> {
    match path.bytes().filter(|byte| *byte == b'/').count() {
        0 | 1 => Cow::Borrowed("./"),
        depth => Cow::Owned("../".repeat(depth - 1)),
    }
}

/// Nothing from elsewhere, no script or style that the server did not name.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; \
         frame-src 'self'; \
         manifest-src 'self'; worker-src 'self'; base-uri 'self'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

/// A file of the app, compressed at build time when the client takes it so.
async fn file(request: Request) -> Answer {
    let path = request.uri().path().trim_start_matches('/');
    if path.ends_with(".br") || path.ends_with(".gz") {
        return Err(Problem::not_found());
    }
    let plain = Dist::get(path).ok_or_else(Problem::not_found)?;
    let tag = etag(&plain.metadata.sha256_hash());
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|given| *given == *tag);
    let packed = [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(coding, ending)| {
        let file =
            accepts(request.headers(), coding).then(|| Dist::get(&format!("{path}.{ending}")));
        Some((coding, file??))
    });
    let (coding, file) = match packed {
        Some((coding, file)) => (Some(coding), file),
        None => (None, plain),
    };
    let mut response = if known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(match file.data {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        })
    };
    let cache = if path.starts_with("assets/") { IMMUTABLE } else { REVALIDATE };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    Ok(response)
}

fn etag(hash: &[u8]) -> String {
    let short = hash.get(..12).unwrap_or(hash);
    format!("W/\"{}\"", STANDARD.encode(short))
}

/// Whether a client takes answers in `coding`.
pub(super) fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let given = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    given.unwrap_or_default().split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        name.trim() == coding && weight.trim() != "q=0"
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_leads_back_to_the_root_from_any_depth() {
        let check = |path: &str, expected: &str| assert_eq!(base(path), expected, "{path}");
        check("/", "./");
        check("/app", "./");
        check("/app/", "../");
        check("/app/menu", "../");
        check("/app/record/x/y", "../../../");
    }

    #[test]
    fn a_page_is_known_by_the_first_part_of_its_address() {
        let check = |path: &str, expected: &str| assert_eq!(page_of(path), expected, "{path}");
        check("/", "");
        check("/app", "");
        check("/app/menu", "menu");
        check("/app/record/x/y", "record");
    }

    #[test]
    fn the_policy_allows_no_inline_script_and_no_other_host() {
        let policy = policy("abc");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'nonce-abc';"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(!policy.contains("http"), "{policy}");
    }

    #[test]
    fn a_coding_refused_by_weight_is_not_sent() {
        let check = |given: &str, coding: &str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(given).unwrap());
            assert_eq!(accepts(&headers, coding), expected, "{given}");
        };
        check("gzip, br;q=0.9", "br", true);
        check("gzip, br;q=0", "br", false);
        check("identity", "gzip", false);
    }
}
