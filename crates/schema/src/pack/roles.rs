//! Roles and their grants.

use std::collections::BTreeMap;

use crate::Name;
use crate::catalogue::{Access, Action, Grant, ObjectIx, Right, Role, Rows};
use kernel::text::nearest;

use super::build::{Build, Target, limit};
use super::expressions::placeholder;
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

type File<'a> = (usize, &'a Source, Reader<'a>);

impl<'a> Build<'a> {
    /// Reads the roles; the expressions of their rows are parsed later.
    pub(crate) fn roles(&mut self) {
        let files: Vec<File<'a>> = self.files(Folder::Roles).collect();
        for file in files.iter().filter(|file| file.2.text("extends").is_none()) {
            self.role(file);
        }
        for file in files.iter().filter(|file| file.2.text("extends").is_some()) {
            self.extension(file);
        }
        for (_, source, reader) in &files {
            for (text, at) in reader.texts("excludes") {
                if self.catalogue.roles.contains_key(text) {
                    continue;
                }
                let known: Vec<String> = self.catalogue.roles.keys().map(Name::to_string).collect();
                let near = nearest(text, known.iter().map(String::as_str)).map(str::to_owned);
                self.unknown((source, at), ("role", "角色"), text, near.as_deref());
            }
        }
    }

    fn role(&mut self, file: &File<'a>) {
        let (_, source, reader) = *file;
        let (Some(name), Some(pack)) = (self.stem(source), self.pack_of(source)) else { return };
        if self.catalogue.roles.contains_key(&name) {
            self.twice(source, 0, name.as_str());
            return;
        }
        if !reader.entries.contains_key("label") {
            let message = say("missing key `label`", "缺少键 `label`");
            self.problem((source, 0), "missing_key", message, say("add `label`", "请补上 `label`"));
        }
        let role = Role {
            name: name.clone(),
            pack,
            label: reader.label("label").unwrap_or_default(),
            grants: Vec::new(),
            rights: reader.texts("rights").iter().filter_map(|(w, _)| right(w)).collect(),
            excludes: names(&reader, "excludes"),
            reveal_per_day: number(&reader, "reveal_per_day"),
            reveal_approval: reader.flag("reveal_approval").unwrap_or(false),
            export_rows: number(&reader, "export_rows"),
        };
        self.catalogue.roles.insert(name.clone(), role);
        self.grants(file, &name);
    }

    /// More grants for a role of another pack.
    fn extension(&mut self, file: &File<'a>) {
        let (_, source, reader) = *file;
        let Some(name) = reader.name("extends") else { return };
        if !self.catalogue.roles.contains_key(&name) {
            let known: Vec<String> = self.catalogue.roles.keys().map(Name::to_string).collect();
            let near = nearest(name.as_str(), known.iter().map(String::as_str)).map(str::to_owned);
            let at = reader.at("extends");
            self.unknown((source, at), ("role", "角色"), name.as_str(), near.as_deref());
            return;
        }
        for key in ["label", "rights", "reveal_per_day", "reveal_approval", "export_rows"] {
            if reader.entries.contains_key(key) {
                let message =
                    say(format!("an extension has no `{key}`"), format!("扩展文件不能有 `{key}`"));
                let at = reader.key_at(key);
                self.problem((source, at), "unknown_key", message, say("remove it", "请去掉"));
            }
        }
        let more = names(&reader, "excludes");
        if let Some(role) = self.catalogue.roles.get_mut(&name) {
            role.excludes.extend(more);
        }
        self.grants(file, &name);
    }

    fn grants(&mut self, &(source_ix, source, reader): &File<'a>, role: &Name) {
        let mut count = self.catalogue.roles.get(role).map_or(0, |role| role.grants.len());
        for table in reader.tables("grants") {
            for grant in self.grant(source, &table) {
                if let Some((ix, _)) = self.catalogue.object(grant.object.as_str()) {
                    if matches!(grant.rows, Rows::When(_)) {
                        let target = Target::Rows(role.clone(), count);
                        self.expect((source_ix, &table, "rows"), ix, target);
                    }
                    let target = Target::RowsWhen(role.clone(), count);
                    self.expect((source_ix, &table, "when"), ix, target);
                }
                count += 1;
                if let Some(role) = self.catalogue.roles.get_mut(role) {
                    role.grants.push(grant);
                }
            }
        }
        if count > limit::GRANTS {
            let en = format!("a role may have at most {} grants", limit::GRANTS);
            let zh = format!("一个角色最多 {} 条授权", limit::GRANTS);
            self.problem((source, reader.at("grants")), "too_many", say(en, zh), Said::none());
        }
    }

