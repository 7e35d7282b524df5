//! A record's whole page in one answer: the record, what is to be said about it, lists and numbers
//! of what refers to it.
//!
//! Each part is decided as any read would be: what the caller may not read is left out, and its
//! absence says nothing. Costs four rounds to the database, however much a page shows: the record;
//! what its computed fields, grants and hints ask, together; all lists, numbers and entries of the
//! timeline, together (changes of the record in a statement of their own); all titles and counts,
//! together. Each list field of the record and each reference that a hint or grant looks through adds
//! one. A graph and a trend are asked for beside the last two: a graph adds two for each step, one for
//! the titles of each object on it and two where there is more than it shows, a trend three.

mod choice;
mod hints;
mod parts;
mod pictures;
mod quality;

use futures_util::future::try_join;
use schema::catalogue::{Action, Language};
use schema::expr::Node;
use schema::{Name, ObjectIx, Slot};
use serde::Serialize;
use serde_json::Value as Json;
use store::records::Ask;
use uuid::Uuid;

pub use choice::PageLayout;
pub use hints::{Offer, ShownHint};
pub(super) use parts::{linked, silent};
pub use quality::{Completeness, MissingItem};

use super::expand::{self, Titles, Wanted};
use super::permitted::permitted;
use super::timeline::{Carriers, Stream, Timeline, carriers};
use super::{Count, Group, Permitted, View};
use crate::graph::Neighbourhood;
use crate::measures::Trend;
use crate::moment::Moment;
use crate::rights::{Matched, is_true};
use crate::write::{Context, Facts, Needs, Subject, id_of};
use crate::{Actor, Engine, Error, Refusal};

/// A record's page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// The record's title, as far as it is shown.
    pub title: Option<Json>,
    /// The record, with every field the reader may see.
    pub record: View,
    /// What may be done with it.
    pub access: Permitted,
    /// The arrangement in use; none when the object has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<PageLayout>,
    /// Those to choose from.
    pub layouts: Vec<PageLayout>,
    /// Fields in the head of the page.
    pub highlights: Vec<Name>,
    /// What is or will be wrong, gravest first.
    pub warnings: Vec<ShownHint>,
    /// What is worth doing next.
    pub suggestions: Vec<ShownHint>,
    /// How complete the record is, by each list of its object.
    pub completeness: Vec<Completeness>,
    /// Sections in order; those with nothing to show are left out.
    pub sections: Vec<ShownSection>,
}

/// Part of a page.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ShownSection {
    /// Heading.
    pub label: String,
    /// Fields of the record, in reading order.
    pub fields: Vec<Name>,
    /// Records that refer to it.
    pub lists: Vec<RelatedRecords>,
    /// Numbers over records that refer to it.
    pub measures: Vec<Measured>,
    /// The newest of its timeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
    /// What lies around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph: Option<Neighbourhood>,
    /// What it has, month by month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend: Option<Trend>,
}

/// Records that refer to the one on the page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RelatedRecords {
    /// Which, as the layout names them: `object.field`.
    pub from: String,
    /// Their object.
    pub object: Name,
    /// Heading.
    pub label: String,
    /// Fields of the list.
    pub columns: Vec<Name>,
    /// The first rows, with titles.
    pub records: Vec<View>,
    /// How many there are.
    pub count: Count,
    /// A filter for a list of all of them; none where their own fields do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Their order, as a query writes it.
    pub sort: Vec<String>,
}

/// A number over records that refer to the one on the page, or one for each group of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Its name in the layout.
    pub name: Name,
    /// Shown name.
    pub label: String,
    /// What was measured: `object.field` as the layout names it.
    pub from: String,
    /// The field that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Name>,
    /// The currency of an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The number, when there are no groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// The groups, each with its key and the measure `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Group>>,
}

