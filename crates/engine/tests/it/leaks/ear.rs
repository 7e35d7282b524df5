//! Everything that is logged in this process, as the exit it is.

use std::sync::Mutex;

static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What was logged since the last time.
pub fn heard() -> Vec<String> {
    LOGGED.lock().unwrap().drain(..).collect()
}

/// Keeps everything that is logged in this process.
pub fn listen() {
    struct Ear;
    impl tracing::Subscriber for Ear {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            LOGGED.lock().unwrap().push(format!("{span:?}"));
            tracing::span::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
            LOGGED.lock().unwrap().push(format!("{values:?}"));
        }
        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            LOGGED.lock().unwrap().push(format!("{event:?}"));
        }
        fn enter(&self, _: &tracing::span::Id) {}
        fn exit(&self, _: &tracing::span::Id) {}
    }
    drop(tracing::subscriber::set_global_default(Ear));
}
