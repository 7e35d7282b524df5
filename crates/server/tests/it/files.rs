//! Files: uploads within limits, attached by who brought them, read under the record's rights; and
//! files made to do harm.

use engine::Change;
use schema::Name;
use serde_json::{Value as Json, json};

use crate::bed::{Caller, shipped};
use crate::first_day::{make, person, sample, upload};

const FILES: &str = "/api/v1/files";

async fn analyse(caller: &Caller, name: &str, bytes: Vec<u8>) -> Json {
    let file = upload(caller, name, bytes).await;
    let asked = json!({ "object": "person", "file": file });
    let reply = caller.send("POST", "/api/v1/imports/analyse", asked).await;
    assert_eq!(reply.status, 422, "{}", reply.text);
    reply.json()["violations"][0].clone()
}

#[test]
fn hostile_files_are_refused_with_a_sentence() {
    shipped(|bed| async move {
        let unit = make(&bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let ops = person(&bed, "ops", "operations", unit).await;
        let rm = person(&bed, "rm", "relationship_manager", unit).await;

        let large = ops.with("content-length", "104923137");
        let reply = large.raw("POST", FILES, Some("text/csv"), b"a".to_vec()).await;
        assert_eq!((reply.status, reply.code()), (413, "too_large".to_owned()), "{}", reply.text);
        let empty = ops.raw("POST", FILES, Some("text/csv"), Vec::new()).await;
        assert_eq!(empty.status, 422, "{}", empty.text);
        assert!(empty.text.contains("文件是空的"), "{}", empty.text);
        let unnamed = ops.raw("POST", &format!("{FILES}?nam=x"), None, b"a".to_vec()).await;
        assert_eq!(unnamed.status, 422, "{}", unnamed.text);

        let code = |violation: &Json| violation["code"].as_str().unwrap().to_owned();
        let book = sample("customers_wealth.xlsx");
        let cut = book[..book.len() / 2].to_vec();
        assert_eq!(code(&analyse(&ops, "cut.xlsx", cut).await), "unreadable_file");
        let fake = b"PK\x03\x04 not a workbook at all".to_vec();
        assert_eq!(code(&analyse(&ops, "fake.xlsx", fake).await), "unreadable_file");
        let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook".to_vec();
        assert_eq!(code(&analyse(&ops, "old.xls", old).await), "unreadable_file");
        let wide = vec!["x"; 600].join(",").into_bytes();
        assert_eq!(code(&analyse(&ops, "wide.csv", wide).await), "too_wide");

        let file = upload(&ops, "%2e%2e%2fetc%2fpasswd", sample("customers_core_system.csv")).await;
        let theirs = json!({ "object": "person", "file": file });
        let refused = rm.send("POST", "/api/v1/imports/analyse", theirs.clone()).await;
        assert_eq!(refused.status, 403, "an RM may not import: {}", refused.text);
        let other = person(&bed, "ops2", "operations", unit).await;
        let refused = other.send("POST", "/api/v1/imports/analyse", theirs).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.json()["violations"][0]["code"], "file_unknown");
        let plan = json!({ "object": "person", "columns": [], "surprise": 1 });
        let asked = json!({ "file": file, "plan": plan });
        let refused = ops.send("POST", "/api/v1/imports", asked).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let plan = json!({
            "object": "person", "header_row": 1, "mode": "upsert", "match_by": ["mobile"],
            "format": { "kind": "csv", "encoding": "UTF-8", "delimiter": "，" },
            "columns": [{ "column": 0, "field": "nam" }, { "column": 1, "field": "id" }],
        });
        let asked = json!({ "file": file, "plan": plan });
        let refused = ops.send("POST", "/api/v1/imports", asked).await.json();
        let codes: Vec<String> =
            refused["violations"].as_array().unwrap().iter().map(code).collect();
        assert_eq!(
            codes,
            ["delimiter", "unknown_field_near", "read_only", "not_mapped"],
            "{refused}"
        );
    });
}

