//! Conditions that people write into records: checked when they are saved.
//!
//! A condition is right when its author could ask it as a filter of a list: it is well-formed, and
//! it uses nothing that is hidden from them. It must not ask who looks, for the platform will.

use schema::catalogue::{Action, base};
use schema::kept::Expression;
use schema::query::Query;
use schema::{Object, Slot, Value};

use crate::read::plan::{Plan, of_expr_error};
use crate::write::Context;
use crate::{Error, Refusal, Violation};

impl Context<'_> {
    /// What is wrong with the conditions that `written` fields hold or are about. Costs one query
    /// without rows for each.
    pub(crate) async fn conditions(
        &self,
        object: &Object,
        values: &[Value],
        written: &[Slot],
        violations: &mut Vec<Violation>,
    ) -> Result<(), Error> {
        for expression in &object.kept.expressions {
            let slots = [object.slot_of(&expression.field), object.slot_of(&expression.over)];
            if !slots.iter().flatten().any(|slot| written.contains(slot)) {
                continue;
            }
            let text = |slot: Option<Slot>| match values.get(usize::from(slot?.0)) {
                Some(Value::Text(text)) => Some(text.to_string()),
                _ => None,
            };
            let [condition, over] = slots.map(text);
            let Some(condition) = condition else { continue };
            let Some(over) = over else {
                violations.push(Violation::new(expression.over.as_str(), "required"));
                continue;
            };
            violations.extend(self.condition(expression, condition, &over).await?);
        }
        Ok(())
    }

    async fn condition(
        &self,
        expression: &Expression,
        condition: String,
        over: &str,
    ) -> Result<Vec<Violation>, Error> {
        let at = expression.field.as_str();
        let named = self.catalogue.object(over).filter(|(_, object)| !object.retired);
        let Some((ix, _)) = named else {
            let violation = Violation::new(expression.over.as_str(), "unknown_object");
            return Ok(vec![violation.with("name", over)]);
        };
        if let Err(error) = schema::expr::parse_condition(&condition, self.catalogue, ix) {
            return Ok(vec![of_expr_error(at, &error)]);
        }
        let query = Query { filter: Some(condition), ..Query::of(over) };
        let mut plan = match Plan::of(self, &query, Action::Read) {
            Ok(plan) => plan,
            Err(Error::Refused(Refusal::Invalid(mut found))) => {
                found.iter_mut().for_each(|violation| violation.field = at.to_owned());
                return Ok(found);
            }
            Err(Error::Refused(_)) => {
                let violation = Violation::new(expression.over.as_str(), "unknown_object");
                return Ok(vec![violation.with("name", over)]);
            }
            Err(other) => return Err(other),
        };
        if plan.filter.as_ref().is_some_and(schema::expr::Node::uses_actor) {
            return Ok(vec![Violation::new(at, "asks_who")]);
        }
        // What no database can answer is found by asking for no row.
        plan.slots = vec![base::ID];
        let select = plan.all(self);
        match self.engine.store().count(self.catalogue, &select, Some(0)).await {
            Ok(_) => Ok(Vec::new()),
            Err(store::Error::Unsupported(what)) => {
                Ok(vec![Violation::new(at, "unsupported").with("reason", what)])
            }
            Err(other) => Err(other.into()),
        }
    }
}
