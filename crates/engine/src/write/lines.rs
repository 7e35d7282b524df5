//! Lines: references from records to others of their object, such as a group's to the group above it,
//! that never lead back to where they started.
//!
//! What lies above is read whoever may see it, and claimed, so that two writers who would close a
//! circle together do not both get through.

use schema::{ObjectIx, Slot, Value};
use uuid::Uuid;

use super::decide::Visible;
use super::record::id_of;
use super::submit::{Context, Subject};
use crate::{Error, Refusal, Violation};

/// Most records above one another.
const LINE: usize = 64;

/// A record that the decision counts on, and how often it was claimed before.
pub(super) type Claim = (ObjectIx, Uuid, u64);

impl Context<'_> {
    /// Decides what depends on records beside the one at hand: lines and edges. What it counted on is
    /// to be claimed by the commit. Costs nothing for objects without such rules and for changes that
    /// do not touch them.
    pub(super) async fn rule(
        &self,
        of: Subject<'_>,
        before: Option<&[Value]>,
        after: &[Value],
        seen: &mut Visible,
    ) -> Result<Vec<Claim>, Error> {
        let mut claims = Vec::new();
        for slot in &of.1.acyclic {
            let at = |values: &[Value]| values.get(usize::from(slot.0)).cloned();
            if before.and_then(at) != at(after) {
                claims.extend(self.rule_line(of, *slot, after).await?);
            }
        }
        claims.extend(self.rule_edge(of, before, after, seen).await?);
        Ok(claims)
    }

    /// Two queries for each record above.
    async fn rule_line(
        &self,
        (ix, object): Subject<'_>,
        slot: Slot,
        after: &[Value],
    ) -> Result<Vec<Claim>, Error> {
        let me = id_of(after);
        let refused = |code: &str| {
            let name = object.at(slot).map_or("", |field| field.name.as_str());
            Err(Refusal::Invalid(vec![Violation::new(name, code)]).into())
        };
        let mut claims = Vec::new();
        let mut above = after.get(usize::from(slot.0)).cloned();
        let mut claimed = me;
        while let Some(Value::Id(next)) = above {
            claims.extend(self.counted_on(ix, &[claimed]).await?);
            if next == me {
                return refused("graph_circular");
            }
            if claims.len() > LINE {
                return refused("too_deep");
            }
            let row = self.engine.store().get(self.catalogue, ix, next, &[slot]).await?;
            above = row.and_then(|row| row.get(usize::from(slot.0)).cloned());
            claimed = next;
        }
        claims.extend(self.counted_on(ix, &[claimed]).await?);
        Ok(claims)
    }

    /// How often records were claimed, read before what depends on them is.
    pub(super) async fn counted_on(&self, ix: ObjectIx, ids: &[Uuid]) -> Result<Vec<Claim>, Error> {
        let counts = self.engine.store().claims(ids).await?;
        Ok(ids.iter().zip(counts).map(|(id, count)| (ix, *id, count)).collect())
    }
}
