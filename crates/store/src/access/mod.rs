//! What admits people and programs: credentials, sessions, API keys, shares and quotas.
//!
//! Rows in, rows out, and steps that the engine commits together with audit entries. Decides
//! nothing: whether a password is good enough or a network allowed is decided above. Passwords come
//! as Argon2 hashes, tokens and keys as SHA-256 digests; neither is ever here in clear.

mod api_keys;
mod approvals;
mod credentials;
mod quotas;
mod requests;
mod sessions;
mod shares;

pub use api_keys::{
    ApiKey, api_key_by_id, api_key_by_prefix, api_keys_of, create_api_key, revoke_api_key,
    touch_api_key,
};
pub use approvals::{
    Approval, ApprovalAnswer, ApprovalKind, ApprovalState, Approvals, answer_approval, approval,
    approvals, approved_field, ask_approval, clean_approvals, open_approvals,
};
pub use credentials::{
    Credential, CredentialTotp, clear_failures, confirm_totp, count_failure, credential,
    lock_until, remove_credential, require_change, reseal_totp, set_password, set_totp, use_totp,
};
pub use quotas::{
    clean_idempotency, clean_reveals, count_reveal, remembered, reveals_on, take_reveal,
};
pub use requests::{
    RequestState, ShareRequest, answer_share, ask_share, share_request, share_requests,
};
pub use sessions::{
    Session, clean_sessions, elevate_session, end_session, end_sessions_of, session, sessions_of,
    start_session, touch_session,
};
pub use shares::{
    Share, clean_shares, is_shared, revoke_share, share, shares_of_record, withdraw_share,
};

use crate::Error;
use crate::db::{Db, Step};

/// Runs one step and says how many rows it touched.
async fn affected(db: &Db, step: Step) -> Result<u64, Error> {
    Ok(db.run(vec![step]).await?.iter().map(|result| result.affected).sum())
}

/// A list of texts as the JSON column holds it.
fn texts_to_json(texts: &[String]) -> Result<String, Error> {
    serde_json::to_string(texts).map_err(|e| Error::Internal(e.to_string()))
}

fn texts_of_json(text: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt("a list of texts".into()))
}
