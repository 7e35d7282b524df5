//! Both databases behind one small interface: bound statements in, cells out.
//!
//! Reads run at once on a read-only connection; a script of writes is one transaction that is
//! durable when `run` returns. Knows nothing of objects, fields or rights.

mod cell;
pub(crate) mod number;
mod postgres;
mod script;
mod sqlite;

use std::time::Duration;

pub use cell::{Cell, Row};
pub use script::{Expect, Filling, ScriptError, Step, StepResult};

use crate::{Boxed, Error};

/// Which SQL a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite, in this process.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

/// How many connections, and how long a read may take.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections kept for reads (SQLite) or for everything (PostgreSQL).
    pub connections: usize,
    /// Longest time a read may take.
    pub read_limit: Duration,
    /// Longest time a stream may take.
    pub stream_limit: Duration,
    /// Scripts that may wait for the SQLite writer.
    pub queue: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            connections: 8,
            read_limit: Duration::from_secs(15),
            stream_limit: Duration::from_secs(1800),
            queue: 4096,
        }
    }
}

/// An open database.
#[derive(Clone)]
pub struct Db(Inner);

#[derive(Clone)]
enum Inner {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// Rows of a stream, some at a time.
pub struct Stream(tokio::sync::mpsc::Receiver<Result<Vec<Row>, Error>>);

impl Stream {
    /// The next rows; `None` after the last.
    pub async fn next(&mut self) -> Option<Result<Vec<Row>, Error>> {
        self.0.recv().await
    }
}

/// How soon a script is to be durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// At once, and all that was handed over before it.
    Prompt,
    /// Soon: work of which more follows, and which goes faster in large transactions.
    Bulk,
}

/// The outcome of a script that was handed over.
pub type Answer = Boxed<'static, Result<Vec<StepResult>, ScriptError>>;

impl Db {
    /// Opens `url`: `postgres://…`, `sqlite:<path>` or the path of a SQLite file, which is created
    /// when missing.
    pub async fn open(url: &str, options: &Options) -> Result<Db, Error> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Db(Inner::Postgres(postgres::Postgres::open(url, options).await?)));
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        Ok(Db(Inner::Sqlite(sqlite::Sqlite::open(path.as_ref(), options)?)))
    }

    /// Which SQL this database speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match &self.0 {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Rows of one statement, which may take long: the runtime's other work goes on meanwhile.
    pub fn read<'a>(
        &'a self,
        sql: &'a str,
        params: &'a [Cell],
    ) -> Boxed<'a, Result<Vec<Row>, Error>> {
        match &self.0 {
            Inner::Sqlite(db) => Box::pin(db.read(sql, params)),
            Inner::Postgres(db) => Box::pin(db.read(sql, params)),
        }
    }

    /// Rows of several statements that do not depend on each other: in one round trip, where there
    /// is one.
    pub async fn read_all(&self, statements: &[(&str, &[Cell])]) -> Result<Vec<Vec<Row>>, Error> {
        match &self.0 {
            Inner::Sqlite(db) => {
                let mut found = Vec::with_capacity(statements.len());
                for (sql, params) in statements {
                    found.push(db.read(sql, params).await?);
                }
                Ok(found)
            }
            Inner::Postgres(db) => db.read_all(statements).await,
        }
    }

    /// Rows of one statement that is known to touch few pages, such as a look-up by key.
    pub fn point<'a>(
        &'a self,
        sql: &'a str,
        params: &'a [Cell],
    ) -> Boxed<'a, Result<Vec<Row>, Error>> {
        match &self.0 {
            Inner::Sqlite(db) => Box::pin(std::future::ready(db.point(sql, params))),
            Inner::Postgres(db) => Box::pin(db.read(sql, params)),
        }
    }

    /// Runs all steps in one transaction, or none: a step that fails or touches another number of
    /// rows than it expects undoes them all. Durable when it returns.
    pub fn run(&self, script: Vec<Step>) -> Boxed<'_, Result<Vec<StepResult>, ScriptError>> {
        if script.is_empty() {
            return Box::pin(std::future::ready(Ok(Vec::new())));
        }
        match &self.0 {
            Inner::Sqlite(db) => Box::pin(db.run(script)),
            Inner::Postgres(db) => Box::pin(async move { db.run(&script).await }),
        }
    }

    /// Hands over a script, to be answered later. Scripts handed over are committed in this order.
    /// When one fails, those that came after it may be undone too. On PostgreSQL one of
    /// [`Lane::Bulk`] is durable when a later one of [`Lane::Prompt`] is, or a second later.
    pub async fn post(&self, script: Vec<Step>, lane: Lane) -> Result<Answer, Error> {
        match &self.0 {
            Inner::Sqlite(db) => db.post(script, lane).await,
            Inner::Postgres(db) => Ok(db.post(script, lane)),
        }
    }

    /// How many scripts may usefully be handed over by [`Db::post`] before the first is answered,
    /// when they must be committed in order.
    #[must_use]
    pub fn depth(&self) -> usize {
        match &self.0 {
            Inner::Sqlite(_) => sqlite::DEPTH,
            Inner::Postgres(_) => postgres::DEPTH,
        }
    }

    /// Rows of a long read, `batch` at a time, on a connection of its own.
    pub fn stream<'a>(
        &'a self,
        sql: &'a str,
        params: Vec<Cell>,
        batch: usize,
    ) -> Boxed<'a, Result<Stream, Error>> {
        Box::pin(async move {
            let (sender, receiver) = tokio::sync::mpsc::channel(2);
            match &self.0 {
                Inner::Sqlite(db) => db.stream(sql, params, batch.max(1), sender)?,
                Inner::Postgres(db) => db.stream(sql, params, batch.max(1), sender).await?,
            }
            Ok(Stream(receiver))
        })
    }

    /// Runs statements that have no parameters and stand outside a script (`VACUUM`, `ANALYZE`).
    pub async fn maintain(&self, sql: &str) -> Result<(), Error> {
        match &self.0 {
            Inner::Sqlite(db) => db.maintain(sql).await,
            Inner::Postgres(db) => db.maintain(sql).await,
        }
    }

    /// Waits for queued writes, copies the log into the database and closes it. Later calls fail.
    pub async fn close(&self) -> Result<(), Error> {
        match &self.0 {
            Inner::Sqlite(db) => db.close().await,
            Inner::Postgres(db) => {
                db.close();
                Ok(())
            }
        }
    }
}
