//! Passwords and second factors.

use std::sync::Arc;

use kernel::Instant;
use uuid::Uuid;

use super::{texts_of_json, texts_to_json};
use crate::Error;
use crate::db::{Cell, Db, Step};
use crate::keys::{Keys, Resealed, SealedCell, SealedColumn, reseal};

/// Earlier passwords that are remembered.
const HISTORY: usize = 5;

/// How a user proves to be themselves. Printed without its hashes.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Whose.
    pub user: Uuid,
    /// The Argon2 hash of the password.
    pub hash: Arc<str>,
    /// When it was set.
    pub changed_at: Instant,
    /// Whether it must be changed at the next sign-in.
    pub must_change: bool,
    /// Failed attempts since the last good one.
    pub failed: i64,
    /// Until when no attempt is let through.
    pub locked_until: Option<Instant>,
    /// The second factor.
    pub totp: Option<CredentialTotp>,
    /// Hashes of earlier passwords, newest first.
    pub history: Vec<String>,
}

/// A time-based second factor, still sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialTotp {
    user: Uuid,
    sealed: Vec<u8>,
    /// Whether the user has proven to have it.
    pub confirmed: bool,
    /// The last time step that was used; none may be used twice.
    pub last_step: Option<i64>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("user", &self.user).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for CredentialTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialTotp").field("user", &self.user).finish_non_exhaustive()
    }
}

impl CredentialTotp {
    /// The shared secret.
    ///
    /// # Errors
    /// When it was changed or the ring lacks its key.
    pub fn secret(&self, keys: &Keys) -> Result<Vec<u8>, Error> {
        keys.open_sealed(&totp_context(self.user), &self.sealed)
    }
}

fn totp_context(user: Uuid) -> Vec<u8> {
    [b"jy_credential.totp ".as_slice(), user.as_bytes()].concat()
}

