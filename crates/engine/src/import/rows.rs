//! From rows of a file to typed values: cells parsed, references found by what people call them.

use std::collections::{BTreeMap, HashMap, HashSet};

use schema::catalogue::{Access, Action, SystemKind};
use schema::expr::Node;
use schema::field::Storage;
use schema::{Field, FieldType, Object, ObjectIx, Slot, Value};
use uuid::Uuid;

use super::plan::{Resolved, Target};
use super::source::{Cell, RawRow, is_space};
use crate::rights::own_field;
use crate::write::{Context, Values, of_flaw};
use crate::{Error, Violation};

/// Most texts whose meaning is remembered.
const REMEMBERED: usize = 100_000;

/// A row with its cells parsed.
#[derive(Debug, Clone)]
pub(crate) struct Parsed {
    pub line: u64,
    pub given: Vec<(Slot, Value)>,
    /// One row for each child table that columns are mapped to.
    pub children: BTreeMap<String, Values>,
    pub violations: Vec<Violation>,
}

/// What the texts of references mean.
#[derive(Default)]
pub(crate) struct Names {
    known: HashMap<(ObjectIx, String), Meaning>,
    /// Records that earlier rows of a self-referring file make, tried out or written.
    pub made: HashSet<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    One(Uuid),
    Several,
    None,
}

impl Names {
    /// Forgets texts that meant nothing: records made since may be called so.
    pub fn forget_unknown(&mut self, ix: ObjectIx) {
        self.known.retain(|(object, _), meaning| *object != ix || *meaning != Meaning::None);
    }

    /// Finds what is not known yet among the references of `rows`: one query for each field a
    /// target can be called by. An id stands for itself where only one object can be meant.
    pub async fn learn(
        &mut self,
        context: &Context<'_>,
        resolved: &Resolved,
        rows: &[RawRow],
    ) -> Result<(), Error> {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        let mut wanted: BTreeMap<ObjectIx, Vec<String>> = BTreeMap::new();
        for target in &resolved.targets {
            let holder = target.child.as_ref().map_or(resolved.ix, |(_, ix)| *ix);
            let Some(field) = context.catalogue.at(holder).and_then(|o| o.at(target.slot)) else {
                continue;
            };
            let objects = referred(context, field);
            for object in &objects {
                let object = *object;
                let texts = wanted.entry(object).or_default();
                for row in rows {
                    let text = row.cells.get(target.column).map(plain).unwrap_or_default();
                    let itself = objects.len() == 1 && text.parse::<Uuid>().is_ok();
                    if !text.is_empty()
                        && !itself
                        && !self.known.contains_key(&(object, text.clone()))
                    {
                        texts.push(text);
                    }
                }
            }
        }
        for (object, mut texts) in wanted {
            texts.sort_unstable();
            texts.dedup();
            for some in texts.chunks(500) {
                self.look_up(context, object, some).await?;
            }
        }
        Ok(())
    }

