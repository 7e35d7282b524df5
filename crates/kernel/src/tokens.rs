//! Search tokens: what a value is filed under, and what a typed text asks for.
//!
//! A token is one word of lower-case letters, digits and Chinese characters behind a kind letter,
//! so every index that matches whole words and beginnings of words will do:
//!
//! | kind | of | filed | asked |
//! |---|---|---|---|
//! | `h` | names, texts | each pair of Chinese characters, the last one alone | every pair, or one character as beginning |
//! | `p` | names | joined pinyin, whole and from each later syllable | beginning |
//! | `i` | names | initials | beginning |
//! | `w` | names, texts | words of other scripts and digits | beginning |
//! | `x` | numbers | the whole, without spaces and dashes | whole |
//! | `t` | numbers | the last four | whole |
//!
//! `x` and `t` are only matched whole, so a store may key them. No value has more than
//! [`TOKENS_MAX`]: of a long text only the beginning is filed.

use crate::cn::Phone;
use crate::pinyin::{self, is_han};
use crate::text;

/// The most tokens of one field's value.
pub const TOKENS_MAX: usize = 64;
/// The most clauses of a query; more would hardly narrow it.
const CLAUSES_MAX: usize = 8;
const WORD_MAX: usize = 32;
const PINYIN_MAX: usize = 64;
/// A name's pinyin is also filed from its syllables before this one, the surname left out.
const LATER_MAX: usize = 4;
const TAIL: usize = 4;
/// Characters of a value or query that are looked at.
const INPUT_MAX: usize = 400;

/// A token asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The token, kind letter included.
    pub token: String,
    /// Whether tokens that begin with it match too.
    pub prefix: bool,
}

/// What a typed text asks for: every clause must be met, by any one of its terms. Without clauses
/// there is nothing to look for, and nothing matches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// The clauses.
    pub all: Vec<Vec<Term>>,
}

impl Query {
    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a value filed under `tokens` matches. What an index does, for values in memory.
    #[must_use]
    pub fn matches(&self, tokens: &[String]) -> bool {
        let met = |term: &Term| {
            tokens.iter().any(|token| {
                *token == term.token || (term.prefix && token.starts_with(&term.token))
            })
        };
        !self.is_empty() && self.all.iter().all(|clause| clause.iter().any(met))
    }
}

/// Tokens of a name: pairs of Chinese characters, pinyin, initials, words.
#[must_use]
pub fn name(value: &str) -> Vec<String> {
    let prepared = prepare(value);
    let mut tokens = Tokens::default();
    // A middle dot or a space inside a name does not part it.
    let han: Vec<char> = prepared.chars().filter(|&c| is_han(c)).collect();
    tokens.han(&han);
    let readings = pinyin::of_name(&prepared);
    for reading in &readings {
        tokens.add('p', &cut(&reading.full(), PINYIN_MAX));
        tokens.add('i', &reading.initials());
    }
    if let Some(reading) = readings.first() {
        let syllables = reading.syllables();
        for start in 1..syllables.len().min(LATER_MAX) {
            let later = syllables.get(start..).unwrap_or_default().concat();
            tokens.add('p', &cut(&later, PINYIN_MAX));
        }
    }
    tokens.words(&prepared);
    tokens.0
}

/// Tokens of a text: pairs of Chinese characters, words. Of a long text, its beginning.
#[must_use]
pub fn text(value: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    for run in runs(&prepare(value)) {
        match run {
            Run::Han(characters) => tokens.han(&characters),
            Run::Word(word) => tokens.add('w', &cut(&word, WORD_MAX)),
        }
    }
    tokens.0
}

/// Tokens of a number: the whole and the last four.
#[must_use]
pub fn tail(value: &str) -> Vec<String> {
    let whole = bare(value);
    let mut tokens = Tokens::default();
    tokens.add('x', &whole);
    let length = whole.chars().count();
    if length >= TAIL {
        let last: String = whole.chars().skip(length - TAIL).collect();
        tokens.add('t', &last);
    }
    tokens.0
}

/// The token of a number that is only found whole.
#[must_use]
pub fn exact(value: &str) -> Vec<String> {
    let mut tokens = Tokens::default();
    tokens.add('x', &bare(value));
    tokens.0
}

/// What a user's typed text asks for.
#[must_use]
pub fn query(typed: &str) -> Query {
    let prepared = prepare(typed);
    if let Some(tail) = prepared.trim().strip_prefix("尾号") {
        let tail = bare(tail);
        if tail.chars().count() == TAIL {
            return Query { all: vec![vec![whole('t', &tail)]] };
        }
    }
    let runs = runs(&prepared);
    let mut all = Vec::new();
    for run in &runs {
        match run {
            Run::Han(characters) => {
                if let [alone] = characters.as_slice() {
                    all.push(vec![beginning('h', &alone.to_string())]);
                }
                let pairs = characters.windows(2);
                all.extend(pairs.map(|pair| vec![whole('h', &joined(pair))]));
            }
            Run::Word(word) => all.push(word_terms(word)),
        }
    }
    all.truncate(CLAUSES_MAX);
    // The text may also be one number, or the parted pinyin of one name: a way to meet them all.
    for term in as_one(&prepared, &runs) {
        for clause in &mut all {
            if !clause.contains(&term) {
                clause.push(term.clone());
            }
        }
    }
    Query { all }
}

