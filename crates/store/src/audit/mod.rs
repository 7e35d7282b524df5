//! The audit log: a Merkle tree over entries that commits append.

pub mod checkpoint;
pub mod tree;

pub use checkpoint::Checkpoint;
