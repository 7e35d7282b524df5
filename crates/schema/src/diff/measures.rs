//! Compares measures and bandings, their objects and fields by name.

use crate::catalogue::{Catalogue, ObjectIx, Slot};
use crate::expr::Expr;
use crate::measure::{Banding, Dating, Measure};

use super::compare::parts;

type In<'a, T> = (&'a Catalogue, &'a T);

/// Which parts of a measure differ.
pub(super) fn parts_of((old, a): In<'_, Measure>, (new, b): In<'_, Measure>) -> Vec<String> {
    parts(&[
        ("label", a.label == b.label),
        ("kind", a.kind == b.kind),
        ("currency", a.currency == b.currency),
        ("scale", a.scale == b.scale),
        ("classes", a.classes == b.classes),
        ("carriers", carriers((old, a)) == carriers((new, b))),
        ("sources", sources((old, a)) == sources((new, b))),
        ("members", members((old, a)) == members((new, b))),
    ])
}

/// Which parts of a banding differ.
pub(super) fn banding_parts((old, a): In<'_, Banding>, (new, b): In<'_, Banding>) -> Vec<String> {
    let field = |(catalogue, banding): In<'_, Banding>, slot: Option<Slot>| {
        slot.and_then(|slot| field_name(catalogue, banding.object, slot))
    };
    let same = |a_slot, b_slot| field((old, a), a_slot) == field((new, b), b_slot);
    parts(&[
        ("label", a.label == b.label),
        ("object", object_name(old, a.object) == object_name(new, b.object)),
        ("measure", a.measure == b.measure),
        ("field", same(Some(a.field), Some(b.field))),
        ("since", same(a.since, b.since)),
        ("average", same(a.average, b.average)),
        ("when", source(a.when.as_ref()) == source(b.when.as_ref())),
        ("upgrade_months", a.upgrade_months == b.upgrade_months),
        ("downgrade_months", a.downgrade_months == b.downgrade_months),
        ("downgrade_ratio", a.downgrade_ratio == b.downgrade_ratio),
        ("bands", a.bands == b.bands),
    ])
}

fn object_name(catalogue: &Catalogue, ix: ObjectIx) -> String {
    catalogue.at(ix).map(|object| object.name.to_string()).unwrap_or_default()
}

fn field_name(catalogue: &Catalogue, ix: ObjectIx, slot: Slot) -> Option<String> {
    Some(catalogue.at(ix)?.at(slot)?.name.to_string())
}

fn source(expr: Option<&Expr>) -> Option<String> {
    expr.map(|expr| expr.source.to_string())
}

fn carriers((catalogue, measure): In<'_, Measure>) -> Vec<Vec<Option<String>>> {
    let each = measure.carriers.iter().map(|carrier| {
        vec![
            Some(object_name(catalogue, carrier.object)),
            field_name(catalogue, carrier.object, carrier.subject),
            source(carrier.class.as_ref()),
        ]
    });
    each.collect()
}

fn sources((catalogue, measure): In<'_, Measure>) -> Vec<Vec<Option<String>>> {
    let each = measure.sources.iter().map(|each| {
        let named = |slot: Option<Slot>| field_name(catalogue, each.object, slot?);
        let (dated, on) = match each.dating {
            Dating::Written => (None, None),
            Dating::AsOf(slot) => (named(Some(slot)), None),
            Dating::On(slot) => (None, named(Some(slot))),
        };
        vec![
            Some(object_name(catalogue, each.object)),
            named(each.via),
            source(Some(&each.amount)),
            source(each.when.as_ref()),
            dated,
            on,
        ]
    });
    each.collect()
}

fn members((catalogue, measure): In<'_, Measure>) -> Option<Vec<Option<String>>> {
    let members = measure.members.as_ref()?;
    Some(vec![
        Some(object_name(catalogue, members.object)),
        field_name(catalogue, members.object, members.group),
        field_name(catalogue, members.object, members.member),
        source(members.when.as_ref()),
    ])
}
