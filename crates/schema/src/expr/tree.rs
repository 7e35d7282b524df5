//! The typed tree. Every back end matches on it exhaustively.

use std::sync::Arc;

use crate::field::Reach;
use crate::{Name, ObjectIx, Slot, Value};

/// A checked expression over one object's record.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Canonical text it was parsed from.
    pub source: Arc<str>,
    /// The tree.
    pub root: Node,
    /// What it yields.
    pub ty: Type,
}

/// Type of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// The literal `empty`, which fits every type.
    Empty,
    /// True or false (or empty).
    Bool,
    /// Exact decimal.
    Number,
    /// Text, including option codes and automatic numbers.
    Text,
    /// Civil date.
    Date,
    /// UTC instant.
    Instant,
    /// A length of time. Its value is a whole `Value::Number` of microseconds, whatever it was made
    /// of: `date - date` gives days times 86,400,000,000, and a date moves by whole days only (the
    /// rest is cut off, towards zero).
    Duration,
    /// A record id of one of these objects (none named: any).
    Id(Vec<Name>),
    /// Several of.
    List(Box<Type>),
}

/// A field of the record, or of one reached through references.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// Reference fields to follow: the object each is on, and its slot there.
    pub steps: Vec<(ObjectIx, Slot)>,
    /// Object that holds the field.
    pub object: ObjectIx,
    /// The field.
    pub slot: Slot,
    /// For an aggregate's inner expressions: how many records up the path starts (0 = the child
    /// itself, 1 = the record the aggregate stands on).
    pub up: u8,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorAttribute {
    /// `me`: the user's id.
    User,
    /// `my_units`: ids of the org units where a role is held.
    Units,
    /// `my_subtree`: those and all below.
    Subtree,
    /// Ids of the records shared with the user and not expired. Never written by hand: the engine
    /// uses it to compile `rows = "shared"`.
    Shared,
}

/// Comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// Arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`: numbers; date + duration; text + text joins.
    Add,
    /// `-`: numbers; date - duration; date - date.
    Sub,
    /// `*`
    Mul,
    /// `/`: rounded half-up to 12 digits after the point; by zero gives empty.
    Div,
    /// `%`
    Rem,
}

/// Aggregate functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AggregateFn {
    /// How many.
    Count,
    /// Total; empty over nothing counts as 0.
    Sum,
    /// Least.
    Min,
    /// Greatest.
    Max,
    /// How many different values that are not empty.
    CountDistinct,
    /// Mean, rounded half-up to 12 digits after the point.
    Avg,
    /// Whether any child meets the filter.
    Any,
    /// Whether all children meet the value condition.
    All,
}

/// An aggregate over the records that refer to this one.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Function.
    pub function: AggregateFn,
    /// Child object.
    pub object: ObjectIx,
    /// Its reference to the record.
    pub by: Slot,
    /// Which children.
    pub filter: Option<Node>,
    /// What of them (none for `count`, `any`).
    pub value: Option<Node>,
    /// Through which records they are reached, when they do not refer to the record themselves. Has
    /// no text form: roll-ups have it.
    pub reach: Option<Box<Reach>>,
}

/// A node of the tree. Null rule: an operation on an empty operand is empty; `and`/`or`/`not` are
/// three-valued (Kleene); a condition passes only when true.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A constant.
    Literal(Value),
    /// `3 days`, `2 hours`, `30 minutes`: a constant length of time in microseconds.
    Duration(i64),
    /// A field.
    Field(Path),
    /// `param("name")` on the business date.
    Param(Name),
    /// `me`, `my_units`, `my_subtree`.
    Actor(ActorAttribute),
    /// Negation.
    Not(Box<Node>),
    /// All of.
    And(Vec<Node>),
    /// Any of.
    Or(Vec<Node>),
    /// Comparison; both sides of one type.
    Compare(Comparison, Box<Node>, Box<Node>),
    /// `x in [a, b]`, or `x in list_field`.
    In(Box<Node>, Box<Node>),
    /// A list built of parts.
    List(Vec<Node>),
    /// `x between a and b`, inclusive.
    Between(Box<Node>, Box<Node>, Box<Node>),
    /// `x is empty`; never empty itself.
    IsEmpty(Box<Node>),
    /// Arithmetic.
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    /// Minus.
    Negate(Box<Node>),
    /// `if(condition, then, else)`.
    If(Box<Node>, Box<Node>, Box<Node>),
    /// A function of the one table.
    Call(Function, Vec<Node>),
    /// `sum(children.field where …)`.
    Aggregate(Box<Aggregate>),
    /// The record that reference `via` points to is of `object` and meets `condition`. Has no text
    /// form: the engine uses it to compile `rows = "parent"`.
    Reachable {
        /// Reference field of the record at hand.
        via: Slot,
        /// Object it must point to.
        object: ObjectIx,
        /// Over that object's record.
        condition: Box<Node>,
    },
}

/// The functions an expression may call: one table, shared by every back end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// `today()`: the business date.
    Today,
    /// `now()`: the instant of the request.
    Now,
    /// `years_between(from, to)`: whole years.
    YearsBetween,
    /// `months_between(from, to)`: whole months.
    MonthsBetween,
    /// `days_between(from, to)`.
    DaysBetween,
    /// `add_months(date, n)`: clamped to the month's end.
    AddMonths,
    /// `add_years(date, n)`: clamped to the month's end.
    AddYears,
    /// `add_days(date, n)`.
    AddDays,
    /// `year(date)`.
    Year,
    /// `month(date)`.
    Month,
    /// `day(date)`.
    Day,
    /// `start_of_month(date)`.
    StartOfMonth,
    /// `end_of_month(date)`.
    EndOfMonth,
    /// `date_of(instant)`: its civil date in Asia/Shanghai.
    DateOf,
    /// `length(text)`: characters, or items of a list (then with a second argument, never written:
    /// what an empty list has, 0).
    Length,
    /// `lower(text)`: ASCII letters only, so that every back end agrees.
    Lower,
    /// `upper(text)`: ASCII letters only.
    Upper,
    /// `trim(text)`: ASCII and ideographic spaces.
    Trim,
    /// `contains(text, part)`; `contains(list, item)` is read as `item in list`.
    Contains,
    /// `starts_with(text, part)`.
    StartsWith,
    /// `ends_with(text, part)`.
    EndsWith,
    /// `left(text, n)`.
    Left,
    /// `right(text, n)`.
    Right,
    /// `concat(a, b, …)`: empties are skipped.
    Concat,
    /// `abs(n)`.
    Abs,
    /// `round(n, digits)`: half-up (away from zero).
    Round,
    /// `floor(n)`.
    Floor,
    /// `ceiling(n)`.
    Ceiling,
    /// `least(a, b, …)`: of the non-empty.
    Least,
    /// `greatest(a, b, …)`: of the non-empty.
    Greatest,
    /// `coalesce(a, b, …)`: first non-empty.
    Coalesce,
    /// `id_birth_date(id)`: date in a resident ID.
    IdBirthDate,
    /// `id_sex(id)`: `male` or `female` by a resident ID.
    IdSex,
    /// `id_region(id)`: first six digits of a resident ID.
    IdRegion,
    /// `object_of(link)`: name of the object a several-target reference points to.
    ObjectOf,
    /// `under(code, ancestor)`: whether a cascade code is or lies below another, which holds when it
    /// begins with it (pairs of zeros at the end of six digits aside). With a third argument, never
    /// written: whether the code is one of that list, for trees whose codes do not nest so.
    Under,
}
