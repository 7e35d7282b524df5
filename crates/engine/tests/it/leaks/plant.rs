//! Records whose every field holds a marked value, owned by an actor, in their unit, or shared.

use std::collections::HashMap;

use engine::{Change, Engine};
use kernel::{Decimal, Instant, Sensitive};
use schema::catalogue::{Access, Action, Grant, Role, Rows, SystemKind, base};
use schema::pack::PackFiles;
use schema::{Catalogue, Field, FieldType, Name, Object, ObjectIx, Slot, Value};
use serde_json::json;
use uuid::Uuid;

use crate::samples;

/// How a record stands to the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Own,
    Unit,
    Shared,
}

pub const PLACES: [Place; 3] = [Place::Own, Place::Unit, Place::Shared];

/// A record full of marked values.
pub struct Planted {
    pub object: Name,
    pub ix: ObjectIx,
    pub place: Place,
    pub id: Uuid,
    /// Field and texts that would give its value away.
    pub marks: Vec<(Slot, Vec<String>)>,
}

pub struct Garden {
    pub me: Uuid,
    pub stranger: Uuid,
    pub unit: Uuid,
    /// What every file field holds.
    pub file: Uuid,
    pub records: Vec<Planted>,
}

/// A pack with what the shipped ones do not have: a field of level 5, a level 4 field that is not
/// sealed, hidden and masked fields that search looks through, a hidden title.
pub fn trap() -> PackFiles {
    let pack = "name = \"trap\"\nversion = \"0.1.0\"\nrequires = [\"core\"]\n\
                label = { zh = \"陷阱\", en = \"Trap\" }\n";
    let field = |name: &str, rest: &str| {
        format!("[fields.{name}]\nlabel = {{ zh = \"{name}\", en = \"{name}\" }}\n{rest}\n")
    };
    let mut vault = "label = { zh = \"库\", en = \"Vault\" }\ntitle = \"called\"\n".to_owned();
    for (name, rest) in [
        ("called", "type = \"text\"\nmax = 50\nrequired = true\nsearch = \"text\""),
        ("never", "type = \"text\"\nmax = 50\nlevel = 5"),
        ("pin", "type = \"text\"\nmax = 50\nlevel = 4\nencrypted = false\nmask = \"tail4\""),
        ("quiet", "type = \"text\"\nmax = 50\nunique = true"),
        ("worth", "type = \"money\"\nscale = 2\ncurrency = \"CNY\""),
        ("alias", "type = \"text\"\nmax = 50\nlevel = 3\nmask = \"name\""),
        ("echo", "type = \"formula\"\nformula = \"quiet\""),
        ("paper", "type = \"file\"\nmax_bytes = 1000"),
        ("item", "type = \"reference\"\nto = \"vault_item\""),
    ] {
        vault.push_str(&field(name, rest));
    }
    vault.push_str(
        "[[validations]]\ncode = \"quiet_rule\"\nwhen = \"quiet is not empty\"\n\
         must = \"called != 'loud'\"\nmessage = { zh = \"不可\", en = \"no\" }\nat = \"quiet\"\n",
    );
    let mut item = "label = { zh = \"件\", en = \"Item\" }\ntitle = \"secret\"\n".to_owned();
    item.push_str(&field("secret", "type = \"text\"\nmax = 50\nsearch = \"name\""));
    item.push_str(&field("tail", "type = \"text\"\nmax = 50\nlevel = 3\nsearch = \"tail\""));
    let watcher = "label = { zh = \"看\", en = \"Watcher\" }\nreveal_per_day = 5\n\
        export_rows = 100\n\
        [[grants]]\nobject = \"vault\"\nrows = \"own\"\ndefault = \"read\"\n\
        actions = [\"read\", \"create\", \"update\", \"reveal\", \"export\", \"share\", \"import\", \"delete\"]\n\
        fields = { called = \"write\", quiet = \"hidden\", worth = \"hidden\", paper = \"hidden\", alias = \"masked\" }\n\
        [[grants]]\nobject = \"vault\"\nrows = \"shared\"\ndefault = \"masked\"\n\
        actions = [\"read\", \"update\"]\n\
        [[grants]]\nobject = \"vault_item\"\nrows = \"all\"\ndefault = \"read\"\n\
        actions = [\"read\", \"export\"]\nfields = { secret = \"hidden\" }\n";
    PackFiles::new(
        "trap",
        [
            ("pack.toml", pack),
            ("objects/vault.toml", &vault),
            ("objects/vault_item.toml", &item),
            ("roles/watcher.toml", watcher),
        ],
    )
}

