//! Planning: a query checked against what the actor may read, ready to be fetched.
//!
//! Pure. A filter, sort, group or measure narrows the rows to those where grants show every field it
//! uses in clear, a search to those where grants show what it looks through; if there are none, the
//! query is refused.

use schema::catalogue::{Access, Action, base};
use schema::expr::{Node, Path};
use schema::field::{Flaw, SearchKind};
use schema::query::{self, Query};
use schema::{Object, ObjectIx, Slot, Value};
use store::records::Select;
use uuid::Uuid;

use super::gate::Gate;
use super::uses::{Use, Uses, readable, use_path};
use super::{View, default_slots, matched, unrestricted};
use crate::rights::{RowGrant, implies, is_shared, own_field, owner_of};
use crate::write::Context;
use crate::{Error, Refusal, Violation};

/// A column that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// A field of the record itself.
    Own(Slot),
    /// One behind a reference: its place in [`Plan::far`].
    Far(usize),
}

/// A query ready to be fetched.
pub(crate) struct Plan<'a> {
    pub object_ix: ObjectIx,
    action: Action,
    pub object: &'a Object,
    /// Rows the actor may see and may filter so.
    pub scope: Node,
    pub filter: Option<Node>,
    pub search: Option<String>,
    owner_hint: Option<Uuid>,
    or_shared: bool,
    pub sort: Vec<(Path, bool)>,
    /// Fields of the record itself that are shown.
    pub slots: Vec<Slot>,
    /// Columns behind references: name as asked, first slot, rest of the path.
    pub far: Vec<(String, Slot, String)>,
    /// Shown columns in the order in which they were asked for.
    pub columns: Vec<Column>,
    pub(super) grants: Vec<&'a RowGrant>,
    /// The rows of each grant, as far as they are not known of all rows.
    pub(super) rows: Vec<Node>,
    /// Whether each row says which grants match it.
    pub(super) flagged: bool,
    pub groups: Vec<(Path, query::Bucket)>,
    pub measures: Vec<(String, query::MeasureFn, Option<Path>)>,
    pub gate: Option<Gate<'a>>,
}

/// Conditions of a definition on the rows of a query.
#[derive(Default)]
pub(crate) struct Narrow<'n> {
    /// Checked like a filter that the caller wrote.
    pub condition: Option<&'n Node>,
    /// Which rows it is about at all, and the field that says so, which must be readable.
    pub rows: Option<(Slot, Node)>,
}

