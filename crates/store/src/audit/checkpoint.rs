//! Signed heads of the log, as C2SP tlog-checkpoint in a signed note with Ed25519.
//!
//! With SHA-256 any tool for transparency logs verifies them. A log hashed with SM3 says so in its
//! origin, since those tools assume SHA-256.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::keys::{Hash, HashKind};

/// The signature type of Ed25519 in signed notes.
const ED25519: u8 = 1;
const DASH: &str = "\u{2014} ";

/// The head of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The head of the tree.
    pub root: Hash,
}

/// The origin of a log that hashes with `kind`.
pub(crate) fn origin(name: &str, kind: HashKind) -> String {
    match kind {
        HashKind::Sha256 => format!("{name}/audit"),
        HashKind::Sm3 => format!("{name}/audit-sm3"),
    }
}

impl Checkpoint {
    /// The signed part.
    fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// The checkpoint as a signed note.
    pub(crate) fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let signature = key.sign(body.as_bytes());
        let id = key_id(&self.origin, &key.verifying_key());
        let line = STANDARD.encode([id.as_slice(), &signature.to_bytes()].concat());
        format!("{body}\n{DASH}{} {line}\n", self.origin)
    }

    /// Reads a signed note and checks the signature by `key`; signatures of others are passed over.
    ///
    /// # Errors
    /// When it is not a checkpoint or this key did not sign it.
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Checkpoint, Error> {
        let refuse = |what: &str| Error::Refused(format!("checkpoint: {what}"));
        let (body, signatures) =
            note.split_once("\n\n").ok_or_else(|| refuse("has no signatures"))?;
        let body = format!("{body}\n");
        let checkpoint = Checkpoint::parse(&body).ok_or_else(|| refuse("is malformed"))?;
        let id = key_id(&checkpoint.origin, key);
        let signed = signatures.lines().any(|line| {
            let parts = line.strip_prefix(DASH).and_then(|rest| rest.rsplit_once(' '));
            let Some((name, encoded)) = parts else {
                return false;
            };
            let Ok(bytes) = STANDARD.decode(encoded) else {
                return false;
            };
            let Some((key_id, bytes)) = bytes.split_first_chunk::<4>() else {
                return false;
            };
            name == checkpoint.origin
                && *key_id == id
                && Signature::from_slice(bytes)
                    .is_ok_and(|s| key.verify_strict(body.as_bytes(), &s).is_ok())
        });
        if signed { Ok(checkpoint) } else { Err(refuse("is not signed by this log's key")) }
    }

    fn parse(body: &str) -> Option<Checkpoint> {
        let mut lines = body.lines();
        let origin = lines.next().filter(|line| !line.is_empty())?.to_owned();
        let size: u64 = lines.next()?.parse().ok()?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        Some(Checkpoint { origin, size, root })
    }
}

fn key_id(origin: &str, key: &VerifyingKey) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(origin.as_bytes())
        .chain_update([b'\n', ED25519])
        .chain_update(key.as_bytes())
        .finalize();
    let mut id = [0; 4];
    id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    id
}

/// The log's public key in the form that tools for signed notes take.
pub(crate) fn verifier(origin: &str, key: &VerifyingKey) -> String {
    let id: String = key_id(origin, key).iter().map(|byte| format!("{byte:02x}")).collect();
    let encoded = STANDARD.encode([&[ED25519], key.as_bytes().as_slice()].concat());
    format!("{origin}+{id}+{encoded}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_note_format_is_that_of_the_reference_implementation() {
        // The public key of the example in golang.org/x/mod/sumdb/note.
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let bytes = STANDARD.decode(text.rsplit_once('+').unwrap().1).unwrap();
        let key = VerifyingKey::from_bytes(bytes.get(1..).unwrap().try_into().unwrap()).unwrap();
        assert_eq!(verifier("PeterNeumann", &key), text);
    }

    #[test]
    fn a_checkpoint_opens_only_unchanged_and_with_its_key() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let checkpoint = Checkpoint {
            origin: origin("bank.example", HashKind::Sha256),
            size: 42,
            root: [9; 32],
        };
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(&note, &key.verifying_key()).unwrap(), checkpoint);
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key();
        assert!(Checkpoint::open(&note, &other).is_err());
        assert!(Checkpoint::open(&note.replace("42", "43"), &key.verifying_key()).is_err());
        let witnessed = format!("{note}{DASH}witness.example AAAAAAAA\n");
        assert_eq!(Checkpoint::open(&witnessed, &key.verifying_key()).unwrap(), checkpoint);
    }
}
