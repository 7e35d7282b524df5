//! Deciding: may they, is it valid, is the result still theirs.
//!
//! Pure: schema, actor, facts and time come in; a decision or a refusal goes out. Each phase's type
//! can be made only by that phase: [`Admitted`] → [`Valid`] → [`Confirmed`].

use std::collections::HashSet;
use std::ops::{Deref, DerefMut};

use schema::catalogue::{Access, Action, base};
use schema::{Field, FieldType, Object, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::edges::Tied;
use super::facts::Facts;
use super::submit::Subject;
use crate::rights::{Matched, RowGrant};
use crate::{Actor, Refusal, Violation};

/// The actor may try this on this record.
pub(crate) struct Admitted {
    action: Action,
    object: ObjectIx,
}

/// The values are complete and well-formed.
pub(crate) struct Valid {
    admitted: Admitted,
}

/// The result is within what the actor may write.
#[must_use]
pub(crate) struct Confirmed {
    /// Object of the record.
    pub object: ObjectIx,
}

/// Ids that the actor may refer to, as loaded; and edges that were decided beside each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visible {
    ids: HashSet<Uuid>,
    pub(super) tied: Vec<Tied>,
}

impl Deref for Visible {
    type Target = HashSet<Uuid>;

    fn deref(&self) -> &HashSet<Uuid> {
        &self.ids
    }
}

impl DerefMut for Visible {
    fn deref_mut(&mut self) -> &mut HashSet<Uuid> {
        &mut self.ids
    }
}

impl FromIterator<Uuid> for Visible {
    fn from_iter<I: IntoIterator<Item = Uuid>>(ids: I) -> Visible {
        Visible { ids: ids.into_iter().collect(), tied: Vec::new() }
    }
}

/// Which slots differ from before, and what those that refer may refer to.
#[derive(Clone, Copy)]
pub(crate) struct Touched<'t> {
    pub changed: &'t [Slot],
    pub visible: &'t Visible,
}

/// Which slots the caller wrote; in an update, under the grants that matched the record as it was.
#[derive(Clone, Copy)]
pub(crate) struct Written<'w> {
    pub slots: &'w [Slot],
    pub before: Option<&'w Matched<'w>>,
}

/// May they try to make a record of this object at all?
pub(crate) fn admit_create(
    actor: &Actor,
    ix: ObjectIx,
    object: &Object,
) -> Result<Admitted, Refusal> {
    let rights = actor.rights();
    if object.retired || !(rights.may(ix, Action::Create) || rights.may(ix, Action::Read)) {
        return Err(Refusal::Invisible);
    }
    if !rights.may(ix, Action::Create) {
        return Err(Refusal::forbidden("create", &object.name));
    }
    Ok(Admitted { action: Action::Create, object: ix })
}

/// May they try `action` on the record as it is? Invisible comes before forbidden.
pub(crate) fn admit(
    actor: &Actor,
    (ix, object): Subject<'_>,
    before: &Facts<'_>,
    action: Action,
) -> Result<Admitted, Refusal> {
    let rights = actor.rights();
    if object.retired || matching(rights.grants(ix, Action::Read), before).grants.is_empty() {
        return Err(Refusal::Invisible);
    }
    if matching(rights.grants(ix, action), before).grants.is_empty() {
        let verb = format!("{action:?}").to_lowercase();
        return Err(Refusal::forbidden(verb, &object.name));
    }
    Ok(Admitted { action, object: ix })
}

/// The grants whose rows include the record.
pub(crate) fn matching<'a>(
    grants: impl Iterator<Item = &'a RowGrant>,
    facts: &Facts<'_>,
) -> Matched<'a> {
    Matched { grants: grants.filter(|grant| facts.holds(&grant.rows)).collect() }
}

