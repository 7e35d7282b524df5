//! The porch: HTTP, sessions, OpenAPI, the job loop, configuration and the command line.
//!
//! Holds no SQL and no business rule: it reads requests, asks the engine, and writes answers.

pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod http;
pub mod metrics;
pub mod openapi;
pub mod packs;
pub mod scanner;
pub mod serve;
pub mod start;
pub mod work;

pub use app::App;
pub use config::Config;
