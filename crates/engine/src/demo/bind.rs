//! Matching a plan with a catalogue: every name resolved, every expression typed.
//!
//! Steps and lists become the objects of a scratch catalogue of their own, so that values are
//! written in the one expression language and paths between rows are ordinary reference paths.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use kernel::Decimal;
use schema::catalogue::{Label, ParameterValue, base};
use schema::expr::{self, Expr, Parameters, Type};
use schema::{Catalogue, Field, FieldType, Name, Object, ObjectIx, Slot, Value};
use serde_json::Value as Json;

use super::plan::{Argument, DemoPlan, List, PlanError, Recipe, Step};
use super::{dice, make, make::Maker};

/// Name of the field that counts rows from 0 under their parent.
pub(crate) const NTH: &str = "nth";
/// Reference to the row a row is made for.
pub(crate) const UP: &str = "up";
/// Reference to the row made before under the same parent.
pub(crate) const PRIOR: &str = "prior";
/// Reference to the list's row a row is made of.
pub(crate) const SEED: &str = "seed";

/// A plan that can be carried out.
pub(crate) struct Bound {
    pub catalogue: Catalogue,
    pub tables: Vec<Table>,
    pub settings: Settings,
}

/// A step or a list.
pub(crate) struct Table {
    pub name: Name,
    pub hash: u64,
    pub kind: Kind,
    /// How the value of each slot of the scratch object comes about.
    pub makers: Vec<Option<Maker>>,
    pub target: Option<Target>,
    pub login: Option<[Slot; 3]>,
    /// Values that say which row a row duplicates, and how.
    pub alike: Option<[Slot; 2]>,
}

/// Where rows come from.
pub(crate) enum Kind {
    /// Seed rows with their outer rows.
    List { rows: Vec<Vec<Value>>, ups: Vec<u32> },
    /// So many.
    Root { count: Expr },
    /// So many for each row of another table.
    Child { of: usize, each: Expr },
}

/// Where rows go.
pub(crate) struct Target {
    pub object: Name,
    /// Slot here, slot there.
    pub slots: Vec<(Slot, Slot)>,
}

/// Settings of the plan and parameters of the institution, as expressions see them.
#[derive(Default)]
pub(crate) struct Settings(BTreeMap<Name, Value>);

impl Parameters for Settings {
    fn get(&self, name: &Name) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }
}

/// Resolves `plan` against `real` for so many customers.
pub(crate) fn bind(
    plan: &DemoPlan,
    real: &Catalogue,
    customers: u64,
) -> Result<Bound, Vec<PlanError>> {
    let mut binder = Binder { plan, real, catalogue: Catalogue::default(), errors: Vec::new() };
    let mut settings = Settings::default();
    let values = plan.settings().map(|(name, value)| (name, Decimal::from(value)));
    for (name, value) in values.chain([("customers", Decimal::from(customers))]) {
        binder.setting(&mut settings, name, value);
    }
    for (name, list) in &plan.lists {
        binder.declare_list(name, list);
    }
    for step in &plan.steps {
        binder.declare_step(step);
    }
    binder.check(0)?;
    binder.infer();
    binder.check(0)?;
    let mut tables = Vec::with_capacity(plan.lists.len() + plan.steps.len());
    for (name, list) in &plan.lists {
        tables.extend(binder.list(name, list));
    }
    for step in &plan.steps {
        tables.extend(binder.step(step));
    }
    binder.check(plan.lists.len() + plan.steps.len() - tables.len())?;
    Ok(Bound { catalogue: binder.catalogue, tables, settings })
}

/// What resolving works with.
pub(crate) struct Binder<'a> {
    plan: &'a DemoPlan,
    pub real: &'a Catalogue,
    pub catalogue: Catalogue,
    errors: Vec<PlanError>,
}

