//! Values as tagged JSON, for what the engine itself keeps: cursors and sealed undo images.
//!
//! Never for callers: nothing here masks.

use kernel::{Decimal, Instant, Sensitive};
use schema::{Field, Name, Value};
use serde_json::{Value as Json, json};

/// A value with its kind. A secret's plaintext is written: seal the result, or do not keep it.
pub(crate) fn encode(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!({ "b": flag }),
        Value::Number(number) => json!({ "n": number.to_string() }),
        Value::Text(text) => json!({ "t": &**text }),
        Value::Secret(secret) => json!({ "s": &**secret.expose() }),
        Value::Date(date) => json!({ "d": date.to_string() }),
        Value::Instant(at) => json!({ "i": at.as_microsecond() }),
        Value::Id(id) => json!({ "u": id }),
        Value::Link(object, id) => json!({ "l": [object, id] }),
        Value::List(items) => json!({ "v": items.iter().map(encode).collect::<Vec<_>>() }),
    }
}

/// What [`encode`] wrote; `None` when it is something else.
pub(crate) fn decode(json: &Json) -> Option<Value> {
    if json.is_null() {
        return Some(Value::Null);
    }
    let (kind, inner) = json.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "b" => Value::Bool(inner.as_bool()?),
        "n" => Value::Number(inner.as_str()?.parse::<Decimal>().ok()?),
        "t" => Value::text(inner.as_str()?),
        "s" => Value::Secret(Sensitive::new(inner.as_str()?.into())),
        "d" => Value::Date(inner.as_str()?.parse().ok()?),
        "i" => Value::Instant(Instant::from_microsecond(inner.as_i64()?).ok()?),
        "u" => Value::Id(inner.as_str()?.parse().ok()?),
        "l" => {
            let parts = inner.as_array()?;
            let object = Name::new(parts.first()?.as_str()?).ok()?;
            Value::Link(object, parts.get(1)?.as_str()?.parse().ok()?)
        }
        "v" => Value::List(inner.as_array()?.iter().map(decode).collect::<Option<_>>()?),
        _ => return None,
    })
}

/// A value in API form with its plaintext, to be fed back into the write path.
pub(crate) fn plain_json(field: &Field, value: &Value) -> Json {
    match value {
        Value::Secret(secret) => json!(&**secret.expose()),
        other => field.to_json(other, None),
    }
}