    /// One grant, or one for each object when it is for `*`.
    fn grant(&mut self, source: &'a Source, table: &Reader<'a>) -> Vec<Grant> {
        let mut grants = Vec::new();
        let Some(text) = table.text("object") else { return grants };
        let every = text == "*";
        let objects: Vec<(ObjectIx, Name)> = if every {
            let packs: Vec<Name> =
                self.catalogue.packs.iter().take(source.pack + 1).map(|p| p.name.clone()).collect();
            let objects = self.catalogue.objects.values().enumerate();
            objects
                .filter(|(_, object)| packs.contains(&object.pack))
                .filter_map(|(ix, object)| {
                    Some((ObjectIx(u16::try_from(ix).ok()?), object.name.clone()))
                })
                .collect()
        } else if let Some((ix, object)) = self.catalogue.object(text) {
            vec![(ix, object.name.clone())]
        } else {
            self.unknown_object(source, table.at("object"), text);
            return grants;
        };
        let named = access_map(table);
        for (field, _, at) in &named {
            let known = objects.iter().any(|(ix, _)| {
                self.catalogue.at(*ix).is_some_and(|o| o.fields.contains_key(field))
            });
            if !known && let Some((ix, _)) = objects.first() {
                self.unknown_field(source, *at, *ix, field.as_str());
            }
        }
        for (ix, object) in objects {
            let here = self.catalogue.at(ix);
            let fields: BTreeMap<Name, Access> = named
                .iter()
                .filter(|(field, _, _)| here.is_some_and(|o| o.fields.contains_key(field)))
                .map(|(field, access, _)| (field.clone(), *access))
                .collect();
            let has_parent = here.is_some_and(|object| object.parent.is_some());
            let rows = table.text("rows").map_or(Rows::Own, |text| {
                simple_rows(text).unwrap_or_else(|| Rows::When(placeholder()))
            });
            if matches!(rows, Rows::Parent | Rows::SharedParent) && !has_parent {
                if every {
                    continue;
                }
                let message = say(
                    format!("`{object}` names no parent"),
                    format!("`{object}` 没有声明 `parent`"),
                );
                let remedy = say(
                    format!("set `parent` in objects/{object}.toml or choose other rows"),
                    format!("请在 objects/{object}.toml 中设置 `parent`，或改用其他范围"),
                );
                self.problem((source, table.at("rows")), "no_parent", message, remedy);
            }
            grants.push(Grant {
                object,
                actions: table.texts("actions").iter().filter_map(|(w, _)| action(w)).collect(),
                rows,
                when: None,
                default_access: table.text("default").map_or(Access::Hidden, access),
                fields,
            });
        }
        grants
    }
}

fn access_map(table: &Reader<'_>) -> Vec<(Name, Access, usize)> {
    let Some(fields) = table.table("fields") else { return Vec::new() };
    fields
        .entries
        .iter()
        .filter_map(|(name, entry)| {
            Some((Name::new(name).ok()?, access(entry.item.text()?), entry.key_at))
        })
        .collect()
}

fn names(reader: &Reader<'_>, key: &str) -> Vec<Name> {
    reader.texts(key).into_iter().filter_map(|(text, _)| Name::new(text).ok()).collect()
}

fn number(reader: &Reader<'_>, key: &str) -> u32 {
    reader.integer(key).and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
}

fn access(word: &str) -> Access {
    match word {
        "masked" => Access::Masked,
        "read" => Access::Read,
        "write" => Access::Write,
        _ => Access::Hidden,
    }
}

fn simple_rows(text: &str) -> Option<Rows> {
    Some(match text.trim() {
        "own" => Rows::Own,
        "team" => Rows::Team,
        "unit" => Rows::Unit,
        "subtree" => Rows::Subtree,
        "all" => Rows::All,
        "shared" => Rows::Shared,
        "parent" => Rows::Parent,
        "shared_parent" => Rows::SharedParent,
        _ => return None,
    })
}

fn action(word: &str) -> Option<Action> {
    Some(match word {
        "read" => Action::Read,
        "create" => Action::Create,
        "update" => Action::Update,
        "delete" => Action::Delete,
        "reveal" => Action::Reveal,
        "export" => Action::Export,
        "import" => Action::Import,
        "reassign" => Action::Reassign,
        "share" => Action::Share,
        "merge" => Action::Merge,
        _ => return None,
    })
}

fn right(word: &str) -> Option<Right> {
    Some(match word {
        "publish" => Right::Publish,
        "users" => Right::Users,
        "api_keys" => Right::ApiKeys,
        "audit" => Right::Audit,
        "jobs" => Right::Jobs,
        "sees_locked" => Right::SeesLocked,
        "approve_exports" => Right::ApproveExports,
        "approve_reveals" => Right::ApproveReveals,
        _ => return None,
    })
}
