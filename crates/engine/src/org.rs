//! The org tree, users and assignments, as the platform itself needs them.
//!
//! Found by their marks in the catalogue, never by name. Read with the platform's own rights.

mod effect;

pub use effect::{Holding, MoveEffect};

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use schema::catalogue::{SystemKind, base};
use schema::expr::{Comparison, Node};
use schema::{Catalogue, Object, ObjectIx, Slot, Value};
use store::records::Select;
use uuid::Uuid;

use crate::moment::Moment;
use crate::rights::{Assignment, Holder, Rights, compile, field_is, own_field};
use crate::write::Context;
use crate::{Actor, Engine, Error};

/// The org tree as of an epoch.
#[derive(Default)]
pub(crate) struct Cached {
    epoch: u64,
    tree: Arc<Tree>,
}

/// Children of each unit.
#[derive(Default)]
struct Tree {
    children: HashMap<Uuid, Vec<Uuid>>,
}

/// Units read at a time.
const CHUNK: u32 = 1_000;

/// Assignments of one user, at most.
const ASSIGNMENTS: u32 = 200;

/// Direct reports of one user, at most.
const TEAM: u32 = 1_000;

impl Tree {
    /// `unit` and all below it, in no special order. A cycle cannot loop: a unit is taken once.
    fn below(&self, unit: Uuid) -> Arc<[Uuid]> {
        let mut found = vec![unit];
        let mut seen = std::collections::HashSet::from([unit]);
        let mut at = 0;
        while let Some(here) = found.get(at).copied() {
            for child in self.children.get(&here).into_iter().flatten() {
                if seen.insert(*child) {
                    found.push(*child);
                }
            }
            at += 1;
        }
        found.into()
    }

    /// `unit` and the units above it, nearest first. A cycle cannot loop: a unit is taken once.
    fn line(&self, unit: Option<Uuid>) -> Vec<Uuid> {
        let above: HashMap<Uuid, Uuid> = self
            .children
            .iter()
            .flat_map(|(parent, children)| children.iter().map(|child| (*child, *parent)))
            .collect();
        let mut line = Vec::new();
        let mut next = unit;
        while let Some(here) = next.filter(|here| !line.contains(here)) {
            line.push(here);
            next = above.get(&here).copied();
        }
        line
    }
}

async fn tree(
    engine: &Engine,
    catalogue: &Catalogue,
    reader: &Reader<'_>,
    epoch: u64,
) -> Result<Arc<Tree>, Error> {
    let kept = engine.org.load();
    if kept.epoch == epoch {
        return Ok(kept.tree.clone());
    }
    let mut tree = Tree::default();
    if let Some((ix, object)) = catalogue.system(SystemKind::OrgUnit) {
        let parent = slot(object, "parent")?;
        let mut after = None;
        loop {
            let columns = vec![own_field(ix, base::ID), own_field(ix, parent)];
            let rows = reader.select(ix, columns, None, (after.take(), CHUNK)).await?;
            let full = rows.len() >= usize::try_from(CHUNK).unwrap_or(usize::MAX);
            after = rows.last().and_then(|row| row.first()).cloned().map(|id| vec![id]);
            for row in rows {
                if let [Value::Id(id), Value::Id(parent)] = row.as_slice() {
                    tree.children.entry(*parent).or_default().push(*id);
                }
            }
            if !full {
                break;
            }
        }
    }
    let tree = Arc::new(tree);
    if engine.epoch.load(Ordering::Acquire) == epoch {
        engine.org.store(Arc::new(Cached { epoch, tree: tree.clone() }));
    }
    Ok(tree)
}

/// Compiles a user's rights; `None` when there is no such active user. Costs three queries, and one
/// more for each 1,000 org units when the tree changed.
pub(crate) async fn load_rights(
    engine: &Engine,
    catalogue: &Arc<Catalogue>,
    user: Uuid,
    epoch: u64,
) -> Result<Option<Rights>, Error> {
    let found = held(engine, catalogue, user, epoch).await?;
    Ok(found.map(|(holder, held)| compile(catalogue, &holder, &held)))
}

