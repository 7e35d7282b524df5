//! Bringing records in from files: analyse, map, try out, run, undo.
//!
//! A run goes through the same decisions as any create or update, in chunks: a chunk's records and
//! the note that it is done are one transaction, so a run that dies goes on where it stopped and no
//! row is written twice. A run can be undone as a whole.

mod alike;
mod back;
mod chunk;
mod errors;
mod known;
mod plan;
mod rows;
mod run;
pub mod source;
mod stream;
mod together;
mod undo;
mod walk;

use std::io::Read;

use schema::catalogue::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::files::File;
use store::imports::{Import, State};
use uuid::Uuid;

pub use alike::DuplicateRow;
pub use back::LeftRecord;
pub use plan::{Analysis, ColumnPlan, Found, ImportPlan, Mode, Order};
pub use source::{Format, Unreadable};

use crate::moment::Moment;
use crate::write::Context;
use crate::{Actor, Engine, Error, Refusal, Violation};

/// Kind of the job that runs an import, for the job loop.
pub const JOB: &str = "import";

/// Rows that are decided and committed together.
pub(crate) const CHUNK: usize = 1_000;

/// Rows read to suggest a mapping.
const HEAD: usize = 50;

/// What a job of kind [`JOB`] is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportJob {
    /// The import.
    pub import: Uuid,
    /// What to do with it.
    pub task: Task,
}

/// The long parts of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Decide every row, write nothing.
    Check,
    /// Decide and write.
    Run,
    /// Take back what a run wrote.
    Undo,
}

/// What came of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Data rows seen.
    pub rows: u64,
    /// New records.
    pub created: u64,
    /// Changed records.
    pub updated: u64,
    /// Rows that change nothing.
    pub unchanged: u64,
    /// Rows refused.
    pub bad: u64,
    /// Refused rows by `field:code`.
    pub reasons: std::collections::BTreeMap<String, u64>,
    /// The first refused rows, and more of each rare reason, in the order of the file.
    pub first_bad: Vec<BadRow>,
    /// New rows that seem to be about a record that is there already; counted when tried out.
    #[serde(default)]
    pub possible_duplicates: u64,
    /// The first of them.
    #[serde(default)]
    pub first_duplicates: Vec<DuplicateRow>,
    /// The first thousand of those that were left alone, and why.
    #[serde(default)]
    pub left: Vec<LeftRecord>,
    /// Why the task stopped before the file's end, if so.
    pub unreadable: Option<BadCell>,
    /// Records that an undo took back.
    #[serde(default)]
    pub undone: u64,
    /// Records that an undo left alone because they were changed since.
    pub kept: u64,
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Record number in a CSV file, row number in a sheet.
    pub line: u64,
    /// What is wrong with it.
    pub violations: Vec<BadCell>,
}

/// One thing wrong in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadCell {
    /// Field, or `*` for the row.
    pub field: String,
    /// Stable code.
    pub code: String,
    /// Values that the sentence names; `column` is the header.
    pub params: std::collections::BTreeMap<String, String>,
    /// A pack's own sentence.
    pub message: Option<schema::catalogue::Label>,
}

impl From<Violation> for BadCell {
    fn from(violation: Violation) -> BadCell {
        let Violation { field, code, params, message } = violation;
        BadCell { field, code, params, message }
    }
}

impl Engine {
    /// Looks at a stored file and suggests how to import it into `object`.
    pub async fn analyse_import(
        &self,
        actor: &Actor,
        object: &str,
        file: Uuid,
        format: Option<Format>,
    ) -> Result<Analysis, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let (ix, object) = context.object(object)?;
        if !actor.rights().may(ix, Action::Import) {
            return Err(Refusal::forbidden("import", &object.name).into());
        }
        let file = self.own_file(actor, file).await?;
        let whole = file.size <= source::WORKBOOK_MAX;
        let input = stream::open(self.blobs(), file.blob).await?;
        let head = tokio::task::spawn_blocking(move || look(input, format, whole));
        let (format, head) =
            head.await.map_err(|error| Error::Internal(error.to_string()))?.map_err(unreadable)?;
        Ok(plan::analyse(&context, ix, object, format, &head))
    }

    /// Sets up an import of an uploaded file, named after it unless said otherwise. Nothing is read
    /// yet but the plan.
    pub async fn prepare_import(
        &self,
        actor: &Actor,
        name: Option<&str>,
        file: Uuid,
        plan: &ImportPlan,
    ) -> Result<Uuid, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        plan::resolve(&context, plan)?;
        let File { id: file, blob, name: called, .. } = self.own_file(actor, file).await?;
        let id = self.next_id(moment.now);
        let import = Import {
            id,
            object: plan.object.clone(),
            name: name.unwrap_or(&called).chars().take(200).collect(),
            state: State::Ready,
            file,
            plan: serde_json::to_vec(plan).map_err(|e| Error::Internal(e.to_string()))?,
            report: None,
            created_by: actor.user(),
            created_at: moment.now,
        };
        let detail = json!({ "import": id, "object": plan.object, "file": import.name });
        let mut steps = store::imports::insert(&import);
        steps.extend(store::blobs::use_in(blob, "jy_import", id, "file"));
        self.record(actor, "import_prepared", detail, steps).await?;
        Ok(id)
    }

    /// An import that `actor` made.
    pub async fn import(&self, actor: &Actor, id: Uuid) -> Result<Import, Error> {
        let found = self.store().import(id).await?;
        let platform = matches!(actor.kind(), crate::ActorKind::System { .. });
        let own = found.filter(|import| platform || import.created_by == actor.user());
        own.ok_or_else(|| Refusal::Invisible.into())
    }

    /// The latest imports that `actor` made.
    pub async fn imports(&self, actor: &Actor, limit: u32) -> Result<Vec<Import>, Error> {
        Ok(self.store().imports(actor.user(), limit.min(200)).await?)
    }

    /// Queues a task of an import; returns the job's id.
    pub async fn start_import(&self, actor: &Actor, id: Uuid, task: Task) -> Result<Uuid, Error> {
        let import = self.import(actor, id).await?;
        let abandoned = import.state == State::Running && !self.is_underway(id).await?;
        let allowed = match task {
            Task::Check | Task::Run => matches!(import.state, State::Ready | State::Checked),
            Task::Undo => matches!(import.state, State::Done | State::Failed),
        };
        if !(allowed || abandoned) {
            return Err(Refusal::Conflict {
                code: "import_state",
                reason: format!("the import is {}", import.state.as_str()),
            }
            .into());
        }
        let job = self.next_id(self.now());
        let payload = serde_json::to_vec(&ImportJob { import: id, task })
            .map_err(|error| Error::Internal(error.to_string()))?;
        let queued = store::NewJob {
            id: job,
            kind: JOB.into(),
            run_at: self.now(),
            payload,
            max_attempts: 10,
            created_by: actor.user(),
        };
        let mut steps = store::imports::start(id, import.state);
        steps.push(store::jobs::enqueue(&queued, self.now()));
        let detail = json!({ "import": id, "stage": task });
        self.record(actor, "import_started", detail, steps).await?;
        Ok(job)
    }
}

