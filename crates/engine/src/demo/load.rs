//! Loading: made rows through the same decision as any create, many to a transaction.
//!
//! Nothing is skipped: required values, references, rules, audit entries and events are those of a
//! create each. Refuses a chunk as a whole when one row of it is refused.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use schema::catalogue::base;
use schema::{Catalogue, Name, Object, ObjectIx, Slot, Value};
use serde_json::json;
use store::records::Select;
use store::{CommitError, Lane, Posted, Script, Write};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::plan::{DemoPlan, PlanError};
use super::run::{Demo, LoadRow, Login, Made};
use crate::moment::Moment;
use crate::write::{Context, Nest, Prepared, Subject, Visible, explain, id_of, targets};
use crate::{Actor, Engine, Error, Refusal, Violation};

/// What the log names as the reason of each record.
pub(super) const CAUSE: &str = "demo";
/// Rows of one transaction.
const CHUNK: usize = 500;
/// How often a chunk is decided again because others counted on the same records.
const TRIES: u32 = 20;
/// Chunks being decided at a time.
const AT_ONCE: usize = 3;
/// Ids remembered as visible before they are forgotten and asked for again.
const SEEN_MAX: usize = 200_000;

/// How far a demo has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The step under way.
    pub step: Name,
    /// Object it fills.
    pub object: Name,
    /// Rows of the step that are written.
    pub rows: u64,
    /// Rows written in all.
    pub total: u64,
}

/// What a demo left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DemoReport {
    /// Rows written by step, in order, with the object they filled.
    pub steps: Vec<(Name, Name, u64)>,
    /// Users who may be given passwords.
    pub logins: Vec<Login>,
}

/// Fills an empty institution with demo records for so many customers.
///
/// Reports progress after each transaction. Memory does not grow with the number of customers. Org
/// units, users and the like that an earlier demo left are used again.
///
/// # Errors
/// Refused (`demo_not_empty`) when an object that the plan fills with business records has any,
/// (`samples_present`) while there is sample data, and (`demo_plan`) when the plan does not fit the
/// catalogue in force. A failure midway leaves what was committed, to be taken out as sample data.
pub async fn demo(
    engine: &Arc<Engine>,
    plan: &DemoPlan,
    customers: u64,
    seed: u64,
    progress: impl FnMut(Progress),
) -> Result<DemoReport, Error> {
    let made = Demo::new(plan, engine.catalogue(), customers, seed, engine.now()).map_err(unfit)?;
    let actor = engine.system(None, CAUSE);
    engine.refuse_samples().await?;
    refuse_unless_empty(engine, &actor, &made).await?;
    let steps = vec![store::state::samples_loaded(customers)];
    engine.record(&actor, "samples_loaded", json!({ "customers": customers }), steps).await?;
    load(engine, made, false, progress).await
}

/// Loads what a demo is made of; with `again`, only what an earlier try did not come to.
pub(super) async fn load(
    engine: &Arc<Engine>,
    made: Demo,
    again: bool,
    mut progress: impl FnMut(Progress),
) -> Result<DemoReport, Error> {
    let actor = engine.system(None, CAUSE);
    let (send, mut receive) = mpsc::channel(AT_ONCE);
    let maker = tokio::task::spawn_blocking(move || {
        made.make(CHUNK, &mut |made| send.blocking_send(made).is_ok())
    });
    let mut work = Work {
        engine,
        actor,
        seen: Arc::default(),
        known: HashSet::new(),
        deciding: VecDeque::new(),
        flying: VecDeque::new(),
        written: 0,
    };
    let mut report = DemoReport::default();
    let mut total = 0;
    while let Some(made) = receive.recv().await {
        let written = match made {
            Made::Step { name, object } => {
                let written = work.finish(0).await?;
                count(&mut report, &mut total, written, &mut progress);
                learn_size(engine, &report).await?;
                report.steps.push((name, object, 0));
                continue;
            }
            Made::Rows(rows) => {
                if let Some((_, object, _)) = report.steps.last() {
                    let rows = work.missing(object, rows, again).await?;
                    work.start(object.clone(), rows);
                }
                work.finish(AT_ONCE - 1).await?
            }
            Made::Logins(logins) => {
                let fresh = logins.into_iter().filter(|login| !work.known.contains(&login.user));
                report.logins.extend(fresh);
                continue;
            }
        };
        count(&mut report, &mut total, written, &mut progress);
    }
    let written = work.finish(0).await?;
    count(&mut report, &mut total, written, &mut progress);
    learn_size(engine, &report).await?;
    maker
        .await
        .map_err(|error| Error::Internal(format!("demo generator: {error}")))?
        .map_err(|error| unfit(vec![error]))?;
    Ok(report)
}

