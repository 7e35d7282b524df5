//! Lists and numbers over what refers to the record on the page.
//!
//! Each is planned like any query of the reader's. One that is refused is not there.

use schema::catalogue::{Access, Action, Layout, RelatedList, Section, SectionMeasure};
use schema::expr::{Node, Path};
use schema::field::CurrencySource;
use schema::query::{GroupKey, Measure, Query, Sort};
use schema::{FieldType, Name, Object, ObjectIx, Value};
use store::records::Ask;
use uuid::Uuid;

use super::super::plan::{Narrow, Plan};
use super::super::{Count, Group, View, expand, groups};
use super::expand::{Titles, Wanted};
use super::{Measured, Page, RelatedRecords, ShownSection, choice};
use crate::Error;
use crate::rights::{is_true, points_to};
use crate::write::Context;

/// Counting the rows of a list stops here.
pub(super) const COUNT_CAP: u32 = 100;

/// Most columns of a list that names none.
const COLUMNS: usize = 6;

/// A planned query of a page.
pub(super) struct Part<'a> {
    section: usize,
    pub plan: Plan<'a>,
    query: Query,
    kind: Kind,
}

enum Kind {
    List(RelatedList, Vec<Name>),
    Measure(SectionMeasure),
}

/// What a part's query gave.
pub(super) enum Fetched {
    List { rows: Vec<Vec<Value>>, records: Vec<View>, count: Count },
    Groups(Vec<Group>),
}

impl Fetched {
    /// Whether there are more rows than were fetched.
    pub fn more(&self) -> bool {
        matches!(self, Fetched::List { count, .. } if count.more)
    }

    /// Notes the number that was counted.
    pub fn count(&mut self, answer: &[Vec<Value>]) {
        let counted = match answer.first().and_then(|row| row.first()) {
            Some(Value::Number(number)) => u64::try_from(*number).ok(),
            _ => None,
        };
        if let (Fetched::List { count, .. }, Some(rows)) = (self, counted) {
            let cap = u64::from(COUNT_CAP);
            *count = Count { rows: rows.min(cap), more: rows > cap };
        }
    }
}

/// The queries of a section.
pub(super) fn planned<'a>(
    page: &Page<'_, 'a>,
    at: usize,
    section: &Section,
) -> Result<Vec<Part<'a>>, Error> {
    let mut parts = Vec::new();
    for list in &section.lists {
        parts.extend(silent(planned_list(page, at, list))?.flatten());
    }
    for measure in &section.measures {
        parts.extend(silent(planned_measure(page, at, measure))?.flatten());
    }
    Ok(parts)
}

/// What the reader may not ask is left out.
pub(in crate::read) fn silent<T>(planned: Result<T, Error>) -> Result<Option<T>, Error> {
    match planned {
        Ok(planned) => Ok(Some(planned)),
        Err(Error::Refused(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

fn planned_list<'a>(
    page: &Page<'_, 'a>,
    at: usize,
    list: &RelatedList,
) -> Result<Option<Part<'a>>, Error> {
    let context = page.context;
    let (ix, object) = context.object(list.link.object.as_str())?;
    let columns = columns(context, (ix, object), list);
    let rights = context.actor.rights();
    let readable = |name: &Name| {
        object.field(name.as_str()).is_some_and(|(slot, field)| {
            field.shown(rights.most(ix, Action::Read, slot)) >= Access::Read
        })
    };
    let sort: Vec<Sort> = list
        .sort
        .iter()
        .filter(|(name, _)| readable(name))
        .map(|(name, descending)| Sort { field: name.to_string(), descending: *descending })
        .collect();
    let query = Query {
        columns: columns.iter().map(ToString::to_string).collect(),
        sort,
        limit: list.limit,
        ..Query::of(object.name.as_str())
    };
    let condition = list.filter.as_ref().map(|filter| &filter.root);
    let plan = linked(context, &query, &list.link.path, page.place(), condition)?;
    let Some(mut plan) = plan else {
        return Ok(None);
    };
    plan.settle(&list.link.path, page.of.0, &|condition| page.decided(condition));
    let kind = Kind::List(list.clone(), columns);
    Ok(Some(Part { section: at, plan, query, kind }))
}

fn planned_measure<'a>(
    page: &Page<'_, 'a>,
    at: usize,
    measure: &SectionMeasure,
) -> Result<Option<Part<'a>>, Error> {
    let query = Query {
        group: measure
            .group
            .iter()
            .map(|(field, bucket)| GroupKey { field: field.clone(), bucket: *bucket })
            .collect(),
        measures: vec![Measure {
            function: measure.function,
            field: measure.value.as_ref().map(ToString::to_string),
            alias: Some("value".into()),
        }],
        limit: SectionMeasure::GROUPS,
        ..Query::of(measure.link.object.as_str())
    };
    let condition = measure.filter.as_ref().map(|filter| &filter.root);
    let plan = linked(page.context, &query, &measure.link.path, page.place(), condition)?;
    let Some(mut plan) = plan else {
        return Ok(None);
    };
    plan.settle(&measure.link.path, page.of.0, &|condition| page.decided(condition));
    let kind = Kind::Measure(measure.clone());
    Ok(Some(Part { section: at, plan, query, kind }))
}

