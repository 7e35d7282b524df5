//! Records: a real table per object, SQL generated once per catalogue.

mod cipher;

pub use cipher::{Cipher, Unreadable};
