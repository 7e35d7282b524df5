//! An expression in words, for people who read conditions but do not write them.
//!
//! Fields, objects, options and parameters go by their labels. What is told is for reading only: it
//! cannot be read back, and long lists are cut short.

use uuid::Uuid;

use super::{ActorAttribute, Aggregate, AggregateFn, Comparison, Function, Node, Path, print};
use crate::catalogue::{Label, Language};
use crate::{Catalogue, Field, Value};

/// Items of a list that are told one by one.
const ITEMS: usize = 5;

/// What a person or record is called.
type Named<'a> = &'a dyn Fn(Uuid) -> Option<String>;

/// `node` in words of `language`; `named` tells what the records in it are called.
#[must_use]
pub fn say(node: &Node, catalogue: &Catalogue, language: Language, named: Named<'_>) -> String {
    Speaker { catalogue, language, named }.node(node)
}

struct Speaker<'a> {
    catalogue: &'a Catalogue,
    language: Language,
    named: Named<'a>,
}

impl Speaker<'_> {
    fn pick<'w>(&self, zh: &'w str, en: &'w str) -> &'w str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn label<'l>(&self, label: &'l Label) -> &'l str {
        label.get(self.language)
    }

    fn node(&self, node: &Node) -> String {
        match node {
            Node::Literal(value) => self.value(value, None),
            Node::Duration(_) => self.duration(node),
            Node::Field(path) => self.path(path),
            Node::Param(name) => match self.catalogue.parameters.get(name) {
                Some(parameter) => self.label(&parameter.label).to_owned(),
                None => name.to_string(),
            },
            Node::Actor(attribute) => self.actor(*attribute).to_owned(),
            Node::Not(inner) => self.not(inner),
            Node::And(parts) => self.joined(parts, self.pick("并且", "and"), true),
            Node::Or(parts) => self.joined(parts, self.pick("或者", "or"), false),
            Node::Compare(sign, a, b) => self.compared(*sign, a, b),
            Node::In(a, b) => {
                self.spaced(&[&self.node(a), self.pick("是", "is"), &self.among(a, b)])
            }
            Node::Between(x, low, high) => {
                self.between(x, self.pick("介于", "is between"), low, high)
            }
            Node::IsEmpty(inner) => {
                self.spaced(&[&self.node(inner), self.pick("为空", "is empty")])
            }
            Node::List(items) => self.listed(items.iter().map(|item| self.node(item)).collect()),
            Node::Arithmetic(sign, a, b) => {
                self.spaced(&[&self.inner(a), sign.sign(), &self.inner(b)])
            }
            Node::Negate(inner) => format!("-{}", self.inner(inner)),
            Node::If(condition, a, b) => {
                let [condition, a, b] = [condition, a, b].map(|part| self.inner(part));
                match self.language {
                    Language::Zh => format!("如果 {condition} 则 {a} 否则 {b}"),
                    Language::En => format!("if {condition} then {a} else {b}"),
                }
            }
            Node::Call(function, arguments) => self.call(*function, arguments),
            Node::Aggregate(inner) => self.aggregate(inner),
            Node::Reachable { condition, .. } => self.node(condition),
        }
    }

    /// As part of something longer: what is itself joined stands in brackets.
    fn inner(&self, node: &Node) -> String {
        let told = self.node(node);
        let joined = matches!(
            node,
            Node::And(_) | Node::Or(_) | Node::If(..) | Node::Compare(..) | Node::Arithmetic(..)
        );
        if joined { self.pick("（{}）", "({})").replace("{}", &told) } else { told }
    }

    fn spaced(&self, words: &[&str]) -> String {
        words.join(" ")
    }

    fn joined(&self, parts: &[Node], word: &str, none: bool) -> String {
        let part = |part: &Node| match part {
            Node::And(_) | Node::Or(_) => self.inner(part),
            _ => self.node(part),
        };
        match parts {
            [] => self.value(&Value::Bool(none), None),
            parts => parts.iter().map(part).collect::<Vec<_>>().join(&format!(" {word} ")),
        }
    }

    fn compared(&self, sign: Comparison, a: &Node, b: &Node) -> String {
        let (left, right) = (self.beside(a, b), self.beside(b, a));
        let word = match sign {
            Comparison::Eq => self.pick("是", "is"),
            Comparison::Ne => self.pick("不是", "is not"),
            Comparison::Lt => "<",
            Comparison::Le => "≤",
            Comparison::Gt => ">",
            Comparison::Ge => "≥",
        };
        self.spaced(&[&left, word, &right])
    }

    fn between(&self, x: &Node, word: &str, low: &Node, high: &Node) -> String {
        let (low, high) = (self.beside(low, x), self.beside(high, x));
        self.spaced(&[&self.node(x), word, &low, self.pick("和", "and"), &high])
    }

    fn not(&self, inner: &Node) -> String {
        match inner {
            Node::In(a, b) => {
                self.spaced(&[&self.node(a), self.pick("不是", "is not"), &self.among(a, b)])
            }
            Node::Between(x, low, high) => {
                self.between(x, self.pick("不介于", "is not between"), low, high)
            }
            Node::IsEmpty(inner) => {
                self.spaced(&[&self.node(inner), self.pick("不为空", "is not empty")])
            }
            Node::Compare(Comparison::Eq, a, b) => self.compared(Comparison::Ne, a, b),
            other => self.spaced(&[self.pick("并非", "not"), &self.inner(other)]),
        }
    }

    /// One side of a comparison: a literal as the field on the other side has it.
    fn beside(&self, node: &Node, other: &Node) -> String {
        match node {
            Node::Literal(value) => self.value(value, self.field_of(other)),
            other => self.inner(other),
        }
    }

    /// What a value is one of.
    fn among(&self, x: &Node, list: &Node) -> String {
        match list {
            Node::List(items) => {
                self.listed(items.iter().map(|item| self.beside(item, x)).collect())
            }
            Node::Literal(Value::List(items)) => {
                let field = self.field_of(x);
                self.listed(items.iter().map(|item| self.value(item, field)).collect())
            }
            other => self.node(other),
        }
    }

    fn listed(&self, mut items: Vec<String>) -> String {
        let count = items.len();
        items.truncate(if count > ITEMS { ITEMS - 2 } else { ITEMS });
        let told = items.join(self.pick("、", ", "));
        match self.language {
            _ if count <= ITEMS => told,
            Language::Zh => format!("{told} 等 {count} 项"),
            Language::En => format!("{told} and {} more", count - items.len()),
        }
    }

    /// The field whose values a node has.
    fn field_of(&self, node: &Node) -> Option<&Field> {
        match node {
            Node::Field(path) => self.catalogue.at(path.object)?.at(path.slot),
            _ => None,
        }
    }

    /// The references that lead to a field, and the field; a record's title goes by the last reference.
    fn path(&self, path: &Path) -> String {
        let title = self.catalogue.at(path.object).is_some_and(|o| o.title == path.slot);
        let last = (!title || path.steps.is_empty()).then_some((path.object, path.slot));
        let steps = path.steps.iter().copied().chain(last);
        let labels = steps.filter_map(|(object, slot)| {
            let field = self.catalogue.at(object)?.at(slot)?;
            Some(self.label(&field.label))
        });
        labels.collect::<Vec<_>>().join(self.pick("的", " › "))
    }

    fn actor(&self, attribute: ActorAttribute) -> &'static str {
        let (zh, en) = match attribute {
            ActorAttribute::User => ("申请人本人", "the one who asks"),
            ActorAttribute::Units => ("申请人所在机构", "the units of the one who asks"),
            ActorAttribute::Subtree => {
                ("申请人所在机构及下级", "the units of the one who asks and those below")
            }
            ActorAttribute::Shared => {
                ("共享给申请人的记录", "what is shared with the one who asks")
            }
        };
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn value(&self, value: &Value, field: Option<&Field>) -> String {
        match (value, field) {
            (Value::Null, _) => self.pick("空", "empty").to_owned(),
            (Value::Bool(true), _) => self.pick("是", "yes").to_owned(),
            (Value::Bool(false), _) => self.pick("否", "no").to_owned(),
            (Value::Id(id) | Value::Link(_, id), _) => {
                (self.named)(*id).unwrap_or_else(|| self.pick("某条记录", "a record").to_owned())
            }
            (Value::List(items), field) => {
                self.listed(items.iter().map(|item| self.value(item, field)).collect())
            }
            (value, Some(field)) => field.to_text(value, self.catalogue, self.language),
            (Value::Text(text), None) => self.pick("“{}”", "\"{}\"").replace("{}", text),
            (Value::Number(number), None) => number.normalize().to_string(),
            (Value::Date(day), None) => day.to_string(),
            (Value::Instant(at), None) => {
                kernel::time::shanghai_time(*at).strftime("%Y-%m-%d %H:%M").to_string()
            }
            (Value::Secret(_), None) => "***".to_owned(),
        }
    }

    fn duration(&self, node: &Node) -> String {
        let text = print(node, self.catalogue);
        match self.language {
            Language::Zh => ["days", "hours", "minutes"]
                .iter()
                .zip(["天", "小时", "分钟"])
                .fold(text, |text, (en, zh)| text.replace(en, zh)),
            Language::En => text,
        }
    }

    fn call(&self, function: Function, arguments: &[Node]) -> String {
        let beside = |at: usize| match (arguments.get(at), arguments.first()) {
            (Some(argument), Some(first)) if at > 0 => self.beside(argument, first),
            (Some(argument), _) => self.inner(argument),
            (None, _) => String::new(),
        };
        let (zh, en) = match function {
            Function::Today => ("今天", "today"),
            Function::Now => ("此刻", "now"),
            Function::DateOf => ("{0}", "{0}"),
            Function::Contains => ("{0} 包含 {1}", "{0} contains {1}"),
            Function::StartsWith => ("{0} 开头是 {1}", "{0} starts with {1}"),
            Function::EndsWith => ("{0} 结尾是 {1}", "{0} ends with {1}"),
            Function::Under => ("{0} 属于 {1}", "{0} is under {1}"),
            Function::Year => ("{0} 的年份", "the year of {0}"),
            Function::Month => ("{0} 的月份", "the month of {0}"),
            Function::Day => ("{0} 的日", "the day of {0}"),
            Function::StartOfMonth => ("{0} 当月首日", "the start of the month of {0}"),
            Function::EndOfMonth => ("{0} 当月末日", "the end of the month of {0}"),
            Function::AddDays => ("{0} 加 {1} 天", "{0} plus {1} days"),
            Function::AddMonths => ("{0} 加 {1} 个月", "{0} plus {1} months"),
            Function::AddYears => ("{0} 加 {1} 年", "{0} plus {1} years"),
            Function::DaysBetween => ("{0} 至 {1} 的天数", "the days from {0} to {1}"),
            Function::MonthsBetween => ("{0} 至 {1} 的月数", "the months from {0} to {1}"),
            Function::YearsBetween => ("{0} 至 {1} 的年数", "the years from {0} to {1}"),
            other => {
                let told: Vec<String> = (0..arguments.len()).map(beside).collect();
                return format!("{}({})", other.signature().name, told.join(", "));
            }
        };
        self.pick(zh, en).replace("{0}", &beside(0)).replace("{1}", &beside(1))
    }

    fn aggregate(&self, inner: &Aggregate) -> String {
        let object = self.catalogue.at(inner.object);
        let object = object.map_or_else(String::new, |o| self.label(&o.label).to_owned());
        let filter = inner.filter.as_ref().map(|filter| self.inner(filter));
        let of = inner.value.as_ref().map(|value| self.inner(value)).unwrap_or_default();
        let rows = match (&filter, self.language) {
            (None, _) => object,
            (Some(filter), Language::Zh) => format!("{filter}的{object}"),
            (Some(filter), Language::En) => format!("{object} where {filter}"),
        };
        let (zh, en) = match inner.function {
            AggregateFn::Count => ("{rows}的数量", "how many {rows}"),
            AggregateFn::CountDistinct => ("{rows}的{of}个数", "how many different {of} of {rows}"),
            AggregateFn::Sum => ("{rows}的{of}合计", "total {of} of {rows}"),
            AggregateFn::Min => ("{rows}的最小{of}", "least {of} of {rows}"),
            AggregateFn::Max => ("{rows}的最大{of}", "greatest {of} of {rows}"),
            AggregateFn::Avg => ("{rows}的平均{of}", "mean {of} of {rows}"),
            AggregateFn::Any => ("有{rows}", "there is one of {rows}"),
            AggregateFn::All => ("所有{rows}都满足", "all {rows} do"),
        };
        self.pick(zh, en).replace("{rows}", &rows).replace("{of}", &of)
    }
}
