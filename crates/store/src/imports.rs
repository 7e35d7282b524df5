//! Imports: their plans and reports, and a row for each finished chunk.
//!
//! A chunk's row is written in the transaction of its records, so a chunk is done exactly when its
//! row is there. A check writes no records; those of its chunks that refused rows are kept beside
//! the others, numbered downwards from -1, until the next check or the run.

use kernel::Instant;
use schema::Name;
use uuid::Uuid;

use crate::{Cell, Error, Row, Step, Store};

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Set up, not tried.
    Ready,
    /// Tried out; nothing written.
    Checked,
    /// A task is queued or running.
    Running,
    /// Written.
    Done,
    /// Stopped by something a repeat would not mend.
    Failed,
    /// Taken back.
    Undone,
}

impl State {
    const ALL: [State; 6] =
        [State::Ready, State::Checked, State::Running, State::Done, State::Failed, State::Undone];

    /// Word for it, as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::Checked => "checked",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::Undone => "undone",
        }
    }

    fn parse(text: &str) -> Result<State, Error> {
        let found = State::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| Error::Corrupt(format!("import state {text}")))
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its id.
    pub id: Uuid,
    /// Object of the records.
    pub object: Name,
    /// Name of the file.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// The uploaded file.
    pub file: Uuid,
    /// The plan, as JSON.
    pub plan: Vec<u8>,
    /// The last task's report, as JSON.
    pub report: Option<Vec<u8>>,
    /// Who made it.
    pub created_by: Uuid,
    /// When.
    pub created_at: Instant,
}

/// What a finished chunk did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The import.
    pub import: Uuid,
    /// Position in the file, from 0.
    pub number: u64,
    /// Data rows.
    pub rows: u64,
    /// New records.
    pub created: u64,
    /// Changed records.
    pub updated: u64,
    /// Rows that changed nothing.
    pub unchanged: u64,
    /// Refused rows.
    pub bad: u64,
    /// The refused rows, sealed.
    pub bad_rows: Vec<u8>,
    /// The way back, sealed.
    pub undo: Vec<u8>,
}

/// What finished chunks add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Finished chunks.
    pub chunks: u64,
    /// Data rows.
    pub rows: u64,
    /// New records.
    pub created: u64,
    /// Changed records.
    pub updated: u64,
    /// Rows that changed nothing.
    pub unchanged: u64,
    /// Refused rows.
    pub bad: u64,
}

const COLUMNS: &str = "id, object, name, state, file, plan, report, created_by, created_at";
const CHUNK: &str = "import, number, row_count, created, updated, unchanged, bad, bad_rows, undo";

/// Adds an import.
#[must_use]
pub fn insert(import: &Import) -> Vec<Step> {
    let sql =
        format!("INSERT INTO jy_import ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    let params = vec![
        Cell::Uuid(import.id),
        Cell::text(import.object.as_str()),
        Cell::text(import.name.as_str()),
        Cell::text(import.state.as_str()),
        Cell::text(import.file.to_string()),
        Cell::Bytes(import.plan.clone()),
        import.report.clone().map_or(Cell::Null, Cell::Bytes),
        Cell::Uuid(import.created_by),
        Cell::Int(import.created_at.as_microsecond()),
    ];
    vec![Step::exactly(sql, params, 1)]
}

/// Begins a task; fails when the import is no longer where it was.
#[must_use]
pub fn start(id: Uuid, from: State) -> Vec<Step> {
    let sql = "UPDATE jy_import SET state = $1 WHERE id = $2 AND state = $3";
    let params =
        vec![Cell::text(State::Running.as_str()), Cell::Uuid(id), Cell::text(from.as_str())];
    vec![Step::exactly(sql, params, 1)]
}

