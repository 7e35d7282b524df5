//! Walking: the edges of many records at once, one statement for each direction.

use kernel::{Date, Decimal};
use schema::catalogue::{Access, Action, base};
use schema::edge::Edge;
use schema::expr::Path;
use schema::query::Query;
use schema::{FieldType, Name, Object, ObjectIx, Slot, Value};
use store::records::{Fan, FanKey};
use uuid::Uuid;

use super::{DEPTH_MAX, FAN, GraphQuery, Link, NODES_MAX, Spot, WINDOW, refused};
use crate::read::plan::Plan;
use crate::write::{Context, targets};
use crate::{Error, Refusal, View, Violation};

/// The side of an edge that a record stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Side {
    From,
    To,
}

/// An edge that was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub id: Uuid,
    pub from: Spot,
    pub to: Spot,
    pub kind: String,
    /// The share, where the actor may read it.
    pub share: Option<Decimal>,
    pub view: View,
}

impl Found {
    /// The record at `side`.
    pub fn at(&self, side: Side) -> Spot {
        match side {
            Side::From => self.from,
            Side::To => self.to,
        }
    }

    pub fn link(&self) -> Link {
        Link {
            from: self.from.id,
            to: self.to.id,
            kind: self.kind.clone(),
            record: self.view.clone(),
        }
    }
}

/// The edges of some records in one direction.
#[derive(Default)]
pub(super) struct Step {
    pub found: Vec<Found>,
    /// Records that have more edges than were found.
    pub crowded: Vec<Spot>,
}

/// The edges that an actor may walk on one day.
pub(super) struct Walk<'a, 'c> {
    context: &'c Context<'a>,
    pub edge: &'a Edge,
    pub object: &'a Object,
    ix: ObjectIx,
    /// None where the actor may not read edges: there are none to walk.
    plan: Option<Plan<'a>>,
    /// Kinds asked for; none is every kind.
    pub kinds: Vec<String>,
    pub on: Date,
    pub depth: u8,
    pub limit: usize,
}

impl Side {
    pub fn other(self) -> Side {
        match self {
            Side::From => Side::To,
            Side::To => Side::From,
        }
    }
}

impl<'a, 'c> Walk<'a, 'c> {
    /// Resolves what a query names.
    pub fn of(
        context: &'c Context<'a>,
        start: Spot,
        query: &GraphQuery,
    ) -> Result<Walk<'a, 'c>, Error> {
        let (ix, object, edge) = edge_of(context, start, query)?;
        let on = query.on.unwrap_or(context.moment.today);
        let mut walk = Walk {
            context,
            edge,
            object,
            ix,
            plan: None,
            kinds: Vec::new(),
            on,
            depth: query.depth.clamp(1, DEPTH_MAX),
            limit: query.limit.clamp(1, NODES_MAX),
        };
        walk.kinds = walk.kinds_of(query)?;
        walk.plan = walk.planned()?;
        Ok(walk)
    }

    /// Every kind there is, with its family.
    pub fn options(&self) -> Vec<(&'a str, Option<&'a Name>)> {
        let field = self.object.at(self.edge.kind).map(|field| &field.kind);
        let Some(FieldType::Select { options }) = field else { return Vec::new() };
        let set = self.context.catalogue.options.get(options);
        let items = set.into_iter().flat_map(|set| &set.items);
        items
            .map(|(code, item)| {
                let family = item.tie.as_ref().and_then(|tie| tie.family.as_ref());
                (code.as_str(), family)
            })
            .collect()
    }

    fn kinds_of(&self, query: &GraphQuery) -> Result<Vec<String>, Error> {
        let options = self.options();
        let mut kinds: Vec<String> = Vec::new();
        for kind in &query.types {
            if !options.iter().any(|(code, _)| code == kind) {
                let known = options.iter().map(|(code, _)| *code);
                return Err(unknown("types", kind, known));
            }
            kinds.push(kind.clone());
        }
        for family in &query.families {
            if !self.edge.families.iter().any(|known| known.name == family.as_str()) {
                let known = self.edge.families.iter().map(|known| known.name.as_str());
                return Err(unknown("families", family, known));
            }
            let of = options.iter().filter(|(_, of)| of.is_some_and(|of| of == family.as_str()));
            kinds.extend(of.map(|(code, _)| (*code).to_owned()));
        }
        kinds.sort_unstable();
        kinds.dedup();
        Ok(kinds)
    }

