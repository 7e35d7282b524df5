//! From roles and assignments to [`Rights`].

use std::sync::Arc;

use schema::catalogue::{Access, Action, Grant, Role, Rows, base};
use schema::expr::Node;
use schema::{Catalogue, Field, FieldType, Name, Object, ObjectIx, Slot};
use uuid::Uuid;

use super::{Actions, Rights, RowGrant, every_row, scope, totals};

/// A role held at an org unit.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub role: Name,
    pub unit: Uuid,
    /// The unit and all below it.
    pub subtree: Arc<[Uuid]>,
}

/// The user whose rights are compiled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holder {
    pub user: Uuid,
    pub home: Option<Uuid>,
    /// Users whose manager this one is.
    pub team: Vec<Uuid>,
}

/// How far `rows = "parent"` follows parents of parents.
const PARENT_DEPTH: u8 = 3;

/// Compiles all grants of the assignments, in order.
pub(crate) fn compile(catalogue: &Catalogue, holder: &Holder, held: &[Assignment]) -> Rights {
    let mut rights = Rights {
        catalogue: catalogue.version,
        objects: vec![Vec::new(); catalogue.objects.len()],
        platform: Vec::new(),
        roles: Vec::new(),
        units: unique(held.iter().map(|a| a.unit)),
        subtree: unique(held.iter().flat_map(|a| a.subtree.iter().copied())),
        home: holder.home,
        reveal_per_day: 0,
        reveal_approval: false,
        export_rows: 0,
    };
    let roles: Vec<(&Assignment, &Role)> =
        held.iter().filter_map(|a| Some((a, catalogue.roles.get(&a.role)?))).collect();
    for (_, role) in &roles {
        if !rights.roles.contains(&role.name) {
            rights.roles.push(role.name.clone());
        }
        rights.platform.extend(role.rights.iter().copied());
        rights.reveal_per_day = rights.reveal_per_day.max(role.reveal_per_day);
        rights.reveal_approval |= role.reveal_per_day > 0 && role.reveal_approval;
        rights.export_rows = rights.export_rows.max(role.export_rows);
    }
    rights.platform.sort_unstable();
    rights.platform.dedup();
    let mut grants: Vec<Given<'_>> = Vec::new();
    for (held, role) in &roles {
        let alone = role.reveal_per_day > 0 && !role.reveal_approval;
        grants.extend(role.grants.iter().map(|grant| Given { held, grant, alone }));
    }
    for given in grants.iter().filter(|given| !follows_parent(given.grant)) {
        add(catalogue, holder, given, &mut rights);
    }
    for _ in 0..PARENT_DEPTH {
        let before = rights.objects.iter().map(Vec::len).sum::<usize>();
        add_parent_grants(catalogue, &grants, &mut rights);
        if rights.objects.iter().map(Vec::len).sum::<usize>() == before {
            break;
        }
    }
    totals::guard(catalogue, &mut rights);
    rights
}

/// A grant as a role gives it.
struct Given<'a> {
    held: &'a Assignment,
    grant: &'a Grant,
    /// Whether the role reveals without somebody else's approval.
    alone: bool,
}

fn follows_parent(grant: &Grant) -> bool {
    matches!(grant.rows, Rows::Parent | Rows::SharedParent)
}

fn unique(ids: impl Iterator<Item = Uuid>) -> Arc<[Uuid]> {
    let mut all: Vec<Uuid> = ids.collect();
    all.sort_unstable();
    all.dedup();
    all.into()
}

fn add(catalogue: &Catalogue, holder: &Holder, given: &Given<'_>, rights: &mut Rights) {
    let Given { held, grant, .. } = given;
    let Some((ix, object)) = catalogue.object(grant.object.as_str()) else { return };
    let rows = match &grant.rows {
        Rows::Own => scope::field_is(ix, base::OWNER, holder.user),
        Rows::Team => {
            let mut team = vec![holder.user];
            team.extend(&holder.team);
            scope::field_in(ix, base::OWNER, &team)
        }
        Rows::Unit => scope::field_is(ix, base::ORG_UNIT, held.unit),
        Rows::Subtree => scope::field_in(ix, base::ORG_UNIT, &held.subtree),
        Rows::All => every_row(),
        Rows::Shared => scope::shared(ix),
        Rows::When(expr) => expr.root.clone(),
        Rows::Parent | Rows::SharedParent => return,
    };
    push(rights, ix, object, given, narrowed(rows, grant));
}

/// Of a grant's rows those where its further condition holds.
fn narrowed(rows: Node, grant: &Grant) -> Node {
    match &grant.when {
        None => rows,
        Some(when) if matches!(grant.rows, Rows::All) => when.root.clone(),
        Some(when) => Node::And(vec![rows, when.root.clone()]),
    }
}

