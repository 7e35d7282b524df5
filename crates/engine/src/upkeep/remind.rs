//! Reminders: some days before a date of a record another record is made, such as a task for whoever
//! looks after it, each date once.

use kernel::Date;
use schema::catalogue::base;
use schema::expr::Node;
use schema::keeping::Reminder;
use schema::{FieldType, Object, ObjectIx, Slot, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::CommitError;
use store::jobs::Job;
use store::reminders::{Reminded, note};
use uuid::Uuid;

use super::{CHUNK, bytes, cursor_of};
use crate::access::Ran;
use crate::moment::Moment;
use crate::org::Reader;
use crate::rights::own_field;
use crate::write::{At, Context, Facts, Needs, Nest, Prepared, Visible};
use crate::{Actor, Engine, Error};

/// Kind of the job.
pub(crate) const KIND: &str = "remind";

/// Most days before a date.
const DAYS: i64 = 3_660;

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// Reminders that are through, as `object.code`.
    through: Vec<String>,
    after: Option<Uuid>,
    made: i64,
    refused: i64,
}

/// A reminder of an object.
#[derive(Clone, Copy)]
struct Of<'a> {
    ix: ObjectIx,
    object: &'a Object,
    reminder: &'a Reminder,
}

impl Engine {
    pub(crate) async fn run_remind(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let actor = self.job_actor(job);
        let catalogue = self.catalogue();
        let mut cursor: Cursor = cursor_of(job);
        for object in catalogue.objects.values().filter(|object| !object.retired) {
            let Some((ix, _)) = catalogue.object(object.name.as_str()) else { continue };
            for reminder in &object.reminders {
                let name = format!("{}.{}", object.name, reminder.code);
                if cursor.through.contains(&name) {
                    continue;
                }
                let of = Of { ix, object, reminder };
                loop {
                    cursor.after = self.remind_some(&actor, of, &mut cursor).await?;
                    let through = cursor.after.is_none();
                    if through {
                        cursor.through.push(name.clone());
                    }
                    if !self.advance(job, worker, &json!(cursor), cursor.made).await? {
                        return Ok(Ran::Lost);
                    }
                    if through {
                        break;
                    }
                }
            }
        }
        let result = json!({ "made": cursor.made, "refused": cursor.refused });
        Ok(Ran::Done(bytes(&result)?))
    }

    /// One page of a reminder's records; the last one, unless it is through.
    async fn remind_some(
        &self,
        actor: &Actor,
        of: Of<'_>,
        cursor: &mut Cursor,
    ) -> Result<Option<Uuid>, Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let Some((slot, filter)) = context.due_soon(of) else { return Ok(None) };
        let reader =
            Reader { engine: self, catalogue: &catalogue, moment: &moment, platform: actor };
        let columns = vec![own_field(of.ix, base::ID)];
        let after = cursor.after.map(|id| vec![Value::Id(id)]);
        let rows = reader.select(of.ix, columns, Some(filter), (after, CHUNK)).await?;
        let full = rows.len() >= usize::try_from(CHUNK).unwrap_or(usize::MAX);
        let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.first().and_then(id_in)).collect();
        for id in &ids {
            match context.remind(of, slot, *id).await {
                Ok(made) => cursor.made += i64::from(made),
                Err(Error::Refused(refusal)) => {
                    tracing::warn!(record = %id, code = refusal.code(), "a reminder was refused");
                    cursor.refused += 1;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(ids.last().copied().filter(|_| full))
    }
}

impl Context<'_> {
    /// The date's slot, and which records are to be reminded of.
    fn due_soon(&self, of: Of<'_>) -> Option<(Slot, Node)> {
        let slot = of.object.slot_of(&of.reminder.on)?;
        let days = self.engine.whole_parameter(of.reminder.days.as_str())?.clamp(0, DAYS);
        let today = self.moment.today;
        let last = today.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        let date = |day: Date| Box::new(Node::Literal(Value::Date(day)));
        let soon = Node::Between(Box::new(own_field(of.ix, slot)), date(today), date(last));
        let when = of.reminder.when.as_ref().map(|when| when.root.clone());
        Some((slot, Node::And(std::iter::once(soon).chain(when).collect())))
    }

    /// Makes what reminds of one record's date, unless that was done.
    async fn remind(&self, of: Of<'_>, slot: Slot, id: Uuid) -> Result<bool, Error> {
        let values = self.load((of.ix, of.object), id).await?;
        let Some(Value::Date(day)) = values.get(usize::from(slot.0)) else { return Ok(false) };
        let reminded = Reminded {
            object: of.object.name.as_str(),
            record: id,
            code: of.reminder.code.as_str(),
            day: kernel::time::days_since_epoch(*day),
        };
        if self.engine.store().was_reminded(reminded).await? {
            return Ok(false);
        }
        let target = self.object(of.reminder.create.as_str())?;
        let given = self.reminding(of, &values, target.1).await?;
        let made = self.engine.next_id(self.moment.now);
        let prepared = Prepared { given, ..Prepared::default() };
        let mut seen = Visible::default();
        let draft = self.create_prepared(target, made, prepared, Nest::top(&mut seen)).await?;
        let mut write = draft.write;
        let at = write.system.len();
        write.system.push(note(reminded, made));
        self.book(&mut write).await?;
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {
                self.engine.committed(self.catalogue, target.0);
                Ok(true)
            }
            Err(CommitError::System { step }) if step == at => Ok(false),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// The values of what is made.
    async fn reminding(
        &self,
        of: Of<'_>,
        values: &[Value],
        target: &Object,
    ) -> Result<Vec<(Slot, Value)>, Error> {
        let mut needs = Needs::default();
        for (_, expr) in &of.reminder.values {
            needs.add(self.catalogue, of.ix, &expr.root);
        }
        let at = At { object: of.ix, values, stored: true, pending: None };
        let known = needs.load(self, at).await?;
        let facts = Facts::new(self.catalogue, of.ix, values, &self.env, known);
        let mut given = Vec::new();
        for (name, expr) in &of.reminder.values {
            let Some((slot, field)) = target.field(name.as_str()) else { continue };
            let value = match (expr.eval(&facts, &self.env), &field.kind) {
                // The record itself, where a reference may point to several objects.
                (Value::Id(id), FieldType::Reference { to, .. }) if to.len() > 1 => {
                    Value::Link(of.object.name.clone(), id)
                }
                (value, _) => value,
            };
            given.push((slot, value));
        }
        Ok(given)
    }
}

fn id_in(value: &Value) -> Option<Uuid> {
    match value {
        Value::Id(id) => Some(*id),
        _ => None,
    }
}
