//! Facts: what a decision needs to know besides the record's own values.
//!
//! Collected from expressions before deciding, loaded in a bounded number of queries (one per
//! referenced record and one for the record itself), then read without I/O.

use std::collections::HashMap;

use schema::catalogue::base;
use schema::expr::{Aggregate, AggregateFn, Env, Node, Path, Record};
use schema::{Catalogue, FieldType, ObjectIx, Slot, Value};
use store::records::Select;
use uuid::Uuid;

use super::submit::{Context, Subject};
use crate::rights::{field_is, is_true, own_field, visit};
use crate::{Error, Refusal};

/// A record under decision, with everything expressions may ask about it.
pub(crate) struct Facts<'a> {
    pub catalogue: &'a Catalogue,
    pub object: ObjectIx,
    pub values: &'a [Value],
    pub env: &'a Env<'a>,
    known: Known,
}

/// Answers loaded from the store. A default one knows nothing beyond the record.
#[derive(Default, Clone)]
pub(crate) struct Known {
    far: HashMap<Path, Value>,
    aggregates: Vec<(Aggregate, Value)>,
    reachable: Vec<(Slot, ObjectIx, Node, bool)>,
    rollups: HashMap<Slot, Value>,
    shared: bool,
}

/// What to load, gathered from expressions.
#[derive(Default)]
pub(crate) struct Needs<'n> {
    paths: Vec<&'n Path>,
    aggregates: Vec<&'n Aggregate>,
    reachable: Vec<(Slot, ObjectIx, &'n Node)>,
    rollups: Vec<Slot>,
    shared: bool,
}

/// The parent record that is being created in the same command as its child.
#[derive(Clone, Copy)]
pub(crate) struct Pending<'a> {
    pub object: ObjectIx,
    pub id: Uuid,
    pub values: &'a [Value],
}

/// The record whose facts are loaded.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub object: ObjectIx,
    pub values: &'a [Value],
    /// Whether it exists already.
    pub stored: bool,
    pub pending: Option<Pending<'a>>,
}

impl<'n> Needs<'n> {
    /// Adds all that `node` asks of a record of `object`, formulas looked through.
    pub fn add(&mut self, catalogue: &'n Catalogue, object: ObjectIx, node: &'n Node) {
        visit(node, &mut |part| match part {
            Node::Field(path) if path.up > 0 => {}
            Node::Field(path) if self.paths.contains(&path) => {}
            Node::Field(path) if !path.steps.is_empty() => self.paths.push(path),
            Node::Field(path) => self.add_slot(catalogue, object, path.slot),
            Node::Aggregate(aggregate) => self.aggregates.push(aggregate),
            Node::Reachable { via, object, condition } => {
                self.reachable.push((*via, *object, condition));
            }
            Node::Actor(schema::expr::ActorAttribute::Shared) => self.shared = true,
            _ => {}
        });
    }

    /// Adds all that the computed fields of `object` ask.
    pub fn add_fields(
        &mut self,
        catalogue: &'n Catalogue,
        ix: ObjectIx,
        object: &'n schema::Object,
    ) {
        for (slot, _) in object.slots() {
            self.add_slot(catalogue, ix, slot);
        }
    }

    /// Adds what the formulas of `object` ask; roll-ups only as far as formulas use them.
    pub fn add_formulas(
        &mut self,
        catalogue: &'n Catalogue,
        ix: ObjectIx,
        object: &'n schema::Object,
    ) {
        for (_, field) in object.slots() {
            if let FieldType::Formula { expr } = &field.kind {
                self.add(catalogue, ix, &expr.root);
            }
        }
    }

    fn add_slot(&mut self, catalogue: &'n Catalogue, object: ObjectIx, slot: Slot) {
        let Some(field) = catalogue.at(object).and_then(|o| o.at(slot)) else { return };
        match &field.kind {
            FieldType::Formula { expr } => self.add(catalogue, object, &expr.root),
            FieldType::RollUp { .. } if !self.rollups.contains(&slot) => self.rollups.push(slot),
            _ => {}
        }
    }