/// Tells the database how many records the object of the last step now has.
async fn learn_size(engine: &Engine, report: &DemoReport) -> Result<(), Error> {
    let Some((_, object, rows)) = report.steps.last() else { return Ok(()) };
    let catalogue = engine.catalogue();
    match catalogue.object(object.as_str()) {
        Some((ix, _)) if *rows > 0 => Ok(engine.store().refresh_statistics(&catalogue, ix).await?),
        _ => Ok(()),
    }
}

fn count(
    report: &mut DemoReport,
    total: &mut u64,
    written: u64,
    progress: &mut impl FnMut(Progress),
) {
    let Some((step, object, rows)) = report.steps.last_mut() else { return };
    if written > 0 {
        *rows += written;
        *total += written;
        let (step, object) = (step.clone(), object.clone());
        progress(Progress { step, object, rows: *rows, total: *total });
    }
}

pub(super) fn unfit(errors: Vec<PlanError>) -> Error {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Refusal::Conflict { code: "demo_plan", reason: lines.join("; ") }.into()
}

pub(super) async fn refuse_unless_empty(
    engine: &Engine,
    actor: &Actor,
    demo: &Demo,
) -> Result<(), Error> {
    let catalogue = engine.catalogue();
    let moment = Moment::new(catalogue.clone(), engine.now());
    let context = Context::new(engine, &catalogue, &moment, actor);
    for name in demo.objects() {
        let (ix, object) = context.object(name.as_str())?;
        if object.system.is_some() {
            continue;
        }
        let select = Select { limit: 1, ..Select::of(ix, &context.env) };
        if engine.store().count(&catalogue, &select, Some(1)).await? > 0 {
            let reason = format!("demo data is for an empty institution, and `{name}` has records");
            return Err(Refusal::Conflict { code: "demo_not_empty", reason }.into());
        }
    }
    Ok(())
}

/// Rows of one transaction, kept until they are durable.
struct Chunk {
    object: Name,
    rows: Vec<LoadRow>,
}

/// A chunk that was decided, as the transaction it comes to.
struct Ready {
    chunk: Chunk,
    catalogue: Arc<Catalogue>,
    ix: ObjectIx,
    script: Script,
    /// Whether others under way may have counted on the same records.
    claims: bool,
}

/// A chunk that was handed over to the database.
struct Flight {
    chunk: Chunk,
    catalogue: Arc<Catalogue>,
    ix: ObjectIx,
    posted: Posted,
}

/// Chunks under way, both in the order they were made.
struct Work<'a> {
    engine: &'a Arc<Engine>,
    actor: Actor,
    seen: Arc<Mutex<Visible>>,
    /// Records of the platform's own objects that were there already.
    known: HashSet<Uuid>,
    deciding: VecDeque<JoinHandle<Result<Ready, Error>>>,
    flying: VecDeque<Flight>,
    /// Rows that became durable since they were last asked for.
    written: u64,
}

