//! A measure of a record: the sum over what it carries, or over what the members of a group carry, as
//! far as the reader may see it.

use std::collections::{BTreeMap, BTreeSet};

use schema::catalogue::{Access, Action, base};
use schema::expr::Node;
use schema::measure::Measure;
use schema::{ObjectIx, Slot, Value};
use store::records::Select;
use uuid::Uuid;

use super::reach;
use super::read::groups;
use super::series::{Moves, Wanted, by_class};
use crate::rights::{field_in, field_is, own_field};
use crate::write::{Context, targets};
use crate::{Error, Refusal, Violation};

/// Most carriers summed one by one, of one subject or group.
const CARRIERS: usize = 2_000;
/// Most members of a group.
const MEMBERS: usize = 500;

impl Context<'_> {
    /// Sums over the carriers of a record that the reader may see: its own, or its members'. And
    /// whether these are all of them.
    pub(super) async fn of_record(
        &self,
        measure: &Measure,
        object: &str,
        id: Uuid,
        wanted: Wanted,
    ) -> Result<(bool, BTreeMap<std::sync::Arc<str>, Moves>), Error> {
        let (ix, _) = self.object(object)?;
        if self.engine.visible(self, ix, &[id]).await?.is_empty() {
            return Err(Refusal::Invisible.into());
        }
        self.of_seen(measure, (ix, id), wanted).await
    }

    /// The same of a record that is known to be visible.
    pub(super) async fn of_seen(
        &self,
        measure: &Measure,
        (ix, id): (ObjectIx, Uuid),
        wanted: Wanted,
    ) -> Result<(bool, BTreeMap<std::sync::Arc<str>, Moves>), Error> {
        let (all_members, subjects) = if reach::subjects(self.catalogue, measure).contains(&ix) {
            (true, BTreeMap::from([(ix, vec![id])]))
        } else if groups(self.catalogue, measure).contains(&ix) {
            self.members(measure, id).await?
        } else {
            let object = self.catalogue.at(ix).map_or("", |object| object.name.as_str());
            let violation = Violation::new("subject", "not_a_subject").with("object", object);
            return Err(Refusal::Invalid(vec![violation]).into());
        };
        let (all_carriers, carriers) = self.carriers_of(measure, &subjects).await?;
        let range = (wanted.from, wanted.to);
        let sums = self.engine.store().measured(&measure.name, &carriers, range).await?;
        Ok((all_members && all_carriers, by_class(&sums, wanted, false)))
    }

    /// The visible members of a group, and whether these are all of them.
    async fn members(
        &self,
        measure: &Measure,
        group: Uuid,
    ) -> Result<(bool, BTreeMap<ObjectIx, Vec<Uuid>>), Error> {
        let Some(members) = &measure.members else { return Ok((true, BTreeMap::new())) };
        let mut read = vec![members.group, members.member];
        let when = members.when.as_ref();
        let fields = when.map(|when| when.dependencies().fields).unwrap_or_default();
        read.extend(fields.into_iter().filter(|(ix, _)| *ix == members.object).map(|(_, s)| s));
        let Some(scope) = self.reading(members.object, &read) else {
            return Err(self.refused(measure));
        };
        let mut all = vec![field_is(members.object, members.group, group)];
        all.extend(when.map(|when| when.root.clone()));
        let filter = Node::And(all);
        let columns = vec![own_field(members.object, members.member)];
        let rows = self.some((members.object, scope), columns, &filter, MEMBERS).await?;
        let mut found: BTreeMap<ObjectIx, BTreeSet<Uuid>> = BTreeMap::new();
        for value in rows.iter().flatten() {
            for (ix, id) in targets(self.catalogue, members.object, members.member, value) {
                found.entry(ix).or_default().insert(id);
            }
        }
        let (mut all, mut visible) = (true, BTreeMap::new());
        for (ix, ids) in found {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            let seen = self.engine.visible(self, ix, &ids).await?;
            all &= seen.len() == ids.len();
            visible.insert(ix, seen);
        }
        Ok((all, visible))
    }

    /// The carriers of subjects that the reader may see with all that the measure reads of them, and
    /// whether these are all. Joint ones are there once. Refused when what other records add to them
    /// may not be read.
    async fn carriers_of(
        &self,
        measure: &Measure,
        subjects: &BTreeMap<ObjectIx, Vec<Uuid>>,
    ) -> Result<(bool, Vec<Uuid>), Error> {
        let places = self.places_of(subjects).await?;
        let with = (&**self.catalogue, self.actor.rights());
        if !measure.sources.iter().all(|source| reach::follows(with, measure, source, &places)) {
            return Err(self.refused(measure));
        }
        let ids: Vec<Uuid> = subjects.values().flatten().copied().collect();
        let read = reach::fields(self.catalogue, measure);
        let mut carriers = BTreeSet::new();
        let (mut readable, mut stored) = (false, 0);
        for carrier in &measure.carriers {
            let slots: Vec<Slot> =
                read.get(&carrier.object).into_iter().flatten().copied().collect();
            let filter = field_in(carrier.object, carrier.subject, &ids);
            if !ids.is_empty() {
                let all = Select { filter: Some(&filter), ..Select::of(carrier.object, &self.env) };
                let most = u32::try_from(CARRIERS + 1).ok();
                stored += self.engine.store().count(self.catalogue, &all, most).await?;
            }
            let Some(scope) = self.reading(carrier.object, &slots) else { continue };
            readable = true;
            if ids.is_empty() {
                continue;
            }
            let columns = vec![own_field(carrier.object, base::ID)];
            let rows = self.some((carrier.object, scope), columns, &filter, CARRIERS).await?;
            carriers.extend(rows.into_iter().flatten().filter_map(|value| match value {
                Value::Id(id) => Some(id),
                _ => None,
            }));
        }
        let all = u64::try_from(carriers.len()).is_ok_and(|seen| seen == stored);
        if readable {
            Ok((all, carriers.into_iter().collect()))
        } else {
            Err(self.refused(measure))
        }
    }

    /// Rows where all of `slots` are shown in clear; none when no row can be one.
    fn reading(&self, object: ObjectIx, slots: &[Slot]) -> Option<Node> {
        let found = self.catalogue.at(object).filter(|found| !found.retired)?;
        let clear = |slot: &Slot| {
            found.at(*slot).is_some_and(|field| field.shown(Access::Read) >= Access::Read)
        };
        if !slots.iter().all(clear) {
            return None;
        }
        let needs: Vec<(Slot, Access)> = slots.iter().map(|slot| (*slot, Access::Read)).collect();
        self.actor.rights().scope_reading(object, Action::Read, &needs)
    }

    /// Rows of a scope; refused when there are more than `most`.
    async fn some(
        &self,
        (object, scope): (ObjectIx, Node),
        columns: Vec<Node>,
        filter: &Node,
        most: usize,
    ) -> Result<Vec<Vec<Value>>, Error> {
        let select = Select {
            columns,
            scope: Some(scope),
            filter: Some(filter),
            limit: u32::try_from(most + 1).unwrap_or(u32::MAX),
            ..Select::of(object, &self.env)
        };
        let rows = self.engine.store().select(self.catalogue, &select).await?;
        if rows.len() > most {
            let violation = Violation::new("subject", "too_many").with("max", most.to_string());
            return Err(Refusal::Invalid(vec![violation]).into());
        }
        Ok(rows)
    }

    /// Unit and owner of each subject.
    async fn places_of(
        &self,
        subjects: &BTreeMap<ObjectIx, Vec<Uuid>>,
    ) -> Result<Vec<(Uuid, Uuid)>, Error> {
        let mut places = Vec::new();
        for (object, ids) in subjects.iter().filter(|(_, ids)| !ids.is_empty()) {
            let filter = field_in(*object, base::ID, ids);
            let columns = vec![own_field(*object, base::ORG_UNIT), own_field(*object, base::OWNER)];
            let select = Select {
                columns,
                filter: Some(&filter),
                limit: u32::try_from(MEMBERS).unwrap_or(u32::MAX),
                ..Select::of(*object, &self.env)
            };
            let id = |value: Option<&Value>| match value {
                Some(Value::Id(id)) => *id,
                _ => Uuid::nil(),
            };
            let rows = self.engine.store().select(self.catalogue, &select).await?;
            places.extend(rows.iter().map(|row| (id(row.first()), id(row.get(1)))));
        }
        Ok(places)
    }
}
