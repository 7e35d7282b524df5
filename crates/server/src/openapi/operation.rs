//! The parts operations are made of: parameters, bodies, answers and refusals.

use serde_json::{Map, Value as Json, json};

/// Statuses that any operation may be refused with, and why.
const REFUSALS: [(&str, &str); 14] = [
    ("400", "The request cannot be read"),
    ("401", "Not signed in"),
    ("403", "Not granted"),
    ("404", "No such thing, or out of sight"),
    ("409", "The state does not allow it"),
    ("412", "Changed since the version in If-Match"),
    ("413", "Too large"),
    ("414", "The address is too long"),
    ("415", "The content is not JSON"),
    ("422", "Values need correction; all of them are listed"),
    ("429", "Too many requests, or a quota is used up"),
    ("431", "The headers are too large"),
    ("500", "A defect"),
    ("503", "Busy or stopping; try again"),
];

/// One operation.
pub struct Operation {
    id: String,
    tag: String,
    summary: String,
    parameters: Vec<Json>,
    body: Option<Json>,
    answers: Map<String, Json>,
    open: bool,
}

impl Operation {
    /// An operation with an id that is unique in the document.
    pub fn new(id: impl Into<String>, tag: &str, summary: impl Into<String>) -> Operation {
        Operation {
            id: id.into(),
            tag: tag.to_owned(),
            summary: summary.into(),
            parameters: Vec::new(),
            body: None,
            answers: Map::new(),
            open: false,
        }
    }

    /// Needs nobody to be signed in.
    pub fn open(mut self) -> Operation {
        self.open = true;
        self
    }

    /// With a parameter of the path.
    pub fn path(mut self, name: &str, schema: Json) -> Operation {
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": schema,
        }));
        self
    }

    /// With a record's id in the path.
    pub fn id(self) -> Operation {
        self.path("id", json!({ "type": "string", "format": "uuid" }))
    }

    /// With an optional parameter of the query string.
    pub fn query(mut self, name: &str, schema: Json, about: &str) -> Operation {
        self.parameters.push(json!({
            "name": name, "in": "query", "required": false, "schema": schema, "description": about,
        }));
        self
    }

    /// With a shared parameter.
    pub fn shared(mut self, name: &str) -> Operation {
        self.parameters.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
        self
    }

    /// With a JSON body that must be there.
    pub fn body(mut self, schema: Json) -> Operation {
        self.body = Some(json!({
            "required": true, "content": { "application/json": { "schema": schema } },
        }));
        self
    }

    /// With a JSON body that may be left out.
    pub fn maybe_body(mut self, schema: Json) -> Operation {
        self.body = Some(json!({
            "required": false, "content": { "application/json": { "schema": schema } },
        }));
        self
    }

    /// With a file as the body: as it is, or as the only part of a form.
    pub fn file_body(mut self) -> Operation {
        let form = json!({
            "type": "object",
            "required": ["file"],
            "additionalProperties": false,
            "properties": { "file": { "type": "string", "format": "binary" } },
        });
        self.body = Some(json!({
            "required": true,
            "content": {
                "application/octet-stream": { "schema": { "type": "string", "format": "binary" } },
                "multipart/form-data": { "schema": form },
            },
        }));
        self
    }

    /// Answered with a file of one of these media types.
    pub fn attachment(mut self, about: &str, media_types: &[&str]) -> Operation {
        let mut content = Map::new();
        for media_type in media_types {
            let schema = json!({ "schema": { "type": "string", "format": "binary" } });
            content.insert((*media_type).to_owned(), schema);
        }
        let answer = json!({
            "description": about,
            "headers": { "Content-Disposition": { "schema": { "type": "string" } } },
            "content": content,
        });
        self.answers.insert("200".into(), answer);
        self
    }

    /// Answered with JSON.
    pub fn answer(mut self, status: &str, about: &str, schema: Json) -> Operation {
        let content = json!({ "application/json": { "schema": schema } });
        self.answers.insert(status.into(), json!({ "description": about, "content": content }));
        self
    }

    /// Answered with a record and its version as `ETag`.
    pub fn record(mut self, status: &str, about: &str, schema: Json) -> Operation {
        let answer = json!({
            "description": about,
            "headers": { "ETag": { "schema": { "type": "string" } } },
            "content": { "application/json": { "schema": schema } },
        });
        self.answers.insert(status.into(), answer);
        self
    }

    /// Answered with nothing.
    pub fn nothing(mut self, status: &str, about: &str) -> Operation {
        self.answers.insert(status.into(), json!({ "description": about }));
        self
    }

    /// Puts it under its path and method.
    pub fn at(self, paths: &mut Map<String, Json>, method: &str, path: &str) {
        let mut responses = self.answers;
        for (status, _) in REFUSALS {
            let name = format!("#/components/responses/{}", response_name(status));
            responses.entry(status.to_owned()).or_insert_with(|| json!({ "$ref": name }));
        }
        let mut operation = Map::new();
        operation.insert("operationId".into(), json!(self.id));
        operation.insert("tags".into(), json!([self.tag]));
        operation.insert("summary".into(), json!(self.summary));
        if self.open {
            operation.insert("security".into(), json!([]));
        }
        if !self.parameters.is_empty() {
            operation.insert("parameters".into(), Json::Array(self.parameters));
        }
        if let Some(body) = self.body {
            operation.insert("requestBody".into(), body);
        }
        operation.insert("responses".into(), Json::Object(responses));
        let entry = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
        if let Json::Object(methods) = entry {
            methods.insert(method.to_owned(), Json::Object(operation));
        }
    }
}

fn response_name(status: &str) -> String {
    format!("refused_{status}")
}

/// The shared refusals.
pub fn responses() -> Map<String, Json> {
    let content = json!({
        "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } },
    });
    REFUSALS
        .iter()
        .map(|(status, about)| {
            // These two are answered before there is a request to speak of: without a body.
            let bare = matches!(*status, "414" | "431");
            let answer = match bare {
                true => json!({ "description": about }),
                false => json!({ "description": about, "content": content }),
            };
            (response_name(status), answer)
        })
        .collect()
}

/// The shared parameters.
pub fn parameters() -> Json {
    let header = |name: &str, schema: Json, about: &str| {
        json!({
            "name": name, "in": "header", "required": false, "schema": schema, "description": about,
        })
    };
    let version = || json!({ "type": "string", "pattern": "^\"[0-9]{1,18}\"$" });
    json!({
        "idempotency_key": header(
            "Idempotency-Key",
            json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" }),
            "Under the same key the same request is done once and answered alike",
        ),
        "if_match": header(
            "If-Match",
            version(),
            "The version that was read, quoted; another one in force refuses the change",
        ),
        "if_none_match": header(
            "If-None-Match",
            version(),
            "Answers 304 when this is still the version",
        ),
        "reason": {
            "name": "reason", "in": "query", "required": false,
            "schema": { "type": "string", "maxLength": 500 },
            "description": "Why; kept in the audit log",
        },
        "limit": {
            "name": "limit", "in": "query", "required": false,
            "schema": { "type": "integer", "minimum": 1, "maximum": 200, "default": 50 },
        },
    })
}