/// A user's credential, if one was set.
///
/// # Errors
/// When the database cannot be read.
pub async fn credential(db: &Db, user: Uuid) -> Result<Option<Credential>, Error> {
    let sql = "SELECT hash, changed_at, must_change, failed, locked_until, totp_sealed, \
               totp_confirmed, totp_last, history FROM jy_credential WHERE user_id = $1";
    let rows = db.point(sql, &[user.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let [hash, changed_at, must_change, failed, locked, sealed, confirmed, last, history] =
        row.as_slice()
    else {
        return Err(Cell::width("jy_credential"));
    };
    let totp = match sealed.bytes_or_null()? {
        Some(sealed) => Some(CredentialTotp {
            user,
            sealed,
            confirmed: confirmed.flag()?,
            last_step: last.int_or_null()?,
        }),
        None => None,
    };
    Ok(Some(Credential {
        user,
        hash: Arc::clone(hash.str()?),
        changed_at: changed_at.instant()?,
        must_change: must_change.flag()?,
        failed: failed.int()?,
        locked_until: locked.instant_or_null()?,
        totp,
        history: texts_of_json(history.str()?)?,
    }))
}

/// The step that sets a password; `before` is the credential as it was, whose hash joins the
/// history. Failures and locks are forgotten, the second factor stays.
///
/// # Errors
/// Never for credentials read from here.
pub fn set_password(
    user: Uuid,
    before: Option<&Credential>,
    hash: &str,
    must_change: bool,
    now: Instant,
) -> Result<Step, Error> {
    let mut history = Vec::new();
    if let Some(before) = before {
        history.push(before.hash.to_string());
        history.extend(before.history.iter().cloned());
        history.truncate(HISTORY);
    }
    let sql = "INSERT INTO jy_credential (user_id, hash, changed_at, must_change, history) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id) DO UPDATE SET \
               hash = excluded.hash, changed_at = excluded.changed_at, \
               must_change = excluded.must_change, history = excluded.history, failed = 0, \
               locked_until = NULL";
    let params = vec![
        user.into(),
        hash.into(),
        now.into(),
        must_change.into(),
        texts_to_json(&history)?.as_str().into(),
    ];
    Ok(Step::exactly(sql, params, 1))
}

/// The step that makes a user change their password at the next sign-in.
#[must_use]
pub fn require_change(user: Uuid) -> Step {
    let sql = "UPDATE jy_credential SET must_change = 1 WHERE user_id = $1";
    Step::new(sql, vec![user.into()])
}

/// The step that counts a failed attempt and returns how many there are.
#[must_use]
pub fn count_failure(user: Uuid) -> Step {
    let sql = "UPDATE jy_credential SET failed = failed + 1 WHERE user_id = $1 RETURNING failed";
    Step::new(sql, vec![user.into()])
}

/// The step that lets no attempt through until `until`; failures are counted anew afterwards.
#[must_use]
pub fn lock_until(user: Uuid, until: Instant) -> Step {
    let sql = "UPDATE jy_credential SET locked_until = $2, failed = 0 WHERE user_id = $1";
    Step::new(sql, vec![user.into(), until.into()])
}

/// The step after a good attempt, and for unlocking.
#[must_use]
pub fn clear_failures(user: Uuid) -> Step {
    let sql = "UPDATE jy_credential SET failed = 0, locked_until = NULL WHERE user_id = $1";
    Step::new(sql, vec![user.into()])
}

/// The step that gives a user a second factor, unconfirmed; `None` takes it away.
#[must_use]
pub fn set_totp(keys: &Keys, user: Uuid, secret: Option<&[u8]>) -> Step {
    let sealed = secret.map(|secret| keys.seal(&totp_context(user), secret));
    let sql = "UPDATE jy_credential SET totp_sealed = $2, totp_confirmed = 0, totp_last = NULL \
               WHERE user_id = $1";
    Step::exactly(sql, vec![user.into(), sealed.into()], 1)
}

/// The step that confirms the second factor.
#[must_use]
pub fn confirm_totp(user: Uuid) -> Step {
    let sql = "UPDATE jy_credential SET totp_confirmed = 1 \
               WHERE user_id = $1 AND totp_sealed IS NOT NULL";
    Step::exactly(sql, vec![user.into()], 1)
}

/// The step that uses up a time step; it fails when that step or a later one was used before.
#[must_use]
pub fn use_totp(user: Uuid, step: i64) -> Step {
    let sql = "UPDATE jy_credential SET totp_last = $2 \
               WHERE user_id = $1 AND (totp_last IS NULL OR totp_last < $2)";
    Step::exactly(sql, vec![user.into(), step.into()], 1)
}

/// The step that removes a leaver's credential.
#[must_use]
pub fn remove_credential(user: Uuid) -> Step {
    Step::new("DELETE FROM jy_credential WHERE user_id = $1", vec![user.into()])
}

/// Seals all second factors with the present master key; returns how many were under another.
///
/// # Errors
/// When one cannot be opened, or the database cannot be read or written.
pub async fn reseal_totp(db: &Db, keys: &Keys) -> Result<u64, Error> {
    reseal(keys, &Factors(db), None, 200).await
}

/// The column of second factors.
struct Factors<'a>(&'a Db);

impl SealedColumn for Factors<'_> {
    async fn read(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<SealedCell>, Error> {
        let after = after.map_or(Ok(Uuid::nil()), Uuid::from_slice);
        let after = after.map_err(|_| Error::Internal("a cursor is no id".into()))?;
        let sql = "SELECT user_id, totp_sealed FROM jy_credential \
                   WHERE user_id > $1 AND totp_sealed IS NOT NULL ORDER BY user_id LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.0.read(sql, &[after.into(), limit.into()]).await?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [user, sealed] => Ok(SealedCell {
                    key: user.uuid()?.as_bytes().to_vec(),
                    context: totp_context(user.uuid()?),
                    sealed: sealed.bytes()?.to_vec(),
                }),
                _ => Err(Cell::width("jy_credential")),
            })
            .collect()
    }

    /// Keeps no cursor: there are few, and one that is done already is passed over.
    async fn replace(&self, cells: Vec<Resealed>, _: &[u8]) -> Result<(), Error> {
        let sql = "UPDATE jy_credential SET totp_sealed = $1 \
                   WHERE user_id = $2 AND totp_sealed = $3";
        let step = |cell: Resealed| {
            Step::new(sql, vec![cell.after.into(), cell.key.into(), cell.before.into()])
        };
        self.0.run(cells.into_iter().map(step).collect()).await?;
        Ok(())
    }
}
