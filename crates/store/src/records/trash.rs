//! The recycle bin: a deleted record's row as it was stored, sealed values still sealed.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use kernel::Instant;
use schema::catalogue::base;
use schema::field::Storage;
use schema::{Catalogue, ObjectIx, Value};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::Cipher;
use super::column::{Column, Kind};
use super::plan::Plan;
use super::write::Write;
use crate::db::{Cell, Step};
use crate::keys::{Keys, key_id};
use crate::{Error, Store};

/// The step that keeps `image`.
pub(crate) fn keep(
    plan: &Plan,
    id: Uuid,
    image: &[Value],
    write: &Write,
    cipher: &dyn Cipher,
) -> Result<Step, Error> {
    let mut columns = Map::new();
    for (column, value) in plan.columns.iter().zip(image) {
        let mut cells = Vec::new();
        column.encode(id, value, cipher, &mut cells)?;
        for ((name, _), cell) in column.names.iter().zip(&cells) {
            columns.insert(name.clone(), to_json(cell));
        }
        if let (true, Value::List(items)) = (column.is_list(), value) {
            let items = items.iter().map(item_to_json).collect();
            columns.insert(column.field.as_str().to_owned(), Json::Array(items));
        }
    }
    let body = serde_json::to_vec(&Json::Object(columns))
        .map_err(|error| Error::Internal(error.to_string()))?;
    let stamp = |slot: schema::Slot| image.get(usize::from(slot.0));
    let (at, by) = match (write.audit.first(), stamp(base::UPDATED_AT), stamp(base::UPDATED_BY)) {
        (Some(entry), ..) => (entry.at.as_microsecond(), entry.actor),
        (None, Some(Value::Instant(at)), Some(Value::Id(by))) => (at.as_microsecond(), *by),
        _ => (0, Uuid::nil()),
    };
    Ok(Step::exactly(
        "INSERT INTO jy_trash (object, id, image, deleted_at, deleted_by) \
         VALUES ($1, $2, $3, $4, $5)",
        vec![plan.name.as_str().into(), id.into(), Cell::Bytes(body), at.into(), by.into()],
        1,
    ))
}

/// The step that takes a record out of the bin.
pub(crate) fn forget(plan: &Plan, id: Uuid) -> Step {
    Step::exactly(
        "DELETE FROM jy_trash WHERE object = $1 AND id = $2 AND locked_for IS NULL",
        vec![plan.name.as_str().into(), id.into()],
        1,
    )
}

impl Store {
    /// A deleted record, by slot. Fields that did not exist when it was deleted are empty.
    pub async fn trashed(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        id: Uuid,
    ) -> Result<Option<Vec<Value>>, Error> {
        self.image(catalogue, object, (id, "locked_for IS NULL")).await
    }

    /// What was kept of a record that is gone and meets `condition`.
    pub(super) async fn image(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        (id, condition): (Uuid, &str),
    ) -> Result<Option<Vec<Value>>, Error> {
        let plans = self.plans(catalogue);
        let plan = plans.at(object)?;
        let sql =
            format!("SELECT image FROM jy_trash WHERE object = $1 AND id = $2 AND {condition}");
        let rows = self.db.point(&sql, &[plan.name.as_str().into(), id.into()]).await?;
        let Some(image) = rows.first().and_then(|row| row.first()) else { return Ok(None) };
        let damaged = || Error::Corrupt(format!("the deleted `{}` {id}", plan.name));
        let image: Map<String, Json> =
            serde_json::from_slice(image.bytes()?).map_err(|_| damaged())?;
        let mut values = Vec::with_capacity(plan.columns.len());
        for column in &plan.columns {
            if column.is_list() {
                let items = image.get(column.field.as_str()).and_then(Json::as_array);
                values.push(items.map_or(Value::Null, |items| {
                    Value::List(items.iter().filter_map(item_from_json).collect())
                }));
                continue;
            }
            let mut cells = Vec::with_capacity(3);
            for (name, kind) in &column.names {
                let json = image.get(name).unwrap_or(&Json::Null);
                cells.push(from_json(json, *kind).ok_or_else(damaged)?);
            }
            values.push(column.decode(Some(id), &cells, &*self.cipher)?);
        }
        Ok(Some(values))
    }

    /// Up to `limit` deleted records of an object, newest first, after the one `before`.
    pub async fn trash(
        &self,
        catalogue: &Catalogue,
        object: ObjectIx,
        before: Option<(Instant, Uuid)>,
        limit: u32,
    ) -> Result<Vec<Trashed>, Error> {
        let plans = self.plans(catalogue);
        let sql = "SELECT id, deleted_at, deleted_by FROM jy_trash WHERE object = $1 \
                   AND locked_for IS NULL AND (deleted_at, id) < ($2, $3) ORDER BY deleted_at DESC, id DESC LIMIT $4";
        let name = plans.at(object)?.name.as_str();
        let (at, id) = before.unwrap_or((Instant::MAX, Uuid::max()));
        let params = [name.into(), at.into(), id.into(), i64::from(limit).into()];
        let rows = self.db.read(sql, &params).await?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [id, at, by] => Ok(Trashed { id: id.uuid()?, at: at.instant()?, by: by.uuid()? }),
                _ => Err(Cell::width("jy_trash")),
            })
            .collect()
    }

    /// Up to `limit` records that were deleted before an instant, oldest first: object and id.
    pub async fn trash_before(
        &self,
        before: Instant,
        limit: u32,
    ) -> Result<Vec<(Arc<str>, Uuid)>, Error> {
        let sql = "SELECT object, id FROM jy_trash WHERE deleted_at < $1 AND locked_for IS NULL \
                   ORDER BY deleted_at, id LIMIT $2";
        let rows = self.db.read(sql, &[before.into(), i64::from(limit).into()]).await?;
        rows.iter()
            .map(|row| match row.as_slice() {
                [object, id] => Ok((Arc::clone(object.str()?), id.uuid()?)),
                _ => Err(Cell::width("jy_trash")),
            })
            .collect()
    }
}

