//! Paths and schemas of the graph around one object's records.

use schema::catalogue::Action;
use schema::{FieldType, Object, Slot};
use serde_json::{Map, Value as Json, json};

use super::operation::Operation;
use super::records::{Made, object};

impl Made<'_> {
    /// Whether edges that the caller may read join records of the object.
    fn is_joined(&self) -> bool {
        let points = |object: &Object, slot: Slot| match object.at(slot).map(|field| &field.kind) {
            Some(FieldType::Reference { to, .. }) => to.iter().any(|name| name == self.name()),
            _ => false,
        };
        self.catalogue.objects.values().any(|object| {
            let (Some(edge), Some((ix, _))) =
                (&object.edge, self.catalogue.object(object.name.as_str()))
            else {
                return false;
            };
            let readable = self.actor.rights().may(ix, Action::Read) && !object.retired;
            readable && (points(object, edge.from) || points(object, edge.to))
        })
    }

    /// What lies around a record.
    pub(super) fn graph(&self, paths: &mut Map<String, Json>) {
        if !self.is_joined() {
            return;
        }
        let list = |items: Json| json!({ "type": "array", "items": items });
        let id = || json!({ "type": "string", "format": "uuid" });
        let count = || json!({ "type": "integer", "minimum": 0 });
        let text = || json!({ "type": "string" });
        let group = object(
            json!({
                "node": id(), "side": { "enum": ["from", "to"] }, "type": text(),
                "total": count(), "more": { "type": "boolean" }, "shown": count(),
            }),
            &["node", "side", "type", "total", "more", "shown"],
        );
        let truncated = json!({ "type": "boolean" });
        let near = self.found(
            &[("groups", list(group)), ("truncated", truncated.clone())],
            &["groups", "truncated"],
        );
        let query = self.asking("graph", "关系图", "What lies around");
        query.answer("200", "Records and what joins them", near).at(
            paths,
            "get",
            &self.path("/{id}/graph"),
        );
        let ways = [("paths", list(list(id()))), ("truncated", truncated)];
        self.asking("paths", "关系路径", "Ways from")
            .query("to", text(), "The other record, as `object:id`; required")
            .answer("200", "The shortest ways", self.found(&ways, &["paths", "truncated"]))
            .at(paths, "get", &self.path("/{id}/graph/paths"));
        let owner = object(
            json!({
                "node": id(), "direct": text(), "total": text(),
                "beneficial": object(json!({ "by": { "enum": ["share", "kind"] }, "type": text() }), &["by"]),
                "way": list(id()),
            }),
            &["node", "direct", "total", "way"],
        );
        let complete = || json!({ "type": "boolean" });
        let owners = [("threshold", text()), ("owners", list(owner)), ("complete", complete())];
        self.asking("ownership", "股权与受益所有人", "Owners of")
            .answer("200", "Owners, greatest first", self.found(&owners, &["owners", "complete"]))
            .at(paths, "get", &self.path("/{id}/graph/ownership"));
        let circle =
            object(json!({ "nodes": list(id()), "edges": list(id()) }), &["nodes", "edges"]);
        let circles = [("circles", list(circle)), ("complete", complete())];
        self.asking("circles", "循环关系", "Circles through")
            .answer(
                "200",
                "Circles, shortest first",
                self.found(&circles, &["circles", "complete"]),
            )
            .at(paths, "get", &self.path("/{id}/graph/circles"));
        // The record and its amount.
        let member = json!({ "type": "array", "items": text(), "minItems": 2, "maxItems": 2 });
        let total = object(
            json!({
                "field": text(), "total": text(), "counted": count(), "unread": count(),
                "members": list(member),
            }),
            &["field", "total", "counted", "unread", "members"],
        );
        let totals = [("share_above", text()), ("totals", list(total)), ("complete", complete())];
        self.asking("exposure", "集团敞口", "The group of")
            .answer("200", "Members and totals", self.found(&totals, &["totals", "complete"]))
            .at(paths, "get", &self.path("/{id}/graph/exposure"));
    }

    /// An operation with the parameters that all graph queries have.
    fn asking(&self, verb: &str, zh: &str, en: &str) -> Operation {
        let text = |most: u32| json!({ "type": "string", "maxLength": most });
        let whole = |most: usize| json!({ "type": "integer", "minimum": 1, "maximum": most });
        self.operation(verb, zh, en)
            .id()
            .query(
                "edge",
                text(48),
                "The object whose records join; the first that does unless said",
            )
            .query("types", text(1000), "Kinds of edges, separated by commas")
            .query("families", text(1000), "Families of kinds, separated by commas")
            .query(
                "on",
                json!({ "type": "string", "format": "date" }),
                "The day; today unless said",
            )
            .query("depth", whole(engine::graph::DEPTH_MAX.into()), "Most steps from the record")
            .query("limit", whole(engine::graph::NODES_MAX), "Most records")
    }

    /// An answer with records and edges, and more.
    fn found(&self, more: &[(&str, Json)], needed: &[&str]) -> Json {
        let node = object(
            json!({
                "object": { "type": "string" },
                "id": { "type": "string", "format": "uuid" },
                "depth": { "type": "integer", "minimum": 0 },
                "visible": { "type": "boolean" },
                "title": { "type": "string" },
            }),
            &["object", "id", "depth", "visible"],
        );
        let edge = object(
            json!({
                "from": { "type": "string", "format": "uuid" },
                "to": { "type": "string", "format": "uuid" },
                "type": { "type": "string" },
                "record": { "type": "object" },
            }),
            &["from", "to", "type", "record"],
        );
        let mut members = Map::new();
        members.insert("edge".into(), json!({ "type": "string" }));
        members.insert("on".into(), json!({ "type": "string", "format": "date" }));
        members.insert("nodes".into(), json!({ "type": "array", "items": node }));
        members.insert("edges".into(), json!({ "type": "array", "items": edge }));
        members.extend(more.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())));
        let mut required = vec!["edge", "on", "nodes", "edges"];
        required.extend(needed);
        object(Json::Object(members), &required)
    }
}
