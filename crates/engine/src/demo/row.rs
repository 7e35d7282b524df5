//! Rows: values worked out when asked for, each from the seed, the step and the row's place.
//!
//! Keeps a bounded number of rows at hand; any row can be made again alone.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use schema::catalogue::base;
use schema::expr::{self, Aggregate, Env, Node, Path, Record};
use schema::{ObjectIx, Slot, Value};
use uuid::Uuid;

use super::bind::{Bound, Kind, NTH, PRIOR, SEED, Table, UP};
use super::dice;
use super::make::whole;

/// Rows kept at hand.
const KEPT: usize = 6_000;

/// Most rows one row may have in a step that is made per row.
const EACH_MAX: u32 = 10_000;

/// How deep rows may need each other before the plan counts as running in circles.
const DEPTH_MAX: u32 = 200;

/// A row's place: its number in its step, under a row of the step above, and so on from the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    path: [u32; 4],
    depth: u8,
}

impl Key {
    fn root(at: u32) -> Key {
        Key { path: [at, 0, 0, 0], depth: 1 }
    }

    fn below(self, at: u32) -> Option<Key> {
        let mut path = self.path;
        *path.get_mut(usize::from(self.depth))? = at;
        Some(Key { path, depth: self.depth + 1 })
    }

    /// Its number under its parent.
    pub fn last(self) -> u32 {
        self.path.get(usize::from(self.depth.saturating_sub(1))).copied().unwrap_or(0)
    }
}

/// What a slot holds so far.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Open,
    /// Being worked out.
    Busy,
    Value(Value),
    Row(usize, Key),
}

/// One row.
pub(crate) struct Row {
    pub table: usize,
    pub key: Key,
    pub hash: u64,
    pub up: Option<Rc<Row>>,
    /// The row before it, while rows of one parent are made in order.
    prior: RefCell<Option<Rc<Row>>>,
    cells: RefCell<Vec<Cell>>,
}

/// All rows of a plan for one seed.
pub(crate) struct World<'a> {
    pub bound: &'a Bound,
    pub env: Env<'a>,
    seed: u64,
    counts: Vec<u32>,
    kept: RefCell<HashMap<(usize, Key), Rc<Row>>>,
    found: RefCell<Indexes>,
    depth: std::cell::Cell<u32>,
    fault: RefCell<Option<String>>,
}

/// Numbers of rows by a field's value, for the fields that are searched by.
type Indexes = HashMap<(usize, Slot), Rc<HashMap<String, Vec<u32>>>>;

/// A row as the expression language sees it.
pub(crate) struct At<'a> {
    pub world: &'a World<'a>,
    pub row: Rc<Row>,
}

