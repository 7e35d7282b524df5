//! Duplicates: records that are about the same person or thing, as the match rules say.
//!
//! Candidates come from keys that every write keeps, so a check compares a bounded number of
//! records and never the whole table. The check sees through the walls of rights on purpose; what it
//! tells of a record out of sight is only that it exists and who owns it, and of one in sight only
//! what the actor may read of it.

mod alike;
mod pairs;
mod request;
mod scan;

use std::collections::HashMap;

use schema::catalogue::{Access, Action, Label, SystemKind, base};
use schema::matching::{Level, MatchRule, Severity};
use schema::query::Query;
use schema::{Name, Value};
use serde::Serialize;
use uuid::Uuid;

pub use pairs::{PairPage, PairView, Side};
pub use request::{RequestView, ShareBox};

pub(crate) use alike::Alike;
pub(crate) use scan::KIND as FIND_DUPLICATES;

use crate::moment::Moment;
use crate::org::{Reader, slot};
use crate::read::plan::Plan;
use crate::rights::{field_in, own_field};
use crate::write::{Context, Prepared, Subject, Values, prepare};
use crate::{Actor, Engine, Error, Refusal, View, Violation};

/// Most duplicates told of one record.
const TOLD: usize = 20;

/// A record that seems to be about the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duplicate {
    /// How sure it is.
    pub level: Level,
    /// The record, where the actor may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<View>,
    /// What is alike, as far as the actor may read those fields of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Why>,
    /// Who owns it, where the actor may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What a request to see it names it by, where the actor may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

/// One thing that is alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// Code of the comparison.
    pub code: Name,
    /// What it says.
    pub label: Label,
    /// How much alike, in percent.
    pub percent: u8,
}

impl Engine {
    /// Records that are alike to what is being typed; `except` is the record being edited. Values
    /// that are not well-formed yet do not count.
    ///
    /// Costs one look-up for each key of the match rule, one read of the candidates (at most 200),
    /// and up to two more for what the actor may know of them.
    pub async fn duplicates(
        &self,
        actor: &Actor,
        object: &str,
        given: &Values,
        except: Option<Uuid>,
    ) -> Result<Vec<Duplicate>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        let rights = actor.rights();
        let action = match (rights.may(of.0, Action::Create), rights.may(of.0, Action::Update)) {
            (true, _) => Action::Create,
            (_, true) => Action::Update,
            _ if rights.may(of.0, Action::Read) => {
                return Err(Refusal::forbidden("find duplicates", &of.1.name).into());
            }
            _ => return Err(Refusal::Invisible.into()),
        };
        let prepared = prepare(&context.parse_context(), actor, of, given, action);
        let values = match except {
            Some(id) => {
                if self.visible(&context, of.0, &[id]).await?.is_empty() {
                    return Err(Refusal::Invisible.into());
                }
                context.load(of, id).await?
            }
            None => vec![Value::Null; of.1.fields.len()],
        };
        let values = context.with_given(of, values, &prepared);
        let found = context.alike(of, &values, except).await?;
        context.tell_duplicates(of, found).await
    }
}

impl<'a> Context<'a> {
    /// `values` with what was given, and with the defaults that follow from it.
    pub(crate) fn with_given(
        &self,
        of: Subject<'_>,
        mut values: Vec<Value>,
        prepared: &Prepared,
    ) -> Vec<Value> {
        for (slot, value) in &prepared.given {
            if let Some(place) = values.get_mut(usize::from(slot.0)) {
                *place = value.clone();
            }
        }
        self.match_defaults(of, &mut values);
        values
    }

    /// What is told of duplicates: records in sight as the actor may see them, others only as
    /// existing and owned by somebody, and those only when they are likely.
    pub(crate) async fn tell_duplicates(
        &self,
        of: Subject<'a>,
        mut found: Vec<Alike>,
    ) -> Result<Vec<Duplicate>, Error> {
        let Some(rule) = self.catalogue.match_rule(&of.1.name) else { return Ok(Vec::new()) };
        found.truncate(TOLD);
        let ids: Vec<Uuid> = found.iter().map(|alike| alike.id).collect();
        let mut seen = self.seen_duplicates(of, rule, &ids).await?;
        let hidden = found.iter().filter(|alike| !seen.contains_key(&alike.id));
        let owners: Vec<Uuid> = hidden.filter_map(|alike| alike.owner).collect();
        let names = self.names_of(&owners).await?;
        let mut told = Vec::with_capacity(found.len());
        for alike in found {
            match seen.remove(&alike.id) {
                Some((view, readable)) => {
                    let why = alike.why(rule, |at| readable.get(at).copied().unwrap_or(false));
                    let (owner, handle) = (None, None);
                    let record = Some(view);
                    told.push(Duplicate { level: alike.level, record, why, owner, handle });
                }
                None if alike.level >= Level::Likely => {
                    let owner = alike.owner.and_then(|owner| names.get(&owner).cloned());
                    let handle = Some(self.handle(&of.1.name, alike.id)?);
                    let level = Level::Likely;
                    told.push(Duplicate { level, record: None, why: Vec::new(), owner, handle });
                }
                None => {}
            }
        }
        Ok(told)
    }

