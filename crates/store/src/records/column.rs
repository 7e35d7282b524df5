//! A field's columns: what they are called, of which type, and how values go in and out.

use std::sync::Arc;

use kernel::{Date, Decimal, Instant, Sensitive};
use schema::catalogue::base;
use schema::field::Storage;
use schema::{Field, Name, Slot, Value};
use uuid::Uuid;

use super::Cipher;
use super::names::quoted;
use crate::Error;
use crate::db::{Cell, Dialect};

/// Column types both databases have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Uuid,
    Bytes,
}

impl Kind {
    /// In a table definition.
    pub(crate) fn sql(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (Dialect::Sqlite, Kind::Int) => "INTEGER",
            (Dialect::Sqlite, Kind::Text) => "TEXT",
            (Dialect::Sqlite, _) => "BLOB",
            (Dialect::Postgres, Kind::Int) => "bigint",
            (Dialect::Postgres, Kind::Text) => "text COLLATE \"C\"",
            (Dialect::Postgres, Kind::Uuid) => "uuid",
            (Dialect::Postgres, Kind::Bytes) => "bytea",
        }
    }
}

/// How one field lies in its object's table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) slot: Slot,
    pub(crate) object: Name,
    pub(crate) field: Name,
    pub(crate) storage: Storage,
    /// Column names, unquoted; none for lists and computed fields.
    pub(crate) names: Vec<(String, Kind)>,
}

/// The storage of the field at `slot`; base fields are the platform's own.
pub(crate) fn storage(slot: Slot, field: &Field) -> Storage {
    match slot {
        base::ID | base::ORG_UNIT | base::OWNER | base::CREATED_BY | base::UPDATED_BY => {
            Storage::Uuid
        }
        base::VERSION => Storage::Scaled(0),
        base::CREATED_AT | base::UPDATED_AT => Storage::Micros,
        _ => field.storage(),
    }
}

impl Column {
    pub(crate) fn new(object: &Name, slot: Slot, field: &Field) -> Column {
        let storage = storage(slot, field);
        let name = field.name.as_str().to_owned();
        let names = match storage {
            Storage::Scaled(_) | Storage::Days | Storage::Micros | Storage::Flag => {
                vec![(name, Kind::Int)]
            }
            Storage::Text => vec![(name, Kind::Text)],
            Storage::Uuid => vec![(name, Kind::Uuid)],
            Storage::Link => {
                let object = format!("{name}__object");
                vec![(name, Kind::Uuid), (object, Kind::Text)]
            }
            Storage::Sealed => {
                let (whole, tail) = (format!("{name}__bx"), format!("{name}__tx"));
                vec![(name, Kind::Bytes), (whole, Kind::Bytes), (tail, Kind::Bytes)]
            }
            Storage::Texts | Storage::Uuids | Storage::Virtual => Vec::new(),
        };
        Column { slot, object: object.clone(), field: field.name.clone(), storage, names }
    }

    /// The first column, quoted.
    pub(crate) fn quoted(&self) -> String {
        quoted(self.field.as_str())
    }

    /// Columns that a read takes: all but the blind indexes.
    pub(crate) fn read(&self) -> impl Iterator<Item = &str> {
        let count = if self.storage == Storage::Sealed { 1 } else { self.names.len() };
        self.names.iter().take(count).map(|(name, _)| name.as_str())
    }

    /// Whether items live in a link table.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.storage, Storage::Texts | Storage::Uuids)
    }

    /// What ties a sealed value to its cell.
    pub(crate) fn context(&self, id: Uuid) -> Vec<u8> {
        let (object, field) = (self.object.as_str(), self.field.as_str());
        let mut out = Vec::with_capacity(object.len() + field.len() + 18);
        out.extend_from_slice(object.as_bytes());
        out.push(0);
        out.extend_from_slice(field.as_bytes());
        out.push(0);
        out.extend_from_slice(id.as_bytes());
        out
    }

    /// Appends the cells of `value`, one for each column.
    pub(crate) fn encode(
        &self,
        id: Uuid,
        value: &Value,
        cipher: &dyn Cipher,
        out: &mut Vec<Cell>,
    ) -> Result<(), Error> {
        if value.is_empty() {
            out.resize(out.len() + self.names.len(), Cell::Null);
            return Ok(());
        }
        match (self.storage, value) {
            (Storage::Texts | Storage::Uuids | Storage::Virtual, _) => {}
            (Storage::Sealed, value) => {
                let plain = plain(value).ok_or_else(|| self.misfit())?;
                let (object, field) = (self.object.as_str(), self.field.as_str());
                out.push(Cell::Bytes(cipher.seal(&self.context(id), plain)));
                out.push(Cell::Bytes(cipher.blind(object, field, plain).to_vec()));
                let tail = cipher.tail(object, field, plain);
                out.push(tail.map_or(Cell::Null, |tail| Cell::Bytes(tail.to_vec())));
            }
            (Storage::Link, Value::Link(object, id)) => {
                out.push(Cell::Uuid(*id));
                out.push(Cell::text(object.as_str()));
            }
            (storage, value) => {
                out.push(scalar(storage, value).ok_or_else(|| self.misfit())?);
            }
        }
        Ok(())
    }

    /// The value of the cells that [`Column::read`] names, and how many were used.
    pub(crate) fn decode(
        &self,
        id: Option<Uuid>,
        cells: &[Cell],
        cipher: &dyn Cipher,
    ) -> Result<Value, Error> {
        let cell = cells.first().unwrap_or(&Cell::Null);
        if cell.is_null() {
            return Ok(Value::Null);
        }
        Ok(match self.storage {
            Storage::Sealed => {
                let id = id.ok_or_else(|| self.misfit())?;
                let plain = cipher
                    .open(&self.context(id), cell.bytes()?)
                    .map_err(|error| Error::Corrupt(format!("{}: {error}", self.place(id))))?;
                Value::Secret(Sensitive::new(plain.into()))
            }
            Storage::Link => {
                let object = cells.get(1).unwrap_or(&Cell::Null).str()?;
                let object = Name::new(object)
                    .map_err(|error| Error::Corrupt(format!("a link's object: {error}")))?;
                Value::Link(object, cell.uuid()?)
            }
            storage => value(storage, cell)?,
        })
    }

    fn place(&self, id: Uuid) -> String {
        format!("`{}` of `{}` {id}", self.field, self.object)
    }

    fn misfit(&self) -> Error {
        Error::Internal(format!("a value does not fit `{}` of `{}`", self.field, self.object))
    }
}

