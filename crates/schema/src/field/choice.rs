//! Options, flags and lists of options.

use kernel::cn::region;
use kernel::text::{half_width, nearest, trim};

use crate::catalogue::{Catalogue, Language, OptionItem, OptionSet};
use crate::{Name, Value};

use super::Flaw;
use super::codec::{Parsed, expected, full};

/// The option with this code, if it may be chosen.
pub(super) fn by_code(catalogue: &Catalogue, set: &Name, code: &str) -> Parsed {
    if code.is_empty() {
        return Ok(Value::Null);
    }
    match catalogue.options.get(set).and_then(|set| set.items.get_key_value(code)) {
        Some((code, item)) => choose(code, item),
        None => Err(unknown(catalogue, set, code)),
    }
}

fn choose(code: &str, item: &OptionItem) -> Parsed {
    if item.retired {
        return Err(Flaw::new("option_retired").with("value", code));
    }
    Ok(full(code))
}

fn unknown(catalogue: &Catalogue, set: &Name, value: &str) -> Flaw {
    let known = catalogue.options.get(set).into_iter().flat_map(|set| set.items.iter());
    let labelled = known.clone().find(|(_, item)| same(&item.label.zh, value));
    if let Some((code, _)) = labelled {
        return Flaw::new("option_near").with("value", value).with("near", code);
    }
    // Trees of thousands of places have a near miss for anything.
    let words = known
        .take(500)
        .flat_map(|(code, item)| [code.as_str(), item.label.zh.as_str(), item.label.en.as_str()]);
    match nearest(value, words) {
        Some(near) => Flaw::new("option_near").with("value", value).with("near", near),
        None => Flaw::new("option").with("value", value),
    }
}

/// The option that a text means: its code, a label, an alias, or (in a tree) its path of labels.
pub(super) fn by_any(catalogue: &Catalogue, name: &Name, text: &str) -> Parsed {
    let Some(set) = catalogue.options.get(name) else {
        return Err(unknown(catalogue, name, text));
    };
    let half = half_width(text);
    let wanted = trim(&half);
    if let Some((code, item)) = set.items.get_key_value(wanted) {
        return choose(code, item);
    }
    if let Some((code, item)) = by_region(set, wanted) {
        return choose(code, item);
    }
    let fits = |word: &str| same(word, wanted);
    let mut found: Vec<(&String, &OptionItem)> = set
        .items
        .iter()
        .filter(|(code, item)| {
            fits(code)
                || fits(&item.label.zh)
                || fits(&item.label.en)
                || item.aliases.iter().any(|alias| fits(alias))
        })
        .collect();
    if found.len() > 1 && found.iter().any(|(_, item)| !item.retired) {
        found.retain(|(_, item)| !item.retired);
    }
    match found.as_slice() {
        [(code, item)] => choose(code, item),
        [] => by_path(set, wanted)
            .map_or_else(|| Err(unknown(catalogue, name, text)), |(code, item)| choose(code, item)),
        _ => Err(Flaw::new("option_ambiguous").with("value", text)),
    }
}

/// Equal but for case and the width of characters.
fn same(word: &str, wanted: &str) -> bool {
    word == wanted || half_width(word).to_lowercase() == wanted.to_lowercase()
}

/// The node of a tree of regions that a text names, also in short: `湖北武汉`. A municipality is its
/// own city too: `天津市/天津`. Much faster than reading the whole tree.
fn by_region<'s>(set: &'s OptionSet, text: &str) -> Option<(&'s str, &'s OptionItem)> {
    if set.items.values().take(2).all(|item| item.parent.is_none()) {
        return None;
    }
    let code = region::find(text).or_else(|| {
        let (parent, rest) = text.split_once(is_joint)?;
        region::find_under(region::find(parent)?, rest)
    })?;
    let (code, item) = set.items.get_key_value(code)?;
    (region::name(code) == Some(item.label.zh.as_str())).then_some((code.as_str(), item))
}

/// The node of a tree that `湖北省/武汉市/江岸区` or `湖北省武汉市江岸区` names.
fn by_path<'s>(set: &'s OptionSet, text: &str) -> Option<(&'s str, &'s OptionItem)> {
    if set.items.values().all(|item| item.parent.is_none()) {
        return None;
    }
    let plain: String = text.chars().filter(|c| !is_joint(*c)).collect();
    set.items
        .iter()
        .find(|(code, _)| {
            path(set, code, Language::Zh, "") == plain || path(set, code, Language::En, "") == plain
        })
        .map(|(code, item)| (code.as_str(), item))
}

fn is_joint(c: char) -> bool {
    matches!(c, '/' | '-' | '>' | ' ' | '\\')
}

/// Labels from the root to the option, joined.
fn path(set: &OptionSet, code: &str, language: Language, joint: &str) -> String {
    let mut labels = Vec::new();
    let mut at = Some(code);
    // A tree is at most as deep as it has nodes; deeper means a circle, which loading refuses.
    while let Some(item) = at.and_then(|code| set.items.get(code)).filter(|_| labels.len() < 16) {
        labels.push(item.label.get(language));
        at = item.parent.as_deref();
    }
    labels.reverse();
    labels.join(joint)
}

/// The shown text of an option; the code itself when it is not known any more.
pub(super) fn label(catalogue: &Catalogue, set: &Name, code: &str, language: Language) -> String {
    let Some(set) = catalogue.options.get(set).filter(|set| set.items.contains_key(code)) else {
        return code.to_owned();
    };
    path(set, code, language, if language == Language::Zh { "" } else { " / " })
}

/// The options that a text with separators means.
pub(super) fn several(catalogue: &Catalogue, set: &Name, text: &str) -> Vec<Parsed> {
    split(text).map(|part| by_any(catalogue, set, part)).collect()
}

/// Parts between `;`, `；`, `、`, `|` and line breaks.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', '；', '、', '|', '\n', '\r']).map(trim).filter(|part| !part.is_empty())
}

const TRUE: &[&str] = &["是", "y", "yes", "true", "t", "1", "有", "√", "对", "真"];
const FALSE: &[&str] = &["否", "n", "no", "false", "f", "0", "无", "×", "错", "假"];

/// 是 or 否, as people write them.
pub(super) fn flag(text: &str) -> Parsed {
    let half = half_width(text).to_lowercase();
    let word = trim(&half);
    match (TRUE.contains(&word), FALSE.contains(&word)) {
        (true, _) => Ok(Value::Bool(true)),
        (_, true) => Ok(Value::Bool(false)),
        _ => Err(expected("yes or no", "是或否")),
    }
}

/// 是 / 否.
pub(super) fn flag_text(flag: bool, language: Language) -> &'static str {
    match (flag, language) {
        (true, Language::Zh) => "是",
        (false, Language::Zh) => "否",
        (true, Language::En) => "yes",
        (false, Language::En) => "no",
    }
}
