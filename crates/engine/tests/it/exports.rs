//! Files that leave while they are made.

use std::io::Cursor;

use calamine::{Reader as _, Xlsx};
use engine::export::{ExportFormat, ExportRequest};
use schema::query::Query;
use serde_json::json;

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
            // Addresses that hardly pack.
            let address: String = (0..40)
                .map(|at| format!("{:x}", (number * 97 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
                .collect();
            let address: String = address.chars().take(300).collect();
            let person = json!({ "name": format!("客户{number:04}"), "address": address });
            create(engine, &actor, "person", person).await;
        }
        let request = || ExportRequest {
            query: Query { columns: vec!["name".into(), "address".into()], ..Query::of("person") },
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
