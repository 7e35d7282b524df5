//! What a write does to the ledger of measures.
//!
//! The difference of what each record adds before and after goes to its carrier, and to the org unit
//! and owner of whom the carrier belongs to. When a carrier changes hands or class, or its subject
//! another owner or unit, what it stands at goes over on the business day; what flowed stays where it
//! was. Costs, for each measure touched, one query for carriers beyond the write and one for subjects,
//! however many records there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kernel::Date;
use schema::catalogue::base;
use schema::measure::{Carrier, Dating, Measure, MeasureKind, MeasureSource};
use schema::{Catalogue, ObjectIx, Slot, Value};
use store::measures::{Bookings, Carriers, Movement, Place, Transfer};
use store::records::Select;
use store::{Change, Write};
use uuid::Uuid;

use super::adds::{Added, Image};
use crate::Error;
use crate::rights::{field_in, own_field};
use crate::write::{Context, id_of, targets};

/// Records asked for in one query.
const SOME: usize = 500;

/// One record of the write, before and after.
struct Touch<'w> {
    object: ObjectIx,
    id: Uuid,
    before: Option<&'w [Value]>,
    after: Option<&'w [Value]>,
}

/// A difference on its way to a carrier.
struct Difference {
    carrier: (ObjectIx, Uuid),
    day: Date,
    delta: i64,
}

/// Whom a carrier belongs to, and its class.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub subject: Option<(ObjectIx, Uuid)>,
    pub class: Arc<str>,
}

/// The touched records, in order and by their ids.
struct Touches<'w> {
    list: Vec<Touch<'w>>,
    by_id: HashMap<Uuid, usize>,
}

impl<'w> Touches<'w> {
    fn find(&self, object: ObjectIx, id: Uuid) -> Option<&Touch<'w>> {
        let found = self.list.get(*self.by_id.get(&id)?)?;
        (found.object == object).then_some(found)
    }
}

/// What is known of subjects: where each belongs before and after the write.
#[derive(Default)]
struct Subjects(HashMap<Uuid, (Place, Place)>);

