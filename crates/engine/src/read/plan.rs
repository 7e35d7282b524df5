//! Planning: a query checked against what the actor may read, ready to be fetched.
//!
//! Pure. A filter, sort, group or measure narrows the rows to those where grants show every field it
//! uses in clear, a search to those where grants show what it looks through; if there are none, the
//! query is refused.

use schema::catalogue::{Access, Action, base};
use schema::expr::{Aggregate, Node, Path};
use schema::field::{Flaw, SearchKind, Storage};
use schema::query::{self, Query};
use schema::{Field, Object, ObjectIx, Slot, Value};
use store::records::Select;
use uuid::Uuid;

use super::{View, default_slots, matched, unrestricted};
use crate::rights::{RowGrant, is_shared, own_field, owner_of, visit};
use crate::write::Context;
use crate::{Error, Refusal, Violation};

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
    grants: Vec<&'a RowGrant>,
    /// Whether each row says which grants match it.
    flagged: bool,
    pub groups: Vec<(Path, query::Bucket)>,
    pub measures: Vec<(String, query::MeasureFn, Option<Path>)>,
}

impl<'a> Plan<'a> {
    /// Plans a query under the grants of `action`: `Read`, or `Export`.
    pub fn of(context: &Context<'a>, query: &Query, action: Action) -> Result<Plan<'a>, Error> {
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
            grants: rights.grants(ix, action).collect(),
            action,
            flagged: false,
            groups: Vec::new(),
            measures: Vec::new(),
        };
        let mut used = Uses::default();
        plan.add_search(&mut used);
        plan.add_filter(context, query, &mut used)?;
        plan.add_order(context, query, &mut used)?;
        plan.add_groups(context, query, &mut used)?;
        plan.add_columns(context, query)?;
        plan.restrict(context, &used)?;
        Ok(plan)
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
                    self.far.push((column.clone(), slot, rest.to_owned()));
                }
                None if !self.slots.contains(&slot) => self.slots.push(slot),
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
    fn columns(&self) -> Vec<Node> {
        let field = |slot: &Slot| own_field(self.object_ix, *slot);
        let mut columns: Vec<Node> = self.slots.iter().map(field).collect();
        columns.extend(self.far.iter().map(|(_, slot, _)| own_field(self.object_ix, *slot)));
        columns.extend(self.sort.iter().map(|(path, _)| Node::Field(path.clone())));
        if self.flagged {
            columns.extend(self.grants.iter().map(|grant| grant.rows.clone()));
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
            columns: self.columns(),
            scope: Some(self.scope.clone()).filter(|scope| !unrestricted(scope)),
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

    /// All rows, for counting.
    pub fn all<'s>(&'s self, context: &'s Context<'_>) -> Select<'s> {
        Select {
            scope: Some(self.scope.clone()).filter(|scope| !unrestricted(scope)),
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

/// The access that a query needs to fields of the rows it is about.
#[derive(Default)]
struct Uses(Vec<(Slot, Access)>);

impl Uses {
    fn need(&mut self, slot: Slot, least: Access) {
        match self.0.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, known)) => *known = least.max(*known),
            None => self.0.push((slot, least)),
        }
    }
}

/// What a query does with a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Compares it.
    Filter,
    /// Sorts, groups or measures by it.
    Order,
}

/// Whether a field's level lets anybody use it so. What only a reveal shows in clear can be compared
/// as a whole where it is sealed, and nothing else.
fn level_allows(field: &Field, usage: Use) -> bool {
    match field.level {
        5.. => false,
        4 => usage == Use::Filter && field.storage() == Storage::Sealed,
        _ => true,
    }
}

/// Notes the use of a path: its first slot must be readable in the row; what lies behind references
/// must be readable on every row there.
fn use_path(
    context: &Context<'_>,
    path: &Path,
    used: &mut Uses,
    usage: Use,
) -> Result<(), Refusal> {
    let first = path.steps.first().copied().unwrap_or((path.object, path.slot));
    used.need(first.1, Access::Read);
    let behind = path.steps.iter().skip(1).copied();
    let behind = behind.chain((!path.steps.is_empty()).then_some((path.object, path.slot)));
    for (at, (object, slot)) in std::iter::once(first).chain(behind).enumerate() {
        let rights = context.actor.rights();
        let everywhere = || {
            let scope = rights.scope_reading(object, Action::Read, &[(slot, Access::Read)]);
            scope.is_some_and(|scope| unrestricted(&scope))
        };
        let field = context.catalogue.at(object).and_then(|o| o.at(slot));
        let allowed = field.is_some_and(|field| level_allows(field, usage));
        if !allowed || (at > 0 && !everywhere()) {
            let name = field.map_or_else(String::new, |field| field.name.to_string());
            let violation = Violation::new("filter", "not_readable").with("name", name);
            return Err(Refusal::Invalid(vec![violation]));
        }
    }
    Ok(())
}

