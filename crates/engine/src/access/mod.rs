//! Who may come in: credentials, sessions, API keys; and what only administrators do.
//!
//! Every change here is committed together with its audit entry. Passwords come as hashes and
//! tokens as digests: nothing that opens a door is ever here in clear, except the secret of a
//! second factor while it is checked.

mod account;
mod api_key;
mod handing;
mod handover;
mod job;
mod log;
mod login;
mod owners;
mod policy;
mod receivers;
mod screen;
mod session;
mod sight;

pub use account::{Account, Factor};
pub use api_key::{ApiKey, NewApiKey, Scope};
pub use handover::Handover;
pub use job::{JobFilter, Ran};
pub use log::LogFilter;
pub use login::Opening;
pub use owners::OwnerChange;
pub use policy::{Policy, weaknesses};
pub use receivers::{Portion, Receiver, Spread};
pub use screen::Screen;
pub use session::{Must, Session};
pub use sight::{Granted, Sight, Viewed};
pub use store::audit::StoredEntry as LogEntry;
pub use store::jobs::{Job, State as JobState};

use schema::catalogue::{Right, SystemKind};
use serde_json::Value as Json;
use store::{CommitError, Committed, Step, Write};
use uuid::Uuid;

use crate::moment::Moment;
use crate::write::{Context, Entry, entry};
use crate::{Actor, ActorKind, Engine, Error, Origin, Refusal};

impl Engine {
    /// Commits steps with one audit entry of a kind, about a user if any.
    async fn note(
        &self,
        actor: &Actor,
        (kind, about): (&'static str, Option<Uuid>),
        detail: Json,
        system: Vec<Step>,
    ) -> Result<Committed, Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let users = catalogue.system(SystemKind::User).map(|(_, object)| object);
        let object = users.filter(|_| about.is_some());
        let record = Entry { kind, object, record: about, reason: None, detail };
        let write = Write { audit: vec![entry(&context, record)], system, ..Write::default() };
        self.store().commit(&catalogue, write).await.map_err(|error| match error {
            CommitError::System { .. } => {
                let reason = "the state has changed meanwhile".to_owned();
                Refusal::Conflict { code: "state", reason }.into()
            }
            other => context.explain(other),
        })
    }

    /// The key ring; a store without one admits nobody.
    pub(crate) fn keys(&self) -> Result<&store::keys::Keys, Error> {
        self.store().keys().ok_or_else(|| Error::Internal("the store has no key ring".into()))
    }

    /// A user as the one who acts, before their rights are known; holds none.
    fn bare(&self, user: Uuid, origin: &Origin) -> Actor {
        Actor {
            depth: 0,
            user,
            kind: ActorKind::User,
            origin: origin.clone(),
            ..self.system(None, "sign in")
        }
    }
}

/// Refuses unless the platform itself or a holder of `right` acts.
pub(crate) fn require(actor: &Actor, right: Right, action: &str) -> Result<(), Refusal> {
    let platform = matches!(actor.kind(), ActorKind::System { .. });
    if platform || actor.rights().has(right) {
        return Ok(());
    }
    let object = match right {
        Right::Publish => "definitions",
        Right::Users => "users",
        Right::ApiKeys => "api_keys",
        Right::Audit => "audit",
        Right::Jobs => "jobs",
        Right::SeesLocked => "locked records",
        Right::ApproveExports => "exports",
        Right::ApproveReveals => "reveals",
    };
    Err(Refusal::Forbidden { action: action.into(), object: object.into() })
}

/// Refuses unless it is about oneself, or the platform or a holder of `right` acts.
fn require_or_own(actor: &Actor, user: Uuid, right: Right, action: &str) -> Result<(), Refusal> {
    if actor.user() == user { Ok(()) } else { require(actor, right, action) }
}
