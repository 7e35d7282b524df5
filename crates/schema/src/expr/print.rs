//! The canonical text of a tree: reading it again gives the same tree.

use std::fmt::Write;

use super::{ActorAttribute, Aggregate, AggregateFn, Arithmetic, Comparison, Node, Path};
use crate::{Catalogue, ObjectIx, Slot, Value};

/// How tightly what was printed binds; mirrors the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    Add,
    Mul,
    Unary,
    Primary,
}

/// Writes `node` as text. `Reachable` and `Shared`, which the engine makes, print as a remark that
/// cannot be read again.
#[must_use]
pub fn print(node: &Node, catalogue: &Catalogue) -> String {
    let mut printer = Printer { catalogue, text: String::new() };
    printer.node(node, Level::Or);
    printer.text
}

impl Comparison {
    /// Its sign.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Eq => "=",
            Comparison::Ne => "!=",
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
        }
    }
}

impl Arithmetic {
    /// Its sign.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Sub => "-",
            Arithmetic::Mul => "*",
            Arithmetic::Div => "/",
            Arithmetic::Rem => "%",
        }
    }
}

impl AggregateFn {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            AggregateFn::Count => "count",
            AggregateFn::CountDistinct => "count_distinct",
            AggregateFn::Sum => "sum",
            AggregateFn::Min => "min",
            AggregateFn::Max => "max",
            AggregateFn::Avg => "avg",
            AggregateFn::Any => "any",
            AggregateFn::All => "all",
        }
    }
}

impl ActorAttribute {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ActorAttribute::User => "me",
            ActorAttribute::Units => "my_units",
            ActorAttribute::Subtree => "my_subtree",
            ActorAttribute::Shared => "<shared>",
        }
    }
}

fn level(node: &Node) -> Level {
    match node {
        Node::Literal(Value::Number(number)) if number.is_sign_negative() => Level::Unary,
        Node::Duration(micros) if *micros < 0 => Level::Unary,
        Node::Or(_) => Level::Or,
        Node::And(_) => Level::And,
        Node::Not(inner) => match **inner {
            Node::In(..) | Node::Between(..) | Node::IsEmpty(_) => Level::Compare,
            _ => Level::Not,
        },
        Node::Compare(..) | Node::In(..) | Node::Between(..) | Node::IsEmpty(_) => Level::Compare,
        Node::Arithmetic(Arithmetic::Add | Arithmetic::Sub, ..) => Level::Add,
        Node::Arithmetic(..) => Level::Mul,
        Node::Negate(_) => Level::Unary,
        Node::Literal(_)
        | Node::Duration(_)
        | Node::Field(_)
        | Node::Param(_)
        | Node::Actor(_)
        | Node::List(_)
        | Node::If(..)
        | Node::Call(..)
        | Node::Aggregate(_)
        | Node::Reachable { .. } => Level::Primary,
    }
}

struct Printer<'a> {
    catalogue: &'a Catalogue,
    text: String,
}

