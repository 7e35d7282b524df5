//! The tables and indexes a catalogue needs, and what is missing of them in a database.
//!
//! Nothing is ever dropped but indexes: a column that no definition names any more stays, and is
//! used again when its field comes back.

use std::collections::{BTreeMap, BTreeSet};

use schema::catalogue::base;
use schema::field::Storage;
use schema::{Catalogue, Field, Object, Slot};

use super::column::Kind;
use super::names::{ROW, index_name, quoted, search_table};
use super::plan::Plan;
use crate::Error;
use crate::db::{Db, Dialect};

/// One statement of a publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ddl {
    /// The statement.
    pub sql: String,
    /// The unique constraint it makes over existing records: table and columns, quoted, and the
    /// condition (` AND …`) of the rows it holds among.
    pub unique: Option<(String, Vec<String>, String)>,
}

/// A table as it must be.
pub(crate) struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
    create: Vec<String>,
    indexes: BTreeMap<String, Ddl>,
}

/// What a database has.
#[derive(Default)]
pub(crate) struct Present {
    columns: BTreeMap<String, BTreeSet<String>>,
    indexes: BTreeSet<(String, String)>,
}

/// The tables of `catalogue`.
pub(crate) fn wanted(catalogue: &Catalogue, dialect: Dialect) -> Vec<Table> {
    let mut tables = Vec::new();
    for object in catalogue.objects.values() {
        let plan = Plan::new(object, dialect);
        tables.push(record_table(object, &plan, dialect));
        if !plan.searched.is_empty() {
            tables.push(search(object.name.as_str(), dialect));
        }
        for list in &plan.lists {
            tables.push(links(&list.table, list.kind(), dialect));
        }
    }
    tables
}

/// What is missing, in the order in which it must be made.
pub(crate) fn missing(wanted: &[Table], present: &Present, dialect: Dialect) -> Vec<Ddl> {
    let mut ddl = Vec::new();
    let plain = |sql: String| Ddl { sql, unique: None };
    for table in wanted {
        match present.columns.get(&table.name) {
            None => ddl.extend(table.create.iter().cloned().map(plain)),
            Some(columns) => {
                for (name, kind) in &table.columns {
                    if !columns.contains(name) {
                        let (on, column) = (quoted(&table.name), quoted(name));
                        let ty = kind.sql(dialect);
                        ddl.push(plain(format!("ALTER TABLE {on} ADD COLUMN {column} {ty}")));
                    }
                }
            }
        }
        // Only generated names carry two underscores and a digest; others are not ours to drop.
        for (_, index) in present.indexes.iter().filter(|(on, _)| *on == table.name) {
            if index.contains("__") && !table.indexes.contains_key(index) {
                ddl.push(plain(format!("DROP INDEX {}", quoted(index))));
            }
        }
        for (name, make) in &table.indexes {
            if !present.indexes.contains(&(table.name.clone(), name.clone())) {
                ddl.push(make.clone());
            }
        }
    }
    ddl
}

fn record_table(object: &Object, plan: &Plan, dialect: Dialect) -> Table {
    let name = object.name.as_str().to_owned();
    let columns: Vec<(String, Kind)> =
        plan.columns.iter().flat_map(|column| column.names.clone()).collect();
    let mut parts = Vec::with_capacity(columns.len() + 1);
    if dialect == Dialect::Sqlite {
        parts.push(format!("{ROW} INTEGER PRIMARY KEY"));
    }
    for (column, kind) in &columns {
        let rest = match column.as_str() {
            "id" if dialect == Dialect::Postgres => " PRIMARY KEY",
            "id" => " NOT NULL UNIQUE",
            "version" => " NOT NULL",
            _ => "",
        };
        parts.push(format!("{} {}{rest}", quoted(column), kind.sql(dialect)));
    }
    let strict = if dialect == Dialect::Sqlite { " STRICT" } else { "" };
    let create = format!("CREATE TABLE {} ({}){strict}", quoted(&name), parts.join(", "));
    let mut table = Table { name, columns, create: vec![create], indexes: BTreeMap::new() };
    uniques(&mut table, plan);
    for (name, keys) in plain_indexes(object, plan) {
        index(&mut table, &name, &keys, plan, dialect);
    }
    table
}

fn uniques(table: &mut Table, plan: &Plan) {
    for unique in plan.uniques.iter().filter(|unique| unique.slots != [base::ID]) {
        let columns: Vec<String> = unique
            .slots
            .iter()
            .flat_map(|slot| plan.key_columns(*slot))
            .map(|column| quoted(&column))
            .collect();
        let mut sql = format!(
            "CREATE UNIQUE INDEX {} ON {} ({})",
            quoted(&unique.index),
            plan.table,
            columns.join(", ")
        );
        if let Some(among) = unique.among.strip_prefix(" AND ") {
            sql.push_str(&format!(" WHERE {among}"));
        }
        let ddl = Ddl { sql, unique: Some((plan.table.clone(), columns, unique.among.clone())) };
        table.indexes.insert(unique.index.clone(), ddl);
    }
}

