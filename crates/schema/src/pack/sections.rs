//! Sections of layouts: lists and numbers over records that refer to the one on the page.

use crate::Name;
use crate::catalogue::{
    GraphPart, Layout, Link, Object, ObjectIx, RelatedList, Section, SectionMeasure, TimelinePart,
    TrendPart,
};
use crate::expr::Path;
use crate::measure::Measure;
use crate::query::{self, Bucket, MeasureFn};

use super::build::{Build, Target};
use super::problem::{Said, say};
use super::reader::Reader;
use super::structure::Source;
use kernel::text::nearest;

/// Most lists and measures of one layout: each is a query of its page.
const PARTS: usize = 24;

/// A layout's name, the position of one of its sections, and its object.
type Place<'p> = (&'p Name, usize, ObjectIx);

impl<'a> Build<'a> {
    /// One section of a layout.
    pub(super) fn section_of(
        &mut self,
        (source_ix, source): (usize, &'a Source),
        table: &Reader<'a>,
        (layout, at, ix): Place<'_>,
    ) -> Section {
        let mut section = Section {
            label: table.label("label").unwrap_or_default(),
            fields: self.fields_named(source, table, "fields", ix),
            lists: Vec::new(),
            measures: Vec::new(),
            timeline: table.table("timeline").map(|part| timeline_part(&part)),
            graph: table.table("graph").map(|part| self.graph_part(source, &part, ix)),
            trend: table.table("trend").map(|part| self.trend_part(source, &part, ix)),
        };
        for (text, place) in table.texts("related") {
            let Some((_, link)) = self.link(source, (text, place), ix) else { continue };
            section.lists.push(RelatedList {
                link,
                label: None,
                columns: Vec::new(),
                filter: None,
                sort: Vec::new(),
                limit: RelatedList::ROWS_DEFAULT,
            });
        }
        for list in table.tables("lists") {
            let Some((child, list_of)) = self.list(source, &list, ix) else { continue };
            let target = Target::ListFilter(layout.clone(), at, section.lists.len());
            self.expect((source_ix, &list, "filter"), child, target);
            section.lists.push(list_of);
        }
        for measure in table.tables("measures") {
            let Some((child, found)) = self.measure(source, &measure, ix) else { continue };
            if section.measures.iter().any(|other| other.name == found.name) {
                self.twice(source, measure.at("name"), found.name.as_str());
                continue;
            }
            let target = Target::MeasureFilter(layout.clone(), at, section.measures.len());
            self.expect((source_ix, &measure, "filter"), child, target);
            section.measures.push(found);
        }
        section
    }

    /// The edge that a graph names must join records like the one on the page.
    fn graph_part(&mut self, source: &Source, table: &Reader<'_>, ix: ObjectIx) -> GraphPart {
        let edge = table.name("edge");
        let joining = |object: &Object| {
            let edge = object.edge.as_ref()?;
            let of = self.catalogue.object(object.name.as_str())?.0;
            let joins = self.refers_to(of, edge.from, ix) || self.refers_to(of, edge.to, ix);
            joins.then(|| object.name.clone())
        };
        let known: Vec<Name> = self.catalogue.objects.values().filter_map(joining).collect();
        let at = table.at(if edge.is_some() { "edge" } else { "depth" });
        match &edge {
            None if known.is_empty() => {
                let message = say("no edges join such records", "没有连接这类记录的关系对象");
                let remedy = say("leave `graph` out", "请去掉 `graph`");
                self.problem((source, at), "no_edges", message, remedy);
            }
            Some(name) if !known.contains(name) => {
                let near = nearest(name.as_str(), known.iter().map(Name::as_str));
                let near = near.map(str::to_owned);
                let thing = ("edge object that joins such records", "连接这类记录的关系对象");
                self.unknown((source, at), thing, name.as_str(), near.as_deref());
            }
            _ => {}
        }
        let depth = table.integer("depth").and_then(|depth| u8::try_from(depth).ok());
        let limit = table.integer("limit").and_then(|limit| u32::try_from(limit).ok());
        GraphPart {
            edge,
            depth: depth.unwrap_or(1),
            limit: limit.unwrap_or(GraphPart::RECORDS_DEFAULT),
        }
    }

    /// The measures that a trend names must be kept for records like the one on the page.
    fn trend_part(&mut self, source: &Source, table: &Reader<'_>, ix: ObjectIx) -> TrendPart {
        let mut measures = Vec::new();
        for (text, at) in table.texts("measures") {
            let all = self.catalogue.measures.values();
            let known: Vec<&Name> = all.filter(|m| self.kept_for(m, ix)).map(|m| &m.name).collect();
            match known.iter().find(|name| name.as_str() == text) {
                Some(name) => measures.push((*name).clone()),
                None => {
                    let near = nearest(text, known.into_iter().map(Name::as_str));
                    let near = near.map(str::to_owned);
                    let thing = ("measure of such records", "这类记录的指标");
                    self.unknown((source, at), thing, text, near.as_deref());
                }
            }
        }
        let months = table.integer("months").and_then(|months| u8::try_from(months).ok());
        TrendPart { measures, months: months.unwrap_or(TrendPart::MONTHS_DEFAULT) }
    }

    /// Whether a measure is kept for records of an object, or for groups that are.
    fn kept_for(&self, measure: &Measure, ix: ObjectIx) -> bool {
        let carried = measure.carriers.iter();
        let mut subjects = carried.map(|carrier| (carrier.object, carrier.subject));
        let grouped = measure.members.as_ref().map(|members| (members.object, members.group));
        subjects.any(|(object, slot)| self.refers_to(object, slot, ix))
            || grouped.is_some_and(|(object, slot)| self.refers_to(object, slot, ix))
    }

    /// A page answers with a bounded number of queries.
    pub(super) fn bounded(&mut self, source: &Source, layout: &Layout) {
        let parts: usize =
            layout.sections.iter().map(|part| part.lists.len() + part.measures.len()).sum();
        if parts > PARTS {
            let en = format!("at most {PARTS} lists and measures in one layout");
            let zh = format!("一个布局最多 {PARTS} 个列表和汇总");
            self.problem((source, 0), "too_many", say(en, zh), say("split it", "请拆分"));
        }
    }

    fn list(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        ix: ObjectIx,
    ) -> Option<(ObjectIx, RelatedList)> {
        let (child, link) = self.link(source, (table.text("from")?, table.at("from")), ix)?;
        let limit = table.integer("limit").and_then(|limit| u32::try_from(limit).ok());
        let list = RelatedList {
            link,
            label: table.label("label"),
            columns: self.fields_named(source, table, "columns", child),
            filter: None,
            sort: self.order(source, table, child),
            limit: limit.unwrap_or(RelatedList::ROWS_DEFAULT).min(RelatedList::ROWS),
        };
        Some((child, list))
    }

    fn measure(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        ix: ObjectIx,
    ) -> Option<(ObjectIx, SectionMeasure)> {
        let (child, link) = self.link(source, (table.text("from")?, table.at("from")), ix)?;
        let function = match table.text("function")? {
            "count_distinct" => MeasureFn::CountDistinct,
            "sum" => MeasureFn::Sum,
            "avg" => MeasureFn::Avg,
            "min" => MeasureFn::Min,
            "max" => MeasureFn::Max,
            _ => MeasureFn::Count,
        };
        let bucket = match table.text("bucket") {
            Some("day") => Bucket::Day,
            Some("month") => Bucket::Month,
            Some("quarter") => Bucket::Quarter,
            Some("year") => Bucket::Year,
            _ => Bucket::None,
        };
        let value = table.name("value");
        let group = table.text("group").map(|field| (field.to_owned(), bucket));
        let asked = query::Query {
            group: group
                .iter()
                .map(|(field, bucket)| query::GroupKey { field: field.clone(), bucket: *bucket })
                .collect(),
            measures: vec![query::Measure {
                function,
                field: value.as_ref().map(ToString::to_string),
                alias: None,
            }],
            ..query::Query::of(link.object.as_str())
        };
        if let Err(flaws) = asked.check(&self.catalogue) {
            for flaw in flaws {
                self.flaw(source, table.at("value"), &flaw);
            }
            return None;
        }
        let label = table.label("label").unwrap_or_default();
        let filter = None;
        let measure = SectionMeasure {
            name: table.name("name")?,
            label,
            link,
            function,
            value,
            group,
            filter,
        };
        Some((child, measure))
    }

    /// What `object.field` or `object.field.field` means: how records of that object refer to
    /// `here`.
    pub(super) fn link(
        &mut self,
        source: &'a Source,
        (text, at): (&str, usize),
        here: ObjectIx,
    ) -> Option<(ObjectIx, Link)> {
        let (object, rest) = text.split_once('.').unwrap_or((text, ""));
        let Some((child, found)) = self.catalogue.object(object) else {
            self.unknown_object(source, at, object);
            return None;
        };
        let object = found.name.clone();
        if !rest.contains('.') {
            self.slot(source, Some(rest), at, child)?;
        }
        let path = match query::path(&self.catalogue, child, rest) {
            Ok(path) => path,
            Err(flaw) => {
                self.flaw(source, at, &flaw);
                return None;
            }
        };
        if self.leads_to(&path, here) {
            return Some((child, Link { object, path, text: text.to_owned() }));
        }
        let here = self.catalogue.at(here).map(|o| o.name.to_string()).unwrap_or_default();
        let message = say(
            format!("`{text}` does not refer to `{here}`"),
            format!("`{text}` 没有指向 `{here}`"),
        );
        self.problem((source, at), "not_referring", message, Said::none());
        None
    }

    /// Whether the field at the end of `path` may refer to records of `object`.
    pub(super) fn leads_to(&self, path: &Path, object: ObjectIx) -> bool {
        self.refers_to(path.object, path.slot, object)
    }
}

fn timeline_part(table: &Reader<'_>) -> TimelinePart {
    let kinds = table.texts("kinds").into_iter().filter_map(|(text, _)| Name::new(text).ok());
    let limit = table.integer("limit").and_then(|limit| u32::try_from(limit).ok());
    TimelinePart { kinds: kinds.collect(), limit: limit.unwrap_or(RelatedList::ROWS_DEFAULT) }
}
