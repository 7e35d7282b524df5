//! Changes of the record itself, from the audit log, as far as the reader sees the changed fields.
//!
//! Shown are the fields whose history is kept by definition, and who a record belongs to. A value
//! above level 2 is a digest in the log: its change is told, the values are not.

use kernel::Instant;
use schema::catalogue::{Access, Action, Contribution, SystemKind, base};
use schema::query::Query;
use schema::{Field, FieldType, Name, ObjectIx, Slot};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use store::audit::{StoredEntry, Trail};
use uuid::Uuid;

use super::super::expand::{self, Titles, Wanted};
use super::super::plan::Plan;
use super::source::Place;
use super::{Shown, TITLES, TimelineEntry};
use crate::moment::Moment;
use crate::rights::field_is;
use crate::write::{Context, Subject};
use crate::{Actor, Engine, Error, Refusal, View};

/// Kinds of entries that changed the record.
const KINDS: [&str; 4] = ["create", "update", "delete", "restore"];

/// Most entries looked at for the history of one field.
const LOOKED_AT: u32 = 500;

/// A change of the record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordChange {
    /// `create`, `update`, `delete` or `restore`.
    pub action: String,
    /// By whom.
    pub by: Uuid,
    /// Their title, as far as it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_title: Option<String>,
    /// Why, as they gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was changed; empty for a new record.
    pub fields: Vec<ChangedField>,
}

/// A changed field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedField {
    /// Which.
    pub field: Name,
    /// The value before; absent where the log keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Json>,
    /// The value after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Json>,
    /// Title of the record it referred to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_title: Option<String>,
    /// Title of the record it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_title: Option<String>,
}

/// One change of one field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// When.
    pub at: String,
    /// By whom.
    pub by: Uuid,
    /// Their title, as far as it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_title: Option<String>,
    /// The values.
    #[serde(flatten)]
    pub change: ChangedField,
}

impl RecordChange {
    pub(super) fn adopt(&mut self, titles: &Titles) {
        self.by_title = titles.get(&self.by).cloned();
        self.fields.iter_mut().for_each(|field| field.adopt(titles));
    }
}

impl ChangedField {
    fn adopt(&mut self, titles: &Titles) {
        let title = |value: &Option<Json>| titles.get(&id_of(value.as_ref()?)?).cloned();
        self.from_title = title(&self.from);
        self.to_title = title(&self.to);
    }
}

fn id_of(value: &Json) -> Option<Uuid> {
    match value {
        Json::String(text) => text.parse().ok(),
        Json::Object(link) => link.get("id")?.as_str()?.parse().ok(),
        _ => None,
    }
}

/// The record as the actor sees it, as far as changes need it: one statement.
pub(super) async fn visible(
    context: &Context<'_>,
    (ix, object): Subject<'_>,
    id: Uuid,
) -> Result<Option<View>, Error> {
    let rights = context.actor.rights();
    let kept = object.slots().filter(|(slot, field)| {
        told(*slot, field) && rights.most(ix, Action::Read, *slot) > Access::Hidden
    });
    let mut columns: Vec<String> = kept.map(|(_, field)| field.name.to_string()).collect();
    columns.push("id".to_owned());
    let query = Query { columns, limit: 1, ..Query::of(object.name.as_str()) };
    let mut plan = Plan::of(context, &query, Action::Read)?;
    plan.filter = Some(field_is(ix, base::ID, id));
    let select = plan.select(context, None, 1);
    let rows = context.engine.store().select(context.catalogue, &select).await?;
    Ok(rows.first().map(|row| plan.view(context, row)))
}

/// Whether changes of a field stand on the timeline.
fn told(slot: Slot, field: &Field) -> bool {
    (field.history || matches!(slot, base::OWNER | base::ORG_UNIT)) && !field.retired
}

/// The changes of one record.
pub(super) struct Trace<'a> {
    pub of: Subject<'a>,
    pub id: Uuid,
    pub from: Option<Instant>,
}