    /// Whether anything is asked about other records than those the record refers to.
    pub fn counts(&self) -> bool {
        !self.aggregates.is_empty() || !self.rollups.is_empty()
    }

    /// Whether an answer may be another one once the fields `changed` have other values.
    pub fn follow(&self, changed: &[Slot]) -> bool {
        let vias = self.paths.iter().filter_map(|path| path.steps.first()).map(|(_, via)| via);
        vias.chain(self.reachable.iter().map(|(via, _, _)| via)).any(|via| changed.contains(via))
    }

    fn is_empty(&self) -> bool {
        self.paths.is_empty()
            && self.aggregates.is_empty()
            && self.reachable.is_empty()
            && self.rollups.is_empty()
            && !self.shared
    }

    /// Loads the answers for the record at hand.
    pub async fn load(&self, context: &Context<'_>, at: At<'_>) -> Result<Known, Error> {
        let mut known = Known::default();
        if self.is_empty() {
            return Ok(known);
        }
        let columns = self.own_columns(at.object);
        if !columns.is_empty() {
            let row = match at.values.first() {
                Some(Value::Id(id)) if at.stored => one(context, at.object, *id, columns).await?,
                _ => None,
            };
            self.take_own(context, at.object, row, &mut known);
        }
        self.load_others(context, at, &mut known).await?;
        Ok(known)
    }

    /// Loads a stored record together with the answers: one round trip for what it says itself and
    /// what is counted of it.
    pub async fn load_with(
        &self,
        context: &Context<'_>,
        (ix, object): Subject<'_>,
        id: Uuid,
    ) -> Result<(Vec<Value>, Known), Error> {
        let slots: Vec<Slot> = object.slots().map(|(slot, _)| slot).collect();
        let columns = self.own_columns(ix);
        let filter = field_is(ix, base::ID, id);
        let asks = !columns.is_empty();
        let own =
            Select { columns, filter: Some(&filter), limit: 1, ..Select::of(ix, &context.env) };
        let (store, of) = (context.engine.store(), (ix, id));
        let found = store.get_with(context.catalogue, of, &slots, asks.then_some(&own)).await?;
        let (values, row) = found.ok_or(Refusal::Invisible)?;
        let mut known = Known::default();
        if asks {
            self.take_own(context, ix, row, &mut known);
        }
        let at = At { object: ix, values: &values, stored: true, pending: None };
        self.load_others(context, at, &mut known).await?;
        Ok((values, known))
    }

    async fn load_others(
        &self,
        context: &Context<'_>,
        at: At<'_>,
        known: &mut Known,
    ) -> Result<(), Error> {
        let mut targets: Vec<(ObjectIx, Uuid)> = Vec::new();
        let vias = self.paths.iter().filter_map(|p| p.steps.first()).map(|(_, slot)| *slot);
        for via in vias.chain(self.reachable.iter().map(|(via, _, _)| *via)) {
            let found = target(context.catalogue, at.object, via, at.values);
            targets.extend(found.filter(|found| !targets.contains(found)));
        }
        for here in targets {
            match at.pending.filter(|parent| (parent.object, parent.id) == here) {
                Some(parent) => self.answer_pending(context, at, parent, known),
                None => self.load_far(context, at, here, known).await?,
            }
        }
        Ok(())
    }

    /// What is asked about the record itself and the records that belong to it.
    fn own_columns(&self, ix: ObjectIx) -> Vec<Node> {
        let mut columns: Vec<Node> =
            self.aggregates.iter().map(|a| Node::Aggregate(Box::new((*a).clone()))).collect();
        columns.extend(self.rollups.iter().map(|slot| own_field(ix, *slot)));
        if self.shared {
            let id = Box::new(own_field(ix, base::ID));
            columns.push(Node::In(id, Box::new(Node::Actor(schema::expr::ActorAttribute::Shared))));
        }
        columns
    }

