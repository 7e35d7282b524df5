//! Reads the business cases of `tests/*.toml` and checks the names they use.

use serde_json::{Map, Value as Json};

use crate::Name;
use crate::catalogue::ObjectIx;

use super::build::Build;
use super::case::{Given, PackTest, Refused, Step, StepKind, Then};
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::source::position;
use super::structure::Source;

impl<'a> Build<'a> {
    /// Reads every case.
    pub(crate) fn cases(&mut self) {
        for (_, source, reader) in self.files(Folder::Tests).collect::<Vec<_>>() {
            let Some(pack) = self.pack_of(source) else { continue };
            let mut known: Vec<String> = Vec::new();
            let mut given = Vec::new();
            for table in reader.tables("given") {
                let Some((ix, object)) = self.case_object(source, &table) else { continue };
                let values = self.case_values(source, (&table, "values"), ix, &known);
                let alias = table.text("as").map(str::to_owned);
                known.extend(alias.clone());
                let line = position(&source.text, table.at).0;
                given.push(Given { object, alias, values, line });
            }
            let mut steps = Vec::new();
            for table in reader.tables("steps") {
                if let Some(step) = self.step(source, &table, &mut known) {
                    steps.push(step);
                }
            }
            self.tests.push(PackTest {
                pack,
                file: source.file.clone(),
                name: reader.text("name").unwrap_or_default().to_owned(),
                today: reader.date("today"),
                given,
                steps,
            });
        }
    }

    fn case_object(&mut self, source: &'a Source, table: &Reader<'a>) -> Option<(ObjectIx, Name)> {
        let name = table.text("object")?;
        let found = self.catalogue.object(name).map(|(ix, object)| (ix, object.name.clone()));
        if found.is_none() {
            self.unknown_object(source, table.at("object"), name);
        }
        found
    }