impl Work<'_> {
    /// The rows whose records are not there yet, where an earlier demo may have left some.
    async fn missing(
        &mut self,
        object: &Name,
        mut rows: Vec<LoadRow>,
        again: bool,
    ) -> Result<Vec<LoadRow>, Error> {
        let catalogue = self.engine.catalogue();
        let Some((ix, object)) = catalogue.object(object.as_str()) else { return Ok(rows) };
        if object.system.is_none() && !again {
            return Ok(rows);
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let found = self.engine.store().get_many(&catalogue, ix, &ids, &[base::ID]).await?;
        let found: HashSet<Uuid> = found.iter().map(|record| id_of(record)).collect();
        rows.retain(|row| !found.contains(&row.id));
        if object.system.is_some() {
            self.known.extend(found);
        }
        Ok(rows)
    }

    fn start(&mut self, object: Name, rows: Vec<LoadRow>) {
        let (engine, actor, seen) = (self.engine.clone(), self.actor.clone(), self.seen.clone());
        {
            // Rows may refer to rows of this and of earlier chunks that are still under way.
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.len() > SEEN_MAX {
                seen.clear();
            }
            seen.extend(rows.iter().map(|row| row.id));
        }
        let chunk = Chunk { object, rows };
        self.deciding
            .push_back(tokio::spawn(async move { engine.ready(&actor, chunk, &seen).await }));
    }

    /// Hands over what is decided until at most `left` chunks are being decided; with none left, waits
    /// until all is durable. How many rows became so meanwhile.
    async fn finish(&mut self, left: usize) -> Result<u64, Error> {
        while self.deciding.len() > left {
            let Some(first) = self.deciding.pop_front() else { break };
            let ready = first.await;
            let ready = ready.map_err(|e| Error::Internal(format!("demo chunk: {e}")))??;
            // Nothing waits for more to come after the last.
            let last = left == 0 && self.deciding.is_empty();
            self.hand_over(ready, if last { Lane::Prompt } else { Lane::Bulk }).await?;
        }
        let most = if left == 0 { 0 } else { self.engine.store().db().depth().max(AT_ONCE) };
        self.land(most).await?;
        Ok(std::mem::take(&mut self.written))
    }

    async fn hand_over(&mut self, ready: Ready, lane: Lane) -> Result<(), Error> {
        let Ready { chunk, catalogue, ix, script, claims } = ready;
        let lane = if claims { Lane::Prompt } else { lane };
        let posted = self.engine.store().post(script, lane).await;
        let posted = posted.map_err(|error| explain(&catalogue, error))?;
        self.flying.push_back(Flight { chunk, catalogue, ix, posted });
        // What counts on the same records as the one before is decided when that is known.
        if claims { self.land(0).await } else { Ok(()) }
    }

    /// Waits until at most `left` chunks are not durable yet. One that was undone is decided again.
    async fn land(&mut self, left: usize) -> Result<(), Error> {
        while self.flying.len() > left {
            let Some(Flight { chunk, catalogue, ix, posted }) = self.flying.pop_front() else {
                break;
            };
            match self.engine.store().landed(posted).await {
                Ok(_) => self.engine.committed(&catalogue, ix),
                Err(
                    CommitError::Stale { .. } | CommitError::Duplicate { .. } | CommitError::Undone,
                ) => {
                    let Chunk { object, rows } = &chunk;
                    let actor = &self.actor;
                    self.engine.load_seeing(actor, object.as_str(), rows, &self.seen).await?;
                }
                Err(error) => return Err(explain(&catalogue, error)),
            }
            self.written += chunk.rows.len() as u64;
        }
        Ok(())
    }
}

impl Engine {
    /// Creates records with values that are typed already, all in one transaction.
    ///
    /// # Errors
    /// As a create, with fields written `rows.<number>.<field>`; then nothing is written.
    pub async fn load(&self, actor: &Actor, object: &str, rows: Vec<LoadRow>) -> Result<(), Error> {
        let own: Visible = rows.iter().map(|row| row.id).collect();
        self.load_seeing(actor, object, &rows, &Mutex::new(own)).await
    }

