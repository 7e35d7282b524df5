//! The one read path: scope, plan, fetch, mask.
//!
//! Rows are limited by the actor's grants inside the query; columns are masked after it. What an
//! actor may not read cannot be filtered, sorted, grouped or measured by either.

mod bin;
mod cursor;
pub(crate) mod expand;
pub(crate) mod gate;
mod groups;
mod merged;
pub(crate) mod met;
pub(crate) mod overview;
mod permitted;
pub(crate) mod plan;
mod timeline;
mod uses;
mod view;

use schema::catalogue::{Action, base};
use schema::expr::Node;
use schema::query::{CountMode, Query};
use schema::{FieldType, Object, ObjectIx, Slot, Value};
use serde::Serialize;
use store::Boxed;
use store::records::Select;
use uuid::Uuid;

pub(crate) use bin::place;
pub use bin::{Bin, Deleted};
pub use gate::{Excluded, Permission};
pub use groups::Group;
pub use merged::{MergePage, MergeView};
pub use overview::{
    Completeness, Measured, MissingItem, Offer, Overview, PageLayout, RelatedRecords, ShownHint,
    ShownSection,
};
pub use permitted::Permitted;
pub use timeline::{
    ChangedField, FieldChange, RecordChange, Timeline, TimelineEntry, TimelineKind, TimelineQuery,
};
pub use view::View;

use crate::moment::Moment;
use crate::rights::{Matched, field_in, is_true, own_field};
use crate::write::{Context, Facts, Needs, Subject};
use crate::{Actor, Engine, Error, Refusal};
use plan::Plan;

/// Counting stops here unless an exact count is asked for.
pub const COUNT_CAP: u32 = 1_000;

/// One page of an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// Records, when rows were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Vec<View>>,
    /// Groups, when groups or measures were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<Group>>,
    /// Where the next page starts; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many rows match, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Count>,
    /// What the purpose permits, when one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
}

/// A number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Rows counted.
    pub rows: u64,
    /// Whether there may be more than that.
    pub more: bool,
}

impl Engine {
    /// Answers a query with what `actor` may see.
    ///
    /// The first page for a purpose costs one capped count for each of its checks.
    /// Costs one statement for the page, one more for a count, one for each referenced object when
    /// titles or paths through references are asked for, and one for each list column.
    pub fn query<'a>(
        &'a self,
        actor: &'a Actor,
        query: &'a Query,
    ) -> Boxed<'a, Result<Page, Error>> {
        Box::pin(self.answer(actor, query))
    }

    async fn answer(&self, actor: &Actor, query: &Query) -> Result<Page, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let mut plan = Plan::of(&context, query, Action::Read)?;
        let permission = context.permission(&mut plan, query.cursor.is_none()).await?;
        if plan.is_grouped() {
            return groups::answer(&context, &plan, query, permission).await;
        }
        let after = match &query.cursor {
            Some(text) => Some(cursor::decode(&plan, text)?),
            None => None,
        };
        let select = plan.select(&context, after, query.limit + 1);
        let mut rows = self.store().select(&catalogue, &select).await?;
        let count = context.count(&plan, query.count, rows.len(), query).await?;
        let page = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let next = if rows.len() > page {
            rows.truncate(page);
            rows.last().map(|row| cursor::encode(&plan, row))
        } else {
            None
        };
        let mut records: Vec<View> = rows.iter().map(|row| plan.view(&context, row)).collect();
        expand::paths(&context, &plan, &rows, &mut records).await?;
        if query.expand {
            expand::titles(&context, &plan, &rows, &mut records).await?;
        }
        Ok(Page { records: Some(records), groups: None, next, count, permission })
    }

    /// One record as `actor` may see it. Costs one round trip, and one for each record that a formula
    /// or a right of the actor's looks at through a reference.
    pub fn get<'a>(
        &'a self,
        actor: &'a Actor,
        object: &'a str,
        id: Uuid,
        expand: bool,
    ) -> Boxed<'a, Result<View, Error>> {
        Box::pin(self.show(actor, object, id, expand))
    }

    async fn show(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        expand: bool,
    ) -> Result<View, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        let (ix, object) = of;
        if !actor.rights().may(ix, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        let (values, known) = context.needs_to_read(of).load_with(&context, of, id).await?;
        let facts = Facts::new(&catalogue, ix, &values, &context.env, known);
        let mut view = context.view(of, &facts).ok_or(Refusal::Invisible)?;
        if expand {
            expand::titles_of(&context, ix, object, &values, &mut view).await?;
        }
        Ok(view)
    }

    /// Records by id, through the same plan as any query; those out of sight are left out.
    pub(crate) async fn by_ids(
        &self,
        context: &Context<'_>,
        ix: ObjectIx,
        query: &Query,
        ids: &[Uuid],
    ) -> Result<Page, Error> {
        let mut plan = Plan::of(context, query, Action::Read)?;
        plan.filter = Some(field_in(ix, base::ID, ids));
        let rows = self
            .store()
            .select(context.catalogue, &plan.select(context, None, query.limit))
            .await?;
        let mut records: Vec<View> = rows.iter().map(|row| plan.view(context, row)).collect();
        expand::paths(context, &plan, &rows, &mut records).await?;
        Ok(Page { records: Some(records), groups: None, next: None, count: None, permission: None })
    }

    /// Which of `ids` of object `ix` the actor may read.
    pub(crate) async fn visible(
        &self,
        context: &Context<'_>,
        ix: ObjectIx,
        ids: &[Uuid],
    ) -> Result<Vec<Uuid>, Error> {
        self.granted(context, Action::Read, ix, ids).await
    }

    /// Those of `ids` whose records the actor may do `action` with.
    pub(crate) async fn granted(
        &self,
        context: &Context<'_>,
        action: Action,
        ix: ObjectIx,
        ids: &[Uuid],
    ) -> Result<Vec<Uuid>, Error> {
        let Some(scope) = context.actor.rights().scope(ix, action) else {
            return Ok(Vec::new());
        };
        let mut seen = Vec::new();
        for some in ids.chunks(500) {
            let filter = field_in(ix, base::ID, some);
            let select = Select {
                columns: vec![own_field(ix, base::ID)],
                scope: Some(scope.clone()),
                filter: Some(&filter),
                limit: 500,
                ..Select::of(ix, &context.env)
            };
            let rows = self.store().select(context.catalogue, &select).await?;
            seen.extend(rows.into_iter().flatten().filter_map(|value| match value {
                Value::Id(id) => Some(id),
                _ => None,
            }));
        }
        Ok(seen)
    }
}

