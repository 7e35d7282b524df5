//! Files that are broken, hostile or odd, and a run that is cut off half-way.

use std::io::Write as _;
use std::time::Duration;

use engine::export::{ExportFormat, ExportRequest};
use engine::import::{BadRow, ImportJob, Mode, Report, Task};
use engine::{Actor, Change, Command, Engine, Error, Refusal, View};
use schema::Name;
use schema::query::{CountMode, Query, Sort};
use serde_json::json;
use uuid::Uuid;

use crate::bed;
use crate::samples::{create, prepare, sample, upload, user};

async fn operations(engine: &Engine) -> Actor {
    let platform = engine.system(None, "test");
    let head = create(engine, &platform, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
    user(engine, "operations", "operations", head).await
}

/// Imports bytes as new persons.
async fn import(engine: &Engine, actor: &Actor, bytes: &[u8]) -> Result<(Uuid, Report), Error> {
    let id = prepare(engine, actor, ("f", bytes), "person", (Mode::Create, &[])).await?;
    Ok((id, engine.run_import(&ImportJob { import: id, task: Task::Run }).await?))
}

/// Code of the one violation that a file is refused with.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused(Refusal::Invalid(mut violations))) => violations.remove(0).code,
        other => panic!("{other:?}"),
    }
}

async fn people(engine: &Engine, actor: &Actor) -> Vec<View> {
    let sort = vec![Sort { field: "name".into(), descending: false }];
    let query = Query { limit: 200, sort, ..Query::of("person") };
    engine.query(actor, &query).await.unwrap().records.unwrap()
}

async fn count(engine: &Engine) -> u64 {
    let query = Query { count: CountMode::Exact, limit: 1, ..Query::of("person") };
    let page = engine.query(&engine.system(None, "test"), &query).await.unwrap();
    page.count.unwrap().rows
}

fn packed(name: &str, size: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    archive.start_file(name, deflated).unwrap();
    let block = vec![b' '; 1 << 20];
    for _ in 0..size >> 20 {
        archive.write_all(&block).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn files_that_cannot_be_read_are_refused_with_the_reason() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let mut broken = sample("customers_wealth.xlsx");
        broken.truncate(broken.len() / 2);
        let mut spoiled = sample("customers_wealth.xlsx");
        let middle = spoiled.len() / 2;
        spoiled[middle..middle + 64].fill(0xaa);
        let wide = vec!["姓名"; 501].join(",").into_bytes();
        let cases: Vec<(&str, Vec<u8>, &str)> = vec![
            ("a workbook cut off", broken, "unreadable_file"),
            ("a workbook with wrong bytes", spoiled, "unreadable_file"),
            (
                "an old binary workbook",
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old".to_vec(),
                "unreadable_file",
            ),
            ("a bomb", packed("xl/worksheets/sheet1.xml", 64 << 20), "unpacks_too_large"),
            ("too many columns", wide, "too_wide"),
            ("nothing", Vec::new(), "empty_file"),
        ];
        for (told, bytes, code) in cases {
            assert_eq!(refused(import(engine, &actor, &bytes).await), code, "{told}");
        }
        assert_eq!(count(engine).await, 0);
        let mut small = engine.blobs().upload(10).await.unwrap();
        let over = match small.write(&[0; 11]).await {
            Ok(()) => small.finish(engine.now()).await.map(drop),
            Err(error) => Err(error),
        };
        assert!(over.is_err(), "an upload stops at its limit");
    });
}

/// A byte that is no UTF-8 far behind what was looked at to tell the encoding.
#[test]
fn a_wrong_byte_in_the_middle_ends_the_run_and_is_named() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let mut text = "姓名,备注\n".to_owned();
        for row in 0..2_000 {
            text.push_str(&format!("张{row},{}\n", "长".repeat(60)));
        }
        let mut bytes = text.into_bytes();
        let at = bytes.len() - 4_000;
        let at = (at..).find(|at| bytes[*at] == b',').unwrap() + 1;
        bytes[at] = 0xff;
        let (_, report) = import(engine, &actor, &bytes).await.unwrap();
        let why = report.unreadable.clone().unwrap();
        assert_eq!((why.code.as_str(), &why.params["at"]), ("encoding", &at.to_string()));
        assert!(report.created > 0 && report.created < 2_000, "{report:?}");
        assert_eq!(count(engine).await, report.created);
    });
}

