//! One change for every record a query finds, as a job: each record is decided and audited like a
//! single edit by the same user.
//!
//! A record is visited at most once, in the order of ids, so a change that moves records into or out
//! of the query neither skips nor repeats any. What a stopped worker did is done; the next one goes
//! on after the last chunk it knows of, and a record that says already what it should is left alone.

use schema::catalogue::{Action, base};
use schema::expr::Node;
use schema::query::Query;
use schema::{Name, Slot, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::{Job, NewJob, advance, enqueue};
use uuid::Uuid;

use super::audit::{self, Entry};
use super::command::{Change, Command, Values};
use super::prepare;
use super::submit::Context;
use crate::access::Ran;
use crate::moment::Moment;
use crate::read::Permission;
use crate::read::plan::Plan;
use crate::{Actor, ActorKind, Engine, Error, Origin, Refusal, SYSTEM_USER, Violation};

/// Kind of the job.
pub(crate) const KIND: &str = "bulk_update";

/// Records changed between two writes of progress.
const CHUNK: u32 = 50;

/// Refused records that the result names.
const NAMED: usize = 200;

/// Attempts of the job.
const ATTEMPTS: u32 = 10;

/// One change for all records of a query.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BulkUpdate {
    /// Object.
    pub object: Name,
    /// Which records.
    pub filter: Option<String>,
    /// Which records, by words.
    pub search: Option<String>,
    /// Purpose that each record must be permitted for.
    #[serde(default)]
    pub permitted_for: Option<String>,
    /// Values to set.
    pub set: Values,
    /// Why; kept in each record's audit entry.
    pub reason: Option<String>,
}

/// What a bulk update would reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BulkPreview {
    /// Records the query finds.
    pub rows: u64,
    /// Those among them on which the actor may not set these fields; they would be refused.
    pub not_writable: u64,
    /// Who was left out, when a purpose was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
}

/// A job's order, as kept sealed.
#[derive(Serialize, Deserialize)]
struct Order {
    update: BulkUpdate,
    rows: u64,
}

/// Where the job stands.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    after: Option<Uuid>,
    done: u64,
    changed: u64,
    refused: u64,
    errors: Vec<RowError>,
}

/// Why one record was not changed: codes only, no values.
#[derive(Serialize, Deserialize)]
struct RowError {
    id: Uuid,
    code: String,
    fields: Vec<(String, String)>,
}

