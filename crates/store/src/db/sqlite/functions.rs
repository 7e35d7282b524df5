//! Functions that generated SQL calls on SQLite: the same Rust that evaluates expressions in
//! memory, so that both agree by construction.

use kernel::{Decimal, Instant};
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value as Held, ValueRef};
use rusqlite::{Connection, Error as Fault, Result};
use schema::Value;
use schema::expr::{Env, Function, NoParameters, Node, calendar, number as exact};

use super::super::number;
use crate::records::matching;

type Made = Result<Option<Held>>;
type Maker = fn(&Context<'_>) -> Option<Held>;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// Makes the functions known to a connection.
pub(super) fn register(connection: &Connection) -> Result<()> {
    for (name, arguments, make) in TABLE {
        let make = *make;
        let body = move |context: &Context<'_>| -> Made { Ok(make(context)) };
        connection.create_scalar_function(*name, *arguments, FLAGS, body)?;
    }
    connection.create_aggregate_function("jy_sum", 2, FLAGS, Total { mean: false })?;
    connection.create_aggregate_function("jy_avg", 2, FLAGS, Total { mean: true })
}

const TABLE: &[(&str, i32, Maker)] = &[
    ("jy_num", 2, |c| {
        let scale = u32::try_from(int(c, 1)?).ok()?;
        Some(Held::Blob(number::pack(number::lift(int(c, 0)?, scale)?).to_vec()))
    }),
    ("jy_add", 2, |c| decimal(exact::add(dec(c, 0)?, dec(c, 1)?)?)),
    ("jy_sub", 2, |c| decimal(exact::sub(dec(c, 0)?, dec(c, 1)?)?)),
    ("jy_mul", 2, |c| decimal(exact::mul(dec(c, 0)?, dec(c, 1)?)?)),
    ("jy_div", 2, |c| decimal(exact::div(dec(c, 0)?, dec(c, 1)?)?)),
    ("jy_rem", 2, |c| decimal(exact::rem(dec(c, 0)?, dec(c, 1)?)?)),
    ("jy_round", 2, |c| decimal(exact::round(dec(c, 0)?, exact::whole(dec(c, 1)?)?)?)),
    ("jy_neg", 1, |c| raw(raw_of(c, 0)?.checked_neg()?)),
    ("jy_abs", 1, |c| raw(raw_of(c, 0)?.checked_abs()?)),
    ("jy_floor", 1, |c| raw(raw_of(c, 0)?.div_euclid(number::ONE).checked_mul(number::ONE)?)),
    ("jy_ceiling", 1, |c| {
        let floor = raw_of(c, 0)?.checked_neg()?.div_euclid(number::ONE);
        raw(floor.checked_neg()?.checked_mul(number::ONE)?)
    }),
    ("jy_duration", 1, |c| decimal(exact::bounded(int(c, 0)?.into())?)),
    ("jy_date_add", 3, |c| {
        let length = exact::whole(dec(c, 1)?)? / calendar::DAY;
        day(calendar::add_days(date(c, 0)?, length.checked_mul(int(c, 2)?)?)?)
    }),
    ("jy_instant_add", 3, |c| {
        let length = exact::whole(dec(c, 1)?)?.checked_mul(int(c, 2)?)?;
        let at = Instant::from_microsecond(int(c, 0)?).ok()?;
        Some(Held::Integer(calendar::add_micros(at, length)?.as_microsecond()))
    }),
    ("jy_add_days", 2, |c| day(calendar::add_days(date(c, 0)?, exact::whole(dec(c, 1)?)?)?)),
    ("jy_add_months", 2, |c| day(calendar::add_months(date(c, 0)?, exact::whole(dec(c, 1)?)?)?)),
    ("jy_add_years", 2, |c| {
        let months = exact::whole(dec(c, 1)?)?.checked_mul(12)?;
        day(calendar::add_months(date(c, 0)?, months)?)
    }),
    ("jy_years_between", 2, |c| whole(calendar::years_between(date(c, 0)?, date(c, 1)?))),
    ("jy_months_between", 2, |c| whole(calendar::months_between(date(c, 0)?, date(c, 1)?))),
    ("jy_year", 1, |c| whole(date(c, 0)?.year().into())),
    ("jy_month", 1, |c| whole(date(c, 0)?.month().into())),
    ("jy_day", 1, |c| whole(date(c, 0)?.day().into())),
    ("jy_month_start", 1, |c| day(date(c, 0)?.first_of_month())),
    ("jy_month_end", 1, |c| day(date(c, 0)?.last_of_month())),
    ("jy_date_of", 1, |c| day(calendar::date_of(Instant::from_microsecond(int(c, 0)?).ok()?)?)),
    ("jy_trim", 1, |c| called(Function::Trim, c)),
    ("jy_left", 2, |c| called(Function::Left, c)),
    ("jy_right", 2, |c| called(Function::Right, c)),
    ("jy_contains", 2, |c| flag(text(c, 0)?.contains(text(c, 1)?))),
    ("jy_starts_with", 2, |c| flag(text(c, 0)?.starts_with(text(c, 1)?))),
    ("jy_ends_with", 2, |c| flag(text(c, 0)?.ends_with(text(c, 1)?))),
    ("jy_under", 2, |c| called(Function::Under, c)),
    ("jy_id_birth_date", 1, |c| called(Function::IdBirthDate, c)),
    ("jy_id_sex", 1, |c| called(Function::IdSex, c)),
    ("jy_id_region", 1, |c| called(Function::IdRegion, c)),
    ("jy_match_digest", 2, |c| match c.get_raw(1) {
        ValueRef::Blob(wide) => Some(Held::Integer(matching::digest(text(c, 0)?, wide))),
        _ => None,
    }),
    ("jy_least", -1, |c| extreme(c, std::cmp::Ordering::Less)),
    ("jy_greatest", -1, |c| extreme(c, std::cmp::Ordering::Greater)),
];

fn int(context: &Context<'_>, at: usize) -> Option<i64> {
    match context.get_raw(at) {
        ValueRef::Integer(value) => Some(value),
        _ => None,
    }
}

fn text<'c>(context: &'c Context<'_>, at: usize) -> Option<&'c str> {
    match context.get_raw(at) {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty()),
        _ => None,
    }
}

