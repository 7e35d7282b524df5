//! Secrets at the edge: passwords are hashed here, tokens made and digested, codes computed.
//!
//! The engine sees hashes and decisions only. Hashing runs beside the requests, a few at a time.

pub mod caller;
pub mod password;
pub mod sessions;
pub mod strangers;
pub mod token;
pub mod totp;
