//! Lists: columns, rights and filter of one query compiled into one statement.
//!
//! Pages go by key, never by offset. Empties come first ascending and last descending.

use schema::catalogue::base;
use schema::expr::{Comparison, Env, Node, Path};
use schema::{Catalogue, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::column::Column;
use super::plan::Plans;
use super::rows::{conditions, from};
use super::sql::{Compiler, Rep, Sql};
use super::tables;
use crate::db::{Cell, Dialect, Row};
use crate::{Error, Store};

/// Rows asked for.
pub struct Select<'a> {
    /// Object.
    pub object: ObjectIx,
    /// Each becomes one value of a row.
    pub columns: Vec<Node>,
    /// Rows the actor may see.
    pub scope: Option<Node>,
    /// Rows that are wanted.
    pub filter: Option<&'a Node>,
    /// Words to find.
    pub search: Option<&'a str>,
    /// The only owner whose records the scope lets through, when that is known: the search then
    /// looks among theirs at once.
    pub owner_hint: Option<Uuid>,
    /// Whether, with `owner_hint`, the scope also lets through what was shared with the actor.
    pub or_shared: bool,
    /// Order: path and whether descending; the id follows in the last one's direction.
    pub sort: Vec<(Path, bool)>,
    /// Values of the sort keys and the id of the last row of the page before.
    pub after: Option<Vec<Value>>,
    /// Most rows.
    pub limit: u32,
    /// Time, actor and parameters.
    pub env: &'a Env<'a>,
}

/// How cells become values of a row.
pub(super) struct Shape {
    takes: Vec<Take>,
}

enum Take {
    /// One cell.
    Plain(Rep),
    /// A field's own cells, with the id of its record before them when it is sealed.
    Field { object: ObjectIx, slot: Slot, sealed: bool, width: usize },
    /// Items of a list field, by the id in this cell.
    List { object: ObjectIx, slot: Slot },
}

/// A compiled statement.
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) params: Vec<Cell>,
}

impl Shape {
    /// How many cells it takes of a row.
    pub(super) fn width(&self) -> usize {
        let width = |take: &Take| match take {
            Take::Plain(_) | Take::List { .. } => 1,
            Take::Field { width, .. } => *width,
        };
        self.takes.iter().map(width).sum()
    }
}

impl<'a> Select<'a> {
    /// Every row of `object`, without columns, in id order: to be narrowed by struct update.
    #[must_use]
    pub fn of(object: ObjectIx, env: &'a Env<'a>) -> Select<'a> {
        Select {
            object,
            columns: Vec::new(),
            scope: None,
            filter: None,
            search: None,
            owner_hint: None,
            or_shared: false,
            sort: Vec::new(),
            after: None,
            limit: u32::MAX,
            env,
        }
    }
}

impl Store {
    /// One page of rows.
    pub async fn select(
        &self,
        catalogue: &Catalogue,
        select: &Select<'_>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        let plans = self.plans(catalogue);
        let Some((statement, shape)) = self.compiled(catalogue, &plans, select)? else {
            return Ok(Vec::new());
        };
        // One row is looked up at once; only longer reads give up their thread to others.
        let rows = match select.limit {
            0 | 1 if select.search.is_none() => {
                self.db.point(&statement.sql, &statement.params).await?
            }
            _ => self.db.read(&statement.sql, &statement.params).await?,
        };
        self.values(&plans, &shape, &rows).await
    }

    /// How many rows there are; counting stops at `cap`.
    pub async fn count(
        &self,
        catalogue: &Catalogue,
        select: &Select<'_>,
        cap: Option<u32>,
    ) -> Result<u64, Error> {
        let plans = self.plans(catalogue);
        let Some(statement) = self.counted(catalogue, &plans, select, cap)? else { return Ok(0) };
        let rows = self.db.read(&statement.sql, &statement.params).await?;
        number_of(&rows)
    }

