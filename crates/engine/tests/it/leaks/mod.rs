//! What a role may not read leaves by no exit.
//!
//! Driven by the catalogue: every role, every object, every field. A marked value that the role may
//! see only masked, or not at all, must appear in nothing that the engine hands out.

mod ear;
mod exit;
mod exits;
mod files;
mod graph;
mod measured;
mod plant;
mod twins;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use engine::{Actor, Change, Engine, Origin};
use schema::catalogue::{Access, Action, Role};
use schema::{Name, Slot};
use serde_json::json;
use uuid::Uuid;

use crate::bed;
use exit::Exit;
use plant::{Garden, Place, Planted, granted, trap};

/// A text that must not be seen, and whose it is.
pub struct Forbidden<'a> {
    pub mark: &'a str,
    pub planted: &'a Planted,
    pub field: Name,
}

impl fmt::Display for Forbidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} ({:?})", self.planted.object, self.field, self.planted.place)
    }
}

/// One role, held by the one user whom the records are planted for.
pub struct Watch<'a> {
    pub bed: &'a bed::Bed,
    pub garden: &'a Garden,
    pub role: &'a Role,
    pub actor: Actor,
}

impl Watch<'_> {
    pub fn engine(&self) -> &std::sync::Arc<Engine> {
        &self.bed.engine
    }

    /// The most this role sees of a field of a record, before any reveal.
    pub fn sees(&self, planted: &Planted, slot: Slot, place: Option<Place>) -> Access {
        let catalogue = self.engine().catalogue();
        let field = catalogue.at(planted.ix).unwrap().at(slot).unwrap();
        let role = (&*catalogue, self.role);
        let read = granted(role, &planted.object, field, Action::Read, place);
        field.shown(read)
    }

    fn forbidden(&self) -> Vec<Forbidden<'_>> {
        let catalogue = self.engine().catalogue();
        let mut all = Vec::new();
        for planted in &self.garden.records {
            let object = catalogue.at(planted.ix).unwrap();
            for (slot, marks) in &planted.marks {
                if self.sees(planted, *slot, Some(planted.place)) < Access::Read {
                    let field = object.at(*slot).unwrap().name.clone();
                    let all_marks = marks.iter();
                    all.extend(all_marks.map(|mark| Forbidden {
                        mark,
                        planted,
                        field: field.clone(),
                    }));
                }
            }
        }
        all
    }
}

/// Gives the user one role in place of the one before.
async fn hold(engine: &Engine, garden: &Garden, role: &Role) -> (Actor, Uuid) {
    let platform = engine.system(None, "test");
    let held = json!({ "user": garden.me, "role": role.name.as_str(), "unit": garden.unit });
    let id = crate::samples::create(engine, &platform, "assignment", held).await;
    (engine.actor(garden.me, Origin::default()).await.unwrap(), id)
}

async fn let_go(engine: &Engine, assignment: Uuid) {
    let object = Name::new("assignment").unwrap();
    let change = Change::Delete { object, id: assignment, version: None };
    engine.submit(&engine.system(None, "test"), change.into()).await.unwrap();
}

async fn publish_trap(engine: &Engine) {
    let platform = engine.system(None, "test");
    let proposal = match engine.propose_packs(&platform, &[trap()]).await.unwrap() {
        Ok(proposal) => proposal,
        Err(problems) => {
            panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
        }
    };
    engine.publish(&platform, proposal, "trap").await.unwrap();
}

#[test]
fn what_a_role_may_not_read_leaves_by_no_exit() {
    ear::listen();
    bed::each(|bed| async move {
        let engine = &bed.engine;
        publish_trap(engine).await;
        let garden = plant::garden(engine).await;
        // Planted past the write path: measures are reckoned from the records.
        let found = crate::measures::check(engine, true).await;
        assert!(found["differences"].as_u64().unwrap() > 0, "no measure counts what is planted");
        let mut leaks: BTreeMap<Exit, BTreeSet<String>> = BTreeMap::new();
        let mut crossed = [0_usize; Exit::ALL.len()];
        let all = engine.store().db().dialect() == store::db::Dialect::Sqlite;
        let catalogue = engine.catalogue();
        // Masking does not depend on the database; what a query finds might.
        let tried = |role: &&Role| all || ["watcher", "compliance"].contains(&role.name.as_str());
        for role in catalogue.roles.values().filter(tried) {
            let (actor, assignment) = hold(engine, &garden, role).await;
            let watch = Watch { bed: &bed, garden: &garden, role, actor };
            let forbidden = watch.forbidden();
            for (at, exit) in Exit::ALL.into_iter().enumerate() {
                let (said, broken) = exits::through(exit, &watch).await;
                crossed[at] += said.len();
                let found = leaks.entry(exit).or_default();
                found.extend(broken.into_iter().map(|what| format!("{}: {what}", role.name)));
                for text in &said {
                    let shown = forbidden.iter().filter(|hidden| text.contains(hidden.mark));
                    let shown = shown
                        .filter(|hidden| !(exit.knows_levels_below_three() && low(&watch, hidden)));
                    found.extend(shown.map(|hidden| format!("{}: {hidden}", role.name)));
                }
            }
            let_go(engine, assignment).await;
        }
        leaks.retain(|_, found| !found.is_empty());
        let told: Vec<_> = leaks
            .iter()
            .map(|(exit, found)| {
                (exit, found.len(), found.iter().take(6).map(String::as_str).collect::<Vec<_>>())
            })
            .collect();
        assert!(told.is_empty(), "{told:#?}");
        for (exit, texts) in Exit::ALL.into_iter().zip(crossed) {
            assert!(texts > 0 || exit.may_be_silent(), "{exit:?} said nothing: it was not tried");
        }
    });
}

fn low(watch: &Watch<'_>, hidden: &Forbidden<'_>) -> bool {
    let catalogue = watch.engine().catalogue();
    let object = catalogue.at(hidden.planted.ix).unwrap();
    let (_, field) = object.field(hidden.field.as_str()).unwrap();
    field.level < 3 && !field.encrypted
}
