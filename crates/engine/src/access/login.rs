//! Signing in: the outcome of an attempt, good or bad, always in the audit log and never with what
//! was typed as a password.

use jiff::SignedDuration;
use kernel::Instant;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::access::{self as rows, clear_failures, count_failure, lock_until, use_totp};
use store::{Cell, CommitError, Write};

use super::account::Account;
use super::session::Session;
use crate::moment::Moment;
use crate::write::{Context, Entry, entry};
use crate::{Engine, Error, Origin, Refusal};

/// A session to begin.
#[derive(Debug, Clone)]
pub struct Opening {
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// Program of the client.
    pub agent: String,
    /// Time step of the one-time code, when one was given.
    pub step: Option<i64>,
}

impl Engine {
    /// Records a refused attempt and, after too many, locks the account. Returns until when.
    ///
    /// An unknown login enters the log as a digest: people type passwords into the wrong box.
    pub async fn refuse_login(
        &self,
        account: Option<&Account>,
        login: &str,
        origin: &Origin,
        code: &'static str,
    ) -> Result<Option<Instant>, Error> {
        let Some(account) = account else {
            let digest = Sha256::digest(login.as_bytes());
            let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            let actor = self.system(None, "sign in").from(origin.clone());
            let detail = json!({ "code": code, "login_digest": short });
            self.note(&actor, ("login_refused", None), detail, Vec::new()).await?;
            return Ok(None);
        };
        let actor = self.bare(account.user, origin);
        let detail = json!({ "code": code, "active": account.active });
        let user = Some(account.user);
        if code == "locked" || account.credential.is_none() {
            self.note(&actor, ("login_refused", user), detail, Vec::new()).await?;
            return Ok(account.locked_until());
        }
        let steps = vec![count_failure(account.user)];
        let committed = self.note(&actor, ("login_refused", user), detail, steps).await?;
        let counted = committed.system.first().and_then(|result| result.rows.first());
        let failed = match counted.and_then(|row| row.first()) {
            Some(Cell::Int(failed)) => *failed,
            _ => 0,
        };
        let policy = self.policy();
        if failed < policy.failures_max {
            return Ok(None);
        }
        let until = later(self.now(), SignedDuration::from_mins(policy.lock_minutes));
        let detail = json!({ "failures": failed, "until": until.to_string() });
        let steps = vec![lock_until(account.user, until)];
        self.note(&actor, ("locked", user), detail, steps).await?;
        Ok(Some(until))
    }

    /// Begins a session after a good attempt. A one-time code counts once: its second use is
    /// refused here, whatever was checked before.
    pub async fn accept_login(
        &self,
        account: &Account,
        origin: &Origin,
        opening: Opening,
    ) -> Result<Session, Error> {
        let policy = self.policy();
        let now = self.now();
        let session = rows::Session {
            token: opening.token,
            user: account.user,
            created_at: now,
            last_seen: now,
            expires_at: later(now, SignedDuration::from_hours(policy.hours_max)),
            ip: origin.ip.as_deref().unwrap_or_default().into(),
            agent: opening.agent.into(),
            elevated: opening.step.is_some(),
        };
        let mut system = vec![clear_failures(account.user)];
        system.extend(opening.step.map(|step| use_totp(account.user, step)));
        system.push(rows::start_session(&session));
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), now);
        let actor = self.bare(account.user, origin);
        let context = Context::new(self, &catalogue, &moment, &actor);
        let object = catalogue.system(schema::catalogue::SystemKind::User).map(|(_, o)| o);
        let detail = json!({ "second_factor": opening.step.is_some() });
        let record =
            Entry { kind: "login", object, record: Some(account.user), reason: None, detail };
        let write = Write { audit: vec![entry(&context, record)], system, ..Write::default() };
        match self.store().commit(&catalogue, write).await {
            Ok(_) => self.describe(session).await,
            Err(CommitError::System { .. }) => Err(Refusal::Conflict {
                code: "code_used",
                reason: "this one-time code was used already; wait for the next".into(),
            }
            .into()),
            Err(other) => Err(context.explain(other)),
        }
    }
}

/// `span` after `at`, or the end of time.
pub(super) fn later(at: Instant, span: SignedDuration) -> Instant {
    at.checked_add(span).unwrap_or(Instant::MAX)
}
