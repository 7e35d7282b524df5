//! Puts checked files together into a catalogue, in phases: names, then what names refer to, then
//! expressions.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::Name;
use crate::catalogue::{Catalogue, ObjectIx, PackInfo, Slot};
use kernel::text::nearest;

use super::problem::{Problem, Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::{self, Problems, Source};
use super::{Loaded, PackFiles, PackTest, tree};

/// Most of each thing.
pub(crate) mod limit {
    pub const FILE_BYTES: usize = 1 << 20;
    pub const FILES: usize = 5_000;
    pub const OBJECTS: usize = 500;
    pub const FIELDS: usize = 400;
    pub const OPTIONS: usize = 10_000;
    pub const GRANTS: usize = 2_000;
}

/// A catalogue in the making. Expressions wait in `pending` until every field is known.
pub(crate) struct Build<'a> {
    pub sources: &'a [Source],
    pub catalogue: Catalogue,
    pub problems: Problems,
    pub pending: Vec<Pending>,
    /// Where each field is defined, for problems found later.
    pub origins: BTreeMap<(ObjectIx, Slot), Origin<'a>>,
    pub tests: Vec<PackTest>,
}

/// Where a field is defined.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub source: &'a Source,
    pub table: Reader<'a>,
}

/// An expression that waits to be parsed.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    /// Index of its file.
    pub source: usize,
    /// Where its text starts.
    pub at: usize,
    pub text: String,
    /// Object whose record it is over.
    pub object: ObjectIx,
    pub target: Target,
}

/// Where a parsed expression goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Formula(ObjectIx, Slot),
    Default(ObjectIx, Slot),
    RollUpFilter(ObjectIx, Slot),
    /// Of the way through, or else of the other one.
    HopFilter(ObjectIx, Slot, &'static str),
    When(ObjectIx, usize),
    Must(ObjectIx, usize),
    ViewFilter(Name),
    Hint(ObjectIx, usize),
    ItemWhen(Name, usize),
    ItemMet(Name, usize),
    Timeline(ObjectIx),
    ListFilter(Name, usize, usize),
    MeasureFilter(Name, usize, usize),
    Rows(Name, usize),
    RowsWhen(Name, usize),
    Measure(Name, Part),
    BandingWhen(Name),
    Check(Name, usize),
    /// When a retention rule is about a record, or until which day.
    Retention(ObjectIx, usize, bool),
    ReminderWhen(ObjectIx, usize),
    /// A field of what a reminder makes.
    ReminderValue(ObjectIx, usize, ObjectIx, Name),
}

/// The part of a measure an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Class(usize),
    Amount(usize),
    When(usize),
    Members,
}

/// Makes a catalogue of packs.
pub(crate) fn load(files: Vec<PackFiles>) -> Result<Loaded, Vec<Problem>> {
    let mut problems = Problems::default();
    let order = pack_order(&files, &mut problems);
    let mut sources = Vec::new();
    let mut infos = Vec::new();
    for (position, pack) in order.iter().enumerate() {
        read_pack(pack, position, &mut sources, &mut problems);
        if let Ok(name) = Name::new(&pack.name) {
            infos.push(PackInfo { name, version: String::new(), label: <_>::default() });
        }
    }
    for source in &sources {
        structure::check(source, &mut problems);
    }
    if !problems.list.is_empty() {
        return Err(sorted(problems.list));
    }
    let mut build = Build {
        sources: &sources,
        catalogue: Catalogue { packs: infos, ..Catalogue::default() },
        problems,
        pending: Vec::new(),
        origins: BTreeMap::new(),
        tests: Vec::new(),
    };
    build.all();
    let Build { catalogue, problems, tests, .. } = build;
    if problems.list.is_empty() {
        Ok(Loaded { catalogue, files, tests })
    } else {
        Err(sorted(problems.list))
    }
}

fn sorted(mut list: Vec<Problem>) -> Vec<Problem> {
    list.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    list.dedup();
    list
}

impl<'a> Build<'a> {
    fn all(&mut self) {
        self.packs();
        self.options();
        self.objects();
        self.quality();
        self.roles();
        self.derived_options();
        self.resolve_fields();
        self.resolve_objects();
        self.kept();
        self.parameters();
        self.pages();
        self.dues();
        self.keeping();
        self.purposes();
        self.resolve_edges();
        self.views();
        self.measures();
        self.layouts();
        self.bandings();
        self.matches();
        self.cases();
        self.expressions();
    }

    /// Files of one kind, in pack order, then by path.
    pub fn files(&self, folder: Folder) -> impl Iterator<Item = (usize, &'a Source, Reader<'a>)> {
        let sources: &'a [Source] = self.sources;
        sources
            .iter()
            .enumerate()
            .filter(move |(_, source)| source.folder == folder)
            .map(|(ix, source)| (ix, source, Reader { entries: &source.root, at: 0 }))
    }

