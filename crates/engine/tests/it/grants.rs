//! Grants as pairs of rows and columns: random roles against a plain evaluation of their meaning.

use engine::{Actor, Change, Engine, Error, Refusal};
use schema::Name;
use schema::catalogue::{Access, Action, Grant, Rows};
use schema::pack::PackFiles;
use schema::query::Query;
use serde_json::json;
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};
use crate::simulation::Dice;

const ROLES: usize = 14;
const FIELDS: [&str; 3] = ["a", "b", "c"];

/// A role's text with one to three grants.
fn role(dice: &mut Dice, at: usize) -> String {
    let access = ["hidden", "masked", "read", "write"];
    let mut text = format!("label = {{ zh = \"角色{at}\", en = \"Role {at}\" }}\n");
    for _ in 0..=dice.roll(3) {
        let rows = ["own", "unit", "subtree", "all", "shared", "a = 'x'"][dice.roll(6)];
        let actions = ["\"read\"", "\"read\", \"update\""][dice.roll(2)];
        let default = access[dice.roll(4)];
        let one =
            |dice: &mut Dice| format!("{} = \"{}\"", FIELDS[dice.roll(3)], access[dice.roll(4)]);
        let field = one(dice);
        text.push_str(&format!(
            "[[grants]]\nobject = \"thing\"\nactions = [{actions}]\nrows = \"{rows}\"\n\
             default = \"{default}\"\nfields = {{ {field} }}\n"
        ));
    }
    text
}

fn pack(dice: &mut Dice) -> PackFiles {
    let pack = "name = \"pairs\"\nversion = \"0.1.0\"\nrequires = [\"core\"]\n\
                label = { zh = \"对\", en = \"Pairs\" }\n";
    let mut thing = "label = { zh = \"物\", en = \"Thing\" }\ntitle = \"a\"\n".to_owned();
    for field in FIELDS {
        thing.push_str(&format!(
            "[fields.{field}]\ntype = \"text\"\nmax = 20\n\
             label = {{ zh = \"{field}\", en = \"{field}\" }}\n"
        ));
    }
    let mut files =
        vec![("pack.toml".to_owned(), pack.to_owned()), ("objects/thing.toml".to_owned(), thing)];
    for at in 0..ROLES {
        files.push((format!("roles/pair_{at}.toml"), role(dice, at)));
    }
    PackFiles::new("pairs", files)
}

struct Thing {
    id: Uuid,
    owner: Uuid,
    unit: Uuid,
    a: &'static str,
    shared: bool,
}

/// Whom the grants are read for.
struct Reader {
    actor: Actor,
    unit: Uuid,
    grants: Vec<Grant>,
}

impl Reader {
    fn matching<'a>(&'a self, thing: &'a Thing, action: Action) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(move |grant| {
            let rows = match &grant.rows {
                Rows::Own => thing.owner == self.actor.user(),
                Rows::Unit | Rows::Subtree => thing.unit == self.unit,
                Rows::All => true,
                Rows::Shared => thing.shared,
                Rows::When(_) => thing.a == "x",
                Rows::Team | Rows::Parent | Rows::SharedParent => false,
            };
            rows && grant.actions.contains(&action)
        })
    }

    fn access(&self, thing: &Thing, action: Action, field: &str) -> Access {
        let name = Name::new(field).unwrap();
        let given =
            |grant: &Grant| grant.fields.get(&name).copied().unwrap_or(grant.default_access);
        self.matching(thing, action).map(given).max().unwrap_or_default()
    }

    fn sees(&self, thing: &Thing) -> bool {
        self.matching(thing, Action::Read).next().is_some()
    }

    async fn reads(&self, engine: &Engine, thing: &Thing) {
        let got = engine.get(&self.actor, "thing", thing.id, false).await;
        let told = format!("{:?} {:?}", self.actor.rights().roles, thing.id);
        if !self.sees(thing) {
            assert!(matches!(got, Err(Error::Refused(Refusal::Invisible))), "{told}: {got:?}");
            return;
        }
        let view = got.unwrap();
        for field in FIELDS {
            let seen = match (view.get(field), view.is_masked(field)) {
                (None, _) => Access::Hidden,
                (Some(_), true) => Access::Masked,
                (Some(_), false) => Access::Read,
            };
            let due = self.access(thing, Action::Read, field).min(Access::Read);
            assert_eq!(seen, due, "{told}.{field}");
        }
    }

    /// A list shows the same cells, and a condition is told only of rows where its field is shown.
    async fn lists(&self, engine: &Engine, things: &[Thing]) {
        let told = &self.actor.rights().roles;
        let ids = |page: engine::Page| {
            let mut ids: Vec<Uuid> = page.records.unwrap().iter().map(|view| view.id).collect();
            ids.sort_unstable();
            ids
        };
        let due = |shown: &dyn Fn(&Thing) -> bool| {
            let mut ids: Vec<Uuid> = things.iter().filter(|t| shown(t)).map(|t| t.id).collect();
            ids.sort_unstable();
            ids
        };
        match engine.query(&self.actor, &Query::of("thing")).await {
            Ok(page) => {
                for view in page.records.iter().flatten() {
                    let alone = engine.get(&self.actor, "thing", view.id, false).await.unwrap();
                    for field in FIELDS {
                        let both = [view, &alone].map(|v| (v.get(field), v.is_masked(field)));
                        assert_eq!(both[0], both[1], "{told:?}: {field} in a list and alone");
                    }
                }
                assert_eq!(ids(page), due(&|thing| self.sees(thing)), "{told:?}");
            }
            Err(error) => assert!(things.iter().all(|t| !self.sees(t)), "{told:?}: {error}"),
        }
        for (one, other) in [("a", "b"), ("b", "c")] {
            let filter = Some(format!("{one} is not empty and {other} is not empty"));
            let query = Query { filter, ..Query::of("thing") };
            let reads =
                |thing: &Thing, field| self.access(thing, Action::Read, field) >= Access::Read;
            let due = due(&|thing| reads(thing, one) && reads(thing, other));
            match engine.query(&self.actor, &query).await {
                Ok(page) => assert_eq!(ids(page), due, "{told:?}: {one} and {other}"),
                Err(error) => assert!(due.is_empty(), "{told:?}: {one} and {other}: {error}"),
            }
        }
    }

    async fn writes(&self, engine: &Engine, thing: &Thing, field: &str, value: &str) {
        let change = Change::Update {
            object: Name::new("thing").unwrap(),
            id: thing.id,
            version: None,
            values: json!({ field: value }).as_object().unwrap().clone(),
        };
        let done = engine.submit(&self.actor, change.into()).await;
        let told = format!("{:?} {:?}.{field}", self.actor.rights().roles, thing.id);
        let granted = self.matching(thing, Action::Update).next().is_some();
        let writable = self.access(thing, Action::Update, field) == Access::Write;
        match done {
            Ok(_) => assert!(self.sees(thing) && granted && writable, "{told} was written"),
            Err(Error::Refused(Refusal::Invisible)) => assert!(!self.sees(thing), "{told}"),
            Err(Error::Refused(Refusal::Forbidden { .. })) => {
                assert!(self.sees(thing) && !granted, "{told} is forbidden");
            }
            Err(Error::Refused(Refusal::Invalid(_))) => {
                assert!(self.sees(thing) && granted && !writable, "{told} is not writable");
            }
            Err(other) => panic!("{told}: {other}"),
        }
    }
}