    /// The read plan of the edges that hold on the day. What it filters by narrows it to edges that
    /// show their ends, kind and dates.
    fn planned(&self) -> Result<Option<Plan<'a>>, Error> {
        let (edge, context) = (self.edge, self.context);
        let name = |slot: Slot| self.object.at(slot).map_or("", |field| field.name.as_str());
        let mut conditions: Vec<String> = [edge.from, edge.to, edge.kind]
            .iter()
            .map(|slot| format!("{} is not empty", name(*slot)))
            .collect();
        let on = self.on;
        if let Some(start) = edge.start.map(name) {
            conditions.push(format!("({start} is empty or {start} <= date(\"{on}\"))"));
        }
        if let Some(end) = edge.end.map(name) {
            conditions.push(format!("({end} is empty or {end} >= date(\"{on}\"))"));
        }
        let rights = context.actor.rights();
        let slots = [Some(edge.from), Some(edge.to), Some(edge.kind)];
        let figures = [edge.share, edge.amount, edge.start, edge.end];
        let shown = slots
            .into_iter()
            .chain(figures)
            .flatten()
            .filter(|slot| rights.most(self.ix, Action::Read, *slot) > Access::Hidden);
        let query = Query {
            columns: shown.map(|slot| name(slot).to_owned()).collect(),
            filter: Some(conditions.join(" and ")),
            ..Query::of(self.object.name.as_str())
        };
        match Plan::of(context, &query, Action::Read) {
            Ok(plan) => Ok(Some(plan)),
            Err(Error::Refused(Refusal::Invisible | Refusal::Invalid(_))) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// The edges on which `spots` stand at `side`, of `kinds` (none: those asked for), at most
    /// [`FAN`] of each record and named kind. One statement.
    pub async fn step(&self, side: Side, spots: &[Spot], kinds: &[String]) -> Result<Step, Error> {
        let (Some(plan), false) = (&self.plan, spots.is_empty()) else {
            return Ok(Step::default());
        };
        let keys = self.keys(spots, kinds);
        let by_share = self.edge.share.filter(|_| !kinds.is_empty());
        let (order, descending) = match by_share {
            Some(share) => (share, true),
            None => (self.edge.kind, false),
        };
        let path = Path { steps: Vec::new(), object: self.ix, slot: order, up: 0 };
        let mut rows = plan.select(self.context, None, FAN + 1);
        rows.sort = vec![(path, descending)];
        let fan =
            Fan { rows, by: self.slot(side), kind: self.edge.kind, keys: &keys, window: WINDOW };
        let engine = self.context.engine;
        let rows = engine.store().fan(self.context.catalogue, &fan).await?;
        let mut found: Vec<Found> = rows.iter().filter_map(|row| self.found(plan, row)).collect();
        found.sort_by(|a, b| (&a.kind, a.id).cmp(&(&b.kind, b.id)));
        Ok(thin(found, side, !kinds.is_empty()))
    }

    /// How many edges of each kind `spots` stand on at `side`; as far as the window reaches.
    pub async fn counts(
        &self,
        side: Side,
        spots: &[Spot],
    ) -> Result<Vec<(Spot, String, u64)>, Error> {
        let (Some(plan), false) = (&self.plan, spots.is_empty()) else { return Ok(Vec::new()) };
        let every: Vec<String>;
        let kinds = if self.kinds.is_empty() {
            every = self.options().iter().map(|(code, _)| (*code).to_owned()).collect();
            &every
        } else {
            &self.kinds
        };
        let keys = self.keys(spots, kinds);
        let rows = plan.select(self.context, None, FAN);
        let window = WINDOW + 1;
        let fan = Fan { rows, by: self.slot(side), kind: self.edge.kind, keys: &keys, window };
        let engine = self.context.engine;
        let counts = engine.store().fan_counts(self.context.catalogue, &fan).await?;
        let counted = keys.into_iter().zip(counts).filter(|(_, count)| *count > 0);
        let spot = |key: &FanKey| spots.iter().find(|spot| spot.id == key.id).copied();
        Ok(counted.filter_map(|(key, count)| Some((spot(&key)?, key.kind?, count))).collect())
    }

    fn slot(&self, side: Side) -> Slot {
        match side {
            Side::From => self.edge.from,
            Side::To => self.edge.to,
        }
    }

    fn keys(&self, spots: &[Spot], kinds: &[String]) -> Vec<FanKey> {
        let kinds = if kinds.is_empty() { &self.kinds } else { kinds };
        let mut keys = Vec::with_capacity(spots.len() * kinds.len().max(1));
        for spot in spots {
            let Some(object) = self.context.catalogue.at(spot.object) else { continue };
            let key = |kind| FanKey { object: object.name.clone(), id: spot.id, kind };
            if kinds.is_empty() {
                keys.push(key(None));
            }
            keys.extend(kinds.iter().map(|kind| key(Some(kind.clone()))));
        }
        keys
    }

    fn found(&self, plan: &Plan<'_>, row: &[Value]) -> Option<Found> {
        let at = |slot: Slot| row.get(plan.slots.iter().position(|known| *known == slot)?);
        let spot = |slot: Slot| {
            let value = at(slot)?;
            let (object, id) = targets(self.context.catalogue, self.ix, slot, value).pop()?;
            Some(Spot { object, id })
        };
        let readable = |slot: &Slot| {
            let field = self.object.at(*slot);
            field.is_some_and(|field| field.shown(plan.access(row, *slot)) >= Access::Read)
        };
        let number = |slot: Slot| match at(slot)? {
            Value::Number(number) => Some(*number),
            _ => None,
        };
        let id = match at(base::ID)? {
            Value::Id(id) => *id,
            _ => return None,
        };
        let kind = match at(self.edge.kind)? {
            Value::Text(kind) => kind.to_string(),
            _ => return None,
        };
        Some(Found {
            id,
            from: spot(self.edge.from)?,
            to: spot(self.edge.to)?,
            kind,
            share: self.edge.share.filter(readable).and_then(number),
            view: plan.view(self.context, row),
        })
    }
}

/// Leaves out what is more than [`FAN`] of one record (and kind), and notes whose it was.
fn thin(found: Vec<Found>, side: Side, by_kind: bool) -> Step {
    let mut step = Step::default();
    let mut counts: std::collections::HashMap<(Uuid, Option<String>), u32> = Default::default();
    for edge in found {
        let spot = edge.at(side);
        let key = (spot.id, by_kind.then(|| edge.kind.clone()));
        let count = counts.entry(key).or_default();
        *count += 1;
        if *count <= FAN {
            step.found.push(edge);
        } else if !step.crowded.contains(&spot) {
            step.crowded.push(spot);
        }
    }
    step
}

/// A part of a query names what is not there.
fn unknown<'k>(at: &str, value: &str, known: impl Iterator<Item = &'k str>) -> Error {
    let known = known.collect::<Vec<_>>().join(", ");
    let violation = Violation::new(at, "unknown_value").with("name", at);
    Refusal::Invalid(vec![violation.with("value", value).with("known", known)]).into()
}

