//! Cells in PostgreSQL's binary protocol.

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::super::{Cell, Row};
use crate::Error;

type Fault = Box<dyn std::error::Error + Sync + Send>;

/// Parameters as the driver takes them.
pub(super) fn bound(params: &[Cell]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect()
}

/// One row's cells.
pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    (0..row.len())
        .map(|at| {
            let cell = row.try_get::<_, Option<Held>>(at);
            Ok(cell.map_err(Error::database)?.map_or(Cell::Null, |held| held.0))
        })
        .collect()
}

impl ToSql for Cell {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match self {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Int(value) => match *ty {
                Type::INT4 => i32::try_from(*value)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*value)?.to_sql(ty, out),
                Type::BOOL => (*value != 0).to_sql(ty, out),
                Type::INT8 => value.to_sql(ty, out),
                _ => Err(mismatch("an integer", ty)),
            },
            Cell::Text(text) if <&str as ToSql>::accepts(ty) => (&**text).to_sql(ty, out),
            Cell::Text(words) if *ty == Type::TS_VECTOR => lexemes(words, out),
            Cell::Text(_) => Err(mismatch("text", ty)),
            Cell::Bytes(bytes) if *ty == Type::UUID => Uuid::from_slice(bytes)?.to_sql(ty, out),
            Cell::Bytes(bytes) if *ty == Type::BYTEA => bytes.to_sql(ty, out),
            Cell::Bytes(_) => Err(mismatch("bytes", ty)),
            Cell::Uuid(id) if *ty == Type::BYTEA => id.as_bytes().as_slice().to_sql(ty, out),
            Cell::Uuid(id) if *ty == Type::UUID => id.to_sql(ty, out),
            Cell::Uuid(_) => Err(mismatch("an id", ty)),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Words between spaces, in the order of their bytes and each once, as a `tsvector` without
/// positions: their number, then each ended by a zero byte and followed by a count of none.
fn lexemes(words: &str, out: &mut BytesMut) -> Result<IsNull, Fault> {
    let words = words.split(' ').filter(|word| !word.is_empty());
    out.put_i32(i32::try_from(words.clone().count())?);
    for word in words {
        out.put_slice(word.as_bytes());
        out.put_slice(&[0, 0, 0]);
    }
    Ok(IsNull::No)
}

fn mismatch(kind: &str, ty: &Type) -> Fault {
    format!("{kind} bound where `{}` is expected", ty.name()).into()
}

struct Held(Cell);

impl<'a> FromSql<'a> for Held {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Held, Fault> {
        Ok(Held(match *ty {
            Type::INT8 => Cell::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Cell::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Cell::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Cell::Int(bool::from_sql(ty, raw)?.into()),
            Type::UUID => Cell::Uuid(Uuid::from_sql(ty, raw)?),
            Type::BYTEA => Cell::Bytes(raw.to_vec()),
            _ => Cell::Text(<&str>::from_sql(ty, raw)?.into()),
        }))
    }

    fn accepts(ty: &Type) -> bool {
        let exact = [Type::INT8, Type::INT4, Type::INT2, Type::BOOL, Type::UUID, Type::BYTEA];
        exact.contains(ty) || <&str as FromSql>::accepts(ty)
    }
}
