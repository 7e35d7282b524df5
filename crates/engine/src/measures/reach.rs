//! How far a reader's grants go over a measure.
//!
//! A measure lies with its subjects: who reads it for an owner or a unit needs, on every source and
//! on every kind of subject, a grant that shows all fields the measure reads and whose rows are all,
//! or those of that owner or unit, or follow a parent that is. Grants on rows by expression or by
//! sharing reach no owner and no unit; they do let their rows be read one subject at a time.

use std::collections::{BTreeMap, BTreeSet};

use schema::catalogue::{Access, Action, base};
use schema::expr::{Comparison, Expr, Node};
use schema::measure::{Dating, Measure, MeasureSource};
use schema::{Catalogue, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::book::may_point;
use crate::rights::{Rights, RowGrant};

/// Owners and units whose rows all lie within some grants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub all: bool,
    pub owners: BTreeSet<Uuid>,
    pub units: BTreeSet<Uuid>,
}

impl Reach {
    fn everything() -> Reach {
        Reach { all: true, ..Reach::default() }
    }

    fn is_nothing(&self) -> bool {
        *self == Reach::default()
    }

    fn or(mut self, other: Reach) -> Reach {
        self.all |= other.all;
        self.owners.extend(other.owners);
        self.units.extend(other.units);
        self
    }

    fn and(self, other: Reach) -> Reach {
        match (self.all, other.all) {
            (true, _) => other,
            (_, true) => self,
            _ => Reach {
                all: false,
                owners: self.owners.intersection(&other.owners).copied().collect(),
                units: self.units.intersection(&other.units).copied().collect(),
            },
        }
    }

    /// Whether rows that lie there are within it.
    pub fn holds(&self, unit: Uuid, owner: Uuid) -> bool {
        self.all || self.owners.contains(&owner) || self.units.contains(&unit)
    }

    /// What a condition on rows lets through.
    fn of(rows: &Node) -> Reach {
        match rows {
            Node::Literal(Value::Bool(true)) => Reach::everything(),
            Node::Or(parts) => {
                parts.iter().map(Reach::of).fold(Reach::default(), |all, one| all.or(one))
            }
            Node::Reachable { condition, .. } => Reach::of(condition),
            Node::Compare(Comparison::Eq, left, right) | Node::In(left, right) => {
                let mut reach = Reach::default();
                let Node::Field(path) = &**left else { return reach };
                if !path.steps.is_empty() || path.up > 0 {
                    return reach;
                }
                match path.slot {
                    base::OWNER => reach.owners = ids(right),
                    base::ORG_UNIT => reach.units = ids(right),
                    _ => {}
                }
                reach
            }
            _ => Reach::default(),
        }
    }
}

fn ids(node: &Node) -> BTreeSet<Uuid> {
    let one = |value: &Value| match value {
        Value::Id(id) => Some(*id),
        _ => None,
    };
    match node {
        Node::Literal(Value::List(items)) => items.iter().filter_map(one).collect(),
        Node::Literal(value) => one(value).into_iter().collect(),
        _ => BTreeSet::new(),
    }
}

/// Fields that a measure reads, by object.
pub(super) fn fields(
    catalogue: &Catalogue,
    measure: &Measure,
) -> BTreeMap<ObjectIx, BTreeSet<Slot>> {
    let mut read: BTreeMap<ObjectIx, BTreeSet<Slot>> = BTreeMap::new();
    let mut add = |expr: Option<&Expr>| {
        for (object, slot) in expr.map(|e| e.dependencies().fields).unwrap_or_default() {
            read.entry(object).or_default().insert(slot);
        }
    };
    for source in &measure.sources {
        add(Some(&source.amount));
        add(source.when.as_ref());
    }
    for carrier in &measure.carriers {
        add(carrier.class.as_ref());
    }
    for source in &measure.sources {
        let slots = read.entry(source.object).or_default();
        slots.extend(source.via);
        match source.dating {
            Dating::AsOf(slot) | Dating::On(slot) => slots.extend([slot]),
            Dating::Written => {}
        }
    }
    for carrier in &measure.carriers {
        read.entry(carrier.object).or_default().insert(carrier.subject);
    }
    read.retain(|object, _| catalogue.at(*object).is_some());
    read
}

/// The grants that show all of `slots` in clear.
pub(super) fn showing<'r>(
    catalogue: &'r Catalogue,
    rights: &'r Rights,
    object: ObjectIx,
    slots: &'r BTreeSet<Slot>,
) -> impl Iterator<Item = &'r RowGrant> {
    let found = catalogue.at(object).filter(|found| !found.retired);
    rights.grants(object, Action::Read).filter(move |grant| {
        slots.iter().all(|slot| {
            let field = found.and_then(|found| found.at(*slot));
            field.is_some_and(|field| field.shown(grant.access(*slot)) >= Access::Read)
        })
    })
}

/// Owners and units of which all that the measure counts may be read.
pub(super) fn reach(catalogue: &Catalogue, rights: &Rights, measure: &Measure) -> Reach {
    let mut whole = Reach::everything();
    for (object, slots) in fields(catalogue, measure) {
        let one = showing(catalogue, rights, object, &slots).map(|grant| Reach::of(&grant.rows));
        whole = whole.and(one.fold(Reach::default(), Reach::or));
    }
    for subject in subjects(catalogue, measure) {
        let grants = rights.grants(subject, Action::Read);
        let one = grants.map(|grant| Reach::of(&grant.rows)).fold(Reach::default(), Reach::or);
        whole = whole.and(one);
    }
    whole
}

/// Objects whose records may be subjects.
pub(super) fn subjects(catalogue: &Catalogue, measure: &Measure) -> Vec<ObjectIx> {
    let all = (0..catalogue.objects.len()).filter_map(|ix| u16::try_from(ix).ok().map(ObjectIx));
    let points = |ix: &ObjectIx| measure.carriers.iter().any(|c| may_point(catalogue, c, *ix));
    all.filter(points).collect()
}

/// Whether all that a source adds to carriers which may be read, and lie there, may be read.
pub(super) fn follows(
    (catalogue, rights): (&Catalogue, &Rights),
    measure: &Measure,
    source: &MeasureSource,
    places: &[(Uuid, Uuid)],
) -> bool {
    let Some(via) = source.via else { return true };
    let Some(carrier) = measure.carried_by(catalogue, source) else { return false };
    let all = fields(catalogue, measure);
    let Some(slots) = all.get(&source.object) else { return false };
    let mut reach = Reach::default();
    for grant in showing(catalogue, rights, source.object, slots) {
        if follows_carrier(&grant.rows, via, carrier) {
            return true;
        }
        reach = reach.or(Reach::of(&grant.rows));
    }
    !places.is_empty() && places.iter().all(|(unit, owner)| reach.holds(*unit, *owner))
}

/// Whether rows are those whose carrier may be read.
fn follows_carrier(rows: &Node, via: Slot, carrier: ObjectIx) -> bool {
    matches!(rows, Node::Reachable { via: by, object, .. } if *by == via && *object == carrier)
}

/// Whether some row of the measure could be read at all.
pub(super) fn may_read(catalogue: &Catalogue, rights: &Rights, measure: &Measure) -> bool {
    !reach(catalogue, rights, measure).is_nothing()
        || fields(catalogue, measure)
            .iter()
            .all(|(object, slots)| showing(catalogue, rights, *object, slots).next().is_some())
}
