//! What an import's undo needs: ids of the records made, and what changed records were before.

use schema::catalogue::base;
use schema::{Name, Object, Slot, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::write::{id_of, version_of};

/// How to take one row back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Undo {
    /// A record was made.
    Created { id: Uuid },
    /// A record was changed: to which version, and what the changed fields were.
    Updated { id: Uuid, version: u64, before: Vec<(Name, Value)> },
}

impl Undo {
    /// The way back from `after` to `before`.
    pub fn of_update(object: &Object, before: &[Value], after: &[Value]) -> Undo {
        let changed = before.iter().zip(after).enumerate().filter(|(_, (old, new))| old != new);
        let before = changed
            .filter_map(|(at, (old, _))| Some((Slot(u16::try_from(at).ok()?), old.clone())))
            .filter(|(slot, _)| {
                !matches!(*slot, base::VERSION | base::UPDATED_AT | base::UPDATED_BY)
            })
            .filter_map(|(slot, old)| Some((object.at(slot)?.name.clone(), old)))
            .collect();
        Undo::Updated { id: id_of(after), version: version_of(after), before }
    }

    /// The record it is about.
    pub fn id(&self) -> Uuid {
        match self {
            Undo::Created { id } | Undo::Updated { id, .. } => *id,
        }
    }

    /// Whether the import made the record.
    pub fn is_created(&self) -> bool {
        matches!(self, Undo::Created { .. })
    }

    /// As JSON, with plaintexts: to be sealed.
    pub fn to_json(&self) -> Json {
        match self {
            Undo::Created { id } => json!({ "id": id }),
            Undo::Updated { id, version, before } => {
                let before: Vec<Json> = before
                    .iter()
                    .map(|(name, value)| json!([name, crate::codec::encode(value)]))
                    .collect();
                json!({ "id": id, "version": version, "before": before })
            }
        }
    }

    /// What [`Undo::to_json`] wrote.
    pub fn from_json(json: &Json) -> Option<Undo> {
        let id = json.get("id")?.as_str()?.parse().ok()?;
        let Some(before) = json.get("before") else { return Some(Undo::Created { id }) };
        let version = json.get("version")?.as_u64()?;
        let pair = |pair: &Json| {
            let name = Name::new(pair.get(0)?.as_str()?).ok()?;
            Some((name, crate::codec::decode(pair.get(1)?)?))
        };
        let before = before.as_array()?.iter().map(pair).collect::<Option<_>>()?;
        Some(Undo::Updated { id, version, before })
    }
}
