//! The key ring as records use it: text fields sealed, indexed and searched.

use super::Keys;
use crate::records::{Cipher, Unreadable};

/// Characters of a tail.
const TAIL: usize = 4;

impl Cipher for Keys {
    fn seal(&self, aad: &[u8], plain: &str) -> Vec<u8> {
        Keys::seal(self, aad, plain.as_bytes())
    }

    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<String, Unreadable> {
        let plain = self.open_sealed(aad, sealed).map_err(|e| Unreadable(e.to_string()))?;
        String::from_utf8(plain).map_err(|_| Unreadable("it is not text".into()))
    }

    fn blind(&self, object: &str, field: &str, plain: &str) -> [u8; 16] {
        Keys::blind(self, column("whole", object, field).as_bytes(), plain.as_bytes())
    }

    fn tail(&self, object: &str, field: &str, plain: &str) -> Option<[u8; 16]> {
        let (start, _) = plain.char_indices().rev().nth(TAIL - 1)?;
        let tail = plain.get(start..)?;
        Some(Keys::blind(self, column("tail", object, field).as_bytes(), tail.as_bytes()))
    }

    fn token(&self, token: &str) -> [u8; 16] {
        Keys::token(self, b"search", token.as_bytes())
    }
}

fn column(kind: &str, object: &str, field: &str) -> String {
    format!("{kind} {object}.{field}")
}
