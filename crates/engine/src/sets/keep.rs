//! Keeping members: who no longer meets a rule leaves, who meets it joins.
//!
//! Each question is one query over the database, for some subjects after a change or for all of
//! them in a job, page by page. Every membership is made and removed by the write path, in chunks
//! of one transaction; what is refused is counted and left alone.

use std::collections::HashMap;

use jiff::SignedDuration;
use schema::catalogue::base;
use schema::expr::{Aggregate, AggregateFn, Node};
use schema::kept::Membership;
use schema::{Object, ObjectIx, Slot, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use store::Write;
use store::jobs::{Job, NewJob, enqueue_once};
use uuid::Uuid;

use super::{Rule, in_force, is, not_empty};
use crate::access::Ran;
use crate::moment::Moment;
use crate::org::Reader;
use crate::rights::{field_in, field_is, own_field};
use crate::upkeep::{ATTEMPTS, HEAD_START, bytes, cursor_of, payload_of};
use crate::write::{Context, Nest, Subject, Values, Visible};
use crate::{Actor, Change, Engine, Error, SYSTEM_USER};

/// Kind of the job.
pub(crate) const KIND: &str = "keep_sets";

/// Members that join or leave in one transaction.
pub(crate) const CHUNK: u32 = 100;

/// What a job is about: one set, or all.
#[derive(Default, Serialize, Deserialize)]
struct Task {
    set: Option<(ObjectName, Uuid)>,
}

type ObjectName = schema::Name;

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// Stages that are through.
    through: Vec<String>,
    after: Option<Uuid>,
    done: i64,
    kept: Changed,
}

/// How many memberships changed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changed {
    pub joined: u64,
    pub left: u64,
    pub refused: u64,
}

/// Slots of a membership's fields.
struct Fields<'a> {
    of: Subject<'a>,
    membership: &'a Membership,
    subject: Slot,
    set: Slot,
    source: Slot,
    until: Option<Slot>,
}

