//! Uploaded files: who brought them, what they are called, and which content they have.
//!
//! Fields and imports hold a file's id; several files may share one content. Whether somebody may
//! read or attach a file is decided above.

use kernel::Instant;
use uuid::Uuid;

use crate::blobs::BlobId;
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
    /// What the uploader said it is.
    pub media_type: String,
    /// Bytes of content.
    pub size: u64,
    /// Who uploaded it.
    pub created_by: Uuid,
    /// When.
    pub created_at: Instant,
}

const COLUMNS: &str = "id, blob, name, media_type, size, created_by, created_at";

/// The step that notes an upload.
#[must_use]
pub fn insert(file: &File) -> Step {
    let sql = format!("INSERT INTO jy_file ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    let params = vec![
        file.id.into(),
        file.blob.cell(),
        file.name.as_str().into(),
        file.media_type.as_str().into(),
        i64::try_from(file.size).unwrap_or(i64::MAX).into(),
        file.created_by.into(),
        file.created_at.into(),
    ];
    Step::exactly(sql, params, 1)
}

impl Store {
    /// The uploaded file `id`.
    pub async fn file(&self, id: Uuid) -> Result<Option<File>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM jy_file WHERE id = $1");
        let rows = self.db().point(&sql, &[id.into()]).await?;
        rows.first().map(file_of).transpose()
    }
}

fn file_of(row: &Row) -> Result<File, Error> {
    let [id, blob, name, media_type, size, by, at] = row.as_slice() else {
        return Err(Cell::width("jy_file"));
    };
    Ok(File {
        id: id.uuid()?,
        blob: BlobId::of(blob)?,
        name: name.str()?.to_string(),
        media_type: media_type.str()?.to_string(),
        size: u64::try_from(size.int()?)
            .map_err(|_| Error::Corrupt("a file's size is negative".into()))?,
        created_by: by.uuid()?,
        created_at: at.instant()?,
    })
}