    /// Records of `ids` that the actor may see, with whether each comparison's field may be read.
    async fn seen_duplicates(
        &self,
        (ix, object): Subject<'a>,
        rule: &MatchRule,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, (View, Vec<bool>)>, Error> {
        let rights = self.actor.rights();
        if ids.is_empty() || !rights.may(ix, Action::Read) {
            return Ok(HashMap::new());
        }
        let shown = |slot| rights.most(ix, Action::Read, slot) > Access::Hidden;
        let slots = [object.title, base::OWNER, base::ORG_UNIT].into_iter();
        let slots = slots.chain(rule.compared_slots()).filter(|slot| shown(*slot));
        let columns = slots.filter_map(|slot| Some(object.at(slot)?.name.to_string())).collect();
        let query = Query { columns, limit: 200, ..Query::of(object.name.as_str()) };
        let mut plan = Plan::of(self, &query, Action::Read)?;
        plan.filter = Some(field_in(ix, base::ID, ids));
        let select = plan.select(self, None, 200);
        let rows = self.engine.store().select(self.catalogue, &select).await?;
        let mut seen = HashMap::with_capacity(rows.len());
        for row in &rows {
            let view = plan.view(self, row);
            let readable = rule.comparisons.iter().map(|comparison| {
                let field = object.at(comparison.slot);
                let level = field.map_or(5, |field| field.level);
                level < 5 && plan.access(row, comparison.slot) >= Access::Read
            });
            let readable = readable.collect();
            seen.insert(view.id, (view, readable));
        }
        Ok(seen)
    }

    /// What users are called.
    pub(crate) async fn names_of(&self, users: &[Uuid]) -> Result<HashMap<Uuid, String>, Error> {
        let Some((ix, object)) = self.catalogue.system(SystemKind::User) else {
            return Ok(HashMap::new());
        };
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let platform = self.engine.system(None, "duplicates");
        let reader = Reader {
            engine: self.engine,
            catalogue: self.catalogue,
            moment: self.moment,
            platform: &platform,
        };
        let columns = vec![own_field(ix, base::ID), own_field(ix, slot(object, "name")?)];
        let filter = Some(field_in(ix, base::ID, users));
        let rows = reader.select(ix, columns, filter, (None, 500)).await?;
        let named = rows.into_iter().filter_map(|row| match row.as_slice() {
            [Value::Id(id), Value::Text(name)] => Some((*id, name.to_string())),
            _ => None,
        });
        Ok(named.collect())
    }

    /// What a new record is told of its duplicates, or the refusal of one that is surely there.
    pub(crate) async fn warn_of_duplicates(
        &self,
        of: Subject<'a>,
        values: &[Value],
    ) -> Result<Vec<Duplicate>, Error> {
        let Some(rule) = self.catalogue.match_rule(&of.1.name) else { return Ok(Vec::new()) };
        if rule.severity == Severity::Note {
            return Ok(Vec::new());
        }
        let found = self.alike(of, values, None).await?;
        if let Some(violation) = blocked(of, rule, found.first()) {
            return Err(Refusal::Invalid(vec![violation]).into());
        }
        self.tell_duplicates(of, found).await
    }
}

/// The violation of a new record that is surely there already, where the rule refuses those.
pub(crate) fn blocked(
    (_, object): Subject<'_>,
    rule: &MatchRule,
    best: Option<&Alike>,
) -> Option<Violation> {
    let sure = best.filter(|alike| alike.level == Level::Certain);
    sure.filter(|_| rule.severity == Severity::Block)?;
    let at = object.at(object.title).map_or("", |field| field.name.as_str());
    Some(Violation::new(at, "duplicate_certain"))
}
