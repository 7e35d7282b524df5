//! Exports that somebody else must approve.
//!
//! What is approved is the request: its query, columns, form and purpose. The file is made when it is
//! taken, under the rights of who asked as they are then, and only while the approval holds. It may
//! have some rows more than were told, but no column in clear that was not.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kernel::Instant;
use schema::catalogue::{Access, Action, Language, Right};
use schema::expr::{Node, Parameters as _, say};
use schema::query::Query;
use schema::{Catalogue, Name, Value, query};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Write;
use store::access::{self, ExportAnswer, ExportAsk, ExportAsks, ExportState};
use uuid::Uuid;

use super::{Export, ExportFormat, ExportRequest};
use crate::access::require;
use crate::moment::Moment;
use crate::read::plan::Plan;
use crate::write::{Context, Entry, entry};
use crate::{Actor, ActorKind, Engine, Error, Refusal, Violation};

/// Rows from which an export needs approval; a parameter.
const ROWS: &str = "export_approval_rows";
/// Data level from which a column in clear needs approval; a parameter.
const LEVEL: &str = "export_approval_level";
/// How many hours an approval holds; a parameter.
const HOURS: &str = "export_approval_hours";
/// Hours where no parameter says.
const HOURS_ELSE: u64 = 24;
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
pub enum ExportBox {
    /// Those that wait for one's answer.
    ToAnswer,
    /// Those one has asked.
    Asked,
}

/// A request as who asked it and who answers it see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportRequestView {
    /// Its id.
    pub id: Uuid,
    /// Object.
    pub object: String,
    /// What the object is called.
    pub label: String,
    /// Columns, as asked for; those of a list when none are named.
    pub columns: Vec<String>,
    /// What these columns, and those in `clear`, are called.
    pub titles: BTreeMap<String, String>,
    /// Which rows.
    pub filter: Option<String>,
    /// The filter in words of the reader's language.
    pub which: Option<String>,
    /// Which rows, by words.
    pub search: Option<String>,
    /// File form.
    pub format: ExportFormat,
    /// What it is for.
    pub purpose: String,
    /// Rows it would have had when it was asked.
    pub rows: u64,
    /// Sensitive columns that it would show in clear.
    pub clear: Vec<String>,
    /// Who asks; of one's own, who answered.
    pub with: Option<String>,
    /// When it was asked.
    pub asked_at: Instant,
    /// Where it stands.
    pub state: ExportState,
    /// When it was answered.
    pub decided_at: Option<Instant>,
    /// What the one who answered says.
    pub note: Option<String>,
    /// Until when the file may be taken.
    pub valid_until: Option<Instant>,
}

/// What a request is about, as kept sealed.
#[derive(Serialize, Deserialize)]
struct Asked {
    request: ExportRequest,
    clear: Vec<String>,
}

impl Asked {
    /// The filter, as far as the definitions of now know it.
    fn filter(&self, catalogue: &Catalogue) -> Option<Node> {
        let (ix, _) = catalogue.object(&self.request.query.object)?;
        let text = self.request.query.filter.as_deref()?;
        schema::expr::parse(text, catalogue, ix).ok().map(|expr| expr.root)
    }
}

/// What things are called.
struct Said<'a> {
    catalogue: &'a Catalogue,
    language: Language,
}

