//! Sessions: open while they are used and not too old.

use jiff::SignedDuration;
use kernel::Instant;
use schema::catalogue::Right;
use serde_json::json;
use store::access as rows;
use uuid::Uuid;

use super::login::later;
use super::require_or_own;
use crate::{Actor, Engine, Error};

/// An open session.
#[derive(Debug, Clone)]
pub struct Session {
    token: [u8; 32],
    /// Whose.
    pub user: Uuid,
    /// When it began.
    pub created_at: Instant,
    /// When it was last used, to the minute.
    pub last_seen: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
    /// From where it began.
    pub ip: String,
    /// With what program.
    pub agent: String,
    /// What must be done before anything else.
    pub must: Option<Must>,
}

/// What a user must do before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// Change a password that was set by others or is too old.
    ChangePassword,
    /// Set up the second factor that a role demands.
    SetUpSecondFactor,
}

impl Session {
    /// Names the session to people; says nothing about its token.
    #[must_use]
    pub fn short_id(&self) -> String {
        self.token.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Engine {
    /// The open session with this token.
    pub async fn session(&self, token: &[u8; 32]) -> Result<Option<Session>, Error> {
        let Some(found) = rows::session(self.store().db(), token).await? else {
            return Ok(None);
        };
        let now = self.now();
        let idle = SignedDuration::from_mins(self.policy().idle_minutes);
        if found.expires_at <= now || later(found.last_seen, idle) <= now {
            return Ok(None);
        }
        self.describe(found).await.map(Some)
    }

    pub(super) async fn describe(&self, found: rows::Session) -> Result<Session, Error> {
        let must = self.must(found.user).await?;
        Ok(Session {
            token: found.token,
            user: found.user,
            created_at: found.created_at,
            last_seen: found.last_seen,
            expires_at: found.expires_at,
            ip: found.ip.to_string(),
            agent: found.agent.to_string(),
            must,
        })
    }

    async fn must(&self, user: Uuid) -> Result<Option<Must>, Error> {
        let Some(credential) = rows::credential(self.store().db(), user).await? else {
            return Ok(None);
        };
        let policy = self.policy();
        let age = SignedDuration::from_hours(24 * policy.days_max);
        let too_old = policy.days_max > 0 && later(credential.changed_at, age) <= self.now();
        if credential.must_change || too_old {
            return Ok(Some(Must::ChangePassword));
        }
        if credential.totp.as_ref().is_some_and(|totp| totp.confirmed) {
            return Ok(None);
        }
        let Some(rights) = self.rights_of(user).await? else { return Ok(None) };
        let demanded = |role: &schema::Name| {
            policy.second_factor_roles.iter().any(|name| name == role.as_str())
        };
        Ok(rights.roles.iter().any(demanded).then_some(Must::SetUpSecondFactor))
    }

    /// Notes that a session is used; callers do so at most once a minute.
    pub async fn touch_session(&self, token: &[u8; 32]) -> Result<(), Error> {
        let step = rows::touch_session(token, self.now());
        self.store().db().run(vec![step]).await.map_err(store::Error::from)?;
        Ok(())
    }

    /// Open sessions of a user, newest first: one's own, or any for those who administer users.
    pub async fn sessions(&self, actor: &Actor, user: Uuid) -> Result<Vec<Session>, Error> {
        require_or_own(actor, user, Right::Users, "read")?;
        let now = self.now();
        let found = rows::sessions_of(self.store().db(), user).await?;
        let mut sessions = Vec::new();
        for session in found.into_iter().filter(|session| session.expires_at > now) {
            sessions.push(self.describe(session).await?);
        }
        Ok(sessions)
    }

    /// Ends one's own session.
    pub async fn end_session(&self, actor: &Actor, token: &[u8; 32]) -> Result<(), Error> {
        let steps = vec![rows::end_session(token)];
        let user = Some(actor.user());
        self.note(actor, ("logout", user), serde_json::Value::Null, steps).await?;
        Ok(())
    }

    /// Ends all sessions of a user but the one to keep.
    pub async fn end_sessions(
        &self,
        actor: &Actor,
        user: Uuid,
        keep: Option<&[u8; 32]>,
    ) -> Result<(), Error> {
        require_or_own(actor, user, Right::Users, "end_sessions")?;
        let steps = vec![rows::end_sessions_of(user, keep)];
        let detail = json!({ "kept_one": keep.is_some() });
        self.note(actor, ("sessions_ended", Some(user)), detail, steps).await?;
        Ok(())
    }
}