impl Engine {
    /// How many records a bulk update would reach, and how many of them it would be refused on.
    /// Costs two exact counts.
    pub async fn preview_bulk_update(
        &self,
        actor: &Actor,
        asked: &BulkUpdate,
    ) -> Result<BulkPreview, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let slots = context.check_bulk(asked)?;
        let query = asked.query();
        let mut plan = Plan::of(&context, &query, Action::Read)?;
        let permission = context.permission(&mut plan, true).await?;
        let rows = self.store().count(&catalogue, &plan.all(&context), None).await?;
        let Some(writable) = actor.rights().scope_writing(plan.object_ix, &slots) else {
            return Ok(BulkPreview { rows, not_writable: rows, permission });
        };
        let filter = plan.filter.take();
        plan.filter = Some(Node::And(filter.into_iter().chain([writable]).collect()));
        let writable = self.store().count(&catalogue, &plan.all(&context), None).await?;
        Ok(BulkPreview { rows, not_writable: rows.saturating_sub(writable), permission })
    }

    /// Queues a bulk update; returns the job's id and how many records it will look at. Not for API
    /// keys: the job acts with all rights of the user.
    pub async fn start_bulk_update(
        &self,
        actor: &Actor,
        asked: BulkUpdate,
    ) -> Result<(Uuid, BulkPreview), Error> {
        if matches!(actor.kind(), ActorKind::Key(_)) {
            return Err(Refusal::forbidden("bulk_update with an API key", &asked.object).into());
        }
        let preview = self.preview_bulk_update(actor, &asked).await?;
        if let Some(Permission { open: false, quiet: Some([from, until]), .. }) =
            &preview.permission
        {
            return Err(Refusal::Conflict {
                code: "quiet_hours",
                reason: format!("nobody is reached for this between {from} and {until}"),
            }
            .into());
        }
        let now = self.now();
        let id = self.next_id(now);
        let fields: Vec<&String> = asked.set.keys().collect();
        let detail = json!({
            "job": id, "filter": asked.filter, "search": asked.search, "fields": fields,
            "rows": preview.rows, "permission": preview.permission,
        });
        let (object, reason) = (asked.object.clone(), asked.reason.clone());
        let order = serde_json::to_vec(&Order { update: asked, rows: preview.rows });
        let order = order.map_err(|error| Error::Internal(error.to_string()))?;
        let job = NewJob {
            id,
            kind: KIND.into(),
            run_at: now,
            payload: self.keys()?.seal(id.as_bytes(), &order),
            max_attempts: ATTEMPTS,
            created_by: actor.user(),
        };
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), now);
        let context = Context::new(self, &catalogue, &moment, actor);
        let object = catalogue.object(object.as_str()).map(|(_, object)| object);
        let reason = reason.as_deref();
        let entry = Entry { kind: "bulk_update", object, record: None, reason, detail };
        let audit = vec![audit::entry(&context, entry)];
        let write =
            store::Write { audit, system: vec![enqueue(&job, now)], ..store::Write::default() };
        let done = self.store().commit(&catalogue, write).await;
        done.map_err(|error| context.explain(error))?;
        Ok((id, preview))
    }

    pub(crate) async fn run_bulk_update(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let broken = |error: serde_json::Error| Error::Internal(format!("job {}: {error}", job.id));
        let order = self.keys()?.open_sealed(job.id.as_bytes(), &job.payload)?;
        let Order { update, rows } = serde_json::from_slice(&order).map_err(broken)?;
        let total = i64::try_from(rows).ok();
        let mut cursor: Cursor = match &job.cursor {
            Some(bytes) => serde_json::from_slice(bytes).map_err(broken)?,
            None => Cursor::default(),
        };
        loop {
            let origin = Origin { ip: None, request: Some(format!("job {}", job.id)) };
            let actor = match job.created_by {
                SYSTEM_USER => self.job_actor(job),
                user => self.actor(user, origin).await?,
            };
            let ids = self.bulk_ids(&actor, &update, cursor.after).await?;
            for id in &ids {
                self.change_one(&actor, &update, *id, &mut cursor).await?;
            }
            let Some(last) = ids.last() else { break };
            cursor.after = Some(*last);
            let done = i64::try_from(cursor.done).unwrap_or(i64::MAX);
            let text = json!(cursor).to_string().into_bytes();
            let step = advance(job.id, worker, text, done, total);
            match self.store().db().run(vec![step]).await {
                Ok(_) => {}
                Err(store::ScriptError::Unexpected { .. }) => return Ok(Ran::Lost),
                Err(other) => return Err(store::Error::from(other).into()),
            }
        }
        let errors: Vec<_> = cursor.errors.iter().map(RowError::told).collect();
        let result = json!({
            "records": cursor.done, "changed": cursor.changed, "refused": cursor.refused,
            "errors": errors,
        });
        Ok(Ran::Done(result.to_string().into_bytes()))
    }

    /// Ids of the next records of the query, under the rights the user has now.
    async fn bulk_ids(
        &self,
        actor: &Actor,
        update: &BulkUpdate,
        after: Option<Uuid>,
    ) -> Result<Vec<Uuid>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let query = update.query();
        let mut plan = Plan::of(&context, &query, Action::Read)?;
        plan.slots = vec![base::ID];
        let after = after.map(|id| vec![Value::Id(id)]);
        let select = plan.select(&context, after, CHUNK);
        let rows = self.store().select(&catalogue, &select).await?;
        let id = |row: Vec<Value>| match row.first() {
            Some(Value::Id(id)) => Some(*id),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(id).collect())
    }

    async fn change_one(
        &self,
        actor: &Actor,
        update: &BulkUpdate,
        id: Uuid,
        cursor: &mut Cursor,
    ) -> Result<(), Error> {
        let (object, values) = (update.object.clone(), update.set.clone());
        let action = Change::Update { object, id, version: None, values };
        let command = Command { action, reason: update.reason.clone(), idempotency: None };
        cursor.done += 1;
        match self.submit(actor, command).await {
            Ok(_) => cursor.changed += 1,
            Err(Error::Refused(refusal)) => {
                cursor.refused += 1;
                if cursor.errors.len() < NAMED {
                    cursor.errors.push(RowError::of(id, &refusal));
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Context<'_> {
    /// Refuses an update that could be right for no record; returns the slots it sets.
    fn check_bulk(&self, asked: &BulkUpdate) -> Result<Vec<Slot>, Error> {
        let of = self.object(asked.object.as_str())?;
        let (ix, object) = of;
        let rights = self.actor.rights();
        if !rights.may(ix, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        if !rights.may(ix, Action::Update) {
            return Err(Refusal::forbidden("update", &object.name).into());
        }
        let prepared =
            prepare::prepare(&self.parse_context(), self.actor, of, &asked.set, Action::Update);
        let mut violations = prepared.violations;
        let rows = prepared.children.iter();
        violations.extend(rows.map(|rows| Violation::new(rows.field.as_str(), "read_only")));
        if asked.set.is_empty() {
            violations.push(Violation::new("set", "required"));
        }
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|t| t.trim().is_empty());
        if blank(&asked.filter) && blank(&asked.search) {
            violations.push(Violation::new("filter", "required"));
        }
        let slots: Vec<Slot> = prepared.given.iter().map(|(slot, _)| *slot).collect();
        let moves = slots.iter().any(|slot| matches!(*slot, base::OWNER | base::ORG_UNIT));
        if moves && !rights.may(ix, Action::Reassign) {
            return Err(Refusal::forbidden("reassign", &object.name).into());
        }
        if violations.is_empty() { Ok(slots) } else { Err(Refusal::Invalid(violations).into()) }
    }
}

impl BulkUpdate {
    fn query(&self) -> Query {
        Query {
            filter: self.filter.clone(),
            search: self.search.clone(),
            permitted_for: self.permitted_for.clone(),
            ..Query::of(self.object.as_str())
        }
    }
}

impl RowError {
    fn of(id: Uuid, refusal: &Refusal) -> RowError {
        let fields = match refusal {
            Refusal::Invalid(violations) => {
                violations.iter().map(|v| (v.field.clone(), v.code.clone())).collect()
            }
            _ => Vec::new(),
        };
        RowError { id, code: refusal.code().to_owned(), fields }
    }

    fn told(&self) -> serde_json::Value {
        let fields =
            self.fields.iter().map(|(field, code)| json!({ "field": field, "code": code }));
        json!({ "id": self.id, "code": self.code, "violations": fields.collect::<Vec<_>>() })
    }
}
