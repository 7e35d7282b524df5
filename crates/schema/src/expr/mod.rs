//! The one expression language: parsed and type-checked once, then evaluated in memory, compiled
//! to SQL by the store, or interpreted by the browser from JSON.

mod tree;

pub use tree::*;