impl Binder<'_> {
    pub fn error(&mut self, at: &str, reason: impl Into<String>) {
        self.errors.push(PlanError::new(at, reason));
    }

    /// Whether no fault is noted at `at` yet.
    pub fn is_clean(&self, at: &str) -> bool {
        self.errors.iter().all(|error| error.at != at)
    }

    fn check(&mut self, missing: usize) -> Result<(), Vec<PlanError>> {
        if missing > 0 && self.errors.is_empty() {
            self.error("plan", "a step could not be resolved");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.errors)) }
    }

    fn name(&mut self, text: &str) -> Option<Name> {
        Name::new(text).map_err(|error| self.error(text, error.to_string())).ok()
    }

    fn setting(&mut self, settings: &mut Settings, name: &str, value: Decimal) {
        let Some(name) = self.name(name) else { return };
        let parameter = schema::catalogue::Parameter {
            name: name.clone(),
            label: Label::default(),
            note: String::new(),
            values: vec![(kernel::Date::MIN, ParameterValue::Number(value))],
        };
        self.catalogue.parameters.insert(name.clone(), parameter);
        settings.0.insert(name, Value::Number(value));
    }

    /// An object with the fields that every row has.
    fn declare(&mut self, name: &str, is_nested: bool) -> Option<(Name, Object)> {
        let name = self.name(name)?;
        if self.catalogue.objects.contains_key(&name) {
            self.error(name.as_str(), "this name is used twice");
            return None;
        }
        let mut object = Object::new(name.clone(), name.clone(), Label::default());
        for base in base::NAMES {
            self.add(&mut object, base, FieldType::File { max_bytes: 0, versions: false });
        }
        self.add(&mut object, NTH, number());
        if is_nested {
            self.add(
                &mut object,
                PRIOR,
                FieldType::Reference { to: vec![name.clone()], on_delete: Default::default() },
            );
        }
        Some((name, object))
    }

    fn add(&mut self, object: &mut Object, name: &str, kind: FieldType) {
        if let Some(name) = self.name(name) {
            object.fields.insert(name.clone(), plain(name, object.name.clone(), kind));
        }
    }

    fn declare_list(&mut self, name: &str, list: &List) {
        let Some((key, mut object)) = self.declare(name, false) else { return };
        if let Some(outer) = &list.outer {
            self.refer(&mut object, UP, outer);
        }
        for (column, kind) in columns(list) {
            self.add(&mut object, column, kind);
        }
        self.catalogue.objects.insert(key, object);
    }

    fn refer(&mut self, object: &mut Object, field: &str, to: &str) {
        if let Some(to) = self.name(to) {
            self.add(object, field, reference(to));
        }
    }

    fn declare_step(&mut self, step: &Step) {
        let Some((key, mut object)) = self.declare(&step.name, step.per.is_some()) else { return };
        if let Some(per) = &step.per {
            self.refer(&mut object, UP, per);
        }
        if let Some(rows) = &step.rows {
            self.refer(&mut object, SEED, rows);
        }
        let real = step.object.as_ref().and_then(|name| self.real.object(name));
        if let (Some(name), None) = (&step.object, real) {
            self.error(&step.name, format!("the catalogue has no object `{name}`"));
        }
        for (name, json) in &step.hidden {
            if let Some(kind) = self.natural(step, name, json) {
                self.add(&mut object, name, kind);
            }
        }
        for (name, json) in &step.set {
            let kind = real.and_then(|(_, real)| real.field(name)).map(|(_, field)| &field.kind);
            match kind {
                None => {
                    self.error(&format!("{}.{name}", step.name), "the object has no such field")
                }
                Some(kind) if is_reference(kind) => {
                    if let Some(kind) = self.natural(step, name, json) {
                        self.add(&mut object, name, kind);
                    }
                }
                Some(kind) => self.add(&mut object, name, kind.clone()),
            }
        }
        self.catalogue.objects.insert(key, object);
    }

    /// The type a recipe yields by its form alone; none for an expression.
    fn natural(&mut self, step: &Step, name: &str, json: &Json) -> Option<FieldType> {
        let at = format!("{}.{name}", step.name);
        let recipe = self.recipe(&at, json)?;
        if recipe.value.is_some() {
            return None;
        }
        match make::target(&recipe) {
            Some(table) => self.name(table).map(reference),
            None => Some(make::kind(&recipe)),
        }
    }

    /// The recipe a value is written as: an expression, a number, a flag or a table.
    pub fn recipe(&mut self, at: &str, json: &Json) -> Option<Recipe> {
        let value = match json {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            Json::Bool(flag) => flag.to_string(),
            other => {
                let read = serde_json::from_value(other.clone());
                return read.map_err(|error| self.error(at, error.to_string())).ok();
            }
        };
        Some(Recipe { value: Some(Argument::Text(value)), ..Recipe::default() })
    }

    /// Gives values that are expressions the type of what they yield, until all have one.
    fn infer(&mut self) {
        let mut open: Vec<(String, String, String)> = Vec::new();
        for step in &self.plan.steps {
            for (name, json) in step.hidden.iter().chain(&step.set) {
                let known = self.catalogue.object(&step.name).and_then(|(_, o)| o.field(name));
                let base = known.is_some_and(|(slot, field)| {
                    usize::from(slot.0) < base::COUNT
                        && matches!(field.kind, FieldType::File { .. })
                });
                let recipe = if known.is_none() || base { self.recipe(name, json) } else { None };
                if let Some(value) = recipe.and_then(|recipe| recipe.value) {
                    open.push((step.name.clone(), name.clone(), value.source()));
                }
            }
        }
        while !open.is_empty() {
            let before = open.len();
            let mut faults = Vec::new();
            open.retain(|(step, name, source)| match self.infer_one(step, name, source) {
                Ok(()) => false,
                Err(reason) => {
                    faults.push((format!("{step}.{name}"), reason));
                    true
                }
            });
            if open.len() == before {
                faults.into_iter().for_each(|(at, reason)| self.error(&at, reason));
                return;
            }
        }
    }

    fn infer_one(&mut self, step: &str, name: &str, source: &str) -> Result<(), String> {
        let (ix, _) = self.catalogue.object(step).ok_or("no such step")?;
        let parsed = expr::parse(source, &self.catalogue, ix).map_err(|error| error.to_string())?;
        let kind = match parsed.ty {
            Type::Bool => FieldType::Boolean,
            Type::Number | Type::Duration => number(),
            Type::Date => FieldType::Date,
            Type::Instant => FieldType::DateTime,
            Type::Id(to) if !to.is_empty() => {
                FieldType::Reference { to, on_delete: Default::default() }
            }
            Type::List(_) => FieldType::Tags,
            _ => FieldType::Text { max: 1000 },
        };
        let name = Name::new(name).map_err(|error| error.to_string())?;
        if let Some(object) = self.catalogue.objects.get_mut(step) {
            let field = plain(name.clone(), object.name.clone(), kind);
            object.fields.insert(name, field);
        }
        Ok(())
    }

    fn list(&mut self, name: &str, list: &List) -> Option<Table> {
        let (_, object) = self.catalogue.object(name)?;
        let ups = list.up.iter().filter_map(|up| u32::try_from(*up).ok()).collect();
        let rows = list.rows.iter().map(|row| {
            object
                .fields
                .values()
                .map(|field| read(row.get(field.name.as_str()), &field.kind))
                .collect()
        });
        let kind = Kind::List { rows: rows.collect(), ups };
        let makers = object.slots().map(|_| None).collect();
        let name = object.name.clone();
        let hash = dice::of_text(name.as_str());
        Some(Table { name, hash, kind, makers, target: None, login: None, alike: None })
    }

    fn step(&mut self, step: &Step) -> Option<Table> {
        let (ix, object) = self.catalogue.object(&step.name)?;
        let name = object.name.clone();
        let mut makers: Vec<Option<Maker>> = object.slots().map(|_| None).collect();
        let kind = self.step_kind(step, ix)?;
        for (field, json) in step.hidden.iter().chain(&step.set) {
            let at = format!("{}.{field}", step.name);
            let recipe = self.recipe(&at, json)?;
            let (slot, _) = self.catalogue.object(&step.name)?.1.field(field)?;
            let made = make::maker(self, &at, ix, field, &recipe);
            if let (Some(place), Some(made)) = (makers.get_mut(usize::from(slot.0)), made) {
                *place = Some(made);
            }
        }
        let target = self.step_target(step);
        let login = step.login.as_ref().and_then(|login| {
            let found = [&login.login, &login.name, &login.role].map(|name| self.slot(step, name));
            let [Some(login), Some(name), Some(role)] = found else { return None };
            Some([login, name, role])
        });
        let alike = step.alike.as_ref().and_then(|alike| {
            let [Some(to), Some(kind)] = [&alike.to, &alike.kind].map(|name| self.slot(step, name))
            else {
                return None;
            };
            Some([to, kind])
        });
        let hash = dice::of_text(name.as_str());
        Some(Table { name, hash, kind, makers, target, login, alike })
    }

    fn slot(&mut self, step: &Step, field: &str) -> Option<Slot> {
        let found = self.catalogue.object(&step.name).and_then(|(_, o)| o.field(field));
        if found.is_none() {
            self.errors.push(PlanError::new(&step.name, format!("no value `{field}`")));
        }
        found.map(|(slot, _)| slot)
    }

    fn step_kind(&mut self, step: &Step, ix: ObjectIx) -> Option<Kind> {
        if let Some(per) = &step.per {
            let of = self.catalogue.objects.get_index_of(per.as_str());
            let of = of.or_else(|| {
                self.error(&step.name, format!("no step or list `{per}`"));
                None
            })?;
            let each = step.each.as_ref().map_or("1".to_owned(), Argument::source);
            let of_ix = ObjectIx(u16::try_from(of).ok()?);
            let each = self.parse(&format!("{}.each", step.name), of_ix, &each, &Type::Number)?;
            return Some(Kind::Child { of, each });
        }
        let listed = step.rows.as_ref().and_then(|rows| self.plan.lists.get(rows));
        let count = match (listed, &step.count) {
            (Some(list), _) => list.rows.len().to_string(),
            (None, Some(count)) => count.source(),
            (None, None) => {
                self.error(&step.name, "say `count`, `rows` (a list) or `per`");
                return None;
            }
        };
        let count = self.parse(&format!("{}.count", step.name), ix, &count, &Type::Number)?;
        Some(Kind::Root { count })
    }

    fn step_target(&mut self, step: &Step) -> Option<Target> {
        let (_, here) = self.catalogue.object(&step.name)?;
        let (_, there) = self.real.object(step.object.as_ref()?)?;
        let slots =
            step.set.keys().filter_map(|name| Some((here.field(name)?.0, there.field(name)?.0)));
        Some(Target { object: there.name.clone(), slots: slots.collect() })
    }

    /// Reads an expression over rows of table `ix`.
    pub fn parse(&mut self, at: &str, ix: ObjectIx, source: &str, wanted: &Type) -> Option<Expr> {
        let parsed = match wanted {
            Type::Empty => expr::parse(source, &self.catalogue, ix),
            wanted => expr::parse_as(source, &self.catalogue, ix, wanted),
        };
        parsed.map_err(|error| self.error(at, error.to_string())).ok()
    }

    /// Position of a step or list.
    pub fn table(&mut self, at: &str, name: &str) -> Option<usize> {
        let found = self.catalogue.objects.get_index_of(name);
        if found.is_none() {
            self.error(at, format!("no step or list `{name}`"));
        }
        found
    }

    /// Slot of a column of table `table`.
    pub fn column(&mut self, at: &str, table: usize, name: &str) -> Option<Slot> {
        let object = self.catalogue.objects.get_index(table).map(|(_, object)| object);
        let found = object.and_then(|object| object.field(name)).map(|(slot, _)| slot);
        if found.is_none() {
            self.error(at, format!("no column `{name}`"));
        }
        found
    }
}

