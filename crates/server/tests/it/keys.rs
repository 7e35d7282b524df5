//! API keys: scopes, addresses, ends.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use crate::bed::{Bed, Caller, on_both, with};

async fn key(bed: &Bed, more: Json) -> (Caller, Json) {
    let kim = bed.caller("kim").await;
    let mut asked = json!({ "user": bed.id("ann"), "label": "night run" });
    for (name, value) in more.as_object().unwrap() {
        asked[name] = value.clone();
    }
    let made = kim.send("POST", "/api/v1/api-keys", asked).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    (bed.nobody().with("authorization", &format!("Bearer {secret}")), made.json())
}

#[test]
fn a_key_may_do_what_its_scopes_and_its_user_may() {
    on_both(|bed| async move {
        let (none, _) = key(&bed, json!({})).await;
        assert_eq!(none.get("/api/v1/records/thing").await.status, 404, "no scope, nothing");
        let (reader, made) = key(&bed, json!({ "scopes": ["thing:read"] })).await;
        assert_eq!(reader.get("/api/v1/records/thing").await.status, 200);
        assert_eq!(reader.get("/api/v1/records/user").await.status, 404);
        let tried = reader.send("POST", "/api/v1/records/thing", json!({ "name": "x" })).await;
        assert!(matches!(tried.status, 403 | 404), "{}", tried.text);
        let (wide, _) = key(&bed, json!({ "scopes": ["*:read,create,update,delete"] })).await;
        let made_one = wide.send("POST", "/api/v1/records/thing", json!({ "name": "x" })).await;
        assert_eq!(made_one.status, 201, "{}", made_one.text);
        let beyond = wide.send("POST", "/api/v1/records/user", json!({ "login": "x" })).await;
        assert!(matches!(beyond.status, 403 | 404), "{}", beyond.text);
        let kim = bed.caller("kim").await;
        let id = made["id"].as_str().unwrap();
        let gone = kim.send("DELETE", &format!("/api/v1/api-keys/{id}"), json!({})).await;
        assert_eq!(gone.status, 204, "{}", gone.text);
        assert_eq!(reader.get("/api/v1/records/thing").await.status, 401);
        let listed = kim.get(&format!("/api/v1/api-keys?user={}", bed.id("ann"))).await;
        assert!(!listed.text.contains("secret"), "{}", listed.text);
        let ann = bed.caller("ann").await;
        let own = ann.send("POST", "/api/v1/api-keys", json!({ "label": "mine" })).await;
        assert_eq!(own.status, 403, "{}", own.text);
    });
}

#[test]
fn a_key_works_from_its_networks_until_its_end() {
    on_both(|bed| async move {
        let until = bed.app.engine().now().checked_add(SignedDuration::from_hours(1)).unwrap();
        let asked = json!({
            "scopes": ["thing:read"], "networks": ["10.1.0.0/16"], "expires_at": until.to_string(),
        });
        let (outside, _) = key(&bed, asked).await;
        let refused = outside.get("/api/v1/records/thing").await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "address"));
        let inside = Caller { peer: [10, 1, 2, 3], ..outside };
        assert_eq!(inside.get("/api/v1/records/thing").await.status, 200);
        bed.clock.advance(SignedDuration::from_mins(61));
        assert_eq!(inside.get("/api/v1/records/thing").await.status, 401);
        let kim = bed.caller("kim").await;
        let asked = json!({
            "label": "x", "scopes": ["thing:fly"], "networks": ["mars"],
            "expires_at": "2001-01-01T00:00:00Z",
        });
        let wrong = kim.send("POST", "/api/v1/api-keys", asked).await;
        assert_eq!(wrong.json()["violations"].as_array().unwrap().len(), 3, "{}", wrong.text);
    });
}

#[test]
fn too_many_requests_have_to_wait() {
    with(
        |config| config.requests_per_second = 20,
        |bed| async move {
            let ann = bed.caller("ann").await;
            let mut refused = None;
            for _ in 0..60 {
                let reply = ann.get("/api/v1/me").await;
                if reply.status != 200 {
                    refused = Some(reply);
                    break;
                }
            }
            let refused = refused.unwrap();
            assert_eq!((refused.status, refused.code().as_str()), (429, "rate"));
            assert_eq!(refused.header("retry-after"), "1");
            bed.clock.advance(SignedDuration::from_secs(1));
            assert_eq!(ann.get("/api/v1/me").await.status, 200);
        },
    );
}
