//! What is wrong in a pack file, where, and what to do about it.

use std::fmt;

use crate::catalogue::Language;

/// One thing to correct in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path from the folder of packs, such as `packs/core/objects/person.toml`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, in Chinese.
    pub message_zh: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// What to do, in Chinese; may be empty.
    pub remedy_zh: String,
    /// What to do, in English; may be empty.
    pub remedy_en: String,
}

impl Problem {
    /// One line for a reader of `language`.
    #[must_use]
    pub fn line(&self, language: Language) -> String {
        let (message, remedy, joint) = match language {
            Language::Zh => (&self.message_zh, &self.remedy_zh, "；"),
            Language::En => (&self.message_en, &self.remedy_en, "; "),
        };
        let place = format!("{}:{}:{}", self.file, self.line, self.column);
        if remedy.is_empty() {
            format!("{place}: {message}")
        } else {
            format!("{place}: {message}{joint}{remedy}")
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(Language::En))
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub zh: String,
    pub en: String,
}

/// Makes a [`Said`]; the English first, since it is what a log shows.
pub(crate) fn say(en: impl Into<String>, zh: impl Into<String>) -> Said {
    Said { zh: zh.into(), en: en.into() }
}

impl Said {
    /// Nothing.
    pub fn none() -> Said {
        Said::default()
    }

    /// "did you mean", when there is a near name.
    pub fn did_you_mean(near: Option<&str>) -> Said {
        match near {
            Some(near) => say(format!("did you mean `{near}`?"), format!("是否想写 `{near}`?")),
            None => Said::none(),
        }
    }
}
