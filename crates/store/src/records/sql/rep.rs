//! How a compiled expression holds its value, and how one way becomes another.

use kernel::Decimal;
use schema::{ObjectIx, Slot, Value};

use super::super::column::{days, scaled};
use super::{Compiler, unsupported};
use crate::Error;
use crate::db::{Cell, Dialect};

/// Representation of a value in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rep {
    /// Nothing.
    Empty,
    /// A truth value of the database.
    Condition,
    /// 0 or 1.
    Flag,
    /// An integer at a scale.
    Scaled(u8),
    /// A number of any scale: `numeric`, or on SQLite sixteen bytes that order as numbers do.
    Number,
    Days,
    Micros,
    Text,
    Uuid,
    /// Ciphertext of this field.
    Sealed(ObjectIx, Slot),
    /// The id of the record whose list field this is.
    List(ObjectIx, Slot),
}

/// A piece of SQL that yields one value.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) rep: Rep,
}

impl Sql {
    pub(crate) fn new(rep: Rep, text: impl Into<String>) -> Sql {
        Sql { text: text.into(), rep }
    }
}

impl Compiler<'_> {
    /// A constant, bound.
    pub(crate) fn literal(&mut self, value: &Value) -> Result<Sql, Error> {
        if value.is_empty() {
            return Ok(Sql::new(Rep::Empty, "NULL"));
        }
        Ok(match value {
            Value::Bool(true) => Sql::new(Rep::Condition, self.truth(true)),
            Value::Bool(false) => Sql::new(Rep::Condition, self.truth(false)),
            Value::Number(number) => {
                let number = number.normalize();
                match (number.scale(), scaled(number, 0)) {
                    (0, Some(whole)) => Sql::new(Rep::Scaled(0), self.bind(Cell::Int(whole))),
                    _ => {
                        let text = self.bind_number(number);
                        Sql::new(Rep::Number, text)
                    }
                }
            }
            Value::Text(text) => Sql::new(Rep::Text, self.bind(Cell::Text(text.clone()))),
            Value::Secret(text) => {
                Sql::new(Rep::Text, self.bind(Cell::Text(text.expose().clone())))
            }
            Value::Date(date) => Sql::new(Rep::Days, self.bind(Cell::Int(days(*date)))),
            Value::Instant(at) => Sql::new(Rep::Micros, self.bind((*at).into())),
            Value::Id(id) | Value::Link(_, id) => Sql::new(Rep::Uuid, self.bind((*id).into())),
            Value::Null | Value::List(_) => return unsupported("a list as a value"),
        })
    }

    pub(crate) fn truth(&self, value: bool) -> &'static str {
        match (self.dialect, value) {
            (Dialect::Sqlite, true) => "1",
            (Dialect::Sqlite, false) => "0",
            (Dialect::Postgres, true) => "true",
            (Dialect::Postgres, false) => "false",
        }
    }

    /// A number of any scale, bound.
    pub(crate) fn bind_number(&mut self, number: Decimal) -> String {
        match self.dialect {
            Dialect::Sqlite => self.bind(Cell::Bytes(crate::db::number::encode(number))),
            Dialect::Postgres => {
                let text = self.bind(Cell::text(number.to_string()));
                format!("{text}::numeric")
            }
        }
    }

    pub(crate) fn as_condition(&self, sql: Sql) -> Result<String, Error> {
        Ok(match sql.rep {
            Rep::Condition => sql.text,
            Rep::Flag => format!("({} <> 0)", sql.text),
            Rep::Empty => match self.dialect {
                Dialect::Sqlite => "NULL".into(),
                Dialect::Postgres => "NULL::boolean".into(),
            },
            _ => return unsupported("a value where a condition belongs"),
        })
    }

    pub(crate) fn as_number(&self, sql: Sql) -> Result<String, Error> {
        Ok(match (sql.rep, self.dialect) {
            (Rep::Number, _) => sql.text,
            (Rep::Empty, Dialect::Sqlite) => "NULL".into(),
            (Rep::Empty, Dialect::Postgres) => "NULL::numeric".into(),
            (Rep::Scaled(scale), Dialect::Sqlite) => format!("jy_num({}, {scale})", sql.text),
            (Rep::Scaled(0), Dialect::Postgres) => format!("({})::numeric", sql.text),
            (Rep::Scaled(scale), Dialect::Postgres) => {
                let unit = Decimal::new(1, u32::from(scale));
                format!("(({})::numeric * {unit})", sql.text)
            }
            _ => return unsupported("a value where a number belongs"),
        })
    }

    /// The text itself, or an error for what is no text.
    pub(crate) fn as_text(&self, sql: Sql) -> Result<String, Error> {
        self.only(sql, Rep::Text, "text")
    }

    pub(crate) fn as_days(&self, sql: Sql) -> Result<String, Error> {
        self.only(sql, Rep::Days, "bigint")
    }

    pub(crate) fn as_micros(&self, sql: Sql) -> Result<String, Error> {
        self.only(sql, Rep::Micros, "bigint")
    }

    fn only(&self, sql: Sql, rep: Rep, ty: &str) -> Result<String, Error> {
        match (sql.rep, self.dialect) {
            (found, _) if found == rep => Ok(sql.text),
            (Rep::Empty, Dialect::Sqlite) => Ok("NULL".into()),
            (Rep::Empty, Dialect::Postgres) => Ok(format!("NULL::{ty}")),
            (Rep::Sealed(..), _) => unsupported("the inside of an encrypted field"),
            _ => unsupported("a value of another type than belongs here"),
        }
    }

    /// All in one representation, for `if`, `coalesce`, `least` and the like.
    pub(crate) fn unified(&self, parts: Vec<Sql>) -> Result<(Rep, Vec<String>), Error> {
        let mut reps = parts.iter().map(|part| part.rep).filter(|rep| *rep != Rep::Empty);
        let Some(first) = reps.next() else {
            return Ok((Rep::Empty, parts.into_iter().map(|part| part.text).collect()));
        };
        let same = reps.all(|rep| rep == first);
        let rep = match first {
            Rep::Sealed(..) => return unsupported("an encrypted field among other values"),
            Rep::List(..) => return unsupported("a list among other values"),
            first if same => first,
            Rep::Flag | Rep::Condition => Rep::Condition,
            Rep::Scaled(_) | Rep::Number => Rep::Number,
            _ => return unsupported("values of different types"),
        };
        let texts = parts
            .into_iter()
            .map(|part| match rep {
                Rep::Condition => self.as_condition(part),
                Rep::Number => self.as_number(part),
                _ => Ok(part.text),
            })
            .collect::<Result<_, _>>()?;
        Ok((rep, texts))
    }
}