pub async fn garden(engine: &Engine) -> Garden {
    let platform = engine.system(None, "test");
    let unit = json!({ "code": "LEAK", "name": "一支行" });
    let unit = samples::create(engine, &platform, "org_unit", unit).await;
    let far = json!({ "code": "FAR", "name": "二支行" });
    let far = samples::create(engine, &platform, "org_unit", far).await;
    let mut users = Vec::new();
    for (login, home) in [("me", unit), ("stranger", far)] {
        let user = json!({ "login": login, "name": login, "active": true, "org_unit": home });
        users.push(samples::create(engine, &platform, "user", user).await);
    }
    let catalogue = engine.catalogue();
    let mut ids = HashMap::new();
    for name in catalogue.objects.keys() {
        for place in PLACES {
            ids.insert((name.clone(), place), engine.next_id(engine.now()));
        }
    }
    let file = samples::upload(engine, &platform, "f.txt", b"canary file").await.unwrap();
    let (me, stranger) = (users[0], users[1]);
    let mut garden = Garden { me, stranger, unit, file, records: Vec::new() };
    let mut count = 0;
    for (name, object) in &catalogue.objects {
        for place in PLACES {
            let mut planting = Planting { catalogue: &catalogue, ids: &ids, place, count };
            let (values, marks) = planting.values(object, &garden, far);
            count = planting.count;
            let (ix, _) = catalogue.object(name.as_str()).unwrap();
            let id = ids[&(name.clone(), place)];
            if place == Place::Own {
                bin(engine, &catalogue, ix, values.clone(), false).await;
                bin(engine, &catalogue, ix, values.clone(), true).await;
            }
            plant(engine, &catalogue, ix, values, (place == Place::Shared).then_some(garden.me))
                .await;
            let mut planted = Planted { object: name.clone(), ix, place, id, marks };
            touch(engine, object, &mut planted).await;
            garden.records.push(planted);
        }
    }
    garden
}

async fn plant(
    engine: &Engine,
    catalogue: &Catalogue,
    ix: ObjectIx,
    values: Vec<Value>,
    shared_with: Option<Uuid>,
) {
    let (Value::Id(record), Value::Id(owner)) = (&values[0], &values[usize::from(base::OWNER.0)])
    else {
        panic!("a record has an id and an owner");
    };
    let share = shared_with.map(|user| store::access::Share {
        id: engine.next_id(engine.now()),
        object: catalogue.at(ix).unwrap().name.as_str().into(),
        record: *record,
        user,
        may_write: false,
        expires_at: None,
        granted_by: *owner,
        granted_at: engine.now(),
    });
    let write = store::Write {
        system: share.iter().map(store::access::share).collect(),
        changes: vec![store::Change::Insert { object: ix, values }],
        ..store::Write::default()
    };
    engine.store().commit(catalogue, write).await.unwrap();
}

/// Puts a copy of a record into the recycle bin, or among the locked ones.
async fn bin(
    engine: &Engine,
    catalogue: &Catalogue,
    ix: ObjectIx,
    mut values: Vec<Value>,
    locked: bool,
) {
    let id = engine.next_id(engine.now());
    values[usize::from(base::ID.0)] = Value::Id(id);
    plant(engine, catalogue, ix, values.clone(), None).await;
    let delete = store::Change::Delete { object: ix, id, expected: 1, image: values };
    let mut write = store::Write { changes: vec![delete], ..store::Write::default() };
    if locked {
        let lock = store::records::Lock { until: 30_000, cause: id };
        let name = catalogue.at(ix).unwrap().name.as_str();
        write.system = store::records::lock(name, id, &lock);
    }
    engine.store().commit(catalogue, write).await.unwrap();
}

/// Changes the plain texts of a record, so that the log tells of values before and after.
async fn touch(engine: &Engine, object: &Object, planted: &mut Planted) {
    let platform = engine.system(None, "test");
    let mut values = serde_json::Map::new();
    for (slot, marks) in &mut planted.marks {
        let field = object.at(*slot).unwrap();
        let free = matches!(field.kind, FieldType::Text { .. } | FieldType::LongText { .. });
        if free && !field.read_only {
            let second = format!("{}b", marks[0]);
            values.insert(field.name.to_string(), json!(second));
            marks.push(second);
        }
    }
    let change =
        Change::Update { object: planted.object.clone(), id: planted.id, version: None, values };
    // A pack's rules may refuse a marked record; then its log has no such entry.
    drop(engine.submit(&platform, change.into()).await);
}

struct Planting<'a> {
    catalogue: &'a Catalogue,
    ids: &'a HashMap<(Name, Place), Uuid>,
    place: Place,
    count: u32,
}

