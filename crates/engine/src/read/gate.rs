//! The gate of a purpose: which records may be used for it, and why the others may not.
//!
//! Every list, export and bulk change can ask to be narrowed so. The checks come from the purpose's
//! definition and are decided with the platform's eyes, inside the same query as the caller's own
//! rows and filter; who is left out is told as numbers by reason, never as records.

use schema::Name;
use schema::Value;
use schema::catalogue::{Label, Purpose};
use schema::expr::Node;
use serde::Serialize;

use super::COUNT_CAP;
use super::plan::Plan;
use crate::write::Context;
use crate::{Error, Refusal, Violation};

/// What came of asking for records that a purpose permits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permission {
    /// The purpose.
    pub purpose: Name,
    /// Whether people may be reached for it at this hour.
    pub open: bool,
    /// Hours of rest, from and until.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<[String; 2]>,
    /// Who was left out, by the first check that did not hold; absent on later pages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Excluded>,
}

/// Records left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// Code of the check.
    pub code: Name,
    /// Its sentence.
    pub message: Label,
    /// How many.
    pub rows: u64,
    /// Whether there may be more than that.
    pub more: bool,
}

/// The purpose a plan is narrowed to.
pub(crate) struct Gate<'a> {
    purpose: &'a Purpose,
    /// What was asked for besides.
    asked: Option<Node>,
}

impl<'a> Plan<'a> {
    /// Narrows the rows to those that `purpose` permits.
    pub(super) fn permit(&mut self, context: &Context<'a>, purpose: &str) -> Result<(), Refusal> {
        let refuse = |code: &str, known: String| {
            let violation = Violation::new("permitted_for", code).with("name", "permitted_for");
            Refusal::Invalid(vec![violation.with("value", purpose).with("known", known)])
        };
        let purposes = &context.catalogue.purposes;
        let Some(found) = purposes.get(purpose) else {
            let known: Vec<&str> = purposes.keys().map(Name::as_str).collect();
            return Err(refuse("unknown_value", known.join(", ")));
        };
        let checks: Vec<Node> =
            found.checks_of(&self.object.name).map(|check| check.must.root.clone()).collect();
        if checks.is_empty() {
            return Err(refuse("purpose_object", String::new()));
        }
        let asked = self.filter.take();
        self.filter = Some(Node::And(asked.iter().cloned().chain(checks).collect()));
        self.gate = Some(Gate { purpose: found, asked });
        Ok(())
    }
}

impl Context<'_> {
    /// What is to be told of a plan's purpose. Costs one capped count for each check when `counted`.
    pub(crate) async fn permission(
        &self,
        plan: &mut Plan<'_>,
        counted: bool,
    ) -> Result<Option<Permission>, Error> {
        let Some(gate) = plan.gate.take() else { return Ok(None) };
        let (open, quiet) = self.hours(gate.purpose);
        let mut excluded = Vec::new();
        let narrowed = plan.filter.take();
        let mut passed: Vec<Node> = gate.asked.iter().cloned().collect();
        for check in gate.purpose.checks_of(&plan.object.name).filter(|_| counted) {
            let fails = fails(&check.must.root);
            plan.filter = Some(Node::And(passed.iter().cloned().chain([fails]).collect()));
            let rows = self.rows(plan, COUNT_CAP + 1).await?;
            let more = rows > u64::from(COUNT_CAP);
            let rows = rows.min(u64::from(COUNT_CAP));
            let (code, message) = (check.code.clone(), check.message.clone());
            excluded.push(Excluded { code, message, rows, more });
            passed.push(check.must.root.clone());
        }
        plan.filter = narrowed;
        let purpose = gate.purpose.name.clone();
        plan.gate = Some(gate);
        Ok(Some(Permission { purpose, open, quiet, excluded }))
    }

    /// Whether people may be reached for a purpose now, and when they may not.
    fn hours(&self, purpose: &Purpose) -> (bool, Option<[String; 2]>) {
        let Some(quiet) = purpose.quiet_on(self.catalogue, self.moment.today) else {
            return (true, None);
        };
        let time = kernel::time::shanghai_time(self.moment.now);
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        let (from, until) = quiet;
        (!Purpose::rests_at(quiet, &clock), Some([from.to_owned(), until.to_owned()]))
    }

    /// Refuses to reach out for a plan's purpose in its hours of rest.
    pub(crate) fn reach_out(&self, plan: &Plan<'_>) -> Result<(), Refusal> {
        let Some(gate) = &plan.gate else { return Ok(()) };
        match self.hours(gate.purpose) {
            (false, Some([from, until])) => Err(Refusal::Conflict {
                code: "quiet_hours",
                reason: format!("nobody is reached for this between {from} and {until}"),
            }),
            _ => Ok(()),
        }
    }

    /// The purpose that an export's words name, by its name or label.
    pub(crate) fn purpose_named(&self, words: &str) -> Option<String> {
        let purposes = self.catalogue.purposes.values();
        let named = |purpose: &&Purpose| {
            let Label { zh, en } = &purpose.label;
            [purpose.name.as_str(), zh, en].iter().any(|name| name.eq_ignore_ascii_case(words))
        };
        purposes.clone().find(named).map(|purpose| purpose.name.to_string())
    }
}

/// True where `check` is not.
fn fails(check: &Node) -> Node {
    let literal = |value| Box::new(Node::Literal(Value::Bool(value)));
    Node::If(Box::new(check.clone()), literal(false), literal(true))
}