fn word_terms(word: &str) -> Vec<Term> {
    let mut terms = vec![beginning('w', &cut(word, WORD_MAX))];
    if word.bytes().all(|b| b.is_ascii_lowercase()) {
        terms.push(beginning('p', &cut(word, PINYIN_MAX)));
        terms.push(beginning('i', word));
    } else if word.chars().count() == TAIL {
        terms.push(whole('t', word));
    }
    terms
}

fn as_one(prepared: &str, runs: &[Run]) -> Vec<Term> {
    let mut terms = Vec::new();
    let number = bare(prepared);
    if number.chars().count() >= 2 {
        terms.push(whole('x', &number));
    }
    let letters = runs.len() > 1
        && runs.iter().all(|run| match run {
            Run::Word(word) => word.bytes().all(|b| b.is_ascii_lowercase()),
            Run::Han(_) => false,
        });
    if letters {
        terms.push(beginning('p', &cut(&number, PINYIN_MAX)));
    }
    terms
}

fn whole(kind: char, text: &str) -> Term {
    Term { token: format!("{kind}{text}"), prefix: false }
}

fn beginning(kind: char, text: &str) -> Term {
    Term { token: format!("{kind}{text}"), prefix: true }
}

/// Half-width, lower case, `ü` as people type it; bounded.
fn prepare(value: &str) -> String {
    let lower = text::half_width(value).to_lowercase();
    lower.chars().map(|c| if c == 'ü' { 'v' } else { c }).take(INPUT_MAX).collect()
}

/// A number as it is filed: letters and digits only, a telephone number without its country code.
fn bare(value: &str) -> String {
    let prepared = prepare(value);
    let normal = match Phone::parse(&prepared) {
        Ok(phone @ (Phone::Mobile(_) | Phone::Landline { .. })) => Some(phone.normal()),
        _ => None,
    };
    let source = normal.as_deref().unwrap_or(&prepared);
    source.chars().filter(|c| c.is_alphanumeric()).take(PINYIN_MAX).collect()
}

