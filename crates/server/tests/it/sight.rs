//! Rights told to those who look after the platform, and to nobody else.

use engine::Change;
use schema::Name;
use serde_json::{Value as Json, json};

use crate::bed::{Bed, Caller, on_both};

const CLOSED: [&str; 4] = [
    "/api/v1/definitions/labels",
    "/api/v1/parameters",
    "/api/v1/roles",
    "/api/v1/rights?role=worker",
];

async fn unit(kim: &Caller, code: &str, parent: Option<&str>) -> String {
    let values = json!({ "code": code, "name": code, "parent": parent });
    let made = kim.send("POST", "/api/v1/records/org_unit", values).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

fn object<'a>(told: &'a Json, name: &str) -> Option<&'a Json> {
    told["objects"].as_array().unwrap().iter().find(|object| object["name"] == name)
}

#[test]
fn definitions_and_rights_are_told_to_keepers_only() {
    on_both(|bed: Bed| async move {
        let (nobody, eve, ann) = (bed.nobody(), bed.caller("eve").await, bed.caller("ann").await);
        let of_kim = format!("/api/v1/rights?user={}", bed.id("kim"));
        let own = format!("/api/v1/rights?user={}", bed.id("eve"));
        let effect = format!("/api/v1/org-units/{}/move", bed.id("unit"));
        for path in CLOSED.into_iter().chain([&*of_kim, &*own]) {
            assert_eq!(nobody.get(path).await.status, 401, "{path}");
            assert_eq!(eve.get(path).await.status, 403, "{path}");
            assert_eq!(ann.get(path).await.status, 403, "{path}");
        }
        assert_eq!(nobody.get(&effect).await.status, 401);
        assert_eq!(eve.get(&effect).await.status, 404, "the unit is out of sight");
        assert_eq!(ann.get(&effect).await.status, 404);
        assert_eq!(eve.get("/api/v1/api-keys?user=all").await.status, 403);
        let kim = bed.caller("kim").await;
        assert_eq!(kim.get("/api/v1/api-keys?user=all").await.status, 200);
        let labels = kim.get("/api/v1/definitions/labels").await.json();
        let thing = object(&labels, "thing").unwrap();
        assert_eq!(thing["label"], "东西", "labels of objects that the keeper may not read");
        assert_eq!(kim.get("/api/v1/records/thing").await.status, 404);
        let files = kim.get("/api/v1/definitions/files?part=/roles/").await.json();
        assert!(files["texts"]["core/roles/worker.toml"].as_str().unwrap().contains("grants"));
        assert_eq!(files["texts"].as_object().unwrap().len(), 2);
    });
}

#[test]
fn a_view_as_tells_what_the_user_may_and_no_record() {
    on_both(|bed: Bed| async move {
        let ann = bed.caller("ann").await;
        let made = ann.send("POST", "/api/v1/records/thing", json!({ "name": "甲秘密" })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let kim = bed.caller("kim").await;
        let told = kim.get(&format!("/api/v1/rights?user={}", bed.id("ann"))).await;
        assert!(!told.text.contains("甲秘密") && !told.text.contains("一部"), "{}", told.text);
        let told = told.json();
        assert_eq!(told["roles"][0]["unit"], json!(bed.id("unit")));
        let me = ann.get("/api/v1/me").await.json();
        for (name, mine) in me["objects"].as_object().unwrap() {
            let shown = object(&told, name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(shown["actions"], mine["actions"], "{name}");
            for field in shown["fields"].as_array().unwrap() {
                let own = mine["fields"].get(field["name"].as_str().unwrap());
                assert_eq!(&field["access"], own.unwrap_or(&json!("hidden")), "{name} {field}");
            }
        }
        let thing = object(&told, "thing").unwrap();
        assert_eq!(thing["grants"][0]["rows"], "own");
        assert_eq!(thing["grants"][0]["fields"]["name"], "write");
        assert_eq!(thing["grants"][0]["fields"]["id_number"], "write", "{thing}");
        assert!(thing["grants"][0]["fields"].get("amount_most").is_none(), "{thing}");
        assert!(object(&told, "assignment").is_none());
        let role = kim.get("/api/v1/rights?role=worker").await.json();
        assert_eq!(role["objects"], {
            let mut same = told["objects"].clone();
            for object in same.as_array_mut().unwrap() {
                for grant in object["grants"].as_array_mut().unwrap() {
                    grant["unit"] = Json::Null;
                }
            }
            same
        });
        let eve = kim.get(&format!("/api/v1/rights?user={}", bed.id("eve"))).await.json();
        assert_eq!((&eve["roles"], &eve["objects"]), (&json!([]), &json!([])));
        for wrong in ["", "?role=nobody", "?user=mars", "?role=worker&user=mars"] {
            let status = kim.get(&format!("/api/v1/rights{wrong}")).await.status;
            assert!(matches!(status, 404 | 422), "{wrong}: {status}");
        }
    });
}

#[test]
fn a_move_tells_who_sees_more_and_who_less() {
    on_both(|bed: Bed| async move {
        let kim = bed.caller("kim").await;
        let role = "label = { zh = \"负责人\", en = \"Head\" }\n[[grants]]\nobject = \"thing\"\n\
                    actions = [\"read\"]\nrows = \"subtree\"\ndefault = \"read\"\n";
        let path = "/api/v1/definitions/draft/core/roles/head.toml";
        assert_eq!(kim.send("PUT", path, json!({ "text": role })).await.status, 204);
        let live = kim.send("POST", "/api/v1/definitions/publish", json!({ "note": "x" })).await;
        assert_eq!(live.status, 200, "{}", live.text);
        let (north, south) = (unit(&kim, "N", None).await, unit(&kim, "S", None).await);
        let team = unit(&kim, "T", Some(&north)).await;
        for (login, place) in [("bob", &north), ("ann", &south)] {
            let values = json!({ "user": bed.id(login), "role": "head", "unit": place });
            let made = kim.send("POST", "/api/v1/records/assignment", values).await;
            assert_eq!(made.status, 201, "{}", made.text);
        }
        let values = json!({ "name": "甲", "org_unit": team }).as_object().unwrap().clone();
        let object = Name::new("thing").unwrap();
        let engine = bed.app.engine();
        let change = Change::Create { object, id: None, values };
        engine.submit(&engine.system(None, "test"), change.into()).await.unwrap();
        let told = kim.get(&format!("/api/v1/org-units/{team}/move?parent={south}")).await;
        assert!(!told.text.contains('甲'), "{}", told.text);
        let told = told.json();
        assert_eq!((&told["units"], &told["users"]), (&json!(1), &json!(0)), "{told}");
        assert_eq!(told["records"][0]["rows"], 1, "{told}");
        let of = |side: &str| {
            told[side].as_array().unwrap().iter().map(|one| one["user"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(of("gain"), [json!(bed.id("ann"))]);
        assert_eq!(of("lose"), [json!(bed.id("bob"))]);
        let same = kim.get(&format!("/api/v1/org-units/{team}/move?parent={north}")).await.json();
        assert_eq!((&same["gain"], &same["lose"]), (&json!([]), &json!([])), "{same}");
        let round = kim.get(&format!("/api/v1/org-units/{north}/move?parent={team}")).await;
        assert_eq!(round.status, 422, "{}", round.text);
    });
}
