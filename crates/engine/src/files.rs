//! Files that people upload, attach to records and take out again.
//!
//! A file is attached by writing its id into a record's field, under the rights of that write; only
//! whoever uploaded it may do so. It is read through the record, under the record's rights. Both
//! leave an entry in the audit log.

use schema::catalogue::{Action, base};
use schema::{Field, FieldType, Object, Slot, Value};
use serde_json::json;
use store::Write;
use store::blobs::{self, Blob, Reader, Upload};
use uuid::Uuid;

pub use store::files::File;

use crate::moment::Moment;
use crate::write::{Context, Entry};
use crate::{Actor, ActorKind, Engine, Error, Refusal, Violation};

/// Most bytes of an uploaded file.
pub const BYTES_MAX: u64 = 100 << 20;

/// Most characters of a file's name.
const NAME: usize = 200;

/// What a file is when its uploader does not say, or says so in no usable way.
const UNKNOWN: &str = "application/octet-stream";

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

    /// Notes a finished upload as a file of `actor`.
    pub async fn add_file(
        &self,
        actor: &Actor,
        blob: Blob,
        name: &str,
        media_type: &str,
    ) -> Result<File, Error> {
        let file = File {
            id: self.next_id(self.now()),
            blob: blob.id,
            name: clean_name(name),
            media_type: clean_type(media_type).to_owned(),
            size: blob.size,
            created_by: actor.user(),
            created_at: self.now(),
        };
        let detail = json!({ "file": file.id, "name": file.name, "size": file.size });
        self.record(actor, "file_uploaded", detail, vec![store::files::insert(&file)]).await?;
        Ok(file)
    }

    /// A file that `actor` uploaded; the platform may use any.
    pub async fn own_file(&self, actor: &Actor, id: Uuid) -> Result<File, Error> {
        let found = self.store().file(id).await?;
        let own = found.filter(|file| is_own(actor, file));
        own.ok_or_else(|| Refusal::invalid("file", "file_unknown").into())
    }

    /// The file in a record's field, to be read by someone who sees that field in clear.
    pub async fn open_file(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        field: &str,
    ) -> Result<(File, Reader), Error> {
        let view = self.get(actor, object, id, false).await?;
        let catalogue = self.catalogue();
        let (_, definition) = catalogue.object(object).ok_or(Refusal::Invisible)?;
        let held = definition
            .field(field)
            .filter(|(_, field)| matches!(field.kind, FieldType::File { .. }))
            .filter(|_| !view.is_masked(field))
            .and_then(|_| view.get(field)?.as_str()?.parse().ok());
        let held: Uuid = held.ok_or(Refusal::Invisible)?;
        let file = self.store().file(held).await?.ok_or(Refusal::Invisible)?;
        let reader = self.blobs().read(file.blob, None).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let entry = Entry {
            kind: "file_read",
            object: Some(definition),
            record: Some(id),
            reason: None,
            detail: json!({ "field": field, "file": file.id }),
        };
        let audit = vec![crate::write::entry(&context, entry)];
        let write = Write { audit, ..Write::default() };
        self.store().commit(&catalogue, write).await.map_err(|error| context.explain(error))?;
        Ok((file, reader))
    }
}

impl Context<'_> {
    /// Steps that attach the files which `written` fields now hold and let go of those they held;
    /// what is wrong goes to `violations`.
    pub(crate) async fn attach(
        &self,
        object: &Object,
        (before, after): (Option<&[Value]>, &[Value]),
        written: &[Slot],
        violations: &mut Vec<Violation>,
    ) -> Result<Vec<store::Step>, Error> {
        let mut steps = Vec::new();
        for slot in written {
            let Some((field, most)) = object.at(*slot).and_then(file_field) else { continue };
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
            if let Some((id, record)) = before.and_then(|old| held(old).zip(record_of(old)))
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

fn file_field(field: &Field) -> Option<(&Field, u64)> {
    match &field.kind {
        FieldType::File { max_bytes } => Some((field, *max_bytes)),
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
    if usable && essence.len() <= 100 { essence } else { UNKNOWN }
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
        assert_eq!(clean_type("text/html\r\nx: y"), UNKNOWN);
        assert_eq!(clean_type(""), UNKNOWN);
    }
}