    /// The statement that counts rows, none when nothing can match.
    pub(super) fn counted(
        &self,
        catalogue: &Catalogue,
        plans: &Plans,
        select: &Select<'_>,
        cap: Option<u32>,
    ) -> Result<Option<Statement>, Error> {
        let mut compiler = self.compiler(catalogue, plans, select.object, select.env)?;
        let Some(conditions) = conditions(&mut compiler, select, false)? else { return Ok(None) };
        let from = from(&compiler, conditions.found.as_deref())?;
        let conditions = conditions.sql;
        let sql = match cap {
            None => format!("SELECT count(*) FROM {from}{conditions}"),
            Some(cap) => format!(
                "SELECT count(*) FROM (SELECT 1 FROM {from}{conditions} LIMIT {cap}) counted"
            ),
        };
        Ok(Some(Statement { sql, params: compiler.params }))
    }

    /// All rows, some at a time, for exports; `limit` and `after` hold as in a page.
    pub async fn stream(
        &self,
        catalogue: &Catalogue,
        select: &Select<'_>,
        batch: usize,
    ) -> Result<Records<'_>, Error> {
        let plans = self.plans(catalogue);
        let Some((statement, shape)) = self.compiled(catalogue, &plans, select)? else {
            return Ok(Records { store: self, plans, rows: None });
        };
        let rows = self.db.stream(&statement.sql, statement.params, batch).await?;
        Ok(Records { store: self, plans, rows: Some((rows, shape)) })
    }

    pub(super) fn compiler<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        plans: &'a Plans,
        object: ObjectIx,
        env: &'a Env<'a>,
    ) -> Result<Compiler<'a>, Error> {
        Compiler::new((catalogue, plans), object, env, &*self.cipher, self.db.dialect())
    }

    /// None when the search holds nothing to look for, so that nothing matches.
    pub(super) fn compiled(
        &self,
        catalogue: &Catalogue,
        plans: &Plans,
        select: &Select<'_>,
    ) -> Result<Option<(Statement, Shape)>, Error> {
        let mut compiler = self.compiler(catalogue, plans, select.object, select.env)?;
        let (columns, shape) = columns(&mut compiler, &select.columns)?;
        let Some(conditions) = conditions(&mut compiler, select, false)? else { return Ok(None) };
        let (found, mut conditions) = (conditions.found, conditions.sql);
        let keys = keys(&mut compiler, select)?;
        if let Some(after) = &select.after {
            let past = past(&mut compiler, &keys, after)?;
            let joint = if conditions.is_empty() { " WHERE " } else { " AND " };
            conditions.push_str(joint);
            conditions.push_str(&past);
        }
        let order: Vec<String> = keys
            .iter()
            .map(|key| {
                format!("{}{}", key.sql.text, tables::order(key.descending, self.db.dialect()))
            })
            .collect();
        let from = from(&compiler, found.as_deref())?;
        // As a literal: the planner must know that few rows are wanted.
        let sql = format!(
            "SELECT {} FROM {from}{conditions} ORDER BY {} LIMIT {}",
            columns.join(", "),
            order.join(", "),
            select.limit
        );
        Ok(Some((Statement { sql, params: compiler.params }, shape)))
    }

    /// Rows of cells as rows of values; list fields take one more query each.
    pub(super) async fn values(
        &self,
        plans: &Plans,
        shape: &Shape,
        rows: &[Row],
    ) -> Result<Vec<Vec<Value>>, Error> {
        let mut out: Vec<Vec<Value>> = Vec::with_capacity(rows.len());
        for row in rows {
            let mut values = Vec::with_capacity(shape.takes.len());
            let mut at = 0;
            for take in &shape.takes {
                let (value, width) = self.take(plans, take, row.get(at..).unwrap_or_default())?;
                values.push(value);
                at += width;
            }
            out.push(values);
        }
        for (at, take) in shape.takes.iter().enumerate() {
            let Take::List { object, slot } = take else { continue };
            let id = |row: &Vec<Value>| match row.get(at) {
                Some(Value::Id(id)) => Some(*id),
                _ => None,
            };
            let mut found = std::collections::HashMap::new();
            let ids: Vec<Uuid> = out.iter().filter_map(id).collect();
            for some in ids.chunks(512) {
                found.extend(self.items(plans.at(*object)?, *slot, some).await?);
            }
            for row in &mut out {
                let items = id(row).and_then(|id| found.get(&id).cloned());
                if let Some(place) = row.get_mut(at) {
                    *place = items.unwrap_or(Value::Null);
                }
            }
        }
        Ok(out)
    }

    fn take(&self, plans: &Plans, take: &Take, cells: &[Cell]) -> Result<(Value, usize), Error> {
        let first = cells.first().unwrap_or(&Cell::Null);
        Ok(match take {
            Take::Plain(rep) => (plain(*rep, first)?, 1),
            Take::List { .. } if first.is_null() => (Value::Null, 1),
            Take::List { .. } => (Value::Id(first.uuid()?), 1),
            Take::Field { object, slot, sealed, width } => {
                let column = plans.at(*object)?.column(*slot)?;
                let (id, cells) = match sealed {
                    true if first.is_null() => return Ok((Value::Null, *width)),
                    true => (Some(first.uuid()?), cells.get(1..).unwrap_or_default()),
                    false => (None, cells),
                };
                (column.decode(id, cells, &*self.cipher)?, *width)
            }
        })
    }
}

