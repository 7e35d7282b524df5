//! Completeness lists, and the computed field that each adds to its object.

use std::collections::BTreeSet;

use crate::Name;
use crate::catalogue::{Label, ObjectIx, Quality, QualityItem, Slot, Supplier};
use crate::expr::Type;
use crate::field::{Field, FieldType};

use super::build::{Build, Origin, Target};
use super::expressions::placeholder;
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

/// Most items of one list.
const ITEMS: usize = 40;

impl<'a> Build<'a> {
    /// Reads the lists and adds their fields; the conditions wait for all fields to be known.
    pub(crate) fn quality(&mut self) {
        for (source_ix, source, reader) in self.files(Folder::Quality).collect::<Vec<_>>() {
            let (Some(name), Some(pack)) = (self.stem(source), self.pack_of(source)) else {
                continue;
            };
            let (Some(text), Some(field)) = (reader.text("object"), reader.name("field")) else {
                continue;
            };
            let Some((ix, object)) = self.catalogue.object(text) else {
                self.unknown_object(source, reader.at("object"), text);
                continue;
            };
            if object.field(field.as_str()).is_some() || self.catalogue.quality.contains_key(&name)
            {
                self.twice(source, reader.at("field"), field.as_str());
                continue;
            }
            let (object, slot) = (object.name.clone(), object.fields.len());
            let slot = Slot(u16::try_from(slot).unwrap_or(u16::MAX));
            let label = reader.label("label").unwrap_or_default();
            let computed = computed(field.clone(), pack, &label, reader.label("help"));
            if let Some((_, found)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) {
                found.fields.insert(field.clone(), computed);
            }
            self.origins.insert((ix, slot), Origin { source, table: reader });
            let items = self.items((source_ix, source), &reader, (&name, ix));
            let quality = Quality { name: name.clone(), object, label, field, items };
            self.catalogue.quality.insert(name, quality);
        }
    }

    fn items(
        &mut self,
        (source_ix, source): (usize, &'a Source),
        reader: &Reader<'a>,
        (name, ix): (&Name, ObjectIx),
    ) -> Vec<QualityItem> {
        let mut items: Vec<QualityItem> = Vec::new();
        let tables = reader.tables("items");
        if tables.is_empty() || tables.len() > ITEMS {
            let message =
                say(format!("a list has 1 to {ITEMS} items"), format!("清单须有 1 至 {ITEMS} 项"));
            self.problem((source, reader.at("items")), "too_many", message, Said::none());
        }
        for table in tables.into_iter().take(ITEMS) {
            let Some(code) = table.name("code") else { continue };
            if items.iter().any(|other| other.code == code) {
                self.twice(source, table.at("code"), code.as_str());
                continue;
            }
            let at = table.text("at");
            if self.slot(source, at, table.at("at"), ix).is_none() && at.is_some() {
                continue;
            }
            let by = table.texts("by").into_iter().filter_map(|(word, _)| supplier(word));
            let position = items.len();
            self.expect((source_ix, &table, "when"), ix, Target::ItemWhen(name.clone(), position));
            self.expect((source_ix, &table, "met"), ix, Target::ItemMet(name.clone(), position));
            items.push(QualityItem {
                code,
                label: table.label("label").unwrap_or_default(),
                when: None,
                met: placeholder(),
                weight: table.integer("weight").and_then(|w| u32::try_from(w).ok()).unwrap_or(1),
                by: by.collect(),
                at: at.and_then(|at| Name::new(at).ok()),
            });
        }
        items
    }

    /// Puts the formulas of all lists into their fields, once their conditions are parsed.
    pub(super) fn shares(&mut self) {
        if self.going_round() {
            return;
        }
        let formulas: Vec<_> = self
            .catalogue
            .quality
            .values()
            .map(|quality| {
                let formula = quality.formula(&self.catalogue);
                (quality.object.clone(), quality.field.clone(), formula)
            })
            .collect();
        for (object, field, expr) in formulas {
            let found = self.catalogue.objects.get_mut(&object);
            if let Some(field) = found.and_then(|found| found.fields.get_mut(&field)) {
                field.kind = FieldType::Formula { expr };
            }
        }
    }
}

impl Build<'_> {
    /// Refuses a list whose conditions lead back to a list's share; whether there is one.
    fn going_round(&mut self) -> bool {
        let shares: Vec<FieldKey> = self
            .catalogue
            .quality
            .values()
            .filter_map(|quality| {
                let (ix, object) = self.catalogue.object(quality.object.as_str())?;
                Some((ix, object.field(quality.field.as_str())?.0))
            })
            .collect();
        let round: Vec<FieldKey> = self
            .catalogue
            .quality
            .values()
            .zip(&shares)
            .filter(|(quality, _)| {
                let conditions = quality.items.iter().flat_map(|item| {
                    item.when.iter().chain([&item.met]).map(|expr| expr.dependencies().fields)
                });
                self.reads(conditions.flatten().collect(), &shares)
            })
            .map(|(_, share)| *share)
            .collect();
        for key in &round {
            let Some(Origin { source, table }) = self.origins.get(key).copied() else { continue };
            let message = say("the list goes in a circle", "清单循环引用");
            let remedy = say("do not ask for a list's own share", "请勿引用清单自身的完整度");
            self.problem((source, table.at("field")), "cycle", message, remedy);
        }
        !round.is_empty()
    }

    /// Whether any of these fields is one of `shares` or computed from one.
    fn reads(&self, fields: BTreeSet<FieldKey>, shares: &[FieldKey]) -> bool {
        let mut seen: BTreeSet<FieldKey> = BTreeSet::new();
        let mut left: Vec<FieldKey> = fields.into_iter().collect();
        while let Some(key) = left.pop() {
            if shares.contains(&key) {
                return true;
            }
            if !seen.insert(key) {
                continue;
            }
            let field = self.catalogue.at(key.0).and_then(|object| object.at(key.1));
            match field.map(|field| &field.kind) {
                Some(FieldType::Formula { expr }) => left.extend(expr.dependencies().fields),
                Some(FieldType::RollUp { object, value, filter, .. }) => {
                    left.extend(filter.iter().flat_map(|expr| expr.dependencies().fields));
                    let child = self.catalogue.object(object.as_str());
                    let value = value.as_ref().zip(child).and_then(|(value, (ix, child))| {
                        Some((ix, child.field(value.as_str())?.0))
                    });
                    left.extend(value);
                }
                _ => {}
            }
        }
        false
    }
}

type FieldKey = (ObjectIx, Slot);

fn supplier(word: &str) -> Option<Supplier> {
    Some(match word {
        "customer" => Supplier::Customer,
        "manager" => Supplier::Manager,
        "operations" => Supplier::Operations,
        _ => return None,
    })
}

/// The field that shows a list's share.
fn computed(name: Name, pack: Name, label: &Label, help: Option<Label>) -> Field {
    let mut expr = placeholder();
    expr.ty = Type::Number;
    Field {
        name,
        pack,
        label: label.clone(),
        help,
        kind: FieldType::Formula { expr },
        required: false,
        unique: false,
        default: None,
        level: 2,
        encrypted: false,
        mask: None,
        indexed: false,
        search: None,
        history: false,
        aliases: Vec::new(),
        read_only: true,
        retired: false,
    }
}
