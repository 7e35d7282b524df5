//! A pack file as a tree of items that know where they stand.

use indexmap::IndexMap;
use toml_edit::{Document, Table, TableLike, Value};

/// One value with the byte offset where it starts.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub at: usize,
    pub kind: Kind,
}

/// What a value is. A fraction keeps its digits as text, so that nothing passes through a float.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Text(String),
    Integer(i64),
    Fraction(String),
    Bool(bool),
    Date(String),
    List(Vec<Item>),
    Table(Entries),
}

/// Keys of a table in file order.
pub(crate) type Entries = IndexMap<String, Entry>;

/// A key's place and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key_at: usize,
    pub item: Item,
}

/// Reads TOML text; an error is its offset and message.
pub(crate) fn parse(text: &str) -> Result<Entries, (usize, String)> {
    match Document::parse(text) {
        Ok(document) => Ok(entries(document.as_table(), 0, text)),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            Err((at, error.message().replace('\n', ", ")))
        }
    }
}

fn entries(table: &dyn TableLike, start: usize, text: &str) -> Entries {
    let mut out = Entries::new();
    for (name, item) in table.iter() {
        let span = table.key(name).and_then(toml_edit::Key::span);
        let key_at = span.map_or(start, |span| span.start);
        let converted = match item {
            toml_edit::Item::None => continue,
            toml_edit::Item::Value(value) => convert(value, key_at, text),
            toml_edit::Item::Table(inner) => sub_table(inner, key_at, text),
            toml_edit::Item::ArrayOfTables(tables) => {
                let list = tables.iter().map(|inner| sub_table(inner, key_at, text)).collect();
                Item { at: key_at, kind: Kind::List(list) }
            }
        };
        out.insert(name.to_owned(), Entry { key_at, item: converted });
    }
    out
}

fn sub_table(table: &Table, fallback: usize, text: &str) -> Item {
    let at = table.span().map_or(fallback, |span| span.start);
    Item { at, kind: Kind::Table(entries(table, at, text)) }
}

fn convert(value: &Value, fallback: usize, text: &str) -> Item {
    let span = value.span();
    let at = span.as_ref().map_or(fallback, |span| span.start);
    let kind = match value {
        Value::String(inner) => Kind::Text(inner.value().clone()),
        Value::Integer(inner) => Kind::Integer(*inner.value()),
        Value::Float(_) => {
            let written = span.and_then(|span| text.get(span)).unwrap_or_default();
            Kind::Fraction(written.trim().to_owned())
        }
        Value::Boolean(inner) => Kind::Bool(*inner.value()),
        Value::Datetime(inner) => Kind::Date(inner.value().to_string()),
        Value::Array(items) => {
            Kind::List(items.iter().map(|inner| convert(inner, at, text)).collect())
        }
        Value::InlineTable(inner) => Kind::Table(entries(inner, at, text)),
    };
    Item { at, kind }
}

impl Item {
    /// The text, when it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, for a message.
    pub fn describe(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::Text(_) => ("a text", "文本"),
            Kind::Integer(_) => ("an integer", "整数"),
            Kind::Fraction(_) => ("a fraction", "小数"),
            Kind::Bool(_) => ("true or false", "真假值"),
            Kind::Date(_) => ("a date", "日期"),
            Kind::List(_) => ("a list", "列表"),
            Kind::Table(_) => ("a table", "表"),
        }
    }

    /// The item as JSON, for values of records; a fraction becomes text.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.kind {
            Kind::Text(text) | Kind::Fraction(text) | Kind::Date(text) => Json::from(text.as_str()),
            Kind::Integer(number) => Json::from(*number),
            Kind::Bool(flag) => Json::from(*flag),
            Kind::List(items) => Json::Array(items.iter().map(Item::to_json).collect()),
            Kind::Table(entries) => Json::Object(to_map(entries)),
        }
    }
}

/// A table as a JSON object.
pub(crate) fn to_map(entries: &Entries) -> serde_json::Map<String, serde_json::Value> {
    entries.iter().map(|(key, entry)| (key.clone(), entry.item.to_json())).collect()
}
