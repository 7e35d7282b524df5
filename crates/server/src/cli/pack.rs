//! `jinyao pack`: check, compare, install and export definitions.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use engine::publish::Proposal;
use schema::catalogue::Language;
use schema::pack::{Loaded, PackFiles};

use super::say;
use crate::config::Config;
use crate::packs;
use crate::start::{self, Trouble};

/// What to do with packs.
#[derive(Debug, Subcommand)]
pub enum Pack {
    /// Check packs; packs they need come from the binary unless given.
    Lint {
        /// Folders of packs.
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
    /// Say what installing would change.
    Diff {
        /// Folders of packs; none means those in the binary.
        folders: Vec<PathBuf>,
    },
    /// Publish packs in the place of their namesakes.
    Install {
        /// Folders of packs; none means those in the binary.
        folders: Vec<PathBuf>,
        /// A line for the list of versions.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Write the published definitions as files.
    Export {
        /// Folder to write below; each pack becomes a folder in it.
        to: PathBuf,
    },
}

/// Runs the command.
pub async fn run(pack: Pack, config: &Config) -> Result<ExitCode, Trouble> {
    match pack {
        Pack::Lint { folders } => lint(&folders),
        Pack::Diff { folders } => {
            let engine = start::open(config).await?;
            let proposal = propose(&engine, &folders).await?;
            for line in proposal.diff.lines(Language::En) {
                say(&line);
            }
            let mut code = ExitCode::SUCCESS;
            for (change, refusal) in proposal.diff.refusals() {
                say(&format!("refused: {}: {}", change.line(Language::En), refusal.message.en));
                code = ExitCode::FAILURE;
            }
            Ok(code)
        }
        Pack::Install { folders, note } => {
            let engine = start::open(config).await?;
            let proposal = propose(&engine, &folders).await?;
            let actor = engine.system(None, "command line");
            let version = engine.publish(&actor, proposal, &note).await?;
            say(&format!("version {version} is in force"));
            Ok(ExitCode::SUCCESS)
        }
        Pack::Export { to } => {
            let engine = start::open(config).await?;
            let actor = engine.system(None, "command line");
            let (texts, _) = engine.definitions(&actor).await?;
            let texts = texts.iter().map(|(path, text)| (path, text.as_str()));
            for pack in PackFiles::split(texts) {
                packs::write(&pack, &to).map_err(Trouble)?;
                say(&to.join(&pack.name).display().to_string());
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn read(folders: &[PathBuf]) -> Result<Vec<PackFiles>, Trouble> {
    if folders.is_empty() {
        return Ok(packs::embedded());
    }
    folders.iter().map(|folder| packs::read(folder).map_err(Trouble)).collect()
}

fn lint(folders: &[PathBuf]) -> Result<ExitCode, Trouble> {
    let mut all = read(folders)?;
    let given: Vec<String> = all.iter().map(|pack| pack.name.clone()).collect();
    all.extend(packs::embedded().into_iter().filter(|pack| !given.contains(&pack.name)));
    match Loaded::from_files(all) {
        Ok(loaded) => {
            let (objects, tests) = (loaded.catalogue.objects.len(), loaded.tests.len());
            say(&format!("no mistakes in {objects} objects and {tests} cases"));
            Ok(ExitCode::SUCCESS)
        }
        Err(mistakes) => {
            for mistake in &mistakes {
                say(&mistake.to_string());
            }
            say(&format!("{} mistakes", mistakes.len()));
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn propose(engine: &engine::Engine, folders: &[PathBuf]) -> Result<Proposal, Trouble> {
    let actor = engine.system(None, "command line");
    let proposal = engine.propose_packs(&actor, &read(folders)?).await?;
    proposal.map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Trouble(lines.join("\n"))
    })
}
