//! Authenticated encryption: AES-256-GCM and SM4-GCM with random nonces.
//!
//! A sealed value is `suite (1) · master key (2, big endian) · nonce (12) · ciphertext · tag (16)`;
//! the first three bytes and the context are authenticated with it. One data key may seal 2³² values
//! before nonces may repeat; rotate long before.

use std::sync::atomic::{AtomicU64, Ordering};

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInPlace, KeyInit};
use aes_gcm::{Aes256Gcm, AesGcm};
use serde::{Deserialize, Serialize};
use sm4::Sm4;

use super::derive::{Mac, full, key};
use crate::Error;

/// GCM over the block cipher of GB/T 32907.
type Sm4Gcm = AesGcm<Sm4, U12>;

const HEADER: usize = 3;
const NONCE: usize = 12;
const TAG: usize = 16;
/// Bytes that sealing adds.
pub(crate) const OVERHEAD: usize = HEADER + NONCE + TAG;

/// Which cipher seals new values; each sealed value says which one sealed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Suite {
    /// AES-256-GCM.
    #[default]
    #[serde(rename = "aes-256-gcm")]
    Aes256Gcm,
    /// SM4-GCM.
    #[serde(rename = "sm4-gcm")]
    Sm4Gcm,
}

impl Suite {
    fn byte(self) -> u8 {
        match self {
            Suite::Aes256Gcm => 1,
            Suite::Sm4Gcm => 2,
        }
    }

    fn of(byte: u8) -> Option<Suite> {
        [Suite::Aes256Gcm, Suite::Sm4Gcm].into_iter().find(|suite| suite.byte() == byte)
    }
}

/// One purpose's key under one master key, ready for either cipher.
pub(super) struct DataKey {
    aes: Aes256Gcm,
    sm4: Sm4Gcm,
}

impl DataKey {
    pub(super) fn derive(secret: &[u8; 32], purpose: &[u8]) -> Result<DataKey, Error> {
        let aes: [u8; 32] = key(secret, &[b"aes-256-gcm ", purpose].concat())?;
        let sm4: [u8; 16] = key(secret, &[b"sm4-gcm ", purpose].concat())?;
        Ok(DataKey { aes: Aes256Gcm::new(&aes.into()), sm4: Sm4Gcm::new(&sm4.into()) })
    }

    /// Never fails. Values of 64 GiB and more, which no field and no chunk of a file reaches, would
    /// not open again.
    pub(super) fn seal(
        &self,
        (suite, master): (Suite, u16),
        nonces: &Nonces,
        context: &[u8],
        plain: &[u8],
    ) -> Vec<u8> {
        let nonce = nonces.next();
        let [high, low] = master.to_be_bytes();
        let header = [suite.byte(), high, low];
        let mut out = Vec::with_capacity(OVERHEAD + plain.len());
        out.extend_from_slice(&header);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let (_, body) = out.split_at_mut(HEADER + NONCE);
        let bound = bound(&header, context);
        let nonce = (&nonce).into();
        let tag = match suite {
            Suite::Aes256Gcm => self.aes.encrypt_in_place_detached(nonce, &bound, body),
            Suite::Sm4Gcm => self.sm4.encrypt_in_place_detached(nonce, &bound, body),
        };
        out.extend_from_slice(&tag.unwrap_or_default());
        out
    }

    pub(super) fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let damaged = || Error::Corrupt("a sealed value was changed or moved".into());
        let (header, rest) = sealed.split_first_chunk::<HEADER>().ok_or_else(damaged)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let (body, tag) = rest.split_last_chunk::<TAG>().ok_or_else(damaged)?;
        let suite = Suite::of(header[0]).ok_or_else(damaged)?;
        let mut plain = body.to_vec();
        let bound = bound(header, context);
        match suite {
            Suite::Aes256Gcm => {
                self.aes.decrypt_in_place_detached(nonce.into(), &bound, &mut plain, tag.into())
            }
            Suite::Sm4Gcm => {
                self.sm4.decrypt_in_place_detached(nonce.into(), &bound, &mut plain, tag.into())
            }
        }
        .map_err(|_| damaged())?;
        Ok(plain)
    }
}

/// Nonces: random ones of the system. Should it ever fail to give one, a keyed count of this
/// process stands in, whose key was drawn at random when the ring was opened.
pub(super) struct Nonces {
    stand_in: Mac,
    count: AtomicU64,
}

impl Nonces {
    pub(super) fn new() -> Result<Nonces, Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|e| Error::Unavailable(format!("randomness of the system: {e}")))?;
        Ok(Nonces { stand_in: super::derive::mac(&seed, b"nonce")?, count: AtomicU64::new(0) })
    }

    fn next(&self) -> [u8; NONCE] {
        let mut nonce = [0; NONCE];
        if getrandom::fill(&mut nonce).is_err() {
            let count = self.count.fetch_add(1, Ordering::Relaxed);
            let bytes = full(&self.stand_in, &[&count.to_be_bytes()]);
            nonce.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        }
        nonce
    }
}

fn bound(header: &[u8; HEADER], context: &[u8]) -> Vec<u8> {
    [header.as_slice(), context].concat()
}

/// Which master key sealed this.
pub(crate) fn key_id(sealed: &[u8]) -> Result<u16, Error> {
    match sealed {
        [_, high, low, ..] => Ok(u16::from_be_bytes([*high, *low])),
        _ => Err(Error::Corrupt("a sealed value is too short".into())),
    }
}
