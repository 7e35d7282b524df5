//! What is compiled once per catalogue: each object's columns and the SQL of its writes, so that a
//! request walks no definitions.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use schema::catalogue::{SystemKind, base};
use schema::field::{SearchKind, Storage};
use schema::matching::MatchRule;
use schema::{Catalogue, Name, Object, ObjectIx, Slot};

use super::column::{Column, Kind};
use super::names::{ROW, index_name, link_table, parameter, quoted, search_table, values};
use crate::Error;
use crate::db::{Dialect, Filling};

/// All objects of one catalogue.
pub(crate) struct Plans {
    pub(crate) objects: Vec<Plan>,
    pub(crate) key: Key,
}

/// Tells one catalogue from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(u64, usize, usize);

impl Key {
    pub(crate) fn of(catalogue: &Catalogue) -> Key {
        let first = catalogue
            .objects
            .get_index(0)
            .map_or(0, |(_, object)| std::ptr::from_ref(object).addr());
        Key(catalogue.version, first, catalogue.objects.len())
    }
}

/// One object.
pub(crate) struct Plan {
    pub(crate) name: Name,
    /// Table, quoted.
    pub(crate) table: String,
    /// By slot.
    pub(crate) columns: Vec<Column>,
    pub(crate) lists: Vec<List>,
    pub(crate) searched: Vec<(Slot, SearchKind, bool)>,
    /// How duplicates are found, if they are.
    pub(crate) matched: Option<MatchRule>,
    pub(crate) uniques: Vec<UniqueIndex>,
    pub(crate) sql: Texts,
    /// Parent reference, for the org tree only.
    pub(crate) tree: Option<Slot>,
    /// Whether other nodes read its records ahead: users, org units, assignments, sets with rules.
    pub(crate) governs: bool,
    /// Cells of an insert.
    pub(crate) width: usize,
    /// Texts of reads by id, by the fields they read.
    pub(crate) gets: RwLock<HashMap<Vec<Slot>, Arc<str>>>,
}

/// A list field's link table.
pub(crate) struct List {
    pub(crate) slot: Slot,
    pub(crate) table: String,
    pub(crate) insert: Arc<str>,
    pub(crate) fill: Arc<Filling>,
    pub(crate) delete: Arc<str>,
    pub(crate) storage: Storage,
}

/// What a unique index stands for.
pub(crate) struct UniqueIndex {
    /// Index name, as PostgreSQL reports it.
    pub(crate) index: String,
    /// Columns, as SQLite reports them.
    pub(crate) columns: String,
    pub(crate) name: Arc<str>,
    pub(crate) slots: Vec<Slot>,
    /// ` AND …` for the rows it holds among.
    pub(crate) among: String,
}

/// Prepared statement texts.
pub(crate) struct Texts {
    pub(crate) insert: Arc<str>,
    /// Many inserts at once, on PostgreSQL.
    pub(crate) fill: Arc<Filling>,
    pub(crate) delete: Arc<str>,
    pub(crate) guard: Arc<str>,
    /// In the place of nothing on SQLite, of whatever there is on PostgreSQL.
    pub(crate) search_insert: Arc<str>,
    pub(crate) search_fill: Arc<Filling>,
    pub(crate) search_new: Arc<str>,
    pub(crate) search_delete: Arc<str>,
}

impl Plans {
    pub(crate) fn new(catalogue: &Catalogue, dialect: Dialect) -> Plans {
        let planned = |object: &Object| {
            let matched = catalogue.match_rule(&object.name).cloned();
            Plan { matched, ..Plan::new(object, dialect) }
        };
        let objects = catalogue.objects.values().map(planned).collect();
        Plans { objects, key: Key::of(catalogue) }
    }

    pub(crate) fn at(&self, object: ObjectIx) -> Result<&Plan, Error> {
        self.objects
            .get(usize::from(object.0))
            .ok_or_else(|| Error::Internal(format!("no object number {}", object.0)))
    }
}

impl Plan {
    pub(crate) fn new(object: &Object, dialect: Dialect) -> Plan {
        let columns: Vec<Column> = object
            .fields
            .values()
            .zip(0_u16..)
            .map(|(field, slot)| Column::new(&object.name, Slot(slot), field))
            .collect();
        let lists = columns.iter().filter(|c| c.is_list()).map(|c| List::new(c, dialect)).collect();
        let searched = object
            .fields
            .values()
            .zip(&columns)
            .filter_map(|(field, column)| {
                Some((column.slot, field.search?, column.storage == Storage::Sealed))
            })
            .collect();
        let tree = (object.system == Some(SystemKind::OrgUnit))
            .then(|| object.fields.get_index_of("parent"))
            .flatten()
            .and_then(|at| u16::try_from(at).ok())
            .map(Slot);
        let mut plan = Plan {
            name: object.name.clone(),
            table: quoted(object.name.as_str()),
            governs: object.system.is_some() || object.kept.rules,
            width: columns.iter().map(|column| column.names.len()).sum(),
            lists,
            searched,
            matched: None,
            uniques: Vec::new(),
            sql: Texts::new(object.name.as_str(), &columns, dialect),
            columns,
            tree,
            gets: RwLock::default(),
        };
        plan.uniques = plan.unique_indexes(object);
        plan
    }

    pub(crate) fn column(&self, slot: Slot) -> Result<&Column, Error> {
        self.columns.get(usize::from(slot.0)).ok_or_else(|| {
            Error::Internal(format!("`{}` has no field number {}", self.name, slot.0))
        })
    }

