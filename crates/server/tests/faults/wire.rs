//! A small HTTP client that tells an answer from a connection that ended.

use std::net::SocketAddr;

use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer that came in whole.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection that is kept between requests, as somebody with an API key.
pub struct Wire {
    stream: TcpStream,
    key: String,
    rest: Vec<u8>,
}

/// A request, apart from who sends it.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    pub fn get(path: impl Into<String>) -> Ask {
        Ask { method: "GET", path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn send(method: &'static str, path: impl Into<String>, body: &Json) -> Ask {
        let body = body.to_string().into_bytes();
        let headers = vec![("content-type", "application/json".to_owned())];
        Ask { method, path: path.into(), headers, body }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Ask {
        self.headers.push((name, value.into()));
        self
    }
}

impl Wire {
    /// `None` when nobody listens.
    pub async fn open(address: SocketAddr, key: &str) -> Option<Wire> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Wire { stream, key: key.to_owned(), rest: Vec::new() })
    }

    /// `None` when the connection ended before the whole answer was there.
    pub async fn ask(&mut self, ask: &Ask) -> Option<Reply> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: x\r\n", ask.method, ask.path);
        if !self.key.is_empty() {
            head.push_str(&format!("authorization: Bearer {}\r\n", self.key));
        }
        for (name, value) in &ask.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", ask.body.len()));
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&ask.body);
        self.stream.write_all(&bytes).await.ok()?;
        self.reply().await
    }

    /// Asks and insists on an answer of this status.
    pub async fn must(&mut self, ask: &Ask, status: u16) -> Json {
        let reply = self.ask(ask).await.unwrap_or_else(|| panic!("no answer to {ask:?}"));
        assert_eq!(reply.status, status, "{} {}: {}", ask.method, ask.path, reply.text());
        if reply.body.is_empty() { Json::Null } else { reply.json() }
    }

    async fn reply(&mut self) -> Option<Reply> {
        let end = loop {
            if let Some(at) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.rest[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |text| text.trim().parse().unwrap());
        while self.rest.len() < end + length {
            self.more().await?;
        }
        let body = self.rest[end..end + length].to_vec();
        self.rest.drain(..end + length);
        Some(Reply { status, body })
    }

    async fn more(&mut self) -> Option<()> {
        let mut part = [0; 8192];
        let count = self.stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        self.rest.extend_from_slice(&part[..count]);
        Some(())
    }
}
