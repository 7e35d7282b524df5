//! The command line: one binary to serve and to look after an installation.

mod audit;
mod data;
mod export;
mod import;
mod job;
mod pack;
mod run;
mod show;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use engine::{Actor, Engine, Origin};
use schema::catalogue::Language;
use serde_json::Value as Json;

use crate::config::Config;
use crate::http::problem::Problem;
use crate::start::Trouble;

/// Jinyao 金钥, an open CRM for financial institutions.
#[derive(Debug, Parser)]
#[command(name = "jinyao", version, about)]
struct Cli {
    /// Configuration file; `jinyao.toml` here by default.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Folder of the database, keys and files; wins over file and environment.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Serve requests and run jobs until told to stop.
    Serve(run::Serve),
    /// Packs of definitions.
    #[command(subcommand)]
    Pack(pack::Pack),
    /// Logins.
    #[command(subcommand)]
    User(user::User),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Copy database and files into an empty folder, without the keys.
    Backup {
        /// An empty or missing folder.
        to: PathBuf,
    },
    /// Bring database and files back from a backup, into an empty place.
    Restore {
        /// The backup's folder.
        from: PathBuf,
    },
    /// Bring a file's records in, or take an import back.
    Import(import::Import),
    /// Take records out in a file.
    Export(export::Export),
    /// Print the page of a record.
    Show(show::Show),
    /// Fill an empty database with believable made-up records.
    Demo(run::Demo),
    /// The key ring.
    #[command(subcommand)]
    Keys(data::KeyRing),
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(code) => code,
        Err(trouble) => {
            tell(&format!("jinyao: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli) -> Result<ExitCode, Trouble> {
    let data = cli.data;
    let config = Config::load_with(cli.config.as_deref(), |name| match name {
        "JINYAO_DATA" => data.as_ref().map(|path| path.display().to_string()),
        _ => None,
    });
    let config = config.map_err(|mistakes| Trouble(mistakes.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::at("the runtime cannot start", &error))?;
    runtime.block_on(dispatch(cli.what, config))
}

async fn dispatch(what: What, config: Config) -> Result<ExitCode, Trouble> {
    match what {
        What::Serve(serve) => run::serve(serve, config).await,
        What::Pack(pack) => pack::run(pack, &config).await,
        What::User(user) => user::run(user, &config).await,
        What::Audit(audit) => audit::run(audit, &config).await,
        What::Backup { to } => data::backup(&config, to).await,
        What::Restore { from } => data::restore(&config, from).await,
        What::Show(show) => show::run(show, &config).await,
        What::Demo(demo) => run::demo(demo, &config).await,
        What::Import(import) => import::run(import, &config).await,
        What::Export(export) => export::run(export, &config).await,
        What::Keys(keys) => data::keys(keys, &config).await,
    }
}

/// A language to choose on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tongue {
    /// 中文
    Zh,
    /// English
    En,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Language {
        match tongue {
            Tongue::Zh => Language::Zh,
            Tongue::En => Language::En,
        }
    }
}

/// The user called `login`, or the platform, as the one who acts.
async fn acting(engine: &Engine, login: Option<&str>, tongue: Tongue) -> Result<Actor, Trouble> {
    let mut actor = match login {
        None => engine.system(None, "command line"),
        Some(login) => {
            let account = engine.account_by_login(login).await?;
            let account = account.ok_or_else(|| Trouble(format!("there is no user `{login}`")))?;
            engine.actor(account.user, Origin::default()).await?
        }
    };
    actor.language = tongue.into();
    Ok(actor)
}

/// A refusal with a sentence for each thing to correct.
fn refused(engine: &Engine, error: engine::Error, object: &str, language: Language) -> Trouble {
    let problem = Problem::from(error).about_named(&engine.catalogue(), object);
    let members = problem.members(language);
    let text = |value: Option<&Json>| value.and_then(Json::as_str).unwrap_or_default().to_owned();
    let mut lines = vec![text(members.get("title"))];
    lines.extend(members.get("detail").map(|detail| text(Some(detail))));
    for violation in members.get("violations").and_then(Json::as_array).into_iter().flatten() {
        lines.push(format!("  {}", text(violation.get("message"))));
    }
    Trouble(lines.join("\n"))
}

/// A line for the one who typed the command.
fn say(text: &str) {
    line(&mut std::io::stdout().lock(), text);
}

/// A line about what went wrong.
fn tell(text: &str) {
    line(&mut std::io::stderr().lock(), text);
}

/// Writes a line. Whoever reads may stop at any time, as `head` does: what is left is then for
/// nobody, and what the command is doing goes on to its end.
fn line(to: &mut impl std::io::Write, text: &str) {
    let written = writeln!(to, "{text}").and_then(|()| to.flush());
    if let Err(error) = written {
        tracing::debug!(%error, "nobody reads what the command says");
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    /// A reader that is gone.
    struct Gone;

    impl std::io::Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_line_that_nobody_reads_is_no_failure() {
        line(&mut Gone, "text");
        let mut read = Vec::new();
        line(&mut read, "text");
        assert_eq!(read, b"text\n");
    }
}
