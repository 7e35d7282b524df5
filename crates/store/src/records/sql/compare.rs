//! Comparisons and membership. A stored column against a constant stays a plain comparison of the
//! column, so that indexes serve it.

use std::cmp::Ordering;

use kernel::Decimal;
use schema::expr::{ActorAttribute, Comparison, Node};
use schema::{ObjectIx, Slot, Value};

use super::{Compiler, Rep, Sql, unsupported};
use crate::Error;
use crate::db::{Cell, Dialect};

impl Compiler<'_> {
    pub(crate) fn compare(&mut self, op: Comparison, a: &Node, b: &Node) -> Result<Sql, Error> {
        if let (Some(a), Some(b)) = (self.constant(a), self.constant(b)) {
            return self.known(op, &a, &b);
        }
        let text = if let Some(value) = self.constant(b) {
            let a = self.node(a)?;
            self.against(op, a, &value)?
        } else if let Some(value) = self.constant(a) {
            let b = self.node(b)?;
            self.against(turned(op), b, &value)?
        } else {
            let (a, b) = (self.node(a)?, self.node(b)?);
            let (_, texts) = self.unified(vec![a, b])?;
            let [a, b] = texts.as_slice() else { return unsupported("a comparison") };
            format!("({a} {} {b})", sign(op))
        };
        Ok(Sql::new(Rep::Condition, text))
    }

    fn known(&mut self, op: Comparison, a: &Value, b: &Value) -> Result<Sql, Error> {
        let node = |value: &Value| Box::new(Node::Literal(value.clone()));
        match Node::Compare(op, node(a), node(b)).eval(&super::Nothing, self.env) {
            Value::Bool(value) => Ok(Sql::new(Rep::Condition, self.truth(value))),
            _ => self.literal(&Value::Null),
        }
    }

    /// `sql op value`.
    pub(crate) fn against(
        &mut self,
        op: Comparison,
        sql: Sql,
        value: &Value,
    ) -> Result<String, Error> {
        let text = &sql.text;
        if value.is_empty() || sql.rep == Rep::Empty {
            let empty = Sql::new(Rep::Empty, "NULL");
            return self.as_condition(empty);
        }
        match (sql.rep, value) {
            (Rep::Scaled(scale), Value::Number(number)) => {
                Ok(self.scaled(op, text, *number, scale))
            }
            (Rep::Flag, Value::Bool(value)) => {
                Ok(format!("({text} {} {})", sign(op), i64::from(*value)))
            }
            (Rep::Condition, Value::Bool(value)) => {
                Ok(format!("({text} {} {})", sign(op), self.truth(*value)))
            }
            (Rep::Sealed(object, slot), Value::Text(_) | Value::Secret(_)) => match op {
                Comparison::Eq | Comparison::Ne => {
                    let (column, blind) = self.blinded(&sql, object, slot, value)?;
                    Ok(format!("({column} {} {blind})", sign(op)))
                }
                _ => unsupported("an order of encrypted values"),
            },
            (Rep::Number, Value::Number(number)) => {
                let bound = self.bind_number(*number);
                Ok(format!("({text} {} {bound})", sign(op)))
            }
            (Rep::Text, Value::Text(_) | Value::Secret(_))
            | (Rep::Days, Value::Date(_))
            | (Rep::Micros, Value::Instant(_))
            | (Rep::Uuid, Value::Id(_) | Value::Link(..)) => {
                let bound = self.literal(value)?;
                Ok(format!("({text} {} {})", sign(op), bound.text))
            }
            _ => unsupported("a comparison of different types"),
        }
    }

    /// An integer column of `scale` against a number of any scale.
    fn scaled(&mut self, op: Comparison, text: &str, number: Decimal, scale: u8) -> String {
        let Some((floor, exact)) = floor_at(number, scale) else {
            // Beyond any stored number: decided by its sign alone, for what is not empty.
            let above = number.is_sign_positive();
            let holds = match op {
                Comparison::Eq => false,
                Comparison::Ne => true,
                Comparison::Lt | Comparison::Le => above,
                Comparison::Gt | Comparison::Ge => !above,
            };
            return self.decided(text, holds);
        };
        let op = match (op, exact) {
            (Comparison::Eq, false) => return self.decided(text, false),
            (Comparison::Ne, false) => return self.decided(text, true),
            // Between two stored numbers: at most the lower one, or above it.
            (Comparison::Lt | Comparison::Le, false) => Comparison::Le,
            (Comparison::Gt | Comparison::Ge, false) => Comparison::Gt,
            (op, true) => op,
        };
        let bound = self.bind(Cell::Int(floor));
        format!("({text} {} {bound})", sign(op))
    }

    /// `holds` for every value that is not empty.
    fn decided(&self, text: &str, holds: bool) -> String {
        format!("({text} {} {text})", if holds { "=" } else { "<>" })
    }

    /// The blind index of an encrypted column, and of `value`.
    fn blinded(
        &mut self,
        sql: &Sql,
        object: ObjectIx,
        slot: Slot,
        value: &Value,
    ) -> Result<(String, String), Error> {
        let plain = match value {
            Value::Text(text) => text.clone(),
            Value::Secret(text) => text.expose().clone(),
            _ => return unsupported("an encrypted field beside another type"),
        };
        let column = self.plans.at(object)?.column(slot)?;
        let digest = self.cipher.blind(column.object.as_str(), column.field.as_str(), &plain);
        let name = sql.text.trim_end_matches('"');
        let bound = self.bind(Cell::Bytes(digest.to_vec()));
        Ok((format!("{name}__bx\""), bound))
    }

    /// The last-four index of an encrypted column, and of a four-character ending.
    pub(crate) fn tailed(
        &mut self,
        sql: &Sql,
        object: ObjectIx,
        slot: Slot,
        ending: &str,
    ) -> Result<String, Error> {
        let column = self.plans.at(object)?.column(slot)?;
        let (name, field) = (column.object.as_str(), column.field.as_str());
        let tail = (ending.chars().count() == 4).then(|| self.cipher.tail(name, field, ending));
        let Some(Some(tail)) = tail else {
            return unsupported("an ending of an encrypted field other than its last four");
        };
        let bound = self.bind(Cell::Bytes(tail.to_vec()));
        Ok(format!("({}__tx\" = {bound})", sql.text.trim_end_matches('"')))
    }

    pub(crate) fn membership(&mut self, item: &Node, list: &Node) -> Result<Sql, Error> {
        let text = match list {
            Node::Actor(ActorAttribute::Shared) => {
                let item = self.node(item)?;
                let shared = self.shared();
                self.found(&item, &shared)
            }
            list if self.is_long_subtree(list) => {
                let item = self.node(item)?;
                let units = self.subtree();
                self.found(&item, &units)
            }
            Node::List(parts) if self.constant(list).is_none() => {
                // Some parts depend on the record: equal to one of them.
                let mut any = Vec::with_capacity(parts.len());
                for part in parts {
                    any.push(self.compare(Comparison::Eq, item, part)?.text);
                }
                format!("({})", any.join(" OR "))
            }
            list => match self.constant(list) {
                Some(Value::List(values)) => {
                    let item = self.node(item)?;
                    self.among(&item, &values)?
                }
                Some(Value::Null) => {
                    let item = self.node(item)?;
                    self.among(&item, &[])?
                }
                Some(_) => return unsupported("membership of what is no list"),
                None => {
                    let list = self.node(list)?;
                    self.listed(&list, item)?
                }
            },
        };
        Ok(Sql::new(Rep::Condition, text))
    }

    /// `item` is one of the ids that `query` yields. As an array PostgreSQL asks for them once and
    /// can look each up in an index, even beside other conditions joined by `or`.
    fn found(&self, item: &Sql, query: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("({} IN ({query}))", item.text),
            Dialect::Postgres => format!("({} = ANY (ARRAY({query})))", item.text),
        }
    }

    /// `sql` is one of `values`.
    fn among(&mut self, sql: &Sql, values: &[Value]) -> Result<String, Error> {
        let mut bound = Vec::with_capacity(values.len());
        let mut column = sql.text.clone();
        let mut unknown = false;
        for value in values {
            if value.is_empty() {
                unknown = true;
                continue;
            }
            match (sql.rep, value) {
                (Rep::Scaled(scale), Value::Number(number)) => {
                    if let Some((floor, true)) = floor_at(*number, scale) {
                        bound.push(self.bind(Cell::Int(floor)));
                    }
                }
                (Rep::Number, Value::Number(number)) => bound.push(self.bind_number(*number)),
                (Rep::Sealed(object, slot), value) => {
                    let (blind, digest) = self.blinded(sql, object, slot, value)?;
                    column = blind;
                    bound.push(digest);
                }
                (Rep::Flag, Value::Bool(value)) => bound.push(i64::from(*value).to_string()),
                _ => {
                    let literal = self.literal(value)?;
                    let (_, texts) = self.unified(vec![sql.clone(), literal])?;
                    bound.extend(texts.into_iter().nth(1));
                }
            }
        }
        // Few lengths mean few statements: repeat the last up to a power of two.
        if let Some(last) = bound.last().cloned() {
            bound.resize(bound.len().next_power_of_two(), last);
        }
        if unknown {
            bound.push("NULL".into());
        }
        if bound.is_empty() {
            return Ok(self.decided(&column, false));
        }
        Ok(format!("({column} IN ({}))", bound.join(", ")))
    }

    /// `item` is in a list field.
    pub(crate) fn listed(&mut self, list: &Sql, item: &Node) -> Result<String, Error> {
        let Rep::List(object, slot) = list.rep else {
            return unsupported("membership of what is no list");
        };
        let table = self.list_table(object, slot)?;
        let known = self.constant(item).is_some_and(|value| !value.is_empty());
        let item = self.node(item)?;
        let found = format!(
            "EXISTS (SELECT 1 FROM {table} l WHERE l.record = {} AND l.item = {})",
            list.text, item.text
        );
        if known {
            return Ok(found);
        }
        if item.rep == Rep::Empty {
            return self.as_condition(item);
        }
        Ok(format!("(CASE WHEN {} IS NOT NULL THEN {found} END)", item.text))
    }
}

