//! Members of a small request body, checked all at once: unknown ones, missing ones, wrong types.

use engine::Violation;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::problem::{Answer, Problem};

/// The members of a body, taken one by one; [`Fields::end`] reports everything that was wrong.
pub struct Fields {
    map: Map<String, Json>,
    violations: Vec<Violation>,
}

impl Fields {
    /// The members of `body`, of which only `known` may occur.
    ///
    /// # Errors
    /// When the body is not an object.
    pub fn of(body: Json, known: &[&str]) -> Answer<Fields> {
        let Json::Object(map) = body else {
            let violation = Violation::new("", "type").with("expected", "object");
            return Err(Problem::invalid(vec![violation]));
        };
        let unknown = map.keys().filter(|key| !known.contains(&key.as_str()));
        let violations = unknown
            .map(|key| {
                let name = key.as_str();
                match kernel::text::nearest(name, known.iter().copied()) {
                    Some(near) => Violation::new(name, "unknown_field_near")
                        .with("name", name)
                        .with("near", near),
                    None => Violation::new(name, "unknown_field").with("name", name),
                }
            })
            .collect();
        Ok(Fields { map, violations })
    }

    /// Records something wrong.
    pub fn wrong(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// A member as it is; JSON null counts as absent.
    pub fn any(&mut self, name: &str) -> Option<Json> {
        self.map.shift_remove(name).filter(|value| !value.is_null())
    }

    /// Text of at most `max` characters, if given.
    pub fn maybe_text(&mut self, name: &str, max: usize) -> Option<String> {
        match self.any(name)? {
            Json::String(text) if text.chars().count() <= max => Some(text),
            Json::String(_) => {
                self.wrong(Violation::new(name, "too_long").with("max", max.to_string()));
                None
            }
            _ => {
                self.mistyped(name, "text");
                None
            }
        }
    }

    /// Text that must be there and not be empty.
    pub fn text(&mut self, name: &str, max: usize) -> String {
        let before = self.violations.len();
        match self.maybe_text(name, max).filter(|text| !text.trim().is_empty()) {
            Some(text) => text,
            None => {
                if self.violations.len() == before {
                    self.wrong(Violation::new(name, "required"));
                }
                String::new()
            }
        }
    }

    /// Whether a member says so; it need not be there.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.any(name) {
            None => false,
            Some(Json::Bool(given)) => given,
            Some(_) => {
                self.mistyped(name, "boolean");
                false
            }
        }
    }

    /// An id, if given.
    pub fn maybe_id(&mut self, name: &str) -> Option<Uuid> {
        let parsed = match self.any(name)? {
            Json::String(text) => text.parse().ok(),
            _ => None,
        };
        if parsed.is_none() {
            self.mistyped(name, "uuid");
        }
        parsed
    }

    /// An id that must be there.
    pub fn id(&mut self, name: &str) -> Uuid {
        let before = self.violations.len();
        self.maybe_id(name).unwrap_or_else(|| {
            if self.violations.len() == before {
                self.wrong(Violation::new(name, "required"));
            }
            Uuid::nil()
        })
    }

    /// An instant, if given.
    pub fn maybe_instant(&mut self, name: &str) -> Option<kernel::Instant> {
        let parsed = match self.any(name)? {
            Json::String(text) => text.parse().ok(),
            _ => None,
        };
        if parsed.is_none() {
            self.mistyped(name, "date-time");
        }
        parsed
    }

    /// Texts, if given.
    pub fn texts(&mut self, name: &str, most: usize) -> Vec<String> {
        let Some(value) = self.any(name) else { return Vec::new() };
        let texts: Option<Vec<String>> = match value {
            Json::Array(items) if items.len() <= most => items
                .into_iter()
                .map(|item| match item {
                    Json::String(text) => Some(text),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        if texts.is_none() {
            self.mistyped(name, "texts");
        }
        texts.unwrap_or_default()
    }

    /// An object, if given.
    pub fn object(&mut self, name: &str) -> Map<String, Json> {
        match self.any(name) {
            Some(Json::Object(map)) => map,
            Some(_) => {
                self.mistyped(name, "object");
                Map::new()
            }
            None => Map::new(),
        }
    }

    /// Says that `name` must be of another type.
    pub fn mistyped(&mut self, name: &str, expected: &str) {
        self.wrong(Violation::new(name, "type").with("expected", expected));
    }

    /// Reports what was wrong.
    ///
    /// # Errors
    /// With every violation found.
    pub fn end(self) -> Answer<()> {
        if self.violations.is_empty() { Ok(()) } else { Err(Problem::invalid(self.violations)) }
    }
}