impl Context<'_> {
    /// Adds to `write` what it does to measures, and guards on what that was reckoned from.
    pub(crate) async fn book(&self, write: &mut Write) -> Result<(), Error> {
        let touches = touches(self.catalogue, &write.changes);
        if touches.list.is_empty() {
            return Ok(());
        }
        let mut subjects = Subjects::default();
        let mut bookings = Bookings::default();
        let mut guards = BTreeSet::new();
        for measure in self.catalogue.measures.values() {
            let differences = self.differences(measure, &touches)?;
            let held = self.carriers(measure, &touches, &differences, &mut guards).await?;
            let moved = self.moved_carriers(measure, &touches);
            let wanted = held.values().filter_map(|held| held.subject);
            let moving = moved.iter().flat_map(|(_, from, to)| [from.subject, to.subject]);
            let wanted: BTreeSet<_> = wanted.chain(moving.flatten()).collect();
            self.subjects(&touches, wanted, (&mut subjects, &mut guards)).await?;
            if measure.kind == MeasureKind::Balance {
                bookings.transfers.extend(self.carrier_transfers(measure, &moved, &subjects));
                bookings.transfers.extend(self.subject_transfers(measure, &touches));
            }
            for Difference { carrier: (_, carrier), day, delta } in differences {
                let held = held.get(&carrier).cloned();
                let subject = held.as_ref().and_then(|held| held.subject);
                let place = subjects.after(subject);
                let class = held.map_or_else(|| Arc::from(""), |held| held.class);
                let measure = measure.name.clone();
                bookings.movements.push(Movement { measure, carrier, place, class, day, delta });
            }
        }
        write.bookings.merge(bookings);
        write.guards.extend(guards);
        Ok(())
    }

    fn image<'a>(&'a self, object: ObjectIx, values: &'a [Value]) -> Image<'a> {
        Image { catalogue: self.catalogue, object, values, env: &self.env }
    }

    /// What the touched records add more or less than before.
    fn differences(
        &self,
        measure: &Measure,
        touches: &Touches<'_>,
    ) -> Result<Vec<Difference>, Error> {
        let mut found = Vec::new();
        for source in &measure.sources {
            let Some(carried_by) = measure.carried_by(self.catalogue, source) else { continue };
            for touch in touches.list.iter().filter(|touch| touch.object == source.object) {
                let adds = |values: Option<&[Value]>| match values {
                    Some(values) => self.image(touch.object, values).adds(measure, source),
                    None => Ok(None),
                };
                let (before, after) = (adds(touch.before)?, adds(touch.after)?);
                let today = self.moment.today;
                let day = touch.after.and_then(|values| self.state_day(source, touch, values));
                let parts = parts(source, (before, after), day.unwrap_or(today));
                found.extend(parts.into_iter().flatten().map(|(carrier, day, delta)| Difference {
                    carrier: (carried_by, carrier),
                    day,
                    delta,
                }));
            }
        }
        Ok(found)
    }

    fn state_day(
        &self,
        source: &MeasureSource,
        touch: &Touch<'_>,
        values: &[Value],
    ) -> Option<Date> {
        match source.dating {
            Dating::AsOf(slot) => self.image(touch.object, values).date(slot),
            Dating::Written | Dating::On(_) => None,
        }
    }

    /// The carriers of the differences, as they are after the write.
    async fn carriers(
        &self,
        measure: &Measure,
        touches: &Touches<'_>,
        differences: &[Difference],
        guards: &mut BTreeSet<(ObjectIx, Uuid, u64)>,
    ) -> Result<HashMap<Uuid, Held>, Error> {
        let mut held = HashMap::new();
        let mut unknown: BTreeMap<ObjectIx, BTreeSet<Uuid>> = BTreeMap::new();
        for Difference { carrier: (object, id), .. } in differences {
            let Some(carrier) = measure.carrier(*object) else { continue };
            if held.contains_key(id) {
                continue;
            }
            match touches.find(*object, *id) {
                Some(touch) => {
                    if let Some(values) = touch.after.or(touch.before) {
                        held.insert(*id, self.held(*object, carrier, values));
                    }
                }
                None => {
                    unknown.entry(*object).or_default().insert(*id);
                }
            }
        }
        for (object, ids) in unknown {
            let Some(carrier) = measure.carrier(object) else { continue };
            let mut columns = vec![
                own_field(object, base::ID),
                own_field(object, base::VERSION),
                own_field(object, carrier.subject),
            ];
            columns.extend(carrier.class.as_ref().map(|class| class.root.clone()));
            for row in self.rows_of(object, &ids, columns).await? {
                let [Value::Id(id), Value::Number(version), subject, class @ ..] = row.as_slice()
                else {
                    continue;
                };
                let class = match class {
                    [Value::Text(class)] => Arc::clone(class),
                    _ => Arc::from(""),
                };
                let subject = targets(self.catalogue, object, carrier.subject, subject).pop();
                held.insert(*id, Held { subject, class });
                guards.extend(guard(object, *id, *version));
            }
        }
        Ok(held)
    }

    pub(super) fn held(&self, object: ObjectIx, carrier: &Carrier, values: &[Value]) -> Held {
        let image = self.image(object, values);
        Held { subject: image.reference(carrier.subject), class: image.class(carrier) }
    }

    /// Carriers of the write that go to another subject or class.
    fn moved_carriers(&self, measure: &Measure, touches: &Touches<'_>) -> Vec<(Uuid, Held, Held)> {
        if measure.kind == MeasureKind::Flow {
            return Vec::new();
        }
        let moved = touches.list.iter().filter_map(|touch| {
            let carrier = measure.carrier(touch.object)?;
            let (before, after) = (touch.before?, touch.after?);
            let from = self.held(touch.object, carrier, before);
            let to = self.held(touch.object, carrier, after);
            (from != to).then_some((touch.id, from, to))
        });
        moved.collect()
    }

    fn carrier_transfers(
        &self,
        measure: &Measure,
        moved: &[(Uuid, Held, Held)],
        subjects: &Subjects,
    ) -> Vec<Transfer> {
        let transfers = moved.iter().filter_map(|(id, from, to)| {
            let places = (subjects.before(from.subject), subjects.before(to.subject));
            let class = (from.class != to.class).then(|| Arc::clone(&to.class));
            (places.0 != places.1 || class.is_some()).then(|| Transfer {
                measure: measure.name.clone(),
                carriers: Carriers::One(*id),
                from: places.0,
                to: places.1,
                class,
                day: self.moment.today,
            })
        });
        transfers.collect()
    }

    /// Transfers of all that belongs to subjects which change their owner or unit.
    fn subject_transfers(&self, measure: &Measure, touches: &Touches<'_>) -> Vec<Transfer> {
        let mut transfers = Vec::new();
        for touch in &touches.list {
            let (Some(before), Some(after)) = (touch.before, touch.after) else { continue };
            let (from, to) = (place_of(before), place_of(after));
            if from == to {
                continue;
            }
            for carrier in &measure.carriers {
                if !may_point(self.catalogue, carrier, touch.object) {
                    continue;
                }
                transfers.push(Transfer {
                    measure: measure.name.clone(),
                    carriers: Carriers::Of(carrier.object, carrier.subject, touch.id),
                    from,
                    to,
                    class: None,
                    day: self.moment.today,
                });
            }
        }
        transfers
    }

    /// Learns where subjects belong, as far as it is not known yet.
    async fn subjects(
        &self,
        touches: &Touches<'_>,
        wanted: BTreeSet<(ObjectIx, Uuid)>,
        (known, guards): (&mut Subjects, &mut BTreeSet<(ObjectIx, Uuid, u64)>),
    ) -> Result<(), Error> {
        let mut unknown: BTreeMap<ObjectIx, BTreeSet<Uuid>> = BTreeMap::new();
        for (object, id) in wanted {
            if known.0.contains_key(&id) {
                continue;
            }
            match touches.find(object, id) {
                Some(touch) => {
                    let before = touch.before.or(touch.after).map(place_of).unwrap_or_default();
                    let after = touch.after.or(touch.before).map(place_of).unwrap_or_default();
                    known.0.insert(id, (before, after));
                }
                None => {
                    unknown.entry(object).or_default().insert(id);
                }
            }
        }
        for (object, ids) in unknown {
            let columns = [base::ID, base::VERSION, base::ORG_UNIT, base::OWNER]
                .map(|slot| own_field(object, slot));
            for row in self.rows_of(object, &ids, columns.to_vec()).await? {
                let [Value::Id(id), Value::Number(version), unit, owner] = row.as_slice() else {
                    continue;
                };
                let place = Place { unit: id_in(unit), owner: id_in(owner) };
                known.0.insert(*id, (place, place));
                guards.extend(guard(object, *id, *version));
            }
        }
        Ok(())
    }

    /// Columns of records by their ids, as the platform sees them.
    pub(super) async fn rows_of(
        &self,
        object: ObjectIx,
        ids: &BTreeSet<Uuid>,
        columns: Vec<schema::expr::Node>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        let ids: Vec<Uuid> = ids.iter().copied().collect();
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(SOME) {
            let filter = field_in(object, base::ID, some);
            let select = Select {
                columns: columns.clone(),
                filter: Some(&filter),
                limit: u32::try_from(some.len()).unwrap_or(u32::MAX),
                ..Select::of(object, &self.env)
            };
            found.extend(self.engine.store().select(self.catalogue, &select).await?);
        }
        Ok(found)
    }
}

