//! Proofs for others: that an entry is in the log, and that the log only grew.
//!
//! A proof is JSON that stands alone: entries, their paths and a signed checkpoint. Checking one is
//! a pure function of the proof and the log's public key.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Audit;
use super::checkpoint::Checkpoint;
use super::entry::{columns, encode};
use super::seal::{ENTRY, TILE, signed};
use super::tree::{self, Span, Subtree};
use crate::Error;
use crate::db::{Cell, Dialect, Row};
use crate::keys::{Hash, HashKind};

/// Most entries of one record's proof.
const ENTRIES: i64 = 10_000;

/// One entry with every column of its row, and its path in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryProof {
    number: i64,
    transaction: i64,
    id: Uuid,
    at: i64,
    actor: Uuid,
    kind: String,
    object: Option<String>,
    record: Option<Uuid>,
    body: String,
    code: String,
    /// Its place in the tree.
    pub leaf: u64,
    path: Vec<String>,
}

/// Entries that are in the log under one signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordProof {
    /// How the log hashes.
    pub hash: HashKind,
    /// The signed head.
    pub checkpoint: String,
    /// The entries, oldest first.
    pub entries: Vec<EntryProof>,
    /// Entries of the record that no seal covers yet; they are not proven.
    pub unsealed: u64,
}

/// What a proof proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Under this head.
    pub checkpoint: Checkpoint,
    /// So many entries.
    pub entries: usize,
}

/// That the log of one checkpoint begins with the log of an older one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// How the log hashes.
    pub hash: HashKind,
    /// The older signed head.
    pub old: String,
    /// The newer signed head.
    pub new: String,
    path: Vec<String>,
}

impl RecordProof {
    /// Checks every entry against the checkpoint and the checkpoint against the log's `verifier`
    /// key (see [`Audit::verifier`]).
    ///
    /// # Errors
    /// Names the first entry that is not proven, or what is wrong with the checkpoint.
    pub fn check(&self, verifier: &str) -> Result<Proven, Error> {
        let checkpoint = Checkpoint::open(&self.checkpoint, &verifying(verifier)?)?;
        for entry in &self.entries {
            let leaf = entry.hash(self.hash)?;
            let head = (checkpoint.size, &checkpoint.root);
            if !tree::verify_inclusion(self.hash, (entry.leaf, &leaf), head, &hashes(&entry.path)?)
            {
                return Err(Error::Refused(format!("entry `{}` is not proven", entry.id)));
            }
        }
        Ok(Proven { checkpoint, entries: self.entries.len() })
    }
}

impl ConsistencyProof {
    /// Checks that the new log begins with the old one; returns both heads.
    ///
    /// # Errors
    /// When it does not, or a checkpoint is not signed by the log.
    pub fn check(&self, verifier: &str) -> Result<(Checkpoint, Checkpoint), Error> {
        let key = verifying(verifier)?;
        let old = Checkpoint::open(&self.old, &key)?;
        let new = Checkpoint::open(&self.new, &key)?;
        let path = hashes(&self.path)?;
        let heads = ((old.size, &old.root), (new.size, &new.root));
        if tree::verify_consistency(self.hash, heads.0, heads.1, &path) {
            Ok((old, new))
        } else {
            Err(Error::Refused("the log does not begin with the older one".into()))
        }
    }
}

impl EntryProof {
    fn of(row: &Row, leaf: u64, path: Vec<String>) -> Result<EntryProof, Error> {
        let [id, tx, entry, at, actor, kind, object, record, body, code] = row.as_slice() else {
            return Err(Error::Internal("an audit row has another width".into()));
        };
        let text = |cell: &Cell| {
            String::from_utf8(cell.bytes()?.to_vec())
                .map_err(|_| Error::Corrupt("an audit entry's text is not UTF-8".into()))
        };
        Ok(EntryProof {
            number: id.int()?,
            transaction: tx.int()?,
            id: entry.uuid()?,
            at: at.int()?,
            actor: actor.uuid()?,
            kind: text(kind)?,
            object: (!object.is_null()).then(|| text(object)).transpose()?,
            record: (!record.is_null()).then(|| record.uuid()).transpose()?,
            body: text(body)?,
            code: STANDARD.encode(code.bytes()?),
            leaf,
            path,
        })
    }

