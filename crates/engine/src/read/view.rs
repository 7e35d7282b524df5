//! The masked view: the only form in which a record's values leave the engine.

use kernel::Mask;
use schema::catalogue::{Access, base};
use schema::field::CurrencySource;
use schema::{Catalogue, Field, FieldType, Name, Object, Slot, Value};
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;
use uuid::Uuid;

/// A record as one actor may see it. Made only by masking.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Object name.
    pub object: Name,
    /// Record id.
    pub id: Uuid,
    /// Version, which is also its `ETag`.
    pub version: u64,
    cells: Vec<(Name, Cell)>,
    /// Values behind references, by the path asked for.
    far: Vec<(String, Cell)>,
    titles: Vec<(Name, String)>,
}

/// One shown value.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Clear(Json),
    Masked(String),
}

impl Cell {
    fn is_masked(&self) -> bool {
        matches!(self, Cell::Masked(_))
    }
}

impl View {
    /// Every shown value: own fields, then those behind references.
    fn all(&self) -> impl Iterator<Item = (&str, &Cell)> {
        let far = self.far.iter().map(|(path, cell)| (path.as_str(), cell));
        self.cells.iter().map(|(name, cell)| (name.as_str(), cell)).chain(far)
    }

    /// Masks `values` (by slot of `slots`) with what `access` says of each.
    pub(crate) fn of(
        catalogue: &Catalogue,
        object: &Object,
        slots: &[Slot],
        values: &[Value],
        access: impl Fn(Slot) -> Access,
    ) -> View {
        let mut view = View {
            object: object.name.clone(),
            id: Uuid::nil(),
            version: 0,
            cells: Vec::with_capacity(slots.len()),
            far: Vec::new(),
            titles: Vec::new(),
        };
        for (slot, value) in slots.iter().zip(values) {
            let Some(field) = object.at(*slot) else { continue };
            match (*slot, value) {
                (base::ID, Value::Id(id)) => view.id = *id,
                (base::VERSION, Value::Number(version)) => {
                    view.version = u64::try_from(*version).unwrap_or(0);
                }
                _ => {
                    let currency = currency(object, field, slots, values);
                    if let Some(cell) = show(catalogue, field, value, access(*slot), currency) {
                        view.cells.push((field.name.clone(), cell));
                    }
                }
            }
        }
        view
    }

    /// The value of `field` as JSON, masked or clear; `None` when it is not shown.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<Json> {
        self.all().find(|(name, _)| *name == field).map(|(_, cell)| match cell {
            Cell::Clear(json) => json.clone(),
            Cell::Masked(text) => Json::String(text.clone()),
        })
    }

    /// Whether `field` is shown, but masked.
    #[must_use]
    pub fn is_masked(&self, field: &str) -> bool {
        self.all().any(|(name, cell)| name == field && cell.is_masked())
    }

    /// Names of the shown fields, in column order.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.all().map(|(name, _)| name)
    }

    /// Title of the record that reference `field` points to, where asked for and visible.
    #[must_use]
    pub fn title(&self, field: &str) -> Option<&str> {
        self.titles.iter().find(|(name, _)| name == field).map(|(_, title)| title.as_str())
    }

    pub(crate) fn set_title(&mut self, field: Name, title: String) {
        self.titles.push((field, title));
    }

    /// Adds a shown value that lies behind a reference, such as `owner.name`.
    pub(crate) fn adopt(&mut self, path: &str, other: Option<&View>, rest: &str) {
        let own = other.and_then(|view| view.cells.iter().find(|(name, _)| name == rest));
        let far = other.and_then(|view| view.far.iter().find(|(name, _)| name == rest));
        let cell = own.map(|(_, cell)| cell).or(far.map(|(_, cell)| cell));
        self.far.push((path.to_owned(), cell.cloned().unwrap_or(Cell::Clear(Json::Null))));
    }
}

/// The currency of a money field that another field of the record names.
fn currency<'a>(
    object: &Object,
    field: &Field,
    slots: &[Slot],
    values: &'a [Value],
) -> Option<&'a str> {
    let FieldType::Money { currency: CurrencySource::Field(name), .. } = &field.kind else {
        return None;
    };
    let (wanted, _) = object.field(name.as_str())?;
    let at = slots.iter().position(|slot| *slot == wanted)?;
    match values.get(at)? {
        Value::Text(code) => Some(code),
        _ => None,
    }
}

/// What a reader with `granted` access sees of `value`; `None` when hidden.
fn show(
    catalogue: &Catalogue,
    field: &Field,
    value: &Value,
    granted: Access,
    currency: Option<&str>,
) -> Option<Cell> {
    match field.shown(granted) {
        Access::Hidden => None,
        Access::Masked if value.is_empty() => Some(Cell::Clear(Json::Null)),
        Access::Masked => Some(Cell::Masked(masked(catalogue, field, value))),
        Access::Read | Access::Write => Some(Cell::Clear(field.to_json(value, currency))),
    }
}

/// The partial display of `value`; never the whole of it.
fn masked(catalogue: &Catalogue, field: &Field, value: &Value) -> String {
    let mask = field.mask.unwrap_or(default_mask(&field.kind));
    match value {
        Value::Secret(secret) => mask.apply(secret.expose()),
        Value::Text(text) => mask.apply(text),
        _ if mask == Mask::All => mask.apply(""),
        other => mask.apply(&field.to_text(other, catalogue, schema::catalogue::Language::Zh)),
    }
}

fn default_mask(kind: &FieldType) -> Mask {
    match kind {
        FieldType::Phone => Mask::Mobile,
        FieldType::ResidentId => Mask::ResidentId,
        FieldType::BankCard => Mask::Tail4,
        FieldType::Email => Mask::Email,
        FieldType::Address => Mask::Address,
        _ => Mask::All,
    }
}

impl Serialize for View {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_struct("Record", 6)?;
        record.serialize_field("object", &self.object)?;
        record.serialize_field("id", &self.id)?;
        record.serialize_field("version", &self.version)?;
        record.serialize_field("values", &Cells(self))?;
        let masked: Vec<&str> =
            self.all().filter(|(_, cell)| cell.is_masked()).map(|c| c.0).collect();
        record.serialize_field("masked", &masked)?;
        if self.titles.is_empty() {
            record.skip_field("titles")?;
        } else {
            record.serialize_field("titles", &Titles(&self.titles))?;
        }
        record.end()
    }
}

struct Cells<'a>(&'a View);

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.cells.len() + self.0.far.len()))?;
        for (name, cell) in self.0.all() {
            match cell {
                Cell::Clear(json) => map.serialize_entry(name, json)?,
                Cell::Masked(text) => map.serialize_entry(name, text)?,
            }
        }
        map.end()
    }
}

struct Titles<'a>(&'a [(Name, String)]);

impl Serialize for Titles<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, title) in self.0 {
            map.serialize_entry(name, title)?;
        }
        map.end()
    }
}
