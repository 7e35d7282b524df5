//! Verification of the whole log: reads every row once, hashes on two threads, names what is wrong.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

use super::Audit;
use super::checkpoint::Checkpoint;
use super::entry::{code_holds, columns};
use super::examine::{Context, Found, Work, examine};
use super::seal::{Seal, signed};
use super::tree::Frontier;
use crate::Error;
use crate::db::{Cell, Dialect, Row, Stream};

/// Problems told one by one; beyond that only their number.
const TOLD: usize = 1000;
/// Seals examined at once, besides the one being read.
const AT_ONCE: usize = 2;
/// Times that reading goes on behind a row that cannot be read.
const RESTARTS: u32 = 200;
const ROWS: usize = 1024;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A column of an entry was changed, or its content swapped with another's.
    Changed,
    /// An entry was deleted.
    Missing,
    /// An entry was added among sealed ones.
    Inserted,
    /// The end of the log was cut off.
    Truncated,
    /// A seal was changed or deleted.
    Seal,
    /// A kept subtree head was changed.
    Tree,
}

/// One thing that is wrong, named as well as it can be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// What.
    pub kind: Kind,
    /// The entry's place in the tree.
    pub leaf: Option<u64>,
    /// Its place in the table.
    pub id: Option<i64>,
    /// Its id.
    pub entry: Option<Uuid>,
    /// The object it is about.
    pub object: Option<String>,
    /// The record it is about.
    pub record: Option<Uuid>,
    /// The seal concerned.
    pub seal: Option<i64>,
    /// In words.
    pub note: String,
}

impl Problem {
    pub(super) fn of_row(kind: Kind, row: &[Cell], note: &str) -> Problem {
        let cell = |at: usize| row.get(at).filter(|cell| !cell.is_null());
        Problem {
            kind,
            leaf: None,
            id: cell(0).and_then(|cell| cell.int().ok()),
            entry: cell(2).and_then(|cell| cell.uuid().ok()),
            object: cell(6)
                .and_then(|cell| cell.bytes().ok())
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
            record: cell(7).and_then(|cell| cell.uuid().ok()),
            seal: None,
            note: note.to_owned(),
        }
    }

    fn plain(kind: Kind, note: String) -> Problem {
        Problem { note, ..Problem::of_row(kind, &[], "") }
    }

    pub(super) fn of_seal(seal: &Seal, note: &str) -> Problem {
        Problem { seal: Some(seal.number), ..Problem::plain(Kind::Seal, note.to_owned()) }
    }

    pub(super) fn gap(from: i64, to: i64) -> Problem {
        let note = format!("entries {from} to {to} were deleted before they were sealed");
        Problem { id: Some(from), ..Problem::plain(Kind::Missing, note) }
    }

    pub(super) fn kind(self, kind: Kind) -> Problem {
        Problem { kind, ..self }
    }

    pub(super) fn at_leaf(self, leaf: u64) -> Problem {
        Problem { leaf: Some(leaf), ..self }
    }
}

/// What verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Entries read.
    pub entries: u64,
    /// Of them, entries that no seal covers yet.
    pub unsealed: u64,
    /// Seals read.
    pub seals: u64,
    /// Leaves of the tree.
    pub size: u64,
    /// Whether the log was compared with a checkpoint kept outside the database.
    pub anchored: bool,
    /// What is wrong, the first thousand.
    pub problems: Vec<Problem>,
    /// How many things are wrong.
    pub count: u64,
}

impl Report {
    fn add(&mut self, problem: Problem) {
        self.count += 1;
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        }
    }
}

/// The run's state while seals go by.
struct Run<'a> {
    audit: &'a Audit,
    context: Arc<Context>,
    report: Report,
    waiting: VecDeque<JoinHandle<Found>>,
    heads: u64,
    /// Heads of checkpoints kept outside, by size.
    wanted: BTreeMap<u64, (Vec<u8>, bool)>,
}

