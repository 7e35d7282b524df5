//! What the functions of the table compute.

use std::cmp::Ordering;

use jiff::civil::Date;
use kernel::{Decimal, Instant};

use super::eval::{extreme, text_of};
use super::{Env, Function, calendar, number};
use crate::Value;

/// The value of `function` of `arguments`.
pub(super) fn call(function: Function, arguments: &[Value], env: &Env<'_>) -> Value {
    let computed = match function {
        Function::Today => Some(Value::Date(env.today)),
        Function::Now => Some(Value::Instant(env.now)),
        Function::YearsBetween | Function::MonthsBetween | Function::DaysBetween => {
            between(function, arguments)
        }
        Function::AddMonths | Function::AddYears | Function::AddDays => moved(function, arguments),
        Function::Year
        | Function::Month
        | Function::Day
        | Function::StartOfMonth
        | Function::EndOfMonth => date(arguments, 0).map(|date| part(function, date)),
        Function::DateOf => instant(arguments).and_then(calendar::date_of).map(Value::Date),
        Function::Length => length(arguments),
        Function::Lower | Function::Upper | Function::Trim => {
            text(arguments, 0).map(|text| changed(function, text))
        }
        Function::Contains => pair(arguments).map(|(text, part)| Value::Bool(text.contains(part))),
        Function::StartsWith => {
            pair(arguments).map(|(text, part)| Value::Bool(text.starts_with(part)))
        }
        Function::EndsWith => pair(arguments).map(|(text, part)| Value::Bool(text.ends_with(part))),
        Function::Left | Function::Right => cut(function, arguments),
        Function::Concat => {
            Some(Value::text(arguments.iter().filter_map(text_of).collect::<String>()))
        }
        Function::Abs => decimal(arguments, 0).map(|n| Value::Number(n.abs())),
        Function::Round => rounded(arguments),
        Function::Floor => decimal(arguments, 0).map(|n| Value::Number(n.floor())),
        Function::Ceiling => decimal(arguments, 0).map(|n| Value::Number(n.ceil())),
        Function::Least => Some(extreme(present(arguments), Ordering::Less)),
        Function::Greatest => Some(extreme(present(arguments), Ordering::Greater)),
        Function::Coalesce => present(arguments).next().cloned(),
        Function::IdBirthDate => text(arguments, 0).and_then(id_birth_date).map(Value::Date),
        Function::IdSex => text(arguments, 0).and_then(id_sex).map(Value::text),
        Function::IdRegion => text(arguments, 0).and_then(id_region).map(Value::text),
        Function::ObjectOf => match arguments.first() {
            Some(Value::Link(object, _)) => Some(Value::text(object.as_str())),
            _ => None,
        },
        Function::Under => under(arguments),
    };
    computed.filter(|value| !value.is_empty()).unwrap_or(Value::Null)
}

fn present(arguments: &[Value]) -> impl Iterator<Item = &Value> {
    arguments.iter().filter(|value| !value.is_empty())
}

fn text(arguments: &[Value], at: usize) -> Option<&str> {
    text_of(arguments.get(at)?)
}

