//! SQLite in this process: one writer thread, read-only connections used where the request runs.

mod connection;
mod functions;
mod reader;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};

use self::connection::Texts;
use self::reader::Reader;
use self::writer::Request;
use super::{Answer, Cell, Lane, Options, Row, ScriptError, Step, StepResult};
use crate::Error;

/// A SQLite file, open for this process.
#[derive(Clone)]
pub(super) struct Sqlite(Arc<Shared>);

struct Shared {
    path: PathBuf,
    texts: Arc<Texts>,
    readers: Mutex<Vec<Reader>>,
    kept: usize,
    reading: Semaphore,
    streaming: Arc<Semaphore>,
    bulk: Arc<Semaphore>,
    read_limit: Duration,
    stream_limit: Duration,
    writer: mpsc::Sender<Request>,
}

/// Streams that may run at once.
const STREAMS: usize = 3;

/// Bulk scripts that may wait for the writer: they are large.
const BULK: usize = 2;

/// Bulk scripts worth handing over before the first is answered: those of one transaction, and some
/// for the writer to go on with.
pub(super) const DEPTH: usize = writer::HELD + 2;

/// How long a read may hold up other work of its thread, before it is begun anew where it does not.
const BRIEF: Duration = Duration::from_millis(2);

impl Sqlite {
    pub(super) fn open(path: &Path, options: &Options) -> Result<Sqlite, Error> {
        let texts = Arc::new(Texts::default());
        let writer = writer::start(path, options.queue.max(1), Arc::clone(&texts))?;
        let kept = options.connections.max(1);
        Ok(Sqlite(Arc::new(Shared {
            path: path.to_owned(),
            texts,
            readers: Mutex::new(Vec::new()),
            kept,
            reading: Semaphore::new(kept),
            streaming: Arc::new(Semaphore::new(STREAMS)),
            bulk: Arc::new(Semaphore::new(BULK)),
            read_limit: options.read_limit,
            stream_limit: options.stream_limit,
            writer,
        })))
    }

    pub(super) async fn read(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, Error> {
        let _permit = self.0.reading.acquire().await.map_err(|_| gone())?;
        // Nearly all reads end at once; giving the thread away costs more than they do.
        match self.within(sql, params, BRIEF) {
            Err(Error::Timeout) => {}
            done => return done,
        }
        if may_block() {
            tokio::task::block_in_place(|| self.point(sql, params))
        } else {
            self.point(sql, params)
        }
    }

    pub(super) fn point(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, Error> {
        self.within(sql, params, self.0.read_limit)
    }

    fn within(&self, sql: &str, params: &[Cell], limit: Duration) -> Result<Vec<Row>, Error> {
        let mut reader = self.take()?;
        let rows = reader.rows(sql, params, limit);
        self.put(reader);
        rows
    }

    pub(super) async fn run(&self, script: Vec<Step>) -> Result<Vec<StepResult>, ScriptError> {
        self.post(script, Lane::Prompt).await?.await
    }

    /// Hands over a script; its answer comes once it is durable.
    pub(super) async fn post(&self, script: Vec<Step>, lane: Lane) -> Result<Answer, Error> {
        let turn = match lane {
            Lane::Prompt => None,
            Lane::Bulk => Some(Arc::clone(&self.0.bulk).acquire_owned().await.map_err(|_| gone())?),
        };
        let (reply, answer) = oneshot::channel();
        self.send(Request::Script { script, lane, turn, reply }).await?;
        Ok(Box::pin(async { answer.await.map_err(|_| gone())? }))
    }

    pub(super) fn stream(
        &self,
        sql: &str,
        params: Vec<Cell>,
        batch: usize,
        sender: mpsc::Sender<Result<Vec<Row>, Error>>,
    ) -> Result<(), Error> {
        let permit = Arc::clone(&self.0.streaming).try_acquire_owned().map_err(|_| Error::Busy)?;
        let (db, sql) = (self.clone(), sql.to_owned());
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let opened = Reader::open(&db.0.path, Arc::clone(&db.0.texts));
            let done = opened.and_then(|mut reader| {
                reader.each((&sql, &params), db.0.stream_limit, batch, |rows| {
                    sender.blocking_send(Ok(rows)).is_ok()
                })
            });
            if let Err(error) = done {
                // The receiver may be gone already; then nobody waits for the reason.
                drop(sender.blocking_send(Err(error)));
            }
        });
        Ok(())
    }

    pub(super) async fn maintain(&self, sql: &str) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Maintain { sql: sql.to_owned(), reply }).await?;
        answer.await.map_err(|_| gone())?
    }

    pub(super) async fn close(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.send(Request::Close { reply }).await?;
        let closed = answer.await.map_err(|_| gone())?;
        self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        closed
    }

    async fn send(&self, request: Request) -> Result<(), Error> {
        self.0.writer.send(request).await.map_err(|_| gone())
    }

    fn take(&self) -> Result<Reader, Error> {
        let kept = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match kept {
            Some(reader) => Ok(reader),
            None => Reader::open(&self.0.path, Arc::clone(&self.0.texts)),
        }
    }

    fn put(&self, reader: Reader) {
        let mut readers = self.0.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < self.0.kept {
            readers.push(reader);
        }
    }
}

fn may_block() -> bool {
    tokio::runtime::Handle::try_current()
        .is_ok_and(|handle| handle.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread)
}

fn gone() -> Error {
    Error::Unavailable("the SQLite writer has stopped".into())
}
