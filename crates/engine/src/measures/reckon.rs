//! What carriers should stand at, reckoned from the records, and what the ledger lacks of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kernel::Date;
use kernel::time::{date_from_days, days_since_epoch};
use schema::catalogue::base;
use schema::expr::Node;
use schema::measure::{Carrier, Dating, Measure, MeasureSource};
use schema::{ObjectIx, Slot, Value};
use store::measures::Place;
use store::records::Select;
use uuid::Uuid;

use super::adds::Image;
use super::book::{Held, id_in};
use super::reach;
use crate::Error;
use crate::rights::{field_in, own_field};
use crate::write::Context;

/// Records of a source read at a time.
const RECORDS: u32 = 2_000;

/// What the records say of one carrier.
#[derive(Default)]
pub(super) struct Reckoned {
    pub held: Option<Held>,
    pub place: Place,
    /// Movements by day.
    moved: BTreeMap<Date, i64>,
    /// States with the day they count from.
    states: Vec<(Date, i64)>,
}

/// What of a carrier's history the records can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// What it stands at in each class: something states balances.
    Sums,
    /// That, and what moved on each day.
    Days,
    /// What flowed on each day, whatever the class.
    Flows,
}

/// A difference of a carrier: class, day, amount that is missing.
pub(super) type Missing = (Arc<str>, Date, i64);

impl Context<'_> {
    /// What the records say of carriers: one query for them, one for each kind of subject, and one
    /// for each 2,000 records of each source.
    pub(super) async fn reckon(
        &self,
        measure: &Measure,
        carrier: &Carrier,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Reckoned>, Error> {
        let read = reach::fields(self.catalogue, measure);
        let slots = |object: ObjectIx| -> Vec<Slot> {
            let mut slots = BTreeSet::from([base::ID]);
            slots.extend(read.get(&object).into_iter().flatten().copied());
            slots.into_iter().collect()
        };
        let mut all: HashMap<Uuid, Reckoned> = HashMap::new();
        let mut subjects: BTreeMap<ObjectIx, BTreeSet<Uuid>> = BTreeMap::new();
        let by_id = |ids: &[Uuid]| field_in(carrier.object, base::ID, ids);
        let records = self.images(carrier.object, &slots(carrier.object), by_id(ids), None).await?;
        for values in &records {
            let held = self.held(carrier.object, carrier, values);
            if let Some((object, id)) = held.subject {
                subjects.entry(object).or_default().insert(id);
            }
            let id = values.first().map(id_in).unwrap_or_default();
            all.entry(id).or_default().held = Some(held);
        }
        let places = self.places_at(&subjects).await?;
        for says in all.values_mut() {
            let subject = says.held.as_ref().and_then(|held| held.subject);
            says.place = subject.and_then(|(_, id)| places.get(&id).copied()).unwrap_or_default();
        }
        for source in &measure.sources {
            if measure.carried_by(self.catalogue, source) != Some(carrier.object) {
                continue;
            }
            match source.via {
                None => self.reckon_in(measure, source, &records, &mut all)?,
                Some(via) => {
                    let mut after = None;
                    loop {
                        let filter = field_in(source.object, via, ids);
                        let slots = slots(source.object);
                        let some = self.images(source.object, &slots, filter, after).await?;
                        after = some.last().and_then(|values| values.first()).map(id_in);
                        let full = some.len() >= usize::try_from(RECORDS).unwrap_or(usize::MAX);
                        self.reckon_in(measure, source, &some, &mut all)?;
                        if !full {
                            break;
                        }
                    }
                }
            }
        }
        Ok(all)
    }

    fn reckon_in(
        &self,
        measure: &Measure,
        source: &MeasureSource,
        records: &[Vec<Value>],
        all: &mut HashMap<Uuid, Reckoned>,
    ) -> Result<(), Error> {
        for values in records {
            let image =
                Image { catalogue: self.catalogue, object: source.object, values, env: &self.env };
            let Some(added) = image.adds(measure, source)? else { continue };
            let Some(says) = all.get_mut(&added.carrier) else { continue };
            let day = added.day.unwrap_or(self.moment.today);
            match source.dating {
                Dating::On(_) => *says.moved.entry(day).or_default() += added.amount,
                Dating::AsOf(_) | Dating::Written => says.states.push((day, added.amount)),
            }
        }
        Ok(())
    }

    /// Records by slot, with only `slots` filled, in order of their ids.
    async fn images(
        &self,
        object: ObjectIx,
        slots: &[Slot],
        filter: Node,
        after: Option<Uuid>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        let width = self.catalogue.at(object).map_or(0, |found| found.fields.len());
        let select = Select {
            columns: slots.iter().map(|slot| own_field(object, *slot)).collect(),
            filter: Some(&filter),
            after: after.map(|id| vec![Value::Id(id)]),
            limit: RECORDS,
            ..Select::of(object, &self.env)
        };
        let rows = self.engine.store().select(self.catalogue, &select).await?;
        let full = |row: Vec<Value>| {
            let mut values = vec![Value::Null; width];
            for (slot, value) in slots.iter().zip(row) {
                if let Some(place) = values.get_mut(usize::from(slot.0)) {
                    *place = value;
                }
            }
            values
        };
        Ok(rows.into_iter().map(full).collect())
    }

    async fn places_at(
        &self,
        subjects: &BTreeMap<ObjectIx, BTreeSet<Uuid>>,
    ) -> Result<HashMap<Uuid, Place>, Error> {
        let mut places = HashMap::new();
        for (object, ids) in subjects {
            let columns =
                [base::ID, base::ORG_UNIT, base::OWNER].map(|slot| own_field(*object, slot));
            for row in self.rows_of(*object, ids, columns.to_vec()).await? {
                if let [id, unit, owner] = row.as_slice() {
                    places.insert(id_in(id), Place { unit: id_in(unit), owner: id_in(owner) });
                }
            }
        }
        Ok(places)
    }
}