impl<'a> Context<'a> {
    fn fields_of(&self, membership: ObjectIx) -> Option<Fields<'a>> {
        let object: &'a Object = self.catalogue.at(membership).filter(|object| !object.retired)?;
        let kept = object.kept.membership.as_ref()?;
        Some(Fields {
            of: (membership, object),
            membership: kept,
            subject: object.slot_of(&kept.subject)?,
            set: object.slot_of(&kept.set)?,
            source: object.slot_of(&kept.source)?,
            until: kept.until.as_ref().and_then(|name| object.slot_of(name)),
        })
    }

    async fn ids(
        &self,
        ix: ObjectIx,
        column: Slot,
        filter: Node,
        after: Option<Uuid>,
    ) -> Result<Vec<Uuid>, Error> {
        let (engine, catalogue, moment) = (self.engine, self.catalogue, self.moment);
        let reader = Reader { engine, catalogue, moment, platform: self.actor };
        let after = after.map(|id| vec![Value::Id(id)]);
        let rows =
            reader.select(ix, vec![own_field(ix, column)], Some(filter), (after, CHUNK)).await?;
        let id = |value| match value {
            Value::Id(id) | Value::Link(_, id) => Some(id),
            _ => None,
        };
        Ok(rows.into_iter().flatten().filter_map(id).collect())
    }

    /// The next memberships that the rule no longer keeps: of these subjects, or of any.
    pub(crate) async fn leaving(
        &self,
        rule: &Rule,
        among: Option<&[Uuid]>,
        after: Option<Uuid>,
    ) -> Result<Vec<Uuid>, Error> {
        let Some(fields) = self.fields_of(rule.membership) else { return Ok(Vec::new()) };
        let ix = rule.membership;
        let mut parts = fields.by_rule(rule.set);
        parts.extend(among.map(|ids| field_in(ix, fields.subject, ids)));
        let condition = Box::new(rule.condition.clone());
        let meets = Node::Reachable { via: fields.subject, object: rule.over, condition };
        parts.push(Node::Not(Box::new(meets)));
        self.ids(ix, base::ID, Node::And(parts), after).await
    }

    /// The next subjects that meet the rule and do not belong to its set: of these, or of all.
    pub(crate) async fn joining(
        &self,
        rule: &Rule,
        among: Option<&[Uuid]>,
        after: Option<Uuid>,
    ) -> Result<Vec<Uuid>, Error> {
        let Some(fields) = self.fields_of(rule.membership) else { return Ok(Vec::new()) };
        let mut member = vec![field_is(rule.membership, fields.set, rule.set)];
        let today = self.moment.today;
        member.extend(fields.until.map(|until| in_force(rule.membership, until, today)));
        let belongs = Aggregate {
            function: AggregateFn::Any,
            object: rule.membership,
            by: fields.subject,
            filter: Some(Node::And(member)),
            value: None,
            reach: None,
        };
        let mut parts: Vec<Node> =
            among.map(|ids| field_in(rule.over, base::ID, ids)).into_iter().collect();
        parts.push(rule.condition.clone());
        parts.push(Node::Not(Box::new(Node::Aggregate(Box::new(belongs)))));
        self.ids(rule.over, base::ID, Node::And(parts), after).await
    }

    /// Removes memberships, together where that goes.
    pub(crate) async fn leave(
        &self,
        membership: ObjectIx,
        ids: &[Uuid],
        changed: &mut Changed,
    ) -> Result<(), Error> {
        let Some(fields) = self.fields_of(membership) else { return Ok(()) };
        let mut write = Write::default();
        for id in ids {
            match self.load(fields.of, *id).await {
                Ok(before) => self.remove(fields.of, before, &mut write, 0).await?,
                // It has left meanwhile.
                Err(Error::Refused(_)) => {}
                Err(other) => return Err(other),
            }
        }
        if self.engine.store().commit(self.catalogue, write).await.is_ok() {
            changed.left += ids.len() as u64;
            return Ok(());
        }
        for id in ids {
            let object = fields.of.1.name.clone();
            let action = Change::Delete { object, id: *id, version: None };
            match self.engine.submit(self.actor, action.into()).await {
                Ok(_) => changed.left += 1,
                Err(Error::Refused(_)) => changed.refused += 1,
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Makes memberships by a rule, together where that goes; one that has ended begins anew.
    pub(crate) async fn join(
        &self,
        rule: &Rule,
        subjects: &[Uuid],
        changed: &mut Changed,
    ) -> Result<(), Error> {
        let Some(fields) = self.fields_of(rule.membership) else { return Ok(()) };
        let ended = self.ended(&fields, rule, subjects).await?;
        let mut seen: Visible = subjects.iter().copied().chain([rule.set]).collect();
        let mut write = Write::default();
        let mut drafted = Vec::new();
        for subject in subjects {
            let values = fields.values(self, rule, *subject);
            if let Some(id) = ended.get(subject) {
                let object = fields.of.1.name.clone();
                let change = Change::Update { object, id: *id, version: None, values };
                self.one(change, changed).await?;
                continue;
            }
            let id = self.engine.next_id(self.moment.now);
            match self.create(fields.of, id, &values, Nest::top(&mut seen)).await {
                Ok(draft) => {
                    write.merge(draft.write);
                    drafted.push(values);
                }
                Err(Error::Refused(_)) => changed.refused += 1,
                Err(other) => return Err(other),
            }
        }
        if drafted.is_empty() {
            return Ok(());
        }
        if self.engine.store().commit(self.catalogue, write).await.is_ok() {
            changed.joined += drafted.len() as u64;
            return Ok(());
        }
        // Somebody else put one of them there, or changed what a decision stood on.
        for values in drafted {
            let object = fields.of.1.name.clone();
            self.one(Change::Create { object, id: None, values }, changed).await?;
        }
        Ok(())
    }

    async fn one(&self, change: Change, changed: &mut Changed) -> Result<(), Error> {
        match self.engine.submit(self.actor, change.into()).await {
            Ok(_) => changed.joined += 1,
            Err(Error::Refused(_)) => changed.refused += 1,
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// Memberships of these subjects in the rule's set, whoever put them there.
    async fn ended(
        &self,
        fields: &Fields<'_>,
        rule: &Rule,
        subjects: &[Uuid],
    ) -> Result<HashMap<Uuid, Uuid>, Error> {
        let ix = rule.membership;
        let (engine, catalogue, moment) = (self.engine, self.catalogue, self.moment);
        let reader = Reader { engine, catalogue, moment, platform: self.actor };
        let columns = vec![own_field(ix, fields.subject), own_field(ix, base::ID)];
        let filter = Node::And(vec![
            field_in(ix, fields.subject, subjects),
            field_is(ix, fields.set, rule.set),
        ]);
        let rows = reader.select(ix, columns, Some(filter), (None, CHUNK * 2)).await?;
        let pair = |row: Vec<Value>| match row.as_slice() {
            [Value::Id(subject) | Value::Link(_, subject), Value::Id(id)] => Some((*subject, *id)),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(pair).collect())
    }
}

impl Fields<'_> {
    /// Members that the set's rule keeps.
    fn by_rule(&self, set: Uuid) -> Vec<Node> {
        let ix = self.of.0;
        let source = Value::text(&*self.membership.by_rule);
        vec![field_is(ix, self.set, set), is(ix, self.source, source)]
    }

    /// What a membership by the rule says.
    fn values(&self, context: &Context<'_>, rule: &Rule, subject: Uuid) -> Values {
        let Membership { subject: who, set, source, by_rule, evidence, from, until, .. } =
            self.membership;
        let mut values = Map::new();
        let several = self.of.1.field(who.as_str()).is_some_and(|(_, field)| {
            matches!(&field.kind, schema::FieldType::Reference { to, .. } if to.len() > 1)
        });
        let over = context.catalogue.at(rule.over).map(|object| object.name.clone());
        let subject =
            if several { json!({ "object": over, "id": subject }) } else { json!(subject) };
        values.insert(who.to_string(), subject);
        values.insert(set.to_string(), json!(rule.set));
        values.insert(source.to_string(), json!(by_rule));
        if let Some(from) = from {
            values.insert(from.to_string(), json!(context.moment.today.to_string()));
        }
        if let Some(until) = until {
            values.insert(until.to_string(), serde_json::Value::Null);
        }
        if let Some((name, text)) = evidence.as_ref().and_then(|name| self.evidence(name, rule)) {
            values.insert(name, json!(text));
        }
        values
    }

    /// The rule as it reads, on one line and as long as fits.
    fn evidence(&self, name: &schema::Name, rule: &Rule) -> Option<(String, String)> {
        let (_, field) = self.of.1.field(name.as_str())?;
        let most = match field.kind {
            schema::FieldType::Text { max } | schema::FieldType::LongText { max } => max,
            _ => return None,
        };
        let words: Vec<&str> = rule.text.split_whitespace().collect();
        let text: String = format!("rule: {}", words.join(" "));
        Some((name.to_string(), text.chars().take(usize::try_from(most).unwrap_or(0)).collect()))
    }
}

impl Engine {
    /// Queues the daily run over all sets, once a business day. Costs nothing once that is done.
    pub async fn queue_sets(&self) -> Result<(), Error> {
        let now = self.now();
        let today = kernel::time::business_date(now);
        let day = kernel::time::days_since_epoch(today);
        let order = std::sync::atomic::Ordering::AcqRel;
        if self.sets_queued.swap(day, order) == day || self.watched().await?.rules.is_empty() {
            return Ok(());
        }
        self.queue(&Task::default(), &today.to_string(), 0).await
    }

    /// Queues a run over one set whose record has changed.
    pub(crate) async fn queue_set(
        &self,
        object: &schema::Name,
        set: Uuid,
        event: Uuid,
    ) -> Result<(), Error> {
        let task = Task { set: Some((object.clone(), set)) };
        self.queue(&task, &event.to_string(), HEAD_START).await
    }

    async fn queue(&self, task: &Task, key: &str, head_start: i64) -> Result<(), Error> {
        let now = self.now();
        let wait = SignedDuration::from_secs(head_start);
        let job = NewJob {
            id: self.next_id(now),
            kind: KIND.into(),
            run_at: now.checked_add(wait).unwrap_or(now),
            payload: bytes(task)?,
            max_attempts: ATTEMPTS,
            created_by: SYSTEM_USER,
        };
        let step = enqueue_once(&job, key, now);
        self.store().db().run(vec![step]).await.map_err(store::Error::from)?;
        Ok(())
    }

    pub(crate) async fn run_keep_sets(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let task: Task = payload_of(job)?;
        self.load_published().await?;
        let actor = self.job_actor(job);
        let mut cursor: Cursor = cursor_of(job);
        let watched = self.watched().await?;
        let mine = |rule: &&Rule| task.set.as_ref().is_none_or(|(_, set)| *set == rule.set);
        let rules: Vec<&Rule> = watched.rules.iter().filter(mine).collect();
        if let (Some((object, set)), true) = (&task.set, rules.is_empty()) {
            self.abandon(&actor, object, *set, &mut cursor.kept).await?;
        }
        // Whoever leaves one set first may join another that excludes it.
        for joining in [false, true] {
            for rule in &rules {
                let stage = format!("{} {}", if joining { "join" } else { "leave" }, rule.set);
                if cursor.through.contains(&stage) {
                    continue;
                }
                loop {
                    let last = self.keep_some(&actor, rule, joining, &mut cursor).await?;
                    cursor.after = last;
                    if last.is_none() {
                        cursor.through.push(stage.clone());
                    }
                    if !self.advance(job, worker, &json!(cursor), cursor.done).await? {
                        return Ok(Ran::Lost);
                    }
                    if last.is_none() {
                        break;
                    }
                }
            }
        }
        let Changed { joined, left, refused } = cursor.kept;
        let result = json!({
            "rules": rules.len(), "joined": joined, "left": left, "refused": refused,
        });
        Ok(Ran::Done(bytes(&result)?))
    }

    /// One chunk of a stage; the last id looked at, unless the stage is through.
    async fn keep_some(
        &self,
        actor: &Actor,
        rule: &Rule,
        joining: bool,
        cursor: &mut Cursor,
    ) -> Result<Option<Uuid>, Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let ids = if joining {
            let ids = context.joining(rule, None, cursor.after).await?;
            context.join(rule, &ids, &mut cursor.kept).await?;
            ids
        } else {
            let ids = context.leaving(rule, None, cursor.after).await?;
            context.leave(rule.membership, &ids, &mut cursor.kept).await?;
            ids
        };
        cursor.done += i64::try_from(ids.len()).unwrap_or(0);
        let full = ids.len() >= usize::try_from(CHUNK).unwrap_or(usize::MAX);
        Ok(ids.last().copied().filter(|_| full))
    }

    /// Lets the members go whom a rule kept that the set no longer has. A set that is out of use
    /// keeps its members until somebody takes them out.
    async fn abandon(
        &self,
        actor: &Actor,
        object: &schema::Name,
        set: Uuid,
        changed: &mut Changed,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        for (ix, member, membership) in catalogue.memberships() {
            let Some((set_ix, rule, _)) = super::rule_fields(&catalogue, member, membership) else {
                continue;
            };
            let with_rule = Node::And(vec![
                field_is(set_ix, base::ID, set),
                not_empty(own_field(set_ix, rule)),
            ]);
            let named = catalogue.at(set_ix).is_some_and(|sets| sets.name == *object);
            if !named || !context.ids(set_ix, base::ID, with_rule, None).await?.is_empty() {
                continue;
            }
            let Some(fields) = context.fields_of(ix) else { continue };
            loop {
                let filter = Node::And(fields.by_rule(set));
                let ids = context.ids(ix, base::ID, filter, None).await?;
                let before = changed.left;
                context.leave(ix, &ids, changed).await?;
                if ids.is_empty() || changed.left == before {
                    break;
                }
            }
        }
        Ok(())
    }
}
