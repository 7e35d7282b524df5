//! Requests of those whom data is about: answered with everything held, or by erasing it.
//!
//! Which object's records are such requests, and which of the rights asked for means what, its
//! definition says. Everything that belongs to the subject is found by the references of the
//! definitions. What a retention rule keeps is locked, not erased, until its last day.

mod dossier;
mod erase;
mod locked;
mod told;
mod walk;

use schema::catalogue::{Action, Right};
use schema::keeping::Answers;
use schema::{FieldType, Name, Object, ObjectIx, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::{NewJob, enqueue};
use uuid::Uuid;

pub use locked::{LockedPage, LockedRecord};

pub(crate) use dossier::KIND as DOSSIER;
pub(crate) use erase::KIND as ERASE_SUBJECT;
pub(crate) use locked::{KIND as ERASE_LOCKED, refers_to_locked};
pub(crate) use walk::{Cause, Tallies, Walk};

use crate::moment::Moment;
use crate::upkeep::{ATTEMPTS, bytes};
use crate::write::{Context, Entry, Facts, Subject, admit, entry, targets};
use crate::{Actor, ActorKind, Engine, Error, Refusal};

/// What a job answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    /// The request.
    request: (Name, Uuid),
    /// Whom it is about.
    subject: (Name, Uuid),
}

/// A request that can be answered.
struct Asked<'a> {
    object: &'a Object,
    answers: &'a Answers,
    subject: (ObjectIx, &'a Object, Uuid),
    erase: bool,
}

impl Engine {
    /// Has a request answered by a job, whose id is returned. Refused unless the actor may change the
    /// request and sees whom it is about, and, for an erasure, locked records; and when something
    /// about the subject must be kept that has no last day yet.
    ///
    /// An erasure looks at no more than 2,000 records before it is queued; its job looks at all of
    /// them before it changes any.
    pub async fn answer_request(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
    ) -> Result<Uuid, Error> {
        let begun = self.begin_answer(actor, object, id).await;
        self.noting_refusal(actor, "answer_request", begun).await
    }

    async fn begin_answer(&self, actor: &Actor, object: &str, id: Uuid) -> Result<Uuid, Error> {
        if matches!(actor.kind(), ActorKind::Key(_)) {
            let (action, object) = ("answer with an API key".into(), object.into());
            return Err(Refusal::Forbidden { action, object }.into());
        }
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        let values = context.load(of, id).await?;
        let known = context.learn_rights(of.0, &values).await?;
        let facts = Facts::new(&catalogue, of.0, &values, &context.env, known);
        admit(actor, of, &facts, Action::Update)?;
        let asked = context.asked(of, &values)?;
        let (ix, subject, who) = asked.subject;
        if self.visible(&context, ix, &[who]).await?.is_empty() {
            return Err(Refusal::invalid(asked.answers.subject.as_str(), "reference").into());
        }
        if asked.erase {
            crate::access::require(actor, Right::SeesLocked, "erase")?;
            let cause = Cause::Request(of.1.name.clone(), id);
            Walk::look(&context, cause).through((ix, who)).await?;
        }
        let (kind, what) =
            if asked.erase { (ERASE_SUBJECT, "erase") } else { (DOSSIER, "dossier") };
        let job = NewJob {
            id: self.next_id(moment.now),
            kind: kind.into(),
            run_at: moment.now,
            payload: bytes(&Task {
                request: (asked.object.name.clone(), id),
                subject: (subject.name.clone(), who),
            })?,
            max_attempts: ATTEMPTS,
            created_by: actor.user(),
        };
        let detail = json!({ "what": what, "job": job.id, "subject": who });
        let note = Entry {
            kind: "request_answered",
            object: Some(asked.object),
            record: Some(id),
            reason: None,
            detail,
        };
        let audit = vec![entry(&context, note)];
        let system = vec![enqueue(&job, moment.now)];
        let write = store::Write { audit, system, ..store::Write::default() };
        self.store().commit(&catalogue, write).await.map_err(|error| context.explain(error))?;
        Ok(job.id)
    }
}

impl<'a> Context<'a> {
    /// What a request asks for; refused when its object has no such requests, or it is not ready.
    fn asked(&self, (ix, object): Subject<'a>, values: &[Value]) -> Result<Asked<'a>, Error> {
        let answers = object.kept.answers.as_ref().ok_or(Refusal::Invisible)?;
        let text = |name: &Name| {
            let value = object.slot_of(name).and_then(|slot| values.get(usize::from(slot.0)));
            match value {
                Some(Value::Text(text)) => text.to_string(),
                _ => String::new(),
            }
        };
        let right = text(&answers.right);
        let erase = answers.erase.contains(&right);
        if text(&answers.status) != answers.ready || !(erase || answers.dossier.contains(&right)) {
            let reason = format!(
                "a request is answered in the state `{}`, for {}",
                answers.ready,
                [answers.dossier.clone(), answers.erase.clone()].concat().join(", ")
            );
            return Err(Refusal::Conflict { code: "not_answerable", reason }.into());
        }
        let slot = object.slot_of(&answers.subject);
        let value = slot.and_then(|slot| values.get(usize::from(slot.0)));
        let subject = slot
            .zip(value)
            .and_then(|(slot, value)| targets(self.catalogue, ix, slot, value).pop())
            .and_then(|(to, id)| Some((to, self.catalogue.at(to)?, id)));
        let subject =
            subject.ok_or_else(|| Refusal::invalid(answers.subject.as_str(), "required"))?;
        Ok(Asked { object, answers, subject, erase })
    }
}

/// Whether a record that refers to a subject's is about the subject too, so that it goes along: it
/// belongs to it, does not exist without it, or is deleted with it. Other references are emptied.
fn goes_along(object: &Object, slot: schema::Slot, on_delete: schema::field::OnDelete) -> bool {
    let needed = object
        .at(slot)
        .is_some_and(|field| field.required && matches!(field.kind, FieldType::Reference { .. }));
    object.system.is_none()
        && (object.parent == Some(slot) || needed || on_delete == schema::field::OnDelete::Cascade)
}