impl<'a> Plan<'a> {
    /// Plans a query under the grants of `action`: `Read`, or `Export`.
    pub fn of(context: &Context<'a>, query: &Query, action: Action) -> Result<Plan<'a>, Error> {
        Plan::narrowed(context, query, action, Narrow::default())
    }

    /// Plans a query for the rows that meet a definition's conditions too.
    pub fn narrowed(
        context: &Context<'a>,
        query: &Query,
        action: Action,
        narrow: Narrow<'_>,
    ) -> Result<Plan<'a>, Error> {
        let (ix, object) = context.object(&query.object)?;
        let rights = context.actor.rights();
        if !rights.may(ix, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        if !rights.may(ix, action) {
            return Err(Refusal::forbidden("export", &object.name).into());
        }
        query.check(context.catalogue).map_err(invalid)?;
        let mut plan = Plan {
            object_ix: ix,
            object,
            scope: Node::Literal(Value::Bool(false)),
            filter: None,
            search: query.search.clone().filter(|text| !text.trim().is_empty()),
            owner_hint: None,
            or_shared: false,
            sort: Vec::new(),
            slots: Vec::new(),
            far: Vec::new(),
            columns: Vec::new(),
            grants: rights.grants(ix, action).collect(),
            rows: rights.grants(ix, action).map(|grant| grant.rows.clone()).collect(),
            action,
            flagged: false,
            groups: Vec::new(),
            measures: Vec::new(),
            gate: None,
        };
        let mut used = Uses::default();
        plan.add_search(&mut used);
        plan.add_filter(context, query, &mut used)?;
        if let Some(condition) = narrow.condition {
            let root = readable(context, condition, &mut used)?;
            plan.also(root);
        }
        if let Some((slot, rows)) = narrow.rows {
            used.need(slot, Access::Read);
            plan.also(rows);
        }
        plan.add_order(context, query, &mut used)?;
        plan.add_groups(context, query, &mut used)?;
        plan.add_columns(context, query)?;
        plan.restrict(context, &used)?;
        if let Some(purpose) = &query.permitted_for {
            plan.permit(context, purpose)?;
        }
        Ok(plan)
    }

    /// Leaves only rows that meet `condition` too.
    pub fn also(&mut self, condition: Node) {
        self.filter = Some(match self.filter.take() {
            Some(filter) => Node::And(vec![condition, filter]),
            None => condition,
        });
    }

    pub fn is_grouped(&self) -> bool {
        !self.groups.is_empty() || !self.measures.is_empty()
    }

    /// A search looks through every searched field at once: a hit must not tell of one that the
    /// actor may not read, nor, word by word, of one that is masked.
    fn add_search(&self, used: &mut Uses) {
        let searched = self.object.slots().filter(|_| self.search.is_some());
        for (slot, kind) in searched.filter_map(|(slot, field)| Some((slot, field.search?))) {
            let least = match kind {
                SearchKind::Name | SearchKind::Text => Access::Read,
                SearchKind::Tail | SearchKind::Exact => Access::Masked,
            };
            used.need(slot, least);
        }
    }

    fn add_filter(
        &mut self,
        context: &Context<'_>,
        query: &Query,
        used: &mut Uses,
    ) -> Result<(), Error> {
        let Some(text) = &query.filter else { return Ok(()) };
        let expr = schema::expr::parse(text, context.catalogue, self.object_ix)
            .map_err(|error| Refusal::Invalid(vec![of_expr_error("filter", &error)]))?;
        let root = readable(context, &expr.root, used)?;
        self.filter = Some(root);
        Ok(())
    }

    fn add_order(
        &mut self,
        context: &Context<'_>,
        query: &Query,
        used: &mut Uses,
    ) -> Result<(), Error> {
        if !query.group.is_empty() || !query.measures.is_empty() {
            return Ok(());
        }
        for sort in &query.sort {
            let path = query::path(context.catalogue, self.object_ix, &sort.field)
                .map_err(|flaw| invalid(vec![flaw]))?;
            use_path(context, &path, used, Use::Order)?;
            self.sort.push((path, sort.descending));
        }
        Ok(())
    }

    fn add_groups(
        &mut self,
        context: &Context<'_>,
        query: &Query,
        used: &mut Uses,
    ) -> Result<(), Error> {
        for key in &query.group {
            let path = query::path(context.catalogue, self.object_ix, &key.field)
                .map_err(|flaw| invalid(vec![flaw]))?;
            use_path(context, &path, used, Use::Order)?;
            self.groups.push((path, key.bucket));
        }
        for measure in &query.measures {
            let path = match &measure.field {
                None => None,
                Some(field) => {
                    let path = query::path(context.catalogue, self.object_ix, field)
                        .map_err(|flaw| invalid(vec![flaw]))?;
                    use_path(context, &path, used, Use::Order)?;
                    Some(path)
                }
            };
            self.measures.push((measure.name(), measure.function, path));
        }
        Ok(())
    }

    fn add_columns(&mut self, context: &Context<'_>, query: &Query) -> Result<(), Error> {
        if query.columns.is_empty() {
            self.slots = default_slots(context, self.object_ix, self.object, self.action);
            self.columns = self.shown().map(Column::Own).collect();
            return Ok(());
        }
        self.slots = vec![base::ID, base::VERSION];
        let mut violations = Vec::new();
        for column in &query.columns {
            let (first, rest) = match column.split_once('.') {
                Some((first, rest)) => (first, Some(rest)),
                None => (column.as_str(), None),
            };
            let Some((slot, _)) = self.visible_field(context, first) else {
                violations.push(Violation::new("columns", "unknown_field").with("name", column));
                continue;
            };
            match rest {
                Some(rest) => {
                    self.columns.push(Column::Far(self.far.len()));
                    self.far.push((column.clone(), slot, rest.to_owned()));
                }
                None if !self.slots.contains(&slot) => {
                    self.columns.push(Column::Own(slot));
                    self.slots.push(slot);
                }
                None => {}
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid(violations).into()) }
    }

    fn visible_field(
        &self,
        context: &Context<'_>,
        name: &str,
    ) -> Option<(Slot, &'a schema::Field)> {
        let (slot, field) = self.object.field(name)?;
        let most = context.actor.rights().most(self.object_ix, self.action, slot);
        (most > Access::Hidden && !field.retired).then_some((slot, field))
    }

    /// Narrows the rows to grants that may read all that is used; decides on flags.
    fn restrict(&mut self, context: &Context<'_>, used: &Uses) -> Result<(), Error> {
        let rights = context.actor.rights();
        let Some(scope) = rights.scope_reading(self.object_ix, self.action, &used.0) else {
            let unreadable = used
                .0
                .iter()
                .filter(|(slot, least)| rights.most(self.object_ix, self.action, *slot) < *least);
            let name = |(slot, _): &(Slot, Access)| Some(self.object.at(*slot)?.name.to_string());
            let names: Vec<String> = unreadable.filter_map(name).collect();
            let violation = Violation::new("filter", "not_readable").with("name", names.join(", "));
            return Err(Refusal::Invalid(vec![violation]).into());
        };
        (self.owner_hint, self.or_shared) = match &scope {
            Node::Or(parts) => match parts.as_slice() {
                [own, other] | [other, own] if is_shared(other) => (owner_of(own), true),
                _ => (None, false),
            },
            one => (owner_of(one), false),
        };
        self.scope = scope;
        let differs = |slot: &Slot| {
            let mut levels = self.grants.iter().map(|grant| grant.access(*slot));
            let first = levels.next();
            levels.any(|level| Some(level) != first)
        };
        let firsts = self.far.iter().map(|(_, slot, _)| slot);
        self.flagged = self.grants.len() > 1 && self.slots.iter().chain(firsts).any(differs);
        Ok(())
    }

    /// Slots that were asked for: a record's id and version come with every row.
    pub fn shown(&self) -> impl Iterator<Item = Slot> {
        let all = self.slots.iter().copied();
        all.filter(|slot| !matches!(*slot, base::ID | base::VERSION))
    }

    /// Columns fetched: shown slots, first slots of far columns, sort keys, grant flags.
    fn fetched(&self) -> Vec<Node> {
        let field = |slot: &Slot| own_field(self.object_ix, *slot);
        let mut columns: Vec<Node> = self.slots.iter().map(field).collect();
        columns.extend(self.far.iter().map(|(_, slot, _)| own_field(self.object_ix, *slot)));
        columns.extend(self.sort.iter().map(|(path, _)| Node::Field(path.clone())));
        if self.flagged {
            columns.extend(self.rows.iter().cloned());
        }
        columns
    }

    pub fn select<'s>(
        &'s self,
        context: &'s Context<'_>,
        after: Option<Vec<Value>>,
        limit: u32,
    ) -> Select<'s> {
        Select {
            columns: self.fetched(),
            scope: self.asked_scope(context),
            filter: self.filter.as_ref(),
            search: self.search.as_deref(),
            owner_hint: self.owner_hint,
            or_shared: self.or_shared,
            sort: self.sort.clone(),
            after,
            limit,
            ..Select::of(self.object_ix, &context.env)
        }
    }

    /// The scope, unless the filter says as much: a database plans for few rows where a condition
    /// stands twice.
    fn asked_scope(&self, context: &Context<'_>) -> Option<Node> {
        let said = |filter: &Node| implies(filter, context.actor.user(), &self.scope);
        let needless = unrestricted(&self.scope) || self.filter.as_ref().is_some_and(said);
        (!needless).then(|| self.scope.clone())
    }

    /// All rows, for counting.
    pub fn all<'s>(&'s self, context: &'s Context<'_>) -> Select<'s> {
        Select {
            scope: self.asked_scope(context),
            filter: self.filter.as_ref(),
            search: self.search.as_deref(),
            owner_hint: self.owner_hint,
            or_shared: self.or_shared,
            ..Select::of(self.object_ix, &context.env)
        }
    }

    fn flags<'r>(&self, row: &'r [Value]) -> Option<&'r [Value]> {
        let start = self.slots.len() + self.far.len() + self.sort.len();
        self.flagged.then(|| row.get(start..).unwrap_or_default())
    }

    /// The shown part of a fetched row, masked.
    pub fn view(&self, context: &Context<'_>, row: &[Value]) -> View {
        let matched = matched(&self.grants, self.flags(row));
        View::of(context.catalogue, self.object, &self.slots, row, |slot| matched.access(slot))
    }

    /// The most that some row may show of a field.
    pub fn most(&self, slot: Slot) -> Access {
        let most = self.grants.iter().map(|grant| grant.access(slot)).max().unwrap_or_default();
        self.object.at(slot).map(|field| field.shown(most)).unwrap_or_default()
    }

    /// Access to `slot` in a fetched row.
    pub fn access(&self, row: &[Value], slot: Slot) -> Access {
        matched(&self.grants, self.flags(row)).access(slot)
    }

    /// The value of far column number `at` 's reference in a fetched row.
    pub fn far_value<'r>(&self, row: &'r [Value], at: usize) -> Option<&'r Value> {
        row.get(self.slots.len() + at)
    }

    /// Sort keys of a fetched row, then its id.
    pub fn sort_key(&self, row: &[Value]) -> Vec<Value> {
        let start = self.slots.len() + self.far.len();
        let keys = row.get(start..start + self.sort.len()).unwrap_or_default();
        let id = self.slots.iter().position(|slot| *slot == base::ID).and_then(|at| row.get(at));
        keys.iter().chain(id.filter(|_| !self.sorts_by_id())).cloned().collect()
    }

    /// How many values a position in the order has: sort keys, and the id where it is not one.
    pub fn key_count(&self) -> usize {
        self.sort.len() + usize::from(!self.sorts_by_id())
    }

    fn sorts_by_id(&self) -> bool {
        self.sort.iter().any(|(path, _)| path.steps.is_empty() && path.slot == base::ID)
    }
}

/// Flaws of a query as violations.
pub(crate) fn invalid(flaws: Vec<Flaw>) -> Error {
    let violations = flaws.into_iter().map(|mut flaw| {
        let at = flaw.params.remove("parameter").unwrap_or_default();
        crate::write::of_flaw(&at, flaw)
    });
    Refusal::Invalid(violations.collect()).into()
}

/// An expression error as a violation of request part `at`.
pub(crate) fn of_expr_error(at: &str, error: &schema::expr::ExprError) -> Violation {
    let mut violation = Violation::new(at, error.code).with("offset", error.offset.to_string());
    for (name, value) in &error.params {
        violation.params.insert((*name).to_owned(), value.clone());
    }
    if let Some(near) = &error.suggestion {
        violation.params.insert("nearest".to_owned(), near.to_string());
    }
    violation.message = Some(error.message.clone());
    violation
}
