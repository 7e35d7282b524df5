//! The product's own tables: numbered migrations, forward only.
//!
//! Each migration runs in one transaction under a lock and is remembered with the digest of its
//! text. Refuses to open a database made by a newer release, and one whose applied migrations
//! differ from this release's. Tables of published objects are not made here but by publish.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::Error;
use crate::db::{Cell, Db, Dialect, Expect, ScriptError, Step};

/// Every migration of this release, in order.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "system", include_str!("../../migrations/0001_system.sql")),
    (2, "imports", include_str!("../../migrations/0002_imports.sql")),
    (3, "files", include_str!("../../migrations/0003_files.sql")),
    (4, "measures", include_str!("../../migrations/0004_measures.sql")),
    (5, "match keys", include_str!("../../migrations/0005_match_keys.sql")),
    (6, "claims", include_str!("../../migrations/0006_claims.sql")),
    (7, "match pairs", include_str!("../../migrations/0007_match_pairs.sql")),
    (8, "merges", include_str!("../../migrations/0008_merges.sql")),
    (9, "match keys as numbers", include_str!("../../migrations/0009_match_keys_as_numbers.sql")),
    (10, "file versions", include_str!("../../migrations/0010_file_versions.sql")),
    (11, "merges listed", include_str!("../../migrations/0011_merges_listed.sql")),
    (12, "keeping", include_str!("../../migrations/0012_keeping.sql")),
    (13, "measures below", include_str!("../../migrations/0013_measures_below.sql")),
    (14, "measures below, filled", include_str!("../../migrations/0014_measures_below_filled.sql")),
    (
        15,
        "share requests of records",
        include_str!("../../migrations/0015_share_requests_of_records.sql"),
    ),
    (16, "measures in order", include_str!("../../migrations/0016_measures_in_order.sql")),
    (17, "approvals", include_str!("../../migrations/0017_approvals.sql")),
];

/// A lock shared by all nodes that migrate one PostgreSQL database.
const LOCK: i64 = 0x6a79_6d69_6772;

/// Brings the database up to this release. Running it again changes nothing.
///
/// Returns how many migrations were applied.
///
/// # Errors
/// When the database was made by a newer release, when an applied migration's text differs, or when
/// a statement fails (the migration is then undone as a whole).
pub async fn migrate(db: &Db, now: kernel::Instant) -> Result<usize, Error> {
    let create = format!(
        "CREATE TABLE IF NOT EXISTS jy_migration (number {int} PRIMARY KEY, name {text} NOT NULL, \
         digest {text} NOT NULL, applied_at {int} NOT NULL)",
        int = type_name(db.dialect(), "int"),
        text = type_name(db.dialect(), "text"),
    );
    let mut script = lock(db.dialect());
    script.push(step(create, Vec::new(), Expect::Any));
    run(db, script).await?;
    let mut applied = applied(db).await?;
    let mut count = 0;
    for (number, name, text) in MIGRATIONS {
        let digest = digest(text);
        if let Some((_, known)) = applied.iter().find(|(n, _)| n == number) {
            if *known != digest {
                return Err(Error::Refused(format!(
                    "migration {number} of this database is not the one of this release"
                )));
            }
            continue;
        }
        let mut script = lock(db.dialect());
        script.push(step(
            "INSERT INTO jy_migration (number, name, digest, applied_at) VALUES ($1, $2, $3, $4)"
                .into(),
            vec![
                Cell::Int(*number),
                Cell::Text((*name).into()),
                Cell::Text(digest.as_str().into()),
                Cell::Int(now.as_microsecond()),
            ],
            Expect::Rows(1),
        ));
        for statement in statements(text).iter().filter_map(|text| meant(db.dialect(), text)) {
            script.push(step(fill(db.dialect(), statement), Vec::new(), Expect::Any));
        }
        match db.run(script).await {
            Ok(_) => count += 1,
            // Another node was faster; what it applied is what we would have applied.
            Err(ScriptError::Unique { .. }) => {}
            Err(other) => return Err(other.into()),
        }
        applied.push((*number, digest));
    }
    let newest = MIGRATIONS.last().map_or(0, |m| m.0);
    if let Some((number, _)) = applied.iter().find(|(n, _)| *n > newest) {
        return Err(Error::Refused(format!(
            "this database was made by a newer release (migration {number})"
        )));
    }
    Ok(count)
}

