//! Carrying a plan out: rows of each step, in order, in chunks.

use std::rc::Rc;

use kernel::{Instant, Sensitive};
use schema::catalogue::base;
use schema::expr::Env;
use schema::field::Storage;
use schema::{Catalogue, Field, Name, Object, Slot, Value};
use uuid::Uuid;

use super::bind::{self, Bound, Kind, Table};
use super::plan::{DemoPlan, PlanError};
use super::planted::Planted;
use super::row::{Cell, Row, World};

/// A record to load: its id and the values of its fields, by slot.
#[derive(Debug, Clone)]
pub struct LoadRow {
    /// Id of the record.
    pub id: Uuid,
    /// Values that are not empty.
    pub values: Vec<(Slot, Value)>,
}

/// A demo user who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Id of the user's record.
    pub user: Uuid,
    /// What they type.
    pub login: String,
    /// Their name.
    pub name: String,
    /// The role they mainly hold.
    pub role: String,
}

/// A plan bound to a catalogue, a number of customers, a seed and a day.
pub struct Demo {
    bound: Bound,
    real: std::sync::Arc<Catalogue>,
    seed: u64,
    now: Instant,
}

/// What the generator hands out.
#[derive(Debug)]
pub enum Made {
    /// Rows of one step begin.
    Step {
        /// The step's name.
        name: Name,
        /// Object they fill.
        object: Name,
    },
    /// Some rows of the step.
    Rows(Vec<LoadRow>),
    /// Users who may sign in, with the rows handed out before.
    Logins(Vec<Login>),
}

impl Demo {
    /// Matches a plan with a catalogue.
    ///
    /// # Errors
    /// Everything in the plan that does not fit the catalogue.
    pub fn new(
        plan: &DemoPlan,
        real: std::sync::Arc<Catalogue>,
        customers: u64,
        seed: u64,
        now: Instant,
    ) -> Result<Demo, Vec<PlanError>> {
        let bound = bind::bind(plan, &real, customers)?;
        Ok(Demo { bound, real, seed, now })
    }

    /// Objects that the plan fills.
    pub fn objects(&self) -> impl Iterator<Item = &Name> {
        let targets = self.bound.tables.iter().filter_map(|table| table.target.as_ref());
        targets.map(|target| &target.object)
    }

