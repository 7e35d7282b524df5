//! Filling search words and match keys anew, a chunk at a time from a cursor.

use schema::catalogue::base;
use schema::expr::{Env, NoParameters, Node, Path};
use schema::matching::MatchRule;
use schema::{Catalogue, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::commit::id_of;
use super::matching;
use super::plan::Plan;
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
    /// Makes the search words and match keys of up to `limit` records after `cursor` anew. A record that changes
    /// meanwhile keeps the newer ones.
    pub async fn reindex(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        cursor: Option<Uuid>,
        limit: u32,
    ) -> Result<Reindexed, Error> {
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        if plan.searched.is_empty() && plan.matched.is_none() {
            return Ok(Reindexed { done: 0, cursor: None });
        }
        let slots: Vec<Slot> = [base::ID, base::VERSION, base::OWNER]
            .into_iter()
            .chain(plan.searched.iter().map(|(slot, ..)| *slot))
            .chain(plan.matched.iter().flat_map(MatchRule::key_slots))
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
        let mut script: Vec<Vec<Step>> = Vec::with_capacity(rows.len());
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
            let guard = plan.sql.guard.clone();
            let mut steps = vec![Step::exactly(guard, vec![id.into(), version], 1)];
            steps.extend(self.found_by(plan, id, &values));
            script.push(steps);
        }
        self.run_or_skip(script).await?;
        let done = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Ok(Reindexed { done, cursor: last.filter(|_| done == limit) })
    }

    /// The steps that replace all that a record is found by.
    fn found_by(&self, plan: &Plan, id: Uuid, values: &[Value]) -> Vec<Step> {
        let mut steps = Vec::new();
        if !plan.searched.is_empty() {
            let words = Cell::text(words::of_record(plan, values, &*self.cipher));
            steps.push(Step::new(plan.sql.search_delete.clone(), vec![id.into()]));
            steps.push(Step::new(plan.sql.search_insert.clone(), vec![id.into(), words]));
        }
        steps.push(matching::remove(id));
        if let Some(rule) = &plan.matched {
            let digests = matching::digests(rule, values, &*self.cipher);
            let rows: Vec<_> = digests.into_iter().map(|digest| (id, digest)).collect();
            steps.extend(matching::insert(rows, self.db.dialect()));
        }
        steps
    }

    /// Runs all steps at once or, when some record changed meanwhile, record by record, leaving out
    /// those that did.
    async fn run_or_skip(&self, each: Vec<Vec<Step>>) -> Result<(), Error> {
        match self.db.run(each.iter().flatten().cloned().collect()).await {
            Ok(_) => return Ok(()),
            Err(ScriptError::Unexpected { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for steps in each {
            match self.db.run(steps).await {
                Ok(_) | Err(ScriptError::Unexpected { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