/// Checks that all of a caller's condition may be read; aggregates are narrowed to the children the
/// actor may see.
fn readable(context: &Context<'_>, node: &Node, used: &mut Uses) -> Result<Node, Refusal> {
    let mut failure = None;
    let mut paths: Vec<&Path> = Vec::new();
    visit(node, &mut |part| {
        if let Node::Field(path) = part {
            paths.push(path);
        }
    });
    for path in paths {
        use_path(context, path, used, Use::Filter)?;
    }
    let narrowed = narrow(node, &mut |aggregate| match scoped(context, aggregate, used) {
        Ok(scoped) => scoped,
        Err(refusal) => {
            failure.get_or_insert(refusal);
            aggregate.clone()
        }
    });
    match failure {
        Some(refusal) => Err(refusal),
        None => Ok(narrowed),
    }
}

fn scoped(
    context: &Context<'_>,
    aggregate: &Aggregate,
    used: &mut Uses,
) -> Result<Aggregate, Refusal> {
    let mut inner = Uses::default();
    inner.need(aggregate.by, Access::Read);
    for part in aggregate.filter.iter().chain(&aggregate.value) {
        let mut paths: Vec<&Path> = Vec::new();
        visit(part, &mut |node| {
            if let Node::Field(path) = node {
                paths.push(path);
            }
        });
        for path in paths {
            let list = if path.up == 0 { &mut inner } else { &mut *used };
            use_path(context, path, list, Use::Filter)?;
        }
    }
    let scope = context.actor.rights().scope_reading(aggregate.object, Action::Read, &inner.0);
    let Some(scope) = scope else {
        let child = context.catalogue.at(aggregate.object);
        let name = child.map_or_else(String::new, |child| child.name.to_string());
        let violation = Violation::new("filter", "not_readable").with("name", name);
        return Err(Refusal::Invalid(vec![violation]));
    };
    let mut scoped = aggregate.clone();
    if !unrestricted(&scope) {
        scoped.filter = Some(match scoped.filter.take() {
            Some(filter) => Node::And(vec![scope, filter]),
            None => scope,
        });
    }
    Ok(scoped)
}

/// A copy of `node` with each aggregate replaced.
fn narrow(node: &Node, replace: &mut dyn FnMut(&Aggregate) -> Aggregate) -> Node {
    let mut one = |part: &Node| Box::new(narrow(part, replace));
    match node {
        Node::Not(a) => Node::Not(one(a)),
        Node::IsEmpty(a) => Node::IsEmpty(one(a)),
        Node::Negate(a) => Node::Negate(one(a)),
        Node::Compare(op, a, b) => Node::Compare(*op, one(a), one(b)),
        Node::In(a, b) => Node::In(one(a), one(b)),
        Node::Arithmetic(op, a, b) => Node::Arithmetic(*op, one(a), one(b)),
        Node::Between(a, b, c) => Node::Between(one(a), one(b), one(c)),
        Node::If(a, b, c) => Node::If(one(a), one(b), one(c)),
        Node::And(parts) => Node::And(parts.iter().map(|p| *one(p)).collect()),
        Node::Or(parts) => Node::Or(parts.iter().map(|p| *one(p)).collect()),
        Node::List(parts) => Node::List(parts.iter().map(|p| *one(p)).collect()),
        Node::Call(function, parts) => {
            Node::Call(*function, parts.iter().map(|p| *one(p)).collect())
        }
        Node::Aggregate(aggregate) => Node::Aggregate(Box::new(replace(aggregate))),
        Node::Literal(_)
        | Node::Duration(_)
        | Node::Field(_)
        | Node::Param(_)
        | Node::Actor(_)
        | Node::Reachable { .. } => node.clone(),
    }
}
