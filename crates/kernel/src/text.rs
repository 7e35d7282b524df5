//! Text as typed and pasted: widths, spaces, marks that do not show, near misses.
//!
//! Changes only what it names; a caller that must not change text uses the reports instead.

use std::borrow::Cow;

/// Every full-width ASCII form (U+FF01–U+FF5E) and the ideographic space made half-width.
/// For codes, numbers, dates, phones: never for prose, whose `，` and `（` are correct as they are.
#[must_use]
pub fn half_width(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| half_width_char(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(half_width_char).collect())
}

/// Full-width digits, letters, the ideographic space and the symbols `＠＃％＆＋－＊／＝＿．` made
/// half-width; Chinese punctuation `，；：？！（）` stays. For names, titles and prose.
#[must_use]
pub fn normalize_width(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| prose_char(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(prose_char).collect())
}

fn half_width_char(c: char) -> char {
    match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn prose_char(c: char) -> char {
    let half = half_width_char(c);
    let change = half.is_ascii_alphanumeric()
        || matches!(half, ' ' | '@' | '#' | '%' | '&' | '+' | '-' | '*' | '/' | '=' | '_' | '.');
    if change { half } else { c }
}

/// Trims every kind of white space, the ideographic one and the byte-order mark included.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

/// One line of text without the characters that do not show, and how many were dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleLine<'a> {
    /// The text, trimmed; line breaks and tabs between words became one space.
    pub text: Cow<'a, str>,
    /// Control characters (line breaks and tabs excepted) and direction marks dropped.
    pub dropped: usize,
    /// Whether line breaks or tabs became spaces.
    pub joined: bool,
}

/// Makes text fit for a one-line field and reports what changed, so a caller may warn or refuse.
#[must_use]
pub fn single_line(text: &str) -> SingleLine<'_> {
    let trimmed = trim(text);
    let dropped = trimmed.chars().filter(|&c| is_hidden(c)).count();
    let joined = trimmed.chars().any(is_break);
    if dropped == 0 && !joined {
        return SingleLine { text: Cow::Borrowed(trimmed), dropped, joined };
    }
    let mut clean = String::with_capacity(trimmed.len());
    for c in trimmed.chars().filter(|&c| !is_hidden(c)) {
        if !is_break(c) {
            clean.push(c);
        } else if !clean.ends_with(' ') {
            clean.push(' ');
        }
    }
    SingleLine { text: Cow::Owned(trim(&clean).to_owned()), dropped, joined }
}

/// Whether the text holds a control character other than a line break or tab, or a mark that
/// changes writing direction. Such text can show one thing and mean another.
#[must_use]
pub fn has_hidden(text: &str) -> bool {
    text.chars().any(is_hidden)
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && !is_break(c))
        || matches!(
            c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

/// The candidate that `name` most likely meant, if one is near enough: for "did you mean".
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let allowed = match length {
        0 => return None,
        1..=2 => 1,
        3..=5 => 2,
        _ => length / 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_lose_every_full_width_form_and_prose_keeps_its_punctuation() {
        assert_eq!(half_width("ＡＢ１２（３）　，"), "AB12(3) ,");
        assert_eq!(normalize_width("ＡＢ１２（３）　，＠．"), "AB12（３） ，@.".replace('３', "3"));
        assert!(matches!(half_width("abc张"), Cow::Borrowed(_)));
    }

    #[test]
    fn both_kinds_of_spaces_are_trimmed() {
        assert_eq!(trim("\u{feff} 　张三\u{a0}\t"), "张三");
        assert_eq!(trim("　"), "");
    }

    #[test]
    fn what_does_not_show_is_dropped_and_reported() {
        let check = |text: &str, expected: &str, dropped, joined| {
            let line = single_line(text);
            assert_eq!(
                (line.text.as_ref(), line.dropped, line.joined),
                (expected, dropped, joined)
            );
        };
        check("张三", "张三", 0, false);
        check(" 张\u{202e}三\u{7} ", "张三", 2, false);
        check("中山路1号\r\n2栋", "中山路1号 2栋", 0, true);
        check("\u{200b}", "", 0, false);
        assert!(has_hidden("a\u{2066}b"));
        assert!(!has_hidden("a\nb"));
    }

    #[test]
    fn a_near_miss_is_suggested_and_a_far_one_is_not() {
        let names = ["customer_tier", "mobile", "birth_on", "name"];
        let check = |typed, expected| assert_eq!(nearest(typed, names), expected, "{typed}");
        check("custmer_tier", Some("customer_tier"));
        check("moblie", Some("mobile"));
        check("nmae", Some("name"));
        check("zzzzzz", None);
        check("", None);
        check("x", None);
    }

    proptest! {
        #[test]
        fn a_single_line_is_stable_and_clean(text in any::<String>()) {
            let once = single_line(&text).text.into_owned();
            let twice = single_line(&once);
            prop_assert_eq!(twice.text.as_ref(), once.as_str());
            prop_assert!(!has_hidden(&once));
            prop_assert!(!once.contains('\n'));
        }
    }
}
