//! The one expression language: parsed and type-checked once, then evaluated in memory, compiled
//! to SQL by the store, or interpreted by the browser from JSON.
//!
//! # Rules every back end keeps
//!
//! - An operation on an empty operand is empty; `and`, `or`, `not` are three-valued; a condition
//!   passes only when it is true. `is empty` is never empty. Empty text is empty.
//! - A list is never empty in that sense: without items it is just a list without items. So
//!   `x in list` is empty only when `x` is (or when no item matches and one of a written list is
//!   empty), and the `length` of an empty list is 0.
//! - Numbers have at most 12 digits after the point (results are rounded half away from zero) and a
//!   magnitude below 10^16 (larger results are empty). A whole number is asked for where a count is
//!   meant; digits after its point are cut off.
//! - Texts compare by code point. Ids compare by id alone, whatever object they name.
//! - Dates lie in the years 1 to 9999; a result outside is empty.

mod ast;
pub mod calendar;
mod call;
mod check;
mod env;
mod error;
mod eval;
pub mod functions;
mod json;
mod lexer;
mod names;
pub mod number;
mod print;
mod say;
mod syntax;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod tree;
mod types;
mod walk;

pub use env::{Env, NoParameters, Parameters, Record};
pub use error::ExprError;
pub use eval::{Nested, fold};
pub use functions::{ArgumentKind, Signature, Yield};
pub use json::VERSION as JSON_VERSION;
pub use print::print;
pub use say::say;
pub use syntax::{MAX_DEPTH, MAX_NODES, MAX_SOURCE, RESERVED};
pub use tree::*;
pub use types::{field_type, targets};
pub use walk::Dependencies;

use crate::{Catalogue, ObjectIx};

/// Reads, resolves and type-checks `source` over a record of `object`.
pub fn parse(source: &str, catalogue: &Catalogue, object: ObjectIx) -> Result<Expr, ExprError> {
    parse_all(source, catalogue, object, None).map_err(first)
}

/// As [`parse`], and the result must be of type `wanted`.
pub fn parse_as(
    source: &str,
    catalogue: &Catalogue,
    object: ObjectIx,
    wanted: &Type,
) -> Result<Expr, ExprError> {
    parse_all(source, catalogue, object, Some(wanted)).map_err(first)
}

/// As [`parse`], and the result must be true or false: a filter, a validation, a row rule.
pub fn parse_condition(
    source: &str,
    catalogue: &Catalogue,
    object: ObjectIx,
) -> Result<Expr, ExprError> {
    parse_as(source, catalogue, object, &Type::Bool)
}

/// As [`parse_as`], with every fault found, in order of place.
pub fn parse_all(
    source: &str,
    catalogue: &Catalogue,
    object: ObjectIx,
    wanted: Option<&Type>,
) -> Result<Expr, Vec<ExprError>> {
    let ast = syntax::read(source).map_err(|error| vec![error])?;
    let mut checker = check::Checker { catalogue, frames: vec![object], errors: Vec::new() };
    let typed = checker.whole(&ast, wanted);
    let mut errors = checker.errors;
    errors.sort_by_key(|error| error.offset);
    match typed {
        Some(typed) if errors.is_empty() => {
            let source = print(&typed.node, catalogue).into();
            Ok(Expr { source, root: typed.node, ty: typed.ty })
        }
        _ => Err(errors),
    }
}

fn first(errors: Vec<ExprError>) -> ExprError {
    let unexplained = || {
        let span = error::Span::default();
        ExprError::new("syntax", span, "表达式有误", "the expression is not valid")
    };
    errors.into_iter().next().unwrap_or_else(unexplained)
}

/// Paths written in `source`, as words, each with the child objects of the aggregates around it,
/// outermost first. Resolves nothing, so it can order formulas that mention each other before any
/// of them is parsed.
pub fn mentioned(source: &str) -> Result<Vec<Mention>, ExprError> {
    let ast = syntax::read(source)?;
    let mut found = Vec::new();
    ast::visit_paths(&ast, &mut Vec::new(), &mut found);
    let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
    let mentions = found.into_iter();
    Ok(mentions
        .map(|(inside, words)| Mention { inside: owned(inside), words: owned(words) })
        .collect())
}

/// A path as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Child objects of the aggregates around it, outermost first.
    pub inside: Vec<String>,
    /// Its words, `outer` included.
    pub words: Vec<String>,
}
