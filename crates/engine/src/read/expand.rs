//! What lies behind references: titles and columns such as `owner.name`.
//!
//! Read through the same path as everything else, so a title appears only where the actor may read
//! the record it belongs to; a file's name wherever its field is shown. One query for each
//! referenced object and column group, and one for names of files.

use std::collections::{BTreeMap, HashMap};

use schema::catalogue::{Access, Action, SystemKind, base};
use schema::query::Query;
use schema::{FieldType, Object, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::plan::Plan;
use super::{Page, View};
use crate::Error;
use crate::rights::field_in;
use crate::write::Context;

/// Most records one query looks up.
const CHUNK: usize = 200;

/// Adds the columns behind references.
pub(crate) async fn paths(
    context: &Context<'_>,
    plan: &Plan<'_>,
    rows: &[Vec<Value>],
    records: &mut [View],
) -> Result<(), Error> {
    let mut by_slot: BTreeMap<Slot, Vec<usize>> = BTreeMap::new();
    for (at, (_, slot, _)) in plan.far.iter().enumerate() {
        by_slot.entry(*slot).or_default().push(at);
    }
    for (slot, columns) in by_slot {
        let Some(first) = columns.first().copied() else { continue };
        let readable = |row: &[Value]| {
            plan.object.at(slot).map(|f| f.shown(plan.access(row, slot))) >= Some(Access::Read)
        };
        let target = |row: &[Value]| match plan.far_value(row, first) {
            Some(Value::Id(id)) if readable(row) => Some(*id),
            _ => None,
        };
        let Some(object) = plan.object.at(slot).and_then(|f| f.target(context.catalogue)) else {
            continue;
        };
        let ids: Vec<Uuid> = rows.iter().filter_map(|row| target(row)).collect();
        let names: Vec<String> =
            columns.iter().filter_map(|at| Some(plan.far.get(*at)?.2.clone())).collect();
        let found = look_up(context, object, ids, names).await?;
        for (row, record) in rows.iter().zip(records.iter_mut()) {
            let view = target(row).and_then(|id| found.get(&id));
            for at in &columns {
                if let Some((path, _, rest)) = plan.far.get(*at) {
                    record.adopt(path, view, rest);
                }
            }
        }
    }
    Ok(())
}

/// Adds the titles of the records that shown references point to.
pub(crate) async fn titles(
    context: &Context<'_>,
    plan: &Plan<'_>,
    rows: &[Vec<Value>],
    records: &mut [View],
) -> Result<(), Error> {
    let mut wanted = Wanted::default();
    for (row, record) in rows.iter().zip(records.iter()) {
        want(context, plan.object, (&plan.slots, row), record, &mut wanted);
    }
    let mut found = file_names(context, &mut wanted).await?;
    found.extend(all_titles(context, wanted.records).await?);
    for (row, record) in rows.iter().zip(records.iter_mut()) {
        adopt(context, plan.object, (&plan.slots, row), record, &found);
    }
    Ok(())
}

/// Adds titles to one record whose `values` are by slot.
pub(super) async fn titles_of(
    context: &Context<'_>,
    _ix: ObjectIx,
    object: &Object,
    values: &[Value],
    record: &mut View,
) -> Result<(), Error> {
    let slots: Vec<Slot> = object.slots().map(|(slot, _)| slot).collect();
    let mut wanted = Wanted::default();
    want(context, object, (&slots, values), record, &mut wanted);
    let mut found = file_names(context, &mut wanted).await?;
    found.extend(all_titles(context, wanted.records).await?);
    adopt(context, object, (&slots, values), record, &found);
    Ok(())
}

/// Titles by record.
pub(crate) type Titles = HashMap<Uuid, String>;

/// A reference of a row: slot, target, id.
type Pointer = (Slot, Target, Uuid);

/// What a reference points to.
#[derive(Clone, Copy)]
enum Target {
    Record(ObjectIx),
    File,
}

/// The shown references of a row.
fn references(
    context: &Context<'_>,
    object: &Object,
    slots: &[Slot],
    values: &[Value],
    record: &View,
) -> Vec<Pointer> {
    let catalogue = context.catalogue;
    let mut found = Vec::new();
    for (slot, value) in slots.iter().zip(values) {
        let Some(field) = object.at(*slot) else { continue };
        let name = field.name.as_str();
        if record.get(name).is_none() || record.is_masked(name) {
            continue;
        }
        let person = matches!(*slot, base::CREATED_BY | base::UPDATED_BY);
        let target = match (&field.kind, value) {
            (FieldType::Reference { .. }, Value::Link(name, id)) => {
                catalogue.object(name.as_str()).map(|(ix, _)| (Target::Record(ix), *id))
            }
            (_, Value::Id(id)) if person => {
                catalogue.system(SystemKind::User).map(|(ix, _)| (Target::Record(ix), *id))
            }
            (FieldType::File { .. }, Value::Id(id)) => Some((Target::File, *id)),
            (_, Value::Id(id)) => field.target(catalogue).map(|ix| (Target::Record(ix), *id)),
            _ => None,
        };
        found.extend(target.map(|(target, id)| (*slot, target, id)));
    }
    found
}

/// Whose titles are wanted.
#[derive(Default)]
pub(super) struct Wanted {
    records: BTreeMap<ObjectIx, Vec<Uuid>>,
    files: Vec<Uuid>,
}

impl Wanted {
    /// Notes a record.
    pub fn record(&mut self, ix: ObjectIx, id: Uuid) {
        self.records.entry(ix).or_default().push(id);
    }
}

/// What the wanted files are called, at most [`CHUNK`] of them. Asks nothing when there are none.
pub(super) async fn file_names(
    context: &Context<'_>,
    wanted: &mut Wanted,
) -> Result<Titles, Error> {
    let mut ids = std::mem::take(&mut wanted.files);
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(CHUNK);
    Ok(context.engine.store().file_names(&ids).await?)
}

/// Notes the records that a shown row's references point to.
pub(super) fn want(
    context: &Context<'_>,
    object: &Object,
    (slots, values): (&[Slot], &[Value]),
    record: &View,
    wanted: &mut Wanted,
) {
    for (_, target, id) in references(context, object, slots, values, record) {
        match target {
            Target::Record(ix) => wanted.record(ix, id),
            Target::File => wanted.files.push(id),
        }
    }
}

/// Adds the titles that were found to a shown row.
pub(super) fn adopt(
    context: &Context<'_>,
    object: &Object,
    (slots, values): (&[Slot], &[Value]),
    record: &mut View,
    found: &Titles,
) {
    for (slot, _, id) in references(context, object, slots, values, record) {
        if let (Some(field), Some(title)) = (object.at(slot), found.get(&id)) {
            record.set_title(field.name.clone(), title.clone());
        }
    }
}

/// The look-ups that titles take: one for each object, at most [`CHUNK`] records of it.
pub(super) fn title_plans<'a>(
    context: &Context<'a>,
    wanted: Wanted,
) -> Result<Vec<Plan<'a>>, Error> {
    let mut plans = Vec::new();
    for (ix, mut ids) in wanted.records {
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(CHUNK);
        let Some(object) = context.catalogue.at(ix) else { continue };
        let rights = context.actor.rights();
        let Some(field) = object.at(object.title) else { continue };
        let most = rights.most(ix, Action::Read, object.title);
        if !rights.may(ix, Action::Read) || most == Access::Hidden {
            continue;
        }
        let query = Query {
            columns: vec![field.name.to_string()],
            limit: u32::try_from(CHUNK).unwrap_or(u32::MAX),
            ..Query::of(object.name.as_str())
        };
        let mut plan = Plan::of(context, &query, Action::Read)?;
        plan.filter = Some(field_in(ix, base::ID, &ids));
        plans.push(plan);
    }
    Ok(plans)
}

