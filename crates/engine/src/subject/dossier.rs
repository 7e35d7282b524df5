//! The dossier: everything held about a subject that the one who answers may read, as data and in
//! words, written piece by piece into two files of the request.
//!
//! Every record comes through the read path under the rights of whoever asked for the job, so the
//! files hold nothing that they could not have read; objects that they may not read are named. Fields
//! that a definition withholds from those they are about are left out for everybody.

use std::collections::{BTreeSet, HashSet};

use schema::catalogue::{Action, Language, base};
use schema::{ObjectIx, Slot};
use serde_json::{Map, Value as Json, json};
use store::Boxed;
use store::audit::Filter;
use store::blobs::Upload;
use store::jobs::Job;
use uuid::Uuid;

use super::{Task, goes_along};
use crate::access::Ran;
use crate::files::BYTES_MAX;
use crate::moment::Moment;
use crate::read::expand;
use crate::read::plan::{Narrow, Plan};
use crate::rights::field_in;
use crate::upkeep::{bytes, payload_of};
use crate::write::{Context, Entry, referrers};
use crate::{Change, Command, Engine, Error, Origin, Refusal, View};

/// Kind of the job.
pub(crate) const KIND: &str = "dossier";

/// Records of one object read together.
const PAGE: u32 = 200;

/// Most records of one dossier.
const RECORDS: usize = 200_000;

/// How deep records may hang on each other.
const DEPTH: usize = 8;

/// How deep records lie whose disclosures are told: the subject's own and what hangs on it directly.
const DISCLOSED: usize = 1;

/// Most disclosures told of one record.
const DISCLOSURES: u32 = 500;

/// Kinds of audit entries that tell of a disclosure.
const KINDS: [&str; 4] = ["reveal", "share", "file_read", "locked_read"];

/// A dossier being written.
struct Dossier<'c> {
    context: &'c Context<'c>,
    data: Upload,
    text: Upload,
    seen: HashSet<Uuid>,
    /// Disclosures found so far, as data.
    disclosures: Vec<Json>,
    /// Objects that are about the subject and that the reader may not read.
    left_out: BTreeSet<String>,
    above: Vec<ObjectIx>,
    request: Uuid,
}

impl Engine {
    pub(crate) async fn run_dossier(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let task: Task = payload_of(job)?;
        let origin = Origin { ip: None, request: Some(format!("job {}", job.id)) };
        let reader = match job.created_by {
            crate::SYSTEM_USER => self.job_actor(job),
            user => self.actor(user, origin).await?,
        };
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, &reader);
        let (ix, _) = context.object(task.subject.0.as_str())?;
        if !self.advance(job, worker, &json!({}), 0).await? {
            return Ok(Ran::Lost);
        }
        let written = Dossier::write(&context, &task, ix).await?;
        let Written { data, text, records, left_out } = written;
        let platform = self.job_actor(job);
        let detail = json!({
            "records": records, "left_out": left_out, "subject": task.subject.1,
            "data": data, "text": text,
        });
        self.attach_answer(&platform, &task, (data, text), detail).await?;
        let result = json!({ "records": records, "left_out": left_out });
        Ok(Ran::Done(bytes(&result)?))
    }

    /// Puts both files into the request and notes what they hold.
    async fn attach_answer(
        &self,
        platform: &crate::Actor,
        task: &Task,
        (data, text): (Uuid, Uuid),
        detail: Json,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let (object, id) = task.request.clone();
        let definition = catalogue.objects.get(&object).ok_or(Refusal::Invisible)?;
        let answers = definition.kept.answers.as_ref().ok_or(Refusal::Invisible)?;
        let mut values = Map::new();
        values.insert(answers.data.to_string(), json!(data));
        values.insert(answers.text.to_string(), json!(text));
        let action = Change::Update { object, id, version: None, values };
        let command = Command { action, reason: None, idempotency: None };
        self.submit(platform, command).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, platform);
        let note = Entry {
            kind: "dossier_made",
            object: Some(definition),
            record: Some(id),
            reason: None,
            detail,
        };
        let audit = vec![crate::write::entry(&context, note)];
        let write = store::Write { audit, ..store::Write::default() };
        self.store().commit(&catalogue, write).await.map_err(|error| context.explain(error))?;
        Ok(())
    }
}

/// The files of a dossier.
struct Written {
    data: Uuid,
    text: Uuid,
    records: usize,
    left_out: BTreeSet<String>,
}

