//! A fresh installation of a small pack for each test, and callers to it.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use engine::{Change, Engine};
use http_body_util::BodyExt;
use kernel::{FixedClock, RandomIds};
use schema::Name;
use schema::pack::PackFiles;
use serde_json::{Value as Json, json};
use server::auth::password;
use server::http::gate::Peer;
use server::{App, Config, http, start};
use store::db::{Db, Options};
use tower::ServiceExt;
use uuid::Uuid;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The password everybody has.
pub const PASSWORD: &str = "Right-Pass-1";

const FILES: &[(&str, &str)] = &[
    ("pack.toml", "name = \"core\"\nversion = \"1.0.0\"\nlabel = { zh = \"测\", en = \"Test\" }\n"),
    (
        "objects/user.toml",
        r#"label = { zh = "用户", en = "User" }
title = "name"
system = "user"
[fields.login]
type = "text"
max = 40
label = { zh = "登录名", en = "Login" }
required = true
unique = true
[fields.name]
type = "text"
max = 50
label = { zh = "姓名", en = "Name" }
required = true
[fields.active]
type = "boolean"
label = { zh = "启用", en = "Active" }
required = true
default = "true"
[fields.manager]
type = "user"
label = { zh = "上级", en = "Manager" }
"#,
    ),
    (
        "objects/org_unit.toml",
        r#"label = { zh = "机构", en = "Org unit" }
title = "name"
system = "org_unit"
[fields.code]
type = "text"
max = 20
label = { zh = "编码", en = "Code" }
required = true
unique = true
[fields.name]
type = "text"
max = 50
label = { zh = "名称", en = "Name" }
required = true
[fields.parent]
type = "org_unit"
label = { zh = "上级", en = "Parent" }
"#,
    ),
    (
        "objects/assignment.toml",
        r#"label = { zh = "任命", en = "Assignment" }
title = "role"
system = "assignment"
[fields.user]
type = "user"
label = { zh = "用户", en = "User" }
required = true
[fields.role]
type = "select"
options = "role"
label = { zh = "角色", en = "Role" }
required = true
[fields.unit]
type = "org_unit"
label = { zh = "机构", en = "Unit" }
required = true
[fields.until_on]
type = "date"
label = { zh = "截止", en = "Until" }
"#,
    ),
    (
        "objects/thing.toml",
        r#"label = { zh = "东西", en = "Thing" }
title = "name"
[fields.name]
type = "text"
max = 50
label = { zh = "名称", en = "Name" }
required = true
search = "name"
[fields.mobile]
type = "phone"
label = { zh = "手机", en = "Mobile" }
level = 3
mask = "mobile"
[fields.id_number]
type = "resident_id"
label = { zh = "身份证号", en = "Resident ID" }
level = 4
[fields.amount]
type = "money"
currency = "CNY"
label = { zh = "金额", en = "Amount" }
[fields.amount_most]
type = "money"
currency = "CNY"
label = { zh = "金额上限", en = "Most" }
[[validations]]
code = "amount_negative"
must = "amount >= 0"
message = { zh = "金额不能为负", en = "the amount is negative" }
at = "amount"
[[validations]]
code = "amount_above_most"
when = "amount_most is not empty"
must = "amount <= amount_most"
message = { zh = "金额超过上限", en = "the amount is above the most" }
at = "amount"
"#,
    ),
    (
        "objects/thing_link.toml",
        r#"label = { zh = "联系", en = "Link" }
title = "kind"
[edge]
from = "one"
to = "other"
type = "kind"
share = "part"
[edge.ownership]
types = ["holds"]
[edge.control]
types = ["leads"]
exposure = ["amount"]
[fields.one]
type = "reference"
to = "thing"
label = { zh = "一方", en = "One" }
required = true
[fields.other]
type = "reference"
to = "thing"
label = { zh = "另一方", en = "Other" }
required = true
[fields.kind]
type = "select"
options = "link_kind"
label = { zh = "类型", en = "Kind" }
required = true
[fields.part]
type = "percent"
label = { zh = "比例", en = "Part" }
"#,
    ),
    (
        "options/link_kind.toml",
        r#"label = { zh = "联系类型", en = "Kind of link" }
[[items]]
code = "holds"
label = { zh = "持有", en = "Holds" }
[[items]]
code = "leads"
label = { zh = "领导", en = "Leads" }
"#,
    ),
    ("options/role.toml", "label = { zh = \"角色\", en = \"Role\" }\nsource = \"roles\"\n"),
    (
        "views/all_things.toml",
        r#"object = "thing"
label = { zh = "全部", en = "All" }
columns = ["name"]
sort = ["name"]
"#,
    ),
    (
        "matches/thing.toml",
        r#"object = "thing"
label = { zh = "查重", en = "Duplicates" }
severity = "warn"
[[keys]]
fields = ["mobile"]
[[comparisons]]
code = "same_mobile"
label = { zh = "手机相同", en = "same mobile" }
field = "mobile"
how = "exact"
weight = 60
[[comparisons]]
code = "similar_name"
label = { zh = "名称相近", en = "similar name" }
field = "name"
how = "name"
weight = 35
"#,
    ),
    (
        "parameters/export_approval_rows.toml",
        r#"label = { zh = "导出须审批的行数", en = "Rows from which an export needs approval" }
type = "number"
[[values]]
from = "2000-01-01"
value = "2"
"#,
    ),
    (
        "roles/worker.toml",
        r#"label = { zh = "员工", en = "Worker" }
rights = ["sees_locked"]
reveal_per_day = 2
export_rows = 5
[[grants]]
object = "thing"
actions = ["read", "create", "update", "delete", "reveal", "share", "reassign", "export"]
rows = "own"
default = "write"
fields = { amount_most = "hidden", mobile = "write", id_number = "write" }
[[grants]]
object = "thing_link"
actions = ["read", "create", "update", "delete"]
rows = "all"
default = "write"
[[grants]]
object = "user"
actions = ["read"]
rows = "all"
default = "read"
"#,
    ),
    (
        "roles/keeper.toml",
        r#"label = { zh = "管理员", en = "Keeper" }
rights = ["users", "api_keys", "audit", "publish", "jobs", "approve_exports"]
[[grants]]
object = "user"
actions = ["read", "create", "update"]
rows = "all"
default = "write"
[[grants]]
object = "assignment"
actions = ["read", "create", "update", "delete"]
rows = "all"
default = "write"
[[grants]]
object = "org_unit"
actions = ["read", "create", "update"]
rows = "all"
default = "write"
"#,
    ),
];

