//! Aggregates over the records that refer to this one, as correlated subqueries.

use schema::expr::{Aggregate, AggregateFn};

use super::{Compiler, Rep, Sql, unsupported};
use crate::Error;
use crate::db::Dialect;

impl Compiler<'_> {
    pub(crate) fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Sql, Error> {
        let outer = self.here(0)?;
        let scope = self.enter(aggregate.object);
        let parts = self.parts(aggregate, &outer, scope);
        self.leave();
        let (value, filter) = parts?;
        let from = self.from(scope)?;
        let missing = || Error::Internal("an aggregate of nothing".into());
        Ok(match aggregate.function {
            AggregateFn::Count => {
                Sql::new(Rep::Scaled(0), format!("(SELECT count(*) FROM {from} WHERE {filter})"))
            }
            AggregateFn::Any => {
                let text = format!("EXISTS (SELECT 1 FROM {from} WHERE {filter})");
                Sql::new(Rep::Condition, text)
            }
            AggregateFn::All => {
                let value = self.as_condition(value.ok_or_else(missing)?)?;
                let text = format!(
                    "(NOT EXISTS (SELECT 1 FROM {from} WHERE {filter} AND ({value}) IS NOT TRUE))"
                );
                Sql::new(Rep::Condition, text)
            }
            AggregateFn::Sum | AggregateFn::Avg | AggregateFn::Min | AggregateFn::Max => {
                let value = value.ok_or_else(missing)?;
                let alias = &self.scope(scope)?.alias;
                if is_column(&value.text, alias) {
                    let (rep, folded) = self.folded(aggregate.function, value)?;
                    return Ok(Sql::new(
                        rep,
                        format!("(SELECT {folded} FROM {from} WHERE {filter})"),
                    ));
                }
                // By SQL's rule an aggregate belongs to the query its argument's columns are of,
                // which may be an outer one; a column of a derived table settles that.
                let inner = format!("SELECT {} AS v FROM {from} WHERE {filter}", value.text);
                let column = Sql::new(value.rep, "a.v");
                let (rep, folded) = self.folded(aggregate.function, column)?;
                Sql::new(rep, format!("(SELECT {folded} FROM ({inner}) a)"))
            }
        })
    }

    fn parts(
        &mut self,
        aggregate: &Aggregate,
        outer: &super::frame::Place,
        scope: usize,
    ) -> Result<(Option<Sql>, String), Error> {
        let alias = self.scope(scope)?.alias.clone();
        let id = format!("{}.\"id\"", outer.alias);
        let refers = self.refers(&alias, (aggregate.object, aggregate.by), &id, outer.object)?;
        let mut filter = refers;
        if let Some(condition) = &aggregate.filter {
            filter = format!("{filter} AND {}", self.condition(condition)?);
        }
        let value = aggregate.value.as_ref().map(|value| self.node(value)).transpose()?;
        Ok((value, filter))
    }

    fn folded(&self, function: AggregateFn, value: Sql) -> Result<(Rep, String), Error> {
        match function {
            AggregateFn::Sum => Ok((Rep::Number, self.sum(value)?)),
            AggregateFn::Avg => Ok((Rep::Number, self.mean(value)?)),
            AggregateFn::Min => self.extreme("min", value),
            _ => self.extreme("max", value),
        }
    }

    /// Total of a column's values; 0 over nothing.
    pub(crate) fn sum(&self, value: Sql) -> Result<String, Error> {
        Ok(match (self.dialect, value.rep) {
            (Dialect::Sqlite, Rep::Scaled(scale)) => format!("jy_sum({}, {scale})", value.text),
            (Dialect::Sqlite, _) => format!("jy_sum({}, -1)", self.as_number(value)?),
            (Dialect::Postgres, _) => {
                format!("jy_bound(coalesce(sum({}), 0))", self.as_number(value)?)
            }
        })
    }

    /// Mean of a column's values; empty over nothing.
    pub(crate) fn mean(&self, value: Sql) -> Result<String, Error> {
        Ok(match (self.dialect, value.rep) {
            (Dialect::Sqlite, Rep::Scaled(scale)) => format!("jy_avg({}, {scale})", value.text),
            (Dialect::Sqlite, _) => format!("jy_avg({}, -1)", self.as_number(value)?),
            (Dialect::Postgres, _) => {
                let value = self.as_number(value)?;
                format!("jy_div(jy_bound(sum({value})), count({value})::numeric)")
            }
        })
    }

    /// Least or greatest of a column's values.
    pub(crate) fn extreme(&self, name: &str, value: Sql) -> Result<(Rep, String), Error> {
        match value.rep {
            Rep::Scaled(_) | Rep::Number | Rep::Days | Rep::Micros => {}
            // PostgreSQL orders text by its column's collation, which is "C" for all of ours.
            Rep::Text if self.dialect == Dialect::Postgres => {
                return Ok((value.rep, format!("{name}(({}) COLLATE \"C\")", value.text)));
            }
            Rep::Text | Rep::Empty => {}
            _ => return unsupported("the least or greatest of values without an order"),
        }
        Ok((value.rep, format!("{name}({})", value.text)))
    }
}

/// Whether `text` is a column of the table at `alias` and nothing else.
fn is_column(text: &str, alias: &str) -> bool {
    let name = text.strip_prefix(alias).and_then(|rest| rest.strip_prefix(".\""));
    name.is_some_and(|name| name.find('"') == Some(name.len() - 1))
}
