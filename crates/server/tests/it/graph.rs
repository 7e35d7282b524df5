//! The graph around a record, over HTTP.

use serde_json::{Value as Json, json};

use crate::bed::{Bed, on_both};

const THINGS: &str = "/api/v1/records/thing";

/// Things called so, owned by the caller; their ids.
async fn things(bed: &Bed, names: &[&str]) -> Vec<String> {
    let ann = bed.caller("ann").await;
    let mut ids = Vec::new();
    for name in names {
        let made = ann.send("POST", THINGS, json!({ "name": name, "amount": "2.50" })).await;
        ids.push(made.json()["id"].as_str().unwrap().to_owned());
    }
    ids
}

#[test]
fn the_graph_is_asked_over_http() {
    on_both(|bed| async move {
        let ids = things(&bed, &["甲", "乙", "丙"]).await;
        let ann = bed.caller("ann").await;
        for (one, other, kind, part) in [
            (0, 1, "holds", json!("0.6")),
            (1, 2, "holds", json!("0.5")),
            (0, 2, "leads", Json::Null),
        ] {
            let link = json!({ "one": ids[one], "other": ids[other], "kind": kind, "part": part });
            let made = ann.send("POST", "/api/v1/records/thing_link", link).await;
            assert_eq!(made.status, 201, "{}", made.text);
        }
        let get = async |rest: &str| {
            let reply = ann.get(&format!("{THINGS}/{}/graph{rest}", ids[2])).await;
            (reply.status, reply.json())
        };
        let (status, near) = get("?depth=1").await;
        assert_eq!((status, near["nodes"].as_array().unwrap().len()), (200, 3), "{near}");
        assert_eq!(near["nodes"][0]["title"], "丙");
        assert_eq!(near["edges"][0]["record"]["object"], "thing_link");
        let (_, paths) = get(&format!("/paths?to=thing:{}&types=holds", ids[0])).await;
        assert_eq!(paths["paths"][0].as_array().unwrap().len(), 2, "{paths}");
        let (_, owners) = get("/ownership").await;
        let of = owners["owners"].as_array().unwrap().iter().find(|o| o["node"] == ids[0]);
        assert_eq!(of.unwrap()["total"], "0.3", "{owners}");
        let (_, circles) = get("/circles?types=holds").await;
        assert_eq!(circles["circles"], json!([]), "{circles}");
        let (_, group) = get("/exposure").await;
        assert_eq!(group["totals"][0]["total"], "5", "{group}");
    });
}

#[test]
fn definitions_say_how_a_graph_is_drawn() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let thing = ann.get("/api/v1/objects/thing").await.json();
        assert_eq!(thing["graphs"], json!(["thing_link"]), "{thing}");
        assert_eq!((&thing["edge"], &thing["duplicates"]), (&Json::Null, &json!(true)));
        let link = ann.get("/api/v1/objects/thing_link").await.json();
        let edge = &link["edge"];
        let ends = (&edge["from"], &edge["to"], &edge["type"], &edge["share"]);
        assert_eq!(
            ends,
            (&json!("one"), &json!("other"), &json!("kind"), &json!("part")),
            "{edge}"
        );
        assert_eq!((&edge["ownership"], &edge["amount"]), (&json!(["holds"]), &Json::Null));
    });
}

#[test]
fn a_graph_query_that_cannot_be_is_refused_with_all_its_flaws() {
    on_both(|bed| async move {
        let ids = things(&bed, &["甲"]).await;
        let ann = bed.caller("ann").await;
        let path = format!("{THINGS}/{}/graph", ids[0]);
        let check = async |rest: &str, expected: &[(&str, &str)]| {
            let reply = ann.get(&format!("{path}{rest}")).await;
            assert_eq!(reply.status, 422, "{rest}: {}", reply.text);
            let json = reply.json();
            let found: Vec<(&str, &str)> = json["violations"]
                .as_array()
                .unwrap()
                .iter()
                .map(|v| (v["field"].as_str().unwrap(), v["code"].as_str().unwrap()))
                .collect();
            assert_eq!(found, expected, "{rest}");
        };
        check(
            "?depth=7&limit=0&on=soon",
            &[("on", "date"), ("depth", "range"), ("limit", "range")],
        )
        .await;
        check("?types=owns", &[("types", "unknown_value")]).await;
        check("?edge=user", &[("edge", "no_edges")]).await;
        check("?to=thing:1", &[("to", "reference_form")]).await;
        check("/paths", &[("to", "required")]).await;
        let bob = bed.caller("bob").await;
        assert_eq!(bob.get(&path).await.status, 404, "of another owner");
        let to = format!("{path}/paths?to=thing:01900000-0000-7000-8000-000000000001");
        assert_eq!(ann.get(&to).await.status, 404);
    });
}
