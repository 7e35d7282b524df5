//! The texts of a pack, in memory, and positions in them.
//!
//! Reads no disk: files, embedded folders and database rows all arrive as `(path, text)`.

use std::collections::BTreeMap;

/// One pack's files: path inside the pack (`objects/person.toml`) → text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackFiles {
    /// Folder name, equal to the pack's name.
    pub name: String,
    /// Texts by path, with `/` between folders.
    pub files: BTreeMap<String, String>,
}

impl PackFiles {
    /// A pack from `(path inside the pack, text)`.
    pub fn new<P: Into<String>, T: Into<String>>(
        name: &str,
        files: impl IntoIterator<Item = (P, T)>,
    ) -> PackFiles {
        let files = files.into_iter().map(|(path, text)| (path.into(), text.into())).collect();
        PackFiles { name: name.to_owned(), files }
    }

    /// Several packs from `(pack/path, text)`, one for each first folder.
    pub fn split<P: AsRef<str>, T: Into<String>>(
        files: impl IntoIterator<Item = (P, T)>,
    ) -> Vec<PackFiles> {
        let mut packs: BTreeMap<String, PackFiles> = BTreeMap::new();
        for (path, text) in files {
            if let Some((pack, inner)) = path.as_ref().split_once('/') {
                let entry = packs
                    .entry(pack.to_owned())
                    .or_insert_with(|| PackFiles { name: pack.to_owned(), files: BTreeMap::new() });
                entry.files.insert(inner.to_owned(), text.into());
            }
        }
        packs.into_values().collect()
    }

    /// Every file as `(pack/path, text)`, the form that is stored with a publish.
    pub fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        self.files.iter().map(|(path, text)| (format!("{}/{path}", self.name), text.as_str()))
    }
}

/// Line and column (from 1, in characters) of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(start..).unwrap_or("").chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{PackFiles, position};

    #[test]
    fn positions_count_characters() {
        let text = "a = 1\n姓名 = 2\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, text.find('=').unwrap_or(0)), (1, 3));
        assert_eq!(position(text, text.rfind('=').unwrap_or(0)), (2, 4));
    }

    #[test]
    fn stored_texts_make_the_same_packs_again() {
        let core = PackFiles::new("core", [("pack.toml", "a"), ("objects/x.toml", "b")]);
        let bank = PackFiles::new("bank", [("pack.toml", "c")]);
        let packs = PackFiles::split(core.texts().chain(bank.texts()));
        assert_eq!(packs, [bank, core]);
    }
}
