//! Deferred work as its owner and those who look after jobs see it, and what the platform runs.

use std::sync::Arc;

use kernel::Instant;
use schema::catalogue::Right;
use serde_json::{Value as Json, json};
use store::jobs::{self, Job, State};
use uuid::Uuid;

use super::{handover, require};
use crate::{Actor, Engine, Error, Refusal, upkeep};

/// Which jobs; what is not given does not matter.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// In this state.
    pub state: Option<State>,
    /// Of this kind.
    pub kind: Option<String>,
    /// The last one of the page before.
    pub before: Option<(Instant, Uuid)>,
}

/// What a run of a job came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It is done, with this result.
    Done(Vec<u8>),
    /// It was called off or given to another worker.
    Lost,
}

impl Engine {
    /// Kinds of jobs that [`Engine::run_job`] knows.
    pub const JOB_KINDS: &'static [&'static str] = &[
        handover::KIND,
        crate::import::JOB,
        upkeep::RESEAL,
        upkeep::REINDEX,
        upkeep::EMPTY_BIN,
        upkeep::SWEEP_FILES,
        crate::files::SCAN_FILES,
        crate::subject::DOSSIER,
        crate::subject::ERASE_SUBJECT,
        crate::subject::ERASE_LOCKED,
        upkeep::REMIND,
        crate::write::BULK_UPDATE,
        crate::write::BULK_CREATE,
        crate::duplicates::FIND_DUPLICATES,
        crate::sets::KEEP_SETS,
        crate::measures::CHECK,
        crate::measures::BANDING,
        crate::demo::LOAD_SAMPLES,
        crate::demo::REMOVE_SAMPLES,
    ];

    /// Kinds of jobs that this process can run: scanning needs a scanner.
    #[must_use]
    pub fn job_kinds(&self) -> Vec<&'static str> {
        let kinds = Engine::JOB_KINDS.iter().copied();
        kinds.filter(|kind| *kind != crate::files::SCAN_FILES || self.scans()).collect()
    }

    /// Jobs, newest first: all for those who look after jobs, else one's own.
    pub async fn jobs(
        &self,
        actor: &Actor,
        filter: &JobFilter,
        limit: u32,
    ) -> Result<Vec<Job>, Error> {
        let db = self.store().db();
        let all = require(actor, Right::Jobs, "read").is_ok();
        let kind = filter.kind.as_deref();
        let mut before = filter.before;
        let mut found = Vec::new();
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        // Own jobs are few among many: pages are read until there are enough, within reason.
        for _ in 0..if all { 1 } else { 10 } {
            let page = jobs::list(db, filter.state, kind, before, if all { limit } else { 500 });
            let page = page.await?;
            before = page.last().map(|job| (job.created_at, job.id));
            found.extend(page.into_iter().filter(|job| all || job.created_by == actor.user()));
            if before.is_none() || found.len() >= wanted {
                break;
            }
        }
        found.truncate(wanted);
        Ok(found)
    }

    /// One job.
    pub async fn job(&self, actor: &Actor, id: Uuid) -> Result<Job, Error> {
        let found = jobs::get(self.store().db(), id).await?;
        let job = found.ok_or(Refusal::Invisible)?;
        if job.created_by != actor.user() && require(actor, Right::Jobs, "read").is_err() {
            return Err(Refusal::Invisible.into());
        }
        Ok(job)
    }

    /// Gives a dead or cancelled job new attempts; it goes on where it stopped.
    pub async fn retry_job(&self, actor: &Actor, id: Uuid) -> Result<(), Error> {
        let job = self.job(actor, id).await?;
        let steps = vec![jobs::retry(id, self.now())];
        let detail = json!({ "job": id, "kind": &*job.kind });
        self.note(actor, ("job_retried", None), detail, steps).await?;
        Ok(())
    }

    /// Calls a job off.
    pub async fn cancel_job(&self, actor: &Actor, id: Uuid) -> Result<(), Error> {
        let job = self.job(actor, id).await?;
        let steps = vec![jobs::cancel(id, self.now())];
        let detail = json!({ "job": id, "kind": &*job.kind });
        self.note(actor, ("job_cancelled", None), detail, steps).await?;
        Ok(())
    }

    /// Runs one claimed job to its end, from its cursor.
    pub async fn run_job(self: &Arc<Self>, job: &Job, worker: &str) -> Result<Ran, Error> {
        match &*job.kind {
            handover::KIND => self.run_handover(job, worker).await,
            crate::import::JOB => self.run_import_job(job, worker).await,
            upkeep::RESEAL => self.run_reseal(job, worker).await,
            upkeep::REINDEX => self.run_reindex(job, worker).await,
            upkeep::EMPTY_BIN => self.run_empty_bin(job, worker).await,
            upkeep::SWEEP_FILES => self.run_sweep_files(job, worker).await,
            crate::files::SCAN_FILES => self.run_scan_files(job, worker).await,
            crate::subject::DOSSIER => self.run_dossier(job, worker).await,
            crate::subject::ERASE_SUBJECT => self.run_erase_subject(job, worker).await,
            crate::subject::ERASE_LOCKED => self.run_erase_locked(job, worker).await,
            upkeep::REMIND => self.run_remind(job, worker).await,
            crate::write::BULK_UPDATE | crate::write::BULK_CREATE => {
                self.run_bulk(job, worker).await
            }
            crate::duplicates::FIND_DUPLICATES => self.run_duplicate_scan(job, worker).await,
            crate::sets::KEEP_SETS => self.run_keep_sets(job, worker).await,
            crate::measures::CHECK => self.run_measure_check(job, worker).await,
            crate::measures::BANDING => self.run_banding(job, worker).await,
            crate::demo::LOAD_SAMPLES => self.run_load_samples(job, worker).await,
            crate::demo::REMOVE_SAMPLES => self.run_remove_samples(job, worker).await,
            other => Err(Error::Internal(format!("no job of kind {other} is known"))),
        }
    }

    /// The one who acts in a job: the platform on behalf of whoever asked for it.
    pub(crate) fn job_actor(&self, job: &Job) -> Actor {
        let cause = format!("job {}", job.id);
        match job.created_by {
            crate::SYSTEM_USER => self.system(None, cause),
            user => self.system(Some(user), cause),
        }
    }

    /// Writes progress; false when the job was called off or given to another worker.
    pub(crate) async fn advance(
        &self,
        job: &Job,
        worker: &str,
        cursor: &Json,
        done: i64,
    ) -> Result<bool, Error> {
        let cursor = cursor.to_string().into_bytes();
        let step = jobs::advance(job.id, worker, cursor, done, None);
        match self.store().db().run(vec![step]).await {
            Ok(_) => Ok(true),
            Err(store::ScriptError::Unexpected { .. }) => Ok(false),
            Err(other) => Err(store::Error::from(other).into()),
        }
    }
}
