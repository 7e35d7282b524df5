//! The one SQLite writer: takes all waiting scripts, runs each under a savepoint, commits them as
//! one durable transaction, and only then answers.
//!
//! A second thread copies the log into the database now and then without holding the writer up.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc as plain;
use std::time::Duration;

use rusqlite::{CachedStatement, Connection};
use tokio::sync::{mpsc, oneshot};

use super::super::{Expect, ScriptError, Step, StepResult};
use super::connection::{self, Texts, failure, script_failure};
use crate::Error;

/// Scripts in one transaction at most.
const BATCH: usize = 256;
/// Steps in one transaction at most, unless one script alone has more.
const BATCH_STEPS: usize = 4096;
/// Log size from which the background copy works.
const LOG_COPIED: u64 = 4 << 20;
/// Log size from which the writer itself waits for the log to start anew.
const LOG_LIMIT: u64 = 256 << 20;

type Outcome = Result<Vec<StepResult>, ScriptError>;

pub(super) enum Request {
    Script { script: Vec<Step>, reply: oneshot::Sender<Outcome> },
    Maintain { sql: String, reply: oneshot::Sender<Result<(), Error>> },
    Close { reply: oneshot::Sender<Result<(), Error>> },
}

/// Opens the file for writing and starts the two threads.
pub(super) fn start(
    path: &Path,
    queue: usize,
    texts: Arc<Texts>,
) -> Result<mpsc::Sender<Request>, Error> {
    let connection = connection::open(path, true)?;
    let copier = connection::open(path, true)?;
    let (sender, receiver) = mpsc::channel(queue);
    let (alive, stop) = plain::channel::<()>();
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    let writer = Writer { connection, texts, log: log.clone(), commits: 0, _alive: alive };
    spawn("jinyao-writer", move || writer.work(receiver))?;
    spawn("jinyao-log-copier", move || copy_log(&copier, &log, &stop))?;
    Ok(sender)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let thread = std::thread::Builder::new().name(name.into()).spawn(work);
    thread.map(drop).map_err(|error| Error::Unavailable(format!("no thread: {error}")))
}

fn size(log: &Path) -> u64 {
    std::fs::metadata(log).map_or(0, |meta| meta.len())
}

fn copy_log(connection: &Connection, log: &Path, stop: &plain::Receiver<()>) {
    let mut copied = 0;
    while let Err(plain::RecvTimeoutError::Timeout) = stop.recv_timeout(Duration::from_secs(1)) {
        let length = size(log);
        if length < LOG_COPIED || length == copied {
            continue;
        }
        match connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            Ok(()) => copied = length,
            Err(error) => tracing::warn!(%error, "the log could not be copied"),
        }
    }
}

/// Statements a script has used: a bulk script repeats few texts, shared by their steps, so that
/// none is looked up by its text again.
#[derive(Default)]
struct Ready<'s>(Vec<(Arc<str>, CachedStatement<'s>)>);

/// Statements kept at hand for one script.
const READY: usize = 8;

impl<'s> Ready<'s> {
    fn get(
        &mut self,
        writer: &'s Writer,
        sql: &Arc<str>,
    ) -> rusqlite::Result<&mut CachedStatement<'s>> {
        let known = self.0.iter().position(|(text, _)| Arc::ptr_eq(text, sql));
        let at = match known {
            Some(at) => at,
            None => {
                if self.0.len() >= READY {
                    self.0.remove(0);
                }
                let text = writer.texts.get(sql);
                let statement = writer.connection.prepare_cached(text.as_deref().unwrap_or(sql))?;
                self.0.push((Arc::clone(sql), statement));
                self.0.len() - 1
            }
        };
        let (_, statement) = self.0.get_mut(at).ok_or(rusqlite::Error::InvalidQuery)?;
        Ok(statement)
    }
}

struct Writer {
    connection: Connection,
    texts: Arc<Texts>,
    log: PathBuf,
    commits: u64,
    /// Dropped with the writer, which stops the log copier.
    _alive: plain::Sender<()>,
}