/// `a op b` as `b op' a`.
fn turned(op: Comparison) -> Comparison {
    match op {
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
        same => same,
    }
}

pub(crate) fn sign(op: Comparison) -> &'static str {
    match op {
        Comparison::Eq => "=",
        Comparison::Ne => "<>",
        Comparison::Lt => "<",
        Comparison::Le => "<=",
        Comparison::Gt => ">",
        Comparison::Ge => ">=",
    }
}

/// The greatest integer of `scale` not above `number`, and whether it is the number itself; none
/// when it does not fit.
fn floor_at(number: Decimal, scale: u8) -> Option<(i64, bool)> {
    let (mantissa, have, want) = (number.mantissa(), number.scale(), u32::from(scale));
    match have.cmp(&want) {
        Ordering::Less | Ordering::Equal => {
            let whole = mantissa.checked_mul(10_i128.checked_pow(want - have)?)?;
            Some((i64::try_from(whole).ok()?, true))
        }
        Ordering::Greater => {
            let unit = 10_i128.checked_pow(have - want)?;
            let floor = i64::try_from(mantissa.div_euclid(unit)).ok()?;
            Some((floor, mantissa.rem_euclid(unit) == 0))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::floor_at;

    #[test]
    fn constants_fall_on_or_between_stored_numbers() {
        let check = |text: &str, scale, expected| {
            assert_eq!(floor_at(text.parse().unwrap(), scale), expected, "{text}");
        };
        check("1.5", 2, Some((150, true)));
        check("1.505", 2, Some((150, false)));
        check("-1.505", 2, Some((-151, false)));
        check("-1.500", 2, Some((-150, true)));
        check("100000000000000000", 2, None);
    }
}
