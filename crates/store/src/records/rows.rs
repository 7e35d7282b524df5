//! Which rows a query is about: table, joins, search, scope and filter.

use super::names::{ROW, search_table};
use super::select::Select;
use super::sql::Compiler;
use super::words;
use crate::Error;
use crate::db::{Cell, Dialect};

/// The table with its joins; what a search found comes first and leads.
pub(super) fn from(compiler: &Compiler<'_>, found: Option<&str>) -> Result<String, Error> {
    let Some(found) = found else { return compiler.from(0) };
    let scope = compiler.scope(0)?;
    let (table, alias) = (&compiler.plans.at(scope.object)?.table, &scope.alias);
    let joins = compiler.joins(0)?;
    Ok(match compiler.dialect {
        // A cross join keeps its order: the index is asked first.
        Dialect::Sqlite => {
            format!("{found} s CROSS JOIN {table} {alias} ON {alias}.{ROW} = s.rowid{joins}")
        }
        Dialect::Postgres => {
            format!("{found} s JOIN {table} {alias} ON {alias}.\"id\" = s.id{joins}")
        }
    })
}

/// What to select from and by.
pub(super) struct Conditions {
    /// The rows that a search finds, as a table.
    pub(super) found: Option<String>,
    /// ` WHERE …` of scope and filter.
    pub(super) sql: String,
}

/// Scope, filter and search; none when nothing can match. `led`: few rows are asked for by more than
/// these.
pub(super) fn conditions(
    compiler: &mut Compiler<'_>,
    select: &Select<'_>,
    led: bool,
) -> Result<Option<Conditions>, Error> {
    let found = match select.search {
        None => None,
        Some(text) => match found(compiler, select, text)? {
            None => return Ok(None),
            found => found,
        },
    };
    let mut all = Vec::new();
    if let Some(scope) = &select.scope {
        let few = match found.is_some() || led {
            true => None,
            false => compiler.among_few(scope, select.filter)?,
        };
        all.push(few.map_or_else(|| compiler.condition(scope), Ok)?);
    }
    if let Some(node) = select.filter {
        all.push(compiler.condition(node)?);
    }
    let sql = if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) };
    Ok(Some(Conditions { found, sql }))
}

/// The entries of the search index that `text` asks for; none when it holds nothing to look for.
/// Records shared with the actor are looked up one by one beside those of the only owner.
fn found(
    compiler: &mut Compiler<'_>,
    select: &Select<'_>,
    text: &str,
) -> Result<Option<String>, Error> {
    let plan = compiler.plans.at(select.object)?;
    if plan.searched.is_empty() {
        return Ok(None);
    }
    let (cipher, dialect) = (compiler.cipher, compiler.dialect);
    let owner = select.owner_hint;
    let Some(query) = words::query(text, owner, cipher, dialect) else { return Ok(None) };
    let search = search_table(plan.name.as_str());
    let key = if dialect == Dialect::Sqlite { "rowid" } else { "id" };
    let matches = |bound: String| match dialect {
        Dialect::Sqlite => format!("SELECT {key} FROM {search} WHERE {search} MATCH {bound}"),
        Dialect::Postgres => {
            format!("SELECT {key} FROM {search} WHERE words @@ {bound}::tsquery")
        }
    };
    let own = matches(compiler.bind(Cell::text(query)));
    let whole = words::query(text, None, cipher, dialect).filter(|_| owner.is_some());
    let Some(whole) = whole.filter(|_| select.or_shared) else {
        return Ok(Some(format!("({own})")));
    };
    let among = matches(compiler.bind(Cell::text(whole)));
    let shared = compiler.shared();
    let shared = match dialect {
        Dialect::Sqlite => format!("SELECT {ROW} FROM {} WHERE \"id\" IN ({shared})", plan.table),
        Dialect::Postgres => shared,
    };
    Ok(Some(format!("({own} UNION {among} AND {key} IN ({shared}))")))
}
