//! A Rust file as the rules see it: code, comments and string literals apart, tests marked.
//!
//! A small scanner, not a parser: it knows comments, literals and braces, which is all the rules
//! ask for. It never expands macros.

use std::ops::Range;

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything else.
    Code,
    /// `//…` or `/*…*/`, documentation included.
    Comment,
    /// The inside of a string literal, escapes as written.
    Text,
}

/// A stretch of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text, without quotes.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
}

impl<'a> Piece<'a> {
    /// What is left of it outside `ranges`, which are in order.
    pub fn without(self, ranges: &[Range<usize>]) -> Vec<Piece<'a>> {
        let end = self.start + self.text.len();
        let part = |from: usize, to: usize| -> Option<Piece<'a>> {
            let text = self.text.get(from - self.start..to - self.start)?;
            (!text.is_empty()).then_some(Piece { kind: self.kind, text, start: from })
        };
        let mut left = Vec::new();
        let mut from = self.start;
        for range in ranges {
            left.extend(part(from, range.start.clamp(from, end)));
            from = range.end.clamp(from, end);
        }
        left.extend(part(from, end));
        left
    }
}

/// Splits `source` into pieces, in order.
pub fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut scanner = Scanner { source, at: 0, code_from: 0, pieces: Vec::new() };
    while scanner.step() {}
    scanner.pieces
}

/// Byte ranges of the items marked `#[cfg(test)]` that have a body here.
pub fn test_ranges(source: &str, pieces: &[Piece<'_>]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for (start, _) in source.match_indices("#[cfg(test)]") {
        let is_code = pieces.iter().any(|piece| {
            piece.kind == Kind::Code
                && (piece.start..piece.start + piece.text.len()).contains(&start)
        });
        if is_code {
            ranges.push(start..item_end(start, pieces));
        }
    }
    ranges
}

/// The 1-based line of a byte.
pub fn line_of(source: &str, at: usize) -> usize {
    1 + source.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// Where the item that begins at `start` ends: at its closing brace, or at a `;` before any.
fn item_end(start: usize, pieces: &[Piece<'_>]) -> usize {
    let mut depth = 0_usize;
    let mut end = start;
    for piece in pieces.iter().filter(|piece| piece.kind == Kind::Code) {
        for (offset, byte) in piece.text.bytes().enumerate() {
            end = piece.start + offset + 1;
            if end <= start {
                continue;
            }
            match byte {
                b'{' => depth += 1,
                b'}' if depth == 1 => return end,
                b'}' => depth = depth.saturating_sub(1),
                b';' if depth == 0 => return end,
                _ => {}
            }
        }
    }
    end
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    code_from: usize,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// Handles what begins at the present place; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            self.end_code(self.at);
            return false;
        };
        if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            self.take(Kind::Comment, 0..length, length);
        } else if rest.starts_with("/*") {
            let length = block_comment(rest);
            self.take(Kind::Comment, 0..length, length);
        } else if first == '"' {
            let length = quoted(rest);
            self.take(Kind::Text, 1..length.saturating_sub(1).max(1), length);
        } else if let Some((inside, length)) = self.raw_string(rest) {
            self.take(Kind::Text, inside, length);
        } else if first == '\'' {
            self.at += character(rest);
        } else {
            self.at += first.len_utf8();
        }
        true
    }

    fn end_code(&mut self, end: usize) {
        if let Some(text) = self.source.get(self.code_from..end).filter(|text| !text.is_empty()) {
            self.pieces.push(Piece { kind: Kind::Code, text, start: self.code_from });
        }
    }

    fn take(&mut self, kind: Kind, inside: Range<usize>, length: usize) {
        self.end_code(self.at);
        let start = self.at + inside.start;
        let text = self.source.get(start..self.at + inside.end).unwrap_or_default();
        self.pieces.push(Piece { kind, text, start });
        self.at += length.max(1);
        self.code_from = self.at;
    }

    /// `r"…"`, `r#"…"#` and their byte forms, if the `r` does not end a name.
    fn raw_string(&self, rest: &str) -> Option<(Range<usize>, usize)> {
        let after = rest.strip_prefix('r')?;
        let before = self.source.get(..self.at)?.chars().next_back();
        if before.is_some_and(|c| (c.is_alphanumeric() && c != 'b') || c == '_') {
            return None;
        }
        let hashes = after.bytes().take_while(|byte| *byte == b'#').count();
        let body = after.get(hashes..)?.strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = body.find(&close).unwrap_or(body.len());
        let from = 2 + hashes;
        Some((from..from + length, from + length + close.len()))
    }
}

/// Length of a block comment, nested ones included.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut previous = 0;
    for (at, byte) in rest.bytes().enumerate() {
        match (previous, byte) {
            (b'/', b'*') => depth += 1,
            (b'*', b'/') if depth == 1 => return at + 1,
            (b'*', b'/') => depth = depth.saturating_sub(1),
            _ => {
                previous = byte;
                continue;
            }
        }
        previous = 0;
    }
    rest.len()
}

/// Length of a `"…"` literal with both quotes.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Length of a character literal, or of the quote alone before a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            let tail = rest.get(from..).unwrap_or_default();
            tail.find('\'').map_or(1, |offset| from + offset + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str, kind: Kind) -> Vec<&str> {
        pieces(source).iter().filter(|p| p.kind == kind).map(|p| p.text).collect()
    }

    #[test]
    fn literals_and_comments_are_told_from_code() {
        let check = |source: &str, literals: &[&str], comments: &[&str]| {
            assert_eq!(texts(source, Kind::Text), literals, "{source}");
            assert_eq!(texts(source, Kind::Comment), comments, "{source}");
        };
        check(r#"let a = "x"; // y"#, &["x"], &["// y"]);
        check(r#""a \" // b" c"#, &[r#"a \" // b"#], &[]);
        check("r\"raw\" br#\"a \" b\"# for\"x\"", &["raw", "a \" b", "x"], &[]);
        check("'\"' \"t\" 'a '\\'' \"u\" '\\u{1F}'", &["t", "u"], &[]);
        check("fn f<'a>(x: &'a str) { \"s\" }", &["s"], &[]);
        check("/* a /* \" */ b */ \"c\"", &["c"], &["/* a /* \" */ b */"]);
        check("\"\" \"中文\"", &["", "中文"], &[]);
    }

    #[test]
    fn a_test_module_ends_at_its_own_brace() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { \"}\"; } }\nfn c() {}";
        let ranges = test_ranges(source, &pieces(source));
        let found: Vec<&str> = ranges.into_iter().map(|range| &source[range]).collect();
        assert_eq!(found, ["#[cfg(test)]\nmod tests { fn b() { \"}\"; } }"]);
    }

    #[test]
    fn a_piece_loses_what_lies_in_a_range() {
        let left = |ranges: &[Range<usize>]| -> Vec<(usize, &str)> {
            let piece = Piece { kind: Kind::Code, text: "abcdef", start: 10 };
            piece.without(ranges).iter().map(|p| (p.start, p.text)).collect()
        };
        assert_eq!(left(&[]), [(10, "abcdef")]);
        assert_eq!(left(&[0..5, 10..12]), [(12, "cdef")]);
        assert_eq!(left(&[11..12, 13..20]), [(10, "a"), (12, "c")]);
        assert_eq!(left(&[0..11, 11..99]), []);
        assert_eq!(left(&[0..5, 30..40]), [(10, "abcdef")]);
    }

    #[test]
    fn a_line_is_counted_from_one() {
        assert_eq!(line_of("a\nb", 0), 1);
        assert_eq!(line_of("a\nb", 2), 2);
    }
}
