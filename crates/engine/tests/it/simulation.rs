//! A seed drives random people, commands, publishes, crashes and repeats; after each step the
//! database, the log, the search and the org tree are what a model in memory says.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Actor, Change, Command, Error, Idempotency, Origin, Outcome, Refusal};
use schema::Name;
use schema::pack::PackFiles;
use schema::query::{CountMode, Query};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::bed::{self, Bed};
use crate::recorded::entries;
use crate::samples::{create, user};

const STEPS: u32 = 90;

/// A generator whose every draw follows from the seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.roll(from.len())])
    }
}

/// What the model knows of a record.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    version: u64,
    name: String,
    hobbies: String,
    owner: Uuid,
    unit: Uuid,
}

struct World {
    bed: Bed,
    dice: Dice,
    rows: BTreeMap<Uuid, Row>,
    bin: BTreeMap<Uuid, Row>,
    parents: BTreeMap<Uuid, Option<Uuid>>,
    managers: Vec<(Uuid, Uuid)>,
    head: (Uuid, Uuid),
    last: Option<(Uuid, Command, Outcome)>,
    published: u32,
    made: u32,
}

fn person() -> Name {
    Name::new("person").unwrap()
}

fn values(json: Json) -> engine::Values {
    json.as_object().unwrap().clone()
}

impl World {
    async fn new(bed: Bed, seed: u64) -> World {
        let engine = bed.engine.clone();
        let platform = engine.system(None, "simulation");
        let mut parents = BTreeMap::new();
        let mut units = Vec::new();
        for at in 0..4 {
            let unit = json!({ "code": format!("U{at}"), "name": format!("机构{at}") });
            let id = create(&engine, &platform, "org_unit", unit).await;
            parents.insert(id, None);
            units.push(id);
        }
        let mut managers = Vec::new();
        for (at, unit) in units.iter().take(3).enumerate() {
            let rm = user(&engine, &format!("rm{at}"), "relationship_manager", *unit).await;
            managers.push((rm.user(), *unit));
        }
        let head = user(&engine, "head", "regional_head", units[3]).await;
        World {
            bed,
            dice: Dice(seed),
            rows: BTreeMap::new(),
            bin: BTreeMap::new(),
            parents,
            managers,
            head: (head.user(), units[3]),
            last: None,
            published: 0,
            made: 0,
        }
    }

    fn platform(&self) -> Actor {
        self.bed.engine.system(None, "simulation")
    }

    async fn actor(&self, user: Uuid) -> Actor {
        self.bed.engine.actor(user, Origin::default()).await.unwrap()
    }

    fn any(&mut self) -> Option<Uuid> {
        let ids: Vec<Uuid> = self.rows.keys().copied().collect();
        self.dice.pick(&ids)
    }

    /// One random step; what it was.
    async fn step(&mut self) -> String {
        match self.dice.roll(20) {
            0..=4 => self.make().await,
            5..=9 => self.change().await,
            10 | 11 => self.stale().await,
            12 | 13 => self.delete().await,
            14 => self.restore().await,
            15 => self.move_unit().await,
            16 => self.repeat().await,
            17 => self.publish().await,
            _ => self.crash().await,
        }
    }

    /// Submits under a key of its own, so that it can be delivered again, and checks that the log
    /// grew by one entry.
    async fn submit(&mut self, actor: &Actor, action: Change) -> Result<Outcome, Refusal> {
        self.made += 1;
        let idempotency = Some(Idempotency {
            key: format!("request {}", self.made),
            fingerprint: [u8::try_from(self.made % 251).unwrap(); 32],
        });
        let command = Command { action, reason: None, idempotency };
        let before = entries(&self.bed.engine).await;
        let done = self.bed.engine.submit(actor, command.clone()).await;
        let grown = entries(&self.bed.engine).await - before;
        match done {
            Ok(outcome) => {
                assert_eq!(grown, 1, "{command:?} is one entry");
                if actor.user() != engine::SYSTEM_USER {
                    self.last = Some((actor.user(), command, outcome.clone()));
                }
                Ok(outcome)
            }
            Err(Error::Refused(refusal)) => {
                assert_eq!(grown, 1, "the refusal of {command:?} is one entry");
                Err(refusal)
            }
            Err(other) => panic!("{command:?}: {other}"),
        }
    }

    async fn make(&mut self) -> String {
        let (owner, unit) = self.dice.pick(&self.managers).unwrap();
        let name = format!("{}{}", ["赵", "钱", "孙", "李"][self.dice.roll(4)], self.made);
        let hobbies = format!("第{}项", self.made);
        let given = values(json!({ "name": name, "hobbies": hobbies }));
        let actor = self.actor(owner).await;
        let change = Change::Create { object: person(), id: None, values: given };
        let id = self.submit(&actor, change).await.unwrap().id;
        self.rows.insert(id, Row { version: 1, name, hobbies, owner, unit });
        format!("make {id}")
    }

