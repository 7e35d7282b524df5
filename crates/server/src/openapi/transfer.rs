//! Paths that move files: uploads, imports, exports.

use engine::Actor;
use schema::Catalogue;
use schema::catalogue::Action;
use serde_json::{Map, Value as Json, json};

use super::operation::Operation;
use super::records::object;

/// Adds what `actor` may do.
pub fn describe(
    paths: &mut Map<String, Json>,
    schemas: &mut Map<String, Json>,
    catalogue: &Catalogue,
    actor: &Actor,
) {
    let may = |action| -> Vec<&str> {
        catalogue
            .objects
            .iter()
            .filter(|(_, object)| !object.retired)
            .filter_map(|(name, _)| Some((catalogue.object(name.as_str())?.0, name)))
            .filter(|(ix, _)| actor.rights().may(*ix, action))
            .map(|(_, name)| name.as_str())
            .collect()
    };
    let (import, export) = (may(Action::Import), may(Action::Export));
    let writes = !may(Action::Create).is_empty() || !may(Action::Update).is_empty();
    if writes || !import.is_empty() {
        files(paths);
    }
    if !import.is_empty() {
        schemas.insert("import_format".into(), format());
        schemas.insert("import_plan".into(), plan(&import));
        schemas.insert("import".into(), shown());
        imports(paths, &import);
        tasks(paths);
    }
    let revealed = may(Action::Reveal);
    super::approvals::describe(paths, (&export, &revealed), actor);
}

fn text(least: u32, most: u32) -> Json {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

fn id() -> Json {
    json!({ "type": "string", "format": "uuid" })
}

fn schema(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn files(paths: &mut Map<String, Json>) {
    let stored = json!({
        "type": "object",
        "required": ["id", "name", "size", "media_type", "preview"],
        "properties": {
            "id": id(),
            "name": { "type": "string" },
            "size": { "type": "integer" },
            "media_type": { "type": "string" },
            "preview": { "enum": ["image", "pdf", "text", "audio", "video", "none"] },
        },
    });
    Operation::new("upload", "files", "上传文件 · Upload a file")
        .query("name", text(1, 200), "What to call it")
        .file_body()
        .answer("201", "The file, to be attached or imported by its uploader", stored)
        .at(paths, "post", "/files");
}

fn imports(paths: &mut Map<String, Json>, objects: &[&str]) {
    let asked = json!({
        "object": { "enum": objects },
        "file": id(),
        "format": schema("import_format"),
    });
    Operation::new("analyse_import", "imports", "分析文件 · Look at a file and suggest a mapping")
        .body(object(asked, &["object", "file"]))
        .answer("200", "Format, header row, columns with samples and suggested fields", found())
        .at(paths, "post", "/imports/analyse");
    let asked = json!({ "file": id(), "name": text(1, 200), "plan": schema("import_plan") });
    Operation::new("create_import", "imports", "新建导入 · Set up an import")
        .body(object(asked, &["file", "plan"]))
        .answer("201", "The import; nothing is written yet", schema("import"))
        .at(paths, "post", "/imports");
    let list = json!({
        "type": "object",
        "required": ["imports"],
        "properties": { "imports": { "type": "array", "items": { "type": "object" } } },
    });
    Operation::new("imports", "imports", "导入清单 · Own imports")
        .shared("limit")
        .answer("200", "Imports, newest first", list)
        .at(paths, "get", "/imports");
    Operation::new("import", "imports", "导入 · One import with its report")
        .id()
        .answer("200", "State, plan, progress and report", schema("import"))
        .at(paths, "get", "/imports/{id}");
    Operation::new("import_errors", "imports", "问题行 · The refused rows as a file")
        .id()
        .attachment("Line, reasons and original cells of each refused row", &["text/csv"])
        .at(paths, "get", "/imports/{id}/errors");
}

fn tasks(paths: &mut Map<String, Json>) {
    let queued = json!({
        "type": "object", "required": ["job"], "properties": { "job": id() },
    });
    let tasks = [
        ("check", "试导入 · Try an import; nothing is written"),
        ("run", "执行导入 · Run an import"),
        ("undo", "撤销导入 · Take back what an import wrote"),
    ];
    for (task, summary) in tasks {
        Operation::new(format!("{task}_import"), "imports", summary)
            .id()
            .maybe_body(object(json!({}), &[]))
            .answer("202", "The job that does it", queued.clone())
            .at(paths, "post", &format!("/imports/{{id}}/{task}"));
    }
}

fn format() -> Json {
    let csv = json!({
        "kind": { "const": "csv" },
        "encoding": text(1, 40),
        "delimiter": { "enum": [",", ";", "\t", "|"] },
    });
    let xlsx = json!({
        "kind": { "const": "xlsx" },
        "sheet": text(1, 100),
        "sheets": { "type": "array", "items": { "type": "string" }, "maxItems": 1000 },
    });
    json!({ "oneOf": [
        object(csv, &["kind", "encoding", "delimiter"]),
        object(xlsx, &["kind", "sheet", "sheets"]),
    ] })
}

fn plan(objects: &[&str]) -> Json {
    let column = json!({
        "column": { "type": "integer", "minimum": 0, "maximum": 499 },
        "header": text(0, 200),
        "field": text(1, 100),
        "multiplier": { "type": ["string", "null"], "pattern": "^[0-9]{1,12}$" },
        "date_order": { "enum": ["ymd", "mdy", "dmy", null] },
    });
    let names = json!({ "type": "array", "maxItems": 4, "items": text(1, 48) });
    let column = object(column, &["column", "field"]);
    let properties = json!({
        "object": { "enum": objects },
        "format": schema("import_format"),
        "header_row": { "type": "integer", "minimum": 0 },
        "columns": { "type": "array", "minItems": 1, "maxItems": 500, "items": column },
        "mode": { "enum": ["create", "update", "upsert"] },
        "match_by": names,
        "keep_origin": { "type": "boolean" },
        "clear_empty": { "type": "boolean" },
    });
    object(properties, &["object", "format", "header_row", "columns"])
}

fn found() -> Json {
    let column = json!({
        "type": "object",
        "required": ["column", "header", "samples", "field", "multiplier"],
        "properties": {
            "column": { "type": "integer" },
            "header": { "type": "string" },
            "samples": { "type": "array", "items": { "type": "string" } },
            "field": { "type": ["string", "null"] },
            "multiplier": { "type": ["string", "null"] },
        },
    });
    json!({
        "type": "object",
        "required": ["format", "header_row", "columns", "duplicate_headers"],
        "properties": {
            "format": schema("import_format"),
            "header_row": { "type": "integer" },
            "columns": { "type": "array", "items": column },
            "duplicate_headers": { "type": "array", "items": { "type": "string" } },
        },
    })
}

fn shown() -> Json {
    json!({
        "type": "object",
        "required": ["id", "object", "name", "state", "file", "created_at"],
        "properties": {
            "id": id(),
            "object": { "type": "string" },
            "name": { "type": "string" },
            "state": { "enum": ["ready", "checked", "running", "done", "failed", "undone"] },
            "file": id(),
            "created_at": { "type": "string", "format": "date-time" },
            "plan": { "type": "object" },
            "progress": { "type": "object", "additionalProperties": { "type": "integer" } },
            "report": { "type": ["object", "null"] },
        },
    })
}
