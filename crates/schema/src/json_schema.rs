//! JSON Schemas (draft 2020-12) of the pack files, for editors.
//!
//! Made from the same table as the loader's structure check.

use serde_json::{Map, Value as Json, json};

use crate::pack::shape::{FIELD, Folder, Key, LABEL, Shape, TYPE_KEYS, TYPES};

/// Every schema: file name and text.
#[must_use]
pub fn all() -> Vec<(&'static str, String)> {
    Folder::ALL
        .into_iter()
        .map(|folder| {
            let mut schema = table(folder.keys());
            if let Json::Object(map) = &mut schema {
                let id = format!("https://jinyao.dev/schema/{}.json", folder.name());
                map.insert("$id".into(), Json::from(id));
                map.insert(
                    "$schema".into(),
                    Json::from("https://json-schema.org/draft/2020-12/schema"),
                );
                map.insert("$defs".into(), json!({ "label": table(LABEL), "name": name() }));
            }
            let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
            text.push('\n');
            (file_name(folder), text)
        })
        .collect()
}

fn file_name(folder: Folder) -> &'static str {
    match folder {
        Folder::Pack => "pack.json",
        Folder::Objects => "object.json",
        Folder::Options => "options.json",
        Folder::Views => "view.json",
        Folder::Layouts => "layout.json",
        Folder::Roles => "role.json",
        Folder::Parameters => "parameter.json",
        Folder::Measures => "measure.json",
        Folder::Bandings => "banding.json",
        Folder::Purposes => "purpose.json",
        Folder::Matches => "match.json",
        Folder::Quality => "quality.json",
        Folder::Tests => "test.json",
    }
}

fn name() -> Json {
    json!({ "type": "string", "pattern": "^[a-z](?!.*__)[a-z0-9_]{0,47}$" })
}

fn table(keys: &[Key]) -> Json {
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({
        "type": "object",
        "properties": properties(keys),
        "required": required,
        "additionalProperties": false,
    })
}

fn properties(keys: &[Key]) -> Json {
    let each = keys.iter().map(|key| {
        let mut schema = value(key.shape);
        if let Json::Object(map) = &mut schema {
            map.insert("description".into(), Json::from(key.doc));
        }
        (key.name.to_owned(), schema)
    });
    Json::Object(each.collect::<Map<String, Json>>())
}

fn value(shape: Shape) -> Json {
    let text = || json!({ "type": "string", "minLength": 1 });
    match shape {
        Shape::Text | Shape::Expression => text(),
        Shape::Label => json!({ "$ref": "#/$defs/label" }),
        Shape::Name => json!({ "$ref": "#/$defs/name" }),
        Shape::Names => json!({ "type": "array", "items": { "$ref": "#/$defs/name" } }),
        Shape::Texts => json!({ "type": "array", "items": text() }),
        Shape::TextOrTexts => json!({ "anyOf": [text(), { "type": "array", "items": text() }] }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Integer(min, max) => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::Number => json!({ "type": ["number", "string"] }),
        Shape::Date => json!({ "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$" }),
        Shape::OneOf(words) => json!({ "enum": words }),
        Shape::SomeOf(words) => json!({ "type": "array", "items": { "enum": words } }),
        Shape::Table(keys) => table(keys),
        Shape::Tables(keys) => json!({ "type": "array", "items": table(keys) }),
        Shape::Fields => json!({
            "type": "object",
            "propertyNames": { "$ref": "#/$defs/name" },
            "additionalProperties": field(),
        }),
        Shape::Words(words) => json!({
            "type": "object",
            "propertyNames": { "$ref": "#/$defs/name" },
            "additionalProperties": { "enum": words },
        }),
        Shape::Values => json!({ "type": "object" }),
    }
}

/// A field: the common keys, and by its type the keys that only it has.
fn field() -> Json {
    let by_type: Vec<Json> = TYPES
        .iter()
        .map(|(kind, own)| {
            let names = own.iter().map(|key| key.trim_end_matches('!'));
            let allowed: Vec<&str> = FIELD.iter().map(|key| key.name).chain(names).collect();
            let needed: Vec<&str> = own.iter().filter_map(|key| key.strip_suffix('!')).collect();
            json!({
                "if": { "properties": { "type": { "const": kind } } },
                "then": { "propertyNames": { "enum": allowed }, "required": needed },
            })
        })
        .collect();
    let keys: Vec<Key> = FIELD.iter().chain(TYPE_KEYS).copied().collect();
    let mut schema = table(&keys);
    if let Json::Object(map) = &mut schema {
        map.insert("allOf".into(), Json::Array(by_type));
    }
    schema
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_kind_of_file_has_a_schema_with_its_keys() {
        let schemas = all();
        assert_eq!(schemas.len(), Folder::ALL.len());
        for ((file, text), folder) in schemas.iter().zip(Folder::ALL) {
            let schema: Json = serde_json::from_str(text).unwrap();
            let properties = schema["properties"].as_object().unwrap();
            let keys: Vec<&str> = folder.keys().iter().map(|key| key.name).collect();
            assert_eq!(properties.keys().collect::<Vec<_>>(), keys, "{file}");
            assert_eq!(schema["additionalProperties"], false);
        }
    }

    #[test]
    fn every_type_of_field_has_its_rule_and_every_special_key_its_type() {
        let schema = field();
        let types = schema["properties"]["type"]["enum"].as_array().unwrap();
        let named: Vec<Json> = TYPES.iter().map(|(name, _)| Json::from(*name)).collect();
        assert_eq!(*types, named);
        assert_eq!(schema["allOf"].as_array().unwrap().len(), TYPES.len());
        for key in TYPE_KEYS {
            let used = TYPES
                .iter()
                .any(|(_, own)| own.iter().any(|own| own.trim_end_matches('!') == key.name));
            assert!(used, "{}", key.name);
        }
    }

    #[test]
    fn the_committed_files_are_current() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/schema");
        for (file, text) in all() {
            let committed = std::fs::read_to_string(format!("{folder}/{file}")).unwrap_or_default();
            assert!(committed == text, "packs/schema/{file} is old: run `cargo xtask gen`");
        }
    }
}
