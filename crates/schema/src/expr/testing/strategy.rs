//! Random well-typed trees over the test catalogue.
//!
//! Trees come as the parser makes them, so that printing and reading gives them back.

use kernel::Decimal;
use proptest::prelude::*;
use proptest::sample::select;

use super::rows::{IDS, date, decimal, ids_of, instant, text};
use super::{main_object, name};
use crate::expr::calendar::DAY;
use crate::expr::{
    ActorAttribute, Aggregate, AggregateFn, Arithmetic, Comparison, Function, Node, Path, Type,
    field_type, targets,
};
use crate::{Catalogue, Field, FieldType, Object, ObjectIx, Slot, Value};

/// A condition over the test catalogue's `thing`.
pub fn condition(catalogue: &Catalogue) -> BoxedStrategy<Node> {
    root(catalogue, &Type::Bool)
}

/// A tree of type `ty` (not a list or id) over the test catalogue's `thing`.
pub fn root(catalogue: &Catalogue, ty: &Type) -> BoxedStrategy<Node> {
    level(catalogue).of(ty)
}

/// A tree of any scalar type over the test catalogue's `thing`.
pub fn node(catalogue: &Catalogue) -> BoxedStrategy<Node> {
    let level = level(catalogue);
    let types = [Type::Bool, Type::Number, Type::Text, Type::Date, Type::Instant, Type::Duration];
    proptest::strategy::Union::new(types.iter().map(|ty| level.of(ty))).boxed()
}

fn level(catalogue: &Catalogue) -> Level {
    let ix = |name: &str| catalogue.object(name).unwrap().0;
    let (thing, item, part) = (main_object(catalogue), ix("item"), ix("part"));
    let parts = Scope { catalogue, object: part, outer: Some(item) };
    let parts_level = Level::leaves(&parts).grown(&parts, None);
    let items = Scope { catalogue, object: item, outer: Some(thing) };
    let by_item = catalogue.at(part).unwrap().field("item").unwrap().0;
    let inner = Some((part, by_item, &parts_level));
    let items_level = Level::leaves(&items).grown(&items, inner).grown(&items, inner);
    let things = Scope { catalogue, object: thing, outer: None };
    let by_thing = catalogue.at(item).unwrap().field("thing").unwrap().0;
    let inner = Some((item, by_thing, &items_level));
    (0..3).fold(Level::leaves(&things), |level, _| level.grown(&things, inner))
}

struct Scope<'a> {
    catalogue: &'a Catalogue,
    object: ObjectIx,
    outer: Option<ObjectIx>,
}

impl Scope<'_> {
    /// Fields of type `ty` at hand: own, one reference away, and the outer record's.
    fn fields(&self, ty: &Type) -> Vec<Node> {
        let mut all = Vec::new();
        self.collect(ty, self.object, 0, &mut all);
        if let Some(outer) = self.outer {
            self.collect(ty, outer, 1, &mut all);
        }
        all
    }

    fn collect(&self, ty: &Type, object: ObjectIx, up: u8, all: &mut Vec<Node>) {
        let here = self.catalogue.at(object).unwrap();
        for (slot, field) in here.slots() {
            if self.is(here, slot, field, ty) {
                all.push(Node::Field(Path { steps: Vec::new(), object, slot, up }));
            }
            if let [only] = targets(self.catalogue, here, slot).as_slice() {
                let (next, target) = self.catalogue.object(only.as_str()).unwrap();
                let through = target.slots().filter(|(at, field)| self.is(target, *at, field, ty));
                all.extend(through.map(|(at, _)| {
                    Node::Field(Path { steps: vec![(object, slot)], object: next, slot: at, up })
                }));
            }
        }
    }

    fn is(&self, object: &Object, slot: Slot, field: &Field, ty: &Type) -> bool {
        let is_option = matches!(field.kind, FieldType::Select { .. } | FieldType::Cascade { .. });
        let found = field_type(self.catalogue, object, slot);
        !field.retired && !field.encrypted && !is_option && found.as_ref() == Some(ty)
    }

    fn field(&self, name: &str) -> Option<Node> {
        let (slot, _) = self.catalogue.at(self.object)?.field(name)?;
        Some(Node::Field(Path { steps: Vec::new(), object: self.object, slot, up: 0 }))
    }
}

