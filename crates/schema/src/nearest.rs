//! The nearest known name, for "did you mean".

/// The one of `known` closest to `text`, if close enough to be a slip of the keyboard.
pub(crate) fn nearest<'a>(
    text: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = match text.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_finds_none() {
        let known = ["required", "unique", "level"];
        assert_eq!(nearest("requird", known), Some("required"));
        assert_eq!(nearest("uniqeu", known), Some("unique"));
        assert_eq!(nearest("colour", known), None);
    }
}
