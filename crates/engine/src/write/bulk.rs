//! One change for every record a query finds, or one new record about each, as a job: every record
//! is decided and audited like a single edit by the same user.
//!
//! A record is visited at most once, in the order of ids, so a change that moves records into or out
//! of the query neither skips nor repeats any. What a stopped worker did is done; the next one goes
//! on after the last chunk it knows of: a record that says already what it should is left alone, and
//! what was made about one is not made again.

use schema::catalogue::{Access, Action, base};
use schema::expr::Node;
use schema::field::FieldType;
use schema::query::Query;
use schema::{Name, Slot, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use store::jobs::{Job, NewJob, advance, enqueue};
use uuid::Uuid;

use super::audit::{self, Entry};
use super::command::{Change, Command, Idempotency, Values};
use super::prepare;
use super::submit::{Context, Subject};
use crate::access::Ran;
use crate::moment::Moment;
use crate::read::Permission;
use crate::read::plan::Plan;
use crate::{Actor, ActorKind, Engine, Error, Origin, Refusal, SYSTEM_USER, Violation};

/// Kind of the job that changes records.
pub(crate) const UPDATE: &str = "bulk_update";

/// Kind of the job that makes records.
pub(crate) const CREATE: &str = "bulk_create";

/// Records changed between two writes of progress.
const CHUNK: u32 = 50;

/// Refused records that the result names.
const NAMED: usize = 200;

/// Attempts of the job.
const ATTEMPTS: u32 = 10;

/// What is done about all records of a query.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bulk {
    /// Object.
    pub object: Name,
    /// Which records.
    pub filter: Option<String>,
    /// Which records, by words.
    pub search: Option<String>,
    /// Purpose that each record must be permitted for.
    #[serde(default)]
    pub permitted_for: Option<String>,
    /// What becomes of each.
    #[serde(flatten)]
    pub act: BulkAct,
    /// Why; kept in each record's audit entry.
    pub reason: Option<String>,
}

/// What becomes of each record that bulk work finds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAct {
    /// It takes these values.
    Set(Values),
    /// A new record refers to it.
    Create(BulkCreate),
}

/// A record to be made about each that is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BulkCreate {
    /// Its object.
    pub object: Name,
    /// Its reference to the record that was found.
    pub by: Name,
    /// Its other values.
    pub values: Values,
    /// It belongs to whom the found record belongs to, as far as the user sees that.
    pub for_owner: bool,
}

/// What bulk work would reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BulkPreview {
    /// Records the query finds.
    pub rows: u64,
    /// Those among them on which the actor may not set these fields; they would be refused. Whether
    /// a new record about one would be is known when it is made.
    pub not_writable: u64,
    /// Who was left out, when a purpose was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
}

/// A job's order, as kept sealed.
#[derive(Serialize, Deserialize)]
struct Order {
    #[serde(alias = "update")]
    bulk: Bulk,
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

/// Why nothing was done about one record: codes only, no values.
#[derive(Serialize, Deserialize)]
struct RowError {
    id: Uuid,
    code: String,
    fields: Vec<(String, String)>,
}

impl Engine {
    /// How many records bulk work would reach, and how many of them it would be refused on. Costs
    /// two exact counts, one when records are made.
    pub async fn preview_bulk(&self, actor: &Actor, asked: &Bulk) -> Result<BulkPreview, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let slots = context.check_bulk(asked)?;
        let makes = matches!(asked.act, BulkAct::Create(_));
        let query = asked.query();
        let mut plan = Plan::of(&context, &query, Action::Read)?;
        let permission = context.permission(&mut plan, true).await?;
        let rows = self.store().count(&catalogue, &plan.all(&context), None).await?;
        if makes {
            return Ok(BulkPreview { rows, not_writable: 0, permission });
        }
        let Some(writable) = actor.rights().scope_writing(plan.object_ix, &slots) else {
            return Ok(BulkPreview { rows, not_writable: rows, permission });
        };
        let filter = plan.filter.take();
        plan.filter = Some(Node::And(filter.into_iter().chain([writable]).collect()));
        let writable = self.store().count(&catalogue, &plan.all(&context), None).await?;
        Ok(BulkPreview { rows, not_writable: rows.saturating_sub(writable), permission })
    }

