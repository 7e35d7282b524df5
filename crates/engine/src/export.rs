//! Taking records out in files: CSV or XLSX, under the export right.
//!
//! An export is a query under the rights of action `export`: rows and columns are what a grant with
//! that action shows, masked as on screen. It has a purpose, a row limit, a watermark, and an audit
//! entry that is committed before the first row leaves. Many rows, or columns of sensitive data in
//! clear, leave only once somebody else has approved the request.

mod approval;
mod columns;

use std::io::{self, BufWriter, Write};

use rust_xlsxwriter::{Format as Style, Workbook};
use schema::catalogue::Action;
use schema::query::{Query, limit};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;

pub use approval::ExportAsked;
pub(crate) use approval::ExportOrder;

use self::approval::Approved;
use crate::moment::Moment;
use crate::read::plan::Plan;
use crate::read::{Permission, View, expand};
use crate::write::{Context, Entry};
use crate::{Actor, Engine, Error, Refusal, Violation};

/// Rows of a workbook at most; larger exports are CSV.
const WORKBOOK_ROWS: u32 = 100_000;
/// Bytes of a workbook that leave at once.
const PART: usize = 64 * 1024;

/// What to export.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// Rows and columns; paging is ignored.
    pub query: Query,
    /// File form.
    #[serde(default)]
    pub format: ExportFormat,
    /// What it is for; kept in the audit log and printed in the file. Words that name a purpose of
    /// the definitions narrow the rows to those it permits.
    pub purpose: String,
}

/// Form of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// UTF-8 with a byte-order mark, so that spreadsheets read it right.
    #[default]
    Csv,
    /// A workbook.
    Xlsx,
}

/// An export under way: parts of the file in order.
pub struct Export {
    /// Rows it will have.
    pub rows: u64,
    /// Who was left out, when it is for a purpose that not everybody is open to.
    pub permission: Option<Permission>,
    /// The parts; an error ends it.
    pub parts: mpsc::Receiver<Part>,
}

/// A part of a file, or why it goes no further.
type Part = Result<Vec<u8>, Error>;

impl Engine {
    /// Starts an export. Refused when more rows match than the actor's roles may export. Reads page
    /// by page while the receiver keeps up, so memory stays bounded.
    pub async fn export(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        request: ExportRequest,
    ) -> Result<Export, Error> {
        let begun = self.begin_export(actor, request, None).await;
        self.noting_refusal(actor, "export", begun).await
    }

    async fn begin_export(
        self: &std::sync::Arc<Self>,
        actor: &Actor,
        request: ExportRequest,
        approved: Option<Approved>,
    ) -> Result<Export, Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let request = context.readied(request)?;
        let ExportRequest { query, format, purpose } = request;
        let mut plan = Plan::of(&context, &query, Action::Export)?;
        let rows = context.exported(&plan, format).await?;
        match &approved {
            Some(approved) => approved.check(&context, &plan, rows)?,
            None => context.unless_approved(&plan, rows)?,
        }
        context.reach_out(&plan)?;
        let permission = context.permission(&mut plan, true).await?;
        let number = self.next_id(moment.now);
        let detail = json!({
            "export": number, "object": query.object, "columns": query.columns,
            "filter": query.filter, "search": query.search, "rows": rows, "purpose": purpose,
            "permission": permission, "request": approved.map(|approved| approved.request),
        });
        let entry = Entry {
            kind: "export",
            object: Some(plan.object),
            record: None,
            reason: Some(&purpose),
            detail,
        };
        let audit = vec![crate::write::entry(&context, entry)];
        let write = store::Write { audit, ..store::Write::default() };
        self.store().commit(&catalogue, write).await.map_err(|error| context.explain(error))?;
        let who = self.account(actor.user()).await?.map(|account| account.login);
        let who = who.unwrap_or_else(|| actor.user().to_string());
        let when = kernel::time::shanghai_time(moment.now).strftime("%Y-%m-%d %H:%M:%S");
        let mark = format!("{who} · {when} · {purpose} · {number}");
        let (sender, parts) = mpsc::channel(4);
        let (engine, actor) = (self.clone(), actor.clone());
        tokio::spawn(async move {
            let done = engine.write_file(&actor, (query, format), &mark, &sender).await;
            if let Err(error) = done {
                drop(sender.send(Err(error)).await);
            }
        });
        Ok(Export { rows, permission, parts })
    }

    async fn write_file(
        &self,
        actor: &Actor,
        (query, format): (Query, ExportFormat),
        mark: &str,
        sender: &mpsc::Sender<Part>,
    ) -> Result<(), Error> {
        let catalogue = self.catalogue();
        let actor = &*self.under(actor, &catalogue).await?;
        let moment = Moment::new(catalogue.clone(), self.now());
        let context = Context::new(self, &catalogue, &moment, actor);
        let plan = Plan::of(&context, &query, Action::Export)?;
        let mut file = File::new(format)?;
        file.row(&plan.headings(&context))?;
        let mut after = None;
        loop {
            let select = plan.select(&context, after.take(), limit::ROWS);
            let rows = self.store().select(&catalogue, &select).await?;
            let mut records: Vec<View> = rows.iter().map(|row| plan.view(&context, row)).collect();
            expand::paths(&context, &plan, &rows, &mut records).await?;
            expand::titles(&context, &plan, &rows, &mut records).await?;
            for (row, record) in rows.iter().zip(&records) {
                file.row(&plan.texts(&context, row, record))?;
            }
            let full = rows.len() >= usize::try_from(limit::ROWS).unwrap_or(usize::MAX);
            after = rows.last().map(|row| plan.sort_key(row));
            let part = file.take()?;
            if !part.is_empty() && sender.send(Ok(part)).await.is_err() {
                return Ok(());
            }
            if !full {
                break;
            }
        }
        file.row(&[mark.to_owned()])?;
        file.finish(sender).await
    }
}

