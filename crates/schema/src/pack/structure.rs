//! The structure check: every key is known, every value has its shape.

use std::str::FromStr;

use kernel::{Date, Decimal};

use crate::Name;
use kernel::text::nearest;

use super::problem::{Problem, Said, say};
use super::shape::{FIELD, Folder, Key, LABEL, Shape, TYPE_KEYS, TYPES};
use super::source::position;
use super::tree::{Entries, Entry, Item, Kind};

/// A parsed file of a pack.
#[derive(Debug)]
pub(crate) struct Source {
    /// Position of its pack, in the order packs build on each other.
    pub pack: usize,
    /// Path for messages.
    pub file: String,
    /// File name without `.toml`.
    pub stem: String,
    /// Kind of file.
    pub folder: Folder,
    /// The text.
    pub text: String,
    /// What it says.
    pub root: Entries,
}

/// Problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub list: Vec<Problem>,
}

impl Problems {
    /// Adds one at a byte offset of a file.
    pub fn add(
        &mut self,
        (file, text, at): (&str, &str, usize),
        code: &'static str,
        message: Said,
        remedy: Said,
    ) {
        let (line, column) = position(text, at);
        self.list.push(Problem {
            file: file.to_owned(),
            line,
            column,
            code,
            message_zh: message.zh,
            message_en: message.en,
            remedy_zh: remedy.zh,
            remedy_en: remedy.en,
        });
    }
}

impl Source {
    /// A place in the file for [`Problems::add`].
    pub fn place(&self, at: usize) -> (&str, &str, usize) {
        (&self.file, &self.text, at)
    }
}

/// Checks a whole file.
pub(crate) fn check(source: &Source, problems: &mut Problems) {
    let mut walk = Walk { source, problems };
    walk.table(&source.root, source.folder.keys(), 0);
}

struct Walk<'a> {
    source: &'a Source,
    problems: &'a mut Problems,
}

