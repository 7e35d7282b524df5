//! Who owned a record, from when on: read from the audit log under the reader's rights.

use kernel::Instant;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::moment::Moment;
use crate::write::Context;
use crate::{Actor, Engine, Error};

/// Entries read at once.
const PAGE: u32 = 200;

/// Most pages read.
const PAGES: usize = 10;

/// A change of owner.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OwnerChange {
    /// When.
    pub at: Instant,
    /// Who did it.
    pub by: Uuid,
    /// Who owned the record until then; none for a new record.
    pub from: Option<Uuid>,
    /// Who owned it from then on.
    pub to: Option<Uuid>,
    /// What the two are called, as far as they are known.
    pub from_name: Option<String>,
    /// What the new owner is called.
    pub to_name: Option<String>,
}

impl Engine {
    /// The owners of a record that the actor may read, with its owner, newest first; from its
    /// newest 2,000 audit entries. Costs a read for each 200 of them, and one for the names.
    pub async fn owner_history(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
    ) -> Result<Vec<OwnerChange>, Error> {
        let (mut changes, mut before) = (Vec::new(), None);
        for _ in 0..PAGES {
            let entries = self.history(actor, object, id, (before, PAGE)).await?;
            before = entries.last().map(|entry| entry.number);
            let last = entries.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            for entry in &entries {
                let Ok(body) = serde_json::from_slice::<Json>(&entry.body) else { continue };
                let user = |json: &Json| json.as_str().and_then(|text| text.parse().ok());
                let (from, to) = match body.pointer("/detail/set/owner") {
                    None => continue,
                    Some(Json::Array(pair)) => {
                        (pair.first().and_then(user), pair.get(1).and_then(user))
                    }
                    Some(owner) => (None, user(owner)),
                };
                let (from_name, to_name) = (None, None);
                let (at, by) = (entry.at, entry.actor);
                changes.push(OwnerChange { at, by, from, to, from_name, to_name });
            }
            if last {
                break;
            }
        }
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let mut users: Vec<Uuid> = changes.iter().flat_map(|c| [c.from, c.to]).flatten().collect();
        users.sort_unstable();
        users.dedup();
        users.truncate(500);
        let names = context.names_of(&users).await?;
        for change in &mut changes {
            change.from_name = change.from.and_then(|user| names.get(&user).cloned());
            change.to_name = change.to.and_then(|user| names.get(&user).cloned());
        }
        Ok(changes)
    }
}
