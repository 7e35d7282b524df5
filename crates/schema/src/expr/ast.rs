//! The untyped tree: what was written, and where.

use rust_decimal::Decimal;

use super::error::Span;
use super::{AggregateFn, Arithmetic, Comparison};

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub text: String,
    pub span: Span,
}

/// An untyped node.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ast {
    pub kind: Kind,
    pub span: Span,
    /// Levels from here down.
    pub depth: u16,
    /// Written in parentheses.
    pub closed: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Empty,
    Bool(bool),
    Number(Decimal),
    Text(String),
    Duration(i64),
    Path(Vec<Word>),
    List(Vec<Ast>),
    Not(Box<Ast>),
    And(Vec<Ast>),
    Or(Vec<Ast>),
    Compare(Comparison, Box<Ast>, Box<Ast>),
    In(Box<Ast>, Box<Ast>),
    Between(Box<Ast>, Box<Ast>, Box<Ast>),
    IsEmpty(Box<Ast>),
    Arithmetic(Arithmetic, Box<Ast>, Box<Ast>),
    Negate(Box<Ast>),
    Call(Word, Vec<Ast>),
    Aggregate(Box<AggregateAst>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct AggregateAst {
    pub function: AggregateFn,
    pub object: Word,
    pub by: Word,
    pub value: Option<Ast>,
    pub filter: Option<Ast>,
}

impl Kind {
    pub(super) fn parts(&self) -> Vec<&Ast> {
        match self {
            Kind::Empty
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::Text(_)
            | Kind::Duration(_)
            | Kind::Path(_) => Vec::new(),
            Kind::List(all) | Kind::And(all) | Kind::Or(all) | Kind::Call(_, all) => {
                all.iter().collect()
            }
            Kind::Not(a) | Kind::IsEmpty(a) | Kind::Negate(a) => vec![a],
            Kind::Compare(_, a, b) | Kind::In(a, b) | Kind::Arithmetic(_, a, b) => vec![a, b],
            Kind::Between(a, b, c) => vec![a, b, c],
            Kind::Aggregate(inner) => inner.value.iter().chain(&inner.filter).collect(),
        }
    }
}

/// Every path written in a tree, as words; inside an aggregate with the child object's name.
pub(super) fn visit_paths<'a>(
    ast: &'a Ast,
    frames: &mut Vec<&'a str>,
    found: &mut Vec<(Vec<&'a str>, Vec<&'a str>)>,
) {
    if let Kind::Path(words) = &ast.kind {
        found.push((frames.clone(), words.iter().map(|word| word.text.as_str()).collect()));
    }
    let inner = match &ast.kind {
        Kind::Aggregate(inner) => Some(inner.object.text.as_str()),
        _ => None,
    };
    frames.extend(inner);
    for part in ast.kind.parts() {
        visit_paths(part, frames, found);
    }
    if inner.is_some() {
        frames.pop();
    }
}
