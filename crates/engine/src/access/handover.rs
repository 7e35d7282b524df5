//! Handing a leaver's records to others: to one user, or divided among several by rule. Each record is
//! decided and audited like any change; records are committed together, with how far the job is.
//!
//! Divided objects come first; records of other objects follow what they refer to, and what refers to
//! nothing divided goes to the one user. A job that goes on after a crash finds what is left by its
//! owner, so nothing is handed over twice.

use std::collections::HashMap;

use schema::catalogue::{Action, Right, base};
use schema::expr::Node;
use schema::{Catalogue, Name, Object, ObjectIx, Slot, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use store::CommitError;
use store::jobs::{Job, NewJob, advance, enqueue};
use store::records::Select;
use uuid::Uuid;

use super::handing::Handed;
use super::job::Ran;
use super::receivers::{self, Portion, Receiver, Spread};
use super::require;
use crate::moment::Moment;
use crate::rights::field_is;
use crate::write::{Context, id_of};
use crate::{Actor, ActorKind, Change, Command, Engine, Error, Origin, Refusal, Violation};

/// Kind of the job.
pub(super) const KIND: &str = "handover";

/// Records committed together.
const CHUNK: usize = 250;

/// Attempts of the job.
const ATTEMPTS: u32 = 5;

/// Records refused that the result names.
const NAMED: usize = 100;

/// What is handed to whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Handover {
    /// The leaver.
    pub from_user: Uuid,
    /// Who takes over, or takes what is not divided.
    pub to_user: Option<Uuid>,
    /// Only these objects; every one when empty.
    pub objects: Vec<String>,
    /// Objects whose records are divided among the receivers.
    #[serde(default)]
    pub divided: Vec<String>,
    /// Who may get those.
    #[serde(default)]
    pub receivers: Vec<Receiver>,
    /// How one of several is chosen.
    #[serde(default)]
    pub spread: Spread,
    /// Whether a record's org unit becomes its receiver's own.
    #[serde(default)]
    pub with_unit: bool,
    /// Why.
    pub reason: String,
}

/// Where a handover stands.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    /// Objects that are through.
    through: Vec<String>,
    /// Last record of the present object.
    after: Option<Uuid>,
    /// What the receivers of the present object have.
    loads: Option<Vec<u64>>,
    moved: u64,
    refused: Vec<Uuid>,
    refused_count: u64,
    /// Records that no rule gives to anybody.
    #[serde(default)]
    unplaced: u64,
}

impl Engine {
    /// How many records of each object a user owns.
    pub async fn preview_handover(
        &self,
        actor: &Actor,
        user: Uuid,
    ) -> Result<Vec<(Name, u64)>, Error> {
        require(actor, Right::Users, "handover")?;
        let catalogue = self.catalogue();
        let platform = self.system(Some(actor.user()), "handover");
        let moment = Moment::new(catalogue.clone(), self.now());
        let env = moment.env(&platform);
        let mut counts = Vec::new();
        for (ix, object) in owned(&catalogue) {
            let filter = field_is(ix, base::OWNER, user);
            let select = Select { filter: Some(&filter), ..Select::of(ix, &env) };
            let rows = self.store().count(&catalogue, &select, None).await?;
            if rows > 0 {
                counts.push((object.name.clone(), rows));
            }
        }
        Ok(counts)
    }