fn joined(characters: &[char]) -> String {
    characters.iter().collect()
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

enum Run {
    Han(Vec<char>),
    Word(String),
}

/// The runs of Chinese characters and of other letters and digits; the rest parts them.
fn runs(prepared: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for c in prepared.chars() {
        if !c.is_alphanumeric() && !is_han(c) {
            open = false;
            continue;
        }
        match runs.last_mut().filter(|_| open) {
            Some(Run::Han(characters)) if is_han(c) => characters.push(c),
            Some(Run::Word(word)) if !is_han(c) => word.push(c),
            _ if is_han(c) => runs.push(Run::Han(vec![c])),
            _ => runs.push(Run::Word(c.to_string())),
        }
        open = true;
    }
    runs
}

/// Distinct tokens in the order they were added, never more than the bound.
#[derive(Default)]
struct Tokens(Vec<String>);

impl Tokens {
    fn add(&mut self, kind: char, text: &str) {
        if text.is_empty() || self.0.len() >= TOKENS_MAX {
            return;
        }
        let known = |token: &String| token.strip_prefix(kind) == Some(text);
        if !self.0.iter().any(known) {
            let mut token = String::with_capacity(kind.len_utf8() + text.len());
            token.push(kind);
            token.push_str(text);
            self.0.push(token);
        }
    }

    /// Every character begins a pair but the last, so that one is filed alone: one character is
    /// found as the beginning of either.
    fn han(&mut self, characters: &[char]) {
        for pair in characters.windows(2) {
            self.add('h', &joined(pair));
        }
        if let Some(last) = characters.last() {
            self.add('h', &last.to_string());
        }
    }

    fn words(&mut self, prepared: &str) {
        for run in runs(prepared) {
            if let Run::Word(word) = run {
                self.add('w', &cut(&word, WORD_MAX));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_found_by_characters_pinyin_and_initials() {
        let check = |filed: &str, typed: &str, expected| {
            assert_eq!(query(typed).matches(&name(filed)), expected, "{typed} in {filed}");
        };
        check("张三", "张三", true);
        check("张三", "张", true);
        check("张三", "三", true);
        check("张三", "三张", false);
        check("张三丰", "三丰", true);
        check("张三丰", "张三丰", true);
        check("张三丰", "张丰", false);
        check("张伟", "zw", true);
        check("张伟明", "zw", true);
        check("张伟明", "wm", false);
        check("张伟", "ZhangWei", true);
        check("张伟", "zhang wei", true);
        check("张伟", "zhangw", true);
        check("张小明", "xiaoming", true);
        check("张伟", "zhangli", false);
        check("单雄信", "sxx", true);
        check("单雄信", "shanxiongxin", true);
        check("单雄信", "danxiongxin", true);
        check("吕布", "lübu", true);
        check("　张三 ", " 张三　", true);
        check("阿卜杜拉·买买提", "买买提", true);
        check("阿卜杜拉·买买提", "阿卜杜拉·买买提", true);
        check("John Smith", "smi", true);
        check("John Smith", "john smith", true);
        check("John Smith", "mith", false);
        check("㐂田红", "㐂田", true);
        check("武汉光谷科技有限公司", "光谷科技", true);
        check("武汉光谷科技有限公司", "whgg", true);
        check("张三", "", false);
        check("张三", " ·,", false);
    }

    #[test]
    fn numbers_are_found_whole_and_by_their_last_four() {
        let check = |filed: &str, typed: &str, expected| {
            assert_eq!(query(typed).matches(&tail(filed)), expected, "{typed} in {filed}");
        };
        check("13800138000", "13800138000", true);
        check("13800138000", "138 0013 8000", true);
        check("13800138000", "+86 138-0013-8000", true);
        check("+8613800138000", "13800138000", true);
        check("13800138000", "8000", true);
        check("13800138000", "尾号8000", true);
        check("13800138000", "１３８００１３８０００", true);
        check("13800138000", "1380", false);
        check("13800138000", "138", false);
        check("44011320141005001X", "44011320141005001x", true);
        check("44011320141005001X", "001X", true);
        check("010-66551234", "01066551234", true);
        check("010-66551234", "1234", true);
        check("6228 4804 0256 4890 018", "6228480402564890018", true);
        check("C000000031", "c000000031", true);
        check("粤B12345", "粤b12345", true);
        assert!(!query("8000").matches(&exact("13800138000")));
        assert!(query("13800138000").matches(&exact("13800138000")));
    }

    #[test]
    fn texts_are_found_by_pairs_and_words() {
        let check = |filed: &str, typed: &str, expected| {
            assert_eq!(query(typed).matches(&text(filed)), expected, "{typed} in {filed}");
        };
        check("理财到期待续作", "到期", true);
        check("理财到期待续作", "财", true);
        check("理财到期待续作", "作", true);
        check("理财到期待续作", "留", false);
        check("子女留学,关注外汇", "留学 外汇", true);
        check("子女留学,关注外汇", "学关", false);
        check("持有 ETF 和 REITs", "reit", true);
        check("电话13800138000", "13800138000", true);
        check("2026年到期", "2026", true);
    }

    #[test]
    fn tokens_look_as_documented() {
        let tokens = name("张三 Sam");
        for token in ["h张三", "h三", "pzhangsan", "psan", "izs", "wsam"] {
            assert!(tokens.iter().any(|known| known == token), "{token} in {tokens:?}");
        }
        assert!(!tokens.contains(&"h张".to_owned()));
        assert_eq!(tail("138-0013-8000"), ["x13800138000", "t8000"]);
        assert_eq!(query("8000").all.len(), 1);
    }

    fn well_formed(tokens: &[String]) -> bool {
        tokens.len() <= TOKENS_MAX
            && tokens.iter().all(|token| token.chars().all(|c| c.is_alphanumeric() || is_han(c)))
    }

    proptest! {
        #[test]
        fn a_name_is_found_by_itself_its_parts_and_its_readings(
            value in "[\u{4e00}-\u{9fa5}]{2,6}"
        ) {
            let tokens = name(&value);
            prop_assert!(query(&value).matches(&tokens));
            for c in value.chars() {
                prop_assert!(query(&c.to_string()).matches(&tokens));
            }
            for reading in crate::pinyin::of_name(&value) {
                prop_assert!(query(&reading.full()).matches(&tokens));
                prop_assert!(query(&reading.initials()).matches(&tokens));
            }
        }

        #[test]
        fn a_number_is_found_by_itself_and_its_tail(value in "[0-9]{5,19}[0-9X]") {
            let tokens = tail(&value);
            prop_assert!(query(&value).matches(&tokens));
            let last = value.get(value.len() - 4..).unwrap_or_default();
            let found = query(last).matches(&tokens);
            prop_assert!(found);
        }

        #[test]
        fn any_short_value_is_found_by_itself(value in "[a-zA-Z0-9\u{4e00}-\u{9fa5} ,.·-]{1,20}") {
            for tokens in [name(&value), text(&value)] {
                let asked = query(&value);
                prop_assert!(asked.is_empty() || asked.matches(&tokens));
            }
        }

        #[test]
        fn tokens_are_words_and_few(value in any::<String>()) {
            for tokens in [name(&value), text(&value), tail(&value), exact(&value)] {
                prop_assert!(well_formed(&tokens));
            }
            let asked = query(&value);
            prop_assert!(asked.all.len() <= CLAUSES_MAX);
            for clause in asked.all {
                prop_assert!(!clause.is_empty() && clause.len() <= 6);
            }
        }
    }
}
