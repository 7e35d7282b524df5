//! Compares two catalogues name by name.

use indexmap::IndexMap;

use crate::Name;
use crate::catalogue::{
    Catalogue, Check, Grant, Object, OptionSet, Parameter, Purpose, Role, Rows, Slot, Validation,
    View,
};
use crate::matching::{Comparison, MatchRule};

use super::{Change, Diff, Kind, Touch, fields, measures, pages};

/// Every difference from `old` to `new`.
#[must_use]
pub fn diff(old: &Catalogue, new: &Catalogue) -> Diff {
    let mut changes = Vec::new();
    packs(old, new, &mut changes);
    each(&old.options, &new.options, Kind::Options, option_parts, &mut changes);
    objects(old, new, &mut changes);
    each(&old.roles, &new.roles, Kind::Role, role_parts, &mut changes);
    each(&old.views, &new.views, Kind::View, view_parts, &mut changes);
    each(&old.layouts, &new.layouts, Kind::Layout, pages::layout_parts, &mut changes);
    each(&old.quality, &new.quality, Kind::Quality, pages::quality_parts, &mut changes);
    each(&old.parameters, &new.parameters, Kind::Parameter, parameter_parts, &mut changes);
    let measures = |a: &_, b: &_| measures::parts_of((old, a), (new, b));
    each(&old.measures, &new.measures, Kind::Measure, measures, &mut changes);
    let bandings = |a: &_, b: &_| measures::banding_parts((old, a), (new, b));
    each(&old.bandings, &new.bandings, Kind::Banding, bandings, &mut changes);
    each(&old.purposes, &new.purposes, Kind::Purpose, purpose_parts, &mut changes);
    each(&old.matches, &new.matches, Kind::Match, match_parts, &mut changes);
    Diff { changes }
}

/// Names of the parts that are not equal.
pub(super) fn parts(all: &[(&str, bool)]) -> Vec<String> {
    all.iter().filter(|(_, equal)| !equal).map(|(name, _)| (*name).to_owned()).collect()
}

fn packs(old: &Catalogue, new: &Catalogue, changes: &mut Vec<Change>) {
    let version = |catalogue: &Catalogue, name: &Name| {
        catalogue.packs.iter().find(|pack| pack.name == *name).map(|pack| pack.version.clone())
    };
    let mut names: Vec<&Name> = new.packs.iter().map(|pack| &pack.name).collect();
    names.extend(old.packs.iter().map(|pack| &pack.name));
    let mut seen: Vec<&Name> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let (from, to) = (version(old, name), version(new, name));
        if from != to {
            changes.push(Change::Pack { pack: name.clone(), from, to });
        }
    }
}

