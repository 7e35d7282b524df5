//! The audit log for those who may read it, and one record's history for those who may read it.

use kernel::Instant;
use schema::catalogue::Right;
use serde_json::Value as Json;
use store::audit::{Filter, StoredEntry};
use uuid::Uuid;

use super::require;
use crate::{Actor, Engine, Error, Refusal};

/// Which entries; what is not given does not matter.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// On this object.
    pub object: Option<String>,
    /// On this record.
    pub record: Option<Uuid>,
    /// By this user.
    pub actor: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<String>,
    /// At this instant or later.
    pub from: Option<Instant>,
    /// Before this instant.
    pub until: Option<Instant>,
}

impl Engine {
    /// The audit log; a store without one is for tests only.
    fn log(&self) -> Result<&store::audit::Audit, Error> {
        self.store().audit().ok_or_else(|| Error::Internal("the store has no audit log".into()))
    }

    /// What happened to a record the actor may read, newest first: so many entries before a number.
    /// Fields the actor may not read in
    /// clear are left out of each diff.
    pub async fn history(
        &self,
        actor: &Actor,
        object: &str,
        id: Uuid,
        (before, limit): (Option<i64>, u32),
    ) -> Result<Vec<StoredEntry>, Error> {
        let view = self.get(actor, object, id, false).await?;
        let filter =
            Filter { object: Some(object.to_owned()), record: Some(id), ..Filter::default() };
        let mut entries = self.log()?.list(&filter, before, limit).await?;
        for entry in &mut entries {
            let Ok(mut body) = serde_json::from_slice::<Json>(&entry.body) else { continue };
            if let Some(Json::Object(set)) = body.pointer_mut("/detail/set") {
                set.retain(|field, _| view.get(field).is_some() && !view.is_masked(field));
            }
            if let Json::Object(body) = &mut body {
                body.shift_remove("ip");
            }
            entry.body = body.to_string().into_bytes();
        }
        Ok(entries)
    }

    /// Entries of the log, newest first.
    pub async fn audit_entries(
        &self,
        actor: &Actor,
        filter: &LogFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<StoredEntry>, Error> {
        require(actor, Right::Audit, "read")?;
        let filter = Filter {
            object: filter.object.clone(),
            record: filter.record,
            actor: filter.actor,
            kind: filter.kind.clone(),
            from: filter.from,
            until: filter.until,
        };
        Ok(self.log()?.list(&filter, before, limit).await?)
    }

    /// The key that verifies checkpoints, and the newest checkpoint.
    pub async fn audit_checkpoint(&self, actor: &Actor) -> Result<(String, Option<String>), Error> {
        require(actor, Right::Audit, "read")?;
        let audit = self.log()?;
        Ok((audit.verifier(), audit.checkpoint().await?))
    }

    /// Checks the whole log, or that part since a checkpoint that was kept outside.
    pub async fn verify_audit(
        &self,
        actor: &Actor,
        from: Option<&str>,
    ) -> Result<store::audit::Report, Error> {
        require(actor, Right::Audit, "verify")?;
        Ok(self.log()?.verify(from).await?)
    }

    /// Proof that the entries of a record are in the log.
    pub async fn prove_audit(
        &self,
        actor: &Actor,
        record: Uuid,
    ) -> Result<store::audit::RecordProof, Error> {
        require(actor, Right::Audit, "prove")?;
        let proof = self.log()?.prove_record(record).await?;
        if proof.entries.is_empty() && proof.unsealed == 0 {
            return Err(Refusal::Invisible.into());
        }
        Ok(proof)
    }

    /// Gives the newest entries their places and signs a checkpoint; returns how many.
    pub async fn seal_audit(&self) -> Result<u64, Error> {
        Ok(self.log()?.seal(self.now()).await?)
    }
}