/// The number in the only row of a count.
pub(super) fn number_of(rows: &[Row]) -> Result<u64, Error> {
    let count = rows.first().and_then(|row| row.first()).unwrap_or(&Cell::Int(0)).int()?;
    u64::try_from(count).map_err(|_| Error::Internal("a negative count".into()))
}

/// Rows of a [`Store::stream`].
pub struct Records<'a> {
    store: &'a Store,
    plans: std::sync::Arc<Plans>,
    rows: Option<(crate::db::Stream, Shape)>,
}

impl Records<'_> {
    /// The next rows; `None` after the last.
    pub async fn next(&mut self) -> Option<Result<Vec<Vec<Value>>, Error>> {
        let (stream, shape) = self.rows.as_mut()?;
        Some(match stream.next().await? {
            Ok(rows) => self.store.values(&self.plans, shape, &rows).await,
            Err(error) => Err(error),
        })
    }
}

/// The value of a computed cell.
pub(super) fn plain(rep: Rep, cell: &Cell) -> Result<Value, Error> {
    use schema::field::Storage;
    if cell.is_null() {
        return Ok(Value::Null);
    }
    let storage = match rep {
        Rep::Empty => return Ok(Value::Null),
        Rep::Condition | Rep::Flag => Storage::Flag,
        Rep::Scaled(scale) => Storage::Scaled(scale),
        Rep::Days => Storage::Days,
        Rep::Micros => Storage::Micros,
        Rep::Text => Storage::Text,
        Rep::Uuid => Storage::Uuid,
        Rep::Number => return number(cell),
        Rep::Sealed(..) | Rep::List(..) => {
            return Err(Error::Internal("a sealed or list value without its field".into()));
        }
    };
    super::column::value(storage, cell)
}

fn number(cell: &Cell) -> Result<Value, Error> {
    let number = match cell {
        Cell::Text(text) => text.parse::<kernel::Decimal>().ok(),
        other => crate::db::number::decode(other.bytes()?),
    };
    let damaged = || Error::Corrupt("a computed number is out of range".into());
    Ok(Value::Number(number.ok_or_else(damaged)?.normalize()))
}

pub(super) fn columns(
    compiler: &mut Compiler<'_>,
    nodes: &[Node],
) -> Result<(Vec<String>, Shape), Error> {
    let mut sql = Vec::with_capacity(nodes.len());
    let mut takes = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            Node::Field(path) => field(compiler, path, &mut sql, &mut takes)?,
            node => {
                let compiled = compiler.node(node)?;
                takes.push(Take::Plain(compiled.rep));
                sql.push(shown(&compiled, compiler.dialect));
            }
        }
    }
    if sql.is_empty() {
        sql.push("1".into());
    }
    Ok((sql, Shape { takes }))
}

fn field(
    compiler: &mut Compiler<'_>,
    path: &Path,
    sql: &mut Vec<String>,
    takes: &mut Vec<Take>,
) -> Result<(), Error> {
    use schema::field::Storage;
    let place = compiler.place(path)?;
    let column = compiler.column(&place)?;
    let (object, slot, alias) = (place.object, place.slot, &place.alias);
    match column.storage {
        Storage::Virtual => {
            let compiled = compiler.path(path)?;
            takes.push(Take::Plain(compiled.rep));
            sql.push(shown(&compiled, compiler.dialect));
        }
        Storage::Texts | Storage::Uuids => {
            takes.push(Take::List { object, slot });
            sql.push(format!("{alias}.\"id\""));
        }
        storage => {
            let sealed = storage == Storage::Sealed;
            if sealed {
                sql.push(format!("{alias}.\"id\""));
            }
            let names = read(column, alias);
            takes.push(Take::Field {
                object,
                slot,
                sealed,
                width: names.len() + usize::from(sealed),
            });
            sql.extend(names);
        }
    }
    Ok(())
}

