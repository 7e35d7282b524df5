//! A small pack and records of it.

use std::sync::Arc;

use kernel::{Decimal, Instant, Sensitive};
use schema::expr::{Env, NoParameters, Node, parse};
use schema::pack::PackFiles;
use schema::{Catalogue, ObjectIx, Slot, Value};
use store::records::{Change, Cipher, Publish, Select, Unreadable, Write};
use store::{Db, Store};
use uuid::Uuid;

const PACK: &str = r#"
name = "trial"
version = "1.0.0"
label = { zh = "试", en = "Trial" }
requires = []
"#;

const UNIT: &str = r#"
label = { zh = "机构", en = "Unit" }
title = "name"
system = "org_unit"
[fields.code]
type = "text"
label = { zh = "编号", en = "Code" }
unique = true
[fields.name]
type = "text"
label = { zh = "名称", en = "Name" }
required = true
[fields.parent]
type = "org_unit"
label = { zh = "上级", en = "Parent" }
"#;

const USER: &str = r#"
label = { zh = "用户", en = "User" }
title = "name"
system = "user"
[fields.login]
type = "text"
label = { zh = "登录名", en = "Login" }
required = true
unique = true
[fields.name]
type = "text"
label = { zh = "姓名", en = "Name" }
required = true
[fields.active]
type = "boolean"
label = { zh = "启用", en = "Active" }
[fields.manager]
type = "user"
label = { zh = "上级", en = "Manager" }
"#;

const ASSIGNMENT: &str = r#"
label = { zh = "授权", en = "Assignment" }
title = "role"
system = "assignment"
[fields.user]
type = "user"
label = { zh = "用户", en = "User" }
[fields.role]
type = "text"
label = { zh = "角色", en = "Role" }
[fields.unit]
type = "org_unit"
label = { zh = "机构", en = "Unit" }
[fields.until_on]
type = "date"
label = { zh = "至", en = "Until" }
"#;

const CLIENT: &str = r#"
label = { zh = "客户", en = "Client" }
title = "name"
[fields.name]
type = "text"
label = { zh = "姓名", en = "Name" }
required = true
search = "name"
[fields.id_number]
type = "resident_id"
label = { zh = "证件", en = "ID" }
level = 4
unique = true
search = "tail"
[fields.mobile]
type = "phone"
label = { zh = "手机", en = "Mobile" }
search = "tail"
[fields.born_on]
type = "date"
label = { zh = "生日", en = "Born" }
[fields.assets]
type = "money"
currency = "CNY"
label = { zh = "资产", en = "Assets" }
[fields.score]
type = "number"
scale = 0
label = { zh = "分", en = "Score" }
[fields.vip]
type = "boolean"
label = { zh = "贵宾", en = "VIP" }
[fields.labels]
type = "tags"
label = { zh = "标签", en = "Labels" }
[fields.referrer]
type = "reference"
to = "client"
label = { zh = "推荐人", en = "Referrer" }
[fields.half]
type = "formula"
formula = "assets / 2"
label = { zh = "半", en = "Half" }
[fields.total]
type = "roll_up"
object = "deal"
by = "client"
function = "sum"
value = "amount"
label = { zh = "合计", en = "Total" }
[[unique]]
name = "name_born"
fields = ["name", "born_on"]
[[indexes]]
name = "by_owner_score"
fields = ["owner", "-score"]
"#;

const DEAL: &str = r#"
label = { zh = "交易", en = "Deal" }
title = "title"
[fields.title]
type = "text"
label = { zh = "标题", en = "Title" }
[fields.client]
type = "reference"
to = ["client", "org_unit"]
label = { zh = "客户", en = "Client" }
[fields.amount]
type = "money"
currency = "CNY"
label = { zh = "金额", en = "Amount" }
"#;

/// A cipher that only looks like one: reversible, and different for each cell.
pub struct Rot;

