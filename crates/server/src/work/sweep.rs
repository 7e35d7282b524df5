//! Sweeping up what has expired, letting events go, and measuring queues.

use engine::Error;
use jiff::SignedDuration;
use kernel::Instant;
use store::{access, jobs, outbox};

use crate::app::App;
use crate::metrics;

/// Rows removed at a time.
const SOME: u32 = 1_000;

/// Batches of events dealt with before the task looks whether the server stops.
const BATCHES: u32 = 20;

/// How long events that were dealt with can be replayed.
const EVENT_DAYS: i64 = 7;

/// How long requests for approval can be looked at.
const REQUEST_DAYS: i64 = 30;

/// How long jobs that are done can be looked at.
const JOB_DAYS: i64 = 30;

/// Lets the allocator give memory that lies free back to the system. It does so on its own only while
/// threads ask for more, or when one ends: so what starting up or a busy hour left would lie there
/// for as long as nothing happens. Costs a thread that does next to nothing.
pub fn give_back() -> Result<(), Error> {
    // A thread that never used the allocator has nothing to end with.
    let begun = std::thread::Builder::new().spawn(|| drop(std::hint::black_box(Box::new(0_u8))));
    begun.map(drop).map_err(|error| Error::Internal(error.to_string()))
}

/// Removes what has expired.
pub async fn sweep(app: App) -> Result<(), Error> {
    let db = app.engine().store().db();
    let now = app.engine().now();
    let today = kernel::time::days_since_epoch(kernel::time::business_date(now));
    access::clean_sessions(db, now).await?;
    access::clean_shares(db, now).await?;
    access::clean_reveals(db, today - 1).await?;
    access::clean_idempotency(db, now, SOME).await?;
    access::clean_approvals(db, before(now, REQUEST_DAYS), now).await?;
    jobs::clean(db, before(now, JOB_DAYS), SOME).await?;
    app.engine().queue_empty_bin().await?;
    app.engine().queue_daily().await?;
    app.engine().queue_sets().await?;
    app.engine().queue_bandings().await?;
    outbox::give_up(db, before(now, EVENT_DAYS), now, SOME * 10).await?;
    outbox::clean(db, before(now, EVENT_DAYS), SOME * 10).await?;
    Ok(())
}

fn before(now: Instant, days: i64) -> Instant {
    now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Instant::MIN)
}

/// Does what follows from waiting events, batch after batch while there are many.
pub async fn events(app: App) -> Result<(), Error> {
    for _ in 0..BATCHES {
        let reacted = app.engine().react("events").await?;
        metrics::events("done", reacted.done);
        metrics::events("failed", reacted.failed);
        metrics::events("given_up", reacted.given_up);
        if !reacted.more {
            break;
        }
    }
    Ok(())
}

/// Tells the depths of queues.
pub async fn measure(app: App) -> Result<(), Error> {
    let db = app.engine().store().db();
    let (waiting, oldest) = outbox::backlog(db).await?;
    metrics::queue("events", waiting);
    let now = app.engine().now();
    metrics::oldest_event(oldest.map_or(0, |at| now.duration_since(at).as_secs()));
    for (state, count) in jobs::counts(db).await? {
        metrics::queue(state.as_str(), count);
    }
    Ok(())
}
