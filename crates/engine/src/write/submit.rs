//! The one write path: load, decide, commit, and again when the record moved meanwhile.

use std::sync::Arc;

use schema::expr::Env;
use schema::field::Context as ParseContext;
use schema::{Catalogue, Object, ObjectIx, Slot};
use serde_json::json;
use store::{Boxed, CommitError, Write};

use super::audit::{self, Entry};
use super::change::{Draft, Nest};
use super::command::{Change, Command, Outcome};
use super::decide::Visible;
use super::facts::Facts;
use super::merge::Asked;
use super::record::{id_of, version_of};
use crate::moment::Moment;
use crate::{Actor, Engine, Error, Refusal, Violation};

/// How often a decision is taken again because the record changed in between.
const TRIES: u32 = 5;

/// An object of the catalogue in force, with its index there.
pub(crate) type Subject<'a> = (ObjectIx, &'a Object);

/// What one attempt at a command works with.
pub(crate) struct Context<'a> {
    pub engine: &'a Engine,
    pub catalogue: &'a Arc<Catalogue>,
    pub moment: &'a Moment,
    pub actor: &'a Actor,
    pub env: Env<'a>,
    pub reason: Option<&'a str>,
}

impl Engine {
    /// Decides `command` and, if it is allowed and valid, commits it durably before returning.
    ///
    /// A refusal is recorded in the audit log and nothing else is written. Costs one read of the
    /// record (none for a create), one query for each referenced object whose visibility is not
    /// already known, and one durable transaction.
    pub fn submit<'a>(
        &'a self,
        actor: &'a Actor,
        command: Command,
    ) -> Boxed<'a, Result<Outcome, Error>> {
        Box::pin(async move {
            let done = self.carry_out(actor, &command).await;
            if let Err(Error::Refused(refusal)) = &done {
                self.record_refusal(actor, &command, refusal).await?;
            }
            done
        })
    }

    async fn carry_out(&self, actor: &Actor, command: &Command) -> Result<Outcome, Error> {
        if let Some(outcome) = self.replayed(actor, command).await? {
            return Ok(outcome);
        }
        let mut turn = None;
        for attempt in 0..TRIES {
            // Who lost a race waits for a turn, so that many writers of one record all get through.
            if attempt > 0 && turn.is_none() {
                turn = self.turn(command.action.record().unwrap_or_default()).await;
            }
            let catalogue = self.catalogue();
            let actor = &*self.under(actor, &catalogue).await?;
            let moment = Moment::new(catalogue.clone(), self.now());
            let mut context = Context::new(self, &catalogue, &moment, actor);
            context.reason = command.reason.as_deref();
            if let Some(outcome) = self.attempt(&context, command).await? {
                return Ok(outcome);
            }
        }
        Err(Refusal::Conflict {
            code: "busy",
            reason: format!("the record kept changing during {TRIES} attempts; try again"),
        }
        .into())
    }

    /// One attempt; `None` when the record moved and the decision is to be taken again.
    async fn attempt(
        &self,
        context: &Context<'_>,
        command: &Command,
    ) -> Result<Option<Outcome>, Error> {
        let draft = match &command.action {
            Change::Create { object, id, values } => {
                let of = context.object(object.as_str())?;
                let id = id.unwrap_or_else(|| self.next_id(context.moment.now));
                let mut seen = Visible::default();
                let draft = context.create(of, id, values, Nest::top(&mut seen)).await?;
                let duplicates = context.warn_of_duplicates(of, &draft.after).await?;
                let done = context.commit(draft, command).await?;
                return Ok(done.map(|outcome| Outcome { duplicates, ..outcome }));
            }
            Change::Update { object, id, version, values } => {
                let of = context.object(object.as_str())?;
                context.update(of, *id, *version, values).await?
            }
            Change::Delete { object, id, version } => {
                let of = context.object(object.as_str())?;
                return context.delete(of, *id, *version, command).await;
            }
            Change::Restore { object, id } => {
                let of = context.object(object.as_str())?;
                context.restore(of, *id).await?
            }
            Change::Reveal { object, id, field } => {
                let of = context.object(object.as_str())?;
                return context.reveal(of, *id, field, command).await.map(Some);
            }
            Change::Share { object, id, user, until } => {
                let of = context.object(object.as_str())?;
                return context.share(of, *id, (*user, *until), command).await.map(Some);
            }
            Change::Merge { object, id, loser, versions, take } => {
                let of = context.object(object.as_str())?;
                let (winner, loser, versions) = (*id, *loser, *versions);
                let asked = Asked { winner, loser, versions, take };
                return context.merge(of, asked, command).await;
            }
            Change::Unmerge { object, id, merge } => {
                let of = context.object(object.as_str())?;
                return context.unmerge(of, (*id, *merge), command).await;
            }
        };
        context.commit(draft, command).await
    }

    async fn record_refusal(
        &self,
        actor: &Actor,
        command: &Command,
        refusal: &Refusal,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = &Context::new(self, &catalogue, &moment, actor);
        let change = &command.action;
        let object = context.catalogue.object(change.object().as_str()).map(|(_, object)| object);
        let fields: Vec<String> = match refusal {
            Refusal::Invalid(violations) => {
                violations.iter().map(|v| format!("{}:{}", v.field, v.code)).collect()
            }
            _ => Vec::new(),
        };
        let detail = json!({ "command": change.verb(), "code": refusal.code(), "fields": fields });
        let reason = command.reason.as_deref();
        let record = change.record();
        let entry = Entry { kind: "refused", object, record, reason, detail };
        let write = Write { audit: vec![audit::entry(context, entry)], ..Write::default() };
        match self.store().commit(context.catalogue, write).await {
            Ok(_) => Ok(()),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(other) => Err(Error::Internal(format!("audit of a refusal: {other:?}"))),
        }
    }
}