/// The titles in the rows that one of [`title_plans`] fetched.
pub(super) fn titles_in(
    context: &Context<'_>,
    plan: &Plan<'_>,
    rows: &[Vec<Value>],
    titles: &mut Titles,
) {
    let Some(name) = plan.object.at(plan.object.title).map(|field| &field.name) else { return };
    for row in rows {
        let view = plan.view(context, row);
        if let Some(serde_json::Value::String(title)) = view.get(name.as_str()) {
            titles.insert(view.id, title);
        }
    }
}

pub(crate) async fn all_titles(
    context: &Context<'_>,
    wanted: BTreeMap<ObjectIx, Vec<Uuid>>,
) -> Result<Titles, Error> {
    let mut titles = Titles::new();
    for (ix, ids) in wanted {
        let Some(object) = context.catalogue.at(ix) else { continue };
        let Some(field) = object.at(object.title) else { continue };
        let name = field.name.to_string();
        for (id, view) in look_up(context, ix, ids, vec![name.clone()]).await? {
            if let Some(serde_json::Value::String(title)) = view.get(&name) {
                titles.insert(id, title);
            }
        }
    }
    Ok(titles)
}

/// Reads records by id through the read path; those out of sight are left out.
pub(crate) async fn look_up(
    context: &Context<'_>,
    ix: ObjectIx,
    mut ids: Vec<Uuid>,
    columns: Vec<String>,
) -> Result<HashMap<Uuid, View>, Error> {
    ids.sort_unstable();
    ids.dedup();
    let mut found = HashMap::new();
    let rights = context.actor.rights();
    let Some(object) = context.catalogue.at(ix).filter(|_| rights.may(ix, Action::Read)) else {
        return Ok(found);
    };
    let columns: Vec<String> = columns
        .into_iter()
        .filter(|column| {
            let first = column.split('.').next().unwrap_or_default();
            object.field(first).is_some_and(|(slot, _)| {
                let most = rights.most(ix, Action::Read, slot);
                most > Access::Hidden
            })
        })
        .collect();
    if columns.is_empty() {
        return Ok(found);
    }
    for some in ids.chunks(CHUNK) {
        let query = Query {
            columns: columns.clone(),
            limit: u32::try_from(CHUNK).unwrap_or(u32::MAX),
            ..Query::of(object.name.as_str())
        };
        let page: Page = Box::pin(context.engine.by_ids(context, ix, &query, some)).await?;
        found.extend(page.records.unwrap_or_default().into_iter().map(|view| (view.id, view)));
    }
    Ok(found)
}
