//! Sample data as a switch: loaded into an institution without business records, and taken out again
//! with everything that has come to hang on it.
//!
//! Which records are samples, the audit log says: it names the demo as the cause of each. Org units,
//! users and what else the platform itself is made of stay, since people may work with them by now;
//! so does a sample that somebody's own record needs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use schema::catalogue::Right;
use schema::pack::PackFiles;
use schema::{Catalogue, Name, ObjectIx};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::audit::{Audit, Filter, StoredEntry};
use store::db::ScriptError;
use store::jobs::{self, Job, NewJob, State, enqueue};
use store::state;
use tokio::sync::watch;
use uuid::Uuid;

use super::load::{CAUSE, load, refuse_unless_empty, unfit};
use super::plan::DemoPlan;
use super::run::Demo;
use crate::access::{Ran, require};
use crate::moment::Moment;
use crate::subject::{Cause, Tallies, Walk};
use crate::upkeep::{bytes, cursor_of, payload_of};
use crate::write::Context;
use crate::{Actor, Engine, Error, Refusal, SYSTEM_USER, Violation};

/// Kind of the job that loads.
pub(crate) const LOAD: &str = "load_samples";
/// Kind of the job that takes out.
pub(crate) const REMOVE: &str = "remove_samples";

/// Seed of the demo: the same records everywhere.
pub const SEED: u64 = 20_260_101;

/// Most customers that a running server makes samples for.
pub const MOST: u64 = 10_000;

/// Attempts of either job.
const ATTEMPTS: u32 = 3;
/// Entries of the log read at a time, and at most so many records taken out together.
const PAGE: u32 = 200;
/// How often progress is written.
const BEAT: Duration = Duration::from_secs(1);

/// Where the switch stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Samples {
    /// For how many customers there is sample data; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customers: Option<u64>,
    /// Whether samples may be loaded: there are none, and no business record.
    pub loadable: bool,
    /// The job that loads or takes out at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<Uuid>,
}

/// Records by object.
type Counts = BTreeMap<Name, u64>;

#[derive(Serialize, Deserialize)]
struct Task {
    customers: u64,
}

impl Engine {
    /// Where the switch of sample data stands. For those who publish definitions. Costs seven
    /// reads, and a count to one for each object that the demo fills.
    ///
    /// # Errors
    /// Forbidden to others.
    pub async fn samples(&self, actor: &Actor) -> Result<Samples, Error> {
        require(actor, Right::Publish, "read sample data")?;
        let customers = self.store().samples().await?;
        let job = self.switching().await?;
        let loadable = match customers {
            Some(_) => false,
            None => match self.may_load(actor, 1).await {
                Err(Error::Refused(_)) => false,
                may => may.map(|()| true)?,
            },
        };
        Ok(Samples { customers, loadable, job })
    }

    /// Queues the job that loads sample data for so many customers, 1 to [`MOST`]. Its users get no
    /// passwords.
    ///
    /// # Errors
    /// Forbidden to those who may not publish; a conflict when there are samples or business records
    /// already; invalid when there are too many or no customers.
    pub async fn start_load_samples(&self, actor: &Actor, customers: u64) -> Result<Uuid, Error> {
        require(actor, Right::Publish, "load sample data")?;
        if !(1..=MOST).contains(&customers) {
            let range = Violation::new("customers", "range").with("min", "1");
            return Err(Refusal::Invalid(vec![range.with("max", MOST.to_string())]).into());
        }
        self.refuse_samples().await?;
        self.may_load(actor, customers).await?;
        let steps = vec![state::samples_loaded(customers)];
        self.queue_samples(actor, (LOAD, "samples_loaded"), customers, steps).await
    }

    /// Queues the job that takes sample data out.
    ///
    /// # Errors
    /// Forbidden to those who may not publish; a conflict when there is none, or it is being loaded
    /// or taken out.
    pub async fn start_remove_samples(&self, actor: &Actor) -> Result<Uuid, Error> {
        require(actor, Right::Publish, "remove sample data")?;
        let Some(customers) = self.store().samples().await? else {
            let reason = "there is no sample data".into();
            return Err(Refusal::Conflict { code: "no_samples", reason }.into());
        };
        if self.switching().await?.is_some() {
            return Err(busy());
        }
        self.queue_samples(actor, (REMOVE, "samples_removed"), customers, Vec::new()).await
    }

    /// Refuses unless the definitions have a demo, and no business record is there.
    async fn may_load(&self, actor: &Actor, customers: u64) -> Result<(), Error> {
        refuse_unless_empty(self, actor, &self.sample_plan(customers).await?).await
    }

    async fn queue_samples(
        &self,
        actor: &Actor,
        (job, note): (&'static str, &'static str),
        customers: u64,
        mut steps: Vec<store::Step>,
    ) -> Result<Uuid, Error> {
        let now = self.now();
        let job = NewJob {
            id: self.next_id(now),
            kind: job.into(),
            run_at: now,
            payload: bytes(&Task { customers })?,
            max_attempts: ATTEMPTS,
            created_by: actor.user(),
        };
        steps.push(enqueue(&job, now));
        let detail = json!({ "job": job.id, "customers": customers });
        self.record(actor, note, detail, steps).await?;
        Ok(job.id)
    }

    /// The job of either kind that is under way.
    async fn switching(&self) -> Result<Option<Uuid>, Error> {
        for kind in [LOAD, REMOVE] {
            for state in [State::Running, State::Ready] {
                let found = jobs::list(self.store().db(), Some(state), Some(kind), None, 1).await?;
                if let Some(job) = found.first() {
                    return Ok(Some(job.id));
                }
            }
        }
        Ok(None)
    }

