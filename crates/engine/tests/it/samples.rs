//! The files an institution brings on its first day, imported as they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::export::{Export, ExportRequest};
use engine::import::{ColumnPlan, ImportJob, ImportPlan, Mode, Report, Task};
use engine::{Actor, Change, Engine, Error, Origin, Refusal};
use schema::Name;
use schema::query::{CountMode, Query};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::bed;

pub fn sample(name: &str) -> Vec<u8> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    std::fs::read(root.join(name)).unwrap()
}

pub async fn create(engine: &Engine, actor: &Actor, object: &str, values: Json) -> Uuid {
    let object = Name::new(object).unwrap();
    let values = values.as_object().unwrap().clone();
    let change = Change::Create { object, id: None, values };
    engine.submit(actor, change.into()).await.unwrap().id
}

/// A user with a role at a unit.
pub async fn user(engine: &Engine, login: &str, role: &str, unit: Uuid) -> Actor {
    let platform = engine.system(None, "test");
    let values = json!({ "login": login, "name": login, "active": true, "org_unit": unit });
    let id = create(engine, &platform, "user", values).await;
    let held = json!({ "user": id, "role": role, "unit": unit });
    create(engine, &platform, "assignment", held).await;
    engine.actor(id, Origin::default()).await.unwrap()
}

/// Starts an export; one that needs approval is asked for and approved by the platform first.
pub async fn export(
    engine: &Arc<Engine>,
    actor: &Actor,
    request: ExportRequest,
) -> Result<Export, Error> {
    let begun = engine.export(actor, request.clone()).await;
    let Err(Error::Refused(Refusal::Invalid(violations))) = &begun else { return begun };
    if !violations.iter().all(|violation| violation.code.starts_with("approval_")) {
        return begun;
    }
    let asked = engine.request_export(actor, request).await?;
    let platform = engine.system(None, "test");
    engine.answer_approval(&platform, asked, true, None).await?;
    Ok(engine.export_approved(actor, asked).await?.0)
}

/// Uploads a file.
pub async fn upload(
    engine: &Engine,
    actor: &Actor,
    name: &str,
    bytes: &[u8],
) -> Result<Uuid, engine::Error> {
    let mut upload = engine.upload(actor).await?;
    upload.write(bytes).await.unwrap();
    let blob = upload.finish(engine.now()).await.unwrap();
    Ok(engine.add_file(actor, blob, name, "").await?.id)
}

/// Imports a sample with the suggested mapping.
pub async fn import(
    engine: &Engine,
    actor: &Actor,
    file: &str,
    object: &str,
    (mode, match_by): (Mode, &[&str]),
) -> (Uuid, Report) {
    let id = prepare(engine, actor, (file, &sample(file)), object, (mode, match_by)).await.unwrap();
    for task in [Task::Check, Task::Run] {
        let report = engine.run_import(&ImportJob { import: id, task }).await.unwrap();
        if task == Task::Run {
            return (id, report);
        }
        let repeat = engine.run_import(&ImportJob { import: id, task }).await.unwrap();
        assert_eq!(repeat, report, "trying out changes nothing");
    }
    unreachable!()
}

/// Sets up an import of a file's bytes with the suggested mapping.
pub async fn prepare(
    engine: &Engine,
    actor: &Actor,
    (file, bytes): (&str, &[u8]),
    object: &str,
    (mode, match_by): (Mode, &[&str]),
) -> Result<Uuid, engine::Error> {
    let file_id = upload(engine, actor, file, bytes).await?;
    let found = engine.analyse_import(actor, object, file_id, None).await?;
    let columns = found.columns.iter().filter_map(|column| {
        Some(ColumnPlan {
            column: column.column,
            header: column.header.clone(),
            field: column.field.clone()?,
            multiplier: column.multiplier.clone(),
            date_order: None,
        })
    });
    let plan = ImportPlan {
        object: Name::new(object).unwrap(),
        format: found.format.clone(),
        header_row: found.header_row,
        columns: columns.collect(),
        mode,
        match_by: match_by.iter().map(|name| Name::new(name).unwrap()).collect(),
        keep_origin: false,
        clear_empty: false,
    };
    engine.prepare_import(actor, Some(file), file_id, &plan).await
}

