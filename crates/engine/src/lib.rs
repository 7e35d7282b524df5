//! The hall: where every write and every read is decided.
//!
//! One write path ([`Engine::submit`]), one read path ([`Engine::query`], [`Engine::get`]), rights
//! that are part of both, publishing of definitions, import and export. Knows no SQL, no HTTP and
//! no institution's object by name.

pub mod access;
mod actor;
pub mod approvals;
pub mod cases;
mod codec;
pub mod demo;
pub mod duplicates;
mod error;
pub mod export;
pub mod files;
pub mod graph;
pub mod import;
pub mod measures;
mod moment;
mod org;
pub mod publish;
mod react;
pub mod read;
mod retention;
pub mod rights;
mod sets;
mod subject;
mod upkeep;
pub mod write;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use kernel::{Clock, IdSource, Instant};
use schema::Catalogue;
use store::Store;
use store::blobs::Blobs;
use uuid::Uuid;

pub use actor::{Actor, ActorKind, Origin, SYSTEM_USER};
pub use duplicates::{Duplicate, PairPage, PairView, RequestView, ShareBox};
pub use error::{Error, RecordRef, Refusal, Violation};
pub use org::{Holding, MoveEffect};
pub use react::Reacted;
pub use read::{
    Bin, ChangedField, Completeness, Count, Deleted, Excluded, FieldChange, Group, Measured,
    MissingItem, Offer, Overview, Page, PageLayout, Permission, Permitted, RecordChange,
    RelatedRecords, ShownHint, ShownSection, Timeline, TimelineEntry, TimelineKind, TimelineQuery,
    View,
};
pub use subject::{LockedPage, LockedRecord};
pub use upkeep::KeyUsage;
pub use write::{
    Bulk, BulkAct, BulkCreate, BulkPreview, Change, Command, Idempotency, Left, Outcome, Revealed,
    Values,
};

use rights::Rights;

/// Everything that decides, over one store.
pub struct Engine {
    store: Arc<Store>,
    blobs: Blobs,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    catalogue: ArcSwap<Catalogue>,
    /// Raised whenever users, org units, assignments, rules of sets or definitions change.
    epoch: AtomicU64,
    rights: Mutex<HashMap<Uuid, Held>>,
    org: ArcSwap<org::Cached>,
    /// Rules that keep members of sets, and what they read.
    watched: ArcSwap<sets::Watched>,
    /// The business day for which the daily run over sets was queued.
    sets_queued: AtomicI64,
    /// The business day for which the daily jobs were queued.
    daily_queued: AtomicI64,
    /// Waiting places of writers whose record moved while they decided.
    turns: [tokio::sync::Mutex<()>; TURNS],
    /// The virus scanner, where there is one.
    scanner: OnceLock<files::Scanner>,
    /// What is known of other nodes' changes.
    followed: Mutex<store::state::Counters>,
}

/// Rights compiled for one user, valid for one epoch and business day.
struct Held {
    epoch: u64,
    today: kernel::Date,
    rights: Option<Arc<Rights>>,
}

/// Waiting places; records share them by their ids.
const TURNS: usize = 64;

/// Most users whose compiled rights are kept.
const RIGHTS_KEPT: usize = 10_000;

impl Engine {
    /// An engine over `store`, which must be migrated and prepared, and the files beside it. Reads the published catalogue.
    pub async fn open(
        store: Arc<Store>,
        blobs: Blobs,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Engine, Error> {
        let engine = Engine {
            store,
            blobs,
            clock,
            ids,
            catalogue: ArcSwap::from_pointee(Catalogue::default()),
            epoch: AtomicU64::new(1),
            rights: Mutex::new(HashMap::new()),
            org: ArcSwap::from_pointee(org::Cached::default()),
            watched: ArcSwap::from_pointee(sets::Watched::default()),
            sets_queued: AtomicI64::new(i64::MIN),
            daily_queued: AtomicI64::new(i64::MIN),
            turns: std::array::from_fn(|_| tokio::sync::Mutex::new(())),
            scanner: OnceLock::new(),
            followed: Mutex::default(),
        };
        engine.load_published().await?;
        engine.watched().await?;
        Ok(engine)
    }

    /// The catalogue in force; keep the `Arc` for a whole request.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.load_full()
    }

    /// The store below.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The stored files.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A new record id.
    pub fn next_id(&self, at: Instant) -> Uuid {
        self.ids.next(at)
    }

    /// Where writers of a record wait for each other after a lost race.
    pub(crate) async fn turn(&self, record: Uuid) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let [.., last] = record.into_bytes();
        match self.turns.get(usize::from(last) % TURNS) {
            Some(place) => Some(place.lock().await),
            None => None,
        }
    }

    /// Forgets compiled rights, the org tree and the rules of sets: they are read again when next needed.
    pub(crate) fn raise_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// What follows for the engine itself from a committed change to an object.
    pub(crate) fn committed(&self, catalogue: &Catalogue, ix: schema::ObjectIx) {
        let governs = |object: &schema::Object| object.system.is_some() || object.kept.rules;
        if catalogue.at(ix).is_some_and(governs) {
            self.raise_epoch();
        }
    }

    /// The platform acting on its own or on a user's behalf.
    pub fn system(&self, on_behalf_of: Option<Uuid>, cause: impl Into<String>) -> Actor {
        let catalogue = self.catalogue();
        Actor {
            user: SYSTEM_USER,
            kind: ActorKind::System { on_behalf_of, cause: cause.into() },
            rights: Arc::new(rights::everything(&catalogue)),
            language: Default::default(),
            origin: Origin::default(),
            depth: 0,
        }
    }

    /// The user `id` with their present rights; refused when unknown or not active.
    pub async fn actor(&self, id: Uuid, origin: Origin) -> Result<Actor, Error> {
        let rights = self.rights_of(id).await?.ok_or(Refusal::Invisible)?;
        let language = Default::default();
        Ok(Actor { user: id, kind: ActorKind::User, rights, language, origin, depth: 0 })
    }

    /// `actor` with rights under `catalogue`: compiled again when a publish came in between.
    pub(crate) async fn under<'a>(
        &self,
        actor: &'a Actor,
        catalogue: &Catalogue,
    ) -> Result<Cow<'a, Actor>, Error> {
        if actor.rights.catalogue == catalogue.version {
            return Ok(Cow::Borrowed(actor));
        }
        let mut fresh = actor.clone();
        fresh.rights = match &actor.kind {
            ActorKind::System { .. } => Arc::new(rights::everything(catalogue)),
            ActorKind::User => self.rights_of(actor.user).await?.ok_or(Refusal::Invisible)?,
            ActorKind::Key(_) => {
                return Err(Refusal::Conflict {
                    code: "republished",
                    reason: "definitions were published meanwhile; repeat the request".into(),
                }
                .into());
            }
        };
        Ok(Cow::Owned(fresh))
    }

    async fn rights_of(&self, user: Uuid) -> Result<Option<Arc<Rights>>, Error> {
        let catalogue = self.catalogue();
        let epoch = self.epoch.load(Ordering::Acquire);
        let today = kernel::time::business_date(self.now());
        {
            let kept = self.rights.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = kept.get(&user).filter(|held| held.epoch == epoch && held.today == today);
            if let Some(held) = fresh {
                return Ok(held.rights.clone());
            }
        }
        let rights = org::load_rights(self, &catalogue, user, epoch).await?.map(Arc::new);
        let mut kept = self.rights.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= RIGHTS_KEPT {
            kept.clear();
        }
        kept.insert(user, Held { epoch, today, rights: rights.clone() });
        Ok(rights)
    }
}