/// An active user and the roles they hold today.
pub(crate) async fn held(
    engine: &Engine,
    catalogue: &Arc<Catalogue>,
    user: Uuid,
    epoch: u64,
) -> Result<Option<(Holder, Vec<Assignment>)>, Error> {
    let Some((user_ix, users)) = catalogue.system(SystemKind::User) else { return Ok(None) };
    let platform = engine.system(None, "rights");
    let moment = Moment::new(catalogue.clone(), engine.now());
    let reader = Reader { engine, catalogue, moment: &moment, platform: &platform };
    let (active, manager) = (slot(users, "active")?, slot(users, "manager")?);
    let columns = vec![own_field(user_ix, active), own_field(user_ix, base::ORG_UNIT)];
    let found = reader
        .select(user_ix, columns, Some(field_is(user_ix, base::ID, user)), (None, 1))
        .await?
        .pop();
    let home = match found.as_deref() {
        Some([Value::Bool(true), Value::Id(home)]) => Some(*home),
        Some([Value::Bool(true), _]) => None,
        _ => return Ok(None),
    };
    let reports = Some(field_is(user_ix, manager, user));
    let columns = vec![own_field(user_ix, base::ID)];
    let team = reader.select(user_ix, columns, reports, (None, TEAM)).await?;
    let team = team.into_iter().flatten().filter_map(|value| match value {
        Value::Id(id) => Some(id),
        _ => None,
    });
    let holder = Holder { user, home, team: team.collect() };
    let tree = tree(engine, catalogue, &reader, epoch).await?;
    let held = assignments(catalogue, &reader, user, &tree).await?;
    Ok(Some((holder, held)))
}

async fn assignments(
    catalogue: &Catalogue,
    reader: &Reader<'_>,
    user: Uuid,
    tree: &Tree,
) -> Result<Vec<Assignment>, Error> {
    let Some((ix, object)) = catalogue.system(SystemKind::Assignment) else {
        return Ok(Vec::new());
    };
    let (holder, role) = (slot(object, "user")?, slot(object, "role")?);
    let unit = slot(object, "unit")?;
    let filter = Node::And(vec![field_is(ix, holder, user), in_force(ix, object, reader)?]);
    let columns = vec![own_field(ix, role), own_field(ix, unit)];
    let rows = reader.select(ix, columns, Some(filter), (None, ASSIGNMENTS)).await?;
    let mut held = Vec::new();
    for row in rows {
        if let [Value::Text(role), Value::Id(unit)] = row.as_slice() {
            let known = catalogue.roles.get_key_value(&**role).map(|(name, _)| name.clone());
            held.extend(known.map(|role| Assignment {
                role,
                unit: *unit,
                subtree: tree.below(*unit),
            }));
        }
    }
    Ok(held)
}

/// Assignments that have not ended.
fn in_force(ix: ObjectIx, object: &Object, reader: &Reader<'_>) -> Result<Node, Error> {
    let until = own_field(ix, slot(object, "until_on")?);
    let today = Node::Literal(Value::Date(reader.moment.today));
    Ok(Node::Or(vec![
        Node::IsEmpty(Box::new(until.clone())),
        Node::Compare(Comparison::Ge, Box::new(until), Box::new(today)),
    ]))
}

/// A unit and all below it; the tree is read again only when it changed.
pub(crate) async fn below(context: &Context<'_>, unit: Uuid) -> Result<Arc<[Uuid]>, Error> {
    let engine = context.engine;
    let platform = engine.system(None, "org");
    let reader = Reader {
        engine,
        catalogue: context.catalogue,
        moment: context.moment,
        platform: &platform,
    };
    let epoch = engine.epoch.load(Ordering::Acquire);
    Ok(tree(engine, context.catalogue, &reader, epoch).await?.below(unit))
}

/// A field that the mark of a system object promises.
pub(crate) fn slot(object: &Object, name: &str) -> Result<Slot, Error> {
    let found = object.field(name).map(|(slot, _)| slot);
    found.ok_or_else(|| Error::Internal(format!("{} has no field {name}", object.name)))
}

/// Reads with the platform's own rights.
pub(crate) struct Reader<'a> {
    pub engine: &'a Engine,
    pub catalogue: &'a Catalogue,
    pub moment: &'a Moment,
    pub platform: &'a Actor,
}

impl Reader<'_> {
    /// Rows in id order: those after a position, at most so many.
    pub async fn select(
        &self,
        ix: ObjectIx,
        columns: Vec<Node>,
        filter: Option<Node>,
        (after, limit): (Option<Vec<Value>>, u32),
    ) -> Result<Vec<Vec<Value>>, Error> {
        let env = self.moment.env(self.platform);
        let select =
            Select { columns, filter: filter.as_ref(), after, limit, ..Select::of(ix, &env) };
        Ok(self.engine.store().select(self.catalogue, &select).await?)
    }

    /// How many rows there are; counting stops at `cap`.
    pub async fn count(&self, ix: ObjectIx, filter: &Node, cap: u32) -> Result<u64, Error> {
        let env = self.moment.env(self.platform);
        let select = Select { filter: Some(filter), ..Select::of(ix, &env) };
        Ok(self.engine.store().count(self.catalogue, &select, Some(cap)).await?)
    }
}
