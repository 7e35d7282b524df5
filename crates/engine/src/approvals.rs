//! Requests for what somebody else must approve: exports of many rows or of sensitive columns, and
//! reveals by roles that may not decide on them alone.
//!
//! What is asked for is kept sealed until it is done or refused. Whoever answers holds a right of its
//! own, which nobody uses on their own requests and no API key uses at all. An approval holds for some
//! hours; what it allows is decided again, under the rights of then, when it is done.

use jiff::SignedDuration;
use kernel::Instant;
use schema::catalogue::{Catalogue, Language, Object, Right};
use schema::expr::{Node, Parameters as _};
use schema::{Name, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use store::Write;
use store::access::{self, Approval, ApprovalAnswer, ApprovalKind, ApprovalState, Approvals};
use uuid::Uuid;

use crate::access::require;
use crate::export::{ExportAsked, ExportOrder};
use crate::moment::Moment;
use crate::write::{Context, Entry, entry};
use crate::{Actor, ActorKind, Engine, Error, Refusal};

/// Hours where no parameter says.
const HOURS: u64 = 24;
/// Hours an approval holds at most.
const HOURS_MOST: u64 = 24 * 31;
/// Requests of one user that may be open.
const OPEN: u64 = 20;
/// Most requests listed.
const LISTED: u32 = 100;
/// Users whose names a list of requests tells.
const NAMED: usize = 500;

/// Which requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalBox {
    /// Those that wait for one's answer.
    ToAnswer,
    /// Those one has asked.
    Asked,
}

/// A request as who asked it and who answers it see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApprovalView {
    /// Its id.
    pub id: Uuid,
    /// What is asked for.
    pub kind: ApprovalKind,
    /// Object.
    pub object: String,
    /// What the object is called.
    pub label: String,
    /// What it is for.
    pub purpose: String,
    /// Who asks; of one's own, who answered.
    pub with: Option<String>,
    /// When it was asked.
    pub asked_at: Instant,
    /// Where it stands.
    pub state: ApprovalState,
    /// When it was answered.
    pub decided_at: Option<Instant>,
    /// What the one who answered says.
    pub note: Option<String>,
    /// Until when it may be done.
    pub valid_until: Option<Instant>,
    /// What would leave, of an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export: Option<ExportAsked>,
    /// What would be seen, of a reveal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reveal: Option<RevealAsked>,
}

/// A field of a record that somebody asks to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevealAsked {
    /// The record.
    pub record: Uuid,
    /// Its field.
    pub field: String,
    /// What the field is called.
    pub title: String,
}

/// What a request is about, as kept sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    /// An export.
    Export(Box<ExportOrder>),
    /// A reveal, with its reason.
    Reveal(String),
}

impl Asked {
    fn kind(&self) -> ApprovalKind {
        match self {
            Asked::Export(_) => ApprovalKind::Export,
            Asked::Reveal(_) => ApprovalKind::Reveal,
        }
    }

    fn purpose(&self) -> &str {
        match self {
            Asked::Export(order) => &order.request.purpose,
            Asked::Reveal(reason) => reason,
        }
    }

    fn detail(&self) -> Map<String, Json> {
        match self {
            Asked::Export(order) => order.detail(),
            Asked::Reveal(_) => Map::new(),
        }
    }
}

/// Who may answer a request.
fn right_to_answer(kind: ApprovalKind) -> Right {
    match kind {
        ApprovalKind::Export => Right::ApproveExports,
        ApprovalKind::Reveal => Right::ApproveReveals,
    }
}

/// The parameter that says for how many hours an approval holds.
fn hours(kind: ApprovalKind) -> &'static str {
    match kind {
        ApprovalKind::Export => "export_approval_hours",
        ApprovalKind::Reveal => "reveal_approval_hours",
    }
}