    /// The column a unique value is compared by: the blind index of a sealed field.
    pub(crate) fn key_columns(&self, slot: Slot) -> Vec<String> {
        let Some(column) = self.columns.get(usize::from(slot.0)) else { return Vec::new() };
        match column.storage {
            Storage::Sealed => column.names.iter().skip(1).take(1).map(|c| c.0.clone()).collect(),
            _ => column.names.iter().map(|c| c.0.clone()).collect(),
        }
    }

    fn unique_indexes(&self, object: &Object) -> Vec<UniqueIndex> {
        let single =
            object.fields.values().zip(0_u16..).filter(|(field, _)| field.unique).map(
                |(field, slot)| (field.name.as_str().to_owned(), vec![Slot(slot)], String::new()),
            );
        let composite = object
            .uniques
            .iter()
            .map(|u| (u.name.as_str().to_owned(), u.fields.clone(), self.among(u)));
        let mut all = vec![UniqueIndex {
            index: format!("{}_pkey", self.name),
            columns: format!("{}.id", self.name),
            name: "id".into(),
            slots: vec![base::ID],
            among: String::new(),
        }];
        for (name, slots, among) in single.chain(composite) {
            let columns: Vec<String> =
                slots.iter().flat_map(|slot| self.key_columns(*slot)).collect();
            if columns.is_empty() {
                continue;
            }
            let definition = format!("unique {}{among}", columns.join(","));
            let reported: Vec<String> =
                columns.iter().map(|column| format!("{}.{column}", self.name)).collect();
            all.push(UniqueIndex {
                index: index_name(self.name.as_str(), &name, &definition),
                columns: reported.join(", "),
                name: name.into(),
                slots,
                among,
            });
        }
        all
    }

    /// The condition of a constraint that holds among some rows only.
    fn among(&self, unique: &schema::catalogue::Unique) -> String {
        let column = |slot: &Slot| self.key_columns(*slot).into_iter().next();
        let truths = unique.where_true.iter().filter_map(column);
        let empties = unique.where_empty.iter().filter_map(column);
        let truths = truths.map(|name| format!(" AND {} = 1", quoted(&name)));
        let empties = empties.map(|name| format!(" AND {} IS NULL", quoted(&name)));
        truths.chain(empties).collect()
    }

    /// Whether a change of these fields changes the search words.
    pub(crate) fn searches(&self, changed: &[Slot]) -> bool {
        !self.searched.is_empty()
            && changed.iter().any(|slot| {
                *slot == base::OWNER || self.searched.iter().any(|(searched, ..)| searched == slot)
            })
    }
}

impl List {
    fn new(column: &Column, dialect: Dialect) -> List {
        let table = link_table(column.object.as_str(), column.field.as_str());
        let marks = values(dialect, 3, 1);
        List {
            slot: column.slot,
            insert: format!("INSERT INTO {table} (record, item, ord) VALUES {marks}").into(),
            fill: Arc::new(Filling::of(&table, &["record", "item", "ord"].map(str::to_owned))),
            delete: format!("DELETE FROM {table} WHERE record = {}", parameter(dialect, 1)).into(),
            table,
            storage: column.storage,
        }
    }

    /// Type of its items.
    pub(crate) fn kind(&self) -> Kind {
        if self.storage == Storage::Uuids { Kind::Uuid } else { Kind::Text }
    }
}

impl Texts {
    fn new(object: &str, columns: &[Column], dialect: Dialect) -> Texts {
        let table = quoted(object);
        let search = search_table(object);
        let names: Vec<String> =
            columns.iter().flat_map(|c| &c.names).map(|(name, _)| quoted(name)).collect();
        let fill = Arc::new(Filling::of(&table, &names));
        let marks = values(dialect, names.len(), 1);
        let insert = format!("INSERT INTO {table} ({}) VALUES {marks}", names.join(", "));
        let [one, two] = [1, 2].map(|number| parameter(dialect, number));
        let lock = if dialect == Dialect::Postgres { " FOR SHARE" } else { "" };
        let row = format!("SELECT {ROW} FROM {table} WHERE \"id\" = {one}");
        let (search_new, search_insert, search_delete) = match dialect {
            Dialect::Sqlite => (
                format!("INSERT INTO {search} (rowid, words) VALUES (last_insert_rowid(), {two})"),
                format!(
                    "INSERT INTO {search} (rowid, words) SELECT {ROW}, {two} FROM {table} \
                     WHERE \"id\" = {one}"
                ),
                format!("DELETE FROM {search} WHERE rowid = ({row})"),
            ),
            Dialect::Postgres => {
                let new = format!("INSERT INTO {search} (id, words) VALUES ($1, $2)");
                let insert = format!("{new} ON CONFLICT (id) DO UPDATE SET words = excluded.words");
                (new, insert, format!("DELETE FROM {search} WHERE id = $1"))
            }
        };
        Texts {
            insert: insert.into(),
            fill,
            delete: format!("DELETE FROM {table} WHERE \"id\" = {one} AND \"version\" = {two}")
                .into(),
            guard: format!(
                "SELECT 1 FROM {table} WHERE \"id\" = {one} AND \"version\" = {two}{lock}"
            )
            .into(),
            search_insert: search_insert.into(),
            search_fill: Arc::new(Filling::of(&search, &["id", "words"].map(str::to_owned))),
            search_new: search_new.into(),
            search_delete: search_delete.into(),
        }
    }
}
