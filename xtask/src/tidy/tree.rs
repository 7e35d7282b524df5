//! The project's text files, as they lie on disk.
//!
//! Leaves out what is built, fetched or made by running; binary files and other encodings are
//! not text here.

use std::fs;
use std::path::Path;

use super::source::{self, Piece};
use crate::Result;

/// Folders that hold nothing written by hand, at any depth.
const SKIPPED: &[&str] = &[".git", "target", "node_modules", "dist", "__pycache__"];

/// A text file.
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// All text files, by path.
pub struct Tree {
    /// In path order.
    pub files: Vec<File>,
}

impl Tree {
    /// Reads the files under `root`.
    pub fn read(root: &Path) -> Result<Tree> {
        let mut tree = Tree { files: Vec::new() };
        tree.walk(root, "")?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// A tree made of these files.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let file =
            |(path, text): &(&str, &str)| File { path: (*path).into(), text: (*text).into() };
        Tree { files: files.iter().map(file).collect() }
    }

    fn walk(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if !SKIPPED.contains(&name.as_str()) && path != "data" {
                    self.walk(&entry.path(), &format!("{path}/"))?;
                }
            } else if kind.is_file()
                && let Ok(text) = String::from_utf8(fs::read(entry.path())?)
            {
                self.files.push(File { path, text });
            }
        }
        Ok(())
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.has_extension(&["rs"]))
    }
}

impl File {
    /// Whether the name ends in one of these.
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// Whether a folder of this name leads to it, or it is `<name>.rs` itself.
    pub fn is_in(&self, name: &str) -> bool {
        self.path.split('/').any(|part| part == name || part.strip_suffix(".rs") == Some(name))
    }

    /// Whether all of it is test code. A `testing` module is what tests of several crates share;
    /// it is compiled for tests only.
    pub fn is_test(&self) -> bool {
        ["tests", "testing", "benches"].into_iter().any(|name| self.is_in(name))
    }

    /// Its pieces outside tests.
    pub fn shipped_pieces(&self) -> Vec<Piece<'_>> {
        if self.is_test() {
            return Vec::new();
        }
        let pieces = source::pieces(&self.text);
        let tests = source::test_ranges(&self.text, &pieces);
        pieces.into_iter().flat_map(|piece| piece.without(&tests)).collect()
    }

    /// `path:line`.
    pub fn place(&self, at: usize) -> String {
        format!("{}:{}", self.path, source::line_of(&self.text, at))
    }
}
