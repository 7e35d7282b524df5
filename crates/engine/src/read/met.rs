//! Rows that all refer to one known record: what rights ask of that record is answered once.
//!
//! The lists, numbers and entries of a page belong to the record on it, so that "belongs to what is
//! mine" is the same for each of their rows. Asked of the database it would be several subqueries a
//! row and column.

use schema::expr::{Node, Path};
use schema::{ObjectIx, Slot, Value};

use super::plan::Plan;
use super::unrestricted;

/// The answer to a condition on the known record, where it is known.
pub(crate) type Decided<'d> = &'d dyn Fn(&Node) -> Option<bool>;

/// A reference on the way from a row to the record, and the object it leads to.
type Hop = (Slot, ObjectIx);

impl Plan<'_> {
    /// Answers what scope, filter and grants ask of the record of `object` that each row refers to by
    /// `path`. Grants that turn out to match no row are dropped; where all that stay match every row,
    /// rows no longer say which match them.
    pub fn settle(&mut self, path: &Path, object: ObjectIx, decided: Decided<'_>) {
        let mut hops: Vec<Hop> = Vec::with_capacity(path.steps.len() + 1);
        for (at, (_, via)) in path.steps.iter().enumerate() {
            hops.push((*via, path.steps.get(at + 1).map_or(path.object, |(next, _)| *next)));
        }
        hops.push((path.slot, object));
        self.scope = settled(&self.scope, &hops, decided);
        self.filter = self.filter.take().map(|filter| settled(&filter, &hops, decided));
        let (mut grants, mut rows) = (Vec::new(), Vec::new());
        for (grant, asked) in self.grants.iter().zip(&self.rows) {
            let asked = settled(asked, &hops, decided);
            if answer(&asked) != Some(false) {
                grants.push(*grant);
                rows.push(asked);
            }
        }
        self.flagged &= !rows.iter().all(unrestricted);
        (self.grants, self.rows) = (grants, rows);
    }
}

fn literal(value: bool) -> Node {
    Node::Literal(Value::Bool(value))
}

/// Parts of an "or", where one that is `telling` (true) decides, or of an "and", where false does: the
/// answer when there is one, else the parts that are left to join.
fn joined(parts: impl Iterator<Item = Node>, telling: bool) -> Result<Node, Vec<Node>> {
    let mut left = Vec::new();
    for part in parts {
        match answer(&part) {
            Some(known) if known == telling => return Ok(part),
            Some(_) => {}
            None => left.push(part),
        }
    }
    match left.len() {
        0 => Ok(literal(!telling)),
        1 => left.pop().ok_or(left),
        _ => Err(left),
    }
}

/// What a condition says of every row alike, if it does.
fn answer(node: &Node) -> Option<bool> {
    match node {
        Node::Literal(Value::Bool(known)) => Some(*known),
        _ => None,
    }
}

/// `node` of a row that leads to the record by `hops`.
fn settled(node: &Node, hops: &[Hop], decided: Decided<'_>) -> Node {
    match node {
        Node::Or(parts) => {
            let parts = parts.iter().map(|part| settled(part, hops, decided));
            joined(parts, true).unwrap_or_else(Node::Or)
        }
        Node::And(parts) => {
            let parts = parts.iter().map(|part| settled(part, hops, decided));
            joined(parts, false).unwrap_or_else(Node::And)
        }
        Node::Reachable { via, object, condition } => {
            let met = hops.split_first().filter(|((step, _), _)| step == via);
            let Some(((_, leads), rest)) = met else { return node.clone() };
            if leads != object {
                // The reference leads to a record of another object.
                return literal(false);
            }
            let inner = match rest {
                [] => decided(condition).map(literal),
                rest => Some(settled(condition, rest, decided)),
            };
            match inner {
                // It leads somewhere: the rows were asked for by what lies there.
                Some(known) if answer(&known).is_some() => known,
                Some(inner) => {
                    Node::Reachable { via: *via, object: *object, condition: Box::new(inner) }
                }
                None => node.clone(),
            }
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use schema::expr::Node;
    use schema::{ObjectIx, Slot, Value};

    use super::{Hop, literal, settled};

    const PERSON: ObjectIx = ObjectIx(1);
    const COMPANY: ObjectIx = ObjectIx(2);
    const ACCOUNT: ObjectIx = ObjectIx(3);
    const PARTY: Slot = Slot(4);
    const HOLDER: Slot = Slot(5);

    fn ask(word: &str) -> Node {
        Node::Literal(Value::text(word))
    }

    fn below(via: Slot, object: ObjectIx, condition: Node) -> Node {
        Node::Reachable { via, object, condition: Box::new(condition) }
    }

    fn check(node: Node, hops: &[Hop], expected: Node) {
        let decided = |condition: &Node| match condition {
            Node::Literal(Value::Text(word)) if &**word == "mine" => Some(true),
            Node::Literal(Value::Text(word)) if &**word == "theirs" => Some(false),
            _ => None,
        };
        assert_eq!(settled(&node, hops, &decided), expected);
    }

    #[test]
    fn what_is_asked_of_the_known_record_is_answered() {
        let near = [(PARTY, PERSON)];
        let person = |word| below(PARTY, PERSON, ask(word));
        check(person("mine"), &near, literal(true));
        check(person("theirs"), &near, literal(false));
        check(person("unknown"), &near, person("unknown"));
        // It is a person, so it is no company; another reference leads elsewhere.
        check(below(PARTY, COMPANY, ask("mine")), &near, literal(false));
        check(below(HOLDER, PERSON, ask("mine")), &near, below(HOLDER, PERSON, ask("mine")));
        let either = Node::Or(vec![person("theirs"), ask("row")]);
        check(either, &near, ask("row"));
        check(Node::Or(vec![ask("row"), person("mine")]), &near, literal(true));
        check(Node::And(vec![ask("row"), person("mine")]), &near, ask("row"));
        check(Node::And(vec![ask("row"), person("theirs")]), &near, literal(false));
        let not = Node::Not(Box::new(person("mine")));
        check(not.clone(), &near, not);
    }

    #[test]
    fn a_way_of_two_steps_is_answered_at_its_end() {
        let far = [(HOLDER, ACCOUNT), (PARTY, PERSON)];
        let account = |inner| below(HOLDER, ACCOUNT, inner);
        let person = |word| below(PARTY, PERSON, ask(word));
        check(account(person("mine")), &far, literal(true));
        check(account(person("theirs")), &far, literal(false));
        check(account(person("unknown")), &far, account(person("unknown")));
        let both = account(Node::And(vec![ask("open"), person("mine")]));
        check(both, &far, account(ask("open")));
        // The first step only looks like the last one.
        check(person("mine"), &far, person("mine"));
    }
}
