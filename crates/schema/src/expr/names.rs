//! Names in expressions: fields, references, functions, parameters, options.

use jiff::Timestamp;
use jiff::civil::Date;

use super::ast::{Ast, Kind, Word};
use super::check::{Checker, Typed};
use super::error::{ExprError, Span, nearest};
use super::functions::{ArgumentKind, MAX_ARGUMENTS};
use super::types::{actor_type, field_type, parameter_type, targets};
use super::{ActorAttribute, Function, Node, Path, Type};
use crate::{FieldType, Name, Object, ObjectIx, Slot, Value};

/// Most references a path follows.
const MAX_STEPS: usize = 5;

/// Forms that look like calls but are not in the table of functions.
const FORMS: [&str; 5] = ["if", "date", "datetime", "param", "id"];

/// What a path means.
pub(super) struct Resolved {
    pub node: Node,
    pub ty: Type,
    pub sealed: bool,
}

pub(super) fn unknown(word: &Word, zh: &str, en: &str, near: Option<String>) -> ExprError {
    let text = &word.text;
    ExprError::new(
        "unknown_name",
        word.span,
        format!("没有名为 `{text}` 的{zh}"),
        format!("there is no {en} called `{text}`"),
    )
    .with("name", text.as_str())
    .suggest(near)
}

/// A date in ISO form, in the years 1 to 9999.
pub(super) fn date(text: &str) -> Option<Date> {
    let shaped = text.len() == 10;
    text.parse::<Date>().ok().filter(|date| shaped && date.year() >= 1)
}

/// An instant in RFC 3339 form, cut to microseconds.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let instant: Timestamp = text.parse().ok()?;
    Timestamp::from_microsecond(instant.as_microsecond()).ok()
}