    /// Adds a problem at an offset of `source`.
    pub fn problem(
        &mut self,
        (source, at): (&Source, usize),
        code: &'static str,
        message: Said,
        remedy: Said,
    ) {
        self.problems.add(source.place(at), code, message, remedy);
    }

    /// There is no such thing.
    pub fn unknown(
        &mut self,
        (source, at): (&Source, usize),
        (thing_en, thing_zh): (&str, &str),
        name: &str,
        near: Option<&str>,
    ) {
        let message =
            say(format!("there is no {thing_en} `{name}`"), format!("没有{thing_zh} `{name}`"));
        self.problem((source, at), "unknown_name", message, Said::did_you_mean(near));
    }

    /// There is no such object.
    pub fn unknown_object(&mut self, source: &Source, at: usize, name: &str) {
        let known: Vec<String> = self.catalogue.objects.keys().map(Name::to_string).collect();
        let near = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        self.unknown((source, at), ("object", "对象"), name, near.as_deref());
    }

    /// There is no such field on `object`.
    pub fn unknown_field(&mut self, source: &Source, at: usize, object: ObjectIx, name: &str) {
        let Some(found) = self.catalogue.at(object) else { return };
        let near = nearest(name, found.fields.keys().map(Name::as_str)).map(str::to_owned);
        let en = format!("there is no field `{name}` in `{}`", found.name);
        let zh = format!("对象 `{}` 没有字段 `{name}`", found.name);
        let remedy = Said::did_you_mean(near.as_deref());
        self.problem((source, at), "unknown_name", say(en, zh), remedy);
    }

    /// Two definitions share a name.
    pub fn twice(&mut self, source: &Source, at: usize, name: &str) {
        let message = say(format!("`{name}` is defined twice"), format!("`{name}` 重复定义"));
        self.problem((source, at), "defined_twice", message, say("rename one", "请改名其一"));
    }

    /// The name of a file's definition: its stem.
    pub fn stem(&mut self, source: &'a Source) -> Option<Name> {
        match Name::new(&source.stem) {
            Ok(name) => Some(name),
            Err(error) => {
                let zh = format!("文件名 `{}` 不是合法名称", source.stem);
                let remedy = say("rename the file", "请改文件名");
                self.problem((source, 0), "name", say(error.to_string(), zh), remedy);
                None
            }
        }
    }

    /// The name of the pack a file belongs to.
    pub fn pack_of(&self, source: &Source) -> Option<Name> {
        self.catalogue.packs.get(source.pack).map(|pack| pack.name.clone())
    }

