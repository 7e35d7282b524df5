//! A read-only SQLite connection whose statements stop when their time is up.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::super::{Cell, Row};
use super::connection::{self, Texts, failure};
use crate::Error;

/// Virtual-machine steps between two looks at the clock: about a millisecond's worth.
const STEPS: i32 = 20_000;

pub(super) struct Reader {
    connection: Connection,
    texts: Arc<Texts>,
    started: Instant,
    /// Milliseconds after `started` when the running statement must stop.
    deadline: Arc<AtomicU64>,
}

impl Reader {
    #[allow(
        clippy::disallowed_methods,
        reason = "measures how long a statement runs, nothing else"
    )]
    pub(super) fn open(path: &Path, texts: Arc<Texts>) -> Result<Reader, Error> {
        let mut connection = connection::open(path, false)?;
        let started = Instant::now();
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let until = Arc::clone(&deadline);
        let late = move || millis(started.elapsed()) > until.load(Ordering::Relaxed);
        connection.progress_handler(STEPS, Some(late)).map_err(failure)?;
        Ok(Reader { connection, texts, started, deadline })
    }

    /// All rows of one statement.
    pub(super) fn rows(
        &mut self,
        sql: &str,
        params: &[Cell],
        limit: Duration,
    ) -> Result<Vec<Row>, Error> {
        let mut all = Vec::new();
        self.each((sql, params), limit, usize::MAX, |rows| {
            all = rows;
            true
        })?;
        Ok(all)
    }

    /// Rows of one statement in batches, until `take` says no.
    pub(super) fn each(
        &mut self,
        (sql, params): (&str, &[Cell]),
        limit: Duration,
        batch: usize,
        mut take: impl FnMut(Vec<Row>) -> bool,
    ) -> Result<(), Error> {
        let until = millis(self.started.elapsed() + limit);
        self.deadline.store(until, Ordering::Relaxed);
        let text = self.texts.get(sql);
        let sql = text.as_deref().unwrap_or(sql);
        let mut statement = self.connection.prepare_cached(sql).map_err(failure)?;
        let columns = statement.column_count();
        connection::bind(&mut statement, params).map_err(failure)?;
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failure)? {
            rows.push(connection::row(row, columns)?);
            if rows.len() >= batch && !take(std::mem::take(&mut rows)) {
                return Ok(());
            }
        }
        drop(found);
        connection::note_scan(&statement, sql);
        if !rows.is_empty() {
            take(rows);
        }
        Ok(())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
