//! What is wrong with an expression's text: where, what, and the remedy.

use crate::catalogue::Label;

/// One fault in an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {}", message.en)]
pub struct ExprError {
    /// Stable code, such as `unknown_name` or `wrong_type`.
    pub code: &'static str,
    /// First byte of the faulty part.
    pub offset: usize,
    /// Its length in bytes.
    pub length: usize,
    /// What the message names.
    pub params: Vec<(&'static str, String)>,
    /// The fault and, where there is one, its remedy.
    pub message: Label,
    /// The nearest known name, if one is near.
    pub suggestion: Option<String>,
}