impl Checker<'_> {
    /// A path of words: an actor's attribute, or a field reached through references.
    pub(super) fn path(&mut self, words: &[Word], span: Span) -> Option<Resolved> {
        let first = words.first()?;
        let attribute = match first.text.as_str() {
            "me" => Some(ActorAttribute::User),
            "my_units" => Some(ActorAttribute::Units),
            "my_subtree" => Some(ActorAttribute::Subtree),
            _ => None,
        };
        if let (Some(attribute), [_]) = (attribute, words) {
            let ty = actor_type(self.catalogue, attribute);
            return Some(Resolved { node: Node::Actor(attribute), ty, sealed: false });
        }
        let (words, up) = match words {
            [outer, rest @ ..] if outer.text == "outer" && !rest.is_empty() => (rest, 1_u8),
            all => (all, 0),
        };
        let frame = self.frames.len().checked_sub(1 + usize::from(up));
        let Some(mut object) = frame.and_then(|frame| self.frames.get(frame)).copied() else {
            return self.fault(ExprError::new(
                "no_outer",
                first.span,
                "outer 只能写在汇总里面",
                "`outer` is for the inside of an aggregate",
            ));
        };
        let (last, through) = words.split_last()?;
        if through.len() > MAX_STEPS {
            return self.fault(ExprError::new(
                "too_large",
                span,
                format!("最多经过 {MAX_STEPS} 个引用"),
                format!("a path follows {MAX_STEPS} references at most"),
            ));
        }
        let mut steps = Vec::new();
        for word in through {
            let slot = self.field(object, word)?;
            let next = self.follow(object, slot, word)?;
            steps.push((object, slot));
            object = next;
        }
        let slot = self.field(object, last)?;
        self.field_value(Path { steps, object, slot, up }, last)
    }

    fn field_value(&mut self, path: Path, word: &Word) -> Option<Resolved> {
        let object = self.catalogue.at(path.object)?;
        let field = object.at(path.slot)?;
        let Some(ty) = field_type(self.catalogue, object, path.slot) else {
            return self.fault(ExprError::new(
                "child_table",
                word.span,
                format!("`{}` 是子表，请用汇总，如 count(对象 by 字段)", word.text),
                format!(
                    "`{}` is a child table: aggregate it, as in `count(object by field)`",
                    word.text
                ),
            ));
        };
        Some(Resolved { node: Node::Field(path), ty, sealed: field.encrypted })
    }

    fn field(&mut self, object: ObjectIx, word: &Word) -> Option<Slot> {
        let object: &Object = self.catalogue.at(object)?;
        if let Some((slot, field)) = object.field(&word.text)
            && !field.retired
        {
            return Some(slot);
        }
        let fields = object.fields.values().filter(|field| !field.retired);
        let near = nearest(&word.text, fields.map(|field| field.name.as_str()));
        let fault = unknown(word, "字段", "field", near).with("object", object.name.as_str());
        self.fault(fault)
    }

    /// The object that a reference leads to.
    fn follow(&mut self, object: ObjectIx, slot: Slot, word: &Word) -> Option<ObjectIx> {
        let targets = targets(self.catalogue, self.catalogue.at(object)?, slot);
        let text = &word.text;
        match targets.as_slice() {
            [only] => match self.catalogue.object(only.as_str()) {
                Some((ix, _)) => Some(ix),
                None => self.fault(unknown(word, "对象", "object", None)),
            },
            [] => self.fault(ExprError::new(
                "not_a_reference",
                word.span,
                format!("`{text}` 不是引用，后面不能再取字段"),
                format!("`{text}` is not a reference, so no field follows it"),
            )),
            _ => self.fault(ExprError::new(
                "several_targets",
                word.span,
                format!("`{text}` 可指向多种对象，不能经它取字段；可先用 object_of 判断"),
                format!("`{text}` may point to several objects, so no path goes through it; see `object_of`"),
            )),
        }
    }

    /// A call: a form of the language or a function of the table.
    pub(super) fn call(&mut self, name: &Word, arguments: &[Ast], span: Span) -> Option<Typed> {
        match name.text.as_str() {
            "if" => return self.choice(name, arguments, span),
            "param" => return self.parameter(name, arguments, span),
            "date" | "datetime" | "id" => return self.constant(name, arguments, span),
            _ => {}
        }
        let Some(function) = Function::named(&name.text) else {
            let known = Function::ALL.into_iter().map(|function| function.signature().name);
            let aggregates = ["count", "count_distinct", "sum", "min", "max", "avg", "any", "all"];
            let near = nearest(&name.text, known.chain(FORMS).chain(aggregates));
            return self.fault(unknown(name, "函数", "function", near));
        };
        let signature = function.signature();
        self.arity(name, arguments, signature.arguments.len(), signature.variadic)?;
        let kinds =
            signature.arguments.iter().chain(signature.arguments.last().into_iter().cycle());
        let mut checked: Vec<Option<Typed>> = Vec::new();
        for (ast, kind) in arguments.iter().zip(kinds.copied()) {
            checked.push(self.one_argument(ast, kind, checked.first().and_then(Option::as_ref)));
        }
        let checked: Vec<Typed> = checked.into_iter().collect::<Option<_>>()?;
        let ty = match signature.result.fixed() {
            Some(ty) => ty,
            None => {
                self.not_all_empty(&checked, span)?;
                self.joined(&checked)?
            }
        };
        let of_list = matches!(checked.first(), Some(Typed { ty: Type::List(_), .. }));
        let mut nodes: Vec<Node> = checked.into_iter().map(|typed| typed.node).collect();
        match function {
            Function::Under => nodes = self.under(nodes),
            Function::Contains if of_list => {
                let (item, list) = (nodes.pop()?, nodes.pop()?);
                let node = Node::In(Box::new(item), Box::new(list));
                return Some(Typed { node, ty, sealed: false, span });
            }
            // What an empty list has; an empty text has no length.
            Function::Length if of_list => nodes.push(Node::Literal(Value::Number(0.into()))),
            _ => {}
        }
        Some(Typed { node: Node::Call(function, nodes), ty, sealed: false, span })
    }

    fn one_argument(
        &mut self,
        ast: &Ast,
        kind: ArgumentKind,
        first: Option<&Typed>,
    ) -> Option<Typed> {
        let typed = match kind {
            ArgumentKind::ResidentId => self.node(ast)?,
            _ => self.value(ast)?,
        };
        let typed = match (kind, first.map(|first| &first.ty)) {
            (ArgumentKind::Date, _) => self.coerced(typed, &Type::Date),
            (ArgumentKind::Instant, _) => self.coerced(typed, &Type::Instant),
            (ArgumentKind::Part, Some(Type::List(of))) => self.coerced(typed, of),
            (ArgumentKind::Scalar | ArgumentKind::Ordered, Some(of)) => self.coerced(typed, of),
            _ => typed,
        };
        let typed = match kind {
            ArgumentKind::Scalar | ArgumentKind::Ordered => typed,
            _ => self.present(typed)?,
        };
        self.argument(kind, &typed, first.map(|first| &first.ty))?;
        Some(typed)
    }

    fn joined(&mut self, checked: &[Typed]) -> Option<Type> {
        let mut ty = Type::Empty;
        for typed in checked {
            if !self.wants(typed, &ty) {
                return None;
            }
            ty = ty.joined(typed.ty.clone())?;
        }
        Some(ty)
    }

    /// Refuses what would be empty whatever the record.
    fn not_all_empty(&mut self, parts: &[Typed], span: Span) -> Option<()> {
        if parts.iter().any(|part| part.node != Node::Literal(Value::Null)) {
            return Some(());
        }
        self.fault(ExprError::new("always_empty", span, "结果总是空", "the result is always empty"))
    }

    fn arity(&mut self, name: &Word, given: &[Ast], wanted: usize, variadic: bool) -> Option<()> {
        let fits = if variadic {
            (wanted..=MAX_ARGUMENTS).contains(&given.len())
        } else {
            given.len() == wanted
        };
        if fits {
            return Some(());
        }
        let (text, count) = (&name.text, given.len());
        let (least_zh, least_en) = if variadic { ("至少 ", "at least ") } else { ("", "") };
        self.fault(
            ExprError::new(
                "wrong_arity",
                name.span,
                format!("`{text}` 需要{least_zh} {wanted} 个参数，给了 {count} 个"),
                format!("`{text}` takes {least_en}{wanted} arguments, {count} given"),
            )
            .with("function", text.as_str())
            .with("expected", wanted.to_string())
            .with("found", count.to_string()),
        )
    }

    fn choice(&mut self, name: &Word, arguments: &[Ast], span: Span) -> Option<Typed> {
        self.arity(name, arguments, 3, false)?;
        let checked: Vec<_> = arguments.iter().map(|ast| self.value(ast)).collect();
        let checked: Vec<Typed> = checked.into_iter().collect::<Option<_>>()?;
        self.not_all_empty(checked.get(1..).unwrap_or_default(), span)?;
        let [condition, a, b] = <[Typed; 3]>::try_from(checked).ok()?;
        if !self.wants(&condition, &Type::Bool) {
            return None;
        }
        let a = self.coerced(a, &b.ty);
        let b = self.coerced(b, &a.ty);
        self.argument(ArgumentKind::Scalar, &a, None)?;
        self.argument(ArgumentKind::Scalar, &b, None)?;
        if !self.wants(&b, &a.ty) {
            return None;
        }
        let ty = a.ty.joined(b.ty)?;
        let node = Node::If(Box::new(condition.node), Box::new(a.node), Box::new(b.node));
        Some(Typed { node, ty, sealed: false, span })
    }

    /// The one written text that `param`, `date`, `datetime` and `id` take.
    fn written<'t>(&mut self, name: &Word, arguments: &'t [Ast]) -> Option<(&'t str, Span)> {
        self.arity(name, arguments, 1, false)?;
        match arguments.first() {
            Some(Ast { kind: Kind::Text(text), span, .. }) => Some((text, *span)),
            other => {
                let text = &name.text;
                self.fault(ExprError::new(
                    "wrong_type",
                    other.map_or(name.span, |ast| ast.span),
                    format!("`{text}` 里要直接写引号中的文本"),
                    format!("`{text}` takes a text in quotes"),
                ))
            }
        }
    }

    fn parameter(&mut self, name: &Word, arguments: &[Ast], span: Span) -> Option<Typed> {
        let (text, at) = self.written(name, arguments)?;
        let Some(ty) = parameter_type(self.catalogue, text) else {
            let known = self.catalogue.parameters.keys().map(Name::as_str);
            let near = nearest(text, known);
            let word = Word { text: text.to_owned(), span: at };
            return self.fault(unknown(&word, "参数", "parameter", near));
        };
        let name = Name::new(text).ok()?;
        Some(Typed { node: Node::Param(name), ty, sealed: false, span })
    }

    fn constant(&mut self, name: &Word, arguments: &[Ast], span: Span) -> Option<Typed> {
        let (text, at) = self.written(name, arguments)?;
        let (value, ty, form) = match name.text.as_str() {
            "date" => (date(text).map(Value::Date), Type::Date, "2026-01-31"),
            "datetime" => {
                (instant(text).map(Value::Instant), Type::Instant, "2026-01-31T08:00:00Z")
            }
            _ => (
                text.parse().ok().map(Value::Id),
                Type::Id(Vec::new()),
                "01890a5d-ac96-774b-bcce-b302099a8057",
            ),
        };
        let Some(value) = value else {
            return self.fault(
                ExprError::new(
                    "bad_literal",
                    at,
                    format!("`{text}` 写法不对，应如 `{form}`"),
                    format!("`{text}` is not written as in `{form}`"),
                )
                .with("text", text),
            );
        };
        Some(Typed { node: Node::Literal(value), ty, sealed: false, span })
    }

    /// Records a fault if `text` is a written text that is no option of the field beside it.
    pub(super) fn check_option(&mut self, field: &Typed, text: &Typed) {
        let (Node::Field(path), Node::Literal(Value::Text(code))) = (&field.node, &text.node)
        else {
            return;
        };
        let kind = self.catalogue.at(path.object).and_then(|object| object.at(path.slot));
        let Some(FieldType::Select { options } | FieldType::Cascade { options }) =
            kind.map(|field| &field.kind)
        else {
            return;
        };
        let Some(set) = self.catalogue.options.get(options) else { return };
        if set.items.is_empty() || set.items.contains_key(&**code) {
            return;
        }
        let near = nearest(code, set.items.keys().map(String::as_str));
        let fault = ExprError::new(
            "unknown_option",
            text.span,
            format!("选项集 `{options}` 没有 `{code}`"),
            format!("`{options}` has no option `{code}`"),
        );
        self.errors.push(fault.with("options", options.as_str()).suggest(near));
    }

    /// Where codes of the tree do not begin with their parents' codes, lists what lies below the
    /// written ancestor as a third argument.
    fn under(&self, mut nodes: Vec<Node>) -> Vec<Node> {
        let (Some(Node::Field(path)), Some(Node::Literal(Value::Text(ancestor)))) =
            (nodes.first(), nodes.get(1))
        else {
            return nodes;
        };
        let kind = self.catalogue.at(path.object).and_then(|object| object.at(path.slot));
        let Some(FieldType::Cascade { options }) = kind.map(|field| &field.kind) else {
            return nodes;
        };
        let Some(set) = self.catalogue.options.get(options) else { return nodes };
        let below = |code: &str| {
            let mut at = Some(code);
            for _ in 0..16 {
                match at {
                    Some(code) if code == &**ancestor => return true,
                    Some(code) => at = set.items.get(code).and_then(|item| item.parent.as_deref()),
                    None => return false,
                }
            }
            false
        };
        let codes = || set.items.keys().map(String::as_str);
        if codes().all(|code| below(code) == super::call::is_under(code, ancestor)) {
            return nodes;
        }
        let list = codes().filter(|code| below(code)).map(|code| Node::Literal(Value::text(code)));
        nodes.push(Node::List(list.collect()));
        nodes
    }
}