impl Cipher for Rot {
    fn seal(&self, aad: &[u8], plain: &str) -> Vec<u8> {
        let key = aad.iter().fold(7_u8, |key, byte| key.wrapping_mul(31).wrapping_add(*byte));
        plain.bytes().map(|byte| byte ^ key).chain([key]).collect()
    }
    fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<String, Unreadable> {
        let key = aad.iter().fold(7_u8, |key, byte| key.wrapping_mul(31).wrapping_add(*byte));
        match sealed.split_last() {
            Some((end, body)) if *end == key => {
                Ok(String::from_utf8(body.iter().map(|byte| byte ^ key).collect()).unwrap())
            }
            _ => Err(Unreadable("another cell".into())),
        }
    }
    fn blind(&self, object: &str, field: &str, plain: &str) -> [u8; 16] {
        let text = format!("{object}.{field}.{plain}");
        let digest = text
            .bytes()
            .fold(99_u128, |sum, b| sum.wrapping_mul(1_000_003).wrapping_add(u128::from(b)));
        digest.to_be_bytes()
    }
    fn tail(&self, object: &str, field: &str, plain: &str) -> Option<[u8; 16]> {
        let count = plain.chars().count();
        let last: String = plain.chars().skip(count.checked_sub(4)?).collect();
        Some(self.blind(object, field, &format!("tail{last}")))
    }
    fn token(&self, token: &str) -> [u8; 16] {
        self.blind("", "", token)
    }
}

pub fn trial() -> Vec<PackFiles> {
    vec![PackFiles::new(
        "trial",
        [
            ("pack.toml", PACK),
            ("objects/org_unit.toml", UNIT),
            ("objects/user.toml", USER),
            ("objects/assignment.toml", ASSIGNMENT),
            ("objects/client.toml", CLIENT),
            ("objects/deal.toml", DEAL),
        ],
    )]
}

pub fn load(files: &[PackFiles]) -> Catalogue {
    schema::pack::load(files).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

pub fn publish(version: u64) -> Publish {
    Publish {
        version,
        at: now(),
        by: Uuid::from_u128(1),
        note: "trial".into(),
        texts: vec![("trial/pack.toml".into(), PACK.into())],
        write: Write::default(),
    }
}

/// A store whose database has the tables of `catalogue`.
pub async fn store(db: Db, catalogue: &Catalogue) -> Store {
    store::migrate::migrate(&db, now()).await.unwrap();
    let store = Store::new(db, Arc::new(Rot));
    store.prepare().await.unwrap();
    store.publish(&Catalogue::default(), catalogue, publish(1)).await.unwrap();
    store
}

pub fn now() -> Instant {
    "2026-01-31T08:00:00Z".parse().unwrap()
}

pub const ENV: Env<'static> = Env {
    today: jiff::civil::date(2026, 1, 31),
    now: Instant::UNIX_EPOCH,
    me: None,
    units: &[],
    subtree: &[],
    parameters: &NoParameters,
};

pub fn slot(catalogue: &Catalogue, object: &str, field: &str) -> Slot {
    let (_, object) = catalogue.object(object).unwrap();
    Slot(u16::try_from(object.fields.get_index_of(field).unwrap()).unwrap())
}

/// A full record of `object` with these fields.
pub fn record(
    catalogue: &Catalogue,
    object: &str,
    id: u128,
    fields: &[(&str, Value)],
) -> Vec<Value> {
    let (_, of) = catalogue.object(object).unwrap();
    let mut values = vec![Value::Null; of.fields.len()];
    values[0] = Value::Id(Uuid::from_u128(id));
    values[1] = Value::Number(Decimal::ONE);
    values[3] = Value::Id(Uuid::from_u128(900));
    values[4] = Value::Instant(now());
    values[5] = Value::Id(Uuid::from_u128(900));
    values[6] = Value::Instant(now());
    values[7] = Value::Id(Uuid::from_u128(900));
    for (field, value) in fields {
        values[usize::from(slot(catalogue, object, field).0)] = value.clone();
    }
    values
}

pub fn insert(catalogue: &Catalogue, object: &str, id: u128, fields: &[(&str, Value)]) -> Change {
    let (ix, _) = catalogue.object(object).unwrap();
    Change::Insert { object: ix, values: record(catalogue, object, id, fields) }
}

pub fn write(changes: Vec<Change>) -> Write {
    Write { changes, ..Write::default() }
}

pub fn text(text: &str) -> Value {
    Value::text(text)
}

pub fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

pub fn secret(text: &str) -> Value {
    Value::Secret(Sensitive::new(text.into()))
}

pub fn node(catalogue: &Catalogue, object: ObjectIx, source: &str) -> Node {
    parse(source, catalogue, object).unwrap_or_else(|error| panic!("{source}: {error:?}")).root
}

pub fn select<'a>(object: ObjectIx, columns: Vec<Node>, env: &'a Env<'a>) -> Select<'a> {
    Select {
        object,
        columns,
        scope: None,
        filter: None,
        search: None,
        owner_hint: None,
        or_shared: false,
        sort: Vec::new(),
        after: None,
        limit: 100,
        env,
    }
}
