//! `xtask/tidy.toml`: what the rules let pass, and why.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item};

use crate::Result;

/// Exceptions by section and subject.
#[derive(Debug, Default)]
pub struct Exceptions {
    reasons: BTreeMap<(String, String), String>,
    counts: BTreeMap<(String, String), usize>,
}

impl Exceptions {
    /// Reads the file; an exception without a reason or number is an error.
    pub fn parse(text: &str) -> Result<Exceptions> {
        let document: DocumentMut = text.parse()?;
        let mut exceptions = Exceptions::default();
        for (section, item) in document.iter() {
            let table = item.as_table().ok_or(format!("tidy.toml: `{section}` is no table"))?;
            for (subject, value) in table {
                let key = (section.to_owned(), subject.to_owned());
                exceptions.add(key, value)?;
            }
        }
        Ok(exceptions)
    }

    fn add(&mut self, key: (String, String), value: &Item) -> Result<()> {
        if let Some(reason) = value.as_str().filter(|reason| !reason.is_empty()) {
            self.reasons.insert(key, reason.to_owned());
        } else if let Some(count) = value.as_integer() {
            self.counts.insert(key, usize::try_from(count)?);
        } else {
            return Err(format!("tidy.toml: `{}` needs a reason", key.1).into());
        }
        Ok(())
    }

    /// Drops the breaches whose subject is excepted in `section`, and reports exceptions that
    /// excuse nothing. A breach is its subject and a sentence.
    pub fn apply(&self, section: &str, breaches: Vec<(String, String)>) -> Vec<String> {
        let unused = self
            .subjects(section)
            .into_iter()
            .filter(|subject| !breaches.iter().any(|(found, _)| found == subject));
        let mut left: Vec<String> =
            unused.map(|s| format!("tidy.toml: [{section}] `{s}` excuses nothing")).collect();
        let excepted = self.subjects(section);
        let kept =
            breaches.into_iter().filter(|(subject, _)| !excepted.contains(&subject.as_str()));
        left.extend(kept.map(|(_, sentence)| sentence));
        left
    }

    /// Whether `subject` is excepted in `section`.
    pub fn allows(&self, section: &str, subject: &str) -> bool {
        self.subjects(section).contains(&subject)
    }

    /// The numbers of a section.
    pub fn counts(&self, section: &str) -> BTreeMap<&str, usize> {
        let of_section = self.counts.iter().filter(|((found, _), _)| found == section);
        of_section.map(|((_, subject), count)| (subject.as_str(), *count)).collect()
    }

    fn subjects(&self, section: &str) -> Vec<&str> {
        let of_section = self.reasons.keys().filter(|(found, _)| found == section);
        of_section.map(|(_, subject)| subject.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_excuses_its_subject_and_must_be_needed() {
        let exceptions =
            Exceptions::parse("[sizes]\n\"a.rs\" = \"why\"\n\"b.rs\" = \"why\"").unwrap();
        let breaches = vec![("a.rs".into(), "a is long".into()), ("c.rs".into(), "c is".into())];
        let left = exceptions.apply("sizes", breaches);
        assert_eq!(left, ["tidy.toml: [sizes] `b.rs` excuses nothing", "c is"]);
    }

    #[test]
    fn an_exception_needs_a_reason() {
        assert!(Exceptions::parse("[sizes]\n\"a.rs\" = \"\"").is_err());
        assert!(Exceptions::parse("[sizes]\n\"a.rs\" = true").is_err());
        assert!(Exceptions::parse("sizes = 3").is_err());
    }
}
