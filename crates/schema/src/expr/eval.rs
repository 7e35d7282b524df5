//! A tree to a value, in memory: the meaning that the databases and the browser must match.
//!
//! Total: whatever cannot be computed is empty.

use std::cmp::Ordering;

use kernel::Decimal;

use super::call::call;
use super::{
    ActorAttribute, Aggregate, AggregateFn, Arithmetic, Comparison, Env, Expr, Node, Path, Record,
    calendar, number,
};
use crate::{ObjectIx, Slot, Value};

impl Expr {
    /// The expression's value over `record`.
    #[must_use]
    pub fn eval(&self, record: &dyn Record, env: &Env<'_>) -> Value {
        self.root.eval(record, env)
    }

    /// Whether the expression is true over `record`; empty is not.
    #[must_use]
    pub fn holds(&self, record: &dyn Record, env: &Env<'_>) -> bool {
        self.root.holds(record, env)
    }
}

impl Node {
    /// The node's value over `record`.
    #[must_use]
    pub fn eval(&self, record: &dyn Record, env: &Env<'_>) -> Value {
        match self {
            Node::Literal(value) => value.clone(),
            Node::Duration(micros) => Value::Number(Decimal::from(*micros)),
            Node::Field(path) => record.field(path),
            Node::Param(name) => env.parameters.get(name),
            Node::Actor(attribute) => actor(*attribute, env),
            Node::Not(inner) => truth(inner.truth(record, env).map(|value| !value)),
            Node::And(_) | Node::Or(_) => truth(self.truth(record, env)),
            Node::Compare(op, a, b) => {
                let (a, b) = (a.eval(record, env), b.eval(record, env));
                truth(order(&a, &b).map(|order| compares(*op, order)))
            }
            Node::In(item, list) => membership(item, list, record, env),
            Node::List(items) => {
                Value::List(items.iter().map(|item| item.eval(record, env)).collect())
            }
            Node::Between(x, low, high) => {
                let x = x.eval(record, env);
                let above = order(&x, &low.eval(record, env)).map(Ordering::is_ge);
                let below = order(&x, &high.eval(record, env)).map(Ordering::is_le);
                truth(both(above, below))
            }
            Node::IsEmpty(inner) => Value::Bool(inner.eval(record, env).is_empty()),
            Node::Arithmetic(op, a, b) => {
                arithmetic(*op, &a.eval(record, env), &b.eval(record, env))
            }
            Node::Negate(inner) => match inner.eval(record, env) {
                Value::Number(number) => Value::Number(-number),
                _ => Value::Null,
            },
            Node::If(condition, a, b) => {
                if condition.holds(record, env) { a } else { b }.eval(record, env)
            }
            Node::Call(function, arguments) => {
                let values: Vec<Value> =
                    arguments.iter().map(|argument| argument.eval(record, env)).collect();
                call(*function, &values, env)
            }
            Node::Aggregate(inner) => record.aggregate(inner),
            Node::Reachable { via, object, condition } => {
                Value::Bool(record.reachable(*via, *object, condition))
            }
        }
    }

    /// Whether the node is true over `record`; empty is not.
    #[must_use]
    pub fn holds(&self, record: &dyn Record, env: &Env<'_>) -> bool {
        self.truth(record, env) == Some(true)
    }

    /// True, false or empty.
    fn truth(&self, record: &dyn Record, env: &Env<'_>) -> Option<bool> {
        match self {
            Node::And(parts) => kleene(parts, false, record, env),
            Node::Or(parts) => kleene(parts, true, record, env),
            _ => match self.eval(record, env) {
                Value::Bool(value) => Some(value),
                _ => None,
            },
        }
    }
}

