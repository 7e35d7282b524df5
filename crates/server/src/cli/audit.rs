//! `jinyao audit`: prove that nothing in the log was changed, and name what was.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use engine::Engine;
use uuid::Uuid;

use super::say;
use crate::config::Config;
use crate::start::{self, Trouble};

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check every entry and checkpoint; names each that was changed, removed or added.
    Verify {
        /// A checkpoint kept elsewhere, which the log must extend.
        #[arg(long)]
        from: Option<PathBuf>,
    },
    /// Write the proof that a record's entries are in the log.
    Prove {
        /// The record's id.
        record: Uuid,
    },
    /// Seal what is new and print the signed checkpoint, to be kept elsewhere.
    Checkpoint,
}

/// Runs the command.
pub async fn run(audit: Audit, config: &Config) -> Result<ExitCode, Trouble> {
    let engine = start::open(config).await?;
    let actor = engine.system(None, "command line");
    match audit {
        Audit::Verify { from } => {
            let from = match from {
                None => None,
                Some(path) => Some(
                    std::fs::read_to_string(&path)
                        .map_err(|error| Trouble::at(path.display(), &error))?,
                ),
            };
            verify(&engine, &actor, from.as_deref()).await
        }
        Audit::Prove { record } => {
            let proof = engine.prove_audit(&actor, record).await?;
            let text = serde_json::to_string_pretty(&proof)
                .map_err(|error| Trouble::at("the proof", &error))?;
            say(&text);
            Ok(ExitCode::SUCCESS)
        }
        Audit::Checkpoint => {
            engine.seal_audit().await?;
            let (verifier, checkpoint) = engine.audit_checkpoint(&actor).await?;
            say(&format!("# verifier: {verifier}"));
            say(checkpoint.as_deref().unwrap_or("nothing was sealed yet"));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn verify(
    engine: &Engine,
    actor: &engine::Actor,
    from: Option<&str>,
) -> Result<ExitCode, Trouble> {
    let report = engine.verify_audit(actor, from).await?;
    for problem in &report.problems {
        let text =
            serde_json::to_string(problem).map_err(|error| Trouble::at("the report", &error))?;
        say(&text);
    }
    say(&format!(
        "{} entries, {} of them not yet sealed, {} seals, {} problems",
        report.entries, report.unsealed, report.seals, report.count
    ));
    Ok(if report.count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
