//! One contributing object: which of its records are entries, after which place, in its own order.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Instant;
use schema::catalogue::{Access, Action, Contribution, base};
use schema::expr::{Comparison, Node, Path};
use schema::query::{Query, Sort};
use schema::{FieldType, Name, Object, ObjectIx, Slot, Value};
use serde_json::json;
use store::records::{Ask, Select};
use uuid::Uuid;

use super::super::met::Decided;
use super::super::overview::{linked, silent};
use super::super::plan::{Narrow, Plan};
use super::{Shown, TimelineEntry, TimelineKind};
use crate::rights::{field_is, own_field};
use crate::write::{Context, Subject};
use crate::{Error, Refusal};

/// A place in the order of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub at: Instant,
    pub object: String,
    pub id: Uuid,
}

impl Place {
    /// As a cursor of the timeline of `record`.
    pub fn text(&self, record: Uuid) -> String {
        let place = json!([kernel::time::micros(self.at), self.object, self.id, record]);
        URL_SAFE_NO_PAD.encode(place.to_string())
    }

    /// The place a cursor names, if it is of the timeline of `record`.
    pub fn parse(text: &str, record: Uuid) -> Result<Place, Refusal> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (at, object, id, of): (i64, String, Uuid, Uuid) =
                serde_json::from_slice(&bytes).ok()?;
            let at = kernel::time::from_micros(at)?;
            (of == record).then_some(Place { at, object, id })
        };
        read().ok_or_else(|| Refusal::invalid("cursor", "cursor"))
    }

    /// The earlier of a place and the end of a span of time.
    pub fn earlier(after: Option<Place>, end: Option<Instant>) -> Option<Place> {
        let end = end.map(|at| Place { at, object: String::new(), id: Uuid::nil() });
        match (after, end) {
            (Some(after), Some(end)) => Some(after.min(end)),
            (after, end) => after.or(end),
        }
    }

    /// What keys a row of `object` must come after, when only its time and id are known: at the
    /// place's own instant, objects before it in the order are done and those behind it all remain.
    pub fn bound(&self, object: &str) -> Uuid {
        match object.cmp(&self.object) {
            std::cmp::Ordering::Less => Uuid::max(),
            std::cmp::Ordering::Equal => self.id,
            std::cmp::Ordering::Greater => Uuid::nil(),
        }
    }
}

/// An object that contributes, and how.
pub(super) type Contributor<'a> = (Subject<'a>, &'a Contribution, &'a Path);

/// The objects that contribute to timelines of `of` and that the actor might read.
fn contributors<'a>(
    context: &Context<'a>,
    (ix, target): Subject<'a>,
) -> impl Iterator<Item = Contributor<'a>> {
    let catalogue: &'a schema::Catalogue = context.catalogue;
    let rights = context.actor.rights();
    catalogue.objects.values().filter_map(move |object| {
        let (found, _) = catalogue.object(object.name.as_str())?;
        let timeline = object.timeline.as_ref().filter(|_| !object.retired)?;
        let path = timeline.of.iter().find(|path| {
            let field = catalogue.at(path.object).and_then(|object| object.at(path.slot));
            field.is_some_and(|field| match &field.kind {
                FieldType::Reference { to, .. } => to.contains(&target.name),
                _ => field.target(catalogue) == Some(ix),
            })
        })?;
        let readable = rights.most(found, Action::Read, timeline.at) >= Access::Read;
        (rights.may(found, Action::Read) && readable).then_some(((found, object), timeline, path))
    })
}

/// The objects that contribute to timelines of `of`.
pub(super) fn contributions<'a>(context: &Context<'a>, of: Subject<'a>) -> Vec<Contributor<'a>> {
    contributors(context, of).collect()
}

/// Kinds of entries on timelines of `of`, without repeats; changes come last.
pub(super) fn kinds(context: &Context<'_>, of: Subject<'_>) -> Vec<TimelineKind> {
    let language = context.actor.language;
    let mut kinds: Vec<TimelineKind> = Vec::new();
    for ((_, object), timeline, _) in contributors(context, of) {
        if !kinds.iter().any(|known| known.kind == timeline.kind) {
            let label = timeline.label.as_ref().unwrap_or(&object.label);
            kinds.push(TimelineKind {
                kind: timeline.kind.clone(),
                label: label.get(language).to_owned(),
                icon: timeline.icon.clone(),
            });
        }
    }
    if let Ok(kind) = Name::new(Contribution::CHANGES) {
        let label = match language {
            schema::catalogue::Language::Zh => "资料变更",
            schema::catalogue::Language::En => "Change",
        };
        kinds.push(TimelineKind { kind, label: label.to_owned(), icon: None });
    }
    kinds
}

