//! One entry: its row, its canonical encoding, its keyed code.

use std::sync::{Arc, LazyLock};

use hmac::Mac as _;
use kernel::Instant;
use schema::Name;
use uuid::Uuid;

use crate::Error;
use crate::db::{Cell, Dialect, Filling, Step};
use crate::keys::Keys;

/// What a commit records about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: Uuid,
    /// What kind of act.
    pub kind: &'static str,
    /// On which object.
    pub object: Option<Name>,
    /// On which record.
    pub record: Option<Uuid>,
    /// Everything else, as canonical JSON made by the engine.
    pub body: Vec<u8>,
}

/// An entry as it is read back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StoredEntry {
    /// Its place in the order of insertion; also the key of the next page.
    pub number: i64,
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: Uuid,
    /// What kind of act.
    pub kind: Arc<str>,
    /// On which object.
    pub object: Option<Arc<str>>,
    /// On which record.
    pub record: Option<Uuid>,
    /// The canonical JSON.
    #[serde(with = "body")]
    pub body: Vec<u8>,
}

/// Bodies are JSON texts; in JSON they stand as a string, so that their bytes stay provable.
mod body {
    pub(super) fn serialize<S: serde::Serializer>(body: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&String::from_utf8_lossy(body))
    }
}

/// The columns of a whole row, in the order of its encoding.
pub(super) const WIDTH: usize = 10;
/// How many columns an insertion gives; the database numbers the row.
const WRITTEN: usize = 8;
/// Columns that the keyed code covers: all but `id`, `tx` and the code itself.
const CODED: std::ops::Range<usize> = 2..9;

/// The columns to select. Texts come as bytes, so that a damaged text can still be hashed and named.
pub(super) fn columns(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "id, tx, entry, at, actor, CAST(kind AS BLOB), CAST(object AS BLOB), record, body, mac"
        }
        Dialect::Postgres => {
            "id, tx, entry, at, actor, convert_to(kind, 'UTF8'), convert_to(object, 'UTF8'), \
             record, body, mac"
        }
    }
}

/// Appends the canonical encoding of `cells`: each with its type and length, so that no two rows
/// encode alike. Text, bytes and ids encode as bytes, since the databases do not all tell them apart.
pub(super) fn encode(cells: &[Cell], out: &mut Vec<u8>) {
    for cell in cells {
        match cell {
            Cell::Null => out.push(0),
            Cell::Int(value) => {
                out.push(1);
                out.extend_from_slice(&value.to_be_bytes());
            }
            Cell::Text(text) => encode_bytes(text.as_bytes(), out),
            Cell::Bytes(bytes) => encode_bytes(bytes, out),
            Cell::Uuid(id) => encode_bytes(id.as_bytes(), out),
        }
    }
}

fn encode_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(2);
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// The keyed code of some cells.
pub(super) fn code(key: &crate::keys::Mac, cells: &[Cell], buffer: &mut Vec<u8>) -> [u8; 16] {
    buffer.clear();
    encode(cells, buffer);
    let mut mac = key.clone();
    mac.update(buffer);
    let mut code = [0; 16];
    code.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
    code
}

/// Whether a whole row carries the code it should.
pub(super) fn code_holds(key: &crate::keys::Mac, row: &[Cell], buffer: &mut Vec<u8>) -> bool {
    let (Some(cells), Some(stored)) = (row.get(CODED), row.get(CODED.end)) else {
        return false;
    };
    stored.bytes().is_ok_and(|stored| stored == code(key, cells, buffer))
}

/// So many entries and more are brought to PostgreSQL as a table.
const MANY: usize = 8;

/// Columns that an insertion gives.
const NAMES: [&str; WRITTEN] = ["entry", "at", "actor", "kind", "object", "record", "body", "mac"];

pub(super) fn steps(keys: &Keys, dialect: Dialect, entries: &[AuditEntry]) -> Vec<Step> {
    static ONE: LazyLock<Arc<str>> = LazyLock::new(|| {
        let marks = crate::records::values(Dialect::Postgres, WRITTEN, 1);
        format!("INSERT INTO jy_audit ({}) VALUES {marks}", NAMES.join(", ")).into()
    });
    static TABLE: LazyLock<Arc<Filling>> =
        LazyLock::new(|| Arc::new(Filling::of("jy_audit", &NAMES.map(str::to_owned))));
    let key = keys.entry_mac();
    let mut buffer = Vec::new();
    if dialect == Dialect::Postgres && entries.len() >= MANY {
        let cells = entries.iter().flat_map(|entry| cells(entry, &key, &mut buffer)).collect();
        return vec![Step::fill(&TABLE, cells)];
    }
    let one = |entry| {
        let cells = cells(entry, &key, &mut buffer).into();
        Step::exactly(Arc::clone(&ONE), cells, 1).apart()
    };
    entries.iter().map(one).collect()
}

fn cells(entry: &AuditEntry, key: &crate::keys::Mac, buffer: &mut Vec<u8>) -> [Cell; WRITTEN] {
    let coded = [
        entry.id.into(),
        entry.at.into(),
        entry.actor.into(),
        entry.kind.into(),
        entry.object.as_ref().map(Name::as_str).into(),
        entry.record.into(),
        entry.body.clone().into(),
    ];
    let code = code(key, &coded, buffer);
    let [id, at, actor, kind, object, record, body] = coded;
    [id, at, actor, kind, object, record, body, Cell::Bytes(code.to_vec())]
}

impl StoredEntry {
    /// Reads a whole row as [`columns`] selects it.
    pub(super) fn of(row: &[Cell]) -> Result<StoredEntry, Error> {
        let [id, _, entry, at, actor, kind, object, record, body, _] = row else {
            return Err(Error::Internal("an audit row has another width".into()));
        };
        let text = |cell: &Cell| -> Result<Arc<str>, Error> {
            std::str::from_utf8(cell.bytes()?)
                .map(Arc::from)
                .map_err(|_| Error::Corrupt("an audit entry's text is not UTF-8".into()))
        };
        let optional = |cell: &Cell| !cell.is_null();
        Ok(StoredEntry {
            number: id.int()?,
            id: entry.uuid()?,
            at: at.instant()?,
            actor: actor.uuid()?,
            kind: text(kind)?,
            object: optional(object).then(|| text(object)).transpose()?,
            record: optional(record).then(|| record.uuid()).transpose()?,
            body: body.bytes()?.to_vec(),
        })
    }
}