async fn run(db: &Db, script: Vec<Step>) -> Result<(), Error> {
    db.run(script).await?;
    Ok(())
}

async fn applied(db: &Db) -> Result<Vec<(i64, String)>, Error> {
    let rows = db.read("SELECT number, digest FROM jy_migration ORDER BY number", &[]).await?;
    rows.iter()
        .map(|row| match row.as_slice() {
            [Cell::Int(number), Cell::Text(digest)] => Ok((*number, digest.to_string())),
            _ => Err(Error::Refused("the table of migrations is damaged".into())),
        })
        .collect()
}

fn step(sql: String, params: Vec<Cell>, expect: Expect) -> Step {
    let step = Step::new(sql, params);
    Step { expect, ..step }
}

/// SQLite has one writer per process and a file lock between processes; PostgreSQL needs a name.
fn lock(dialect: Dialect) -> Vec<Step> {
    match dialect {
        Dialect::Sqlite => Vec::new(),
        Dialect::Postgres => vec![step(
            "SELECT count(pg_advisory_xact_lock($1))".into(),
            vec![Cell::Int(LOCK)],
            Expect::Any,
        )],
    }
}

fn digest(text: &str) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a String cannot fail.
        let _written = write!(out, "{byte:02x}");
    }
    out
}

/// Splits a migration into statements: comment lines are dropped, a line that ends with `;` ends one.
fn statements(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("--")) {
        current.push_str(line);
        current.push('\n');
        if line.trim_end().ends_with(';') {
            let statement = current.trim().trim_end_matches(';').to_owned();
            out.push(statement);
            current.clear();
        }
    }
    out
}

/// The statement without its mark, unless it is meant for the other database.
fn meant(dialect: Dialect, statement: &str) -> Option<&str> {
    let marks = [("{sqlite}", Dialect::Sqlite), ("{postgres}", Dialect::Postgres)];
    for (mark, only) in marks {
        if let Some(rest) = statement.strip_prefix(mark) {
            return (dialect == only).then_some(rest);
        }
    }
    Some(statement)
}

fn type_name(dialect: Dialect, name: &str) -> &'static str {
    match (dialect, name) {
        (Dialect::Sqlite, "serial") => "INTEGER PRIMARY KEY AUTOINCREMENT",
        (Dialect::Sqlite, "int") => "INTEGER",
        (Dialect::Sqlite, "text") => "TEXT",
        (Dialect::Sqlite, "uuid" | "bytes") => "BLOB",
        (Dialect::Sqlite, "tx") => "0",
        (Dialect::Sqlite, "strict") => " STRICT",
        (Dialect::Sqlite, "rowless") => " STRICT, WITHOUT ROWID",
        (Dialect::Postgres, "serial") => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        (Dialect::Postgres, "int") => "BIGINT",
        (Dialect::Postgres, "text") => "TEXT COLLATE \"C\"",
        (Dialect::Postgres, "uuid") => "UUID",
        (Dialect::Postgres, "bytes") => "BYTEA",
        (Dialect::Postgres, "tx") => "(pg_current_xact_id()::text::bigint)",
        _ => "",
    }
}

fn fill(dialect: Dialect, statement: &str) -> String {
    ["serial", "int", "text", "uuid", "bytes", "tx", "strict", "rowless"]
        .iter()
        .fold(statement.to_owned(), |text, name| {
            text.replace(&format!("{{{name}}}"), type_name(dialect, name))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn migrations_are_numbered_without_gaps() {
        let numbers: Vec<i64> = MIGRATIONS.iter().map(|m| m.0).collect();
        let expected: Vec<i64> = (1..=i64::try_from(MIGRATIONS.len()).unwrap()).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn every_brace_is_filled_in() {
        for (_, name, text) in MIGRATIONS {
            for statement in statements(text) {
                for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                    let filled = meant(dialect, &statement).map(|text| fill(dialect, text));
                    let filled = filled.unwrap_or_default();
                    assert!(!filled.contains('{'), "{name}: {filled}");
                }
            }
        }
    }

    #[test]
    fn applied_migrations_never_change() {
        let known: Vec<String> = MIGRATIONS.iter().map(|m| digest(m.2)).collect();
        assert_eq!(known.len(), MIGRATIONS.len());
        // A changed digest here means a released migration was edited: add a new one instead.
        let committed = include_str!("../../migrations/DIGESTS");
        assert_eq!(committed.lines().collect::<Vec<_>>(), known);
    }
}
