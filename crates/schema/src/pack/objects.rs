//! Objects: what they carry by themselves, and what files add to them.

use indexmap::IndexMap;
use kernel::Decimal;

use crate::Name;
use crate::catalogue::{
    Index, Label, Object, ObjectIx, Slot, SystemKind, Unique, Validation, base,
};
use crate::field::{Field, FieldType, OnDelete, Storage};

use super::build::{Build, Origin, Target, limit};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

type File<'a> = (usize, &'a Source, Reader<'a>);

/// A field's name and the ways it may be stored.
type Need = (&'static str, &'static [Storage]);

impl<'a> Build<'a> {
    /// Makes every object with its fields; references between them are checked afterwards.
    pub(crate) fn objects(&mut self) {
        let files: Vec<File<'a>> = self.files(Folder::Objects).collect();
        let (extensions, definitions): (Vec<File<'a>>, Vec<File<'a>>) =
            files.into_iter().partition(|(_, _, reader)| reader.text("extends").is_some());
        for (_, source, reader) in &definitions {
            self.define(source, reader);
        }
        for file in &definitions {
            if let Some((ix, _)) = self.catalogue.object(&file.1.stem) {
                self.base_words(&file.2, ix);
                self.fields_of(file, ix);
                self.head(file.1, &file.2, ix);
                self.rest(file, ix);
                self.edge(file.1, &file.2, ix);
                self.acyclic(file.1, &file.2, ix);
                self.called_by(file.1, &file.2, ix);
            }
        }
        for file in &extensions {
            let name = file.2.text("extends").unwrap_or_default();
            let Some((ix, _)) = self.catalogue.object(name) else {
                self.unknown_object(file.1, file.2.at("extends"), name);
                continue;
            };
            for key in ["label", "title", "parent", "system", "retired", "menu", "icon"] {
                if file.2.entries.contains_key(key) {
                    let message = say(
                        format!("an extension has no `{key}`"),
                        format!("扩展文件不能有 `{key}`"),
                    );
                    let at = file.2.key_at(key);
                    self.problem((file.1, at), "unknown_key", message, say("remove it", "请去掉"));
                }
            }
            self.base_words(&file.2, ix);
            self.fields_of(file, ix);
            self.called_by(file.1, &file.2, ix);
            self.rest(file, ix);
            self.edge(file.1, &file.2, ix);
            self.acyclic(file.1, &file.2, ix);
        }
        self.check_system();
    }

    fn define(&mut self, source: &'a Source, reader: &Reader<'a>) {
        let (Some(name), Some(pack)) = (self.stem(source), self.pack_of(source)) else { return };
        for key in ["label", "title"] {
            if !reader.entries.contains_key(key) {
                let message = say(format!("missing key `{key}`"), format!("缺少键 `{key}`"));
                let remedy = say(format!("add `{key}`"), format!("请补上 `{key}`"));
                self.problem((source, 0), "missing_key", message, remedy);
            }
        }
        if self.catalogue.objects.contains_key(&name) {
            self.twice(source, 0, name.as_str());
            return;
        }
        if self.catalogue.objects.len() >= limit::OBJECTS {
            let en = format!("at most {} objects", limit::OBJECTS);
            let zh = format!("最多 {} 个对象", limit::OBJECTS);
            self.problem((source, 0), "too_many", say(en, zh), Said::none());
            return;
        }
        let system = reader.text("system").and_then(|word| match word {
            "user" => Some(SystemKind::User),
            "org_unit" => Some(SystemKind::OrgUnit),
            "assignment" => Some(SystemKind::Assignment),
            "saved_view" => Some(SystemKind::SavedView),
            _ => None,
        });
        if let Some(kind) = system
            && self.catalogue.system(kind).is_some()
        {
            let message = say("the platform has this object already", "平台已有这种系统对象");
            self.problem((source, reader.at("system")), "defined_twice", message, Said::none());
        }
        let object = Object {
            fields: base_fields(&name, &pack),
            system,
            retired: reader.flag("retired").unwrap_or(false),
            menu: reader.place("menu"),
            icon: reader.name("icon"),
            ..Object::new(name.clone(), pack, reader.label("label").unwrap_or_default())
        };
        self.catalogue.objects.insert(name, object);
    }

