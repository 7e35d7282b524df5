//! Row filters as expressions.

use schema::catalogue::base;
use schema::expr::{ActorAttribute, Comparison, Function, Node, Path};
use schema::field::Storage;
use schema::{Catalogue, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::RowGrant;

/// Whether a condition's value passes: only true does.
pub(crate) fn is_true(value: &Value) -> bool {
    matches!(value, Value::Bool(true))
}

/// `true` as written by [`super::every_row`].
pub(super) fn is_every_row(node: &Node) -> bool {
    matches!(node, Node::Literal(Value::Bool(true)))
}

/// Whether the rows of `a` are plainly some of the rows of `b`.
fn lies_within(a: &Node, b: &Node) -> bool {
    let narrower = |parts: &Vec<Node>| parts.iter().any(|part| lies_within(part, b));
    a == b || matches!(a, Node::And(parts) if narrower(parts))
}

/// Whether `filter` lets through only rows that one of the alternatives of `scope` lets through too,
/// so that the scope need not be asked again: `owner = me` under a grant for one's own records.
pub(crate) fn implies(filter: &Node, me: Uuid, scope: &Node) -> bool {
    let said = |part: &Node| match part {
        Node::Compare(Comparison::Eq, left, right)
            if matches!(**right, Node::Actor(ActorAttribute::User)) =>
        {
            let me = Node::Literal(Value::Id(me));
            Node::Compare(Comparison::Eq, left.clone(), Box::new(me))
        }
        other => other.clone(),
    };
    match filter {
        Node::And(parts) => parts.iter().any(|part| implies(part, me, scope)),
        one => match scope {
            Node::Or(alternatives) => alternatives.iter().any(|rows| lies_within(&said(one), rows)),
            rows => lies_within(&said(one), rows),
        },
    }
}

/// The grants' rows joined by `or`; a grant for every row makes it `true`.
pub(super) fn any_of<'a>(grants: impl Iterator<Item = &'a RowGrant>) -> Option<Node> {
    let mut parts: Vec<Node> = Vec::new();
    for grant in grants {
        if is_every_row(&grant.rows) {
            return Some(grant.rows.clone());
        }
        if !parts.iter().any(|known| lies_within(&grant.rows, known)) {
            parts.retain(|known| !lies_within(known, &grant.rows));
            parts.push(grant.rows.clone());
        }
    }
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Node::Or(parts)),
    }
}

/// Rows that match at least one grant of every set. A set that allows all that another does is
/// left out.
pub(super) fn all_of(sets: Vec<Vec<&RowGrant>>) -> Option<Node> {
    let mut kept: Vec<Vec<&RowGrant>> = Vec::new();
    let within = |a: &[&RowGrant], b: &[&RowGrant]| {
        let any = |rows: &Node| b.iter().any(|g| g.rows == *rows || is_every_row(&g.rows));
        a.iter().all(|grant| any(&grant.rows))
    };
    for set in sets {
        if set.is_empty() {
            return None;
        }
        if kept.iter().any(|other| within(other, &set)) {
            continue;
        }
        kept.retain(|other| !within(&set, other));
        kept.push(set);
    }
    let mut parts: Vec<Node> = kept.into_iter().filter_map(|set| any_of(set.into_iter())).collect();
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Node::And(parts)),
    }
}

/// A field of the record itself.
pub(crate) fn own_field(object: ObjectIx, slot: Slot) -> Node {
    Node::Field(Path { steps: Vec::new(), object, slot, up: 0 })
}

/// `slot = id`.
pub(crate) fn field_is(object: ObjectIx, slot: Slot, id: Uuid) -> Node {
    let left = Box::new(own_field(object, slot));
    Node::Compare(Comparison::Eq, left, Box::new(Node::Literal(Value::Id(id))))
}

/// That the reference at `path` points to this record, its object told too where a reference keeps
/// it: an index over both then serves better than one over something that many records share.
pub(crate) fn points_to(
    catalogue: &Catalogue,
    path: &Path,
    (object, id): (ObjectIx, Uuid),
) -> Vec<Node> {
    let here = || Node::Field(path.clone());
    let is = |left, value| Node::Compare(Comparison::Eq, Box::new(left), Box::new(value));
    let mut all = vec![is(here(), Node::Literal(Value::Id(id)))];
    let field = catalogue.at(path.object).and_then(|found| found.at(path.slot));
    if field.is_some_and(|field| field.storage() == Storage::Link)
        && let Some(object) = catalogue.at(object)
    {
        let of = Node::Call(Function::ObjectOf, vec![here()]);
        all.push(is(of, Node::Literal(Value::text(object.name.as_str()))));
    }
    all
}

