//! Types of fields and nodes, and which fit together.

use super::functions::Yield;
use super::{ActorAttribute, AggregateFn, Arithmetic, Node, Type};
use crate::catalogue::{ParameterValue, SystemKind, base};
use crate::{Catalogue, FieldType, Name, Object, Slot, Value};

impl Type {
    /// Whether a value of `self` may stand where `wanted` is asked for.
    #[must_use]
    pub fn fits(&self, wanted: &Type) -> bool {
        match (self, wanted) {
            (Type::Empty, _) | (_, Type::Empty) => true,
            (Type::Id(a), Type::Id(b)) => {
                a.is_empty() || b.is_empty() || a.iter().any(|name| b.contains(name))
            }
            (Type::List(a), Type::List(b)) => a.fits(b),
            (a, b) => a == b,
        }
    }

    /// The one type that values of both have, if they fit.
    #[must_use]
    pub fn joined(self, other: Type) -> Option<Type> {
        if !self.fits(&other) {
            return None;
        }
        Some(match (self, other) {
            (Type::Empty, other) => other,
            (Type::Id(mut a), Type::Id(b)) if !a.is_empty() && !b.is_empty() => {
                a.extend(b.into_iter().filter(|name| !a.contains(name)).collect::<Vec<_>>());
                Type::Id(a)
            }
            (Type::Id(_), Type::Id(_)) => Type::Id(Vec::new()),
            (one, _) => one,
        })
    }

    /// Whether `<` and the like apply.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        match self {
            Type::Empty
            | Type::Number
            | Type::Text
            | Type::Date
            | Type::Instant
            | Type::Duration => true,
            Type::Bool | Type::Id(_) | Type::List(_) => false,
        }
    }

    /// Name for messages and JSON.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Type::Empty => "empty",
            Type::Bool => "bool",
            Type::Number => "number",
            Type::Text => "text",
            Type::Date => "date",
            Type::Instant => "instant",
            Type::Duration => "duration",
            Type::Id(_) => "id",
            Type::List(item) => match **item {
                Type::Id(_) => "ids",
                _ => "texts",
            },
        }
    }

    pub(super) fn zh(&self) -> &'static str {
        match self {
            Type::Empty => "空",
            Type::Bool => "是/否",
            Type::Number => "数字",
            Type::Text => "文本",
            Type::Date => "日期",
            Type::Instant => "时刻",
            Type::Duration => "时长",
            Type::Id(_) => "引用",
            Type::List(_) => "列表",
        }
    }

    pub(super) fn en(&self) -> &'static str {
        match self {
            Type::Empty => "empty",
            Type::Bool => "a condition",
            Type::Number => "a number",
            Type::Text => "text",
            Type::Date => "a date",
            Type::Instant => "an instant",
            Type::Duration => "a length of time",
            Type::Id(_) => "a reference",
            Type::List(_) => "a list",
        }
    }
}

/// What the field at `slot` yields; none for a child table, which only aggregates can read.
#[must_use]
pub fn field_type(catalogue: &Catalogue, object: &Object, slot: Slot) -> Option<Type> {
    match slot {
        base::ID => return Some(Type::Id(vec![object.name.clone()])),
        base::VERSION => return Some(Type::Number),
        _ => {}
    }
    Some(match &object.at(slot)?.kind {
        FieldType::Text { .. }
        | FieldType::LongText { .. }
        | FieldType::Select { .. }
        | FieldType::Cascade { .. }
        | FieldType::AutoNumber { .. }
        | FieldType::Phone
        | FieldType::Email
        | FieldType::Url
        | FieldType::ResidentId
        | FieldType::CreditCode
        | FieldType::BankCard
        | FieldType::Address => Type::Text,
        FieldType::Number { .. } | FieldType::Money { .. } | FieldType::Percent { .. } => {
            Type::Number
        }
        FieldType::Date => Type::Date,
        FieldType::DateTime => Type::Instant,
        FieldType::Boolean => Type::Bool,
        FieldType::MultiSelect { .. } | FieldType::Tags => Type::List(Box::new(Type::Text)),
        FieldType::ManyToMany { to } => Type::List(Box::new(Type::Id(vec![to.clone()]))),
        FieldType::Reference { to, .. } => Type::Id(to.clone()),
        FieldType::User => system_id(catalogue, SystemKind::User),
        FieldType::OrgUnit => system_id(catalogue, SystemKind::OrgUnit),
        FieldType::File { .. } => Type::Id(Vec::new()),
        FieldType::Formula { expr } => expr.ty.clone(),
        FieldType::RollUp { object, function, value, .. } => match function {
            AggregateFn::Count
            | AggregateFn::CountDistinct
            | AggregateFn::Sum
            | AggregateFn::Avg => Type::Number,
            AggregateFn::Any | AggregateFn::All => Type::Bool,
            AggregateFn::Min | AggregateFn::Max => {
                let (_, child) = catalogue.object(object.as_str())?;
                let (slot, _) = child.field(value.as_ref()?.as_str())?;
                field_type(catalogue, child, slot)?
            }
        },
        FieldType::ChildTable { .. } => return None,
    })
}

/// Objects a field refers to, if a path may go through it or an aggregate come back by it.
#[must_use]
pub fn targets(catalogue: &Catalogue, object: &Object, slot: Slot) -> Vec<Name> {
    if slot == base::ID {
        return Vec::new();
    }
    let system = |kind| catalogue.system(kind).map(|(_, o)| o.name.clone()).into_iter().collect();
    match object.at(slot).map(|field| &field.kind) {
        Some(FieldType::Reference { to, .. }) => to.clone(),
        Some(FieldType::User) => system(SystemKind::User),
        Some(FieldType::OrgUnit) => system(SystemKind::OrgUnit),
        _ => Vec::new(),
    }
}

