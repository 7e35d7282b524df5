//! Reckoning measures again from the records, and mending the ledger where it differs.
//!
//! A carrier's history is compared by day where all that adds to it are movements, else by what it
//! stands at; one without any history gets it from its records, as after a measure is new. Then each
//! unit's owners are compared with the sums of their subjects' carriers. A page of records is read
//! between two reads of the ledger and judged only where these agree, so writes that go on meanwhile
//! are never taken for errors. A correction is a movement like any other, committed with an audit
//! entry and the job's progress: a job that is cut off goes on and corrects nothing twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use kernel::Instant;
use schema::catalogue::{Right, SystemKind, base};
use schema::diff::{Change, Diff, Kind, Touch};
use schema::measure::{Carrier, Dating, Measure, MeasureKind};
use schema::{Catalogue, Name, ObjectIx, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::jobs::{Job, NewJob, enqueue};
use store::measures::{Bookings, Correction, Movement, Place, Standing, TOTAL};
use store::records::Select;
use store::{CommitError, Step, Write};
use uuid::Uuid;

use super::book::{id_in, may_point};
use super::reach;
use super::reckon::Compared;
use crate::access::Ran;
use crate::moment::Moment;
use crate::rights::own_field;
use crate::upkeep::{ATTEMPTS, HEAD_START, bytes, cursor_of, payload_of};
use crate::write::{Context, Entry as Noted, entry};
use crate::{Actor, Engine, Error, Refusal};

/// Kind of the job.
pub(crate) const KIND: &str = "check_measures";
/// Carriers compared at a time.
const CARRIERS: u32 = 200;
/// Units compared at a time.
const UNITS: u32 = 20;
/// Times a page is read again when writes came in between.
const TRIES: usize = 5;
/// Differences that one audit entry names; by how much is not for those who read the log.
const NAMED: usize = 50;

#[derive(Serialize, Deserialize)]
struct Task {
    /// These measures; every one when empty.
    measures: Vec<Name>,
    mend: bool,
    /// The version that asked for it.
    version: u64,
}

/// How far a check is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    through: Vec<Name>,
    /// Kind of carrier under way; past the last one, places are.
    stage: usize,
    after: Option<Uuid>,
    /// The measure had no sums by place when its check began: they are made with the histories.
    fresh: bool,
    found: MeasureCheck,
}

/// What a check of measures found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureCheck {
    /// Carriers compared with their records.
    pub carriers: u64,
    /// Units compared with their carriers.
    pub units: u64,
    /// Differences found, and mended when that was asked for.
    pub differences: u64,
}

/// What one page came to.
struct Page {
    bookings: Bookings,
    told: Vec<Json>,
    count: u64,
}

impl Engine {
    /// Queues a check of every measure; with `mend` it also corrects what differs. For those who look
    /// after jobs.
    pub async fn start_measure_check(&self, actor: &Actor, mend: bool) -> Result<Uuid, Error> {
        let platform = matches!(actor.kind(), crate::ActorKind::System { .. });
        if !platform && !actor.rights().has(Right::Jobs) {
            let (action, object) = ("check".into(), "measures".into());
            return Err(Refusal::Forbidden { action, object }.into());
        }
        let now = self.now();
        let task = Task { measures: Vec::new(), mend, version: self.catalogue().version };
        let job = new_job(self, &task, (actor.user(), now, now))?;
        let detail = json!({ "job": job.id, "mend": mend });
        self.record(actor, "measure_check", detail, vec![enqueue(&job, now)]).await?;
        Ok(job.id)
    }

    pub(crate) async fn run_measure_check(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let task: Task = payload_of(job)?;
        if self.catalogue().version < task.version {
            self.load_published().await?;
        }
        let actor = self.job_actor(job);
        let mut cursor: Cursor = cursor_of(job);
        loop {
            let catalogue = self.catalogue();
            let moment = Moment::new(catalogue.clone(), self.now());
            let context = Context::new(self, &catalogue, &moment, &actor);
            let wanted = |name: &&Name| {
                (task.measures.is_empty() || task.measures.contains(name))
                    && !cursor.through.contains(name)
            };
            let Some(name) = catalogue.measures.keys().find(wanted).cloned() else { break };
            let Some(measure) = catalogue.measures.get(&name) else { break };
            let mut page = context.check_page(measure, &mut cursor).await?;
            cursor.found.differences += page.count;
            if !task.mend {
                page.bookings = Bookings::default();
            }
            let done = i64::try_from(cursor.found.carriers).unwrap_or(i64::MAX);
            let advance = store::jobs::advance(job.id, worker, bytes(&json!(cursor))?, done, None);
            if !context.note_page(measure, page, task.mend, advance).await? {
                return Ok(Ran::Lost);
            }
        }
        let found = &cursor.found;
        let result = json!({
            "carriers": found.carriers, "units": found.units,
            "differences": found.differences, "mended": task.mend,
        });
        Ok(Ran::Done(bytes(&result)?))
    }
}

