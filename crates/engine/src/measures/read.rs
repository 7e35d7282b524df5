//! Reading measures under rights.
//!
//! A series for a record costs one query to see that it is visible, two for each kind of carrier, and
//! one for each 200 carriers; for a group two more. A series for an owner or unit costs one query over
//! days, or two over months: the months, and some days of the last one when it is not over.

use std::collections::BTreeMap;

use kernel::{Date, Decimal};
use schema::catalogue::{Label, SystemKind};
use schema::measure::{Measure, MeasureKind};
use schema::{Catalogue, Name, ObjectIx};
use serde::Serialize;
use store::measures::{By, Places, month_of};
use uuid::Uuid;

use super::parts;
use super::reach::{self, Reach};
use super::series::{Moves, Series, Span, Wanted, add_days, by_class, points};
use crate::moment::Moment;
use crate::org;
use crate::write::Context;
use crate::{Actor, Engine, Error, Refusal, Violation};

/// Most points of a series.
const POINTS: usize = 400;

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

/// Whose balance is broken down, and into what: a way from the whole down to one party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartsOf {
    /// Everything, by the units that have none above them.
    All,
    /// A unit with all below it, by the units directly below.
    Units(Uuid),
    /// A unit with all below it, by owners.
    Owners(Uuid),
    /// What an owner has, by subject; at this unit and below it only when one is given.
    Subjects(Uuid, Option<Uuid>),
}

/// What a balance is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// ISO 4217 code of all amounts, unless they are plain numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// False when the reader's grants reach only some of what was asked for.
    pub complete: bool,
    /// The whole balance at the end of the day.
    pub total: Decimal,
    /// What is in the whole and in none of the parts: of a unit, what lies at the unit itself; of an
    /// owner, what has changed hands since that day; and parts beyond the first 1,000.
    pub rest: Decimal,
    /// The parts, largest first.
    pub parts: Vec<Part>,
}

/// A part of a whole: a unit, owner or subject with its balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Unit, owner or subject; none for what belongs to nobody.
    pub id: Option<Uuid>,
    /// Its object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Name>,
    /// Its shown name, where the reader may see it.
    pub title: Option<String>,
    /// Its balance at the end of the day.
    pub value: Decimal,
    /// Its share of the whole, where that is more than nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Decimal>,
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

    /// What a balance is made of at the end of `day`: the next level below, with shares, largest
    /// first, at most 1,000. Subjects are those that belong to the owner now.
    ///
    /// Costs two queries for the whole, one for the parts of each object, one for names, and one
    /// more for the units below a unit.
    pub async fn measure_parts(
        &self,
        actor: &Actor,
        measure: &str,
        of: PartsOf,
        day: Date,
    ) -> Result<Parts, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let measure = context.measure_named(measure)?;
        if measure.kind == MeasureKind::Flow {
            return Err(Refusal::invalid("measure", "not_a_balance").into());
        }
        parts::read(&context, measure, of, day.min(moment.today)).await
    }
}

impl Context<'_> {
    fn measure_named(&self, name: &str) -> Result<&Measure, Refusal> {
        let found = self.catalogue.measures.get(name).ok_or(Refusal::Invisible)?;
        let readable = reach::may_read(self.catalogue, self.actor.rights(), found);
        readable.then_some(found).ok_or(Refusal::Invisible)
    }

    /// Which rows of the ledger by place answer a question, and whether they are all of it.
    pub(super) async fn places(
        &self,
        measure: &Measure,
        of: &MeasureOf,
    ) -> Result<(Places, bool), Error> {
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

    pub(super) async fn owner_places(
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
    pub(super) async fn unseen(
        &self,
        measure: &Measure,
        kind: SystemKind,
        id: Uuid,
    ) -> Result<Error, Error> {
        let Some((ix, _)) = self.catalogue.system(kind) else {
            return Ok(Refusal::Invisible.into());
        };
        let visible = self.engine.visible(self, ix, &[id]).await?;
        Ok(if visible.is_empty() { Refusal::Invisible.into() } else { self.refused(measure) })
    }

    pub(super) fn refused(&self, measure: &Measure) -> Error {
        Refusal::forbidden("read", &measure.name).into()
    }

    pub(super) async fn of_places(
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
        let (to, last) = (wanted.to, month_of(wanted.to));
        // Whichever part of the last month has fewer rows: nearly all that moves lies before today.
        let now = month_of(self.moment.today) == last;
        let without_later = now || to.day() * 2 > to.days_in_month();
        let until = if without_later { last } else { last - 1 };
        let by = By::Month(month_of(wanted.from), until);
        let mut classes = by_class(&store.measured_at(name, places, by).await?, wanted, true);
        let days = match without_later {
            true => to.tomorrow().ok().filter(|_| to != to.last_of_month()),
            false => Some(to.first_of_month()),
        };
        if let Some(from) = days {
            let until = if without_later { to.last_of_month() } else { to };
            let days = store.measured_at(name, places, By::DayAlone(from, until)).await?;
            add_days(&mut classes, &days, without_later);
        }
        Ok(classes)
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

pub(super) fn info(catalogue: &Catalogue, measure: &Measure) -> MeasureInfo {
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