    /// The demo of the definitions in force.
    async fn sample_plan(&self, customers: u64) -> Result<Demo, Error> {
        let version = self.store().published_version().await?;
        let texts = self.store().definitions(version).await?;
        let packs = PackFiles::split(texts);
        let plan = DemoPlan::read(&packs).map_err(|error| unfit(vec![error]))?;
        Demo::new(&plan, self.catalogue(), customers, SEED, self.now()).map_err(unfit)
    }

    pub(crate) async fn run_load_samples(
        self: &Arc<Self>,
        job: &Job,
        worker: &str,
    ) -> Result<Ran, Error> {
        let Task { customers } = payload_of(job)?;
        let made = self.sample_plan(customers).await?;
        let (tell, told) = watch::channel(0);
        // What an attempt before this one has loaded is left as it is.
        let loading = load(self, made, true, |progress| {
            tell.send_replace(progress.total);
        });
        tokio::pin!(loading);
        let report = loop {
            tokio::select! {
                done = &mut loading => break done?,
                () = tokio::time::sleep(BEAT) => {
                    let done = i64::try_from(*told.borrow()).unwrap_or(i64::MAX);
                    let step = jobs::advance(job.id, worker, Vec::new(), done, None);
                    match self.store().db().run(vec![step]).await {
                        Ok(_) => {}
                        Err(ScriptError::Unexpected { .. }) => return Ok(Ran::Lost),
                        Err(error) => return Err(Error::Internal(error.to_string())),
                    }
                }
            }
        };
        let mut records = Counts::new();
        for (_, object, rows) in report.steps {
            *records.entry(object).or_default() += rows;
        }
        Ok(Ran::Done(bytes(&json!({ "records": records }))?))
    }

    pub(crate) async fn run_remove_samples(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let actor = self.job_actor(job);
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, &actor);
        let Some(log) = self.store().audit() else {
            return Err(Error::Internal("there is no audit log to tell samples by".into()));
        };
        let before: Tallies = cursor_of(job);
        let mut walk = Walk::doing(&context, Cause::Samples, (job, worker), before);
        // The log of writers side by side may name a record before one that it refers to: as long as
        // records go, those that were kept may go the next time.
        let kept = loop {
            let erased = walk.erased();
            let kept = context.take_out(log, &mut walk).await?;
            if walk.is_over() {
                return Ok(Ran::Lost);
            }
            if kept.is_empty() || walk.erased() == erased {
                break kept;
            }
        };
        let Some(tallies) = walk.tallies() else { return Ok(Ran::Lost) };
        if kept.is_empty() {
            let steps = vec![state::samples_removed()];
            let done = self.store().db().run(steps).await;
            done.map_err(|error| Error::Internal(error.to_string()))?;
        }
        let gone = tallies.iter().map(|(object, tally)| (object.clone(), tally.erased));
        let gone: Counts = gone.filter(|(_, count)| *count > 0).collect();
        Ok(Ran::Done(bytes(&json!({ "records": gone, "kept": kept }))?))
    }

    /// Refuses while there is sample data, or some on its way in or out.
    pub(super) async fn refuse_samples(&self) -> Result<(), Error> {
        match self.store().samples().await?.is_some() || self.switching().await?.is_some() {
            true => Err(busy()),
            false => Ok(()),
        }
    }
}

impl Context<'_> {
    /// Goes through the log once, the newest first, since what refers to others was made after them;
    /// how many samples were kept because somebody's own record needs them.
    async fn take_out(&self, log: &Audit, walk: &mut Walk<'_>) -> Result<Counts, Error> {
        let filter =
            Filter { actor: Some(SYSTEM_USER), kind: Some("create".into()), ..Filter::default() };
        let (mut place, mut kept) = (None, Counts::new());
        loop {
            let page = log.list(&filter, place, PAGE).await?;
            place = page.last().map(|entry| entry.number);
            let samples = page.iter().filter(|entry| is_sample(&entry.body));
            for (ix, mut ids) in grouped(samples.filter_map(|e| sample(self.catalogue, e))) {
                let needed = walk.needed(ix, &ids).await?;
                if let Some(object) = self.catalogue.at(ix).filter(|_| !needed.is_empty()) {
                    *kept.entry(object.name.clone()).or_default() += needed.len() as u64;
                }
                ids.retain(|id| !needed.contains(id));
                walk.these(ix, ids).await?;
            }
            if place.is_none() || walk.is_over() {
                return Ok(kept);
            }
        }
    }
}

fn busy() -> Error {
    let reason = "sample data is there, or is being loaded or taken out".into();
    Refusal::Conflict { code: "samples_present", reason }.into()
}

/// Whether an entry of the log names the demo as its cause.
fn is_sample(body: &[u8]) -> bool {
    let body: Result<Json, _> = serde_json::from_slice(body);
    body.is_ok_and(|body| body.get("cause").and_then(Json::as_str) == Some(CAUSE))
}

/// The business record that an entry is about.
fn sample(catalogue: &Catalogue, entry: &StoredEntry) -> Option<(ObjectIx, Uuid)> {
    let (ix, object) = catalogue.object(entry.object.as_deref()?)?;
    object.system.is_none().then_some((ix, entry.record?))
}

/// Neighbours of one object together.
fn grouped(made: impl Iterator<Item = (ObjectIx, Uuid)>) -> Vec<(ObjectIx, Vec<Uuid>)> {
    let mut groups: Vec<(ObjectIx, Vec<Uuid>)> = Vec::new();
    for (ix, id) in made {
        match groups.last_mut() {
            Some((last, ids)) if *last == ix => ids.push(id),
            _ => groups.push((ix, vec![id])),
        }
    }
    groups
}
