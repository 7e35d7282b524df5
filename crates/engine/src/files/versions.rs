//! The versions of a file: what a record's field held so far, readable as long as the record is.

use kernel::{Date, Instant};
use schema::FieldType;
use serde::Serialize;
use store::files::{self, Place, Version};
use uuid::Uuid;

use super::{File, Preview};
use crate::moment::Moment;
use crate::write::Context;
use crate::{Actor, Engine, Error, Refusal, Violation};

/// Most versions of one field of a record.
const VERSIONS: u32 = 200;

/// One of the files that a field holds or held.
#[derive(Debug, Clone, Serialize)]
pub struct FileVersion {
    /// Its number, from 1.
    pub version: u32,
    /// Whether it is the one that the field holds.
    pub current: bool,
    /// What it is called.
    pub name: String,
    /// What its content was judged to be.
    pub media_type: String,
    /// How it can be shown.
    pub preview: Preview,
    /// Bytes of content.
    pub size: u64,
    /// SHA-256 of the content, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What a virus scanner said: `clean`, `infected` or `not_scanned`.
    pub scan: &'static str,
    /// Who attached it.
    pub attached_by: Uuid,
    /// When.
    pub attached_at: String,
}

/// The files of a field, and how long its record is kept.
#[derive(Debug, Clone, Serialize)]
pub struct FileVersions {
    /// Newest first.
    pub versions: Vec<FileVersion>,
    /// What keeps the record; absent when it may go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// Why a record may not go, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The rule's name.
    pub label: String,
    /// The last day; absent while there is no telling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl Engine {
    /// The files that a record's field holds or held, newest first, for someone who sees the field
    /// in clear; and what keeps the record. Costs one point read for each file.
    pub async fn file_versions(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        field: &str,
    ) -> Result<FileVersions, Error> {
        let held = self.held(actor, object, id, field).await?;
        let kept = self.versions(Place { object, record: id, field }, held).await?;
        let mut shown = Vec::with_capacity(kept.len());
        for version in kept.into_iter().rev() {
            let Some(file) = self.store().file(version.file).await? else { continue };
            shown.push(show(&version, file, held));
        }
        Ok(FileVersions { versions: shown, kept: self.kept(actor, object, id).await? })
    }

    /// What keeps a record that `actor` sees.
    async fn kept(&self, actor: &Actor, object: &str, id: Uuid) -> Result<Option<Kept>, Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        let values = context.load(of, id).await?;
        let kept = context.kept_for(of, &values).await?;
        Ok(kept.map(|kept| Kept {
            label: kept.label.get(actor.language).to_owned(),
            until: kept.until,
        }))
    }

    /// The file that a record's field holds, if any; invisible when the actor does not see the field
    /// in clear.
    pub(super) async fn held(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        field: &str,
    ) -> Result<Option<Uuid>, Error> {
        let view = self.get(actor, object, id, false).await?;
        let catalogue = self.catalogue();
        let (_, definition) = catalogue.object(object).ok_or(Refusal::Invisible)?;
        let seen = definition
            .field(field)
            .filter(|(_, field)| matches!(field.kind, FieldType::File { .. }))
            .filter(|_| !view.is_masked(field))
            .and_then(|_| view.get(field));
        let seen = seen.ok_or(Refusal::Invisible)?;
        Ok(seen.as_str().and_then(|text| text.parse().ok()))
    }

    /// What a field held so far; where nothing was kept, what it holds is the first.
    pub(super) async fn versions(
        &self,
        place: Place<'_>,
        held: Option<Uuid>,
    ) -> Result<Vec<Version>, Error> {
        let kept = self.store().file_versions(place, VERSIONS).await?;
        let Some(id) = held.filter(|_| kept.is_empty()) else { return Ok(kept) };
        let file = self.store().file(id).await?;
        Ok(file.as_ref().map(first).into_iter().collect())
    }
}

impl Context<'_> {
    /// The steps that note `new` as the next version of a field, and before it `old` where nothing
    /// was noted yet.
    pub(super) async fn keep_version(
        &self,
        place: Option<Place<'_>>,
        (old, new): (Option<Uuid>, Option<Uuid>),
        violations: &mut Vec<Violation>,
    ) -> Result<Vec<store::Step>, Error> {
        let Some(place) = place else { return Ok(Vec::new()) };
        let kept = self.engine.versions(place, old).await?;
        let mut steps = Vec::new();
        let noted = self.engine.store().file_versions(place, 1).await?;
        if let Some(version) = kept.first().filter(|_| noted.is_empty()) {
            steps.push(files::insert_version(place, version));
        }
        let Some(new) = new else { return Ok(steps) };
        let last = kept.last().map_or(0, |version| version.number);
        if last >= VERSIONS {
            let violation = Violation::new(place.field, "too_many_versions");
            violations.push(violation.with("max", VERSIONS.to_string()));
            return Ok(Vec::new());
        }
        let (by, at) = (self.actor.user(), self.moment.now);
        let version = Version { number: last + 1, file: new, by, at };
        steps.push(files::insert_version(place, &version));
        Ok(steps)
    }
}

fn first(file: &File) -> Version {
    Version { number: 1, file: file.id, by: file.created_by, at: file.created_at }
}

fn show(version: &Version, file: File, held: Option<Uuid>) -> FileVersion {
    let Version { number, by, at, .. } = *version;
    FileVersion {
        version: number,
        current: held == Some(file.id),
        preview: Preview::of(&file.media_type),
        sha256: file.digest.map(|digest| digest.iter().map(|byte| format!("{byte:02x}")).collect()),
        scan: file.verdict.map_or("not_scanned", store::blobs::Verdict::as_str),
        name: file.name,
        media_type: file.media_type,
        size: file.size,
        attached_by: by,
        attached_at: Instant::to_string(&at),
    }
}
