//! Scopes that let through few records: what belongs to one's own customers, or was shared with one.
//!
//! Asked of each row of a table, such a scope makes a list of a manager's own go through everybody's.
//! So where nothing else leads to few rows, the scope does: its records are looked up from those that
//! they belong to, by the indexes of references.

use schema::catalogue::base;
use schema::expr::{ActorAttribute, Comparison, Node, Path};
use schema::field::Storage;
use schema::{ObjectIx, Slot};

use super::{Compiler, depends};
use crate::Error;
use crate::records::names::quoted;

impl Compiler<'_> {
    /// That a row is one of the few that `scope` lets through; none where it may let many through,
    /// asks the row itself only, or `filter` leads to few rows already.
    pub(crate) fn among_few(
        &mut self,
        scope: &Node,
        filter: Option<&Node>,
    ) -> Result<Option<String>, Error> {
        let here = self.here(0)?;
        let led = filter.is_some_and(|filter| self.leads(filter));
        if led || !goes_further(scope) || !lets_few_through(scope) {
            return Ok(None);
        }
        let ids = self.ids(here.object, scope)?;
        Ok(Some(format!("{}.\"id\" IN ({ids})", here.alias)))
    }

    /// The ids of what a scope lets through.
    fn ids(&mut self, object: ObjectIx, scope: &Node) -> Result<String, Error> {
        if let Node::Or(parts) = scope {
            let parts: Vec<String> =
                parts.iter().map(|part| self.ids(object, part)).collect::<Result<_, _>>()?;
            return Ok(parts.join(" UNION ALL "));
        }
        let at = self.enter(object);
        let condition = match scope {
            Node::Reachable { via, object: of, condition } => {
                self.below(object, *via, *of, condition)
            }
            other => self.condition(other),
        };
        self.leave();
        let (from, alias) = (self.from(at)?, &self.scope(at)?.alias);
        Ok(format!("SELECT {alias}.\"id\" FROM {from} WHERE {}", condition?))
    }

    fn below(
        &mut self,
        object: ObjectIx,
        via: Slot,
        of: ObjectIx,
        condition: &Node,
    ) -> Result<String, Error> {
        let alias = self.here(0)?.alias;
        let column = self.plans.at(object)?.column(via)?;
        let mut text = format!("{alias}.{} IN (", column.quoted());
        let link =
            (column.storage == Storage::Link).then(|| quoted(&format!("{}__object", column.field)));
        text.push_str(&self.ids(of, condition)?);
        text.push(')');
        if let Some(link) = link {
            text.push_str(&format!(" AND {alias}.{link} = '{}'", self.plans.at(of)?.name));
        }
        Ok(text)
    }

    /// Whether a filter asks for few rows by an index: by an id, an owner, a reference, or what is
    /// unique, of the row itself or of what it refers to.
    fn leads(&self, filter: &Node) -> bool {
        let led = |side: &Node| match side {
            Node::Field(Path { object, slot, up: 0, .. }) => {
                let unique = self.field(*object, *slot).is_ok_and(|field| field.unique);
                let plan = self.plans.at(*object).and_then(|plan| plan.column(*slot));
                let reference = plan
                    .is_ok_and(|column| matches!(column.storage, Storage::Uuid | Storage::Link));
                unique || (reference && *slot != base::ORG_UNIT)
            }
            _ => false,
        };
        match filter {
            Node::And(parts) => parts.iter().any(|part| self.leads(part)),
            Node::Compare(Comparison::Eq, a, b) => {
                (led(a) && !depends(b)) || (led(b) && !depends(a))
            }
            Node::In(item, list) => led(item) && !depends(list),
            _ => false,
        }
    }
}

/// Whether a scope asks other records.
fn goes_further(scope: &Node) -> bool {
    match scope {
        Node::Or(parts) => parts.iter().any(goes_further),
        other => matches!(other, Node::Reachable { .. }),
    }
}

/// Whether a scope lets few records through: those of one owner, shared ones, and what belongs to
/// such.
fn lets_few_through(scope: &Node) -> bool {
    match scope {
        Node::Or(parts) => !parts.is_empty() && parts.iter().all(lets_few_through),
        Node::And(parts) => parts.iter().any(|part| !goes_further(part) && lets_few_through(part)),
        Node::Reachable { condition, .. } => lets_few_through(condition),
        Node::In(item, list) => {
            is_own(item) && matches!(**list, Node::Actor(ActorAttribute::Shared))
        }
        Node::Compare(Comparison::Eq, a, b) => {
            (is_own(a) && !depends(b)) || (is_own(b) && !depends(a))
        }
        _ => false,
    }
}

fn is_own(side: &Node) -> bool {
    matches!(side, Node::Field(Path { steps, slot, up: 0, .. })
        if steps.is_empty() && matches!(*slot, base::OWNER | base::ID))
}
