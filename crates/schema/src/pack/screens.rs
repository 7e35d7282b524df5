//! Views and layouts.

use crate::Name;
use crate::catalogue::{Layout, ObjectIx, Section, View};
use crate::field::Flaw;
use crate::query;

use super::build::{Build, Target};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

impl<'a> Build<'a> {
    fn listed(&mut self, source: &'a Source, reader: &Reader<'a>) -> Option<(ObjectIx, Name)> {
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
            let label = reader.label("label").unwrap_or_default();
            let view = View { name: name.clone(), label, object, columns, filter: None, sort };
            if self.catalogue.views.contains_key(&name) {
                self.twice(source, 0, name.as_str());
                continue;
            }
            self.catalogue.views.insert(name.clone(), view);
            self.expect((source_ix, &reader, "filter"), ix, Target::ViewFilter(name));
        }
    }

    /// A flaw of a path, as a problem.
    fn flaw(&mut self, source: &Source, at: usize, flaw: &Flaw) {
        use crate::catalogue::Language;
        let message = say(flaw.sentence("", Language::En), flaw.sentence("", Language::Zh));
        let code = if flaw.code == "not_sortable" { flaw.code } else { "unknown_name" };
        self.problem((source, at), code, message, Said::none());
    }

    /// Reads the page arrangements.
    pub(crate) fn layouts(&mut self) {
        for (_, source, reader) in self.files(Folder::Layouts).collect::<Vec<_>>() {
            let Some(name) = self.stem(source) else { continue };
            let Some((ix, object)) = self.listed(source, &reader) else { continue };
            let highlights = self.fields_named(source, &reader, "highlights", ix);
            let mut sections = Vec::new();
            for table in reader.tables("sections") {
                let fields = self.fields_named(source, &table, "fields", ix);
                let related = self.related(source, &table, ix);
                let label = table.label("label").unwrap_or_default();
                sections.push(Section { label, fields, related });
            }
            let label = reader.label("label").unwrap_or_default();
            let layout = Layout { name: name.clone(), object, label, highlights, sections };
            if self.catalogue.layouts.insert(name, layout).is_some() {
                self.twice(source, 0, &source.stem);
            }
        }
    }

    fn fields_named(
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

    fn related(&mut self, source: &'a Source, table: &Reader<'a>, ix: ObjectIx) -> Vec<String> {
        let mut related = Vec::new();
        for (text, at) in table.texts("related") {
            let (object, field) = text.split_once('.').unwrap_or((text, ""));
            let Some((child, _)) = self.catalogue.object(object) else {
                self.unknown_object(source, at, object);
                continue;
            };
            let Some(slot) = self.slot(source, Some(field), at, child) else { continue };
            if self.refers_to(child, slot, ix) {
                related.push(text.to_owned());
                continue;
            }
            let here = self.catalogue.at(ix).map(|o| o.name.to_string()).unwrap_or_default();
            let message = say(
                format!("`{text}` does not refer to `{here}`"),
                format!("`{text}` 没有指向 `{here}`"),
            );
            self.problem((source, at), "not_referring", message, Said::none());
        }
        related
    }
}
