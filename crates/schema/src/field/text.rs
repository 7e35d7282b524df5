//! Lines and blocks of text.

use std::borrow::Cow;

use kernel::text::{has_hidden, trim};

use super::Flaw;
use super::codec::{Parsed, full};

/// Most characters of an address.
pub(super) const ADDRESS_MAX: u32 = 500;
/// Most characters of a tag.
pub(super) const TAG_MAX: u32 = 50;

/// One line: trimmed; line breaks and characters that do not show are refused.
pub(super) fn line(text: &str, max: u32) -> Parsed {
    let text = trim(text);
    if has_hidden(text) || text.contains(['\n', '\r', '\t', '\u{85}', '\u{2028}', '\u{2029}']) {
        return Err(Flaw::new("control_characters"));
    }
    bounded(text, max)
}

/// What a cell holds as one line: line breaks and tabs become spaces, as people wrap an address to
/// fit its cell.
pub(super) fn unwrapped(cell: &str) -> Cow<'_, str> {
    if !cell.contains(['\n', '\r', '\t']) {
        return Cow::Borrowed(cell);
    }
    let lines = cell.split(['\n', '\r', '\t']).map(trim).filter(|line| !line.is_empty());
    Cow::Owned(lines.collect::<Vec<_>>().join(" "))
}

/// Several lines: trimmed; line ends become `\n`.
pub(super) fn block(text: &str, max: u32) -> Parsed {
    let text = trim(text);
    if has_hidden(text) {
        return Err(Flaw::new("control_characters"));
    }
    if text.contains('\r') {
        return bounded(&text.replace("\r\n", "\n").replace('\r', "\n"), max);
    }
    bounded(text, max)
}

fn bounded(text: &str, max: u32) -> Parsed {
    if text.chars().count() > max as usize {
        return Err(Flaw::new("too_long").with("max", max));
    }
    Ok(full(text))
}