impl Audit {
    /// Reads the whole log and finds every flipped byte and every deleted, inserted, swapped or cut
    /// off entry. `from` is a signed checkpoint kept elsewhere, which the log must still contain.
    ///
    /// # Errors
    /// When the database cannot be read, or `from` is not a checkpoint of this log. A damaged log is
    /// no error but a report.
    pub async fn verify(&self, from: Option<&str>) -> Result<Report, Error> {
        let signer = self.keys.signing().verifying_key();
        let context = Context {
            key: self.keys.entry_mac(),
            signer,
            origin: self.origin(),
            gapless: self.db.dialect() == Dialect::Sqlite,
        };
        let mut run = Run {
            audit: self,
            context: Arc::new(context),
            report: Report::default(),
            waiting: VecDeque::new(),
            heads: 0,
            wanted: BTreeMap::new(),
        };
        run.want(from)?;
        run.seals().await?;
        run.compare().await?;
        Ok(run.report)
    }
}

impl Run<'_> {
    /// Collects the checkpoints the log must still contain.
    fn want(&mut self, from: Option<&str>) -> Result<(), Error> {
        let mut notes: Vec<String> = from.map(str::to_owned).into_iter().collect();
        if let Some(path) = self.audit.anchor.as_ref().filter(|path| path.exists()) {
            notes.push(std::fs::read_to_string(path).map_err(Error::database)?);
        }
        for note in notes {
            let point = Checkpoint::open(&note, &self.context.signer)?;
            if point.origin != self.context.origin {
                return Err(Error::Refused("the checkpoint is of another log".into()));
            }
            self.report.anchored = true;
            self.wanted.insert(point.size, (point.root.to_vec(), false));
        }
        Ok(())
    }

    /// Reads seals and entries side by side. The seals' snapshot is the older one, so that no seal
    /// speaks of an entry that is not there yet.
    async fn seals(&mut self) -> Result<(), Error> {
        let db = &self.audit.db;
        let columns = Seal::columns(db.dialect());
        let sql = format!("SELECT {columns} FROM jy_seal ORDER BY number");
        let mut stream = db.stream(&sql, Vec::new(), 1).await?;
        let mut batch = stream.next().await;
        let newest = self.sequence().await?;
        let mut rows = Rows::open(self.audit).await?;
        let mut before = Some(Frontier::default());
        let mut last_id = Some(0);
        let mut number = 0;
        while let Some(seals) = batch {
            for row in seals? {
                let seal = match Seal::of(row) {
                    Ok(seal) => seal,
                    Err(error) => {
                        self.report.add(Problem::plain(Kind::Seal, error.to_string()));
                        continue;
                    }
                };
                self.report.seals += 1;
                if seal.number != number + 1 {
                    let note = format!(
                        "seals {} to {} are missing or damaged",
                        number + 1,
                        seal.number - 1
                    );
                    self.report.add(Problem::of_seal(&seal, &note));
                    (before, last_id) = (None, None);
                    rows.skip_to(&seal).await?;
                } else if seal.first != self.report.size {
                    self.report.add(Problem::of_seal(&seal, "begins at another leaf"));
                }
                number = seal.number;
                self.report.size = seal.end();
                self.mark(&seal);
                let work = Work {
                    rows: rows.until(seal.last).await?,
                    before: before.take(),
                    last_id,
                    seal,
                };
                self.report.entries += work.rows.len() as u64;
                before = work.seal.tree();
                last_id = Some(work.seal.last.1);
                self.dispatch(work).await?;
            }
            batch = stream.next().await;
        }
        while let Some(handle) = self.waiting.pop_front() {
            self.take(handle).await?;
        }
        self.tail(rows, last_id, newest).await
    }

    /// Notes whether a wanted checkpoint is this seal's.
    fn mark(&mut self, seal: &Seal) {
        if let Some((root, met)) = self.wanted.get_mut(&seal.end()) {
            *met = *root == seal.root;
        }
    }

    async fn dispatch(&mut self, work: Work) -> Result<(), Error> {
        if self.waiting.len() > AT_ONCE
            && let Some(handle) = self.waiting.pop_front()
        {
            self.take(handle).await?;
        }
        let context = Arc::clone(&self.context);
        self.waiting.push_back(spawn_blocking(move || examine(&context, &work)));
        Ok(())
    }

    /// Takes one seal's findings and compares its subtree heads with the kept ones.
    async fn take(&mut self, handle: JoinHandle<Found>) -> Result<(), Error> {
        let found = handle.await.map_err(|e| Error::Internal(e.to_string()))?;
        found.problems.into_iter().for_each(|problem| self.report.add(problem));
        let sql = "SELECT hash FROM jy_tree WHERE level = $1 AND position = $2";
        for (subtree, head) in found.heads {
            self.heads += 1;
            let key = [i64::from(subtree.level).into(), signed(subtree.position)?.into()];
            let rows = self.audit.db.point(sql, &key).await?;
            let same = rows
                .first()
                .and_then(|row| row.first())
                .is_some_and(|cell| cell.bytes().is_ok_and(|kept| kept == head));
            if !same {
                let leaf = subtree.position << subtree.level;
                let note =
                    format!("the kept head of {} leaves was changed", 1_u64 << subtree.level);
                self.report.add(Problem::plain(Kind::Tree, note).at_leaf(leaf));
            }
        }
        Ok(())
    }

    /// The newest id SQLite has given out; it stands outside the table of entries.
    async fn sequence(&self) -> Result<i64, Error> {
        if self.audit.db.dialect() != Dialect::Sqlite {
            return Ok(0);
        }
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'jy_audit'";
        let rows = self.audit.db.read(sql, &[]).await?;
        rows.first().and_then(|row| row.first()).map_or(Ok(0), Cell::int)
    }

    /// Entries that no seal covers yet: their codes, and on SQLite that none is missing.
    async fn tail(&mut self, mut rows: Rows, last: Option<i64>, newest: i64) -> Result<(), Error> {
        let mut last = last.unwrap_or(0);
        let mut buffer = Vec::new();
        while let Some(row) = rows.next().await? {
            self.report.entries += 1;
            self.report.unsealed += 1;
            if !code_holds(&self.context.key, &row, &mut buffer) {
                self.report.add(Problem::of_row(Kind::Changed, &row, "its keyed code is wrong"));
            }
            if self.context.gapless
                && let Some(Cell::Int(id)) = row.first()
            {
                if *id > last.saturating_add(1) {
                    self.report.add(Problem::gap(last.saturating_add(1), id - 1));
                }
                last = *id;
            }
        }
        if self.context.gapless && newest > last {
            let note = format!("entries {} to {newest} were cut off", last + 1);
            let problem = Problem::plain(Kind::Truncated, note);
            self.report.add(Problem { id: Some(last + 1), ..problem });
        }
        Ok(())
    }

    /// What stands apart from the seals: the number of kept heads, and checkpoints kept outside.
    async fn compare(&mut self) -> Result<(), Error> {
        let rows = self.audit.db.read("SELECT count(*) FROM jy_tree", &[]).await?;
        let kept = rows.first().and_then(|row| row.first()).map_or(Ok(0), Cell::int)?;
        if self.report.problems.is_empty() && kept > signed(self.heads)? {
            // More heads than before are found when seals were added while this ran.
            let sealed = self.audit.last_seal().await?.map_or(0, |seal| seal.end());
            if sealed == self.report.size {
                let note = "subtree heads are kept that belong to no leaves".to_owned();
                self.report.add(Problem::plain(Kind::Tree, note));
            }
        }
        let size = self.report.size;
        for (wanted, (_, met)) in std::mem::take(&mut self.wanted) {
            if wanted > size {
                let note = format!("leaves {size} to {} were cut off", wanted - 1);
                self.report.add(Problem::plain(Kind::Truncated, note).at_leaf(size));
            } else if !met {
                let note = format!("the first {wanted} leaves are not those of the checkpoint");
                self.report.add(Problem::plain(Kind::Seal, note));
            }
        }
        Ok(())
    }
}

