//! Locked records: seen by those alone who hold the right for it, changed by nobody, and erased by a
//! job when their last day has passed.

use schema::catalogue::{Action, Right};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::Job;
use store::{CommitError, Write};
use uuid::Uuid;

use crate::access::{Ran, require};
use crate::moment::Moment;
use crate::read::place;
use crate::upkeep::{bytes, cursor_of};
use crate::write::{At, Context, Entry, Facts, entry};
use crate::{Actor, Engine, Error, Refusal, View};

/// Kind of the job.
pub(crate) const KIND: &str = "erase_locked";

/// Records erased between two writes of progress.
const CHUNK: u32 = 200;

/// Most locked records looked at for one page.
const LOOKED_AT: u32 = 500;

/// A record that is kept only because the law says so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LockedRecord {
    /// As it was, masked.
    pub record: View,
    /// When it was locked.
    pub locked_at: String,
    /// By whom.
    pub locked_by: Uuid,
    /// The last day on which it is kept.
    pub locked_until: String,
    /// The request for which it was locked.
    pub request: Uuid,
}

/// A page of locked records.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LockedPage {
    /// Newest first; may be fewer than asked for although more follow.
    pub records: Vec<LockedRecord>,
    /// Where the next page starts; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    erased: i64,
}

impl Engine {
    /// Locked records of an object, for those who hold the right to see such and may read them; the
    /// look is noted in the audit log.
    ///
    /// Costs one read for each record looked at, at most 500 for a page.
    pub async fn locked(
        &self,
        actor: &Actor,
        object: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<LockedPage, Error> {
        let before = before.map(place).transpose()?;
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        if !actor.rights().may(of.0, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        require(actor, Right::SeesLocked, "read")?;
        let found = self.store().locked(&catalogue, of.0, before, LOOKED_AT).await?;
        let whole = found.len() < usize::try_from(LOOKED_AT).unwrap_or(usize::MAX);
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut page = LockedPage { records: Vec::new(), next: None };
        let mut last = None;
        for entry in &found {
            if page.records.len() >= wanted {
                break;
            }
            last = Some(*entry);
            let image = self.store().locked_image(&catalogue, of.0, entry.id).await?;
            let Some(values) = image else { continue };
            let at = At { object: of.0, values: &values, stored: false, pending: None };
            let known = context.needs_to_read(of).load(&context, at).await?;
            let facts = Facts::new(&catalogue, of.0, &values, &context.env, known);
            let Some(record) = context.view(of, &facts) else { continue };
            page.records.push(LockedRecord {
                record,
                locked_at: entry.at.to_string(),
                locked_by: entry.by,
                locked_until: kernel::time::date_from_days(entry.lock.until)
                    .map(|day| day.to_string())
                    .unwrap_or_default(),
                request: entry.lock.cause,
            });
        }
        let through = whole && last == found.last().copied();
        page.next = last
            .filter(|_| !through)
            .map(|entry| format!("{}_{}", entry.at.as_microsecond(), entry.id));
        let ids: Vec<Uuid> = page.records.iter().map(|locked| locked.record.id).collect();
        let detail = json!({ "object": object, "records": ids });
        self.record(actor, "locked_read", detail, Vec::new()).await?;
        Ok(page)
    }

    pub(crate) async fn run_erase_locked(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let mut cursor: Cursor = cursor_of(job);
        let today = kernel::time::days_since_epoch(kernel::time::business_date(self.now()));
        loop {
            let over = self.store().locks_over(today, CHUNK).await?;
            if over.is_empty() {
                break;
            }
            for one in over {
                if self.erase_one(job, one).await? {
                    cursor.erased += 1;
                }
            }
            if !self.advance(job, worker, &json!(cursor), cursor.erased).await? {
                return Ok(Ran::Lost);
            }
        }
        Ok(Ran::Done(bytes(&cursor)?))
    }

    /// Erases a locked record; false when it went meanwhile, with the record it was merged into.
    async fn erase_one(
        &self,
        job: &Job,
        (name, id, request): (std::sync::Arc<str>, Uuid, Uuid),
    ) -> Result<bool, Error> {
        let actor = self.job_actor(job);
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, &actor);
        let object = catalogue.objects.get(&*name);
        let detail = json!({ "object": &*name, "request": request });
        let note = Entry { kind: "erase", object, record: Some(id), reason: None, detail };
        let audit = vec![entry(&context, note)];
        let system = store::records::erase(&name, id);
        let write = Write { audit, system, ..Write::default() };
        match self.store().commit(&catalogue, write).await {
            Ok(_) => Ok(true),
            Err(CommitError::System { .. }) => Ok(false),
            Err(error) => Err(context.explain(error)),
        }
    }
}

/// Whether a deleted record refers to a locked one: then it is about somebody who is not to be seen.
pub(crate) async fn refers_to_locked(
    context: &Context<'_>,
    (ix, object): crate::write::Subject<'_>,
    values: &[schema::Value],
) -> Result<bool, Error> {
    for (slot, field) in object.slots() {
        if !matches!(field.kind, schema::FieldType::Reference { .. }) {
            continue;
        }
        let value = values.get(usize::from(slot.0)).unwrap_or(&schema::Value::Null);
        for (to, id) in crate::write::targets(context.catalogue, ix, slot, value) {
            let Some(target) = context.catalogue.at(to) else { continue };
            if context.engine.store().is_locked(target.name.as_str(), id).await? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