/// Strategies of one depth, by type.
#[derive(Clone)]
struct Level {
    boolean: BoxedStrategy<Node>,
    number: BoxedStrategy<Node>,
    text: BoxedStrategy<Node>,
    date: BoxedStrategy<Node>,
    instant: BoxedStrategy<Node>,
    duration: BoxedStrategy<Node>,
    list: BoxedStrategy<Node>,
}

fn literal(value: impl Into<Value>) -> Node {
    Node::Literal(value.into())
}

fn boxed(node: Node) -> Box<Node> {
    Box::new(node)
}

fn call(function: Function, arguments: Vec<Node>) -> Node {
    Node::Call(function, arguments)
}

fn two(
    a: &BoxedStrategy<Node>,
    b: &BoxedStrategy<Node>,
    make: impl Fn(Node, Node) -> Node + 'static,
) -> BoxedStrategy<Node> {
    (a.clone(), b.clone()).prop_map(move |(a, b)| make(a, b)).boxed()
}

fn one(a: &BoxedStrategy<Node>, make: impl Fn(Node) -> Node + 'static) -> BoxedStrategy<Node> {
    a.clone().prop_map(make).boxed()
}

fn several(a: &BoxedStrategy<Node>, functions: &'static [Function]) -> BoxedStrategy<Node> {
    let arguments = proptest::collection::vec(a.clone(), 1..4);
    (select(functions), arguments).prop_map(|(f, arguments)| call(f, arguments)).boxed()
}

const PICKS: &[Function] = &[Function::Least, Function::Greatest, Function::Coalesce];

impl Level {
    fn of(&self, ty: &Type) -> BoxedStrategy<Node> {
        match ty {
            Type::Bool => self.boolean.clone(),
            Type::Number => self.number.clone(),
            Type::Text => self.text.clone(),
            Type::Date => self.date.clone(),
            Type::Instant => self.instant.clone(),
            Type::Duration => self.duration.clone(),
            other => panic!("no strategy for {other:?}"),
        }
    }

    fn leaves(scope: &Scope<'_>) -> Level {
        let fields = |ty: Type| select(scope.fields(&ty));
        let param = |key: &str| Just(Node::Param(name(key)));
        let number =
            (0_u32..5).prop_flat_map(decimal).prop_map(|n| literal(Value::Number(n.normalize())));
        let lengths = prop_oneof![
            (-400_i64..400).prop_map(|n| n * DAY),
            (-100_i64..100).prop_map(|n| n * 3_600_000_000),
            (-100_i64..100).prop_map(|n| n * 60_000_000),
        ];
        let today = call(Function::Today, Vec::new());
        let now = call(Function::Now, Vec::new());
        Level {
            boolean: Level::conditions(scope),
            number: prop_oneof![6 => fields(Type::Number), 3 => number, 1 => param("threshold")]
                .boxed(),
            text: prop_oneof![
                6 => fields(Type::Text),
                3 => text().prop_map(Node::Literal),
                1 => param("label"),
            ]
            .boxed(),
            date: prop_oneof![
                5 => fields(Type::Date),
                2 => date().prop_map(|date| literal(Value::Date(date))),
                1 => Just(today),
                1 => param("start"),
            ]
            .boxed(),
            instant: prop_oneof![
                4 => fields(Type::Instant),
                2 => instant().prop_map(|instant| literal(Value::Instant(instant))),
                1 => Just(now),
            ]
            .boxed(),
            duration: lengths.prop_map(Node::Duration).boxed(),
            list: fields(Type::List(Box::new(Type::Text))).boxed(),
        }
    }