impl Context<'_> {
    /// A request with its purpose tidied up, for whole rows from the first on.
    fn readied(&self, request: ExportRequest) -> Result<ExportRequest, Refusal> {
        let purpose = request.purpose.trim().to_owned();
        if !(2..=200).contains(&purpose.chars().count()) {
            return Err(Refusal::invalid("purpose", "required"));
        }
        let mut query = request.query;
        (query.cursor, query.limit, query.expand) = (None, limit::ROWS, true);
        query.permitted_for = query.permitted_for.or_else(|| self.purpose_named(&purpose));
        Ok(ExportRequest { query, purpose, ..request })
    }

    /// Rows a file would have. Refused when they are more than the actor's roles may export, or than
    /// fit the form.
    async fn exported(&self, plan: &Plan<'_>, format: ExportFormat) -> Result<u64, Error> {
        if plan.is_grouped() {
            return Err(Refusal::invalid("query", "not_exportable").into());
        }
        let most = self.actor.rights().export_rows;
        let most = if format == ExportFormat::Xlsx { most.min(WORKBOOK_ROWS) } else { most };
        let rows = self.rows(plan, most.saturating_add(1)).await?;
        if rows > u64::from(most) {
            let violation = Violation::new("query", "export_limit").with("max", most.to_string());
            return Err(Refusal::Invalid(vec![violation]).into());
        }
        Ok(rows)
    }
}

/// A file being written.
enum File {
    Csv(Box<csv::Writer<Vec<u8>>>),
    Xlsx { book: Box<Workbook>, row: u32 },
}

impl File {
    fn new(format: ExportFormat) -> Result<File, Error> {
        match format {
            ExportFormat::Csv => {
                let start = vec![0xef, 0xbb, 0xbf];
                let writer = csv::WriterBuilder::new().flexible(true).from_writer(start);
                Ok(File::Csv(Box::new(writer)))
            }
            ExportFormat::Xlsx => {
                let mut book = Box::new(Workbook::new());
                book.add_worksheet_with_constant_memory()
                    .map_err(|error| Error::Internal(error.to_string()))?;
                Ok(File::Xlsx { book, row: 0 })
            }
        }
    }

    fn row(&mut self, texts: &[String]) -> Result<(), Error> {
        let wrong = |error: String| Error::Internal(error);
        match self {
            File::Csv(writer) => writer
                .write_record(texts.iter().map(|text| harmless(text)))
                .map_err(|error| wrong(error.to_string())),
            File::Xlsx { book, row } => {
                let sheet = book.worksheet_from_index(0).map_err(|e| wrong(e.to_string()))?;
                let style = Style::new().set_num_format("@");
                for (column, text) in texts.iter().enumerate() {
                    let column = u16::try_from(column).unwrap_or(u16::MAX);
                    sheet
                        .write_string_with_format(*row, column, text, &style)
                        .map_err(|error| wrong(error.to_string()))?;
                }
                *row += 1;
                Ok(())
            }
        }
    }

    /// What can leave already: everything of a CSV, nothing of a workbook, whose rows wait in a file
    /// without a name until they are packed.
    fn take(&mut self) -> Result<Vec<u8>, Error> {
        match self {
            File::Csv(writer) => {
                let next = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
                std::mem::replace(&mut **writer, next)
                    .into_inner()
                    .map_err(|error| Error::Internal(error.to_string()))
            }
            File::Xlsx { .. } => Ok(Vec::new()),
        }
    }

    /// Sends what is left. A workbook is packed away from the threads that answer requests, and
    /// leaves as it is packed.
    async fn finish(self, sender: &mpsc::Sender<Part>) -> Result<(), Error> {
        match self {
            File::Csv(writer) => {
                let last = writer.into_inner().map_err(|e| Error::Internal(e.to_string()))?;
                drop(sender.send(Ok(last)).await);
                Ok(())
            }
            File::Xlsx { mut book, .. } => {
                let parts = Parts(sender.clone());
                let pack = move || {
                    let mut parts = BufWriter::with_capacity(PART, parts);
                    let packed = book.save_to_writer(&mut parts).map_err(|e| e.to_string());
                    packed.and_then(|()| parts.flush().map_err(|error| error.to_string()))
                };
                let packed = tokio::task::spawn_blocking(pack).await;
                match packed.map_err(|error| Error::Internal(error.to_string()))? {
                    Err(error) if !sender.is_closed() => Err(Error::Internal(error)),
                    _ => Ok(()),
                }
            }
        }
    }
}

/// Whoever reads an export, as a place to write to; waits while they do not keep up.
struct Parts(mpsc::Sender<Part>);

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(bytes.to_vec()));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A cell that no spreadsheet takes for a formula: a text that starts like one gets a leading
/// apostrophe; plain numbers stay as they are.
#[must_use]
pub fn harmless(text: &str) -> String {
    let suspect = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let number = || text.parse::<kernel::Decimal>().is_ok();
    if suspect && !number() { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        let check = |text: &str, expected: &str| assert_eq!(harmless(text), expected);
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("-12.50", "-12.50");
        check("+86 138", "'+86 138");
        check("＝cmd", "'＝cmd");
        check("张三", "张三");
    }
}
