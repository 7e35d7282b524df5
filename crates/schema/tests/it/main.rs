//! The packs in `packs/` as they are: they load, and hold what the platform and users need.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod shipped;