fn raw_of(context: &Context<'_>, at: usize) -> Option<i128> {
    match context.get_raw(at) {
        ValueRef::Blob(bytes) => number::unpack(bytes),
        _ => None,
    }
}

fn dec(context: &Context<'_>, at: usize) -> Option<Decimal> {
    match context.get_raw(at) {
        ValueRef::Blob(bytes) => number::decode(bytes),
        _ => None,
    }
}

fn date(context: &Context<'_>, at: usize) -> Option<kernel::Date> {
    calendar::from_days(int(context, at)?)
}

fn raw(value: i128) -> Option<Held> {
    Some(Held::Blob(number::pack(value).to_vec()))
}

fn decimal(value: Decimal) -> Option<Held> {
    Some(Held::Blob(number::encode(value)))
}

fn day(date: kernel::Date) -> Option<Held> {
    Some(Held::Integer(calendar::days(date)))
}

fn whole(value: i64) -> Option<Held> {
    Some(Held::Integer(value))
}

fn flag(value: bool) -> Option<Held> {
    Some(Held::Integer(value.into()))
}

/// What the expression language says the function is.
fn called(function: Function, context: &Context<'_>) -> Option<Held> {
    let arguments = (0..context.len())
        .map(|at| {
            Node::Literal(match context.get_raw(at) {
                ValueRef::Text(_) => text(context, at).map_or(Value::Null, Value::text),
                ValueRef::Blob(_) => dec(context, at).map_or(Value::Null, Value::Number),
                _ => Value::Null,
            })
        })
        .collect();
    let env = Env {
        today: kernel::Date::ZERO,
        now: Instant::UNIX_EPOCH,
        me: None,
        units: &[],
        subtree: &[],
        parameters: &NoParameters,
    };
    match Node::Call(function, arguments).eval(&Nothing, &env) {
        Value::Text(text) => Some(Held::Text(text.as_ref().to_owned())),
        Value::Date(date) => day(date),
        Value::Bool(value) => flag(value),
        _ => None,
    }
}

/// The record of a call whose arguments are constants.
struct Nothing;

impl schema::expr::Record for Nothing {
    fn field(&self, _: &schema::expr::Path) -> Value {
        Value::Null
    }
    fn aggregate(&self, _: &schema::expr::Aggregate) -> Value {
        Value::Null
    }
    fn reachable(&self, _: schema::Slot, _: schema::ObjectIx, _: &Node) -> bool {
        false
    }
    fn shared(&self) -> bool {
        false
    }
}

/// The least or greatest argument that is not empty; all are of one type.
fn extreme(context: &Context<'_>, wanted: std::cmp::Ordering) -> Option<Held> {
    let order = |a: &ValueRef<'_>, b: &ValueRef<'_>| match (a, b) {
        (ValueRef::Integer(a), ValueRef::Integer(b)) => a.cmp(b),
        (ValueRef::Text(a), ValueRef::Text(b)) | (ValueRef::Blob(a), ValueRef::Blob(b)) => a.cmp(b),
        _ => std::cmp::Ordering::Equal,
    };
    (0..context.len())
        .map(|at| context.get_raw(at))
        .filter(|value| !matches!(value, ValueRef::Null))
        .reduce(|best, value| if order(&value, &best) == wanted { value } else { best })
        .and_then(|value| Held::try_from(value).ok())
}

/// A running total in the common unit; `None` once it no longer fits.
struct Total {
    mean: bool,
}

impl Aggregate<(Option<i128>, i64), Option<Held>> for Total {
    fn init(&self, _: &mut Context<'_>) -> Result<(Option<i128>, i64)> {
        Ok((Some(0), 0))
    }

    fn step(&self, context: &mut Context<'_>, state: &mut (Option<i128>, i64)) -> Result<()> {
        let value = match context.get_raw(0) {
            ValueRef::Null => return Ok(()),
            ValueRef::Integer(value) => {
                let scale = int(context, 1).and_then(|scale| u32::try_from(scale).ok());
                scale.and_then(|scale| number::lift(value, scale))
            }
            ValueRef::Blob(bytes) => number::unpack(bytes),
            _ => return Err(Fault::InvalidQuery),
        };
        state.0 = state.0.zip(value).and_then(|(sum, value)| sum.checked_add(value));
        state.1 += 1;
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        state: Option<(Option<i128>, i64)>,
    ) -> Result<Option<Held>> {
        let (sum, count) = state.unwrap_or((Some(0), 0));
        let sum = sum.and_then(|sum| number::decode(&number::pack(sum))).and_then(exact::bounded);
        Ok(match (sum, self.mean) {
            (Some(sum), true) => exact::div(sum, count.into()).and_then(decimal),
            (Some(sum), false) => decimal(sum),
            (None, _) => None,
        })
    }
}

/// Names are part of the signature that generated SQL relies on.
#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_function_has_its_own_name() {
        let mut names: Vec<&str> = TABLE.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
    }
}
