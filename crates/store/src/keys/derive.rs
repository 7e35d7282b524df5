//! Keys from keys: HKDF-SHA256 per purpose, HMAC over length-prefixed parts, and the log's hash.

use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sm3::Sm3;

use crate::Error;

/// A keyed code, ready to be cloned and fed.
pub(crate) type Mac = Hmac<Sha256>;

/// A hash of the Merkle log.
pub type Hash = [u8; 32];

/// How the audit log hashes its leaves and nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum HashKind {
    /// SHA-256, as standard tools for transparency logs expect.
    #[default]
    #[serde(rename = "sha-256")]
    Sha256,
    /// SM3 (GB/T 32905).
    #[serde(rename = "sm3")]
    Sm3,
}

impl HashKind {
    /// The name as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            HashKind::Sha256 => "sha-256",
            HashKind::Sm3 => "sm3",
        }
    }

    /// The kind a stored name stands for.
    #[must_use]
    pub fn parse(text: &str) -> Option<HashKind> {
        [HashKind::Sha256, HashKind::Sm3].into_iter().find(|kind| kind.as_str() == text)
    }

    /// The hash of `prefix`, `a` and `b` one after the other.
    pub(crate) fn of(self, prefix: u8, a: &[u8], b: &[u8]) -> Hash {
        match self {
            HashKind::Sha256 => hash::<Sha256>(prefix, a, b),
            HashKind::Sm3 => hash::<Sm3>(prefix, a, b),
        }
    }

    /// The hash of nothing, which is the head of an empty log.
    pub(crate) fn of_nothing(self) -> Hash {
        match self {
            HashKind::Sha256 => Sha256::digest([]).into(),
            HashKind::Sm3 => Sm3::digest([]).into(),
        }
    }
}

fn hash<D: Digest>(prefix: u8, a: &[u8], b: &[u8]) -> Hash
where
    sha2::digest::Output<D>: Into<Hash>,
{
    let mut digest = D::new();
    digest.update([prefix]);
    digest.update(a);
    digest.update(b);
    digest.finalize().into()
}

/// A key of `N` bytes for one purpose.
pub(super) fn key<const N: usize>(secret: &[u8; 32], purpose: &[u8]) -> Result<[u8; N], Error> {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(Some(b"jinyao key ring 1"), secret)
        .expand(purpose, &mut out)
        .map_err(|_| Error::Internal("a derived key is too long".into()))?;
    Ok(out)
}

/// A keyed code for one purpose.
pub(super) fn mac(secret: &[u8; 32], purpose: &[u8]) -> Result<Mac, Error> {
    let key: [u8; 32] = key(secret, purpose)?;
    Mac::new_from_slice(&key).map_err(|_| Error::Internal("a code's key has no length".into()))
}

/// The code of some parts, each preceded by its length so that no two lists of parts look alike.
pub(super) fn full(mac: &Mac, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The first half of [`full`].
pub(super) fn tag(mac: &Mac, parts: &[&[u8]]) -> [u8; 16] {
    let full = full(mac, parts);
    let mut tag = [0; 16];
    tag.iter_mut().zip(full).for_each(|(to, from)| *to = from);
    tag
}