impl Context<'_> {
    /// A parameter that is a whole number.
    pub(crate) fn whole(&self, name: &str) -> Option<u64> {
        match self.moment.get(&Name::new(name).ok()?) {
            Value::Number(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }

    fn approval_entry(
        &self,
        (kind, note): (&'static str, Option<&str>),
        of: (&Approval, &Asked),
    ) -> Entry<'_> {
        let (asked, subject) = of;
        let mut detail = subject.detail();
        detail.insert("request".into(), json!(asked.id));
        detail.insert("kind".into(), json!(asked.kind));
        detail.insert("asked_by".into(), json!(asked.asked_by));
        detail.insert("purpose".into(), json!(subject.purpose()));
        if let Some(field) = &asked.field {
            detail.insert("field".into(), json!(field));
        }
        if let Some(note) = note {
            detail.insert("note".into(), json!(note));
        }
        let object = self.catalogue.object(&asked.object).map(|(_, object)| object);
        Entry { kind, object, record: asked.record, reason: None, detail: Json::Object(detail) }
    }
}

impl Engine {
    /// Asks for `subject`, about a field of a record if it is about one; returns the request's id.
    pub(crate) async fn ask_approval(
        &self,
        context: &Context<'_>,
        (object, about): (&Object, Option<(Uuid, &str)>),
        subject: Asked,
    ) -> Result<Uuid, Error> {
        let user = context.actor.user();
        if access::open_approvals(self.store().db(), user).await? >= OPEN {
            let reason = format!("{OPEN} requests wait for an answer already");
            return Err(Refusal::Conflict { code: "too_many_open", reason }.into());
        }
        let id = self.next_id(context.moment.now);
        let text = serde_json::to_vec(&subject).map_err(|e| Error::Internal(e.to_string()))?;
        let asked = Approval {
            id,
            kind: subject.kind(),
            object: object.name.as_str().into(),
            record: about.map(|(record, _)| record),
            field: about.map(|(_, field)| field.into()),
            asked_by: user,
            asked_at: context.moment.now,
            sealed: self.keys()?.seal(id.as_bytes(), &text),
            state: ApprovalState::Open,
            decided_by: None,
            decided_at: None,
            note: None,
            valid_until: None,
        };
        let told = context.approval_entry(("approval_requested", None), (&asked, &subject));
        let write = Write {
            audit: vec![entry(context, told)],
            system: vec![access::ask_approval(&asked)],
            ..Write::default()
        };
        let done = self.store().commit(context.catalogue, write).await;
        done.map_err(|error| context.explain(error))?;
        Ok(id)
    }

    /// Requests that wait for the actor's answer, or that they have asked; newest first, at most
    /// 100. Costs two reads.
    pub async fn approvals(
        &self,
        actor: &Actor,
        which: ApprovalBox,
    ) -> Result<Vec<ApprovalView>, Error> {
        let kinds = ApprovalKind::ALL.into_iter();
        let answers = kinds.filter(|kind| require(actor, right_to_answer(*kind), "read").is_ok());
        let answers: Vec<ApprovalKind> = answers.collect();
        let to_answer = which == ApprovalBox::ToAnswer;
        if to_answer && answers.is_empty() {
            require(actor, Right::ApproveExports, "read")?;
        }
        let which = match which {
            ApprovalBox::ToAnswer => Approvals::OpenOfOthers(actor.user(), &answers),
            ApprovalBox::Asked => Approvals::Of(actor.user()),
        };
        let found = access::approvals(self.store().db(), which, LISTED).await?;
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let other = |asked: &Approval| match to_answer {
            true => Some(asked.asked_by),
            false => asked.decided_by,
        };
        let mut users: Vec<Uuid> = found.iter().filter_map(other).collect();
        let mut opened = Vec::with_capacity(found.len());
        for asked in found {
            let subject = self.subject_of(&asked)?;
            if let Asked::Export(order) = &subject {
                order.filter(&catalogue).iter().for_each(|root| ids_in(root, &mut users));
            }
            opened.push((asked, subject));
        }
        users.truncate(NAMED);
        let names = context.names_of(&users).await?;
        let named = |id: Uuid| names.get(&id).cloned();
        let said = Said { catalogue: &catalogue, language: actor.language, named: &named };
        let view = |(asked, subject): (Approval, Asked)| ApprovalView {
            id: asked.id,
            kind: asked.kind,
            label: said.object(&asked.object),
            purpose: subject.purpose().to_owned(),
            with: other(&asked).and_then(named),
            asked_at: asked.asked_at,
            state: asked.state,
            decided_at: asked.decided_at,
            note: asked.note.as_deref().map(str::to_owned),
            valid_until: asked.valid_until,
            reveal: said.reveal(&asked),
            export: match subject {
                Asked::Export(order) => Some(order.told(&said)),
                Asked::Reveal(_) => None,
            },
            object: asked.object.to_string(),
        };
        Ok(opened.into_iter().map(view).collect())
    }

    /// Approves a request of somebody else, or refuses it with a note. For holders of the right to
    /// answer such requests, never by an API key.
    pub async fn answer_approval(
        &self,
        actor: &Actor,
        id: Uuid,
        approve: bool,
        note: Option<&str>,
    ) -> Result<(), Error> {
        let done = self.decide_approval(actor, (id, approve), note).await;
        self.noting_refusal(actor, "answer_approval", done).await
    }

    async fn decide_approval(
        &self,
        actor: &Actor,
        (id, approve): (Uuid, bool),
        note: Option<&str>,
    ) -> Result<(), Error> {
        let asked = access::approval(self.store().db(), id).await?.ok_or(Refusal::Invisible)?;
        let own = asked.asked_by == actor.user();
        let right = right_to_answer(asked.kind);
        if let Err(refusal) = require(actor, right, "approve") {
            return Err(if own { refusal } else { Refusal::Invisible }.into());
        }
        if matches!(actor.kind(), ActorKind::Key(_)) {
            let (action, object) = ("approve".into(), "requests".into());
            return Err(Refusal::Forbidden { action, object }.into());
        }
        if own {
            let reason = "somebody else must answer one's own request".into();
            return Err(Refusal::Conflict { code: "own_request", reason }.into());
        }
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if !approve && note.is_none() {
            return Err(Refusal::invalid("note", "required").into());
        }
        let (state, kind) = match approve {
            true => (ApprovalState::Approved, "approval_given"),
            false => (ApprovalState::Refused, "approval_refused"),
        };
        self.end_approval(actor, &asked, (state, kind), note).await
    }

    /// Takes back one's own request that is open.
    pub async fn withdraw_approval(&self, actor: &Actor, id: Uuid) -> Result<(), Error> {
        let asked = self.own_approval(actor, id).await?;
        let state = (ApprovalState::Withdrawn, "approval_withdrawn");
        self.end_approval(actor, &asked, state, None).await
    }

    async fn end_approval(
        &self,
        actor: &Actor,
        asked: &Approval,
        (state, kind): (ApprovalState, &'static str),
        note: Option<&str>,
    ) -> Result<(), Error> {
        let subject = self.subject_of(asked)?;
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let hours = context.whole(hours(asked.kind)).unwrap_or(HOURS).min(HOURS_MOST);
        let hours = SignedDuration::from_hours(i64::try_from(hours).unwrap_or(0));
        let until = moment.now.checked_add(hours).map_err(|e| Error::Internal(e.to_string()))?;
        let until = (state == ApprovalState::Approved).then_some(until);
        let answer = ApprovalAnswer { state, by: actor.user(), at: moment.now, note, until };
        let told = context.approval_entry((kind, note), (asked, &subject));
        let write = Write {
            audit: vec![entry(&context, told)],
            system: vec![access::answer_approval(asked.id, &answer)],
            ..Write::default()
        };
        match self.store().commit(&catalogue, write).await {
            Ok(_) => Ok(()),
            Err(store::CommitError::System { .. }) => {
                let reason = "the request was answered or taken back already".into();
                Err(Refusal::Conflict { code: "answered_already", reason }.into())
            }
            Err(error) => Err(context.explain(error)),
        }
    }

    /// One's own request.
    pub(crate) async fn own_approval(&self, actor: &Actor, id: Uuid) -> Result<Approval, Error> {
        let found = access::approval(self.store().db(), id).await?;
        let own = found.filter(|asked| asked.asked_by == actor.user());
        Ok(own.ok_or(Refusal::Invisible)?)
    }

    /// What a request is about.
    pub(crate) fn subject_of(&self, asked: &Approval) -> Result<Asked, Error> {
        let opened = self.keys()?.open_sealed(asked.id.as_bytes(), &asked.sealed)?;
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
    }
}

/// Ids that a condition names.
fn ids_in(node: &Node, found: &mut Vec<Uuid>) {
    let mut take = |value: &Value| match value {
        Value::Id(id) | Value::Link(_, id) => found.push(*id),
        _ => {}
    };
    match node {
        Node::Literal(Value::List(items)) => items.iter().for_each(&mut take),
        Node::Literal(value) => take(value),
        _ => {}
    }
    node.parts().into_iter().for_each(|part| ids_in(part, found));
}

/// What things are called.
pub(crate) struct Said<'a> {
    pub catalogue: &'a Catalogue,
    pub language: Language,
    /// Users.
    pub named: &'a dyn Fn(Uuid) -> Option<String>,
}

impl Said<'_> {
    fn object(&self, name: &str) -> String {
        let found = self.catalogue.object(name);
        found.map_or(name, |(_, object)| object.label.get(self.language)).to_owned()
    }

    fn reveal(&self, asked: &Approval) -> Option<RevealAsked> {
        let (record, field) = (asked.record?, asked.field.as_deref()?);
        let object = self.catalogue.object(&asked.object).map(|(_, object)| object);
        let found = object.and_then(|object| object.field(field));
        let title = found.map_or(field, |(_, field)| field.label.get(self.language)).to_owned();
        Some(RevealAsked { record, field: field.to_owned(), title })
    }
}
