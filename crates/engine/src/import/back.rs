//! Taking an import back, chunk by chunk: what it made is removed, what it changed gets its earlier
//! values, and what somebody changed since is left alone and listed.
//!
//! The records of a chunk are decided one by one and committed together with the note how far the
//! undo is. Those that other records refer to, or that moved meanwhile, follow on their own.

use std::collections::{HashMap, HashSet};

use schema::{Slot, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::imports::Import;
use store::{CommitError, Step, Write};
use uuid::Uuid;

use super::Report;
use super::run::Lease;
use super::undo::Undo;
use crate::moment::Moment;
use crate::write::{Context, Draft, Prepared, Visible, id_of, version_of};
use crate::{Actor, Change, Command, Engine, Error, Refusal};

/// Records left alone that a report names.
const NAMED: usize = 1_000;

/// A record that an undo left alone, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftRecord {
    /// The record.
    pub id: Uuid,
    /// Code of the refusal: `stale` when it was changed since, `not_found` when it is gone.
    pub code: String,
    /// Fields and codes, when values were refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
}

/// Where an undo stopped.
#[derive(Serialize, Deserialize)]
struct Cursor {
    chunk: u64,
    undone: u64,
    kept: u64,
    left: Vec<LeftRecord>,
}

/// What became of one record.
enum Back {
    Done,
    /// To be decided on its own.
    Alone,
    Left(LeftRecord),
}

impl Engine {
    /// Takes back what an import wrote; `None` when the job was lost. Costs for each chunk one read
    /// of its records, one query for each reference to their object, and one transaction.
    pub(super) async fn undo_import(
        &self,
        actor: &Actor,
        import: &Import,
        lease: Option<Lease<'_>>,
    ) -> Result<Option<Report>, Error> {
        let wrote = self.store().import_progress(import.id).await?;
        let total = wrote.created + wrote.updated;
        let stopped = lease.and_then(|lease| lease.job.cursor.as_deref());
        let stopped: Option<Cursor> =
            stopped.and_then(|cursor| serde_json::from_slice(cursor).ok());
        let mut report = Report::default();
        let mut before = None;
        if let Some(cursor) = stopped {
            (before, report.undone, report.kept) = (Some(cursor.chunk), cursor.undone, cursor.kept);
            report.left = cursor.left;
        }
        while let Some(chunk) = self.store().import_chunk_before(import.id, before).await? {
            before = Some(chunk.number);
            let undo = self.unseal(import.id, &chunk.undo)?;
            let items = undo.as_array().map(Vec::as_slice).unwrap_or_default();
            let items: Vec<Undo> = items.iter().rev().filter_map(Undo::from_json).collect();
            let alone = self.chunk_back(actor, import, &items, &mut report).await?;
            for item in alone {
                match self.take_back(actor, import, item).await? {
                    None => report.undone += 1,
                    Some(left) => leave(&mut report, left),
                }
            }
            let advance = lease.map(|lease| step(lease, chunk.number, &report, total));
            if !self.note_aside(advance.into_iter().collect()).await? {
                return Ok(None);
            }
        }
        report.rows = report.undone + report.kept;
        Ok(Some(report))
    }