/// A query of the records that refer to `to` by `path`; none when the reader sees none of the
/// records on the way.
pub(in crate::read) fn linked<'a>(
    context: &Context<'a>,
    query: &Query,
    path: &Path,
    to: (ObjectIx, Uuid),
    condition: Option<&Node>,
) -> Result<Option<Plan<'a>>, Error> {
    let first = path.steps.first().map_or(path.slot, |(_, slot)| *slot);
    let Some(rows) = refers(context, path, to) else { return Ok(None) };
    let narrow = Narrow { condition, rows: Some((first, rows)) };
    Plan::narrowed(context, query, Action::Read, narrow).map(Some)
}

/// The condition that a record refers to `to` by `path`, through records that the reader may read.
fn refers(context: &Context<'_>, path: &Path, to: (ObjectIx, Uuid)) -> Option<Node> {
    let mut all = points_to(context.catalogue, path, to);
    let mut seen: Option<Node> = None;
    let steps = &path.steps;
    for (at, (_, via)) in steps.iter().enumerate().rev() {
        let (object, next) = match steps.get(at + 1) {
            Some((object, slot)) => (*object, *slot),
            None => (path.object, path.slot),
        };
        let needs = [(next, Access::Read)];
        let scope = context.actor.rights().scope_reading(object, Action::Read, &needs)?;
        let condition = match seen.take() {
            Some(inner) => Node::And(vec![scope, inner]),
            None if is_every(&scope) => continue,
            None => scope,
        };
        seen = Some(Node::Reachable { via: *via, object, condition: Box::new(condition) });
    }
    all.extend(seen);
    Some(Node::And(all))
}

fn is_every(scope: &Node) -> bool {
    matches!(scope, Node::Literal(value) if is_true(value))
}

/// The fields of a list that the reader may see.
fn columns(
    context: &Context<'_>,
    (ix, object): (ObjectIx, &Object),
    list: &RelatedList,
) -> Vec<Name> {
    let rights = context.actor.rights();
    let via = list.link.path.steps.first().map_or(list.link.path.slot, |(_, slot)| *slot);
    let sees = |name: &Name| {
        object.field(name.as_str()).is_some_and(|(slot, field)| {
            field.shown(rights.most(ix, Action::Read, slot)) > Access::Hidden
                && !field.retired
                && !matches!(field.kind, FieldType::ChildTable { .. })
        })
    };
    if !list.columns.is_empty() {
        return list.columns.iter().filter(|name| sees(name)).cloned().collect();
    }
    let usual: Option<&Layout> = choice::usual(context, &object.name);
    let head = usual.map(|layout| layout.highlights.as_slice()).unwrap_or_default();
    let title = object.at(object.title).map(|field| &field.name);
    let mut names: Vec<Name> = Vec::new();
    for name in title.into_iter().chain(head) {
        let link = object.field(name.as_str()).is_some_and(|(slot, _)| slot == via);
        if !link && sees(name) && !names.contains(name) && names.len() < COLUMNS {
            names.push(name.clone());
        }
    }
    names
}

