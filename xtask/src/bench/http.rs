//! As much of HTTP/1.1 as the load needs: one kept connection, one request at a time, bodies of a
//! given length. Refuses anything else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::Result;

/// A connection that stays open.
pub struct Connection {
    reader: BufReader<TcpStream>,
    /// Header lines sent with each request.
    pub headers: String,
    request: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Value of `Set-Cookie` up to its first attribute.
    pub cookie: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body, if the request succeeded.
    pub fn json(self) -> Result<serde_json::Value> {
        let body = self.ok()?;
        Ok(serde_json::from_slice(&body)?)
    }

    /// The body, whatever the status.
    pub fn said(&self) -> Result<serde_json::Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The bytes, if the request succeeded.
    pub fn ok(self) -> Result<Vec<u8>> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        Err(format!("status {}: {}", self.status, String::from_utf8_lossy(&self.body)).into())
    }
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let reader = BufReader::with_capacity(64 << 10, stream);
        Ok(Connection { reader, headers: String::new(), request: Vec::new() })
    }

    /// Sends a request and waits for its answer. `extra` are header lines of this request.
    pub fn send(&mut self, method: &str, path: &str, extra: &str, body: &[u8]) -> Result<Answer> {
        self.request.clear();
        write!(self.request, "{method} {path} HTTP/1.1\r\nHost: bench\r\n")?;
        write!(self.request, "{}{extra}", self.headers)?;
        if method != "GET" {
            write!(self.request, "Content-Type: application/json\r\n")?;
            write!(self.request, "Content-Length: {}\r\n", body.len())?;
        }
        self.request.extend_from_slice(b"\r\n");
        self.request.extend_from_slice(body);
        self.reader.get_mut().write_all(&self.request)?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| format!("no status in `{line}`"))?;
        let (mut length, mut cookie) = (0, None);
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(':').ok_or("a header without a colon")?;
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            } else if name.eq_ignore_ascii_case("set-cookie") {
                cookie = value.trim().split(';').next().map(str::to_owned);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err("a chunked answer".into());
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Answer { status, cookie, body })
    }
}
