//! Who acts: a person, a program with a key, or the platform on someone's behalf.

use std::sync::Arc;

use schema::catalogue::Language;
use uuid::Uuid;

use crate::rights::Rights;

/// Someone or something with rights. Made only by [`Engine`](crate::Engine).
#[derive(Debug, Clone)]
pub struct Actor {
    pub(crate) user: Uuid,
    pub(crate) kind: ActorKind,
    pub(crate) rights: Arc<Rights>,
    /// Language of sentences.
    pub language: Language,
    /// Where the request came from, for the audit log.
    pub origin: Origin,
    /// How many reactions stand between this and what somebody did.
    pub(crate) depth: u8,
}

/// What kind of actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActorKind {
    /// A signed-in user.
    User,
    /// An API key that acts for a user.
    Key(Uuid),
    /// The platform; `on_behalf_of` is the user whose request caused it, if any.
    System {
        /// The user behind it.
        on_behalf_of: Option<Uuid>,
        /// Why: a job's or event's id or a command-line command.
        cause: String,
    },
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Address of the client.
    pub ip: Option<String>,
    /// Id of the request, as in logs and error answers.
    pub request: Option<String>,
}

/// The id under which the platform itself appears in `created_by` and the audit log.
pub const SYSTEM_USER: Uuid = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001);

impl Actor {
    /// The user's id; [`SYSTEM_USER`] for the platform.
    #[must_use]
    pub fn user(&self) -> Uuid {
        self.user
    }

    /// What kind of actor.
    #[must_use]
    pub fn kind(&self) -> &ActorKind {
        &self.kind
    }

    /// What they may do.
    #[must_use]
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// The same actor, asking from elsewhere.
    #[must_use]
    pub fn from(mut self, origin: Origin) -> Actor {
        self.origin = origin;
        self
    }
}
