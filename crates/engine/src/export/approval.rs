//! Exports that somebody else must approve.
//!
//! What is approved is the request: its query, columns, form and purpose. The file is made when it is
//! taken, under the rights of who asked as they are then, and only while the approval holds. It may
//! have some rows more than were told, but no column in clear that was not.

use std::collections::BTreeMap;

use schema::catalogue::{Access, Action, Catalogue};
use schema::expr::{Node, say};
use schema::query;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use store::access::ApprovalState;
use uuid::Uuid;

use super::{Export, ExportFormat, ExportRequest};
use crate::approvals::{Asked, Said};
use crate::moment::Moment;
use crate::read::plan::Plan;
use crate::write::Context;
use crate::{Actor, ActorKind, Engine, Error, Refusal, Violation};

/// Rows from which an export needs approval; a parameter.
const ROWS: &str = "export_approval_rows";
/// Data level from which a column in clear needs approval; a parameter.
const LEVEL: &str = "export_approval_level";

/// What would leave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportAsked {
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
    /// Rows it would have had when it was asked.
    pub rows: u64,
    /// Sensitive columns that it would show in clear.
    pub clear: Vec<String>,
}

/// An export that was asked for, as kept sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct ExportOrder {
    pub request: ExportRequest,
    rows: u64,
    clear: Vec<String>,
}

impl ExportOrder {
    /// The filter, as far as the definitions of now know it.
    pub(crate) fn filter(&self, catalogue: &Catalogue) -> Option<Node> {
        let (ix, _) = catalogue.object(&self.request.query.object)?;
        let text = self.request.query.filter.as_deref()?;
        schema::expr::parse(text, catalogue, ix).ok().map(|expr| expr.root)
    }

    /// What the audit log says of it.
    pub(crate) fn detail(&self) -> Map<String, Json> {
        let query = &self.request.query;
        let detail = json!({
            "columns": query.columns, "filter": query.filter, "search": query.search,
            "rows": self.rows, "clear": self.clear, "format": self.request.format,
        });
        match detail {
            Json::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// What who answers is told.
    pub(crate) fn told(self, said: &Said<'_>) -> ExportAsked {
        let words = |node: Node| say(&node, said.catalogue, said.language, said.named);
        let which = self.filter(said.catalogue).map(words);
        let titles = match said.catalogue.object(&self.request.query.object) {
            None => BTreeMap::new(),
            Some((ix, _)) => {
                let title = |name: &String| {
                    let path = query::path(said.catalogue, ix, name).ok()?;
                    Some((name.clone(), words(Node::Field(path))))
                };
                let columns = &self.request.query.columns;
                columns.iter().chain(&self.clear).filter_map(title).collect()
            }
        };
        let ExportRequest { query, format, .. } = self.request;
        ExportAsked {
            columns: query.columns,
            titles,
            filter: query.filter,
            which,
            search: query.search,
            format,
            rows: self.rows,
            clear: self.clear,
        }
    }
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
        self.noting_refusal(actor, "request_export", done).await
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
        let order = ExportOrder { request, rows, clear: context.clear_columns(&plan) };
        let subject = Asked::Export(Box::new(order));
        self.ask_approval(&context, (plan.object, None), subject).await
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
        let asked = self.own_approval(actor, id).await?;
        let Asked::Export(order) = self.subject_of(&asked)? else {
            return Err(Refusal::Invisible.into());
        };
        let holds = asked.valid_until.is_some_and(|until| self.now() < until);
        if asked.state != ApprovalState::Approved || !holds {
            let reason = match asked.state {
                ApprovalState::Approved => "the approval has run out".into(),
                other => format!("the request is {}", other.as_str()),
            };
            return Err(Refusal::Conflict { code: "not_approved", reason }.into());
        }
        let ExportOrder { request, rows, clear } = *order;
        let approved = Approved { request: id, rows, clear };
        let export = self.begin_export(actor, request.clone(), Some(approved)).await?;
        Ok((export, request))
    }
}
