//! A user's account: the login, whether it is active, and the credential behind it.

use kernel::Instant;
use schema::Value;
use schema::catalogue::{Right, SystemKind, base};
use schema::expr::{Comparison, Node};
use store::access::{
    Credential, clear_failures, confirm_totp, end_sessions_of, require_change, set_password,
    set_totp, use_totp,
};
use uuid::Uuid;

use super::{require, require_or_own};
use crate::moment::Moment;
use crate::org::{Reader, slot};
use crate::rights::{field_is, own_field};
use crate::{Actor, Engine, Error, Refusal};

/// Someone who may sign in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user.
    pub user: Uuid,
    /// Their login.
    pub login: String,
    /// Whether they may sign in at all.
    pub active: bool,
    /// Password and second factor, once set.
    pub credential: Option<Credential>,
    factor: Option<Factor>,
}

/// A second factor, opened to be checked.
#[derive(Clone)]
pub struct Factor {
    /// The shared secret.
    pub secret: Vec<u8>,
    /// The time step used last.
    pub last: Option<i64>,
    confirmed: bool,
}

impl std::fmt::Debug for Factor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Factor(***)")
    }
}

impl Account {
    /// The hash of the password.
    #[must_use]
    pub fn hash(&self) -> Option<String> {
        self.credential.as_ref().map(|credential| credential.hash.to_string())
    }

    /// Until when no attempt is let through; may lie in the past.
    #[must_use]
    pub fn locked_until(&self) -> Option<Instant> {
        self.credential.as_ref()?.locked_until
    }

    /// The second factor, confirmed or not.
    #[must_use]
    pub fn totp(&self) -> Option<&Factor> {
        self.factor.as_ref()
    }

    /// The second factor, once the user has shown to have it.
    #[must_use]
    pub fn confirmed_totp(&self) -> Option<&Factor> {
        self.factor.as_ref().filter(|factor| factor.confirmed)
    }

    /// Hashes of the present password and of those before it, `count` in all.
    #[must_use]
    pub fn past_hashes(&self, count: usize) -> Vec<String> {
        let Some(credential) = &self.credential else { return Vec::new() };
        let present = std::iter::once(credential.hash.to_string());
        present.chain(credential.history.iter().cloned()).take(count).collect()
    }
}

impl Engine {
    /// The account with this login, exactly as written.
    pub async fn account_by_login(&self, login: &str) -> Result<Option<Account>, Error> {
        let catalogue = self.catalogue();
        let Some((ix, users)) = catalogue.system(SystemKind::User) else { return Ok(None) };
        if login.is_empty() {
            return Ok(None);
        }
        let field = own_field(ix, slot(users, "login")?);
        let text = Node::Literal(Value::text(login));
        let filter = Node::Compare(Comparison::Eq, Box::new(field), Box::new(text));
        self.find_account(filter).await
    }

    /// The account of a user.
    pub async fn account(&self, user: Uuid) -> Result<Option<Account>, Error> {
        let catalogue = self.catalogue();
        let Some((ix, _)) = catalogue.system(SystemKind::User) else { return Ok(None) };
        self.find_account(field_is(ix, base::ID, user)).await
    }

    async fn find_account(&self, filter: Node) -> Result<Option<Account>, Error> {
        let catalogue = self.catalogue();
        let Some((ix, users)) = catalogue.system(SystemKind::User) else { return Ok(None) };
        let platform = self.system(None, "sign in");
        let moment = Moment::new(catalogue.clone(), self.now());
        let reader =
            Reader { engine: self, catalogue: &catalogue, moment: &moment, platform: &platform };
        let columns = vec![
            own_field(ix, base::ID),
            own_field(ix, slot(users, "login")?),
            own_field(ix, slot(users, "active")?),
        ];
        let row = reader.select(ix, columns, Some(filter), (None, 1)).await?.pop();
        let Some([Value::Id(user), Value::Text(login), active]) = row.as_deref() else {
            return Ok(None);
        };
        let credential = store::access::credential(self.store().db(), *user).await?;
        let factor = match credential.as_ref().and_then(|c| c.totp.as_ref()) {
            Some(totp) => Some(Factor {
                secret: totp.secret(self.keys()?)?,
                last: totp.last_step,
                confirmed: totp.confirmed,
            }),
            None => None,
        };
        Ok(Some(Account {
            user: *user,
            login: login.to_string(),
            active: *active == Value::Bool(true),
            credential,
            factor,
        }))
    }

    /// The account of another user, for those who administer accounts.
    pub async fn account_of(&self, actor: &Actor, user: Uuid) -> Result<Account, Error> {
        require(actor, Right::Users, "read")?;
        Ok(self.account(user).await?.ok_or(Refusal::Invisible)?)
    }

