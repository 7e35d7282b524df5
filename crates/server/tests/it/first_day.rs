//! An institution's first day over HTTP: its units, people and customers come in from files, each
//! bad row is named, and everybody then sees what is theirs.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::Change;
use schema::Name;
use serde_json::{Value as Json, json};
use server::auth::{password, totp};
use server::serve;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bed::{Bed, Caller, PASSWORD, shipped};

pub fn sample(name: &str) -> Vec<u8> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    std::fs::read(root.join(name)).unwrap()
}

/// Background work, until dropped or stopped.
pub struct Serving {
    stop: CancellationToken,
    server: JoinHandle<()>,
}

impl Serving {
    pub async fn start(bed: &Bed) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve::serve(bed.app.clone(), listener, stop.clone()));
        Serving { stop, server }
    }

    pub async fn end(self) {
        self.stop.cancel();
        self.server.await.unwrap();
    }
}

/// Makes a record as the platform.
pub async fn make(bed: &Bed, object: &str, values: Json) -> Uuid {
    let engine = bed.app.engine();
    let Json::Object(values) = values else { panic!("values") };
    let change = Change::Create { object: Name::new(object).unwrap(), id: None, values };
    engine.submit(&engine.system(None, "test"), change.into()).await.unwrap().id
}

/// Makes a user with a role and the common password.
pub async fn person(bed: &Bed, login: &str, role: &str, unit: Uuid) -> Caller {
    let values = json!({ "login": login, "name": login, "active": true, "org_unit": unit });
    let user = make(bed, "user", values).await;
    make(bed, "assignment", json!({ "user": user, "role": role, "unit": unit })).await;
    admit(bed, &[user]).await;
    signed_in(bed, login).await
}

/// Signs in, and sets up the second factor where the role asks for one.
async fn signed_in(bed: &Bed, login: &str) -> Caller {
    let caller = bed.caller(login).await;
    let begun = caller.get("/api/v1/session").await.json();
    if begun["must"] == "second_factor_setup" {
        let begun = caller.send("POST", "/api/v1/session/totp", json!({})).await.json();
        let secret = totp_rs::Secret::Encoded(begun["secret"].as_str().unwrap().to_owned());
        let code = totp::code(&secret.to_bytes().unwrap(), bed.app.engine().now()).unwrap();
        let put = caller.send("PUT", "/api/v1/session/totp", json!({ "code": code })).await;
        assert_eq!(put.status, 204, "{}", put.text);
    }
    caller
}

/// Gives users the common password.
async fn admit(bed: &Bed, users: &[Uuid]) {
    let hash = password::compute(PASSWORD).unwrap();
    let users: Vec<(Uuid, String)> = users.iter().map(|id| (*id, hash.clone())).collect();
    let engine = bed.app.engine();
    engine.admit_users(&engine.system(None, "test"), &users, false).await.unwrap();
}

/// Someone whose record was imported, signed in.
async fn imported(bed: &Bed, login: &str) -> Caller {
    let account = bed.app.engine().account_by_login(login).await.unwrap().unwrap();
    admit(bed, &[account.user]).await;
    signed_in(bed, login).await
}

/// Uploads a file; its id.
pub async fn upload(caller: &Caller, name: &str, bytes: Vec<u8>) -> String {
    let path = format!("/api/v1/files?name={name}");
    let reply = caller.raw("POST", &path, Some("application/octet-stream"), bytes).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json()["id"].as_str().unwrap().to_owned()
}

