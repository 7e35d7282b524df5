//! The timeline of a record: what refers to it and what was changed in it, in one order.
//!
//! Nothing is stored for it. Each contributing object is read in the order of its own time under the
//! rights its records have, so that an entry is seen exactly by those who see its record; the
//! answers are merged. Entries are in the order of (time, object, id), descending; a page goes on
//! after such a place, so nothing is missed or repeated while others write.
//!
//! Costs four rounds to the database: the record's visibility; the records between it and those that
//! contribute through others (at most 64 of each, the accounts of a customer); one statement for each
//! contributing object, or for each such record between, and one for the changes; one for each object
//! whose titles are shown. Each statement reads the rows of one page in the order of an index.

mod changes;
mod source;

use kernel::{Date, Instant};
use schema::catalogue::{Action, Contribution, TimelinePart};
use schema::{Name, ObjectIx};
use serde::Serialize;
use serde_json::Value as Json;
use store::records::Ask;
use uuid::Uuid;

pub use changes::{ChangedField, FieldChange, RecordChange};

use super::View;
use super::expand::{self, Titles, Wanted};
use super::met::Decided;
use crate::moment::Moment;
use crate::write::{Context, Subject};
use crate::{Actor, Engine, Error, Refusal, Violation};
use changes::Trace;
pub(in crate::read) use source::{Carriers, carriers};
use source::{Place, Source};

/// What part of a timeline is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineQuery {
    /// Kinds of entries; none means every kind.
    pub kinds: Vec<String>,
    /// On this business day or later.
    pub from: Option<Date>,
    /// On this business day or earlier.
    pub until: Option<Date>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// Entries a page.
    pub limit: u32,
}

impl TimelineQuery {
    /// Most entries a page.
    pub const LIMIT: u32 = 50;
    /// Entries a page unless asked.
    pub const LIMIT_DEFAULT: u32 = 20;

    fn of(part: &TimelinePart) -> TimelineQuery {
        TimelineQuery {
            kinds: part.kinds.iter().map(ToString::to_string).collect(),
            from: None,
            until: None,
            cursor: None,
            limit: part.limit,
        }
    }
}

/// One page of a timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    /// Kinds of entries that there may be for this reader.
    pub kinds: Vec<TimelineKind>,
    /// Newest first; may be fewer than asked for although more follow.
    pub entries: Vec<TimelineEntry>,
    /// Where the next page starts; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A kind of entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineKind {
    /// What `kinds` names.
    pub kind: Name,
    /// Shown name.
    pub label: String,
    /// Name of a picture for the screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimelineEntry {
    /// What kind of entry.
    pub kind: Name,
    /// When; the start of the day where only the day is known.
    pub at: String,
    /// The day, where only that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// Object of the record it tells of.
    pub object: Name,
    /// That record; of a change the entry of the log.
    pub id: Uuid,
    /// The record's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Json>,
    /// The record's fields that are shown here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<View>,
    /// What was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<RecordChange>,
}

impl Engine {
    /// A page of a record's timeline. See the module for what it costs.
    pub async fn timeline(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        query: &TimelineQuery,
    ) -> Result<Timeline, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        if !actor.rights().may(of.0, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        let record = changes::visible(&context, of, id).await?.ok_or(Refusal::Invisible)?;
        let carriers = source::carriers(&context, of, id).await?;
        let stream = Stream::planned(&context, of, id, &carriers, query)?;
        let asks = stream.asks(&context);
        let answers = self.store().ask(&catalogue, &asks).await?;
        drop(asks);
        let mut wanted = Wanted::default();
        let merged = stream.merged(&context, &record, answers, &mut wanted).await?;
        let mut titles = expand::file_names(&context, &mut wanted).await?;
        let plans = expand::title_plans(&context, wanted)?;
        let asks: Vec<Ask<'_>> =
            plans.iter().map(|plan| Ask::Rows(plan.select(&context, None, TITLES))).collect();
        let answers = self.store().ask(&catalogue, &asks).await?;
        drop(asks);
        for (plan, rows) in plans.iter().zip(answers) {
            expand::titles_in(&context, plan, &rows, &mut titles);
        }
        Ok(merged.titled(&context, &titles))
    }
}

/// Most titles looked up of one object.
const TITLES: u32 = 200;

/// A page of a timeline that is planned.
pub(super) struct Stream<'a> {
    of: Subject<'a>,
    id: Uuid,
    sources: Vec<Source<'a>>,
    kinds: Vec<TimelineKind>,
    /// Whether changes of the record itself are wanted.
    changes: bool,
    from: Option<Instant>,
    after: Option<Place>,
    limit: usize,
}

impl<'a> Stream<'a> {
    /// Answers what rights ask of the record of `object` that it is about.
    pub fn settle(&mut self, object: ObjectIx, decided: Decided<'_>) {
        for source in &mut self.sources {
            source.settle(object, decided);
        }
    }