    /// Conditions that are leaves or nearly so: flags, options, ids, lists of the actor.
    fn conditions(scope: &Scope<'_>) -> BoxedStrategy<Node> {
        let mut all = scope.fields(&Type::Bool);
        all.push(Node::Param(name("enabled")));
        all.push(literal(Value::Bool(true)));
        let own = |key: &str| scope.field(key).unwrap();
        let actor = |attribute| boxed(Node::Actor(attribute));
        all.push(Node::In(boxed(own("org_unit")), actor(ActorAttribute::Units)));
        all.push(Node::In(boxed(own("org_unit")), actor(ActorAttribute::Subtree)));
        let me = actor(ActorAttribute::User);
        all.push(Node::Compare(Comparison::Eq, boxed(own("owner")), me));
        for target in ids_of(scope.catalogue, "target") {
            let id = || literal(Value::Id(target));
            for key in ["target", "link"].iter().filter_map(|key| scope.field(key)) {
                all.push(Node::Compare(Comparison::Ne, boxed(key), boxed(id())));
            }
            if let Some(friends) = scope.field("friends") {
                all.push(Node::In(boxed(id()), boxed(friends)));
            }
        }
        let code = |code: &str| literal(Value::text(code));
        if let Some(tier) = scope.field("tier") {
            let list = Node::List(vec![code("gold"), code("basic")]);
            all.push(Node::In(boxed(tier.clone()), boxed(list)));
            all.push(Node::In(boxed(tier.clone()), boxed(Node::Param(name("tiers")))));
            all.push(Node::Compare(Comparison::Eq, boxed(tier.clone()), boxed(code("gold"))));
            all.push(Node::Compare(Comparison::Ne, boxed(tier), boxed(code("silver"))));
        }
        for ancestor in ["110000", "371300", "110101"] {
            let region = scope.field("region").into_iter();
            all.extend(region.map(|region| call(Function::Under, vec![region, code(ancestor)])));
        }
        for key in ["friends", "flags", "target", "link", "sealed_id", "name"] {
            all.extend(scope.field(key).map(|field| Node::IsEmpty(boxed(field))));
        }
        select(all).boxed()
    }

    /// One step deeper; `inner`: the children that aggregates go over, by their reference.
    fn grown(&self, scope: &Scope<'_>, inner: Option<(ObjectIx, Slot, &Level)>) -> Level {
        let leaves = Level::leaves(scope);
        let mut level = Level {
            boolean: self.booleans(),
            number: self.numbers(),
            text: self.texts(scope),
            date: self.dates(),
            instant: self.instants(),
            duration: self.durations(),
            list: self.list.clone(),
        };
        if let Some((object, by, inner)) = inner {
            level.number = prop_oneof![8 => level.number, 1 => inner.amounts(object, by)].boxed();
            level.boolean =
                prop_oneof![8 => level.boolean, 1 => inner.quantified(object, by)].boxed();
            let extremes = inner.extremes(object, by, inner.date.clone());
            level.date = prop_oneof![8 => level.date, 1 => extremes].boxed();
        }
        Level {
            boolean: prop_oneof![1 => leaves.boolean, 4 => level.boolean].boxed(),
            number: prop_oneof![1 => leaves.number, 3 => level.number].boxed(),
            text: prop_oneof![1 => leaves.text, 3 => level.text].boxed(),
            date: prop_oneof![1 => leaves.date, 3 => level.date].boxed(),
            instant: prop_oneof![1 => leaves.instant, 3 => level.instant].boxed(),
            duration: prop_oneof![1 => leaves.duration, 3 => level.duration].boxed(),
            list: level.list,
        }
    }

    fn choice(&self, of: &BoxedStrategy<Node>) -> BoxedStrategy<Node> {
        (self.boolean.clone(), of.clone(), of.clone())
            .prop_map(|(c, a, b)| Node::If(boxed(c), boxed(a), boxed(b)))
            .boxed()
    }

    fn compared(of: &BoxedStrategy<Node>) -> BoxedStrategy<Node> {
        use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
        let sign = select(vec![Eq, Ne, Lt, Le, Gt, Ge]);
        let three = (of.clone(), of.clone(), of.clone());
        prop_oneof![
            4 => (sign, of.clone(), of.clone())
                .prop_map(|(op, a, b)| Node::Compare(op, boxed(a), boxed(b))),
            1 => three.prop_map(|(a, b, c)| Node::Between(boxed(a), boxed(b), boxed(c))),
            1 => (of.clone(), proptest::collection::vec(of.clone(), 0..3))
                .prop_map(|(a, list)| Node::In(boxed(a), boxed(Node::List(list)))),
            1 => one(of, |a| Node::IsEmpty(boxed(a))),
        ]
        .boxed()
    }