    /// Takes back what of a chunk stands alone, in one transaction; returns the rest. When a record
    /// moves meanwhile, all of them are the rest.
    async fn chunk_back(
        &self,
        actor: &Actor,
        import: &Import,
        items: &[Undo],
        report: &mut Report,
    ) -> Result<Vec<Undo>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let mut context = Context::new(self, &catalogue, &moment, actor);
        let reason = reason_of(import);
        context.reason = Some(&reason);
        let of = context.object(import.object.as_str())?;
        let ids: Vec<Uuid> = items.iter().map(Undo::id).collect();
        let slots: Vec<Slot> = of.1.slots().map(|(slot, _)| slot).collect();
        let records = self.store().get_many(&catalogue, of.0, &ids, &slots).await?;
        let records: HashMap<Uuid, Vec<Value>> =
            records.into_iter().map(|values| (id_of(&values), values)).collect();
        let made: Vec<Uuid> = items.iter().filter(|item| item.is_created()).map(Undo::id).collect();
        let referred: HashSet<Uuid> = context.referred_to(of.1, &made).await?;
        let (mut write, mut done, mut alone) = (Write::default(), 0, Vec::new());
        let mut left = Vec::new();
        let mut seen = Visible::default();
        for item in items {
            let found = match records.get(&item.id()) {
                None => Back::Left(LeftRecord::gone(item.id())),
                Some(_) if referred.contains(&item.id()) => Back::Alone,
                Some(values) => {
                    let target = (&mut write, &mut seen);
                    context.one_back(of, values, item, target).await?
                }
            };
            match found {
                Back::Done => done += 1,
                Back::Alone => alone.push(item.clone()),
                Back::Left(record) => left.push(record),
            }
        }
        context.book(&mut write).await?;
        match self.store().commit(&catalogue, write).await {
            Ok(_) => {
                self.committed(&catalogue, of.0);
                report.undone += done;
                left.into_iter().for_each(|record| leave(report, record));
                Ok(alone)
            }
            Err(CommitError::Stale { .. } | CommitError::Duplicate { .. }) => Ok(items.to_vec()),
            Err(error) => Err(context.explain(error)),
        }
    }

    /// Takes one record back on its own; says why not when it is left alone.
    async fn take_back(
        &self,
        actor: &Actor,
        import: &Import,
        undo: Undo,
    ) -> Result<Option<LeftRecord>, Error> {
        let (object, id) = (import.object.clone(), undo.id());
        let action = match undo {
            Undo::Created { id } => Change::Delete { object, id, version: Some(1) },
            Undo::Updated { id, version, before } => {
                let catalogue = self.catalogue();
                let Some((_, definition)) = catalogue.object(object.as_str()) else {
                    return Ok(Some(LeftRecord::gone(id)));
                };
                let values = before.iter().filter_map(|(name, value)| {
                    let (_, field) = definition.field(name.as_str())?;
                    Some((name.to_string(), crate::codec::plain_json(field, value)))
                });
                Change::Update { object, id, version: Some(version), values: values.collect() }
            }
        };
        let reason = Some(reason_of(import));
        match self.submit(actor, Command { action, reason, idempotency: None }).await {
            Ok(_) => Ok(None),
            Err(Error::Refused(refusal)) => Ok(Some(LeftRecord::of(id, &refusal))),
            Err(other) => Err(other),
        }
    }
}

impl Context<'_> {
    /// Decides taking back one record and adds it to `write`.
    async fn one_back(
        &self,
        of: crate::write::Subject<'_>,
        values: &[Value],
        item: &Undo,
        (write, seen): (&mut Write, &mut Visible),
    ) -> Result<Back, Error> {
        let id = item.id();
        let decided = match item {
            Undo::Created { .. } if version_of(values) != 1 => {
                return Ok(Back::Left(LeftRecord::changed(id)));
            }
            Undo::Created { .. } => self.remove_alone(of, values.to_vec()).await,
            Undo::Updated { version, .. } if version_of(values) != *version => {
                return Ok(Back::Left(LeftRecord::changed(id)));
            }
            Undo::Updated { before, .. } => {
                let given = before.iter().filter_map(|(name, value)| {
                    Some((of.1.field(name.as_str())?.0, value.clone()))
                });
                let prepared = Prepared { given: given.collect(), ..Prepared::default() };
                let draft = self.update_prepared(of, values.to_vec().into(), prepared, seen).await;
                draft.map(|Draft { write, .. }| write)
            }
        };
        match decided {
            Ok(part) => {
                write.merge(part);
                Ok(Back::Done)
            }
            Err(Error::Refused(refusal)) => Ok(Back::Left(LeftRecord::of(id, &refusal))),
            Err(other) => Err(other),
        }
    }
}

impl LeftRecord {
    fn of(id: Uuid, refusal: &Refusal) -> LeftRecord {
        let fields = match refusal {
            Refusal::Invalid(violations) => {
                violations.iter().map(|v| (v.field.clone(), v.code.clone())).collect()
            }
            _ => Vec::new(),
        };
        LeftRecord { id, code: refusal.code().to_owned(), fields }
    }

    fn gone(id: Uuid) -> LeftRecord {
        LeftRecord { id, code: Refusal::Invisible.code().to_owned(), fields: Vec::new() }
    }

    fn changed(id: Uuid) -> LeftRecord {
        LeftRecord { id, code: "stale".to_owned(), fields: Vec::new() }
    }
}

fn leave(report: &mut Report, record: LeftRecord) {
    report.kept += 1;
    if report.left.len() < NAMED {
        report.left.push(record);
    }
}

fn reason_of(import: &Import) -> String {
    format!("undo of import {}", import.id)
}

fn step(lease: Lease<'_>, chunk: u64, report: &Report, total: u64) -> Step {
    let (undone, kept) = (report.undone, report.kept);
    let cursor = json!(Cursor { chunk, undone, kept, left: report.left.clone() });
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (done, total) = (count(undone + kept), Some(count(total)));
    store::jobs::advance(lease.job.id, lease.worker, cursor.to_string().into_bytes(), done, total)
}