/// Ends a task with its report.
#[must_use]
pub fn finish(id: Uuid, state: State, report: &[u8]) -> Vec<Step> {
    let sql = "UPDATE jy_import SET state = $1, report = $2 WHERE id = $3";
    let params = vec![Cell::text(state.as_str()), Cell::Bytes(report.to_vec()), Cell::Uuid(id)];
    vec![Step::exactly(sql, params, 1)]
}

/// Notes that a chunk is done; fails when it was done before, or the one before it is not.
#[must_use]
pub fn insert_chunk(chunk: &Chunk) -> Vec<Step> {
    let mut steps = Vec::with_capacity(2);
    if let Some(before) = chunk.number.checked_sub(1) {
        let sql = "SELECT number FROM jy_import_chunk WHERE import = $1 AND number = $2";
        steps.push(Step::exactly(sql, vec![Cell::Uuid(chunk.import), count(before)], 1));
    }
    steps.push(insert_at(chunk, count(chunk.number)));
    steps
}

/// Keeps a chunk of a check.
#[must_use]
pub fn keep_tried(chunk: &Chunk) -> Step {
    insert_at(chunk, Cell::Int(tried(chunk.number)))
}

fn insert_at(chunk: &Chunk, number: Cell) -> Step {
    let sql = format!(
        "INSERT INTO jy_import_chunk ({CHUNK}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    let params = vec![
        Cell::Uuid(chunk.import),
        number,
        count(chunk.rows),
        count(chunk.created),
        count(chunk.updated),
        count(chunk.unchanged),
        count(chunk.bad),
        Cell::Bytes(chunk.bad_rows.clone()),
        Cell::Bytes(chunk.undo.clone()),
    ];
    Step::exactly(sql, params, 1)
}

/// Forgets what checks of an import refused.
#[must_use]
pub fn forget_tried(import: Uuid) -> Step {
    let sql = "DELETE FROM jy_import_chunk WHERE import = $1 AND number < 0";
    Step::new(sql, vec![Cell::Uuid(import)])
}

/// Where chunk `number` of a check stands: 0 at -1, 1 at -2.
fn tried(number: u64) -> i64 {
    i64::try_from(number).map_or(i64::MIN, |number| -1 - number)
}

fn count(number: u64) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

