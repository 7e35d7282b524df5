//! Merges as those may see them who could take them back: the ones with the right to merge the
//! record that stayed. What was merged away is called by its title, masked like any other read.

use std::collections::HashMap;

use kernel::Instant;
use schema::catalogue::Action;
use serde::Serialize;
use serde_json::Value as Json;
use store::merges::{Merge, MergeState};
use uuid::Uuid;

use super::expand::look_up;
use crate::moment::Moment;
use crate::write::{At, Context, Facts, Subject, admit};
use crate::{Actor, Engine, Error, Refusal};

/// Most merges looked at for one page.
const LOOKED_AT: u32 = 100;

/// One merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergeView {
    /// Its id.
    pub id: Uuid,
    /// The record that stayed.
    pub winner: Uuid,
    /// Its title, where it may be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winner_title: Option<String>,
    /// The record that went to the recycle bin.
    pub loser: Uuid,
    /// Its title, where it may be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loser_title: Option<String>,
    /// Where it stands.
    pub state: MergeState,
    /// Rows that refer to the winner because of it.
    pub rows: u64,
    /// Rows that went to the recycle bin.
    pub absorbed: u64,
    /// Who merged.
    pub made_by: Uuid,
    /// What they are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub made_at: String,
    /// The last day on which it can be taken back; absent when it cannot be any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A page of merges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergePage {
    /// Newest first; may be fewer than asked for although more follow.
    pub merges: Vec<MergeView>,
    /// Where the next page starts; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Engine {
    /// Merges into a record, newest first. For those who may merge it.
    ///
    /// Costs one read for the record, and what [`Engine::merges_of`] costs for each merge.
    pub async fn merges(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
    ) -> Result<Vec<MergeView>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        context.admit_merging(of, id).await?;
        let found = self.store().merges_into(of.1.name.as_str(), id).await?;
        context.merge_views(of, found).await
    }

    /// Merges of an object, newest first, after a place that a page before gave: those into records
    /// that the actor may merge.
    ///
    /// Costs one page of merges, at most two reads for each, one for titles and one for names.
    pub async fn merges_of(
        &self,
        actor: &Actor,
        object: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<MergePage, Error> {
        let before = before.map(place).transpose()?;
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        if !actor.rights().may(of.0, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        if !actor.rights().may(of.0, Action::Merge) {
            return Err(Refusal::forbidden("merge", &of.1.name).into());
        }
        let found = self.store().merges_of(of.1.name.as_str(), before, LOOKED_AT).await?;
        let whole = found.len() < usize::try_from(LOOKED_AT).unwrap_or(usize::MAX);
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let end = found.last().map(|merge| merge.id);
        let (mut kept, mut last) = (Vec::new(), None);
        for merge in found {
            if kept.len() >= wanted {
                break;
            }
            last = Some((merge.made_at, merge.id));
            match context.admit_merging(of, merge.winner).await {
                Ok(()) => kept.push(merge),
                Err(Error::Refused(Refusal::Invisible | Refusal::Forbidden { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        let through = whole && last.map(|(_, id)| id) == end;
        let next = last.filter(|_| !through);
        Ok(MergePage {
            merges: context.merge_views(of, kept).await?,
            next: next.map(|(at, id)| format!("{}_{id}", at.as_microsecond())),
        })
    }
}

impl<'a> Context<'a> {
    /// Whether the actor may merge the record.
    async fn admit_merging(&self, of: Subject<'_>, id: Uuid) -> Result<(), Error> {
        let values = self.load(of, id).await?;
        let known = self.learn_rights(of.0, &values).await?;
        let facts = Facts::new(self.catalogue, of.0, &values, &self.env, known);
        admit(self.actor, of, &facts, Action::Merge)?;
        Ok(())
    }

    async fn merge_views(
        &self,
        of: Subject<'a>,
        merges: Vec<Merge>,
    ) -> Result<Vec<MergeView>, Error> {
        let title = of.1.at(of.1.title).map(|field| field.name.to_string()).unwrap_or_default();
        let winners = merges.iter().map(|merge| merge.winner).collect();
        let seen = look_up(self, of.0, winners, vec![title.clone()]).await?;
        let mut users: Vec<Uuid> = merges.iter().map(|merge| merge.made_by).collect();
        users.sort_unstable();
        users.dedup();
        let names: HashMap<Uuid, String> = self.names_of(&users).await?;
        let mut views = Vec::with_capacity(merges.len());
        for merge in merges {
            let loser = if merge.state == MergeState::Done {
                self.engine.store().trashed(self.catalogue, of.0, merge.loser).await?
            } else {
                None
            };
            let last = self.last_day(merge.made_at);
            let until = loser.is_some() && last >= self.moment.today;
            let mut loser_title = None;
            if let Some(values) = loser {
                let at = At { object: of.0, values: &values, stored: true, pending: None };
                let known = self.needs_to_read(of).load(self, at).await?;
                let facts = Facts::new(self.catalogue, of.0, &values, &self.env, known);
                loser_title = self.view(of, &facts).and_then(|view| text(view.get(&title)));
            }
            views.push(MergeView {
                id: merge.id,
                winner: merge.winner,
                winner_title: seen.get(&merge.winner).and_then(|view| text(view.get(&title))),
                loser: merge.loser,
                loser_title,
                state: merge.state,
                rows: merge.row_count,
                absorbed: merge.absorbed,
                made_by: merge.made_by,
                by: names.get(&merge.made_by).cloned(),
                made_at: merge.made_at.to_string(),
                until: until.then(|| last.to_string()),
            });
        }
        Ok(views)
    }
}

fn text(json: Option<Json>) -> Option<String> {
    json.and_then(|json| json.as_str().map(str::to_owned))
}

/// The place that [`MergePage::next`] names.
fn place(text: &str) -> Result<(Instant, Uuid), Refusal> {
    let read = || {
        let (at, id) = text.split_once('_')?;
        Some((kernel::time::from_micros(at.parse().ok()?)?, id.parse().ok()?))
    };
    read().ok_or_else(|| Refusal::invalid("before", "cursor"))
}