    /// Queues bulk work; returns the job's id and how many records it will look at. Not for API
    /// keys: the job acts with all rights of the user.
    pub async fn start_bulk(
        &self,
        actor: &Actor,
        asked: Bulk,
    ) -> Result<(Uuid, BulkPreview), Error> {
        if matches!(actor.kind(), ActorKind::Key(_)) {
            return Err(Refusal::forbidden("bulk work with an API key", &asked.object).into());
        }
        let preview = self.preview_bulk(actor, &asked).await?;
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
        let (kind, values, made) = match &asked.act {
            BulkAct::Set(values) => (UPDATE, values, None),
            BulkAct::Create(made) => (CREATE, &made.values, Some(&made.object)),
        };
        let detail = json!({
            "job": id, "filter": asked.filter, "search": asked.search, "created": made,
            "fields": values.keys().collect::<Vec<_>>(), "rows": preview.rows,
            "permission": preview.permission,
        });
        let (object, reason) = (asked.object.clone(), asked.reason.clone());
        let order = serde_json::to_vec(&Order { bulk: asked, rows: preview.rows });
        let order = order.map_err(|error| Error::Internal(error.to_string()))?;
        let job = NewJob {
            id,
            kind: kind.into(),
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
        let entry = Entry { kind, object, record: None, reason, detail };
        let audit = vec![audit::entry(&context, entry)];
        let write =
            store::Write { audit, system: vec![enqueue(&job, now)], ..store::Write::default() };
        let done = self.store().commit(&catalogue, write).await;
        done.map_err(|error| context.explain(error))?;
        Ok((id, preview))
    }

    pub(crate) async fn run_bulk(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let broken = |error: serde_json::Error| Error::Internal(format!("job {}: {error}", job.id));
        let order = self.keys()?.open_sealed(job.id.as_bytes(), &job.payload)?;
        let Order { bulk, rows } = serde_json::from_slice(&order).map_err(broken)?;
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
            let found = self.bulk_found(&actor, &bulk, cursor.after).await?;
            for one in &found {
                self.do_one(&actor, (job.id, &bulk), *one, &mut cursor).await?;
            }
            let Some((last, _)) = found.last() else { break };
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
        let did = match bulk.act {
            BulkAct::Set(_) => "changed",
            BulkAct::Create(_) => "created",
        };
        let result = json!({
            "records": cursor.done, did: cursor.changed, "refused": cursor.refused,
            "errors": errors,
        });
        Ok(Ran::Done(result.to_string().into_bytes()))
    }

    /// The next records of the query and whose they are, under the rights the user has now.
    async fn bulk_found(
        &self,
        actor: &Actor,
        bulk: &Bulk,
        after: Option<Uuid>,
    ) -> Result<Vec<(Uuid, Option<Uuid>)>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let query = bulk.query();
        let mut plan = Plan::of(&context, &query, Action::Read)?;
        let most = actor.rights().most(plan.object_ix, Action::Read, base::OWNER);
        let owned = most >= Access::Read;
        plan.slots = if owned { vec![base::ID, base::OWNER] } else { vec![base::ID] };
        let after = after.map(|id| vec![Value::Id(id)]);
        let select = plan.select(&context, after, CHUNK);
        let rows = self.store().select(&catalogue, &select).await?;
        let id = |row: &[Value], at: usize| match row.get(at) {
            Some(Value::Id(id)) => Some(*id),
            _ => None,
        };
        let one = |row: &Vec<Value>| {
            let owner = if owned { id(row, 1) } else { None };
            id(row, 0).map(|found| (found, owner))
        };
        Ok(rows.iter().filter_map(one).collect())
    }

