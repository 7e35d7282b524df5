//! Told to stop, the server answers what it took on and ends in time with nothing half done.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::load::{self, CUSTOMER, GROUP, MEMBER, MEMBERS, Signal, Writer};
use crate::place::{self, Place, Server};
use crate::wire::Wire;

/// Connections that write.
const WRITERS: usize = 8;
/// The configured time to drain is 20 seconds.
const LIMIT: Duration = Duration::from_secs(25);

#[test]
fn stopped_on_sqlite_it_answers_what_it_took_on() {
    place::alone(|name| async move {
        let place = Place::new(&name, None).await;
        stop_under_load(&place).await;
        place.remove().await;
    });
}

#[test]
fn stopped_on_postgres_it_answers_what_it_took_on() {
    let Some(server) = place::postgres() else { return };
    place::alone(|name| async move {
        let place = Place::new(&name, Some(&server)).await;
        stop_under_load(&place).await;
        place.remove().await;
    });
}

async fn stop_under_load(place: &Place) {
    let people = place::install(place).await;
    let port = place::free_port();
    let mut server = Server::start(place, port).await;
    let (signal, address) = (Arc::new(Signal::default()), server.address);
    let tasks: Vec<_> = (0..WRITERS)
        .map(|number| {
            let (signal, key) = (signal.clone(), people.manager.clone());
            tokio::spawn(async move {
                let mut writer = Writer::new(number, 1);
                writer.work(address, &key, &signal).await;
                writer
            })
        })
        .collect();
    let mut slow = half_a_request(&server).await;
    while signal.acknowledged.load(Ordering::Relaxed) < 100 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.terminate();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(TcpStream::connect(address).await.is_err(), "no new connections");
    slow.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "the other half is answered: {answer}");
    let status = server.ended(LIMIT).await.expect("it ends in time");
    assert_eq!(status.code(), Some(0), "{}", server.tail());
    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.unwrap());
    }
    place.verify();

    // What got no answer was not taken on: nothing of it was done.
    let server = Server::start(place, port).await;
    let mut wire = Wire::open(server.address, &people.manager).await.unwrap();
    load::look(&mut wire, &mut writers).await;
    let (customers, groups) = (load::made(&writers, CUSTOMER), load::made(&writers, GROUP));
    assert_eq!(load::count(&mut wire, CUSTOMER, "").await, customers);
    assert_eq!(load::count(&mut wire, GROUP, "").await, groups);
    assert_eq!(load::count(&mut wire, MEMBER, "").await, groups * MEMBERS as u64);
}

/// A request whose body has yet to come.
async fn half_a_request(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}