/// Records between a contributing object and the record of the timeline, by the reference that points
/// to them: the accounts of a customer.
pub(in crate::read) type Carriers = BTreeMap<(ObjectIx, Slot), Vec<Uuid>>;

/// Most carriers whose entries are each read in the order of an index; of more, all entries are
/// sorted.
const CARRIERS: u32 = 64;

/// The carriers of a record's timeline, one question for each object that contributes through
/// another.
pub(in crate::read) async fn carriers(
    context: &Context<'_>,
    of: Subject<'_>,
    id: Uuid,
) -> Result<Carriers, Error> {
    let mut wanted = Vec::new();
    for ((ix, _), _, path) in contributors(context, of) {
        let [(_, via)] = path.steps.as_slice() else { continue };
        let needs = [(path.slot, Access::Read)];
        let scope = context.actor.rights().scope_reading(path.object, Action::Read, &needs);
        let Some(scope) = scope else { continue };
        let points = Box::new(own_field(path.object, path.slot));
        let is = Box::new(Node::Literal(Value::Id(id)));
        let filter = Node::And(vec![Node::Compare(Comparison::Eq, points, is), scope]);
        wanted.push(((ix, *via), path.object, filter));
    }
    let asks = wanted.iter().map(|(_, object, filter)| {
        Ask::Rows(Select {
            columns: vec![own_field(*object, base::ID)],
            filter: Some(filter),
            limit: CARRIERS + 1,
            ..Select::of(*object, &context.env)
        })
    });
    let asks: Vec<Ask<'_>> = asks.collect();
    let answers = context.engine.store().ask(context.catalogue, &asks).await?;
    let most = usize::try_from(CARRIERS).unwrap_or(usize::MAX);
    let known = wanted.iter().zip(answers).filter(|(_, rows)| rows.len() <= most);
    Ok(known.map(|((place, ..), rows)| (*place, ids(rows))).collect())
}

fn ids(rows: Vec<Vec<Value>>) -> Vec<Uuid> {
    let id = |value| match value {
        Value::Id(id) => Some(id),
        _ => None,
    };
    rows.into_iter().flatten().filter_map(id).collect()
}

/// A contributing object with its query planned.
pub(super) struct Source<'a> {
    ix: ObjectIx,
    object: &'a Object,
    timeline: &'a Contribution,
    /// How its records lead to the one the timeline is about.
    path: Path,
    plan: Plan<'a>,
    after: Option<Vec<Value>>,
    /// Where its entries come through other records that are known: the rows of each of those.
    through: Option<Vec<Node>>,
}

