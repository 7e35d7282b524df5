//! The store on both databases: every test runs on SQLite in a temporary file and, when
//! `JINYAO_TEST_PG` names a PostgreSQL server (a `postgres://` address of a role that may create
//! databases), on a database of its own there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs
)]

mod access;
mod agreement;
mod audit;
mod backup;
mod bed;
mod blobs;
mod db;
mod few;
mod fixture;
mod groups;
mod holders;
mod keyring;
mod migrate;
mod pace;
mod pages;
mod publish;
mod records;
mod speed;
mod tls;
mod work;