#[test]
fn each_cell_is_shown_and_writable_exactly_where_one_grant_says_so() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let mut dice = Dice(4);
        let proposal = engine.propose_packs(&platform, &[pack(&mut dice)]).await.unwrap();
        let proposal = proposal.unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
        });
        engine.publish(&platform, proposal, "pairs").await.unwrap();
        let platform = engine.system(None, "test");
        let mut units = Vec::new();
        for code in ["P1", "P2"] {
            let unit = json!({ "code": code, "name": code });
            units.push(create(engine, &platform, "org_unit", unit).await);
        }
        let stranger = json!({ "login": "s", "name": "s", "active": true, "org_unit": units[1] });
        let stranger = create(engine, &platform, "user", stranger).await;
        for at in 0..20 {
            let (first, second) = (dice.roll(ROLES), dice.roll(ROLES));
            let actor = user(engine, &format!("u{at}"), &format!("pair_{first}"), units[0]).await;
            if second != first {
                let role = format!("pair_{second}");
                let held = json!({ "user": actor.user(), "role": role, "unit": units[0] });
                create(engine, &platform, "assignment", held).await;
            }
            let actor = engine.actor(actor.user(), engine::Origin::default()).await.unwrap();
            let catalogue = engine.catalogue();
            let roles = actor.rights().roles.clone();
            let grants = roles.iter().flat_map(|role| catalogue.roles[role].grants.clone());
            let reader = Reader { grants: grants.collect(), unit: units[0], actor };
            let things = things(engine, &reader, stranger, &units).await;
            reader.lists(engine, &things).await;
            for thing in &things {
                reader.reads(engine, thing).await;
                let field = FIELDS[1 + dice.roll(2)];
                reader.writes(engine, thing, field, &format!("新{at}")).await;
            }
            for thing in things {
                let object = Name::new("thing").unwrap();
                let gone = Change::Delete { object, id: thing.id, version: None };
                engine.submit(&platform, gone.into()).await.unwrap();
            }
        }
    });
}

/// One record for each way to stand to the reader.
async fn things(engine: &Engine, reader: &Reader, stranger: Uuid, units: &[Uuid]) -> Vec<Thing> {
    let platform = engine.system(None, "test");
    let mut things = Vec::new();
    for at in 0..12 {
        let owner = if at % 2 == 0 { reader.actor.user() } else { stranger };
        let unit = units[at / 2 % 2];
        let a = if at / 4 % 2 == 0 { "x" } else { "y" };
        let values = json!({ "a": a, "b": "二", "c": "三", "owner": owner, "org_unit": unit });
        let id = create(engine, &platform, "thing", values).await;
        let shared = at >= 8;
        if shared {
            let change = Change::Share {
                object: Name::new("thing").unwrap(),
                id,
                user: reader.actor.user(),
                until: Some("2027-01-01T00:00:00Z".parse().unwrap()),
            };
            engine.submit(&platform, change.into()).await.unwrap();
        }
        things.push(Thing { id, owner, unit, a, shared });
    }
    things
}
