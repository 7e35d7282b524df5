//! Rights: what an actor may do with which rows and fields.
//!
//! Compiled once per user and catalogue from roles and assignments. A grant stays a pair of (rows,
//! columns): a cell is visible only if one grant that matches the row shows the field.

mod compile;
pub mod matrix;
mod scope;
mod totals;

use std::sync::Arc;

use schema::catalogue::{Access, Action, Right};
use schema::expr::Node;
use schema::{Catalogue, Name, ObjectIx, Slot, Value};
use uuid::Uuid;

pub(crate) use compile::{Assignment, Holder, accesses, compile, everything};
pub(crate) use scope::{
    field_in, field_is, implies, is_shared, is_true, own_field, owner_of, points_to, visit,
};

/// All rights of one actor under one catalogue.
#[derive(Debug, Clone)]
pub struct Rights {
    pub(crate) catalogue: u64,
    pub(crate) objects: Vec<Vec<RowGrant>>,
    pub(crate) platform: Vec<Right>,
    /// Names of the roles held.
    pub roles: Vec<Name>,
    /// Org units where a role is held.
    pub units: Arc<[Uuid]>,
    /// Those and all below.
    pub subtree: Arc<[Uuid]>,
    /// The user's own org unit, which new records get.
    pub home: Option<Uuid>,
    /// Reveals a day.
    pub reveal_per_day: u32,
    /// Whether there are reveals that somebody else must approve.
    pub reveal_approval: bool,
    /// Most rows of an export.
    pub export_rows: u32,
}

/// A compiled grant: actions on rows, with an access by slot.
#[derive(Debug, Clone)]
pub(crate) struct RowGrant {
    pub actions: Actions,
    pub rows: Node,
    pub access: Arc<[Access]>,
    /// Whether `rows` can be decided from the record's own values.
    pub local: bool,
    /// Whether its rows are there only because they, or their parent, are shared with the user.
    pub shared: bool,
    /// Whether a reveal by it needs nobody's approval.
    pub alone: bool,
}

/// A set of [`Action`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Actions(u16);

impl Actions {
    /// The set of these.
    pub fn of(actions: &[Action]) -> Actions {
        Actions(actions.iter().fold(0, |bits, action| bits | (1 << (*action as u16))))
    }

    /// Whether `action` is in it.
    #[must_use]
    pub fn has(self, action: Action) -> bool {
        self.0 & (1 << (action as u16)) != 0
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Actions) -> Actions {
        Actions(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn within(self, other: Actions) -> Actions {
        Actions(self.0 & other.0)
    }
}

impl Rights {
    /// Grants on `object` that include `action`.
    pub(crate) fn grants(
        &self,
        object: ObjectIx,
        action: Action,
    ) -> impl Iterator<Item = &RowGrant> + Clone {
        self.all(object).iter().filter(move |grant| grant.actions.has(action))
    }

    /// These rights as far as `scopes` go too: object (`None`: any) and actions. Platform rights are
    /// left out.
    #[must_use]
    pub fn within(&self, catalogue: &Catalogue, scopes: &[(Option<Name>, Actions)]) -> Rights {
        let mut narrow = self.clone();
        narrow.platform.clear();
        for (grants, object) in narrow.objects.iter_mut().zip(catalogue.objects.keys()) {
            let about = |scope: &&(Option<Name>, Actions)| {
                scope.0.as_ref().is_none_or(|name| name == object)
            };
            let allowed = scopes.iter().filter(about);
            let allowed = allowed.fold(Actions::default(), |all, (_, actions)| all.and(*actions));
            for grant in grants.iter_mut() {
                grant.actions = grant.actions.within(allowed);
            }
        }
        narrow
    }

    /// Every grant on `object`.
    pub(crate) fn all(&self, object: ObjectIx) -> &[RowGrant] {
        self.objects.get(usize::from(object.0)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether any row of `object` could be acted on so.
    #[must_use]
    pub fn may(&self, object: ObjectIx, action: Action) -> bool {
        self.grants(object, action).next().is_some()
    }

    /// Whether a platform right is held.
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.platform.contains(&right)
    }

    /// The most access any grant of `action` gives to a field, on whatever row.
    #[must_use]
    pub fn most(&self, object: ObjectIx, action: Action, slot: Slot) -> Access {
        self.grants(object, action).map(|grant| grant.access(slot)).max().unwrap_or_default()
    }

    /// Rows that `action` is granted on, as one condition; `None` when there are none.
    pub(crate) fn scope(&self, object: ObjectIx, action: Action) -> Option<Node> {
        scope::any_of(self.grants(object, action))
    }

    /// Like [`Rights::scope`], narrowed to the rows where each of `needs` is granted that much
    /// access by some grant; `None` when no row can be one.
    pub(crate) fn scope_reading(
        &self,
        object: ObjectIx,
        action: Action,
        needs: &[(Slot, Access)],
    ) -> Option<Node> {
        let mut sets = Vec::new();
        for (slot, least) in needs {
            let gives = |grant: &&RowGrant| grant.access(*slot) >= *least;
            sets.push(self.grants(object, action).filter(gives).collect());
        }
        if sets.is_empty() {
            return self.scope(object, action);
        }
        scope::all_of(sets)
    }
}

impl Rights {
    /// Rows that an update may set all of `slots` on, as one condition; `None` when there are none.
    pub(crate) fn scope_writing(&self, object: ObjectIx, slots: &[Slot]) -> Option<Node> {
        let mut parts = Vec::with_capacity(slots.len());
        for slot in slots {
            let writes = |grant: &&RowGrant| grant.access(*slot) >= Access::Write;
            parts.push(scope::any_of(self.grants(object, Action::Update).filter(writes))?);
        }
        parts.dedup();
        Some(Node::And(parts))
    }
}

impl RowGrant {
    /// Access to the field at `slot`.
    pub fn access(&self, slot: Slot) -> Access {
        self.access.get(usize::from(slot.0)).copied().unwrap_or_default()
    }
}

/// Which grants match a row, decided for each grant in order.
#[derive(Debug, Clone)]
pub(crate) struct Matched<'a> {
    pub grants: Vec<&'a RowGrant>,
}

impl Matched<'_> {
    /// The most access a matching grant gives.
    pub fn access(&self, slot: Slot) -> Access {
        self.grants.iter().map(|grant| grant.access(slot)).max().unwrap_or_default()
    }
}

/// The literal `true`, which as a grant's rows means every row.
pub(crate) fn every_row() -> Node {
    Node::Literal(Value::Bool(true))
}
