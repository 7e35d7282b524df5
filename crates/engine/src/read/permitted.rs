//! What an actor may do with one record, decided by the same grants as doing it.
//!
//! A hint for screens: the write path decides again, and also by the values.

use schema::catalogue::{Access, Action, base};
use schema::{FieldType, Name};
use serde::Serialize;
use uuid::Uuid;

use super::expand;
use crate::moment::Moment;
use crate::rights::Matched;
use crate::write::{Context, Facts, Needs, Subject, is_computed};
use crate::{Actor, Engine, Error, Refusal, View};

/// What may be done with a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permitted {
    /// Actions, by the words roles use.
    pub actions: Vec<Action>,
    /// Fields that an update may set.
    pub write: Vec<Name>,
    /// Fields that a reveal may show.
    pub reveal: Vec<Name>,
}

/// Actions on a record that exists.
const ACTIONS: [Action; 6] = [
    Action::Update,
    Action::Delete,
    Action::Reassign,
    Action::Share,
    Action::Merge,
    Action::Reveal,
];

impl Engine {
    /// One record as `actor` may see it, with what they may do with it. Costs one point read and one
    /// query for what grants ask beyond the record, however many grants there are.
    pub async fn get_permitted(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        expand: bool,
    ) -> Result<(View, Permitted), Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let of = context.object(object)?;
        let (ix, object) = of;
        if !actor.rights().may(ix, Action::Read) {
            return Err(Refusal::Invisible.into());
        }
        let mut needs = Needs::default();
        needs.add_fields(&catalogue, ix, object);
        for grant in actor.rights().all(ix).iter().filter(|grant| !grant.local) {
            needs.add(&catalogue, ix, &grant.rows);
        }
        let (values, known) = needs.load_with(&context, of, id).await?;
        let facts = Facts::new(&catalogue, ix, &values, &context.env, known);
        let mut view = context.view(of, &facts).ok_or(Refusal::Invisible)?;
        if expand {
            expand::titles_of(&context, ix, object, &values, &mut view).await?;
        }
        let permitted = permitted(&context, of, &facts, &view);
        Ok((view, permitted))
    }
}

/// What the actor may do with the record of `facts`, of which they see `view`.
pub(super) fn permitted(
    context: &Context<'_>,
    (ix, object): Subject<'_>,
    facts: &Facts<'_>,
    view: &View,
) -> Permitted {
    let matched = |action| {
        let grants = context.actor.rights().grants(ix, action);
        Matched { grants: grants.filter(|grant| facts.holds(&grant.rows)).collect() }
    };
    let actions: Vec<Action> =
        ACTIONS.into_iter().filter(|action| !matched(*action).grants.is_empty()).collect();
    let (update, reveal) = (matched(Action::Update), matched(Action::Reveal));
    let reassigns = context.actor.rights().may(ix, Action::Reassign);
    let mut permitted = Permitted { actions, write: Vec::new(), reveal: Vec::new() };
    for (slot, field) in object.slots().filter(|(_, field)| !field.retired) {
        let moves = matches!(slot, base::OWNER | base::ORG_UNIT);
        let given = is_computed(slot, field)
            || matches!(field.kind, FieldType::ChildTable { .. })
            || (moves && !reassigns);
        if !given && update.access(slot) >= Access::Write {
            permitted.write.push(field.name.clone());
        }
        if view.is_masked(field.name.as_str())
            && reveal.access(slot) > Access::Hidden
            && field.level < 5
        {
            permitted.reveal.push(field.name.clone());
        }
    }
    permitted
}