impl<'a> Source<'a> {
    /// None when the actor may not read what it takes.
    pub fn planned(
        context: &Context<'a>,
        to: (ObjectIx, Uuid),
        ((ix, object), timeline, path): Contributor<'a>,
        carriers: &Carriers,
        (from, after): (Option<Instant>, Option<&Place>),
    ) -> Result<Option<Source<'a>>, Error> {
        let Some(at) = object.at(timeline.at) else { return Ok(None) };
        let rights = context.actor.rights();
        let sees = |slot: Slot| rights.most(ix, Action::Read, slot) > Access::Hidden;
        let title = object.at(object.title).map(|field| &field.name);
        let mut columns: Vec<String> = vec![at.name.to_string()];
        for name in title.into_iter().chain(&timeline.fields) {
            let seen = object
                .field(name.as_str())
                .is_some_and(|(slot, field)| sees(slot) && !field.retired && slot != base::ID);
            if seen && !columns.iter().any(|known| known == name.as_str()) {
                columns.push(name.to_string());
            }
        }
        let sort = vec![Sort { field: at.name.to_string(), descending: true }];
        let query = Query { columns, sort, ..Query::of(object.name.as_str()) };
        let condition = timeline.when.as_ref().map(|when| &when.root);
        let via = path.steps.first().map(|(_, via)| *via);
        let known = via.and_then(|via| Some((via, carriers.get(&(ix, via))?)));
        let planned = match known {
            Some((via, _)) => {
                let rows = Some((via, Node::Literal(Value::Bool(true))));
                let narrow = Narrow { condition, rows };
                silent(Plan::narrowed(context, &query, Action::Read, narrow))?
            }
            None => silent(linked(context, &query, path, to, condition))?.flatten(),
        };
        let Some(mut plan) = planned else { return Ok(None) };
        let dated = matches!(at.kind, FieldType::Date);
        if let Some(condition) = within((ix, timeline.at), at.required, dated, (from, after)) {
            plan.also(condition);
        }
        let after = after.map(|place| keys(place, object.name.as_str(), dated));
        let through = known.map(|(via, carriers)| {
            let rest = |id: &Uuid| {
                let one = field_is(ix, via, *id);
                let others = plan.filter.iter().cloned();
                Node::And(std::iter::once(one).chain(others).collect())
            };
            carriers.iter().map(rest).collect()
        });
        let path = path.clone();
        Ok(Some(Source { ix, object, timeline, path, plan, after, through }))
    }

    /// Answers what rights ask of the record of `object` that the timeline is about.
    pub fn settle(&mut self, object: ObjectIx, decided: Decided<'_>) {
        self.plan.settle(&self.path, object, decided);
    }

    /// How many questions it asks.
    pub fn count(&self) -> usize {
        self.through.as_ref().map_or(1, Vec::len)
    }

    /// What it asks the store.
    pub fn asks<'s>(
        &'s self,
        context: &'s Context<'_>,
        limit: u32,
    ) -> impl Iterator<Item = Ask<'s>> {
        let filters = match &self.through {
            None => vec![self.plan.filter.as_ref()],
            Some(through) => through.iter().map(Some).collect(),
        };
        let whole = move || self.plan.select(context, self.after.clone(), limit);
        filters.into_iter().map(move |filter| Ask::Rows(Select { filter, ..whole() }))
    }

    /// A fetched row as an entry; none when its time is not known.
    pub fn entry(
        &self,
        context: &Context<'_>,
        row: Vec<Value>,
    ) -> Option<(Place, Option<TimelineEntry>, Shown)> {
        let record = self.plan.view(context, &row);
        let at_slot = self.plan.slots.iter().position(|slot| *slot == self.timeline.at)?;
        let (at, on) = match row.get(at_slot)? {
            Value::Instant(at) => (*at, None),
            Value::Date(day) => (kernel::time::start_of_day(*day), Some(day.to_string())),
            _ => return None,
        };
        let title = self.object.at(self.object.title);
        let entry = TimelineEntry {
            kind: self.timeline.kind.clone(),
            at: at.to_string(),
            on,
            object: self.object.name.clone(),
            id: record.id,
            title: title.and_then(|field| record.get(field.name.as_str())),
            record: Some(record),
            change: None,
        };
        let place = Place { at, object: self.object.name.to_string(), id: entry.id };
        Some((place, Some(entry), Shown::Row(self.ix, self.plan.slots.clone(), row)))
    }
}

/// The keys of the row that a source's page comes after.
fn keys(place: &Place, object: &str, dated: bool) -> Vec<Value> {
    if !dated {
        return vec![Value::Instant(place.at), Value::Id(place.bound(object))];
    }
    let day = kernel::time::business_date(place.at);
    // A day stands at its first instant: one that began before the place's own instant is whole.
    let id = match kernel::time::start_of_day(day) == place.at {
        true => place.bound(object),
        false => Uuid::max(),
    };
    vec![Value::Date(day), Value::Id(id)]
}

/// Times that can be on the page: the range of the index, and no record without a time.
fn within(
    (ix, slot): (ObjectIx, Slot),
    required: bool,
    dated: bool,
    (from, after): (Option<Instant>, Option<&Place>),
) -> Option<Node> {
    let here = || Box::new(own_field(ix, slot));
    let value = |at: Instant| {
        Box::new(Node::Literal(match dated {
            true => Value::Date(kernel::time::business_date(at)),
            false => Value::Instant(at),
        }))
    };
    let mut parts = Vec::new();
    if let Some(after) = after {
        parts.push(Node::Compare(Comparison::Le, here(), value(after.at)));
    } else if !required {
        parts.push(Node::Not(Box::new(Node::IsEmpty(here()))));
    }
    if let Some(from) = from {
        parts.push(Node::Compare(Comparison::Ge, here(), value(from)));
    }
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(Node::And(parts)),
    }
}