    async fn change(&mut self) -> String {
        let Some(id) = self.any() else { return "nothing to change".into() };
        let (user, _) = self.dice.pick(&self.managers).unwrap();
        let hobbies = format!("新{}", self.made);
        let named = self.dice.roll(2) == 0;
        let version = named.then(|| self.rows[&id].version);
        let given = values(json!({ "hobbies": hobbies }));
        let actor = self.actor(user).await;
        let change = Change::Update { object: person(), id, version, values: given };
        let done = self.submit(&actor, change).await;
        let row = self.rows.get_mut(&id).unwrap();
        if row.owner == user {
            row.version += 1;
            row.hobbies = hobbies;
            assert_eq!(done.unwrap().version, row.version);
        } else {
            assert_eq!(done.unwrap_err(), Refusal::Invisible);
        }
        format!("change {id} by {user}")
    }

    async fn stale(&mut self) -> String {
        let Some(id) = self.any() else { return "nothing to miss".into() };
        let row = self.rows[&id].clone();
        let actor = self.actor(row.owner).await;
        let given = values(json!({ "hobbies": "旧" }));
        let version = Some(row.version + 1 + self.dice.roll(3) as u64);
        let change = Change::Update { object: person(), id, version, values: given };
        match self.submit(&actor, change).await {
            Err(Refusal::Stale { current, .. }) => assert_eq!(current, row.version),
            other => panic!("{other:?}"),
        }
        format!("stale {id}")
    }

    async fn delete(&mut self) -> String {
        let Some(id) = self.any() else { return "nothing to delete".into() };
        let platform = self.platform();
        let change = Change::Delete { object: person(), id, version: None };
        self.submit(&platform, change).await.unwrap();
        let row = self.rows.remove(&id).unwrap();
        self.bin.insert(id, row);
        format!("delete {id}")
    }

    async fn restore(&mut self) -> String {
        let ids: Vec<Uuid> = self.bin.keys().copied().collect();
        let Some(id) = self.dice.pick(&ids) else { return "nothing to restore".into() };
        let platform = self.platform();
        let done = self.submit(&platform, Change::Restore { object: person(), id }).await.unwrap();
        let mut row = self.bin.remove(&id).unwrap();
        row.version += 1;
        assert_eq!(done.version, row.version);
        self.rows.insert(id, row);
        format!("restore {id}")
    }

    async fn move_unit(&mut self) -> String {
        let units: Vec<Uuid> = self.parents.keys().copied().collect();
        let unit = self.dice.pick(&units).unwrap();
        let parent = self.dice.pick(&units).filter(|_| self.dice.roll(4) > 0);
        if self.parents[&unit] == parent {
            return "a unit stays".into();
        }
        let ring = parent.is_some_and(|parent| self.below(unit).contains(&parent));
        let change = Change::Update {
            object: Name::new("org_unit").unwrap(),
            id: unit,
            version: None,
            values: values(json!({ "parent": parent })),
        };
        let platform = self.platform();
        let done = self.submit(&platform, change).await;
        match done {
            Ok(_) => {
                assert!(!ring, "{unit} was put below itself");
                self.parents.insert(unit, parent);
            }
            Err(Refusal::Invalid(_)) => assert!(ring, "{unit} may lie below {parent:?}"),
            Err(other) => panic!("{other:?}"),
        }
        format!("move {unit} below {parent:?}")
    }

    /// The last request of a person is delivered once more.
    async fn repeat(&mut self) -> String {
        let Some((user, command, first)) = self.last.clone() else { return "no repeat".into() };
        let actor = self.actor(user).await;
        let before = entries(&self.bed.engine).await;
        let again = self.bed.engine.submit(&actor, command).await.unwrap();
        assert!(again.replayed);
        assert_eq!((again.id, again.version), (first.id, first.version));
        assert_eq!(entries(&self.bed.engine).await, before);
        format!("repeat {}", first.id)
    }

