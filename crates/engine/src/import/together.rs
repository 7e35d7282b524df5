//! Constraints over several fields, or over some records only: which rows of a chunk would break one.
//!
//! Known before the commit, so that such a row is refused by itself. One look-up by the constraint's
//! own index for each row, once its values are decided.

use schema::Value;
use schema::catalogue::Unique;
use uuid::Uuid;

use super::chunk::{Seen, Setting};
use super::known::key_of;
use crate::rights::is_true;
use crate::write::id_of;
use crate::{Error, Violation};

/// A constraint, by what it holds each of some decided records, and who has that already.
pub(super) struct Together<'a> {
    unique: &'a Unique,
    held: Vec<Option<(String, Option<Uuid>)>>,
}

/// What a constraint holds a record by; none for one that it does not hold for.
fn held<'v>(unique: &Unique, values: &'v [Value]) -> Option<Vec<&'v Value>> {
    let of = |slot: &schema::Slot| values.get(usize::from(slot.0)).unwrap_or(&Value::Null);
    let among = unique.where_true.iter().all(|slot| is_true(of(slot)))
        && unique.where_empty.iter().all(|slot| of(slot).is_empty());
    let held = among && !unique.fields.iter().any(|slot| of(slot).is_empty());
    held.then(|| unique.fields.iter().map(of).collect())
}

impl<'a> Setting<'a> {
    /// The constraints that decided records may break.
    pub(super) async fn together(&self, records: &[&[Value]]) -> Result<Vec<Together<'a>>, Error> {
        let mut found = Vec::new();
        for unique in &self.object.uniques {
            let by: Vec<Option<Vec<&Value>>> =
                records.iter().map(|record| held(unique, record)).collect();
            let asked: Vec<Vec<Value>> = by
                .iter()
                .flatten()
                .map(|values| values.iter().copied().cloned().collect())
                .collect();
            let store = self.context.engine.store();
            let holders =
                store.holders(self.context.catalogue, self.resolved.ix, unique, &asked).await?;
            let mut holders = holders.into_iter();
            let held = by
                .into_iter()
                .map(|values| {
                    let key = key_of(values?.into_iter());
                    Some((key, holders.next().flatten()))
                })
                .collect();
            found.push(Together { unique, held });
        }
        Ok(found)
    }

    /// What is wrong with the decided record number `at`, whose values together occur already, among
    /// the records or in an earlier row of the file.
    pub(super) fn occurs_already(
        &self,
        together: &[Together<'_>],
        (at, after): (usize, &[Value]),
        (seen, line): (&mut Seen, u64),
    ) -> Vec<Violation> {
        let mut violations = Vec::new();
        for constraint in together {
            let Some((key, holder)) = constraint.held.get(at).and_then(Option::as_ref) else {
                continue;
            };
            let fields = constraint.unique.fields.iter();
            let names: Vec<&str> =
                fields.filter_map(|slot| Some(self.object.at(*slot)?.name.as_str())).collect();
            let last = names.last().copied().unwrap_or_default();
            let taken = holder.is_some_and(|id| id != id_of(after));
            let earlier = seen.note(constraint.unique.name.as_str(), key, line);
            let violation = match (taken, earlier) {
                (true, _) => Violation::new(last, "duplicate"),
                (false, Some(earlier)) => {
                    Violation::new(last, "duplicate_in_file").with("line", earlier.to_string())
                }
                (false, None) => continue,
            };
            violations.push(violation.with("fields", names.join(", ")));
        }
        violations
    }
}
