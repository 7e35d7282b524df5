//! PostgreSQL: a pool of connections, prepared statements, scripts sent without waiting between
//! their steps.

mod cell;
mod joined;
mod tls;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod};
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, pin_mut};
use tokio::sync::{Semaphore, mpsc};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{NoTls, Statement};

use self::cell::{bound, row};
use self::turn::{Line, Turn};
use super::{
    Answer as Posted, Cell, Expect, Filling, Lane, Options, Row, ScriptError, Step, StepResult,
};
use crate::Error;

/// Times a script that lost a race between transactions is run again.
const RETRIES: u32 = 6;
/// Streams that may run at once.
const STREAMS: usize = 3;
/// Scripts handed over that are worked on side by side, though committed one after the other.
pub(super) const DEPTH: usize = 3;
/// Begins a script in line: it waits no longer than this for rows that one behind it may have locked.
const BEGIN_IN_LINE: &str = "BEGIN; SET LOCAL lock_timeout = '2s'";
/// Begins one of bulk work: it need not be on the disk before the next prompt commit is.
const BEGIN_BULK: &str = "BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL synchronous_commit = off";

/// A PostgreSQL database.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
    streaming: Arc<Semaphore>,
    stream_limit: Duration,
    line: Line,
}

impl Postgres {
    pub(super) async fn open(url: &str, options: &Options) -> Result<Postgres, Error> {
        let bad = |reason: String| Error::Unavailable(format!("database address: {reason}"));
        let tls::Way { mut config, tls } = tls::way(url)?;
        if config.get_application_name().is_none() {
            config.application_name("jinyao");
        }
        let limit = options.read_limit.as_millis();
        let asked = config.get_options().unwrap_or_default().to_owned();
        // Every statement is prepared and served by its indexes: planning it again for each set of
        // values, or compiling it, costs more than running it. A plan made while a table was empty
        // must not read all of it later.
        config.options(format!(
            "{asked} -c statement_timeout={limit} -c timezone=UTC \
             -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"
        ));
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls {
            Some(tls) => Manager::from_config(config, tls, manager),
            None => Manager::from_config(config, NoTls, manager),
        };
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(2))
            // The connection used last knows the most statements.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|error| bad(error.to_string()))?;
        let streaming = Arc::new(Semaphore::new(STREAMS.min(options.connections.max(2) - 1)));
        let stream_limit = options.stream_limit;
        let postgres = Postgres { pool, streaming, stream_limit, line: Line::default() };
        drop(postgres.client().await?);
        Ok(postgres)
    }

    async fn client(&self) -> Result<Object, Error> {
        self.pool.get().await.map_err(|error| Error::Unavailable(error.to_string()))
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }

    pub(super) async fn maintain(&self, sql: &str) -> Result<(), Error> {
        self.client().await?.batch_execute(sql).await.map_err(failure)
    }

    pub(super) async fn read(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, Error> {
        let client = self.client().await?;
        let statement = client.prepare_cached(sql).await.map_err(failure)?;
        let rows = client.query(&statement, &bound(params)).await.map_err(failure)?;
        rows.iter().map(row).collect()
    }

    pub(super) async fn read_all(
        &self,
        statements: &[(&str, &[Cell])],
    ) -> Result<Vec<Vec<Row>>, Error> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let client = self.client().await?;
        let mut prepared = Vec::with_capacity(statements.len());
        for (sql, _) in statements {
            prepared.push(client.prepare_cached(sql).await.map_err(failure)?);
        }
        // All of these are sent before the first answer is awaited.
        let each = statements.iter().zip(&prepared).map(|((_, params), statement)| {
            let client = &client;
            async move {
                let rows = client.query(statement, &bound(params)).await.map_err(failure)?;
                rows.iter().map(row).collect::<Result<Vec<Row>, Error>>()
            }
        });
        join_all(each).await.into_iter().collect()
    }

    pub(super) async fn run(&self, script: &[Step]) -> Result<Vec<StepResult>, ScriptError> {
        self.take(script, &mut Turn::none()).await
    }

    /// Begins a script at once; it is committed when all that were handed over before it are.
    pub(super) fn post(&self, script: Vec<Step>, lane: Lane) -> Posted {
        let (db, mut turn) = (self.clone(), self.line.join(lane));
        let task = tokio::spawn(async move {
            let done = db.take(&script, &mut turn).await;
            if done.is_ok() {
                turn.pass();
            }
            done
        });
        Box::pin(async {
            let gone = |_| Error::Unavailable("the script was dropped".into());
            task.await.map_err(gone)?
        })
    }

    async fn take(&self, script: &[Step], turn: &mut Turn) -> Result<Vec<StepResult>, ScriptError> {
        turn.reached().await;
        let lent = Lent(Some(self.client().await?));
        turn.begun();
        let Some(client) = &lent.0 else { return Err(ScriptError::Other(Error::Busy)) };
        let mut left = RETRIES;
        let done = loop {
            match attempt(client, script, turn).await {
                Err(Attempt::Race) if left > 0 => left -= 1,
                Err(Attempt::Race) => break Err(ScriptError::Other(Error::Busy)),
                Err(Attempt::Failed(error)) => break Err(error),
                Ok(results) => break Ok(results),
            }
        };
        lent.give_back();
        done
    }

    pub(super) async fn stream(
        &self,
        sql: &str,
        params: Vec<Cell>,
        batch: usize,
        sender: mpsc::Sender<Result<Vec<Row>, Error>>,
    ) -> Result<(), Error> {
        let permit = Arc::clone(&self.streaming).try_acquire_owned().map_err(|_| Error::Busy)?;
        let client = self.client().await?;
        let (sql, limit) = (sql.to_owned(), self.stream_limit.as_millis());
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = pour(&client, (&sql, &params), limit, batch, &sender).await {
                // The receiver may be gone already; then nobody waits for the reason.
                drop(sender.send(Err(error)).await);
            }
            // A stream that was left early may still be sending: the connection is not reused.
            drop(Object::take(client));
        });
        Ok(())
    }
}

