//! What objects say on pages: warnings, suggestions, and how their records stand on timelines.

use crate::catalogue::{Contribution, Hint, HintKind, NextStep, ObjectIx, Severity};
use crate::field::Storage;
use crate::query;

use super::build::{Build, Target};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

/// Most hints of one object: all their conditions are asked at once.
const HINTS: usize = 60;

impl<'a> Build<'a> {
    /// Reads the hints and timelines of every object, once all fields are known.
    pub(crate) fn pages(&mut self) {
        for (source_ix, source, reader) in self.files(Folder::Objects).collect::<Vec<_>>() {
            let name = reader.text("extends").unwrap_or(&source.stem);
            let Some((ix, _)) = self.catalogue.object(name) else { continue };
            for table in reader.tables("warnings") {
                let severity = match table.text("severity") {
                    Some("high") => Severity::High,
                    Some("medium") => Severity::Medium,
                    _ => Severity::Low,
                };
                let kind = HintKind::Warning(severity);
                self.hint((source_ix, source), &table, ix, (kind, "message", "fix"));
            }
            for table in reader.tables("suggestions") {
                let kind = HintKind::Suggestion;
                self.hint((source_ix, source), &table, ix, (kind, "label", "step"));
            }
            if let Some(table) = reader.table("timeline") {
                self.contribution((source_ix, source), &table, ix);
            }
        }
    }

    fn hint(
        &mut self,
        (source_ix, source): (usize, &'a Source),
        table: &Reader<'a>,
        ix: ObjectIx,
        (kind, sentence, step): (HintKind, &str, &str),
    ) {
        let Some(code) = table.name("code") else { return };
        let at = self.slot(source, table.text("at"), table.at("at"), ix);
        let step = table.table(step).and_then(|step| self.next_step(source, &step, ix));
        let hint = Hint {
            code: code.clone(),
            kind,
            when: super::expressions::placeholder(),
            message: table.label(sentence).unwrap_or_default(),
            reason: table.label("reason"),
            at,
            step,
        };
        for name in hint.mentions() {
            let known = self.catalogue.at(ix).is_some_and(|object| object.field(name).is_some());
            if !known {
                self.unknown_field(source, table.at(sentence), ix, name);
            }
        }
        let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) else {
            return;
        };
        let position = object.hints.len();
        if object.hints.iter().any(|other| other.code == code) {
            self.twice(source, table.at("code"), code.as_str());
        } else if position >= HINTS {
            let en = format!("an object may have at most {HINTS} warnings and suggestions");
            let zh = format!("一个对象最多 {HINTS} 条提醒和建议");
            self.problem((source, table.at), "too_many", say(en, zh), Said::none());
        } else {
            object.hints.push(hint);
            self.expect((source_ix, table, "when"), ix, Target::Hint(ix, position));
        }
    }

    fn next_step(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        ix: ObjectIx,
    ) -> Option<NextStep> {
        let edit = self.fields_named(source, table, "edit", ix);
        let create = match table.text("create") {
            None => None,
            Some(text) => {
                let (child, link) = self.link(source, (text, table.at("create")), ix)?;
                if let Some(values) = table.table("values") {
                    for (name, entry) in values.entries {
                        self.slot(source, Some(name), entry.key_at, child);
                    }
                }
                let field = self.catalogue.at(link.path.object)?.at(link.path.slot)?.name.clone();
                if !link.path.steps.is_empty() {
                    let message = say(
                        format!("`{text}` leads through another record"),
                        format!("`{text}` 经过了其他记录"),
                    );
                    let remedy = say("name a field of the object", "请写该对象自己的引用字段");
                    self.problem((source, table.at("create")), "not_direct", message, remedy);
                }
                Some((link.object, field))
            }
        };
        if edit.is_empty() == create.is_none() {
            let message =
                say("a step has either `edit` or `create`", "操作须有 `edit` 或 `create` 之一");
            self.problem((source, table.at), "step", message, Said::none());
        }
        let label = table.label("label").unwrap_or_default();
        Some(NextStep { label, edit, create, values: table.values("values") })
    }

    fn contribution(
        &mut self,
        (source_ix, source): (usize, &'a Source),
        table: &Reader<'a>,
        ix: ObjectIx,
    ) {
        let mut of = Vec::new();
        for (text, at) in table.texts("of") {
            match query::path(&self.catalogue, ix, text) {
                Ok(path) => of.push(path),
                Err(flaw) => self.flaw(source, at, &flaw),
            }
        }
        let Some(at) = self.slot(source, table.text("at"), table.at("at"), ix) else { return };
        let field = self.catalogue.at(ix).and_then(|object| object.at(at));
        if !field.is_some_and(|f| matches!(f.storage(), Storage::Days | Storage::Micros)) {
            let message = say("an entry's time is a date or an instant", "时间须为日期或时间字段");
            let remedy = say("name a stored date or instant", "请写存储的日期或时间字段");
            self.problem((source, table.at("at")), "timeline", message, remedy);
        }
        let fields = self.fields_named(source, table, "fields", ix);
        let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) else {
            return;
        };
        if object.timeline.is_some() {
            let name = object.name.to_string();
            self.twice(source, table.at, &name);
            return;
        }
        let kind = table.name("kind").unwrap_or_else(|| object.name.clone());
        if kind.as_str() == Contribution::CHANGES {
            let message = say("this kind is the platform's own", "该类别由平台使用");
            self.problem((source, table.at("kind")), "reserved", message, Said::none());
            return;
        }
        object.timeline = Some(Contribution {
            of,
            at,
            kind,
            label: table.label("label"),
            fields,
            when: None,
            icon: table.text("icon").map(str::to_owned),
        });
        self.expect((source_ix, table, "when"), ix, Target::Timeline(ix));
    }
}