impl Engine {
    /// Whether a job of this import waits or runs.
    async fn is_underway(&self, id: Uuid) -> Result<bool, Error> {
        for state in [store::jobs::State::Ready, store::jobs::State::Running] {
            let jobs = store::jobs::list(self.store().db(), Some(state), Some(JOB), None, 500);
            let about = |job: &store::jobs::Job| {
                serde_json::from_slice::<ImportJob>(&job.payload).is_ok_and(|job| job.import == id)
            };
            if jobs.await?.iter().any(about) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How far an import's run has come.
    pub async fn import_progress(
        &self,
        actor: &Actor,
        id: Uuid,
    ) -> Result<store::imports::Progress, Error> {
        self.import(actor, id).await?;
        Ok(self.store().import_progress(id).await?)
    }
}

/// Detects the format and reads the first rows.
fn look(
    mut input: stream::BlobRead,
    format: Option<Format>,
    whole: bool,
) -> Result<(Format, Vec<source::RawRow>), Unreadable> {
    let mut sample = vec![0; source::SAMPLE];
    let mut filled = 0;
    while let Some(rest) = sample.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest).map_err(|error| Unreadable::Broken(error.to_string()))? {
            0 => break,
            count => filled += count,
        }
    }
    let ended = filled < sample.len();
    sample.truncate(filled);
    if source::is_workbook(&sample) {
        if !whole {
            return Err(Unreadable::TooLarge);
        }
        input
            .take(source::WORKBOOK_MAX)
            .read_to_end(&mut sample)
            .map_err(|error| Unreadable::Broken(error.to_string()))?;
    }
    let format = match format {
        Some(format) => format,
        None => source::detect(&sample, ended || source::is_workbook(&sample))?,
    };
    let mut head = Vec::new();
    let partial = source::read(sample.as_slice(), &format, |row| {
        head.push(row);
        head.len() < HEAD
    });
    match partial {
        Err(error) if head.is_empty() || ended => Err(error),
        _ => Ok((format, head)),
    }
}

/// Why a file cannot be read, as a refusal.
pub(crate) fn unreadable(why: Unreadable) -> Error {
    Refusal::Invalid(vec![flaw(&why)]).into()
}

/// Why a file cannot be read, as a violation.
pub(crate) fn flaw(why: &Unreadable) -> Violation {
    let flaw = |code: &str| Violation::new("file", code);
    match why {
        Unreadable::Empty => flaw("empty_file"),
        Unreadable::Encoding { encoding, at } => {
            flaw("encoding").with("encoding", encoding).with("at", at.to_string())
        }
        Unreadable::UnknownEncoding(name) => flaw("unknown_encoding").with("name", name),
        Unreadable::Workbook(reason) | Unreadable::Broken(reason) => {
            flaw("unreadable_file").with("reason", reason)
        }
        Unreadable::NoSheet(name) => flaw("no_sheet").with("name", name),
        Unreadable::TooLarge => flaw("unpacks_too_large"),
        Unreadable::TooWide => flaw("too_wide").with("max", source::COLUMNS_MAX.to_string()),
    }
}

/// One reason in the reader's language.
#[must_use]
pub fn sentence(cell: &BadCell, language: schema::catalogue::Language) -> String {
    let label = cell.params.get("column").map_or(cell.field.as_str(), String::as_str);
    match &cell.message {
        Some(message) => message.get(language).to_owned(),
        None => schema::field::sentence(&cell.code, &cell.params, label, language),
    }
}

/// The reasons of a refused row as one text in the reader's language.
#[must_use]
pub fn sentences(row: &BadRow, language: schema::catalogue::Language) -> String {
    let told: Vec<String> = row.violations.iter().map(|cell| sentence(cell, language)).collect();
    told.join(match language {
        schema::catalogue::Language::Zh => "；",
        schema::catalogue::Language::En => "; ",
    })
}
