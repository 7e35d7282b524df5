//! References: the form of an id. Whether the record exists and may be seen is the engine's.

use serde_json::Value as Json;
use uuid::Uuid;

use crate::{Name, Value};

use super::Flaw;
use super::codec::Parsed;

/// `"id"`, or `{"object", "id"}` (needed when several objects are possible).
pub(super) fn from_json(json: &Json, to: &[Name]) -> Parsed {
    let (object, id) = match json {
        Json::String(text) if text.is_empty() => return Ok(Value::Null),
        Json::String(text) => (None, text.as_str()),
        Json::Object(map) => {
            let object = map.get("object").and_then(Json::as_str);
            match map.get("id").and_then(Json::as_str) {
                Some(id) => (object, id),
                None => return Err(Flaw::new("reference_form")),
            }
        }
        _ => return Err(Flaw::new("reference_form")),
    };
    build(object, id, to)
}

/// `id` or `object:id`.
pub(super) fn from_text(text: &str, to: &[Name]) -> Parsed {
    match text.split_once(':') {
        Some((object, id)) => build(Some(object.trim()), id.trim(), to),
        None => build(None, text, to),
    }
}

fn build(object: Option<&str>, id: &str, to: &[Name]) -> Parsed {
    let id = Uuid::parse_str(id).map_err(|_| Flaw::new("reference_form"))?;
    let target = match object {
        None => None,
        Some(object) if to.is_empty() => return unexpected(object),
        Some(object) => match to.iter().find(|name| name.as_str() == object) {
            Some(name) => Some(name),
            None => return unexpected(object),
        },
    };
    match (to.len() > 1, target) {
        (false, _) => Ok(Value::Id(id)),
        (true, Some(name)) => Ok(Value::Link(name.clone(), id)),
        (true, None) => Err(Flaw::new("reference_form")),
    }
}

fn unexpected(object: &str) -> Parsed {
    Err(Flaw::new("reference_object").with("object", object))
}