/// The plan that an analysis suggests.
pub fn suggested(object: &str, found: &Json, mode: &str, match_by: &[&str]) -> Json {
    let columns: Vec<Json> = found["columns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|column| column["field"].is_string())
        .map(|column| {
            let mut planned = json!({
                "column": column["column"], "header": column["header"], "field": column["field"],
            });
            if column["multiplier"].is_string() {
                planned["multiplier"] = column["multiplier"].clone();
            }
            planned
        })
        .collect();
    json!({
        "object": object, "format": found["format"], "header_row": found["header_row"],
        "columns": columns, "mode": mode, "match_by": match_by,
    })
}

/// Sets an import of a file up; its path.
pub async fn prepare(
    caller: &Caller,
    (name, bytes): (&str, Vec<u8>),
    object: &str,
    (mode, match_by): (&str, &[&str]),
) -> String {
    let file = upload(caller, name, bytes).await;
    let asked = json!({ "object": object, "file": file });
    let found = caller.send("POST", "/api/v1/imports/analyse", asked).await;
    assert_eq!(found.status, 200, "{}", found.text);
    let plan = suggested(object, &found.json(), mode, match_by);
    let made = caller.send("POST", "/api/v1/imports", json!({ "file": file, "plan": plan })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!((&made.json()["state"], &made.json()["name"]), (&json!("ready"), &json!(name)));
    format!("/api/v1/imports/{}", made.json()["id"].as_str().unwrap())
}

/// Starts a task and waits for its job; the job.
pub async fn perform(caller: &Caller, import: &str, task: &str) -> Json {
    let started = caller.send("POST", &format!("{import}/{task}"), json!({})).await;
    assert_eq!(started.status, 202, "{}", started.text);
    let job = format!("/api/v1/jobs/{}", started.json()["job"].as_str().unwrap());
    for _ in 0..600 {
        let job = caller.get(&job).await.json();
        if !matches!(job["state"].as_str(), Some("ready" | "running")) {
            assert_eq!(job["state"], "done", "{job}");
            return job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the job never ended");
}

/// Tries an import and runs it; its path and report.
async fn bring(caller: &Caller, file: &str, object: &str, how: (&str, &[&str])) -> (String, Json) {
    let import = prepare(caller, (file, sample(file)), object, how).await;
    perform(caller, &import, "check").await;
    let tried = caller.get(&import).await.json();
    assert_eq!((&tried["state"], &tried["progress"]["rows"]), (&json!("checked"), &json!(0)));
    let job = perform(caller, &import, "run").await;
    let done = caller.get(&import).await.json();
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(done["report"]["bad"], tried["report"]["bad"], "trying tells what running does");
    assert_eq!((&job["done"], &job["total"]), (&tried["report"]["rows"], &tried["report"]["rows"]));
    assert_eq!(done["progress"]["rows"], done["report"]["rows"]);
    (import, done["report"].clone())
}

/// Every refused row stands in `expected.json` and the other way round; each has a sentence.
fn compare(file: &str, report: &Json) {
    let expected: Json = serde_json::from_slice(&sample("expected.json")).unwrap();
    let bad = expected[file]["bad"].as_array().unwrap();
    let line = |row: &Json| row["line"].as_u64().or(row["row"].as_u64()).unwrap();
    let wanted: BTreeSet<u64> = bad.iter().map(line).collect();
    let rows = report["first_bad"].as_array().unwrap();
    let found: BTreeSet<u64> = rows.iter().map(line).collect();
    assert_eq!(found, wanted, "{file}: {report:#}");
    for row in rows {
        let said = bad.iter().find(|bad| line(bad) == line(row)).unwrap();
        let column = said["field"].as_str().unwrap();
        let violations = row["violations"].as_array().unwrap();
        for violation in violations {
            let message = violation["message"].as_str().unwrap();
            assert!(!message.is_ascii() && !message.contains('{'), "{violation}");
        }
        let named = |violation: &Json| violation["params"]["column"] == column;
        let known = ["*", "客户经理"].contains(&column) || violations.iter().any(named);
        assert!(known || !violations.is_empty(), "{column}: {row}");
    }
}

#[test]
fn the_first_day_over_http() {
    shipped(|bed| async move {
        let serving = Serving::start(&bed).await;
        let head = make(&bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let admin = person(&bed, "admin", "system_admin", head).await;
        let security = person(&bed, "security", "security_admin", head).await;
        let code: &[&str] = &["code"];
        let (_, units) = bring(&admin, "org_units.csv", "org_unit", ("upsert", code)).await;
        assert_eq!((&units["created"], &units["bad"]), (&json!(90), &json!(0)), "{units}");
        let (_, users) = bring(&admin, "users.csv", "user", ("create", &[])).await;
        assert_eq!(users["bad"], 0, "{users}");
        let (_, roles) = bring(&security, "users.csv", "assignment", ("create", &[])).await;
        assert_eq!((&roles["created"], &roles["bad"]), (&users["created"], &json!(0)), "{roles}");

        let operator = imported(&bed, "ops1").await;
        let core = "customers_core_system.csv";
        let (import, report) = bring(&operator, core, "person", ("create", &[])).await;
        compare(core, &report);
        assert_eq!(report["created"], 988);
        let errors = operator.get(&format!("{import}/errors")).await;
        assert!(errors.header("content-type").starts_with("text/csv"));
        assert!(errors.header("content-disposition").contains("filename*=UTF-8''customers"));
        assert!(errors.text.starts_with("\u{feff}行号,原因,"), "{}", errors.text);
        let matched: (&str, &[&str]) = ("upsert", &["id_number"]);
        for file in ["customers_branch_gb18030.csv", "customers_wealth.xlsx"] {
            let (_, report) = bring(&operator, file, "person", matched).await;
            compare(file, &report);
        }
        rows_and_masks(&bed, &operator).await;
        one_number_and_one_phone(&bed).await;
        let compliance = imported(&bed, "compliance1").await;
        out_again(&bed, &operator, &compliance).await;

        let auditor = imported(&bed, "audit1").await;
        let verified = auditor.send("POST", "/api/v1/audit/verify", json!({})).await;
        assert_eq!(verified.json()["count"], 0, "{}", verified.text);
        serving.end().await;
    });
}

const PEOPLE: &str = "/api/v1/records/person";

async fn seen(caller: &Caller, filter: &str) -> u64 {
    let page = caller.get(&format!("{PEOPLE}?limit=1&count=exact{filter}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.json()["count"]["rows"].as_u64().unwrap()
}

/// An RM sees their own customers, a supervisor the sub-branch, a head the subtree.
async fn rows_and_masks(bed: &Bed, operator: &Caller) {
    let (rm, sup, head) = (
        imported(bed, "rm001").await,
        imported(bed, "sup001").await,
        imported(bed, "head01").await,
    );
    let own = seen(operator, "&filter=owner.login%20%3D%20%27rm001%27").await;
    let unit = seen(operator, "&filter=org_unit.code%20%3D%20%27Z001%27").await;
    assert!(own > 0 && unit > 0);
    assert_eq!(seen(&rm, "").await, own);
    assert_eq!(seen(&sup, "").await, unit);
    let below = seen(&head, "").await;
    assert!(below >= unit && below < seen(operator, "").await, "{below} of {unit}");
    let page = rm.get(&format!("{PEOPLE}?columns=name,id_number,owner&limit=50")).await.json();
    for record in page["records"].as_array().unwrap() {
        let shown = record["values"]["id_number"].as_str().unwrap_or("*");
        assert!(shown.contains('*'), "{record}");
    }
}

/// One reveal with a reason; one change with the version, and the same again too late.
async fn one_number_and_one_phone(bed: &Bed) {
    let rm = bed.caller("rm001").await;
    let page = rm
        .get(&format!("{PEOPLE}?columns=name,mobile&limit=1&filter=id_number%20is%20not%20empty"))
        .await;
    let page = match page.status {
        200 => page.json(),
        _ => rm.get(&format!("{PEOPLE}?columns=name,mobile&limit=1")).await.json(),
    };
    let record = &page["records"][0];
    let path = format!("{PEOPLE}/{}", record["id"].as_str().unwrap());
    let reveal = format!("{path}/reveal");
    let bare = rm.send("POST", &reveal, json!({ "field": "id_number" })).await;
    assert_eq!(bare.status, 422, "{}", bare.text);
    let asked = json!({ "field": "id_number", "reason": "客户临柜开户核对" });
    let shown = rm.send("POST", &reveal, asked).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(!shown.json()["value"].as_str().unwrap_or("*").contains('*'));
    let read = rm.get(&path).await;
    let version = read.header("etag").to_owned();
    let change = json!({ "mobile": "13800138000" });
    let first = rm.with("if-match", &version).send("PATCH", &path, change).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let change = json!({ "mobile": "13800138001" });
    let late = rm.with("if-match", &version).send("PATCH", &path, change).await;
    assert_eq!(late.status, 412, "{}", late.text);
    let late = late.json();
    assert_eq!(format!("\"{}\"", late["expected"]), version);
    assert_eq!(late["current"].as_u64(), late["expected"].as_u64().map(|version| version + 1));
    assert!(late["record"]["values"].is_object(), "{late}");
}

/// Exports: within the right and its limit, harmless to spreadsheets, with a purpose; many rows once
/// somebody else has approved.
async fn out_again(bed: &Bed, operator: &Caller, compliance: &Caller) {
    let query = json!({ "object": "person", "columns": ["name", "id_number", "remark"] });
    let asked = |format: &str, purpose: &str| json!({ "query": query, "format": format, "purpose": purpose });
    let path = "/api/v1/exports";
    let early = operator.send("POST", path, asked("csv", "监管报送")).await;
    assert_eq!(early.json()["violations"][0]["code"], "approval_rows", "{}", early.text);
    let approved = async |format: &str| {
        let requests = "/api/v1/approvals";
        let made =
            operator.send("POST", requests, json!({ "export": asked(format, "监管报送") })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let request = format!("{requests}/{}", made.json()["id"].as_str().unwrap());
        let answer = compliance.send("POST", &format!("{request}/approve"), json!({})).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
        operator.send("POST", &format!("{request}/file"), json!({})).await
    };
    let file = approved("csv").await;
    assert_eq!(file.status, 200, "{}", file.text);
    assert!(file.header("content-type").starts_with("text/csv"));
    assert!(file.header("content-disposition").contains(".csv"));
    assert!(
        file.text.contains("监管报送") && !file.text.contains(",=") && !file.text.contains("\n=")
    );
    let book = approved("xlsx").await;
    assert_eq!(book.status, 200, "{}", book.text);
    assert!(book.bytes.starts_with(b"PK"));
    let idle = operator.send("POST", path, json!({ "query": query })).await;
    assert_eq!(idle.status, 422, "{}", idle.text);
    let rm = bed.caller("rm001").await;
    let refused = rm.send("POST", path, asked("csv", "自用名单")).await;
    assert!(matches!(refused.status, 403 | 422), "{}", refused.text);
}
