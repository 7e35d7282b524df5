//! Uploaded files: who brought them, what they are called, and which content they have; and the
//! versions of the file in a record's field.
//!
//! Fields and imports hold a file's id; several files may share one content. Whether somebody may
//! read or attach a file is decided above.

use std::collections::HashMap;

use kernel::Instant;
use uuid::Uuid;

use crate::blobs::{BlobId, Verdict};
use crate::keys::Keys;
use crate::{Cell, Error, Row, Step, Store};

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its id.
    pub id: Uuid,
    /// Its content.
    pub blob: BlobId,
    /// What the uploader called it.
    pub name: String,
    /// What its content was judged to be.
    pub media_type: String,
    /// Bytes of content.
    pub size: u64,
    /// SHA-256 of the content; unknown of uploads of earlier releases.
    pub digest: Option<[u8; 32]>,
    /// What a virus scanner said of it.
    pub verdict: Option<Verdict>,
    /// Who uploaded it.
    pub created_by: Uuid,
    /// When.
    pub created_at: Instant,
}

/// Where files are: the field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The record's object.
    pub object: &'a str,
    /// The record.
    pub record: Uuid,
    /// Its field.
    pub field: &'a str,
}

/// One of the files that a field held, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub number: u32,
    /// The file.
    pub file: Uuid,
    /// Who attached it.
    pub by: Uuid,
    /// When.
    pub at: Instant,
}

const FILE: &str = "jy_file.id, jy_file.blob, jy_file.name, jy_file.media_type, jy_file.size, \
                    jy_file.digest, jy_blob.verdict, jy_file.created_by, jy_file.created_at";

/// The step that notes an upload. Its digest is kept sealed.
#[must_use]
pub fn insert(file: &File, keys: Option<&Keys>) -> Step {
    let sql = "INSERT INTO jy_file (id, blob, name, media_type, size, digest, created_by, \
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let sealed =
        file.digest.zip(keys).map(|(digest, keys)| keys.seal_file(&context(file.id), &digest));
    let params = vec![
        file.id.into(),
        file.blob.cell(),
        file.name.as_str().into(),
        file.media_type.as_str().into(),
        i64::try_from(file.size).unwrap_or(i64::MAX).into(),
        sealed.into(),
        file.created_by.into(),
        file.created_at.into(),
    ];
    Step::exactly(sql, params, 1)
}

/// The step that notes the next file of a field.
#[must_use]
pub fn insert_version(place: Place<'_>, version: &Version) -> Step {
    let sql = "INSERT INTO jy_file_version (object, record, field, version, file, created_by, \
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = vec![
        place.object.into(),
        place.record.into(),
        place.field.into(),
        i64::from(version.number).into(),
        version.file.into(),
        version.by.into(),
        version.at.into(),
    ];
    Step::exactly(sql, params, 1)
}

impl Store {
    /// The uploaded file `id`.
    pub async fn file(&self, id: Uuid) -> Result<Option<File>, Error> {
        let sql = format!(
            "SELECT {FILE} FROM jy_file JOIN jy_blob ON jy_blob.id = jy_file.blob \
             WHERE jy_file.id = $1"
        );
        let rows = self.db().point(&sql, &[id.into()]).await?;
        rows.first().map(|row| self.file_of(row)).transpose()
    }

    /// The files that a field held so far, in order, up to `limit`.
    pub async fn file_versions(&self, place: Place<'_>, limit: u32) -> Result<Vec<Version>, Error> {
        let sql = "SELECT version, file, created_by, created_at FROM jy_file_version \
                   WHERE object = $1 AND record = $2 AND field = $3 ORDER BY version LIMIT $4";
        let (object, field) = (place.object.into(), place.field.into());
        let params = [object, place.record.into(), field, i64::from(limit).into()];
        self.db().read(sql, &params).await?.iter().map(version_of).collect()
    }

    /// What some uploaded files are called.
    pub async fn file_names(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<String> = (1..=ids.len()).map(|at| format!("${at}")).collect();
        let sql = format!("SELECT id, name FROM jy_file WHERE id IN ({})", places.join(", "));
        let params: Vec<Cell> = ids.iter().map(|id| (*id).into()).collect();
        let rows = self.db().read(&sql, &params).await?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [id, name] => Ok((id.uuid()?, name.str()?.to_string())),
                _ => Err(Cell::width("jy_file")),
            })
            .collect()
    }

    fn file_of(&self, row: &Row) -> Result<File, Error> {
        let [id, blob, name, media_type, size, digest, verdict, by, at] = row.as_slice() else {
            return Err(Cell::width("jy_file"));
        };
        let id = id.uuid()?;
        let digest = match (digest, self.keys()) {
            (Cell::Null, _) | (_, None) => None,
            (sealed, Some(keys)) => {
                let plain = keys.open_file(&context(id), sealed.bytes()?)?;
                let damaged = || Error::Corrupt(format!("the digest of file {id}"));
                Some(plain.try_into().map_err(|_| damaged())?)
            }
        };
        Ok(File {
            id,
            blob: BlobId::of(blob)?,
            name: name.str()?.to_string(),
            media_type: media_type.str()?.to_string(),
            size: u64::try_from(size.int()?)
                .map_err(|_| Error::Corrupt("a file's size is negative".into()))?,
            digest,
            verdict: Verdict::of(verdict)?,
            created_by: by.uuid()?,
            created_at: at.instant()?,
        })
    }
}

fn context(file: Uuid) -> Vec<u8> {
    [b"digest ".as_slice(), file.as_bytes()].concat()
}

fn version_of(row: &Row) -> Result<Version, Error> {
    let [number, file, by, at] = row.as_slice() else {
        return Err(Cell::width("jy_file_version"));
    };
    let number = u32::try_from(number.int()?);
    Ok(Version {
        number: number.map_err(|_| Error::Corrupt("a version of a file is negative".into()))?,
        file: file.uuid()?,
        by: by.uuid()?,
        at: at.instant()?,
    })
}