    /// The leaf's hash, from every column.
    fn hash(&self, kind: HashKind) -> Result<Hash, Error> {
        let code = STANDARD.decode(&self.code).map_err(|_| malformed())?;
        let cells: [Cell; 10] = [
            self.number.into(),
            self.transaction.into(),
            self.id.into(),
            self.at.into(),
            self.actor.into(),
            self.kind.as_str().into(),
            self.object.as_deref().into(),
            self.record.into(),
            self.body.as_str().into(),
            code.into(),
        ];
        let mut bytes = Vec::new();
        encode(&cells, &mut bytes);
        Ok(tree::leaf(kind, &bytes))
    }
}

fn malformed() -> Error {
    Error::Refused("the proof is malformed".into())
}

fn hashes(path: &[String]) -> Result<Vec<Hash>, Error> {
    path.iter()
        .map(|text| {
            STANDARD.decode(text).ok().and_then(|b| b.try_into().ok()).ok_or_else(malformed)
        })
        .collect()
}

/// The key of a verifier line `name+id+base64`.
fn verifying(verifier: &str) -> Result<VerifyingKey, Error> {
    let refused = || Error::Refused("this is not a verifier key".into());
    // The encoded key may itself contain `+`, the name and the id do not.
    let encoded = verifier.splitn(3, '+').nth(2).ok_or_else(refused)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| refused())?;
    let key = bytes.get(1..).and_then(|key| key.try_into().ok()).ok_or_else(refused)?;
    VerifyingKey::from_bytes(key).map_err(|_| refused())
}

impl Audit {
    /// Everything the log holds about one record, proven under the newest checkpoint.
    ///
    /// # Errors
    /// When nothing was sealed yet, or the log is damaged where it is read.
    pub async fn prove_record(&self, record: Uuid) -> Result<RecordProof, Error> {
        self.prove("record", record).await
    }

    /// One entry, proven under the newest checkpoint.
    ///
    /// # Errors
    /// As [`Audit::prove_record`].
    pub async fn prove_entry(&self, at_number: i64) -> Result<RecordProof, Error> {
        self.prove("id", at_number).await
    }

    async fn prove(&self, column: &str, value: impl Into<Cell>) -> Result<RecordProof, Error> {
        let head = self.last_seal().await?;
        let head = head.ok_or_else(|| Error::Refused("nothing was sealed yet".into()))?;
        let sql = format!(
            "SELECT {} FROM jy_audit WHERE {column} = $1 ORDER BY tx, id LIMIT $2",
            columns(self.db.dialect())
        );
        let rows = self.db.read(&sql, &[value.into(), ENTRIES.into()]).await?;
        let mut heads = Heads { audit: self, hash: head.hash, known: HashMap::new() };
        let (mut entries, mut unsealed) = (Vec::new(), 0);
        for row in rows {
            match self.leaf(&row).await?.filter(|leaf| *leaf < head.end()) {
                None => unsealed += 1,
                Some(leaf) => {
                    let spans = tree::inclusion(leaf, head.end()).unwrap_or_default();
                    entries.push(EntryProof::of(&row, leaf, heads.path(&spans).await?)?);
                }
            }
        }
        Ok(RecordProof { hash: head.hash, checkpoint: head.checkpoint, entries, unsealed })
    }

    /// The place of a row in the tree, if it is sealed.
    async fn leaf(&self, row: &Row) -> Result<Option<u64>, Error> {
        let [id, tx, ..] = row.as_slice() else {
            return Ok(None);
        };
        let sql = "SELECT first, entries FROM jy_seal WHERE (last_tx, last_id) >= ($1, $2) \
                   ORDER BY last_tx, last_id LIMIT 1";
        let rows = self.db.read(sql, &[tx.clone(), id.clone()]).await?;
        let Some([first, entries]) = rows.first().map(Vec::as_slice) else {
            return Ok(None);
        };
        let first = u64::try_from(first.int()?).map_err(|_| malformed())?;
        let id = id.int()?.to_be_bytes();
        let (entries, _) = entries.bytes()?.as_chunks::<ENTRY>();
        let at = entries.iter().position(|entry| entry.starts_with(&id));
        let at =
            at.ok_or_else(|| Error::Corrupt("an entry lacks its seal: verify the log".into()))?;
        Ok(Some(first + at as u64))
    }

