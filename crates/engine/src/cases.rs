//! Runs a pack's business cases on the real engine: given records, steps by actors, expected ends.
//!
//! Each case needs an engine of its own over an empty store with the packs published.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use schema::pack::{Given, PackTest, Refused, Step, StepKind, Then};
use schema::query::{CountMode, Query};
use schema::{Field, FieldType, Name};
use serde_json::{Map, Value as Json, json};
use store::jobs;
use uuid::Uuid;

use crate::measures::{MeasureOf, MeasureQuery, Span};
use crate::sets::KEEP_SETS;
use crate::subject::{DOSSIER, ERASE_LOCKED, ERASE_SUBJECT};
use crate::upkeep::REMIND;
use crate::{
    Actor, Change, Command, Duplicate, Engine, Error, Origin, Overview, Refusal, TimelineEntry,
    TimelineQuery, View,
};

/// Jobs that a case lets run.
const KINDS: &[&str] = &[KEEP_SETS, DOSSIER, ERASE_SUBJECT, ERASE_LOCKED, REMIND];

/// What a step gave.
enum Got {
    Record(Uuid, Option<View>),
    Revealed(Json),
    Rows(Vec<View>, u64),
    Page(Box<Overview>),
    Entries(Vec<TimelineEntry>),
    Amount(crate::measures::Point),
    Alike(Vec<Duplicate>),
    Refused(Refusal),
}

/// Runs one case; the error says which line went otherwise and how.
pub async fn run(engine: &Arc<Engine>, case: &PackTest) -> Result<(), String> {
    let platform = engine.system(None, "case");
    let mut run = Run { engine, ids: HashMap::new(), merges: HashMap::new() };
    for given in &case.given {
        run.give(&platform, given).await.map_err(|why| at(case, given.line, &why))?;
        run.settle().await.map_err(|why| at(case, given.line, &why))?;
    }
    for step in &case.steps {
        run.step(&platform, step).await.map_err(|why| at(case, step.line, &why))?;
        run.settle().await.map_err(|why| at(case, step.line, &why))?;
    }
    Ok(())
}

fn at(case: &PackTest, line: u32, why: &str) -> String {
    format!("{}:{line}: «{}»: {why}", case.file, case.name)
}

struct Run<'a> {
    engine: &'a Arc<Engine>,
    ids: HashMap<String, (Name, Uuid)>,
    /// Merges by the record that went.
    merges: HashMap<Uuid, Uuid>,
}

