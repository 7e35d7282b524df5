//! The texts that a definition was made of, as they were written: comments, order and all.

use super::reader::Reader;
use super::shape::Folder;
use super::{Loaded, PackFiles, tree};

impl Loaded {
    /// The files of one definition as `(pack/path, text)`: the file that defines it, then those
    /// that extend it. `folder` is `objects`, `roles`, `views`, ….
    #[must_use]
    pub fn texts_of(&self, folder: &str, name: &str) -> Vec<(String, &str)> {
        let Some(folder) = Folder::ALL.into_iter().find(|known| known.name() == folder) else {
            return Vec::new();
        };
        let defining = format!("{}/{name}.toml", folder.name());
        let prefix = format!("{}/", folder.name());
        let mut found: Vec<(bool, String, &str)> = Vec::new();
        for pack in self.in_order() {
            for (path, text) in &pack.files {
                let whole = format!("{}/{path}", pack.name);
                let extends = path.starts_with(&prefix).then(|| extended(text)).flatten();
                match extends {
                    Some(other) if other == name => found.push((true, whole, text)),
                    None if *path == defining => found.push((false, whole, text)),
                    _ => {}
                }
            }
        }
        found.sort_by_key(|(extends, _, _)| *extends);
        found.into_iter().map(|(_, path, text)| (path, text)).collect()
    }

    /// Every file of every pack as `(pack/path, text)`, in the order packs build on each other.
    pub fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        self.in_order().flat_map(PackFiles::texts)
    }

    fn in_order(&self) -> impl Iterator<Item = &PackFiles> {
        self.catalogue
            .packs
            .iter()
            .filter_map(|info| self.files.iter().find(|pack| info.name == pack.name.as_str()))
    }
}

/// The object or role that a file adds to.
fn extended(text: &str) -> Option<String> {
    let root = tree::parse(text).ok()?;
    Reader { entries: &root, at: 0 }.text("extends").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::pack::tests::{CLIENT, SEX, core};
    use crate::pack::{Loaded, PackFiles};

    #[test]
    fn a_definition_is_exported_as_it_was_written() {
        let bank = "name = \"bank\"\nversion = \"0.1.0\"\nlabel = { zh = \"银行\", en = \"Bank\" }\nrequires = [\"core\"]\n";
        let more = "# why\nextends = \"client\"\n";
        let bank =
            PackFiles::new("bank", [("pack.toml", bank), ("objects/client_more.toml", more)]);
        let files = [("objects/client.toml", CLIENT), ("options/sex.toml", SEX)];
        let given = vec![bank, core(&files)];
        let loaded = Loaded::from_files(given.clone()).expect("sound");
        assert_eq!(
            loaded.texts_of("objects", "client"),
            [
                ("core/objects/client.toml".to_owned(), CLIENT),
                ("bank/objects/client_more.toml".to_owned(), more),
            ]
        );
        assert!(loaded.texts_of("objects", "nobody").is_empty());
        let again = PackFiles::split(loaded.texts().map(|(path, text)| (path, text.to_owned())));
        assert_eq!(again, given);
    }
}