    fn booleans(&self) -> BoxedStrategy<Node> {
        let parts = || proptest::collection::vec(self.boolean.clone(), 2..4);
        let text_pair = (
            select(vec![Function::Contains, Function::StartsWith, Function::EndsWith]),
            self.text.clone(),
            self.text.clone(),
        );
        prop_oneof![
            3 => parts().prop_map(Node::And),
            3 => parts().prop_map(Node::Or),
            2 => one(&self.boolean, |a| Node::Not(boxed(a))),
            3 => Level::compared(&self.number),
            2 => Level::compared(&self.text),
            2 => Level::compared(&self.date),
            1 => Level::compared(&self.instant),
            1 => Level::compared(&self.duration),
            1 => two(&self.text, &self.list, |a, b| Node::In(boxed(a), boxed(b))),
            1 => two(&self.boolean, &self.boolean, |a, b| {
                Node::Compare(Comparison::Eq, boxed(a), boxed(b))
            }),
            1 => one(&self.list, |a| Node::IsEmpty(boxed(a))),
            1 => text_pair.prop_map(|(f, a, b)| call(f, vec![a, b])),
            1 => self.choice(&self.boolean),
        ]
        .boxed()
    }

    fn numbers(&self) -> BoxedStrategy<Node> {
        use Arithmetic::{Add, Div, Mul, Rem, Sub};
        let sign = select(vec![Add, Sub, Mul, Div, Rem]);
        let plain = select(vec![Function::Abs, Function::Floor, Function::Ceiling]);
        let parts = select(vec![Function::Year, Function::Month, Function::Day]);
        let spans =
            select(vec![Function::YearsBetween, Function::MonthsBetween, Function::DaysBetween]);
        let zero = || literal(Value::Number(Decimal::ZERO));
        prop_oneof![
            5 => (sign, self.number.clone(), self.number.clone())
                .prop_map(|(op, a, b)| Node::Arithmetic(op, boxed(a), boxed(b))),
            1 => one(&self.number, |a| Node::Negate(boxed(a))),
            1 => (plain, self.number.clone()).prop_map(|(f, a)| call(f, vec![a])),
            1 => (self.number.clone(), -3_i64..7).prop_map(|(a, digits)| {
                call(Function::Round, vec![a, literal(Value::Number(digits.into()))])
            }),
            1 => several(&self.number, PICKS),
            1 => (parts, self.date.clone()).prop_map(|(f, a)| call(f, vec![a])),
            1 => (spans, self.date.clone(), self.date.clone())
                .prop_map(|(f, a, b)| call(f, vec![a, b])),
            1 => one(&self.text, |a| call(Function::Length, vec![a])),
            1 => one(&self.list, move |a| call(Function::Length, vec![a, zero()])),
            1 => self.choice(&self.number),
        ]
        .boxed()
    }

    fn texts(&self, scope: &Scope<'_>) -> BoxedStrategy<Node> {
        let plain = select(vec![Function::Lower, Function::Upper, Function::Trim]);
        let ends = select(vec![Function::Left, Function::Right]);
        let ids = select(vec![Function::IdSex, Function::IdRegion]);
        let id = scope.field("plain_id").unwrap_or_else(|| literal(Value::text(IDS[0])));
        prop_oneof![
            2 => two(&self.text, &self.text, |a, b| {
                Node::Arithmetic(Arithmetic::Add, boxed(a), boxed(b))
            }),
            1 => (plain, self.text.clone()).prop_map(|(f, a)| call(f, vec![a])),
            1 => (ends, self.text.clone(), -1_i64..4).prop_map(|(f, a, n)| {
                call(f, vec![a, literal(Value::Number(n.into()))])
            }),
            1 => several(&self.text, &[Function::Concat]),
            1 => several(&self.text, PICKS),
            1 => ids.prop_map(move |f| call(f, vec![id.clone()])),
            1 => self.choice(&self.text),
        ]
        .boxed()
    }

