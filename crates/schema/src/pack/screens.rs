//! Views and layouts.

use crate::Name;
use crate::catalogue::{Layout, ObjectIx, View};
use crate::field::Flaw;
use crate::query;

use super::build::{Build, Target};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

impl<'a> Build<'a> {
    pub(crate) fn listed(
        &mut self,
        source: &'a Source,
        reader: &Reader<'a>,
    ) -> Option<(ObjectIx, Name)> {
        let name = reader.text("object")?;
        match self.catalogue.object(name) {
            Some((ix, object)) => Some((ix, object.name.clone())),
            None => {
                self.unknown_object(source, reader.at("object"), name);
                None
            }
        }
    }

    /// Reads the saved lists.
    pub(crate) fn views(&mut self) {
        for (source_ix, source, reader) in self.files(Folder::Views).collect::<Vec<_>>() {
            let Some(name) = self.stem(source) else { continue };
            let Some((ix, object)) = self.listed(source, &reader) else { continue };
            let mut columns = Vec::new();
            for (column, at) in reader.texts("columns") {
                match query::path(&self.catalogue, ix, column) {
                    Ok(_) => columns.push(column.to_owned()),
                    Err(flaw) => self.flaw(source, at, &flaw),
                }
            }
            let sort = self.order(source, &reader, ix);
            let label = reader.label("label").unwrap_or_default();
            let view = View {
                name: name.clone(),
                label,
                object,
                columns,
                filter: None,
                sort,
                order: reader.place("order"),
                home: reader.place("home"),
                notify: reader.flag("notify").unwrap_or(false),
            };
            if self.catalogue.views.contains_key(&name) {
                self.twice(source, 0, name.as_str());
                continue;
            }
            self.catalogue.views.insert(name.clone(), view);
            self.expect((source_ix, &reader, "filter"), ix, Target::ViewFilter(name));
        }
    }

    /// The keys of `sort`, which must be fields that rows can be put in order by.
    pub(super) fn order(
        &mut self,
        source: &'a Source,
        reader: &Reader<'a>,
        ix: ObjectIx,
    ) -> Vec<(Name, bool)> {
        let mut sort = Vec::new();
        for (key, at) in reader.texts("sort") {
            let (field, descending) = match key.strip_prefix('-') {
                Some(field) => (field, true),
                None => (key, false),
            };
            let Some(slot) = self.slot(source, Some(field), at, ix) else { continue };
            let found = self.catalogue.at(ix).and_then(|object| object.at(slot));
            if !found.is_some_and(query::check::sortable) {
                let flaw = Flaw::new("not_sortable").with("name", field);
                self.flaw(source, at, &flaw);
            } else if let Ok(field) = Name::new(field) {
                sort.push((field, descending));
            }
        }
        sort
    }

    /// A flaw of a path, as a problem.
    pub(super) fn flaw(&mut self, source: &Source, at: usize, flaw: &Flaw) {
        use crate::catalogue::Language;
        let message = say(flaw.sentence("", Language::En), flaw.sentence("", Language::Zh));
        let code = if flaw.code == "not_sortable" { flaw.code } else { "unknown_name" };
        self.problem((source, at), code, message, Said::none());
    }

    /// Reads the page arrangements.
    pub(crate) fn layouts(&mut self) {
        for (source_ix, source, reader) in self.files(Folder::Layouts).collect::<Vec<_>>() {
            let Some(name) = self.stem(source) else { continue };
            let Some((ix, object)) = self.listed(source, &reader) else { continue };
            let highlights = self.fields_named(source, &reader, "highlights", ix);
            let roles = self.roles_named(source, &reader);
            let layout = Layout {
                name: name.clone(),
                object,
                label: reader.label("label").unwrap_or_default(),
                roles,
                default: reader.flag("default").unwrap_or(false),
                highlights,
                sections: Vec::new(),
            };
            if self.catalogue.layouts.contains_key(&name) {
                self.twice(source, 0, &source.stem);
                continue;
            }
            let mut sections = Vec::new();
            for (at, table) in reader.tables("sections").iter().enumerate() {
                sections.push(self.section_of((source_ix, source), table, (&name, at, ix)));
            }
            let layout = Layout { sections, ..layout };
            self.bounded(source, &layout);
            self.catalogue.layouts.insert(name, layout);
        }
    }

    fn roles_named(&mut self, source: &'a Source, reader: &Reader<'a>) -> Vec<Name> {
        let mut roles = Vec::new();
        for (text, at) in reader.texts("roles") {
            let known = self.catalogue.roles.keys().find(|role| role.as_str() == text);
            match known.cloned() {
                Some(role) => roles.push(role),
                None => self.unknown((source, at), ("role", "角色"), text, None),
            }
        }
        roles
    }

    pub(super) fn fields_named(
        &mut self,
        source: &'a Source,
        reader: &Reader<'a>,
        key: &str,
        ix: ObjectIx,
    ) -> Vec<Name> {
        let mut names = Vec::new();
        for (text, at) in reader.texts(key) {
            if self.slot(source, Some(text), at, ix).is_some()
                && let Ok(name) = Name::new(text)
            {
                names.push(name);
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::tests::{CLIENT, SEX, core, lines};

    #[test]
    fn screens_name_fields_that_exist() {
        let view = "object = \"client\"\nlabel = { zh = \"表\", en = \"List\" }\ncolumns = [\"name\", \"nmae\", \"sex.x\"]\nsort = [\"-asets\"]\n";
        let layout = "object = \"client\"\nlabel = { zh = \"页\", en = \"Page\" }\nhighlights = [\"sexx\"]\n[[sections]]\nlabel = { zh = \"段\", en = \"S\" }\nfields = [\"name\"]\nrelated = [\"client.name\", \"client.nobody\"]\ngraph = { depth = 2 }\ntrend = { measures = [\"assets\"] }\n";
        let files = [
            ("objects/client.toml", CLIENT),
            ("options/sex.toml", SEX),
            ("views/v.toml", view),
            ("layouts/l.toml", layout),
        ];
        assert_eq!(
            lines(&[core(&files)]),
            [
                "packs/core/layouts/l.toml:3:15: there is no field `sexx` in `client`; did you mean `sex`?",
                "packs/core/layouts/l.toml:7:12: `client.name` does not refer to `client`",
                "packs/core/layouts/l.toml:7:27: there is no field `nobody` in `client`",
                "packs/core/layouts/l.toml:8:19: no edges join such records; leave `graph` out",
                "packs/core/layouts/l.toml:9:23: there is no measure of such records `assets`",
                "packs/core/views/v.toml:3:20: there is no field `nmae`; did you mean `name`?",
                "packs/core/views/v.toml:3:28: `sex` is not a reference, so nothing may follow it",
                "packs/core/views/v.toml:4:9: there is no field `asets` in `client`; did you mean `assets`?",
            ]
        );
    }
}