fn number() -> FieldType {
    FieldType::Number { scale: 9, min: None, max: None }
}

fn reference(to: Name) -> FieldType {
    FieldType::Reference { to: vec![to], on_delete: Default::default() }
}

fn is_reference(kind: &FieldType) -> bool {
    matches!(kind, FieldType::Reference { .. } | FieldType::User | FieldType::OrgUnit)
}

fn plain(name: Name, pack: Name, kind: FieldType) -> Field {
    Field {
        name,
        pack,
        label: Label::default(),
        help: None,
        kind,
        required: false,
        unique: false,
        default: None,
        level: 1,
        encrypted: false,
        mask: None,
        indexed: false,
        search: None,
        history: false,
        aliases: Vec::new(),
        read_only: false,
        retired: false,
    }
}

/// Columns of a list with their types: texts that all are decimals with a point are numbers.
fn columns(list: &List) -> IndexMap<&str, FieldType> {
    let mut columns: IndexMap<&str, FieldType> = IndexMap::new();
    for (name, value) in list.rows.iter().flatten() {
        let kind = match value {
            Json::Number(_) => number(),
            Json::Bool(_) => FieldType::Boolean,
            Json::String(text) if is_decimal(text) => number(),
            _ => FieldType::Text { max: 1000 },
        };
        let text = matches!(kind, FieldType::Text { .. });
        let place = columns.entry(name).or_insert_with(|| kind.clone());
        if text {
            *place = kind;
        }
    }
    columns
}

fn is_decimal(text: &str) -> bool {
    text.contains('.') && text.parse::<Decimal>().is_ok()
}

fn read(json: Option<&Json>, kind: &FieldType) -> Value {
    match (json, kind) {
        (Some(Json::Bool(flag)), _) => Value::Bool(*flag),
        (Some(Json::Number(number)), FieldType::Number { .. }) => {
            number.to_string().parse().map_or(Value::Null, Value::Number)
        }
        (Some(Json::String(text)), FieldType::Number { .. }) => {
            text.parse().map_or(Value::Null, Value::Number)
        }
        (Some(Json::String(text)), _) if !text.is_empty() => Value::text(text.as_str()),
        (Some(Json::Number(number)), _) => Value::text(number.to_string()),
        _ => Value::Null,
    }
}
