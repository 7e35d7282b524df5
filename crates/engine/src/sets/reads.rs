//! What a rule reads, and how a change of that leads to the subjects it may matter to.
//!
//! Followed are the subject's own fields, its formulas and roll-ups, aggregates over records that
//! refer to it and over children of these, and fields one reference away. What lies further is seen
//! by the daily run.

use std::collections::BTreeSet;

use schema::expr::{Aggregate, Node};
use schema::field::Reach;
use schema::{Catalogue, FieldType, ObjectIx, Slot};

/// How a changed record leads to subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Via {
    /// It is one.
    Own,
    /// It refers to one by this field.
    Child(Slot),
    /// It refers by the first field to one that refers to one by the second.
    Grandchild(Slot, (ObjectIx, Slot)),
    /// It is referred to by this field of subjects.
    Far(Slot),
}

/// Fields of one object that a rule reads in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reads {
    pub object: ObjectIx,
    pub via: Via,
    pub slots: BTreeSet<Slot>,
    /// Whether it matters that a record comes or goes.
    pub born: bool,
}

/// Formulas that lie in formulas, at most; the catalogue has no circles.
const DEPTH: u8 = 16;

/// Everything that a condition over `object` reads.
pub(super) fn of(catalogue: &Catalogue, object: ObjectIx, condition: &Node) -> Vec<Reads> {
    let own = Reads { object, via: Via::Own, slots: BTreeSet::new(), born: true };
    let mut found = Found { catalogue, subject: object, reads: vec![own] };
    found.own(condition, 0);
    found.reads
}

struct Found<'a> {
    catalogue: &'a Catalogue,
    subject: ObjectIx,
    reads: Vec<Reads>,
}

impl Found<'_> {
    fn note(&mut self, object: ObjectIx, via: Via, slot: Slot) {
        let born = !matches!(via, Via::Far(_));
        match self.reads.iter_mut().find(|reads| reads.object == object && reads.via == via) {
            Some(reads) => drop(reads.slots.insert(slot)),
            None => {
                self.reads.push(Reads { object, via, slots: BTreeSet::from([slot]), born });
            }
        }
    }

    /// What `node` reads, standing on the subject.
    fn own(&mut self, node: &Node, depth: u8) {
        match node {
            Node::Field(path) => match path.steps.as_slice() {
                [] => self.field(path.slot, depth),
                [(_, via)] => {
                    self.note(self.subject, Via::Own, *via);
                    self.note(path.object, Via::Far(*via), path.slot);
                }
                [(_, via), ..] => self.note(self.subject, Via::Own, *via),
            },
            Node::Aggregate(aggregate) => self.aggregate(aggregate, depth),
            _ => node.parts().into_iter().for_each(|part| self.own(part, depth)),
        }
    }

    fn field(&mut self, slot: Slot, depth: u8) {
        self.note(self.subject, Via::Own, slot);
        let catalogue = self.catalogue;
        let field = catalogue.at(self.subject).and_then(|object| object.at(slot));
        match field.map(|field| &field.kind) {
            Some(FieldType::Formula { expr }) if depth < DEPTH => self.own(&expr.root, depth + 1),
            Some(FieldType::RollUp { object, by, value, filter, reach, .. }) => {
                let Some((child, found)) = catalogue.object(object.as_str()) else { return };
                let Some(by) = found.slot_of(by) else { return };
                let via = match reach {
                    None => Via::Child(by),
                    Some(reach) => match self.through(reach, depth) {
                        Some(on) => Via::Grandchild(by, on),
                        None => return,
                    },
                };
                self.note(child, via, by);
                if let Some(value) = value.as_ref().and_then(|name| found.slot_of(name)) {
                    self.child_field((child, via), value, depth);
                }
                if let Some(filter) = filter {
                    self.child((child, via), &filter.root, depth);
                }
            }
            _ => {}
        }
    }

    /// The records between the subject and what a roll-up counts; by which field they refer to the
    /// subject, when what is counted refers to them.
    fn through(&mut self, reach: &Reach, depth: u8) -> Option<(ObjectIx, Slot)> {
        let (between, found) = self.catalogue.object(reach.through.object.as_str())?;
        let by = found.slot_of(&reach.through.by)?;
        let of = (between, Via::Child(by));
        self.note(between, Via::Child(by), by);
        if let Some(to) = reach.through.to.as_ref().and_then(|to| found.slot_of(to)) {
            self.note(between, Via::Child(by), to);
        }
        if let Some(filter) = &reach.through.filter {
            self.child(of, &filter.root, depth);
        }
        reach.is_own().then_some((between, by)).filter(|_| reach.then.is_none())
    }

    fn aggregate(&mut self, aggregate: &Aggregate, depth: u8) {
        let of = (aggregate.object, Via::Child(aggregate.by));
        self.note(of.0, of.1, aggregate.by);
        for part in aggregate.filter.iter().chain(&aggregate.value) {
            self.child(of, part, depth);
        }
    }

    /// What `node` reads, standing on a record that leads to the subject in a way.
    fn child(&mut self, of: (ObjectIx, Via), node: &Node, depth: u8) {
        match node {
            Node::Field(path) if path.up > 0 => {
                let slot = path.steps.first().map_or(path.slot, |(_, via)| *via);
                self.field(slot, depth);
            }
            Node::Field(path) => {
                let slot = path.steps.first().map_or(path.slot, |(_, via)| *via);
                self.child_field(of, slot, depth);
            }
            Node::Aggregate(_) => {}
            _ => node.parts().into_iter().for_each(|part| self.child(of, part, depth)),
        }
    }

    fn child_field(&mut self, of: (ObjectIx, Via), slot: Slot, depth: u8) {
        self.note(of.0, of.1, slot);
        let field = self.catalogue.at(of.0).and_then(|object| object.at(slot));
        if let Some(FieldType::Formula { expr }) = field.map(|field| &field.kind)
            && depth < DEPTH
        {
            let root = expr.root.clone();
            self.child(of, &root, depth + 1);
        }
    }
}