    fn fields_of(&mut self, &(ix, source, reader): &File<'a>, object: ObjectIx) {
        for (name, table, key_at) in reader.named("fields") {
            let Some(found) = self.catalogue.at(object) else { continue };
            let count = found.fields.len();
            if base::NAMES.contains(&name.as_str()) {
                let message = say(
                    format!("every object has `{name}` already"),
                    format!("每个对象都已有 `{name}`"),
                );
                let remedy = say("choose another name", "请改名");
                self.problem((source, key_at), "reserved", message, remedy);
                continue;
            }
            if found.fields.contains_key(&name) {
                self.twice(source, key_at, name.as_str());
                continue;
            }
            if count >= limit::FIELDS + base::COUNT {
                let en = format!("an object may have at most {} fields", limit::FIELDS);
                let zh = format!("一个对象最多 {} 个字段", limit::FIELDS);
                self.problem((source, key_at), "too_many", say(en, zh), Said::none());
                return;
            }
            let Some(field) = self.field(source, &name, &table) else { continue };
            let slot = Slot(u16::try_from(count).unwrap_or(u16::MAX));
            self.note_expressions(ix, &table, &field, (object, slot));
            self.origins.insert((object, slot), Origin { source, table });
            if let Some((_, found)) = self.catalogue.objects.get_index_mut(usize::from(object.0)) {
                found.fields.insert(name, field);
            }
        }
    }