    /// Takes the answers to [`Needs::own_columns`]; without a row they are those over nothing.
    fn take_own(
        &self,
        context: &Context<'_>,
        ix: ObjectIx,
        row: Option<Vec<Value>>,
        known: &mut Known,
    ) {
        let mut cells = row.unwrap_or_default().into_iter();
        for aggregate in &self.aggregates {
            let value = cells.next().unwrap_or_else(|| over_nothing(aggregate.function));
            known.aggregates.push(((*aggregate).clone(), value));
        }
        for slot in &self.rollups {
            let field = context.catalogue.at(ix).and_then(|o| o.at(*slot));
            let function = match field.map(|field| &field.kind) {
                Some(FieldType::RollUp { function, .. }) => *function,
                _ => AggregateFn::Max,
            };
            let value = cells.next().unwrap_or_else(|| over_nothing(function));
            known.rollups.insert(*slot, value);
        }
        known.shared = cells.next().is_some_and(|value| is_true(&value));
    }

    async fn load_far(
        &self,
        context: &Context<'_>,
        at: At<'_>,
        here: (ObjectIx, Uuid),
        known: &mut Known,
    ) -> Result<(), Error> {
        let points = |via: Slot| target(context.catalogue, at.object, via, at.values) == Some(here);
        let starts = |path: &&Path| path.steps.first().is_some_and(|(_, via)| points(*via));
        let paths: Vec<&Path> = self.paths.iter().copied().filter(starts).collect();
        let conditions: Vec<&(Slot, ObjectIx, &Node)> =
            self.reachable.iter().filter(|(via, to, _)| *to == here.0 && points(*via)).collect();
        let mut columns: Vec<Node> = paths.iter().map(|path| Node::Field(tail(path))).collect();
        columns.extend(conditions.iter().map(|(_, _, node)| (*node).clone()));
        let row = one(context, here.0, here.1, columns).await?;
        let mut cells = row.unwrap_or_default().into_iter();
        for path in paths {
            known.far.insert(path.clone(), cells.next().unwrap_or(Value::Null));
        }
        for (via, to, node) in conditions {
            let holds = cells.next().is_some_and(|value| is_true(&value));
            known.reachable.push((*via, *to, (*node).clone(), holds));
        }
        Ok(())
    }

    /// Answers from the parent's values at hand, as far as they are its own.
    fn answer_pending(
        &self,
        context: &Context<'_>,
        at: At<'_>,
        parent: Pending<'_>,
        known: &mut Known,
    ) {
        let here = Some((parent.object, parent.id));
        let points = |via: Slot| target(context.catalogue, at.object, via, at.values) == here;
        let facts = Facts {
            catalogue: context.catalogue,
            object: parent.object,
            values: parent.values,
            env: &context.env,
            known: Known::default(),
        };
        for path in &self.paths {
            if path.steps.first().is_some_and(|(_, via)| points(*via)) {
                known.far.insert((*path).clone(), facts.field(&tail(path)));
            }
        }
        for (via, to, node) in self.reachable.iter().filter(|(via, _, _)| points(*via)) {
            let holds = facts.holds(node);
            known.reachable.push((*via, *to, (*node).clone(), holds));
        }
    }
}

/// The path as seen from the record its first step leads to.
fn tail(path: &Path) -> Path {
    let steps = path.steps.get(1..).unwrap_or_default().to_vec();
    Path { steps, object: path.object, slot: path.slot, up: 0 }
}

/// What reference `via` points to.
fn target(
    catalogue: &Catalogue,
    object: ObjectIx,
    via: Slot,
    values: &[Value],
) -> Option<(ObjectIx, Uuid)> {
    targets(catalogue, object, via, values.get(usize::from(via.0))?).pop()
}

