//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::Engine;

use crate::auth::password::Hasher;
use crate::auth::sessions::Known;
use crate::auth::strangers::Strangers;
use crate::config::Config;
use crate::http::limits::Limits;

/// A running server's state; a clone is cheap.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    engine: Arc<Engine>,
    config: Config,
    hasher: Hasher,
    known: Known,
    strangers: Strangers,
    limits: Limits,
    stopping: AtomicBool,
}

/// Passwords hashed at a time; each takes 19 MiB.
const HASHERS: usize = 2;

impl App {
    /// The state around an open engine.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new(engine: Arc<Engine>, config: Config) -> Result<App, String> {
        let limits = Limits::new(config.requests_per_second);
        Ok(App(Arc::new(Inner {
            engine,
            config,
            hasher: Hasher::new(HASHERS)?,
            known: Known::default(),
            strangers: Strangers::default(),
            limits,
            stopping: AtomicBool::new(false),
        })))
    }

    /// What decides.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.0.engine
    }

    /// How this installation is set up.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Hashes passwords.
    #[must_use]
    pub fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    /// Sessions and keys seen a moment ago.
    #[must_use]
    pub fn known(&self) -> &Known {
        &self.0.known
    }

    /// Failed attempts with logins that do not exist.
    #[must_use]
    pub fn strangers(&self) -> &Strangers {
        &self.0.strangers
    }

    /// How many requests one may make.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// From now on, not ready for more.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::Release);
    }

    /// Whether it is shutting down.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    /// Whether a route moves files, which may take longer than a request may.
    #[must_use]
    pub fn is_long(&self, route: &str) -> bool {
        ["/files", "/imports", "/exports"].iter().any(|part| route.contains(part))
    }
}