/// A connection while a transaction may be open on it. A caller that goes away in the middle takes
/// the connection along, and the server rolls back: whoever had it next would commit what is left.
struct Lent(Option<Object>);

impl Lent {
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

async fn pour(
    client: &Object,
    (sql, params): (&str, &[Cell]),
    limit: u128,
    batch: usize,
    sender: &mpsc::Sender<Result<Vec<Row>, Error>>,
) -> Result<(), Error> {
    // Long reads go through whole tables, and are planned for what they ask.
    let settings = format!(
        "SET statement_timeout = {limit}; SET enable_seqscan = on; SET plan_cache_mode = auto"
    );
    client.batch_execute(&settings).await.map_err(failure)?;
    let statement = client.prepare(sql).await.map_err(failure)?;
    let found = client.query_raw(&statement, bound(params)).await.map_err(failure)?;
    pin_mut!(found);
    let mut rows = Vec::new();
    while let Some(found) = found.next().await {
        rows.push(row(&found.map_err(failure)?)?);
        if rows.len() >= batch && sender.send(Ok(std::mem::take(&mut rows))).await.is_err() {
            return Ok(());
        }
    }
    if !rows.is_empty() {
        drop(sender.send(Ok(rows)).await);
    }
    Ok(())
}

enum Attempt {
    /// Lost to another transaction; may be run again.
    Race,
    Failed(ScriptError),
}

impl From<Error> for Attempt {
    fn from(error: Error) -> Attempt {
        Attempt::Failed(ScriptError::Other(error))
    }
}

async fn attempt(
    client: &Object,
    script: &[Step],
    turn: &mut Turn,
) -> Result<Vec<StepResult>, Attempt> {
    if !turn.is_in_line()
        && let Some(results) = at_once(client, script).await?
    {
        return Ok(results);
    }
    let mut steps = Vec::with_capacity(script.len());
    for (at, step) in script.iter().enumerate() {
        let text = step.filling.as_ref().map_or(&*step.sql, |filling| &filling.types);
        let statement = client.prepare_cached(text).await.map_err(failure)?;
        steps.push(Prepared { at, step, statement });
    }
    // What stands apart is done before those ahead in the line are through, and the rest after.
    steps.sort_by_key(|prepared| turn.is_in_line() && !prepared.step.apart);
    let mut results = vec![StepResult::default(); script.len()];
    let mut begin = Some(match turn.lane() {
        None => "BEGIN",
        Some(Lane::Prompt) => BEGIN_IN_LINE,
        Some(Lane::Bulk) => BEGIN_BULK,
    });
    let mut judged = Ok(());
    for group in steps.chunk_by(|a, b| a.goes_with(b)) {
        if group.iter().any(|prepared| !prepared.step.apart) && !turn.came().await {
            judged = Err(Attempt::Failed(ScriptError::Undone));
            break;
        }
        // All of these are sent before the first answer is awaited: `join_all` polls them in order.
        let begun = begin.take();
        let begun = async {
            match begun {
                Some(begin) => client.batch_execute(begin).await.map_err(failure),
                None => Ok(()),
            }
        };
        let (begun, done) = join(begun, join_all(group.iter().map(|p| one(client, p)))).await;
        judged = begun.map_err(Attempt::from).and_then(|()| judge(group, done, &mut results));
        if judged.is_err() {
            break;
        }
    }
    if judged.is_ok() && !turn.came().await {
        judged = Err(Attempt::Failed(ScriptError::Undone));
    }
    let end = if judged.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = client.batch_execute(end).await;
    match (judged, ended) {
        (Ok(()), Ok(())) => Ok(results),
        (Ok(()), Err(error)) if is_race(&error) => Err(Attempt::Race),
        (Ok(()), Err(error)) => Err(failure(error).into()),
        (Err(reason), _) => Err(reason),
    }
}

/// A step with its statement, and where it stands in its script.
struct Prepared<'a> {
    at: usize,
    step: &'a Step,
    statement: Statement,
}