impl<'a> Part<'a> {
    /// What it asks the store.
    pub fn ask<'s>(&'s self, context: &'s Context<'_>) -> Ask<'s> {
        match &self.kind {
            Kind::List(list, _) => Ask::Rows(self.plan.select(context, None, list.limit + 1)),
            Kind::Measure(_) => Ask::Groups(groups::asked(context, &self.plan, self.query.limit)),
        }
    }

    /// The answer masked, and what its references point to noted.
    pub fn fetched(
        &self,
        page: &Page<'_, '_>,
        mut rows: Vec<Vec<Value>>,
        wanted: &mut Wanted,
    ) -> Fetched {
        let context = page.context;
        let Kind::List(list, _) = &self.kind else {
            let group = |row| groups::group(context, &self.plan, &self.query, row);
            return Fetched::Groups(rows.into_iter().map(group).collect());
        };
        let most = usize::try_from(list.limit).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            let record = self.plan.view(context, row);
            let shown = (self.plan.slots.as_slice(), row.as_slice());
            expand::want(context, self.plan.object, shown, &record, wanted);
            records.push(record);
        }
        let count = Count { rows: u64::try_from(rows.len()).unwrap_or(u64::MAX), more };
        Fetched::List { rows, records, count }
    }

    /// Puts the answer into its section.
    pub fn put(
        self,
        page: &Page<'_, '_>,
        fetched: Fetched,
        titles: &Titles,
        sections: &mut [ShownSection],
    ) {
        let Some(section) = sections.get_mut(self.section) else { return };
        match (self.kind, fetched) {
            (Kind::List(list, columns), Fetched::List { rows, mut records, count }) => {
                for (row, record) in rows.iter().zip(&mut records) {
                    let shown = (self.plan.slots.as_slice(), row.as_slice());
                    expand::adopt(page.context, self.plan.object, shown, record, titles);
                }
                let label = list.label.as_ref().unwrap_or(&self.plan.object.label);
                section.lists.push(RelatedRecords {
                    from: list.link.text.clone(),
                    object: list.link.object.clone(),
                    label: label.get(page.language()).to_owned(),
                    columns,
                    records,
                    count,
                    filter: whole(&list, self.plan.object, page.id()),
                    sort: self.query.sort.into_iter().map(String::from).collect(),
                });
            }
            (Kind::Measure(measure), Fetched::Groups(groups)) => {
                section.measures.push(measured(page, &measure, self.plan.object, groups));
            }
            _ => {}
        }
    }
}

/// The filter of a list of all records, where a field of their own says that they belong to it.
fn whole(list: &RelatedList, object: &Object, id: Uuid) -> Option<String> {
    if !list.link.path.steps.is_empty() {
        return None;
    }
    let field = &object.at(list.link.path.slot)?.name;
    Some(match &list.filter {
        Some(filter) => format!("{field} = '{id}' and ({})", filter.source),
        None => format!("{field} = '{id}'"),
    })
}

fn measured(
    page: &Page<'_, '_>,
    measure: &SectionMeasure,
    object: &Object,
    groups: Vec<Group>,
) -> Measured {
    let field = measure.value.as_ref().and_then(|name| object.field(name.as_str()));
    let currency = field.and_then(|(_, field)| match &field.kind {
        FieldType::Money { currency: CurrencySource::Fixed(code), .. } => {
            Some(code.as_str().to_owned())
        }
        _ => None,
    });
    let grouped = measure.group.is_some();
    let value = groups.first().and_then(|group| group.measures.get("value")).cloned();
    Measured {
        name: measure.name.clone(),
        label: measure.label.get(page.language()).to_owned(),
        from: measure.link.text.clone(),
        field: measure.value.clone(),
        currency,
        value: value.filter(|_| !grouped),
        groups: grouped.then_some(groups),
    }
}
