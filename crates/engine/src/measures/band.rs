//! Bandings: a field that follows the month averages of a measure, with hysteresis.
//!
//! A band is reached when the averages of the last months in a row, as many as the parameter says, all
//! stand at its threshold or above. It is lost when as many of them as the other parameter says all
//! stand below its threshold times the ratio; then the field falls to the band that the last month
//! reaches. In between nothing changes. Only full months count. A banding runs once a month as a job,
//! page by page; each change is an update of the record like any other, by the platform, whose reason
//! names the rule and its numbers.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::join_all;
use jiff::ToSpan as _;
use kernel::{Date, Decimal};
use schema::Value;
use schema::catalogue::{ParameterValue, Right, base};
use schema::measure::{Band, Banding, Measure};
use schema::{Catalogue, Name};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use store::jobs::{Job, NewJob, enqueue, enqueue_once};
use store::measures::MonthOf;
use store::records::Select;
use uuid::Uuid;

use super::book::{id_in, may_point};
use super::series::{decimal, half_up};
use crate::access::Ran;
use crate::moment::Moment;
use crate::rights::own_field;
use crate::upkeep::{ATTEMPTS, bytes, cursor_of, payload_of};
use crate::write::{Context, id_of};
use crate::{Actor, Change, Command, Engine, Error, Refusal, SYSTEM_USER};

/// Kind of the job.
pub(crate) const KIND: &str = "banding";
/// Subjects judged at a time.
const SUBJECTS: u32 = 200;
/// Subjects changed at a time.
const AT_ONCE: usize = 16;
/// Months that are looked back at most.
const MONTHS: usize = 36;
/// Changes that a report names.
const NAMED: usize = 100;

#[derive(Serialize, Deserialize)]
struct Task {
    banding: Name,
    /// Only tell what would change.
    preview: bool,
}

/// How far a banding is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Cursor {
    after: Option<Uuid>,
    report: BandingReport,
}

/// What a run of a banding came to, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandingReport {
    /// Subjects judged.
    pub judged: u64,
    /// How many went from one band to another, as `from → to`.
    pub moves: BTreeMap<String, u64>,
    /// Records that could not be changed; the audit log says why.
    pub refused: u64,
    /// The first changes.
    pub first: Vec<Moved>,
}

/// One change of a band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The record.
    pub id: Uuid,
    /// Band before.
    pub from: Option<String>,
    /// Band after.
    pub to: String,
    /// The rule and the numbers.
    pub reason: String,
}

/// A banding with its numbers of a day.
struct Rule<'a> {
    banding: &'a Banding,
    measure: &'a Measure,
    /// Thresholds in the measure's smallest unit; the lowest band has none.
    thresholds: Vec<Option<Decimal>>,
    upgrade: usize,
    downgrade: usize,
    ratio: Decimal,
}

/// A subject as it stands.
struct Subject {
    id: Uuid,
    band: Option<String>,
    average: Option<Decimal>,
}

impl Engine {
    /// Queues a run of a banding, or a preview that changes nothing. For those who look after jobs.
    pub async fn start_banding(
        &self,
        actor: &Actor,
        banding: &str,
        preview: bool,
    ) -> Result<Uuid, Error> {
        let platform = matches!(actor.kind(), crate::ActorKind::System { .. });
        if !platform && !actor.rights().has(Right::Jobs) {
            return Err(Refusal::Invisible.into());
        }
        let catalogue = self.catalogue();
        let banding = catalogue.bandings.get(banding).ok_or(Refusal::Invisible)?;
        let now = self.now();
        let job = self.banding_job(&banding.name, preview, actor.user())?;
        let detail = json!({ "job": job.id, "banding": banding.name, "preview": preview });
        self.record(actor, "banding_started", detail, vec![enqueue(&job, now)]).await?;
        Ok(job.id)
    }

    /// Queues every banding once a month, from its first business day on. Costs one statement each.
    pub async fn queue_bandings(&self) -> Result<(), Error> {
        let now = self.now();
        let today = kernel::time::business_date(now);
        for banding in self.catalogue().bandings.values() {
            let job = self.banding_job(&banding.name, false, SYSTEM_USER)?;
            let key = format!("{} {}-{:02}", banding.name, today.year(), today.month());
            let step = enqueue_once(&job, &key, now);
            self.store().db().run(vec![step]).await.map_err(store::Error::from)?;
        }
        Ok(())
    }

    fn banding_job(&self, banding: &Name, preview: bool, by: Uuid) -> Result<NewJob, Error> {
        let now = self.now();
        Ok(NewJob {
            id: self.next_id(now),
            kind: KIND.into(),
            run_at: now,
            payload: bytes(&Task { banding: banding.clone(), preview })?,
            max_attempts: ATTEMPTS,
            created_by: by,
        })
    }