fn push(rights: &mut Rights, ix: ObjectIx, object: &Object, given: &Given<'_>, rows: Node) {
    let grant = given.grant;
    let Some(list) = rights.objects.get_mut(usize::from(ix.0)) else { return };
    let access = accesses(ix, object, grant);
    let actions = Actions::of(&grant.actions);
    let alone = given.alone && actions.has(Action::Reveal);
    let same = list.iter_mut().find(|g| g.rows == rows && g.access == access);
    if let Some(known) = same {
        known.actions = known.actions.and(actions);
        known.alone |= alone;
        return;
    }
    let local = scope::is_local(&rows);
    let shared = matches!(grant.rows, Rows::Shared | Rows::SharedParent);
    list.push(RowGrant { actions, rows, access, local, shared, alone });
}

/// What a grant gives of each field, by slot.
pub(crate) fn accesses(ix: ObjectIx, object: &Object, grant: &Grant) -> Arc<[Access]> {
    let mut access: Vec<Access> =
        object.slots().map(|(slot, field)| access_of(grant, slot, field)).collect();
    lower_formulas(ix, object, &mut access);
    access.into()
}

/// A formula shows no more than the fields of its own record that it is made of.
pub(super) fn lower_formulas(ix: ObjectIx, object: &Object, access: &mut [Access]) {
    for _ in 0..object.fields.len() {
        let mut lowered = false;
        for (slot, field) in object.slots() {
            let FieldType::Formula { expr } = &field.kind else { continue };
            let parts = expr.dependencies().fields;
            let weighed = expr.root.weighed();
            let least = parts
                .iter()
                .filter(|(part_ix, _)| *part_ix == ix)
                .filter_map(|(_, part)| {
                    let granted = access.get(usize::from(part.0)).copied()?;
                    let shown = object.at(*part)?.shown(granted);
                    // A masked value shows that there is one.
                    let known = shown >= Access::Masked && !weighed.contains(part);
                    (!known).then_some(shown)
                })
                .min();
            let Some(place) = access.get_mut(usize::from(slot.0)) else { continue };
            if let Some(least) = least.filter(|least| *least < *place) {
                *place = least;
                lowered = true;
            }
        }
        if !lowered {
            break;
        }
    }
}

/// Who and when are part of every row that may be seen; the id and version too.
fn access_of(grant: &Grant, slot: Slot, field: &Field) -> Access {
    let named = grant.fields.get(&field.name).copied();
    match slot {
        base::ID | base::VERSION => Access::Read,
        base::CREATED_AT | base::CREATED_BY | base::UPDATED_AT | base::UPDATED_BY => {
            named.unwrap_or(Access::Read).min(Access::Read)
        }
        base::OWNER | base::ORG_UNIT => {
            let reassign = grant.actions.contains(&Action::Reassign);
            let most = if reassign { Access::Write } else { Access::Read };
            named.unwrap_or(most).min(most)
        }
        _ => grant.access(field),
    }
}

fn add_parent_grants(catalogue: &Catalogue, grants: &[Given<'_>], rights: &mut Rights) {
    for given in grants.iter().filter(|given| follows_parent(given.grant)) {
        let grant = given.grant;
        let Some((ix, object)) = catalogue.object(grant.object.as_str()) else { continue };
        let Some(via) = object.parent else { continue };
        let shared = matches!(grant.rows, Rows::SharedParent);
        if let Some(rows) = parent_rows(catalogue, (object, via), shared, rights) {
            push(rights, ix, object, given, narrowed(rows, grant));
        }
    }
}

/// The records whose parent record may be read: because it is shared with the user, or otherwise.
/// What a sharing opens is less than what one's own records show, so neither stands for the other.
fn parent_rows(
    catalogue: &Catalogue,
    (object, via): (&Object, Slot),
    shared: bool,
    rights: &Rights,
) -> Option<Node> {
    let FieldType::Reference { to, .. } = &object.at(via)?.kind else { return None };
    let mut parts = Vec::new();
    for target in to {
        let Some((target, _)) = catalogue.object(target.as_str()) else { continue };
        let grants = rights.grants(target, Action::Read).filter(|grant| grant.shared == shared);
        if let Some(condition) = scope::any_of(grants) {
            let condition = Box::new(condition);
            parts.push(Node::Reachable { via, object: target, condition });
        }
    }
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Node::Or(parts)),
    }
}

/// Rights of the platform itself: everything, on every row.
pub(crate) fn everything(catalogue: &Catalogue) -> Rights {
    let all = [
        Action::Read,
        Action::Create,
        Action::Update,
        Action::Delete,
        Action::Reveal,
        Action::Export,
        Action::Import,
        Action::Reassign,
        Action::Share,
        Action::Merge,
    ];
    let objects = catalogue.objects.values().map(|object| {
        let access = object.fields.iter().map(|_| Access::Write).collect();
        let actions = Actions::of(&all);
        vec![RowGrant {
            actions,
            rows: every_row(),
            access,
            local: true,
            shared: false,
            alone: true,
        }]
    });
    Rights {
        catalogue: catalogue.version,
        objects: objects.collect(),
        platform: vec![],
        roles: Vec::new(),
        units: Arc::from([]),
        subtree: Arc::from([]),
        home: None,
        reveal_per_day: 0,
        reveal_approval: false,
        export_rows: u32::MAX,
    }
}