    /// Other words for the fields every object has.
    fn base_words(&mut self, reader: &Reader<'a>, ix: ObjectIx) {
        let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) else {
            return;
        };
        for (name, table, _) in reader.named("base") {
            let Some(field) = object.fields.get_mut(&name) else { continue };
            if let Some(label) = table.label("label") {
                field.label = label;
            }
            field.help = table.label("help").or(field.help.take());
            let aliases = table.texts("aliases");
            field.aliases.extend(aliases.into_iter().map(|(text, _)| text.to_owned()));
        }
    }

    fn note_expressions(
        &mut self,
        source: usize,
        table: &Reader<'a>,
        field: &Field,
        (object, slot): (ObjectIx, Slot),
    ) {
        self.expect((source, table, "default"), object, Target::Default(object, slot));
        self.expect((source, table, "formula"), object, Target::Formula(object, slot));
        if let FieldType::RollUp { object: child, .. } = &field.kind
            && let Some((child, _)) = self.catalogue.object(child.as_str())
        {
            self.expect((source, table, "filter"), child, Target::RollUpFilter(object, slot));
        }
        for key in ["through", "then", "also"] {
            let hop = table.table(key);
            let between = hop.and_then(|hop| self.catalogue.object(hop.text("object")?));
            if let (Some(hop), Some((between, _))) = (hop, between) {
                let target = Target::HopFilter(object, slot, key);
                self.expect((source, &hop, "filter"), between, target);
            }
        }
    }

    /// Title and parent.
    fn head(&mut self, source: &'a Source, reader: &Reader<'a>, ix: ObjectIx) {
        let title = self.slot(source, reader.text("title"), reader.at("title"), ix);
        let parent = self.slot(source, reader.text("parent"), reader.at("parent"), ix);
        let kinds = |slot: Option<Slot>| {
            let field = self.catalogue.at(ix)?.at(slot?)?;
            Some((field.storage(), field.kind.clone()))
        };
        let titled = kinds(title);
        let follows = kinds(parent);
        let is_text = |storage| matches!(storage, Storage::Text | Storage::Sealed);
        if titled.is_some_and(|(storage, kind)| {
            !is_text(storage) && !matches!(kind, FieldType::Formula { .. })
        }) {
            let message = say("the title must be a text field", "标题字段须为文本类字段");
            self.problem((source, reader.at("title")), "title", message, Said::none());
        }
        if follows.is_some_and(|(_, kind)| {
            !matches!(kind, FieldType::Reference { .. } | FieldType::OrgUnit | FieldType::User)
        }) {
            let message = say("the parent must be a reference field", "`parent` 须为引用字段");
            self.problem((source, reader.at("parent")), "parent", message, Said::none());
        }
        if let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) {
            object.title = title.unwrap_or(base::ID);
            object.parent = parent;
        }
    }

    /// The slot of a named field, or a problem.
    pub(crate) fn slot(
        &mut self,
        source: &'a Source,
        name: Option<&str>,
        at: usize,
        object: ObjectIx,
    ) -> Option<Slot> {
        let name = name?;
        let found = self.catalogue.at(object)?.field(name).map(|(slot, _)| slot);
        if found.is_none() {
            self.unknown_field(source, at, object, name);
        }
        found
    }

    /// Validations, unique constraints and indexes.
    fn rest(&mut self, file: &File<'a>, ix: ObjectIx) {
        let (source_ix, source, reader) = *file;
        for table in reader.tables("validations") {
            let Some(code) = table.name("code") else { continue };
            let at = self.slot(source, table.text("at"), table.at("at"), ix);
            let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) else {
                continue;
            };
            if object.validations.iter().any(|other| other.code == code) {
                self.twice(source, table.at("code"), code.as_str());
                continue;
            }
            let position = object.validations.len();
            object.validations.push(Validation {
                code,
                when: None,
                must: super::expressions::placeholder(),
                message: table.label("message").unwrap_or_default(),
                at,
            });
            self.expect((source_ix, &table, "when"), ix, Target::When(ix, position));
            self.expect((source_ix, &table, "must"), ix, Target::Must(ix, position));
        }
        for table in reader.tables("unique") {
            let Some((name, fields)) = self.key_fields(source, &table, ix) else { continue };
            let fields = fields.into_iter().map(|(slot, _)| slot).collect();
            let where_true = self.unique_among(source, &table, "where_true", ix);
            let where_empty = self.unique_among(source, &table, "where_empty", ix);
            let unique = Unique { name: name.clone(), fields, where_true, where_empty };
            let known = self
                .catalogue
                .at(ix)
                .is_some_and(|object| object.uniques.iter().any(|other| other.name == name));
            if known {
                self.twice(source, table.at("name"), name.as_str());
            } else if let Some((_, object)) =
                self.catalogue.objects.get_index_mut(usize::from(ix.0))
            {
                object.uniques.push(unique);
            }
        }
        for table in reader.tables("indexes") {
            let Some((name, fields)) = self.key_fields(source, &table, ix) else { continue };
            let known = self
                .catalogue
                .at(ix)
                .is_some_and(|object| object.indexes.iter().any(|other| other.name == name));
            if known {
                self.twice(source, table.at("name"), name.as_str());
            } else if let Some((_, object)) =
                self.catalogue.objects.get_index_mut(usize::from(ix.0))
            {
                object.indexes.push(Index { name, fields });
            }
        }
    }

    /// The stored single-valued fields of a constraint or index.
    fn key_fields(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        ix: ObjectIx,
    ) -> Option<(Name, Vec<(Slot, bool)>)> {
        let mut fields = Vec::new();
        for (text, at) in table.texts("fields") {
            let (name, descending) = match text.strip_prefix('-') {
                Some(name) => (name, true),
                None => (text, false),
            };
            let Some(slot) = self.slot(source, Some(name), at, ix) else { continue };
            let storage =
                self.catalogue.at(ix).and_then(|object| object.at(slot)).map(Field::storage);
            if matches!(storage, Some(Storage::Virtual | Storage::Texts | Storage::Uuids)) {
                let message = say(
                    format!("`{name}` is computed or a list and cannot be indexed"),
                    format!("`{name}` 是计算字段或列表，不能建索引"),
                );
                self.problem((source, at), "not_indexable", message, say("remove it", "请去掉"));
                continue;
            }
            fields.push((slot, descending));
        }
        (!fields.is_empty()).then_some((table.name("name")?, fields))
    }

    /// The platform's objects have the fields it works with.
    fn check_system(&mut self) {
        let needs: [(SystemKind, &[Need]); 4] = [
            (
                SystemKind::User,
                &[
                    ("login", &[Storage::Text]),
                    ("name", &[Storage::Text, Storage::Sealed]),
                    ("active", &[Storage::Flag]),
                    ("manager", &[Storage::Uuid]),
                ],
            ),
            (
                SystemKind::OrgUnit,
                &[
                    ("code", &[Storage::Text]),
                    ("name", &[Storage::Text]),
                    ("parent", &[Storage::Uuid]),
                ],
            ),
            (
                SystemKind::Assignment,
                &[
                    ("user", &[Storage::Uuid]),
                    ("role", &[Storage::Text]),
                    ("unit", &[Storage::Uuid]),
                    ("until_on", &[Storage::Days]),
                ],
            ),
            (
                SystemKind::SavedView,
                &[
                    ("name", &[Storage::Text]),
                    ("listed", &[Storage::Text]),
                    ("audience", &[Storage::Text]),
                    ("pinned", &[Storage::Flag]),
                    ("first", &[Storage::Flag]),
                    ("definition", &[Storage::Text]),
                ],
            ),
        ];
        for (kind, fields) in needs {
            let Some((_, object)) = self.catalogue.system(kind) else { continue };
            let wrong: Vec<&str> = fields
                .iter()
                .filter(|(name, storages)| {
                    !object.field(name).is_some_and(|(_, f)| storages.contains(&f.storage()))
                })
                .map(|(name, _)| *name)
                .collect();
            if wrong.is_empty() {
                continue;
            }
            let (name, list) = (object.name.to_string(), wrong.join("`, `"));
            let found = self.files(Folder::Objects).find(|(_, source, _)| source.stem == name);
            let Some((_, source, reader)) = found else { continue };
            let message = say(
                format!("the platform needs `{list}` here, of the right type"),
                format!("平台需要类型正确的 `{list}`"),
            );
            let remedy = say("add or correct them", "请补上或更正");
            self.problem((source, reader.at("system")), "system_fields", message, remedy);
        }
    }
}

