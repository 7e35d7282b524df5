//! Commit: one write as one script.
//!
//! Every record is written under a version check; search words, link tables and the org tree
//! follow in the same transaction.

use std::sync::Arc;

use schema::catalogue::base;
use schema::{Catalogue, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::names::{parameter, quoted};
use super::plan::{List, Plan, Plans};
use super::run::{Origin, Script};
use super::write::{Change, CommitError, Committed, IdempotencyRecord, Write};
use super::{Cipher, matching, trash, tree, words};
use crate::db::{Cell, Dialect, Step};
use crate::{Error, Store};

/// Inserts of one object, one after the other, that are brought to PostgreSQL as a table.
pub(super) const MANY: usize = 8;

impl Store {
    /// Writes everything in one durable transaction, or nothing.
    pub async fn commit(
        &self,
        catalogue: &Catalogue,
        write: Write,
    ) -> Result<Committed, CommitError> {
        let script = self.script(catalogue, write)?;
        self.run(script).await
    }

    /// The work of a commit that needs no database, so that it can be done ahead.
    ///
    /// # Errors
    /// When a record does not fit its object.
    pub fn script(&self, catalogue: &Catalogue, write: Write) -> Result<Script, CommitError> {
        let plans = self.plans(catalogue);
        let mut script = Writing {
            dialect: self.db.dialect(),
            cipher: &*self.cipher,
            steps: Vec::with_capacity(write.changes.len() * 3 + 4),
            origins: Vec::new(),
            plans: &plans,
        };
        if let Some(record) = &write.idempotency {
            script.push(Origin::Idempotency, idempotency(record, script.dialect).apart());
        }
        script.guards(&write)?;
        for (object, id, step) in crate::claims::steps(&write.claims)? {
            script.push(Origin::Record(object, id), step);
        }
        script.changes(&write)?;
        for step in crate::measures::steps(script.dialect, &plans, &write.bookings)? {
            script.push(Origin::Follow, step);
        }
        if script.governs(&write)? {
            script.push(Origin::Follow, crate::state::rights_changed());
        }
        let system = script.steps.len()..script.steps.len() + write.system.len();
        for (at, step) in write.system.iter().enumerate() {
            script.push(Origin::System(at), step.clone());
        }
        for step in self.journal(&write) {
            script.push(Origin::Journal, step);
        }
        if concerns_one_twice(&write)? {
            script.steps.iter_mut().for_each(|step| step.apart = false);
        }
        let (steps, origins) = (script.steps, script.origins);
        Ok(Script { plans, idempotency: write.idempotency, steps, origins, system })
    }
}

struct Writing<'a> {
    dialect: Dialect,
    cipher: &'a dyn Cipher,
    plans: &'a Plans,
    steps: Vec<Step>,
    origins: Vec<Origin>,
}

