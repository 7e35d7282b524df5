//! How fast the database alone takes durable prepared inserts: the yardstick of `cargo xtask bench`.
//!
//! `bare_insert sqlite FILE SECONDS` inserts with one connection, `bare_insert URL SECONDS` with 16;
//! one row of 27 columns a transaction. Prints rows and microseconds. Leaves nothing behind.
#![allow(clippy::print_stdout, reason = "a program of the benchmark")]
#![allow(clippy::disallowed_methods, reason = "measures durations")]

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Columns beside the key.
const COLUMNS: usize = 26;
/// Connections to PostgreSQL.
const CONNECTIONS: i64 = 16;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let parts: Vec<&str> = args.iter().map(String::as_str).collect();
    let (rows, spent) = match parts.as_slice() {
        ["sqlite", file, seconds] => sqlite(file, Duration::from_secs(seconds.parse()?))?,
        [url, seconds] => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(postgres(url, Duration::from_secs(seconds.parse()?)))?
        }
        _ => return Err("usage: bare_insert sqlite FILE SECONDS | URL SECONDS".into()),
    };
    println!("{rows} {}", spent.as_micros());
    Ok(())
}

fn table(mark: char) -> (String, String) {
    let mut columns = String::from("id BIGINT PRIMARY KEY");
    let mut values = format!("{mark}1");
    for at in 0..COLUMNS {
        let _infallible = write!(columns, ", c{at} TEXT");
        let _infallible = write!(values, ", {mark}{}", at + 2);
    }
    (
        format!("CREATE TABLE bare_insert ({columns})"),
        format!("INSERT INTO bare_insert VALUES ({values})"),
    )
}

/// Spread over the key's range, as record ids of several writers are.
fn key(n: i64) -> i64 {
    n.wrapping_mul(0x09e3_779b_97f4_a7c1)
}

fn sqlite(file: &str, limit: Duration) -> Result<(u64, Duration)> {
    let connection = rusqlite::Connection::open(file)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    let (create, insert) = table('?');
    connection.execute_batch(&create)?;
    let mut statement = connection.prepare(&insert)?;
    let started = Instant::now();
    let mut rows = 0;
    while started.elapsed() < limit {
        rows += 1;
        statement.raw_bind_parameter(1, key(rows))?;
        for at in 0..COLUMNS {
            statement.raw_bind_parameter(at + 2, "一个客户的资料")?;
        }
        statement.raw_execute()?;
    }
    Ok((u64::try_from(rows)?, started.elapsed()))
}

async fn postgres(url: &str, limit: Duration) -> Result<(u64, Duration)> {
    let (create, insert) = table('$');
    let first = connect(url).await?;
    first.batch_execute(&create).await?;
    let rows = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut tasks = Vec::new();
    for connection in 0..CONNECTIONS {
        let (client, insert, rows) = (connect(url).await?, insert.clone(), rows.clone());
        tasks.push(tokio::spawn(async move {
            let statement = client.prepare(&insert).await?;
            let mut n = connection;
            while started.elapsed() < limit {
                n += CONNECTIONS;
                let id = key(n);
                let text = "一个客户的资料";
                let mut params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = vec![&id];
                params.extend(
                    (0..COLUMNS).map(|_| &text as &(dyn tokio_postgres::types::ToSql + Sync)),
                );
                client.execute(&statement, &params).await?;
                rows.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), tokio_postgres::Error>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let spent = started.elapsed();
    first.batch_execute("DROP TABLE bare_insert").await?;
    Ok((rows.load(Ordering::Relaxed), spent))
}

async fn connect(url: &str) -> Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