impl<'a> World<'a> {
    pub fn new(bound: &'a Bound, env: Env<'a>, seed: u64) -> World<'a> {
        let counts = bound.tables.iter().map(|table| count(table, &env)).collect();
        World {
            bound,
            env,
            seed,
            counts,
            kept: RefCell::default(),
            found: RefCell::default(),
            depth: std::cell::Cell::new(0),
            fault: RefCell::default(),
        }
    }

    pub fn at(&'a self, row: &Rc<Row>) -> At<'a> {
        At { world: self, row: row.clone() }
    }

    /// What went wrong since last asked.
    pub fn fault(&self) -> Option<String> {
        self.fault.borrow_mut().take()
    }

    pub fn note(&self, row: &Row, slot: Slot, reason: &str) {
        let object = self.bound.catalogue.at(ix(row.table));
        let field = object.and_then(|object| object.at(slot)).map_or("", |f| f.name.as_str());
        let step = object.map_or("", |object| object.name.as_str());
        self.fault.borrow_mut().get_or_insert(format!("{step}.{field}: {reason}"));
    }

    pub fn table(&self, table: usize) -> Option<&'a Table> {
        self.bound.tables.get(table)
    }

    /// How many rows a step or list without a parent has.
    pub fn count(&self, table: usize) -> u32 {
        self.counts.get(table).copied().unwrap_or(0)
    }

    /// How many rows of a step belong to `up`.
    pub fn each(&'a self, table: usize, up: &Rc<Row>) -> u32 {
        let Some(Kind::Child { each, .. }) = self.table(table).map(|table| &table.kind) else {
            return 0;
        };
        let each = whole(&each.eval(&self.at(up), &self.env)).unwrap_or(0);
        u32::try_from(each.max(0)).unwrap_or(EACH_MAX).min(EACH_MAX)
    }

    fn make(&self, table: usize, key: Key, up: Option<Rc<Row>>) -> Option<Rc<Row>> {
        let made = self.table(table)?;
        let start = dice::fold(dice::mix(self.seed), made.hash);
        let places = key.path.iter().take(usize::from(key.depth));
        let hash = places.fold(start, |hash, place| dice::fold(hash, u64::from(*place)));
        let cells = vec![Cell::Open; made.makers.len()];
        let (prior, cells) = (RefCell::default(), RefCell::new(cells));
        Some(Rc::new(Row { table, key, hash, up, prior, cells }))
    }

    /// Row number `at` of a step or list without a parent; none beyond its end.
    pub fn root(&self, table: usize, at: u32) -> Option<Rc<Row>> {
        if at >= self.count(table) {
            return None;
        }
        self.fetch(table, Key::root(at))
    }

    /// Row number `at` below `up`, after `prior` if rows are made in order.
    pub fn child(
        &self,
        table: usize,
        up: &Rc<Row>,
        at: u32,
        prior: Option<&Rc<Row>>,
    ) -> Option<Rc<Row>> {
        let row = self.make(table, up.key.below(at)?, Some(up.clone()))?;
        row.prior.replace(prior.cloned());
        Some(row)
    }

    /// Lets go of the row before, so that a long series does not stay in memory.
    pub fn settle(row: &Row) {
        row.prior.replace(None);
    }

    /// The row at a known place.
    fn fetch(&self, table: usize, key: Key) -> Option<Rc<Row>> {
        if let Some(row) = self.kept.borrow().get(&(table, key)) {
            return Some(row.clone());
        }
        let up = match &self.table(table)?.kind {
            Kind::Child { of, .. } => {
                let depth = key.depth.checked_sub(1)?;
                let mut path = key.path;
                *path.get_mut(usize::from(depth))? = 0;
                Some(self.fetch(*of, Key { path, depth })?)
            }
            Kind::List { ups, .. } => self.outer_of(table, ups, key),
            Kind::Root { .. } => None,
        };
        let row = self.make(table, key, up)?;
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert((table, key), row.clone());
        Some(row)
    }

    fn outer_of(&self, table: usize, ups: &[u32], key: Key) -> Option<Rc<Row>> {
        let object = self.bound.catalogue.at(ix(table))?;
        let (_, up) = object.field(UP)?;
        let schema::FieldType::Reference { to, .. } = &up.kind else { return None };
        let outer = self.bound.catalogue.objects.get_index_of(to.first()?)?;
        self.fetch(outer, Key::root(*ups.get(key.last() as usize)?))
    }

    /// The id of the record a row becomes: sorted by step and row, the same for the same seed.
    pub fn id(&self, table: usize, key: Key) -> Uuid {
        let [root, first, second, third] = key.path.map(u64::from);
        let millis = 1_735_689_600_000 + (table as u64) * 4_000_000 + root;
        let order = (first.min(63) << 6 | second.min(63)) & 0xfff;
        let name = self.table(table).map_or(0, |table| table.hash);
        let noise = [root, first, second, third]
            .into_iter()
            .fold(dice::fold(dice::mix(self.seed ^ 1), name), dice::fold);
        Uuid::from_u64_pair(millis << 16 | 0x7000 | order, noise >> 2 | 1 << 63)
    }

    /// The value at `slot`; the id of a row referred to.
    pub fn value(&'a self, row: &Rc<Row>, slot: Slot) -> Value {
        if slot == base::ID {
            return Value::Id(self.id(row.table, row.key));
        }
        match self.cell(row, slot) {
            Cell::Value(value) => value,
            Cell::Row(table, key) => Value::Id(self.id(table, key)),
            Cell::Open | Cell::Busy => Value::Null,
        }
    }

    /// The row that the reference at `slot` points to.
    pub fn target(&'a self, row: &Rc<Row>, slot: Slot) -> Option<Rc<Row>> {
        if slot == base::ID {
            return Some(row.clone());
        }
        match self.cell(row, slot) {
            Cell::Row(table, key) => {
                let up = row.up.as_ref().filter(|up| up.table == table && up.key == key);
                let prior =
                    || row.prior.borrow().clone().filter(|p| p.table == table && p.key == key);
                up.cloned().or_else(prior).or_else(|| self.fetch(table, key))
            }
            _ => None,
        }
    }

    /// What stands at `slot`, worked out the first time it is asked for.
    pub fn cell(&'a self, row: &Rc<Row>, slot: Slot) -> Cell {
        let at = usize::from(slot.0);
        let known = row.cells.borrow().get(at).cloned();
        match known {
            Some(Cell::Open) => {}
            Some(Cell::Busy) => {
                self.note(row, slot, "needs itself");
                return Cell::Value(Value::Null);
            }
            Some(known) => return known,
            None => return Cell::Value(Value::Null),
        }
        if self.depth.get() > DEPTH_MAX {
            self.note(row, slot, "rows need each other without end");
            return Cell::Value(Value::Null);
        }
        self.depth.set(self.depth.get() + 1);
        self.put(row, at, Cell::Busy);
        let made = self.work_out(row, slot).unwrap_or(Cell::Value(Value::Null));
        self.put(row, at, made.clone());
        self.depth.set(self.depth.get() - 1);
        made
    }

    fn put(&self, row: &Row, at: usize, cell: Cell) {
        if let Some(place) = row.cells.borrow_mut().get_mut(at) {
            *place = cell;
        }
    }

    fn work_out(&'a self, row: &Rc<Row>, slot: Slot) -> Option<Cell> {
        let table = self.table(row.table)?;
        if let Some(maker) = table.makers.get(usize::from(slot.0))? {
            return self.draw(row, slot, maker);
        }
        let name = self.bound.catalogue.at(ix(row.table))?.at(slot)?.name.as_str();
        let place = row.key.last();
        match (name, &table.kind) {
            (NTH, _) => Some(Cell::Value(Value::Number(place.into()))),
            (UP, _) => row.up.as_ref().map(|up| Cell::Row(up.table, up.key)),
            (PRIOR, _) => {
                let up = row.up.as_ref()?;
                Some(Cell::Row(row.table, up.key.below(place.checked_sub(1)?)?))
            }
            (SEED, _) => {
                let field = self.bound.catalogue.at(ix(row.table))?.at(slot)?;
                let schema::FieldType::Reference { to, .. } = &field.kind else { return None };
                let list = self.bound.catalogue.objects.get_index_of(to.first()?)?;
                Some(Cell::Row(list, Key::root(place)))
            }
            (_, Kind::List { rows, .. }) => {
                let value = rows.get(place as usize)?.get(usize::from(slot.0))?;
                Some(Cell::Value(value.clone()))
            }
            _ => None,
        }
    }

    /// Numbers of a step's rows, in order, by the text of their field `by`.
    pub fn index(&'a self, table: usize, by: Slot) -> Rc<HashMap<String, Vec<u32>>> {
        if let Some(known) = self.found.borrow().get(&(table, by)) {
            return known.clone();
        }
        let mut index: HashMap<String, Vec<u32>> = HashMap::new();
        for at in 0..self.count(table) {
            let Some(row) = self.root(table, at) else { continue };
            let value = self.value(&row, by);
            if !value.is_empty() {
                index.entry(shown(&value)).or_default().push(at);
            }
        }
        let index = Rc::new(index);
        self.found.borrow_mut().insert((table, by), index.clone());
        index
    }
}

