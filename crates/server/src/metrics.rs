//! Numbers about the process, for Prometheus. Labels name routes and codes, never people.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Upper bounds of request times, in seconds.
const BUCKETS: [f64; 10] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0];

/// Starts to count; doing so twice changes nothing.
pub fn install() -> bool {
    HANDLE
        .get_or_init(|| {
            let name = Matcher::Full("http_request_seconds".into());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(name, &BUCKETS).ok()?;
            builder.install_recorder().ok()
        })
        .is_some()
}

/// All numbers in the text form that Prometheus reads.
#[must_use]
pub fn text() -> String {
    match HANDLE.get() {
        Some(Some(handle)) => {
            handle.run_upkeep();
            handle.render()
        }
        _ => String::new(),
    }
}

/// Counts a request.
pub fn request(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let class = match status.as_u16() {
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    metrics::histogram!(
        "http_request_seconds", "method" => method, "route" => route.to_owned(), "status" => class,
    )
    .record(took);
}

/// Says how much waits in a queue.
pub fn queue(name: &'static str, depth: i64) {
    let depth = u32::try_from(depth).unwrap_or(u32::MAX);
    metrics::gauge!("queue_depth", "queue" => name).set(f64::from(depth));
}

/// Counts events that were taken, by what came of them.
pub fn events(outcome: &'static str, count: usize) {
    if count > 0 {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        metrics::counter!("events_total", "outcome" => outcome).increment(count);
    }
}

/// Says for how many seconds the oldest waiting event has waited.
pub fn oldest_event(seconds: i64) {
    let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
    metrics::gauge!("events_oldest_seconds").set(f64::from(seconds));
}

/// Counts an ended job.
pub fn job(kind: &str, outcome: &'static str) {
    metrics::counter!("jobs_total", "kind" => kind.to_owned(), "outcome" => outcome).increment(1);
}