impl Printer<'_> {
    fn node(&mut self, node: &Node, least: Level) {
        if level(node) < least {
            self.text.push('(');
            self.bare(node);
            self.text.push(')');
        } else {
            self.bare(node);
        }
    }

    fn bare(&mut self, node: &Node) {
        match node {
            Node::Literal(value) => self.value(value),
            Node::Duration(micros) => self.duration(*micros),
            Node::Field(path) => self.path(path),
            Node::Param(name) => self.call_text("param", name.as_str()),
            Node::Actor(attribute) => self.text.push_str(attribute.word()),
            Node::Not(inner) => self.not(inner),
            Node::And(parts) => self.joined(parts, " and ", "true", Level::Not),
            Node::Or(parts) => self.joined(parts, " or ", "false", Level::And),
            Node::Compare(op, a, b) => {
                self.node(a, Level::Add);
                self.spaced(op.sign());
                self.node(b, Level::Add);
            }
            Node::In(a, b) => self.comparison(a, " in ", b),
            Node::Between(x, low, high) => self.between(x, " between ", low, high),
            Node::IsEmpty(inner) => {
                self.node(inner, Level::Add);
                self.text.push_str(" is empty");
            }
            Node::List(items) => self.parts("[", items, "]"),
            Node::Arithmetic(op, a, b) => {
                let level = level(node);
                self.node(a, level);
                self.spaced(op.sign());
                let above = if level == Level::Add { Level::Mul } else { Level::Unary };
                self.node(b, above);
            }
            Node::Negate(inner) => {
                self.text.push('-');
                // A number or duration right after the sign would be read as one literal.
                let is_literal = match &**inner {
                    Node::Literal(Value::Number(number)) => !number.is_sign_negative(),
                    Node::Duration(micros) => *micros >= 0,
                    _ => false,
                };
                if is_literal {
                    self.text.push('(');
                    self.bare(inner);
                    self.text.push(')');
                } else {
                    self.node(inner, Level::Unary);
                }
            }
            Node::If(condition, a, b) => {
                self.text.push_str("if(");
                self.node(condition, Level::Or);
                self.text.push_str(", ");
                self.node(a, Level::Or);
                self.text.push_str(", ");
                self.node(b, Level::Or);
                self.text.push(')');
            }
            Node::Call(function, arguments) => {
                let signature = function.signature();
                let written =
                    if signature.variadic { None } else { Some(signature.arguments.len()) };
                let shown = written.and_then(|count| arguments.get(..count)).unwrap_or(arguments);
                self.text.push_str(signature.name);
                self.parts("(", shown, ")");
            }
            Node::Aggregate(inner) => self.aggregate(inner),
            Node::Reachable { object, condition, .. } => {
                self.text.push_str("<reachable ");
                self.object(*object);
                self.text.push_str(": ");
                self.node(condition, Level::Or);
                self.text.push('>');
            }
        }
    }

    fn spaced(&mut self, sign: &str) {
        self.text.push(' ');
        self.text.push_str(sign);
        self.text.push(' ');
    }

    fn comparison(&mut self, a: &Node, word: &str, b: &Node) {
        self.node(a, Level::Add);
        self.text.push_str(word);
        self.node(b, Level::Add);
    }

    fn between(&mut self, x: &Node, word: &str, low: &Node, high: &Node) {
        self.comparison(x, word, low);
        self.text.push_str(" and ");
        self.node(high, Level::Add);
    }

    fn not(&mut self, inner: &Node) {
        match inner {
            Node::In(a, b) => self.comparison(a, " not in ", b),
            Node::Between(x, low, high) => self.between(x, " not between ", low, high),
            Node::IsEmpty(inner) => {
                self.node(inner, Level::Add);
                self.text.push_str(" is not empty");
            }
            _ => {
                self.text.push_str("not ");
                self.node(inner, Level::Not);
            }
        }
    }

    fn joined(&mut self, parts: &[Node], word: &str, none: &str, least: Level) {
        if parts.is_empty() {
            self.text.push_str(none);
        }
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                self.text.push_str(word);
            }
            self.node(part, least);
        }
    }

    fn parts(&mut self, open: &str, parts: &[Node], close: &str) {
        self.text.push_str(open);
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            self.node(part, Level::Or);
        }
        self.text.push_str(close);
    }

    fn aggregate(&mut self, inner: &Aggregate) {
        self.text.push_str(inner.function.word());
        self.text.push('(');
        self.object(inner.object);
        self.text.push_str(" by ");
        self.field(inner.object, inner.by);
        if let Some(value) = &inner.value {
            self.text.push_str(": ");
            self.node(value, Level::Or);
        }
        if let Some(filter) = &inner.filter {
            self.text.push_str(" where ");
            self.node(filter, Level::Or);
        }
        self.text.push(')');
    }

    fn path(&mut self, path: &Path) {
        for _ in 0..path.up {
            self.text.push_str("outer.");
        }
        for (object, slot) in &path.steps {
            self.field(*object, *slot);
            self.text.push('.');
        }
        self.field(path.object, path.slot);
    }

    fn object(&mut self, ix: ObjectIx) {
        let object = self.catalogue.at(ix);
        self.text.push_str(object.map_or("?", |object| object.name.as_str()));
    }

    fn field(&mut self, ix: ObjectIx, slot: Slot) {
        let field = self.catalogue.at(ix).and_then(|object| object.at(slot));
        self.text.push_str(field.map_or("?", |field| field.name.as_str()));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.text.push_str("empty"),
            Value::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => self.written(&number.normalize()),
            Value::Text(text) => self.quoted(text),
            Value::Secret(_) => self.text.push_str("<secret>"),
            Value::Date(date) => self.call_text("date", &date.to_string()),
            Value::Instant(instant) => self.call_text("datetime", &instant.to_string()),
            Value::Id(id) | Value::Link(_, id) => self.call_text("id", &id.to_string()),
            Value::List(items) => {
                self.text.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.text.push_str(", ");
                    }
                    self.value(item);
                }
                self.text.push(']');
            }
        }
    }

    fn written(&mut self, shown: &dyn std::fmt::Display) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.text, "{shown}");
    }

    fn duration(&mut self, micros: i64) {
        let (unit, name) = [(super::calendar::DAY, "days"), (3_600_000_000, "hours")]
            .into_iter()
            .find(|(unit, _)| micros % unit == 0)
            .unwrap_or((60_000_000, "minutes"));
        self.written(&(micros / unit));
        self.text.push(' ');
        self.text.push_str(name);
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('\'');
        self.text.push_str(&text.replace('\'', "''"));
        self.text.push('\'');
    }

    fn call_text(&mut self, name: &str, text: &str) {
        self.text.push_str(name);
        self.text.push('(');
        self.quoted(text);
        self.text.push(')');
    }
}
