//! Constraints over several fields, or over some records only: which rows of a chunk would break one.
//!
//! Known before the commit, so that such a row is refused by itself. One query for each constraint
//! and chunk, led by the field whose values tell rows apart best.

use std::collections::{HashMap, HashSet};

use schema::catalogue::{Unique, base};
use schema::expr::{Comparison, Node};
use schema::{Slot, Value};
use store::records::Select;
use uuid::Uuid;

use super::chunk::{Seen, Setting, key_text};
use super::rows::Parsed;
use crate::rights::{is_true, own_field};
use crate::write::id_of;
use crate::{Error, Violation};

/// Records looked at for one constraint and chunk.
const LOOKED_AT: u32 = 20_000;

/// A constraint, and which records have values that rows of the chunk may have too.
pub(super) struct Together<'a> {
    unique: &'a Unique,
    taken: HashMap<String, Uuid>,
}

impl Together<'_> {
    /// What the constraint holds a record by; none for one that it does not hold for.
    fn key(&self, values: &[Value]) -> Option<String> {
        let of = |slot: &Slot| values.get(usize::from(slot.0)).unwrap_or(&Value::Null);
        let among = self.unique.where_true.iter().all(|slot| is_true(of(slot)))
            && self.unique.where_empty.iter().all(|slot| of(slot).is_empty());
        let held = among && !self.unique.fields.iter().any(|slot| of(slot).is_empty());
        held.then(|| joined(self.unique.fields.iter().map(of)))
    }
}

impl<'a> Setting<'a> {
    /// The constraints that rows of the chunk may break.
    pub(super) async fn together(&self, rows: &[Parsed]) -> Result<Vec<Together<'a>>, Error> {
        let mut found = Vec::new();
        for unique in &self.object.uniques {
            let given = |slot: &Slot| {
                let slot = *slot;
                let all = rows.iter().flat_map(|row| row.given.iter());
                let mut seen = HashSet::new();
                all.filter(|(at, value)| *at == slot && !value.is_empty())
                    .map(|(_, value)| value)
                    .filter(|value| seen.insert(key_text(value)))
                    .cloned()
                    .collect::<Vec<Value>>()
            };
            let leads = unique.fields.iter().map(|slot| (*slot, given(slot)));
            let lead = leads.max_by_key(|(_, values)| values.len());
            let Some((lead, values)) = lead.filter(|(_, values)| !values.is_empty()) else {
                found.push(Together { unique, taken: HashMap::new() });
                continue;
            };
            found.push(Together { unique, taken: self.holders(unique, lead, values).await? });
        }
        Ok(found)
    }

    /// Which records have these values of the leading field, by all values of the constraint.
    async fn holders(
        &self,
        unique: &Unique,
        lead: Slot,
        values: Vec<Value>,
    ) -> Result<HashMap<String, Uuid>, Error> {
        let ix = self.resolved.ix;
        let field = |slot: &Slot| Box::new(own_field(ix, *slot));
        let list = Box::new(Node::Literal(Value::List(values.into())));
        let mut parts = vec![Node::In(field(&lead), list)];
        let truth = || Box::new(Node::Literal(Value::Bool(true)));
        parts.extend(
            unique
                .where_true
                .iter()
                .map(|slot| Node::Compare(Comparison::Eq, field(slot), truth())),
        );
        parts.extend(unique.where_empty.iter().map(|slot| Node::IsEmpty(field(slot))));
        let filter = Node::And(parts);
        let mut columns = vec![own_field(ix, base::ID)];
        columns.extend(unique.fields.iter().map(|slot| own_field(ix, *slot)));
        let select = Select {
            columns,
            filter: Some(&filter),
            limit: LOOKED_AT,
            ..Select::of(ix, &self.context.env)
        };
        let rows = self.context.engine.store().select(self.context.catalogue, &select).await?;
        let holder = |row: Vec<Value>| match row.split_first() {
            Some((Value::Id(id), rest)) => Some((joined(rest.iter()), *id)),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(holder).collect())
    }

    /// What is wrong with a decided record whose values together occur already, among the records or
    /// in an earlier row of the file.
    pub(super) fn occurs_already(
        &self,
        together: &[Together<'_>],
        after: &[Value],
        (seen, line): (&mut Seen, u64),
    ) -> Vec<Violation> {
        let mut violations = Vec::new();
        for constraint in together {
            let Some(key) = constraint.key(after) else { continue };
            let fields = constraint.unique.fields.iter();
            let names: Vec<&str> =
                fields.filter_map(|slot| Some(self.object.at(*slot)?.name.as_str())).collect();
            let at = names.last().copied().unwrap_or_default();
            let taken = constraint.taken.get(&key).is_some_and(|id| *id != id_of(after));
            let earlier = seen.note(constraint.unique.name.as_str(), &key, line);
            let violation = match (taken, earlier) {
                (true, _) => Violation::new(at, "duplicate"),
                (false, Some(earlier)) => {
                    Violation::new(at, "duplicate_in_file").with("line", earlier.to_string())
                }
                (false, None) => continue,
            };
            violations.push(violation.with("fields", names.join(", ")));
        }
        violations
    }
}

/// A text that equal values share, taken one after the other.
fn joined<'v>(values: impl Iterator<Item = &'v Value>) -> String {
    let texts: Vec<String> = values.map(key_text).collect();
    texts.join("\u{1f}")
}
