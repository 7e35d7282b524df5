//! What references become in a merge: found from the catalogue, turned, emptied or doubled. Decides
//! nothing and reads nothing.

use schema::{Name, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::decide;
use super::facts::targets;
use super::merge::Asked;
use super::submit::{Context, Subject};

/// Fields of the winner itself that point to the loser: emptied, for they would point to itself.
pub(super) fn pointing(
    context: &Context<'_>,
    (ix, object): Subject<'_>,
    winner: &[Value],
    loser: Uuid,
) -> Vec<(Slot, Value)> {
    let mut given = Vec::new();
    for (slot, field) in object.slots().filter(|(slot, f)| decide::is_reference(f, *slot)) {
        let Some(value) = winner.get(usize::from(slot.0)) else { continue };
        let to = targets(context.catalogue, ix, slot, value);
        if !field.retired && to.iter().any(|(object, id)| *object == ix && *id == loser) {
            given.push((slot, without(value, loser)));
        }
    }
    given
}

/// A reference without one of its targets.
fn without(value: &Value, id: Uuid) -> Value {
    match value {
        Value::List(items) => {
            Value::List(items.iter().filter(|item| **item != Value::Id(id)).cloned().collect())
        }
        _ => Value::Null,
    }
}

/// Every stored reference that may point to records of `name`: object, slot, whether it is a list.
pub(super) fn references_to(context: &Context<'_>, name: &Name) -> Vec<(ObjectIx, Slot, bool)> {
    use schema::FieldType;
    let mut found = Vec::new();
    for other in context.catalogue.objects.values() {
        let Some((ix, _)) = context.catalogue.object(other.name.as_str()) else { continue };
        for (slot, field) in other.slots() {
            match &field.kind {
                FieldType::Reference { to, .. }
                    if to.contains(name) && decide::is_reference(field, slot) =>
                {
                    found.push((ix, slot, false));
                }
                FieldType::ManyToMany { to } if to == name => found.push((ix, slot, true)),
                _ => {}
            }
        }
    }
    found
}

/// The row with its references to the loser turned to the winner.
pub(super) fn repointed(before: &[Value], at: &[Slot], asked: Asked<'_>) -> Vec<Value> {
    let mut after = before.to_vec();
    for slot in at {
        let Some(place) = after.get_mut(usize::from(slot.0)) else { continue };
        *place = match &*place {
            Value::Link(object, _) => Value::Link(object.clone(), asked.winner),
            Value::List(items) => {
                let mut kept: Vec<Value> = Vec::with_capacity(items.len());
                for item in items.iter() {
                    let item = match item {
                        Value::Id(id) if *id == asked.loser => Value::Id(asked.winner),
                        other => other.clone(),
                    };
                    if !kept.contains(&item) {
                        kept.push(item);
                    }
                }
                Value::List(kept.into())
            }
            _ => Value::Id(asked.winner),
        };
    }
    after
}

/// Whether a row that linked the two would link the winner with itself.
pub(super) fn links_itself(
    context: &Context<'_>,
    (ix, object): Subject<'_>,
    (before, after): (&[Value], &[Value]),
    asked: Asked<'_>,
) -> bool {
    let pointed = |values: &[Value], id: Uuid| {
        let slots = object.slots().filter(|(slot, field)| {
            decide::is_reference(field, *slot)
                && !matches!(field.kind, schema::FieldType::ManyToMany { .. })
                && values.get(usize::from(slot.0)).is_some_and(|value| {
                    targets(context.catalogue, ix, *slot, value).iter().any(|(_, to)| *to == id)
                })
        });
        slots.count()
    };
    pointed(before, asked.winner) > 0 && pointed(after, asked.winner) > 1
}
