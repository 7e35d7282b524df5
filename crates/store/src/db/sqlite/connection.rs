//! What every SQLite connection shares: settings, parameter texts, cells and error mapping.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, StatementStatus, ToSql, ffi};
use uuid::Uuid;

use super::super::{Cell, Row, ScriptError};
use super::writer::LOG_LIMIT;
use crate::Error;

/// How long a connection waits for another process.
pub(super) const BUSY_MS: u32 = 10_000;

/// Opens the file with the settings that durability and memory rest on. The writer's page cache
/// is the large one, so that what a chunk of an import changes is written once; it grows only as it
/// is used. Readers share the operating system's.
pub(super) fn open(path: &Path, writable: bool) -> Result<Connection, Error> {
    let flags = if writable {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
    connection.set_prepared_statement_cache_capacity(256);
    // A plan must not hang on the values bound last: without this, statements over partial indexes
    // are compiled again whenever a value changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failure)?;
    let cache_kib = if writable { 64_000 } else { 4_000 };
    let mut settings = format!(
        "PRAGMA busy_timeout = {BUSY_MS}; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; \
         PRAGMA cache_size = -{cache_kib};"
    );
    if writable {
        settings.push_str(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {LOG_LIMIT};"
        ));
    }
    connection.execute_batch(&settings).map_err(failure)?;
    super::functions::register(&connection).map_err(failure)?;
    Ok(connection)
}

/// Statements with `$n` as SQLite wants them: `?n`. Each text is rewritten once.
#[derive(Default)]
pub(super) struct Texts(RwLock<HashMap<Box<str>, Arc<str>>>);

/// Texts remembered; beyond that the table starts anew, so that ad-hoc filters cannot fill memory.
const TEXTS: usize = 4096;

impl Texts {
    /// `sql` in SQLite's spelling.
    pub(super) fn get(&self, sql: &str) -> Option<Arc<str>> {
        if !sql.contains('$') {
            return None;
        }
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if known.is_some() {
            return known;
        }
        let text: Arc<str> = rewrite(sql).into();
        let mut texts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= TEXTS {
            texts.clear();
        }
        texts.insert(sql.into(), Arc::clone(&text));
        Some(text)
    }
}

fn rewrite(sql: &str) -> String {
    let mut quote = None;
    let mut out = String::with_capacity(sql.len());
    for c in sql.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '$') => {
                out.push('?');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(value) => ValueRef::Integer(*value),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
            Cell::Uuid(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

/// Binds all parameters, by position.
pub(super) fn bind(statement: &mut Statement<'_>, params: &[Cell]) -> rusqlite::Result<()> {
    if statement.parameter_count() != params.len() {
        let wanted = statement.parameter_count();
        return Err(rusqlite::Error::InvalidParameterCount(params.len(), wanted));
    }
    for (at, cell) in params.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, cell)?;
    }
    Ok(())
}

/// Steps through a table without an index that are worth a word.
const SCANNED: i32 = 5_000;

/// Says that a statement went through much of a table, which it does again at each call: an index is
/// missing, or a condition nobody planned for. Its text holds names, and values only as marks.
pub(super) fn note_scan(statement: &Statement<'_>, sql: &str) {
    let steps = statement.reset_status(StatementStatus::FullscanStep);
    if steps >= SCANNED {
        tracing::debug!(target: "store::scan", steps, sql, "went through a table");
    }
}

/// The current row's cells.
pub(super) fn row(row: &rusqlite::Row<'_>, columns: usize) -> Result<Row, Error> {
    let mut cells = Vec::with_capacity(columns);
    for at in 0..columns {
        cells.push(match row.get_ref(at).map_err(failure)? {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(value) => Cell::Int(value),
            ValueRef::Text(text) => Cell::Text(
                std::str::from_utf8(text)
                    .map_err(|_| Error::Corrupt("a text is not UTF-8".into()))?
                    .into(),
            ),
            ValueRef::Blob(bytes) => match Uuid::from_slice(bytes) {
                Ok(id) => Cell::Uuid(id),
                Err(_) => Cell::Bytes(bytes.to_vec()),
            },
            ValueRef::Real(_) => {
                return Err(Error::Corrupt("a cell holds a floating-point number".into()));
            }
        });
    }
    Ok(cells)
}

/// What a driver error means to a caller.
pub(super) fn failure(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => Error::Timeout,
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            Error::Busy
        }
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            Error::Corrupt(error.to_string())
        }
        _ => Error::database(error),
    }
}

/// What a driver error means to a script.
pub(super) fn script_failure(step: usize, error: rusqlite::Error) -> ScriptError {
    if let rusqlite::Error::SqliteFailure(code, message) = &error {
        match code.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID => {
                let text = message.as_deref().unwrap_or_default();
                let constraint = text.rsplit("failed: ").next().unwrap_or(text).into();
                return ScriptError::Unique { step, constraint };
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => return ScriptError::Foreign { step },
            _ => {}
        }
    }
    ScriptError::Other(failure(error))
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn parameters_are_rewritten_outside_quotes_only() {
        let check = |sql: &str, expected: &str| assert_eq!(rewrite(sql), expected);
        check("SELECT $1, '$2', \"a$3\" WHERE x = $12", "SELECT ?1, '$2', \"a$3\" WHERE x = ?12");
        check("SELECT 'it''s $1', $1", "SELECT 'it''s $1', ?1");
    }
}
