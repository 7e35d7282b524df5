//! Over a tree: what it reads, and the same tree with fields replaced.

use std::collections::BTreeSet;

use super::{ActorAttribute, Aggregate, Expr, Function, Node, Path};
use crate::{Name, ObjectIx, Slot};

/// What an expression reads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dependencies {
    /// Fields of the record, or reached from it, without repeats; those that an aggregate reads as
    /// `outer.…` are among them, with `up` 0.
    pub paths: Vec<Path>,
    /// Aggregates over records that refer to the record; inner ones are inside them.
    pub aggregates: Vec<Aggregate>,
    /// Every field read anywhere: on paths, in aggregates and by their references.
    pub fields: BTreeSet<(ObjectIx, Slot)>,
    /// Functions called.
    pub functions: BTreeSet<Function>,
    /// Parameters read.
    pub parameters: BTreeSet<Name>,
    /// What it asks about the actor.
    pub actor: Vec<ActorAttribute>,
}

impl Expr {
    /// What the expression reads.
    #[must_use]
    pub fn dependencies(&self) -> Dependencies {
        self.root.dependencies()
    }

    /// Whether the value may differ tomorrow though no record changes.
    #[must_use]
    pub fn uses_now(&self) -> bool {
        self.root.uses_now()
    }
}

impl Node {
    /// What the node reads.
    #[must_use]
    pub fn dependencies(&self) -> Dependencies {
        let mut found = Dependencies::default();
        found.collect(self, 0);
        found
    }

    /// Whether the value may differ tomorrow though no record changes: it asks the date, the time
    /// or a dated parameter.
    #[must_use]
    pub fn uses_now(&self) -> bool {
        match self {
            Node::Param(_) | Node::Call(Function::Now | Function::Today, _) => true,
            _ => self.parts().into_iter().any(Node::uses_now),
        }
    }

    /// Whether the value depends on who asks.
    #[must_use]
    pub fn uses_actor(&self) -> bool {
        matches!(self, Node::Actor(_)) || self.parts().into_iter().any(Node::uses_actor)
    }

    /// Fields of the record at hand whose values matter, not only whether they are empty: on a path
    /// through references the first.
    #[must_use]
    pub fn weighed(&self) -> BTreeSet<Slot> {
        let mut found = BTreeSet::new();
        self.weigh(0, &mut found);
        found
    }

    fn weigh(&self, depth: u8, found: &mut BTreeSet<Slot>) {
        let own = |path: &Path| path.up == depth;
        match self {
            Node::IsEmpty(inner) => match &**inner {
                Node::Field(path) if path.steps.is_empty() => {}
                other => other.weigh(depth, found),
            },
            Node::Field(path) if own(path) => {
                found.insert(path.steps.first().map_or(path.slot, |(_, slot)| *slot));
            }
            _ => {
                let nested = matches!(self, Node::Aggregate(_) | Node::Reachable { .. });
                let below = if nested { depth.saturating_add(1) } else { depth };
                self.parts().into_iter().for_each(|part| part.weigh(below, found));
            }
        }
    }

    /// The nodes right below, those of an aggregate included.
    #[must_use]
    pub fn parts(&self) -> Vec<&Node> {
        match self {
            Node::Literal(_)
            | Node::Duration(_)
            | Node::Field(_)
            | Node::Param(_)
            | Node::Actor(_) => Vec::new(),
            Node::Not(a) | Node::IsEmpty(a) | Node::Negate(a) => vec![a],
            Node::And(all) | Node::Or(all) | Node::List(all) | Node::Call(_, all) => {
                all.iter().collect()
            }
            Node::Compare(_, a, b) | Node::In(a, b) | Node::Arithmetic(_, a, b) => vec![a, b],
            Node::Between(a, b, c) | Node::If(a, b, c) => vec![a, b, c],
            Node::Aggregate(inner) => inner.value.iter().chain(&inner.filter).collect(),
            Node::Reachable { condition, .. } => vec![condition],
        }
    }

    /// The same tree with each field that `replace` knows replaced. It is given the path as it
    /// stands (inside an aggregate with its `up`) and answers with a node for that very place; see
    /// [`Node::through`]. Replacements are not searched again.
    #[must_use]
    pub fn substitute(&self, replace: &dyn Fn(&Path) -> Option<Node>) -> Node {
        self.rebuilt(&mut |node| match node {
            Node::Field(path) => Some(replace(path).unwrap_or_else(|| node.clone())),
            _ => None,
        })
    }

