//! Match rules.

use crate::Name;
use crate::catalogue::{ObjectIx, Slot};
use crate::field::Storage;
use crate::matching::{
    Comparison, Form, How, KEYS_MAX, KeyPart, MatchKey, MatchRule, Severity, Thresholds,
};

use super::build::Build;
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

impl<'a> Build<'a> {
    /// Reads how duplicates are found.
    pub(crate) fn matches(&mut self) {
        for (_, source, reader) in self.files(Folder::Matches).collect::<Vec<_>>() {
            let (Some(name), Some(pack)) = (self.stem(source), self.pack_of(source)) else {
                continue;
            };
            let Some((ix, object)) = self.listed(source, &reader) else { continue };
            if self.catalogue.match_rule(&object).is_some()
                || self.catalogue.matches.contains_key(&name)
            {
                self.twice(source, reader.at("object"), object.as_str());
                continue;
            }
            let thresholds = self.thresholds(source, &reader);
            let keys = self.match_keys(source, &reader, ix);
            let comparisons = self.comparisons(source, &reader, ix);
            let severity = match reader.text("severity") {
                Some("block") => Severity::Block,
                Some("note") => Severity::Note,
                _ => Severity::Warn,
            };
            let block_max = reader.integer("block_max").unwrap_or(50);
            let rule = MatchRule {
                name: name.clone(),
                pack,
                object,
                label: reader.label("label").unwrap_or_default(),
                severity,
                thresholds,
                block_max: u32::try_from(block_max).unwrap_or(50),
                keys,
                comparisons,
            };
            self.catalogue.matches.insert(name, rule);
        }
    }

    fn thresholds(&mut self, source: &'a Source, reader: &Reader<'a>) -> Thresholds {
        let least = |key: &str, unless| percent(reader, key, unless);
        let found = Thresholds {
            certain: least("certain", 90),
            likely: least("likely", 70),
            possible: least("possible", 50),
        };
        if found.possible > found.likely || found.likely > found.certain {
            let message = say(
                "`possible`, `likely` and `certain` must ascend",
                "`possible`、`likely`、`certain` 须依次不减",
            );
            self.problem((source, reader.at("certain")), "range", message, Said::none());
        }
        found
    }

    fn match_keys(
        &mut self,
        source: &'a Source,
        reader: &Reader<'a>,
        ix: ObjectIx,
    ) -> Vec<MatchKey> {
        let mut keys = Vec::new();
        for table in reader.tables("keys") {
            let mut parts = Vec::new();
            for (text, at) in table.texts("fields") {
                let (field, form) = text.split_once(':').unwrap_or((text, "whole"));
                let Some(slot) = self.comparable(source, (field, at), ix) else { continue };
                let Some(form) = Form::parse(form) else {
                    let message =
                        say(format!("there is no form `{form}`"), format!("没有形式 `{form}`"));
                    let list = "name, pinyin, year, resident_id, 4";
                    let remedy = say(format!("use one of {list}"), format!("可用：{list}"));
                    self.problem((source, at), "unknown_word", message, remedy);
                    continue;
                };
                if let Ok(field) = Name::new(field) {
                    parts.push(KeyPart { field, slot, form });
                }
            }
            if !parts.is_empty() {
                keys.push(MatchKey { parts });
            }
        }
        if keys.len() > KEYS_MAX / 2 {
            let most = KEYS_MAX / 2;
            let message = say(format!("at most {most} keys"), format!("最多 {most} 个键"));
            self.problem((source, reader.at("keys")), "too_many", message, Said::none());
        }
        keys
    }

    fn comparisons(
        &mut self,
        source: &'a Source,
        reader: &Reader<'a>,
        ix: ObjectIx,
    ) -> Vec<Comparison> {
        let mut comparisons: Vec<Comparison> = Vec::new();
        for table in reader.tables("comparisons") {
            let (Some(code), Some(field)) = (table.name("code"), table.name("field")) else {
                continue;
            };
            if comparisons.iter().any(|other| other.code == code) {
                self.twice(source, table.at("code"), code.as_str());
                continue;
            }
            let at = table.at("field");
            let Some(slot) = self.comparable(source, (field.as_str(), at), ix) else { continue };
            let (how, least) = match table.text("how") {
                Some("name") => (How::Name, 60),
                Some("similar") => (How::Similar, 80),
                Some("first") => {
                    let Some(digits) = table.integer("digits") else {
                        let message = say("missing key `digits`", "缺少键 `digits`");
                        let remedy = say("say how many characters", "请写明前几位");
                        self.problem((source, table.at("how")), "missing_key", message, remedy);
                        continue;
                    };
                    (How::First(u8::try_from(digits).unwrap_or(1)), 100)
                }
                _ => (How::Exact, 100),
            };
            comparisons.push(Comparison {
                code,
                label: table.label("label").unwrap_or_default(),
                field,
                slot,
                how,
                weight: percent(&table, "weight", 1),
                differs: percent(&table, "differs", 0),
                least: percent(&table, "least", least),
            });
        }
        comparisons
    }

    /// The slot of a field that holds one value of its own.
    fn comparable(
        &mut self,
        source: &'a Source,
        (field, at): (&str, usize),
        ix: ObjectIx,
    ) -> Option<Slot> {
        let slot = self.slot(source, Some(field), at, ix)?;
        let storage = self.catalogue.at(ix)?.at(slot)?.storage();
        if matches!(storage, Storage::Virtual | Storage::Texts | Storage::Uuids) {
            let message = say(
                format!("`{field}` is computed or a list and cannot be compared"),
                format!("`{field}` 是计算字段或列表，不能比较"),
            );
            let remedy = say("choose a stored field", "请选用存储的单值字段");
            self.problem((source, at), "not_comparable", message, remedy);
            return None;
        }
        Some(slot)
    }
}

fn percent(reader: &Reader<'_>, key: &str, unless: u8) -> u8 {
    reader.integer(key).and_then(|number| u8::try_from(number).ok()).unwrap_or(unless)
}