/// Additions and changes in the new order, then removals in the old.
fn each<T>(
    old: &IndexMap<Name, T>,
    new: &IndexMap<Name, T>,
    kind: Kind,
    compare: impl Fn(&T, &T) -> Vec<String>,
    changes: &mut Vec<Change>,
) {
    let mut push = |name: &Name, touch, parts| {
        changes.push(Change::Definition { kind, name: name.clone(), touch, parts });
    };
    for (name, after) in new {
        match old.get(name).map(|before| compare(before, after)) {
            None => push(name, Touch::Added, Vec::new()),
            Some(parts) if parts.is_empty() => {}
            Some(parts) => push(name, Touch::Changed, parts),
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        push(name, Touch::Removed, Vec::new());
    }
}

fn objects(old: &Catalogue, new: &Catalogue, changes: &mut Vec<Change>) {
    for (name, after) in &new.objects {
        match old.objects.get(name) {
            None => {
                changes.push(Change::ObjectAdded { object: name.clone() });
                for key in keys(after) {
                    push_key(after, &key, Touch::Added, changes);
                }
            }
            Some(before) => object(before, after, old, new, changes),
        }
    }
    for (name, before) in &old.objects {
        if !new.objects.contains_key(name) && !before.retired {
            changes.push(Change::ObjectRetired { object: name.clone() });
        }
    }
}

fn object(
    before: &Object,
    after: &Object,
    old: &Catalogue,
    new: &Catalogue,
    changes: &mut Vec<Change>,
) {
    let object = || after.name.clone();
    match (before.retired, after.retired) {
        (false, true) => changes.push(Change::ObjectRetired { object: object() }),
        (true, false) => changes.push(Change::ObjectRestored { object: object() }),
        _ => {}
    }
    let title = named(before, before.title) == named(after, after.title);
    let parent = |object: &Object| object.parent.and_then(|slot| named(object, slot).cloned());
    let parts = parts(&[
        ("label", before.label == after.label),
        ("pack", before.pack == after.pack),
        ("system", before.system == after.system),
        ("title", title),
        ("parent", parent(before) == parent(after)),
        ("menu", before.menu == after.menu),
        ("icon", before.icon == after.icon),
        ("edge", crate::edge::Edge::same(before, after)),
        ("acyclic", slots(before, &before.acyclic) == slots(after, &after.acyclic)),
        ("called_by", slots(before, &before.called_by) == slots(after, &after.called_by)),
        ("order", field_order(before, after)),
        ("validations", same_validations(before, after)),
        ("kept", before.kept == after.kept && crate::keeping::same(before, after)),
        ("hints", pages::same_hints(before, after)),
        ("timeline", pages::same_timeline((old, before), (new, after))),
    ]);
    if !parts.is_empty() {
        changes.push(Change::ObjectChanged { object: object(), parts });
    }
    for (name, field) in &after.fields {
        match before.fields.get(name) {
            None => changes.push(Change::FieldAdded {
                object: object(),
                field: name.clone(),
                label: field.label.clone(),
                gap: field.required && field.default.is_none(),
            }),
            Some(was) => fields::compare(&after.name, was, field, (old, new), changes),
        }
    }
    for (name, was) in &before.fields {
        if !after.fields.contains_key(name) && !was.retired {
            changes.push(Change::FieldRetired { object: object(), field: name.clone() });
        }
    }
    compare_keys(before, after, changes);
}

fn slots<'a>(object: &'a Object, slots: &[Slot]) -> Vec<Option<&'a Name>> {
    slots.iter().map(|slot| named(object, *slot)).collect()
}

pub(super) fn named(object: &Object, slot: Slot) -> Option<&Name> {
    object.at(slot).map(|field| &field.name)
}

/// Whether the fields that both have stand in the same order.
fn field_order(before: &Object, after: &Object) -> bool {
    let shared = |from: &Object, other: &Object| -> Vec<Name> {
        from.fields.keys().filter(|name| other.fields.contains_key(*name)).cloned().collect()
    };
    shared(before, after) == shared(after, before)
}

fn same_validations(before: &Object, after: &Object) -> bool {
    let shown = |object: &Object, validation: &Validation| {
        (
            validation.code.clone(),
            validation.when.as_ref().map(|when| when.source.clone()),
            validation.must.source.clone(),
            validation.message.clone(),
            validation.at.and_then(|slot| named(object, slot).cloned()),
        )
    };
    let all = |object: &Object| -> Vec<_> {
        object.validations.iter().map(|validation| shown(object, validation)).collect()
    };
    all(before) == all(after)
}

/// A constraint or index by the names of its fields.
#[derive(PartialEq)]
struct Key {
    name: Name,
    unique: bool,
    fields: Vec<(Option<Name>, bool)>,
    /// Fields that say among which rows it holds: true, or else empty.
    among: Vec<(Option<Name>, bool)>,
}

fn keys(object: &Object) -> Vec<Key> {
    let uniques = object.uniques.iter().map(|unique| Key {
        name: unique.name.clone(),
        unique: true,
        fields: unique.fields.iter().map(|slot| (named(object, *slot).cloned(), false)).collect(),
        among: [(&unique.where_true, true), (&unique.where_empty, false)]
            .into_iter()
            .flat_map(|(slots, holds)| slots.iter().map(move |slot| (slot, holds)))
            .map(|(slot, holds)| (named(object, *slot).cloned(), holds))
            .collect(),
    });
    let indexes = object.indexes.iter().map(|index| Key {
        name: index.name.clone(),
        unique: false,
        fields: index
            .fields
            .iter()
            .map(|(slot, descending)| (named(object, *slot).cloned(), *descending))
            .collect(),
        among: Vec::new(),
    });
    uniques.chain(indexes).collect()
}

fn push_key(object: &Object, key: &Key, kind: Touch, changes: &mut Vec<Change>) {
    changes.push(Change::Key {
        object: object.name.clone(),
        name: key.name.clone(),
        unique: key.unique,
        kind,
    });
}