fn system_id(catalogue: &Catalogue, kind: SystemKind) -> Type {
    Type::Id(catalogue.system(kind).map(|(_, object)| object.name.clone()).into_iter().collect())
}

/// The type a parameter's values have, by its first one.
pub(super) fn parameter_type(catalogue: &Catalogue, name: &str) -> Option<Type> {
    let parameter = catalogue.parameters.get(name)?;
    Some(match parameter.values.first().map(|(_, value)| value) {
        None => Type::Empty,
        Some(ParameterValue::Number(_)) => Type::Number,
        Some(ParameterValue::Text(_)) => Type::Text,
        Some(ParameterValue::Bool(_)) => Type::Bool,
        Some(ParameterValue::Date(_)) => Type::Date,
        Some(ParameterValue::Texts(_)) => Type::List(Box::new(Type::Text)),
    })
}

pub(super) fn actor_type(catalogue: &Catalogue, attribute: ActorAttribute) -> Type {
    match attribute {
        ActorAttribute::User => system_id(catalogue, SystemKind::User),
        ActorAttribute::Units | ActorAttribute::Subtree => {
            Type::List(Box::new(system_id(catalogue, SystemKind::OrgUnit)))
        }
        ActorAttribute::Shared => Type::List(Box::new(Type::Id(Vec::new()))),
    }
}

/// What `a op b` yields, if it means anything.
pub(super) fn arithmetic_type(op: Arithmetic, a: &Type, b: &Type) -> Option<Type> {
    Some(match (op, a, b) {
        (_, Type::Number, Type::Number) => Type::Number,
        (_, Type::Empty, _) | (_, _, Type::Empty) => Type::Empty,
        (Arithmetic::Add, Type::Text, Type::Text) => Type::Text,
        (Arithmetic::Add | Arithmetic::Sub, Type::Date, Type::Duration) => Type::Date,
        (Arithmetic::Add | Arithmetic::Sub, Type::Instant, Type::Duration) => Type::Instant,
        (Arithmetic::Add | Arithmetic::Sub, Type::Duration, Type::Duration)
        | (Arithmetic::Sub, Type::Date, Type::Date)
        | (Arithmetic::Sub, Type::Instant, Type::Instant) => Type::Duration,
        _ => return None,
    })
}

impl Node {
    /// What this node yields, for a tree that was checked against `catalogue`. A literal number
    /// is a `Number`, though beside a date it may be what remains of a duration.
    #[must_use]
    pub fn ty(&self, catalogue: &Catalogue) -> Type {
        match self {
            Node::Literal(value) => literal_type(value),
            Node::Duration(_) => Type::Duration,
            Node::Field(path) => catalogue
                .at(path.object)
                .and_then(|object| field_type(catalogue, object, path.slot))
                .unwrap_or(Type::Empty),
            Node::Param(name) => parameter_type(catalogue, name.as_str()).unwrap_or(Type::Empty),
            Node::Actor(attribute) => actor_type(catalogue, *attribute),
            Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::In(..)
            | Node::Between(..)
            | Node::IsEmpty(_)
            | Node::Reachable { .. } => Type::Bool,
            Node::List(items) => Type::List(Box::new(joined_type(items, catalogue))),
            Node::Arithmetic(op, a, b) => {
                arithmetic_type(*op, &a.ty(catalogue), &b.ty(catalogue)).unwrap_or(Type::Empty)
            }
            Node::Negate(inner) => inner.ty(catalogue),
            Node::If(_, a, b) => a.ty(catalogue).joined(b.ty(catalogue)).unwrap_or(Type::Empty),
            Node::Call(function, arguments) => match function.signature().result {
                Yield::Same => joined_type(arguments, catalogue),
                fixed => fixed.fixed().unwrap_or(Type::Empty),
            },
            Node::Aggregate(inner) => match inner.function {
                AggregateFn::Count
                | AggregateFn::CountDistinct
                | AggregateFn::Sum
                | AggregateFn::Avg => Type::Number,
                AggregateFn::Any | AggregateFn::All => Type::Bool,
                AggregateFn::Min | AggregateFn::Max => {
                    inner.value.as_ref().map_or(Type::Empty, |value| value.ty(catalogue))
                }
            },
        }
    }
}

impl Yield {
    /// The type, unless it is that of the arguments.
    #[must_use]
    pub fn fixed(self) -> Option<Type> {
        Some(match self {
            Yield::Bool => Type::Bool,
            Yield::Number => Type::Number,
            Yield::Text => Type::Text,
            Yield::Date => Type::Date,
            Yield::Instant => Type::Instant,
            Yield::Same => return None,
        })
    }
}

fn joined_type(nodes: &[Node], catalogue: &Catalogue) -> Type {
    let types = nodes.iter().map(|node| node.ty(catalogue));
    types.reduce(|a, b| a.clone().joined(b).unwrap_or(a)).unwrap_or(Type::Empty)
}

fn literal_type(value: &Value) -> Type {
    match value {
        Value::Null => Type::Empty,
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::Text(_) | Value::Secret(_) => Type::Text,
        Value::Date(_) => Type::Date,
        Value::Instant(_) => Type::Instant,
        Value::Id(_) => Type::Id(Vec::new()),
        Value::Link(object, _) => Type::Id(vec![object.clone()]),
        Value::List(items) => Type::List(Box::new(items.first().map_or(Type::Empty, literal_type))),
    }
}
