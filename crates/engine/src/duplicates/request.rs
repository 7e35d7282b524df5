//! Asking to see a record that only its existence is known of, and the owner's answer.
//!
//! A request names the record by a sealed handle that only its asker can use, so that nobody asks
//! for what a check did not show them. Accepting shares the record as any share does.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Instant;
use schema::catalogue::{Action, base};
use schema::{Name, ObjectIx};
use serde::Serialize;
use serde_json::json;
use store::access::{self, RequestState, ShareRequest};
use store::{CommitError, Write};
use uuid::Uuid;

use crate::moment::Moment;
use crate::write::{Context, Entry, entry};
use crate::{Actor, Change, Command, Engine, Error, Refusal};

/// Most requests listed.
const LISTED: u32 = 200;

/// Which requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareBox {
    /// Those that wait for one's answer.
    ToAnswer,
    /// Those one has asked.
    Asked,
}

/// A request as its asker or the owner sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestView {
    /// Its id.
    pub id: Uuid,
    /// Object of the record.
    pub object: Name,
    /// The record; for the asker only once it is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Uuid>,
    /// The other side: who asks, or who owns the record.
    pub with: Option<String>,
    /// When it was asked.
    pub asked_at: Instant,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub state: RequestState,
    /// Whether it waits for one's answer and one may share the record.
    pub may_accept: bool,
}

impl Context<'_> {
    /// What a duplicate out of sight is called towards this actor.
    pub(super) fn handle(&self, object: &Name, record: Uuid) -> Result<String, Error> {
        let plain = json!([object, record]).to_string();
        let sealed = self.engine.keys()?.seal(&seal_of(self.actor), plain.as_bytes());
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }
}

impl Context<'_> {
    /// Records of open requests that the actor may share.
    async fn shareable(&self, requests: &[ShareRequest]) -> Result<BTreeSet<Uuid>, Error> {
        let mut wanted: BTreeMap<ObjectIx, Vec<Uuid>> = BTreeMap::new();
        for request in requests.iter().filter(|request| request.state == RequestState::Open) {
            if let Some((ix, _)) = self.catalogue.object(&request.object) {
                wanted.entry(ix).or_default().push(request.record);
            }
        }
        let mut found = BTreeSet::new();
        for (ix, records) in wanted {
            found.extend(self.engine.granted(self, Action::Share, ix, &records).await?);
        }
        Ok(found)
    }
}

/// What ties a handle to the one it was given to.
fn seal_of(actor: &Actor) -> Vec<u8> {
    format!("share request {}", actor.user()).into_bytes()
}

impl Engine {
    /// Asks the owner of a record, named by the handle that a check for duplicates gave, to share
    /// it. Asking again changes nothing. Costs one read and one transaction.
    pub async fn request_share(
        &self,
        actor: &Actor,
        handle: &str,
        reason: &str,
    ) -> Result<Uuid, Error> {
        let done = self.ask(actor, handle, reason).await;
        self.noting_refusal(actor, "share_request", done).await
    }

    async fn ask(&self, actor: &Actor, handle: &str, reason: &str) -> Result<Uuid, Error> {
        let unknown = || Error::from(Refusal::invalid("handle", "unknown_handle"));
        let sealed = URL_SAFE_NO_PAD.decode(handle).map_err(|_| unknown())?;
        let opened = self.keys()?.open_sealed(&seal_of(actor), &sealed).map_err(|_| unknown())?;
        let (object, record): (Name, Uuid) =
            serde_json::from_slice(&opened).map_err(|_| unknown())?;
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object.as_str())?;
        let found = self.store().get(&catalogue, of.0, record, &[base::OWNER]).await?;
        let values = found.ok_or_else(unknown)?;
        let Some(schema::Value::Id(owner)) = values.get(usize::from(base::OWNER.0)) else {
            return Err(Refusal::invalid("handle", "no_owner").into());
        };
        let request = ShareRequest {
            id: self.next_id(moment.now),
            object: object.as_str().into(),
            record,
            owner: *owner,
            asked_by: actor.user(),
            asked_at: moment.now,
            reason: reason.into(),
            state: RequestState::Open,
            decided_at: None,
        };
        let note = Entry {
            kind: "share_request",
            object: Some(of.1),
            record: Some(record),
            reason: Some(reason),
            detail: json!({ "request": request.id, "owner": owner }),
        };
        let write = Write {
            audit: vec![entry(&context, note)],
            system: vec![access::ask_share(&request)],
            ..Write::default()
        };
        match self.store().commit(&catalogue, write).await {
            Ok(_) => Ok(request.id),
            Err(CommitError::System { .. }) => Err(Refusal::Conflict {
                code: "asked_already",
                reason: "you have asked for this record already".into(),
            }
            .into()),
            Err(error) => Err(context.explain(error)),
        }
    }

    /// Requests that wait for the actor, or that they have asked; newest first, at most 200. Costs
    /// two reads, and one for each object that open ones to answer are about.
    pub async fn share_requests(
        &self,
        actor: &Actor,
        which: ShareBox,
    ) -> Result<Vec<RequestView>, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let asked = which == ShareBox::Asked;
        let found = access::share_requests(self.store().db(), actor.user(), asked, LISTED).await?;
        let other = |request: &ShareRequest| if asked { request.owner } else { request.asked_by };
        let others: Vec<Uuid> = found.iter().map(other).collect();
        let names = context.names_of(&others).await?;
        let shareable = if asked { BTreeSet::new() } else { context.shareable(&found).await? };
        let view = |request: ShareRequest| {
            let shown = !asked || request.state == RequestState::Accepted;
            Some(RequestView {
                id: request.id,
                object: Name::new(&request.object).ok()?,
                record: Some(request.record).filter(|_| shown),
                with: names.get(&other(&request)).cloned(),
                asked_at: request.asked_at,
                reason: request.reason.to_string(),
                state: request.state,
                may_accept: shareable.contains(&request.record),
            })
        };
        Ok(found.into_iter().filter_map(view).collect())
    }

    /// Answers a request: shares the record until an instant, or declines. For the owner it was
    /// sent to, with the right to share that record.
    pub async fn answer_share_request(
        &self,
        actor: &Actor,
        id: Uuid,
        until: Option<Instant>,
    ) -> Result<(), Error> {
        let found = access::share_request(self.store().db(), id).await?;
        let mine = found.filter(|request| request.owner == actor.user());
        let request = mine.ok_or(Refusal::Invisible)?;
        if request.state != RequestState::Open {
            let reason = format!("the request is {}", request.state.as_str());
            return Err(Refusal::Conflict { code: "answered_already", reason }.into());
        }
        let object = Name::new(&request.object).map_err(|e| Error::Internal(e.to_string()))?;
        let state = match until {
            Some(_) => {
                let (id, user) = (request.record, request.asked_by);
                let action = Change::Share { object, id, user, until };
                let reason = Some(request.reason.to_string());
                self.submit(actor, Command { action, reason, idempotency: None }).await?;
                RequestState::Accepted
            }
            None => RequestState::Declined,
        };
        let detail = json!({ "request": id, "state": state });
        let steps = vec![access::answer_share(id, state, self.now())];
        self.record(actor, "share_request_answered", detail, steps).await
    }
}
