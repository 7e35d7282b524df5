//! The order in which scripts that were handed over get their connections and are committed.
//!
//! Both orders are one: were connections given out as they are asked for, those behind could hold
//! all of them while they wait for one ahead that has none.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::super::Lane;

/// Scripts handed over, in order.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<Mutex<Option<Last>>>);

/// What is heard of the last script in line: that it has a connection, that it is through.
struct Last {
    begun: oneshot::Receiver<()>,
    done: oneshot::Receiver<()>,
}

impl Line {
    /// The place behind all that are still in line.
    pub(super) fn join(&self, lane: Lane) -> Turn {
        let ((begin, begun), (end, done)) = (oneshot::channel(), oneshot::channel());
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = last.replace(Last { begun, done });
        let waits = |last: &mut Last| last.done.try_recv() == Err(TryRecvError::Empty);
        let (ahead, before) = match before.take_if(|last| waits(last)) {
            Some(Last { begun, done }) => (Some(begun), Some(done)),
            None => (None, None),
        };
        Turn { ahead, begin: Some(begin), before, place: Some((lane, end)) }
    }
}

/// A script's place in the line, or none. Dropped without [`Turn::pass`] it tells the one behind it
/// that this script was undone.
pub(super) struct Turn {
    ahead: Option<oneshot::Receiver<()>>,
    begin: Option<oneshot::Sender<()>>,
    before: Option<oneshot::Receiver<()>>,
    place: Option<(Lane, oneshot::Sender<()>)>,
}

impl Turn {
    /// That of a script which waits for none and lets none wait.
    pub(super) fn none() -> Turn {
        Turn { ahead: None, begin: None, before: None, place: None }
    }

    pub(super) fn is_in_line(&self) -> bool {
        self.place.is_some()
    }

    /// In which lane the script was handed over; none when it is not in line.
    pub(super) fn lane(&self) -> Option<Lane> {
        self.place.as_ref().map(|(lane, _)| *lane)
    }

    /// Waits until the script before this one has its connection, or is gone.
    pub(super) async fn reached(&mut self) {
        if let Some(ahead) = &mut self.ahead {
            // Dropped or sent, it is not in the way any more.
            let _either = ahead.await;
            self.ahead = None;
        }
    }

    /// Lets the next script ask for a connection: this one has its own.
    pub(super) fn begun(&mut self) {
        drop(self.begin.take());
    }

    /// Waits for the script before this one; whether it was committed. Asked again it does not wait.
    pub(super) async fn came(&mut self) -> bool {
        match self.before.take() {
            Some(before) => before.await.is_ok(),
            None => true,
        }
    }

    /// Tells the next script that this one is committed.
    pub(super) fn pass(&mut self) {
        if let Some((_, done)) = self.place.take() {
            // Nobody may be waiting.
            let _gone = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn each_waits_for_the_one_before() {
        let line = Line::default();
        let (mut first, mut second, mut third) =
            (line.join(Lane::Bulk), line.join(Lane::Bulk), line.join(Lane::Bulk));
        assert!(first.came().await);
        first.pass();
        assert!(second.came().await);
        drop(second);
        assert!(!third.came().await);
    }

    #[tokio::test]
    async fn connections_are_asked_for_in_the_order_of_the_line() {
        let line = Line::default();
        let (mut first, mut second, mut third, mut fourth) = (
            line.join(Lane::Bulk),
            line.join(Lane::Prompt),
            line.join(Lane::Bulk),
            line.join(Lane::Bulk),
        );
        first.reached().await;
        assert!(second.reached().now_or_never().is_none(), "the first has none yet");
        first.begun();
        assert!(third.reached().now_or_never().is_none(), "nor has the second");
        second.reached().await;
        second.begun();
        third.reached().await;
        assert!(fourth.reached().now_or_never().is_none());
        drop(third);
        fourth.reached().await;
    }

    #[tokio::test]
    async fn nobody_waits_for_those_that_are_through() {
        let line = Line::default();
        line.join(Lane::Bulk).pass();
        assert!(line.join(Lane::Bulk).came().await);
        assert!(line.join(Lane::Bulk).came().await, "the one before was undone already");
        assert!(!Turn::none().is_in_line());
    }
}
