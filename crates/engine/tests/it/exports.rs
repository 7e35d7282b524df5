//! Files that leave while they are made.

use std::io::Cursor;
use std::sync::Arc;

use calamine::{Reader as _, Xlsx};
use engine::approvals::ApprovalBox;
use engine::export::{Export, ExportFormat, ExportRequest};
use engine::{Actor, Change, Engine, Error, Origin, Refusal};
use jiff::SignedDuration;
use schema::Name;
use schema::query::Query;
use serde_json::json;
use store::access::{ApprovalKind, ApprovalState};
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, user};

const PEOPLE: usize = 600;

#[test]
fn a_workbook_leaves_in_parts_and_is_whole() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit =
            create(engine, &platform, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let actor = user(engine, "ops", "operations", unit).await;
        for number in 0..PEOPLE {
            // Texts that hardly pack.
            let remark: String = (0..40)
                .map(|at| format!("{:x}", (number * 97 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
                .collect();
            let remark: String = remark.chars().take(300).collect();
            let person = json!({ "name": format!("客户{number:04}"), "remark": remark });
            create(engine, &actor, "person", person).await;
        }
        let request = || ExportRequest {
            query: Query { columns: vec!["name".into(), "remark".into()], ..Query::of("person") },
            format: ExportFormat::Xlsx,
            purpose: "核对".into(),
        };
        let mut export = engine.export(&actor, request()).await.unwrap();
        let (mut bytes, mut parts) = (Vec::new(), 0);
        while let Some(part) = export.parts.recv().await {
            bytes.extend(part.unwrap());
            parts += 1;
        }
        assert!(parts > 1, "{} bytes in one part", bytes.len());
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        // Headings, the people and the watermark.
        assert_eq!(sheet.height(), PEOPLE + 2);
        let names = sheet.rows().filter(|row| row[0].to_string().starts_with("客户0")).count();
        assert_eq!(names, PEOPLE);

        // Whoever stops reading leaves nothing behind that waits.
        let export = engine.export(&actor, request()).await.unwrap();
        drop(export);
    });
}

async fn text(mut export: Export) -> String {
    let mut bytes = Vec::new();
    while let Some(part) = export.parts.recv().await {
        bytes.extend(part.unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

fn of_people(columns: &[&str]) -> ExportRequest {
    let columns = columns.iter().map(|name| (*name).to_owned()).collect();
    let query = Query { columns, filter: Some("name is not empty".into()), ..Query::of("person") };
    ExportRequest { query, format: ExportFormat::Csv, purpose: "监管报送".into() }
}

/// The code of a refusal, or of its first violation.
pub fn code<T>(done: Result<T, Error>) -> String {
    match done.map(drop) {
        Err(Error::Refused(Refusal::Invalid(violations))) => violations[0].code.clone(),
        Err(Error::Refused(refusal)) => refusal.code().to_owned(),
        other => panic!("not refused: {other:?}"),
    }
}

pub struct World {
    pub ops: Actor,
    pub other: Actor,
    pub compliance: Actor,
    pub unit: Uuid,
}

pub async fn world(engine: &Engine, people: usize) -> World {
    let platform = engine.system(None, "test");
    let unit = create(engine, &platform, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
    let ops = user(engine, "ops", "operations", unit).await;
    let other = user(engine, "other", "operations", unit).await;
    let compliance = user(engine, "compliance", "compliance", unit).await;
    for number in 0..people {
        let mobile = format!("138{:08}", number + 1);
        let person = json!({ "name": format!("客户{number:04}"), "mobile": mobile });
        create(engine, &ops, "person", person).await;
    }
    World { ops, other, compliance, unit }
}

async fn kinds(engine: &Engine) -> Vec<String> {
    let log = engine.store().audit().unwrap();
    let entries = log.list(&store::audit::Filter::default(), None, 50).await.unwrap();
    let kinds = entries.iter().map(|entry| entry.kind.to_string());
    kinds.filter(|kind| kind.starts_with("export") || kind.starts_with("approval")).collect()
}

#[test]
fn sensitive_columns_in_clear_leave_when_somebody_else_has_approved() {
    bed::each(|bed| async move {
        let engine: &Arc<Engine> = &bed.engine;
        let World { ops, other, compliance, .. } = world(engine, 3).await;
        // Names, and numbers that compliance sees masked, are nobody's to approve.
        engine.export(&ops, of_people(&["name"])).await.unwrap();
        engine.export(&compliance, of_people(&["name", "id_number"])).await.unwrap();
        let wanted = || of_people(&["name", "mobile"]);
        assert_eq!(code(engine.export(&ops, wanted()).await), "approval_clear");
        // Nor does a way round lead to them.
        let roundabout = of_people(&["name", "guardian.mobile"]);
        assert_eq!(code(engine.export(&ops, roundabout).await), "approval_clear");
        let plain = engine.request_export(&ops, of_people(&["name"])).await;
        assert_eq!(code(plain), "approval_not_needed");

        let asked = engine.request_export(&ops, wanted()).await.unwrap();
        assert_eq!(code(engine.export_approved(&ops, asked).await), "not_approved");
        // Nobody answers for themselves, nor without the right; strangers learn nothing.
        assert_eq!(code(engine.answer_approval(&ops, asked, true, None).await), "forbidden");
        assert_eq!(code(engine.answer_approval(&other, asked, true, None).await), "not_found");
        assert_eq!(code(engine.approvals(&other, ApprovalBox::ToAnswer).await), "forbidden");
        assert!(engine.approvals(&other, ApprovalBox::Asked).await.unwrap().is_empty());
        assert_eq!(code(engine.export_approved(&other, asked).await), "not_found");
        assert_eq!(code(engine.withdraw_approval(&other, asked).await), "not_found");
        let own = engine.request_export(&compliance, wanted()).await.unwrap();
        let answer = engine.answer_approval(&compliance, own, true, None).await;
        assert_eq!(code(answer), "own_request");

        let waiting = engine.approvals(&compliance, ApprovalBox::ToAnswer).await.unwrap();
        assert_eq!(waiting.len(), 1, "one's own does not wait for oneself");
        let told = &waiting[0];
        assert_eq!((told.id, told.kind), (asked, ApprovalKind::Export));
        let export = told.export.as_ref().unwrap();
        assert_eq!((export.rows, export.clear.as_slice()), (3, &["mobile".into()][..]));
        assert_eq!((told.with.as_deref(), told.purpose.as_str()), (Some("ops"), "监管报送"));
        assert_eq!(export.filter.as_deref(), Some("name is not empty"));
        assert_eq!((told.label.as_str(), export.titles["mobile"].as_str()), ("个人客户", "手机号"));
        assert_eq!(export.which.as_deref(), Some("姓名 不为空"));
        let silent = engine.answer_approval(&compliance, asked, false, Some(" ")).await;
        assert_eq!(code(silent), "required");
        engine.answer_approval(&compliance, asked, true, Some("同意")).await.unwrap();
        let late = engine.answer_approval(&compliance, asked, false, Some("不同意")).await;
        assert_eq!(code(late), "answered_already");
        let mine = engine.approvals(&ops, ApprovalBox::Asked).await.unwrap();
        assert_eq!(
            (mine[0].state, mine[0].note.as_deref()),
            (ApprovalState::Approved, Some("同意"))
        );

        let (export, request) = engine.export_approved(&ops, asked).await.unwrap();
        assert_eq!(request.query.columns, ["name", "mobile"]);
        let file = text(export).await;
        assert!(file.contains("13800000002") && file.contains("监管报送"), "{file}");
        assert_eq!(code(engine.export_approved(&other, asked).await), "not_found");
        let kinds = kinds(engine).await;
        let count = |kind: &str| kinds.iter().filter(|known| *known == kind).count();
        let counts = ["approval_requested", "approval_given", "export"].map(count);
        assert_eq!(counts, [2, 1, 3], "{kinds:?}");
    });
}

#[test]
fn an_approval_holds_for_a_while_and_for_what_was_asked() {
    bed::each(|bed| async move {
        let engine: &Arc<Engine> = &bed.engine;
        let World { ops, compliance, unit, .. } = world(engine, 3).await;
        let wanted = || of_people(&["name", "mobile"]);
        let approved = async || {
            let asked = engine.request_export(&ops, wanted()).await.unwrap();
            engine.answer_approval(&compliance, asked, true, None).await.unwrap();
            asked
        };
        let asked = approved().await;
        let more = async |number: usize| {
            create(engine, &ops, "person", json!({ "name": format!("新客{number}") })).await
        };
        // A tenth more, rounded up.
        more(1).await;
        assert!(text(engine.export_approved(&ops, asked).await.unwrap().0).await.contains("新客1"));
        more(2).await;
        assert_eq!(code(engine.export_approved(&ops, asked).await), "approval_outgrown");

        // It runs out.
        let asked = approved().await;
        bed.clock.advance(SignedDuration::from_hours(23));
        text(engine.export_approved(&ops, asked).await.unwrap().0).await;
        bed.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(code(engine.export_approved(&ops, asked).await), "not_approved");

        // What was refused or taken back is not to be had.
        let asked = engine.request_export(&ops, wanted()).await.unwrap();
        let no = engine.answer_approval(&compliance, asked, false, Some("用途不明")).await;
        no.unwrap();
        assert_eq!(code(engine.export_approved(&ops, asked).await), "not_approved");
        let asked = engine.request_export(&ops, wanted()).await.unwrap();
        engine.withdraw_approval(&ops, asked).await.unwrap();
        assert_eq!(code(engine.withdraw_approval(&ops, asked).await), "answered_already");
        let late = engine.answer_approval(&compliance, asked, true, None).await;
        assert_eq!(code(late), "answered_already");

        // Whoever may no longer export has no file, approved or not.
        let leaver = user(engine, "leaver", "operations", unit).await;
        let asked = engine.request_export(&leaver, wanted()).await.unwrap();
        engine.answer_approval(&compliance, asked, true, None).await.unwrap();
        let platform = engine.system(None, "test");
        let filter = Some(format!("user = '{}'", leaver.user()));
        let held = Query { filter, ..Query::of("assignment") };
        for role in engine.query(&platform, &held).await.unwrap().records.unwrap() {
            let object = Name::new("assignment").unwrap();
            let change = Change::Delete { object, id: role.id, version: None };
            engine.submit(&platform, change.into()).await.unwrap();
        }
        let leaver = engine.actor(leaver.user(), Origin::default()).await.unwrap();
        assert_eq!(code(engine.export_approved(&leaver, asked).await), "not_found");
    });
}

#[test]
fn a_file_has_its_columns_as_asked_for_and_in_words() {
    bed::each(|bed| async move {
        let engine: &Arc<Engine> = &bed.engine;
        let World { ops, .. } = world(engine, 0).await;
        let parent = json!({ "name": "张父", "tier": "vip", "opened_on": "2020-02-02" });
        let parent = create(engine, &ops, "person", parent).await;
        let child = json!({ "name": "张子", "tier": "mass", "guardian": parent });
        create(engine, &ops, "person", child).await;
        let request = of_people(&[
            "tier",
            "owner.name",
            "guardian.name",
            "guardian.tier",
            "guardian.opened_on",
            "guardian.created_at",
            "guardian.id_number",
            "name",
        ]);
        let file = text(engine.export(&ops, request).await.unwrap()).await;
        let lines: Vec<&str> = file.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(
            lines[0],
            "客户等级,客户经理,监护人,监护人的客户等级,监护人的开户日期,监护人的创建时间,\
             监护人的身份证号,姓名"
        );
        let child = lines.iter().find(|line| line.ends_with(",张子")).unwrap();
        let day = "2020-02-02";
        let made = kernel::time::shanghai_time(engine.now()).strftime("%Y-%m-%d %H:%M:%S");
        assert_eq!(*child, format!("大众,ops,张父,贵宾,{day},{made},,张子"));
    });
}
