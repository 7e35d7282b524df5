//! The server as its callers meet it: the real router over a real database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod bed;
mod bin;
mod conditions;
mod doors;
mod duplicates;
mod exports;
mod files;
mod first_day;
mod graph;
mod imports;
mod keys;
mod page;
mod requests;
mod routes;
mod sentences;
mod shutdown;
mod sight;
mod subject;
mod walkthrough;