    /// Sets one's own new password; other sessions are ended.
    pub async fn change_password(
        &self,
        actor: &Actor,
        account: &Account,
        hash: String,
        keep: &[u8; 32],
    ) -> Result<(), Error> {
        require_or_own(actor, account.user, Right::Users, "change_password")?;
        let credential = account.credential.as_ref();
        let steps = vec![
            set_password(account.user, credential, &hash, false, self.now())?,
            end_sessions_of(account.user, Some(keep)),
        ];
        let user = Some(account.user);
        self.note(actor, ("password_changed", user), serde_json::Value::Null, steps).await?;
        Ok(())
    }

    /// Sets a one-time password for another user and ends their sessions. Whether it must be
    /// changed at the next sign-in is the institution's rule.
    pub async fn set_password(
        &self,
        actor: &Actor,
        user: Uuid,
        hash: String,
    ) -> Result<bool, Error> {
        let account = self.account_of(actor, user).await?;
        let must_change = self.policy().first_change;
        let credential = account.credential.as_ref();
        let steps = vec![
            set_password(user, credential, &hash, must_change, self.now())?,
            end_sessions_of(user, None),
        ];
        let detail = serde_json::json!({ "must_change": must_change });
        self.note(actor, ("password_set", Some(user)), detail, steps).await?;
        Ok(must_change)
    }

    /// Gives users their first passwords in one commit, for installations and demo data: hashes,
    /// and whether each must be changed at the first sign-in. Only the platform may.
    pub async fn admit_users(
        &self,
        actor: &Actor,
        users: &[(Uuid, String)],
        must_change: bool,
    ) -> Result<(), Error> {
        require(actor, Right::Users, "admit")?;
        for some in users.chunks(100) {
            let steps = some
                .iter()
                .map(|(user, hash)| set_password(*user, None, hash, must_change, self.now()))
                .collect::<Result<Vec<_>, _>>()?;
            let ids: Vec<Uuid> = some.iter().map(|(user, _)| *user).collect();
            let detail = serde_json::json!({ "users": ids, "must_change": must_change });
            self.note(actor, ("passwords_set", None), detail, steps).await?;
        }
        Ok(())
    }

    /// Makes a user change the password at the next sign-in.
    pub async fn require_password_change(&self, actor: &Actor, user: Uuid) -> Result<(), Error> {
        self.account_of(actor, user).await?;
        let steps = vec![require_change(user)];
        self.note(actor, ("password_expired", Some(user)), serde_json::Value::Null, steps).await?;
        Ok(())
    }

    /// Ends a lock-out.
    pub async fn unlock(&self, actor: &Actor, user: Uuid) -> Result<(), Error> {
        self.account_of(actor, user).await?;
        let steps = vec![clear_failures(user)];
        self.note(actor, ("unlocked", Some(user)), serde_json::Value::Null, steps).await?;
        Ok(())
    }

    /// Gives a user a second factor, to be confirmed. One that is confirmed must be removed first.
    pub async fn begin_totp(
        &self,
        actor: &Actor,
        account: &Account,
        secret: &[u8],
    ) -> Result<(), Error> {
        require_or_own(actor, account.user, Right::Users, "begin_totp")?;
        if account.confirmed_totp().is_some() || account.credential.is_none() {
            let reason = "a second factor is in force; remove it first".to_owned();
            return Err(Refusal::Conflict { code: "second_factor_exists", reason }.into());
        }
        let steps = vec![set_totp(self.keys()?, account.user, Some(secret))];
        let user = Some(account.user);
        self.note(actor, ("second_factor_begun", user), serde_json::Value::Null, steps).await?;
        Ok(())
    }

    /// Confirms the second factor by a code of time step `step`, which is thereby used up.
    pub async fn confirm_totp(
        &self,
        actor: &Actor,
        account: &Account,
        step: i64,
    ) -> Result<(), Error> {
        require_or_own(actor, account.user, Right::Users, "confirm_totp")?;
        let steps = vec![use_totp(account.user, step), confirm_totp(account.user)];
        let user = Some(account.user);
        self.note(actor, ("second_factor_set", user), serde_json::Value::Null, steps).await?;
        Ok(())
    }

    /// Takes a second factor away.
    pub async fn remove_totp(&self, actor: &Actor, user: Uuid) -> Result<(), Error> {
        require_or_own(actor, user, Right::Users, "remove_totp")?;
        let account = self.account(user).await?.ok_or(Refusal::Invisible)?;
        if account.totp().is_none() {
            return Ok(());
        }
        let steps = vec![set_totp(self.keys()?, user, None)];
        self.note(actor, ("second_factor_removed", Some(user)), serde_json::Value::Null, steps)
            .await?;
        Ok(())
    }
}
