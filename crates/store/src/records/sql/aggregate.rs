//! Aggregates over the records that refer to this one, as correlated subqueries.

use schema::expr::{Aggregate, AggregateFn};

use schema::field::{Hop, Reach};

use super::frame::Place;
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
        outer: &Place,
        scope: usize,
    ) -> Result<(Option<Sql>, String), Error> {
        let alias = self.scope(scope)?.alias.clone();
        let id = format!("{}.\"id\"", outer.alias);
        let refers = match aggregate.reach.as_deref() {
            None => self.refers(&alias, (aggregate.object, aggregate.by), &id, outer.object)?,
            Some(reach) => self.reached(aggregate, reach, &alias, &id)?,
        };
        let mut filter = refers;
        if let Some(condition) = &aggregate.filter {
            filter = format!("{filter} AND {}", self.condition(condition)?);
        }
        let value = aggregate.value.as_ref().map(|value| self.node(value)).transpose()?;
        Ok((value, filter))
    }

    /// The condition that a record is reached: by ids, so that each counts once.
    fn reached(
        &mut self,
        aggregate: &Aggregate,
        Reach { through, also }: &Reach,
        alias: &str,
        id: &str,
    ) -> Result<String, Error> {
        let ends = self.hop(through, &format!("= {id}"))?;
        let by = self.plans.at(aggregate.object)?.column(aggregate.by)?.quoted();
        let Some(also) = also else { return Ok(format!("{alias}.{by} IN ({ends})")) };
        let linked = self.hop(also, &format!("IN ({ends})"))?;
        let table = &self.plans.at(aggregate.object)?.table;
        Ok(format!(
            "{alias}.\"id\" IN (SELECT w.\"id\" FROM {table} w WHERE w.{by} IN ({ends}) \
             UNION {linked})"
        ))
    }

    /// Where the records lead whose reference back meets `meets`.
    fn hop(&mut self, hop: &Hop, meets: &str) -> Result<String, Error> {
        let missing = || Error::Internal(format!("no way through `{}`", hop.object));
        let (ix, object) = self.catalogue.object(hop.object.as_str()).ok_or_else(missing)?;
        let column = |name: &schema::Name| {
            let (slot, _) = object.field(name.as_str()).ok_or_else(missing)?;
            Ok::<_, Error>(self.plans.at(ix)?.column(slot)?.quoted())
        };
        let (by, to) = (column(&hop.by)?, column(&hop.to)?);
        let scope = self.enter(ix);
        let filter = hop.filter.as_ref().map(|filter| self.condition(&filter.root)).transpose();
        self.leave();
        let filter = filter?.map_or_else(String::new, |filter| format!(" AND {filter}"));
        let (from, alias) = (self.from(scope)?, self.scope(scope)?.alias.clone());
        Ok(format!("SELECT {alias}.{to} FROM {from} WHERE {alias}.{by} {meets}{filter}"))
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