#[test]
fn odd_but_clear_values_are_understood_and_unclear_ones_refused() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let file = "姓名,出生日期,身份证号,手机号,姓名\n\
                    甲,1980-01-02,,１３８１２３４５６７８,旁\n\
                    乙,1980/1/2,,138-1234-5679,旁\n\
                    丙,19800102,,+86 13812345670,旁\n\
                    丁,1980年1月2日,,13812345671,旁\n\
                    戊,,110105491231002,13812345672,旁\n\
                    己,03/04/1980,,13812345673,旁\n\
                    庚,1980-02-30,,13812345674,旁\n\
                    辛,,11010519491231002Y,13812345675,旁\n";
        let bytes = file.as_bytes();
        let id = upload(engine, &actor, "f", bytes).await.unwrap();
        let found = engine.analyse_import(&actor, "person", id, None).await.unwrap();
        assert_eq!(found.duplicate_headers, ["姓名"]);
        assert_eq!(found.columns[4].field, None, "the second of two equal headers is left out");
        let (_, report) = import(engine, &actor, bytes).await.unwrap();
        let bad: Vec<(u64, &str)> = report
            .first_bad
            .iter()
            .map(|row| (row.line, row.violations[0].field.as_str()))
            .collect();
        assert_eq!(bad, [(7, "birth_on"), (8, "birth_on"), (9, "id_number")], "{report:?}");
        let platform = engine.system(None, "test");
        let mut seen = Vec::new();
        for person in people(engine, &platform).await {
            let text = |field| person.get(field).unwrap().as_str().unwrap_or_default().to_owned();
            seen.push((text("name"), text("birth_on"), text("mobile")));
        }
        seen.sort_by(|a, b| a.2.cmp(&b.2));
        let row = |name: &str, day: &str, mobile: &str| {
            (name.to_owned(), day.to_owned(), mobile.to_owned())
        };
        assert_eq!(
            seen,
            [
                row("丙", "1980-01-02", "13812345670"),
                row("丁", "1980-01-02", "13812345671"),
                row("戊", "1949-12-31", "13812345672"),
                row("甲", "1980-01-02", "13812345678"),
                row("乙", "1980-01-02", "13812345679"),
            ]
        );
        let query = Query {
            filter: Some("id_number = '11010519491231002X'".into()),
            ..Query::of("person")
        };
        let found = engine.query(&platform, &query).await.unwrap().records.unwrap();
        assert_eq!(found.len(), 1, "a number of 15 digits is found by its 18");
    });
}

#[test]
fn a_formula_in_a_cell_stays_text_on_its_way_out() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let evil = "=HYPERLINK(\"http://evil\",\"看\")";
        let quoted = format!("\"{}\"", evil.replace('"', "\"\""));
        let file = format!("姓名,备注,手机号\n甲,{quoted},\n乙,{quoted},1\n");
        let (id, report) = import(engine, &actor, file.as_bytes()).await.unwrap();
        assert_eq!((report.created, report.bad), (1, 1), "{report:?}");
        let errors = engine.import_errors(&actor, id).await.unwrap();
        let errors = String::from_utf8(errors).unwrap();
        assert!(errors.contains("'=HYPERLINK") && !errors.contains("\"=HYPERLINK"), "{errors}");
        let query = Query { columns: vec!["name".into(), "remark".into()], ..Query::of("person") };
        let request = ExportRequest { query, format: ExportFormat::Csv, purpose: "核对".into() };
        let platform = engine.system(None, "test");
        let mut export = engine.export(&platform, request).await.unwrap();
        let mut bytes = Vec::new();
        while let Some(part) = export.parts.recv().await {
            bytes.extend(part.unwrap());
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("'=HYPERLINK") && !text.contains("\"=HYPERLINK"), "{text}");
    });
}