    async fn do_one(
        &self,
        actor: &Actor,
        (job, bulk): (Uuid, &Bulk),
        (id, owner): (Uuid, Option<Uuid>),
        cursor: &mut Cursor,
    ) -> Result<(), Error> {
        let (action, idempotency) = match &bulk.act {
            BulkAct::Set(values) => {
                let (object, values) = (bulk.object.clone(), values.clone());
                (Change::Update { object, id, version: None, values }, None)
            }
            BulkAct::Create(made) => {
                let mut values = made.values.clone();
                values.insert(made.by.to_string(), self.reference(made, &bulk.object, id));
                if let (true, Some(owner)) = (made.for_owner, owner) {
                    values.insert("owner".into(), json!(owner));
                }
                let once = Idempotency { key: format!("{job}:{id}"), fingerprint: [0; 32] };
                (Change::Create { object: made.object.clone(), id: None, values }, Some(once))
            }
        };
        let command = Command { action, reason: bulk.reason.clone(), idempotency };
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

impl Engine {
    /// The value by which a made record refers to the one found.
    fn reference(&self, made: &BulkCreate, about: &Name, id: Uuid) -> Json {
        let catalogue = self.catalogue();
        let object = catalogue.object(made.object.as_str());
        let by = object.and_then(|(_, object)| object.field(made.by.as_str()));
        match by.map(|(_, field)| &field.kind) {
            Some(FieldType::Reference { to, .. }) if to.len() > 1 => {
                json!({ "object": about, "id": id })
            }
            _ => json!(id),
        }
    }
}

impl Context<'_> {
    /// Refuses what could be right for no record; returns the slots that are set of those found.
    fn check_bulk(&self, asked: &Bulk) -> Result<Vec<Slot>, Error> {
        let of = self.object(asked.object.as_str())?;
        if !self.actor.rights().may(of.0, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        let (mut violations, slots) = match &asked.act {
            BulkAct::Set(values) => self.check_set(of, values)?,
            BulkAct::Create(made) => (self.check_made(made, &asked.object)?, Vec::new()),
        };
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|t| t.trim().is_empty());
        if blank(&asked.filter) && blank(&asked.search) {
            violations.push(Violation::new("filter", "required"));
        }
        if violations.is_empty() { Ok(slots) } else { Err(Refusal::Invalid(violations).into()) }
    }

    fn check_set(
        &self,
        of: Subject<'_>,
        values: &Values,
    ) -> Result<(Vec<Violation>, Vec<Slot>), Error> {
        let ((ix, object), rights) = (of, self.actor.rights());
        if !rights.may(ix, Action::Update) {
            return Err(Refusal::forbidden("update", &object.name).into());
        }
        let prepared =
            prepare::prepare(&self.parse_context(), self.actor, of, values, Action::Update);
        let mut violations = prepared.violations;
        let rows = prepared.children.iter();
        violations.extend(rows.map(|rows| Violation::new(rows.field.as_str(), "read_only")));
        if values.is_empty() {
            violations.push(Violation::new("set", "required"));
        }
        let slots: Vec<Slot> = prepared.given.iter().map(|(slot, _)| *slot).collect();
        let moves = slots.iter().any(|slot| matches!(*slot, base::OWNER | base::ORG_UNIT));
        if moves && !rights.may(ix, Action::Reassign) {
            return Err(Refusal::forbidden("reassign", &object.name).into());
        }
        Ok((violations, slots))
    }

    fn check_made(&self, made: &BulkCreate, about: &Name) -> Result<Vec<Violation>, Error> {
        let of = self.object(made.object.as_str())?;
        let rights = self.actor.rights();
        if !rights.may(of.0, Action::Create) {
            return Err(match rights.may(of.0, Action::Read) {
                true => Refusal::forbidden("create", &made.object).into(),
                false => Refusal::Invisible.into(),
            });
        }
        let by = of.1.field(made.by.as_str()).map(|(_, field)| &field.kind);
        let prepared =
            prepare::prepare(&self.parse_context(), self.actor, of, &made.values, Action::Create);
        let mut violations = prepared.violations;
        let refers = matches!(by, Some(FieldType::Reference { to, .. }) if to.contains(about));
        if !refers || made.values.contains_key(made.by.as_str()) {
            violations.push(Violation::new("by", "reference_object"));
        }
        if made.for_owner && made.values.contains_key("owner") {
            violations.push(Violation::new("for_owner", "read_only"));
        }
        Ok(violations)
    }
}

impl Bulk {
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

    fn told(&self) -> Json {
        let fields =
            self.fields.iter().map(|(field, code)| json!({ "field": field, "code": code }));
        json!({ "id": self.id, "code": self.code, "violations": fields.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_queued_before_there_was_more_than_changing_is_read() {
        let kept = json!({
            "update": { "object": "task", "filter": "done = false", "search": null,
                        "set": { "priority": "high" }, "reason": "quarter's end" },
            "rows": 3,
        });
        let order: Order = serde_json::from_value(kept).unwrap();
        assert_eq!((order.rows, order.bulk.object.as_str()), (3, "task"));
        let BulkAct::Set(values) = order.bulk.act else { panic!("not a change") };
        assert_eq!(values.get("priority"), Some(&json!("high")));
    }
}
