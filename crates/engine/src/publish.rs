//! Publishing: definitions go live as one version, or not at all.
//!
//! Draft → diff → publish → rollback. A publish is checked as a whole, compared with what is in
//! force, refused where data would be lost, and then committed with its tables, texts and audit
//! entry. A rollback publishes an earlier version's texts as a new version.

use std::sync::Arc;

use schema::Catalogue;
use schema::catalogue::{Language, Right};
use schema::diff::{self, Diff};
use schema::pack::{Loaded, PackFiles, Problem};
use serde_json::json;
use store::Write;
use store::definitions::{Published, Texts, discard_draft, save_draft};
use store::records::Publish;

use crate::moment::Moment;
use crate::write::{Context, Entry, entry};
use crate::{Actor, Engine, Error, Refusal, Violation};

/// Most bytes of one definition file.
const FILE_MAX: usize = 1 << 20;

/// What the next version would be.
pub struct Proposal {
    /// The version it is based on.
    pub base: u64,
    /// Its texts.
    pub texts: Texts,
    /// What would change.
    pub diff: Diff,
    loaded: Loaded,
}

impl Engine {
    /// Reads the published definitions and puts them in force. Does nothing before the first
    /// publish or when the version in force is the published one.
    pub async fn load_published(&self) -> Result<(), Error> {
        let version = self.store().published_version().await?;
        if version == 0 || version == self.catalogue().version {
            return Ok(());
        }
        let texts = self.store().definitions(version).await?;
        let loaded = load(&texts).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            Error::Internal(format!("published definitions of version {version}: {first}"))
        })?;
        self.put_in_force(loaded.catalogue, version);
        Ok(())
    }

    fn put_in_force(&self, mut catalogue: Catalogue, version: u64) {
        catalogue.version = version;
        self.catalogue.store(Arc::new(catalogue));
        self.raise_epoch();
    }

    /// The published versions, newest first.
    pub async fn publishes(&self, actor: &Actor) -> Result<Vec<Published>, Error> {
        may_publish(actor, "list")?;
        Ok(self.store().publishes(100).await?)
    }

    /// The texts in force, with the draft's changes apart.
    pub async fn definitions(&self, actor: &Actor) -> Result<(Texts, Texts), Error> {
        may_publish(actor, "read")?;
        let version = self.store().published_version().await?;
        Ok((self.store().definitions(version).await?, self.store().draft().await?))
    }

    /// Puts a file into the draft (`None` removes it from the next version), or with `discard`
    /// takes it out of the draft. The draft may hold mistakes; they are told by [`Engine::propose`].
    pub async fn edit_draft(
        &self,
        actor: &Actor,
        path: &str,
        text: Option<&str>,
        discard: bool,
    ) -> Result<(), Error> {
        may_publish(actor, "edit")?;
        let shaped = path.split('/').count() >= 2
            && path.ends_with(".toml")
            && !path.split('/').any(|part| part.is_empty() || part.starts_with('.'));
        if !shaped || path.len() > 200 {
            return Err(Refusal::invalid("path", "format").into());
        }
        if text.is_some_and(|text| text.len() > FILE_MAX || text.trim().is_empty()) {
            let violation = Violation::new("text", "too_long").with("max", FILE_MAX.to_string());
            return Err(Refusal::Invalid(vec![violation]).into());
        }
        let steps = if discard { discard_draft(Some(path)) } else { save_draft(path, text) };
        let kind = "draft";
        let detail = json!({ "path": path, "discard": discard, "removed": text.is_none() });
        self.record(actor, kind, detail, steps).await
    }

    /// What a publish of the draft would do, or every problem in it.
    pub async fn propose(&self, actor: &Actor) -> Result<Result<Proposal, Vec<Problem>>, Error> {
        let (mut texts, draft) = self.definitions(actor).await?;
        for (path, text) in draft {
            if text.is_empty() {
                texts.remove(&path);
            } else {
                texts.insert(path, text);
            }
        }
        self.compare(texts).await
    }

    /// What putting `packs` in the place of their namesakes would do.
    pub async fn propose_packs(
        &self,
        actor: &Actor,
        packs: &[PackFiles],
    ) -> Result<Result<Proposal, Vec<Problem>>, Error> {
        let (mut texts, _) = self.definitions(actor).await?;
        for pack in packs {
            let folder = format!("{}/", pack.name);
            texts.retain(|path, _| !path.starts_with(&folder));
            texts.extend(pack.texts().map(|(path, text)| (path, text.to_owned())));
        }
        self.compare(texts).await
    }

    /// What going back to `version` would do.
    pub async fn propose_rollback(
        &self,
        actor: &Actor,
        version: u64,
    ) -> Result<Result<Proposal, Vec<Problem>>, Error> {
        may_publish(actor, "rollback")?;
        let texts = self.store().definitions(version).await?;
        if texts.is_empty() || version == 0 {
            return Err(Refusal::Invisible.into());
        }
        self.compare(texts).await
    }

    async fn compare(&self, texts: Texts) -> Result<Result<Proposal, Vec<Problem>>, Error> {
        let base = self.catalogue();
        Ok(load(&texts).map(|loaded| {
            let diff = diff::diff(&base, &loaded.catalogue);
            Proposal { base: base.version, texts, diff, loaded }
        }))
    }

    /// Puts a proposal in force as the next version; returns its number. Refused when another
    /// publish came in between, or when the change would lose or break data.
    pub async fn publish(
        &self,
        actor: &Actor,
        proposal: Proposal,
        note: &str,
    ) -> Result<u64, Error> {
        let done = self.put_live(actor, proposal, note).await;
        self.noting_refusal(actor, "publish", done).await
    }

    async fn put_live(&self, actor: &Actor, proposal: Proposal, note: &str) -> Result<u64, Error> {
        may_publish(actor, "publish")?;
        let base = self.catalogue();
        if base.version != proposal.base {
            return Err(Refusal::Stale {
                expected: proposal.base,
                current: base.version,
                record: None,
            }
            .into());
        }
        let refusals: Vec<Violation> = proposal.diff.refusals().map(incompatible).collect();
        if !refusals.is_empty() {
            return Err(Refusal::Invalid(refusals).into());
        }
        let version = base.version + 1;
        let mut next = proposal.loaded.catalogue;
        next.version = version;
        let moment = Moment::new(base.clone(), self.now());
        let context = Context::new(self, &base, &moment, actor);
        let detail = json!({ "version": version, "note": note, "changes": proposal.diff.lines(Language::En) });
        let record = Entry { kind: "publish", object: None, record: None, reason: None, detail };
        let (by, now) = (actor.user(), moment.now);
        let mut jobs = crate::upkeep::reindex_jobs(self, &proposal.diff, &next, (by, now))?;
        let versions = (base.version, &next);
        jobs.extend(crate::measures::check_jobs(self, &proposal.diff, versions, (by, now))?);
        let publish = Publish {
            version,
            at: moment.now,
            by: actor.user(),
            note: note.to_owned(),
            texts: proposal.texts.into_iter().collect(),
            write: Write {
                audit: vec![entry(&context, record)],
                system: discard_draft(None),
                jobs,
                ..Write::default()
            },
        };
        self.store().publish(&base, &next, publish).await.map_err(in_the_way)?;
        self.put_in_force(next, version);
        Ok(version)
    }

    /// Hands `done` on; a refusal of `command` goes into the audit log first.
    pub(crate) async fn noting_refusal<T>(
        &self,
        actor: &Actor,
        command: &str,
        done: Result<T, Error>,
    ) -> Result<T, Error> {
        if let Err(Error::Refused(refusal)) = &done {
            let detail = json!({ "command": command, "code": refusal.code() });
            self.record(actor, "refused", detail, Vec::new()).await?;
        }
        done
    }

    /// Commits steps of the platform's own with an audit entry.
    pub(crate) async fn record(
        &self,
        actor: &Actor,
        kind: &'static str,
        detail: serde_json::Value,
        system: Vec<store::Step>,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let note = Entry { kind, object: None, record: None, reason: None, detail };
        let audit = vec![entry(&context, note)];
        let write = Write { audit, system, ..Write::default() };
        match self.store().commit(&catalogue, write).await {
            Ok(_) => Ok(()),
            Err(store::CommitError::System { .. }) => Err(Refusal::Conflict {
                code: "state",
                reason: "the state has changed meanwhile".into(),
            }
            .into()),
            Err(error) => Err(context.explain(error)),
        }
    }
}

fn load(texts: &Texts) -> Result<Loaded, Vec<Problem>> {
    Loaded::from_files(PackFiles::split(texts.iter().map(|(path, text)| (path, text.as_str()))))
}

fn may_publish(actor: &Actor, action: &str) -> Result<(), Refusal> {
    let platform = matches!(actor.kind(), crate::ActorKind::System { .. });
    if platform || actor.rights().has(Right::Publish) {
        return Ok(());
    }
    Err(Refusal::Forbidden { action: action.into(), object: "definitions".into() })
}

/// A change that cannot go live, with what to do instead.
fn incompatible((change, refusal): (&diff::Change, &diff::Refusal)) -> Violation {
    let mut violation =
        Violation::new("", "incompatible").with("change", change.line(Language::En));
    violation.message = Some(schema::catalogue::Label {
        zh: format!("{}；{}", refusal.message.zh, refusal.remedy.zh),
        en: format!("{}; {}", refusal.message.en, refusal.remedy.en),
    });
    violation
}

fn in_the_way(error: store::Error) -> Error {
    match error {
        store::Error::Refused(reason) => {
            Refusal::Conflict { code: "data_in_the_way", reason }.into()
        }
        other => other.into(),
    }
}