impl Subjects {
    fn before(&self, subject: Option<(ObjectIx, Uuid)>) -> Place {
        subject.and_then(|(_, id)| self.0.get(&id)).map_or_else(Place::default, |known| known.0)
    }

    fn after(&self, subject: Option<(ObjectIx, Uuid)>) -> Place {
        subject.and_then(|(_, id)| self.0.get(&id)).map_or_else(Place::default, |known| known.1)
    }
}

type Part = Option<(Uuid, Date, i64)>;

/// A movement is taken from its old day and put on its new one; a state differs from the day on
/// that the record says, or else from today.
fn parts(
    source: &MeasureSource,
    (before, after): (Option<Added>, Option<Added>),
    today: Date,
) -> [Part; 2] {
    let on = |added: Added, sign: i64| match source.dating {
        Dating::On(_) => (added.carrier, added.day.unwrap_or(today), added.amount * sign),
        Dating::Written | Dating::AsOf(_) => (added.carrier, today, added.amount * sign),
    };
    match (before.map(|added| on(added, -1)), after.map(|added| on(added, 1))) {
        (Some(less), Some(more)) if less.0 == more.0 && less.1 == more.1 => {
            let delta = less.2.saturating_add(more.2);
            [(delta != 0).then_some((more.0, more.1, delta)), None]
        }
        both => [both.0, both.1],
    }
}

