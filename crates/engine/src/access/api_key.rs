//! API keys: a user's rights, narrowed to scopes. A key without scopes may do nothing.

use std::fmt;
use std::sync::Arc;

use kernel::Instant;
use schema::catalogue::{Action, Right};
use schema::{Catalogue, Name};
use serde_json::json;
use store::access as rows;
use uuid::Uuid;

use super::{require, require_or_own};
use crate::rights::{Actions, Rights};
use crate::{Actor, ActorKind, Engine, Error, Origin, Refusal, Violation};

/// A valid or withdrawn key, without its secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: Uuid,
    /// The user whose rights it narrows.
    pub user: Uuid,
    /// First characters of the secret, to recognize it.
    pub prefix: String,
    /// What people call it.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Networks it may come from; anywhere when empty.
    pub networks: Vec<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub last_used: Option<Instant>,
    /// When it was withdrawn.
    pub revoked_at: Option<Instant>,
}

/// A key to make.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// The user whose rights it narrows.
    pub user: Uuid,
    /// What people call it.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Networks it may come from.
    pub networks: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Instant>,
    /// First characters of the secret.
    pub prefix: String,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
}

/// Actions on one object, or on all: `person:read,update` or `*:read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The object; none means every object.
    pub object: Option<Name>,
    /// What may be done.
    pub actions: Vec<Action>,
}

const ACTIONS: [(&str, Action); 10] = [
    ("read", Action::Read),
    ("create", Action::Create),
    ("update", Action::Update),
    ("delete", Action::Delete),
    ("reveal", Action::Reveal),
    ("export", Action::Export),
    ("import", Action::Import),
    ("reassign", Action::Reassign),
    ("share", Action::Share),
    ("merge", Action::Merge),
];