impl<'a> Context<'a> {
    /// What formulas, roll-ups and the actor's grants ask about a record that is read.
    pub(crate) fn needs_to_read(&self, (ix, object): Subject<'a>) -> Needs<'a> {
        let mut needs = Needs::default();
        needs.add_fields(self.catalogue, ix, object);
        for grant in self.actor.rights().grants(ix, Action::Read).filter(|grant| !grant.local) {
            needs.add(self.catalogue, ix, &grant.rows);
        }
        needs
    }

    /// Rows of a plan, counted up to `cap`.
    pub(crate) async fn rows(&self, plan: &Plan<'_>, cap: u32) -> Result<u64, Error> {
        Ok(self.engine.store().count(self.catalogue, &plan.all(self), Some(cap)).await?)
    }

    async fn count(
        &self,
        plan: &Plan<'_>,
        mode: CountMode,
        fetched: usize,
        query: &Query,
    ) -> Result<Option<Count>, Error> {
        let cap = match mode {
            CountMode::None => return Ok(None),
            CountMode::Capped => Some(COUNT_CAP),
            CountMode::Exact => None,
        };
        let whole = query.cursor.is_none() && fetched <= usize::try_from(query.limit).unwrap_or(0);
        if whole {
            let rows = u64::try_from(fetched).unwrap_or(u64::MAX);
            return Ok(Some(Count { rows, more: false }));
        }
        let rows = match cap {
            Some(cap) => self.rows(plan, cap + 1).await?,
            None => self.engine.store().count(self.catalogue, &plan.all(self), None).await?,
        };
        let more = cap.is_some_and(|cap| rows > u64::from(cap));
        Ok(Some(Count { rows: cap.map_or(rows, |cap| rows.min(u64::from(cap))), more }))
    }
}

/// Whether a field is the share of a completeness list, which a query computes only when asked to.
fn is_share(context: &Context<'_>, object: &Object, field: &schema::Field) -> bool {
    let mut lists = context.catalogue.quality.values();
    lists.any(|list| list.object == object.name && list.field == field.name)
}

/// Fields a reader gets unless they name columns: every one they might see, in order.
pub(crate) fn default_slots(
    context: &Context<'_>,
    ix: ObjectIx,
    object: &Object,
    action: Action,
) -> Vec<Slot> {
    let rights = context.actor.rights();
    object
        .slots()
        .filter(|(slot, field)| {
            !field.retired
                && !matches!(field.kind, FieldType::ChildTable { .. })
                && !is_share(context, object, field)
                && rights.most(ix, action, *slot) > schema::catalogue::Access::Hidden
        })
        .map(|(slot, _)| slot)
        .collect()
}

/// The grants whose flag is set in `flags`; all of them when there are no flags.
pub(crate) fn matched<'g>(
    grants: &[&'g crate::rights::RowGrant],
    flags: Option<&[Value]>,
) -> Matched<'g> {
    let grants = match flags {
        None => grants.to_vec(),
        Some(flags) => grants
            .iter()
            .zip(flags)
            .filter(|(_, flag)| is_true(flag))
            .map(|(grant, _)| *grant)
            .collect(),
    };
    Matched { grants }
}

/// `true` for every row.
pub(crate) fn unrestricted(node: &Node) -> bool {
    matches!(node, Node::Literal(Value::Bool(true)))
}