impl Writing<'_> {
    fn push(&mut self, origin: Origin, step: Step) {
        self.steps.push(step);
        self.origins.push(origin);
    }

    fn follow(&mut self, sql: &Arc<str>, params: Vec<Cell>) {
        self.push(Origin::Follow, Step::new(Arc::clone(sql), params));
    }

    fn guards(&mut self, write: &Write) -> Result<(), Error> {
        for (object, id, version) in &write.guards {
            let sql = Arc::clone(&self.plans.at(*object)?.sql.guard);
            let params = vec![(*id).into(), version_cell(*version)?];
            self.push(Origin::Record(*object, *id), Step::exactly(sql, params, 1).apart());
        }
        Ok(())
    }

    /// Whether the rights of users follow from what is changed.
    fn governs(&self, write: &Write) -> Result<bool, Error> {
        for change in &write.changes {
            let (Change::Insert { object, .. }
            | Change::Update { object, .. }
            | Change::Delete { object, .. }
            | Change::Restore { object, .. }) = change;
            if self.plans.at(*object)?.governs {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn changes(&mut self, write: &Write) -> Result<(), Error> {
        let mut at = 0;
        while let Some(change) = write.changes.get(at) {
            match change {
                Change::Insert { object, values } => {
                    let rest = write.changes.get(at..).unwrap_or_default();
                    let run = match self.dialect {
                        Dialect::Postgres => run_of_inserts(*object, rest),
                        Dialect::Sqlite => Vec::new(),
                    };
                    if run.len() >= MANY {
                        self.insert_many(*object, &run)?;
                        at += run.len();
                        continue;
                    }
                    self.insert(*object, values)?;
                }
                Change::Update { object, expected, values, changed, .. } => {
                    self.update(*object, *expected, values, changed)?;
                }
                Change::Delete { object, id, expected, image } => {
                    let plan = self.plans.at(*object)?;
                    let step = trash::keep(plan, *id, image, write, self.cipher)?;
                    self.push(Origin::Follow, step);
                    self.remove(plan, *object, *id, *expected)?;
                }
                Change::Restore { object, values } => {
                    let id = id_of(values)?;
                    let plan = self.plans.at(*object)?;
                    let step = trash::forget(plan, id);
                    self.push(Origin::Record(*object, id), step);
                    self.insert(*object, values)?;
                }
            }
            at += 1;
        }
        Ok(())
    }

    fn insert(&mut self, object: ObjectIx, values: &[Value]) -> Result<(), Error> {
        let plan = self.plans.at(object)?;
        let id = id_of(values)?;
        let mut cells = Vec::with_capacity(plan.width);
        encode_all(plan, id, values, self.cipher, &mut cells)?;
        let sql = Arc::clone(&plan.sql.insert);
        self.push(Origin::Record(object, id), Step::exactly(sql, cells, 1).apart());
        if !plan.searched.is_empty() {
            let words = Cell::text(words::of_record(plan, values, self.cipher));
            let step = Step::new(Arc::clone(&plan.sql.search_new), vec![id.into(), words]);
            self.push(Origin::Follow, step.apart());
        }
        self.match_keys(plan, &[(id, values)]);
        self.lists(plan, id, values, None)?;
        if let Some(parent) = plan.tree {
            for step in tree::added(id, reference(values, parent)) {
                self.push(Origin::Follow, step);
            }
        }
        Ok(())
    }

    /// Many inserts of one object at once; the org tree is not built this way.
    fn insert_many(&mut self, object: ObjectIx, rows: &[&Vec<Value>]) -> Result<(), Error> {
        let plan = self.plans.at(object)?;
        let mut cells = Vec::with_capacity(plan.width * rows.len());
        let mut found = Vec::with_capacity(2 * rows.len());
        let mut keyed = Vec::with_capacity(rows.len());
        for values in rows {
            let id = id_of(values)?;
            encode_all(plan, id, values, self.cipher, &mut cells)?;
            if !plan.searched.is_empty() {
                found.push(id.into());
                found.push(Cell::text(words::of_record(plan, values, self.cipher)));
            }
            keyed.push((id, values.as_slice()));
        }
        let first = keyed.first().map_or_else(Uuid::nil, |(id, _)| *id);
        self.push(Origin::Record(object, first), Step::fill(&plan.sql.fill, cells));
        if !found.is_empty() {
            self.push(Origin::Follow, Step::fill(&plan.sql.search_fill, found));
        }
        self.match_keys(plan, &keyed);
        for list in &plan.lists {
            let mut cells = Vec::new();
            for (id, values) in &keyed {
                items(list, *id, values, |item| cells.extend(item))?;
            }
            if !cells.is_empty() {
                self.push(Origin::Follow, Step::fill(&list.fill, cells));
            }
        }
        for (id, values) in keyed {
            if let Some(parent) = plan.tree {
                for step in tree::added(id, reference(values, parent)) {
                    self.push(Origin::Follow, step);
                }
            }
        }
        Ok(())
    }

    fn update(
        &mut self,
        object: ObjectIx,
        expected: u64,
        values: &[Value],
        changed: &[Slot],
    ) -> Result<(), Error> {
        let plan = self.plans.at(object)?;
        let id = id_of(values)?;
        let mut sets = Sets { dialect: self.dialect, text: String::new(), cells: Vec::new() };
        sets.cells = vec![id.into(), version_cell(expected)?];
        sets.add("version", version_cell(expected + 1)?);
        let stamps = [base::UPDATED_AT, base::UPDATED_BY];
        let others =
            changed.iter().filter(|slot| **slot != base::VERSION && !stamps.contains(slot));
        for slot in stamps.iter().chain(others) {
            let column = plan.column(*slot)?;
            let mut cells = Vec::with_capacity(3);
            let value = values.get(usize::from(slot.0)).unwrap_or(&Value::Null);
            column.encode(id, value, self.cipher, &mut cells)?;
            for ((name, _), cell) in column.names.iter().zip(cells) {
                sets.add(name, cell);
            }
        }
        let [one, two] = [1, 2].map(|number| parameter(self.dialect, number));
        let sql = format!(
            "UPDATE {} SET {} WHERE \"id\" = {one} AND \"version\" = {two}",
            plan.table, sets.text
        );
        self.push(Origin::Record(object, id), Step::exactly(sql, sets.cells, 1).apart());
        if plan.searches(changed) {
            let words = Cell::text(words::of_record(plan, values, self.cipher));
            if self.dialect == Dialect::Sqlite {
                self.follow(&plan.sql.search_delete, vec![id.into()]);
            }
            let step = Step::new(Arc::clone(&plan.sql.search_insert), vec![id.into(), words]);
            self.push(Origin::Follow, step.apart());
        }
        if let Some(rule) = plan.matched.as_ref().filter(|rule| rule.keyed_by(changed)) {
            let digests = matching::digests(rule, values, self.cipher);
            for step in matching::replace(id, digests, self.dialect) {
                self.push(Origin::Follow, step);
            }
        }
        self.lists(plan, id, values, Some(changed))?;
        if let Some(parent) = plan.tree.filter(|parent| changed.contains(parent)) {
            let moved = tree::moved(self.dialect, id, reference(values, parent));
            if let Some(check) = moved.check {
                self.push(Origin::Tree, check);
            }
            for step in moved.steps {
                self.push(Origin::Follow, step);
            }
        }
        Ok(())
    }

    fn remove(
        &mut self,
        plan: &Plan,
        object: ObjectIx,
        id: Uuid,
        expected: u64,
    ) -> Result<(), Error> {
        if !plan.searched.is_empty() {
            self.follow(&plan.sql.search_delete, vec![id.into()]);
        }
        if plan.matched.is_some() {
            self.push(Origin::Follow, matching::remove(id));
        }
        for list in &plan.lists {
            self.follow(&list.delete, vec![id.into()]);
        }
        if plan.tree.is_some() {
            for step in tree::removed(self.dialect, id) {
                self.push(Origin::Follow, step);
            }
        }
        let params = vec![id.into(), version_cell(expected)?];
        let step = Step::exactly(Arc::clone(&plan.sql.delete), params, 1);
        self.push(Origin::Record(object, id), step);
        Ok(())
    }

    /// Keeps the match keys of new values, as far as the object has a match rule.
    fn match_keys(&mut self, plan: &Plan, records: &[(Uuid, &[Value])]) {
        let Some(rule) = &plan.matched else { return };
        let mut rows = Vec::with_capacity(records.len() * rule.keys.len());
        for (id, values) in records {
            let digests = matching::digests(rule, values, self.cipher);
            rows.extend(digests.into_iter().map(|digest| (*id, digest)));
        }
        for step in matching::insert(rows, self.dialect) {
            self.push(Origin::Follow, step);
        }
    }

    fn lists(
        &mut self,
        plan: &Plan,
        id: Uuid,
        values: &[Value],
        changed: Option<&[Slot]>,
    ) -> Result<(), Error> {
        for list in &plan.lists {
            if changed.is_some_and(|changed| !changed.contains(&list.slot)) {
                continue;
            }
            if changed.is_some() {
                self.follow(&list.delete, vec![id.into()]);
            }
            let new = changed.is_none();
            items(list, id, values, |item| {
                let step = Step::new(Arc::clone(&list.insert), item.into());
                self.push(Origin::Follow, if new { step.apart() } else { step });
            })?;
        }
        Ok(())
    }
}

/// Assignments of an update; the first two parameters are the id and the version.
struct Sets {
    dialect: Dialect,
    text: String,
    cells: Vec<Cell>,
}

impl Sets {
    fn add(&mut self, name: &str, cell: Cell) {
        if !self.text.is_empty() {
            self.text.push_str(", ");
        }
        self.cells.push(cell);
        self.text.push_str(&quoted(name));
        self.text.push_str(" = ");
        self.text.push_str(&parameter(self.dialect, self.cells.len()));
    }
}

/// Whether two parts of a write are about the same record.
fn concerns_one_twice(write: &Write) -> Result<bool, Error> {
    let mut ids = Vec::with_capacity(write.changes.len() + write.guards.len());
    ids.extend(write.guards.iter().map(|(_, id, _)| *id));
    for change in &write.changes {
        ids.push(match change {
            Change::Delete { id, .. } => *id,
            Change::Insert { values, .. }
            | Change::Update { values, .. }
            | Change::Restore { values, .. } => id_of(values)?,
        });
    }
    ids.sort_unstable();
    Ok(ids.windows(2).any(|pair| matches!(pair, [one, other] if one == other)))
}

/// The rows of a list field's table.
fn items(
    list: &List,
    id: Uuid,
    values: &[Value],
    mut take: impl FnMut([Cell; 3]),
) -> Result<(), Error> {
    let Some(Value::List(items)) = values.get(usize::from(list.slot.0)) else { return Ok(()) };
    for (item, ord) in items.iter().zip(0_i64..) {
        let item = match item {
            Value::Text(text) => Cell::Text(Arc::clone(text)),
            Value::Id(item) | Value::Link(_, item) => Cell::Uuid(*item),
            _ => return Err(Error::Internal("a list holds neither texts nor ids".into())),
        };
        take([id.into(), item, ord.into()]);
    }
    Ok(())
}

/// The inserts of `object` that `changes` starts with.
fn run_of_inserts(object: ObjectIx, changes: &[Change]) -> Vec<&Vec<Value>> {
    changes
        .iter()
        .map_while(|change| match change {
            Change::Insert { object: other, values } if *other == object => Some(values),
            _ => None,
        })
        .collect()
}

fn encode_all(
    plan: &Plan,
    id: Uuid,
    values: &[Value],
    cipher: &dyn Cipher,
    cells: &mut Vec<Cell>,
) -> Result<(), Error> {
    for (column, value) in plan.columns.iter().zip(values) {
        column.encode(id, value, cipher, cells)?;
    }
    if values.len() == plan.columns.len() {
        return Ok(());
    }
    Err(Error::Internal(format!("a record of `{}` does not have all its fields", plan.name)))
}

/// The id in a full record.
pub(super) fn id_of(values: &[Value]) -> Result<Uuid, Error> {
    match values.get(usize::from(base::ID.0)) {
        Some(Value::Id(id)) => Ok(*id),
        _ => Err(Error::Internal("a record without an id".into())),
    }
}

fn reference(values: &[Value], slot: Slot) -> Option<Uuid> {
    match values.get(usize::from(slot.0)) {
        Some(Value::Id(id) | Value::Link(_, id)) => Some(*id),
        _ => None,
    }
}

fn version_cell(version: u64) -> Result<Cell, Error> {
    let version = i64::try_from(version);
    version.map(Cell::Int).map_err(|_| Error::Internal("a version is out of range".into()))
}

fn idempotency(record: &IdempotencyRecord, dialect: Dialect) -> Step {
    let marks = super::names::values(dialect, 6, 1);
    let sql = format!(
        "INSERT INTO jy_idempotency (actor, name, digest, answer, created_at, expires_at) \
         VALUES {marks}"
    );
    let params = vec![
        record.actor.into(),
        record.key.as_str().into(),
        Cell::Bytes(record.digest.clone()),
        Cell::Bytes(record.answer.clone()),
        record.created_at.into(),
        record.expires_at.into(),
    ];
    Step::new(sql, params)
}
