//! Aggregates over the records that refer to this one, as correlated subqueries.

use schema::expr::{Aggregate, AggregateFn};
use schema::field::{Hop, Reach};
use schema::{ObjectIx, Slot};

use super::frame::Place;
use super::{Compiler, Rep, Sql, unsupported};
use crate::Error;
use crate::db::Dialect;

/// Aggregates over the same records of one: a table of one row beside it. PostgreSQL prepares and
/// runs a subquery for each aggregate otherwise, which costs more than going through few records.
pub(crate) struct Gathered {
    object: ObjectIx,
    by: Slot,
    outer: String,
    scope: usize,
    refers: String,
    alias: String,
    columns: Vec<String>,
}

impl Compiler<'_> {
    /// From here on, aggregates of the outermost record are gathered where that pays; for a
    /// statement about few records, which ends its `FROM` by [`Compiler::gathered`].
    pub(crate) fn gather(&mut self) {
        if self.dialect == Dialect::Postgres {
            self.gathered = Some(Vec::new());
        }
    }

    /// What was gathered, to stand behind all other tables.
    pub(crate) fn gathered(&mut self) -> Result<String, Error> {
        let mut sql = String::new();
        for Gathered { scope, refers, alias, columns, .. } in
            self.gathered.take().unwrap_or_default()
        {
            let columns: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(at, column)| format!("{column} AS c{at}"))
                .collect();
            sql.push_str(&format!(
                " CROSS JOIN LATERAL (SELECT {} FROM {} WHERE {refers}) {alias}",
                columns.join(", "),
                self.from(scope)?
            ));
        }
        Ok(sql)
    }

    pub(crate) fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Sql, Error> {
        if self.gathered.is_some()
            && self.is_outermost()
            && aggregate.reach.is_none()
            && !matches!(aggregate.function, AggregateFn::Any | AggregateFn::All)
            && let Some(gathered) = self.gathering(aggregate)?
        {
            return Ok(gathered);
        }
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
            AggregateFn::CountDistinct
            | AggregateFn::Sum
            | AggregateFn::Avg
            | AggregateFn::Min
            | AggregateFn::Max => {
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

    /// An aggregate as a column of what is gathered; none when it says nothing of the records it is
    /// over, since by SQL's rule it would belong to the outer query then.
    fn gathering(&mut self, aggregate: &Aggregate) -> Result<Option<Sql>, Error> {
        let outer = self.here(0)?;
        let mut all = self.gathered.take().unwrap_or_default();
        let same = |one: &Gathered| {
            one.object == aggregate.object && one.by == aggregate.by && one.outer == outer.alias
        };
        let known = all.iter().position(same);
        let (at, scope) = match known.and_then(|at| Some((at, all.get(at)?.scope))) {
            Some((at, scope)) => {
                self.enter_again(scope, aggregate.object);
                (at, scope)
            }
            None => (all.len(), self.enter(aggregate.object)),
        };
        let bound = self.params.len();
        let column = self.gathered_column(aggregate, scope);
        self.leave();
        if let Some((rep, text)) = column? {
            if at == all.len() {
                let of = (aggregate.object, aggregate.by);
                let record = format!("{}.\"id\"", outer.alias);
                let child = self.scope(scope)?.alias.clone();
                let refers = self.refers(&child, of, &record, outer.object)?;
                let (object, by) = of;
                let (alias, columns) = (self.alias(), Vec::new());
                let outer = outer.alias;
                all.push(Gathered { object, by, outer, scope, refers, alias, columns });
            }
            if let Some(gathered) = all.get_mut(at) {
                gathered.columns.push(text);
                let column = gathered.columns.len() - 1;
                let sql = Sql::new(rep, format!("{}.c{column}", gathered.alias));
                self.gathered = Some(all);
                return Ok(Some(sql));
            }
        }
        // What nothing refers to would have no type.
        self.params.truncate(bound);
        self.gathered = Some(all);
        Ok(None)
    }

    /// The column, inside its subquery.
    fn gathered_column(
        &mut self,
        aggregate: &Aggregate,
        scope: usize,
    ) -> Result<Option<(Rep, String)>, Error> {
        let own = format!("{}.", self.scope(scope)?.alias);
        let filter = aggregate.filter.as_ref().map(|node| self.condition(node)).transpose()?;
        let value = aggregate.value.as_ref().map(|node| self.node(node)).transpose()?;
        let texts = filter.iter().chain(value.as_ref().map(|value| &value.text));
        let asks = texts.clone().any(|text| text.contains(&own));
        Ok(match (aggregate.function, value, filter) {
            (AggregateFn::Count, _, None) => Some((Rep::Scaled(0), "count(*)".to_owned())),
            _ if !asks => None,
            (AggregateFn::Count, _, Some(filter)) => {
                Some((Rep::Scaled(0), format!("count(CASE WHEN {filter} THEN 1 END)")))
            }
            (function, Some(value), None) => Some(self.folded(function, value)?),
            (function, Some(Sql { text, rep }), Some(filter)) => {
                let text = format!("CASE WHEN {filter} THEN {text} END");
                Some(self.folded(function, Sql { text, rep })?)
            }
            (_, None, _) => None,
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
        Reach { through, then, also }: &Reach,
        alias: &str,
        id: &str,
    ) -> Result<String, Error> {
        let ends = self.hop(through, &format!("= {id}"))?;
        let by = self.plans.at(aggregate.object)?.column(aggregate.by)?.quoted();
        let also = also.as_ref().map(|also| self.hop(also, &format!("IN ({ends})"))).transpose()?;
        if let Some(then) = then {
            let mut far = self.hop(then, &format!("IN ({ends})"))?;
            if let Some(also) = also {
                far.push_str(&format!(" UNION {also}"));
            }
            return Ok(format!("{alias}.{by} IN ({far})"));
        }
        let Some(linked) = also else { return Ok(format!("{alias}.{by} IN ({ends})")) };
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
        let by = column(&hop.by)?;
        let to = hop.to.as_ref().map_or(Ok("\"id\"".to_owned()), column)?;
        let scope = self.enter(ix);
        let filter = hop.filter.as_ref().map(|filter| self.condition(&filter.root)).transpose();
        self.leave();
        let filter = filter?.map_or_else(String::new, |filter| format!(" AND {filter}"));
        let (from, alias) = (self.from(scope)?, self.scope(scope)?.alias.clone());
        Ok(format!("SELECT {alias}.{to} FROM {from} WHERE {alias}.{by} {meets}{filter}"))
    }

    fn folded(&self, function: AggregateFn, value: Sql) -> Result<(Rep, String), Error> {
        match function {
            AggregateFn::CountDistinct => self.different(value),
            AggregateFn::Sum => Ok((Rep::Number, self.sum(value)?)),
            AggregateFn::Avg => Ok((Rep::Number, self.mean(value)?)),
            AggregateFn::Min => self.extreme("min", value),
            _ => self.extreme("max", value),
        }
    }

    /// How many different values a column has.
    pub(crate) fn different(&self, value: Sql) -> Result<(Rep, String), Error> {
        match value.rep {
            Rep::Sealed(..) | Rep::List(..) => unsupported("different encrypted values or lists"),
            _ => Ok((Rep::Scaled(0), format!("count(DISTINCT {})", value.text))),
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