impl<'c> Dossier<'c> {
    async fn write(context: &'c Context<'c>, task: &Task, ix: ObjectIx) -> Result<Written, Error> {
        let engine = context.engine;
        let mut dossier = Dossier {
            context,
            data: engine.blobs().upload(BYTES_MAX).await?,
            text: engine.blobs().upload(BYTES_MAX).await?,
            seen: HashSet::new(),
            disclosures: Vec::new(),
            left_out: BTreeSet::new(),
            above: Vec::new(),
            request: task.request.1,
        };
        dossier.begin().await?;
        let own = field_in(ix, base::ID, &[task.subject.1]);
        dossier.page(ix, (base::ID, own), None).await?;
        dossier.end().await
    }

    fn language(&self) -> Language {
        self.context.actor.language
    }

    async fn begin(&mut self) -> Result<(), Error> {
        let at = self.context.moment.now.to_string();
        let head = json!({ "made_at": at, "request": self.request }).to_string();
        let head = head.trim_end_matches('}');
        self.data.write(format!("{head},\"records\":[").as_bytes()).await?;
        let when = kernel::time::shanghai_time(self.context.moment.now);
        let when = when.strftime("%Y-%m-%d %H:%M");
        let title = match self.language() {
            Language::Zh => format!("个人信息副本 · {when}\n"),
            Language::En => format!("Copy of personal information · {when}\n"),
        };
        Ok(self.text.write(title.as_bytes()).await?)
    }

    async fn end(mut self) -> Result<Written, Error> {
        let left_out: Vec<&String> = self.left_out.iter().collect();
        let tail = json!({ "disclosures": self.disclosures, "left_out": left_out }).to_string();
        let tail = tail.trim_start_matches('{');
        self.data.write(format!("],{tail}").as_bytes()).await?;
        let text = self.closing();
        self.text.write(text.as_bytes()).await?;
        let Dossier { context, data, text, seen, left_out, .. } = self;
        let engine = context.engine;
        let platform = engine.system(Some(context.actor.user()), "dossier");
        let mut files = Vec::with_capacity(2);
        let day = context.moment.today;
        for (upload, ending, kind) in
            [(data, "json", "application/json"), (text, "txt", "text/plain")]
        {
            let uploaded = upload.finish(engine.now()).await?;
            let name = format!("dossier-{day}.{ending}");
            files.push(engine.add_file(&platform, uploaded, &name, kind).await?.id);
        }
        let [data, text] = files.as_slice() else {
            return Err(Error::Internal("a dossier is two files".into()));
        };
        Ok(Written { data: *data, text: *text, records: seen.len(), left_out })
    }

    /// The last lines in words: disclosures, and what is not in it.
    fn closing(&self) -> String {
        let (heading, missing) = match self.language() {
            Language::Zh => ("披露记录", "不在本副本内的资料"),
            Language::En => ("Disclosures", "Not in this copy"),
        };
        let mut text = format!("\n== {heading} ({})\n", self.disclosures.len());
        let word = |entry: &Json, key: &str| {
            entry.get(key).and_then(Json::as_str).unwrap_or_default().to_owned()
        };
        for entry in &self.disclosures {
            let (at, kind, why) = (word(entry, "at"), word(entry, "kind"), word(entry, "reason"));
            text.push_str(&format!("{at}  {kind}  {why}\n"));
        }
        if !self.left_out.is_empty() {
            let names: Vec<&str> = self.left_out.iter().map(String::as_str).collect();
            text.push_str(&format!("\n== {missing}\n{}\n", names.join("\n")));
        }
        text
    }