impl<'a> Context<'a> {
    /// What `actor` works with at `moment`.
    pub fn new(
        engine: &'a Engine,
        catalogue: &'a Arc<Catalogue>,
        moment: &'a Moment,
        actor: &'a Actor,
    ) -> Context<'a> {
        Context { engine, catalogue, moment, actor, env: moment.env(actor), reason: None }
    }

    /// The object called `name`; unknown and retired ones are invisible.
    pub fn object(&self, name: &str) -> Result<Subject<'a>, Refusal> {
        let found = self.catalogue.object(name).filter(|(_, object)| !object.retired);
        found.ok_or(Refusal::Invisible)
    }

    pub fn parse_context(&self) -> ParseContext<'a> {
        ParseContext { catalogue: self.catalogue, today: self.moment.today }
    }

    /// Commits a draft; `None` when a record moved since it was read.
    pub async fn commit(&self, draft: Draft, command: &Command) -> Result<Option<Outcome>, Error> {
        let Draft { mut write, object: ix, after, known } = draft;
        let Some(object) = self.catalogue.at(ix) else {
            return Err(Error::Internal("object left the catalogue".into()));
        };
        let facts = Facts::new(self.catalogue, ix, &after, &self.env, known);
        let view = self.view((ix, object), &facts);
        let (id, version) = (id_of(&after), version_of(&after));
        let name = object.name.clone();
        let mut outcome = Outcome::of(name, id, version);
        outcome.view = view;
        write.idempotency = self.engine.keep(self, command, &outcome)?;
        if write.changes.is_empty() && write.idempotency.is_none() {
            return Ok(Some(outcome));
        }
        self.book(&mut write).await?;
        match self.engine.store().commit(self.catalogue, write).await {
            Ok(_) => {
                self.engine.committed(self.catalogue, ix);
                Ok(Some(outcome))
            }
            Err(CommitError::Stale { .. }) => Ok(None),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// A failed commit as the caller should see it.
    pub fn explain(&self, error: CommitError) -> Error {
        explain(self.catalogue, error)
    }
}

/// A failed commit, decided under `catalogue`, as the caller should see it.
pub(crate) fn explain(catalogue: &Catalogue, error: CommitError) -> Error {
    match error {
        CommitError::Duplicate { object, slots, .. } => {
            let object = catalogue.at(object);
            let name = |slot: &Slot| object.and_then(|o| o.at(*slot)).map(|f| f.name.to_string());
            let names: Vec<String> = slots.iter().filter_map(name).collect();
            let at = names.last().cloned().unwrap_or_default();
            let violation = Violation::new(at, "duplicate").with("fields", names.join(", "));
            Refusal::Invalid(vec![violation]).into()
        }
        CommitError::Stale { .. } | CommitError::Undone => Refusal::Conflict {
            code: "busy",
            reason: "the record is being changed by others; try again".into(),
        }
        .into(),
        CommitError::Store(store::Error::Cycle) => Refusal::invalid("parent", "cycle").into(),
        CommitError::System { step } => {
            Error::Internal(format!("step {step} of a commit had no effect"))
        }
        CommitError::Replayed(_) => Refusal::Conflict {
            code: "idempotency_in_use",
            reason: "the same idempotency key was just used; repeat the request".into(),
        }
        .into(),
        CommitError::Store(error) => error.into(),
    }
}
