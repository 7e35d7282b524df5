//! Text to tokens.
//!
//! Knows characters only; what a word means is decided by the parser and the check.

use rust_decimal::Decimal;

use super::error::{ExprError, Span};
use super::number;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(Decimal),
    Text(String),
    Word(String),
    Symbol(&'static str),
    End,
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 18] =
    ["!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", ":", "."];

/// What people write instead, and what it is here.
const MISTAKES: [(&str, &str); 16] = [
    ("==", "="),
    ("<>", "!="),
    ("&&", "and"),
    ("||", "or"),
    ("!", "not"),
    ("（", "("),
    ("）", ")"),
    ("，", ","),
    ("：", ":"),
    ("“", "'"),
    ("”", "'"),
    ("‘", "'"),
    ("’", "'"),
    ("＝", "="),
    ("≤", "<="),
    ("≥", ">="),
];

/// All tokens of `source`, the last being [`Token::End`].
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, Span)>, ExprError> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = token(rest, first, at)?;
        all.push((token, Span { start: at, end: at + length }));
        at += length;
    }
    all.push((Token::End, Span { start: source.len(), end: source.len() }));
    Ok(all)
}

fn token(rest: &str, first: char, at: usize) -> Result<(Token, usize), ExprError> {
    if first.is_ascii_digit() {
        return decimal(rest, at);
    }
    if first == '\'' || first == '"' {
        return quoted(rest, first, at);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let word = prefix(rest, |c| c.is_ascii_alphanumeric() || c == '_');
        return Ok((Token::Word(word.to_owned()), word.len()));
    }
    if let Some((wrong, right)) = MISTAKES.into_iter().find(|(wrong, right)| {
        rest.starts_with(wrong) && !(*wrong == "!" && *right == "not" && rest.starts_with("!="))
    }) {
        return Err(unknown(wrong, at).suggest(Some(right.to_owned())));
    }
    match SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None => Err(unknown(prefix(rest, |c| c == first), at)),
    }
}

fn prefix(text: &str, mut is_part: impl FnMut(char) -> bool) -> &str {
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

fn unknown(text: &str, at: usize) -> ExprError {
    ExprError::new(
        "unknown_character",
        Span { start: at, end: at + text.len() },
        format!("这里不能写 `{text}`"),
        format!("`{text}` cannot stand here"),
    )
    .with("text", text)
}

fn decimal(rest: &str, at: usize) -> Result<(Token, usize), ExprError> {
    let whole = prefix(rest, |c| c.is_ascii_digit());
    let after = rest.get(whole.len()..).unwrap_or_default();
    let fraction = after.strip_prefix('.').map(|text| prefix(text, |c| c.is_ascii_digit()));
    let length = match fraction {
        Some(digits) if !digits.is_empty() => whole.len() + 1 + digits.len(),
        _ => whole.len(),
    };
    let text = rest.get(..length).unwrap_or(whole);
    let exact = Decimal::from_str_exact(text).ok().map(|number| number.normalize());
    match exact.filter(|n| n.scale() <= number::DIGITS && number::bounded(*n).is_some()) {
        Some(number) => Ok((Token::Number(number), length)),
        None => Err(ExprError::new(
            "number_too_long",
            Span { start: at, end: at + length },
            "数字过长：小数点前最多 16 位，小数点后最多 12 位",
            "the number is too long: at most 16 digits before and 12 after the point",
        )),
    }
}

fn quoted(rest: &str, quote: char, at: usize) -> Result<(Token, usize), ExprError> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        if c != quote {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return Ok((Token::Text(text), i + quote.len_utf8()));
        }
    }
    Err(ExprError::new(
        "unclosed_text",
        Span { start: at, end: at + rest.len() },
        format!("文本缺少结尾的引号 {quote}"),
        format!("the text has no closing quote {quote}"),
    ))
}