impl Run<'_> {
    async fn give(&mut self, platform: &Actor, given: &Given) -> Result<(), String> {
        let values = self.resolve(&given.object, &given.values)?;
        let change = Change::Create { object: given.object.clone(), id: None, values };
        let made = self.engine.submit(platform, change.into()).await.map_err(|e| told(&e))?;
        if let Some(alias) = &given.alias {
            self.ids.insert(alias.clone(), (given.object.clone(), made.id));
        }
        Ok(())
    }

    async fn step(&mut self, platform: &Actor, step: &Step) -> Result<(), String> {
        let actor = match &step.actor {
            None => platform.clone(),
            Some(alias) => {
                let id = self.id(alias)?;
                let origin = Origin::default();
                self.engine.actor(id, origin).await.map_err(|error| told(&error))?
            }
        };
        let got = match self.attempt(&actor, step).await? {
            Ok(got) => got,
            Err(Error::Refused(refusal)) => Got::Refused(refusal),
            Err(other) => return Err(other.to_string()),
        };
        if let (Some(alias), Got::Record(id, _)) = (&step.alias, &got) {
            self.ids.insert(alias.clone(), (step.object.clone(), *id));
        }
        self.judge(&step.then, &got)
    }

    /// Lets everything follow that follows from what was done: reactions, and the jobs they queue.
    async fn settle(&self) -> Result<(), String> {
        let engine = self.engine;
        let later = engine.now().checked_add(SignedDuration::from_hours(1));
        let later = later.map_err(|error| error.to_string())?;
        let when = (later, SignedDuration::from_secs(60));
        loop {
            let reacted = engine.react("case").await.map_err(|error| error.to_string())?;
            if reacted.failed > 0 {
                return Err("a reaction failed".into());
            }
            let db = engine.store().db();
            let claimed = jobs::claim(db, KINDS, "case", when, 10).await;
            let claimed = claimed.map_err(|error| error.to_string())?;
            for job in &claimed {
                engine.run_job(job, "case").await.map_err(|error| told(&error))?;
                let step = jobs::finish(job.id, "case", None, later);
                db.run(vec![step]).await.map_err(|error| error.to_string())?;
            }
            if reacted.taken == 0 && claimed.is_empty() {
                return Ok(());
            }
        }
    }

    async fn attempt(&mut self, actor: &Actor, step: &Step) -> Result<Result<Got, Error>, String> {
        let object = step.object.clone();
        let named = |alias: &Option<String>| match alias {
            Some(alias) => self.id(alias),
            None => Ok(Uuid::nil()),
        };
        let (record, with) = (named(&step.record)?, named(&step.with)?);
        let values = self.resolve(&step.object, &step.values)?;
        let change = match step.kind {
            StepKind::Create => Change::Create { object, id: None, values },
            StepKind::Update | StepKind::Reassign => {
                Change::Update { object, id: record, version: None, values }
            }
            StepKind::Delete => Change::Delete { object, id: record, version: None },
            StepKind::Get => {
                let got = self.engine.get(actor, object.as_str(), record, false).await;
                return Ok(got.map(|view| Got::Record(record, Some(view))));
            }
            StepKind::Query => return Ok(self.query(actor, step).await),
            StepKind::Overview => {
                let got = self.engine.overview(actor, object.as_str(), record, None).await;
                return Ok(got.map(|page| Got::Page(Box::new(page))));
            }
            StepKind::Timeline => return Ok(self.timeline(actor, step, record).await),
            StepKind::Measure => return Ok(self.measure(actor, step, record).await),
            StepKind::Band => return Ok(self.band(actor, step, record).await),
            StepKind::Answer => return self.answer(actor, step, record).await,
            StepKind::Locked => return Ok(self.locked(actor, step).await),
            StepKind::Daily => return self.daily().await,
            StepKind::Reveal => {
                let field = fields(step)?.pop().ok_or("a reveal names a field")?;
                Change::Reveal { object, id: record, field }
            }
            StepKind::Share => {
                let until = self.engine.now().checked_add(SignedDuration::from_hours(24));
                let until = Some(until.map_err(|error| error.to_string())?);
                Change::Share { object, id: record, user: with, until }
            }
            StepKind::Duplicates => {
                let got = self.engine.duplicates(actor, object.as_str(), &values, None).await;
                return Ok(got.map(Got::Alike));
            }
            StepKind::Merge => {
                let (versions, take) = ((None, None), fields(step)?);
                Change::Merge { object, id: record, loser: with, versions, take }
            }
            StepKind::Unmerge => {
                let merge = self.merges.get(&with).copied().ok_or("nothing was merged so")?;
                Change::Unmerge { object, id: record, merge }
            }
        };
        let reason = step.reason.clone();
        let command = Command { action: change, reason, idempotency: None };
        let done = self.engine.submit(actor, command).await;
        if let Some(merge) = done.as_ref().ok().and_then(|outcome| outcome.merge) {
            self.merges.insert(with, merge);
        }
        Ok(done.map(|outcome| match outcome.revealed {
            Some(revealed) => Got::Revealed(revealed.value),
            None => Got::Record(outcome.id, outcome.view),
        }))
    }

    /// The newest entries of a record's timeline.
    async fn timeline(&self, actor: &Actor, step: &Step, record: Uuid) -> Result<Got, Error> {
        let query = TimelineQuery {
            kinds: Vec::new(),
            from: None,
            until: None,
            cursor: None,
            limit: TimelineQuery::LIMIT,
        };
        let got = self.engine.timeline(actor, step.object.as_str(), record, &query).await?;
        Ok(Got::Entries(got.entries))
    }

    /// The locked records of the step's object.
    async fn locked(&self, actor: &Actor, step: &Step) -> Result<Got, Error> {
        let page = self.engine.locked(actor, step.object.as_str(), None, 200).await?;
        let rows: Vec<View> = page.records.into_iter().map(|locked| locked.record).collect();
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(Got::Rows(rows, count))
    }

    /// A measure of a record over one month.
    async fn measure(&self, actor: &Actor, step: &Step, record: Uuid) -> Result<Got, Error> {
        let (measure, on) = step.measure.clone().unwrap_or_default();
        let day = on.unwrap_or(kernel::time::business_date(self.engine.now()));
        let flow = self.engine.catalogue().measures.get(measure.as_str()).map(|m| m.kind)
            == Some(schema::measure::MeasureKind::Flow);
        let query = MeasureQuery {
            measure,
            of: MeasureOf::Record(step.object.to_string(), record),
            from: day,
            to: day.last_of_month(),
            by: Span::Month,
            split: false,
            average: !flow,
        };
        let point = self.engine.measure(actor, &query).await?.points.pop();
        point.map(Got::Amount).ok_or_else(|| Error::Internal("a month is a point".into()))
    }

    /// Runs the bandings of the step's object, as the platform does.
    async fn band(&self, actor: &Actor, step: &Step, record: Uuid) -> Result<Got, Error> {
        let catalogue = self.engine.catalogue();
        for banding in catalogue.bandings.values() {
            if catalogue.at(banding.object).is_some_and(|object| object.name == step.object) {
                self.engine.run_banding_now(actor, banding.name.as_str(), false).await?;
            }
        }
        let view = self.engine.get(actor, step.object.as_str(), record, false).await?;
        Ok(Got::Record(record, Some(view)))
    }

    /// Has a request answered, by a job that runs at once, and reads it.
    async fn answer(
        &self,
        actor: &Actor,
        step: &Step,
        record: Uuid,
    ) -> Result<Result<Got, Error>, String> {
        if let Err(error) = self.engine.answer_request(actor, step.object.as_str(), record).await {
            return Ok(Err(error));
        }
        self.settle().await?;
        let got = self.engine.get(actor, step.object.as_str(), record, false).await;
        Ok(got.map(|view| Got::Record(record, Some(view))))
    }

    /// Does what the platform does each day.
    async fn daily(&self) -> Result<Result<Got, Error>, String> {
        if let Err(error) = self.engine.queue_daily().await {
            return Ok(Err(error));
        }
        self.settle().await?;
        Ok(Ok(Got::Rows(Vec::new(), 0)))
    }

    async fn query(&self, actor: &Actor, step: &Step) -> Result<Got, Error> {
        let query = Query {
            filter: step.filter.clone(),
            search: step.search.clone(),
            permitted_for: step.permitted_for.clone(),
            sort: step.sort.iter().cloned().map(Into::into).collect(),
            count: CountMode::Exact,
            ..Query::of(step.object.as_str())
        };
        let page = self.engine.query(actor, &query).await?;
        let count = page.count.map_or(0, |count| count.rows);
        Ok(Got::Rows(page.records.unwrap_or_default(), count))
    }

    fn id(&self, alias: &str) -> Result<Uuid, String> {
        let found = self.ids.get(alias.trim_start_matches('@')).map(|(_, id)| *id);
        found.ok_or_else(|| format!("nothing is called @{alias}"))
    }

    /// Values with each `@alias` replaced by that record's id, or by its object and id where a
    /// reference may point to several objects.
    fn resolve(
        &self,
        object: &Name,
        values: &Map<String, Json>,
    ) -> Result<Map<String, Json>, String> {
        let catalogue = self.engine.catalogue();
        let definition = catalogue.objects.get(object);
        let mut resolved = Map::new();
        for (key, value) in values {
            let field = definition.and_then(|object| object.field(key)).map(|(_, field)| field);
            resolved.insert(key.clone(), self.resolve_one(field, value)?);
        }
        Ok(resolved)
    }

    fn resolve_one(&self, field: Option<&Field>, value: &Json) -> Result<Json, String> {
        Ok(match (value, field.map(|field| &field.kind)) {
            (Json::String(text), kind) => {
                let found = text.strip_prefix('@').and_then(|alias| self.ids.get(alias));
                match (found, kind) {
                    (None, _) => value.clone(),
                    (Some((object, id)), Some(FieldType::Reference { to, .. })) if to.len() > 1 => {
                        json!({ "object": object, "id": id })
                    }
                    (Some((_, id)), _) => json!(id),
                }
            }
            (Json::Array(items), Some(FieldType::ChildTable { object, .. })) => {
                let row = |item: &Json| match item {
                    Json::Object(map) => Ok(Json::Object(self.resolve(object, map)?)),
                    other => Ok(other.clone()),
                };
                Json::Array(items.iter().map(row).collect::<Result<_, String>>()?)
            }
            (Json::Array(items), _) => {
                let one = |item: &Json| self.resolve_one(field, item);
                Json::Array(items.iter().map(one).collect::<Result<_, _>>()?)
            }
            _ => value.clone(),
        })
    }

    fn judge(&self, then: &Then, got: &Got) -> Result<(), String> {
        match (then.refused, got) {
            (Some(expected), Got::Refused(refusal)) => {
                if kind_of(refusal) != expected {
                    return Err(format!("expected {expected:?}, refused with {refusal:?}"));
                }
                return violations(then, refusal);
            }
            (Some(expected), _) => return Err(format!("expected {expected:?}, but it was done")),
            (None, Got::Refused(refusal)) => return Err(format!("refused: {refusal:?}")),
            (None, _) => {}
        }
        match got {
            Got::Rows(rows, count) => {
                if let Some(expected) = then.count.filter(|expected| expected != count) {
                    return Err(format!("expected {expected} rows, found {count}"));
                }
                match rows.first() {
                    Some(first) => self.compare(&then.first, first),
                    None if then.first.is_empty() => Ok(()),
                    None => Err("there is no first row".into()),
                }
            }
            Got::Page(page) => {
                let hints = page.warnings.iter().chain(&page.suggestions);
                heard(then, &hints.map(|hint| hint.code.to_string()).collect::<Vec<_>>())?;
                let lists = page.completeness.iter().flat_map(|list| &list.missing);
                let missing: Vec<String> = lists.map(|item| item.code.to_string()).collect();
                if let Some(code) = then.missing.iter().find(|code| !missing.contains(code)) {
                    return Err(format!("`{code}` is not among the missing {missing:?}"));
                }
                self.compare(&then.values, &page.record)
            }
            Got::Entries(entries) => {
                let titles = entries.iter().filter_map(|entry| entry.title.as_ref()?.as_str());
                heard(then, &titles.map(str::to_owned).collect::<Vec<_>>())?;
                let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
                match then.count.filter(|expected| *expected != count) {
                    Some(expected) => Err(format!("expected {expected} entries, found {count}")),
                    None => Ok(()),
                }
            }
            Got::Record(_, Some(view)) => self.compare(&then.values, view),
            Got::Revealed(value) => {
                let wrong = then.values.values().find(|expected| *expected != value);
                wrong.map_or(Ok(()), |expected| Err(format!("expected {expected}, got {value}")))
            }
            Got::Alike(found) => {
                let said = found.iter().flat_map(|one| {
                    let why = one.why.iter().map(|why| why.code.to_string());
                    why.chain([one.level.as_str().to_owned()])
                });
                heard(then, &said.collect::<Vec<_>>())?;
                let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
                if let Some(expected) = then.count.filter(|expected| *expected != count) {
                    return Err(format!("expected {expected} duplicates, found {count}"));
                }
                match found.first().and_then(|one| one.record.as_ref()) {
                    Some(first) => self.compare(&then.first, first),
                    None if then.first.is_empty() => Ok(()),
                    None => Err("there is no first record in sight".into()),
                }
            }
            Got::Amount(point) => {
                let shown = (point.value.to_string(), point.average.map(|a| a.to_string()));
                let fits = then.amount.as_ref().is_none_or(|amount| *amount == shown.0)
                    && (then.average.is_none() || then.average == shown.1);
                if fits { Ok(()) } else { Err(format!("found {shown:?}")) }
            }
            Got::Record(_, None) | Got::Refused(_) => Ok(()),
        }
    }

    fn compare(&self, expected: &Map<String, Json>, view: &View) -> Result<(), String> {
        for (field, expected) in expected {
            let found = view.get(field);
            let fits = match expected.as_str() {
                Some("masked") => view.is_masked(field),
                Some("hidden") => found.is_none(),
                _ => {
                    let catalogue = self.engine.catalogue();
                    let object = catalogue.objects.get(&view.object);
                    let definition = object.and_then(|o| o.field(field)).map(|(_, field)| field);
                    let wanted = self.resolve_one(definition, expected)?;
                    found.as_ref().is_some_and(|found| same(&wanted, found))
                }
            };
            if !fits {
                return Err(format!("`{field}`: expected {expected}, found {found:?}"));
            }
        }
        Ok(())
    }
}