impl Engine {
    /// The page of a record, in the arrangement called `layout` or else the actor's own.
    pub async fn overview(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        layout: Option<&str>,
    ) -> Result<Overview, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        let (ix, object) = of;
        if !actor.rights().may(ix, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        let judged = hints::judged(&context, of);
        let lists = quality::measured(&context, of);
        let mut needs = Needs::default();
        needs.add_fields(&catalogue, ix, object);
        for grant in actor.rights().all(ix).iter().filter(|grant| !grant.local) {
            needs.add(&catalogue, ix, &grant.rows);
        }
        for hint in &judged {
            needs.add(&catalogue, ix, &hint.condition);
        }
        for told in lists.iter().flat_map(quality::Measured::conditions) {
            needs.add(&catalogue, ix, &told.condition);
        }
        let (values, known) = needs.load_with(&context, of, id).await?;
        let facts = Facts::new(&catalogue, ix, &values, &context.env, known);
        let record = context.view(of, &facts).ok_or(Refusal::Invisible)?;
        let chosen = choice::choose(&context, of, layout)?;
        let page = Page { context: &context, of, facts: &facts, record };
        page.answer(chosen, (&judged, &lists)).await
    }
}

/// A record of which the reader may see something, on its way to a page.
struct Page<'p, 'a> {
    context: &'p Context<'a>,
    of: Subject<'a>,
    facts: &'p Facts<'p>,
    record: View,
}