impl Said<'_> {
    fn label(&self, object: &str) -> String {
        let found = self.catalogue.object(object);
        found.map_or(object, |(_, object)| object.label.get(self.language)).to_owned()
    }

    fn titles(&self, query: &Query, clear: &[String]) -> BTreeMap<String, String> {
        let Some((ix, _)) = self.catalogue.object(&query.object) else { return BTreeMap::new() };
        let title = |name: &String| {
            let path = query::path(self.catalogue, ix, name).ok()?;
            let said = say(&Node::Field(path), self.catalogue, self.language, &|_| None);
            Some((name.clone(), said))
        };
        query.columns.iter().chain(clear).filter_map(title).collect()
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

/// An approval that holds.
pub(super) struct Approved {
    pub request: Uuid,
    rows: u64,
    clear: Vec<String>,
}

impl Approved {
    /// Refuses what goes beyond what was approved: another column in clear, or over a tenth more
    /// rows than were told, for a base that is worked on grows.
    pub fn check(&self, context: &Context<'_>, plan: &Plan<'_>, rows: u64) -> Result<(), Refusal> {
        let clear = context.clear_columns(plan);
        let known = clear.iter().all(|name| self.clear.contains(name));
        if known && rows <= self.rows.saturating_add(self.rows.div_ceil(10)) {
            return Ok(());
        }
        Err(Refusal::Conflict {
            code: "approval_outgrown",
            reason: format!("it would have {rows} rows, {} were approved", self.rows),
        })
    }
}

impl Context<'_> {
    /// A parameter that is a whole number.
    fn whole(&self, name: &str) -> Option<u64> {
        let name = Name::new(name).ok()?;
        match self.moment.get(&name) {
            Value::Number(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }

    /// Columns of a sensitive level that some row may show in clear, by the names asked for.
    fn clear_columns(&self, plan: &Plan<'_>) -> Vec<String> {
        let Some(level) = self.whole(LEVEL) else { return Vec::new() };
        let own = plan.shown().filter_map(|slot| {
            let field = plan.object.at(slot)?;
            let sensitive = u64::from(field.level) >= level;
            (sensitive && plan.most(slot) >= Access::Read).then(|| field.name.to_string())
        });
        let far = plan.far.iter().filter_map(|(name, _, _)| {
            let path = query::path(self.catalogue, plan.object_ix, name).ok()?;
            let field = self.catalogue.at(path.object)?.at(path.slot)?;
            let most = self.actor.rights().most(path.object, Action::Read, path.slot);
            let sensitive = u64::from(field.level) >= level;
            (sensitive && field.shown(most) >= Access::Read).then(|| name.clone())
        });
        own.chain(far).collect()
    }

    /// Refuses an export that somebody else must approve first. One without rows needs nobody, nor does
    /// the platform's own.
    pub(super) fn unless_approved(&self, plan: &Plan<'_>, rows: u64) -> Result<(), Refusal> {
        if matches!(self.actor.kind(), ActorKind::System { .. }) {
            return Ok(());
        }
        let clear = self.clear_columns(plan);
        let many = self.whole(ROWS).filter(|most| rows >= *most);
        if rows == 0 || (clear.is_empty() && many.is_none()) {
            return Ok(());
        }
        let violation = match many {
            Some(most) => Violation::new("query", "approval_rows").with("max", most.to_string()),
            None => {
                let label = |name: &String| match plan.object.field(name) {
                    Some((_, field)) => field.label.get(self.actor.language).to_owned(),
                    None => name.clone(),
                };
                let labels: Vec<String> = clear.iter().map(label).collect();
                Violation::new("query", "approval_clear").with("fields", labels.join("、"))
            }
        };
        Err(Refusal::Invalid(vec![violation]))
    }

    fn audited(
        &self,
        (kind, note): (&'static str, Option<&str>),
        ask: &ExportAsk,
        asked: &Asked,
    ) -> store::AuditEntry {
        let ExportRequest { query, format, purpose } = &asked.request;
        let detail = json!({
            "request": ask.id, "asked_by": ask.asked_by, "object": query.object,
            "columns": query.columns, "filter": query.filter, "search": query.search,
            "rows": ask.rows, "clear": asked.clear, "format": format, "purpose": purpose,
        });
        let object = self.catalogue.object(&ask.object).map(|(_, object)| object);
        let reason = note.or(Some(purpose));
        entry(self, Entry { kind, object, record: None, reason, detail })
    }
}

impl Engine {
    /// Asks for an export that needs approval; returns the request's id. Nothing leaves yet. Costs
    /// what the start of an export costs, and one transaction.
    pub async fn request_export(
        &self,
        actor: &Actor,
        request: ExportRequest,
    ) -> Result<Uuid, Error> {
        let done = self.ask_export(actor, request).await;
        self.noting_refusal(actor, "export_request", done).await
    }

    async fn ask_export(&self, actor: &Actor, request: ExportRequest) -> Result<Uuid, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let request = context.readied(request)?;
        let plan = Plan::of(&context, &request.query, Action::Export)?;
        let rows = context.exported(&plan, request.format).await?;
        if context.unless_approved(&plan, rows).is_ok() {
            let reason = "this export needs no approval".into();
            return Err(Refusal::Conflict { code: "approval_not_needed", reason }.into());
        }
        if access::open_export_asks(self.store().db(), actor.user()).await? >= OPEN {
            let reason = format!("{OPEN} requests wait for an answer already");
            return Err(Refusal::Conflict { code: "too_many_open", reason }.into());
        }
        let id = self.next_id(moment.now);
        let asked = Asked { request, clear: context.clear_columns(&plan) };
        let text = serde_json::to_vec(&asked).map_err(|e| Error::Internal(e.to_string()))?;
        let ask = ExportAsk {
            id,
            object: plan.object.name.as_str().into(),
            asked_by: actor.user(),
            asked_at: moment.now,
            rows,
            sealed: self.keys()?.seal(id.as_bytes(), &text),
            state: ExportState::Open,
            decided_by: None,
            decided_at: None,
            note: None,
            valid_until: None,
        };
        let audit = vec![context.audited(("export_requested", None), &ask, &asked)];
        let write = Write { audit, system: vec![access::ask_export(&ask)?], ..Write::default() };
        self.store().commit(&catalogue, write).await.map_err(|error| context.explain(error))?;
        Ok(id)
    }

    /// Requests that wait for the actor's answer, or that they have asked; newest first, at most
    /// 100. Costs two reads.
    pub async fn export_requests(
        &self,
        actor: &Actor,
        which: ExportBox,
    ) -> Result<Vec<ExportRequestView>, Error> {
        let which = match which {
            ExportBox::ToAnswer => {
                require(actor, Right::ApproveExports, "read")?;
                ExportAsks::OpenOfOthers(actor.user())
            }
            ExportBox::Asked => ExportAsks::Of(actor.user()),
        };
        let found = access::export_asks(self.store().db(), which, LISTED).await?;
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let other = |ask: &ExportAsk| match which {
            ExportAsks::OpenOfOthers(_) => Some(ask.asked_by),
            ExportAsks::Of(_) => ask.decided_by,
        };
        let mut users: Vec<Uuid> = found.iter().filter_map(other).collect();
        let mut opened = Vec::with_capacity(found.len());
        for ask in found {
            let asked = self.asked(&ask)?;
            let root = asked.filter(&catalogue);
            root.iter().for_each(|root| ids_in(root, &mut users));
            opened.push((ask, asked, root));
        }
        users.truncate(NAMED);
        let names = context.names_of(&users).await?;
        let mut views = Vec::with_capacity(opened.len());
        let said = Said { catalogue: &catalogue, language: actor.language };
        for (ask, Asked { request, clear }, root) in opened {
            let named = |id: Uuid| names.get(&id).cloned();
            let which = root.map(|root| say(&root, &catalogue, actor.language, &named));
            let with = other(&ask).and_then(|user| names.get(&user).cloned());
            views.push(ExportRequestView {
                id: ask.id,
                label: said.label(&request.query.object),
                titles: said.titles(&request.query, &clear),
                object: request.query.object,
                columns: request.query.columns,
                filter: request.query.filter,
                which,
                search: request.query.search,
                format: request.format,
                purpose: request.purpose,
                rows: ask.rows,
                clear,
                with,
                asked_at: ask.asked_at,
                state: ask.state,
                decided_at: ask.decided_at,
                note: ask.note.map(|note| note.to_string()),
                valid_until: ask.valid_until,
            });
        }
        Ok(views)
    }

    /// Approves a request of somebody else, or refuses it for a reason. For holders of the right to
    /// approve exports, never by an API key.
    pub async fn answer_export_request(
        &self,
        actor: &Actor,
        id: Uuid,
        approve: bool,
        note: Option<&str>,
    ) -> Result<(), Error> {
        let done = self.answer_export(actor, (id, approve), note).await;
        self.noting_refusal(actor, "answer_export_request", done).await
    }

    async fn answer_export(
        &self,
        actor: &Actor,
        (id, approve): (Uuid, bool),
        note: Option<&str>,
    ) -> Result<(), Error> {
        require(actor, Right::ApproveExports, "approve")?;
        if matches!(actor.kind(), ActorKind::Key(_)) {
            let (action, object) = ("approve".into(), "exports".into());
            return Err(Refusal::Forbidden { action, object }.into());
        }
        let ask = access::export_ask(self.store().db(), id).await?.ok_or(Refusal::Invisible)?;
        if ask.asked_by == actor.user() {
            let reason = "somebody else must answer one's own request".into();
            return Err(Refusal::Conflict { code: "own_request", reason }.into());
        }
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if !approve && note.is_none() {
            return Err(Refusal::invalid("note", "required").into());
        }
        let (state, kind) = match approve {
            true => (ExportState::Approved, "export_approved"),
            false => (ExportState::Refused, "export_refused"),
        };
        self.end_export_request(actor, &ask, (state, kind), note).await
    }

    /// Takes back one's own request that is open.
    pub async fn withdraw_export_request(&self, actor: &Actor, id: Uuid) -> Result<(), Error> {
        let ask = self.own_export_request(actor, id).await?;
        self.end_export_request(actor, &ask, (ExportState::Withdrawn, "export_withdrawn"), None)
            .await
    }

    async fn end_export_request(
        &self,
        actor: &Actor,
        ask: &ExportAsk,
        (state, kind): (ExportState, &'static str),
        note: Option<&str>,
    ) -> Result<(), Error> {
        let asked = self.asked(ask)?;
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let hours = context.whole(HOURS).unwrap_or(HOURS_ELSE).min(HOURS_MOST);
        let hours = SignedDuration::from_hours(i64::try_from(hours).unwrap_or(0));
        let until = moment.now.checked_add(hours).map_err(|e| Error::Internal(e.to_string()))?;
        let until = (state == ExportState::Approved).then_some(until);
        let answer = ExportAnswer { state, by: actor.user(), at: moment.now, note, until };
        let told = context.audited((kind, note), ask, &asked);
        let system = vec![access::answer_export(ask.id, &answer)];
        let write = Write { audit: vec![told], system, ..Write::default() };
        match self.store().commit(&catalogue, write).await {
            Ok(_) => Ok(()),
            Err(store::CommitError::System { .. }) => {
                let reason = "the request was answered or taken back already".into();
                Err(Refusal::Conflict { code: "answered_already", reason }.into())
            }
            Err(error) => Err(context.explain(error)),
        }
    }

    /// Starts the export of one's own request that was approved, as long as the approval holds.
    pub async fn export_approved(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        id: Uuid,
    ) -> Result<(Export, ExportRequest), Error> {
        let begun = self.begin_approved(actor, id).await;
        self.noting_refusal(actor, "export", begun).await
    }

    async fn begin_approved(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        id: Uuid,
    ) -> Result<(Export, ExportRequest), Error> {
        let ask = self.own_export_request(actor, id).await?;
        let holds = ask.valid_until.is_some_and(|until| self.now() < until);
        if ask.state != ExportState::Approved || !holds {
            let reason = match ask.state {
                ExportState::Approved => "the approval has run out".into(),
                other => format!("the request is {}", other.as_str()),
            };
            return Err(Refusal::Conflict { code: "not_approved", reason }.into());
        }
        let Asked { request, clear } = self.asked(&ask)?;
        let approved = Approved { request: id, rows: ask.rows, clear };
        let export = self.begin_export(actor, request.clone(), Some(approved)).await?;
        Ok((export, request))
    }

    async fn own_export_request(&self, actor: &Actor, id: Uuid) -> Result<ExportAsk, Error> {
        let found = access::export_ask(self.store().db(), id).await?;
        let own = found.filter(|ask| ask.asked_by == actor.user());
        Ok(own.ok_or(Refusal::Invisible)?)
    }

    fn asked(&self, ask: &ExportAsk) -> Result<Asked, Error> {
        let opened = self.keys()?.open_sealed(ask.id.as_bytes(), &ask.sealed)?;
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
    }
}