    async fn look_up(
        &mut self,
        context: &Context<'_>,
        ix: ObjectIx,
        texts: &[String],
    ) -> Result<(), Error> {
        for text in texts {
            self.known.insert((ix, text.clone()), Meaning::None);
        }
        let ids: HashMap<Uuid, &String> =
            texts.iter().filter_map(|text| Some((text.parse().ok()?, text))).collect();
        let asked: Vec<Uuid> = ids.keys().copied().collect();
        for id in context.engine.visible(context, ix, &asked).await? {
            if let Some(text) = ids.get(&id) {
                self.note(ix, text, id);
            }
        }
        let Some(object) = context.catalogue.at(ix) else { return Ok(()) };
        // What is found by an index comes first: a title may have none.
        let named = object.slots().filter(|(slot, field)| calls(object, *slot, field));
        let (titles, quick): (Vec<_>, Vec<_>) =
            named.partition(|(slot, field)| *slot == object.title && !field.unique);
        for (slot, _) in quick.into_iter().chain(titles) {
            let unknown = |text: &&String| {
                text.parse::<Uuid>().is_err()
                    && self.known.get(&(ix, (*text).clone())) == Some(&Meaning::None)
            };
            let left: Vec<Value> =
                texts.iter().filter(unknown).map(|text| Value::text(text.as_str())).collect();
            let rights = context.actor.rights();
            let scope = rights.scope_reading(ix, Action::Read, &[(slot, Access::Read)]);
            let (Some(scope), false) = (scope, left.is_empty()) else { continue };
            let among = Node::In(
                Box::new(own_field(ix, slot)),
                Box::new(Node::Literal(Value::List(left.into()))),
            );
            for (id, called) in context.all_with((ix, Some(scope)), vec![among], &[slot]).await? {
                match called.first() {
                    Some(Value::Text(text)) => self.note(ix, text, id),
                    Some(Value::Secret(text)) => self.note(ix, text.expose(), id),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Notes that a record is called `text`.
    pub fn note(&mut self, ix: ObjectIx, text: &str, id: Uuid) {
        let meaning = self.known.entry((ix, text.to_owned())).or_insert(Meaning::None);
        *meaning = match *meaning {
            Meaning::None => Meaning::One(id),
            Meaning::One(known) if known == id => Meaning::One(id),
            Meaning::One(_) | Meaning::Several => Meaning::Several,
        };
    }

    fn find(
        &self,
        context: &Context<'_>,
        field: &Field,
        text: &str,
    ) -> Result<Value, &'static str> {
        let objects = referred(context, field);
        let several = objects.len() > 1;
        let mut found = None;
        for ix in objects {
            let meaning = match text.parse::<Uuid>() {
                Ok(id) if !several => Some(Meaning::One(id)),
                _ => self.known.get(&(ix, text.to_owned())).copied(),
            };
            match meaning {
                Some(Meaning::One(id)) if found.is_none() => found = Some((ix, id)),
                Some(Meaning::One(_) | Meaning::Several) => return Err("reference_ambiguous"),
                Some(Meaning::None) | None => {}
            }
        }
        let (ix, id) = found.ok_or("reference_unknown")?;
        Ok(match context.catalogue.at(ix) {
            Some(object) if several => Value::Link(object.name.clone(), id),
            _ => Value::Id(id),
        })
    }
}

/// Objects that a reference field may point to.
pub(crate) fn referred(context: &Context<'_>, field: &Field) -> Vec<ObjectIx> {
    match &field.kind {
        FieldType::Reference { to, .. } => {
            to.iter().filter_map(|name| Some(context.catalogue.object(name.as_str())?.0)).collect()
        }
        _ => field.target(context.catalogue).into_iter().collect(),
    }
}

/// Whether records are called by this field: its title, unique texts, and what the object says.
/// Encrypted ones only where they are read without being revealed.
fn calls(object: &Object, slot: Slot, field: &Field) -> bool {
    let text = match field.storage() {
        Storage::Text => true,
        Storage::Sealed => field.shown(Access::Read) >= Access::Read,
        _ => false,
    };
    let calls = slot == object.title
        || object.called_by.contains(&slot)
        || (field.unique && field.storage() == Storage::Text);
    text && !field.retired && calls
}

/// Parses a row; flaws become violations and the rest of the row is still parsed. Columns mapped to
/// one field (省 and 市 to a cascade) are read as one text, joined by `/`.
pub(crate) fn parse(
    context: &Context<'_>,
    resolved: &Resolved,
    names: &Names,
    raw: &RawRow,
    width: Option<usize>,
) -> Parsed {
    let mut row = Parsed {
        line: raw.line,
        given: Vec::with_capacity(resolved.targets.len()),
        children: BTreeMap::new(),
        violations: Vec::new(),
    };
    if let Some(expected) = width.filter(|expected| *expected != raw.cells.len()) {
        let violation = Violation::new("*", "columns")
            .with("found", raw.cells.len().to_string())
            .with("expected", expected.to_string());
        row.violations.push(violation);
        return row;
    }
    for (at, target) in resolved.targets.iter().enumerate() {
        let same = |other: &Target| other.slot == target.slot && other.child == target.child;
        if resolved.targets.iter().take(at).any(same) {
            continue;
        }
        let cells: Vec<&Cell> = resolved
            .targets
            .iter()
            .filter(|other| same(other))
            .filter_map(|other| raw.cells.get(other.column))
            .filter(|cell| !cell.is_empty())
            .collect();
        let joined = match cells.as_slice() {
            [] => Cell::Text(String::new()),
            [only] => (*only).clone(),
            several => {
                let texts: Vec<String> = several.iter().map(|cell| plain(cell)).collect();
                Cell::Text(texts.join("/"))
            }
        };
        one(Reading { context, resolved, names }, target, &joined, &mut row);
    }
    row
}

/// What parsing a cell looks at.
#[derive(Clone, Copy)]
struct Reading<'a> {
    context: &'a Context<'a>,
    resolved: &'a Resolved,
    names: &'a Names,
}

fn one(reading: Reading<'_>, target: &Target, cell: &Cell, row: &mut Parsed) {
    let Reading { context, resolved, .. } = reading;
    let holder = target.child.as_ref().map_or(resolved.ix, |(_, ix)| *ix);
    let Some(object) = context.catalogue.at(holder) else { return };
    let Some(field) = object.at(target.slot) else { return };
    let path = match &target.child {
        Some((table, _)) => format!("{table}.{}", field.name),
        None => field.name.to_string(),
    };
    let value = match value(reading, object, field, target, cell) {
        Ok(value) => value,
        Err(violations) => {
            row.violations.extend(violations.into_iter().map(|mut violation| {
                violation.field.clone_from(&path);
                violation.with("column", &target.header).with("value", shown(field, cell))
            }));
            return;
        }
    };
    match &target.child {
        None => row.given.push((target.slot, value)),
        Some((table, _)) if !value.is_empty() => {
            let json = crate::codec::plain_json(field, &value);
            row.children.entry(table.to_string()).or_default().insert(field.name.to_string(), json);
        }
        Some(_) => {}
    }
}

/// What an error report may repeat of a bad cell: nothing of sensitive fields but their masked form.
fn shown(field: &Field, cell: &Cell) -> String {
    let text = cell.text();
    if field.level >= 3 || field.encrypted {
        return kernel::Mask::All.apply(&text);
    }
    text.chars().take(60).collect()
}

fn plain(cell: &Cell) -> String {
    kernel::text::half_width(&cell.text()).trim_matches(is_space).to_owned()
}

fn value(
    Reading { context, names, .. }: Reading<'_>,
    object: &Object,
    field: &Field,
    target: &Target,
    cell: &Cell,
) -> Result<Value, Vec<Violation>> {
    let bad = |code: &str| vec![Violation::new("", code)];
    let text = match cell {
        Cell::Broken(_) => return Err(bad("formula_without_value")),
        Cell::Date(date) => match field.kind {
            FieldType::Date => return Ok(Value::Date(*date)),
            _ => date.to_string(),
        },
        Cell::Number { exact: false, .. } if !is_number(field) => return Err(bad("digits_lost")),
        Cell::Number { text, .. } | Cell::Text(text) | Cell::DateTime(text) => text.clone(),
    };
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return Ok(Value::Null);
    }
    if matches!(field.kind, FieldType::Reference { .. } | FieldType::User | FieldType::OrgUnit) {
        return names.find(context, field, &plain(cell)).map_err(bad);
    }
    if object.system == Some(SystemKind::Assignment)
        && field.name == "role"
        && let Some(role) = role_called(context, text)
    {
        return Ok(role);
    }
    let flaws =
        |flaws: Vec<schema::field::Flaw>| flaws.into_iter().map(|flaw| of_flaw("", flaw)).collect();
    field.parse_text(text, &target.options, &context.parse_context()).map_err(flaws)
}

/// A role by its name or what it is called on screen.
fn role_called(context: &Context<'_>, text: &str) -> Option<Value> {
    let called = |role: &&schema::catalogue::Role| {
        role.name == *text || role.label.zh == text || role.label.en.eq_ignore_ascii_case(text)
    };
    context.catalogue.roles.values().find(called).map(|role| Value::text(role.name.as_str()))
}

fn is_number(field: &Field) -> bool {
    matches!(field.storage(), schema::field::Storage::Scaled(_))
}