/// The job that a publish of new or changed measures queues: their history is reckoned from the
/// records that are there.
pub(crate) fn jobs(
    engine: &Engine,
    diff: &Diff,
    (base, next): (u64, &Catalogue),
    (by, now): (Uuid, Instant),
) -> Result<Vec<NewJob>, Error> {
    let mut measures = Vec::new();
    for change in &diff.changes {
        let Change::Definition { kind: Kind::Measure, name, touch, parts } = change else {
            continue;
        };
        let counts = |part: &String| ["kind", "scale", "carriers", "sources"].contains(&&**part);
        if *touch == Touch::Added || (*touch == Touch::Changed && parts.iter().any(counts)) {
            measures.push(name.clone());
        }
    }
    // The first publish makes the tables: there are no records yet.
    if measures.is_empty() || base == 0 {
        return Ok(Vec::new());
    }
    let run_at = now.checked_add(SignedDuration::from_secs(HEAD_START)).unwrap_or(now);
    let task = Task { measures, mend: true, version: next.version };
    Ok(vec![new_job(engine, &task, (by, now, run_at))?])
}

fn new_job(
    engine: &Engine,
    task: &Task,
    (by, now, run_at): (Uuid, Instant, Instant),
) -> Result<NewJob, Error> {
    Ok(NewJob {
        id: engine.next_id(now),
        kind: KIND.into(),
        run_at,
        payload: bytes(task)?,
        max_attempts: ATTEMPTS,
        created_by: by,
    })
}

