//! What an object asks the platform to keep: the fields it names exist and fit.

use crate::catalogue::ObjectIx;
use crate::expr::Expr;
use crate::field::{Field, FieldType, Storage};
use crate::kept::{Digest, Due, Exclusive, Expression, Kept, Membership, States};
use crate::{Catalogue, Name, Slot};

use super::build::{Build, Origin};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

/// A field that a definition needs: whether one fits, and what to say when it does not.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    fits: fn(&Field) -> bool,
    en: &'static str,
    zh: &'static str,
}

pub(super) const FILE: Fit = Fit {
    fits: |field| matches!(field.kind, FieldType::File { .. }),
    en: "a file",
    zh: "文件字段",
};
pub(super) const REFERENCE: Fit = Fit {
    fits: |field| matches!(field.kind, FieldType::Reference { .. }),
    en: "a reference",
    zh: "引用字段",
};
const ONE: Fit = Fit {
    fits: |field| matches!(&field.kind, FieldType::Reference { to, .. } if to.len() == 1),
    en: "a reference to one object",
    zh: "只指向一个对象的引用字段",
};
pub(super) const SELECT: Fit = Fit {
    fits: |field| matches!(field.kind, FieldType::Select { .. }),
    en: "a select",
    zh: "单选字段",
};
pub(super) const TEXT: Fit = Fit {
    fits: |field| {
        matches!(field.kind, FieldType::Text { .. } | FieldType::LongText { .. })
            && !field.encrypted
    },
    en: "a plain text",
    zh: "未加密的文本字段",
};
const DIGEST: Fit = Fit {
    fits: |field| {
        matches!(field.kind, FieldType::Text { max } if max >= 64)
            && !field.encrypted
            && field.read_only
    },
    en: "a plain read-only text of 64 characters or more",
    zh: "不少于64字符、只读且未加密的文本字段",
};
const DATE: Fit =
    Fit { fits: |field| field.storage() == Storage::Days, en: "a date", zh: "日期字段" };
const FLAG: Fit =
    Fit { fits: |field| field.storage() == Storage::Flag, en: "a boolean", zh: "布尔字段" };
const NAMING: Fit = Fit {
    fits: |field| {
        matches!(field.kind, FieldType::Text { .. } | FieldType::Select { .. }) && !field.encrypted
    },
    en: "a text or select with an object's name",
    zh: "写有对象名称的文本或单选字段",
};

impl<'a> Build<'a> {
    /// Reads what each object asks the platform to keep.
    pub(crate) fn kept(&mut self) {
        self.expression_fields();
        self.derived_fields();
        for (_, source, reader) in self.files(Folder::Objects).collect::<Vec<_>>() {
            let name = reader.text("extends").unwrap_or(&source.stem);
            let Some((ix, _)) = self.catalogue.object(name) else { continue };
            if let Some(table) = reader.table("membership") {
                let membership = self.membership(source, &table, ix);
                let set = membership.as_ref().filter(|found| found.rule.is_some());
                if let Some(set) = set.and_then(|found| target(&self.catalogue, ix, &found.set)) {
                    self.keep(set, |kept| kept.rules = true);
                }
                self.keep(ix, |kept| kept.membership = membership);
            }
            if let Some(table) = reader.table("states") {
                let states = self.states(source, &table, ix);
                self.keep(ix, |kept| kept.states = states);
            }
            for table in reader.tables("digests") {
                let field = self.fitting(source, (&table, "field"), ix, DIGEST);
                let of = self.fitting(source, (&table, "of"), ix, TEXT);
                if let Some((field, of)) = field.zip(of) {
                    self.keep(ix, |kept| kept.digests.push(Digest { field, of }));
                }
            }
        }
    }

