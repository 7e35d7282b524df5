//! The recycle bin as those may see it who could bring a record back: the ones with the right to
//! delete it. Values are masked like any other read.

use kernel::Instant;
use schema::catalogue::Action;
use serde::Serialize;
use uuid::Uuid;

use crate::moment::Moment;
use crate::subject::refers_to_locked;
use crate::write::{At, Context, Facts};
use crate::{Actor, Engine, Error, Refusal, View};

/// Most deleted records looked at for one page.
const LOOKED_AT: u32 = 500;

/// A deleted record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deleted {
    /// As it was, masked.
    pub record: View,
    /// When it was deleted.
    pub deleted_at: String,
    /// By whom.
    pub deleted_by: Uuid,
}

/// A page of the recycle bin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Newest deletion first; may be fewer than asked for although more follow.
    pub records: Vec<Deleted>,
    /// Where the next page starts; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Engine {
    /// Deleted records of an object that `actor` may restore, after a place that a page before gave.
    ///
    /// Costs one read for each deleted record looked at, at most 500 for a page.
    pub async fn bin(
        &self,
        actor: &Actor,
        object: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Bin, Error> {
        let before = before.map(place).transpose()?;
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        if !actor.rights().may(of.0, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        if !actor.rights().may(of.0, Action::Delete) {
            return Err(Refusal::forbidden("delete", &of.1.name).into());
        }
        let found = self.store().trash(&catalogue, of.0, before, LOOKED_AT).await?;
        let whole = found.len() < usize::try_from(LOOKED_AT).unwrap_or(usize::MAX);
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut page = Bin { records: Vec::new(), next: None };
        let mut last = None;
        for entry in &found {
            if page.records.len() >= wanted {
                break;
            }
            last = Some(*entry);
            let Some(values) = self.store().trashed(&catalogue, of.0, entry.id).await? else {
                continue;
            };
            let known = context.learn_rights(of.0, &values).await?;
            let facts = Facts::new(&catalogue, of.0, &values, &context.env, known);
            let mut grants = actor.rights().grants(of.0, Action::Delete);
            if !grants.any(|grant| facts.holds(&grant.rows))
                || refers_to_locked(&context, of, &values).await?
            {
                continue;
            }
            let at = At { object: of.0, values: &values, stored: true, pending: None };
            let known = context.needs_to_read(of).load(&context, at).await?;
            let facts = Facts::new(&catalogue, of.0, &values, &context.env, known);
            let Some(record) = context.view(of, &facts) else { continue };
            let (deleted_at, deleted_by) = (entry.at.to_string(), entry.by);
            page.records.push(Deleted { record, deleted_at, deleted_by });
        }
        let through = whole && last == found.last().copied();
        page.next = last
            .filter(|_| !through)
            .map(|entry| format!("{}_{}", entry.at.as_microsecond(), entry.id));
        Ok(page)
    }
}

/// The place that [`Bin::next`] names.
pub(crate) fn place(text: &str) -> Result<(Instant, Uuid), Refusal> {
    let read = || {
        let (at, id) = text.split_once('_')?;
        Some((kernel::time::from_micros(at.parse().ok()?)?, id.parse().ok()?))
    };
    read().ok_or_else(|| Refusal::invalid("before", "cursor"))
}
