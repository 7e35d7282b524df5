//! Sweeping up what has expired, letting events go, and measuring queues.

use engine::Error;
use jiff::SignedDuration;
use kernel::Instant;
use store::{access, jobs, outbox};

use crate::app::App;
use crate::metrics;

/// Rows removed at a time.
const SOME: u32 = 1_000;

/// Events taken at a time.
const EVENTS: u32 = 500;

/// How long events that were dealt with can be replayed.
const EVENT_DAYS: i64 = 7;

/// How long jobs that are done can be looked at.
const JOB_DAYS: i64 = 30;

/// Removes what has expired.
pub async fn sweep(app: App) -> Result<(), Error> {
    let db = app.engine().store().db();
    let now = app.engine().now();
    let today = kernel::time::days_since_epoch(kernel::time::business_date(now));
    access::clean_sessions(db, now).await?;
    access::clean_shares(db, now).await?;
    access::clean_reveals(db, today - 1).await?;
    access::clean_idempotency(db, now, SOME).await?;
    jobs::clean(db, before(now, JOB_DAYS), SOME).await?;
    app.engine().queue_empty_bin().await?;
    outbox::clean(db, before(now, EVENT_DAYS), SOME * 10).await?;
    Ok(())
}

fn before(now: Instant, days: i64) -> Instant {
    now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Instant::MIN)
}

/// Takes waiting events. An event that every reaction has seen is done; it can be replayed.
pub async fn events(app: App) -> Result<(), Error> {
    let db = app.engine().store().db();
    let lease = SignedDuration::from_secs(60);
    for _ in 0..200 {
        let now = app.engine().now();
        let taken = outbox::take(db, "events", now, lease, EVENTS).await?;
        let full = taken.len() >= usize::try_from(EVENTS).unwrap_or(usize::MAX);
        let steps = taken.iter().map(|event| outbox::done(event.number, now)).collect();
        db.run(steps).await.map_err(store::Error::from)?;
        if !full {
            break;
        }
    }
    Ok(())
}

/// Tells the depths of queues.
pub async fn measure(app: App) -> Result<(), Error> {
    let db = app.engine().store().db();
    let (waiting, _) = outbox::backlog(db).await?;
    metrics::queue("events", waiting);
    for (state, count) in jobs::counts(db).await? {
        metrics::queue(state.as_str(), count);
    }
    Ok(())
}