fn decimal(arguments: &[Value], at: usize) -> Option<Decimal> {
    match arguments.get(at)? {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn whole(arguments: &[Value], at: usize) -> Option<i64> {
    number::whole(decimal(arguments, at)?)
}

fn date(arguments: &[Value], at: usize) -> Option<Date> {
    match arguments.get(at)? {
        Value::Date(date) => Some(*date),
        _ => None,
    }
}

fn instant(arguments: &[Value]) -> Option<Instant> {
    match arguments.first()? {
        Value::Instant(instant) => Some(*instant),
        _ => None,
    }
}

fn pair(arguments: &[Value]) -> Option<(&str, &str)> {
    Some((text(arguments, 0)?, text(arguments, 1)?))
}

fn counted(count: i64) -> Value {
    Value::Number(Decimal::from(count))
}

fn between(function: Function, arguments: &[Value]) -> Option<Value> {
    let (from, to) = (date(arguments, 0)?, date(arguments, 1)?);
    Some(counted(match function {
        Function::YearsBetween => calendar::years_between(from, to),
        Function::MonthsBetween => calendar::months_between(from, to),
        _ => calendar::days_between(from, to),
    }))
}

fn moved(function: Function, arguments: &[Value]) -> Option<Value> {
    let (date, count) = (date(arguments, 0)?, whole(arguments, 1)?);
    let moved = match function {
        Function::AddMonths => calendar::add_months(date, count),
        Function::AddYears => calendar::add_months(date, count.checked_mul(12)?),
        _ => calendar::add_days(date, count),
    };
    moved.map(Value::Date)
}

fn part(function: Function, date: Date) -> Value {
    match function {
        Function::Year => counted(i64::from(date.year())),
        Function::Month => counted(i64::from(date.month())),
        Function::Day => counted(i64::from(date.day())),
        Function::StartOfMonth => Value::Date(date.first_of_month()),
        _ => Value::Date(date.last_of_month()),
    }
}

/// Of a list, the second argument says what an empty one has.
fn length(arguments: &[Value]) -> Option<Value> {
    let count = match arguments.first()? {
        Value::List(items) => items.len(),
        Value::Null => return arguments.get(1).cloned(),
        other => text_of(other)?.chars().count(),
    };
    i64::try_from(count).ok().map(counted)
}

fn changed(function: Function, text: &str) -> Value {
    match function {
        Function::Lower => Value::text(text.to_ascii_lowercase()),
        Function::Upper => Value::text(text.to_ascii_uppercase()),
        _ => Value::text(text.trim_matches([' ', '\u{3000}'])),
    }
}

fn cut(function: Function, arguments: &[Value]) -> Option<Value> {
    let (text, count) = (text(arguments, 0)?, whole(arguments, 1)?);
    let count = usize::try_from(count).unwrap_or(0);
    let chars = text.chars();
    Some(match function {
        Function::Left => Value::text(chars.take(count).collect::<String>()),
        _ => {
            let skipped = text.chars().count().saturating_sub(count);
            Value::text(chars.skip(skipped).collect::<String>())
        }
    })
}

fn rounded(arguments: &[Value]) -> Option<Value> {
    number::round(decimal(arguments, 0)?, whole(arguments, 1)?).map(Value::Number)
}

fn under(arguments: &[Value]) -> Option<Value> {
    let (code, ancestor) = pair(arguments)?;
    match arguments.get(2) {
        Some(Value::List(below)) => {
            Some(Value::Bool(below.iter().any(|item| text_of(item) == Some(code))))
        }
        _ => Some(Value::Bool(is_under(code, ancestor))),
    }
}

/// Whether `code` is `ancestor` or begins with it; of a six-digit region code, pairs of zeros at
/// the end do not count.
pub(super) fn is_under(code: &str, ancestor: &str) -> bool {
    code.starts_with(significant(ancestor))
}

/// The part of a code that those below it begin with.
fn significant(code: &str) -> &str {
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return code;
    }
    let city = code.strip_suffix("00").unwrap_or(code);
    if city.len() == 4 { city.strip_suffix("00").unwrap_or(city) } else { city }
}

/// 18 characters of which the first 17 are digits. Read by position alone: whether the check digit
/// is right is the field's affair, and the databases and the browser read these the same way.
fn id_digits(id: &str) -> Option<&str> {
    let head = id.get(..17)?;
    (id.len() == 18 && head.bytes().all(|byte| byte.is_ascii_digit())).then_some(head)
}

fn id_birth_date(id: &str) -> Option<Date> {
    let head = id_digits(id)?;
    let number = |from: usize, to: usize| head.get(from..to)?.parse::<i16>().ok();
    let (month, day) = (i8::try_from(number(10, 12)?), i8::try_from(number(12, 14)?));
    Date::new(number(6, 10)?, month.ok()?, day.ok()?).ok().filter(|date| date.year() >= 1)
}

fn id_sex(id: &str) -> Option<&'static str> {
    let digit = id_digits(id)?.bytes().last()?;
    Some(if digit % 2 == 1 { "male" } else { "female" })
}

fn id_region(id: &str) -> Option<&str> {
    id_digits(id)?.get(..6)
}
