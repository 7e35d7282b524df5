//! Cursors: where a page ended, as opaque text.
//!
//! Holds the last row's sort keys and id, and a digest of the query's shape, so that a cursor used
//! with another query is refused instead of giving odd rows. Sort keys are always readable in
//! clear by the actor, so a cursor tells them nothing new.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schema::Value;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::plan::Plan;
use crate::{Error, Refusal};

/// Text for the position after `row`.
pub(super) fn encode(plan: &Plan<'_>, row: &[Value]) -> String {
    let keys: Vec<Json> = plan.sort_key(row).iter().map(encode_key).collect();
    URL_SAFE_NO_PAD.encode(json!([shape(plan), keys]).to_string())
}

/// The position a cursor means, checked against the query it is used with.
pub(super) fn decode(plan: &Plan<'_>, text: &str) -> Result<Vec<Value>, Error> {
    let broken = || Error::from(Refusal::invalid("cursor", "cursor"));
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| broken())?;
    let (found, keys): (String, Vec<Json>) =
        serde_json::from_slice(&bytes).map_err(|_| broken())?;
    if found != shape(plan) || keys.len() != plan.key_count() {
        return Err(broken());
    }
    keys.iter().map(|key| crate::codec::decode(key).ok_or_else(broken)).collect()
}

fn shape(plan: &Plan<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(plan.object.name.as_str());
    for (path, descending) in &plan.sort {
        hash.update(format!("{path:?}{descending}"));
    }
    hash.update(format!("{:?}{:?}", plan.filter, plan.search));
    let digest = hash.finalize();
    URL_SAFE_NO_PAD.encode(digest.get(..9).unwrap_or_default())
}

/// Sort keys are never secrets or lists: those cannot be sorted by.
fn encode_key(value: &Value) -> Json {
    match value {
        Value::Secret(_) | Value::List(_) => Json::Null,
        other => crate::codec::encode(other),
    }
}
