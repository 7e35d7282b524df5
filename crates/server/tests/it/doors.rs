//! Signing in: lock-out, CSRF, idle sessions, passwords, second factor.

use jiff::SignedDuration;
use serde_json::json;
use server::auth::totp;

use crate::bed::{Bed, Caller, PASSWORD, Reply, on_both};

const SESSION: &str = "/api/v1/session";

async fn sign_in(bed: &Bed, login: &str, password: &str) -> Reply {
    bed.nobody().send("POST", SESSION, json!({ "login": login, "password": password })).await
}

#[test]
fn five_failures_lock_for_thirty_minutes() {
    on_both(|bed| async move {
        let stranger = sign_in(&bed, "nobody", "x").await;
        assert_eq!((stranger.status, stranger.code().as_str()), (401, "credentials"));
        for _ in 0..3 {
            assert_eq!(sign_in(&bed, "nobody", "x").await.code(), "credentials");
        }
        assert_eq!(sign_in(&bed, "nobody", "x").await.code(), "locked", "told apart from others");
        assert_eq!(sign_in(&bed, "nobody", "x").await.code(), "locked");
        for _ in 0..4 {
            let wrong = sign_in(&bed, "ann", "wrong").await;
            assert_eq!((wrong.status, wrong.code().as_str()), (401, "credentials"));
        }
        assert_eq!(sign_in(&bed, "ann", "wrong").await.code(), "locked");
        let locked = sign_in(&bed, "ann", PASSWORD).await;
        assert_eq!((locked.status, locked.code().as_str()), (401, "locked"));
        assert!(!locked.header("retry-after").is_empty());
        bed.clock.advance(SignedDuration::from_mins(31));
        assert_eq!(sign_in(&bed, "ann", PASSWORD).await.status, 201);
        let kim = bed.caller("kim").await;
        let log = kim.get("/api/v1/audit?kind=login_refused").await;
        assert_eq!(log.status, 200, "{}", log.text);
        assert!(!log.text.contains("wrong"));
        assert!(log.json()["entries"].as_array().unwrap().len() >= 12, "{}", log.text);
    });
}

#[test]
fn an_administrator_unlocks_and_sets_a_password_that_must_be_changed() {
    on_both(|bed| async move {
        for _ in 0..5 {
            sign_in(&bed, "bob", "wrong").await;
        }
        let kim = bed.caller("kim").await;
        let user = format!("/api/v1/users/{}", bed.id("bob"));
        let state = kim.get(&format!("{user}/credentials")).await.json();
        assert!(state["locked_until"].is_string(), "{state}");
        let unlocked = kim.send("POST", &format!("{user}/unlock"), json!({})).await;
        assert_eq!(unlocked.status, 204, "{}", unlocked.text);
        assert_eq!(sign_in(&bed, "bob", PASSWORD).await.status, 201);
        let set = kim.send("POST", &format!("{user}/password"), json!({})).await;
        let password = set.json()["password"].as_str().unwrap().to_owned();
        let entered = sign_in(&bed, "bob", &password).await;
        assert_eq!(entered.json()["must"], "password_change", "{}", entered.text);
        let bob = Caller { headers: entered.session(), ..bed.nobody() };
        let barred = bob.get("/api/v1/me").await;
        assert_eq!((barred.status, barred.code().as_str()), (403, "password_change"));
        let change = |new: &str| json!({ "current": password, "new": new });
        let path = format!("{SESSION}/password");
        let weak = bob.send("PUT", &path, change("abc")).await;
        assert_eq!(weak.json()["violations"].as_array().unwrap().len(), 2, "{}", weak.text);
        let old = bob.send("PUT", &path, change(PASSWORD)).await;
        assert_eq!(old.json()["violations"][0]["code"], "reused", "{}", old.text);
        let changed = bob.send("PUT", &path, change("Brand-New-7")).await;
        assert_eq!(changed.status, 204, "{}", changed.text);
        assert_eq!(bob.get("/api/v1/me").await.status, 200);
        let ann = bed.caller("ann").await;
        let other = ann.send("POST", &format!("{user}/unlock"), json!({})).await;
        assert_eq!(other.status, 403, "{}", other.text);
    });
}

#[test]
fn a_write_with_a_cookie_needs_the_csrf_token_of_its_session() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let mut bare = ann.clone();
        bare.headers.retain(|(name, _)| name != "x-csrf-token");
        let path = "/api/v1/records/thing";
        assert_eq!(bare.get("/api/v1/me").await.status, 200);
        let refused = bare.send("POST", path, json!({ "name": "x" })).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "csrf"));
        let bob = bed.caller("bob").await;
        let foreign = &bob.headers.iter().find(|(name, _)| name == "x-csrf-token").unwrap().1;
        let mixed = ann.with("x-csrf-token", foreign);
        assert_eq!(mixed.send("POST", path, json!({ "name": "x" })).await.code(), "csrf");
    });
}

#[test]
fn a_session_ends_when_idle_and_when_told() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        for _ in 0..3 {
            bed.clock.advance(SignedDuration::from_mins(14));
            assert_eq!(ann.get("/api/v1/me").await.status, 200);
        }
        bed.clock.advance(SignedDuration::from_mins(17));
        assert_eq!(ann.get("/api/v1/me").await.status, 401);
        let ann = bed.caller("ann").await;
        let second = bed.caller("ann").await;
        let own = ann.get("/api/v1/session/all").await.json();
        assert_eq!(own["second_factor"], json!(false));
        assert_eq!(
            (own["changed_at"].is_string(), own["sessions"].as_array().unwrap().len()),
            (true, 3)
        );
        assert_eq!(ann.send("DELETE", "/api/v1/session/all", json!({})).await.status, 204);
        assert_eq!(second.get("/api/v1/me").await.status, 401);
        let out = ann.send("DELETE", SESSION, json!({})).await;
        assert_eq!(out.status, 204, "{}", out.text);
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        assert_eq!(ann.get("/api/v1/me").await.status, 401);
    });
}

#[test]
fn a_one_time_code_counts_once() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        let begun = ann.send("POST", "/api/v1/session/totp", json!({})).await;
        assert_eq!(begun.status, 201, "{}", begun.text);
        let secret = totp_rs::Secret::Encoded(begun.json()["secret"].as_str().unwrap().to_owned())
            .to_bytes()
            .unwrap();
        let code = || totp::code(&secret, bed.app.engine().now()).unwrap();
        let wrong = ann.send("PUT", "/api/v1/session/totp", json!({ "code": "000000" })).await;
        assert_eq!(wrong.status, 422);
        let put = ann.send("PUT", "/api/v1/session/totp", json!({ "code": code() })).await;
        assert_eq!(put.status, 204, "{}", put.text);
        let enter = |code: Option<String>| {
            let nobody = bed.nobody();
            async move {
                let body = json!({ "login": "ann", "password": PASSWORD, "code": code });
                nobody.send("POST", SESSION, body).await
            }
        };
        assert_eq!(enter(None).await.code(), "second_factor");
        assert_eq!(enter(Some(code())).await.code(), "credentials", "used when it was set up");
        bed.clock.advance(SignedDuration::from_secs(60));
        assert_eq!(enter(Some(code())).await.status, 201);
        assert_eq!(enter(Some(code())).await.code(), "credentials");
        let kim = bed.caller("kim").await;
        let path = format!("/api/v1/users/{}/totp", bed.id("ann"));
        assert_eq!(kim.send("DELETE", &path, json!({})).await.status, 204);
        assert_eq!(enter(None).await.status, 201);
    });
}
