//! Paths and schemas of one object's records.

use engine::Actor;
use schema::catalogue::{Access, Action, Right, base};
use schema::{Catalogue, FieldType, Object, ObjectIx};
use serde_json::{Map, Value as Json, json};

use super::operation::Operation;
use super::schemas;

/// Adds what `actor` may do with records of `object`.
pub fn describe(
    paths: &mut Map<String, Json>,
    components: &mut Map<String, Json>,
    catalogue: &Catalogue,
    actor: &Actor,
    (ix, object): (ObjectIx, &Object),
) {
    let may = |action| actor.rights().may(ix, action);
    if !crate::http::me::ACTIONS.iter().any(|(action, _)| may(*action)) {
        return;
    }
    let made = Made { catalogue, actor, ix, object };
    made.components(components);
    if may(Action::Read) {
        made.reading(paths);
        made.files(paths);
        made.graph(paths);
        made.locked(paths);
    }
    made.changing(paths);
    if may(Action::Delete) {
        made.removing(paths);
    }
    if may(Action::Create) || may(Action::Update) || may(Action::Delete) {
        made.bulk(paths);
    }
    if may(Action::Read) && may(Action::Update) {
        made.bulk_update(paths);
    }
    if may(Action::Read) {
        made.bulk_create(paths);
    }
    if may(Action::Reveal) {
        made.revealing(paths);
    }
    if may(Action::Share) {
        made.sharing(paths);
    }
    super::duplicates::describe(paths, catalogue, actor, (ix, object));
}

/// One object for one caller.
pub(super) struct Made<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) actor: &'a Actor,
    ix: ObjectIx,
    object: &'a Object,
}