impl Store {
    /// The import `id`.
    pub async fn import(&self, id: Uuid) -> Result<Option<Import>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM jy_import WHERE id = $1");
        let rows = self.db().read(&sql, &[Cell::Uuid(id)]).await?;
        rows.first().map(import_of).transpose()
    }

    /// The latest imports made by `user`, newest first.
    pub async fn imports(&self, user: Uuid, limit: u32) -> Result<Vec<Import>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM jy_import WHERE created_by = $1
             ORDER BY created_at DESC LIMIT $2"
        );
        let params = [Cell::Uuid(user), Cell::Int(i64::from(limit))];
        self.db().read(&sql, &params).await?.iter().map(import_of).collect()
    }

    /// How many chunks of an import are done; they are done in order.
    pub async fn import_chunks_done(&self, id: Uuid) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM jy_import_chunk WHERE import = $1 AND number >= 0";
        let rows = self.db().read(sql, &[Cell::Uuid(id)]).await?;
        let cell = rows.first().and_then(|row| row.first());
        cell.map_or(Ok(0), |cell| Ok(u64::try_from(cell.int()?).unwrap_or(0)))
    }

    /// What the finished chunks of an import add up to.
    pub async fn import_progress(&self, id: Uuid) -> Result<Progress, Error> {
        let sum = |column: &str| format!("CAST(COALESCE(sum({column}), 0) AS BIGINT)");
        let columns = ["row_count", "created", "updated", "unchanged", "bad"].map(sum).join(", ");
        let sql = format!(
            "SELECT count(*), {columns} FROM jy_import_chunk WHERE import = $1 AND number >= 0"
        );
        let rows = self.db().read(&sql, &[Cell::Uuid(id)]).await?;
        let Some([chunks, rows, created, updated, unchanged, bad]) =
            rows.first().map(Vec::as_slice)
        else {
            return Err(Error::Corrupt("jy_import_chunk".into()));
        };
        Ok(Progress {
            chunks: whole(chunks)?,
            rows: whole(rows)?,
            created: whole(created)?,
            updated: whole(updated)?,
            unchanged: whole(unchanged)?,
            bad: whole(bad)?,
        })
    }

    /// The first chunk after number `after`, or the first of all.
    pub async fn import_chunk_after(
        &self,
        id: Uuid,
        after: Option<u64>,
    ) -> Result<Option<Chunk>, Error> {
        let sql = format!(
            "SELECT {CHUNK} FROM jy_import_chunk WHERE import = $1 AND number > $2
             ORDER BY number LIMIT 1"
        );
        let after = after.map_or(Cell::Int(-1), count);
        let rows = self.db().read(&sql, &[Cell::Uuid(id), after]).await?;
        rows.first().map(chunk_of).transpose()
    }

    /// The last chunk before number `before`, or the last of all.
    pub async fn import_chunk_before(
        &self,
        id: Uuid,
        before: Option<u64>,
    ) -> Result<Option<Chunk>, Error> {
        let sql = format!(
            "SELECT {CHUNK} FROM jy_import_chunk WHERE import = $1 AND number < $2 AND number >= 0
             ORDER BY number DESC LIMIT 1"
        );
        let before = before.map_or(Cell::Int(i64::MAX), count);
        let rows = self.db().read(&sql, &[Cell::Uuid(id), before]).await?;
        rows.first().map(chunk_of).transpose()
    }

    /// The first chunk of the last check after number `after`, or the first of all, of those that
    /// refused rows.
    pub async fn tried_chunk_after(
        &self,
        id: Uuid,
        after: Option<u64>,
    ) -> Result<Option<Chunk>, Error> {
        let sql = format!(
            "SELECT {CHUNK} FROM jy_import_chunk WHERE import = $1 AND number < $2
             ORDER BY number DESC LIMIT 1"
        );
        let after = after.map_or(0, tried);
        let rows = self.db().read(&sql, &[Cell::Uuid(id), Cell::Int(after)]).await?;
        rows.first().map(chunk_of).transpose()
    }
}

fn import_of(row: &Row) -> Result<Import, Error> {
    let [id, object, name, state, file, plan, report, by, at] = row.as_slice() else {
        return Err(Error::Corrupt("jy_import".into()));
    };
    let object = Name::new(object.str()?).map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok(Import {
        id: id.uuid()?,
        object,
        name: name.str()?.to_string(),
        state: State::parse(state.str()?)?,
        file: file.str()?.parse().map_err(|_| Error::Corrupt("jy_import.file".into()))?,
        plan: plan.bytes()?.to_vec(),
        report: if report.is_null() { None } else { Some(report.bytes()?.to_vec()) },
        created_by: by.uuid()?,
        created_at: Instant::from_microsecond(at.int()?)
            .map_err(|_| Error::Corrupt("jy_import.created_at".into()))?,
    })
}

fn chunk_of(row: &Row) -> Result<Chunk, Error> {
    let [import, number, rows, created, updated, unchanged, bad, bad_rows, undo] = row.as_slice()
    else {
        return Err(Error::Corrupt("jy_import_chunk".into()));
    };
    Ok(Chunk {
        import: import.uuid()?,
        number: position(number.int()?),
        rows: whole(rows)?,
        created: whole(created)?,
        updated: whole(updated)?,
        unchanged: whole(unchanged)?,
        bad: whole(bad)?,
        bad_rows: bad_rows.bytes()?.to_vec(),
        undo: undo.bytes()?.to_vec(),
    })
}

/// The position of a chunk, of a check or of a run, in the file.
fn position(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_else(|_| (-1 - number).unsigned_abs())
}

fn whole(cell: &Cell) -> Result<u64, Error> {
    Ok(u64::try_from(cell.int()?).unwrap_or(0))
}
