//! Publish: tables, definitions and the catalogue's row, in one transaction on both databases.

use kernel::Instant;
use schema::measure::Measure;
use schema::{Catalogue, ObjectIx};
use uuid::Uuid;

use super::names::quoted;
use super::write::Write;
use super::{column, tables};
use crate::db::{Cell, Dialect, Step};
use crate::{Error, Store};

pub use super::tables::Ddl;

/// Functions that generated SQL calls on PostgreSQL.
const FUNCTIONS: &str = include_str!("sql/functions.sql");

/// Key of the lock that makes publishes and preparations wait for each other.
const LOCK: i64 = 0x6a79_7075_626c;

/// What a publish writes besides tables.
#[derive(Debug, Clone)]
pub struct Publish {
    /// Number of the new catalogue; one more than the last.
    pub version: u64,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: Uuid,
    /// Why.
    pub note: String,
    /// The files it is made of: path and text.
    pub texts: Vec<(String, String)>,
    /// What goes with it: audit entries, events, jobs (such as filling new indexes) and steps of the
    /// store's own modules. It changes no record.
    pub write: Write,
}

impl Store {
    /// Tells the database's planner how many records an object now has, after many were written, and
    /// how many rows what is kept of them has. SQLite plans by its indexes alone.
    pub async fn refresh_statistics(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
    ) -> Result<(), Error> {
        if self.db.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        self.db.maintain(&format!("ANALYZE {}", plan.table)).await?;
        if !plan.searched.is_empty() {
            let search = super::names::search_table(plan.name.as_str());
            self.db.maintain(&format!("ANALYZE {search}")).await?;
        }
        if plan.matched.is_some() {
            self.db.maintain("ANALYZE jy_match_key").await?;
        }
        let counts = |measure: &Measure| measure.sources.iter().any(|s| s.object == object);
        if catalogue.measures.values().any(counts) {
            for table in ["carrier", "day", "month", "below"] {
                self.db.maintain(&format!("ANALYZE jy_measure_{table}")).await?;
            }
        }
        Ok(())
    }

