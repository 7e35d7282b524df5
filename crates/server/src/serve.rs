//! Serving: connections with limits, and an end that lets running requests finish.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::app::App;
use crate::http::gate::Peer;
use crate::{http, work};

/// Connections at a time.
const CONNECTIONS: usize = 4_096;

/// How long the end waits for one more connection that was made before it.
const LAST: Duration = Duration::from_millis(5);

/// Seconds a client has to send a request's head.
const HEAD: Duration = Duration::from_secs(15);

/// Bytes of a request's head, at most.
const HEAD_BYTES: usize = 64 * 1024;

/// Header lines, at most.
const HEADERS: usize = 64;

/// Serves on `listener` until `stop`, then drains: requests first, background work after.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    let work_stop = CancellationToken::new();
    work::start(&app, &tasks, &work_stop);
    let router = http::router(app.clone());
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let open = |(stream, peer, place): Accepted| {
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut router = router.clone();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            async move { Ok::<_, Infallible>(router.call(request).await.unwrap_or_else(|e| match e {})) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(error = %error, "a connection ended early");
            }
            drop(place);
        });
    };
    loop {
        tokio::select! {
            accepted = accept(&listener, &places) => accepted.into_iter().for_each(&open),
            () = stop.cancelled() => break,
        }
    }
    // Whoever connected before the end is still answered.
    for _ in 0..CONNECTIONS {
        let Ok(accepted) = tokio::time::timeout(LAST, accept(&listener, &places)).await else {
            break;
        };
        accepted.into_iter().for_each(&open);
    }
    app.stop();
    drop(listener);
    let drain = Duration::from_secs(app.config().drain_seconds);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests still ran at the end of the time to drain");
    }
    work_stop.cancel();
    tasks.close();
    if tokio::time::timeout(drain.max(Duration::from_secs(5)), tasks.wait()).await.is_err() {
        tracing::warn!("background work still ran at the end of the time to drain");
    }
    if let Err(error) = app.engine().store().db().close().await {
        tracing::warn!(error = %error, "the database was not closed cleanly");
    }
}

type Accepted = (TcpStream, std::net::SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(error = %error, "a connection ended early");
            }
            Some((stream, peer, place))
        }
        Err(error) => {
            // Out of descriptors, most likely: wait for some to be free.
            tracing::warn!(error = %error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
