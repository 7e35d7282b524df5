//! Purposes: their checks, in order, and their hours of rest.

use crate::Name;
use crate::catalogue::{Check, ParameterValue, Purpose};

use super::build::{Build, Target};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

impl<'a> Build<'a> {
    /// Reads every purpose.
    pub(crate) fn purposes(&mut self) {
        for (source_ix, source, reader) in self.files(Folder::Purposes).collect::<Vec<_>>() {
            let Some(name) = self.stem(source) else { continue };
            if self.catalogue.purposes.contains_key(&name) {
                self.twice(source, 0, name.as_str());
                continue;
            }
            let quiet = match (reader.text("quiet_from"), reader.text("quiet_until")) {
                (None, None) => None,
                _ => {
                    let from = self.hour(source, &reader, "quiet_from");
                    from.zip(self.hour(source, &reader, "quiet_until"))
                }
            };
            let label = reader.label("label").unwrap_or_default();
            let purpose = Purpose { name: name.clone(), label, quiet, checks: Vec::new() };
            self.catalogue.purposes.insert(name.clone(), purpose);
            for table in reader.tables("checks") {
                self.check_of((source_ix, source), &name, &table);
            }
        }
    }

    fn check_of(
        &mut self,
        (source_ix, source): (usize, &'a Source),
        purpose: &Name,
        table: &Reader<'a>,
    ) {
        let (Some(object), Some(code)) = (table.name("object"), table.name("code")) else { return };
        let Some((ix, _)) = self.catalogue.object(object.as_str()) else {
            return self.unknown_object(source, table.at("object"), object.as_str());
        };
        let Some(found) = self.catalogue.purposes.get_mut(purpose) else { return };
        if found.checks_of(&object).any(|check| check.code == code) {
            return self.twice(source, table.at("code"), code.as_str());
        }
        let position = found.checks.len();
        let message = table.label("message").unwrap_or_default();
        let must = super::expressions::placeholder();
        found.checks.push(Check { object, code, must, message });
        let target = Target::Check(purpose.clone(), position);
        self.expect((source_ix, table, "must"), ix, target);
    }

    /// A parameter that holds an hour such as `21:00` at all times.
    fn hour(&mut self, source: &'a Source, table: &Reader<'a>, key: &str) -> Option<Name> {
        let name = self.parameter(source, table, key)?;
        let hour = |value: &ParameterValue| match value {
            ParameterValue::Text(text) => is_hour(text),
            _ => false,
        };
        let values = &self.catalogue.parameters.get(&name)?.values;
        if !values.iter().all(|(_, value)| hour(value)) {
            let message = say(
                format!("`{name}` does not hold an hour"),
                format!("参数 `{name}` 的值不是时刻"),
            );
            let remedy = say("write it as 21:00", "请写成 21:00");
            self.problem((source, table.at(key)), "type", message, remedy);
        }
        Some(name)
    }

    /// The parameter that a key names.
    pub(crate) fn parameter(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        key: &str,
    ) -> Option<Name> {
        let Some(text) = table.text(key) else {
            let message = say(format!("missing key `{key}`"), format!("缺少键 `{key}`"));
            self.problem((source, table.at), "missing_key", message, Said::none());
            return None;
        };
        let known = &self.catalogue.parameters;
        if let Some((name, _)) = known.get_key_value(text) {
            return Some(name.clone());
        }
        let near = kernel::text::nearest(text, known.keys().map(Name::as_str)).map(str::to_owned);
        self.unknown((source, table.at(key)), ("parameter", "参数"), text, near.as_deref());
        None
    }
}

fn is_hour(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else { return false };
    let within = |part: &str, most: u8| part.len() == 2 && part.parse().is_ok_and(|n: u8| n < most);
    within(hour, 24) && within(minute, 60)
}
