//! Groups: keys and measures over the rows a query selects, under the same conditions.

use schema::expr::Path;
use schema::query::{Bucket, MeasureFn};
use schema::{Catalogue, Value};

use super::plan::Plans;
use super::rows::{conditions, from};
use super::select::{Select, Statement, plain, shown};
use super::sql::{Compiler, Rep, Sql};
use crate::db::Row;
use crate::{Error, Store};

/// Groups asked for.
pub struct AggregateQuery<'a> {
    /// Which rows: its scope, filter and search. Its columns, sort and page are not used; its limit
    /// is the most groups.
    pub rows: Select<'a>,
    /// Keys: a field each, and for dates and instants the span that counts as one.
    pub keys: Vec<(Path, Bucket)>,
    /// Measures: a function each, of a field (none for a plain count).
    pub measures: Vec<(MeasureFn, Option<Path>)>,
}

impl Store {
    /// Groups ordered by their keys: each row holds the keys, then the measures.
    pub async fn aggregate(
        &self,
        catalogue: &Catalogue,
        query: &AggregateQuery<'_>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        let plans = self.plans(catalogue);
        let Some(grouped) = self.grouped(catalogue, &plans, query)? else { return Ok(Vec::new()) };
        let rows = self.db.read(&grouped.statement.sql, &grouped.statement.params).await?;
        grouped.values(&rows)
    }

    /// The statement for groups, none when nothing can match.
    pub(super) fn grouped(
        &self,
        catalogue: &Catalogue,
        plans: &Plans,
        query: &AggregateQuery<'_>,
    ) -> Result<Option<Grouped>, Error> {
        let select = &query.rows;
        let mut compiler = self.compiler(catalogue, plans, select.object, select.env)?;
        let mut columns = Vec::new();
        for (path, bucket) in &query.keys {
            let key = compiler.path(path)?;
            columns.push(bucketed(&compiler, key, *bucket)?);
        }
        for (function, path) in &query.measures {
            columns.push(measure(&mut compiler, *function, path.as_ref())?);
        }
        let Some(conditions) = conditions(&mut compiler, select, false)? else { return Ok(None) };
        let from = from(&compiler, conditions.found.as_deref())?;
        let conditions = conditions.sql;
        let names: Vec<String> =
            columns.iter().map(|column| shown(column, compiler.dialect)).collect();
        let mut sql = format!("SELECT {} FROM {from}{conditions}", names.join(", "));
        let keys: Vec<String> = (1..=query.keys.len()).map(|at| at.to_string()).collect();
        if !keys.is_empty() {
            let order: Vec<String> = keys
                .iter()
                .map(|key| format!("{key}{}", super::tables::order(false, compiler.dialect)))
                .collect();
            sql.push_str(&format!(" GROUP BY {} ORDER BY {}", keys.join(", "), order.join(", ")));
        }
        let limit = compiler.bind(i64::from(select.limit).into());
        sql.push_str(&format!(" LIMIT {limit}"));
        let reps = columns.iter().map(|column| column.rep).collect();
        Ok(Some(Grouped { statement: Statement { sql, params: compiler.params }, reps }))
    }
}

/// A compiled [`AggregateQuery`].
pub(super) struct Grouped {
    pub(super) statement: Statement,
    reps: Vec<Rep>,
}

impl Grouped {
    pub(super) fn values(&self, rows: &[Row]) -> Result<Vec<Vec<Value>>, Error> {
        rows.iter()
            .map(|row| row.iter().zip(&self.reps).map(|(cell, rep)| plain(*rep, cell)).collect())
            .collect()
    }
}

fn bucketed(compiler: &Compiler<'_>, key: Sql, bucket: Bucket) -> Result<Sql, Error> {
    if bucket == Bucket::None {
        return match key.rep {
            Rep::Sealed(..) | Rep::List(..) => {
                Err(Error::Unsupported("groups of encrypted values or lists".into()))
            }
            Rep::Condition | Rep::Flag => Ok(Sql::new(Rep::Condition, compiler.as_condition(key)?)),
            _ => Ok(key),
        };
    }
    let day = match key.rep {
        Rep::Micros => format!("jy_date_of({})", key.text),
        Rep::Days => key.text,
        _ => return Err(Error::Unsupported("spans of what is no date".into())),
    };
    let text = match bucket {
        Bucket::None | Bucket::Day => day,
        Bucket::Month => format!("jy_month_start({day})"),
        Bucket::Quarter => {
            let back = compiler
                .as_number(Sql::new(Rep::Scaled(0), format!("-((jy_month({day}) - 1) % 3)")))?;
            format!("jy_add_months(jy_month_start({day}), {back})")
        }
        Bucket::Year => {
            let back =
                compiler.as_number(Sql::new(Rep::Scaled(0), format!("1 - jy_month({day})")))?;
            format!("jy_add_months(jy_month_start({day}), {back})")
        }
    };
    Ok(Sql::new(Rep::Days, text))
}

fn measure(
    compiler: &mut Compiler<'_>,
    function: MeasureFn,
    path: Option<&Path>,
) -> Result<Sql, Error> {
    let Some(path) = path else {
        return match function {
            MeasureFn::Count => Ok(Sql::new(Rep::Scaled(0), "count(*)")),
            _ => Err(Error::Unsupported("a measure of no field".into())),
        };
    };
    let value = compiler.path(path)?;
    Ok(match function {
        MeasureFn::Count => match value.rep {
            Rep::List(..) => return Err(Error::Unsupported("a count of lists".into())),
            _ => Sql::new(Rep::Scaled(0), format!("count({})", value.text)),
        },
        MeasureFn::CountDistinct => {
            let (rep, text) = compiler.different(value)?;
            Sql::new(rep, text)
        }
        MeasureFn::Sum => Sql::new(Rep::Number, compiler.sum(value)?),
        MeasureFn::Avg => Sql::new(Rep::Number, compiler.mean(value)?),
        MeasureFn::Min | MeasureFn::Max => {
            let name = if function == MeasureFn::Min { "min" } else { "max" };
            let (rep, text) = compiler.extreme(name, value)?;
            Sql::new(rep, text)
        }
    })
}
