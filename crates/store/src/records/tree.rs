//! The org tree as a closure table: every ancestor of every unit, kept by commit. Moving a unit
//! costs the tree, not the records.

use uuid::Uuid;

use crate::db::{Dialect, Step};
use crate::measures;

/// Steps of moving a unit; `check` finds nothing unless the unit would lie below itself.
pub(crate) struct Moved {
    pub(crate) check: Option<Step>,
    pub(crate) steps: Vec<Step>,
}

/// A new unit below `parent`.
pub(crate) fn added(id: Uuid, parent: Option<Uuid>) -> Vec<Step> {
    let own = "INSERT INTO jy_org_closure (ancestor, descendant, depth) VALUES ($1, $1, 0)";
    let mut steps = vec![Step::new(own, vec![id.into()])];
    if let Some(parent) = parent {
        steps.push(graft(id, parent));
        steps.push(measures::comes(id));
    }
    steps
}

/// A unit with all below it, under another parent.
pub(crate) fn moved(dialect: Dialect, id: Uuid, parent: Option<Uuid>) -> Moved {
    let mut steps = Vec::new();
    if dialect == Dialect::Postgres {
        // Two moves at once could each pass the check and make a ring together.
        steps.push(Step::new("LOCK TABLE jy_org_closure IN SHARE ROW EXCLUSIVE MODE", vec![]));
    }
    steps.extend(measures::lock(dialect));
    steps.push(measures::leaves(id));
    steps.push(Step::new(
        "DELETE FROM jy_org_closure WHERE descendant IN \
         (SELECT descendant FROM jy_org_closure WHERE ancestor = $1) AND ancestor NOT IN \
         (SELECT descendant FROM jy_org_closure WHERE ancestor = $1)",
        vec![id.into()],
    ));
    let check = parent.map(|parent| {
        Step::exactly(
            "SELECT 1 FROM jy_org_closure WHERE ancestor = $1 AND descendant = $2",
            vec![id.into(), parent.into()],
            0,
        )
    });
    if let Some(parent) = parent {
        steps.push(graft(id, parent));
        steps.push(measures::comes(id));
    }
    Moved { check, steps }
}

/// A unit that is gone. Units below it become roots of their own.
pub(crate) fn removed(dialect: Dialect, id: Uuid) -> Vec<Step> {
    let mut steps: Vec<Step> = measures::lock(dialect).into_iter().collect();
    steps.extend([measures::leaves(id), measures::alone(id)]);
    let gone = "DELETE FROM jy_org_closure WHERE descendant = $1 OR ancestor = $1";
    steps.push(Step::new(gone, vec![id.into()]));
    steps
}

fn graft(id: Uuid, parent: Uuid) -> Step {
    Step::new(
        "INSERT INTO jy_org_closure (ancestor, descendant, depth) \
         SELECT above.ancestor, below.descendant, above.depth + below.depth + 1 \
         FROM jy_org_closure above CROSS JOIN jy_org_closure below \
         WHERE above.descendant = $2 AND below.ancestor = $1",
        vec![id.into(), parent.into()],
    )
}