impl<'a> Page<'_, 'a> {
    fn language(&self) -> Language {
        self.context.actor.language
    }

    fn shows(&self, field: &Name) -> bool {
        self.record.get(field.as_str()).is_some()
    }

    async fn answer(
        mut self,
        chosen: choice::Chosen<'a>,
        (judged, lists): (&[hints::Judged<'a>], &[quality::Measured<'a>]),
    ) -> Result<Overview, Error> {
        let (ix, object) = self.of;
        let rights = self.context.actor.rights();
        let grants = rights.grants(ix, Action::Read);
        let matched =
            Matched { grants: grants.filter(|grant| self.facts.holds(&grant.rows)).collect() };
        let access = permitted(self.context, self.of, self.facts, &self.record);
        let (warnings, suggestions) = hints::said(&self, &matched, &access, judged);
        let completeness = quality::shown(&self, &matched, lists);
        let mut sections = Vec::new();
        let mut parts = Vec::new();
        let mut streams = Vec::new();
        let carriers = match chosen.sections.iter().any(|section| section.timeline.is_some()) {
            true => carriers(self.context, self.of, self.id()).await?,
            false => Carriers::new(),
        };
        for (at, section) in chosen.sections.iter().enumerate() {
            let shown = section.fields.iter().filter(|field| self.shows(field)).cloned();
            sections.push(ShownSection {
                label: section.label.get(self.language()).to_owned(),
                fields: shown.collect(),
                ..ShownSection::default()
            });
            parts.extend(parts::planned(&self, at, section)?);
            if let Some(part) = &section.timeline {
                let mut stream = Stream::of(self.context, self.of, self.id(), &carriers, part)?;
                stream.settle(ix, &|condition| self.decided(condition));
                streams.push((at, stream));
            }
        }
        let beside = self.pictures(&chosen.sections);
        let (filled, beside) = try_join(self.fill(parts, streams, &mut sections), beside).await?;
        for (section, (graph, trend)) in sections.iter_mut().zip(beside) {
            section.graph = graph;
            section.trend = trend;
        }
        let slots: Vec<Slot> = object.slots().map(|(slot, _)| slot).collect();
        let own = (slots.as_slice(), self.facts.values);
        expand::adopt(self.context, object, own, &mut self.record, &filled);
        sections.retain(|section| !section.is_empty());
        let highlights = chosen.highlights.iter().filter(|field| self.shows(field)).cloned();
        let title = object.at(object.title).and_then(|f| self.record.get(f.name.as_str()));
        Ok(Overview {
            title,
            highlights: highlights.collect(),
            access,
            layout: chosen.layout,
            layouts: chosen.others,
            warnings,
            suggestions,
            completeness,
            sections,
            record: self.record,
        })
    }

    /// Asks for all lists, numbers and entries at once, then for all titles and counts at once; puts
    /// them into their sections and returns the titles.
    async fn fill(
        &self,
        parts: Vec<parts::Part<'a>>,
        streams: Vec<(usize, Stream<'a>)>,
        sections: &mut [ShownSection],
    ) -> Result<Titles, Error> {
        let (context, store) = (self.context, self.context.engine.store());
        let mut asks: Vec<Ask<'_>> = parts.iter().map(|part| part.ask(context)).collect();
        asks.extend(streams.iter().flat_map(|(_, stream)| stream.asks(context)));
        let mut answers = store.ask(context.catalogue, &asks).await?.into_iter();
        drop(asks);
        let (_, object) = self.of;
        let mut wanted = Wanted::default();
        let slots: Vec<Slot> = object.slots().map(|(slot, _)| slot).collect();
        let own = (slots.as_slice(), self.facts.values);
        expand::want(context, object, own, &self.record, &mut wanted);
        let mut fetched: Vec<parts::Fetched> = parts
            .iter()
            .map(|part| part.fetched(self, answers.next().unwrap_or_default(), &mut wanted))
            .collect();
        let mut merged = Vec::with_capacity(streams.len());
        for (at, stream) in streams {
            let rows = answers.by_ref().take(stream.questions()).collect();
            merged.push((at, stream.merged(context, &self.record, rows, &mut wanted).await?));
        }
        let mut titles = expand::file_names(context, &mut wanted).await?;
        let plans = expand::title_plans(context, wanted)?;
        let mut asks: Vec<Ask<'_>> =
            plans.iter().map(|plan| Ask::Rows(plan.select(context, None, TITLES))).collect();
        let counted = parts.iter().zip(&fetched).enumerate();
        let counted: Vec<usize> =
            counted.filter(|(_, (_, fetched))| fetched.more()).map(|(at, _)| at).collect();
        for part in counted.iter().filter_map(|at| parts.get(*at)) {
            asks.push(Ask::Count(part.plan.all(context), parts::COUNT_CAP + 1));
        }
        let mut answers = store.ask(context.catalogue, &asks).await?.into_iter();
        drop(asks);
        for plan in &plans {
            expand::titles_in(context, plan, &answers.next().unwrap_or_default(), &mut titles);
        }
        for (at, rows) in counted.into_iter().zip(answers) {
            if let Some(fetched) = fetched.get_mut(at) {
                fetched.count(&rows);
            }
        }
        for (at, stream) in merged {
            if let Some(section) = sections.get_mut(at) {
                section.timeline = Some(stream.titled(context, &titles));
            }
        }
        for (part, fetched) in parts.into_iter().zip(fetched) {
            part.put(self, fetched, &titles, sections);
        }
        Ok(titles)
    }

    /// Whether a condition of the reader's grants holds for the record: known where its parts are what
    /// grants on the record ask, for which the facts were loaded.
    fn decided(&self, condition: &Node) -> Option<bool> {
        match condition {
            Node::Or(parts) => {
                let mut any = false;
                for part in parts {
                    any |= self.decided(part)?;
                }
                Some(any)
            }
            Node::Literal(value) => Some(is_true(value)),
            one => {
                let asked = self.context.actor.rights().all(self.of.0);
                let known = asked.iter().any(|grant| grant.rows == *one);
                known.then(|| self.facts.holds(one))
            }
        }
    }

    /// The record's object and id.
    fn place(&self) -> (ObjectIx, Uuid) {
        (self.of.0, self.id())
    }

    /// The record's id.
    fn id(&self) -> Uuid {
        id_of(self.facts.values)
    }
}

/// Most titles looked up of one object.
const TITLES: u32 = 200;

impl ShownSection {
    fn is_empty(&self) -> bool {
        self.fields.is_empty()
            && self.lists.is_empty()
            && self.measures.is_empty()
            && self.timeline.is_none()
            && self.graph.is_none()
            && self.trend.is_none()
    }
}