impl Trace<'_> {
    /// Entries after a place, newest first; one that shows nothing keeps its place without an entry.
    pub async fn entries(
        &self,
        context: &Context<'_>,
        record: &View,
        after: Option<&Place>,
        limit: u32,
    ) -> Result<Vec<(Place, Option<TimelineEntry>, Shown)>, Error> {
        let object = self.of.1.name.as_str();
        let after = after.map(|place| (place.at, place.bound(object)));
        let Some(audit) = context.engine.store().audit() else { return Ok(Vec::new()) };
        let trail = Trail { object, record: self.id, kinds: &KINDS, from: self.from, after };
        let found = audit.trail(&trail, limit).await?;
        Ok(found.into_iter().map(|entry| self.entry(context, record, &entry)).collect())
    }

    fn entry(
        &self,
        context: &Context<'_>,
        record: &View,
        stored: &StoredEntry,
    ) -> (Place, Option<TimelineEntry>, Shown) {
        let object = &self.of.1.name;
        let place = Place { at: stored.at, object: object.to_string(), id: stored.id };
        let body: Json = serde_json::from_slice(&stored.body).unwrap_or_default();
        let mut fields = Vec::new();
        let mut pointers: Vec<(ObjectIx, Uuid)> = Vec::new();
        if let (Some(Json::Object(set)), "update") = (body.pointer("/detail/set"), &*stored.kind) {
            for (_, field) in self.of.1.slots().filter(|(slot, field)| told(*slot, field)) {
                let Some(change) = change(field, set, record) else { continue };
                point(context, field, &change, &mut pointers);
                fields.push(change);
            }
        }
        if &*stored.kind == "update" && fields.is_empty() {
            return (place, None, Shown::Change(Vec::new()));
        }
        if let Some((users, _)) = context.catalogue.system(SystemKind::User) {
            pointers.push((users, stored.actor));
        }
        let Ok(kind) = Name::new(Contribution::CHANGES) else {
            return (place, None, Shown::Change(Vec::new()));
        };
        let change = RecordChange {
            action: stored.kind.to_string(),
            by: stored.actor,
            by_title: None,
            reason: body.get("reason").and_then(Json::as_str).map(str::to_owned),
            fields,
        };
        let entry = TimelineEntry {
            kind,
            at: stored.at.to_string(),
            on: None,
            object: object.clone(),
            id: stored.id,
            title: None,
            record: None,
            change: Some(change),
        };
        (place, Some(entry), Shown::Change(pointers))
    }
}

/// How a diff changed a field that the reader sees in clear.
fn change(field: &Field, set: &Map<String, Json>, record: &View) -> Option<ChangedField> {
    let name = field.name.as_str();
    let found = set.get(name)?;
    if record.get(name).is_none() || record.is_masked(name) {
        return None;
    }
    let (from, to) = match found {
        Json::Array(pair) if pair.len() == 2 => (pair.first(), pair.get(1)),
        only => (None, Some(only)),
    };
    let clear = |value: Option<&Json>| {
        let digest = |json: &Json| json.get("digest").is_some();
        value.filter(|json| !digest(json)).cloned()
    };
    let (from, to) = (clear(from), clear(to));
    Some(ChangedField { field: field.name.clone(), from, to, from_title: None, to_title: None })
}

/// Notes the records that the values of a changed reference point to.
fn point(
    context: &Context<'_>,
    field: &Field,
    change: &ChangedField,
    pointers: &mut Vec<(ObjectIx, Uuid)>,
) {
    for value in change.from.iter().chain(&change.to) {
        let target = match (&field.kind, value) {
            (FieldType::Reference { .. }, Json::Object(link)) => link
                .get("object")
                .and_then(Json::as_str)
                .and_then(|name| context.catalogue.object(name))
                .map(|(ix, _)| ix),
            _ => field.target(context.catalogue),
        };
        pointers.extend(target.and_then(|ix| Some((ix, id_of(value)?))));
    }
}

impl Engine {
    /// The changes of one field of a record, newest first, as far as the newest 500 changes of the
    /// record hold any. Costs the record's visibility, one statement over its entries, and titles.
    pub async fn field_history(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        field: &str,
    ) -> Result<Vec<FieldChange>, Error> {
        let record = self.get(actor, object, id, false).await?;
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let (_, definition) = context.object(object)?;
        let named = definition.field(field).filter(|_| record.get(field).is_some());
        let Some((_, field)) = named else {
            return Err(Refusal::invalid("field", "unknown_field").into());
        };
        let Some(audit) = self.store().audit() else { return Ok(Vec::new()) };
        let kinds = ["create", "update"];
        let trail = Trail { object, record: id, kinds: &kinds, from: None, after: None };
        let mut found = Vec::new();
        let mut wanted = Wanted::default();
        for stored in audit.trail(&trail, LOOKED_AT).await? {
            let body: Json = serde_json::from_slice(&stored.body).unwrap_or_default();
            let Some(Json::Object(set)) = body.pointer("/detail/set") else { continue };
            let Some(change) = change(field, set, &record) else { continue };
            let mut pointers = Vec::new();
            point(&context, field, &change, &mut pointers);
            let users = catalogue.system(SystemKind::User).map(|(ix, _)| (ix, stored.actor));
            for (ix, id) in pointers.into_iter().chain(users) {
                wanted.record(ix, id);
            }
            let (at, by) = (stored.at.to_string(), stored.actor);
            found.push(FieldChange { at, by, by_title: None, change });
        }
        let mut titles = Titles::new();
        for plan in expand::title_plans(&context, wanted)? {
            let select = plan.select(&context, None, TITLES);
            let rows = self.store().select(&catalogue, &select).await?;
            expand::titles_in(&context, &plan, &rows, &mut titles);
        }
        for each in &mut found {
            each.by_title = titles.get(&each.by).cloned();
            each.change.adopt(&titles);
        }
        Ok(found)
    }
}
