//! The `jinyao` binary.
fn main() {}
