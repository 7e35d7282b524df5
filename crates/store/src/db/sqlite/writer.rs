//! The one SQLite writer: takes all waiting scripts, runs each under a savepoint, commits them as
//! one durable transaction, and only then answers.
//!
//! Scripts of bulk work are held: their transaction stays open for the next ones, so that a page which
//! many of them touch is written once. It is committed when it has grown large, when no more comes
//! for a moment, or at once when another script waits.
//!
//! A second thread copies the log into the database now and then without holding the writer up.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc as plain;
use std::time::Duration;

use rusqlite::{CachedStatement, Connection};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::timeout;

use super::super::{Expect, Lane, ScriptError, Step, StepResult};
use super::connection::{self, Texts, failure, script_failure};
use crate::Error;

/// Scripts in one transaction at most.
const BATCH: usize = 256;
/// Steps in one transaction at most, unless one script alone has more.
const BATCH_STEPS: usize = 4096;
/// Log size from which the background copy works.
const LOG_COPIED: u64 = 32 << 20;
/// Log size from which the writer itself waits for the log to start anew. Pages that many
/// transactions of bulk work touch are copied once for as much log.
pub(super) const LOG_LIMIT: u64 = 768 << 20;
/// Bulk scripts held in one transaction at most.
pub(super) const HELD: usize = 24;
/// How long held scripts wait for more.
const LINGER: Duration = Duration::from_millis(200);

type Outcome = Result<Vec<StepResult>, ScriptError>;

/// A bulk script's place in the queue, given back once the script has run.
pub(super) type Turn = Option<OwnedSemaphorePermit>;

type Waiting = (Vec<Step>, oneshot::Sender<Outcome>);