/// The changes of records that some measure looks at.
fn touches<'w>(catalogue: &Catalogue, changes: &'w [Change]) -> Touches<'w> {
    if catalogue.measures.is_empty() {
        return Touches { list: Vec::new(), by_id: HashMap::new() };
    }
    let mut looked_at: HashMap<ObjectIx, bool> = HashMap::new();
    let each = changes.iter().filter_map(|change| {
        let touch = match change {
            Change::Insert { object, values } | Change::Restore { object, values } => {
                Touch { object: *object, id: id_of(values), before: None, after: Some(values) }
            }
            Change::Update { object, before, values, .. } if !before.is_empty() => Touch {
                object: *object,
                id: id_of(values),
                before: Some(before),
                after: Some(values),
            },
            Change::Update { .. } => return None,
            Change::Delete { object, id, image, .. } => {
                Touch { object: *object, id: *id, before: Some(image), after: None }
            }
        };
        let looked = looked_at.entry(touch.object).or_insert_with(|| {
            catalogue.measures.values().any(|m| looks(catalogue, m, touch.object))
        });
        looked.then_some(touch)
    });
    let list: Vec<Touch<'w>> = each.collect();
    let by_id = list.iter().enumerate().map(|(at, touch)| (touch.id, at)).collect();
    Touches { list, by_id }
}

fn looks(catalogue: &Catalogue, measure: &Measure, object: ObjectIx) -> bool {
    measure.sources.iter().any(|source| source.object == object)
        || measure
            .carriers
            .iter()
            .any(|carrier| carrier.object == object || may_point(catalogue, carrier, object))
}

/// Whether records of `object` may be subjects of a carrier.
pub(super) fn may_point(catalogue: &Catalogue, carrier: &Carrier, object: ObjectIx) -> bool {
    let field = catalogue.at(carrier.object).and_then(|found| found.at(carrier.subject));
    let name = catalogue.at(object).map(|found| &found.name);
    match field.map(|field| &field.kind) {
        Some(schema::FieldType::Reference { to, .. }) => name.is_some_and(|name| to.contains(name)),
        _ => false,
    }
}

fn place_of(values: &[Value]) -> Place {
    let at = |slot: Slot| values.get(usize::from(slot.0)).map(id_in).unwrap_or_default();
    Place { unit: at(base::ORG_UNIT), owner: at(base::OWNER) }
}

/// The id in a value; zeros when there is none.
pub(super) fn id_in(value: &Value) -> Uuid {
    match value {
        Value::Id(id) | Value::Link(_, id) => *id,
        _ => Uuid::nil(),
    }
}

fn guard(object: ObjectIx, id: Uuid, version: kernel::Decimal) -> Option<(ObjectIx, Uuid, u64)> {
    Some((object, id, u64::try_from(version).ok()?))
}