/// The edge object that a query names, or the first whose edges join records like `start`.
fn edge_of<'a>(
    context: &Context<'a>,
    start: Spot,
    query: &GraphQuery,
) -> Result<(ObjectIx, &'a Object, &'a Edge), Error> {
    let catalogue = context.catalogue;
    let here = catalogue.at(start.object).map(|object| &object.name);
    let joins = |object: &Object, slot: Slot| match object.at(slot).map(|field| &field.kind) {
        Some(FieldType::Reference { to, .. }) => here.is_some_and(|name| to.contains(name)),
        _ => false,
    };
    let mut edges = catalogue.objects.values().filter_map(|object| {
        let edge = object.edge.as_ref().filter(|_| !object.retired)?;
        let fits = joins(object, edge.from) || joins(object, edge.to);
        fits.then_some((object, edge))
    });
    let found = match &query.edge {
        Some(name) => edges.find(|(object, _)| object.name == name.as_str()),
        None => edges.next(),
    };
    let (object, edge) = found.ok_or_else(|| {
        let name = query.edge.clone().or(here.map(Name::to_string)).unwrap_or_default();
        refused("edge", "no_edges", &name)
    })?;
    let (ix, object_again) = context.object(object.name.as_str())?;
    debug_assert_eq!(object.name, object_again.name);
    Ok((ix, object_again, edge))
}
