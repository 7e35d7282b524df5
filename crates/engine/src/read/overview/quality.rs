//! Completeness of the record on the page: the share, and what is missing.
//!
//! An item is told of only to those who may know whether it is there.

use schema::Name;
use schema::catalogue::QualityItem;
use serde::Serialize;
use serde_json::Value as Json;

use super::Page;
use super::hints::{Told, told};
use crate::rights::Matched;
use crate::write::{Context, Subject};

/// How complete the record is by one list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Completeness {
    /// The list.
    pub name: Name,
    /// Shown name.
    pub label: String,
    /// Field of the record that holds the share.
    pub field: Name,
    /// The share of the weights that is met, as text; null when nothing is asked for.
    pub share: Json,
    /// What is not there, weightiest first.
    pub missing: Vec<MissingItem>,
}

/// Something that the record should have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissingItem {
    /// Stable code.
    pub code: Name,
    /// Shown name.
    pub label: String,
    /// How much it counts.
    pub weight: u32,
    /// Who can supply it: `customer`, `manager`, `operations`.
    pub by: Vec<&'static str>,
    /// Field to fill in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Name>,
}

/// A list with the conditions the actor might be told of.
pub(super) struct Measured<'a> {
    quality: &'a schema::catalogue::Quality,
    items: Vec<(&'a QualityItem, Option<Told>, Told)>,
}

impl Measured<'_> {
    /// Every condition.
    pub fn conditions(&self) -> impl Iterator<Item = &Told> {
        self.items.iter().flat_map(|(_, when, met)| when.iter().chain([met]))
    }
}

/// The lists of an object.
pub(super) fn measured<'a>(context: &Context<'a>, (_, object): Subject<'a>) -> Vec<Measured<'a>> {
    let catalogue: &'a schema::Catalogue = context.catalogue;
    let own = catalogue.quality.values().filter(|quality| quality.object == object.name);
    own.map(|quality| {
        let items = quality.items.iter().filter_map(|item| {
            let when = match &item.when {
                None => None,
                Some(when) => Some(told(context, &when.root)?),
            };
            Some((item, when, told(context, &item.met.root)?))
        });
        Measured { quality, items: items.collect() }
    })
    .collect()
}

/// What each list says of the record; none of a list whose share is not shown.
pub(super) fn shown(
    page: &Page<'_, '_>,
    matched: &Matched<'_>,
    measured: &[Measured<'_>],
) -> Vec<Completeness> {
    let language = page.language();
    let mut all = Vec::new();
    for Measured { quality, items } in measured {
        let name = quality.field.as_str();
        let Some(share) = page.record.get(name).filter(|_| !page.record.is_masked(name)) else {
            continue;
        };
        let lacks = |when: &Option<Told>, met: &Told| {
            let may = when.iter().chain([met]).all(|told| told.may(page.of, matched));
            let asked = when.as_ref().is_none_or(|when| page.facts.holds(&when.condition));
            may && asked && !page.facts.holds(&met.condition)
        };
        let lacking = items.iter().filter(|(_, when, met)| lacks(when, met));
        let mut missing: Vec<MissingItem> = lacking
            .map(|(item, _, _)| MissingItem {
                code: item.code.clone(),
                label: item.label.get(language).to_owned(),
                weight: item.weight,
                by: item.by.iter().map(|by| by.as_str()).collect(),
                field: item.at.clone().filter(|field| page.shows(field)),
            })
            .collect();
        missing.sort_by_key(|item| std::cmp::Reverse(item.weight));
        all.push(Completeness {
            name: quality.name.clone(),
            label: quality.label.get(language).to_owned(),
            field: quality.field.clone(),
            share,
            missing,
        });
    }
    all
}
