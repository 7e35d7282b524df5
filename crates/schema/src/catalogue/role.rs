//! Roles: what may be done with which rows, and how much of each field is shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Label;
use crate::Name;
use crate::expr::Expr;
use crate::field::Field;

/// What an actor may do with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// See rows.
    Read,
    /// Make new ones.
    Create,
    /// Change fields that are writable.
    Update,
    /// Move to the recycle bin.
    Delete,
    /// See masked values, with a reason.
    Reveal,
    /// Take rows out in files.
    Export,
    /// Bring rows in from files.
    Import,
    /// Give to another owner or org unit.
    Reassign,
    /// Show to another user for a time.
    Share,
    /// Make two records one, and two again.
    Merge,
}

/// How much of a field an actor gets; ordered.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// As if it were not there.
    #[default]
    Hidden,
    /// Partly shown.
    Masked,
    /// Shown; a field of level 4 is still masked until revealed.
    Read,
    /// Shown and changeable.
    Write,
}

/// Rights on the platform itself, not on records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Edit drafts and publish.
    Publish,
    /// Set passwords, unlock, end sessions, give roles.
    Users,
    /// Make and withdraw API keys.
    ApiKeys,
    /// Read and verify the audit log.
    Audit,
    /// See and retry jobs.
    Jobs,
    /// See records that are locked: kept only because the law says so.
    SeesLocked,
    /// Answer requests of others for exports that need approval.
    ApproveExports,
    /// Answer requests of others for reveals that need approval.
    ApproveReveals,
}

/// Which rows a grant is about.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Owned by me.
    Own,
    /// Owned by me or by a user whose manager I am.
    Team,
    /// Of the org unit the role is held at.
    Unit,
    /// Of that unit or one below it.
    Subtree,
    /// Every row.
    All,
    /// Shared with me and not expired.
    Shared,
    /// Whose parent record I may read, other than by its being shared with me.
    Parent,
    /// Whose parent record is shared with me.
    SharedParent,
    /// Where this holds.
    When(Expr),
}

/// Actions on rows, with an access for each field.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The object.
    pub object: Name,
    /// What may be done.
    pub actions: Vec<Action>,
    /// To which rows.
    pub rows: Rows,
    /// Of those only where this holds.
    pub when: Option<Expr>,
    /// Access of fields not named below; of those from level 3 no more than masked.
    pub default_access: Access,
    /// Access of named fields.
    pub fields: BTreeMap<Name, Access>,
}

impl Grant {
    /// The access to `field` that this grant gives. What is sensitive is in clear only where it is
    /// named, so that a field which joins an object later is not open to everybody at once.
    #[must_use]
    pub fn access(&self, field: &Field) -> Access {
        let most = if field.level >= 3 { Access::Masked } else { Access::Write };
        let default = self.default_access.min(most);
        self.fields.get(&field.name).copied().unwrap_or(default)
    }
}

/// Named grants.
#[derive(Debug, Clone)]
pub struct Role {
    /// Name used in assignments.
    pub name: Name,
    /// Pack that defines it.
    pub pack: Name,
    /// Shown name.
    pub label: Label,
    /// What it allows.
    pub grants: Vec<Grant>,
    /// Platform rights.
    pub rights: Vec<Right>,
    /// Roles one user may not hold beside it.
    pub excludes: Vec<Name>,
    /// Reveals a day; 0 means none.
    pub reveal_per_day: u32,
    /// Whether a reveal needs somebody else's approval, unless another role of the user reveals the
    /// same record without.
    pub reveal_approval: bool,
    /// Rows an export may have; 0 means no export.
    pub export_rows: u32,
}
