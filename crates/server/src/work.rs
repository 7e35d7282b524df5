//! What runs beside the requests: sealing the audit log, events, jobs, and sweeping up.
//!
//! Every task may run on several nodes at once and may die at any point: what it takes is leased.

pub mod jobs;
mod node;
mod sweep;

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;

/// Starts everything; each task ends soon after `stop`.
pub fn start(app: &App, tasks: &TaskTracker, stop: &CancellationToken) {
    let every = |seconds| Duration::from_secs(seconds);
    repeat(app, tasks, stop, ("seal", every(1)), |app| async move {
        app.engine().seal_audit().await.map(drop)
    });
    repeat(
        app,
        tasks,
        stop,
        ("follow", every(1)),
        |app| async move { app.engine().follow().await },
    );
    repeat(app, tasks, stop, ("metrics", every(15)), sweep::measure);
    repeat(app, tasks, stop, ("sweep", every(60)), sweep::sweep);
    repeat(app, tasks, stop, ("memory", every(2)), |_| async { sweep::give_back() });
    if app.config().workers > 0 {
        repeat(app, tasks, stop, ("events", every(1)), sweep::events);
        tasks.spawn(jobs::run(app.clone(), tasks.clone(), stop.clone()));
    }
}

/// Does `work` again and again, and once more at the end.
fn repeat<F: Future<Output = Result<(), engine::Error>> + Send + 'static>(
    app: &App,
    tasks: &TaskTracker,
    stop: &CancellationToken,
    (name, every): (&'static str, Duration),
    work: impl Fn(App) -> F + Send + 'static,
) {
    let (app, stop) = (app.clone(), stop.clone());
    tasks.spawn(async move {
        loop {
            let stopping = tokio::time::timeout(every, stop.cancelled()).await.is_ok();
            if let Err(error) = work(app.clone()).await {
                tracing::warn!(task = name, error = %error, "background work failed");
            }
            if stopping {
                break;
            }
        }
    });
}
