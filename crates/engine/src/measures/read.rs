//! Reading measures under rights.
//!
//! A series for a record costs one query to see that it is visible, two for each kind of carrier, and
//! one for each 200 carriers; for a group two more. A series for an owner or unit costs one query over
//! days, or two over months: the months, and the days of the last month when it is not over.

use std::collections::BTreeMap;

use kernel::{Date, Decimal};
use schema::catalogue::{Label, SystemKind, base};
use schema::measure::{Measure, MeasureKind};
use schema::{Catalogue, Name, ObjectIx, Value};
use serde::Serialize;
use store::measures::{By, Holder, Places, month_of};
use uuid::Uuid;

use super::reach::{self, Reach};
use super::series::{Moves, Series, Span, Wanted, add_days, by_class, decimal, points};
use crate::moment::Moment;
use crate::org::{self, Reader};
use crate::read::expand::all_titles;
use crate::rights::{field_is, own_field};
use crate::write::Context;
use crate::{Actor, Engine, Error, Refusal, Violation};

/// Most points of a series.
const POINTS: usize = 400;
/// Most units or owners told apart.
const PARTS: usize = 1_000;

/// A measure over time, for someone or some place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureQuery {
    /// Name of the measure.
    pub measure: String,
    /// For whom.
    pub of: MeasureOf,
    /// A day of the first span.
    pub from: Date,
    /// The last day; today when later.
    pub to: Date,
    /// What one point is about.
    pub by: Span,
    /// With values by class.
    pub split: bool,
    /// With the mean of the daily balances of each span.
    pub average: bool,
}

/// For whom a measure is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeasureOf {
    /// A record: a subject, or a group of subjects.
    Record(String, Uuid),
    /// All that an owner's subjects have.
    Owner(Uuid),
    /// All that the subjects of an org unit have; with those of units below it or without.
    Unit(Uuid, bool),
    /// Everything.
    All,
}

/// What a reader is told of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureInfo {
    /// Name in the API.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// `balance` or `flow`.
    pub kind: &'static str,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Digits after the point.
    pub scale: u8,
    /// Option set that names the classes.
    pub classes: Option<Name>,
    /// Objects whose records it can be asked for.
    pub subjects: Vec<Name>,
    /// Object of the groups it can be asked for.
    pub groups: Vec<Name>,
}

/// A part of a whole: a unit or owner with its balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Unit or owner; none for what belongs to nobody.
    pub id: Option<Uuid>,
    /// Its shown name, where the reader may see it.
    pub title: Option<String>,
    /// Its balance at the end of the day.
    pub value: Decimal,
}

impl Engine {
    /// The measures of which `actor` may read something, in the order they are defined. No query.
    pub async fn measures(&self, actor: &Actor) -> Result<Vec<MeasureInfo>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let readable = catalogue
            .measures
            .values()
            .filter(|measure| reach::may_read(&catalogue, actor.rights(), measure));
        Ok(readable.map(|measure| info(&catalogue, measure)).collect())
    }

    /// A measure over time, of what `actor` may read of it.
    pub async fn measure(&self, actor: &Actor, query: &MeasureQuery) -> Result<Series, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let measure = context.measure_named(&query.measure)?;
        let wanted = wanted(measure, query, moment.today)?;
        let (complete, classes) = match &query.of {
            MeasureOf::Record(object, id) => {
                context.of_record(measure, object, *id, wanted).await?
            }
            _ => {
                let (places, complete) = context.places(measure, &query.of).await?;
                (complete, context.of_places(measure, &places, wanted).await?)
            }
        };
        Ok(Series {
            measure: measure.name.to_string(),
            currency: measure.currency.clone(),
            complete,
            points: points(measure, &classes, wanted),
        })
    }

    /// What a unit's balance is made of on `day`: the units directly below it, each with all below
    /// it, or the owners at it and below it; largest first, at most 1,000. Costs two queries, and
    /// one for names.
    pub async fn measure_parts(
        &self,
        actor: &Actor,
        measure: &str,
        unit: Uuid,
        (owners, day): (bool, Date),
    ) -> Result<Vec<Part>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let measure = context.measure_named(measure)?;
        if measure.kind == MeasureKind::Flow {
            return Err(Refusal::invalid("measure", "not_a_balance").into());
        }
        context.places(measure, &MeasureOf::Unit(unit, true)).await?;
        let children = if owners { Vec::new() } else { context.units_below(unit).await? };
        let holder = if owners { Holder::Owners } else { Holder::Units };
        let day = day.min(moment.today);
        let found =
            self.store().measured_below(&measure.name, unit, (holder, &children), day).await?;
        let kind = if owners { SystemKind::User } else { SystemKind::OrgUnit };
        context.parts(measure, kind, found).await
    }
}