/// The records that `value` of reference `via` points to.
pub(crate) fn targets(
    catalogue: &Catalogue,
    object: ObjectIx,
    via: Slot,
    value: &Value,
) -> Vec<(ObjectIx, Uuid)> {
    let to = || {
        let field = catalogue.at(object)?.at(via)?;
        match &field.kind {
            FieldType::ManyToMany { to } => catalogue.object(to.as_str()).map(|(ix, _)| ix),
            _ => field.target(catalogue),
        }
    };
    match value {
        Value::Link(name, id) => {
            catalogue.object(name.as_str()).map(|(ix, _)| (ix, *id)).into_iter().collect()
        }
        Value::Id(id) => to().map(|ix| (ix, *id)).into_iter().collect(),
        Value::List(items) => {
            let Some(ix) = to() else { return Vec::new() };
            let id = |item: &Value| match item {
                Value::Id(id) => Some((ix, *id)),
                _ => None,
            };
            items.iter().filter_map(id).collect()
        }
        _ => Vec::new(),
    }
}

fn over_nothing(function: AggregateFn) -> Value {
    match function {
        AggregateFn::Count | AggregateFn::CountDistinct | AggregateFn::Sum => {
            Value::Number(kernel::Decimal::ZERO)
        }
        AggregateFn::Any => Value::Bool(false),
        AggregateFn::All => Value::Bool(true),
        AggregateFn::Min | AggregateFn::Max | AggregateFn::Avg => Value::Null,
    }
}

async fn one(
    context: &Context<'_>,
    object: ObjectIx,
    id: Uuid,
    columns: Vec<Node>,
) -> Result<Option<Vec<Value>>, Error> {
    let filter = field_is(object, base::ID, id);
    let select =
        Select { columns, filter: Some(&filter), limit: 1, ..Select::of(object, &context.env) };
    Ok(context.engine.store().select(context.catalogue, &select).await?.pop())
}

impl<'a> Facts<'a> {
    /// Facts about `values` with what was loaded for them.
    pub fn new(
        catalogue: &'a Catalogue,
        object: ObjectIx,
        values: &'a [Value],
        env: &'a Env<'a>,
        known: Known,
    ) -> Facts<'a> {
        Facts { catalogue, object, values, env, known }
    }

    /// Whether the roll-up at `slot` was loaded.
    pub fn has_rollup(&self, slot: Slot) -> bool {
        self.known.rollups.contains_key(&slot)
    }

    /// Whether condition `node` holds.
    pub fn holds(&self, node: &Node) -> bool {
        is_true(&node.eval(self, self.env))
    }
}

impl Record for Facts<'_> {
    fn field(&self, path: &Path) -> Value {
        if !path.steps.is_empty() {
            return self.known.far.get(path).cloned().unwrap_or(Value::Null);
        }
        let field = self.catalogue.at(self.object).and_then(|object| object.at(path.slot));
        match field.map(|field| &field.kind) {
            Some(FieldType::Formula { expr }) => expr.root.eval(self, self.env),
            Some(FieldType::RollUp { .. }) => {
                self.known.rollups.get(&path.slot).cloned().unwrap_or(Value::Null)
            }
            _ => self.values.get(usize::from(path.slot.0)).cloned().unwrap_or(Value::Null),
        }
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Value {
        let found = self.known.aggregates.iter().find(|(known, _)| known == aggregate);
        found.map_or(Value::Null, |(_, value)| value.clone())
    }

    fn reachable(&self, via: Slot, object: ObjectIx, condition: &Node) -> bool {
        let same = |(v, o, node, _): &&(Slot, ObjectIx, Node, bool)| {
            *v == via && *o == object && node == condition
        };
        self.known.reachable.iter().find(same).is_some_and(|(_, _, _, holds)| *holds)
    }

    fn shared(&self) -> bool {
        self.known.shared
    }
}
