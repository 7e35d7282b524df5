//! Going through a file: its chunks decided one after the other and, where rows cannot depend on
//! earlier ones, each decided while those before it are being committed.
//!
//! Chunks are committed in the order of the file. A commit checks versions and unique values itself,
//! so a decision that earlier rows overtook is found there and taken again, with all after it.

use std::collections::VecDeque;
use std::sync::Arc;

use schema::catalogue::SystemKind;
use schema::{Catalogue, ObjectIx};
use serde_json::{Value as Json, json};
use store::imports::{Chunk, Import};
use store::{CommitError, Committed, Lane, Posted, Script, Step};

use super::Report;
use super::chunk::{Decided, Seen, Setting};
use super::plan::{self, ImportPlan, Mode};
use super::rows::Names;
use super::run::{Lease, add, count};
use super::source::{Format, RawRow};
use super::undo::Undo;
use crate::moment::Moment;
use crate::write::{Context, Needs, explain};
use crate::{Actor, Engine, Error, Refusal};

/// Times a chunk is decided again when records moved meanwhile.
const TRIES: u32 = 3;

/// Where a chunk stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    import: &'a Import,
    actor: &'a Actor,
    plan: &'a ImportPlan,
    number: u64,
    width: Option<usize>,
    /// Whether the chunk is committed, or only tried out.
    write: bool,
    progress: Option<Progress<'a>>,
}

/// What earlier rows of the file taught.
#[derive(Default)]
struct Learned {
    names: Names,
    seen: Seen,
}

/// How far a job is once a chunk is through.
#[derive(Clone, Copy)]
struct Progress<'a> {
    lease: Lease<'a>,
    done: u64,
    total: Option<u64>,
}

impl Progress<'_> {
    fn step(&self) -> Step {
        let Lease { job, worker } = self.lease;
        let cursor = json!({ "rows": self.done }).to_string().into_bytes();
        store::jobs::advance(job.id, worker, cursor, count(self.done), self.total.map(count))
    }
}

/// A decided chunk, ready to be committed.
struct Ready {
    catalogue: Arc<Catalogue>,
    object: ObjectIx,
    governs: bool,
    decided: Decided,
    /// Encoded and sealed already, so that the database waits for nothing but the one before it.
    script: Option<Script>,
}

/// A chunk that was decided ahead of its commit.
struct Flight<'a> {
    place: Place<'a>,
    ready: Ready,
    /// Its commit, once under way.
    posted: Option<Posted>,
}

/// How a step through the file went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Went {
    On,
    /// The job belongs to another worker by now.
    Lost,
    /// To the first chunk that is not committed: it and what follows are decided again.
    Back,
}

/// How a commit went.
enum Landed {
    Kept,
    /// The job belongs to another worker by now.
    Lost,
    /// Other writers were faster: to be decided again.
    Overtaken,
}

impl Engine {
    /// Decides all rows of a file and, with `write`, commits them; `None` when the job was lost.
    pub(super) async fn go_through(
        &self,
        actor: &Actor,
        import: &Import,
        write: bool,
        lease: Option<Lease<'_>>,
    ) -> Result<Option<Report>, Error> {
        let plan: ImportPlan = serde_json::from_slice(&import.plan)
            .map_err(|error| Error::Internal(format!("import plan: {error}")))?;
        self.note_aside(vec![store::imports::forget_tried(import.id)]).await?;
        let known: Option<Report> =
            import.report.as_deref().and_then(|report| serde_json::from_slice(report).ok());
        let expected = known.map(|report| report.rows).filter(|rows| *rows > 0);
        let mut walk = Walk {
            engine: self,
            overlap: write && self.rows_are_independent(actor, &plan).await?,
            careful: false,
            learned: Learned::default(),
            total: Report::default(),
            flying: VecDeque::new(),
        };
        let mut went = Went::Back;
        while went == Went::Back {
            let progress = match write {
                true => self.store().import_progress(import.id).await?,
                false => store::imports::Progress::default(),
            };
            let (done, mut so_far) = (progress.chunks, progress.rows);
            let mut rows = self.rows(import, &plan).await?;
            let (mut width, mut number) = (None, 0);
            went = Went::On;
            while let Some(read) = rows.recv().await
                && went == Went::On
            {
                let raws = match read {
                    Ok(raws) => raws,
                    Err(why) => {
                        walk.total.unreadable = Some(super::flaw(&why).into());
                        break;
                    }
                };
                let raws = without_header(&plan, raws, &mut width);
                if number >= done {
                    so_far = so_far.saturating_add(raws.len() as u64);
                    let progress =
                        lease.map(|lease| Progress { lease, done: so_far, total: expected });
                    let place =
                        Place { import, actor, plan: &plan, number, width, write, progress };
                    went = walk.step(place, &raws).await?;
                }
                number += 1;
            }
            if went == Went::On {
                went = walk.finish().await?;
            }
        }
        if went == Went::Lost {
            return Ok(None);
        }
        let total = walk.total;
        if !write {
            return Ok(Some(total));
        }
        let catalogue = self.catalogue();
        if let Some((ix, _)) = catalogue.object(import.object.as_str()) {
            self.store().refresh_statistics(&catalogue, ix).await?;
        }
        self.import_totals(import, total).await.map(Some)
    }