fn compare_keys(before: &Object, after: &Object, changes: &mut Vec<Change>) {
    let (was, is) = (keys(before), keys(after));
    let same = |a: &Key, b: &Key| a.name == b.name && a.unique == b.unique;
    for key in &is {
        match was.iter().find(|other| same(key, other)) {
            None => push_key(after, key, Touch::Added, changes),
            Some(other) if other != key => push_key(after, key, Touch::Changed, changes),
            Some(_) => {}
        }
    }
    for key in was.iter().filter(|key| !is.iter().any(|other| same(key, other))) {
        push_key(after, key, Touch::Removed, changes);
    }
}

fn option_parts(before: &OptionSet, after: &OptionSet) -> Vec<String> {
    let mut found = parts(&[("label", before.label == after.label)]);
    for (code, item) in &after.items {
        match before.items.get(code) {
            None => found.push(format!("+{code}")),
            Some(was) if was != item => found.push(format!("~{code}")),
            Some(_) => {}
        }
    }
    let gone = before.items.keys().filter(|code| !after.items.contains_key(*code));
    found.extend(gone.map(|code| format!("-{code}")));
    if found.is_empty() && !before.items.keys().eq(after.items.keys()) {
        found.push("order".to_owned());
    }
    found
}

fn role_parts(before: &Role, after: &Role) -> Vec<String> {
    parts(&[
        ("label", before.label == after.label),
        ("pack", before.pack == after.pack),
        ("rights", before.rights == after.rights),
        ("excludes", before.excludes == after.excludes),
        ("reveal_per_day", before.reveal_per_day == after.reveal_per_day),
        ("reveal_approval", before.reveal_approval == after.reveal_approval),
        ("export_rows", before.export_rows == after.export_rows),
        (
            "grants",
            before.grants.len() == after.grants.len()
                && before.grants.iter().zip(&after.grants).all(|(a, b)| same_grant(a, b)),
        ),
    ])
}

fn same_grant(a: &Grant, b: &Grant) -> bool {
    let rows = match (&a.rows, &b.rows) {
        (Rows::When(a), Rows::When(b)) => a.source == b.source,
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    };
    let when = |grant: &Grant| grant.when.as_ref().map(|when| when.source.clone());
    rows && when(a) == when(b)
        && a.object == b.object
        && a.actions == b.actions
        && a.default_access == b.default_access
        && a.fields == b.fields
}

fn view_parts(before: &View, after: &View) -> Vec<String> {
    let filter = |view: &View| view.filter.as_ref().map(|filter| filter.source.clone());
    parts(&[
        ("object", before.object == after.object),
        ("label", before.label == after.label),
        ("columns", before.columns == after.columns),
        ("filter", filter(before) == filter(after)),
        ("sort", before.sort == after.sort),
        ("order", before.order == after.order),
        ("home", before.home == after.home),
        ("notify", before.notify == after.notify),
    ])
}

fn purpose_parts(before: &Purpose, after: &Purpose) -> Vec<String> {
    let checks = |purpose: &Purpose| -> Vec<_> {
        let checks = purpose.checks.iter();
        checks
            .map(|check| {
                let Check { object, code, must, message } = check;
                (object.clone(), code.clone(), must.source.clone(), message.clone())
            })
            .collect()
    };
    parts(&[
        ("label", before.label == after.label),
        ("quiet", before.quiet == after.quiet),
        ("checks", checks(before) == checks(after)),
    ])
}

fn parameter_parts(before: &Parameter, after: &Parameter) -> Vec<String> {
    parts(&[
        ("label", before.label == after.label),
        ("note", before.note == after.note),
        ("values", before.values == after.values),
    ])
}

/// Compared by the names of fields: slots belong to one catalogue.
fn match_parts(before: &MatchRule, after: &MatchRule) -> Vec<String> {
    let keys =
        |rule: &MatchRule| -> Vec<String> { rule.keys.iter().map(ToString::to_string).collect() };
    let comparisons = |rule: &MatchRule| -> Vec<Comparison> {
        let named = |each: &Comparison| Comparison { slot: Slot(0), ..each.clone() };
        rule.comparisons.iter().map(named).collect()
    };
    parts(&[
        ("object", before.object == after.object),
        ("label", before.label == after.label),
        ("severity", before.severity == after.severity),
        ("thresholds", before.thresholds == after.thresholds),
        ("block_max", before.block_max == after.block_max),
        ("keys", keys(before) == keys(after)),
        ("comparisons", comparisons(before) == comparisons(after)),
    ])
}
