//! `jinyao import`: bring a file's records in, with a report on every bad row; or take them back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use engine::import::{Analysis, ColumnPlan, Format, ImportPlan, Mode, Report, Task};
use engine::{Actor, Engine};
use schema::Name;
use schema::catalogue::Language;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use super::{Tongue, acting, refused, say};
use crate::config::Config;
use crate::http::imports::message;
use crate::start::{self, Trouble};

/// What to import, or which import to take back.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Import {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    given: Given,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take back what an import wrote; records changed since are left alone and counted.
    Undo {
        /// The import's id.
        id: Uuid,
        #[command(flatten)]
        who: Who,
    },
}

/// Whose rights apply, and in which language to speak.
#[derive(Debug, Args)]
pub struct Who {
    /// Login of the user whose rights apply; the platform itself by default.
    #[arg(long = "as", value_name = "LOGIN")]
    login: Option<String>,
    /// Language of sentences.
    #[arg(long, value_enum, default_value_t = Tongue::Zh)]
    language: Tongue,
}

#[derive(Debug, Args)]
struct Given {
    /// A CSV file in any Chinese encoding, or a workbook.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Object that the rows are records of.
    #[arg(long, required = true)]
    object: Option<String>,
    /// What becomes of known and unknown records.
    #[arg(long, value_enum, default_value_t = How::Create)]
    mode: How,
    /// Fields that tell which known record a row is about, separated by commas.
    #[arg(long = "match", value_delimiter = ',', value_name = "FIELD")]
    match_by: Vec<String>,
    /// A column's field, such as `客户名称=name`, over what its header suggests; nothing behind the
    /// sign leaves the column out. May be repeated.
    #[arg(long = "map", value_name = "HEADER=FIELD")]
    map: Vec<String>,
    /// Sheet of a workbook; the first one by default.
    #[arg(long)]
    sheet: Option<String>,
    /// Keep when and by whom records were made, where columns are mapped to `created_at` and
    /// `created_by`.
    #[arg(long)]
    keep_origin: bool,
    /// In updates, an empty cell empties the field.
    #[arg(long)]
    clear_empty: bool,
    /// Decide every row, write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where to write the bad rows; beside the file by default.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    #[command(flatten)]
    who: Who,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum How {
    /// Every row is a new record.
    Create,
    /// Every row changes a known record.
    Update,
    /// Known records are changed, others are made.
    Upsert,
}

/// Runs the command.
pub async fn run(import: Import, config: &Config) -> Result<ExitCode, Trouble> {
    let engine = start::open(config).await?;
    match import.what {
        Some(What::Undo { id, who }) => {
            let actor = acting(&engine, who.login.as_deref(), who.language).await?;
            let report = perform(&engine, &actor, id, Task::Undo).await?;
            let Some(report) = report else { return Ok(ExitCode::FAILURE) };
            say(&match who.language {
                Tongue::Zh => format!(
                    "已撤销 {} 条；{} 条在导入后被修改，保持不变",
                    report.undone, report.kept
                ),
                Tongue::En => format!(
                    "{} records taken back; {} were changed since and left alone",
                    report.undone, report.kept
                ),
            });
            Ok(ExitCode::SUCCESS)
        }
        None => bring_in(&engine, import.given).await,
    }
}

async fn bring_in(engine: &Arc<Engine>, given: Given) -> Result<ExitCode, Trouble> {
    let language = Language::from(given.who.language);
    let actor = acting(engine, given.who.login.as_deref(), given.who.language).await?;
    let (Some(path), Some(object)) = (&given.file, &given.object) else {
        return Err(Trouble("which file, and records of which object?".into()));
    };
    let wrong = |error| refused(engine, error, object, language);
    let file = upload(engine, &actor, path).await?;
    let mut found = engine.analyse_import(&actor, object, file, None).await.map_err(wrong)?;
    if let (Some(wanted), Format::Xlsx { sheets, .. }) = (&given.sheet, &found.format) {
        let format = Format::Xlsx { sheet: wanted.clone(), sheets: sheets.clone() };
        found = engine.analyse_import(&actor, object, file, Some(format)).await.map_err(wrong)?;
    }
    let plan = plan(&given, object, &found)?;
    tell_mapping(engine, &found, &plan, language);
    let id = engine.prepare_import(&actor, None, file, &plan).await.map_err(wrong)?;
    let task = if given.dry_run { Task::Check } else { Task::Run };
    let Some(report) = perform(engine, &actor, id, task).await? else {
        return Ok(ExitCode::FAILURE);
    };
    tell_report(engine, &plan.object, &report, language);
    if report.bad > 0 {
        let to = given.errors.unwrap_or_else(|| beside(path));
        let bytes = engine.import_errors(&actor, id).await?;
        std::fs::write(&to, bytes).map_err(|error| Trouble::at(to.display(), &error))?;
        say(&match language {
            Language::Zh => format!("问题行已写入 {}", to.display()),
            Language::En => format!("the bad rows are in {}", to.display()),
        });
    }
    say(&match (language, given.dry_run) {
        (Language::Zh, true) => "试导入：没有写入任何记录".to_owned(),
        (Language::En, true) => "a dry run: nothing was written".to_owned(),
        (Language::Zh, false) => format!("导入编号 {id}，撤销：jinyao import undo {id}"),
        (Language::En, false) => format!("import {id}; to take it back: jinyao import undo {id}"),
    });
    Ok(if report.unreadable.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn upload(engine: &Engine, actor: &Actor, path: &Path) -> Result<Uuid, Trouble> {
    let failed = |error: std::io::Error| Trouble::at(path.display(), &error);
    let mut file = tokio::fs::File::open(path).await.map_err(failed)?;
    let mut upload = engine.upload(actor).await?;
    let mut part = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut part).await.map_err(failed)?;
        let Some(bytes) = part.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        upload.write(bytes).await?;
    }
    let blob = upload.finish(engine.now()).await?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(engine.add_file(actor, blob, &name, "").await?.id)
}

/// The suggested mapping with what was asked for instead.
fn plan(given: &Given, object: &str, found: &Analysis) -> Result<ImportPlan, Trouble> {
    let mut asked = BTreeMap::new();
    for pair in &given.map {
        let (header, field) = pair
            .rsplit_once('=')
            .ok_or_else(|| Trouble(format!("--map {pair}: write HEADER=FIELD")))?;
        if !found.columns.iter().any(|column| column.header == header) {
            return Err(Trouble(format!("--map {pair}: there is no column `{header}`")));
        }
        asked.insert(header, field);
    }
    let columns = found.columns.iter().filter_map(|column| {
        let field = match asked.get(column.header.as_str()) {
            Some(field) => (!field.is_empty()).then(|| (*field).to_owned()),
            None => column.field.clone(),
        };
        Some(ColumnPlan {
            column: column.column,
            header: column.header.clone(),
            field: field?,
            multiplier: column.multiplier.clone(),
            date_order: None,
        })
    });
    let name = |text: &str| Name::new(text).map_err(|error| Trouble::at(text, &error));
    Ok(ImportPlan {
        object: name(object)?,
        format: found.format.clone(),
        header_row: found.header_row,
        columns: columns.collect(),
        mode: match given.mode {
            How::Create => Mode::Create,
            How::Update => Mode::Update,
            How::Upsert => Mode::Upsert,
        },
        match_by: given.match_by.iter().map(|text| name(text)).collect::<Result<_, _>>()?,
        keep_origin: given.keep_origin,
        clear_empty: given.clear_empty,
    })
}

fn tell_mapping(engine: &Engine, found: &Analysis, plan: &ImportPlan, language: Language) {
    let format = match &found.format {
        Format::Csv { encoding, delimiter } => format!("CSV, {encoding}, `{delimiter}`"),
        Format::Xlsx { sheet, .. } => format!("XLSX, {sheet}"),
    };
    say(&match language {
        Language::Zh => format!("{format}，表头在第 {} 行", found.header_row),
        Language::En => format!("{format}, headers in row {}", found.header_row),
    });
    let catalogue = engine.catalogue();
    let object = catalogue.object(plan.object.as_str()).map(|(_, object)| object);
    for column in &found.columns {
        let planned = plan.columns.iter().find(|planned| planned.column == column.column);
        let to = match (planned, language) {
            (Some(planned), _) => {
                let field = object.and_then(|object| object.field(&planned.field));
                let label = field.map_or("", |(_, field)| field.label.get(language));
                let times = planned.multiplier.as_ref().map(|by| format!(" × {by}"));
                format!("{}{} {label}", planned.field, times.unwrap_or_default())
            }
            (None, Language::Zh) => "不导入".to_owned(),
            (None, Language::En) => "left out".to_owned(),
        };
        say(&format!("  {} → {to}", column.header));
    }
}

/// Does a task as a job of this process. `None` when it failed.
async fn perform(
    engine: &Arc<Engine>,
    actor: &Actor,
    import: Uuid,
    task: Task,
) -> Result<Option<Report>, Trouble> {
    let id = engine
        .start_import(actor, import, task)
        .await
        .map_err(|error| refused(engine, error, "", actor.language))?;
    if super::job::carried_out(engine, id).await?.is_none() {
        return Ok(None);
    }
    let import = engine.import(actor, import).await?;
    let report = import.report.as_deref().map(serde_json::from_slice);
    report.transpose().map_err(|error| Trouble::at("the report", &error))
}

fn tell_report(engine: &Engine, object: &Name, report: &Report, language: Language) {
    say(&match language {
        Language::Zh => format!(
            "共 {} 行：新建 {}，更新 {}，无变化 {}，有问题 {}",
            report.rows, report.created, report.updated, report.unchanged, report.bad
        ),
        Language::En => format!(
            "{} rows: {} created, {} updated, {} unchanged, {} bad",
            report.rows, report.created, report.updated, report.unchanged, report.bad
        ),
    });
    let catalogue = engine.catalogue();
    let object = catalogue.object(object.as_str()).map(|(_, object)| object);
    for row in &report.first_bad {
        let reasons: Vec<String> = row
            .violations
            .iter()
            .map(|cell| format!("[{}] {}", cell.field, message(cell, object, language)))
            .collect();
        say(&match language {
            Language::Zh => format!("  第 {} 行：{}", row.line, reasons.join("；")),
            Language::En => format!("  row {}: {}", row.line, reasons.join("; ")),
        });
    }
    if let Some(stopped) = &report.unreadable {
        say(&message(stopped, object, language));
    }
}

/// The error file's place unless told otherwise.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(".errors.csv");
    file.with_file_name(name)
}