    /// Whether deciding a row never asks for what an earlier row of the file wrote: no row refers to
    /// another, a match is by one field (whose repeats are refused), and no rule counts records.
    async fn rows_are_independent(&self, actor: &Actor, plan: &ImportPlan) -> Result<bool, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let resolved = plan::resolve(&context, plan)?;
        let object = catalogue.at(resolved.ix).ok_or(Refusal::Invisible)?;
        let (resolved_by, trial) = (&resolved, true);
        let setting =
            Setting { context: &context, object, plan, resolved: resolved_by, trial, width: None };
        let mut needs = Needs::default();
        for rule in &object.validations {
            let conditions = rule.when.iter().chain([&rule.must]);
            conditions.for_each(|expr| needs.add(&catalogue, resolved.ix, &expr.root));
        }
        let matched_by_one = plan.mode == Mode::Create || resolved.match_by.len() == 1;
        Ok(matched_by_one
            && object.system.is_none()
            && !setting.refers_to_itself()
            && !needs.counts())
    }

    async fn decide_chunk(
        &self,
        place: &Place<'_>,
        raws: &[RawRow],
        Learned { names, seen }: &mut Learned,
    ) -> Result<Ready, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(place.actor, &catalogue).await?;
        // With the rules at hand, only events that one of them waits for are written.
        self.watched().await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let mut context = Context::new(self, &catalogue, &moment, actor);
        let reason = format!("import {}", place.import.id);
        context.reason = Some(&reason);
        let resolved = plan::resolve(&context, place.plan)?;
        let object = catalogue.at(resolved.ix).ok_or(Refusal::Invisible)?;
        let (width, plan) = (place.width, place.plan);
        let (resolved_by, trial) = (&resolved, !place.write);
        let setting =
            Setting { context: &context, object, plan, resolved: resolved_by, trial, width };
        let mut decided = setting.decide(names, seen, raws).await?;
        let mut write = std::mem::take(&mut decided.write);
        if place.write {
            let note = self.chunk_note(place, &decided);
            write.system.extend(store::imports::insert_chunk(&note));
            write.system.extend(place.progress.map(|progress| progress.step()));
        }
        context.book(&mut write).await?;
        let governs = object.system == Some(SystemKind::User);
        let object = resolved.ix;
        let script = match place.write {
            true => {
                let script = self.store().script(&catalogue, write);
                Some(script.map_err(|error| explain(&catalogue, error))?)
            }
            false => None,
        };
        Ok(Ready { catalogue, object, governs, decided, script })
    }

    async fn commit_chunk(&self, place: &Place<'_>, ready: &mut Ready) -> Result<Landed, Error> {
        let Some(script) = ready.script.take() else { return Ok(Landed::Kept) };
        self.landed(place, ready, self.store().run(script).await)
    }

    fn landed(
        &self,
        place: &Place<'_>,
        ready: &Ready,
        done: Result<Committed, CommitError>,
    ) -> Result<Landed, Error> {
        match done {
            Ok(_) => {
                self.committed(&ready.catalogue, ready.object);
                if ready.governs {
                    self.raise_epoch();
                }
                Ok(Landed::Kept)
            }
            Err(CommitError::System { .. }) if place.progress.is_some() => Ok(Landed::Lost),
            Err(
                CommitError::Stale { .. } | CommitError::Duplicate { .. } | CommitError::Undone,
            ) => Ok(Landed::Overtaken),
            Err(error) => Err(explain(&ready.catalogue, error)),
        }
    }

    /// The note that a chunk is done, with what an undo and the error file need, sealed.
    fn chunk_note(&self, place: &Place<'_>, decided: &Decided) -> Chunk {
        let undo: Vec<Json> = decided.undo.iter().map(Undo::to_json).collect();
        let report = &decided.report;
        Chunk {
            import: place.import.id,
            number: place.number,
            rows: report.rows,
            created: report.created,
            updated: report.updated,
            unchanged: report.unchanged,
            bad: report.bad,
            bad_rows: self.seal(place.import.id, &json!(decided.bad)),
            undo: self.seal(place.import.id, &Json::Array(undo)),
        }
    }
}

