//! What a balance is made of: each level from the whole down to single subjects, with shares.
//!
//! Every level is answered by the ledger alone, and only where the reader's grants reach all of it.

use std::collections::BTreeMap;

use kernel::decimal::to_scaled;
use kernel::{Date, Decimal};
use schema::catalogue::{SystemKind, base};
use schema::measure::Measure;
use schema::{Name, ObjectIx, Value};
use store::measures::{Holder, Places, SubjectsOf};
use uuid::Uuid;

use super::book::may_point;
use super::reach;
use super::read::{MeasureOf, Part, Parts, PartsOf};
use super::series::{Span, Wanted, decimal, half_up, points};
use crate::org::{self, Reader};
use crate::read::expand::all_titles;
use crate::rights::{field_is, own_field};
use crate::write::Context;
use crate::{Error, Refusal};

/// Most parts told apart.
const PARTS: usize = 1_000;

/// Digits after the point of a share.
const SHARE: u8 = 4;

/// Parts as they are found: of which object, and how much each has.
type Found = Vec<(ObjectIx, Uuid, i64)>;

/// Reads the whole and its parts.
pub(super) async fn read(
    context: &Context<'_>,
    measure: &Measure,
    of: PartsOf,
    day: Date,
) -> Result<Parts, Error> {
    let (places, complete) = places(context, measure, of).await?;
    let from = Span::Month.start(day);
    let wanted = Wanted { from, to: day, by: Span::Month, split: false, average: false };
    let classes = context.of_places(measure, &places, wanted).await?;
    let total = points(measure, &classes, wanted).pop().map_or(Decimal::ZERO, |point| point.value);
    let mut found = match of {
        PartsOf::All => by_unit(context, measure, None, day).await?,
        PartsOf::Units(unit) => by_unit(context, measure, Some(unit), day).await?,
        PartsOf::Owners(unit) => {
            let ix = system(context, SystemKind::User)?;
            let holder = (Holder::Owners, [].as_slice());
            let store = context.engine.store();
            let found = store.measured_below(&measure.name, unit, holder, day).await?;
            found.into_iter().map(|(id, value)| (ix, id, value)).collect()
        }
        PartsOf::Subjects(owner, _) => by_subject(context, measure, (owner, &places), day).await?,
    };
    found.sort_by_key(|(_, id, value)| (std::cmp::Reverse(*value), *id));
    found.truncate(PARTS);
    told(context, measure, found, (total, complete)).await
}

/// Where the whole lies, and whether that is all that was asked for.
async fn places(
    context: &Context<'_>,
    measure: &Measure,
    of: PartsOf,
) -> Result<(Places, bool), Error> {
    match of {
        PartsOf::All => context.places(measure, &MeasureOf::All).await,
        PartsOf::Units(unit) | PartsOf::Owners(unit) => {
            context.places(measure, &MeasureOf::Unit(unit, true)).await
        }
        PartsOf::Subjects(owner, unit) => {
            let of = MeasureOf::Owner(owner);
            let (places, complete) = context.places(measure, &of).await?;
            let Some(unit) = unit else { return Ok((places, complete)) };
            let below = org::below(context, unit).await?;
            let Places::Owner(_, reached) = places else {
                return Err(Error::Internal(format!("owner {owner} has places of their own")));
            };
            let within = |id: &Uuid| reached.as_ref().is_none_or(|units| units.contains(id));
            let (seen, unseen): (Vec<Uuid>, Vec<Uuid>) = below.iter().copied().partition(within);
            if seen.is_empty() {
                return Err(context.unseen(measure, SystemKind::OrgUnit, unit).await?);
            }
            Ok((Places::Owner(owner, Some(seen)), unseen.is_empty()))
        }
    }
}

fn system(context: &Context<'_>, kind: SystemKind) -> Result<ObjectIx, Error> {
    context.catalogue.system(kind).map(|(ix, _)| ix).ok_or_else(|| Refusal::Invisible.into())
}

/// The units directly below one, or those with none above, each with all below it.
async fn by_unit(
    context: &Context<'_>,
    measure: &Measure,
    unit: Option<Uuid>,
    day: Date,
) -> Result<Found, Error> {
    let ix = system(context, SystemKind::OrgUnit)?;
    let children = units_below(context, ix, unit).await?;
    let Some(first) = unit.or(children.first().copied()) else { return Ok(Vec::new()) };
    let holder = (Holder::Units, children.as_slice());
    let store = context.engine.store();
    let found = store.measured_below(&measure.name, first, holder, day).await?;
    Ok(found.into_iter().map(|(id, value)| (ix, id, value)).collect())
}

