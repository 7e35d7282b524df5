//! Filling search words and blind indexes anew, a chunk at a time from a cursor.

use schema::catalogue::base;
use schema::expr::{Env, NoParameters, Node, Path};
use schema::{Catalogue, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::commit::id_of;
use super::select::Select;
use super::words;
use crate::db::{Cell, ScriptError, Step};
use crate::{Error, Store};

/// What one chunk did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reindexed {
    /// Records done.
    pub done: u32,
    /// Where the next chunk starts; none after the last.
    pub cursor: Option<Uuid>,
}

impl Store {
    /// Makes the search words of up to `limit` records after `cursor` anew. A record that changes
    /// meanwhile keeps the newer words.
    pub async fn reindex(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        cursor: Option<Uuid>,
        limit: u32,
    ) -> Result<Reindexed, Error> {
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        if plan.searched.is_empty() {
            return Ok(Reindexed { done: 0, cursor: None });
        }
        let slots: Vec<Slot> = [base::ID, base::VERSION, base::OWNER]
            .into_iter()
            .chain(plan.searched.iter().map(|(slot, ..)| *slot))
            .collect();
        let path = |slot: Slot| Path { steps: Vec::new(), object, slot, up: 0 };
        let env = Env {
            today: kernel::Date::ZERO,
            now: kernel::Instant::UNIX_EPOCH,
            me: None,
            units: &[],
            subtree: &[],
            parameters: &NoParameters,
        };
        let select = Select {
            object,
            columns: slots.iter().map(|slot| Node::Field(path(*slot))).collect(),
            scope: None,
            filter: None,
            search: None,
            owner_hint: None,
            or_shared: false,
            sort: Vec::new(),
            after: cursor.map(|id| vec![Value::Id(id)]),
            limit,
            env: &env,
        };
        let rows = self.select(catalogue, &select).await?;
        let mut last = None;
        let mut script = Vec::with_capacity(rows.len() * 3);
        for row in &rows {
            let mut values = vec![Value::Null; plan.columns.len()];
            for (slot, value) in slots.iter().zip(row) {
                if let Some(place) = values.get_mut(usize::from(slot.0)) {
                    *place = value.clone();
                }
            }
            let id = id_of(&values)?;
            last = Some(id);
            let version = match values.get(usize::from(base::VERSION.0)) {
                Some(Value::Number(version)) => {
                    Cell::Int(super::column::scaled(*version, 0).unwrap_or(0))
                }
                _ => Cell::Null,
            };
            let words = Cell::text(words::of_record(plan, &values, &*self.cipher));
            let guard = plan.sql.guard.clone();
            script.push((
                Step::exactly(guard, vec![id.into(), version], 1),
                Step::new(plan.sql.search_delete.clone(), vec![id.into()]),
                Step::new(plan.sql.search_insert.clone(), vec![id.into(), words]),
            ));
        }
        let steps = script.iter().flat_map(|(a, b, c)| [a.clone(), b.clone(), c.clone()]).collect();
        self.run_or_skip(steps, script).await?;
        let done = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Ok(Reindexed { done, cursor: last.filter(|_| done == limit) })
    }

    /// Runs all steps at once or, when some record changed meanwhile, record by record, leaving out
    /// those that did.
    async fn run_or_skip(
        &self,
        steps: Vec<Step>,
        each: Vec<(Step, Step, Step)>,
    ) -> Result<(), Error> {
        match self.db.run(steps).await {
            Ok(_) => return Ok(()),
            Err(ScriptError::Unexpected { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for (guard, delete, insert) in each {
            match self.db.run(vec![guard, delete, insert]).await {
                Ok(_) | Err(ScriptError::Unexpected { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
