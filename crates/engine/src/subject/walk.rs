//! Going through everything about a record, what refers to it before the record itself.
//!
//! Looked through, nothing changes; otherwise each record is locked or erased on the way. What was
//! dealt with no longer refers to anything, so a walk that was cut off goes on by starting again.

use std::collections::{BTreeMap, HashSet};

use kernel::Date;
use schema::catalogue::base;
use schema::field::OnDelete;
use schema::{FieldType, Name, ObjectIx, Slot, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::{Job, advance};
use store::records::Lock;
use store::{Boxed, CommitError, Write};
use uuid::Uuid;

use super::goes_along;
use crate::org::Reader;
use crate::rights::{field_in, own_field};
use crate::write::{Context, Entry, Subject, entry, id_of, referrers, targets, version_of};
use crate::{Actor, Error, Refusal};

/// Records of one object that are gone through together.
const PAGE: u32 = 200;

/// Changes in one transaction.
const CHUNK: usize = 200;

/// How deep records may hang on each other.
const DEPTH: usize = 8;

/// Records that are looked at before a request is queued.
const LOOKED_AT: u64 = 2_000;

/// What came of the records of one object.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub erased: u64,
    pub locked: u64,
    /// The last day of the longest lock.
    pub until: Option<Date>,
    /// References that were emptied.
    pub cleared: u64,
}

pub(crate) type Tallies = BTreeMap<Name, Tally>;

/// What a walk is for.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    /// A request that is answered: it stays, without saying whom it was about. What a retention rule
    /// keeps is locked.
    Request(Name, Uuid),
    /// Taking sample data out: no law keeps it.
    Samples,
}

/// A walk under way.
pub(crate) struct Walk<'c> {
    context: &'c Context<'c>,
    platform: Actor,
    cause: Cause,
    /// What is being gone through, from the subject on.
    above: Vec<(ObjectIx, Vec<Uuid>)>,
    seen: u64,
    /// Records after which a walk that only looks has seen enough.
    most: u64,
    doing: Option<Doing<'c>>,
}

struct Doing<'c> {
    job: (&'c Job, &'c str),
    write: Write,
    touched: HashSet<Uuid>,
    tallies: Tallies,
    lost: bool,
}

/// A reference to records that are gone through.
#[derive(Clone, Copy)]
struct Link {
    from: ObjectIx,
    slot: Slot,
    on_delete: OnDelete,
}