async fn units_below(
    context: &Context<'_>,
    ix: ObjectIx,
    unit: Option<Uuid>,
) -> Result<Vec<Uuid>, Error> {
    let Some(object) = context.catalogue.at(ix) else { return Ok(Vec::new()) };
    let parent = org::slot(object, "parent")?;
    let platform = context.engine.system(None, "measure");
    let reader = Reader {
        engine: context.engine,
        catalogue: context.catalogue,
        moment: context.moment,
        platform: &platform,
    };
    let above = match unit {
        Some(unit) => field_is(ix, parent, unit),
        None => schema::expr::Node::IsEmpty(Box::new(own_field(ix, parent))),
    };
    let most = u32::try_from(PARTS).unwrap_or(u32::MAX);
    let columns = vec![own_field(ix, base::ID)];
    let rows = reader.select(ix, columns, Some(above), (None, most)).await?;
    let ids = rows.into_iter().flatten().filter_map(|value| match value {
        Value::Id(id) => Some(id),
        _ => None,
    });
    Ok(ids.collect())
}

/// An owner's subjects of every object that a carrier may belong to.
async fn by_subject(
    context: &Context<'_>,
    measure: &Measure,
    (owner, places): (Uuid, &Places),
    day: Date,
) -> Result<Found, Error> {
    let units = match places {
        Places::Owner(_, units) => units.as_deref(),
        _ => None,
    };
    let most = u32::try_from(PARTS).unwrap_or(u32::MAX);
    let mut sums: BTreeMap<(ObjectIx, Uuid), i64> = BTreeMap::new();
    for carrier in &measure.carriers {
        for subject in reach::subjects(context.catalogue, measure) {
            if !may_point(context.catalogue, carrier, subject) {
                continue;
            }
            let of =
                SubjectsOf { subject, carrier: (carrier.object, carrier.subject), owner, units };
            let store = context.engine.store();
            let ask = store.measured_subjects(context.catalogue, &measure.name, of, (day, most));
            for (id, value) in ask.await? {
                *sums.entry((subject, id)).or_default() += value;
            }
        }
    }
    Ok(sums.into_iter().map(|((ix, id), value)| (ix, id, value)).collect())
}

/// The parts with names and shares, and what is left of the whole.
async fn told(
    context: &Context<'_>,
    measure: &Measure,
    found: Found,
    (total, complete): (Decimal, bool),
) -> Result<Parts, Error> {
    let whole = to_scaled(total, u32::from(measure.scale))
        .map_err(|error| Error::Internal(format!("measure `{}`: {error}", measure.name)))?;
    let mut wanted: BTreeMap<ObjectIx, Vec<Uuid>> = BTreeMap::new();
    for (ix, id, _) in found.iter().filter(|(_, id, _)| !id.is_nil()) {
        wanted.entry(*ix).or_default().push(*id);
    }
    let titles = all_titles(context, wanted).await?;
    let told: i128 = found.iter().map(|(_, _, value)| i128::from(*value)).sum();
    let part = |(ix, id, value): (ObjectIx, Uuid, i64)| {
        let known = !id.is_nil();
        let object: Option<Name> = context.catalogue.at(ix).map(|object| object.name.clone());
        Part {
            id: known.then_some(id),
            object: object.filter(|_| known),
            title: titles.get(&id).cloned(),
            value: decimal(i128::from(value), measure.scale),
            share: share(value, whole),
        }
    };
    Ok(Parts {
        currency: measure.currency.clone(),
        complete,
        total,
        rest: decimal(i128::from(whole) - told, measure.scale),
        parts: found.into_iter().map(part).collect(),
    })
}

/// A part of a whole that is more than nothing, rounded half up.
fn share(part: i64, whole: i64) -> Option<Decimal> {
    let units = i128::from(part) * 10_i128.pow(u32::from(SHARE));
    (whole > 0).then(|| decimal(half_up(units, i128::from(whole)), SHARE))
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_are_rounded_half_up_and_only_of_something() {
        let check = |part, whole, expected: Option<&str>| {
            let found = share(part, whole).map(|share| share.to_string());
            assert_eq!(found.as_deref(), expected, "{part} of {whole}");
        };
        check(1, 3, Some("0.3333"));
        check(2, 3, Some("0.6667"));
        check(3, 3, Some("1.0000"));
        check(-1, 3, Some("-0.3333"));
        check(5, 0, None);
        check(5, -3, None);
    }
}