/// What a check refuses can be mended: every row as it stood, and of a rare reason some among many.
#[test]
fn a_check_keeps_what_it_refused_until_the_next_one_or_the_run() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let mut file = "姓名,手机号,备注\n".to_owned();
        for row in 0..3_000 {
            file.push_str(&format!("甲{row},1,第{row}行\n"));
        }
        file.push_str("乙,,\"=1+1\"\n,13812345678,无名\n");
        let bytes = file.as_bytes();
        let id =
            prepare(engine, &actor, ("f", bytes), "person", (Mode::Create, &[])).await.unwrap();
        for _ in 0..2 {
            let job = ImportJob { import: id, task: Task::Check };
            let report = engine.run_import(&job).await.unwrap();
            assert_eq!((report.created, report.bad), (1, 3_001), "{:?}", report.reasons);
            let rare = |row: &&BadRow| row.violations[0].field == "name";
            assert_eq!(report.first_bad.iter().filter(rare).count(), 1);
            assert!(report.first_bad.len() < 300, "{}", report.first_bad.len());
            let errors =
                String::from_utf8(engine.import_errors(&actor, id).await.unwrap()).unwrap();
            assert_eq!(errors.lines().count(), 3_002);
            assert!(errors.lines().nth(3_000).unwrap().ends_with(",甲2999,1,第2999行"), "{errors}");
            assert!(errors.lines().last().unwrap().ends_with(",,13812345678,无名"));
        }
        assert_eq!(engine.store().import_progress(id).await.unwrap().rows, 0);
        let job = ImportJob { import: id, task: Task::Run };
        let report = engine.run_import(&job).await.unwrap();
        assert_eq!((report.rows, report.created, report.bad), (3_002, 1, 3_001));
        let errors = String::from_utf8(engine.import_errors(&actor, id).await.unwrap()).unwrap();
        assert_eq!(errors.lines().count(), 3_002);
    });
}

/// The run is dropped after its first chunks; another engine goes on and writes nothing twice.
#[test]
fn a_run_cut_off_between_chunks_goes_on_and_can_be_undone() {
    bed::each(|bed| async move {
        let engine = bed.engine.clone();
        let actor = operations(&engine).await;
        let rows = 8_100;
        let mut text = "姓名,备注\n".to_owned();
        for row in 0..rows {
            text.push_str(&format!("张{row},第{row}行\n"));
        }
        let bytes = text.as_bytes();
        let import =
            prepare(&engine, &actor, ("f", bytes), "person", (Mode::Create, &[])).await.unwrap();
        let job = ImportJob { import, task: Task::Run };
        let (runner, task) = (engine.clone(), job.clone());
        let running = tokio::spawn(async move { runner.run_import(&task).await });
        while engine.store().import_chunks_done(import).await.unwrap() == 0 {
            // Somebody else's write: chunks do not wait for more of them any longer.
            create(&engine, &actor, "task", json!({ "subject": "回访", "kind": "visit" })).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        running.abort();
        let cut = running.await.is_err();
        // A transaction that was handed over may still end.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let done = engine.store().import_chunks_done(import).await.unwrap();
        let written = count(&engine).await;
        assert!(!cut || written < rows, "it was cut off at {written}");
        assert!(written > 0 && done > 0);

        let next = bed.reopen().await;
        let report = next.engine.run_import(&job).await.unwrap();
        assert_eq!((report.rows, report.created, report.bad), (rows, rows, 0), "{report:?}");
        assert_eq!(count(&next.engine).await, rows);
        let again = next.engine.run_import(&job).await.unwrap();
        assert_eq!(
            (again.created, count(&next.engine).await),
            (rows, rows),
            "a repeat adds nothing"
        );
        let undo = ImportJob { import, task: Task::Undo };
        let undone = next.engine.run_import(&undo).await.unwrap();
        assert_eq!((undone.kept, count(&next.engine).await), (0, 0), "{undone:?}");
        next.engine.store().db().close().await.unwrap();
    });
}

/// What must be there once together is refused row by row: in the file, and when the file comes again.
#[test]
fn values_that_together_occur_already_are_refused_and_named() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let text = "标题,用途,文本版本,正文\n\
                    甲,service,1,一\n乙,service,2,二\n丙,service,1,三\n丁,marketing,1,四\n";
        let run = async |text: &str| {
            let file = ("f", text.as_bytes());
            let import = prepare(engine, &platform, file, "consent_text", (Mode::Create, &[]));
            let job = ImportJob { import: import.await.unwrap(), task: Task::Run };
            engine.run_import(&job).await.unwrap()
        };
        let report = run(text).await;
        assert_eq!((report.created, report.bad), (3, 1), "{report:?}");
        let bad = &report.first_bad[0];
        assert_eq!((bad.line, bad.violations[0].code.as_str()), (4, "duplicate_in_file"));
        assert_eq!(bad.violations[0].params["line"], "2");
        let again = run(&format!("{text}戊,service,3,五\n")).await;
        assert_eq!((again.created, again.bad), (1, 4), "{again:?}");
        let codes: Vec<&str> =
            again.first_bad.iter().map(|row| row.violations[0].code.as_str()).collect();
        assert_eq!(codes, ["duplicate"; 4]);
        assert_eq!(again.first_bad[0].violations[0].params["fields"], "purpose, version_no");
    });
}