    /// The first page for a part of a layout.
    pub fn of(
        context: &Context<'a>,
        of: Subject<'a>,
        id: Uuid,
        carriers: &Carriers,
        part: &TimelinePart,
    ) -> Result<Stream<'a>, Error> {
        // A layout may name kinds that this reader has no right to.
        let mut query = TimelineQuery::of(part);
        let known = source::kinds(context, of);
        query.kinds.retain(|kind| known.iter().any(|found| found.kind.as_str() == kind));
        if query.kinds.is_empty() && !part.kinds.is_empty() {
            query.kinds.push(Contribution::CHANGES.to_owned());
        }
        Stream::planned(context, of, id, carriers, &query)
    }

    fn planned(
        context: &Context<'a>,
        of: Subject<'a>,
        id: Uuid,
        carriers: &Carriers,
        query: &TimelineQuery,
    ) -> Result<Stream<'a>, Error> {
        let kinds = source::kinds(context, of);
        let unknown: Vec<Violation> = query
            .kinds
            .iter()
            .filter(|kind| !kinds.iter().any(|found| found.kind.as_str() == kind.as_str()))
            .map(|kind| {
                let known: Vec<&str> = kinds.iter().map(|found| found.kind.as_str()).collect();
                let violation = Violation::new("kinds", "unknown_value").with("name", "kinds");
                violation.with("value", kind.as_str()).with("known", known.join(", "))
            })
            .collect();
        if !unknown.is_empty() {
            return Err(Refusal::Invalid(unknown).into());
        }
        let after = query.cursor.as_deref().map(|text| Place::parse(text, id)).transpose()?;
        let until = query.until.and_then(|day| day.tomorrow().ok()).map(kernel::time::start_of_day);
        let after = Place::earlier(after, until);
        let from = query.from.map(kernel::time::start_of_day);
        let wants = |kind: &str| query.kinds.is_empty() || query.kinds.iter().any(|k| k == kind);
        let mut sources = Vec::new();
        for contribution in source::contributions(context, of) {
            if wants(contribution.1.kind.as_str()) {
                let bounds = (from, after.as_ref());
                sources.extend(Source::planned(
                    context,
                    (of.0, id),
                    contribution,
                    carriers,
                    bounds,
                )?);
            }
        }
        Ok(Stream {
            of,
            id,
            sources,
            kinds,
            changes: wants(Contribution::CHANGES),
            from,
            after,
            limit: usize::try_from(query.limit).unwrap_or(usize::MAX),
        })
    }

    /// How many questions there are.
    pub fn questions(&self) -> usize {
        self.sources.iter().map(Source::count).sum()
    }

    /// The questions for each contributing object.
    pub fn asks<'s>(&'s self, context: &'s Context<'_>) -> Vec<Ask<'s>> {
        let limit = u32::try_from(self.limit).unwrap_or(u32::MAX).saturating_add(1);
        self.sources.iter().flat_map(|source| source.asks(context, limit)).collect()
    }

    /// The answers in one order; the titles they show are added to `wanted`.
    pub async fn merged(
        self,
        context: &Context<'_>,
        record: &View,
        answers: Vec<Vec<Vec<schema::Value>>>,
        wanted: &mut Wanted,
    ) -> Result<Merged, Error> {
        let mut found: Vec<(Place, Option<TimelineEntry>, Shown)> = Vec::new();
        let mut answers = answers.into_iter();
        for source in &self.sources {
            for row in answers.by_ref().take(source.count()).flatten() {
                found.extend(source.entry(context, row));
            }
        }
        if self.changes {
            let trace = Trace { of: self.of, id: self.id, from: self.from };
            let limit = u32::try_from(self.limit).unwrap_or(u32::MAX).saturating_add(1);
            found.extend(trace.entries(context, record, self.after.as_ref(), limit).await?);
        }
        found.sort_by(|a, b| b.0.cmp(&a.0));
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| more).map(|(place, _, _)| place.text(self.id));
        let mut entries = Vec::with_capacity(found.len());
        for (_, entry, shown) in found {
            let Some(entry) = entry else { continue };
            shown.want(context, &entry, wanted);
            entries.push((entry, shown));
        }
        Ok(Merged { kinds: self.kinds, entries, next })
    }
}

/// What an entry was made of, for the titles of its references.
pub(super) enum Shown {
    Row(schema::ObjectIx, Vec<schema::Slot>, Vec<schema::Value>),
    Change(Vec<(schema::ObjectIx, Uuid)>),
}

impl Shown {
    fn want(&self, context: &Context<'_>, entry: &TimelineEntry, wanted: &mut Wanted) {
        match (self, &entry.record) {
            (Shown::Row(ix, slots, values), Some(record)) => {
                if let Some(object) = context.catalogue.at(*ix) {
                    expand::want(context, object, (slots, values), record, wanted);
                }
            }
            (Shown::Change(pointers), _) => {
                for (ix, id) in pointers {
                    wanted.record(*ix, *id);
                }
            }
            _ => {}
        }
    }
}

/// A merged page that waits for its titles.
pub(super) struct Merged {
    kinds: Vec<TimelineKind>,
    entries: Vec<(TimelineEntry, Shown)>,
    next: Option<String>,
}

impl Merged {
    /// The page with its titles.
    pub fn titled(self, context: &Context<'_>, titles: &Titles) -> Timeline {
        let mut entries = Vec::with_capacity(self.entries.len());
        for (mut entry, shown) in self.entries {
            if let (Shown::Row(ix, slots, values), Some(record)) = (&shown, &mut entry.record)
                && let Some(object) = context.catalogue.at(*ix)
            {
                expand::adopt(context, object, (slots, values), record, titles);
            }
            if let Some(change) = &mut entry.change {
                change.adopt(titles);
            }
            entries.push(entry);
        }
        Timeline { kinds: self.kinds, entries, next: self.next }
    }
}
