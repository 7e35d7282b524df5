//! Names in SQL: the one place where an identifier is quoted and a derived name is made.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::db::Dialect;

/// SQLite's row number, which joins a record to its search row.
pub(crate) const ROW: &str = "\"__rid\"";

/// An identifier, quoted. Names have no quotes in them by construction; one would be doubled.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The table of search words of `object`.
pub(crate) fn search_table(object: &str) -> String {
    quoted(&format!("{object}__search"))
}

/// The table of a list field's items.
pub(crate) fn link_table(object: &str, field: &str) -> String {
    let plain = format!("{object}__{field}");
    if plain.len() <= 60 {
        return quoted(&plain);
    }
    quoted(&format!("{}__{}", &plain[..plain.len().min(46)], digest(&plain)))
}

/// An index name that changes with what it indexes, within PostgreSQL's 63 bytes.
pub(crate) fn index_name(object: &str, name: &str, definition: &str) -> String {
    let head: String = object.chars().take(30).collect();
    let tail: String = name.chars().take(18).collect();
    format!("{head}__{tail}_{}", &digest(definition)[..8])
}

fn digest(text: &str) -> String {
    let mut out = String::with_capacity(12);
    for byte in Sha256::digest(text).iter().take(6) {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Parameter `number` (from 1) in the database's spelling.
pub(crate) fn parameter(dialect: Dialect, number: usize) -> String {
    match dialect {
        Dialect::Sqlite => format!("?{number}"),
        Dialect::Postgres => format!("${number}"),
    }
}

/// `(p1, p2, …), (…)`: `rows` groups of `columns` parameters.
pub(crate) fn values(dialect: Dialect, columns: usize, rows: usize) -> String {
    let mut out = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        out.push_str(if row == 0 { "(" } else { "), (" });
        for column in 0..columns {
            if column > 0 {
                out.push_str(", ");
            }
            out.push_str(&parameter(dialect, row * columns + column + 1));
        }
    }
    out.push(')');
    out
}
