//! Names resolved, types checked: the untyped tree becomes the typed one.
//!
//! Goes on after a fault where it can, so that several are reported at once.

use super::ast::{AggregateAst, Ast, Kind};
use super::error::{ExprError, Span, nearest};
use super::functions::ArgumentKind;
use super::names::Resolved;
use super::types::{arithmetic_type, targets};
use super::{Aggregate, AggregateFn, Arithmetic, Comparison, Node, Type};
use crate::{Catalogue, ObjectIx, Value};

/// Deepest nesting of aggregates.
const MAX_AGGREGATES: usize = 2;

/// A checked node.
pub(super) struct Typed {
    pub node: Node,
    pub ty: Type,
    /// Holds the plaintext of an encrypted field, so that few operations are allowed.
    pub sealed: bool,
    pub span: Span,
}

pub(super) struct Checker<'a> {
    pub catalogue: &'a Catalogue,
    /// Objects whose records are at hand; the last is the innermost aggregate's child.
    pub frames: Vec<ObjectIx>,
    pub errors: Vec<ExprError>,
}

impl Checker<'_> {
    /// Checks a whole expression; `wanted` is the type it must have, if one is asked for.
    pub(super) fn whole(&mut self, ast: &Ast, wanted: Option<&Type>) -> Option<Typed> {
        let typed = self.value(ast)?;
        let Some(wanted) = wanted else { return Some(typed) };
        let typed = self.coerced(typed, wanted);
        self.wants(&typed, wanted).then_some(typed)
    }

    /// Any node; a fault is recorded and gives none.
    pub(super) fn node(&mut self, ast: &Ast) -> Option<Typed> {
        let span = ast.span;
        let typed = |node, ty| Some(Typed { node, ty, sealed: false, span });
        match &ast.kind {
            Kind::Empty => typed(Node::Literal(Value::Null), Type::Empty),
            Kind::Bool(value) => typed(Node::Literal(Value::Bool(*value)), Type::Bool),
            Kind::Number(value) => typed(Node::Literal(Value::Number(*value)), Type::Number),
            Kind::Text(text) => typed(Node::Literal(Value::text(text.as_str())), Type::Text),
            Kind::Duration(micros) => typed(Node::Duration(*micros), Type::Duration),
            Kind::Path(words) => {
                let Resolved { node, ty, sealed } = self.path(words, span)?;
                Some(Typed { node, ty, sealed, span })
            }
            Kind::List(items) => self.list(items, None, span),
            Kind::Not(inner) => {
                let inner = self.condition(inner)?;
                typed(Node::Not(Box::new(inner)), Type::Bool)
            }
            Kind::And(parts) => typed(Node::And(self.conditions(parts)?), Type::Bool),
            Kind::Or(parts) => typed(Node::Or(self.conditions(parts)?), Type::Bool),
            Kind::Compare(op, a, b) => self.compare(*op, a, b, span),
            Kind::In(item, list) => self.membership(item, list, span),
            Kind::Between(x, low, high) => self.between([x, low, high], span),
            Kind::IsEmpty(inner) => {
                let inner = self.node(inner)?;
                typed(Node::IsEmpty(Box::new(inner.node)), Type::Bool)
            }
            Kind::Arithmetic(op, a, b) => self.arithmetic(*op, a, b, span),
            Kind::Negate(inner) => {
                let inner = self.value(inner)?;
                let inner = self.present(inner)?;
                if inner.ty != Type::Duration && !self.wants(&inner, &Type::Number) {
                    return None;
                }
                typed(Node::Negate(Box::new(inner.node)), inner.ty)
            }
            Kind::Call(name, arguments) => self.call(name, arguments, span),
            Kind::Aggregate(inner) => self.aggregate(inner, span),
        }
    }

    /// A node whose plain value is used: encrypted fields are refused.
    pub(super) fn value(&mut self, ast: &Ast) -> Option<Typed> {
        let typed = self.node(ast)?;
        if !typed.sealed {
            return Some(typed);
        }
        self.fault(ExprError::new(
            "encrypted",
            ast.span,
            "加密字段只能用 =、!=、in、is empty 和身份证函数",
            "an encrypted field only takes `=`, `!=`, `in`, `is empty` and the id functions",
        ))
    }

    pub(super) fn fault<T>(&mut self, error: ExprError) -> Option<T> {
        self.errors.push(error);
        None
    }

    /// Records a fault unless `typed` is of `wanted`.
    pub(super) fn wants(&mut self, typed: &Typed, wanted: &Type) -> bool {
        if typed.ty.fits(wanted) {
            return true;
        }
        self.errors.push(
            ExprError::new(
                "wrong_type",
                typed.span,
                format!("这里应为{}，却是{}", wanted.zh(), typed.ty.zh()),
                format!("expected {}, found {}", wanted.en(), typed.ty.en()),
            )
            .with("expected", wanted.code())
            .with("found", typed.ty.code()),
        );
        false
    }

    fn condition(&mut self, ast: &Ast) -> Option<Node> {
        let typed = self.value(ast)?;
        self.wants(&typed, &Type::Bool).then_some(typed.node)
    }

    fn conditions(&mut self, parts: &[Ast]) -> Option<Vec<Node>> {
        let checked: Vec<_> = parts.iter().map(|part| self.condition(part)).collect();
        checked.into_iter().collect()
    }

    /// A written text becomes the id, date or instant that the other side is.
    pub(super) fn coerced(&mut self, typed: Typed, wanted: &Type) -> Typed {
        let Node::Literal(Value::Text(text)) = &typed.node else { return typed };
        let value = match wanted {
            Type::Id(_) => text.parse().ok().map(Value::Id),
            Type::Date => super::names::date(text).map(Value::Date),
            Type::Instant => super::names::instant(text).map(Value::Instant),
            _ => None,
        };
        match value {
            Some(value) => Typed { node: Node::Literal(value), ty: wanted.clone(), ..typed },
            None => typed,
        }
    }

    /// Two sides of one type, neither the literal `empty`.
    fn pair(&mut self, a: &Ast, b: &Ast) -> Option<(Typed, Typed)> {
        let (a, b) = (self.node(a), self.node(b));
        let (a, b) = (self.present(a?), self.present(b?));
        let (a, b) = (a?, b?);
        let a = self.coerced(a, &b.ty);
        let b = self.coerced(b, &a.ty);
        if !self.wants(&b, &a.ty) {
            return None;
        }
        self.check_option(&a, &b);
        self.check_option(&b, &a);
        Some((a, b))
    }

    /// Refuses the literal `empty` where it would make the whole always empty. A field whose formula
    /// is not parsed yet is of type `Empty` too, and passes wherever a value may stand.
    pub(super) fn present(&mut self, typed: Typed) -> Option<Typed> {
        if typed.node != Node::Literal(Value::Null) {
            return Some(typed);
        }
        self.fault(ExprError::new(
            "compare_empty",
            typed.span,
            "空不能参与比较或运算，请用 is empty 或 is not empty",
            "empty cannot be compared or computed with: use `is empty` or `is not empty`",
        ))
    }

    /// Whether values are told apart as a whole: no list, and not encrypted.
    fn single(&mut self, typed: &Typed) -> Option<()> {
        if typed.sealed {
            return self.fault(ExprError::new(
                "encrypted",
                typed.span,
                "加密字段不能计不同值",
                "different values of an encrypted field are not counted",
            ));
        }
        if !matches!(typed.ty, Type::List(_)) {
            return Some(());
        }
        self.fault(
            ExprError::new(
                "wrong_type",
                typed.span,
                format!("{}不能计不同值", typed.ty.zh()),
                format!("different values of {} are not counted", typed.ty.en()),
            )
            .with("found", typed.ty.code()),
        )
    }

    fn ordered(&mut self, typed: &Typed) -> Option<()> {
        if typed.sealed {
            return self.fault(ExprError::new(
                "encrypted",
                typed.span,
                "加密字段不能比较大小",
                "an encrypted field has no order",
            ));
        }
        if typed.ty.is_ordered() {
            return Some(());
        }
        self.fault(
            ExprError::new(
                "no_order",
                typed.span,
                format!("{}没有大小之分", typed.ty.zh()),
                format!("{} has no order", typed.ty.en()),
            )
            .with("found", typed.ty.code()),
        )
    }

    fn compare(&mut self, op: Comparison, a: &Ast, b: &Ast, span: Span) -> Option<Typed> {
        let (a, b) = self.pair(a, b)?;
        if matches!(a.ty, Type::List(_)) || matches!(b.ty, Type::List(_)) {
            return self.fault(ExprError::new(
                "wrong_type",
                span,
                "列表不能这样比较，请用 in 或 contains",
                "lists are not compared: use `in` or `contains`",
            ));
        }
        if !matches!(op, Comparison::Eq | Comparison::Ne) {
            let (left, right) = (self.ordered(&a), self.ordered(&b));
            left.and(right)?;
        }
        let node = Node::Compare(op, Box::new(a.node), Box::new(b.node));
        Some(Typed { node, ty: Type::Bool, sealed: false, span })
    }

    fn between(&mut self, parts: [&Ast; 3], span: Span) -> Option<Typed> {
        let [x, low, high] = parts.map(|ast| self.node(ast));
        let [x, low, high] = [self.present(x?), self.present(low?), self.present(high?)];
        let (x, low, high) = (x?, low?, high?);
        let x = self.coerced(x, &low.ty);
        let low = self.coerced(low, &x.ty);
        let high = self.coerced(high, &x.ty);
        if !self.wants(&low, &x.ty) || !self.wants(&high, &x.ty) {
            return None;
        }
        self.ordered(&x)?;
        self.ordered(&low)?;
        self.ordered(&high)?;
        let node = Node::Between(Box::new(x.node), Box::new(low.node), Box::new(high.node));
        Some(Typed { node, ty: Type::Bool, sealed: false, span })
    }

    fn membership(&mut self, item: &Ast, list: &Ast, span: Span) -> Option<Typed> {
        let item = self.node(item);
        let item = self.present(item?)?;
        if matches!(item.ty, Type::List(_)) {
            self.wants(&item, &Type::Text);
            return None;
        }
        let list = match &list.kind {
            Kind::List(items) => self.list(items, Some(&item), list.span)?,
            _ => self.value(list)?,
        };
        let item = match &list.ty {
            Type::List(of) => self.coerced(item, of),
            _ => item,
        };
        if !self.wants(&list, &Type::List(Box::new(item.ty.clone()))) {
            return None;
        }
        let node = Node::In(Box::new(item.node), Box::new(list.node));
        Some(Typed { node, ty: Type::Bool, sealed: false, span })
    }

    /// A written list; beside `item in`, its parts become what the item is.
    fn list(&mut self, items: &[Ast], item: Option<&Typed>, span: Span) -> Option<Typed> {
        let checked: Vec<_> = items.iter().map(|ast| self.value(ast)).collect();
        let mut of = item.map_or(Type::Empty, |item| item.ty.clone());
        let mut nodes = Vec::new();
        for part in checked {
            let part = self.present(part?)?;
            let part = self.coerced(part, &of);
            if matches!(part.ty, Type::List(_)) {
                return self.fault(ExprError::new(
                    "wrong_type",
                    part.span,
                    "列表里不能再放列表",
                    "a list cannot hold lists",
                ));
            }
            if !self.wants(&part, &of) {
                return None;
            }
            if let Some(item) = item {
                self.check_option(item, &part);
            }
            of = of.joined(part.ty)?;
            nodes.push(part.node);
        }
        let ty = Type::List(Box::new(of));
        Some(Typed { node: Node::List(nodes), ty, sealed: false, span })
    }

    fn arithmetic(&mut self, op: Arithmetic, a: &Ast, b: &Ast, span: Span) -> Option<Typed> {
        let (a, b) = (self.value(a), self.value(b));
        let (a, b) = (self.present(a?), self.present(b?));
        let (a, b) = (a?, b?);
        let Some(ty) = arithmetic_type(op, &a.ty, &b.ty) else {
            return self.fault(
                ExprError::new(
                    "wrong_type",
                    span,
                    format!("{}与{}之间没有这种运算", a.ty.zh(), b.ty.zh()),
                    format!("{} and {} cannot be combined this way", a.ty.en(), b.ty.en()),
                )
                .with("left", a.ty.code())
                .with("right", b.ty.code()),
            );
        };
        let is_part = matches!(b.node, Node::Duration(m) if m % super::calendar::DAY != 0);
        if ty == Type::Date && is_part {
            return self.fault(ExprError::new(
                "bad_duration",
                b.span,
                "日期只能加减整天",
                "a date moves by whole days only",
            ));
        }
        let node = Node::Arithmetic(op, Box::new(a.node), Box::new(b.node));
        Some(Typed { node, ty, sealed: false, span })
    }

    fn aggregate(&mut self, ast: &AggregateAst, span: Span) -> Option<Typed> {
        if self.frames.len() > MAX_AGGREGATES {
            return self.fault(ExprError::new(
                "nested_aggregate",
                span,
                "汇总最多嵌套两层",
                "aggregates nest two deep at most",
            ));
        }
        let here = self.frames.last().copied()?;
        let (object, child) = match self.catalogue.object(&ast.object.text) {
            Some((ix, child)) if !child.retired => (ix, child),
            _ => {
                let known = self.catalogue.objects.keys().map(|name| name.as_str());
                let near = nearest(&ast.object.text, known);
                return self.fault(super::names::unknown(&ast.object, "对象", "object", near));
            }
        };
        let Some((by, field)) = child.field(&ast.by.text) else {
            let known = child.fields.keys().map(|name| name.as_str());
            let near = nearest(&ast.by.text, known);
            return self.fault(super::names::unknown(&ast.by, "字段", "field", near));
        };
        let base = &self.catalogue.at(here)?.name;
        if !targets(self.catalogue, child, by).contains(base) {
            let (child, by) = (&child.name, &field.name);
            return self.fault(ExprError::new(
                "not_a_reference",
                ast.by.span,
                format!("`{child}.{by}` 不引用 `{base}`"),
                format!("`{child}.{by}` does not refer to `{base}`"),
            ));
        }
        self.frames.push(object);
        let filter = ast.filter.as_ref().map(|filter| self.condition(filter));
        let value = ast.value.as_ref().map(|value| self.value(value));
        let value = value.map(|value| self.present(value?));
        self.frames.pop();
        let filter = match filter {
            Some(filter) => Some(filter?),
            None => None,
        };
        let value = match value {
            Some(value) => Some(value?),
            None => None,
        };
        let ty = self.aggregated(ast.function, value.as_ref(), span)?;
        let value = value.map(|value| value.node);
        let inner = Aggregate { function: ast.function, object, by, filter, value, reach: None };
        Some(Typed { node: Node::Aggregate(Box::new(inner)), ty, sealed: false, span })
    }

    fn aggregated(
        &mut self,
        function: AggregateFn,
        value: Option<&Typed>,
        span: Span,
    ) -> Option<Type> {
        let Some(value) = value else {
            return match function {
                AggregateFn::Count => Some(Type::Number),
                AggregateFn::Any => Some(Type::Bool),
                _ => self.fault(ExprError::new(
                    "wrong_arity",
                    span,
                    "缺少要汇总的内容，如 sum(对象 by 字段: 金额)",
                    "say what to aggregate, as in `sum(object by field: amount)`",
                )),
            };
        };
        match function {
            AggregateFn::Count | AggregateFn::Any => self.fault(ExprError::new(
                "wrong_arity",
                value.span,
                "这个汇总只有 where 条件，没有冒号后的内容",
                "this aggregate takes a `where`, and nothing after a colon",
            )),
            AggregateFn::Sum | AggregateFn::Avg => {
                self.wants(value, &Type::Number).then_some(Type::Number)
            }
            AggregateFn::CountDistinct => {
                self.single(value)?;
                Some(Type::Number)
            }
            AggregateFn::All => self.wants(value, &Type::Bool).then_some(Type::Bool),
            AggregateFn::Min | AggregateFn::Max => {
                self.ordered(value)?;
                Some(value.ty.clone())
            }
        }
    }

    /// Whether an argument is of its kind; `first` is the first argument's type.
    pub(super) fn argument(
        &mut self,
        kind: ArgumentKind,
        typed: &Typed,
        first: Option<&Type>,
    ) -> Option<()> {
        let fits = match kind {
            ArgumentKind::Text | ArgumentKind::ResidentId | ArgumentKind::Code => {
                self.wants(typed, &Type::Text)
            }
            ArgumentKind::Number => self.wants(typed, &Type::Number),
            ArgumentKind::Date => self.wants(typed, &Type::Date),
            ArgumentKind::Instant => self.wants(typed, &Type::Instant),
            ArgumentKind::TextOrList => {
                matches!(typed.ty, Type::List(_)) || self.wants(typed, &Type::Text)
            }
            ArgumentKind::Part => match first {
                Some(Type::List(of)) => self.wants(typed, of),
                _ => self.wants(typed, &Type::Text),
            },
            ArgumentKind::Ordered => self.ordered(typed).is_some(),
            ArgumentKind::Scalar => match typed.ty {
                Type::List(_) => self.wants(typed, &Type::Text),
                _ => true,
            },
            ArgumentKind::Link => match &typed.ty {
                Type::Id(to) => to.len() != 1 || self.link_known(typed, to.first()?.as_str()),
                _ => self.wants(typed, &Type::Id(Vec::new())),
            },
        };
        fits.then_some(())
    }

    fn link_known(&mut self, typed: &Typed, object: &str) -> bool {
        self.errors.push(ExprError::new(
            "wrong_type",
            typed.span,
            format!("该引用只指向 `{object}`，不必询问对象"),
            format!("this reference always points to `{object}`"),
        ));
        false
    }
}
