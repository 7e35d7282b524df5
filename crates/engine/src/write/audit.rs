//! What the audit log says of a change: canonical JSON with a field diff, in which sensitive values
//! appear only as keyed digests, so that erasing them never breaks the log.

use schema::{Field, Object, Slot, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;
use store::AuditEntry;
use uuid::Uuid;

use super::record::id_of;
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

/// The changed fields of a record: `[before, after]` for a change, the value alone for a new one.
pub(crate) struct Diff<'a> {
    /// The record's object.
    pub object: &'a Object,
    /// The record before; none for a new one.
    pub before: Option<&'a [Value]>,
    /// The record after.
    pub after: &'a [Value],
    /// Fields to tell of.
    pub changed: &'a [Slot],
}

/// Makes the entry for the context's actor and instant.
pub(crate) fn entry(context: &Context<'_>, entry: Entry<'_>) -> AuditEntry {
    let Entry { kind, object, record, reason, detail } = entry;
    let told = Body { context, reason, detail: (!detail.is_null()).then_some(&detail) };
    made(context, (kind, object, record), &told)
}

/// Makes the entry that tells of a changed record.
pub(crate) fn change(context: &Context<'_>, kind: &'static str, diff: Diff<'_>) -> AuditEntry {
    let about = (kind, Some(diff.object), Some(id_of(diff.after)));
    let detail = Some(&InContext { context, diff });
    made(context, about, &Body { context, reason: context.reason, detail })
}

fn made(
    context: &Context<'_>,
    (kind, object, record): (&'static str, Option<&Object>, Option<Uuid>),
    body: &impl Serialize,
) -> AuditEntry {
    AuditEntry {
        id: context.engine.next_id(context.moment.now),
        at: context.moment.now,
        actor: context.actor.user(),
        kind,
        object: object.map(|object| object.name.clone()),
        record,
        // Writing names and JSON values into memory has nothing that could fail.
        body: serde_json::to_vec(body).unwrap_or_default(),
    }
}

/// The canonical JSON of an entry, written without building it first: one stands beside every
/// record that is written.
struct Body<'a, D> {
    context: &'a Context<'a>,
    reason: Option<&'a str>,
    detail: Option<&'a D>,
}

impl<D: Serialize> Serialize for Body<'_, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema", &self.context.catalogue.version)?;
        who(self.context.actor, &mut map)?;
        if let Some(reason) = self.reason {
            map.serialize_entry("reason", reason)?;
        }
        if let Some(detail) = self.detail {
            map.serialize_entry("detail", detail)?;
        }
        map.end()
    }
}

fn who<M: SerializeMap>(actor: &Actor, map: &mut M) -> Result<(), M::Error> {
    match actor.kind() {
        ActorKind::User => {}
        ActorKind::Key(key) => map.serialize_entry("key", key)?,
        ActorKind::System { on_behalf_of, cause } => {
            map.serialize_entry("on_behalf_of", on_behalf_of)?;
            map.serialize_entry("cause", cause)?;
        }
    }
    if let Some(ip) = &actor.origin.ip {
        map.serialize_entry("ip", ip)?;
    }
    if let Some(request) = &actor.origin.request {
        map.serialize_entry("request", request)?;
    }
    Ok(())
}

struct InContext<'a> {
    context: &'a Context<'a>,
    diff: Diff<'a>,
}

impl Serialize for InContext<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("set", &Set(self))?;
        map.end()
    }
}

struct Set<'a>(&'a InContext<'a>);

impl Serialize for Set<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let InContext { context, diff: Diff { object, before, after, changed } } = self.0;
        let mut map = serializer.serialize_map(None)?;
        for slot in *changed {
            let at = usize::from(slot.0);
            let (Some(field), Some(value)) = (object.at(*slot), after.get(at)) else { continue };
            let now = Shown { context, object, field, value };
            match before.and_then(|values| values.get(at)) {
                Some(value) => {
                    let old = Shown { value, ..now };
                    map.serialize_entry(field.name.as_str(), &[old, now])?;
                }
                None => map.serialize_entry(field.name.as_str(), &now)?,
            }
        }
        map.end()
    }
}

/// A value as the log may hold it.
#[derive(Clone, Copy)]
struct Shown<'a> {
    context: &'a Context<'a>,
    object: &'a Object,
    field: &'a Field,
    value: &'a Value,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Shown { context, object, field, value } = *self;
        if value.is_empty() {
            return serializer.serialize_none();
        }
        if field.level < DIGEST_FROM && !field.encrypted {
            return match value {
                Value::Text(text) => serializer.serialize_str(text),
                other => field.to_json(other, None).serialize(serializer),
            };
        }
        let plain = match value {
            Value::Secret(secret) => secret.expose().to_string(),
            other => field.to_json(other, None).to_string(),
        };
        let (object, field) = (object.name.as_str(), field.name.as_str());
        let digest = context.engine.store().digest(object, field, &plain);
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("digest", &digest)?;
        map.end()
    }
}
