//! Tasks of an import: trying it out, running it and taking it back, from wherever each stopped.

use std::io::Read;

use serde_json::{Value as Json, json};
use store::imports::{Import, State};
use store::jobs::Job;
use store::{Boxed, ScriptError, Step};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::chunk::Decided;
use super::plan::ImportPlan;
use super::source::{self, Format, RawRow};
use super::{BadRow, CHUNK, ImportJob, Report, Task, Unreadable};
use crate::access::Ran;
use crate::{Engine, Error, Refusal, Violation};

/// Refused rows that a report holds whatever is wrong with them.
const FIRST_BAD: usize = 200;
/// Refused rows that a report holds for each reason.
const FEW: u64 = 20;
/// Most refused rows that a report holds.
const MOST_BAD: usize = 1000;
/// Chunks read ahead of the one being decided.
const AHEAD: usize = 2;

/// A file's rows as they are read, or why reading stopped.
pub(super) type Rows = mpsc::Receiver<Result<Vec<RawRow>, Unreadable>>;

/// The worker that does a task as a job: its progress is noted, and it stops when it lost the job.
#[derive(Clone, Copy)]
pub(super) struct Lease<'a> {
    pub job: &'a Job,
    pub worker: &'a str,
}

impl Engine {
    /// Does a task as the user who set the import up. Safe to repeat: finished chunks are skipped.
    pub async fn run_import(&self, job: &ImportJob) -> Result<Report, Error> {
        let done = self.run_task(job, None).await?;
        done.ok_or_else(|| Error::Internal("a task without a job was lost".into()))
    }

    /// Does a queued task, noting how far it is.
    pub(crate) async fn run_import_job(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let task: ImportJob = serde_json::from_slice(&job.payload)
            .map_err(|error| Error::Internal(format!("job {}: {error}", job.id)))?;
        let Some(report) = self.run_task(&task, Some(Lease { job, worker })).await? else {
            return Ok(Ran::Lost);
        };
        let result = json!({
            "import": task.import, "stage": task.task, "rows": report.rows,
            "created": report.created, "updated": report.updated,
            "unchanged": report.unchanged, "bad": report.bad, "undone": report.undone,
            "kept": report.kept,
        });
        Ok(Ran::Done(result.to_string().into_bytes()))
    }

    /// `None` when the job was lost on the way.
    fn run_task<'a>(
        &'a self,
        job: &'a ImportJob,
        lease: Option<Lease<'a>>,
    ) -> Boxed<'a, Result<Option<Report>, Error>> {
        Box::pin(self.work(job, lease))
    }

    async fn work(
        &self,
        job: &ImportJob,
        lease: Option<Lease<'_>>,
    ) -> Result<Option<Report>, Error> {
        let import = self.store().import(job.import).await?.ok_or(Refusal::Invisible)?;
        if let (true, Some(report)) =
            (lease.is_some() && import.state != State::Running, &import.report)
        {
            let report = serde_json::from_slice(report);
            return report.map(Some).map_err(|error| Error::Internal(error.to_string()));
        }
        let actor = match import.created_by {
            crate::SYSTEM_USER => self.system(None, format!("import {}", import.id)),
            user => self.actor(user, Default::default()).await?,
        };
        let done = match job.task {
            Task::Check => self.go_through(&actor, &import, false, lease).await,
            Task::Run => self.go_through(&actor, &import, true, lease).await,
            Task::Undo => self.undo_import(&actor, &import, lease).await,
        };
        let (state, report) = match (done, job.task) {
            (Ok(None), _) => return Ok(None),
            (Ok(Some(report)), Task::Check) => (State::Checked, report),
            (Ok(Some(report)), Task::Run) => (State::Done, report),
            (Ok(Some(report)), Task::Undo) => (State::Undone, report),
            (Err(Error::Refused(refusal)), task) => {
                let stopped = Report { unreadable: Some(told(refusal)), ..Report::default() };
                let report = match task {
                    Task::Run => self.import_totals(&import, stopped).await?,
                    Task::Check | Task::Undo => stopped,
                };
                (State::Failed, report)
            }
            (Err(other), _) => return Err(other),
        };
        let bytes = serde_json::to_vec(&report).map_err(|e| Error::Internal(e.to_string()))?;
        let steps = store::imports::finish(import.id, state, &bytes);
        let detail = json!({
            "import": import.id, "stage": job.task, "rows": report.rows, "created": report.created,
            "updated": report.updated, "bad": report.bad, "undone": report.undone,
        });
        self.record(&actor, "import_finished", detail, steps).await?;
        Ok(Some(report))
    }

    /// Writes what stands outside of the records of a chunk, such as progress; false when the job
    /// was lost. Nothing is written when there is nothing to write.
    pub(super) async fn note_aside(&self, steps: Vec<Step>) -> Result<bool, Error> {
        if steps.is_empty() {
            return Ok(true);
        }
        match self.store().db().run(steps).await {
            Ok(_) => Ok(true),
            Err(ScriptError::Unexpected { .. }) => Ok(false),
            Err(other) => Err(store::Error::from(other).into()),
        }
    }

    pub(super) fn seal(&self, import: Uuid, json: &Json) -> Vec<u8> {
        self.store().cipher().seal(import.as_bytes(), &json.to_string())
    }

    pub(super) fn unseal(&self, import: Uuid, sealed: &[u8]) -> Result<Json, Error> {
        let plain = self.store().cipher().open(import.as_bytes(), sealed);
        let plain = plain.map_err(|error| Error::Internal(error.to_string()))?;
        serde_json::from_str(&plain).map_err(|error| Error::Internal(error.to_string()))
    }

    /// Sums over all finished chunks, also those of an earlier attempt.
    pub(super) async fn import_totals(
        &self,
        import: &Import,
        run: Report,
    ) -> Result<Report, Error> {
        let mut total = Report { unreadable: run.unreadable, ..Report::default() };
        let mut after = None;
        while let Some(chunk) = self.store().import_chunk_after(import.id, after).await? {
            after = Some(chunk.number);
            total.rows += chunk.rows;
            total.created += chunk.created;
            total.updated += chunk.updated;
            total.unchanged += chunk.unchanged;
            total.bad += chunk.bad;
            for (row, _) in self.bad_rows_of(import.id, &chunk)? {
                refuse(&mut total, row);
            }
        }
        Ok(total)
    }

    /// Starts reading the file on a thread of its own; a few chunks are read ahead.
    pub(super) async fn rows(&self, import: &Import, plan: &ImportPlan) -> Result<Rows, Error> {
        let file = self.store().file(import.file).await?;
        let file = file.ok_or_else(|| Error::Internal(format!("file of import {}", import.id)))?;
        let input = super::stream::open(self.blobs(), file.blob).await?;
        let format = plan.format.clone();
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || feed(input, &format, &sender));
        Ok(receiver)
    }
}

pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A refusal of the whole task, as a report tells it.
fn told(refusal: Refusal) -> super::BadCell {
    match refusal {
        Refusal::Invalid(violations) => match violations.into_iter().next() {
            Some(first) => first.into(),
            None => Violation::new("*", "invalid").into(),
        },
        other => Violation::new("*", other.code()).with("reason", other.to_string()).into(),
    }
}

fn feed(input: impl Read, format: &Format, sender: &mpsc::Sender<Result<Vec<RawRow>, Unreadable>>) {
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut listened = true;
    let ended = source::read(input, format, |row| {
        chunk.push(row);
        if chunk.len() == CHUNK {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK));
            listened = sender.blocking_send(Ok(full)).is_ok();
        }
        listened
    });
    if listened && !chunk.is_empty() {
        listened = sender.blocking_send(Ok(chunk)).is_ok();
    }
    if let (true, Err(why)) = (listened, ended) {
        drop(sender.blocking_send(Err(why)));
    }
}

pub(super) fn add(total: &mut Report, decided: Decided) {
    let Decided { report, bad, .. } = decided;
    total.rows += report.rows;
    total.created += report.created;
    total.updated += report.updated;
    total.unchanged += report.unchanged;
    total.bad += report.bad;
    for row in report.first_duplicates {
        super::alike::name(total, row);
    }
    for (row, _) in bad {
        refuse(total, row);
    }
}

/// Counts a refused row, and holds it when there are few yet, or few with one of its reasons.
fn refuse(total: &mut Report, row: BadRow) {
    let mut rare = false;
    for cell in &row.violations {
        let count = total.reasons.entry(format!("{}:{}", cell.field, cell.code)).or_default();
        *count += 1;
        rare |= *count <= FEW;
    }
    let held = total.first_bad.len();
    if held < FIRST_BAD || (rare && held < MOST_BAD) {
        total.first_bad.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_fed_in_chunks_and_its_end_is_told() {
        let text = "a,b\n".repeat(CHUNK + 1);
        let format = Format::Csv { encoding: "UTF-8".into(), delimiter: ',' };
        let (sender, mut receiver) = mpsc::channel(8);
        feed(std::io::Cursor::new(text), &format, &sender);
        drop(sender);
        let first = receiver.blocking_recv().unwrap().unwrap();
        let second = receiver.blocking_recv().unwrap().unwrap();
        assert_eq!((first.len(), second.len()), (CHUNK, 1));
        assert!(receiver.blocking_recv().is_none());
    }
}
