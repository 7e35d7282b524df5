//! Retention rules, reminders, and how requests of data subjects are answered.

use crate::Name;
use crate::catalogue::ObjectIx;
use crate::field::{FieldType, Storage};
use crate::keeping::{Answers, Reminder, Retention};

use super::build::{Build, Target};
use super::expressions::placeholder;
use super::kept::{FILE, REFERENCE, SELECT, TEXT};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

impl<'a> Build<'a> {
    /// Reads them for every object, once fields and parameters are known.
    pub(crate) fn keeping(&mut self) {
        for (source_ix, source, reader) in self.files(Folder::Objects).collect::<Vec<_>>() {
            let name = reader.text("extends").unwrap_or(&source.stem);
            let Some((ix, _)) = self.catalogue.object(name) else { continue };
            for table in reader.tables("retentions") {
                self.retention((source_ix, source), &table, ix);
            }
            for table in reader.tables("reminders") {
                self.reminder((source_ix, source), &table, ix);
            }
            let withheld = self.fields_named(source, &reader, "withheld", ix);
            self.keep(ix, |kept| kept.withheld.extend(withheld));
            if let Some(table) = reader.table("answers") {
                let answers = self.answers(source, &table, ix);
                self.keep(ix, |kept| kept.answers = answers);
            }
        }
    }

    fn retention(
        &mut self,
        (source_ix, source): (usize, &'a Source),
        table: &Reader<'a>,
        ix: ObjectIx,
    ) {
        let Some(code) = table.name("code") else { return };
        let label = table.label("label").unwrap_or_default();
        let with =
            table.text("with").and_then(|_| self.fitting(source, (table, "with"), ix, REFERENCE));
        let deletable = table.flag("deletable").unwrap_or(false);
        let rule =
            Retention { code: code.clone(), label, when: None, until: None, with, deletable };
        let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) else {
            return;
        };
        if object.retentions.iter().any(|other| other.code == code) {
            return self.twice(source, table.at("code"), code.as_str());
        }
        let position = object.retentions.len();
        object.retentions.push(rule);
        for (key, until) in [("when", false), ("until", true)] {
            let target = Target::Retention(ix, position, until);
            self.expect((source_ix, table, key), ix, target);
        }
    }

    fn reminder(
        &mut self,
        (source_ix, source): (usize, &'a Source),
        table: &Reader<'a>,
        ix: ObjectIx,
    ) {
        let Some(code) = table.name("code") else { return };
        let days = self.parameter(source, table, "days");
        let slot = self.slot(source, table.text("on"), table.at("on"), ix);
        let on = slot.and_then(|slot| self.catalogue.at(ix)?.at(slot));
        let stored = on.is_none_or(|field| field.storage() == Storage::Days);
        let on = on.map(|field| field.name.clone());
        if !stored {
            let message = say("a reminder is about a stored date", "提醒须针对存储的日期字段");
            self.problem((source, table.at("on")), "field_type", message, Said::none());
        }
        let text = table.text("create").unwrap_or_default();
        let Some((child, object)) = self.catalogue.object(text) else {
            return self.unknown_object(source, table.at("create"), text);
        };
        let create = object.name.clone();
        let Some((on, days)) = on.zip(days) else { return };
        let mut values = Vec::new();
        let given = table.table("values");
        for (name, entry) in given.iter().flat_map(|given| given.entries) {
            if self.slot(source, Some(name), entry.key_at, child).is_some()
                && let Ok(name) = Name::new(name)
            {
                values.push(name);
            }
        }
        let waiting = values.iter().map(|name| (name.clone(), placeholder())).collect();
        let reminder =
            Reminder { code: code.clone(), on, days, when: None, create, values: waiting };
        let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) else {
            return;
        };
        if object.reminders.iter().any(|other| other.code == code) {
            return self.twice(source, table.at("code"), code.as_str());
        }
        let position = object.reminders.len();
        object.reminders.push(reminder);
        self.expect((source_ix, table, "when"), ix, Target::ReminderWhen(ix, position));
        for name in values {
            let target = Target::ReminderValue(ix, position, child, name.clone());
            if let Some(given) = &given {
                self.expect((source_ix, given, name.as_str()), ix, target);
            }
        }
    }

    fn answers(&mut self, source: &'a Source, table: &Reader<'a>, ix: ObjectIx) -> Option<Answers> {
        let subject = self.fitting(source, (table, "subject"), ix, REFERENCE);
        let right = self.fitting(source, (table, "right"), ix, SELECT)?;
        let status = self.fitting(source, (table, "status"), ix, SELECT)?;
        let ready = self.option(source, (table, "ready"), ix, Some(&status));
        let [data, text] = ["data", "text"].map(|key| self.fitting(source, (table, key), ix, FILE));
        let outcome = self.fitting(source, (table, "outcome"), ix, TEXT);
        let mut codes = |key: &str| {
            let mut found = Vec::new();
            for (text, at) in table.texts(key) {
                found.extend(self.option_called(source, (text, at), ix, &right));
            }
            found
        };
        let (dossier, erase) = (codes("dossier"), codes("erase"));
        Some(Answers {
            subject: subject?,
            right,
            dossier,
            erase,
            status,
            ready: ready?,
            data: data?,
            text: text?,
            outcome: outcome?,
        })
    }

    /// The type that a value of a reminder must have.
    pub(super) fn reminder_type(&self, child: ObjectIx, name: &Name) -> Option<crate::expr::Type> {
        let object = self.catalogue.at(child)?;
        let (slot, field) = object.field(name.as_str())?;
        // A reference to several objects takes any record.
        if matches!(&field.kind, FieldType::Reference { to, .. } if to.len() > 1) {
            return None;
        }
        crate::expr::field_type(&self.catalogue, object, slot)
    }
}
