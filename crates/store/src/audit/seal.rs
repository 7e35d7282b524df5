//! The sequencer: gives committed entries their places in the tree and signs the head.

use std::io::Write;
use std::path::Path;

use kernel::Instant;

use super::checkpoint::Checkpoint;
use super::entry::{code, columns, encode};
use super::tree::{self, Frontier, Subtree};
use super::{Audit, checkpoint};
use crate::Error;
use crate::db::{Cell, Dialect, Row, ScriptError, Step};
use crate::keys::{Hash, HashKind};

/// Most leaves of one seal: bounds the memory of sealing, proving and verifying.
const BATCH: i64 = 8192;
/// Subtree heads are kept at every so many levels.
pub(super) const TILE: u32 = 8;
/// Bytes per leaf in `jy_seal.entries`: id and entry.
pub(super) const ENTRY: usize = 24;

const BASE: &str = "COALESCE((SELECT value FROM jy_state WHERE name = 'audit_tx_base'), 0)";

/// A row of `jy_seal`.
#[derive(Debug, Clone)]
pub(super) struct Seal {
    pub number: i64,
    pub first: u64,
    pub count: u64,
    pub last: (i64, i64),
    pub hash: HashKind,
    pub entries: Vec<u8>,
    pub leaves: Vec<u8>,
    pub frontier: Vec<u8>,
    pub root: Vec<u8>,
    pub checkpoint: String,
    /// The row as read, for its own code.
    pub row: Row,
}

impl Seal {
    const COLUMNS: &str = "number, first, count, last_tx, last_id, at, hash, entries, leaves, \
                           frontier, root, checkpoint, mac";

    /// The columns to select. Texts come as bytes, so that a damaged text can still be named.
    pub(super) fn columns(dialect: Dialect) -> String {
        let (hash, note) = match dialect {
            Dialect::Sqlite => ("CAST(hash AS BLOB)", "CAST(checkpoint AS BLOB)"),
            Dialect::Postgres => ("convert_to(hash, 'UTF8')", "convert_to(checkpoint, 'UTF8')"),
        };
        Seal::COLUMNS.replace("hash", hash).replace("checkpoint", note)
    }

    pub(super) fn of(row: Row) -> Result<Seal, Error> {
        let [number, first, count, tx, id, _, hash, entries, leaves, frontier, root, note, _] =
            row.as_slice()
        else {
            return Err(Error::Internal("a seal has another width".into()));
        };
        let unsigned = |cell: &Cell| {
            u64::try_from(cell.int()?).map_err(|_| Error::Corrupt("a seal's place".into()))
        };
        Ok(Seal {
            number: number.int()?,
            first: unsigned(first)?,
            count: unsigned(count)?,
            last: (tx.int()?, id.int()?),
            hash: std::str::from_utf8(hash.bytes()?)
                .ok()
                .and_then(HashKind::parse)
                .ok_or_else(|| Error::Corrupt("a seal's hash is unknown".into()))?,
            entries: entries.bytes()?.to_vec(),
            leaves: leaves.bytes()?.to_vec(),
            frontier: frontier.bytes()?.to_vec(),
            root: root.bytes()?.to_vec(),
            checkpoint: String::from_utf8_lossy(note.bytes()?).into_owned(),
            row,
        })
    }

    /// The leaf after the last.
    pub(super) fn end(&self) -> u64 {
        self.first.saturating_add(self.count)
    }

    /// The tree after this seal, if its parts fit together.
    pub(super) fn tree(&self) -> Option<Frontier> {
        Frontier::from_bytes(self.end(), &self.frontier)
            .filter(|frontier| frontier.root(self.hash).as_slice() == self.root)
    }
}

impl Audit {
    /// Makes the log ready before anything is written: when a PostgreSQL database was restored
    /// elsewhere, transaction numbers begin anew and new entries are lifted above the old ones.
    ///
    /// # Errors
    /// When the database cannot be read or changed.
    pub async fn prepare(&self) -> Result<(), Error> {
        if self.db.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let sql = format!(
            "SELECT COALESCE(max(tx), 0), {BASE}, \
             pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM jy_audit"
        );
        let rows = self.db.read(&sql, &[]).await?;
        let [newest, base, next] = rows.first().map(Vec::as_slice).unwrap_or_default() else {
            return Err(Error::Internal("no transaction numbers".into()));
        };
        let (newest, base, next) = (newest.int()?, base.int()?, next.int()?);
        if newest < next + base {
            return Ok(());
        }
        let base = newest + 1 - next;
        let default = format!(
            "ALTER TABLE jy_audit ALTER COLUMN tx \
             SET DEFAULT (pg_current_xact_id()::text::bigint + {base})"
        );
        let keep = "INSERT INTO jy_state (name, value) VALUES ('audit_tx_base', $1) \
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let script = vec![Step::new(default, vec![]), Step::exactly(keep, vec![base.into()], 1)];
        self.db.run(script).await?;
        Ok(())
    }

    /// Seals every committed entry that has no place yet; returns how many. To be called at least
    /// each second. Several nodes may call it: one wins, the others find the work done.
    ///
    /// # Errors
    /// When the database cannot be read or written, or the newest seal is damaged.
    pub async fn seal(&self, now: Instant) -> Result<u64, Error> {
        let mut sealed = 0;
        loop {
            let last = self.last_seal().await?;
            let rows = self.unsealed(last.as_ref().map_or((0, 0), |seal| seal.last)).await?;
            if rows.is_empty() {
                return Ok(sealed);
            }
            let full = rows.len() as i64 == BATCH;
            let (script, note) = self.next_seal(last.as_ref(), &rows, now)?;
            match self.db.run(script).await {
                Ok(_) => sealed += rows.len() as u64,
                // Another node sealed these entries at the same time.
                Err(ScriptError::Unique { .. }) => return Ok(sealed),
                Err(other) => return Err(other.into()),
            }
            if let Some(anchor) = &self.anchor {
                write_anchor(anchor, &note)?;
            }
            if !full {
                return Ok(sealed);
            }
        }
    }