    pub(super) fn keep(&mut self, ix: ObjectIx, change: impl FnOnce(&mut Kept)) {
        if let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) {
            change(&mut object.kept);
        }
    }

    fn expression_fields(&mut self) {
        let origins: Vec<_> = self.origins.iter().map(|(key, origin)| (*key, *origin)).collect();
        for ((ix, slot), Origin { source, table }) in origins {
            let named = self.catalogue.at(ix).and_then(|object| object.at(slot));
            let Some(field) = named.map(|field| field.name.clone()) else { continue };
            if !table.entries.contains_key("expression_on") {
                continue;
            }
            if let Some(over) = self.fitting(source, (&table, "expression_on"), ix, NAMING) {
                self.keep(ix, |kept| kept.expressions.push(Expression { field, over }));
            }
        }
    }

    fn derived_fields(&mut self) {
        let origins: Vec<_> = self.origins.iter().map(|(key, origin)| (*key, *origin)).collect();
        for ((ix, slot), Origin { source, table }) in origins {
            if table.flag("derived") != Some(true) {
                continue;
            }
            let named = self.catalogue.at(ix).and_then(|object| object.at(slot));
            let Some(field) = named.map(|field| field.name.clone()) else { continue };
            if table.text("default").is_none() {
                let message = say(
                    format!("`{field}` is derived, and nothing says from what"),
                    format!("`{field}` 由其他字段得出，却没有写明如何得出"),
                );
                let remedy = say("give it a `default`", "请写上 `default`");
                self.problem((source, table.at("derived")), "derived", message, remedy);
            }
            self.keep(ix, |kept| kept.derived.push(field));
        }
    }

    /// What a derived field reads is stored in its own record.
    pub(super) fn derived_reads(&mut self, (object, slot): (ObjectIx, Slot), parsed: &Expr) {
        let Some(found) = self.catalogue.at(object) else { return };
        let Some(field) = found.at(slot).filter(|field| found.kept.derived.contains(&field.name))
        else {
            return;
        };
        let stored = |slot: Slot| {
            let storage = found.at(slot).map(Field::storage);
            storage.is_some_and(|kind| !matches!(kind, Storage::Virtual | Storage::Sealed))
        };
        let reads = parsed.dependencies();
        let own = reads.paths.iter().all(|path| {
            path.object == object && path.steps.is_empty() && path.up == 0 && stored(path.slot)
        });
        if own && reads.aggregates.is_empty() && !parsed.root.uses_actor() {
            return;
        }
        let name = field.name.clone();
        let Some(Origin { source, table }) = self.origins.get(&(object, slot)).copied() else {
            return;
        };
        let message = say(
            format!("`{name}` is derived from more than plain stored fields of its own record"),
            format!("`{name}` 只能由本记录未加密的存储字段得出"),
        );
        self.problem((source, table.at("default")), "derived", message, Said::none());
    }

    fn membership(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        ix: ObjectIx,
    ) -> Option<Membership> {
        let subject = self.fitting(source, (table, "subject"), ix, REFERENCE);
        let set = self.fitting(source, (table, "set"), ix, ONE);
        let from = self.fitting(source, (table, "source"), ix, SELECT);
        let evidence = self.fitting(source, (table, "evidence"), ix, TEXT);
        let since = self.fitting(source, (table, "from"), ix, DATE);
        let until = self.fitting(source, (table, "until"), ix, DATE);
        let by_rule = self.option(source, (table, "by_rule"), ix, from.as_ref())?;
        let (set, subject, from) = (set?, subject?, from?);
        let target = target(&self.catalogue, ix, &set)?;
        let rule = self.fitting(source, (table, "rule"), target, TEXT);
        let active = self.fitting(source, (table, "active"), target, FLAG);
        if let Some(rule) = &rule {
            let known = self.catalogue.at(target).is_some_and(|object| {
                object.kept.expressions.iter().any(|expression| expression.field == *rule)
            });
            if !known {
                let message = say(
                    format!("`{rule}` does not say what object it is about"),
                    format!("`{rule}` 没有说明针对哪个对象"),
                );
                let remedy =
                    say("give the field `expression_on`", "请给该字段加上 `expression_on`");
                self.problem((source, table.at("rule")), "membership", message, remedy);
            }
        }
        let exclusive = match table.table("exclusive") {
            Some(table) => Some(self.exclusive(source, &table, (ix, target))?),
            None => None,
        };
        Some(Membership {
            subject,
            set,
            source: from,
            by_rule,
            evidence,
            from: since,
            until,
            rule,
            active,
            exclusive,
        })
    }

    /// Reads the dates that are due, once the parameters are known.
    pub(crate) fn dues(&mut self) {
        for (_, source, reader) in self.files(Folder::Objects).collect::<Vec<_>>() {
            let name = reader.text("extends").unwrap_or(&source.stem);
            let Some((ix, _)) = self.catalogue.object(name) else { continue };
            for table in reader.tables("dues") {
                let field = self.fitting(source, (&table, "field"), ix, DATE);
                let from = self.fitting(source, (&table, "from"), ix, DATE);
                let days = self.parameter(source, &table, "days");
                let holidays = self.parameter(source, &table, "holidays");
                let make_up = self.parameter(source, &table, "make_up");
                if let (Some(field), Some(from), Some(days), Some(holidays), Some(make_up)) =
                    (field, from, days, holidays, make_up)
                {
                    let due = Due { field, from, days, holidays, make_up };
                    self.keep(ix, |kept| kept.dues.push(due));
                }
            }
        }
    }

    fn states(&mut self, source: &'a Source, table: &Reader<'a>, ix: ObjectIx) -> Option<States> {
        let field = self.fitting(source, (table, "field"), ix, SELECT)?;
        let mut start = Vec::new();
        for (text, at) in table.texts("start") {
            start.extend(self.option_called(source, (text, at), ix, &field));
        }
        let mut moves = Vec::new();
        for (text, at) in table.texts("moves") {
            let Some((from, to)) = text.split_once('>') else {
                let message =
                    say(format!("`{text}` is not a move"), format!("`{text}` 不是状态变化"));
                let remedy = say("write `from > to`", "请写成 `原状态 > 新状态`");
                self.problem((source, at), "states", message, remedy);
                continue;
            };
            let from = self.option_called(source, (from.trim(), at), ix, &field);
            let to = self.option_called(source, (to.trim(), at), ix, &field);
            moves.extend(from.zip(to));
        }
        Some(States { field, start, moves })
    }

    fn exclusive(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        (ix, set): (ObjectIx, ObjectIx),
    ) -> Option<Exclusive> {
        let group = self.fitting(source, (table, "group"), ix, ONE)?;
        let of = self.fitting(source, (table, "of"), set, ONE)?;
        let groups = target(&self.catalogue, set, &of)?;
        if target(&self.catalogue, ix, &group) != Some(groups) {
            let message = say(
                format!("`{group}` and the set's `{of}` refer to different objects"),
                format!("`{group}` 与集合的 `{of}` 指向不同的对象"),
            );
            let at = table.at("group");
            self.problem((source, at), "membership", message, Said::none());
        }
        let policy = self.fitting(source, (table, "policy"), groups, SELECT)?;
        let replaces = self.option(source, (table, "replaces"), groups, Some(&policy))?;
        Some(Exclusive { group, of, policy, replaces })
    }

    /// The field that a key names, if it is one that fits.
    pub(super) fn fitting(
        &mut self,
        source: &'a Source,
        (table, key): (&Reader<'a>, &str),
        ix: ObjectIx,
        fit: Fit,
    ) -> Option<Name> {
        let at = table.at(key);
        let slot = self.slot(source, table.text(key), at, ix)?;
        let field = self.catalogue.at(ix)?.at(slot)?;
        let name = field.name.clone();
        if !(fit.fits)(field) {
            let message = say(
                format!("`{key}` must name {}; `{name}` is none", fit.en),
                format!("`{key}` 须写{}；`{name}` 不是", fit.zh),
            );
            self.problem((source, at), "field_type", message, Said::none());
        }
        Some(name)
    }

    /// An option of a select field.
    pub(super) fn option(
        &mut self,
        source: &'a Source,
        (table, key): (&Reader<'a>, &str),
        ix: ObjectIx,
        field: Option<&Name>,
    ) -> Option<String> {
        self.option_called(source, (table.text(key)?, table.at(key)), ix, field?)
    }

    pub(super) fn option_called(
        &mut self,
        source: &'a Source,
        (code, at): (&str, usize),
        ix: ObjectIx,
        field: &Name,
    ) -> Option<String> {
        let (_, field) = self.catalogue.at(ix)?.field(field.as_str())?;
        let FieldType::Select { options } = &field.kind else { return None };
        let known = &self.catalogue.options.get(options)?.items;
        if known.contains_key(code) {
            return Some(code.to_owned());
        }
        let near = kernel::text::nearest(code, known.keys().map(String::as_str));
        let near = near.map(str::to_owned);
        self.unknown((source, at), ("option", "选项"), code, near.as_deref());
        None
    }
}

/// The only object that a reference points to.
fn target(catalogue: &Catalogue, ix: ObjectIx, field: &Name) -> Option<ObjectIx> {
    catalogue.at(ix)?.field(field.as_str())?.1.target(catalogue)
}