/// A fresh installation.
pub struct Bed {
    pub app: App,
    pub router: Router,
    pub clock: Arc<FixedClock>,
    /// Users by login: `ann` and `bob` are workers, `kim` is a keeper, `eve` holds no role.
    pub ids: Vec<(&'static str, Uuid)>,
    folder: PathBuf,
}

/// Runs `test` on SQLite and, when asked for, on PostgreSQL.
pub fn on_both<F: Future<Output = ()>>(test: impl Fn(Bed) -> F) {
    with(|_| {}, test);
}

/// As [`on_both`], with the packs that ship and nobody in it.
pub fn shipped<F: Future<Output = ()>>(test: impl Fn(Bed) -> F) {
    with_packs(&server::packs::first(), |_| {}, test);
}

/// As [`on_both`], with another configuration.
pub fn with<F: Future<Output = ()>>(change: impl Fn(&mut Config), test: impl Fn(Bed) -> F) {
    with_packs(&[PackFiles::new("core", FILES.iter().copied())], change, test);
}

fn with_packs<F: Future<Output = ()>>(
    packs: &[PackFiles],
    change: impl Fn(&mut Config),
    test: impl Fn(Bed) -> F,
) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jy_server_{}_{number}", std::process::id());
        let folder = std::env::temp_dir().join(&name);
        let bed = Bed::new(folder.clone(), None, packs, &change).await;
        test(bed).await;
        let _ = std::fs::remove_dir_all(&folder);
        let Ok(server) = std::env::var("JINYAO_TEST_PG") else { return };
        let admin = Db::open(&server, &Options::default()).await.unwrap();
        admin.maintain(&format!("CREATE DATABASE {name}")).await.unwrap();
        let bed = Bed::new(folder.clone(), Some(at(&server, &name)), packs, &change).await;
        test(bed).await;
        let _ = std::fs::remove_dir_all(&folder);
        admin.maintain(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    });
}

fn at(server: &str, database: &str) -> String {
    let (head, query) = server.split_once('?').map_or((server, ""), |(head, query)| (head, query));
    let start = head.find("://").unwrap() + 3;
    let head = head[start..].find('/').map_or(head, |slash| &head[..start + slash]);
    format!("{head}/{database}?{query}")
}

