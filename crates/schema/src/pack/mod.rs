//! Packs: folders of small TOML files that hold definitions, and the catalogue made of them.
//!
//! Reads texts that are handed in; touches no disk. Every problem in every file is reported at
//! once, with its line and what to do.

mod build;
mod case;
mod cases;
mod edges;
mod export;
mod expressions;
mod fields;
mod keeping;
mod kept;
mod lists;
mod matches;
mod measures;
mod objects;
mod pages;
mod problem;
mod purposes;
mod quality;
mod reader;
mod references;
mod roles;
mod screens;
mod sections;
pub(crate) mod shape;
mod source;
mod structure;
#[cfg(test)]
mod tests;
mod tree;

pub use case::{Given, PackTest, Refused, Step, StepKind, Then};
pub use problem::Problem;
pub use source::PackFiles;

use crate::catalogue::Catalogue;

/// A catalogue with the texts it was made of and the cases they carry.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The definitions.
    pub catalogue: Catalogue,
    /// The texts, as given; what a publish stores and an export writes.
    pub files: Vec<PackFiles>,
    /// Cases of `tests/*.toml`.
    pub tests: Vec<PackTest>,
}

/// Makes a catalogue of packs given in any order.
pub fn load(packs: &[PackFiles]) -> Result<Catalogue, Vec<Problem>> {
    Loaded::from_files(packs.to_vec()).map(|loaded| loaded.catalogue)
}

impl Loaded {
    /// Makes a catalogue of packs given in any order, and keeps their texts.
    pub fn from_files(files: Vec<PackFiles>) -> Result<Loaded, Vec<Problem>> {
        build::load(files)
    }
}
