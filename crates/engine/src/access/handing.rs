//! Which records of a chunk go to whom, and the decision on each.

use std::collections::HashMap;

use schema::catalogue::base;
use schema::{FieldType, Name, Object, ObjectIx, Slot, Value};
use serde_json::json;
use store::Write;
use uuid::Uuid;

use super::handover::Handover;
use super::receivers::Choice;
use crate::write::{Context, Draft, Entry, Prepared, Subject, Visible, entry, id_of, targets};
use crate::{Error, Refusal};

/// Records with who gets each.
pub(super) struct Handed<'a> {
    pub pairs: &'a [(Uuid, Option<Uuid>)],
    pub records: &'a HashMap<Uuid, Vec<Value>>,
    pub asked: &'a Handover,
}

impl Context<'_> {
    /// Who gets each record of a divided object, by the receivers' conditions and what they have.
    pub(super) async fn divided(
        &self,
        ix: ObjectIx,
        asked: &Handover,
        page: &[(Uuid, Vec<bool>)],
        loads: &mut Option<Vec<u64>>,
    ) -> Result<Vec<Option<Uuid>>, Error> {
        let held = match loads.take() {
            Some(held) => held,
            None => self.loads(ix, &asked.receivers, asked.spread).await?,
        };
        let mut choice = Choice::new(&asked.receivers, asked.spread, held);
        let to = page.iter().map(|(_, fits)| {
            let at = choice.of(fits).and_then(|at| asked.receivers.get(at));
            at.map(|receiver| receiver.user).or(asked.to_user)
        });
        let to: Vec<Option<Uuid>> = to.collect();
        *loads = Some(choice.into_counts());
        Ok(to)
    }

    /// Who gets each record of an object that is not divided: the owner of what it refers to among
    /// the divided objects, when that is a receiver; else the one user.
    pub(super) async fn following(
        &self,
        (ix, object): Subject<'_>,
        asked: &Handover,
        (ids, records): (&[Uuid], &HashMap<Uuid, Vec<Value>>),
    ) -> Result<Vec<Option<Uuid>>, Error> {
        let slots = followed(object, &asked.divided);
        let mut wanted: HashMap<ObjectIx, Vec<Uuid>> = HashMap::new();
        let mut first: HashMap<Uuid, Uuid> = HashMap::new();
        for id in ids {
            let Some(values) = records.get(id) else { continue };
            let leads = slots.iter().find_map(|slot| {
                let value = values.get(usize::from(slot.0))?;
                targets(self.catalogue, ix, *slot, value).pop()
            });
            let Some((target, to)) = leads else { continue };
            first.insert(*id, to);
            wanted.entry(target).or_default().push(to);
        }
        let mut owners: HashMap<Uuid, Uuid> = HashMap::new();
        for (target, mut ids) in wanted {
            ids.sort_unstable();
            ids.dedup();
            let store = self.engine.store();
            for values in store.get_many(self.catalogue, target, &ids, &[base::OWNER]).await? {
                if let Some(Value::Id(owner)) = values.get(usize::from(base::OWNER.0)) {
                    owners.insert(id_of(&values), *owner);
                }
            }
        }
        let receives = |user: &Uuid| asked.receivers.iter().any(|receiver| receiver.user == *user);
        let to = ids.iter().map(|id| {
            let owner = first.get(id).and_then(|to| owners.get(to)).copied();
            owner.filter(receives).or(asked.to_user)
        });
        Ok(to.collect())
    }

    /// Decides each record; the write of those that are allowed, and the ids of the others.
    pub(super) async fn hand_chunk(
        &self,
        of: Subject<'_>,
        handed: &Handed<'_>,
    ) -> Result<(Write, Vec<Uuid>), Error> {
        let (mut write, mut refused) = (Write::default(), Vec::new());
        let mut seen = Visible::default();
        let mut homes: HashMap<Uuid, Option<Uuid>> = HashMap::new();
        for (id, to) in handed.pairs {
            let (Some(to), Some(values)) = (to, handed.records.get(id)) else { continue };
            let mut given = vec![(base::OWNER, Value::Id(*to))];
            if handed.asked.with_unit {
                if !homes.contains_key(to) {
                    let rights = self.engine.rights_of(*to).await?;
                    homes.insert(*to, rights.and_then(|rights| rights.home));
                }
                let home = homes.get(to).copied().flatten();
                given.extend(home.map(|home| (base::ORG_UNIT, Value::Id(home))));
            }
            let prepared = Prepared { given, ..Prepared::default() };
            let draft = self.update_prepared(of, values.clone().into(), prepared, &mut seen).await;
            match draft {
                Ok(Draft { write: part, .. }) => write.merge(part),
                Err(Error::Refused(refusal)) => {
                    refused.push(*id);
                    self.note_refused(of.1, *id, &refusal, &mut write);
                }
                Err(error) => return Err(error),
            }
        }
        Ok((write, refused))
    }
}

impl Context<'_> {
    /// The audit entry of a record that may not be handed over.
    fn note_refused(&self, object: &Object, id: Uuid, refusal: &Refusal, write: &mut Write) {
        let detail = json!({ "command": "update", "code": refusal.code() });
        let (record, reason) = (Some(id), self.reason);
        let note = Entry { kind: "refused", object: Some(object), record, reason, detail };
        write.audit.push(entry(self, note));
    }
}

/// References of an object to records of divided objects.
fn followed(object: &Object, divided: &[String]) -> Vec<Slot> {
    let found = object.slots().filter(|(slot, field)| {
        let own = usize::from(slot.0) >= base::COUNT && !field.retired;
        let leads = |to: &[Name]| to.iter().any(|name| divided.iter().any(|d| *name == d.as_str()));
        own && matches!(&field.kind, FieldType::Reference { to, .. } if leads(to))
    });
    found.map(|(slot, _)| slot).collect()
}
