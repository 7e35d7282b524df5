//! JSON as it must be: no duplicate keys, no deep nesting, no NUL characters, nothing behind it.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

/// Levels of arrays and objects a body may have.
pub const DEPTH: u8 = 16;

/// Reads one JSON document; the error says what is wrong at which line and column.
///
/// # Errors
/// When it is not JSON, repeats a key, nests deeper than [`DEPTH`] or holds a NUL character.
pub fn parse(bytes: &[u8]) -> Result<Json, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict(DEPTH).deserialize(&mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Reads a value that may nest so deep.
#[derive(Clone, Copy)]
struct Strict(u8);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl Strict {
    fn inner<E: serde::de::Error>(self) -> Result<Strict, E> {
        self.0.checked_sub(1).map(Strict).ok_or_else(|| E::custom("nested too deeply"))
    }
}

fn clean<E: serde::de::Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(E::custom("a NUL character in a text")) } else { Ok(()) }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Json, E> {
        clean(value)?;
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Json, E> {
        clean(&value)?;
        Ok(Json::String(value))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut found = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            found.push(item);
        }
        Ok(Json::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut found = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            clean(&key)?;
            if found.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` occurs twice")));
            }
            found.insert(key, entries.next_value_seed(inner)?);
        }
        Ok(Json::Object(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clean_documents_pass() {
        let check = |text: &str, part: &str| {
            let error = parse(text.as_bytes()).err().unwrap_or_default();
            assert!(error.contains(part), "{text}: {error}");
        };
        assert!(parse(r#"{"a":[1,-2,"x",null,true,{"b":1}]}"#.as_bytes()).is_ok());
        check(r#"{"a":1,"a":2}"#, "occurs twice");
        check(&"[".repeat(40), "nested too deeply");
        check("\"a\\u0000\"", "NUL");
        check("{} x", "trailing");
        check("{\"a\":\n}", "line 2");
        check("1e999", "number out of range");
        assert!(parse(b"\"\xff\"").is_err());
    }
}