    pub(crate) async fn run_banding(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let task: Task = payload_of(job)?;
        let actor = self.job_actor(job);
        let mut cursor: Cursor = cursor_of(job);
        loop {
            let more = self.band_page(&actor, &task, &mut cursor).await?;
            let done = i64::try_from(cursor.report.judged).unwrap_or(i64::MAX);
            if !self.advance(job, worker, &json!(cursor), done).await? {
                return Ok(Ran::Lost);
            }
            if !more {
                return Ok(Ran::Done(bytes(&cursor.report)?));
            }
        }
    }

    /// Runs a whole banding at once; what a job does page by page.
    pub async fn run_banding_now(
        &self,
        actor: &Actor,
        banding: &str,
        preview: bool,
    ) -> Result<BandingReport, Error> {
        let banding = Name::new(banding).map_err(|_| Refusal::Invisible)?;
        let task = Task { banding, preview };
        let platform = matches!(actor.kind(), crate::ActorKind::System { .. });
        if !platform {
            return Err(Refusal::Invisible.into());
        }
        let mut cursor = Cursor::default();
        while self.band_page(actor, &task, &mut cursor).await? {}
        Ok(cursor.report)
    }

    /// Judges the next subjects; whether there may be more.
    async fn band_page(
        &self,
        actor: &Actor,
        task: &Task,
        cursor: &mut Cursor,
    ) -> Result<bool, Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let Some(rule) = Rule::of(&catalogue, &task.banding, moment.today) else {
            return Ok(false);
        };
        let (subjects, last) = context.subjects_after(rule.banding, cursor.after).await?;
        let averages = context.averages(&rule, &subjects).await?;
        let mut changes = Vec::new();
        for subject in &subjects {
            cursor.report.judged += 1;
            let averages = averages.get(&subject.id).map(Vec::as_slice).unwrap_or_default();
            let to = rule.judge(subject.band.as_deref(), averages);
            let reason = rule.reason(subject.band.as_deref(), to);
            if let Some(to) = to {
                let from = subject.band.clone();
                let way = format!("{} → {to}", from.as_deref().unwrap_or("-"));
                *cursor.report.moves.entry(way).or_default() += 1;
                if cursor.report.first.len() < NAMED {
                    let (to, reason) = (to.to_owned(), reason.clone());
                    cursor.report.first.push(Moved { id: subject.id, from, to, reason });
                }
            }
            let last = averages.first().copied();
            if !task.preview {
                changes.push(self.band_one(&context, &rule, (subject, to, last), reason));
            }
        }
        // Some at once, so that they share transactions.
        let mut changes = changes.into_iter();
        loop {
            let some: Vec<_> = changes.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            for changed in join_all(some).await {
                cursor.report.refused += u64::from(!changed?);
            }
        }
        cursor.after = last;
        Ok(cursor.after.is_some())
    }

    /// Writes a subject's band and average, if they differ; false when that is refused.
    async fn band_one(
        &self,
        context: &Context<'_>,
        rule: &Rule<'_>,
        (subject, to, average): (&Subject, Option<&str>, Option<Decimal>),
        reason: String,
    ) -> Result<bool, Error> {
        let banding = rule.banding;
        let Some(object) = context.catalogue.at(banding.object) else { return Ok(false) };
        let mut values = Map::new();
        let mut set = |slot: Option<schema::Slot>, value: serde_json::Value| {
            if let Some(field) = slot.and_then(|slot| object.at(slot)) {
                values.insert(field.name.to_string(), value);
            }
        };
        if average.is_some() && average != subject.average {
            set(banding.average, json!(average.map(|average| average.to_string())));
        }
        if let Some(to) = to {
            set(Some(banding.field), json!(to));
            set(banding.since, json!(context.moment.today));
        }
        if values.is_empty() {
            return Ok(true);
        }
        let (object, id) = (object.name.clone(), subject.id);
        let action = Change::Update { object, id, version: None, values };
        let command = Command { action, reason: Some(reason), idempotency: None };
        match self.submit(context.actor, command).await {
            Ok(_) => Ok(true),
            Err(Error::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Context<'_> {
    /// The next subjects of a banding, and the id to go on after.
    async fn subjects_after(
        &self,
        banding: &Banding,
        after: Option<Uuid>,
    ) -> Result<(Vec<Subject>, Option<Uuid>), Error> {
        let object = banding.object;
        let mut columns = vec![own_field(object, base::ID), own_field(object, banding.field)];
        columns.extend(banding.average.map(|slot| own_field(object, slot)));
        let filter = banding.when.as_ref().map(|when| &when.root);
        let select = Select {
            columns,
            filter,
            after: after.map(|id| vec![Value::Id(id)]),
            limit: SUBJECTS,
            ..Select::of(object, &self.env)
        };
        let rows = self.engine.store().select(self.catalogue, &select).await?;
        let full = rows.len() >= usize::try_from(SUBJECTS).unwrap_or(usize::MAX);
        let subject = |row: &Vec<Value>| Subject {
            id: id_of(row),
            band: match row.get(1) {
                Some(Value::Text(text)) => Some(text.to_string()),
                _ => None,
            },
            average: match row.get(2) {
                Some(Value::Number(number)) => Some(*number),
                _ => None,
            },
        };
        let last = rows.last().and_then(|row| row.first()).map(id_in).filter(|_| full);
        Ok((rows.iter().map(subject).collect(), last))
    }

    /// The averages of the full months before today, newest first. Costs one statement for each
    /// month and kind of carrier.
    async fn averages(
        &self,
        rule: &Rule<'_>,
        subjects: &[Subject],
    ) -> Result<HashMap<Uuid, Vec<Decimal>>, Error> {
        let ids: Vec<Uuid> = subjects.iter().map(|subject| subject.id).collect();
        let mut all: HashMap<Uuid, Vec<Decimal>> = HashMap::new();
        let mut first = super::Span::Month.start(self.moment.today);
        for _ in 0..rule.months() {
            let Ok(to) = first.checked_sub(1.day()) else { break };
            first = super::Span::Month.start(to);
            let mut days: HashMap<Uuid, i128> = HashMap::new();
            for carrier in &rule.measure.carriers {
                if !may_point(self.catalogue, carrier, rule.banding.object) {
                    continue;
                }
                let which = ((carrier.object, carrier.subject), ids.as_slice());
                let month = MonthOf { from: first, to };
                let store = self.engine.store();
                let name = &rule.measure.name;
                for (id, sum) in store.measure_days(self.catalogue, name, which, month).await? {
                    *days.entry(id).or_default() += sum;
                }
            }
            let length = i128::from(to.day());
            for id in &ids {
                let sum = days.get(id).copied().unwrap_or(0);
                let average = decimal(half_up(sum, length), rule.measure.scale);
                all.entry(*id).or_default().push(average);
            }
        }
        Ok(all)
    }
}

impl<'a> Rule<'a> {
    fn of(catalogue: &'a Catalogue, name: &Name, today: Date) -> Option<Rule<'a>> {
        let banding = catalogue.bandings.get(name)?;
        let number = |name: &Name| match catalogue.parameters.get(name)?.on(today)? {
            ParameterValue::Number(number) => Some(*number),
            _ => None,
        };
        let months = |name: &Name| {
            let months = number(name).and_then(|number| usize::try_from(number).ok());
            months.map(|months| months.clamp(1, MONTHS))
        };
        let threshold = |band: &Band| match &band.from {
            None => Some(None),
            Some(name) => number(name).map(Some),
        };
        Some(Rule {
            banding,
            measure: catalogue.measures.get(&banding.measure)?,
            thresholds: banding.bands.iter().map(threshold).collect::<Option<_>>()?,
            upgrade: months(&banding.upgrade_months)?,
            downgrade: months(&banding.downgrade_months)?,
            ratio: number(&banding.downgrade_ratio)?,
        })
    }

    fn months(&self) -> usize {
        self.upgrade.max(self.downgrade)
    }

    /// The highest band that an amount reaches.
    fn reached(&self, amount: Decimal) -> usize {
        let reaches = |from: &Option<Decimal>| from.is_none_or(|from| amount >= from);
        self.thresholds.iter().rposition(reaches).unwrap_or(0)
    }

    /// The band to go to, if it is another one. `averages` are of full months, newest first.
    fn judge(&self, band: Option<&str>, averages: &[Decimal]) -> Option<&'a str> {
        let bands = &self.banding.bands;
        let now = band.and_then(|band| bands.iter().position(|each| each.value == band));
        if band.is_some() && now.is_none() {
            return None;
        }
        let least = averages.iter().take(self.upgrade).min()?;
        let up = self.reached(*least);
        let to = match now {
            None => up,
            Some(now) if up > now => up,
            Some(now) => {
                let kept = (*self.thresholds.get(now)?)?.checked_mul(self.ratio)?;
                let mut months = averages.iter().take(self.downgrade);
                if averages.len() < self.downgrade || !months.all(|average| *average < kept) {
                    return None;
                }
                self.reached(*averages.first()?).min(now.checked_sub(1)?)
            }
        };
        let to = bands.get(to)?;
        (Some(to.value.as_str()) != band).then_some(to.value.as_str())
    }

    /// The rule and its numbers. What the subject has is not told: the log keeps reasons in clear.
    fn reason(&self, from: Option<&str>, to: Option<&str>) -> String {
        let (name, measure) = (&self.banding.name, &self.measure.name);
        let position = |band: Option<&str>| {
            let bands = &self.banding.bands;
            band.and_then(|band| bands.iter().position(|each| each.value == band))
        };
        let threshold =
            |at: Option<usize>| at.and_then(|at| *self.thresholds.get(at)?).unwrap_or_default();
        let (old, new) = (position(from), position(to));
        match to {
            None => format!("{name}: month average of {measure}"),
            Some(_) if new >= old => format!(
                "{name}: {measure} reached {} on average of {} months",
                threshold(new),
                self.upgrade
            ),
            Some(_) => format!(
                "{name}: {measure} below {} of {} on average of {} months",
                self.ratio,
                threshold(old),
                self.downgrade
            ),
        }
    }
}