impl Made<'_> {
    pub(super) fn name(&self) -> &str {
        self.object.name.as_str()
    }

    fn may(&self, action: Action) -> bool {
        self.actor.rights().may(self.ix, action)
    }

    fn schema(&self, kind: &str) -> Json {
        json!({ "$ref": format!("#/components/schemas/{}.{kind}", self.name()) })
    }

    pub(super) fn operation(&self, verb: &str, zh: &str, en: &str) -> Operation {
        let summary = format!("{zh}{} · {en} {}", self.object.label.zh, self.object.label.en);
        Operation::new(format!("{verb}_{}", self.name()), self.name(), summary)
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("/records/{}{rest}", self.name())
    }

    fn components(&self, components: &mut Map<String, Json>) {
        let mut insert = |kind: &str, schema: Json| {
            components.insert(format!("{}.{kind}", self.name()), schema);
        };
        insert("record", self.record());
        let count = json!({
            "type": "object",
            "required": ["rows", "more"],
            "properties": { "rows": { "type": "integer" }, "more": { "type": "boolean" } },
        });
        let page = json!({
            "type": "object",
            "properties": {
                "records": { "type": "array", "items": self.schema("record") },
                "groups": { "type": "array", "items": { "type": "object" } },
                "next": { "type": "string" },
                "count": count,
            },
        });
        insert("page", page);
        if self.may(Action::Create) {
            insert("create", self.written(Action::Create));
        }
        if self.may(Action::Update) {
            insert("update", self.written(Action::Update));
        }
    }

    fn record(&self) -> Json {
        let rights = self.actor.rights();
        let mut values = Map::new();
        for (slot, field) in self.object.slots() {
            let shown = field.shown(rights.most(self.ix, Action::Read, slot)) > Access::Hidden;
            let apart = matches!(slot, base::ID | base::VERSION)
                || matches!(field.kind, FieldType::ChildTable { .. });
            if shown && !field.retired && !apart {
                values.insert(field.name.to_string(), schemas::read(field, self.catalogue));
            }
        }
        json!({
            "type": "object",
            "required": ["object", "id", "version"],
            "properties": {
                "object": { "const": self.name() },
                "id": { "type": "string", "format": "uuid" },
                "version": { "type": "integer", "minimum": 0 },
                "values": { "type": "object", "properties": values },
                "masked": { "type": "array", "items": { "type": "string" } },
                "titles": { "type": "object", "additionalProperties": { "type": "string" } },
                "access": { "$ref": "#/components/schemas/access" },
            },
        })
    }

    fn written(&self, action: Action) -> Json {
        let rights = self.actor.rights();
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (slot, field) in self.object.slots() {
            let computed = matches!(
                field.kind,
                FieldType::Formula { .. } | FieldType::RollUp { .. } | FieldType::AutoNumber { .. }
            );
            let stamp =
                usize::from(slot.0) < base::COUNT && !matches!(slot, base::ORG_UNIT | base::OWNER);
            let writable = rights.most(self.ix, action, slot) == Access::Write;
            if !writable || field.read_only || computed || stamp || field.retired {
                continue;
            }
            if field.required && field.default.is_none() && action == Action::Create {
                required.push(field.name.to_string());
            }
            properties.insert(field.name.to_string(), schemas::write(field, self.catalogue));
        }
        let names: Vec<&str> = required.iter().map(String::as_str).collect();
        object(Json::Object(properties), &names)
    }

    fn reading(&self, paths: &mut Map<String, Json>) {
        let text = |most: u32| json!({ "type": "string", "maxLength": most });
        self.operation("list", "列出", "List")
            .query("columns", text(4096), "Field paths, separated by commas")
            .query("filter", text(4096), "A condition, such as `name is not empty`")
            .query("search", text(100), "Words to find")
            .query("sort", text(400), "Fields, separated by commas; `-` for descending")
            .query("cursor", text(2048), "Where the last page ended")
            .query("count", json!({ "enum": ["none", "capped", "exact"] }), "Whether to count")
            .query("group", text(400), "`field` or `field:month`, separated by commas")
            .query("measures", text(1000), "`count` or `sum:field`, separated by commas")
            .query("expand", json!({ "type": "boolean" }), "With titles of references")
            .query("permitted_for", text(100), "Purpose that every row must be permitted for")
            .shared("limit")
            .answer("200", "A page", self.schema("page"))
            .at(paths, "get", &self.path(""));
        self.operation("query", "查询", "Query")
            .body(json!({ "$ref": "#/components/schemas/query" }))
            .answer("200", "A page", self.schema("page"))
            .at(paths, "post", &self.path("/query"));
        self.operation("get", "查看", "Read")
            .id()
            .query("expand", json!({ "type": "boolean" }), "With titles of references")
            .query("access", json!({ "type": "boolean" }), "With what the caller may do with it")
            .shared("if_none_match")
            .record("200", "The record", self.schema("record"))
            .nothing("304", "Still this version")
            .at(paths, "get", &self.path("/{id}"));
        self.operation("overview", "全景", "Overview of")
            .id()
            .query("layout", text(48), "The arrangement; by default the caller's own")
            .answer("200", "The whole page", super::pages::overview(&self.schema("record")))
            .at(paths, "get", &self.path("/{id}/overview"));
        let date = || json!({ "type": "string", "format": "date" });
        self.operation("timeline", "时间线", "Timeline of")
            .id()
            .query("kinds", text(400), "Kinds of entries, separated by commas")
            .query("from", date(), "On this day or later")
            .query("until", date(), "On this day or earlier")
            .query("cursor", text(2048), "Where the last page ended")
            .query("limit", json!({ "type": "integer", "minimum": 1, "maximum": 50 }), "Entries")
            .answer("200", "A page, newest first", super::pages::timeline())
            .at(paths, "get", &self.path("/{id}/timeline"));
        let position = json!({ "type": "integer", "minimum": 0 });
        self.operation("history", "变更记录", "History of")
            .id()
            .query("before", position, "Where the last page ended")
            .query("field", text(48), "Changes of this field alone, as `changes`")
            .shared("limit")
            .answer("200", "Audit entries, newest first", super::pages::history())
            .at(paths, "get", &self.path("/{id}/history"));
        self.operation("owner_history", "归属变更", "Owners of")
            .id()
            .answer("200", "Changes of owner, newest first", json!({ "type": "object" }))
            .at(paths, "get", &self.path("/{id}/owners"));
    }

    /// The files in the object's fields.
    fn files(&self, paths: &mut Map<String, Json>) {
        let rights = self.actor.rights();
        let names: Vec<&str> = self
            .object
            .slots()
            .filter(|(slot, field)| {
                matches!(field.kind, FieldType::File { .. })
                    && !field.retired
                    && rights.most(self.ix, Action::Read, *slot) > Access::Hidden
            })
            .map(|(_, field)| field.name.as_str())
            .collect();
        if names.is_empty() {
            return;
        }
        self.operation("file_versions", "文件版本", "Versions of a file of")
            .id()
            .path("field", json!({ "enum": names }))
            .answer("200", "Versions, newest first", super::pages::file_versions())
            .at(paths, "get", &self.path("/{id}/files/{field}/versions"));
        let number = json!({ "type": "integer", "minimum": 1 });
        self.operation("file_of", "下载文件", "A file of")
            .id()
            .path("field", json!({ "enum": names }))
            .query("version", number, "This one of its versions; the present one by default")
            .query("inline", json!({ "type": "boolean" }), "To be shown in a page, not saved")
            .attachment("The file", &["*/*"])
            .at(paths, "get", &self.path("/{id}/files/{field}"));
    }

    fn changing(&self, paths: &mut Map<String, Json>) {
        if self.may(Action::Create) {
            self.operation("create", "新建", "Create")
                .shared("reason")
                .shared("idempotency_key")
                .body(self.schema("create"))
                .record("201", "The new record", self.schema("record"))
                .at(paths, "post", &self.path(""));
        }
        if self.may(Action::Update) {
            self.operation("update", "修改", "Change")
                .id()
                .shared("if_match")
                .shared("reason")
                .shared("idempotency_key")
                .body(self.schema("update"))
                .record("200", "The record after the change", self.schema("record"))
                .at(paths, "patch", &self.path("/{id}"));
        }
    }

    fn removing(&self, paths: &mut Map<String, Json>) {
        self.operation("delete", "删除", "Delete")
            .id()
            .shared("if_match")
            .shared("reason")
            .nothing("204", "In the recycle bin")
            .at(paths, "delete", &self.path("/{id}"));
        let deleted = json!({
            "type": "object",
            "required": ["record", "deleted_at", "deleted_by"],
            "properties": {
                "record": self.schema("record"),
                "deleted_at": { "type": "string", "format": "date-time" },
                "deleted_by": { "type": "string", "format": "uuid" },
            },
        });
        let bin = json!({
            "type": "object",
            "required": ["records"],
            "properties": {
                "records": { "type": "array", "items": deleted },
                "next": { "type": "string" },
            },
        });
        self.operation("trash", "回收站中的", "Recycle bin of")
            .query("before", json!({ "type": "string" }), "Where the last page ended")
            .shared("limit")
            .answer("200", "Deleted records the caller could restore, newest first", bin)
            .at(paths, "get", &self.path("/trash"));
        let reason = json!({ "reason": { "type": "string", "maxLength": 500 } });
        self.operation("restore", "恢复", "Restore")
            .id()
            .maybe_body(object(reason, &[]))
            .record("200", "The record, back", self.schema("record"))
            .at(paths, "post", &self.path("/{id}/restore"));
    }

    /// Locked records, and requests that end in such.
    fn locked(&self, paths: &mut Map<String, Json>) {
        if self.object.kept.answers.is_some() && self.may(Action::Update) {
            let job = json!({ "job": { "type": "string", "format": "uuid" } });
            self.operation("answer", "答复请求", "Answer a request among")
                .id()
                .answer("202", "The job that makes the answer", object(job, &["job"]))
                .at(paths, "post", &self.path("/{id}/answer"));
        }
        if !self.actor.rights().has(Right::SeesLocked) {
            return;
        }
        let stamp = || json!({ "type": "string", "format": "date-time" });
        let id = || json!({ "type": "string", "format": "uuid" });
        let locked = json!({
            "record": self.schema("record"),
            "locked_at": stamp(),
            "locked_by": id(),
            "locked_until": { "type": "string", "format": "date" },
            "request": id(),
        });
        let required = ["record", "locked_at", "locked_by", "locked_until", "request"];
        let records = json!({ "type": "array", "items": object(locked, &required) });
        let page = json!({ "records": records, "next": { "type": "string" } });
        self.operation("locked", "锁定的", "Locked records of")
            .query("before", json!({ "type": "string" }), "Where the last page ended")
            .shared("limit")
            .answer("200", "Records kept only by law, newest first", object(page, &["records"]))
            .at(paths, "get", &self.path("/locked"));
    }

    fn bulk(&self, paths: &mut Map<String, Json>) {
        let command = object(
            json!({
                "do": { "enum": ["create", "update", "delete", "restore"] },
                "id": { "type": "string", "format": "uuid" },
                "version": { "type": "integer", "minimum": 0 },
                "values": { "type": "object" },
            }),
            &["do"],
        );
        let commands = json!({ "type": "array", "minItems": 1, "maxItems": 200, "items": command });
        let reason = json!({ "type": "string", "maxLength": 500 });
        let results = json!({
            "type": "object",
            "required": ["results", "failed"],
            "properties": {
                "results": { "type": "array", "items": { "type": "object" } },
                "failed": { "type": "integer" },
            },
        });
        self.operation("bulk", "批量处理", "Many commands on")
            .shared("idempotency_key")
            .body(object(json!({ "commands": commands, "reason": reason }), &["commands"]))
            .answer("200", "One result for each command", results)
            .at(paths, "post", &self.path("/bulk"));
    }

    fn bulk_update(&self, paths: &mut Map<String, Json>) {
        let set = json!({ "set": self.schema("update") });
        self.over_all(paths, ("bulk_update", "批量修改查询到的", "Change all found"), set, "set");
    }

    fn bulk_create(&self, paths: &mut Map<String, Json>) {
        let name = || json!({ "type": "string", "minLength": 1, "maxLength": 48 });
        let own = json!({
            "object": name(),
            "by": name(),
            "values": { "type": "object" },
            "for_owner": { "type": "boolean", "default": false },
        });
        let words = ("bulk_create", "为查询到的每条新建记录", "Make a record about each found");
        self.over_all(paths, words, own, "object by");
    }

    /// Work on all records of a query: `own` beside what finds them.
    fn over_all(
        &self,
        paths: &mut Map<String, Json>,
        (name, zh, en): (&str, &str, &str),
        own: Json,
        required: &str,
    ) {
        let text = |most: u32| json!({ "type": "string", "maxLength": most });
        let mut asked = json!({
            "filter": text(4096),
            "search": text(100),
            "reason": text(500),
            "preview": { "type": "boolean", "default": false },
            "permitted_for": { "type": "string" },
        });
        if let (Json::Object(all), Json::Object(own)) = (&mut asked, own) {
            all.extend(own);
        }
        let count = || json!({ "type": "integer", "minimum": 0 });
        let id = json!({ "type": "string", "format": "uuid" });
        let found = json!({ "rows": count(), "not_writable": count() });
        let queued = json!({ "job": id, "rows": count(), "not_writable": count() });
        let required: Vec<&str> = required.split(' ').collect();
        let path = self.path(&format!("/{}", name.replace('_', "-")));
        self.operation(name, zh, en)
            .body(object(asked, &required))
            .answer("200", "What it would reach", object(found, &["rows", "not_writable"]))
            .answer("202", "The job that does it", object(queued, &["job", "rows", "not_writable"]))
            .at(paths, "post", &path);
    }

    fn revealing(&self, paths: &mut Map<String, Json>) {
        let asked = json!({
            "field": { "type": "string", "minLength": 1, "maxLength": 48 },
            "reason": { "type": "string", "minLength": 2, "maxLength": 500 },
        });
        let shown = json!({
            "type": "object",
            "required": ["field", "value", "left"],
            "properties": {
                "field": { "type": "string" }, "value": {}, "left": { "type": "integer" },
            },
        });
        self.operation("reveal", "查看明文", "Reveal a value of")
            .id()
            .body(object(asked, &["field", "reason"]))
            .answer("200", "The value, once", shown)
            .at(paths, "post", &self.path("/{id}/reveal"));
    }

    fn sharing(&self, paths: &mut Map<String, Json>) {
        let until = json!({ "type": "string", "format": "date-time" });
        let asked = json!({
            "user": { "type": "string", "format": "uuid" },
            "until": { "anyOf": [until, { "type": "null" }] },
            "reason": { "type": "string", "maxLength": 500 },
        });
        self.operation("share", "共享", "Share")
            .id()
            .body(object(asked, &["user"]))
            .nothing("204", "Shared, or the share withdrawn")
            .at(paths, "post", &self.path("/{id}/share"));
    }
}

/// A closed object schema.
pub fn object(properties: Json, required: &[&str]) -> Json {
    let mut schema = json!({
        "type": "object", "additionalProperties": false, "properties": properties,
    });
    if let (Json::Object(map), false) = (&mut schema, required.is_empty()) {
        map.insert("required".into(), json!(required));
    }
    schema
}
