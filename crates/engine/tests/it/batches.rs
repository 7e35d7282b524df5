//! A day's batch as a core system sends it: accounts by their number, transactions by their reference.

use engine::import::{ImportJob, Mode, Report, Task};
use engine::{Actor, Engine};
use schema::query::{CountMode, Query};
use serde_json::json;

use crate::bed;
use crate::samples::{create, prepare, user};

const HEAD: &str = "账户,交易流水号,交易类型,收付方向,金额,交易时间\n";

async fn run(
    engine: &Engine,
    actor: &Actor,
    rows: &str,
    (mode, match_by): (Mode, &[&str]),
) -> Report {
    let text = format!("{HEAD}{rows}");
    let file = ("f.csv", text.as_bytes());
    let id = prepare(engine, actor, file, "financial_transaction", (mode, match_by)).await.unwrap();
    engine.run_import(&ImportJob { import: id, task: Task::Run }).await.unwrap()
}

fn codes(report: &Report) -> Vec<(u64, String, String)> {
    let bad = report.first_bad.iter();
    bad.flat_map(|row| row.violations.iter().map(|v| (row.line, v.field.clone(), v.code.clone())))
        .collect()
}

async fn count(engine: &Engine, filter: &str) -> u64 {
    let filter = Some(filter.to_owned());
    let query =
        Query { count: CountMode::Exact, filter, limit: 1, ..Query::of("financial_transaction") };
    engine.query(&engine.system(None, "test"), &query).await.unwrap().count.unwrap().rows
}

#[test]
fn transactions_come_by_account_number_once_and_are_corrected_by_reference() {
    bed::each(|bed| async move {
        let engine = &bed.engine;
        let platform = engine.system(None, "test");
        let unit = json!({ "code": "HQ", "name": "总行" });
        let unit = create(engine, &platform, "org_unit", unit).await;
        let operations = user(engine, "ops", "operations", unit).await;
        let person = create(engine, &operations, "person", json!({ "name": "张明" })).await;
        for (name, number) in
            [("一", "6222000011112222"), ("二", "6222000011113333"), ("三", "6222000011113333")]
        {
            let account = json!({
                "name": name, "type": "savings", "account_no": number,
                "party": { "object": "person", "id": person },
            });
            create(engine, &operations, "financial_account", account).await;
        }
        let create_new = (Mode::Create, [].as_slice());
        let rows = "6222000011112222,A1,consumption,debit,10.00,2026-01-05 09:00:00\n\
                    6222000011113333,A1,consumption,debit,10.00,2026-01-05 09:00:00\n\
                    6222000011119999,A1,consumption,debit,10.00,2026-01-05 09:00:00\n\
                    6222000011112222,A2,consumption,debit,20.00,2026-01-05 09:01:00\n\
                    6222000011112222,A1,consumption,debit,30.00,2026-01-05 09:02:00\n";
        let first = run(engine, &operations, rows, create_new).await;
        assert_eq!((first.created, first.bad), (2, 3));
        let due = [
            (3, "account".to_owned(), "reference_ambiguous".to_owned()),
            (4, "account".to_owned(), "reference_unknown".to_owned()),
            (6, "external_id".to_owned(), "duplicate_in_file".to_owned()),
        ];
        assert_eq!(codes(&first), due);

        // Sent again, nothing comes in twice; by reference, what changed is corrected.
        let again = run(engine, &operations, rows, create_new).await;
        assert_eq!((again.created, again.bad), (0, 5));
        assert_eq!(codes(&again)[0], (2, "external_id".into(), "duplicate".into()));
        let by = (Mode::Upsert, ["external_id", "account"].as_slice());
        let rows = "6222000011112222,A1,consumption,debit,10.00,2026-01-05 09:00:00\n\
                    6222000011112222,A2,consumption,debit,25.00,2026-01-05 09:01:00\n\
                    6222000011112222,A3,consumption,debit,40.00,2026-01-05 09:03:00\n";
        let mended = run(engine, &platform, rows, by).await;
        assert_eq!(
            (mended.created, mended.updated, mended.unchanged),
            (1, 1, 1),
            "{:?}",
            codes(&mended)
        );
        assert_eq!(count(engine, "external_id = 'A2' and amount = 25").await, 1);
        assert_eq!(count(engine, "amount > 0").await, 3);
    });
}
