//! The order in which scripts that were handed over are committed.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::super::Lane;

/// Scripts handed over, in order.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<Mutex<Option<oneshot::Receiver<()>>>>);

impl Line {
    /// The place behind all that are still in line.
    pub(super) fn join(&self, lane: Lane) -> Turn {
        let (done, next) = oneshot::channel();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting =
            |last: &mut oneshot::Receiver<()>| last.try_recv() == Err(TryRecvError::Empty);
        let before = last.replace(next).and_then(|mut last| waiting(&mut last).then_some(last));
        Turn { before, place: Some((lane, done)) }
    }
}

/// A script's place in the line, or none. Dropped without [`Turn::pass`] it tells the one behind it
/// that this script was undone.
pub(super) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    place: Option<(Lane, oneshot::Sender<()>)>,
}

impl Turn {
    /// That of a script which waits for none and lets none wait.
    pub(super) fn none() -> Turn {
        Turn { before: None, place: None }
    }

    pub(super) fn is_in_line(&self) -> bool {
        self.place.is_some()
    }

    /// In which lane the script was handed over; none when it is not in line.
    pub(super) fn lane(&self) -> Option<Lane> {
        self.place.as_ref().map(|(lane, _)| *lane)
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
    async fn nobody_waits_for_those_that_are_through() {
        let line = Line::default();
        line.join(Lane::Bulk).pass();
        assert!(line.join(Lane::Bulk).came().await);
        assert!(line.join(Lane::Bulk).came().await, "the one before was undone already");
        assert!(!Turn::none().is_in_line());
    }
}