    /// Decides a chunk, up to the script that writes it.
    async fn ready(
        &self,
        actor: &Actor,
        chunk: Chunk,
        shared: &Mutex<Visible>,
    ) -> Result<Ready, Error> {
        let catalogue = self.catalogue();
        // With the rules at hand, only events that one of them waits for are written.
        self.watched().await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(chunk.object.as_str())?;
        let write = context.load_all(of, &chunk.rows, shared).await?;
        let (ix, claims) = (of.0, !write.claims.is_empty());
        let script = self.store().script(&catalogue, write);
        let script = script.map_err(|error| context.explain(error))?;
        Ok(Ready { chunk, catalogue: catalogue.clone(), ix, script, claims })
    }

    async fn load_seeing(
        &self,
        actor: &Actor,
        object: &str,
        rows: &[LoadRow],
        shared: &Mutex<Visible>,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        self.watched().await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        // Chunks under way at the same time may count on the same records.
        let mut left = TRIES;
        loop {
            let write = context.load_all(of, rows, shared).await?;
            left -= 1;
            match self.store().commit(&catalogue, write).await {
                Err(CommitError::Stale { .. }) if left > 0 => {}
                done => {
                    done.map_err(|error| context.explain(error))?;
                    self.committed(&catalogue, of.0);
                    return Ok(());
                }
            }
        }
    }
}

impl<'a> Context<'a> {
    /// Decides all rows of a chunk.
    async fn load_all(
        &self,
        of: Subject<'a>,
        rows: &[LoadRow],
        shared: &Mutex<Visible>,
    ) -> Result<Write, Error> {
        let mut seen = self.referred(of.0, of.1, rows, shared).await?;
        let mut write = Write::default();
        for (at, row) in rows.iter().enumerate() {
            let prepared = Prepared { given: row.values.clone(), ..Prepared::default() };
            let nest = Nest::top(&mut seen);
            match self.create_prepared(of, row.id, prepared, nest).await {
                Ok(draft) => write.merge(draft.write),
                Err(Error::Refused(refusal)) => return Err(placed(refusal, at).into()),
                Err(other) => return Err(other),
            }
        }
        self.book(&mut write).await?;
        Ok(write)
    }

    /// The records that `rows` refer to and the actor may see: one query for each object.
    async fn referred(
        &self,
        ix: ObjectIx,
        object: &Object,
        rows: &[LoadRow],
        shared: &Mutex<Visible>,
    ) -> Result<Visible, Error> {
        let mut wanted: Vec<(ObjectIx, Vec<Uuid>)> = Vec::new();
        let mut seen = Visible::default();
        {
            let known = shared.lock().unwrap_or_else(PoisonError::into_inner);
            for (slot, value) in rows.iter().flat_map(|row| &row.values) {
                for (target, id) in self.pointers(ix, object, *slot, value) {
                    if known.contains(&id) {
                        seen.insert(id);
                    } else if seen.insert(id) {
                        match wanted.iter_mut().find(|(object, _)| *object == target) {
                            Some((_, ids)) => ids.push(id),
                            None => wanted.push((target, vec![id])),
                        }
                    }
                }
            }
        }
        for (target, ids) in wanted {
            let visible = self.engine.visible(self, target, &ids).await?;
            for id in &ids {
                seen.remove(id);
            }
            let mut known = shared.lock().unwrap_or_else(PoisonError::into_inner);
            known.extend(visible.iter().copied());
            seen.extend(visible);
        }
        Ok(seen)
    }

    fn pointers(
        &self,
        ix: ObjectIx,
        object: &Object,
        slot: Slot,
        value: &Value,
    ) -> Vec<(ObjectIx, Uuid)> {
        let is_pointer = matches!(value, Value::Id(_) | Value::Link(..) | Value::List(_));
        if slot == base::ID || !is_pointer || object.at(slot).is_none() {
            return Vec::new();
        }
        targets(self.catalogue, ix, slot, value)
    }
}

/// A refusal that says which row it is about.
fn placed(refusal: Refusal, at: usize) -> Refusal {
    match refusal {
        Refusal::Invalid(violations) => {
            let place = |violation: Violation| Violation {
                field: format!("rows.{at}.{}", violation.field),
                ..violation
            };
            Refusal::Invalid(violations.into_iter().map(place).collect())
        }
        other => other,
    }
}
