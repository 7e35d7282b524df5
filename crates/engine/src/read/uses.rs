//! What a condition uses: the access it needs to fields of the rows it is about, and the condition
//! itself, its aggregates narrowed to the records the actor may see.
//!
//! Pure. A condition that uses what the actor may read nowhere is refused.

use schema::catalogue::{Access, Action};
use schema::expr::{Aggregate, Node, Path};
use schema::field::Storage;
use schema::{Field, Slot};

use super::unrestricted;
use crate::rights::visit;
use crate::write::Context;
use crate::{Refusal, Violation};

/// The access that a query needs to fields of the rows it is about.
#[derive(Default)]
pub(super) struct Uses(pub Vec<(Slot, Access)>);

impl Uses {
    /// Notes that `slot` is used, and how much of it must be readable.
    pub fn need(&mut self, slot: Slot, least: Access) {
        match self.0.iter_mut().find(|(known, _)| *known == slot) {
            Some((_, known)) => *known = least.max(*known),
            None => self.0.push((slot, least)),
        }
    }
}

/// What a query does with a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
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
pub(super) fn use_path(
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
pub(super) fn readable(
    context: &Context<'_>,
    node: &Node,
    used: &mut Uses,
) -> Result<Node, Refusal> {
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