impl Context<'_> {
    fn measure_named(&self, name: &str) -> Result<&Measure, Refusal> {
        let found = self.catalogue.measures.get(name).ok_or(Refusal::Invisible)?;
        let readable = reach::may_read(self.catalogue, self.actor.rights(), found);
        readable.then_some(found).ok_or(Refusal::Invisible)
    }

    /// Which rows of the ledger by place answer a question, and whether they are all of it.
    async fn places(&self, measure: &Measure, of: &MeasureOf) -> Result<(Places, bool), Error> {
        let reach = reach::reach(self.catalogue, self.actor.rights(), measure);
        match of {
            MeasureOf::All if reach.all => Ok((Places::All, true)),
            MeasureOf::All | MeasureOf::Record(..) => Err(self.refused(measure)),
            MeasureOf::Unit(unit, below) => {
                let units = match below {
                    true => org::below(self, *unit).await?,
                    false => [*unit].into(),
                };
                let within = |unit: &Uuid| reach.all || reach.units.contains(unit);
                if !units.iter().all(within) {
                    return Err(self.unseen(measure, SystemKind::OrgUnit, *unit).await?);
                }
                let places = if *below { Places::Below(*unit) } else { Places::Unit(*unit) };
                Ok((places, true))
            }
            MeasureOf::Owner(owner) => self.owner_places(measure, &reach, *owner).await,
        }
    }

    async fn owner_places(
        &self,
        measure: &Measure,
        reach: &Reach,
        owner: Uuid,
    ) -> Result<(Places, bool), Error> {
        if reach.all || reach.owners.contains(&owner) {
            return Ok((Places::Owner(owner, None), true));
        }
        if reach.units.is_empty() {
            return Err(self.unseen(measure, SystemKind::User, owner).await?);
        }
        let units = reach.units.iter().copied().collect();
        Ok((Places::Owner(owner, Some(units)), false))
    }

    /// Forbidden when the unit or user itself may be seen; otherwise as if it were not there.
    async fn unseen(&self, measure: &Measure, kind: SystemKind, id: Uuid) -> Result<Error, Error> {
        let Some((ix, _)) = self.catalogue.system(kind) else {
            return Ok(Refusal::Invisible.into());
        };
        let visible = self.engine.visible(self, ix, &[id]).await?;
        Ok(if visible.is_empty() { Refusal::Invisible.into() } else { self.refused(measure) })
    }

    pub(super) fn refused(&self, measure: &Measure) -> Error {
        Refusal::forbidden("read", &measure.name).into()
    }

    async fn of_places(
        &self,
        measure: &Measure,
        places: &Places,
        wanted: Wanted,
    ) -> Result<BTreeMap<std::sync::Arc<str>, Moves>, Error> {
        let (store, name) = (self.engine.store(), &measure.name);
        if wanted.by == Span::Day {
            let sums = store.measured_at(name, places, By::Day(wanted.from, wanted.to)).await?;
            return Ok(by_class(&sums, wanted, false));
        }
        let last = month_of(wanted.to);
        let over = wanted.to.day() == wanted.to.days_in_month();
        let until = if over { last } else { last - 1 };
        let by = By::Month(month_of(wanted.from), until);
        let mut classes = by_class(&store.measured_at(name, places, by).await?, wanted, true);
        if !over {
            let first = Span::Month.start(wanted.to);
            let by = By::DayAlone(first, wanted.to);
            let days = store.measured_at(name, places, by).await?;
            add_days(&mut classes, &days, first);
        }
        Ok(classes)
    }

    /// The units directly below one.
    async fn units_below(&self, unit: Uuid) -> Result<Vec<Uuid>, Error> {
        let Some((ix, object)) = self.catalogue.system(SystemKind::OrgUnit) else {
            return Ok(Vec::new());
        };
        let parent = org::slot(object, "parent")?;
        let platform = self.engine.system(None, "measure");
        let reader = Reader {
            engine: self.engine,
            catalogue: self.catalogue,
            moment: self.moment,
            platform: &platform,
        };
        let most = u32::try_from(PARTS).unwrap_or(u32::MAX);
        let columns = vec![own_field(ix, base::ID)];
        let rows =
            reader.select(ix, columns, Some(field_is(ix, parent, unit)), (None, most)).await?;
        let ids = rows.into_iter().flatten().filter_map(|value| match value {
            Value::Id(id) => Some(id),
            _ => None,
        });
        Ok(ids.collect())
    }

    async fn parts(
        &self,
        measure: &Measure,
        kind: SystemKind,
        mut found: Vec<(Uuid, i64)>,
    ) -> Result<Vec<Part>, Error> {
        found.sort_by_key(|(id, value)| (std::cmp::Reverse(*value), *id));
        found.truncate(PARTS);
        let ids: Vec<Uuid> = found.iter().map(|(id, _)| *id).filter(|id| !id.is_nil()).collect();
        let mut wanted = BTreeMap::new();
        if let Some((ix, _)) = self.catalogue.system(kind) {
            wanted.insert(ix, ids);
        }
        let titles = all_titles(self, wanted).await?;
        let part = |(id, value): (Uuid, i64)| Part {
            id: (!id.is_nil()).then_some(id),
            title: titles.get(&id).cloned(),
            value: decimal(i128::from(value), measure.scale),
        };
        Ok(found.into_iter().map(part).collect())
    }
}

