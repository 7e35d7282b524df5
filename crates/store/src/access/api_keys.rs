//! API keys: named by a prefix, known by the SHA-256 of the whole.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use super::{texts_of_json, texts_to_json};
use crate::Error;
use crate::db::{Cell, Db, Row, Step};

/// One API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: Uuid,
    /// The part that is shown and searched.
    pub prefix: Arc<str>,
    /// The SHA-256 of the whole key.
    pub hash: [u8; 32],
    /// On whose behalf it acts.
    pub user: Uuid,
    /// What people call it.
    pub label: Arc<str>,
    /// What it may do; nothing when empty.
    pub scopes: Vec<String>,
    /// Networks (CIDR) it may come from; anywhere when empty.
    pub networks: Vec<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Option<Instant>,
    /// When it was last used.
    pub last_used: Option<Instant>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
}

const COLUMNS: &str = "id, prefix, hash, user_id, label, scopes, networks, created_at, \
                       expires_at, last_used, revoked_at";

fn of(row: &Row) -> Result<ApiKey, Error> {
    let [id, prefix, hash, user, label, scopes, networks, created, expires, used, revoked] =
        row.as_slice()
    else {
        return Err(Cell::width("jy_api_key"));
    };
    Ok(ApiKey {
        id: id.uuid()?,
        prefix: Arc::clone(prefix.str()?),
        hash: (hash.bytes()?.try_into())
            .map_err(|_| Error::Corrupt("an API key's hash has not 32 bytes".into()))?,
        user: user.uuid()?,
        label: Arc::clone(label.str()?),
        scopes: texts_of_json(scopes.str()?)?,
        networks: texts_of_json(networks.str()?)?,
        created_at: created.instant()?,
        expires_at: expires.instant_or_null()?,
        last_used: used.instant_or_null()?,
        revoked_at: revoked.instant_or_null()?,
    })
}

/// The key with this prefix; the caller compares hash, times and networks.
///
/// # Errors
/// When the database cannot be read.
pub async fn api_key_by_prefix(db: &Db, prefix: &str) -> Result<Option<ApiKey>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM jy_api_key WHERE prefix = $1");
    db.point(&sql, &[prefix.into()]).await?.first().map(of).transpose()
}

/// The key with this id.
///
/// # Errors
/// When the database cannot be read.
pub async fn api_key_by_id(db: &Db, id: Uuid) -> Result<Option<ApiKey>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM jy_api_key WHERE id = $1");
    db.point(&sql, &[id.into()]).await?.first().map(of).transpose()
}

/// Keys of one user, or all, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn api_keys_of(db: &Db, user: Option<Uuid>) -> Result<Vec<ApiKey>, Error> {
    let (only, params) = match user {
        Some(user) => ("WHERE user_id = $1", vec![user.into()]),
        None => ("", Vec::new()),
    };
    let sql =
        format!("SELECT {COLUMNS} FROM jy_api_key {only} ORDER BY created_at DESC, id LIMIT 1000");
    db.read(&sql, &params).await?.iter().map(of).collect()
}

/// The step that stores a new key.
///
/// # Errors
/// Never for lists of texts.
pub fn create_api_key(key: &ApiKey) -> Result<Step, Error> {
    let sql = "INSERT INTO jy_api_key (id, prefix, hash, user_id, label, scopes, networks, \
               created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let params = vec![
        key.id.into(),
        Cell::Text(Arc::clone(&key.prefix)),
        key.hash.to_vec().into(),
        key.user.into(),
        Cell::Text(Arc::clone(&key.label)),
        texts_to_json(&key.scopes)?.as_str().into(),
        texts_to_json(&key.networks)?.as_str().into(),
        key.created_at.into(),
        key.expires_at.into(),
    ];
    Ok(Step::exactly(sql, params, 1))
}

/// The step that takes a key back.
#[must_use]
pub fn revoke_api_key(id: Uuid, now: Instant) -> Step {
    let sql = "UPDATE jy_api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    Step::exactly(sql, vec![id.into(), now.into()], 1)
}

/// The step that notes use; callers do so at most once a minute, to spare writes.
#[must_use]
pub fn touch_api_key(id: Uuid, now: Instant) -> Step {
    let sql = "UPDATE jy_api_key SET last_used = $2 WHERE id = $1";
    Step::new(sql, vec![id.into(), now.into()])
}
