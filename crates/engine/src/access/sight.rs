//! How far rights reach, told to those who look after the platform.
//!
//! Answers with definitions, ids and what is granted; never with a value of a record.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use schema::catalogue::{Access, Action, Grant, Right};
use schema::{Catalogue, Name, ObjectIx};
use uuid::Uuid;

use crate::rights::matrix::rows_text;
use crate::rights::{Assignment, Holder, Rights, accesses, compile};
use crate::{Actor, ActorKind, Engine, Error, Refusal, org};

/// Holders of any of these may know all definitions' labels, roles, parameters, and who may do what.
const KEEPERS: [Right; 5] =
    [Right::Publish, Right::Users, Right::ApiKeys, Right::Audit, Right::Jobs];

/// Whose rights are told.
#[derive(Debug, Clone)]
pub enum Viewed {
    /// A user, with all roles held today.
    User(Uuid),
    /// A role, as if it were held somewhere.
    Role(Name),
}

/// What somebody may do.
#[derive(Debug)]
pub struct Sight {
    /// The definitions that it is told under.
    pub catalogue: Arc<Catalogue>,
    /// Whether the user may sign in; true for a role.
    pub active: bool,
    /// Roles with the org units where they are held; a viewed role has none.
    pub held: Vec<(Name, Option<Uuid>)>,
    /// All of it, compiled as for any request.
    pub rights: Rights,
    /// Where it comes from, in the order of the roles.
    pub grants: Vec<Granted>,
}

/// One grant of one held role.
#[derive(Debug)]
pub struct Granted {
    /// The role.
    pub role: Name,
    /// Where it is held.
    pub unit: Option<Uuid>,
    /// On records of this object.
    pub object: ObjectIx,
    /// What may be done.
    pub actions: Vec<Action>,
    /// On which rows: a word of role files, or an expression.
    pub rows: String,
    /// Of those only where this holds.
    pub when: Option<String>,
    /// Access by slot.
    pub access: Arc<[Access]>,
}

impl Engine {
    /// The definitions in force, for those who hold a right of the platform.
    pub fn known_definitions(&self, actor: &Actor) -> Result<Arc<Catalogue>, Error> {
        let platform = matches!(actor.kind(), ActorKind::System { .. });
        if platform || KEEPERS.iter().any(|right| actor.rights().has(*right)) {
            return Ok(self.catalogue());
        }
        let (action, object) = ("read".into(), "definitions".into());
        Err(Refusal::Forbidden { action, object }.into())
    }

    /// What a user or the holder of a role may do.
    pub async fn sight(&self, actor: &Actor, viewed: &Viewed) -> Result<Sight, Error> {
        let catalogue = self.known_definitions(actor)?;
        let found = match viewed {
            Viewed::Role(name) => {
                let role = catalogue.roles.get(name).ok_or(Refusal::Invisible)?;
                let held = Assignment {
                    role: role.name.clone(),
                    unit: Uuid::nil(),
                    subtree: Arc::from([Uuid::nil()]),
                };
                Some((Holder::default(), vec![held]))
            }
            Viewed::User(user) => {
                self.account(*user).await?.ok_or(Refusal::Invisible)?;
                let epoch = self.epoch.load(Ordering::Acquire);
                org::held(self, &catalogue, *user, epoch).await?
            }
        };
        let active = found.is_some();
        let (holder, held) = found.unwrap_or_default();
        let told = matches!(viewed, Viewed::User(_));
        let unit = |assignment: &Assignment| told.then_some(assignment.unit);
        let mut grants = Vec::new();
        for assignment in &held {
            let Some(role) = catalogue.roles.get(&assignment.role) else { continue };
            let of = (&role.name, unit(assignment));
            grants.extend(role.grants.iter().filter_map(|grant| granted(&catalogue, of, grant)));
        }
        Ok(Sight {
            active,
            held: held.iter().map(|one| (one.role.clone(), unit(one))).collect(),
            rights: compile(&catalogue, &holder, &held),
            grants,
            catalogue,
        })
    }
}

fn granted(
    catalogue: &Catalogue,
    (role, unit): (&Name, Option<Uuid>),
    grant: &Grant,
) -> Option<Granted> {
    let (object, definition) = catalogue.object(grant.object.as_str())?;
    Some(Granted {
        role: role.clone(),
        unit,
        object,
        actions: grant.actions.clone(),
        rows: rows_text(&grant.rows).to_owned(),
        when: grant.when.as_ref().map(|when| when.source.to_string()),
        access: accesses(object, definition, grant),
    })
}
