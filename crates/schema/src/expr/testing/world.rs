//! Rows in memory that refer to each other, and the record that an expression is evaluated over.

use kernel::{Date, Instant};
use uuid::Uuid;

use super::vectors::TestParameters;
use crate::catalogue::base;
use crate::expr::{Aggregate, Env, Node, Path, Record, fold};
use crate::{Catalogue, ObjectIx, Slot, Value};

/// Rows of the test catalogue. References that name no row are allowed to dangle only as empty.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Every row with its object, users and org units first, in an order in which references
    /// (but those of a row to itself) point backwards.
    pub rows: Vec<(ObjectIx, Vec<Value>)>,
    /// Ids of rows shared with the actor.
    pub shared: Vec<Uuid>,
}

/// An [`Env`] that owns its parts.
#[derive(Debug, Clone)]
pub struct TestEnv {
    /// Business date.
    pub today: Date,
    /// Instant of the request.
    pub now: Instant,
    /// The user.
    pub me: Option<Uuid>,
    /// Units where a role is held.
    pub units: Vec<Uuid>,
    /// Those and all below.
    pub subtree: Vec<Uuid>,
    /// Parameters by name.
    pub parameters: TestParameters,
}

impl TestEnv {
    /// The environment to evaluate in.
    #[must_use]
    pub fn env(&self) -> Env<'_> {
        Env {
            today: self.today,
            now: self.now,
            me: self.me,
            units: &self.units,
            subtree: &self.subtree,
            parameters: &self.parameters,
        }
    }
}

impl World {
    /// The row of `object` with this id.
    #[must_use]
    pub fn row(&self, object: ObjectIx, id: Uuid) -> Option<&[Value]> {
        let found = self.rows.iter().find(|(at, row)| *at == object && id_of(row) == Some(id));
        found.map(|(_, row)| row.as_slice())
    }

    /// Ids of all rows of `object`, in order.
    #[must_use]
    pub fn ids(&self, object: ObjectIx) -> Vec<Uuid> {
        let rows = self.rows.iter().filter(|(at, _)| *at == object);
        rows.filter_map(|(_, row)| id_of(row)).collect()
    }

    /// The record to evaluate over.
    #[must_use]
    pub fn record<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        object: ObjectIx,
        id: Uuid,
        env: &'a Env<'a>,
    ) -> TestRecord<'a> {
        TestRecord { world: self, catalogue, object, id, env }
    }
}

fn id_of(row: &[Value]) -> Option<Uuid> {
    match row.get(usize::from(base::ID.0)) {
        Some(Value::Id(id)) => Some(*id),
        _ => None,
    }
}

/// One row of a [`World`].
pub struct TestRecord<'a> {
    world: &'a World,
    catalogue: &'a Catalogue,
    object: ObjectIx,
    id: Uuid,
    env: &'a Env<'a>,
}

impl TestRecord<'_> {
    fn value(&self, object: ObjectIx, id: Uuid, slot: Slot) -> Value {
        let row = self.world.row(object, id);
        row.and_then(|row| row.get(usize::from(slot.0))).cloned().unwrap_or(Value::Null)
    }
}

impl Record for TestRecord<'_> {
    fn field(&self, path: &Path) -> Value {
        let mut id = self.id;
        for (object, slot) in &path.steps {
            match self.value(*object, id, *slot) {
                Value::Id(next) | Value::Link(_, next) => id = next,
                _ => return Value::Null,
            }
        }
        self.value(path.object, id, path.slot)
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Value {
        let by = usize::from(aggregate.by.0);
        let children: Vec<TestRecord<'_>> = self
            .world
            .rows
            .iter()
            .filter(|(object, _)| *object == aggregate.object)
            .filter(|(_, row)| {
                matches!(row.get(by), Some(Value::Id(id) | Value::Link(_, id)) if *id == self.id)
            })
            .filter_map(|(object, row)| {
                Some(self.world.record(self.catalogue, *object, id_of(row)?, self.env))
            })
            .collect();
        fold(aggregate, self, children.iter().map(|child| child as &dyn Record), self.env)
    }

    fn reachable(&self, via: Slot, object: ObjectIx, condition: &Node) -> bool {
        let id = match self.value(self.object, self.id, via) {
            Value::Id(id) | Value::Link(_, id) => id,
            _ => return false,
        };
        let found = self.world.row(object, id).is_some();
        found && condition.holds(&self.world.record(self.catalogue, object, id, self.env), self.env)
    }

    fn shared(&self) -> bool {
        self.world.shared.contains(&self.id)
    }
}
