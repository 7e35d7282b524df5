//! Warnings and suggestions: conditions that the reader could have checked themselves.
//!
//! A hint whose condition uses a value that the reader may not see on this record in clear is
//! silent; whether a masked value is empty may be told, since the mask tells it too.

use std::collections::BTreeSet;

use schema::catalogue::{Access, Action, Hint, HintKind, Language, NextStep};
use schema::expr::{Node, Path, Record};
use schema::{FieldType, Name, Slot};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::super::uses::{Uses, readable};
use super::{Page, Permitted};
use crate::rights::Matched;
use crate::write::{Context, Subject};

/// A warning or suggestion as its reader sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownHint {
    /// Stable code.
    pub code: Name,
    /// `low`, `medium` or `high`, of a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<&'static str>,
    /// The sentence.
    pub message: String,
    /// The rule behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Name>,
    /// What the reader can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
}

/// Something to do: a record to create, or fields of this one to edit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offer {
    /// What the button says.
    pub label: String,
    /// Fields to edit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edit: Vec<Name>,
    /// Object to create a record of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create: Option<Name>,
    /// Values to begin with.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Json>,
}

/// A condition that the actor might be told the answer of, its aggregates narrowed to what they see.
pub(super) struct Told {
    pub condition: Node,
    needs: Vec<(Slot, Access)>,
}

impl Told {
    /// Whether the answer may be told about a record of which the actor sees so much.
    pub fn may(&self, of: Subject<'_>, matched: &Matched<'_>) -> bool {
        self.needs.iter().all(|(slot, least)| {
            of.1.at(*slot).is_some_and(|field| field.shown(matched.access(*slot)) >= *least)
        })
    }
}

/// `condition` for the actor, unless they may read what it uses on no record at all.
pub(super) fn told(context: &Context<'_>, condition: &Node) -> Option<Told> {
    let mut used = Uses::default();
    let narrowed = readable(context, condition, &mut used).ok()?;
    let weighed: BTreeSet<Slot> = condition.weighed();
    let least = |slot: &Slot| match weighed.contains(slot) {
        true => Access::Read,
        false => Access::Masked,
    };
    let needs = used.0.iter().map(|(slot, _)| (*slot, least(slot))).collect();
    Some(Told { condition: narrowed, needs })
}

/// A hint whose condition may be asked.
pub(super) struct Judged<'a> {
    hint: &'a Hint,
    told: Told,
}

impl std::ops::Deref for Judged<'_> {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.told
    }
}

/// The hints of an object that the actor might see.
pub(super) fn judged<'a>(context: &Context<'a>, (_, object): Subject<'a>) -> Vec<Judged<'a>> {
    let each = object.hints.iter();
    each.filter_map(|hint| Some(Judged { hint, told: told(context, &hint.when.root)? })).collect()
}

/// What is to be said about the record: warnings, gravest first, and suggestions.
pub(super) fn said(
    page: &Page<'_, '_>,
    matched: &Matched<'_>,
    access: &Permitted,
    judged: &[Judged<'_>],
) -> (Vec<ShownHint>, Vec<ShownHint>) {
    let mut warnings = Vec::new();
    let mut suggestions = Vec::new();
    for Judged { hint, told } in judged {
        if !told.may(page.of, matched) || !page.facts.holds(&told.condition) {
            continue;
        }
        match hint.kind {
            HintKind::Warning(severity) => {
                warnings.push((severity, shown(page, access, hint, Some(severity.as_str()))));
            }
            HintKind::Suggestion => suggestions.push(shown(page, access, hint, None)),
        }
    }
    warnings.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    (warnings.into_iter().map(|(_, shown)| shown).collect(), suggestions)
}

fn shown(
    page: &Page<'_, '_>,
    access: &Permitted,
    hint: &Hint,
    severity: Option<&'static str>,
) -> ShownHint {
    let language = page.language();
    let field = hint.at.and_then(|at| page.of.1.at(at)).map(|field| field.name.clone());
    ShownHint {
        code: hint.code.clone(),
        severity,
        message: sentence(page, hint, language),
        reason: hint.reason.as_ref().map(|reason| reason.get(language).to_owned()),
        field: field.filter(|field| page.shows(field)),
        offer: hint.step.as_ref().and_then(|step| offer(page, access, step)),
    }
}

/// The sentence with values in place of their names.
fn sentence(page: &Page<'_, '_>, hint: &Hint, language: Language) -> String {
    let mut text = hint.message.get(language).to_owned();
    let (ix, object) = page.of;
    for name in hint.mentions() {
        let Some((slot, field)) = object.field(name) else { continue };
        let value = match page.record.get(name) {
            Some(Json::String(masked)) if page.record.is_masked(name) => masked,
            Some(Json::Null) | None => "…".to_owned(),
            Some(_) => {
                let path = Path { steps: Vec::new(), object: ix, slot, up: 0 };
                field.to_text(&page.facts.field(&path), page.context.catalogue, language)
            }
        };
        text = text.replace(&format!("{{{name}}}"), &value);
    }
    text
}

/// The step, as far as the reader may take it.
fn offer(page: &Page<'_, '_>, access: &Permitted, step: &NextStep) -> Option<Offer> {
    let edit: Vec<Name> =
        step.edit.iter().filter(|field| access.write.contains(field)).cloned().collect();
    let mut values = step.values.clone();
    let mut create = None;
    if let Some((object, link)) = &step.create {
        let catalogue = page.context.catalogue;
        let rights = page.context.actor.rights();
        let (ix, found) = catalogue.object(object.as_str())?;
        let (slot, field) = found.field(link.as_str())?;
        if !rights.may(ix, Action::Create) || rights.most(ix, Action::Create, slot) < Access::Write
        {
            return None;
        }
        let several = matches!(&field.kind, FieldType::Reference { to, .. } if to.len() > 1);
        let id = page.id();
        let reference = match several {
            true => json!({ "object": page.of.1.name, "id": id }),
            false => json!(id),
        };
        values.insert(link.to_string(), reference);
        create = Some(object.clone());
    }
    let label = step.label.get(page.language()).to_owned();
    (create.is_some() || !edit.is_empty()).then_some(Offer { label, edit, create, values })
}
