//! Search words: what a record is found by, and the index expression that asks for it.
//!
//! Words come from [`kernel::tokens`]: letters, digits and Chinese characters behind a kind letter,
//! which both full-text indexes take as they are. Those of an encrypted field are keyed, so that the
//! index tells nothing. The owner is a word too: "my customers called …" intersects inside the index.

use kernel::tokens::{self, Term};
use schema::Value;
use schema::catalogue::base;
use schema::field::SearchKind;
use uuid::Uuid;

use super::Cipher;
use super::plan::Plan;
use crate::db::Dialect;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Kind letter of keyed words; no other word starts with it.
const KEYED: char = 'k';

/// The words of a record, separated by spaces.
pub(crate) fn of_record(plan: &Plan, values: &[Value], cipher: &dyn Cipher) -> String {
    let mut words = Vec::new();
    for (slot, kind, keyed) in &plan.searched {
        let value = values.get(usize::from(slot.0)).unwrap_or(&Value::Null);
        for_each_text(value, &mut |text| {
            let found = match kind {
                SearchKind::Name => tokens::name(text),
                SearchKind::Text => tokens::text(text),
                SearchKind::Tail => tokens::tail(text),
                SearchKind::Exact => tokens::exact(text),
            };
            if *keyed {
                words.extend(found.iter().map(|token| keyed_word(token, cipher)));
            } else {
                words.extend(found);
            }
        });
    }
    if let Some(Value::Id(owner)) = values.get(usize::from(base::OWNER.0)) {
        words.push(owner_word(*owner));
    }
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// The index expression that finds what `text` asks for; none when it holds nothing to look for.
pub(crate) fn query(
    text: &str,
    owner: Option<Uuid>,
    cipher: &dyn Cipher,
    dialect: Dialect,
) -> Option<String> {
    let (and, or) = match dialect {
        Dialect::Sqlite => (" AND ", " OR "),
        Dialect::Postgres => (" & ", " | "),
    };
    let asked = tokens::query(text);
    if asked.is_empty() {
        return None;
    }
    let owned = owner.map(|owner| spelled(&owner_word(owner), false, dialect));
    let clauses = asked.all.iter().map(|terms| {
        let mut words: Vec<String> = Vec::with_capacity(terms.len() + 1);
        for Term { token, prefix } in terms {
            words.push(spelled(token, *prefix, dialect));
            // Whole numbers and last fours may lie in an encrypted field, keyed.
            if token.starts_with(['x', 't']) && !prefix {
                words.push(spelled(&keyed_word(token, cipher), false, dialect));
            }
        }
        format!("({})", words.join(or))
    });
    // The owner comes first: it is the rarest word, and the others are looked up within it.
    let all: Vec<String> = owned.into_iter().chain(clauses).collect();
    Some(all.join(and))
}

/// A word in the index's query language. Words have no quotes in them.
fn spelled(word: &str, prefix: bool, dialect: Dialect) -> String {
    match (dialect, prefix) {
        (Dialect::Sqlite, false) => format!("\"{word}\""),
        (Dialect::Sqlite, true) => format!("\"{word}\"*"),
        (Dialect::Postgres, false) => format!("'{word}'"),
        (Dialect::Postgres, true) => format!("'{word}':*"),
    }
}

fn owner_word(owner: Uuid) -> String {
    format!("o{}", owner.simple())
}

/// Sixty bits in twelve characters.
fn keyed_word(token: &str, cipher: &dyn Cipher) -> String {
    let bits =
        cipher.token(token).iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let mut word = String::with_capacity(13);
    word.push(KEYED);
    word.extend((0..12).map(|at| {
        let five = usize::try_from(bits >> (59 - at * 5) & 31).unwrap_or_default();
        char::from(ALPHABET.get(five).copied().unwrap_or(b'a'))
    }));
    word
}

fn for_each_text(value: &Value, take: &mut impl FnMut(&str)) {
    match value {
        Value::Text(text) => take(text),
        Value::Secret(text) => take(text.expose()),
        Value::Number(number) => take(&number.normalize().to_string()),
        Value::List(items) => items.iter().for_each(|item| for_each_text(item, take)),
        _ => {}
    }
}