    /// That the log at its newest checkpoint begins with the log of `old`, a signed checkpoint.
    ///
    /// # Errors
    /// When `old` is not a checkpoint of this log, or is newer than the log.
    pub async fn prove_consistency(&self, old: &str) -> Result<ConsistencyProof, Error> {
        let from = Checkpoint::open(old, &self.keys.signing().verifying_key())?;
        let head = self.last_seal().await?;
        let head = head.ok_or_else(|| Error::Refused("nothing was sealed yet".into()))?;
        let spans = tree::consistency(from.size, head.end())
            .ok_or_else(|| Error::Refused("the log is shorter than the checkpoint".into()))?;
        let mut heads = Heads { audit: self, hash: head.hash, known: HashMap::new() };
        let path = heads.path(&spans).await?;
        Ok(ConsistencyProof { hash: head.hash, old: old.to_owned(), new: head.checkpoint, path })
    }
}

/// Heads of subtrees, from the kept ones and from leaves; blocks are read once.
struct Heads<'a> {
    audit: &'a Audit,
    hash: HashKind,
    known: HashMap<Subtree, Hash>,
}

impl Heads<'_> {
    async fn path(&mut self, spans: &[Span]) -> Result<Vec<String>, Error> {
        let mut path = Vec::with_capacity(spans.len());
        for span in spans {
            let mut heads = Vec::new();
            for subtree in span.subtrees() {
                heads.push(self.head(subtree).await?);
            }
            let head = tree::fold(self.hash, &heads).ok_or_else(malformed)?;
            path.push(STANDARD.encode(head));
        }
        Ok(path)
    }

    async fn head(&mut self, subtree: Subtree) -> Result<Hash, Error> {
        if let Some(head) = self.known.get(&subtree) {
            return Ok(*head);
        }
        let level = subtree.level / TILE * TILE;
        let count = 1_u64 << (subtree.level - level);
        let from = subtree.position << (subtree.level - level);
        let mut heads = match level {
            0 => self.audit.leaves(from, count).await?,
            _ => self.audit.kept(level, from, count).await?,
        };
        if heads.len() as u64 != count {
            return Err(Error::Corrupt("the audit tree has holes: verify the log".into()));
        }
        while heads.len() > 1 {
            heads =
                heads.as_chunks::<2>().0.iter().map(|[l, r]| tree::node(self.hash, l, r)).collect();
        }
        let head = *heads.first().ok_or_else(malformed)?;
        self.known.insert(subtree, head);
        Ok(head)
    }
}

impl Audit {
    async fn kept(&self, level: u32, from: u64, count: u64) -> Result<Vec<Hash>, Error> {
        let sql = "SELECT hash FROM jy_tree WHERE level = $1 AND position >= $2 AND position < $3 \
                   ORDER BY position";
        let key = [i64::from(level).into(), signed(from)?.into(), signed(from + count)?.into()];
        let rows = self.db.read(sql, &key).await?;
        rows.iter().filter_map(|row| row.first()).map(hash_of).collect()
    }

    /// Hashes of `count` leaves from `from` on, out of the seals that hold them.
    async fn leaves(&self, from: u64, count: u64) -> Result<Vec<Hash>, Error> {
        let to = from + count;
        let sql = "SELECT number, first, count FROM jy_seal WHERE first < $2 AND first >= \
                   (SELECT max(first) FROM jy_seal WHERE first <= $1) ORDER BY first";
        let seals = self.db.read(sql, &[signed(from)?.into(), signed(to)?.into()]).await?;
        let mut out = Vec::new();
        for seal in seals {
            let [number, first, held] = seal.as_slice() else {
                continue;
            };
            let first = u64::try_from(first.int()?).map_err(|_| malformed())?;
            let held = u64::try_from(held.int()?).map_err(|_| malformed())?;
            let start = from.max(first) - first;
            let end = to.min(first + held).saturating_sub(first);
            let length = end.saturating_sub(start) * 32;
            let part = match self.db.dialect() {
                Dialect::Sqlite => "substr(leaves, $2, $3)",
                Dialect::Postgres => "substring(leaves FROM $2::int FOR $3::int)",
            };
            let sql = format!("SELECT {part} FROM jy_seal WHERE number = $1");
            let key = [number.clone(), signed(start * 32 + 1)?.into(), signed(length)?.into()];
            let rows = self.db.read(&sql, &key).await?;
            let bytes = rows.first().and_then(|row| row.first()).ok_or_else(malformed)?;
            out.extend_from_slice(bytes.bytes()?.as_chunks::<32>().0);
        }
        Ok(out)
    }
}

fn hash_of(cell: &Cell) -> Result<Hash, Error> {
    cell.bytes()?
        .try_into()
        .map_err(|_| Error::Corrupt("a kept head has not 32 bytes: verify the log".into()))
}