fn count(table: &Table, env: &Env<'_>) -> u32 {
    match &table.kind {
        Kind::List { rows, .. } => u32::try_from(rows.len()).unwrap_or(u32::MAX),
        Kind::Root { count } => {
            let count = whole(&count.eval(&Nothing, env)).unwrap_or(0);
            u32::try_from(count.max(0)).unwrap_or(u32::MAX)
        }
        Kind::Child { .. } => 0,
    }
}

/// Position of a table in the scratch catalogue.
pub(crate) fn ix(table: usize) -> ObjectIx {
    ObjectIx(u16::try_from(table).unwrap_or(u16::MAX))
}

/// A value as text, for joining and comparing.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Number(number) => number.normalize().to_string(),
        Value::Date(date) => date.to_string(),
        Value::Instant(instant) => instant.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Id(id) => id.to_string(),
        _ => String::new(),
    }
}

impl Record for At<'_> {
    fn field(&self, path: &Path) -> Value {
        let mut row = self.row.clone();
        for (_, slot) in &path.steps {
            match self.world.target(&row, *slot) {
                Some(next) => row = next,
                None => return Value::Null,
            }
        }
        self.world.value(&row, path.slot)
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Value {
        let table = usize::from(aggregate.object.0);
        let mut children: Vec<At<'_>> = Vec::new();
        let mut prior: Option<Rc<Row>> = None;
        for at in 0..self.world.each(table, &self.row) {
            let Some(row) = self.world.child(table, &self.row, at, prior.as_ref()) else { break };
            prior = Some(row.clone());
            children.push(self.world.at(&row));
        }
        let records = children.iter().map(|child| child as &dyn Record);
        let value = expr::fold(aggregate, self, records, &self.world.env);
        children.iter().for_each(|child| World::settle(&child.row));
        value
    }

    fn reachable(&self, _: Slot, _: ObjectIx, _: &Node) -> bool {
        false
    }

    fn shared(&self) -> bool {
        false
    }
}

/// The record that counts of steps are over: it has no values.
struct Nothing;

impl Record for Nothing {
    fn field(&self, _: &Path) -> Value {
        Value::Null
    }

    fn aggregate(&self, _: &Aggregate) -> Value {
        Value::Null
    }

    fn reachable(&self, _: Slot, _: ObjectIx, _: &Node) -> bool {
        false
    }

    fn shared(&self) -> bool {
        false
    }
}
