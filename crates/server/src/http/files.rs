//! Files: uploaded on their own, attached by writing their id into a record's field, read through
//! the record.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use bytes::Bytes;
use engine::Violation;
use engine::files::{BYTES_MAX, File, Preview, Reading};
use futures_util::{StreamExt, stream};
use serde_json::json;
use store::blobs::Upload;
use uuid::Uuid;

use super::attachment::{attachment, shown};
use super::problem::{Answer, Problem};
use super::reply::{self, At};
use crate::app::App;
use crate::auth::caller::Caller;

/// How long a client may pause while it sends a file.
const PAUSE: Duration = Duration::from_secs(30);

/// Routes of this topic.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/files", post(upload).layer(DefaultBodyLimit::disable()))
        .route("/records/{object}/{id}/files/{field}", get(download))
        .route("/records/{object}/{id}/files/{field}/versions", get(versions))
}

async fn upload(
    State(app): State<App>,
    caller: Caller,
    RawQuery(text): RawQuery,
    request: Request,
) -> Answer {
    let [name] = reply::named(text.as_deref(), ["name"])?;
    let mut upload = app.engine().upload(&caller.actor).await?;
    let stated = stated_length(request.headers());
    if stated.is_some_and(|bytes| bytes > BYTES_MAX + (1 << 16)) {
        return Err(too_large());
    }
    let kind = content_type(request.headers());
    let received = if kind.starts_with("multipart/") {
        let multipart = Multipart::from_request(request, &app).await;
        let multipart = multipart.map_err(|error| Problem::malformed(error.body_text()))?;
        from_form(multipart, &mut upload).await?
    } else {
        Received {
            name: None,
            media_type: kind,
            bytes: raw(request.into_body(), &mut upload).await?,
        }
    };
    if received.bytes == 0 {
        return Err(Problem::invalid(vec![Violation::new("file", "empty_file")]));
    }
    let name = name.or(received.name).unwrap_or_default();
    let uploaded = upload.finish(app.engine().now()).await?;
    let kind = &received.media_type;
    let file = app.engine().add_file(&caller.actor, uploaded, &name, kind).await?;
    let File { id, name, size, media_type, .. } = file;
    let preview = Preview::of(&media_type);
    let told = json!({
        "id": id, "name": name, "size": size, "media_type": media_type, "preview": preview,
    });
    reply::json(StatusCode::CREATED, &told)
}

/// What came in.
struct Received {
    name: Option<String>,
    media_type: String,
    bytes: u64,
}

async fn raw(body: Body, upload: &mut Upload) -> Answer<u64> {
    let mut parts = body.into_data_stream();
    let mut bytes = 0;
    while let Some(part) = in_time(parts.next()).await? {
        let part = part.map_err(|_| Problem::malformed("the body ended early"))?;
        take(upload, &mut bytes, &part).await?;
    }
    Ok(bytes)
}

/// Reads a form of exactly one part, called `file`.
async fn from_form(mut form: Multipart, upload: &mut Upload) -> Answer<Received> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        Problem::malformed(format!("the form cannot be read: {}", error.body_text()))
    };
    let mut received: Option<Received> = None;
    while let Some(mut part) = in_time(form.next_field()).await?.map_err(broken)? {
        let called = part.name().unwrap_or_default().to_owned();
        if called != "file" || received.is_some() {
            let code = if called == "file" { "duplicate_part" } else { "unknown_field" };
            let violation = Violation::new(called.as_str(), code).with("name", called.as_str());
            return Err(Problem::invalid(vec![violation]));
        }
        let name = part.file_name().map(str::to_owned);
        let media_type = part.content_type().unwrap_or_default().to_owned();
        let mut bytes = 0;
        while let Some(chunk) = in_time(part.chunk()).await?.map_err(broken)? {
            take(upload, &mut bytes, &chunk).await?;
        }
        received = Some(Received { name, media_type, bytes });
    }
    received.ok_or_else(|| Problem::invalid(vec![Violation::new("file", "required")]))
}

async fn take(upload: &mut Upload, bytes: &mut u64, part: &Bytes) -> Answer<()> {
    *bytes += part.len() as u64;
    if *bytes > BYTES_MAX {
        return Err(too_large());
    }
    Ok(upload.write(part).await?)
}

async fn in_time<T>(next: impl Future<Output = T>) -> Answer<T> {
    tokio::time::timeout(PAUSE, next)
        .await
        .map_err(|_| Problem::malformed("the client paused too long while sending"))
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large").with("limit", BYTES_MAX)
}

fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_ascii_lowercase()
}

async fn download(
    State(app): State<App>,
    caller: Caller,
    At((object, id, field)): At<(String, Uuid, String)>,
    RawQuery(text): RawQuery,
) -> Answer {
    let [version, inline] = reply::named(text.as_deref(), ["version", "inline"])?;
    let wrong = |name: &str| Problem::invalid(vec![Violation::new(name, "type")]);
    let version = version.map(|text| text.parse().map_err(|_| wrong("version"))).transpose()?;
    let inline = inline.map_or(Ok(false), |text| text.parse().map_err(|_| wrong("inline")))?;
    let reading = Reading { version, inline };
    let opened = app.engine().open_file(&caller.actor, &object, id, (&field, reading)).await;
    let (file, reader) = opened?;
    let parts = stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        match reader.next().await {
            Ok(Some(part)) => Some((Ok(Bytes::from(part)), Some(reader))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, "a stored file cannot be read");
                Some((Err(error), None))
            }
        }
    });
    let sent = attachment(parts, &file.media_type, &file.name, Some(file.size))?;
    Ok(if inline { shown(sent) } else { sent })
}

async fn versions(
    State(app): State<App>,
    caller: Caller,
    At((object, id, field)): At<(String, Uuid, String)>,
    RawQuery(text): RawQuery,
) -> Answer {
    let [] = reply::named(text.as_deref(), [])?;
    let found = app.engine().file_versions(&caller.actor, &object, id, &field).await?;
    reply::ok(&found)
}
