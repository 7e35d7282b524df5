//! What the platform queues once each business day.

use std::sync::atomic::Ordering;

use schema::catalogue::ParameterValue;
use store::jobs::{NewJob, enqueue_once};

use super::{ATTEMPTS, REMIND, SWEEP_FILES};
use crate::subject::ERASE_LOCKED;
use crate::{Engine, Error, SYSTEM_USER};

/// Kinds of jobs that are queued each day, whatever there is to do.
const KINDS: [&str; 3] = [SWEEP_FILES, REMIND, ERASE_LOCKED];

impl Engine {
    /// Queues the daily jobs, once a business day. Costs nothing once that is done.
    pub async fn queue_daily(&self) -> Result<(), Error> {
        let now = self.now();
        let today = kernel::time::business_date(now);
        let day = kernel::time::days_since_epoch(today);
        if self.daily_queued.load(Ordering::Acquire) == day {
            return Ok(());
        }
        let job = |kind: &str| NewJob {
            id: self.next_id(now),
            kind: kind.into(),
            run_at: now,
            payload: Vec::new(),
            max_attempts: ATTEMPTS,
            created_by: SYSTEM_USER,
        };
        let key = today.to_string();
        let scan = Some(crate::files::SCAN_FILES).filter(|_| self.scans());
        let kinds = KINDS.into_iter().chain(scan);
        let steps = kinds.map(|kind| enqueue_once(&job(kind), &key, now)).collect();
        self.store().db().run(steps).await.map_err(store::Error::from)?;
        self.daily_queued.store(day, Ordering::Release);
        Ok(())
    }

    /// A parameter's whole number in force today.
    pub(crate) fn whole_parameter(&self, name: &str) -> Option<i64> {
        let today = kernel::time::business_date(self.now());
        match self.catalogue().parameters.get(name)?.on(today)? {
            ParameterValue::Number(number) => i64::try_from(*number).ok(),
            _ => None,
        }
    }
}
