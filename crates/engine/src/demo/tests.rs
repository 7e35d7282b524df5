//! The shipped plan fits the shipped packs and yields what it promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use kernel::cn::resident_id::{ResidentId, Strictness};
use kernel::{Decimal, Instant};
use schema::catalogue::{ParameterValue, base};
use schema::expr::{Env, Parameters, Path as FieldPath, Record};
use schema::pack::{Loaded, PackFiles};
use schema::{Catalogue, Name, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::run::Demo;
use super::{DemoPlan, LoadRow, Login, Made};

fn read(folder: &Path, root: &Path, out: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            read(&path, root, out);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            out.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn shipped() -> (Arc<Catalogue>, DemoPlan) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut files = Vec::new();
    for pack in ["core", "bank"] {
        read(&root.join(pack), &root, &mut files);
    }
    let packs = PackFiles::split(files);
    let loaded = Loaded::from_files(packs.clone()).unwrap();
    (Arc::new(loaded.catalogue), DemoPlan::read(&packs).unwrap())
}

fn now() -> Instant {
    "2026-06-30T06:00:00Z".parse().unwrap()
}

/// Everything a small demo makes, by step.
struct World {
    catalogue: Arc<Catalogue>,
    steps: BTreeMap<String, (Name, Vec<LoadRow>)>,
    logins: Vec<Login>,
}

fn made(customers: u64, seed: u64) -> World {
    let (catalogue, mut plan) = shipped();
    plan.set("transactions_per_account", 8).unwrap();
    plan.set("snapshot_months", 2).unwrap();
    let demo =
        Demo::new(&plan, catalogue.clone(), customers, seed, now()).unwrap_or_else(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"))
        });
    let mut world = World { catalogue, steps: BTreeMap::new(), logins: Vec::new() };
    let mut current = String::new();
    demo.make(100, &mut |made| {
        match made {
            Made::Step { name, object } => {
                current = name.to_string();
                world.steps.insert(current.clone(), (object, Vec::new()));
            }
            Made::Rows(rows) => world.steps.get_mut(&current).unwrap().1.extend(rows),
            Made::Logins(logins) => world.logins.extend(logins),
        }
        true
    })
    .unwrap();
    world
}

impl World {
    fn value(&self, step: &str, row: &LoadRow, field: &str) -> Value {
        let (_, object) = self.catalogue.object(self.steps[step].0.as_str()).unwrap();
        let (slot, _) = object.field(field).unwrap();
        row.values.iter().find(|(at, _)| *at == slot).map_or(Value::Null, |(_, v)| v.clone())
    }

    fn number(&self, step: &str, row: &LoadRow, field: &str) -> Decimal {
        match self.value(step, row, field) {
            Value::Number(number) => number,
            other => panic!("{step}.{field}: {other:?}"),
        }
    }

    fn rows(&self, step: &str) -> &[LoadRow] {
        &self.steps[step].1
    }
}

fn target(value: &Value) -> Uuid {
    match value {
        Value::Id(id) | Value::Link(_, id) => *id,
        other => panic!("{other:?} is no reference"),
    }
}

#[test]
fn a_seed_repeats_and_another_differs() {
    let (one, two, other) = (made(60, 1), made(60, 1), made(60, 2));
    for (step, (_, rows)) in &one.steps {
        let again = &two.steps[step].1;
        assert_eq!(rows.len(), again.len(), "{step}");
        for (row, same) in rows.iter().zip(again) {
            assert_eq!((row.id, &row.values), (same.id, &same.values), "{step}");
        }
    }
    let name =
        |world: &World| format!("{:?}", world.value("persons", &world.rows("persons")[0], "name"));
    assert_ne!(name(&one), name(&other));
}

#[test]
fn there_are_as_many_customers_as_asked_for() {
    let world = made(1000, 7);
    assert_eq!(world.rows("persons").len(), 960);
    assert_eq!(world.rows("companies").len(), 40);
    for (step, (_, rows)) in &world.steps {
        assert!(!rows.is_empty(), "{step} makes nothing");
    }
    let logins: HashSet<&str> = world.logins.iter().map(|login| login.login.as_str()).collect();
    for login in [
        "rm001",
        "rm008",
        "sup001",
        "sup060",
        "head001",
        "head030",
        "compliance002",
        "audit001",
        "sysadmin001",
    ] {
        assert!(logins.contains(login), "{login}");
    }
    assert_eq!(logins.len(), world.logins.len());
}

#[test]
fn ids_are_unique_and_references_meet_a_row_made_before() {
    let world = made(300, 3);
    let mut ids: HashMap<Uuid, Name> = HashMap::new();
    let (catalogue, plan) = shipped();
    let demo = Demo::new(&plan, catalogue, 300, 3, now()).unwrap();
    let mut object: Option<Name> = None;
    demo.make(64, &mut |made| {
        match made {
            Made::Step { object: next, .. } => object = Some(next),
            Made::Rows(rows) => {
                for row in &rows {
                    assert!(ids.insert(row.id, object.clone().unwrap()).is_none(), "{}", row.id);
                }
                for (row, (_, value)) in
                    rows.iter().flat_map(|row| row.values.iter().map(move |v| (row, v)))
                {
                    match value {
                        Value::Id(id) => assert!(ids.contains_key(id), "{object:?} {row:?}"),
                        Value::Link(to, id) => assert_eq!(ids.get(id), Some(to)),
                        _ => {}
                    }
                }
            }
            Made::Logins(_) => {}
        }
        true
    })
    .unwrap();
    assert!(ids.len() > 3000, "{} from {} steps", ids.len(), world.steps.len());
}