/// Checks the spans asked for and moves the first day to the start of its span.
fn wanted(measure: &Measure, query: &MeasureQuery, today: Date) -> Result<Wanted, Refusal> {
    let to = query.to.min(today);
    let mut violations = Vec::new();
    if query.from > query.to {
        violations.push(Violation::new("from", "after_to"));
    }
    let from = query.by.start(query.from.min(to));
    if query.by.between(from, to, POINTS).len() > POINTS {
        violations.push(Violation::new("from", "too_many").with("max", POINTS.to_string()));
    }
    if query.average && measure.kind == MeasureKind::Flow {
        violations.push(Violation::new("average", "not_a_balance"));
    }
    if !violations.is_empty() {
        return Err(Refusal::Invalid(violations));
    }
    Ok(Wanted { from, to, by: query.by, split: query.split, average: query.average })
}

/// Objects of groups that a measure can be asked for.
pub(super) fn groups(catalogue: &Catalogue, measure: &Measure) -> Vec<ObjectIx> {
    let Some(members) = &measure.members else { return Vec::new() };
    let field = catalogue.at(members.object).and_then(|object| object.at(members.group));
    match field.map(|field| &field.kind) {
        Some(schema::FieldType::Reference { to, .. }) => {
            to.iter().filter_map(|name| Some(catalogue.object(name.as_str())?.0)).collect()
        }
        _ => Vec::new(),
    }
}

fn info(catalogue: &Catalogue, measure: &Measure) -> MeasureInfo {
    let named = |all: Vec<ObjectIx>| -> Vec<Name> {
        all.into_iter().filter_map(|ix| Some(catalogue.at(ix)?.name.clone())).collect()
    };
    MeasureInfo {
        name: measure.name.clone(),
        label: measure.label.clone(),
        kind: match measure.kind {
            MeasureKind::Balance => "balance",
            MeasureKind::Flow => "flow",
        },
        currency: measure.currency.clone(),
        scale: measure.scale,
        classes: measure.classes.clone(),
        subjects: named(reach::subjects(catalogue, measure)),
        groups: named(groups(catalogue, measure)),
    }
}
