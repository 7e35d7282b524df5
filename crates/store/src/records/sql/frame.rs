//! Records at hand while compiling: tables with their joins, and which of them a path starts at.

use schema::catalogue::base;
use schema::expr::Path;
use schema::field::Storage;
use schema::{Field, ObjectIx, Slot};

use super::super::column::Column;
use super::super::names::quoted;
use super::{Compiler, DEPTH, Rep, Sql, unsupported};
use crate::Error;

/// A table of one statement or subquery, and the tables joined to it.
pub(crate) struct Scope {
    pub(crate) object: ObjectIx,
    pub(crate) alias: String,
    joins: Vec<Join>,
}

struct Join {
    path: Vec<(ObjectIx, Slot)>,
    alias: String,
    sql: String,
}

/// Where paths start: a scope's table, or a record reached from it (inside a formula).
#[derive(Clone)]
pub(crate) struct Frame {
    scope: usize,
    object: ObjectIx,
    prefix: Vec<(ObjectIx, Slot)>,
}

/// A field's column, in SQL.
pub(crate) struct Place {
    /// Alias of its table.
    pub(crate) alias: String,
    pub(crate) object: ObjectIx,
    pub(crate) slot: Slot,
}

impl Compiler<'_> {
    /// Opens a subquery over `object`; returns its scope.
    pub(crate) fn enter(&mut self, object: ObjectIx) -> usize {
        let alias = self.alias();
        self.scopes.push(Scope { object, alias, joins: Vec::new() });
        let scope = self.scopes.len() - 1;
        self.enter_again(scope, object);
        scope
    }

    /// Opens a subquery once more.
    pub(super) fn enter_again(&mut self, scope: usize, object: ObjectIx) {
        self.frames.push(Frame { scope, object, prefix: Vec::new() });
    }

    /// Whether the innermost record is one of the whole statement's, not of a subquery.
    pub(super) fn is_outermost(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.scope == 0)
    }

    /// Closes the innermost subquery.
    pub(crate) fn leave(&mut self) {
        self.frames.pop();
    }

    pub(super) fn alias(&mut self) -> String {
        let alias = format!("t{}", self.aliases);
        self.aliases += 1;
        alias
    }

    pub(crate) fn scope(&self, scope: usize) -> Result<&Scope, Error> {
        self.scopes.get(scope).ok_or_else(|| Error::Internal("no such table in a query".into()))
    }

    /// Alias of the innermost record, or of the record `up` subqueries further out.
    pub(crate) fn here(&mut self, up: u8) -> Result<Place, Error> {
        let frame = self.frame(up)?;
        self.follow(frame.scope, &frame.prefix, (frame.object, base::ID))
    }

    /// `FROM` part: the table and all that was joined to it.
    pub(crate) fn from(&self, scope: usize) -> Result<String, Error> {
        let scope = self.scope(scope)?;
        let mut from = format!("{} {}", self.plans.at(scope.object)?.table, scope.alias);
        for join in &scope.joins {
            from.push_str(&join.sql);
        }
        Ok(from)
    }

    /// Joins alone, when the table is named otherwise.
    pub(crate) fn joins(&self, scope: usize) -> Result<String, Error> {
        Ok(self.scope(scope)?.joins.iter().map(|join| join.sql.as_str()).collect())
    }

    fn frame(&self, up: u8) -> Result<Frame, Error> {
        let at = self.frames.len().checked_sub(1 + usize::from(up));
        let frame = at.and_then(|at| self.frames.get(at)).cloned();
        frame.ok_or_else(|| Error::Internal("a path leads out of its query".into()))
    }

    /// Where `path` leads.
    pub(crate) fn place(&mut self, path: &Path) -> Result<Place, Error> {
        let frame = self.frame(path.up)?;
        let object = if path.steps.is_empty() { frame.object } else { path.object };
        let mut steps = frame.prefix;
        steps.extend_from_slice(&path.steps);
        self.follow(frame.scope, &steps, (object, path.slot))
    }

    fn follow(
        &mut self,
        scope: usize,
        steps: &[(ObjectIx, Slot)],
        (target, slot): (ObjectIx, Slot),
    ) -> Result<Place, Error> {
        let mut alias = self.scope(scope)?.alias.clone();
        for (at, (object, via)) in steps.iter().enumerate() {
            let next = steps.get(at + 1).map_or(target, |(object, _)| *object);
            let path = steps.get(..=at).unwrap_or_default();
            alias = self.join(scope, path, &alias, (*object, *via, next))?;
        }
        Ok(Place { alias, object: target, slot })
    }

    fn join(
        &mut self,
        scope: usize,
        path: &[(ObjectIx, Slot)],
        from: &str,
        (object, via, target): (ObjectIx, Slot, ObjectIx),
    ) -> Result<String, Error> {
        let mut key = path.to_vec();
        key.push((target, Slot(0)));
        let known = self.scope(scope)?.joins.iter().find(|join| join.path == key);
        if let Some(join) = known {
            return Ok(join.alias.clone());
        }
        let alias = self.alias();
        let on = self.refers(from, (object, via), &format!("{alias}.\"id\""), target)?;
        let sql = format!(" LEFT JOIN {} {alias} ON {on}", self.plans.at(target)?.table);
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.joins.push(Join { path: key, alias: alias.clone(), sql });
        }
        Ok(alias)
    }

    /// The condition that field `via` of the record at `from` points to the `target` with this id.
    pub(crate) fn refers(
        &self,
        from: &str,
        (object, via): (ObjectIx, Slot),
        id: &str,
        target: ObjectIx,
    ) -> Result<String, Error> {
        let column = self.plans.at(object)?.column(via)?;
        let on = format!("{id} = {from}.{}", column.quoted());
        Ok(match column.storage {
            Storage::Uuid => on,
            Storage::Link => {
                let kind = quoted(&format!("{}__object", column.field));
                format!("{on} AND {from}.{kind} = '{}'", self.plans.at(target)?.name)
            }
            _ => return unsupported(format!("a path through `{}`", column.field)),
        })
    }

    pub(crate) fn field(&self, object: ObjectIx, slot: Slot) -> Result<&Field, Error> {
        self.catalogue
            .at(object)
            .and_then(|object| object.fields.get_index(usize::from(slot.0)))
            .map(|(_, field)| field)
            .ok_or_else(|| Error::Internal("a path names no field".into()))
    }

    pub(crate) fn column(&self, place: &Place) -> Result<&Column, Error> {
        self.plans.at(place.object)?.column(place.slot)
    }

    /// Compiles a formula's tree at the record where the field stands.
    pub(crate) fn inside(
        &mut self,
        path: &Path,
        compile: impl FnOnce(&mut Self) -> Result<Sql, Error>,
    ) -> Result<Sql, Error> {
        if self.depth >= DEPTH {
            return unsupported("formulas that lie too deep in each other");
        }
        let mut frame = self.frame(path.up)?;
        if !path.steps.is_empty() {
            frame.object = path.object;
            frame.prefix.extend_from_slice(&path.steps);
        }
        let kept = self.frames.len() - usize::from(path.up);
        let outer = self.frames.split_off(kept.saturating_sub(1));
        self.frames.push(frame);
        self.depth += 1;
        let compiled = compile(self);
        self.depth -= 1;
        self.frames.pop();
        self.frames.extend(outer);
        compiled
    }

    /// A column as it is stored.
    pub(crate) fn stored(&mut self, place: &Place) -> Result<Sql, Error> {
        let column = self.column(place)?;
        let text = format!("{}.{}", place.alias, column.quoted());
        let rep = match column.storage {
            Storage::Scaled(scale) => Rep::Scaled(scale),
            Storage::Days => Rep::Days,
            Storage::Micros => Rep::Micros,
            Storage::Flag => Rep::Flag,
            Storage::Text => Rep::Text,
            Storage::Uuid | Storage::Link => Rep::Uuid,
            Storage::Sealed => Rep::Sealed(place.object, place.slot),
            Storage::Texts | Storage::Uuids => Rep::List(place.object, place.slot),
            Storage::Virtual => {
                return unsupported(format!("`{}` as a value", column.field));
            }
        };
        let text = match rep {
            Rep::List(..) => format!("{}.\"id\"", place.alias),
            _ => text,
        };
        Ok(Sql { text, rep })
    }
}
