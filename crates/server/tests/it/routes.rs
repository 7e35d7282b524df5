//! Every route as nobody and as a stranger; the list comes from the OpenAPI document.

use serde_json::{Value as Json, json};

use crate::bed::{Bed, on_both};

/// Method and path of every operation, with parameters filled in.
fn operations(document: &Json) -> Vec<(String, String)> {
    let id = "01900000-0000-7000-8000-000000000001";
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path
            .replace("{id}", id)
            .replace("{record}", id)
            .replace("{object}", "thing")
            .replace("{field}", "name")
            .replace("{set}", "role")
            .replace("{measure}", "worth")
            .replace("{banding}", "grade")
            .replace("{view}", "all_things")
            .replace("{version}", "1")
            .replace("{path}", "core/objects/thing.toml");
        assert!(!path.contains('{'), "{path}");
        for method in methods.as_object().unwrap().keys() {
            found.push((method.to_uppercase(), format!("/api/v1{path}")));
        }
    }
    found
}

async fn document(bed: &Bed, login: &str) -> Json {
    let reply = bed.caller(login).await.get("/api/v1/openapi.json").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

async fn all(bed: &Bed) -> Vec<(String, String)> {
    let mut operations = operations(&document(bed, "kim").await);
    operations.extend(self::operations(&document(bed, "ann").await));
    operations.sort();
    operations.dedup();
    operations
}

#[test]
fn nobody_gets_anything_but_the_door() {
    on_both(|bed| async move {
        let nobody = bed.nobody();
        let operations = all(&bed).await;
        assert!(operations.len() > 60, "{}", operations.len());
        for (method, path) in operations {
            let reply = match method.as_str() {
                "GET" => nobody.get(&path).await,
                _ => nobody.send(&method, &path, json!({})).await,
            };
            let open = (method.as_str(), path.as_str()) == ("POST", "/api/v1/session");
            let expected = if open { 422 } else { 401 };
            assert_eq!(reply.status, expected, "{method} {path}: {}", reply.text);
        }
    });
}

#[test]
fn a_stranger_learns_nothing_and_changes_nothing() {
    on_both(|bed| async move {
        let operations = all(&bed).await;
        let ann = bed.caller("ann").await;
        let made = ann.send("POST", "/api/v1/records/thing", json!({ "name": "甲" })).await;
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let mut eve = bed.caller("eve").await;
        for (method, path) in operations {
            if path == "/api/v1/session" && method == "DELETE" {
                continue;
            }
            let path = path.replace("01900000-0000-7000-8000-000000000001", &id);
            let reply = match method.as_str() {
                "GET" => eve.get(&path).await,
                _ => eve.send(&method, &path, json!({})).await,
            };
            assert!(!reply.text.contains("甲"), "{method} {path}: {}", reply.text);
            let harmless = path.starts_with("/api/v1/session")
                || (method == "GET"
                    && !["/records/", "/users/", "/org-units/"]
                        .iter()
                        .any(|part| path.contains(part)));
            let refused = matches!(reply.status, 403 | 404 | 422);
            assert!(harmless || refused, "{method} {path}: {} {}", reply.status, reply.text);
            if eve.get("/api/v1/session").await.status == 401 {
                eve = bed.caller("eve").await;
            }
        }
        let kept = ann.get(made.header("location")).await;
        assert_eq!(kept.json()["version"], 1);
    });
}

#[test]
fn the_document_shows_what_the_caller_may_and_no_more() {
    on_both(|bed| async move {
        let ann = document(&bed, "ann").await;
        assert_eq!(ann["openapi"], "3.1.0");
        let paths = ann["paths"].as_object().unwrap();
        assert!(paths.contains_key("/records/thing") && paths.contains_key("/records/user"));
        assert!(!paths.contains_key("/audit") && !paths.contains_key("/records/assignment"));
        assert!(paths["/records/user"].get("post").is_none());
        let create = &ann["components"]["schemas"]["thing.create"];
        assert_eq!(create["required"], json!(["name"]), "{create}");
        let text = ann.to_string();
        for reference in text.split("\"#/components/").skip(1) {
            let pointer = format!("/components/{}", reference.split('"').next().unwrap());
            assert!(ann.pointer(&pointer).is_some(), "{pointer} leads nowhere");
        }
        let eve = document(&bed, "eve").await;
        assert!(!eve["paths"].as_object().unwrap().keys().any(|path| path.contains("/records/")));
        assert!(!eve.to_string().contains("thing."));
    });
}

#[test]
fn the_health_of_the_server_is_public_but_its_numbers_are_not() {
    on_both(|bed| async move {
        let nobody = bed.nobody();
        for path in ["/", "/health", "/ready"] {
            assert_eq!(nobody.get(path).await.status, 200, "{path}");
        }
        assert_eq!(nobody.get("/metrics").await.status, 404);
        let mut near = nobody.clone();
        near.peer = [127, 0, 0, 1];
        assert_eq!(near.get("/metrics").await.status, 200);
        bed.app.stop();
        assert_eq!(nobody.get("/ready").await.status, 503);
        assert!(bed.folder().exists());
    });
}