    pub(super) async fn last_seal(&self) -> Result<Option<Seal>, Error> {
        let columns = Seal::columns(self.db.dialect());
        let sql = format!("SELECT {columns} FROM jy_seal ORDER BY number DESC LIMIT 1");
        self.db.read(&sql, &[]).await?.pop().map(Seal::of).transpose()
    }

    /// Entries after `(tx, id)` whose place can no longer be taken by another.
    async fn unsealed(&self, (tx, id): (i64, i64)) -> Result<Vec<Row>, Error> {
        let columns = columns(self.db.dialect());
        match self.db.dialect() {
            Dialect::Sqlite => {
                let sql =
                    format!("SELECT {columns} FROM jy_audit WHERE id > $1 ORDER BY id LIMIT $2");
                self.db.read(&sql, &[id.into(), BATCH.into()]).await
            }
            Dialect::Postgres => {
                let sql = format!(
                    "SELECT {columns} FROM jy_audit WHERE (tx, id) > ($1, $2) \
                     AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {BASE} \
                     ORDER BY tx, id LIMIT $3"
                );
                self.db.read(&sql, &[tx.into(), id.into(), BATCH.into()]).await
            }
        }
    }

    fn next_seal(
        &self,
        last: Option<&Seal>,
        rows: &[Row],
        now: Instant,
    ) -> Result<(Vec<Step>, String), Error> {
        let damaged = || Error::Corrupt("the newest seal of the audit log: verify the log".into());
        let hash = self.keys.hash();
        if last.is_some_and(|seal| seal.hash != hash) {
            return Err(Error::Refused("the audit log hashes otherwise than the key ring".into()));
        }
        let mut tree = last.map_or(Some(Frontier::default()), Seal::tree).ok_or_else(damaged)?;
        let first = tree.size();
        let number = last.map_or(1, |seal| seal.number + 1);
        let mut entries = Vec::with_capacity(rows.len() * ENTRY);
        let mut leaves = Vec::with_capacity(rows.len() * 32);
        let mut heads = Vec::new();
        let mut buffer = Vec::new();
        for row in rows {
            let leaf = leaf_of(hash, row, &mut buffer);
            tree.push(hash, leaf, |subtree, head| {
                if subtree.level.is_multiple_of(TILE) {
                    heads.push((subtree, *head));
                }
            });
            leaves.extend_from_slice(&leaf);
            entries.extend_from_slice(&place(row)?);
        }
        let (Some([id, tx, ..]), root) = (rows.last().map(Vec::as_slice), tree.root(hash)) else {
            return Err(Error::Internal("a seal of nothing".into()));
        };
        let note = Checkpoint {
            origin: checkpoint::origin(&self.keys.origin(), hash),
            size: tree.size(),
            root,
        }
        .sign(&self.keys.signing());
        let mut cells: Vec<Cell> = vec![
            number.into(),
            signed(first)?.into(),
            (rows.len() as i64).into(),
            tx.clone(),
            id.clone(),
            now.into(),
            hash.as_str().into(),
            entries.into(),
            leaves.into(),
            tree.to_bytes().into(),
            root.to_vec().into(),
            note.as_str().into(),
        ];
        let code = code(&self.keys.entry_mac(), &cells, &mut buffer);
        cells.push(Cell::Bytes(code.to_vec()));
        let insert = format!(
            "INSERT INTO jy_seal ({}) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            Seal::COLUMNS
        );
        let mut script = vec![Step::exactly(insert, cells, 1)];
        for (Subtree { level, position }, head) in heads {
            script.push(Step::exactly(
                "INSERT INTO jy_tree (level, position, hash) VALUES ($1, $2, $3)",
                vec![i64::from(level).into(), signed(position)?.into(), head.to_vec().into()],
                1,
            ));
        }
        Ok((script, note))
    }
}

/// The leaf's hash: over every column of its row.
pub(super) fn leaf_of(hash: HashKind, row: &[Cell], buffer: &mut Vec<u8>) -> Hash {
    buffer.clear();
    encode(row, buffer);
    tree::leaf(hash, buffer)
}

/// What a seal remembers of an entry besides its hash: id and entry.
fn place(row: &[Cell]) -> Result<[u8; ENTRY], Error> {
    let [id, _, entry, ..] = row else {
        return Err(Error::Internal("an audit row has another width".into()));
    };
    let mut place = [0; ENTRY];
    // A damaged id must not stop sealing; the entry's own code tells that it is damaged.
    let entry = entry.uuid().unwrap_or_default();
    let bytes = [id.int()?.to_be_bytes().as_slice(), entry.as_bytes()].concat();
    place.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    Ok(place)
}

pub(super) fn signed(value: u64) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::Internal("a log of more than 2^63 leaves".into()))
}

/// Replaces the anchor file; a crash leaves the old or the new one.
fn write_anchor(path: &Path, note: &str) -> Result<(), Error> {
    let failed =
        |e: std::io::Error| Error::Unavailable(format!("anchor `{}`: {e}", path.display()));
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside).map_err(failed)?;
    file.write_all(note.as_bytes()).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}