impl Bed {
    async fn new(
        folder: PathBuf,
        url: Option<String>,
        packs: &[PackFiles],
        change: &impl Fn(&mut Config),
    ) -> Bed {
        let text = format!("data = {:?}\nplain_http = true\n", folder.display().to_string());
        let mut config = Config::read("test", &text, |_| None).unwrap();
        config.database_url = url.unwrap_or(config.database_url);
        config.requests_per_second = 0;
        change(&mut config);
        let clock = Arc::new(FixedClock::new("2026-03-02T02:00:00Z".parse().unwrap()));
        let engine = start::open_with(&config, clock.clone(), Arc::new(RandomIds)).await.unwrap();
        start::install(&engine, packs, "test").await.unwrap();
        let ids = if packs.len() == 1 { people(&engine).await } else { Vec::new() };
        let app = App::new(engine, config).unwrap();
        let router = http::router(app.clone());
        Bed { app, router, clock, ids, folder }
    }

    pub fn id(&self, login: &str) -> Uuid {
        self.ids.iter().find(|(name, _)| *name == login).unwrap().1
    }

    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// Somebody who is not signed in.
    pub fn nobody(&self) -> Caller {
        Caller { router: self.router.clone(), headers: Vec::new(), peer: [10, 0, 0, 1] }
    }

    /// Somebody signed in.
    pub async fn caller(&self, login: &str) -> Caller {
        let nobody = self.nobody();
        let reply = nobody
            .send("POST", "/api/v1/session", json!({ "login": login, "password": PASSWORD }))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        Caller { headers: reply.session(), ..nobody }
    }
}

async fn people(engine: &Engine) -> Vec<(&'static str, Uuid)> {
    let platform = engine.system(None, "test");
    let make = async |object: &str, values: Json| {
        let Json::Object(values) = values else { panic!("values") };
        let object = Name::new(object).unwrap();
        let change = Change::Create { object, id: None, values };
        engine.submit(&platform, change.into()).await.unwrap().id
    };
    let unit = make("org_unit", json!({ "code": "U1", "name": "一部" })).await;
    let mut ids = Vec::new();
    for (login, role) in
        [("ann", Some("worker")), ("bob", Some("worker")), ("kim", Some("keeper")), ("eve", None)]
    {
        let values = json!({ "login": login, "name": login, "active": true, "org_unit": unit });
        let user = make("user", values).await;
        if let Some(role) = role {
            make("assignment", json!({ "user": user, "role": role, "unit": unit })).await;
        }
        ids.push((login, user));
    }
    let hash = password::compute(PASSWORD).unwrap();
    let users: Vec<(Uuid, String)> = ids.iter().map(|(_, id)| (*id, hash.clone())).collect();
    engine.admit_users(&platform, &users, false).await.unwrap();
    ids.push(("unit", unit));
    ids
}

/// Someone who sends requests.
#[derive(Clone)]
pub struct Caller {
    pub router: Router,
    pub headers: Vec<(String, String)>,
    pub peer: [u8; 4],
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Headers of the session this answer began.
    pub fn session(&self) -> Vec<(String, String)> {
        let cookie = self.header("set-cookie").split(';').next().unwrap().to_owned();
        let csrf = self.json()["csrf"].as_str().unwrap().to_owned();
        vec![("cookie".into(), cookie), ("x-csrf-token".into(), csrf)]
    }
}

impl Caller {
    /// The same caller with one more header, or another value of it.
    pub fn with(&self, name: &str, value: &str) -> Caller {
        let mut caller = self.clone();
        caller.headers.retain(|(known, _)| known != name);
        caller.headers.push((name.into(), value.into()));
        caller
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.raw("GET", path, None, Vec::new()).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Json) -> Reply {
        self.raw(method, path, Some("application/json"), body.to_string().into_bytes()).await
    }

    pub async fn raw(&self, method: &str, path: &str, kind: Option<&str>, body: Vec<u8>) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(Peer(SocketAddr::from((self.peer, 4000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status: StatusCode = parts.status;
        assert!(!status.is_server_error() || status == 503, "{method} {path}: {text}");
        Reply { status: status.as_u16(), headers: parts.headers, text, bytes: bytes.to_vec() }
    }
}