    /// Makes all rows in order, `chunk` at a time; stops when `take` answers false.
    ///
    /// # Errors
    /// A value of the plan that cannot be worked out, such as one that needs itself.
    pub fn make(&self, chunk: usize, take: &mut dyn FnMut(Made) -> bool) -> Result<(), PlanError> {
        let world = self.world();
        for (at, table) in self.bound.tables.iter().enumerate() {
            let Some(target) = &table.target else { continue };
            let Some((_, object)) = self.real.object(target.object.as_str()) else { continue };
            let step = Made::Step { name: table.name.clone(), object: object.name.clone() };
            if !take(step) {
                return Ok(());
            }
            let (rows, logins) = (Vec::with_capacity(chunk), Vec::new());
            let mut out =
                Out { demo: self, world: &world, table, object, chunk, rows, logins, take };
            let more = walk(&world, at, &mut |row| out.one(row))?;
            if !(more && out.hand_out()) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The duplicates that the plan plants, without making anything else.
    ///
    /// # Errors
    /// As [`Demo::make`].
    pub fn planted(&self) -> Result<Vec<Planted>, PlanError> {
        let world = self.world();
        let mut planted = Vec::new();
        for (at, table) in self.bound.tables.iter().enumerate() {
            let (Some(target), Some([to, kind])) = (&table.target, table.alike) else { continue };
            walk(&world, at, &mut |row| {
                let own = world.value(row, base::ID);
                if let (Value::Id(one), Value::Id(other)) = (own, world.value(row, to)) {
                    let kind = super::row::shown(&world.value(row, kind));
                    planted.push(Planted { object: target.object.clone(), kind, one, other });
                }
                match world.fault() {
                    Some(fault) => Err(PlanError::new("values", fault)),
                    None => Ok(true),
                }
            })?;
        }
        Ok(planted)
    }

    fn world(&self) -> World<'_> {
        let env = Env {
            today: kernel::time::business_date(self.now),
            now: self.now,
            me: None,
            units: &[],
            subtree: &[],
            parameters: &self.bound.settings,
        };
        World::new(&self.bound, env, self.seed)
    }
}

/// What is done with a row; false stops.
type Each<'e> = dyn FnMut(&Rc<Row>) -> Result<bool, PlanError> + 'e;

/// All rows of step `at`, in order; whether `each` was true for all of them.
fn walk<'w>(world: &'w World<'w>, at: usize, each: &mut Each<'_>) -> Result<bool, PlanError> {
    let mut above = Vec::new();
    let mut table = at;
    while let Some(Kind::Child { of, .. }) = world.table(table).map(|table| &table.kind) {
        above.push(table);
        table = *of;
    }
    above.reverse();
    for root in 0..world.count(table) {
        let Some(row) = world.root(table, root) else { break };
        if !below(world, &row, &above, each)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Rows of the last step of `path` that lie below `row`; `row` itself at the path's end.
fn below<'w>(
    world: &'w World<'w>,
    row: &Rc<Row>,
    path: &[usize],
    each: &mut Each<'_>,
) -> Result<bool, PlanError> {
    let Some((first, rest)) = path.split_first() else { return each(row) };
    let mut prior: Option<Rc<Row>> = None;
    for at in 0..world.each(*first, row) {
        let child = world.child(*first, row, at, prior.as_ref());
        let Some(child) = child else { break };
        let more = below(world, &child, rest, each)?;
        World::settle(&child);
        prior = Some(child);
        if !more {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Rows of one step on their way out.
struct Out<'a, 'w> {
    demo: &'a Demo,
    world: &'w World<'w>,
    table: &'w Table,
    object: &'a Object,
    chunk: usize,
    rows: Vec<LoadRow>,
    logins: Vec<Login>,
    take: &'a mut dyn FnMut(Made) -> bool,
}

impl Out<'_, '_> {
    fn one(&mut self, row: &Rc<Row>) -> Result<bool, PlanError> {
        let made = self.record(row);
        if let Some([login, name, role]) = self.table.login {
            let text = |slot| super::row::shown(&self.world.value(row, slot));
            let (login, name, role) = (text(login), text(name), text(role));
            self.logins.push(Login { user: made.id, login, name, role });
        }
        self.rows.push(made);
        if let Some(fault) = self.world.fault() {
            return Err(PlanError::new("values", fault));
        }
        if self.rows.len() >= self.chunk { Ok(self.hand_out()) } else { Ok(true) }
    }

    fn hand_out(&mut self) -> bool {
        let rows = std::mem::replace(&mut self.rows, Vec::with_capacity(self.chunk));
        let logins = std::mem::take(&mut self.logins);
        if !rows.is_empty() && !(self.take)(Made::Rows(rows)) {
            return false;
        }
        logins.is_empty() || (self.take)(Made::Logins(logins))
    }

    fn record(&self, row: &Rc<Row>) -> LoadRow {
        let mut values = Vec::new();
        let slots = self.table.target.iter().flat_map(|target| &target.slots);
        for (here, there) in slots {
            let Some(field) = self.object.at(*there) else { continue };
            let value = match self.world.cell(row, *here) {
                Cell::Row(table, key) => self.pointer(field, table, self.world.id(table, key)),
                Cell::Value(value) => stored(field, value),
                Cell::Open | Cell::Busy => Value::Null,
            };
            if !value.is_empty() {
                values.push((*there, value));
            }
        }
        let id = match self.world.value(row, base::ID) {
            Value::Id(id) => id,
            _ => Uuid::nil(),
        };
        LoadRow { id, values }
    }

    fn pointer(&self, field: &Field, table: usize, id: Uuid) -> Value {
        let target = self.demo.bound.tables.get(table).and_then(|table| table.target.as_ref());
        match (target, field.storage()) {
            (Some(target), Storage::Link) => Value::Link(target.object.clone(), id),
            (Some(_), _) => Value::Id(id),
            (None, _) => Value::Null,
        }
    }
}

/// A value in the form its field keeps.
fn stored(field: &Field, value: Value) -> Value {
    match (value, field.storage()) {
        (Value::Number(number), Storage::Scaled(scale)) => {
            Value::Number(kernel::decimal::round_half_up(number, u32::from(scale)))
        }
        (Value::Text(text), Storage::Sealed) if !text.is_empty() => {
            Value::Secret(Sensitive::new(text))
        }
        (value, _) => value,
    }
}
