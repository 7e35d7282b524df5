//! What becomes of an installation when its server is killed, stopped, upgraded or set up wrongly:
//! the real `jinyao` program on a folder and a database of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::print_stdout)] // a failed run shows its seed and what it counted

mod kill;
mod load;
mod place;
mod refusals;
mod stop;
mod upgrade;
mod wire;