    fn dates(&self) -> BoxedStrategy<Node> {
        let ends = select(vec![Function::StartOfMonth, Function::EndOfMonth]);
        let moves = select(vec![Function::AddDays, Function::AddMonths, Function::AddYears]);
        let sign = select(vec![Arithmetic::Add, Arithmetic::Sub]);
        let days = (-400_i64..400).prop_map(|n| Node::Duration(n * DAY));
        prop_oneof![
            1 => (ends, self.date.clone()).prop_map(|(f, a)| call(f, vec![a])),
            2 => (moves, self.date.clone(), -50_i64..50).prop_map(|(f, a, n)| {
                call(f, vec![a, literal(Value::Number(n.into()))])
            }),
            1 => one(&self.instant, |a| call(Function::DateOf, vec![a])),
            1 => (sign, self.date.clone(), days)
                .prop_map(|(op, a, b)| Node::Arithmetic(op, boxed(a), boxed(b))),
            1 => several(&self.date, PICKS),
            1 => self.choice(&self.date),
        ]
        .boxed()
    }

    fn instants(&self) -> BoxedStrategy<Node> {
        let sign = select(vec![Arithmetic::Add, Arithmetic::Sub]);
        let leaf = (-100_000_i64..100_000).prop_map(|n| Node::Duration(n * 60_000_000));
        prop_oneof![
            2 => (sign, self.instant.clone(), leaf)
                .prop_map(|(op, a, b)| Node::Arithmetic(op, boxed(a), boxed(b))),
            1 => several(&self.instant, PICKS),
            1 => self.choice(&self.instant),
        ]
        .boxed()
    }

    fn durations(&self) -> BoxedStrategy<Node> {
        let sub = |a, b| Node::Arithmetic(Arithmetic::Sub, boxed(a), boxed(b));
        let sign = select(vec![Arithmetic::Add, Arithmetic::Sub]);
        prop_oneof![
            2 => two(&self.date, &self.date, sub),
            2 => two(&self.instant, &self.instant, sub),
            1 => (sign, self.duration.clone(), self.duration.clone())
                .prop_map(|(op, a, b)| Node::Arithmetic(op, boxed(a), boxed(b))),
            1 => one(&self.duration, |a| Node::Negate(boxed(a))),
        ]
        .boxed()
    }

    fn filter(&self) -> BoxedStrategy<Option<Node>> {
        proptest::option::of(self.boolean.clone()).boxed()
    }

    fn amounts(&self, object: ObjectIx, by: Slot) -> BoxedStrategy<Node> {
        use AggregateFn::{Avg, CountDistinct, Max, Min, Sum};
        let of = select(vec![Sum, Min, Max, Avg, CountDistinct]);
        let valued = (of, self.number.clone(), self.filter());
        prop_oneof![
            1 => self.filter().prop_map(move |f| aggregate(AggregateFn::Count, object, by, None, f)),
            2 => valued.prop_map(move |(of, v, f)| aggregate(of, object, by, Some(v), f)),
        ]
        .boxed()
    }

    fn quantified(&self, object: ObjectIx, by: Slot) -> BoxedStrategy<Node> {
        let all = (self.boolean.clone(), self.filter());
        prop_oneof![
            self.filter().prop_map(move |f| aggregate(AggregateFn::Any, object, by, None, f)),
            all.prop_map(move |(v, f)| aggregate(AggregateFn::All, object, by, Some(v), f)),
        ]
        .boxed()
    }

    fn extremes(
        &self,
        object: ObjectIx,
        by: Slot,
        value: BoxedStrategy<Node>,
    ) -> BoxedStrategy<Node> {
        (select(vec![AggregateFn::Min, AggregateFn::Max]), value, self.filter())
            .prop_map(move |(of, v, f)| aggregate(of, object, by, Some(v), f))
            .boxed()
    }
}

fn aggregate(
    function: AggregateFn,
    object: ObjectIx,
    by: Slot,
    value: Option<Node>,
    filter: Option<Node>,
) -> Node {
    Node::Aggregate(Box::new(Aggregate { function, object, by, filter, value, reach: None }))
}