/// `slot in ids`, as `=` when there is only one.
pub(crate) fn field_in(object: ObjectIx, slot: Slot, ids: &[Uuid]) -> Node {
    if let [only] = ids {
        return field_is(object, slot, *only);
    }
    let list: Vec<Value> = ids.iter().copied().map(Value::Id).collect();
    let left = Box::new(own_field(object, slot));
    Node::In(left, Box::new(Node::Literal(Value::List(list.into()))))
}

/// Rows shared with the actor.
pub(super) fn shared(object: ObjectIx) -> Node {
    let left = Box::new(own_field(object, base::ID));
    Node::In(left, Box::new(Node::Actor(ActorAttribute::Shared)))
}

/// The only owner whose records a condition lets through.
pub(crate) fn owner_of(scope: &Node) -> Option<Uuid> {
    let Node::Compare(Comparison::Eq, left, right) = scope else { return None };
    match (&**left, &**right) {
        (Node::Field(path), Node::Literal(Value::Id(id))) => {
            (path.steps.is_empty() && path.up == 0 && path.slot == base::OWNER).then_some(*id)
        }
        _ => None,
    }
}

/// Whether a condition lets through what was shared with the actor, and nothing else.
pub(crate) fn is_shared(scope: &Node) -> bool {
    let Node::In(left, right) = scope else { return false };
    let own_id = matches!(&**left, Node::Field(path)
        if path.steps.is_empty() && path.up == 0 && path.slot == base::ID);
    own_id && matches!(**right, Node::Actor(ActorAttribute::Shared))
}

/// Whether a record's own values and the actor are enough to decide `node`.
pub(crate) fn is_local(node: &Node) -> bool {
    let mut local = true;
    visit(node, &mut |part| match part {
        Node::Field(path) if !path.steps.is_empty() || path.up > 0 => local = false,
        Node::Actor(ActorAttribute::Shared) | Node::Aggregate(_) | Node::Reachable { .. } => {
            local = false
        }
        _ => {}
    });
    local
}

/// Calls `each` on `node` and everything below it that is about the same record (an aggregate's and
/// a reachable record's inner conditions are about other records and are left out).
pub(crate) fn visit<'a>(node: &'a Node, each: &mut impl FnMut(&'a Node)) {
    each(node);
    match node {
        Node::Literal(_)
        | Node::Duration(_)
        | Node::Field(_)
        | Node::Param(_)
        | Node::Actor(_)
        | Node::Aggregate(_)
        | Node::Reachable { .. } => {}
        Node::Not(a) | Node::IsEmpty(a) | Node::Negate(a) => visit(a, each),
        Node::And(parts) | Node::Or(parts) | Node::List(parts) | Node::Call(_, parts) => {
            parts.iter().for_each(|part| visit(part, each));
        }
        Node::Compare(_, a, b) | Node::In(a, b) | Node::Arithmetic(_, a, b) => {
            visit(a, each);
            visit(b, each);
        }
        Node::Between(a, b, c) | Node::If(a, b, c) => {
            visit(a, each);
            visit(b, each);
            visit(c, each);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_for_ones_own_makes_a_scope_with_them_needless_and_no_other_does() {
        let object = ObjectIx(3);
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let owner = || Box::new(own_field(object, base::OWNER));
        let mine =
            Node::Compare(Comparison::Eq, owner(), Box::new(Node::Actor(ActorAttribute::User)));
        let own = field_is(object, base::OWNER, me);
        let either = Node::Or(vec![own.clone(), shared(object)]);
        let both = Node::And(vec![field_is(object, base::VERSION, other), mine.clone()]);
        assert!(implies(&mine, me, &own) && implies(&mine, me, &either));
        assert!(implies(&both, me, &either) && implies(&own, me, &either));
        let not_needed = [
            Node::Or(vec![mine.clone(), field_is(object, base::ORG_UNIT, other)]),
            Node::Not(Box::new(mine.clone())),
            field_is(object, base::OWNER, other),
            Node::Compare(Comparison::Ne, owner(), Box::new(Node::Actor(ActorAttribute::User))),
        ];
        for filter in not_needed {
            assert!(!implies(&filter, me, &either), "{filter:?}");
        }
        assert!(!implies(&mine, other, &own), "another one's own");
        assert!(!implies(&mine, me, &Node::And(vec![own, shared(object)])), "both are asked for");
    }
}
