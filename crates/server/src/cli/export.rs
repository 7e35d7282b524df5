//! `jinyao export`: take records out in a file, under a user's rights.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use engine::export::{ExportFormat, ExportRequest};
use schema::Query;
use schema::catalogue::Language;
use schema::query::Sort;
use tokio::io::AsyncWriteExt;

use super::{Tongue, acting, refused, say};
use crate::config::Config;
use crate::start::{self, Trouble};

/// What to take out.
#[derive(Debug, Args)]
pub struct Export {
    /// Object whose records.
    #[arg(long)]
    object: String,
    /// A condition, such as `name is not empty`.
    #[arg(long)]
    filter: Option<String>,
    /// Words to find.
    #[arg(long)]
    search: Option<String>,
    /// Field paths, separated by commas; all that may be exported by default.
    #[arg(long, value_delimiter = ',')]
    columns: Vec<String>,
    /// Fields, separated by commas; `-` for descending.
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    sort: Vec<String>,
    /// Form of the file.
    #[arg(long, value_enum, default_value_t = Form::Csv)]
    format: Form,
    /// What it is for; kept in the audit log and printed in the file.
    #[arg(long)]
    purpose: String,
    /// Login of the user whose rights apply.
    #[arg(long = "as", value_name = "LOGIN")]
    login: String,
    /// File to write.
    #[arg(long, short)]
    output: PathBuf,
    /// Language of headings and sentences.
    #[arg(long, value_enum, default_value_t = Tongue::Zh)]
    language: Tongue,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// UTF-8 text with commas.
    Csv,
    /// A workbook.
    Xlsx,
}

/// Runs the command.
pub async fn run(export: Export, config: &Config) -> Result<ExitCode, Trouble> {
    let engine = start::open(config).await?;
    let language = Language::from(export.language);
    let actor = acting(&engine, Some(&export.login), export.language).await?;
    let sort = export.sort.iter().map(|text| match text.strip_prefix('-') {
        Some(field) => Sort { field: field.to_owned(), descending: true },
        None => Sort { field: text.clone(), descending: false },
    });
    let query = Query {
        columns: export.columns,
        filter: export.filter,
        search: export.search,
        sort: sort.collect(),
        ..Query::of(&export.object)
    };
    let format = match export.format {
        Form::Csv => ExportFormat::Csv,
        Form::Xlsx => ExportFormat::Xlsx,
    };
    let request = ExportRequest { query, format, purpose: export.purpose };
    let begun = engine.export(&actor, request).await;
    let mut begun = begun.map_err(|error| refused(&engine, error, &export.object, language))?;
    let failed = |error: std::io::Error| Trouble::at(export.output.display(), &error);
    let mut file = tokio::fs::File::create(&export.output).await.map_err(failed)?;
    while let Some(part) = begun.parts.recv().await {
        file.write_all(&part?).await.map_err(failed)?;
    }
    file.sync_all().await.map_err(failed)?;
    say(&match language {
        Language::Zh => format!("{} 行已写入 {}", begun.rows, export.output.display()),
        Language::En => format!("{} rows are in {}", begun.rows, export.output.display()),
    });
    Ok(ExitCode::SUCCESS)
}
