//! Backup and restore: one folder with the database, the files and a manifest of checksums.
//!
//! The key ring is NOT in a backup: whoever finds one can read nothing sealed. Keep the ring
//! apart and as safe as the backup; without it a backup is lost. A backup is taken while the product
//! runs; a restore goes into an empty place only and is verified before it counts.

mod postgres;

use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use kernel::Instant;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;

const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const SQLITE: &str = "database.sqlite";
const POSTGRES: &str = "database.dump";
const FILES: &str = "files";

/// Where a database lies.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A SQLite file.
    Sqlite(&'a Path),
    /// The address of a PostgreSQL database.
    Postgres(&'a str),
}

impl<'a> Source<'a> {
    /// What an address as given to [`Db::open`](crate::Db::open) means.
    #[must_use]
    pub fn of(url: &'a str) -> Source<'a> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Source::Postgres(url)
        } else {
            Source::Sqlite(Path::new(url.strip_prefix("sqlite:").unwrap_or(url)))
        }
    }
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// When it was taken.
    pub made_at: Instant,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// What is missing on purpose.
    pub note: String,
    /// Every file with its checksum.
    pub parts: Vec<Part>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its place in the backup's folder.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// Backs the database and the folder of files up into `to`, an empty or missing folder. The
/// database is read at one moment first, the files after it, so every file it knows is there.
///
/// # Errors
/// When `to` is not empty, something cannot be read or written, or PostgreSQL's programs are
/// missing. An unfinished backup has no manifest.
pub fn backup(
    source: Source<'_>,
    files: &Path,
    to: &Path,
    now: Instant,
) -> Result<Manifest, Error> {
    empty(to)?;
    let (database, kind) = match source {
        Source::Sqlite(path) => {
            copy_sqlite(path, &to.join(SQLITE))?;
            (SQLITE, "sqlite")
        }
        Source::Postgres(url) => {
            postgres::dump(url, &to.join(POSTGRES))?;
            (POSTGRES, "postgres")
        }
    };
    let mut parts = vec![part(to, Path::new(database))?];
    for file in stored(files)? {
        let relative = Path::new(FILES).join(&file);
        let target = to.join(&relative);
        make_parent(&target)?;
        match fs::copy(files.join(&file), &target) {
            Ok(_) => parts.push(part(to, &relative)?),
            // It was swept meanwhile; the database of this backup may still name it, but nobody
            // holds it.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&target, &error)),
        }
    }
    let manifest = Manifest {
        format: FORMAT,
        made_at: now,
        database: kind.to_owned(),
        note: "the key ring is not in this backup: keep it apart; without it nothing sealed can \
               be read"
            .to_owned(),
        parts,
    };
    let text =
        serde_json::to_string_pretty(&manifest).map_err(|e| Error::Internal(e.to_string()))?;
    let path = to.join(MANIFEST);
    let mut file = File::create(&path).map_err(|e| failed(&path, &e))?;
    file.write_all(text.as_bytes()).map_err(|e| failed(&path, &e))?;
    file.sync_all().map_err(|e| failed(&path, &e))?;
    Ok(manifest)
}

/// Checks that every file of a backup is there and unchanged, and that a SQLite database in it is
/// sound.
///
/// # Errors
/// Names the first file that is missing or changed.
pub fn check(from: &Path) -> Result<Manifest, Error> {
    let path = from.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|e| failed(&path, &e))?;
    let manifest: Manifest = serde_json::from_str(&text)
        .map_err(|e| Error::Corrupt(format!("`{}`: {e}", path.display())))?;
    if manifest.format != FORMAT {
        return Err(Error::Refused("the backup is of another release".into()));
    }
    for expected in &manifest.parts {
        let relative = Path::new(&expected.path);
        let inside = relative.components().all(|c| matches!(c, std::path::Component::Normal(_)));
        if !inside {
            return Err(Error::Refused(format!("`{}` lies outside of the backup", expected.path)));
        }
        if part(from, relative)? != *expected {
            return Err(Error::Corrupt(format!("`{}` of the backup was changed", expected.path)));
        }
    }
    if manifest.database == "sqlite" {
        sound(&from.join(SQLITE))?;
    }
    Ok(manifest)
}

