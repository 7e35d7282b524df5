//! What the audit log says of a change: canonical JSON with a field diff, in which sensitive values
//! appear only as keyed digests, so that erasing them never breaks the log.

use schema::{Field, Object, Slot, Value};
use serde_json::{Map, Value as Json, json};
use store::AuditEntry;
use uuid::Uuid;

use super::submit::Context;
use crate::Actor;
use crate::actor::ActorKind;

/// From this data level on, values enter the log as digests only.
const DIGEST_FROM: u8 = 3;

/// One entry about a record.
pub(crate) struct Entry<'a> {
    /// What happened.
    pub kind: &'static str,
    /// Object, when about one.
    pub object: Option<&'a Object>,
    /// Record, when about one.
    pub record: Option<Uuid>,
    /// Why, as the caller gave it.
    pub reason: Option<&'a str>,
    /// Anything else the kind calls for.
    pub detail: Json,
}

/// Makes the entry for `actor` at the context's instant.
pub(crate) fn entry(context: &Context<'_>, entry: Entry<'_>) -> AuditEntry {
    let mut body = Map::new();
    body.insert("schema".into(), json!(context.catalogue.version));
    who(context.actor, &mut body);
    if let Some(reason) = entry.reason {
        body.insert("reason".into(), json!(reason));
    }
    if !entry.detail.is_null() {
        body.insert("detail".into(), entry.detail);
    }
    AuditEntry {
        id: context.engine.next_id(context.moment.now),
        at: context.moment.now,
        actor: context.actor.user(),
        kind: entry.kind,
        object: entry.object.map(|object| object.name.clone()),
        record: entry.record,
        body: Json::Object(body).to_string().into_bytes(),
    }
}

fn who(actor: &Actor, body: &mut Map<String, Json>) {
    match actor.kind() {
        ActorKind::User => {}
        ActorKind::Key(key) => {
            body.insert("key".into(), json!(key));
        }
        ActorKind::System { on_behalf_of, cause } => {
            body.insert("on_behalf_of".into(), json!(on_behalf_of));
            body.insert("cause".into(), json!(cause));
        }
    }
    if let Some(ip) = &actor.origin.ip {
        body.insert("ip".into(), json!(ip));
    }
    if let Some(request) = &actor.origin.request {
        body.insert("request".into(), json!(request));
    }
}

/// The diff of the changed slots: `[before, after]` for a change, the value alone for a new record.
pub(crate) fn diff(
    context: &Context<'_>,
    object: &Object,
    before: Option<&[Value]>,
    after: &[Value],
    changed: &[Slot],
) -> Json {
    let mut set = Map::new();
    for slot in changed {
        let (Some(field), Some(now)) = (object.at(*slot), after.get(usize::from(slot.0))) else {
            continue;
        };
        let now = shown(context, object, field, now);
        let entry = match before.and_then(|values| values.get(usize::from(slot.0))) {
            Some(old) => json!([shown(context, object, field, old), now]),
            None => now,
        };
        set.insert(field.name.to_string(), entry);
    }
    json!({ "set": set })
}

fn shown(context: &Context<'_>, object: &Object, field: &Field, value: &Value) -> Json {
    if value.is_empty() {
        return Json::Null;
    }
    if field.level < DIGEST_FROM && !field.encrypted {
        return field.to_json(value, None);
    }
    let plain = match value {
        Value::Secret(secret) => secret.expose().to_string(),
        other => field.to_json(other, None).to_string(),
    };
    let digest = context.engine.store().digest(object.name.as_str(), field.name.as_str(), &plain);
    json!({ "digest": digest })
}