#[test]
fn people_have_valid_and_different_resident_numbers() {
    let world = made(3000, 11);
    let mut seen = HashSet::new();
    let today = kernel::time::business_date(now());
    for row in world.rows("persons") {
        let Value::Secret(number) = world.value("persons", row, "id_number") else {
            panic!("{row:?}")
        };
        let read = ResidentId::parse(number.expose(), today, Strictness::Strict).unwrap();
        assert_eq!(Value::Date(read.birth_date()), world.value("persons", row, "birth_on"));
        assert_eq!(Value::text(read.sex().as_str()), world.value("persons", row, "sex"));
        assert!(seen.insert(read.as_str().to_owned()));
    }
}

#[test]
fn parts_sum_to_wholes() {
    let world = made(1000, 5);
    let sums = |step: &str, by: &str, field: &str| {
        let mut sums: HashMap<Uuid, Decimal> = HashMap::new();
        for row in world.rows(step) {
            let key = target(&world.value(step, row, by));
            *sums.entry(key).or_default() += world.number(step, row, field);
        }
        sums
    };
    let shares = sums("shareholders", "to_party", "share");
    assert!(shares.len() >= 35 && shares.values().all(|share| *share == Decimal::ONE));
    let balances = sums("accounts", "party", "balance");
    for row in world.rows("persons") {
        assert_eq!(balances[&row.id], world.number("persons", row, "aum"));
    }
    let held = sums("lots", "account", "market_value");
    for row in world.rows("accounts").iter().filter(|row| held.contains_key(&row.id)) {
        assert_eq!(held[&row.id], world.number("accounts", row, "balance"));
    }
}

#[test]
fn balances_run_to_the_balance_of_today() {
    let world = made(400, 5);
    let mut last: HashMap<Uuid, (Value, Decimal)> = HashMap::new();
    let (mut rows, mut below) = (0, 0);
    for row in world.rows("moves") {
        let account = target(&world.value("moves", row, "account"));
        let at = world.value("moves", row, "occurred_at");
        let after = world.number("moves", row, "balance_after");
        rows += 1;
        below += u32::from(after < Decimal::ZERO);
        if let Some((Value::Instant(before), _)) = last.insert(account, (at.clone(), after)) {
            assert!(matches!(at, Value::Instant(at) if at >= before));
        }
    }
    assert!(rows > 1000 && below * 200 < rows, "{below} of {rows} below zero");
    for row in world.rows("accounts").iter().filter(|row| last.contains_key(&row.id)) {
        assert_eq!(last[&row.id].1, world.number("accounts", row, "balance"));
    }
}

/// A made row without what it refers to.
struct Alone<'a>(&'a LoadRow);

impl Record for Alone<'_> {
    fn field(&self, path: &FieldPath) -> Value {
        if !path.steps.is_empty() {
            return Value::Null;
        }
        let found = self.0.values.iter().find(|(slot, _)| *slot == path.slot);
        found.map_or(Value::Null, |(_, value)| value.clone())
    }
    fn aggregate(&self, _: &schema::expr::Aggregate) -> Value {
        Value::Null
    }
    fn reachable(&self, _: Slot, _: ObjectIx, _: &schema::expr::Node) -> bool {
        false
    }
    fn shared(&self) -> bool {
        false
    }
}

/// The packs' own parameters.
struct InForce(Arc<Catalogue>);

impl Parameters for InForce {
    fn get(&self, name: &Name) -> Value {
        let today = kernel::time::business_date(now());
        match self.0.parameters.get(name).and_then(|parameter| parameter.on(today)) {
            Some(ParameterValue::Number(number)) => Value::Number(*number),
            _ => Value::Null,
        }
    }
}

#[test]
fn made_rows_keep_the_packs_rules() {
    let world = made(1000, 13);
    let env = Env {
        today: kernel::time::business_date(now()),
        now: now(),
        me: None,
        units: &[],
        subtree: &[],
        parameters: &InForce(world.catalogue.clone()),
    };
    let mut broken: BTreeMap<String, usize> = BTreeMap::new();
    for (step, (object, rows)) in &world.steps {
        let (_, object) = world.catalogue.object(object.as_str()).unwrap();
        for row in rows {
            for rule in &object.validations {
                let applies = rule.when.as_ref().is_none_or(|when| when.holds(&Alone(row), &env));
                if applies && rule.must.eval(&Alone(row), &env) == Value::Bool(false) {
                    *broken.entry(format!("{step}: {}", rule.code)).or_default() += 1;
                }
            }
            for (slot, field) in
                object.slots().skip(base::COUNT).filter(|(_, field)| field.required)
            {
                let given = row.values.iter().any(|(at, _)| *at == slot);
                let filled = given || field.default.is_some();
                if !filled {
                    *broken.entry(format!("{step}: {} is empty", field.name)).or_default() += 1;
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
