//! Files that people upload, attach to records and take out again.
//!
//! A file is attached by writing its id into a record's field, under the rights of that write; only
//! whoever uploaded it may do so. It is read through the record, under the record's rights. Both
//! leave an entry in the audit log.

mod kind;
mod scan;
mod versions;

use schema::catalogue::{Action, base};
use schema::{Field, FieldType, Object, Slot, Value};
use serde_json::json;
use store::Write;
use store::blobs::{self, Reader, Upload, Uploaded};
use store::files::Place;
use uuid::Uuid;

pub use kind::Preview;
pub use scan::Scanner;
pub use store::files::File;
pub use versions::{FileVersion, FileVersions, Kept};

pub(crate) use scan::KIND as SCAN_FILES;

use crate::moment::Moment;
use crate::write::{Context, Entry};
use crate::{Actor, ActorKind, Engine, Error, Refusal, Violation};

/// Most bytes of an uploaded file.
pub const BYTES_MAX: u64 = 100 << 20;

/// Most characters of a file's name.
const NAME: usize = 200;

/// Which file of a field is read, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// This one of its versions; none is the present one.
    pub version: Option<u32>,
    /// To be shown within a page, not saved.
    pub inline: bool,
}

impl Engine {
    /// Begins an upload. Refused unless the actor may write or import records of some object.
    pub async fn upload(&self, actor: &Actor) -> Result<Upload, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let writes = [Action::Create, Action::Update, Action::Import];
        let may = catalogue
            .objects
            .keys()
            .filter_map(|name| Some(catalogue.object(name.as_str())?.0))
            .any(|ix| writes.into_iter().any(|action| actor.rights().may(ix, action)));
        if !may {
            let (action, object) = ("upload".to_owned(), "files".to_owned());
            return Err(Refusal::Forbidden { action, object }.into());
        }
        Ok(self.blobs().upload(BYTES_MAX).await?)
    }

    /// Notes a finished upload as a file of `actor`. What it is, its content says; refused when
    /// `declared`, or for want of that the name's ending, says otherwise.
    pub async fn add_file(
        &self,
        actor: &Actor,
        uploaded: Uploaded,
        name: &str,
        declared: &str,
    ) -> Result<File, Error> {
        let name = clean_name(name);
        let judged = kind::judge(clean_type(declared), &name, &uploaded.head);
        let Uploaded { blob, digest, .. } = uploaded;
        let media_type = judged.map_err(|found| {
            let violation = Violation::new("file", "file_type").with("found", found);
            let stated = if declared.is_empty() { &name } else { declared };
            Refusal::Invalid(vec![violation.with("declared", stated)])
        });
        let media_type =
            self.noting_refusal(actor, "upload", media_type.map_err(Error::from)).await?;
        let file = File {
            id: self.next_id(self.now()),
            blob: blob.id,
            name,
            media_type,
            size: blob.size,
            digest: Some(digest),
            verdict: blob.verdict,
            created_by: actor.user(),
            created_at: self.now(),
        };
        let detail = json!({
            "file": file.id, "name": file.name, "size": file.size, "type": file.media_type,
        });
        let mut steps = vec![store::files::insert(&file, self.store().keys())];
        steps.extend(self.queue_scan().filter(|_| file.verdict.is_none()));
        self.record(actor, "file_uploaded", detail, steps).await?;
        Ok(file)
    }

    /// A file that `actor` uploaded; the platform may use any.
    pub async fn own_file(&self, actor: &Actor, id: Uuid) -> Result<File, Error> {
        let found = self.store().file(id).await?;
        let own = found.filter(|file| is_own(actor, file));
        own.ok_or_else(|| Refusal::invalid("file", "file_unknown").into())
    }

    /// A file of a record's field, to be read by someone who sees that field in clear.
    pub async fn open_file(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        (field, reading): (&str, Reading),
    ) -> Result<(File, Reader), Error> {
        let held = self.held(actor, object, id, field).await?;
        let catalogue = self.catalogue();
        let (_, definition) = catalogue.object(object).ok_or(Refusal::Invisible)?;
        let wanted = match reading.version {
            None => held,
            Some(number) => {
                let place = Place { object, record: id, field };
                let kept = self.versions(place, held).await?;
                kept.into_iter().find(|kept| kept.number == number).map(|kept| kept.file)
            }
        };
        let wanted = wanted.ok_or(Refusal::Invisible)?;
        let file = self.store().file(wanted).await?.ok_or(Refusal::Invisible)?;
        if reading.inline && Preview::of(&file.media_type) == Preview::None {
            let reason = format!("a file of type `{}` is only saved", file.media_type);
            return Err(Refusal::Conflict { code: "no_preview", reason }.into());
        }
        let clean = self.scanned(&file).map_err(Error::from);
        self.noting_refusal(actor, "read_file", clean).await?;
        let reader = self.blobs().read(file.blob, None).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let entry = Entry {
            kind: "file_read",
            object: Some(definition),
            record: Some(id),
            reason: None,
            detail: json!({ "field": field, "file": file.id, "version": reading.version }),
        };
        let audit = vec![crate::write::entry(&context, entry)];
        let write = Write { audit, ..Write::default() };
        self.store().commit(&catalogue, write).await.map_err(|error| context.explain(error))?;
        Ok((file, reader))
    }
}