impl Reckoned {
    /// What the ledger lacks. A flow stays under the class it had when it flowed.
    pub(super) fn missing(
        &self,
        entries: &[(i64, Arc<str>, i64)],
        class: &Arc<str>,
        (compared, today): (Compared, Date),
    ) -> Vec<Missing> {
        let mut should: BTreeMap<Date, i64> = self.moved.clone();
        for (day, amount) in &self.states {
            *should.entry(*day).or_default() += amount;
        }
        if entries.is_empty() {
            let each = should.into_iter().filter(|(_, amount)| *amount != 0);
            return each.map(|(day, amount)| (class.clone(), day, amount)).collect();
        }
        let mut missing: Vec<Missing> = Vec::new();
        let mut stands: BTreeMap<Arc<str>, i64> = BTreeMap::new();
        for (_, under, delta) in entries {
            *stands.entry(under.clone()).or_default() += delta;
        }
        if compared != Compared::Sums {
            let mut days: BTreeMap<i64, i64> = BTreeMap::new();
            for (day, _, delta) in entries {
                *days.entry(*day).or_default() -= delta;
            }
            for (day, amount) in &should {
                *days.entry(days_since_epoch(*day)).or_default() += amount;
            }
            for (day, delta) in days.into_iter().filter(|(_, delta)| *delta != 0) {
                missing.push((class.clone(), date_from_days(day).unwrap_or(today), delta));
                *stands.entry(class.clone()).or_default() += delta;
            }
        }
        if compared == Compared::Flows {
            return missing;
        }
        let total: i64 = should.values().sum();
        stands.entry(class.clone()).or_default();
        for (under, stands) in stands {
            let should = if under == *class { total } else { 0 };
            if should != stands {
                missing.push((under, today, should - stands));
            }
        }
        missing
    }
}