/// The fields that every object carries.
fn base_fields(object: &Name, pack: &Name) -> IndexMap<Name, Field> {
    let record = FieldType::Reference { to: vec![object.clone()], on_delete: OnDelete::Restrict };
    let version = FieldType::Number { scale: 0, min: Some(Decimal::ONE), max: None };
    let kinds: [(FieldType, &str, &str); base::COUNT] = [
        (record, "编号", "ID"),
        (version, "版本", "Version"),
        (FieldType::OrgUnit, "所属机构", "Org unit"),
        (FieldType::User, "归属人", "Owner"),
        (FieldType::DateTime, "创建时间", "Created at"),
        (FieldType::User, "创建人", "Created by"),
        (FieldType::DateTime, "更新时间", "Updated at"),
        (FieldType::User, "更新人", "Updated by"),
    ];
    let mut fields = IndexMap::new();
    for (position, (kind, zh, en)) in kinds.into_iter().enumerate() {
        let Some(name) = base::NAMES.get(position).and_then(|name| Name::new(name).ok()) else {
            continue;
        };
        let slot = Slot(u16::try_from(position).unwrap_or(u16::MAX));
        let given = slot == base::ORG_UNIT || slot == base::OWNER;
        let field = Field {
            name: name.clone(),
            pack: pack.clone(),
            label: Label { zh: zh.to_owned(), en: en.to_owned() },
            help: None,
            kind,
            required: matches!(
                slot,
                base::ID | base::VERSION | base::CREATED_AT | base::UPDATED_AT
            ),
            unique: false,
            default: None,
            level: 2,
            encrypted: false,
            mask: None,
            indexed: given,
            search: None,
            history: given,
            aliases: Vec::new(),
            read_only: !given,
            retired: false,
        };
        fields.insert(name, field);
    }
    fields
}