    /// This tree, written over the record that `path`'s field lies on, rewritten to stand where
    /// `path` stands: a formula inlined. None if it holds an aggregate or `Reachable` and the path
    /// goes through references or out of an aggregate, for those stand on the record at hand.
    #[must_use]
    pub fn through(&self, path: &Path) -> Option<Node> {
        if path.steps.is_empty() && path.up == 0 {
            return Some(self.clone());
        }
        if self.stands_on_record() {
            return None;
        }
        Some(self.substitute(&|inner| {
            let steps = path.steps.iter().chain(&inner.steps).copied().collect();
            Some(Node::Field(Path { steps, up: path.up + inner.up, ..inner.clone() }))
        }))
    }

    fn stands_on_record(&self) -> bool {
        matches!(
            self,
            Node::Aggregate(_) | Node::Reachable { .. } | Node::Actor(ActorAttribute::Shared)
        ) || self.parts().into_iter().any(Node::stands_on_record)
    }

    /// The same tree, each node for which `change` has an answer replaced by it.
    fn rebuilt(&self, change: &mut dyn FnMut(&Node) -> Option<Node>) -> Node {
        if let Some(changed) = change(self) {
            return changed;
        }
        let mut one = |node: &Node| Box::new(node.rebuilt(change));
        match self {
            Node::Literal(_)
            | Node::Duration(_)
            | Node::Field(_)
            | Node::Param(_)
            | Node::Actor(_) => self.clone(),
            Node::Not(a) => Node::Not(one(a)),
            Node::IsEmpty(a) => Node::IsEmpty(one(a)),
            Node::Negate(a) => Node::Negate(one(a)),
            Node::Compare(op, a, b) => Node::Compare(*op, one(a), one(b)),
            Node::In(a, b) => Node::In(one(a), one(b)),
            Node::Arithmetic(op, a, b) => Node::Arithmetic(*op, one(a), one(b)),
            Node::Between(a, b, c) => Node::Between(one(a), one(b), one(c)),
            Node::If(a, b, c) => Node::If(one(a), one(b), one(c)),
            Node::And(all) => Node::And(all.iter().map(|node| *one(node)).collect()),
            Node::Or(all) => Node::Or(all.iter().map(|node| *one(node)).collect()),
            Node::List(all) => Node::List(all.iter().map(|node| *one(node)).collect()),
            Node::Call(f, all) => Node::Call(*f, all.iter().map(|node| *one(node)).collect()),
            Node::Aggregate(inner) => Node::Aggregate(Box::new(Aggregate {
                filter: inner.filter.as_ref().map(|node| *one(node)),
                value: inner.value.as_ref().map(|node| *one(node)),
                ..(**inner).clone()
            })),
            Node::Reachable { via, object, condition } => {
                Node::Reachable { via: *via, object: *object, condition: one(condition) }
            }
        }
    }
}

impl Dependencies {
    /// `depth`: how many aggregates stand around `node`.
    fn collect(&mut self, node: &Node, depth: u8) {
        match node {
            Node::Field(path) => {
                self.fields.extend(path.steps.iter().copied());
                self.fields.insert((path.object, path.slot));
                let own = Path { up: 0, ..path.clone() };
                if path.up == depth && !self.paths.contains(&own) {
                    self.paths.push(own);
                }
            }
            Node::Param(name) => {
                self.parameters.insert(name.clone());
            }
            Node::Actor(attribute) if !self.actor.contains(attribute) => {
                self.actor.push(*attribute);
            }
            Node::Call(function, _) => {
                self.functions.insert(*function);
            }
            Node::Aggregate(inner) => {
                self.fields.insert((inner.object, inner.by));
                if depth == 0 && !self.aggregates.contains(inner) {
                    self.aggregates.push((**inner).clone());
                }
            }
            _ => {}
        }
        let below = match node {
            Node::Aggregate(_) | Node::Reachable { .. } => depth.saturating_add(1),
            _ => depth,
        };
        for part in node.parts() {
            self.collect(part, below);
        }
    }
}
