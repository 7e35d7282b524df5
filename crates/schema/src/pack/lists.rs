//! Option sets and parameters.

use indexmap::IndexMap;
use kernel::{Date, Decimal};

use crate::catalogue::{Label, OptionItem, OptionSet, Parameter, ParameterValue};
use crate::edge::Tie;
use kernel::text::nearest;

use super::build::{Build, limit};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

impl<'a> Build<'a> {
    /// Reads the option sets; those made of other definitions are filled in later.
    pub(crate) fn options(&mut self) {
        for (_, source, reader) in self.files(Folder::Options).collect::<Vec<_>>() {
            let Some(name) = self.stem(source) else { continue };
            let items = match reader.text("source") {
                Some("regions") => regions(),
                Some(_) => IndexMap::new(),
                None => self.option_items(source, &reader),
            };
            if reader.text("source").is_some() == reader.entries.contains_key("items") {
                let message = say(
                    "an option set has either `items` or a `source`",
                    "选项集须有 `items` 或 `source` 之一",
                );
                self.problem((source, 0), "options", message, Said::none());
            }
            let label = reader.label("label").unwrap_or_default();
            let set = OptionSet { name: name.clone(), label, items };
            if self.catalogue.options.contains_key(&name) {
                self.twice(source, 0, name.as_str());
            } else {
                self.catalogue.options.insert(name, set);
            }
        }
    }

    /// Fills in the option sets whose items are the roles.
    pub(crate) fn derived_options(&mut self) {
        let items: IndexMap<String, OptionItem> = self
            .catalogue
            .roles
            .values()
            .map(|role| (role.name.to_string(), option(role.label.clone())))
            .collect();
        for (_, source, reader) in self.files(Folder::Options).collect::<Vec<_>>() {
            if reader.text("source") == Some("roles")
                && let Some(set) = self.catalogue.options.get_mut(source.stem.as_str())
            {
                set.items.clone_from(&items);
            }
        }
    }

    fn option_items(
        &mut self,
        source: &'a Source,
        reader: &Reader<'a>,
    ) -> IndexMap<String, OptionItem> {
        let mut items: IndexMap<String, OptionItem> = IndexMap::new();
        let tables = reader.tables("items");
        if tables.len() > limit::OPTIONS {
            let en = format!("an option set may have at most {} items", limit::OPTIONS);
            let zh = format!("选项集最多 {} 项", limit::OPTIONS);
            self.problem((source, reader.at("items")), "too_many", say(en, zh), Said::none());
        }
        for table in tables.into_iter().take(limit::OPTIONS) {
            let Some(code) = table.text("code") else { continue };
            let plain = code.len() <= 64
                && code
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
            if !plain {
                let message = say(
                    format!("`{code}` is not an option code"),
                    format!("`{code}` 不是合法选项代码"),
                );
                let remedy = say(
                    "use letters, digits, `_`, `-` and `.`, at most 64",
                    "请用字母、数字、`_`、`-`、`.`，最多64个",
                );
                self.problem((source, table.at("code")), "option_code", message, remedy);
            }
            let parent = table.text("parent");
            if let Some(parent) = parent.filter(|parent| !items.contains_key(*parent)) {
                let near = nearest(parent, items.keys().map(String::as_str)).map(str::to_owned);
                let at = table.at("parent");
                self.unknown((source, at), ("option above", "在前的选项"), parent, near.as_deref());
            }
            let item = OptionItem {
                parent: parent.map(str::to_owned),
                aliases: owned(&table, "aliases"),
                retired: table.flag("retired").unwrap_or(false),
                color: table.text("color").map(str::to_owned),
                tie: tie(&table),
                ..option(table.label("label").unwrap_or_default())
            };
            if items.insert(code.to_owned(), item).is_some() {
                self.twice(source, table.at("code"), code);
            }
        }
        items
    }

    /// Reads the dated business values.
    pub(crate) fn parameters(&mut self) {
        for (_, source, reader) in self.files(Folder::Parameters).collect::<Vec<_>>() {
            let Some(name) = self.stem(source) else { continue };
            let kind = reader.text("type").unwrap_or_default();
            let mut values: Vec<(Date, ParameterValue)> = Vec::new();
            for table in reader.tables("values") {
                let Some(from) = table.date("from") else { continue };
                let Some(value) = parameter_value(kind, &table) else {
                    let message = say(
                        format!("the value is not of type `{kind}`"),
                        format!("值的类型不是 `{kind}`"),
                    );
                    self.problem((source, table.at("value")), "type", message, Said::none());
                    continue;
                };
                if values.last().is_some_and(|(last, _)| *last >= from) {
                    let message = say("the days must ascend", "生效日期须递增");
                    let remedy = say("sort the values by `from`", "请按 `from` 排序");
                    self.problem((source, table.at("from")), "order", message, remedy);
                }
                values.push((from, value));
            }
            if reader.tables("values").is_empty() {
                let message = say("the parameter has no value", "参数没有值");
                self.problem((source, reader.at("values")), "empty", message, Said::none());
            }
            let parameter = Parameter {
                name: name.clone(),
                label: reader.label("label").unwrap_or_default(),
                note: reader.text("note").unwrap_or_default().to_owned(),
                values,
            };
            if self.catalogue.parameters.insert(name, parameter).is_some() {
                self.twice(source, 0, &source.stem);
            }
        }
    }
}

fn parameter_value(kind: &str, table: &Reader<'_>) -> Option<ParameterValue> {
    if kind == "texts" {
        let texts = owned(table, "value");
        return Some(ParameterValue::Texts(texts));
    }
    let text = table.text("value")?;
    Some(match kind {
        "number" => ParameterValue::Number(Decimal::from_str_exact(text).ok()?),
        "bool" => ParameterValue::Bool(text.parse().ok()?),
        "date" => ParameterValue::Date(text.parse().ok()?),
        _ => ParameterValue::Text(text.to_owned()),
    })
}

fn option(label: Label) -> OptionItem {
    OptionItem { label, parent: None, aliases: Vec::new(), retired: false, color: None, tie: None }
}

/// What an option says about two sides, if anything.
fn tie(table: &Reader<'_>) -> Option<Tie> {
    let tie = Tie {
        family: table.name("family"),
        symmetric: table.flag("symmetric").unwrap_or(false),
        from: table.label("from"),
        to: table.label("to"),
    };
    (tie != Tie::default()).then_some(tie)
}

fn owned(reader: &Reader<'_>, key: &str) -> Vec<String> {
    reader.texts(key).into_iter().map(|(text, _)| text.to_owned()).collect()
}

/// The administrative divisions of China, as a tree of options.
fn regions() -> IndexMap<String, OptionItem> {
    kernel::cn::region::current()
        .map(|region| {
            let name = region.name.to_owned();
            let item = OptionItem {
                parent: region.parent.map(str::to_owned),
                ..option(Label { zh: name.clone(), en: name })
            };
            (region.code.to_owned(), item)
        })
        .collect()
}