/// Lines that `expected.json` calls bad.
fn expected_bad(file: &str) -> BTreeSet<u64> {
    let expected: Json = serde_json::from_slice(&sample("expected.json")).unwrap();
    let bad = expected[file]["bad"].as_array().unwrap();
    bad.iter().map(|row| row["line"].as_u64().or(row["row"].as_u64()).unwrap()).collect()
}

/// Records of a CSV text; a quoted line break does not end one.
fn csv_lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '"';
        match lines.last_mut() {
            Some(_) if c == '\n' && !quoted => lines.push(String::new()),
            Some(line) => line.push(c),
            None => {}
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

fn bad_lines(report: &Report) -> BTreeSet<u64> {
    report.first_bad.iter().map(|row| row.line).collect()
}

#[test]
fn the_first_day_files_come_in_and_each_bad_row_is_named() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let head = json!({ "code": "HQ", "name": "总行" });
        let head = create(engine, &platform, "org_unit", head).await;
        let admin = user(engine, "admin", "system_admin", head).await;
        let security = user(engine, "security", "security_admin", head).await;
        let operations = user(engine, "operations", "operations", head).await;

        let (_, units) =
            import(engine, &admin, "org_units.csv", "org_unit", (Mode::Upsert, &["code"])).await;
        assert_eq!(
            (units.bad, units.created, units.rows),
            (0, 90, 91),
            "{:.900}",
            format!("{units:?}")
        );
        let (_, users) = import(engine, &admin, "users.csv", "user", (Mode::Create, &[])).await;
        assert_eq!(users.bad, 0, "{:.900}", format!("{users:?}"));
        let (_, roles) =
            import(engine, &security, "users.csv", "assignment", (Mode::Create, &[])).await;
        assert_eq!((roles.bad, roles.created), (0, users.created), "{:.900}", format!("{roles:?}"));

        let core = "customers_core_system.csv";
        let (import_id, report) =
            import(engine, &operations, core, "person", (Mode::Create, &[])).await;
        assert_eq!(
            bad_lines(&report),
            expected_bad(core),
            "{:.3000}",
            format!("{:?}", report.first_bad)
        );
        assert_eq!((report.created, report.rows), (988, 1000));
        let errors = engine.import_errors(&operations, import_id).await.unwrap();
        let errors = String::from_utf8(errors).unwrap();
        let lines = csv_lines(&errors);
        assert_eq!(lines.len(), 13, "{errors}");
        assert!(lines.iter().any(|line| line.contains("手机号")), "{errors}");

        let branch = "customers_branch_gb18030.csv";
        let (_, report) =
            import(engine, &operations, branch, "person", (Mode::Upsert, &["id_number"])).await;
        assert_eq!(
            bad_lines(&report),
            expected_bad(branch),
            "{:.3000}",
            format!("{:?}", report.first_bad)
        );
        assert_eq!(report.created + report.updated + report.unchanged, 497);

        let wealth = "customers_wealth.xlsx";
        let (undo, report) =
            import(engine, &operations, wealth, "person", (Mode::Upsert, &["id_number"])).await;
        assert_eq!(
            bad_lines(&report),
            expected_bad(wealth),
            "{:.3000}",
            format!("{:?}", report.first_bad)
        );
        assert_eq!(report.created + report.updated + report.unchanged, 497);

        let all = Query { count: CountMode::Exact, limit: 1, ..Query::of("person") };
        let before = engine.query(&operations, &all).await.unwrap().count.unwrap().rows;
        let job = ImportJob { import: undo, task: Task::Undo };
        let undone = engine.run_import(&job).await.unwrap();
        assert_eq!(undone.kept, 0, "{undone:?}");
        let after = engine.query(&operations, &all).await.unwrap().count.unwrap().rows;
        assert_eq!(before - after, report.created);
    });
}
