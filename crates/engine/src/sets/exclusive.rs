//! Sets that exclude each other: of one group, a subject belongs to one set at most.
//!
//! The membership holds its set's group, filled in here, and a unique constraint over subject and
//! group makes the database refuse what two writers decide at the same time. A membership past its
//! last day holds no group any more.

use schema::expr::{Node, Path};
use schema::kept::{Exclusive, Membership};
use schema::{Object, ObjectIx, Slot, Value};
use store::Write;
use uuid::Uuid;

use crate::org::Reader;
use crate::rights::{field_is, own_field};
use crate::write::{Context, Subject, id_of};
use crate::{ActorKind, Error, Violation};

/// Memberships of one group that a subject can have by the unique constraint, and some to spare.
const OTHERS: u32 = 10;

/// Another membership of the same subject in the same group.
struct Other {
    id: Uuid,
    set: Value,
    ended: bool,
}

impl Context<'_> {
    /// Fills in the group of a membership and makes room in it; the slot of the group when there
    /// is one, and what is to be written first. Costs two queries, for memberships only.
    pub(crate) async fn exclude(
        &self,
        of: Subject<'_>,
        (before, values): (Option<&[Value]>, &mut [Value]),
        violations: &mut Vec<Violation>,
    ) -> Result<(Option<Slot>, Write), Error> {
        let mut first = Write::default();
        let (ix, object) = of;
        let Some(membership) = &object.kept.membership else { return Ok((None, first)) };
        violations.extend(self.feigned(object, membership, before, values));
        let Some(exclusive) = &membership.exclusive else { return Ok((None, first)) };
        let slot = |name| object.slot_of(name);
        let (Some(group_slot), Some(subject), Some(set)) =
            (slot(&exclusive.group), slot(&membership.subject), slot(&membership.set))
        else {
            return Ok((None, first));
        };
        let read = |slot: Slot| values.get(usize::from(slot.0)).cloned().unwrap_or(Value::Null);
        let until = membership.until.as_ref().and_then(slot).map(read);
        let ended = self.is_past(until.as_ref());
        let (subject_value, set_value) = (read(subject), read(set));
        let by_rule = slot(&membership.source).map(read) == Some(Value::text(&*membership.by_rule));
        let id = id_of(values);
        let group = match &set_value {
            Value::Id(set) if !ended => self.group_of(object, membership, *set).await?,
            _ => None,
        };
        if let Some(place) = values.get_mut(usize::from(group_slot.0)) {
            *place = group.as_ref().map_or(Value::Null, |(group, _)| Value::Id(*group));
        }
        let (Some((group, policy)), Value::Id(subject_id) | Value::Link(_, subject_id)) =
            (group, subject_value)
        else {
            return Ok((Some(group_slot), first));
        };
        let found = field_is(ix, group_slot, group);
        let whose = field_is(ix, subject, subject_id);
        let replaces = !by_rule && policy == Value::text(&*exclusive.replaces);
        for other in self.others(of, membership, Node::And(vec![whose, found])).await? {
            if other.id == id || other.set == set_value {
                continue;
            }
            let before = self.load(of, other.id).await?;
            if other.ended {
                self.clear(of, group_slot, before, &mut first);
            } else if replaces {
                self.remove(of, before, &mut first, 0).await?;
            } else {
                violations.push(Violation::new(membership.set.as_str(), "exclusive"));
            }
        }
        Ok((Some(group_slot), first))
    }

    /// Only the platform says that a rule put somebody there.
    fn feigned(
        &self,
        object: &Object,
        membership: &Membership,
        before: Option<&[Value]>,
        after: &[Value],
    ) -> Option<Violation> {
        let slot = usize::from(object.slot_of(&membership.source)?.0);
        let by_rule = Some(&Value::text(&*membership.by_rule)) == after.get(slot);
        let was = before.is_some_and(|before| before.get(slot) == after.get(slot));
        let platform = matches!(self.actor.kind(), ActorKind::System { .. });
        let name = membership.source.as_str();
        (by_rule && !was && !platform).then(|| Violation::new(name, "only_by_rule"))
    }

    fn is_past(&self, until: Option<&Value>) -> bool {
        matches!(until, Some(Value::Date(until)) if *until < self.moment.today)
    }

    fn reader<'r>(&'r self, platform: &'r crate::Actor) -> Reader<'r> {
        let (engine, catalogue, moment) = (self.engine, self.catalogue, self.moment);
        Reader { engine, catalogue, moment, platform }
    }

    /// The group of a set, with its policy.
    async fn group_of(
        &self,
        object: &Object,
        membership: &Membership,
        set: Uuid,
    ) -> Result<Option<(Uuid, Value)>, Error> {
        let Some((set_ix, of, policy)) = self.group_fields(object, membership) else {
            return Ok(None);
        };
        let platform = self.engine.system(None, "exclusive");
        let columns = vec![own_field(set_ix, of), Node::Field(policy)];
        let only = Some(field_is(set_ix, schema::catalogue::base::ID, set));
        let row = self.reader(&platform).select(set_ix, columns, only, (None, 1)).await?.pop();
        Ok(match row.as_deref() {
            Some([Value::Id(group), policy]) => Some((*group, policy.clone())),
            _ => None,
        })
    }

    /// Object of the sets, their reference to the group, and from there the group's policy.
    fn group_fields(
        &self,
        object: &Object,
        membership: &Membership,
    ) -> Option<(ObjectIx, Slot, Path)> {
        let Exclusive { of, policy, .. } = membership.exclusive.as_ref()?;
        let (_, set) = object.field(membership.set.as_str())?;
        let (set_ix, sets) = self.catalogue.only_target(set)?;
        let (of, field) = sets.field(of.as_str())?;
        let (group_ix, groups) = self.catalogue.only_target(field)?;
        let slot = groups.slot_of(policy)?;
        Some((set_ix, of, Path { steps: vec![(set_ix, of)], object: group_ix, slot, up: 0 }))
    }

    async fn others(
        &self,
        (ix, object): Subject<'_>,
        membership: &Membership,
        filter: Node,
    ) -> Result<Vec<Other>, Error> {
        let Some(set) = object.slot_of(&membership.set) else { return Ok(Vec::new()) };
        let until = membership.until.as_ref().and_then(|name| object.slot_of(name));
        let mut columns = vec![own_field(ix, schema::catalogue::base::ID), own_field(ix, set)];
        columns.extend(until.map(|slot| own_field(ix, slot)));
        let platform = self.engine.system(None, "exclusive");
        let rows = self.reader(&platform).select(ix, columns, Some(filter), (None, OTHERS)).await?;
        let other = |row: Vec<Value>| match row.as_slice() {
            [Value::Id(id), set, rest @ ..] => {
                Some(Other { id: *id, set: set.clone(), ended: self.is_past(rest.first()) })
            }
            _ => None,
        };
        Ok(rows.into_iter().filter_map(other).collect())
    }
}
