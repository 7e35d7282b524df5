//! Edges: objects whose records join two others, so that a graph of them can be asked.
//!
//! Which fields hold the two ends, the kind, the dates and the figures is said by definitions, as is
//! what the kinds mean. Nothing here knows what the ends are.

use kernel::Decimal;

use crate::catalogue::{Label, Slot};
use crate::{Name, Object};

/// What makes an object's records the edges of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Reference to the first side.
    pub from: Slot,
    /// Reference to the other side.
    pub to: Slot,
    /// Select field that says what kind of edge it is.
    pub kind: Slot,
    /// First day it holds; empty means always.
    pub start: Option<Slot>,
    /// Last day it holds; empty means it still does.
    pub end: Option<Slot>,
    /// Which part of the other side the first side holds, 1 being all of it.
    pub share: Option<Slot>,
    /// An amount of money that goes with it.
    pub amount: Option<Slot>,
    /// Families of kinds, in the order they are shown.
    pub families: Vec<Family>,
    /// Kinds that together never lead back to where they started.
    pub acyclic: Vec<String>,
    /// Kinds that are looked through for circles.
    pub circles: Vec<String>,
    /// How shares are held.
    pub ownership: Option<Ownership>,
    /// How groups under one control are made.
    pub control: Option<Control>,
}

/// Kinds of edges that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Name used by options.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// Colour name for the screen.
    pub color: Option<String>,
    /// Drawn as a broken line: an edge that binds only under a condition.
    pub dashed: bool,
}

/// Shares held along edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// Kinds whose share counts.
    pub kinds: Vec<String>,
    /// Most that all shares of one record come to at any time.
    pub total_max: Option<Decimal>,
    /// Parameter: the least share, held in whatever way, that makes a beneficial owner.
    pub threshold: Option<Name>,
    /// Objects whose records can be beneficial owners; none named: any.
    pub owners: Vec<Name>,
    /// Kinds whose first side counts as owner when nobody reaches the threshold, in this order.
    pub otherwise: Vec<String>,
}

/// Control along edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Kinds that are control by themselves.
    pub kinds: Vec<String>,
    /// Parameter: a share above it is control too.
    pub share_above: Option<Name>,
    /// Fields of the joined records that add up to the exposure of a group.
    pub exposure: Vec<Name>,
}

/// What an option of an edge's kind says about the two sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tie {
    /// Family it belongs to.
    pub family: Option<Name>,
    /// Both sides are the same to each other.
    pub symmetric: bool,
    /// What the first side is to the other.
    pub from: Option<Label>,
    /// What the other side is to the first.
    pub to: Option<Label>,
}

/// An edge by the names of its fields: slots differ from catalogue to catalogue.
type Named<'a> = (Vec<Option<&'a Name>>, &'a Edge);

impl Edge {
    /// Whether two edges of different catalogues are the same definition.
    pub(crate) fn same(before: &Object, after: &Object) -> bool {
        let (Some(a), Some(b)) = (&before.edge, &after.edge) else {
            return before.edge.is_none() && after.edge.is_none();
        };
        let (fields_a, a) = a.named(before);
        let (fields_b, b) = b.named(after);
        fields_a == fields_b
            && (&a.families, &a.acyclic, &a.circles) == (&b.families, &b.acyclic, &b.circles)
            && (&a.ownership, &a.control) == (&b.ownership, &b.control)
    }

    fn named<'a>(&'a self, object: &'a Object) -> Named<'a> {
        let required = [self.from, self.to, self.kind].map(Some);
        let others = [self.start, self.end, self.share, self.amount];
        let slots = required.into_iter().chain(others);
        let name = |slot: Option<Slot>| slot.and_then(|slot| object.at(slot)).map(|f| &f.name);
        (slots.map(name).collect(), self)
    }
}