/// All entries in order, going on behind rows that cannot be read.
struct Rows {
    audit: Audit,
    stream: Stream,
    batch: VecDeque<Row>,
    last: (i64, i64),
    /// Rows asked for at a time; one, once something could not be read.
    size: usize,
    restarts: u32,
}

impl Rows {
    async fn open(audit: &Audit) -> Result<Rows, Error> {
        let audit = audit.clone();
        // From the very first: a forged row may stand before the log's own numbers.
        let last = (i64::MIN, i64::MIN);
        let stream = Rows::stream(&audit, last, ROWS).await?;
        let batch = VecDeque::new();
        Ok(Rows { audit, stream, batch, last, size: ROWS, restarts: RESTARTS })
    }

    async fn stream(audit: &Audit, (tx, id): (i64, i64), size: usize) -> Result<Stream, Error> {
        let columns = columns(audit.db.dialect());
        let (sql, params) = match audit.db.dialect() {
            Dialect::Sqlite => (
                format!("SELECT {columns} FROM jy_audit WHERE id > $1 ORDER BY id"),
                vec![id.into()],
            ),
            Dialect::Postgres => (
                format!("SELECT {columns} FROM jy_audit WHERE (tx, id) > ($1, $2) ORDER BY tx, id"),
                vec![tx.into(), id.into()],
            ),
        };
        audit.db.stream(&sql, params, size).await
    }