/// `and` (decided by false) or `or` (decided by true).
fn kleene(parts: &[Node], decided: bool, record: &dyn Record, env: &Env<'_>) -> Option<bool> {
    let mut result = Some(!decided);
    for part in parts {
        match part.truth(record, env) {
            Some(value) if value == decided => return Some(decided),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn truth(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Bool)
}

fn compares(op: Comparison, order: Ordering) -> bool {
    match op {
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
    }
}

/// Text of a text or a secret; none of an empty one.
pub(super) fn text_of(value: &Value) -> Option<&str> {
    let text = match value {
        Value::Text(text) => text,
        Value::Secret(secret) => secret.expose(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Order of two values of one type; none if either is empty.
pub(super) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Instant(a), Value::Instant(b)) => Some(a.cmp(b)),
        (Value::Id(a) | Value::Link(_, a), Value::Id(b) | Value::Link(_, b)) => Some(a.cmp(b)),
        _ => Some(text_of(a)?.cmp(text_of(b)?)),
    }
}

fn actor(attribute: ActorAttribute, env: &Env<'_>) -> Value {
    let ids = match attribute {
        ActorAttribute::User => return env.me.map_or(Value::Null, Value::Id),
        ActorAttribute::Units => env.units,
        ActorAttribute::Subtree => env.subtree,
        ActorAttribute::Shared => return Value::Null,
    };
    Value::List(ids.iter().copied().map(Value::Id).collect())
}

fn membership(item: &Node, list: &Node, record: &dyn Record, env: &Env<'_>) -> Value {
    let item = item.eval(record, env);
    if item.is_empty() {
        return Value::Null;
    }
    match list {
        Node::Actor(ActorAttribute::Shared) => Value::Bool(record.shared()),
        Node::List(items) => truth(among(&item, items.iter().map(|node| node.eval(record, env)))),
        _ => match list.eval(record, env) {
            Value::List(items) => truth(among(&item, items.iter().cloned())),
            _ => Value::Bool(false),
        },
    }
}

/// Whether one of `list` is `item`; not known if none is but one is empty.
pub(super) fn among(item: &Value, list: impl Iterator<Item = Value>) -> Option<bool> {
    let mut found = Some(false);
    for candidate in list {
        match order(item, &candidate) {
            Some(Ordering::Equal) => return Some(true),
            Some(_) => {}
            None => found = None,
        }
    }
    found
}

fn arithmetic(op: Arithmetic, a: &Value, b: &Value) -> Value {
    let computed = match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let of = match op {
                Arithmetic::Add => number::add,
                Arithmetic::Sub => number::sub,
                Arithmetic::Mul => number::mul,
                Arithmetic::Div => number::div,
                Arithmetic::Rem => number::rem,
            };
            of(*a, *b).map(Value::Number)
        }
        (Value::Date(date), Value::Number(micros)) => {
            let days = number::whole(*micros).map(|micros| micros / calendar::DAY);
            days.and_then(|days| calendar::add_days(*date, signed(op, days)?)).map(Value::Date)
        }
        (Value::Instant(instant), Value::Number(micros)) => number::whole(*micros)
            .and_then(|micros| calendar::add_micros(*instant, signed(op, micros)?))
            .map(Value::Instant),
        (Value::Date(a), Value::Date(b)) => {
            duration(calendar::days_between(*b, *a).checked_mul(calendar::DAY))
        }
        (Value::Instant(a), Value::Instant(b)) => {
            duration(a.as_microsecond().checked_sub(b.as_microsecond()))
        }
        _ => match (text_of(a), text_of(b)) {
            (Some(a), Some(b)) => Some(Value::text(format!("{a}{b}"))),
            _ => None,
        },
    };
    computed.unwrap_or(Value::Null)
}

fn signed(op: Arithmetic, length: i64) -> Option<i64> {
    match op {
        Arithmetic::Sub => length.checked_neg(),
        _ => Some(length),
    }
}

fn duration(micros: Option<i64>) -> Option<Value> {
    number::bounded(Decimal::from(micros?)).map(Value::Number)
}

/// A child's record inside an aggregate: its own fields, and `outer`'s one record up.
pub struct Nested<'a> {
    /// The child.
    pub child: &'a dyn Record,
    /// The record the aggregate stands on.
    pub outer: &'a dyn Record,
}

impl Record for Nested<'_> {
    fn field(&self, path: &Path) -> Value {
        match path.up.checked_sub(1) {
            None => self.child.field(path),
            Some(up) => self.outer.field(&Path { up, ..path.clone() }),
        }
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Value {
        self.child.aggregate(aggregate)
    }

    fn reachable(&self, via: Slot, object: ObjectIx, condition: &Node) -> bool {
        self.child.reachable(via, object, condition)
    }

    fn shared(&self) -> bool {
        self.child.shared()
    }
}

/// Folds `children`, the records that refer to `outer`, as `aggregate` says. `any` and `all` are
/// never empty; `sum` and counts over nothing are 0, `all` is true, the others empty.
pub fn fold<'r>(
    aggregate: &Aggregate,
    outer: &dyn Record,
    children: impl IntoIterator<Item = &'r dyn Record>,
    env: &Env<'_>,
) -> Value {
    let mut count = 0_i64;
    let mut values = Vec::new();
    for child in children {
        let record = Nested { child, outer };
        if aggregate.filter.as_ref().is_some_and(|filter| !filter.holds(&record, env)) {
            continue;
        }
        count += 1;
        match &aggregate.value {
            Some(value) => values.push(value.eval(&record, env)),
            None if aggregate.function == AggregateFn::Any => return Value::Bool(true),
            None => {}
        }
    }
    let present = || values.iter().filter(|value| !value.is_empty());
    match aggregate.function {
        AggregateFn::Count => Value::Number(Decimal::from(count)),
        AggregateFn::CountDistinct => {
            let mut different: Vec<&Value> = Vec::new();
            for value in present() {
                if !different.contains(&value) {
                    different.push(value);
                }
            }
            Value::Number(Decimal::from(different.len()))
        }
        AggregateFn::Any => Value::Bool(false),
        AggregateFn::All => Value::Bool(values.iter().all(|value| *value == Value::Bool(true))),
        AggregateFn::Sum => total(present()).map_or(Value::Null, Value::Number),
        AggregateFn::Avg => {
            let size = Decimal::from(present().count());
            let mean = total(present()).and_then(|sum| number::div(sum, size));
            mean.map_or(Value::Null, Value::Number)
        }
        AggregateFn::Min => extreme(present(), Ordering::Less),
        AggregateFn::Max => extreme(present(), Ordering::Greater),
    }
}

fn total<'v>(mut values: impl Iterator<Item = &'v Value>) -> Option<Decimal> {
    values.try_fold(Decimal::ZERO, |sum, value| match value {
        Value::Number(number) => number::add(sum, *number),
        _ => None,
    })
}

/// The least or greatest of values that are not empty.
pub(super) fn extreme<'v>(values: impl Iterator<Item = &'v Value>, wanted: Ordering) -> Value {
    let best =
        values.reduce(|best, value| if order(value, best) == Some(wanted) { value } else { best });
    best.cloned().unwrap_or(Value::Null)
}