#[test]
fn a_form_brings_one_file() {
    shipped(|bed| async move {
        let unit = make(&bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let ops = person(&bed, "ops", "operations", unit).await;
        let form = |part: &str| {
            format!(
                "--x\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"客户.csv\"\r\n\
                 Content-Type: text/csv\r\n\r\na,b\r\n--x--\r\n"
            )
            .into_bytes()
        };
        let kind = Some("multipart/form-data; boundary=x");
        let made = ops.raw("POST", FILES, kind, form("file")).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let told = made.json();
        assert_eq!((&told["name"], &told["size"]), (&json!("客户.csv"), &json!(3)), "{told}");
        assert_eq!(ops.raw("POST", FILES, kind, form("other")).await.status, 422);
        assert_eq!(ops.raw("POST", FILES, kind, b"--x\r\nbroken".to_vec()).await.status, 400);
        let bare = Some("multipart/form-data");
        assert_eq!(ops.raw("POST", FILES, bare, form("file")).await.status, 400);
        let mut forged = ops.clone();
        forged.headers.retain(|(name, _)| name != "x-csrf-token");
        assert_eq!(forged.raw("POST", FILES, kind, form("file")).await.status, 403);
    });
}

#[test]
fn a_file_belongs_to_its_uploader_until_a_record_shows_it() {
    shipped(|bed| async move {
        let unit = make(&bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let ann = person(&bed, "ann", "relationship_manager", unit).await;
        let bob = person(&bed, "bob", "relationship_manager", unit).await;
        let bytes = [b"%PDF-1.7 ".to_vec(), vec![7; 199_991]].concat();
        let file = upload(&ann, "%E5%90%88%E5%90%8C.pdf", bytes.clone()).await;
        let document = json!({ "name": "合同", "category": "contract", "file": file });
        let category = bed.app.engine().catalogue();
        let category = category.options["document_category"].items.keys().next().unwrap().clone();
        let mut document = document;
        document["category"] = json!(category);
        let path = "/api/v1/records/document";
        let stolen = bob.send("POST", path, document.clone()).await;
        assert_eq!(stolen.status, 422, "{}", stolen.text);
        assert!(stolen.text.contains("file_unknown"), "{}", stolen.text);
        let made = ann.send("POST", path, document).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let record = made.header("location").to_owned();
        let shown = ann.get(&format!("{record}/files/file")).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        assert!(shown.bytes == bytes);
        assert_eq!(shown.header("content-length"), "200000");
        let disposition = shown.header("content-disposition");
        assert!(disposition.contains("filename*=UTF-8''%E5%90%88%E5%90%8C.pdf"), "{disposition}");
        assert_eq!(bob.get(&format!("{record}/files/file")).await.status, 404);
        assert_eq!(ann.get(&format!("{record}/files/name")).await.status, 404);
        assert_eq!(ann.get(&format!("{record}/files/nothing")).await.status, 404);

        let second = upload(&ann, "b.txt", b"second".to_vec()).await;
        upload(&ann, "c.txt", b"nobody's".to_vec()).await;
        let changed = ann.send("PATCH", &record, json!({ "file": second })).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!(ann.get(&format!("{record}/files/file")).await.text, "second");
        let engine = bed.app.engine();
        let swept = engine.blobs().sweep(engine.now(), kernel::Instant::MAX).await.unwrap();
        assert_eq!(swept, 1, "what nobody holds goes, what a record holds or held stays");
        assert_eq!(ann.get(&format!("{record}/files/file")).await.text, "second");

        let list = format!("{record}/files/file/versions");
        let told = ann.get(&list).await;
        assert_eq!(told.status, 200, "{}", told.text);
        let told = told.json();
        let read = |at: usize, key: &str| told["versions"][at][key].clone();
        assert_eq!(told["versions"].as_array().unwrap().len(), 2, "{told}");
        assert_eq!((read(0, "version"), read(0, "current")), (json!(2), json!(true)), "{told}");
        assert_eq!((read(1, "version"), read(1, "current")), (json!(1), json!(false)), "{told}");
        assert_eq!(
            (read(0, "media_type"), read(0, "preview")),
            (json!("text/plain"), json!("text"))
        );
        assert_eq!((read(1, "name"), read(1, "preview")), (json!("合同.pdf"), json!("pdf")));
        assert_eq!((read(1, "size"), read(1, "scan")), (json!(200_000), json!("not_scanned")));
        // SHA-256 of `second`.
        let digest = "16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4";
        assert_eq!(read(0, "sha256"), json!(digest));
        let first = ann.get(&format!("{record}/files/file?version=1")).await;
        assert!(first.status == 200 && first.bytes == bytes, "{}", first.text);
        for (path, status) in [("?version=3", 404), ("?version=x", 422), ("?inlin=true", 422)] {
            assert_eq!(ann.get(&format!("{record}/files/file{path}")).await.status, status);
        }
        for path in [list.clone(), format!("{record}/files/file?version=1")] {
            assert_eq!(bob.get(&path).await.status, 404, "the rights are the record's");
            assert_eq!(bed.nobody().get(&path).await.status, 401);
        }
        let seen = ann.get(&format!("{record}/files/file?inline=true")).await;
        assert_eq!((seen.status, seen.header("content-disposition")), (200, "inline"));
        assert!(seen.header("content-security-policy").starts_with("default-src 'none'"));
    });
}

#[test]
fn a_file_has_a_name_where_it_is_listed_and_a_day_until_which_it_is_kept() {
    shipped(|bed| async move {
        let unit = make(&bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let ann = person(&bed, "ann", "relationship_manager", unit).await;
        let file = upload(&ann, "b.txt", b"second".to_vec()).await;
        let catalogue = bed.app.engine().catalogue();
        let category = catalogue.options["document_category"].items.keys().next().unwrap().clone();
        let document = json!({ "name": "合同", "category": category, "file": file });
        let path = "/api/v1/records/document";
        let made = ann.send("POST", path, document).await;
        let record = made.header("location").to_owned();
        let named = ann.get(&format!("{record}?expand=true")).await.json();
        assert_eq!(named["titles"]["file"], json!("b.txt"), "{named}");
        let listed = ann.get(&format!("{path}?columns=name,file&expand=true")).await.json();
        assert_eq!(listed["records"][0]["titles"]["file"], json!("b.txt"), "{listed}");
        let list = format!("{record}/files/file/versions");
        let free = ann.get(&list).await.json();
        assert_eq!(free.get("kept"), None, "a draft is kept by no rule: {free}");
        let Json::Object(values) =
            json!({ "status": "rejected", "retention_class": "transaction" })
        else {
            panic!("values")
        };
        let id = record.rsplit('/').next().unwrap().parse().unwrap();
        let object = Name::new("document").unwrap();
        let settled = Change::Update { object, id, version: None, values };
        let engine = bed.app.engine();
        engine.submit(&engine.system(None, "test"), settled.into()).await.unwrap();
        let kept = ann.get(&list).await.json();
        assert_eq!(kept["kept"]["label"], json!("交易资料"), "{kept}");
        assert!(kept["kept"]["until"].is_string(), "{kept}");
    });
}

#[test]
fn content_decides_what_a_file_is_and_active_content_is_only_saved() {
    shipped(|bed| async move {
        let unit = make(&bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let ann = person(&bed, "ann", "relationship_manager", unit).await;
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
        for (kind, name, bytes) in [
            ("application/pdf", "a.pdf", b"MZ\x90\0".to_vec()),
            ("image/png", "a.png", svg.clone()),
            ("text/plain", "a.txt", b"<!DOCTYPE html><script>1</script>".to_vec()),
        ] {
            let reply = ann.raw("POST", &format!("{FILES}?name={name}"), Some(kind), bytes).await;
            assert_eq!(reply.status, 422, "{name}: {}", reply.text);
            assert_eq!(reply.json()["violations"][0]["code"], "file_type", "{}", reply.text);
        }
        let path = format!("{FILES}?name=a.svg");
        let told = ann.raw("POST", &path, Some("image/svg+xml"), svg).await.json();
        assert_eq!(
            (&told["media_type"], &told["preview"]),
            (&json!("image/svg+xml"), &json!("none"))
        );
        let category = bed.app.engine().catalogue();
        let category = category.options["document_category"].items.keys().next().unwrap().clone();
        let document = json!({ "name": "图", "category": category, "file": told["id"] });
        let made = ann.send("POST", "/api/v1/records/document", document).await;
        let file = format!("{}/files/file", made.header("location"));
        let saved = ann.get(&file).await;
        assert!(saved.header("content-disposition").starts_with("attachment"));
        let shown = ann.get(&format!("{file}?inline=true")).await;
        assert_eq!((shown.status, shown.code()), (409, "no_preview".to_owned()), "{}", shown.text);
    });
}

#[test]
fn a_scanner_keeps_files_back_until_it_has_judged_them() {
    shipped(|bed| async move {
        let folder = std::env::temp_dir().join(format!("jy_scan_{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let script = folder.join("scan.sh");
        let text = "if grep -q EICAR \"$1\"; then echo \"$1: Eicar FOUND\"; exit 1; fi\n";
        std::fs::write(&script, text).unwrap();
        let engine = bed.app.engine();
        let unit = make(&bed, "org_unit", json!({ "code": "HQ", "name": "总行" })).await;
        let ann = person(&bed, "ann", "relationship_manager", unit).await;
        let category = engine.catalogue();
        let category = category.options["document_category"].items.keys().next().unwrap().clone();
        let document = async |text: &str| {
            let file = upload(&ann, "a.txt", text.as_bytes().to_vec()).await;
            let values = json!({ "name": "文件", "category": category, "file": file });
            let made = ann.send("POST", "/api/v1/records/document", values).await;
            assert_eq!(made.status, 201, "{}", made.text);
            format!("{}/files/file", made.header("location"))
        };
        let before = document("uploaded before there was a scanner").await;
        assert_eq!(ann.get(&before).await.status, 200, "without a scanner nothing is kept back");

        let command = format!("sh {} {{file}}", script.display());
        let ids = std::sync::Arc::new(kernel::RandomIds);
        engine.scan_with(server::scanner::scanner(&command, folder.clone(), ids));
        let clean = document("harmless").await;
        let infected = document("EICAR, harmful").await;
        for file in [&before, &clean, &infected] {
            assert_eq!(ann.get(file).await.code(), "file_unscanned");
        }
        crate::bin::run_jobs(&bed).await;
        for (file, status, scan) in
            [(&before, 200, "clean"), (&clean, 200, "clean"), (&infected, 409, "infected")]
        {
            let reply = ann.get(file).await;
            assert_eq!(reply.status, status, "{}", reply.text);
            let told = ann.get(&format!("{file}/versions")).await.json();
            assert_eq!(told["versions"][0]["scan"], scan, "{told}");
        }
        assert_eq!(ann.get(&infected).await.code(), "file_infected");
        let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
        assert_eq!(left.len(), 1, "no copy is left behind");
        std::fs::remove_dir_all(folder).unwrap();
    });
}