/// A walk through a file.
struct Walk<'a> {
    engine: &'a Engine,
    /// Whether a chunk may be decided before the ones ahead of it are committed.
    overlap: bool,
    /// Whether the next chunk is not to be overtaken again.
    careful: bool,
    learned: Learned,
    total: Report,
    /// Decided chunks in order; all but the last are being committed.
    flying: VecDeque<Flight<'a>>,
}

impl<'a> Walk<'a> {
    async fn step(&mut self, place: Place<'a>, raws: &[RawRow]) -> Result<Went, Error> {
        if !self.overlap || std::mem::take(&mut self.careful) {
            return self.alone(&place, raws).await;
        }
        self.post(Lane::Bulk).await?;
        // Deciding a chunk waits for little; others of this thread have their turn in between.
        tokio::task::yield_now().await;
        let ready = self.engine.decide_chunk(&place, raws, &mut self.learned).await?;
        self.flying.push_back(Flight { place, ready, posted: None });
        let mut went = Went::On;
        while went == Went::On && self.flying.len() > self.engine.store().db().depth() {
            went = self.land().await?;
        }
        Ok(went)
    }

    /// Waits for the chunks under way; nothing waits for more to come after the last.
    async fn finish(&mut self) -> Result<Went, Error> {
        self.post(Lane::Prompt).await?;
        let mut went = Went::On;
        while went == Went::On && !self.flying.is_empty() {
            went = self.land().await?;
        }
        Ok(went)
    }

    /// Begins to commit the chunk decided last.
    async fn post(&mut self, lane: Lane) -> Result<(), Error> {
        if let Some(last) = self.flying.back_mut()
            && let Some(script) = last.ready.script.take()
        {
            let posted = self.engine.store().post(script, lane).await;
            last.posted = Some(posted.map_err(|error| explain(&last.ready.catalogue, error))?);
        }
        Ok(())
    }

    /// Waits for the first chunk under way.
    async fn land(&mut self) -> Result<Went, Error> {
        let Some(Flight { place, ready, posted }) = self.flying.pop_front() else {
            return Ok(Went::On);
        };
        let landed = match posted {
            Some(posted) => {
                let done = self.engine.store().landed(posted).await;
                self.engine.landed(&place, &ready, done)?
            }
            None => Landed::Overtaken,
        };
        match landed {
            Landed::Kept => {
                add(&mut self.total, ready.decided);
                Ok(Went::On)
            }
            Landed::Lost => Ok(Went::Lost),
            Landed::Overtaken => {
                self.learned.names.forget_unknown(ready.object);
                // Those behind it came out of turn, which is why they failed.
                for posted in self.flying.drain(..).filter_map(|flight| flight.posted) {
                    drop(self.engine.store().landed(posted).await);
                }
                self.careful = true;
                Ok(Went::Back)
            }
        }
    }

    /// Decides a chunk and commits it before anything else is decided.
    async fn alone(&mut self, place: &Place<'_>, raws: &[RawRow]) -> Result<Went, Error> {
        for _ in 0..TRIES {
            let mut ready = self.engine.decide_chunk(place, raws, &mut self.learned).await?;
            if !place.write {
                let mut steps: Vec<Step> = place.progress.map(|p| p.step()).into_iter().collect();
                if !ready.decided.bad.is_empty() {
                    let note = self.engine.chunk_note(place, &ready.decided);
                    steps.push(store::imports::keep_tried(&note));
                }
                add(&mut self.total, ready.decided);
                let kept = self.engine.note_aside(steps).await?;
                return Ok(if kept { Went::On } else { Went::Lost });
            }
            match self.engine.commit_chunk(place, &mut ready).await? {
                Landed::Kept => {
                    add(&mut self.total, ready.decided);
                    return Ok(Went::On);
                }
                Landed::Lost => return Ok(Went::Lost),
                Landed::Overtaken => self.learned.names.forget_unknown(ready.object),
            }
        }
        Err(Error::Internal(format!("chunk {} kept colliding with other writes", place.number)))
    }
}

/// Takes out everything up to the header row, whose width CSV rows must have.
fn without_header(plan: &ImportPlan, raws: Vec<RawRow>, width: &mut Option<usize>) -> Vec<RawRow> {
    let (head, data): (Vec<_>, Vec<_>) =
        raws.into_iter().partition(|row| row.line <= plan.header_row);
    let header = head.iter().find(|row| row.line == plan.header_row);
    if let (Some(header), Format::Csv { .. }) = (header, &plan.format) {
        *width = Some(header.cells.len());
    }
    data
}