impl Walk<'_> {
    fn add(&mut self, at: usize, code: &'static str, message: Said, remedy: Said) {
        self.problems.add(self.source.place(at), code, message, remedy);
    }

    fn unknown_key(&mut self, key: &str, entry: &Entry, known: &[&str]) {
        let message = say(format!("unknown key `{key}`"), format!("未知的键 `{key}`"));
        let remedy = match nearest(key, known.iter().copied()) {
            Some(near) => Said::did_you_mean(Some(near)),
            None => {
                let list = known.join(", ");
                say(format!("use one of {list}"), format!("可用：{list}"))
            }
        };
        self.add(entry.key_at, "unknown_key", message, remedy);
    }

    fn missing(&mut self, at: usize, key: &str) {
        let message = say(format!("missing key `{key}`"), format!("缺少键 `{key}`"));
        self.add(
            at,
            "missing_key",
            message,
            say(format!("add `{key}`"), format!("请补上 `{key}`")),
        );
    }

    fn table(&mut self, entries: &Entries, keys: &[Key], at: usize) {
        for (name, entry) in entries {
            match keys.iter().find(|key| key.name == name) {
                Some(key) => self.value(&entry.item, key.shape, name),
                None => {
                    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
                    self.unknown_key(name, entry, &known);
                }
            }
        }
        for key in keys.iter().filter(|key| key.required && !entries.contains_key(key.name)) {
            self.missing(at, key.name);
        }
    }

    fn value(&mut self, item: &Item, shape: Shape, key: &str) {
        let expected = match (shape, &item.kind) {
            (Shape::Label, Kind::Table(entries)) => return self.table(entries, LABEL, item.at),
            (Shape::Table(keys), Kind::Table(entries)) => {
                return self.table(entries, keys, item.at);
            }
            (Shape::Tables(keys), Kind::List(items)) => {
                return items.iter().for_each(|item| self.value(item, Shape::Table(keys), key));
            }
            (Shape::Fields, Kind::Table(entries)) => return self.fields(entries),
            (Shape::Words(words), Kind::Table(entries)) => {
                return entries.iter().for_each(|(name, entry)| {
                    self.name(name, entry.key_at);
                    self.value(&entry.item, Shape::OneOf(words), name);
                });
            }
            (
                Shape::Names | Shape::Texts | Shape::TextOrTexts | Shape::SomeOf(_),
                Kind::List(items),
            ) => {
                let each = match shape {
                    Shape::Names => Shape::Name,
                    Shape::SomeOf(words) => Shape::OneOf(words),
                    _ => Shape::Text,
                };
                return items.iter().for_each(|item| self.value(item, each, key));
            }
            (Shape::Name, Kind::Text(text)) => return self.name(text, item.at),
            (Shape::OneOf(words), Kind::Text(text)) => return self.word(text, words, item.at, key),
            (Shape::Text | Shape::Expression | Shape::TextOrTexts, Kind::Text(text)) => {
                if text.trim().is_empty() {
                    let message = say(format!("`{key}` is empty"), format!("`{key}` 为空"));
                    let remedy = say("write a text or leave the key out", "请填写或去掉这个键");
                    self.add(item.at, "empty", message, remedy);
                }
                return;
            }
            (Shape::Bool, Kind::Bool(_)) | (Shape::Values, Kind::Table(_)) => return,
            (Shape::Integer(min, max), Kind::Integer(number)) => {
                if (min..=max).contains(number) {
                    return;
                }
                let en = format!("`{key}` must be between {min} and {max}");
                let message = say(en, format!("`{key}` 须在 {min} 与 {max} 之间"));
                return self.add(item.at, "range", message, Said::none());
            }
            (Shape::Number, Kind::Integer(_) | Kind::Fraction(_) | Kind::Text(_)) => {
                if decimal(item).is_some() {
                    return;
                }
                ("a number", "数字")
            }
            (Shape::Date, Kind::Date(text) | Kind::Text(text)) => {
                if Date::from_str(text).is_ok() {
                    return;
                }
                ("a date such as 2026-01-31", "日期，如 2026-01-31")
            }
            (shape, _) => expected(shape),
        };
        let (found_en, found_zh) = item.describe();
        let message = say(
            format!("`{key}` must be {}, not {found_en}", expected.0),
            format!("`{key}` 应为{}，不是{found_zh}", expected.1),
        );
        self.add(item.at, "type", message, Said::none());
    }

    fn name(&mut self, text: &str, at: usize) {
        if let Err(error) = Name::new(text) {
            let zh =
                format!("`{text}` 不是合法名称：用小写字母、数字和下划线，字母开头，最多48个字符");
            self.add(at, "name", say(error.to_string(), zh), Said::none());
        }
    }

    fn word(&mut self, text: &str, words: &[&str], at: usize, key: &str) {
        if words.contains(&text) {
            return;
        }
        let message =
            say(format!("`{key}` may not be `{text}`"), format!("`{key}` 不能是 `{text}`"));
        let remedy = match nearest(text, words.iter().copied()) {
            Some(near) => Said::did_you_mean(Some(near)),
            None => {
                let list = words.join(", ");
                say(format!("use one of {list}"), format!("可用：{list}"))
            }
        };
        self.add(at, "unknown_word", message, remedy);
    }

    fn fields(&mut self, entries: &Entries) {
        for (name, entry) in entries {
            self.name(name, entry.key_at);
            let Kind::Table(field) = &entry.item.kind else {
                let message = say(format!("`{name}` must be a table"), format!("`{name}` 应为表"));
                let remedy =
                    say(format!("write [fields.{name}]"), format!("请写成 [fields.{name}]"));
                self.add(entry.key_at, "type", message, remedy);
                continue;
            };
            self.field(field, entry.item.at);
        }
    }

    fn field(&mut self, field: &Entries, at: usize) {
        let kind = field.get("type").and_then(|entry| entry.item.text());
        let own = kind.and_then(|kind| TYPES.iter().find(|(name, _)| *name == kind));
        let own = own.map_or(&[] as &[&str], |(_, keys)| keys);
        let is_own = |name: &str| own.iter().any(|key| key.trim_end_matches('!') == name);
        for (name, entry) in field {
            let common = FIELD.iter().find(|key| key.name == name);
            let special = TYPE_KEYS.iter().find(|key| key.name == name);
            match (common, special, kind) {
                (Some(key), _, _) => self.value(&entry.item, key.shape, name),
                (None, Some(key), _) if is_own(name) => self.value(&entry.item, key.shape, name),
                (None, Some(_), Some(kind)) => {
                    let message = say(
                        format!("a field of type `{kind}` has no key `{name}`"),
                        format!("类型为 `{kind}` 的字段没有键 `{name}`"),
                    );
                    let remedy = say("remove it", "请去掉");
                    self.add(entry.key_at, "unknown_key", message, remedy);
                }
                (None, Some(_), None) => {}
                (None, None, _) => {
                    let known: Vec<&str> = FIELD
                        .iter()
                        .map(|key| key.name)
                        .chain(own.iter().map(|key| key.trim_end_matches('!')))
                        .collect();
                    self.unknown_key(name, entry, &known);
                }
            }
        }
        let needed = FIELD.iter().filter(|key| key.required).map(|key| key.name);
        for key in needed.chain(own.iter().filter_map(|key| key.strip_suffix('!'))) {
            if !field.contains_key(key) {
                self.missing(at, key);
            }
        }
    }
}

fn expected(shape: Shape) -> (&'static str, &'static str) {
    match shape {
        Shape::Text | Shape::Name | Shape::OneOf(_) => ("a text", "文本"),
        Shape::Expression => ("an expression as text", "文本形式的表达式"),
        Shape::Label => ("{ zh = \"…\", en = \"…\" }", " { zh = \"…\", en = \"…\" }"),
        Shape::Names | Shape::Texts | Shape::SomeOf(_) => ("a list of texts", "文本列表"),
        Shape::TextOrTexts => ("a text or a list of texts", "文本或文本列表"),
        Shape::Bool => ("true or false", "true 或 false"),
        Shape::Integer(..) => ("a whole number", "整数"),
        Shape::Number => ("a number", "数字"),
        Shape::Date => ("a date", "日期"),
        Shape::Table(_) | Shape::Fields | Shape::Words(_) | Shape::Values => ("a table", "表"),
        Shape::Tables(_) => ("a list of tables", "表的列表"),
    }
}

/// The exact number an item holds.
pub(crate) fn decimal(item: &Item) -> Option<Decimal> {
    match &item.kind {
        Kind::Integer(number) => Some(Decimal::from(*number)),
        Kind::Fraction(text) | Kind::Text(text) => {
            Decimal::from_str_exact(&text.replace('_', "")).ok()
        }
        _ => None,
    }
}
