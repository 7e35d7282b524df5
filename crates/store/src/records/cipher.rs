//! What records need of the key ring.

/// A sealed value that does not open: damaged, moved to another cell, or sealed under a lost key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened: {0}")]
pub struct Unreadable(pub String);

/// Seals field values and makes their blind indexes.
///
/// `aad` ties a sealed value to its cell (object, field and record id), so that a ciphertext copied
/// to another row or column does not open.
pub trait Cipher: Send + Sync {
    /// Encrypts `plain` for the cell `aad`.
    fn seal(&self, aad: &[u8], plain: &str) -> Vec<u8>;

    /// Decrypts what [`seal`](Cipher::seal) made for the same cell.
    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<String, Unreadable>;

    /// Keyed digest for equality and uniqueness, separate for each field.
    fn blind(&self, object: &str, field: &str, plain: &str) -> [u8; 16];

    /// Keyed digest of the last four characters; nothing for shorter values.
    fn tail(&self, object: &str, field: &str, plain: &str) -> Option<[u8; 16]>;

    /// Keyed digest of a search token of an encrypted field.
    fn token(&self, token: &str) -> [u8; 16];
}