impl Scope {
    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Scope> {
        let (object, actions) = text.split_once(':')?;
        let object = match object {
            "*" => None,
            name => Some(Name::new(name).ok()?),
        };
        let action = |word: &str| {
            ACTIONS.iter().find(|(name, _)| *name == word.trim()).map(|(_, action)| *action)
        };
        let actions = actions.split(',').map(action).collect::<Option<Vec<Action>>>()?;
        Some(Scope { object, actions })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.object.as_ref().map_or("*", Name::as_str))?;
        for (at, action) in self.actions.iter().enumerate() {
            let name = ACTIONS.iter().find(|(_, known)| known == action).map_or("", |(n, _)| n);
            write!(f, "{}{name}", if at == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

impl From<rows::ApiKey> for ApiKey {
    fn from(key: rows::ApiKey) -> ApiKey {
        ApiKey {
            id: key.id,
            user: key.user,
            prefix: key.prefix.to_string(),
            label: key.label.to_string(),
            scopes: key.scopes.iter().filter_map(|text| Scope::parse(text)).collect(),
            networks: key.networks,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used: key.last_used,
            revoked_at: key.revoked_at,
        }
    }
}

impl Engine {
    /// The key that starts with `prefix` and has this digest, unless it ended or was withdrawn.
    pub async fn api_key(&self, prefix: &str, hash: &[u8; 32]) -> Result<Option<ApiKey>, Error> {
        let found = rows::api_key_by_prefix(self.store().db(), prefix).await?;
        let now = self.now();
        let valid = |key: &rows::ApiKey| {
            key.hash == *hash
                && key.revoked_at.is_none()
                && key.expires_at.is_none_or(|until| until > now)
        };
        Ok(found.filter(valid).map(ApiKey::from))
    }

    /// Notes that a key is used; callers do so at most once a minute.
    pub async fn touch_api_key(&self, id: Uuid) -> Result<(), Error> {
        let step = rows::touch_api_key(id, self.now());
        self.store().db().run(vec![step]).await.map_err(store::Error::from)?;
        Ok(())
    }

    /// The key as one who acts: the user's rights within the key's scopes, and none of the
    /// platform's.
    pub async fn key_actor(&self, key: &ApiKey, origin: Origin) -> Result<Actor, Error> {
        let rights = self.rights_of(key.user).await?.ok_or(Refusal::Invisible)?;
        let rights = narrowed(&rights, &self.catalogue(), &key.scopes);
        Ok(Actor {
            depth: 0,
            user: key.user,
            kind: ActorKind::Key(key.id),
            rights: Arc::new(rights),
            language: Default::default(),
            origin,
        })
    }

    /// Keys of a user, or with none named of everybody: one's own, or any for those who administer
    /// keys. At most 1,000, newest first.
    pub async fn api_keys(&self, actor: &Actor, user: Option<Uuid>) -> Result<Vec<ApiKey>, Error> {
        match user {
            Some(user) => require_or_own(actor, user, Right::ApiKeys, "read")?,
            None => require(actor, Right::ApiKeys, "read")?,
        }
        let found = rows::api_keys_of(self.store().db(), user).await?;
        Ok(found.into_iter().map(ApiKey::from).collect())
    }

    /// Makes a key. Every scope must name an object that exists.
    pub async fn create_api_key(&self, actor: &Actor, new: NewApiKey) -> Result<ApiKey, Error> {
        require(actor, Right::ApiKeys, "create")?;
        let catalogue = self.catalogue();
        let unknown = |scope: &&Scope| {
            let name = scope.object.as_ref();
            name.is_some_and(|name| catalogue.object(name.as_str()).is_none())
        };
        let mut violations: Vec<Violation> = new
            .scopes
            .iter()
            .filter(unknown)
            .map(|scope| Violation::new("scopes", "scope").with("name", scope.to_string()))
            .collect();
        if self.rights_of(new.user).await?.is_none() {
            violations.push(Violation::new("user", "reference"));
        }
        if !violations.is_empty() {
            return Err(Refusal::Invalid(violations).into());
        }
        let now = self.now();
        let key = rows::ApiKey {
            id: self.next_id(now),
            prefix: new.prefix.as_str().into(),
            hash: new.hash,
            user: new.user,
            label: new.label.as_str().into(),
            scopes: new.scopes.iter().map(ToString::to_string).collect(),
            networks: new.networks,
            created_at: now,
            expires_at: new.expires_at,
            last_used: None,
            revoked_at: None,
        };
        let detail = json!({
            "key": key.id, "label": new.label, "scopes": key.scopes, "networks": key.networks,
            "expires_at": key.expires_at.map(|at| at.to_string()),
        });
        let steps = vec![rows::create_api_key(&key)?];
        self.note(actor, ("api_key_created", Some(new.user)), detail, steps).await?;
        Ok(key.into())
    }

    /// Withdraws a key; returns whose it was.
    pub async fn revoke_api_key(&self, actor: &Actor, id: Uuid) -> Result<Uuid, Error> {
        let found = rows::api_key_by_id(self.store().db(), id).await?;
        let key = found.ok_or(Refusal::Invisible)?;
        if require_or_own(actor, key.user, Right::ApiKeys, "revoke").is_err() {
            return Err(Refusal::Invisible.into());
        }
        if key.revoked_at.is_none() {
            let steps = vec![rows::revoke_api_key(id, self.now())];
            let detail = json!({ "key": id });
            self.note(actor, ("api_key_revoked", Some(key.user)), detail, steps).await?;
        }
        Ok(key.user)
    }
}

/// What is left of `rights` within `scopes`.
fn narrowed(rights: &Rights, catalogue: &Catalogue, scopes: &[Scope]) -> Rights {
    let mut narrowed = rights.clone();
    narrowed.platform.clear();
    for (grants, object) in narrowed.objects.iter_mut().zip(catalogue.objects.keys()) {
        let within = scopes
            .iter()
            .filter(|scope| scope.object.as_ref().is_none_or(|name| name == object))
            .fold(Actions::default(), |all, scope| all.and(Actions::of(&scope.actions)));
        for grant in grants.iter_mut() {
            grant.actions = grant.actions.within(within);
        }
        grants.retain(|grant| grant.actions != Actions::default());
    }
    narrowed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_scope_reads_as_it_is_written() {
        for text in ["*:read", "thing:read,update"] {
            assert_eq!(Scope::parse(text).unwrap().to_string(), text);
        }
        for text in ["thing", "thing:", "thing:fly", ":read", "Thing:read"] {
            assert_eq!(Scope::parse(text), None, "{text}");
        }
    }
}