    /// What each receiver would get of the divided objects, with a sample as far as the actor may
    /// see it. Reads the leaver's records of those objects once.
    pub async fn preview_division(
        &self,
        actor: &Actor,
        asked: &Handover,
    ) -> Result<Vec<(Name, Vec<Portion>)>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        self.check_handover(actor, &catalogue, asked).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let mut found = Vec::new();
        for name in &asked.divided {
            let of = context.object(name)?;
            let scope = self.handing_scope(actor, of.0);
            let to = (asked.receivers.as_slice(), asked.spread);
            let portions = context.portions(of, (asked.from_user, scope), to).await?;
            found.push((of.1.name.clone(), portions));
        }
        Ok(found)
    }

    /// Queues a handover; returns the job's id. For who looks after users, whose job acts for the
    /// platform; and for who may reassign records, whose job acts with their own rights on the
    /// objects they name.
    pub async fn start_handover(&self, actor: &Actor, asked: Handover) -> Result<Uuid, Error> {
        let catalogue = self.catalogue();
        self.check_handover(actor, &catalogue, &asked).await?;
        let now = self.now();
        let payload = serde_json::to_vec(&asked).map_err(|e| Error::Internal(e.to_string()))?;
        let job = NewJob {
            id: self.next_id(now),
            kind: KIND.into(),
            run_at: now,
            payload,
            max_attempts: ATTEMPTS,
            created_by: actor.user(),
        };
        let receivers: Vec<Uuid> = asked.receivers.iter().map(|receiver| receiver.user).collect();
        let detail = json!({
            "job": job.id, "to_user": asked.to_user, "objects": asked.objects,
            "divided": asked.divided, "receivers": receivers, "spread": asked.spread,
            "reason": asked.reason,
        });
        let steps = vec![enqueue(&job, now)];
        self.note(actor, ("handover_started", Some(asked.from_user)), detail, steps).await?;
        Ok(job.id)
    }

    async fn check_handover(
        &self,
        actor: &Actor,
        catalogue: &std::sync::Arc<Catalogue>,
        asked: &Handover,
    ) -> Result<(), Error> {
        let everywhere = require(actor, Right::Users, "handover");
        if everywhere.is_err() {
            if matches!(actor.kind(), ActorKind::Key(_)) || asked.objects.is_empty() {
                everywhere?;
            }
            for name in &asked.objects {
                let found = catalogue.object(name).filter(|(_, object)| object.system.is_none());
                if !found.is_some_and(|(ix, _)| actor.rights().may(ix, Action::Reassign)) {
                    require(actor, Right::Users, "handover")?;
                }
            }
        }
        let mut violations = Vec::new();
        if asked.to_user == Some(asked.from_user) {
            violations.push(Violation::new("to_user", "same_user"));
        }
        if asked.receivers.is_empty() && asked.to_user.is_none() {
            violations.push(Violation::new("to_user", "required"));
        }
        if !asked.receivers.is_empty() || !asked.divided.is_empty() {
            violations.extend(receivers::flaws(&asked.receivers, asked.from_user));
        }
        for user in asked.to_user.iter().chain(asked.receivers.iter().map(|r| &r.user)) {
            if self.rights_of(*user).await?.is_none() {
                violations.push(Violation::new("to_user", "reference"));
            }
        }
        if !asked.receivers.is_empty() && asked.divided.is_empty() {
            violations.push(Violation::new("divided", "required"));
        }
        let unknown = |name: &&String| !owned(catalogue).any(|(_, o)| o.name == name.as_str());
        for name in asked.objects.iter().chain(&asked.divided).filter(unknown) {
            violations
                .push(Violation::new("objects", "unknown_object").with("name", name.as_str()));
        }
        let asked_for = |name: &String| asked.objects.is_empty() || asked.objects.contains(name);
        for name in asked.divided.iter().filter(|name| !asked_for(name)) {
            violations.push(Violation::new("divided", "unknown_object").with("name", name));
        }
        if !violations.is_empty() {
            return Err(Refusal::Invalid(violations).into());
        }
        if self.account(asked.from_user).await?.is_none() {
            return Err(Refusal::Invisible.into());
        }
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, catalogue, &moment, actor);
        for name in &asked.divided {
            context.receiving(context.object(name)?, &asked.receivers)?;
        }
        Ok(())
    }

    /// Rows that the one who acts may hand over; none when they are all.
    fn handing_scope(&self, actor: &Actor, ix: ObjectIx) -> Option<Node> {
        let platform = matches!(actor.kind(), ActorKind::System { .. });
        if platform || actor.rights().has(Right::Users) {
            return None;
        }
        let nobody = Node::Literal(Value::Bool(false));
        Some(actor.rights().scope(ix, Action::Reassign).unwrap_or(nobody))
    }

    pub(super) async fn run_handover(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let asked: Handover = serde_json::from_slice(&job.payload)
            .map_err(|error| Error::Internal(format!("job {}: {error}", job.id)))?;
        let mut cursor: Cursor = match &job.cursor {
            Some(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            None => Cursor::default(),
        };
        let actor = self.handing_actor(job).await?;
        let catalogue = self.catalogue();
        for (ix, object) in in_order(&catalogue, &asked) {
            let name = object.name.to_string();
            if cursor.through.contains(&name) {
                continue;
            }
            loop {
                let step = Stretch { job, worker, asked: &asked, actor: &actor };
                match self.hand_some(step, (ix, object.name.as_str()), &mut cursor).await? {
                    None => return Ok(Ran::Lost),
                    Some(true) => {}
                    Some(false) => break,
                }
            }
            cursor.after = None;
            cursor.loads = None;
            cursor.through.push(name);
        }
        let result = json!({
            "moved": cursor.moved, "refused": cursor.refused_count, "records": cursor.refused,
            "unplaced": cursor.unplaced,
        });
        Ok(Ran::Done(result.to_string().into_bytes()))
    }

    /// Who acts: the platform for who looks after users, else the one who asked.
    async fn handing_actor(&self, job: &Job) -> Result<Actor, Error> {
        if job.created_by == crate::SYSTEM_USER {
            return Ok(self.job_actor(job));
        }
        let origin = Origin { ip: None, request: Some(format!("job {}", job.id)) };
        let user = self.actor(job.created_by, origin).await?;
        Ok(if user.rights().has(Right::Users) { self.job_actor(job) } else { user })
    }

    /// Hands over the next records of an object: whether there were any, `None` when the job was
    /// lost. Costs two reads of the records, one of what they refer to, and one transaction.
    async fn hand_some(
        &self,
        stretch: Stretch<'_>,
        (ix, name): (ObjectIx, &str),
        cursor: &mut Cursor,
    ) -> Result<Option<bool>, Error> {
        let Stretch { job, worker, asked, actor } = stretch;
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let mut context = Context::new(self, &catalogue, &moment, actor);
        context.reason = Some(&asked.reason);
        let of = context.object(name)?;
        let scope = self.handing_scope(actor, ix);
        let is_divided = asked.divided.iter().any(|divided| divided == name);
        let conditions = match is_divided {
            true => context.receiving(of, &asked.receivers)?,
            false => Vec::new(),
        };
        let from = asked.from_user;
        let mut page = context.with_fits((ix, scope), from, &conditions, cursor.after).await?;
        page.truncate(CHUNK);
        let Some((last, _)) = page.last() else { return Ok(Some(false)) };
        let last = *last;
        let ids: Vec<Uuid> = page.iter().map(|(id, _)| *id).collect();
        let slots: Vec<Slot> = of.1.slots().map(|(slot, _)| slot).collect();
        let records = self.store().get_many(&catalogue, ix, &ids, &slots).await?;
        let records: HashMap<Uuid, Vec<Value>> =
            records.into_iter().map(|values| (id_of(&values), values)).collect();
        let to = match is_divided {
            true => context.divided(ix, asked, &page, &mut cursor.loads).await?,
            false => context.following(of, asked, (&ids, &records)).await?,
        };
        let pairs: Vec<(Uuid, Option<Uuid>)> = ids.into_iter().zip(to).collect();
        cursor.after = Some(last);
        let handed = Handed { pairs: &pairs, records: &records, asked };
        let (mut write, refused) = context.hand_chunk(of, &handed).await?;
        let moved = u64::try_from(write.changes.len()).unwrap_or(0);
        let before = (cursor.moved, cursor.refused_count, cursor.refused.len(), cursor.unplaced);
        cursor.moved += moved;
        cursor.unplaced +=
            u64::try_from(pairs.iter().filter(|p| p.1.is_none()).count()).unwrap_or(0);
        refused.into_iter().for_each(|id| cursor.refuse(id));
        let note = write.system.len();
        write.system.push(cursor.step(job, worker));
        context.book(&mut write).await?;
        match self.store().commit(&catalogue, write).await {
            Ok(_) => {
                self.committed(&catalogue, ix);
                Ok(Some(true))
            }
            Err(CommitError::System { step }) if step == note => Ok(None),
            Err(CommitError::Stale { .. }) => {
                // Somebody wrote one of them meanwhile: each is then decided alone.
                (cursor.moved, cursor.refused_count, _, cursor.unplaced) = before;
                cursor.refused.truncate(before.2);
                self.hand_alone((actor, of.1), &handed, cursor).await?;
                let at = json!(cursor);
                let done = i64::try_from(cursor.moved).unwrap_or(i64::MAX);
                Ok(self.advance(job, worker, &at, done).await?.then_some(true))
            }
            Err(error) => Err(context.explain(error)),
        }
    }

    /// Hands records over one by one.
    async fn hand_alone(
        &self,
        (actor, object): (&Actor, &Object),
        handed: &Handed<'_>,
        cursor: &mut Cursor,
    ) -> Result<(), Error> {
        for (id, to) in handed.pairs {
            let Some(to) = to else {
                cursor.unplaced += 1;
                continue;
            };
            let mut values = Map::new();
            values.insert("owner".into(), json!(to));
            let (object, id) = (object.name.clone(), *id);
            let action = Change::Update { object, id, version: None, values };
            let reason = Some(handed.asked.reason.clone());
            match self.submit(actor, Command { action, reason, idempotency: None }).await {
                Ok(_) => cursor.moved += 1,
                Err(Error::Refused(_)) => cursor.refuse(id),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// One stretch of a job.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    job: &'a Job,
    worker: &'a str,
    asked: &'a Handover,
    actor: &'a Actor,
}

/// Objects in the order they are handed over: the divided ones first.
fn in_order<'c>(catalogue: &'c Catalogue, asked: &Handover) -> Vec<(ObjectIx, &'c Object)> {
    let asked_for = |object: &Object| {
        asked.objects.is_empty() || asked.objects.iter().any(|name| object.name == name.as_str())
    };
    let all = owned(catalogue).filter(|(_, object)| asked_for(object));
    let is_divided = |object: &Object| asked.divided.iter().any(|n| object.name == n.as_str());
    let (mut first, rest): (Vec<_>, Vec<_>) = all.partition(|(_, object)| is_divided(object));
    first.extend(rest);
    first
}

impl Cursor {
    fn refuse(&mut self, id: Uuid) {
        self.refused_count += 1;
        if self.refused.len() < NAMED {
            self.refused.push(id);
        }
    }

    fn step(&self, job: &Job, worker: &str) -> store::Step {
        let at = json!(self).to_string().into_bytes();
        let done = i64::try_from(self.moved).unwrap_or(i64::MAX);
        advance(job.id, worker, at, done, None)
    }
}

/// Objects whose records people own; not the platform's own.
fn owned(catalogue: &Catalogue) -> impl Iterator<Item = (ObjectIx, &Object)> {
    catalogue
        .objects
        .values()
        .filter(|object| object.system.is_none() && !object.retired)
        .filter_map(|object| catalogue.object(object.name.as_str()))
}