pub(super) enum Request {
    Script { script: Vec<Step>, lane: Lane, turn: Turn, reply: oneshot::Sender<Outcome> },
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
    let clock = Builder::new_current_thread().enable_time().build();
    let clock = clock.map_err(|error| Error::Unavailable(format!("no clock: {error}")))?;
    spawn("jinyao-writer", move || writer.work(receiver, &clock))?;
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

/// Bulk scripts that ran in the open transaction and wait for its end.
#[derive(Default)]
struct Held {
    replies: Vec<(oneshot::Sender<Outcome>, Vec<StepResult>)>,
    /// Their steps that are run before the end.
    late: Vec<Step>,
}

impl Held {
    fn answer(&mut self, how: impl Fn(Vec<StepResult>) -> Outcome) {
        for (reply, results) in self.replies.drain(..) {
            drop(reply.send(how(results)));
        }
        self.late.clear();
    }
}

fn answer(batch: Vec<Waiting>, outcomes: Vec<Outcome>) {
    for ((_, reply), outcome) in batch.into_iter().zip(outcomes) {
        drop(reply.send(outcome));
    }
}

/// The scripts that wait behind `first`, as far as one transaction takes them; a request of another
/// kind is put back.
fn gather(
    queue: &mut mpsc::Receiver<Request>,
    first: Waiting,
    put_back: &mut Option<Request>,
) -> Vec<Waiting> {
    let mut steps = first.0.len();
    let mut batch = vec![first];
    while batch.len() < BATCH && steps < BATCH_STEPS {
        match queue.try_recv() {
            Ok(Request::Script { script, lane: Lane::Prompt, reply, .. }) => {
                steps += script.len();
                batch.push((script, reply));
            }
            Ok(other) => {
                *put_back = Some(other);
                break;
            }
            Err(_) => break,
        }
    }
    batch
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
    fn work(mut self, mut queue: mpsc::Receiver<Request>, clock: &Runtime) {
        let mut held = Held::default();
        let mut put_back = None;
        loop {
            let request = match put_back.take() {
                Some(request) => Some(request),
                None if held.replies.is_empty() => queue.blocking_recv(),
                None => match clock.block_on(async { timeout(LINGER, queue.recv()).await }) {
                    Ok(request) => request,
                    Err(_) => {
                        self.settle(&mut held, Vec::new());
                        continue;
                    }
                },
            };
            match request {
                Some(Request::Script { script, lane: Lane::Bulk, turn, reply }) => {
                    self.hold(&mut held, script, reply);
                    drop(turn);
                }
                Some(Request::Script { script, lane: Lane::Prompt, reply, .. }) => {
                    let batch = gather(&mut queue, (script, reply), &mut put_back);
                    self.settle(&mut held, batch);
                }
                Some(Request::Maintain { sql, reply }) => {
                    self.settle(&mut held, Vec::new());
                    let done = self.connection.execute_batch(&sql).map_err(failure);
                    drop(reply.send(done));
                }
                Some(Request::Close { reply }) => {
                    self.settle(&mut held, Vec::new());
                    queue.close();
                    let done = self.restart_log("TRUNCATE");
                    self.connection.flush_prepared_statement_cache();
                    drop(reply.send(done));
                }
                None => {
                    self.settle(&mut held, Vec::new());
                    return;
                }
            }
        }
    }

    /// Runs a bulk script in the held transaction. It has no savepoint of its own: when it fails, all
    /// that is held is undone with it.
    fn hold(&mut self, held: &mut Held, script: Vec<Step>, reply: oneshot::Sender<Outcome>) {
        let begun = match held.replies.is_empty() {
            true => self.plain("BEGIN IMMEDIATE").map_err(ScriptError::Other),
            false => Ok(()),
        };
        match begun.and_then(|()| self.script(&script, true)) {
            Ok(results) => {
                held.late.extend(script.into_iter().filter(|step| step.late.is_some()));
                held.replies.push((reply, results));
                if held.replies.len() >= HELD {
                    self.settle(held, Vec::new());
                }
            }
            Err(error) => {
                self.undo();
                drop(reply.send(Err(error)));
                held.answer(|_| Err(ScriptError::Undone));
            }
        }
    }

    /// Commits what is held together with `batch`, and answers.
    fn settle(&mut self, held: &mut Held, batch: Vec<Waiting>) {
        if held.replies.is_empty() {
            if !batch.is_empty() {
                self.commit(batch);
            }
            return;
        }
        held.late.sort_unstable_by_key(|step| step.late);
        let late = self.script(&held.late, false).map_err(Error::from);
        let done = late.and_then(|_| self.scripts(&batch)).and_then(|outcomes| {
            self.plain("COMMIT")?;
            Ok(outcomes)
        });
        match done {
            Ok(outcomes) => {
                held.answer(Ok);
                answer(batch, outcomes);
                self.committed(true);
            }
            Err(error) => {
                self.undo();
                tracing::warn!(%error, "a transaction was lost");
                held.answer(|_| Err(ScriptError::Undone));
                for single in batch {
                    self.commit(vec![single]);
                }
            }
        }
    }

    /// Runs the scripts in one transaction and answers each. When the transaction as a whole is lost,
    /// they are tried again one by one.
    fn commit(&mut self, mut batch: Vec<Waiting>) {
        if batch.len() > 1 {
            match self.transaction(&batch) {
                Ok(outcomes) => {
                    answer(batch, outcomes);
                    self.committed(false);
                }
                Err(_) => batch.into_iter().for_each(|single| self.commit(vec![single])),
            }
        } else if let Some((script, reply)) = batch.pop() {
            let outcome = self.single(&script);
            let done = outcome.is_ok();
            // A caller that has gone away is not told; its write is durable all the same.
            drop(reply.send(outcome));
            if done {
                self.committed(false);
            }
        }
    }

    /// Runs a script as a transaction of its own. Without a savepoint inside, which large scripts
    /// pay for at each statement.
    fn single(&self, script: &[Step]) -> Outcome {
        self.plain("BEGIN IMMEDIATE")?;
        let done = self.script(script, false).and_then(|results| {
            self.plain("COMMIT").inspect_err(|error| {
                tracing::warn!(%error, "a transaction was lost");
            })?;
            Ok(results)
        });
        if done.is_err() {
            self.undo();
        }
        done
    }

    fn committed(&mut self, held: bool) {
        self.commits += 1;
        if (held || self.commits.is_multiple_of(64))
            && size(&self.log) > LOG_LIMIT
            && let Err(error) = self.restart_log("RESTART")
        {
            tracing::warn!(%error, "the log could not start anew");
        }
    }

    /// Leaves no transaction open. That cannot fail while the connection stands; when it does, the
    /// next transaction says so.
    fn undo(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.plain("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn transaction(&self, batch: &[Waiting]) -> Result<Vec<Outcome>, Error> {
        self.plain("BEGIN IMMEDIATE")?;
        let done = self.scripts(batch).and_then(|outcomes| {
            self.plain("COMMIT")?;
            Ok(outcomes)
        });
        if done.is_err() {
            self.undo();
        }
        done
    }

    fn scripts(&self, batch: &[Waiting]) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for (script, _) in batch {
            self.plain("SAVEPOINT one")?;
            let outcome = self.script(script, false);
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

    /// Runs the steps, without the late ones when they are left for the end.
    fn script(&self, script: &[Step], leave: bool) -> Outcome {
        let mut results = Vec::with_capacity(script.len());
        let mut ready = Ready::default();
        for (at, step) in script.iter().enumerate() {
            if leave && step.late.is_some() {
                results.push(StepResult::default());
                continue;
            }
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
            connection::note_scan(statement, &step.sql);
            return Ok(StepResult { affected: affected as u64, rows: Vec::new() });
        }
        let mut rows = Vec::new();
        let mut found = statement.raw_query();
        while let Some(row) = found.next().map_err(fail)? {
            rows.push(connection::row(row, columns)?);
        }
        drop(found);
        connection::note_scan(statement, &step.sql);
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