fn read(column: &Column, alias: &str) -> Vec<String> {
    column.read().map(|name| format!("{alias}.{}", super::names::quoted(name))).collect()
}

/// A computed value as it is read back: numbers of any scale as text where they have a type.
pub(super) fn shown(sql: &Sql, dialect: Dialect) -> String {
    match (sql.rep, dialect) {
        (Rep::Number, Dialect::Postgres) => format!("({})::text", sql.text),
        (Rep::Empty, Dialect::Postgres) => "NULL::text".into(),
        _ => sql.text.clone(),
    }
}

pub(super) struct Key {
    pub(super) sql: Sql,
    pub(super) descending: bool,
    /// Never empty, so that an index range can serve a page of it.
    filled: bool,
}

pub(super) fn keys(compiler: &mut Compiler<'_>, select: &Select<'_>) -> Result<Vec<Key>, Error> {
    let mut keys = Vec::with_capacity(select.sort.len() + 1);
    for (path, descending) in &select.sort {
        let sql = compiler.path(path)?;
        if matches!(sql.rep, Rep::Sealed(..) | Rep::List(..)) {
            return Err(Error::Unsupported("an order by encrypted values or lists".into()));
        }
        let place = compiler.place(path)?;
        let always = usize::from(place.slot.0) < base::COUNT
            && ![base::OWNER, base::ORG_UNIT].contains(&place.slot);
        let required = always || compiler.field(place.object, place.slot)?.required;
        let filled = path.steps.is_empty() && required;
        keys.push(Key { sql, descending: *descending, filled });
    }
    let by_id = select.sort.iter().any(|(path, _)| path.steps.is_empty() && path.slot == base::ID);
    if !by_id {
        let descending = keys.last().is_some_and(|key| key.descending);
        let text = compiler.id_here()?;
        keys.push(Key { sql: Sql::new(Rep::Uuid, text), descending, filled: true });
    }
    Ok(keys)
}

/// The condition that a row comes after the one with these keys.
fn past(compiler: &mut Compiler<'_>, keys: &[Key], after: &[Value]) -> Result<String, Error> {
    if keys.len() != after.len() {
        return Err(Error::Unsupported("a page after another number of keys".into()));
    }
    let mut equal: Vec<String> = Vec::new();
    let mut ways = Vec::new();
    let mut lead = None;
    for (at, (key, value)) in keys.iter().zip(after).enumerate() {
        let text = &key.sql.text;
        let beyond = if value.is_empty() {
            // Empties come first ascending, last descending.
            (!key.descending).then(|| format!("{text} IS NOT NULL"))
        } else {
            let op = if key.descending { Comparison::Lt } else { Comparison::Gt };
            let strict = compare(compiler, key, op, value)?;
            if key.descending && !key.filled {
                Some(format!("({strict} OR {text} IS NULL)"))
            } else {
                Some(strict)
            }
        };
        if let Some(beyond) = beyond {
            let mut way = equal.clone();
            way.push(beyond);
            ways.push(format!("({})", way.join(" AND ")));
        }
        if at == 0 && !value.is_empty() && (key.filled || !key.descending) {
            // Bounds the range of an index; the other terms only refine it.
            let op = if key.descending { Comparison::Le } else { Comparison::Ge };
            lead = Some(compare(compiler, key, op, value)?);
        }
        // A parameter that nothing refers to would have no type, so the last key gets none.
        if at + 1 < keys.len() {
            equal.push(if value.is_empty() {
                format!("{text} IS NULL")
            } else {
                compare(compiler, key, Comparison::Eq, value)?
            });
        }
    }
    if ways.is_empty() {
        return Ok(compiler.truth(false).to_owned());
    }
    let any = format!("({})", ways.join(" OR "));
    Ok(lead.map_or_else(|| any.clone(), |lead| format!("{lead} AND {any}")))
}

fn compare(
    compiler: &mut Compiler<'_>,
    key: &Key,
    op: Comparison,
    value: &Value,
) -> Result<String, Error> {
    compiler.against(op, key.sql.clone(), value)
}
