//! Records: a real table per object, SQL generated once per catalogue.

mod ask;
mod cipher;
mod column;
mod commit;
mod fan;
mod get;
mod group;
mod holders;
mod locked;
pub(crate) mod matching;
pub(crate) mod names;
mod numbers;
mod plan;
mod publish;
mod reindex;
mod reseal;
mod rows;
mod run;
mod select;
mod sql;
mod tables;
mod trash;
mod tree;
mod words;
mod write;

use std::sync::Arc;

use schema::Catalogue;

pub use ask::Ask;
pub use cipher::{Cipher, Unreadable};
pub use fan::{Fan, FanKey};
pub use group::AggregateQuery;
pub use locked::{Lock, Locked, erase, lock};
pub use matching::MatchDigest;
pub use publish::{Ddl, Publish};
pub use reindex::Reindexed;
pub use reseal::ImportPlace;
pub use run::{Posted, Script};
pub use select::{Records, Select};
pub use trash::{Trashed, purge};
pub use write::{Change, CommitError, Committed, IdempotencyRecord, Write};

pub(crate) use names::values;
pub(crate) use numbers::Numbers;
pub(crate) use plan::Plans;

use crate::db::Step;
use crate::{Store, jobs, outbox};
use plan::Key;

impl Store {
    /// What is compiled of `catalogue`: kept from call to call, made anew after a publish.
    pub(crate) fn plans(&self, catalogue: &Catalogue) -> Arc<Plans> {
        let key = Key::of(catalogue);
        if let Some(plans) = &*self.plans.load()
            && plans.key == key
        {
            return Arc::clone(plans);
        }
        let plans = Arc::new(Plans::new(catalogue, self.db.dialect()));
        self.plans.store(Some(Arc::clone(&plans)));
        plans
    }

    /// Steps of the audit log, the outbox and the job queue.
    pub(crate) fn journal(&self, write: &Write) -> Vec<Step> {
        let mut steps =
            self.audit.as_ref().map(|audit| audit.steps(&write.audit)).unwrap_or_default();
        steps.extend(write.events.iter().map(outbox::step));
        for job in &write.jobs {
            let now = write.audit.first().map_or(job.run_at, |entry| entry.at);
            steps.push(jobs::enqueue(job, now));
        }
        steps
    }
}
