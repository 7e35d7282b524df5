//! Serving over a socket, jobs beside it, and an orderly end.

use std::time::Duration;

use serde_json::json;
use server::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::bed::on_both;

#[test]
fn running_requests_end_before_the_server_does() {
    on_both(|bed| async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve::serve(bed.app.clone(), listener, stop.clone()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let body = json!({ "login": "ann", "password": crate::bed::PASSWORD }).to_string();
        let head = format!(
            "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        // Half a request is in when the end begins; the other half must still be answered.
        stream.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.cancel();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(TcpStream::connect(address).await.is_err(), "no new connections");
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        tokio::time::timeout(Duration::from_secs(30), server).await.unwrap().unwrap();
    });
}

#[test]
fn a_leavers_records_go_to_another_by_a_job() {
    on_both(|bed| async move {
        let ann = bed.caller("ann").await;
        for name in ["甲", "乙", "丙"] {
            ann.send("POST", "/api/v1/records/thing", json!({ "name": name })).await;
        }
        let kim = bed.caller("kim").await;
        let path = format!("/api/v1/users/{}/handover", bed.id("ann"));
        assert_eq!(kim.get(&path).await.json()["total"], 3);
        let asked = json!({ "to_user": bed.id("bob"), "reason": "离职交接" });
        let started = kim.send("POST", &path, asked).await;
        assert_eq!(started.status, 202, "{}", started.text);
        let job = format!("/api/v1/jobs/{}", started.json()["job"].as_str().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve::serve(bed.app.clone(), listener, stop.clone()));
        let mut state = json!(null);
        for _ in 0..100 {
            state = kim.get(&job).await.json();
            if state["state"] == "done" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(state["result"]["moved"], 3, "{state}");
        let bob = bed.caller("bob").await;
        let page = bob.get("/api/v1/records/thing?count=exact").await.json();
        assert_eq!(page["count"]["rows"], 3);
        let left = ann.get("/api/v1/records/thing").await.json();
        assert_eq!(left["records"], json!([]));
        let verified = kim.send("POST", "/api/v1/audit/verify", json!({})).await;
        assert_eq!(verified.json()["count"], 0, "{}", verified.text);
        stop.cancel();
        server.await.unwrap();
    });
}
