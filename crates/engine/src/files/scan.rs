//! The virus scanner, where the institution has one: each content is judged once, as a job, and until
//! then, or when something was found, nobody gets it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Boxed;
use store::blobs::{Blob, Reader, Verdict, judge};
use store::jobs::{Job, NewJob, enqueue};

use super::File;
use crate::access::Ran;
use crate::upkeep::{ATTEMPTS, bytes, cursor_of};
use crate::{Engine, Error, Refusal, SYSTEM_USER};

/// Kind of the job.
pub(crate) const KIND: &str = "scan_files";

/// Files looked for at a time.
const CHUNK: u32 = 20;

/// Reads a whole content and says what it thinks of it, in a word and in its own words; an error when
/// it could not tell.
pub type Scanner =
    Arc<dyn Fn(Reader) -> Boxed<'static, Result<(Verdict, String), String>> + Send + Sync>;

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    clean: i64,
    infected: i64,
}

impl Engine {
    /// Has every file judged by `scanner` from now on. Called once, before anything is served.
    pub fn scan_with(&self, scanner: Scanner) {
        // A second scanner is a mistake of the caller; the first one stays.
        let _first = self.scanner.set(scanner);
    }

    /// Whether there is a scanner.
    pub(crate) fn scans(&self) -> bool {
        self.scanner.get().is_some()
    }

    /// The step that has new files judged, where there is a scanner.
    pub(super) fn queue_scan(&self) -> Option<store::Step> {
        self.scanner.get()?;
        let now = self.now();
        let job = NewJob {
            id: self.next_id(now),
            kind: KIND.into(),
            run_at: now,
            payload: Vec::new(),
            max_attempts: ATTEMPTS,
            created_by: SYSTEM_USER,
        };
        Some(enqueue(&job, now))
    }

    /// Refuses a file that the scanner objects to, or has not seen.
    pub(super) fn scanned(&self, file: &File) -> Result<(), Refusal> {
        let (code, reason) = match (self.scanner.get(), file.verdict) {
            (_, Some(Verdict::Infected)) => ("file_infected", "the virus scanner found something"),
            (Some(_), None) => ("file_unscanned", "the virus scanner has not seen it yet"),
            _ => return Ok(()),
        };
        Err(Refusal::Conflict { code, reason: reason.into() })
    }

    pub(crate) async fn run_scan_files(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let mut cursor: Cursor = cursor_of(job);
        let Some(scanner) = self.scanner.get() else { return Ok(Ran::Done(bytes(&cursor)?)) };
        let mut last: Option<Blob> = None;
        let mut failed = None;
        loop {
            let found = self.blobs().unscanned(last.as_ref(), CHUNK).await?;
            for blob in &found {
                let reader = self.blobs().read(blob.id, None).await?;
                match scanner(reader).await {
                    Ok((verdict, note)) => {
                        self.keep_verdict(job, blob, (verdict, &note)).await?;
                        match verdict {
                            Verdict::Clean => cursor.clean += 1,
                            Verdict::Infected => cursor.infected += 1,
                        }
                    }
                    // One file that cannot be judged does not keep others from it.
                    Err(error) => failed = Some(error),
                }
            }
            let Some(blob) = found.last() else { break };
            last = Some(blob.clone());
            let done = cursor.clean + cursor.infected;
            if !self.advance(job, worker, &json!(cursor), done).await? {
                return Ok(Ran::Lost);
            }
        }
        match failed {
            Some(error) => Err(Error::Internal(format!("the virus scanner failed: {error}"))),
            None => Ok(Ran::Done(bytes(&cursor)?)),
        }
    }

    async fn keep_verdict(
        &self,
        job: &Job,
        blob: &Blob,
        (verdict, note): (Verdict, &str),
    ) -> Result<(), Error> {
        let note: String = note.chars().filter(|c| !c.is_control()).take(200).collect();
        let step = judge(blob.id, verdict, &note, self.now());
        let detail = json!({
            "content": blob.id.to_string(), "verdict": verdict.as_str(), "note": note,
        });
        self.record(&self.job_actor(job), "file_scanned", detail, vec![step]).await
    }
}