    fn case_values(
        &mut self,
        source: &'a Source,
        (table, key): (&Reader<'a>, &str),
        object: ObjectIx,
        known: &[String],
    ) -> Map<String, Json> {
        let Some(values) = table.table(key) else { return Map::new() };
        for (name, entry) in values.entries {
            let unknown = self
                .catalogue
                .at(object)
                .is_some_and(|found| !found.fields.contains_key(name.as_str()));
            if unknown {
                self.unknown_field(source, entry.key_at, object, name);
            }
            if let Some(text) = entry.item.text() {
                self.alias(source, text, entry.item.at, known);
            }
        }
        table.values(key)
    }

    /// A text `@name` must name a record made before.
    fn alias(&mut self, source: &Source, text: &str, at: usize, known: &[String]) {
        let Some(name) = text.strip_prefix('@') else { return };
        if !known.iter().any(|alias| alias == name) {
            let message = say(
                format!("no earlier record is called `{name}`"),
                format!("前面没有名为 `{name}` 的记录"),
            );
            self.problem((source, at), "unknown_name", message, Said::none());
        }
    }

    fn step(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        known: &mut Vec<String>,
    ) -> Option<Step> {
        let (ix, object) = self.case_object(source, table)?;
        let values = self.case_values(source, (table, "values"), ix, known);
        let kind = kind(table.text("do")?)?;
        let mut reference = |key: &str| {
            let text = table.text(key)?;
            if !text.starts_with('@') {
                let message =
                    say(format!("`{key}` must start with `@`"), format!("`{key}` 须以 `@` 开头"));
                self.problem((source, table.at(key)), "alias", message, Said::none());
            }
            self.alias(source, text, table.at(key), known);
            Some(text.trim_start_matches('@').to_owned())
        };
        let actor = reference("actor");
        let record = reference("record");
        let with = reference("with");
        let one = !matches!(
            kind,
            StepKind::Create
                | StepKind::Query
                | StepKind::Duplicates
                | StepKind::Locked
                | StepKind::Daily
        );
        let two = matches!(kind, StepKind::Share | StepKind::Merge | StepKind::Unmerge);
        for (key, missing) in [("record", one && record.is_none()), ("with", two && with.is_none())]
        {
            if missing {
                let message = say(format!("missing key `{key}`"), format!("缺少键 `{key}`"));
                let remedy = say("name the record the step is about", "请写明针对哪条记录");
                self.problem((source, table.at), "missing_key", message, remedy);
            }
        }
        let alias = table.text("as").map(str::to_owned);
        let then = table.table("then")?;
        let then = self.then(source, &then, ix, known);
        known.extend(alias.clone());
        let texts = |key: &str| {
            table.texts(key).into_iter().map(|(text, _)| text.to_owned()).collect::<Vec<_>>()
        };
        Some(Step {
            actor,
            kind,
            object,
            alias,
            record,
            with,
            values,
            filter: table.text("filter").map(str::to_owned),
            search: table.text("search").map(str::to_owned),
            sort: texts("sort"),
            permitted_for: table.text("permitted_for").map(str::to_owned),
            fields: texts("fields"),
            reason: table.text("reason").map(str::to_owned),
            measure: table.text("measure").map(|name| (name.to_owned(), table.date("on"))),
            then,
            line: position(&source.text, table.at).0,
        })
    }

    fn then(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        object: ObjectIx,
        known: &[String],
    ) -> Then {
        let refused = table.text("refused").and_then(refused);
        let violations: Vec<_> = table
            .tables("violations")
            .iter()
            .filter_map(|each| {
                Some((each.text("field").map(str::to_owned), each.text("code")?.to_owned()))
            })
            .collect();
        let ok = table.flag("ok").unwrap_or(refused.is_none() && violations.is_empty());
        if ok && (refused.is_some() || !violations.is_empty()) {
            let message = say("a step is either accepted or refused", "步骤不能既成功又被拒绝");
            self.problem((source, table.at), "contradiction", message, Said::none());
        }
        Then {
            ok,
            refused: refused.or((!violations.is_empty()).then_some(Refused::Invalid)),
            violations,
            count: table.integer("count").and_then(|count| u64::try_from(count).ok()),
            first: self.case_values(source, (table, "first"), object, known),
            values: self.case_values(source, (table, "values"), object, known),
            says: texts(table, "says"),
            silent: texts(table, "silent"),
            missing: texts(table, "missing"),
            amount: table.text("amount").map(str::to_owned),
            average: table.text("average").map(str::to_owned),
        }
    }
}

fn texts(table: &Reader<'_>, key: &str) -> Vec<String> {
    table.texts(key).into_iter().map(|(text, _)| text.to_owned()).collect()
}

fn kind(word: &str) -> Option<StepKind> {
    Some(match word {
        "create" => StepKind::Create,
        "update" => StepKind::Update,
        "delete" => StepKind::Delete,
        "get" => StepKind::Get,
        "query" => StepKind::Query,
        "reveal" => StepKind::Reveal,
        "reassign" => StepKind::Reassign,
        "overview" => StepKind::Overview,
        "timeline" => StepKind::Timeline,
        "measure" => StepKind::Measure,
        "band" => StepKind::Band,
        "share" => StepKind::Share,
        "duplicates" => StepKind::Duplicates,
        "merge" => StepKind::Merge,
        "unmerge" => StepKind::Unmerge,
        "answer" => StepKind::Answer,
        "locked" => StepKind::Locked,
        "daily" => StepKind::Daily,
        _ => return None,
    })
}

fn refused(word: &str) -> Option<Refused> {
    Some(match word {
        "invalid" => Refused::Invalid,
        "invisible" => Refused::Invisible,
        "forbidden" => Refused::Forbidden,
        "read_only" => Refused::ReadOnly,
        "stale" => Refused::Stale,
        "duplicate" => Refused::Duplicate,
        "quota" => Refused::Quota,
        _ => return None,
    })
}