impl<'c> Walk<'c> {
    /// A walk that only looks whether everything may be locked or erased.
    pub fn look(context: &'c Context<'c>, cause: Cause) -> Walk<'c> {
        let platform = context.engine.system(None, "erase");
        let (above, most) = (Vec::new(), LOOKED_AT);
        Walk { context, platform, cause, above, seen: 0, most, doing: None }
    }

    /// A walk that does it, as part of a job.
    pub fn doing(
        context: &'c Context<'c>,
        cause: Cause,
        job: (&'c Job, &'c str),
        tallies: Tallies,
    ) -> Walk<'c> {
        let (write, touched) = (Write::default(), HashSet::new());
        let doing = Some(Doing { job, write, touched, tallies, lost: false });
        Walk { doing, ..Walk::look(context, cause) }
    }

    /// The same for everything, however much it is.
    pub fn whole(self) -> Walk<'c> {
        Walk { most: u64::MAX, ..self }
    }

    /// Looks through what is about a subject; refuses when something can neither be erased nor
    /// locked.
    pub async fn through(mut self, (ix, id): (ObjectIx, Uuid)) -> Result<(), Error> {
        self.take(ix, vec![id]).await
    }

    /// Locks and erases what is about a subject; the tallies, or none when the job was lost.
    pub async fn all(mut self, (ix, id): (ObjectIx, Uuid)) -> Result<Option<Tallies>, Error> {
        self.these(ix, vec![id]).await?;
        Ok(self.tallies())
    }

    /// Deals with some records of one object, at most [`PAGE`], and what is about them.
    pub async fn these(&mut self, ix: ObjectIx, ids: Vec<Uuid>) -> Result<(), Error> {
        self.take(ix, ids).await?;
        self.flush().await
    }

    /// Which of some records are needed by one that does not belong to them, such as a product by
    /// what somebody holds of it.
    pub async fn needed(&self, ix: ObjectIx, ids: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
        let Context { engine, catalogue, moment, .. } = *self.context;
        let reader = Reader { engine, catalogue, moment, platform: &self.platform };
        let mut needed = HashSet::new();
        let Some(object) = catalogue.at(ix) else { return Ok(needed) };
        for (from, slot, on_delete) in referrers(catalogue, &object.name) {
            let Some(other) = catalogue.at(from) else { continue };
            let belongs = other.parent == Some(slot) || on_delete == OnDelete::Cascade;
            if belongs || !goes_along(other, slot, on_delete) {
                continue;
            }
            let mut after = None;
            loop {
                let columns = vec![own_field(from, base::ID), own_field(from, slot)];
                let filter = Some(field_in(from, slot, ids));
                let rows = reader.select(from, columns, filter, (after, PAGE)).await?;
                let Some(last) = rows.last().and_then(|row| row.first()) else { break };
                after = Some(vec![last.clone()]);
                for row in &rows {
                    let [Value::Id(id), value] = row.as_slice() else { continue };
                    if from == ix && ids.contains(id) {
                        continue;
                    }
                    let to = targets(catalogue, from, slot, value).into_iter().map(|(_, id)| id);
                    needed.extend(to.filter(|id| ids.contains(id)));
                }
            }
        }
        Ok(needed)
    }

    /// How many records were erased so far.
    pub fn erased(&self) -> u64 {
        self.doing.iter().flat_map(|doing| doing.tallies.values()).map(|tally| tally.erased).sum()
    }

    /// What was done so far; none when the job was lost.
    pub fn tallies(self) -> Option<Tallies> {
        self.doing.filter(|doing| !doing.lost).map(|doing| doing.tallies)
    }

    /// Whether the job was lost, or enough was looked at.
    pub fn is_over(&self) -> bool {
        match &self.doing {
            Some(doing) => doing.lost,
            None => self.seen > self.most,
        }
    }

    /// Deals with what refers to some records, then with them.
    fn take(&mut self, ix: ObjectIx, ids: Vec<Uuid>) -> Boxed<'_, Result<(), Error>> {
        Box::pin(async move {
            if self.above.len() > DEPTH {
                return Err(Refusal::Conflict {
                    code: "too_deep",
                    reason: format!("records refer to each other more than {DEPTH} levels deep"),
                }
                .into());
            }
            let Some(object) = self.context.catalogue.at(ix) else { return Ok(()) };
            self.above.push((ix, ids.clone()));
            for (from, slot, on_delete) in referrers(self.context.catalogue, &object.name) {
                self.referring(Link { from, slot, on_delete }, &ids).await?;
            }
            self.above.pop();
            for id in ids {
                if self.is_over() {
                    break;
                }
                self.one(ix, id).await?;
            }
            Ok(())
        })
    }

    /// Deals with the records that refer to some of `ids` by one reference, page by page.
    async fn referring(&mut self, link: Link, ids: &[Uuid]) -> Result<(), Error> {
        let Some(object) = self.context.catalogue.at(link.from) else { return Ok(()) };
        let along = goes_along(object, link.slot, link.on_delete);
        let asking = match &self.cause {
            Cause::Request(name, id) if *name == object.name => {
                let subject = object.kept.answers.as_ref().map(|answers| &answers.subject);
                let asks = subject.and_then(|name| object.slot_of(name)) == Some(link.slot);
                asks.then_some(*id)
            }
            _ => None,
        };
        let mut after = None;
        loop {
            let found = self.page(link, ids, after).await?;
            let Some(last) = found.last().copied() else { return Ok(()) };
            after = Some(last);
            let mut fresh: Vec<Uuid> =
                found.into_iter().filter(|id| !self.is_above(link.from, *id)).collect();
            if let Some(request) = asking.filter(|request| fresh.contains(request)) {
                fresh.retain(|id| *id != request);
                self.empty(link, request).await?;
            }
            match along {
                true if !fresh.is_empty() => self.take(link.from, fresh).await?,
                true => {}
                false => {
                    for id in fresh {
                        self.clear(link, id).await?;
                    }
                }
            }
            // What follows reads tables that pending changes are not in yet.
            self.flush().await?;
            if self.is_over() {
                return Ok(());
            }
        }
    }

    fn is_above(&self, ix: ObjectIx, id: Uuid) -> bool {
        self.above.iter().any(|(object, ids)| *object == ix && ids.contains(&id))
    }

    async fn page(
        &self,
        link: Link,
        ids: &[Uuid],
        after: Option<Uuid>,
    ) -> Result<Vec<Uuid>, Error> {
        let Context { engine, catalogue, moment, .. } = *self.context;
        let reader = Reader { engine, catalogue, moment, platform: &self.platform };
        let columns = vec![own_field(link.from, base::ID)];
        let filter = Some(field_in(link.from, link.slot, ids));
        let after = after.map(|id| vec![Value::Id(id)]);
        let rows = reader.select(link.from, columns, filter, (after, PAGE)).await?;
        let id = |row: Vec<Value>| match row.first() {
            Some(Value::Id(id)) => Some(*id),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(id).collect())
    }

    /// Empties a reference, unless the record is about the subject by another one: then it goes
    /// along as it is.
    async fn clear(&mut self, link: Link, id: Uuid) -> Result<(), Error> {
        self.seen += 1;
        if self.doing.is_none() {
            return Ok(());
        }
        let Some(object) = self.context.catalogue.at(link.from) else { return Ok(()) };
        self.flush().await?;
        let before = self.context.load((link.from, object), id).await?;
        match self.hangs_above((link.from, object), &before) {
            true => self.take(link.from, vec![id]).await,
            false => self.empty(link, id).await,
        }
    }

    async fn empty(&mut self, link: Link, id: Uuid) -> Result<(), Error> {
        let Some(object) = self.context.catalogue.at(link.from) else { return Ok(()) };
        self.flush().await?;
        let Some(doing) = &mut self.doing else { return Ok(()) };
        let of = (link.from, object);
        let before = self.context.load(of, id).await?;
        self.context.clear(of, link.slot, before, &mut doing.write);
        doing.touched.insert(id);
        doing.tallies.entry(object.name.clone()).or_default().cleared += 1;
        Ok(())
    }

    /// Whether a record is about something that is being gone through.
    fn hangs_above(&self, (ix, object): Subject<'_>, values: &[Value]) -> bool {
        object.slots().any(|(slot, field)| {
            let FieldType::Reference { on_delete, .. } = &field.kind else { return false };
            let value = values.get(usize::from(slot.0)).unwrap_or(&Value::Null);
            goes_along(object, slot, *on_delete)
                && targets(self.context.catalogue, ix, slot, value)
                    .into_iter()
                    .any(|(to, id)| self.is_above(to, id))
        })
    }

    /// Decides what becomes of one record.
    async fn one(&mut self, ix: ObjectIx, id: Uuid) -> Result<(), Error> {
        self.seen += 1;
        let Some(object) = self.context.catalogue.at(ix) else { return Ok(()) };
        if self.doing.as_ref().is_some_and(|doing| doing.touched.contains(&id)) {
            self.flush().await?;
        }
        let before = match self.context.load((ix, object), id).await {
            Err(Error::Refused(Refusal::Invisible)) => return Ok(()),
            other => other?,
        };
        let (kept, request) = match &self.cause {
            Cause::Request(_, id) => (self.context.kept_for((ix, object), &before).await?, *id),
            Cause::Samples => (None, Uuid::nil()),
        };
        let until = match &kept {
            None => None,
            Some(kept) if kept.until.is_some() => kept.until,
            Some(kept) => return Err(self.context.retained((ix, object), kept).into()),
        };
        let Some(doing) = &mut self.doing else { return Ok(()) };
        let tally = doing.tallies.entry(object.name.clone()).or_default();
        let steps = match until {
            None => {
                tally.erased += 1;
                store::records::erase(object.name.as_str(), id)
            }
            Some(day) => {
                tally.locked += 1;
                tally.until = tally.until.max(Some(day));
                let until = kernel::time::days_since_epoch(day);
                let lock = Lock { until, cause: request };
                store::records::lock(object.name.as_str(), id, &lock)
            }
        };
        doing.write.system.extend(steps);
        let detail = match &self.cause {
            Cause::Request(..) => {
                json!({ "request": request, "until": until.map(|day| day.to_string()) })
            }
            Cause::Samples => json!({ "samples": true }),
        };
        let kind = if until.is_some() { "lock" } else { "erase" };
        let note = Entry { kind, object: Some(object), record: Some(id), reason: None, detail };
        doing.write.audit.push(entry(self.context, note));
        doing.write.events.extend(self.context.event(
            "delete",
            object,
            (Some(&before), &before),
            &[],
        ));
        let (expected, id) = (version_of(&before), id_of(&before));
        doing.touched.insert(id);
        doing.write.changes.push(store::Change::Delete { object: ix, id, expected, image: before });
        if doing.write.changes.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    /// Commits what is pending, with the job's progress.
    async fn flush(&mut self) -> Result<(), Error> {
        let Some(doing) = &mut self.doing else { return Ok(()) };
        if doing.write.changes.is_empty() || doing.lost {
            return Ok(());
        }
        let mut write = std::mem::take(&mut doing.write);
        doing.touched.clear();
        self.context.book(&mut write).await?;
        let done: u64 = doing.tallies.values().map(|t| t.erased + t.locked + t.cleared).sum();
        let (job, worker) = doing.job;
        let cursor = json!(doing.tallies).to_string().into_bytes();
        let done = i64::try_from(done).unwrap_or(i64::MAX);
        let progress = write.system.len();
        write.system.push(advance(job.id, worker, cursor, done, None));
        let changed: HashSet<ObjectIx> = write.changes.iter().map(object_of).collect();
        let catalogue = self.context.catalogue;
        match self.context.engine.store().commit(catalogue, write).await {
            Ok(_) => {
                for ix in changed {
                    self.context.engine.committed(catalogue, ix);
                }
                Ok(())
            }
            Err(CommitError::System { step }) if step == progress => {
                doing.lost = true;
                Ok(())
            }
            Err(error) => Err(self.context.explain(error)),
        }
    }
}

fn object_of(change: &store::Change) -> ObjectIx {
    match change {
        store::Change::Insert { object, .. }
        | store::Change::Update { object, .. }
        | store::Change::Delete { object, .. }
        | store::Change::Restore { object, .. } => *object,
    }
}