/// Are the values complete, referring to what the actor can see, and within the object's rules?
/// `violations` come from preparing.
pub(crate) fn check(
    admitted: Admitted,
    object: &Object,
    after: &Facts<'_>,
    Touched { changed, visible }: Touched<'_>,
    mut violations: Vec<Violation>,
) -> Result<Valid, Refusal> {
    let create = admitted.action == Action::Create;
    for (slot, field) in object.slots() {
        let Some(value) = after.values.get(usize::from(slot.0)) else { continue };
        let touched = create || changed.contains(&slot);
        let flawed = violations.iter().any(|v| v.field == field.name.as_str());
        if field.required && touched && value.is_empty() && !flawed && is_stored(field) {
            violations.push(Violation::new(field.name.as_str(), "required"));
        }
        if touched {
            refer(field, slot, value, visible, &mut violations);
        }
    }
    if violations.is_empty() {
        run_validations(object, after, &mut violations);
    }
    if violations.is_empty() { Ok(Valid { admitted }) } else { Err(Refusal::Invalid(violations)) }
}

fn is_stored(field: &Field) -> bool {
    !matches!(field.storage(), schema::field::Storage::Virtual)
}

/// Whether `field` holds ids of records, whose existence is to be checked.
pub(crate) fn is_reference(field: &Field, slot: Slot) -> bool {
    let platform = matches!(slot, base::ID | base::CREATED_BY | base::UPDATED_BY);
    !platform
        && matches!(
            field.kind,
            FieldType::Reference { .. }
                | FieldType::User
                | FieldType::OrgUnit
                | FieldType::ManyToMany { .. }
        )
}

/// Notes each id in `value` that is not among `visible`.
pub(crate) fn refer(
    field: &Field,
    slot: Slot,
    value: &Value,
    visible: &Visible,
    violations: &mut Vec<Violation>,
) {
    if !is_reference(field, slot) {
        return;
    }
    let mut check = |id: &Uuid| {
        if !visible.contains(id) {
            let violation = Violation::new(field.name.as_str(), "reference");
            violations.push(violation.with("value", id.to_string()));
        }
    };
    match value {
        Value::Id(id) | Value::Link(_, id) => check(id),
        Value::List(items) => items.iter().for_each(|item| {
            if let Value::Id(id) = item {
                check(id);
            }
        }),
        _ => {}
    }
}

fn run_validations(object: &Object, after: &Facts<'_>, violations: &mut Vec<Violation>) {
    for rule in &object.validations {
        let applies = rule.when.as_ref().is_none_or(|when| after.holds(&when.root));
        if !applies || !matches!(rule.must.eval(after, after.env), Value::Bool(false)) {
            continue;
        }
        let at = rule.at.and_then(|slot| object.at(slot)).map_or("", |field| field.name.as_str());
        let mut violation = Violation::new(at, rule.code.as_str());
        violation.message = Some(rule.message.clone());
        violations.push(violation);
    }
}

/// Is the result within the actor's scope, and was each written field theirs to write?
pub(crate) fn confirm(
    valid: Valid,
    actor: &Actor,
    object: &Object,
    after: &Facts<'_>,
    Written { slots: written, before }: Written<'_>,
) -> Result<Confirmed, Refusal> {
    let Admitted { action, object: ix } = valid.admitted;
    let grants = actor.rights().grants(ix, action);
    let now = matching(grants, after);
    let moved = written.contains(&base::OWNER) || written.contains(&base::ORG_UNIT);
    if now.grants.is_empty() && !(moved && before.is_some()) {
        return Err(Refusal::forbidden(
            format!("{} outside your rows", format!("{action:?}").to_lowercase()),
            &object.name,
        ));
    }
    let mut violations = Vec::new();
    let given_away = written.iter().any(|slot| matches!(*slot, base::OWNER | base::ORG_UNIT));
    if given_away && !actor.rights().may(ix, Action::Reassign) && before.is_some() {
        return Err(Refusal::forbidden("reassign", &object.name));
    }
    for slot in written {
        let access = before.map_or_else(|| now.access(*slot), |matched| matched.access(*slot));
        if access < Access::Write {
            let name = object.at(*slot).map_or("", |field| field.name.as_str());
            violations.push(Violation::new(name, "read_only"));
        }
    }
    if violations.is_empty() {
        Ok(Confirmed { object: ix })
    } else {
        Err(Refusal::Invalid(violations))
    }
}
