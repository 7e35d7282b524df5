//! Separation of duties: roles that exclude each other are never held by one user.

use schema::catalogue::SystemKind;
use schema::{Slot, Value};

use super::record::id_of;
use super::submit::{Context, Subject};
use crate::org::{Reader, slot};
use crate::rights::{field_is, own_field};
use crate::{Error, Violation};

/// Assignments looked at for one user.
const MOST: u32 = 200;

impl Context<'_> {
    /// What is wrong with a role assignment beside the user's others: an unknown role, or one that
    /// excludes or is excluded by a role they hold. Costs one query, for assignments only.
    pub(super) async fn separation(
        &self,
        (ix, object): Subject<'_>,
        values: &[Value],
    ) -> Result<Vec<Violation>, Error> {
        if object.system != Some(SystemKind::Assignment) {
            return Ok(Vec::new());
        }
        let (user, role) = (slot(object, "user")?, slot(object, "role")?);
        let at = |slot: Slot| values.get(usize::from(slot.0));
        let (Some(Value::Id(user_id)), Some(Value::Text(name))) = (at(user), at(role)) else {
            return Ok(Vec::new());
        };
        let Some(wanted) = self.catalogue.roles.get(&**name) else {
            return Ok(vec![Violation::new("role", "option").with("value", &**name)]);
        };
        let platform = self.engine.system(None, "separation");
        let reader = Reader {
            engine: self.engine,
            catalogue: self.catalogue,
            moment: self.moment,
            platform: &platform,
        };
        let columns = vec![own_field(ix, schema::catalogue::base::ID), own_field(ix, role)];
        let theirs = Some(field_is(ix, user, *user_id));
        let mut violations = Vec::new();
        for row in reader.select(ix, columns, theirs, (None, MOST)).await? {
            let [Value::Id(id), Value::Text(held)] = row.as_slice() else { continue };
            let Some(held) = self.catalogue.roles.get(&**held).filter(|_| *id != id_of(values))
            else {
                continue;
            };
            if held.excludes.contains(&wanted.name) || wanted.excludes.contains(&held.name) {
                let violation = Violation::new("role", "role_excluded");
                violations.push(violation.with("held", held.name.as_str()));
            }
        }
        Ok(violations)
    }
}
