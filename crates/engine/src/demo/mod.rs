//! The demo generator: believable records in any number, the same for the same seed.
//!
//! What is made is data: `demo/*.toml` of the packs. This module only carries such a plan out. Any
//! row follows from the seed, its step and its number, so memory does not grow with their count.

mod bind;
mod dice;
mod draw;
mod identity;
mod load;
mod make;
mod plan;
mod planted;
mod row;
mod run;
mod samples;
#[cfg(test)]
mod tests;

pub use load::{DemoReport, Progress, demo};
pub use plan::{DemoPlan, PlanError};
pub use planted::{Planted, Recall, quality};
pub use run::{Demo, LoadRow, Login, Made};
pub(crate) use samples::{LOAD as LOAD_SAMPLES, REMOVE as REMOVE_SAMPLES};
pub use samples::{MOST as MOST_SAMPLES, SEED, Samples};