/// The fields that a step names.
fn fields(step: &Step) -> Result<Vec<Name>, String> {
    step.fields.iter().map(|name| Name::new(name).map_err(|error| error.to_string())).collect()
}

/// Equal as JSON, or equal as numbers written differently (`5` and `"5.00"`).
fn same(wanted: &Json, found: &Json) -> bool {
    let number = |json: &Json| match json {
        Json::Number(number) => number.to_string().parse::<kernel::Decimal>().ok(),
        Json::String(text) => text.parse().ok(),
        Json::Object(map) => map.get("amount")?.as_str()?.parse().ok(),
        _ => None,
    };
    wanted == found || number(wanted).is_some_and(|wanted| Some(wanted) == number(found))
}

/// Whether what was said is what should be, and nothing that should not.
fn heard(then: &Then, said: &[String]) -> Result<(), String> {
    if let Some(wanted) = then.says.iter().find(|wanted| !said.contains(wanted)) {
        return Err(format!("`{wanted}` is not among {said:?}"));
    }
    match then.silent.iter().find(|unwanted| said.contains(unwanted)) {
        Some(unwanted) => Err(format!("`{unwanted}` is among {said:?}")),
        None => Ok(()),
    }
}

fn kind_of(refusal: &Refusal) -> Refused {
    match refusal {
        Refusal::Invisible => Refused::Invisible,
        Refusal::Forbidden { .. } => Refused::Forbidden,
        Refusal::Stale { .. } => Refused::Stale,
        Refusal::Quota { .. } => Refused::Quota,
        Refusal::Conflict { .. } => Refused::Invalid,
        Refusal::Invalid(violations) => {
            let all = |code: &str| violations.iter().all(|v| v.code == code);
            if all("read_only") {
                Refused::ReadOnly
            } else if all("duplicate") {
                Refused::Duplicate
            } else {
                Refused::Invalid
            }
        }
    }
}

fn violations(then: &Then, refusal: &Refusal) -> Result<(), String> {
    let Refusal::Invalid(found) = refusal else { return Ok(()) };
    for (field, code) in &then.violations {
        let field = field.as_deref().unwrap_or_default();
        if !found.iter().any(|v| v.field == field && v.code == *code) {
            return Err(format!("expected violation {field}:{code} among {found:?}"));
        }
    }
    Ok(())
}

fn told(error: &Error) -> String {
    match error {
        Error::Refused(refusal) => format!("{refusal:?}"),
        other => other.to_string(),
    }
}
