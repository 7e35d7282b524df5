//! Totals over other records: shown only to those who may read what is added up.
//!
//! A roll-up that goes through links (the members of a group) adds up records that have rights of
//! their own, and whoever writes the links chooses which. So a grant shows it only where the reader
//! may read, of every record it counts, each field it reads; elsewhere it is masked. A roll-up over
//! the record's own children, or children of these, is a field of that record like any other.
//!
//! Each grant is split for this: into one that masks such roll-ups, and for each condition one that
//! shows them where it holds. Filters, orders and measures by them follow, for they ask grants too.

use std::collections::BTreeSet;
use std::sync::Arc;

use schema::catalogue::{Access, Action};
use schema::expr::{Aggregate, AggregateFn, Node};
use schema::{Catalogue, FieldType, Object, ObjectIx, Slot};

use super::compile::lower_formulas;
use super::scope::{self, is_every_row};
use super::{Actions, Rights, RowGrant};

/// A condition under which roll-ups of an object are shown; none: never.
struct Guard {
    rows: Option<Node>,
    slots: Vec<Slot>,
}

/// Splits the grants on objects that have totals over other records.
pub(super) fn guard(catalogue: &Catalogue, rights: &mut Rights) {
    for (at, object) in catalogue.objects.values().enumerate() {
        let Ok(ix) = u16::try_from(at).map(ObjectIx) else { continue };
        let guards = guards(catalogue, rights, object);
        let Some(grants) = rights.objects.get_mut(at).filter(|_| !guards.is_empty()) else {
            continue;
        };
        *grants = grants.iter().flat_map(|grant| split((ix, object), grant, &guards)).collect();
    }
}

/// The conditions of an object's roll-ups; those that count only what the user may read have none.
fn guards(catalogue: &Catalogue, rights: &Rights, object: &Object) -> Vec<Guard> {
    let mut guards: Vec<Guard> = Vec::new();
    for (slot, field) in object.slots() {
        let Some(total) = total(catalogue, &field.kind) else { continue };
        let rows = match readable(catalogue, rights, &total) {
            Some(rows) if is_every_row(&rows) => continue,
            Some(rows) => {
                let all = Aggregate { function: AggregateFn::All, value: Some(rows), ..total };
                Some(Node::Aggregate(Box::new(all)))
            }
            None => None,
        };
        match guards.iter_mut().find(|guard| guard.rows == rows) {
            Some(guard) => guard.slots.push(slot),
            None => guards.push(Guard { rows, slots: vec![slot] }),
        }
    }
    guards
}

/// What a roll-up through links adds up.
fn total(catalogue: &Catalogue, kind: &FieldType) -> Option<Aggregate> {
    let FieldType::RollUp { object, by, function, value, filter, reach: Some(reach) } = kind else {
        return None;
    };
    if reach.is_own() {
        return None;
    }
    let (ix, child) = catalogue.object(object.as_str())?;
    let slot = |name: &schema::Name| child.field(name.as_str()).map(|(slot, _)| slot);
    Some(Aggregate {
        function: *function,
        object: ix,
        by: slot(by)?,
        filter: filter.as_ref().map(|filter| filter.root.clone()),
        value: value.as_ref().and_then(slot).map(|slot| scope::own_field(ix, slot)),
        reach: Some(reach.clone()),
    })
}

/// The counted records of which the user may read all that the total reads; `None` when no record
/// can be one.
fn readable(catalogue: &Catalogue, rights: &Rights, total: &Aggregate) -> Option<Node> {
    let mut read = BTreeSet::from([(total.object, total.by)]);
    for part in total.filter.iter().chain(&total.value) {
        read.extend(part.dependencies().fields);
    }
    let mut needs: Vec<(Slot, Access)> = Vec::new();
    for (object, slot) in read {
        let field = catalogue.at(object)?.at(slot)?;
        if field.shown(Access::Read) < Access::Read {
            return None;
        }
        if object == total.object {
            needs.push((slot, Access::Read));
        } else {
            let there = rights.scope_reading(object, Action::Read, &[(slot, Access::Read)])?;
            if !is_every_row(&there) {
                return None;
            }
        }
    }
    rights.scope_reading(total.object, Action::Read, &needs)
}

fn split(of: (ObjectIx, &Object), grant: &RowGrant, guards: &[Guard]) -> Vec<RowGrant> {
    let but = |shown: Option<&Guard>| {
        let mut access: Vec<Access> = grant.access.to_vec();
        for guard in
            guards.iter().filter(|guard| shown.is_none_or(|shown| shown.rows != guard.rows))
        {
            for slot in &guard.slots {
                if let Some(place) = access.get_mut(usize::from(slot.0)) {
                    *place = (*place).min(Access::Masked);
                }
            }
        }
        lower_formulas(of.0, of.1, &mut access);
        Arc::<[Access]>::from(access)
    };
    let masked = but(None);
    let mut parts = vec![RowGrant { access: masked.clone(), ..grant.clone() }];
    let actions = grant.actions.within(Actions::of(&[Action::Read, Action::Export]));
    for guard in guards {
        let Some(condition) = &guard.rows else { continue };
        let access = but(Some(guard));
        if access == masked || actions == Actions::default() {
            continue;
        }
        let rows = match is_every_row(&grant.rows) {
            true => condition.clone(),
            false => Node::And(vec![grant.rows.clone(), condition.clone()]),
        };
        let grant = RowGrant { actions, rows, access, local: false, ..grant.clone() };
        parts.push(grant);
    }
    parts
}
