//! Sweeping up uploaded files that no record and no import holds.

use jiff::SignedDuration;
use kernel::Instant;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::jobs::Job;

use super::{bytes, cursor_of};
use crate::access::Ran;
use crate::{Engine, Error};

/// Kind of the job.
pub(crate) const KIND: &str = "sweep_files";

/// Hours until an upload that nobody attached goes, unless the parameter `upload_keep_hours` says
/// otherwise.
const HOURS: i64 = 24;

#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    removed: i64,
}

impl Engine {
    pub(crate) async fn run_sweep_files(&self, job: &Job, worker: &str) -> Result<Ran, Error> {
        let actor = self.job_actor(job);
        let (now, before) = (self.now(), self.unheld_since());
        let mut cursor: Cursor = cursor_of(job);
        loop {
            let removed = self.blobs().sweep(now, before).await?;
            if removed == 0 {
                break;
            }
            let detail = json!({ "removed": removed });
            self.record(&actor, "files_swept", detail, Vec::new()).await?;
            cursor.removed += i64::try_from(removed).unwrap_or(0);
            if !self.advance(job, worker, &json!(cursor), cursor.removed).await? {
                return Ok(Ran::Lost);
            }
        }
        Ok(Ran::Done(bytes(&cursor)?))
    }

    /// What was uploaded before this instant has had its time to be attached.
    fn unheld_since(&self) -> Instant {
        let hours = self.whole_parameter("upload_keep_hours").unwrap_or(HOURS);
        let span = SignedDuration::from_hours(hours.clamp(1, 24 * 366));
        self.now().checked_sub(span).unwrap_or(Instant::MIN)
    }
}
