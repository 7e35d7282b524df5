//! Takes values out of a table whose structure is already checked.

use kernel::{Date, Decimal};

use crate::Name;
use crate::catalogue::Label;

use super::structure::decimal;
use super::tree::{Entries, Item, Kind};

/// A table of a checked file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub entries: &'a Entries,
    /// Where the table starts.
    pub at: usize,
}

impl<'a> Reader<'a> {
    fn item(&self, key: &str) -> Option<&'a Item> {
        self.entries.get(key).map(|entry| &entry.item)
    }

    /// Where the value of `key` is, or else the table.
    pub fn at(&self, key: &str) -> usize {
        self.item(key).map_or(self.at, |item| item.at)
    }

    /// Where the key itself is, or else the table.
    pub fn key_at(&self, key: &str) -> usize {
        self.entries.get(key).map_or(self.at, |entry| entry.key_at)
    }

    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.item(key)?.text()
    }

    pub fn name(&self, key: &str) -> Option<Name> {
        Name::new(self.text(key)?).ok()
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.item(key)?.kind {
            Kind::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    pub fn integer(&self, key: &str) -> Option<i64> {
        match self.item(key)?.kind {
            Kind::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// An order among siblings; the structure check has seen to its bounds.
    pub fn place(&self, key: &str) -> Option<u16> {
        self.integer(key).and_then(|number| u16::try_from(number).ok())
    }

    pub fn decimal(&self, key: &str) -> Option<Decimal> {
        decimal(self.item(key)?)
    }

    pub fn date(&self, key: &str) -> Option<Date> {
        match &self.item(key)?.kind {
            Kind::Date(text) | Kind::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub fn label(&self, key: &str) -> Option<Label> {
        let label = self.table(key)?;
        Some(Label { zh: label.text("zh")?.to_owned(), en: label.text("en")?.to_owned() })
    }

    pub fn table(&self, key: &str) -> Option<Reader<'a>> {
        reader(self.item(key)?)
    }

    /// The tables of a list.
    pub fn tables(&self, key: &str) -> Vec<Reader<'a>> {
        match self.item(key).map(|item| &item.kind) {
            Some(Kind::List(items)) => items.iter().filter_map(reader).collect(),
            _ => Vec::new(),
        }
    }

    /// Texts of a list (or the only text), each with its place.
    pub fn texts(&self, key: &str) -> Vec<(&'a str, usize)> {
        match self.item(key) {
            Some(Item { kind: Kind::List(items), .. }) => {
                items.iter().filter_map(|item| Some((item.text()?, item.at))).collect()
            }
            Some(item) => item.text().map(|text| (text, item.at)).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// The named tables of a table.
    pub fn named(&self, key: &str) -> Vec<(Name, Reader<'a>, usize)> {
        let Some(table) = self.table(key) else { return Vec::new() };
        let each = table.entries.iter().filter_map(|(name, entry)| {
            Some((Name::new(name).ok()?, reader(&entry.item)?, entry.key_at))
        });
        each.collect()
    }

    /// A table as JSON values.
    pub fn values(&self, key: &str) -> serde_json::Map<String, serde_json::Value> {
        self.table(key).map(|table| super::tree::to_map(table.entries)).unwrap_or_default()
    }
}

fn reader(item: &Item) -> Option<Reader<'_>> {
    match &item.kind {
        Kind::Table(entries) => Some(Reader { entries, at: item.at }),
        _ => None,
    }
}