impl Context<'_> {
    /// Commits what a page came to, with the job's progress; false when the job was lost.
    async fn note_page(
        &self,
        measure: &Measure,
        page: Page,
        mended: bool,
        advance: Step,
    ) -> Result<bool, Error> {
        let mut write =
            Write { bookings: page.bookings, system: vec![advance], ..Write::default() };
        if page.count > 0 {
            let detail = json!({
                "measure": measure.name, "count": page.count, "mended": mended,
                "differences": page.told,
            });
            let kind = "measure_differs";
            let note = Noted { kind, object: None, record: None, reason: None, detail };
            write.audit.push(entry(self, note));
        }
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => Ok(true),
            Err(CommitError::System { .. }) => Ok(false),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Compares the next carriers or units and moves the cursor past them.
    async fn check_page(&self, measure: &Measure, cursor: &mut Cursor) -> Result<Page, Error> {
        let mut page = Page { bookings: Bookings::default(), told: Vec::new(), count: 0 };
        let next = match measure.carriers.get(cursor.stage) {
            Some(carrier) => {
                let ids = self.ids_after(carrier.object, cursor.after, CARRIERS).await?;
                cursor.found.carriers += ids.len() as u64;
                if cursor.stage == 0 && cursor.after.is_none() {
                    cursor.fresh = !self.engine.store().is_measured(&measure.name).await?;
                }
                self.check_carriers(measure, carrier, &ids, &mut page).await?;
                if !cursor.fresh {
                    page.bookings.histories = std::mem::take(&mut page.bookings.movements);
                }
                ids.last().copied()
            }
            None => {
                let mut units = Vec::new();
                if cursor.after.is_none() {
                    units.push(Uuid::nil());
                }
                if let Some((ix, _)) = self.catalogue.system(SystemKind::OrgUnit) {
                    units.extend(self.ids_after(ix, cursor.after, UNITS).await?);
                }
                cursor.found.units += units.len() as u64;
                for unit in &units {
                    if measure.kind == MeasureKind::Balance {
                        self.check_unit(measure, *unit, &mut page).await?;
                    }
                    self.check_below(measure, *unit, &mut page).await?;
                }
                units.last().copied().filter(|unit| !unit.is_nil())
            }
        };
        match (next, cursor.stage < measure.carriers.len()) {
            (Some(last), _) => cursor.after = Some(last),
            (None, true) => (cursor.stage, cursor.after) = (cursor.stage + 1, None),
            (None, false) => {
                cursor.through.push(measure.name.clone());
                (cursor.stage, cursor.after) = (0, None);
            }
        }
        Ok(page)
    }

    async fn ids_after(
        &self,
        object: ObjectIx,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Uuid>, Error> {
        let select = Select {
            columns: vec![own_field(object, base::ID)],
            after: after.map(|id| vec![Value::Id(id)]),
            limit,
            ..Select::of(object, &self.env)
        };
        let rows = self.engine.store().select(self.catalogue, &select).await?;
        Ok(rows.iter().flatten().map(id_in).collect())
    }

    async fn check_carriers(
        &self,
        measure: &Measure,
        carrier: &Carrier,
        ids: &[Uuid],
        page: &mut Page,
    ) -> Result<(), Error> {
        let store = self.engine.store();
        let moves_only = measure
            .sources
            .iter()
            .filter(|source| measure.carried_by(self.catalogue, source) == Some(carrier.object))
            .all(|source| matches!(source.dating, Dating::On(_)));
        let compared = match (moves_only, measure.kind) {
            (true, MeasureKind::Flow) => Compared::Flows,
            (true, MeasureKind::Balance) => Compared::Days,
            (false, _) => Compared::Sums,
        };
        let mut left: Vec<Uuid> = ids.to_vec();
        for _ in 0..TRIES {
            if left.is_empty() {
                break;
            }
            let before = store.measure_entries(&measure.name, &left).await?;
            let reckoned = self.reckon(measure, carrier, &left).await?;
            let after = store.measure_entries(&measure.name, &left).await?;
            left.retain(|id| before.get(id) != after.get(id));
            for (id, says) in &reckoned {
                if left.contains(id) {
                    continue;
                }
                let entries = before.get(id).map(Vec::as_slice).unwrap_or_default();
                let class = says.held.as_ref().map_or_else(|| Arc::from(""), |h| h.class.clone());
                let missing = says.missing(entries, &class, (compared, self.moment.today));
                for (class, day, delta) in missing {
                    page.differs(json!({ "carrier": id, "class": &*class, "day": day }));
                    page.bookings.movements.push(Movement {
                        measure: measure.name.clone(),
                        carrier: *id,
                        place: says.place,
                        class,
                        day,
                        delta,
                    });
                }
            }
        }
        Ok(())
    }

    /// Compares a unit's owners, and its total, with the sums of their subjects' carriers.
    async fn check_unit(
        &self,
        measure: &Measure,
        unit: Uuid,
        page: &mut Page,
    ) -> Result<(), Error> {
        let store = self.engine.store();
        for _ in 0..TRIES {
            let mut stands = Vec::new();
            for months in [false, true] {
                stands.push(store.measure_standing(&measure.name, unit, months).await?);
            }
            let mut should = Standing::new();
            for carrier in &measure.carriers {
                for subject in reach::subjects(self.catalogue, measure) {
                    if !may_point(self.catalogue, carrier, subject) {
                        continue;
                    }
                    let which = ((carrier.object, carrier.subject), subject);
                    let name = &measure.name;
                    let sums =
                        store.measure_standing_reckoned(self.catalogue, name, unit, which).await?;
                    for ((owner, class), sum) in sums {
                        *should.entry((TOTAL, class.clone())).or_default() += sum;
                        *should.entry((owner, class)).or_default() += sum;
                    }
                }
            }
            let again = store.measure_standing(&measure.name, unit, true).await?;
            if stands.last() != Some(&again) {
                continue;
            }
            for (stands, months) in stands.iter().zip([false, true]) {
                self.judge_unit(measure, unit, (stands, &should, months), page);
            }
            return Ok(());
        }
        Ok(())
    }
}

impl Context<'_> {
    /// Compares the sums of a unit with all below it with the totals of those units.
    async fn check_below(
        &self,
        measure: &Measure,
        unit: Uuid,
        page: &mut Page,
    ) -> Result<(), Error> {
        let differs = self.engine.store().measure_below_differs(&measure.name, unit).await?;
        for row in &differs {
            page.differs(json!({ "below": unit, "class": &*row.class, "month": row.month }));
        }
        page.bookings.below.extend(differs);
        Ok(())
    }

    fn judge_unit(
        &self,
        measure: &Measure,
        unit: Uuid,
        (stands, should, months): (&Standing, &Standing, bool),
        page: &mut Page,
    ) {
        let keys: BTreeSet<_> = stands.keys().chain(should.keys()).cloned().collect();
        for key in keys {
            let of = |all: &Standing| all.get(&key).copied().unwrap_or(0);
            let delta = of(should) - of(stands);
            if delta == 0 {
                continue;
            }
            let (owner, class) = key;
            page.differs(json!({
                "unit": unit, "owner": owner, "class": &*class, "months": months,
            }));
            page.bookings.corrections.push(Correction {
                measure: measure.name.clone(),
                place: Place { unit, owner },
                class,
                day: self.moment.today,
                delta,
                months,
            });
        }
    }
}

impl Page {
    fn differs(&mut self, what: Json) {
        self.count += 1;
        if self.told.len() < NAMED {
            self.told.push(what);
        }
    }
}
