//! What moving an org unit would change: how much moves with it, and who sees it then or no longer.
//!
//! Tells counts, and who holds which role where; never a value of a record.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use schema::catalogue::{Access, Action, Rows, SystemKind, base};
use schema::expr::{Comparison, Node};
use schema::{Catalogue, Name, Value};
use uuid::Uuid;

use super::{Reader, in_force, slot, tree};
use crate::moment::Moment;
use crate::rights::{field_in, own_field};
use crate::{Actor, Engine, Error, Refusal, Violation};

/// Counting records of an object stops here.
const RECORDS: u32 = 10_000;

/// Most holders looked at.
const HOLDERS: u32 = 2_000;

/// What a move would change.
#[derive(Debug, Default)]
pub struct MoveEffect {
    /// Units that move: the unit and all below it.
    pub units: u64,
    /// Active users who belong to them.
    pub users: u64,
    /// Records that belong to them, by object; counting stops at [`MoveEffect::MOST`].
    pub records: Vec<(Name, u64)>,
    /// Who sees records of the moved units by a role that they do not see them by now.
    pub gain: Vec<Holding>,
    /// Who no longer does.
    pub lose: Vec<Holding>,
}

/// A role that somebody holds at a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// Who.
    pub user: Uuid,
    /// The role.
    pub role: Name,
    /// Where.
    pub unit: Uuid,
}

impl MoveEffect {
    /// At most so many records of an object are counted.
    pub const MOST: u64 = RECORDS as u64;
}

impl Engine {
    /// What moving `unit` below `parent`, or to the top, would change. For those who may move it.
    pub async fn preview_move(
        &self,
        actor: &Actor,
        unit: Uuid,
        parent: Option<Uuid>,
    ) -> Result<MoveEffect, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let Some((ix, object)) = catalogue.system(SystemKind::OrgUnit) else {
            return Err(Refusal::Invisible.into());
        };
        self.get(actor, object.name.as_str(), unit, false).await?;
        if actor.rights().most(ix, Action::Update, slot(object, "parent")?) < Access::Write {
            let (action, object) = ("update".into(), object.name.to_string());
            return Err(Refusal::Forbidden { action, object }.into());
        }
        if let Some(parent) = parent
            && self.get(actor, object.name.as_str(), parent, false).await.is_err()
        {
            return Err(Refusal::invalid("parent", "reference").into());
        }
        let platform = self.system(Some(actor.user()), "org");
        let moment = Moment::new(catalogue.clone(), self.now());
        let reader =
            Reader { engine: self, catalogue: &catalogue, moment: &moment, platform: &platform };
        let tree = tree(self, &catalogue, &reader, self.epoch.load(Ordering::Acquire)).await?;
        let moved = tree.below(unit);
        if parent.is_some_and(|parent| moved.contains(&parent)) {
            let violation = Violation::new("parent", "graph_circular");
            return Err(Refusal::Invalid(vec![violation]).into());
        }
        let now = reader.holders(&tree.line(Some(unit)).split_off(1)).await?;
        let then = reader.holders(&tree.line(parent)).await?;
        Ok(MoveEffect {
            units: moved.len() as u64,
            users: reader.members(&moved).await?,
            records: reader.records(&catalogue, &moved).await?,
            gain: without(&then, &now),
            lose: without(&now, &then),
        })
    }
}

/// Those of `some` who hold the same role nowhere in `others`.
fn without(some: &BTreeSet<Holding>, others: &BTreeSet<Holding>) -> Vec<Holding> {
    let held = |one: &&Holding| {
        others.iter().any(|other| other.user == one.user && other.role == one.role)
    };
    some.iter().filter(|one| !held(one)).cloned().collect()
}

impl Reader<'_> {
    /// Active users who hold, at one of `units`, a role that reaches below where it is held.
    async fn holders(&self, units: &[Uuid]) -> Result<BTreeSet<Holding>, Error> {
        let Some((ix, object)) = self.catalogue.system(SystemKind::Assignment) else {
            return Ok(BTreeSet::new());
        };
        if units.is_empty() {
            return Ok(BTreeSet::new());
        }
        let (user, role, unit) =
            (slot(object, "user")?, slot(object, "role")?, slot(object, "unit")?);
        let filter = Node::And(vec![field_in(ix, unit, units), in_force(ix, object, self)?]);
        let columns = [user, role, unit].map(|slot| own_field(ix, slot)).to_vec();
        let rows = self.select(ix, columns, Some(filter), (None, HOLDERS)).await?;
        let mut found = BTreeSet::new();
        for row in rows {
            if let [Value::Id(user), Value::Text(role), Value::Id(unit)] = row.as_slice()
                && let Some((role, _)) = self.catalogue.roles.get_key_value(&**role)
                && reaches_below(self.catalogue, role)
            {
                found.insert(Holding { user: *user, role: role.clone(), unit: *unit });
            }
        }
        let active = self.active(found.iter().map(|one| one.user).collect()).await?;
        found.retain(|one| active.contains(&one.user));
        Ok(found)
    }

    /// Those of `users` who are active.
    async fn active(&self, users: BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>, Error> {
        let Some((ix, object)) = self.catalogue.system(SystemKind::User) else {
            return Ok(BTreeSet::new());
        };
        if users.is_empty() {
            return Ok(users);
        }
        let users: Vec<Uuid> = users.into_iter().collect();
        let active = own_field(ix, slot(object, "active")?);
        let filter = Node::And(vec![field_in(ix, base::ID, &users), is_yes(active)]);
        let columns = vec![own_field(ix, base::ID)];
        let rows = self.select(ix, columns, Some(filter), (None, HOLDERS)).await?;
        Ok(rows
            .into_iter()
            .flatten()
            .filter_map(|value| match value {
                Value::Id(id) => Some(id),
                _ => None,
            })
            .collect())
    }

    async fn members(&self, units: &[Uuid]) -> Result<u64, Error> {
        let Some((ix, object)) = self.catalogue.system(SystemKind::User) else { return Ok(0) };
        let active = own_field(ix, slot(object, "active")?);
        let filter = Node::And(vec![field_in(ix, base::ORG_UNIT, units), is_yes(active)]);
        self.count(ix, &filter, RECORDS).await
    }

    /// One count for each object that is not the platform's own.
    async fn records(
        &self,
        catalogue: &Catalogue,
        units: &[Uuid],
    ) -> Result<Vec<(Name, u64)>, Error> {
        let mut counts = Vec::new();
        for object in catalogue.objects.values() {
            if object.system.is_some() || object.retired {
                continue;
            }
            let Some((ix, _)) = catalogue.object(object.name.as_str()) else { continue };
            let rows = self.count(ix, &field_in(ix, base::ORG_UNIT, units), RECORDS).await?;
            if rows > 0 {
                counts.push((object.name.clone(), rows));
            }
        }
        Ok(counts)
    }
}

fn is_yes(field: Node) -> Node {
    Node::Compare(Comparison::Eq, Box::new(field), Box::new(Node::Literal(Value::Bool(true))))
}

/// Whether a role shows records of units below the one where it is held.
fn reaches_below(catalogue: &Catalogue, role: &Name) -> bool {
    let grants = catalogue.roles.get(role).map(|role| role.grants.as_slice());
    grants.unwrap_or_default().iter().any(|grant| matches!(grant.rows, Rows::Subtree))
}