    /// Where a row stands; ids alone order the rows of SQLite.
    fn place(&self, row: &[Cell]) -> (i64, i64) {
        match (self.audit.db.dialect(), row) {
            (Dialect::Sqlite, [Cell::Int(id), ..]) => (0, *id),
            (Dialect::Postgres, [Cell::Int(id), Cell::Int(tx), ..]) => (*tx, *id),
            _ => self.last,
        }
    }

    async fn fill(&mut self) -> Result<bool, Error> {
        while self.batch.is_empty() {
            match self.stream.next().await {
                None => return Ok(false),
                Some(Ok(rows)) => {
                    if let Some(row) = rows.last() {
                        self.last = self.place(row);
                    }
                    self.batch = rows.into();
                }
                Some(Err(error @ (Error::Corrupt(_) | Error::Database(_)))) => {
                    self.restarts = self.restarts.checked_sub(1).ok_or(error)?;
                    // Rows before the bad one may have gone down with their batch: they come again
                    // one by one, and then the bad one is passed over.
                    if self.size == 1 {
                        self.last.1 += 1;
                    }
                    self.size = 1;
                    self.stream = Rows::stream(&self.audit, self.last, self.size).await?;
                }
                Some(Err(error)) => return Err(error),
            }
        }
        Ok(true)
    }

    async fn next(&mut self) -> Result<Option<Row>, Error> {
        self.fill().await?;
        Ok(self.batch.pop_front())
    }

    /// Rows up to and with `place`.
    async fn until(&mut self, place: (i64, i64)) -> Result<Vec<Row>, Error> {
        let mut out = Vec::new();
        while self.fill().await? {
            if self.last <= place {
                out.extend(self.batch.drain(..));
                continue;
            }
            let more = self.batch.iter().take_while(|row| self.place(row) <= place).count();
            out.extend(self.batch.drain(..more));
            if !self.batch.is_empty() {
                break;
            }
        }
        Ok(out)
    }

    /// Passes over rows of missing seals, up to the first that `seal` speaks of.
    async fn skip_to(&mut self, seal: &Seal) -> Result<(), Error> {
        let (entries, _) = seal.entries.as_chunks::<{ super::seal::ENTRY }>();
        let ids: HashSet<i64> = entries
            .iter()
            .filter_map(|entry| entry.first_chunk::<8>())
            .map(|id| i64::from_be_bytes(*id))
            .collect();
        while self.fill().await? {
            let known = |row: &Row| matches!(row.first(), Some(Cell::Int(id)) if ids.contains(id));
            match self.batch.iter().position(known) {
                Some(at) => {
                    self.batch.drain(..at);
                    return Ok(());
                }
                None => {
                    let past = self.last >= seal.last;
                    if past {
                        return Ok(());
                    }
                    self.batch.clear();
                }
            }
        }
        Ok(())
    }
}
