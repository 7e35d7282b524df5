//! Fans: the records that refer to each of several others, a bounded number of each.
//!
//! One statement for all of them. However many records refer to one, the statement looks at no more
//! than a window of them, in the order of an index that begins with the reference; rights and
//! filters narrow what the window holds.

use schema::catalogue::base;
use schema::field::Storage;
use schema::{Catalogue, Name, Slot, Value};
use uuid::Uuid;

use super::names::{ROW, quoted};
use super::rows::conditions;
use super::select::{Select, columns, keys};
use super::sql::Compiler;
use super::tables;
use crate::db::{Cell, Dialect};
use crate::{Error, Store};

/// Records asked for by what they refer to.
pub struct Fan<'a> {
    /// Columns, scope, filter and order; the limit is the most records of each key.
    pub rows: Select<'a>,
    /// The reference.
    pub by: Slot,
    /// A text field that keys may name a value of.
    pub kind: Slot,
    /// What is referred to.
    pub keys: &'a [FanKey],
    /// Most records of one key that are looked at.
    pub window: u32,
}

/// What records refer to, and their kind if that matters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FanKey {
    /// Object referred to.
    pub object: Name,
    /// Record referred to.
    pub id: Uuid,
    /// Value of the kind field; none is any.
    pub kind: Option<String>,
}

/// The table of keys, in SQL, and how a row of the window answers to one of them.
struct Asked {
    keys: String,
    on: String,
}

impl Store {
    /// At most `rows.limit` records of each key, in no order between keys. One statement.
    pub async fn fan(
        &self,
        catalogue: &Catalogue,
        fan: &Fan<'_>,
    ) -> Result<Vec<Vec<Value>>, Error> {
        if fan.keys.is_empty() {
            return Ok(Vec::new());
        }
        let plans = self.plans(catalogue);
        let select = &fan.rows;
        let mut compiler = self.compiler(catalogue, &plans, select.object, select.env)?;
        let asked = asked(&mut compiler, fan)?;
        let (columns, shape) = columns(&mut compiler, &select.columns)?;
        let Some(conditions) = conditions(&mut compiler, select, true)? else {
            return Ok(Vec::new());
        };
        let order = order(&mut compiler, select)?;
        let dialect = self.db.dialect();
        let table = &plans.at(select.object)?.table;
        let joins = compiler.joins(0)?;
        let Asked { keys, on } = asked;
        let window = format!(
            "(SELECT * FROM {table} t0 WHERE {on} ORDER BY {order} LIMIT {}) t0{joins}{} \
             ORDER BY {order} LIMIT {}",
            fan.window, conditions.sql, select.limit
        );
        let sql = match dialect {
            Dialect::Sqlite => format!(
                "WITH n(id, object, kind) AS (VALUES {keys}) SELECT {} FROM n \
                 CROSS JOIN {table} t0 WHERE t0.{ROW} IN (SELECT t0.{ROW} FROM {window})",
                columns.join(", ")
            ),
            Dialect::Postgres => {
                let named: Vec<String> =
                    columns.iter().zip(0..).map(|(sql, at)| format!("{sql} AS c{at}")).collect();
                format!(
                    "WITH n(id, object, kind) AS (VALUES {keys}) SELECT x.* FROM n \
                     CROSS JOIN LATERAL (SELECT {} FROM {window}) x",
                    named.join(", ")
                )
            }
        };
        let rows = self.db.read(&sql, &compiler.params).await?;
        self.values(&plans, &shape, &rows).await
    }

    /// How many records of each key there are, as far as the window reaches. One statement.
    pub async fn fan_counts(
        &self,
        catalogue: &Catalogue,
        fan: &Fan<'_>,
    ) -> Result<Vec<u64>, Error> {
        if fan.keys.is_empty() {
            return Ok(Vec::new());
        }
        let plans = self.plans(catalogue);
        let select = &fan.rows;
        let mut compiler = self.compiler(catalogue, &plans, select.object, select.env)?;
        let Asked { keys, on } = asked(&mut compiler, fan)?;
        let Some(conditions) = conditions(&mut compiler, select, true)? else {
            return Ok(vec![0; fan.keys.len()]);
        };
        let table = &plans.at(select.object)?.table;
        let joins = compiler.joins(0)?;
        let sql = format!(
            "WITH n(id, object, kind) AS (VALUES {keys}) SELECT n.id, n.kind, \
             (SELECT count(*) FROM (SELECT * FROM {table} t0 WHERE {on} LIMIT {}) t0{joins}{}) \
             FROM n",
            fan.window, conditions.sql
        );
        let rows = self.db.read(&sql, &compiler.params).await?;
        let mut counts = vec![0; fan.keys.len()];
        for row in rows {
            let [id, kind, count] = row.as_slice() else { continue };
            let (id, kind) = (id.uuid()?, kind.str().ok());
            let count = u64::try_from(count.int()?).unwrap_or(0);
            let same = |key: &FanKey| key.id == id && key.kind.as_deref() == kind.map(|k| &**k);
            for (place, _) in counts.iter_mut().zip(fan.keys).filter(|(_, key)| same(key)) {
                *place = count;
            }
        }
        Ok(counts)
    }
}

/// Binds the keys. Few lengths mean few statements: nobody's id fills up to a power of two.
fn asked(compiler: &mut Compiler<'_>, fan: &Fan<'_>) -> Result<Asked, Error> {
    let object = fan.rows.object;
    let column = compiler.plans.at(object)?.column(fan.by)?;
    let (by, kind) = (column.quoted(), compiler.plans.at(object)?.column(fan.kind)?.quoted());
    let mut on = format!("t0.{by} = n.id");
    match column.storage {
        Storage::Uuid => {}
        Storage::Link => {
            let target = quoted(&format!("{}__object", column.field));
            on.push_str(&format!(" AND t0.{target} = n.object"));
        }
        _ => return Err(Error::Unsupported("a fan by what is no reference".into())),
    }
    let kinds = fan.keys.iter().any(|key| key.kind.is_some());
    if kinds {
        on.push_str(&format!(" AND t0.{kind} = n.kind"));
    }
    let mut rows = Vec::with_capacity(fan.keys.len().next_power_of_two());
    for key in fan.keys {
        let id = compiler.bind(key.id.into());
        let target = compiler.bind(Cell::text(key.object.as_str()));
        let kind = match &key.kind {
            Some(kind) => compiler.bind(Cell::text(kind.as_str())),
            None => null(compiler.dialect).to_owned(),
        };
        rows.push(format!("({id}, {target}, {kind})"));
    }
    let full = rows.len().next_power_of_two();
    if rows.len() < full {
        let nobody = compiler.bind(Uuid::nil().into());
        let nothing = compiler.bind(Cell::text(""));
        let kind = if kinds { &nothing } else { null(compiler.dialect) };
        let row = format!("({nobody}, {nothing}, {kind})");
        rows.resize(full, row);
    }
    Ok(Asked { keys: rows.join(", "), on })
}

fn null(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Postgres { "NULL::text" } else { "NULL" }
}

/// The order of a page, the id last.
fn order(compiler: &mut Compiler<'_>, select: &Select<'_>) -> Result<String, Error> {
    if select.sort.iter().any(|(path, _)| !path.steps.is_empty() || path.slot == base::ID) {
        return Err(Error::Unsupported("a fan ordered by another record".into()));
    }
    let dialect = compiler.dialect;
    let keys = keys(compiler, select)?;
    let each = keys
        .iter()
        .map(|key| format!("{}{}", key.sql.text, tables::order(key.descending, dialect)));
    Ok(each.collect::<Vec<_>>().join(", "))
}