/// Indexes that make look-ups and lists fast: those that are defined, those of references (for
/// child lists and roll-ups) and those of fields marked so.
fn plain_indexes(object: &Object, plan: &Plan) -> Vec<(String, Vec<(Slot, bool)>)> {
    let mut out: Vec<(String, Vec<(Slot, bool)>)> = object
        .indexes
        .iter()
        .map(|index| (index.name.as_str().to_owned(), index.fields.clone()))
        .collect();
    let leads = |out: &[(String, Vec<(Slot, bool)>)], slot: Slot| {
        out.iter().any(|(_, keys)| keys.first().is_some_and(|(first, _)| *first == slot))
            || plan
                .uniques
                .iter()
                .any(|unique| unique.among.is_empty() && unique.slots.first() == Some(&slot))
    };
    for (field, column) in object.fields.values().zip(&plan.columns) {
        let asked = field.indexed || refers(field) || finds_sealed(field, column.storage);
        let base = column.slot == base::OWNER || column.slot == base::ORG_UNIT;
        if column.slot != base::ID && (asked || base) && !leads(&out, column.slot) {
            out.push((field.name.as_str().to_owned(), vec![(column.slot, false)]));
        }
    }
    out
}

fn refers(field: &Field) -> bool {
    matches!(field.kind, schema::FieldType::Reference { .. })
}

/// An encrypted field that is searched is also looked up whole, for duplicates.
fn finds_sealed(field: &Field, storage: Storage) -> bool {
    storage == Storage::Sealed && field.search.is_some()
}

fn index(table: &mut Table, name: &str, keys: &[(Slot, bool)], plan: &Plan, dialect: Dialect) {
    let mut parts = Vec::new();
    let mut last = false;
    for (slot, descending) in keys {
        for column in plan.key_columns(*slot) {
            parts.push(format!("{}{}", quoted(&column), order(*descending, dialect)));
        }
        last = *descending;
    }
    if parts.is_empty() {
        return;
    }
    // Pages continue after the id where the other keys are equal.
    if !keys.iter().any(|(slot, _)| *slot == base::ID) {
        parts.push(format!("\"id\"{}", order(last, dialect)));
    }
    let columns = parts.join(", ");
    let index = index_name(plan.name.as_str(), name, &columns);
    let sql = format!("CREATE INDEX {} ON {} ({columns})", quoted(&index), plan.table);
    table.indexes.insert(index, Ddl { sql, unique: None });
}

/// Empties sort first ascending and last descending, on both databases.
pub(crate) fn order(descending: bool, dialect: Dialect) -> &'static str {
    match (dialect, descending) {
        (Dialect::Sqlite, false) => "",
        (Dialect::Sqlite, true) => " DESC",
        (Dialect::Postgres, false) => " ASC NULLS FIRST",
        (Dialect::Postgres, true) => " DESC NULLS LAST",
    }
}

fn search(object: &str, dialect: Dialect) -> Table {
    let table = search_table(object);
    let create = match dialect {
        // Words wait in memory until there are enough of them: fewer small parts to merge later.
        Dialect::Sqlite => vec![
            format!(
                "CREATE VIRTUAL TABLE {table} USING fts5(words, content='', \
                 contentless_delete=1, detail=none, tokenize='ascii')"
            ),
            format!("INSERT INTO {table} ({table}, rank) VALUES ('hashsize', 8388608)"),
        ],
        // A short list of waiting words makes inserts cheap and searches still quick.
        Dialect::Postgres => vec![
            format!("CREATE TABLE {table} (id uuid PRIMARY KEY, words tsvector NOT NULL)"),
            format!(
                "CREATE INDEX {} ON {table} USING gin (words) \
                 WITH (fastupdate = on, gin_pending_list_limit = 512)",
                quoted(&format!("{object}__sx"))
            ),
        ],
    };
    bare(&table, create)
}

fn links(table: &str, kind: Kind, dialect: Dialect) -> Table {
    let (id, item) = (Kind::Uuid.sql(dialect), kind.sql(dialect));
    let ord = Kind::Int.sql(dialect);
    let end = if dialect == Dialect::Sqlite { " WITHOUT ROWID, STRICT" } else { "" };
    let by_item = quoted(&format!("{}_x", table.trim_matches('"')));
    bare(
        table,
        vec![
            format!(
                "CREATE TABLE {table} (record {id} NOT NULL, item {item} NOT NULL, \
                 ord {ord} NOT NULL, PRIMARY KEY (record, item)){end}"
            ),
            format!("CREATE INDEX {by_item} ON {table} (item, record)"),
        ],
    )
}

fn bare(table: &str, create: Vec<String>) -> Table {
    let name = table.trim_matches('"').to_owned();
    Table { name, columns: Vec::new(), create, indexes: BTreeMap::new() }
}

/// Reads what the database has.
pub(crate) async fn present(db: &Db) -> Result<Present, Error> {
    let (columns, indexes) = match db.dialect() {
        Dialect::Sqlite => (
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table'",
            "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        ),
        Dialect::Postgres => (
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = current_schema()",
            "SELECT tablename::text, indexname::text FROM pg_indexes \
             WHERE schemaname = current_schema()",
        ),
    };
    let mut present = Present::default();
    for row in db.read(columns, &[]).await? {
        let [table, column] = row.as_slice() else { continue };
        let set = present.columns.entry(table.str()?.to_string()).or_default();
        set.insert(column.str()?.to_string());
    }
    for row in db.read(indexes, &[]).await? {
        let [table, index] = row.as_slice() else { continue };
        present.indexes.insert((table.str()?.to_string(), index.str()?.to_string()));
    }
    // Indexes that stand with their table's definition are never dropped by a difference.
    present
        .indexes
        .retain(|(table, index)| !table.contains("__") && *index != format!("{table}_pkey"));
    Ok(present)
}

/// Whether the table and all these columns are there already.
pub(crate) async fn has_columns(db: &Db, table: &str, columns: &[String]) -> Result<bool, Error> {
    let present = present(db).await?;
    let known = present.columns.get(table.trim_matches('"'));
    Ok(known.is_some_and(|known| columns.iter().all(|c| known.contains(c.trim_matches('"')))))
}