/// The steps that remove a deleted record for good, and its hold on files. The first fails when it
/// was restored meanwhile.
#[must_use]
pub fn purge(object: &str, id: Uuid) -> [Step; 3] {
    let sql = "DELETE FROM jy_trash WHERE object = $1 AND id = $2 AND locked_for IS NULL";
    let gone = Step::exactly(sql, vec![object.into(), id.into()], 1);
    let [files, versions] = crate::blobs::unuse_record(id);
    [gone, files, versions]
}

/// A deleted record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trashed {
    /// Its id.
    pub id: Uuid,
    /// When it was deleted.
    pub at: Instant,
    /// By whom.
    pub by: Uuid,
}

/// The image with its sealed values under the present master key; none when they are already.
pub(super) fn reseal(
    plan: &Plan,
    id: Uuid,
    image: &[u8],
    keys: &Keys,
) -> Result<Option<Vec<u8>>, Error> {
    let mut changed = false;
    let mut image = parse(plan, image)?;
    for (column, name) in sealed(plan) {
        let Some(cell) = image.get_mut(name).filter(|cell| !cell.is_null()) else { continue };
        let before = bytes_of(plan, cell)?;
        if let Some(after) = keys.reseal(&column.context(id), &before)? {
            *cell = json!(BASE64.encode(after));
            changed = true;
        }
    }
    if !changed {
        return Ok(None);
    }
    let body = serde_json::to_vec(&Json::Object(image));
    body.map(Some).map_err(|error| Error::Internal(error.to_string()))
}

/// Counts the sealed values of an image by master key.
pub(super) fn keys_of(
    plan: &Plan,
    image: &[u8],
    found: &mut BTreeMap<u16, u64>,
) -> Result<(), Error> {
    let image = parse(plan, image)?;
    for (_, name) in sealed(plan) {
        let Some(cell) = image.get(name).filter(|cell| !cell.is_null()) else { continue };
        *found.entry(key_id(&bytes_of(plan, cell)?)?).or_default() += 1;
    }
    Ok(())
}

/// Sealed columns with the names of the cells that hold ciphertext.
fn sealed(plan: &Plan) -> impl Iterator<Item = (&Column, &str)> {
    let sealed = plan.columns.iter().filter(|column| column.storage == Storage::Sealed);
    sealed.filter_map(|column| Some((column, column.names.first()?.0.as_str())))
}

fn parse(plan: &Plan, image: &[u8]) -> Result<Map<String, Json>, Error> {
    let damaged = |_| Error::Corrupt(format!("a deleted `{}`", plan.name));
    serde_json::from_slice(image).map_err(damaged)
}

fn bytes_of(plan: &Plan, cell: &Json) -> Result<Vec<u8>, Error> {
    let bytes = cell.as_str().and_then(|text| BASE64.decode(text).ok());
    bytes.ok_or_else(|| Error::Corrupt(format!("a deleted `{}`", plan.name)))
}

fn to_json(cell: &Cell) -> Json {
    match cell {
        Cell::Null => Json::Null,
        Cell::Int(value) => json!(value),
        Cell::Text(text) => json!(&**text),
        Cell::Bytes(bytes) => json!(BASE64.encode(bytes)),
        Cell::Uuid(id) => json!(id.to_string()),
    }
}

fn from_json(json: &Json, kind: Kind) -> Option<Cell> {
    if json.is_null() {
        return Some(Cell::Null);
    }
    Some(match kind {
        Kind::Int => Cell::Int(json.as_i64()?),
        Kind::Text => Cell::text(json.as_str()?),
        Kind::Uuid => Cell::Uuid(json.as_str()?.parse().ok()?),
        Kind::Bytes => Cell::Bytes(BASE64.decode(json.as_str()?).ok()?),
    })
}

fn item_to_json(item: &Value) -> Json {
    match item {
        Value::Text(text) => json!({ "t": &**text }),
        Value::Id(id) | Value::Link(_, id) => json!({ "u": id.to_string() }),
        _ => Json::Null,
    }
}

fn item_from_json(json: &Json) -> Option<Value> {
    if let Some(text) = json.get("t").and_then(Json::as_str) {
        return Some(Value::Text(Arc::from(text)));
    }
    Some(Value::Id(json.get("u")?.as_str()?.parse().ok()?))
}