    /// A pack that adds one more field each time.
    async fn publish(&mut self) -> String {
        self.published += 1;
        let pack = "name = \"sim\"\nversion = \"0.1.0\"\nrequires = [\"core\"]\n\
                    label = { zh = \"模拟\", en = \"Simulation\" }\n";
        let mut object = "extends = \"person\"\n".to_owned();
        for at in 1..=self.published {
            object.push_str(&format!(
                "[fields.sim_{at}]\ntype = \"text\"\nmax = 20\n\
                 label = {{ zh = \"模拟{at}\", en = \"Sim {at}\" }}\n"
            ));
        }
        let files = PackFiles::new("sim", [("pack.toml", pack), ("objects/sim.toml", &object)]);
        let platform = self.platform();
        let engine = &self.bed.engine;
        let proposal = engine.propose_packs(&platform, &[files]).await.unwrap();
        let proposal = proposal.unwrap_or_else(|problems| panic!("{problems:?}"));
        engine.publish(&platform, proposal, "simulation").await.unwrap();
        format!("publish {}", self.published)
    }

    /// The engine is gone; another one opens the same database.
    async fn crash(&mut self) -> String {
        self.bed = self.bed.reopen().await;
        "crash".into()
    }

    fn below(&self, unit: Uuid) -> BTreeSet<Uuid> {
        let mut found = BTreeSet::from([unit]);
        loop {
            let next = self.parents.iter().filter(|(id, parent)| {
                parent.is_some_and(|parent| found.contains(&parent)) && !found.contains(*id)
            });
            let next: Vec<Uuid> = next.map(|(id, _)| *id).collect();
            if next.is_empty() {
                return found;
            }
            found.extend(next);
        }
    }

    async fn check(&self) {
        self.records_are_the_models().await;
        self.the_tree_is_its_recomputation().await;
        let engine = &self.bed.engine;
        crate::bed::seal_all(engine).await;
        let report = engine.store().audit().unwrap().verify(None).await.unwrap();
        assert!(report.problems.is_empty() && report.unsealed == 0, "{report:?}");
    }

    async fn records_are_the_models(&self) {
        let (engine, platform) = (&self.bed.engine, self.platform());
        let mut query = Query { limit: 200, ..Query::of("person") };
        let mut found = BTreeMap::new();
        loop {
            let page = engine.query(&platform, &query).await.unwrap();
            for view in page.records.unwrap() {
                let text = |field: &str| view.get(field).unwrap().as_str().unwrap().to_owned();
                let row = Row {
                    version: view.version,
                    name: text("name"),
                    hobbies: text("hobbies"),
                    owner: text("owner").parse().unwrap(),
                    unit: text("org_unit").parse().unwrap(),
                };
                found.insert(view.id, row);
            }
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, self.rows);
        for (id, row, live) in self
            .rows
            .iter()
            .map(|(id, row)| (id, row, true))
            .chain(self.bin.iter().map(|(id, row)| (id, row, false)))
        {
            let query = Query { search: Some(row.name.clone()), ..Query::of("person") };
            let hits = engine.query(&platform, &query).await.unwrap().records.unwrap();
            let hit = hits.iter().any(|view| view.id == *id);
            assert_eq!(hit, live, "search for {} ({id})", row.name);
        }
    }

    async fn the_tree_is_its_recomputation(&self) {
        let engine = &self.bed.engine;
        let sql = "SELECT ancestor, descendant FROM jy_org_closure";
        let rows = engine.store().db().read(sql, &[]).await.unwrap();
        let known: BTreeSet<(Uuid, Uuid)> =
            rows.iter().map(|row| (row[0].uuid().unwrap(), row[1].uuid().unwrap())).collect();
        let units = self.parents.keys();
        let all = units.flat_map(|unit| self.below(*unit).into_iter().map(|below| (*unit, below)));
        assert_eq!(known, all.collect());
        let (head, unit) = self.head;
        let subtree = self.below(unit);
        let expected = self.rows.values().filter(|row| subtree.contains(&row.unit)).count();
        let actor = self.actor(head).await;
        let query = Query { count: CountMode::Exact, ..Query::of("person") };
        let seen = engine.query(&actor, &query).await.unwrap().count.unwrap().rows;
        assert_eq!(seen, expected as u64, "the head of {unit} sees the subtree");
    }
}

#[allow(clippy::print_stdout)]
fn run(seed: u64) {
    bed::each(|bed| async move {
        let mut world = World::new(bed, seed).await;
        for step in 0..STEPS {
            // Shown when the test fails, after which the last line is the step that was done.
            println!("seed {seed}, step {step}: {}", world.step().await);
            if step % 6 == 5 {
                world.check().await;
            }
        }
        world.check().await;
    });
}

/// `JINYAO_SEED` runs another seed.
#[test]
fn whatever_happens_the_records_the_log_and_the_tree_agree() {
    let seeds = match std::env::var("JINYAO_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => vec![1, 20_260_302],
    };
    seeds.into_iter().for_each(run);
}
