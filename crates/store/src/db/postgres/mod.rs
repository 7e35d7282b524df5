//! PostgreSQL: a pool of connections, prepared statements, scripts sent without waiting between
//! their steps.

mod cell;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures_util::future::join_all;
use futures_util::{StreamExt, pin_mut};
use tokio::sync::{Semaphore, mpsc};
use tokio_postgres::error::SqlState;
use tokio_postgres::{NoTls, Statement};

use self::cell::{bound, row};
use super::{Cell, Expect, Options, Row, ScriptError, Step, StepResult};
use crate::Error;

/// Times a script that lost a race between transactions is run again.
const RETRIES: u32 = 6;
/// Streams that may run at once.
const STREAMS: usize = 3;

/// A PostgreSQL database.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: Pool,
    streaming: Arc<Semaphore>,
    stream_limit: Duration,
}

impl Postgres {
    pub(super) async fn open(url: &str, options: &Options) -> Result<Postgres, Error> {
        let bad = |reason: String| Error::Unavailable(format!("database address: {reason}"));
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|error: tokio_postgres::Error| bad(error.to_string()))?;
        if config.get_application_name().is_none() {
            config.application_name("jinyao");
        }
        let limit = options.read_limit.as_millis();
        let asked = config.get_options().unwrap_or_default().to_owned();
        // Every statement is prepared and served by its indexes: planning it again for each set of
        // values, or compiling it, costs more than running it.
        config.options(format!(
            "{asked} -c statement_timeout={limit} -c timezone=UTC \
             -c plan_cache_mode=force_generic_plan -c jit=off"
        ));
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, manager))
            .max_size(options.connections.max(2))
            .build()
            .map_err(|error| bad(error.to_string()))?;
        let streaming = Arc::new(Semaphore::new(STREAMS.min(options.connections.max(2) - 1)));
        let postgres = Postgres { pool, streaming, stream_limit: options.stream_limit };
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
        let lent = Lent(Some(self.client().await?));
        let Some(client) = &lent.0 else { return Err(ScriptError::Other(Error::Busy)) };
        let mut left = RETRIES;
        let done = loop {
            match attempt(client, script).await {
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
    client.batch_execute(&format!("SET statement_timeout = {limit}")).await.map_err(failure)?;
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

async fn attempt(client: &Object, script: &[Step]) -> Result<Vec<StepResult>, Attempt> {
    let mut statements = Vec::with_capacity(script.len());
    for step in script {
        statements.push(client.prepare_cached(&step.sql).await.map_err(failure)?);
    }
    // All of these are sent before the first answer is awaited: `join_all` polls them in order.
    let begin = async { client.batch_execute("BEGIN").await.map_err(failure) };
    let steps =
        script.iter().zip(&statements).map(|(step, statement)| one(client, statement, step));
    let (begun, outcomes) = futures_util::future::join(begin, join_all(steps)).await;
    let judged = begun.map_err(Attempt::from).and_then(|()| judge(script, outcomes));
    let end = if judged.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = client.batch_execute(end).await;
    match (judged, ended) {
        (Ok(results), Ok(())) => Ok(results),
        (Ok(_), Err(error)) if is_race(&error) => Err(Attempt::Race),
        (Ok(_), Err(error)) => Err(failure(error).into()),
        (Err(reason), _) => Err(reason),
    }
}

async fn one(
    client: &Object,
    statement: &Statement,
    step: &Step,
) -> Result<Result<StepResult, tokio_postgres::Error>, Error> {
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

type Answer = Result<Result<StepResult, tokio_postgres::Error>, Error>;

fn judge(script: &[Step], outcomes: Vec<Answer>) -> Result<Vec<StepResult>, Attempt> {
    let mut results = Vec::with_capacity(outcomes.len());
    for (at, (step, outcome)) in script.iter().zip(outcomes).enumerate() {
        let result = match outcome? {
            Ok(result) => result,
            Err(error) if is_race(&error) => return Err(Attempt::Race),
            Err(error) => return Err(Attempt::Failed(script_failure(at, error))),
        };
        match step.expect {
            Expect::Rows(rows) if rows != result.affected => {
                let rows = result.affected;
                return Err(Attempt::Failed(ScriptError::Unexpected { step: at, rows }));
            }
            _ => results.push(result),
        }
    }
    Ok(results)
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
        _ => ScriptError::Other(failure(error)),
    }
}