impl Context<'_> {
    /// Steps that attach the files which `written` fields now hold and, but for fields that keep
    /// versions, let go of those they held; what is wrong goes to `violations`.
    pub(crate) async fn attach(
        &self,
        object: &Object,
        (before, after): (Option<&[Value]>, &[Value]),
        written: &[Slot],
        violations: &mut Vec<Violation>,
    ) -> Result<Vec<store::Step>, Error> {
        let mut steps = Vec::new();
        for slot in written {
            let Some((field, most, keeps)) = object.at(*slot).and_then(file_field) else {
                continue;
            };
            let held = |values: &[Value]| match values.get(usize::from(slot.0)) {
                Some(Value::Id(id)) => Some(*id),
                _ => None,
            };
            let (name, record) = (field.name.as_str(), held(after).zip(record_of(after)));
            let store = self.engine.store();
            if let Some((id, record)) = record {
                let found = store.file(id).await?.filter(|file| is_own(self.actor, file));
                match found {
                    None => violations.push(Violation::new(name, "file_unknown")),
                    Some(file) if file.size > most => {
                        let violation = Violation::new(name, "file_too_large");
                        violations.push(violation.with("max", most.to_string()));
                    }
                    Some(file) => {
                        steps.extend(blobs::use_in(file.blob, object.name.as_str(), record, name));
                    }
                }
            }
            let old = before.and_then(|old| held(old).zip(record_of(old)));
            if keeps {
                let place = record_of(after).map(|record| Place {
                    object: object.name.as_str(),
                    record,
                    field: name,
                });
                let files = (old.map(|(id, _)| id), held(after));
                steps.extend(self.keep_version(place, files, violations).await?);
            } else if let Some((id, record)) = old
                && let Some(file) = store.file(id).await?
            {
                steps.insert(0, blobs::unuse(file.blob, object.name.as_str(), record, name));
            }
        }
        Ok(steps)
    }
}

fn is_own(actor: &Actor, file: &File) -> bool {
    matches!(actor.kind(), ActorKind::System { .. }) || file.created_by == actor.user()
}

/// A field that holds files, the size of the largest, and whether it keeps versions.
fn file_field(field: &Field) -> Option<(&Field, u64, bool)> {
    match &field.kind {
        FieldType::File { max_bytes, versions } => Some((field, *max_bytes, *versions)),
        _ => None,
    }
}

fn record_of(values: &[Value]) -> Option<Uuid> {
    match values.get(usize::from(base::ID.0)) {
        Some(Value::Id(id)) => Some(*id),
        _ => None,
    }
}

/// The last part of a path, without control characters.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(NAME).collect();
    let clean = clean.trim().to_owned();
    if clean.is_empty() { "file".to_owned() } else { clean }
}

/// A media type without parameters, or the unknown one.
fn clean_type(text: &str) -> &str {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c);
    let parts = essence.split_once('/');
    let usable = parts.is_some_and(|(kind, rest)| {
        let word = |text: &str| !text.is_empty() && text.chars().all(plain);
        word(kind) && word(rest)
    });
    if usable && essence.len() <= 100 { essence } else { kind::UNKNOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_folders_and_control_characters() {
        assert_eq!(clean_name("../../etc/客户\n名单.csv"), "客户名单.csv");
        assert_eq!(clean_name("C:\\文件\\a.xlsx"), "a.xlsx");
        assert_eq!(clean_name(" / "), "file");
    }

    #[test]
    fn media_types_are_plain_or_unknown() {
        assert_eq!(clean_type("text/csv; charset=utf-8"), "text/csv");
        assert_eq!(clean_type("text/html\r\nx: y"), kind::UNKNOWN);
        assert_eq!(clean_type(""), kind::UNKNOWN);
    }
}