impl Planting<'_> {
    fn values(
        &mut self,
        object: &Object,
        garden: &Garden,
        far: Uuid,
    ) -> (Vec<Value>, Vec<(Slot, Vec<String>)>) {
        let owner = if self.place == Place::Own { garden.me } else { garden.stranger };
        let unit = if self.place == Place::Shared { far } else { garden.unit };
        let now: Instant = crate::bed::NOW.parse().unwrap();
        let mut marks = Vec::new();
        let mut values = Vec::new();
        for (slot, field) in object.slots() {
            values.push(match slot {
                base::ID => Value::Id(self.ids[&(object.name.clone(), self.place)]),
                base::VERSION => Value::Number(Decimal::ONE),
                base::ORG_UNIT => Value::Id(unit),
                base::OWNER => Value::Id(owner),
                base::CREATED_AT | base::UPDATED_AT => Value::Instant(now),
                base::CREATED_BY | base::UPDATED_BY => Value::Id(owner),
                _ => {
                    self.count += 1;
                    let (value, mark) = self.value(object, field, garden);
                    marks.extend(mark.map(|mark| (slot, vec![mark])));
                    value
                }
            });
        }
        (values, marks)
    }

    fn value(&self, object: &Object, field: &Field, garden: &Garden) -> (Value, Option<String>) {
        let n = self.count;
        let text = |text: String, mark: String| {
            let value = match field.encrypted {
                true => Value::Secret(Sensitive::new(text.as_str().into())),
                false => Value::text(text),
            };
            (value, Some(mark))
        };
        let mark = format!("canary{n:05}x");
        let day = kernel::time::date_from_days(-30_000 + i64::from(n)).unwrap();
        match &field.kind {
            FieldType::Phone => {
                text(format!("139{:08}", 10_000_000 + n), format!("{}", 10_000_000 + n))
            }
            FieldType::Email => text(format!("{mark}@example.com"), mark),
            FieldType::Address => text(format!("北京市东城区{mark}号"), mark),
            FieldType::ResidentId => text(format!("11010119{n:010}"), format!("19{n:010}")),
            FieldType::CreditCode => text(format!("91110000{n:010}"), format!("00{n:010}")),
            FieldType::BankCard => text(format!("62220000{n:010}"), format!("00{n:010}")),
            FieldType::Number { .. } | FieldType::Money { .. } | FieldType::Percent { .. } => {
                let number = 7_000_000 + n;
                (Value::Number(number.into()), Some(number.to_string()))
            }
            FieldType::Date => (Value::Date(day), Some(day.to_string())),
            FieldType::DateTime => {
                let at = kernel::time::start_of_day(day) + jiff::SignedDuration::from_hours(12);
                (Value::Instant(at), Some(day.to_string()))
            }
            FieldType::Boolean => (Value::Bool(true), None),
            FieldType::MultiSelect { .. } | FieldType::Tags => {
                (Value::List([Value::text(mark.clone())].into()), Some(mark))
            }
            FieldType::File { .. } => (Value::Id(garden.file), None),
            FieldType::Formula { .. } | FieldType::RollUp { .. } | FieldType::ChildTable { .. } => {
                (Value::Null, None)
            }
            FieldType::Reference { to, .. } if to.len() > 1 => {
                (Value::Link(to[0].clone(), self.ids[&(to[0].clone(), self.place)]), None)
            }
            FieldType::Reference { to, .. } => {
                (Value::Id(self.ids[&(to[0].clone(), self.place)]), None)
            }
            FieldType::ManyToMany { to } => {
                (Value::List([Value::Id(self.ids[&(to.clone(), self.place)])].into()), None)
            }
            FieldType::OrgUnit if object.system == Some(SystemKind::OrgUnit) => (Value::Null, None),
            FieldType::User | FieldType::OrgUnit => {
                let target = self.catalogue.at(field.target(self.catalogue).unwrap()).unwrap();
                (Value::Id(self.ids[&(target.name.clone(), self.place)]), None)
            }
            _ => text(mark.clone(), mark),
        }
    }
}

/// The most that `role` may be granted to a field of a record standing so: rows that are not decided
/// by its place count as matching.
pub fn granted(
    (catalogue, role): (&Catalogue, &Role),
    object: &Name,
    field: &Field,
    action: Action,
    place: Option<Place>,
) -> Access {
    let matches = |grant: &&Grant| {
        grant.object == *object
            && grant.actions.contains(&action)
            && place.is_none_or(|place| stands((catalogue, role), grant, place, 0))
    };
    role.grants.iter().filter(matches).map(|grant| grant.access(field)).max().unwrap_or_default()
}

/// Whether a grant's rows may include a record at `place`, whose parents stand there too.
fn stands(of: (&Catalogue, &Role), grant: &Grant, place: Place, depth: usize) -> bool {
    let shared = matches!(grant.rows, Rows::SharedParent);
    match grant.rows {
        Rows::All | Rows::When(_) => true,
        Rows::Own | Rows::Team => place == Place::Own,
        Rows::Unit | Rows::Subtree => place != Place::Shared,
        Rows::Shared => place == Place::Shared,
        Rows::Parent | Rows::SharedParent => {
            let (_, object) = of.0.object(grant.object.as_str()).unwrap();
            let parent = &object.at(object.parent.unwrap()).unwrap().kind;
            let FieldType::Reference { to, .. } = parent else { panic!("a parent is a reference") };
            depth < 5
                && of.1.grants.iter().any(|above| {
                    above.object == to[0]
                        && above.actions.contains(&Action::Read)
                        && matches!(above.rows, Rows::Shared | Rows::SharedParent) == shared
                        && stands(of, above, place, depth + 1)
                })
        }
    }
}