/// Others take numbers of the file while it is being imported: each number is there once, and the
/// report counts what the import itself wrote.
#[test]
fn rows_that_others_overtake_are_refused_and_all_others_written() {
    bed::each(|bed| async move {
        let engine = bed.engine.clone();
        let actor = operations(&engine).await;
        let rows = 5_100;
        let number = |row: usize| format!("N{row:05}");
        let mut text = "姓名,客户号\n".to_owned();
        for row in 0..rows {
            text.push_str(&format!("张{row},{}\n", number(row)));
        }
        let bytes = text.as_bytes();
        let import =
            prepare(&engine, &actor, ("f", bytes), "person", (Mode::Create, &[])).await.unwrap();
        let (runner, job) = (engine.clone(), ImportJob { import, task: Task::Run });
        let running = tokio::spawn(async move { runner.run_import(&job).await });
        let mut taken = 0;
        for row in (0..rows).step_by(97) {
            let values = json!({ "name": "王快", "customer_no": number(row) });
            let change = Change::Create {
                object: Name::new("person").unwrap(),
                id: None,
                values: values.as_object().cloned().unwrap(),
            };
            match engine.submit(&actor, Command::from(change)).await {
                Ok(_) => taken += 1,
                Err(Error::Refused(Refusal::Invalid(why))) => assert_eq!(why[0].code, "duplicate"),
                Err(other) => panic!("{other}"),
            }
        }
        let report = running.await.unwrap().unwrap();
        let counted = (report.rows, report.created, report.bad);
        let rows = u64::try_from(rows).unwrap();
        assert_eq!(counted, (rows, rows - taken, taken), "{report:?}");
        assert_eq!(count(&engine).await, rows);
        let progress = engine.store().import_progress(import).await.unwrap();
        assert_eq!((progress.rows, progress.created, progress.chunks), (rows, rows - taken, 6));
    });
}

