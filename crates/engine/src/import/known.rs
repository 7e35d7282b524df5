//! Which records the rows of a chunk are about, and which unique values are taken.

use std::collections::{HashMap, HashSet};

use schema::catalogue::{Unique, base};
use schema::expr::Node;
use schema::{ObjectIx, Slot, Value};
use store::records::Select;
use uuid::Uuid;

use super::chunk::Setting;
use super::plan::Mode;
use super::rows::Parsed;
use crate::rights::own_field;
use crate::write::{Context, id_of};
use crate::{Error, Violation};

/// Records read in one go.
const PAGE: u32 = 5_000;

/// What a row's match fields found.
pub(crate) enum Known {
    One(Vec<Value>),
    Several,
}

impl Setting<'_> {
    /// Known records by line. Where a constraint is over the match fields, one look-up for each row;
    /// else all records whose match fields have values of the chunk.
    pub(super) async fn known(&self, rows: &[Parsed]) -> Result<HashMap<u64, Known>, Error> {
        let mut known = HashMap::new();
        let match_by = self.resolved.match_by.as_slice();
        if match_by.is_empty() || self.plan.mode == Mode::Create {
            return Ok(known);
        }
        let found = match self.constraint() {
            Some(unique) => self.held(unique, rows).await?,
            None => self.having(match_by, rows).await?,
        };
        let mut by_key: HashMap<String, Vec<Uuid>> = HashMap::new();
        for (id, values) in &found {
            by_key.entry(key_of(values.iter())).or_default().push(*id);
        }
        let keys: Vec<(u64, &Vec<Uuid>)> = rows
            .iter()
            .filter_map(|row| Some((row.line, by_key.get(&key_of(given(row, match_by)?))?)))
            .collect();
        let single = keys.iter().filter(|(_, ids)| ids.len() == 1);
        let ids: HashSet<Uuid> = single.flat_map(|(_, ids)| ids.iter().copied()).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let slots: Vec<Slot> = self.object.slots().map(|(slot, _)| slot).collect();
        let store = self.context.engine.store();
        let records =
            store.get_many(self.context.catalogue, self.resolved.ix, &ids, &slots).await?;
        let records: HashMap<Uuid, Vec<Value>> =
            records.into_iter().map(|values| (id_of(&values), values)).collect();
        for (line, ids) in keys {
            let one = match ids.as_slice() {
                [id] => records.get(id).map(|values| Known::One(values.clone())),
                _ => Some(Known::Several),
            };
            known.extend(one.map(|one| (line, one)));
        }
        Ok(known)
    }

    /// A constraint over exactly the match fields, among all records.
    fn constraint(&self) -> Option<&Unique> {
        let match_by = &self.resolved.match_by;
        self.object.uniques.iter().find(|unique| {
            unique.where_true.is_empty()
                && unique.where_empty.is_empty()
                && unique.fields.len() == match_by.len()
                && unique.fields.iter().all(|slot| match_by.contains(slot))
        })
    }

    /// Records that hold what the rows say of a constraint, with the values of the match fields.
    async fn held(
        &self,
        unique: &Unique,
        rows: &[Parsed],
    ) -> Result<Vec<(Uuid, Vec<Value>)>, Error> {
        let match_by = self.resolved.match_by.as_slice();
        let whole: Vec<&Parsed> =
            rows.iter().filter(|row| given(row, match_by).is_some()).collect();
        let asked: Vec<Vec<Value>> = whole
            .iter()
            .map(|row| given(row, &unique.fields).into_iter().flatten().cloned().collect())
            .collect();
        let store = self.context.engine.store();
        let holders =
            store.holders(self.context.catalogue, self.resolved.ix, unique, &asked).await?;
        let mut found: HashMap<Uuid, Vec<Value>> = HashMap::new();
        for (row, holder) in whole.into_iter().zip(holders) {
            if let (Some(id), Some(values)) = (holder, given(row, match_by)) {
                found.entry(id).or_insert_with(|| values.cloned().collect());
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Unique values of new rows that other records already have, whoever may see those.
    pub(super) async fn taken(
        &self,
        rows: &[Parsed],
        known: &HashMap<u64, Known>,
    ) -> Result<HashMap<u64, Vec<Violation>>, Error> {
        let mut taken: HashMap<u64, Vec<Violation>> = HashMap::new();
        let unique = self.object.slots().filter(|(slot, field)| {
            field.unique
                && self.resolved.targets.iter().any(|t| t.child.is_none() && t.slot == *slot)
        });
        for (slot, field) in unique {
            let found = self.having(&[slot], rows).await?;
            let found: HashSet<String> =
                found.iter().map(|(_, values)| key_of(values.iter())).collect();
            for row in rows.iter().filter(|row| !known.contains_key(&row.line)) {
                let value = row.given.iter().find(|(at, _)| *at == slot).map(|(_, value)| value);
                if value.is_some_and(|value| found.contains(&key_of(std::iter::once(value)))) {
                    let violation = Violation::new(field.name.as_str(), "duplicate");
                    taken.entry(row.line).or_default().push(violation);
                }
            }
        }
        Ok(taken)
    }

    /// Records of which each of `slots` has a value that some row has there, with these values.
    async fn having(
        &self,
        slots: &[Slot],
        rows: &[Parsed],
    ) -> Result<Vec<(Uuid, Vec<Value>)>, Error> {
        let ix = self.resolved.ix;
        let mut parts = Vec::new();
        for slot in slots {
            let mut seen = HashSet::new();
            let values: Vec<Value> = rows
                .iter()
                .flat_map(|row| row.given.iter())
                .filter(|(at, value)| at == slot && !value.is_empty())
                .filter(|(_, value)| seen.insert(key_text(value)))
                .map(|(_, value)| value.clone())
                .collect();
            if values.is_empty() {
                return Ok(Vec::new());
            }
            let list = Box::new(Node::Literal(Value::List(values.into())));
            parts.push(Node::In(Box::new(own_field(ix, *slot)), list));
        }
        self.context.all_with((ix, None), parts, slots).await
    }
}

impl Context<'_> {
    /// All records of a scope that meet `parts`, by their ids, with these values.
    pub(super) async fn all_with(
        &self,
        (ix, scope): (ObjectIx, Option<Node>),
        parts: Vec<Node>,
        slots: &[Slot],
    ) -> Result<Vec<(Uuid, Vec<Value>)>, Error> {
        let columns: Vec<Node> = std::iter::once(base::ID)
            .chain(slots.iter().copied())
            .map(|slot| own_field(ix, slot))
            .collect();
        let filter = Node::And(parts);
        let mut found: Vec<(Uuid, Vec<Value>)> = Vec::new();
        loop {
            let select = Select {
                columns: columns.clone(),
                scope: scope.clone(),
                filter: Some(&filter),
                after: found.last().map(|(id, _)| vec![Value::Id(*id)]),
                limit: PAGE,
                ..Select::of(ix, &self.env)
            };
            let rows = self.engine.store().select(self.catalogue, &select).await?;
            let full = rows.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
            found.extend(rows.into_iter().filter_map(|row| {
                let mut values = row.into_iter();
                match values.next() {
                    Some(Value::Id(id)) => Some((id, values.collect())),
                    _ => None,
                }
            }));
            if !full {
                return Ok(found);
            }
        }
    }
}

/// What a row says of these fields; none unless it says something of each.
fn given<'r>(row: &'r Parsed, slots: &[Slot]) -> Option<std::vec::IntoIter<&'r Value>> {
    let of = |slot: &Slot| {
        let given = row.given.iter().find(|(at, value)| at == slot && !value.is_empty());
        given.map(|(_, value)| value)
    };
    slots.iter().map(of).collect::<Option<Vec<&Value>>>().map(Vec::into_iter)
}

/// A text that equal values share, taken one after the other.
pub(super) fn key_of<'v>(values: impl Iterator<Item = &'v Value>) -> String {
    let texts: Vec<String> = values.map(key_text).collect();
    texts.join("\u{1f}")
}

/// A text that equal values share.
pub(super) fn key_text(value: &Value) -> String {
    match value {
        Value::Number(number) => number.normalize().to_string(),
        other => crate::codec::encode(other).to_string(),
    }
}