impl Prepared<'_> {
    /// Whether both may be sent before either is answered.
    fn goes_with(&self, other: &Prepared<'_>) -> bool {
        let statements = self.step.filling.is_none() && other.step.filling.is_none();
        statements && self.step.apart == other.step.apart
    }
}

/// Runs a script of steps that stand apart as one statement, which is a transaction of its own:
/// each message and its answer cost more than a small step. Nothing when the script is another, or
/// when it failed in a way that only its steps, one by one, can name.
async fn at_once(client: &Object, script: &[Step]) -> Result<Option<Vec<StepResult>>, Attempt> {
    let Some((sql, params)) = joined::statement(script) else { return Ok(None) };
    let statement = client.prepare_cached(&sql).await.map_err(failure)?;
    let error = match client.execute_raw(&statement, params).await {
        Ok(_) => return Ok(Some(vec![StepResult::default(); script.len()])),
        Err(error) => error,
    };
    let named_by_its_steps =
        [SqlState::UNIQUE_VIOLATION, SqlState::FOREIGN_KEY_VIOLATION, SqlState::DIVISION_BY_ZERO];
    match error.code() {
        Some(code) if named_by_its_steps.contains(code) => Ok(None),
        _ if is_race(&error) => Err(Attempt::Race),
        _ => Err(failure(error).into()),
    }
}

async fn one(client: &Object, Prepared { step, statement, .. }: &Prepared<'_>) -> Answer {
    if let Some(filling) = &step.filling {
        let affected = fill(client, filling, statement, &step.params).await;
        return Ok(affected.map(|affected| StepResult { affected, rows: Vec::new() }));
    }
    let found = match client.query_raw(statement, bound(&step.params)).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    pin_mut!(found);
    let mut rows = Vec::new();
    while let Some(next) = found.next().await {
        match next {
            Ok(found) => rows.push(row(&found)?),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(StepResult { affected: found.rows_affected().unwrap_or(0), rows }))
}

/// Copies rows into a table; how many.
async fn fill(
    client: &Object,
    filling: &Filling,
    types: &Statement,
    cells: &[Cell],
) -> Result<u64, tokio_postgres::Error> {
    let types: Vec<Type> = types.columns().iter().map(|column| column.type_().clone()).collect();
    let writer = BinaryCopyInWriter::new(client.copy_in(&filling.copy).await?, &types);
    pin_mut!(writer);
    for row in cells.chunks_exact(filling.width) {
        writer.as_mut().write_raw(row).await?;
    }
    writer.finish().await
}

type Answer = Result<Result<StepResult, tokio_postgres::Error>, Error>;

fn judge(
    group: &[Prepared<'_>],
    answers: Vec<Answer>,
    results: &mut [StepResult],
) -> Result<(), Attempt> {
    for (&Prepared { at, step, .. }, answer) in group.iter().zip(answers) {
        let result = match answer? {
            Ok(result) => result,
            Err(error) if is_race(&error) => return Err(Attempt::Race),
            Err(error) => return Err(Attempt::Failed(script_failure(at, error))),
        };
        match step.expect {
            Expect::Rows(rows) if rows != result.affected => {
                let rows = result.affected;
                return Err(Attempt::Failed(ScriptError::Unexpected { step: at, rows }));
            }
            _ => {
                if let Some(place) = results.get_mut(at) {
                    *place = result;
                }
            }
        }
    }
    Ok(())
}

fn is_race(error: &tokio_postgres::Error) -> bool {
    let code = error.code();
    code == Some(&SqlState::T_R_SERIALIZATION_FAILURE)
        || code == Some(&SqlState::T_R_DEADLOCK_DETECTED)
}

fn failure(error: tokio_postgres::Error) -> Error {
    match error.code() {
        Some(code) if *code == SqlState::QUERY_CANCELED => Error::Timeout,
        Some(_) => Error::Database(match error.as_db_error() {
            Some(reason) => Box::new(reason.clone()),
            None => Box::new(error),
        }),
        None if error.is_closed() => Error::Unavailable(error.to_string()),
        None => Error::database(error),
    }
}

fn script_failure(step: usize, error: tokio_postgres::Error) -> ScriptError {
    let constraint = || error.as_db_error().and_then(|e| e.constraint()).unwrap_or_default();
    match error.code() {
        Some(code) if *code == SqlState::UNIQUE_VIOLATION => {
            ScriptError::Unique { step, constraint: constraint().into() }
        }
        Some(code) if *code == SqlState::FOREIGN_KEY_VIOLATION => ScriptError::Foreign { step },
        // Somebody behind in the line has what this one needs, and waits for it.
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => ScriptError::Undone,
        _ => ScriptError::Other(failure(error)),
    }
}