impl Writer {
    fn work(mut self, mut queue: mpsc::Receiver<Request>) {
        let mut next = queue.blocking_recv();
        while let Some(request) = next.take() {
            match request {
                Request::Script { script, reply } => {
                    let mut steps = script.len();
                    let mut batch = vec![(script, reply)];
                    while batch.len() < BATCH && steps < BATCH_STEPS {
                        match queue.try_recv() {
                            Ok(Request::Script { script, reply }) => {
                                steps += script.len();
                                batch.push((script, reply));
                            }
                            Ok(other) => {
                                next = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.commit(batch);
                }
                Request::Maintain { sql, reply } => {
                    let done = self.connection.execute_batch(&sql).map_err(failure);
                    drop(reply.send(done));
                }
                Request::Close { reply } => {
                    queue.close();
                    let done = self.restart_log("TRUNCATE");
                    self.connection.flush_prepared_statement_cache();
                    drop(reply.send(done));
                }
            }
            if next.is_none() {
                next = queue.blocking_recv();
            }
        }
    }

    /// Runs the scripts and answers each. When the transaction as a whole is lost, a lone script
    /// gets the reason, and several are tried again one by one.
    fn commit(&mut self, batch: Vec<(Vec<Step>, oneshot::Sender<Outcome>)>) {
        match self.transaction(&batch) {
            Ok(outcomes) => {
                for ((_, reply), outcome) in batch.into_iter().zip(outcomes) {
                    // A caller that has gone away is not told; its write is durable all the same.
                    drop(reply.send(outcome));
                }
            }
            Err(error) if batch.len() == 1 => {
                for (_, reply) in batch {
                    drop(
                        reply.send(Err(ScriptError::Other(Error::Unavailable(error.to_string())))),
                    );
                }
                tracing::warn!(%error, "a transaction was lost");
                return;
            }
            Err(_) => {
                for single in batch {
                    self.commit(vec![single]);
                }
                return;
            }
        }
        self.commits += 1;
        if self.commits.is_multiple_of(64)
            && size(&self.log) > LOG_LIMIT
            && let Err(error) = self.restart_log("RESTART")
        {
            tracing::warn!(%error, "the log could not start anew");
        }
    }

    fn transaction(
        &self,
        batch: &[(Vec<Step>, oneshot::Sender<Outcome>)],
    ) -> Result<Vec<Outcome>, Error> {
        self.plain("BEGIN IMMEDIATE")?;
        let done = self.scripts(batch).and_then(|outcomes| {
            self.plain("COMMIT")?;
            Ok(outcomes)
        });
        if done.is_err() && !self.connection.is_autocommit() {
            self.plain("ROLLBACK")?;
        }
        done
    }

    fn scripts(
        &self,
        batch: &[(Vec<Step>, oneshot::Sender<Outcome>)],
    ) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for (script, _) in batch {
            self.plain("SAVEPOINT one")?;
            let outcome = self.script(script);
            if self.connection.is_autocommit() {
                // A full disk and the like undo the whole transaction.
                let reason = outcome.err().map_or_else(String::new, |error| error.to_string());
                return Err(Error::Unavailable(reason));
            }
            if outcome.is_err() {
                self.plain("ROLLBACK TO one")?;
            }
            self.plain("RELEASE one")?;
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn script(&self, script: &[Step]) -> Outcome {
        let mut results = Vec::with_capacity(script.len());
        let mut ready = Ready::default();
        for (at, step) in script.iter().enumerate() {
            let result = self.step(&mut ready, at, step)?;
            match step.expect {
                Expect::Rows(rows) if rows != result.affected => {
                    return Err(ScriptError::Unexpected { step: at, rows: result.affected });
                }
                _ => results.push(result),
            }
        }
        Ok(results)
    }

    fn step<'s>(
        &'s self,
        ready: &mut Ready<'s>,
        at: usize,
        step: &Step,
    ) -> Result<StepResult, ScriptError> {
        let fail = |error| script_failure(at, error);
        let statement = ready.get(self, &step.sql).map_err(fail)?;
        connection::bind(statement, &step.params).map_err(fail)?;
        let columns = statement.column_count();
        if columns == 0 {
            let affected = statement.raw_execute().map_err(fail)?;
            return Ok(StepResult { affected: affected as u64, rows: Vec::new() });
        }
        let mut rows = Vec::new();
        let mut found = statement.raw_query();
        while let Some(row) = found.next().map_err(fail)? {
            rows.push(connection::row(row, columns)?);
        }
        Ok(StepResult { affected: rows.len() as u64, rows })
    }

    fn plain(&self, sql: &str) -> Result<(), Error> {
        self.connection.prepare_cached(sql).and_then(|mut s| s.execute([])).map_err(failure)?;
        Ok(())
    }

    /// Copies the whole log and lets it start anew, waiting shortly for readers to move on.
    fn restart_log(&self, how: &str) -> Result<(), Error> {
        let pragma = format!("PRAGMA wal_checkpoint({how})");
        self.connection.execute_batch("PRAGMA busy_timeout = 100").map_err(failure)?;
        let done = self.connection.query_row(&pragma, [], |_| Ok(())).map_err(failure);
        let wait = format!("PRAGMA busy_timeout = {}", connection::BUSY_MS);
        self.connection.execute_batch(&wait).map_err(failure)?;
        done
    }
}