#[test]
fn an_undo_names_what_it_left_alone_and_why() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let actor = operations(engine).await;
        let number = |at: usize| format!("C{at:04}");
        let first = "客户号,姓名,备注\nC0001,旧一,甲\nC0002,旧二,乙\n".as_bytes();
        let id = prepare(engine, &actor, ("f", first), "person", (Mode::Create, &[]));
        let id = id.await.unwrap();
        engine.run_import(&ImportJob { import: id, task: Task::Run }).await.unwrap();
        let mut text = "客户号,姓名,备注\n".to_owned();
        for at in 1..=700 {
            text.push_str(&format!("{},新{at},丙\n", number(at)));
        }
        let plan = (Mode::Upsert, &["customer_no"][..]);
        let id = prepare(engine, &actor, ("g", text.as_bytes()), "person", plan).await.unwrap();
        let report = engine.run_import(&ImportJob { import: id, task: Task::Run }).await.unwrap();
        assert_eq!((report.created, report.updated), (698, 2), "{report:?}");
        let find = async |at: usize| {
            let filter = Some(format!("customer_no = '{}'", number(at)));
            let query = Query { filter, ..Query::of("person") };
            engine.query(&actor, &query).await.unwrap().records.unwrap().pop()
        };
        let (gone, changed, updated) =
            (find(3).await.unwrap().id, find(4).await.unwrap().id, find(2).await.unwrap().id);
        let object = || schema::Name::new("person").unwrap();
        let delete = engine::Change::Delete { object: object(), id: gone, version: None };
        engine.submit(&actor, delete.into()).await.unwrap();
        for id in [changed, updated] {
            let values = json!({ "remark": "改" }).as_object().unwrap().clone();
            let change = engine::Change::Update { object: object(), id, version: None, values };
            engine.submit(&actor, change.into()).await.unwrap();
        }
        let parent = find(5).await.unwrap().id;
        let child = json!({ "name": "孩子", "guardian": parent });
        create(engine, &actor, "person", child).await;
        let undone = engine.run_import(&ImportJob { import: id, task: Task::Undo }).await.unwrap();
        let mut left: Vec<(Uuid, &str)> =
            undone.left.iter().map(|left| (left.id, left.code.as_str())).collect();
        left.sort_unstable();
        let mut expected =
            vec![(gone, "not_found"), (changed, "stale"), (updated, "stale"), (parent, "in_use")];
        expected.sort_unstable();
        assert_eq!(left, expected, "{undone:?}");
        assert_eq!((undone.undone, undone.kept), (696, 4));
        let back = find(1).await.unwrap();
        assert_eq!(
            (back.get("name"), back.get("remark")),
            (Some(json!("旧一")), Some(json!("甲")))
        );
        assert!(find(6).await.is_none() && find(700).await.is_none());
    });
}

#[test]
fn imported_and_corrected_transactions_are_marked_as_the_definition_says() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let person = create(engine, &platform, "person", json!({ "name": "王一" })).await;
        let party = json!({ "object": "person", "id": person });
        let account = json!({ "name": "户", "party": party, "type": "savings" });
        let account = create(engine, &platform, "financial_account", account).await;
        let import = async |rows: &[(&str, &str)]| {
            let mut text = "账户,交易流水号,交易类型,收付方向,金额,交易时间\n".to_owned();
            for (number, amount) in rows {
                let row = format!("{account},{number},transfer,credit,{amount},2026-02-01 10:00\n");
                text.push_str(&row);
            }
            let how = (Mode::Upsert, &["external_id"][..]);
            let (file, object) = (("t", text.as_bytes()), "financial_transaction");
            let id = prepare(engine, &platform, file, object, how).await.unwrap();
            let done = engine.run_import(&ImportJob { import: id, task: Task::Run }).await.unwrap();
            assert_eq!((done.rows, done.bad), (2, 0), "{done:?}");
        };
        let marked = async || {
            let filter = Some("notable = true".to_owned());
            let query = Query { filter, ..Query::of("financial_transaction") };
            let rows = engine.query(&platform, &query).await.unwrap().records.unwrap();
            let names = rows.iter().filter_map(|row| row.get("external_id"));
            names.map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        import(&[("T1", "50000.00"), ("T2", "49999.99")]).await;
        assert_eq!(marked().await, ["T1"]);
        import(&[("T1", "49999.99"), ("T2", "50000.00")]).await;
        assert_eq!(marked().await, ["T2"]);
    });
}