    /// Notes an expression to be parsed later.
    pub fn expect(
        &mut self,
        (source, reader, key): (usize, &Reader<'_>, &str),
        object: ObjectIx,
        target: Target,
    ) {
        let Some(text) = reader.text(key) else { return };
        let pending = Pending { source, at: reader.at(key), text: text.to_owned(), object, target };
        self.pending.push(pending);
    }

    fn packs(&mut self) {
        for (_, source, reader) in self.files(Folder::Pack).collect::<Vec<_>>() {
            let named = reader.text("name").unwrap_or_default();
            let expected = self.pack_of(source).map(|name| name.to_string()).unwrap_or_default();
            if named != expected {
                let message = say(
                    format!("the pack is called `{named}` but its folder `{expected}`"),
                    format!("包名 `{named}` 与文件夹 `{expected}` 不一致"),
                );
                let remedy = say("use the folder's name", "请改用文件夹名");
                self.problem((source, reader.at("name")), "pack_name", message, remedy);
            }
            let version = reader.text("version").unwrap_or_default();
            let parts: Vec<&str> = version.split('.').collect();
            if parts.len() != 3 || parts.iter().any(|part| part.parse::<u32>().is_err()) {
                let message =
                    say(format!("`{version}` is not a version"), format!("`{version}` 不是版本号"));
                let remedy = say("write major.minor.patch", "请写成 主.次.修订");
                self.problem((source, reader.at("version")), "version", message, remedy);
            }
            if let Some(info) = self.catalogue.packs.get_mut(source.pack) {
                info.version = version.to_owned();
                info.label = reader.label("label").unwrap_or_default();
            }
        }
    }
}

/// Parses the files of one pack.
fn read_pack(pack: &PackFiles, position: usize, out: &mut Vec<Source>, problems: &mut Problems) {
    if pack.files.len() > limit::FILES {
        let file = format!("packs/{}", pack.name);
        let en = format!("a pack may have at most {} files", limit::FILES);
        let zh = format!("一个包最多 {} 个文件", limit::FILES);
        problems.add((&file, "", 0), "too_many", say(en, zh), Said::none());
        return;
    }
    for (path, text) in &pack.files {
        let file = format!("packs/{}/{path}", pack.name);
        let Some((folder, stem)) = folder_of(path, &file, problems) else { continue };
        if text.len() > limit::FILE_BYTES {
            let remedy = say("split it", "请拆分");
            problems.add((&file, "", 0), "too_large", say("over 1 MiB", "超过 1 MiB"), remedy);
            continue;
        }
        match tree::parse(text) {
            Ok(root) => {
                out.push(Source { pack: position, file, stem, folder, text: text.clone(), root })
            }
            Err((at, message)) => {
                let said = say(message.clone(), format!("TOML 语法错误：{message}"));
                problems.add((&file, text, at), "syntax", said, Said::none());
            }
        }
    }
}

/// The kind of a file by its path; none when it is not a definition (seeds, notes) or misplaced.
fn folder_of(path: &str, file: &str, problems: &mut Problems) -> Option<(Folder, String)> {
    let stem = path.strip_suffix(".toml");
    let (folder, stem) = match (path.split_once('/'), stem) {
        (None, Some("pack")) => return Some((Folder::Pack, "pack".to_owned())),
        (None, None) | (Some(("demo", _)), _) => return None,
        (None, Some(other)) => ("", other),
        (Some((folder, _)), stem) => (folder, stem.unwrap_or_default()),
    };
    let known = Folder::ALL.into_iter().filter(|kind| *kind != Folder::Pack);
    let found = known.clone().find(|kind| kind.name() == folder);
    let stem = stem.strip_prefix(folder).map_or(stem, |rest| rest.trim_start_matches('/'));
    match found {
        Some(kind) if !stem.is_empty() && !stem.contains('/') => Some((kind, stem.to_owned())),
        Some(_) => {
            let message = say("not a definition file", "不是定义文件");
            let remedy = say("use `folder/name.toml`", "请用 `文件夹/名称.toml`");
            problems.add((file, "", 0), "misplaced", message, remedy);
            None
        }
        None => {
            let names: Vec<&str> = known.map(Folder::name).collect();
            let message = say(
                format!("packs have no folder `{folder}`"),
                format!("包中没有文件夹 `{folder}`"),
            );
            let remedy = match nearest(folder, names.iter().copied()) {
                Some(near) => Said::did_you_mean(Some(near)),
                None => {
                    let list = names.join(", ");
                    say(format!("use one of {list}, demo"), format!("可用：{list}, demo"))
                }
            };
            problems.add((file, "", 0), "misplaced", message, remedy);
            None
        }
    }
}

/// Packs in the order they build on each other; equal ranks by name.
fn pack_order<'a>(files: &'a [PackFiles], problems: &mut Problems) -> Vec<&'a PackFiles> {
    let mut waiting: IndexMap<&str, (&PackFiles, Vec<String>)> = IndexMap::new();
    let mut by_name: Vec<&PackFiles> = files.iter().collect();
    by_name.sort_by(|a, b| a.name.cmp(&b.name));
    for pack in by_name {
        let file = format!("packs/{}/pack.toml", pack.name);
        let Some(text) = pack.files.get("pack.toml") else {
            let message = say("the pack has no pack.toml", "包中没有 pack.toml");
            let remedy =
                say("add one with name, version and label", "请补上，写明名称、版本、标签");
            problems.add((&file, "", 0), "missing_file", message, remedy);
            continue;
        };
        let requires = match tree::parse(text) {
            Ok(root) => Reader { entries: &root, at: 0 }
                .texts("requires")
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect(),
            Err(_) => Vec::new(),
        };
        if waiting.insert(&pack.name, (pack, requires)).is_some() {
            let message = say("the pack is given twice", "包重复");
            problems.add((&file, "", 0), "defined_twice", message, Said::none());
        }
    }
    let names: Vec<String> = waiting.keys().map(|name| (*name).to_owned()).collect();
    for (pack, (_, requires)) in &waiting {
        for wanted in requires.iter().filter(|wanted| !names.contains(wanted)) {
            let file = format!("packs/{pack}/pack.toml");
            let near = nearest(wanted, names.iter().map(String::as_str));
            let message = say(format!("there is no pack `{wanted}`"), format!("没有包 `{wanted}`"));
            problems.add((&file, "", 0), "unknown_name", message, Said::did_you_mean(near));
        }
    }
    let mut order: Vec<&PackFiles> = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.values().position(|(_, requires)| {
            requires.iter().all(|wanted| !waiting.contains_key(wanted.as_str()))
        });
        let Some(ready) = ready else {
            let list: Vec<&str> = waiting.keys().copied().collect();
            let list = list.join(", ");
            let message =
                say(format!("packs require each other: {list}"), format!("包互相依赖：{list}"));
            let file = format!("packs/{}/pack.toml", list.split(',').next().unwrap_or_default());
            problems.add((&file, "", 0), "cycle", message, Said::none());
            break;
        };
        if let Some((_, (pack, _))) = waiting.shift_remove_index(ready) {
            order.push(pack);
        }
    }
    order
}
