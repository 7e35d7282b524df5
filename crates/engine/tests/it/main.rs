//! The engine on real databases: SQLite always, and PostgreSQL when `JINYAO_TEST_PG` names a server
//! whose role may create databases. Each test gets a database of its own, copied from one in which
//! the packs are published.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

mod approvals;
mod batches;
mod bed;
mod bulk;
mod cases;
mod demo;
mod duplicates;
mod exports;
mod grants;
mod graph;
mod handover;
mod imports;
mod leaks;
mod ledger;
mod matrix;
mod measures;
mod merges;
mod pages;
mod parts;
mod races;
mod recorded;
mod samples;
mod sets;
mod simulation;
mod subject;
mod timelines;
mod totals;
mod upkeep;
mod walkthrough;