    /// Makes the database ready for generated SQL. Safe to repeat; call it after every migration.
    pub async fn prepare(&self) -> Result<(), Error> {
        if self.db.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let script = format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK}); {FUNCTIONS} COMMIT;");
        self.db.maintain(&script).await?;
        match &self.audit {
            Some(audit) => audit.prepare().await,
            None => Ok(()),
        }
    }

    /// The statements that bring the database from what it has to what `next` needs.
    ///
    /// # Errors
    /// [`Error::Refused`] when a field of `old` would have to be stored in another way.
    pub async fn plan(&self, old: &Catalogue, next: &Catalogue) -> Result<Vec<Ddl>, Error> {
        keeps_storage(old, next)?;
        let dialect = self.db.dialect();
        let present = tables::present(&self.db).await?;
        Ok(tables::missing(&tables::wanted(next, dialect), &present, dialect))
    }

    /// Makes `next` the published catalogue: brings the tables to it and stores its texts, all or
    /// nothing. Returns the statements that were run.
    ///
    /// # Errors
    /// [`Error::Refused`] when a unique constraint meets records that repeat a value (up to ten are
    /// named), a field would be stored in another way, or another publish was quicker.
    pub async fn publish(
        &self,
        old: &Catalogue,
        next: &Catalogue,
        publish: Publish,
    ) -> Result<Vec<Ddl>, Error> {
        let plan = self.plan(old, next).await?;
        for (table, columns, among) in plan.iter().filter_map(|ddl| ddl.unique.as_ref()) {
            self.refuse_repeats(table, columns, among).await?;
        }
        let mut steps = self.publish_steps(&plan, &publish)?;
        steps.extend(publish.write.system.iter().cloned());
        steps.extend(self.journal(&publish.write));
        let done = self.db.run(steps).await;
        self.plans.store(None);
        match done {
            Ok(_) => Ok(plan),
            Err(crate::ScriptError::Unique { step: 0 | 1, .. }) => {
                Err(Error::Refused(format!("version {} is published already", publish.version)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn publish_steps(&self, plan: &[Ddl], publish: &Publish) -> Result<Vec<Step>, Error> {
        if !publish.write.changes.is_empty() || !publish.write.guards.is_empty() {
            return Err(Error::Internal("a publish that changes records".into()));
        }
        let version = i64::try_from(publish.version)
            .map_err(|_| Error::Internal("a version is out of range".into()))?;
        let mut steps = Vec::new();
        if self.db.dialect() == Dialect::Postgres {
            let sql = format!("SELECT pg_advisory_xact_lock({LOCK})::text");
            steps.push(Step::new(sql, Vec::new()));
        }
        let catalogue = "INSERT INTO jy_catalogue (version, published_at, published_by, note, \
                         state) VALUES ($1, $2, $3, $4, 'published')";
        let params = vec![
            version.into(),
            publish.at.into(),
            publish.by.into(),
            publish.note.as_str().into(),
        ];
        steps.push(Step::new(catalogue, params));
        for (ddl, step) in plan.iter().zip(0_i64..) {
            steps.push(Step::new(ddl.sql.as_str(), Vec::new()));
            let journal = "INSERT INTO jy_ddl_journal (version, step, sql, state) \
                           VALUES ($1, $2, $3, 'done')";
            let params = vec![version.into(), step.into(), ddl.sql.as_str().into()];
            steps.push(Step::new(journal, params));
        }
        for (path, text) in &publish.texts {
            let sql = "INSERT INTO jy_definition (version, path, text) VALUES ($1, $2, $3)";
            let params = vec![version.into(), path.as_str().into(), text.as_str().into()];
            steps.push(Step::new(sql, params));
        }
        Ok(steps)
    }

    async fn refuse_repeats(
        &self,
        table: &str,
        columns: &[String],
        among: &str,
    ) -> Result<(), Error> {
        // Columns of the condition are the quoted names in it.
        let mut all: Vec<String> = columns.to_vec();
        all.extend(among.split('"').skip(1).step_by(2).map(str::to_owned));
        let present = tables::has_columns(&self.db, table, &all).await?;
        if !present {
            return Ok(());
        }
        let (list, all) = (columns.join(", "), columns.join(" IS NOT NULL AND "));
        let sql = format!(
            "SELECT count(*), {list} FROM {table} WHERE {all} IS NOT NULL{among} \
             GROUP BY {list} HAVING count(*) > 1 LIMIT 10"
        );
        let rows = self.db.read(&sql, &[]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let named: Vec<String> = rows.iter().map(|row| repeat(row)).collect();
        Err(Error::Refused(format!(
            "{table} already holds records that repeat {list}: {}",
            named.join("; ")
        )))
    }
}

fn repeat(row: &[Cell]) -> String {
    let (count, values) = row.split_first().unwrap_or((&Cell::Null, &[]));
    let values: Vec<String> = values
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) => format!("`{text}`"),
            Cell::Int(value) => value.to_string(),
            Cell::Uuid(id) => id.to_string(),
            Cell::Bytes(_) | Cell::Null => "(encrypted)".to_owned(),
        })
        .collect();
    format!("{} ({} times)", values.join(", "), count.int().unwrap_or_default())
}

/// A field's way of storage never changes: what is stored would be read as something else.
fn keeps_storage(old: &Catalogue, next: &Catalogue) -> Result<(), Error> {
    for object in next.objects.values() {
        let Some((_, before)) = old.object(object.name.as_str()) else { continue };
        for (field, slot) in object.fields.values().zip(0_u16..) {
            let Some((at, _, was)) = before.fields.get_full(&field.name) else { continue };
            let at = schema::Slot(u16::try_from(at).unwrap_or(u16::MAX));
            let was = column::storage(at, was);
            if was != column::storage(schema::Slot(slot), field) {
                return Err(Error::Refused(format!(
                    "{} of {} is stored in another way; make a new field",
                    quoted(field.name.as_str()),
                    quoted(object.name.as_str())
                )));
            }
        }
    }
    Ok(())
}