    /// Writes the records of `ix` that meet a condition on one of its fields, and what refers to them.
    fn page<'s>(
        &'s mut self,
        ix: ObjectIx,
        (slot, rows): (Slot, schema::expr::Node),
        via: Option<ObjectIx>,
    ) -> Boxed<'s, Result<(), Error>> {
        Box::pin(async move {
            let context = self.context;
            let Some(object) = context.catalogue.at(ix) else { return Ok(()) };
            if self.above.len() > DEPTH {
                return Ok(());
            }
            let Some(plan) = self.plan(ix, (slot, rows))? else {
                self.left_out.insert(object.label.get(self.language()).to_owned());
                return Ok(());
            };
            let headings = plan.headings(context);
            let mut after = None;
            loop {
                let select = plan.select(context, after.take(), PAGE);
                let found = context.engine.store().select(context.catalogue, &select).await?;
                let mut views: Vec<View> =
                    found.iter().map(|row| plan.view(context, row)).collect();
                expand::titles(context, &plan, &found, &mut views).await?;
                let mut fresh = Vec::new();
                for (row, view) in found.iter().zip(&views) {
                    if !self.seen.insert(view.id) {
                        continue;
                    }
                    let texts = plan.texts(context, row, view);
                    self.record(view, headings.iter().zip(&texts)).await?;
                    self.disclosed(view).await?;
                    fresh.push(view.id);
                }
                self.below(ix, via, &fresh).await?;
                let full = found.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
                after = found.last().filter(|_| full).map(|row| plan.sort_key(row));
                if after.is_none() {
                    return Ok(());
                }
            }
        })
    }

    /// The plan of a page; none when the reader may not read the object by this field.
    fn plan(
        &self,
        ix: ObjectIx,
        rows: (Slot, schema::expr::Node),
    ) -> Result<Option<Plan<'c>>, Error> {
        let context = self.context;
        let Some(object) = context.catalogue.at(ix) else { return Ok(None) };
        if !context.actor.rights().may(ix, Action::Read) {
            return Ok(None);
        }
        let query = schema::Query { expand: true, ..schema::Query::of(object.name.as_str()) };
        let narrow = Narrow { condition: None, rows: Some(rows) };
        let withheld = |slot: &Slot| {
            object.at(*slot).is_some_and(|field| object.kept.withheld.contains(&field.name))
        };
        match Plan::narrowed(context, &query, Action::Read, narrow) {
            Ok(mut plan) => {
                plan.slots.retain(|slot| !withheld(slot));
                Ok(Some(plan))
            }
            Err(Error::Refused(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// What refers to some records and is about the subject too.
    async fn below(
        &mut self,
        ix: ObjectIx,
        via: Option<ObjectIx>,
        ids: &[Uuid],
    ) -> Result<(), Error> {
        let Some(object) = self.context.catalogue.at(ix).filter(|_| !ids.is_empty()) else {
            return Ok(());
        };
        if self.seen.len() > RECORDS {
            let reason = format!("more than {RECORDS} records are held");
            return Err(Refusal::Conflict { code: "too_many_referrers", reason }.into());
        }
        self.above.push(ix);
        for (from, slot, on_delete) in referrers(self.context.catalogue, &object.name) {
            let Some(other) = self.context.catalogue.at(from) else { continue };
            if Some(from) != via && goes_along(other, slot, on_delete) {
                self.page(from, (slot, field_in(from, slot, ids)), Some(ix)).await?;
            }
        }
        self.above.pop();
        Ok(())
    }

    /// One record, as data and in words.
    async fn record(
        &mut self,
        view: &View,
        texts: impl Iterator<Item = (&String, &String)>,
    ) -> Result<(), Error> {
        let written = serde_json::to_string(view).map_err(|e| Error::Internal(e.to_string()))?;
        let comma = if self.seen.len() > 1 { "," } else { "" };
        self.data.write(format!("{comma}\n{written}").as_bytes()).await?;
        let object = self.context.catalogue.objects.get(&view.object);
        let label = object.map_or(view.object.as_str(), |o| o.label.get(self.language()));
        let mut text = format!("\n== {label}\n");
        for (heading, value) in texts.filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("{heading}: {value}\n"));
        }
        Ok(self.text.write(text.as_bytes()).await?)
    }

    /// Notes to whom a record was shown beyond what everyday work shows.
    async fn disclosed(&mut self, view: &View) -> Result<(), Error> {
        let Some(log) =
            self.context.engine.store().audit().filter(|_| self.above.len() <= DISCLOSED)
        else {
            return Ok(());
        };
        for kind in KINDS {
            let filter = Filter {
                object: Some(view.object.to_string()),
                record: Some(view.id),
                kind: Some(kind.to_owned()),
                ..Filter::default()
            };
            let mut entries = log.list(&filter, None, DISCLOSURES + 1).await?;
            let most = usize::try_from(DISCLOSURES).unwrap_or(usize::MAX);
            if entries.len() > most {
                entries.truncate(most);
                let object = self.context.catalogue.objects.get(&view.object);
                let label = object.map_or(view.object.as_str(), |o| o.label.get(self.language()));
                self.left_out.insert(match self.language() {
                    Language::Zh => format!("{label}：更早的披露记录（只列最近 {DISCLOSURES} 条）"),
                    Language::En => {
                        format!(
                            "{label}: earlier disclosures (the latest {DISCLOSURES} are listed)"
                        )
                    }
                });
            }
            for entry in entries {
                let body: Json = serde_json::from_slice(&entry.body).map_err(|error| {
                    Error::Internal(format!("audit entry of record {}: {error}", view.id))
                })?;
                self.disclosures.push(json!({
                    "at": entry.at.to_string(), "kind": kind, "by": entry.actor,
                    "object": view.object, "record": view.id, "reason": body.get("reason"),
                }));
            }
        }
        Ok(())
    }
}