/// The text of a value that is one.
pub(super) fn plain(value: &Value) -> Option<&str> {
    match value {
        Value::Secret(text) => Some(text.expose()),
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The cell of a value that takes one column.
pub(crate) fn scalar(storage: Storage, value: &Value) -> Option<Cell> {
    Some(match (storage, value) {
        (_, Value::Null) => Cell::Null,
        (Storage::Scaled(scale), Value::Number(number)) => Cell::Int(scaled(*number, scale)?),
        (Storage::Days, Value::Date(date)) => Cell::Int(days(*date)),
        (Storage::Micros, Value::Instant(at)) => Cell::Int(at.as_microsecond()),
        (Storage::Flag, Value::Bool(yes)) => Cell::Int(i64::from(*yes)),
        (Storage::Text, Value::Text(text)) => Cell::Text(Arc::clone(text)),
        (Storage::Uuid, Value::Id(id) | Value::Link(_, id)) => Cell::Uuid(*id),
        _ => return None,
    })
}

/// The value of a cell that is not empty and takes one column.
pub(crate) fn value(storage: Storage, cell: &Cell) -> Result<Value, Error> {
    let damaged = || Error::Corrupt("a stored number, date or time is out of range".into());
    Ok(match storage {
        Storage::Scaled(scale) => {
            let number = Decimal::try_new(cell.int()?, u32::from(scale));
            Value::Number(number.map_err(|_| damaged())?)
        }
        Storage::Days => Value::Date(date(cell.int()?).ok_or_else(damaged)?),
        Storage::Micros => {
            Value::Instant(Instant::from_microsecond(cell.int()?).map_err(|_| damaged())?)
        }
        Storage::Flag => Value::Bool(cell.int()? != 0),
        Storage::Text => Value::Text(Arc::clone(cell.str()?)),
        Storage::Uuid => Value::Id(cell.uuid()?),
        _ => return Err(Error::Internal("a column without a value was read".into())),
    })
}

/// `number` as an integer of `scale`; none when digits would be lost or it does not fit.
pub(crate) fn scaled(number: Decimal, scale: u8) -> Option<i64> {
    let have = number.scale();
    let want = u32::from(scale);
    let mantissa = number.mantissa();
    if have <= want {
        return i64::try_from(mantissa.checked_mul(10_i128.checked_pow(want - have)?)?).ok();
    }
    let divisor = 10_i128.checked_pow(have - want)?;
    if mantissa % divisor != 0 {
        return None;
    }
    i64::try_from(mantissa / divisor).ok()
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
pub(crate) fn days(date: Date) -> i64 {
    let (year, month, day) = (i64::from(date.year()), i64::from(date.month()), date.day());
    // Years from March, so that the leap day is the last.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date so many days after 1970-01-01, in the years 1 to 9999.
pub(crate) fn date(days: i64) -> Option<Date> {
    if !(-719_162..=2_932_896).contains(&days) {
        return None;
    }
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        let check = |text: &str, expected: i64| {
            let day: Date = text.parse().unwrap();
            assert_eq!(days(day), expected, "{text}");
            assert_eq!(date(expected), Some(day), "{text}");
        };
        check("1970-01-01", 0);
        check("2000-02-29", 11_016);
        check("2026-01-31", 20_484);
        check("1969-12-31", -1);
        check("0001-01-01", -719_162);
        check("9999-12-31", 2_932_896);
        for number in (-719_162..2_932_896).step_by(97) {
            assert_eq!(days(date(number).unwrap()), number);
        }
    }

    #[test]
    fn numbers_keep_every_digit_or_are_refused() {
        let check = |text: &str, scale, expected: Option<i64>| {
            assert_eq!(scaled(text.parse().unwrap(), scale), expected, "{text} at {scale}");
        };
        check("12.30", 2, Some(1230));
        check("12.3", 2, Some(1230));
        check("12.300", 2, Some(1230));
        check("12.301", 2, None);
        check("-0.01", 2, Some(-1));
        check("92233720368547758.08", 2, None);
    }
}
