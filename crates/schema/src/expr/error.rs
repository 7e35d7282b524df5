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
    pub suggestion: Option<Box<str>>,
}

/// Bytes of the source from the first to before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub(super) fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end }
    }
}

impl ExprError {
    pub(super) fn new(
        code: &'static str,
        span: Span,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> ExprError {
        ExprError {
            code,
            offset: span.start,
            length: span.end.saturating_sub(span.start),
            params: Vec::new(),
            message: Label { zh: zh.into(), en: en.into() },
            suggestion: None,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> ExprError {
        self.params.push((name, value.into()));
        self
    }

    /// Adds a remedy, in the message too.
    pub(super) fn suggest(mut self, suggestion: Option<String>) -> ExprError {
        if let Some(text) = &suggestion {
            self.message.zh.push_str(&format!("；是否想写 `{text}`？"));
            self.message.en.push_str(&format!("; did you mean `{text}`?"));
        }
        self.suggestion = suggestion.map(String::into_boxed_str);
        self
    }
}

/// The candidate most like `name`, if one is near enough to be meant.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    kernel::text::nearest(name, candidates).map(str::to_owned)
}