/// Checks a backup and restores it: the database to `to`, which must be missing (SQLite) or empty
/// (PostgreSQL), and the files into `files`, an empty or missing folder. Afterwards put the key ring
/// back and verify the audit log.
///
/// # Errors
/// As [`check`], and when the place is taken, or the backup is of the other database.
pub fn restore(from: &Path, to: Source<'_>, files: &Path) -> Result<Manifest, Error> {
    let manifest = check(from)?;
    empty(files)?;
    match (to, manifest.database.as_str()) {
        (Source::Sqlite(path), "sqlite") => {
            let taken = ["", "-wal", "-shm"].iter().any(|end| {
                let mut name = path.as_os_str().to_owned();
                name.push(end);
                PathBuf::from(name).exists()
            });
            if taken {
                return Err(Error::Refused(format!("`{}` exists already", path.display())));
            }
            make_parent(path)?;
            copy_durably(&from.join(SQLITE), path)?;
        }
        (Source::Postgres(url), "postgres") => postgres::restore(url, &from.join(POSTGRES))?,
        _ => {
            return Err(Error::Refused(format!(
                "the backup is of a {} database: import it through an export instead",
                manifest.database
            )));
        }
    }
    for part in &manifest.parts {
        if let Ok(relative) = Path::new(&part.path).strip_prefix(FILES) {
            let target = files.join(relative);
            make_parent(&target)?;
            copy_durably(&from.join(&part.path), &target)?;
        }
    }
    Ok(manifest)
}

/// Copies a SQLite database at one moment of its life, while others write it.
fn copy_sqlite(from: &Path, to: &Path) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags).map_err(Error::database)?;
    let mut target = Connection::open(to).map_err(Error::database)?;
    {
        let copy = rusqlite::backup::Backup::new(&source, &mut target).map_err(Error::database)?;
        // All pages in one step: one snapshot, which in WAL mode holds nobody up.
        let done = copy.step(-1).map_err(Error::database)?;
        if done != rusqlite::backup::StepResult::Done {
            return Err(Error::Busy);
        }
    }
    target.pragma_update(None, "journal_mode", "DELETE").map_err(Error::database)?;
    target.close().map_err(|(_, error)| Error::database(error))?;
    sound(to)
}

/// SQLite's own check of a file.
fn sound(path: &Path) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let found: String = Connection::open_with_flags(path, flags)
        .and_then(|db| db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))
        .map_err(Error::database)?;
    if found == "ok" {
        Ok(())
    } else {
        Err(Error::Corrupt(format!("`{}`: {found}", path.display())))
    }
}

/// Names of stored files below `folder`, without unfinished uploads.
fn stored(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut out = Vec::new();
    if !folder.exists() {
        return Ok(out);
    }
    for shelf in fs::read_dir(folder).map_err(|e| failed(folder, &e))? {
        let shelf = shelf.map_err(|e| failed(folder, &e))?;
        if shelf.file_name().len() != 2 || !shelf.path().is_dir() {
            continue;
        }
        for file in fs::read_dir(shelf.path()).map_err(|e| failed(&shelf.path(), &e))? {
            let file = file.map_err(|e| failed(&shelf.path(), &e))?;
            out.push(Path::new(&shelf.file_name()).join(file.file_name()));
        }
    }
    out.sort();
    Ok(out)
}

fn part(folder: &Path, relative: &Path) -> Result<Part, Error> {
    let path = folder.join(relative);
    let file = File::open(&path).map_err(|e| failed(&path, &e))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let read = reader.read(&mut buffer).map_err(|e| failed(&path, &e))?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        digest.update(bytes);
        size += read as u64;
    }
    let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let path = relative.to_str().ok_or_else(|| Error::Internal("a file's name".into()))?;
    Ok(Part { path: path.to_owned(), size, sha256 })
}

/// Makes a folder, or refuses one that holds something.
fn empty(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    let mut entries = fs::read_dir(folder).map_err(|e| failed(folder, &e))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Error::Refused(format!("`{}` is not empty", folder.display()))),
    }
}

fn make_parent(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(|e| failed(parent, &e)),
        None => Ok(()),
    }
}

fn copy_durably(from: &Path, to: &Path) -> Result<(), Error> {
    fs::copy(from, to).map_err(|e| failed(to, &e))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|e| failed(to, &e))
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::Unavailable(format!("`{}`: {error}", path.display()))
}
