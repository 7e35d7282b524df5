//! Random tokens and what is derived from them. Only digests are ever stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 of a token: what the database knows of it.
pub type TokenHash = [u8; 32];

/// Characters of an API key that name it.
pub const PREFIX: usize = 11;

/// The system gives no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness")]
pub struct NoRandomness;

/// A new token of 256 bits as 43 characters.
///
/// # Errors
/// When the system gives no randomness.
pub fn new() -> Result<String, NoRandomness> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A new API key.
pub struct Made {
    /// The key itself, shown once.
    pub secret: String,
    /// Its first characters, which name it.
    pub prefix: String,
    /// Its digest.
    pub hash: TokenHash,
}

/// Makes an API key.
///
/// # Errors
/// When the system gives no randomness.
pub fn api_key() -> Result<Made, NoRandomness> {
    let secret = format!("jy_{}", new()?);
    let prefix = secret.chars().take(PREFIX).collect();
    let hash = hash(&secret);
    Ok(Made { secret, prefix, hash })
}

/// The digest under which a token is stored.
#[must_use]
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// The token that must come in a header beside the session's cookie: another site can make a
/// browser send the cookie, but cannot read or set this.
#[must_use]
pub fn csrf(session: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(b"csrf\0");
    digest.update(session.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.finalize().get(..24).unwrap_or_default())
}

/// Whether two texts are equal, in time that does not tell where they differ.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// A password for one use, easy to read aloud: three groups of letters and digits with all
/// character classes in it.
///
/// # Errors
/// When the system gives no randomness.
pub fn one_time_password() -> Result<String, NoRandomness> {
    const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
    const DIGITS: &[u8] = b"23456789";
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    let mut text = String::with_capacity(20);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        let set = match at % 4 {
            0 => UPPER,
            3 => DIGITS,
            _ => LOWER,
        };
        let index = usize::from(*byte) % set.len();
        text.push(char::from(set.get(index).copied().unwrap_or(b'x')));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tokens_differ_and_their_csrf_tokens_too() {
        let (a, b) = (new().unwrap(), new().unwrap());
        assert_ne!(a, b);
        assert_ne!(csrf(&a), csrf(&b));
        assert!(same(&csrf(&a), &csrf(&a)));
        assert_eq!(one_time_password().unwrap().len(), 19);
    }
}
