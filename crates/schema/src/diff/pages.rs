//! Compares layouts, hints and timelines: expressions by their text, fields by their names.

use crate::Name;
use crate::catalogue::{Catalogue, Contribution, Hint, Layout, Object, Quality, Section};
use crate::expr::{Expr, Path};

use super::compare::{named, parts};

fn text(expr: Option<&Expr>) -> Option<&str> {
    expr.map(|expr| &*expr.source)
}

/// Which parts of two layouts differ.
pub(super) fn layout_parts(before: &Layout, after: &Layout) -> Vec<String> {
    let sections = before.sections.len() == after.sections.len()
        && before.sections.iter().zip(&after.sections).all(|(a, b)| same_section(a, b));
    parts(&[
        ("object", before.object == after.object),
        ("label", before.label == after.label),
        ("roles", before.roles == after.roles),
        ("default", before.default == after.default),
        ("highlights", before.highlights == after.highlights),
        ("sections", sections),
    ])
}

fn same_section(a: &Section, b: &Section) -> bool {
    let lists = a.lists.len() == b.lists.len()
        && a.lists.iter().zip(&b.lists).all(|(a, b)| {
            a.link.text == b.link.text
                && a.label == b.label
                && a.columns == b.columns
                && text(a.filter.as_ref()) == text(b.filter.as_ref())
                && a.sort == b.sort
                && a.limit == b.limit
        });
    let measures = a.measures.len() == b.measures.len()
        && a.measures.iter().zip(&b.measures).all(|(a, b)| {
            a.name == b.name
                && a.label == b.label
                && a.link.text == b.link.text
                && a.function == b.function
                && a.value == b.value
                && a.group == b.group
                && text(a.filter.as_ref()) == text(b.filter.as_ref())
        });
    let alone = a.timeline == b.timeline && a.graph == b.graph && a.trend == b.trend;
    a.label == b.label && a.fields == b.fields && lists && measures && alone
}

/// Whether two objects warn and suggest alike.
pub(super) fn same_hints(before: &Object, after: &Object) -> bool {
    let same = |a: &Hint, b: &Hint| {
        let at = |object: &Object, hint: &Hint| hint.at.and_then(|at| named(object, at).cloned());
        a.code == b.code
            && a.kind == b.kind
            && a.when.source == b.when.source
            && a.message == b.message
            && a.reason == b.reason
            && at(before, a) == at(after, b)
            && a.step == b.step
    };
    before.hints.len() == after.hints.len()
        && before.hints.iter().zip(&after.hints).all(|(a, b)| same(a, b))
}

/// Whether two objects stand on timelines alike.
pub(super) fn same_timeline(
    (old, before): (&Catalogue, &Object),
    (new, after): (&Catalogue, &Object),
) -> bool {
    match (&before.timeline, &after.timeline) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            named(before, a.at) == named(after, b.at)
                && paths(old, a) == paths(new, b)
                && a.kind == b.kind
                && a.label == b.label
                && a.fields == b.fields
                && text(a.when.as_ref()) == text(b.when.as_ref())
                && a.icon == b.icon
        }
        _ => false,
    }
}

/// The paths of a contribution by the names of their fields.
fn paths(catalogue: &Catalogue, timeline: &Contribution) -> Vec<Vec<Option<Name>>> {
    let words = |path: &Path| -> Vec<Option<Name>> {
        let fields = path.steps.iter().copied().chain([(path.object, path.slot)]);
        fields.map(|(ix, slot)| Some(catalogue.at(ix)?.at(slot)?.name.clone())).collect()
    };
    timeline.of.iter().map(words).collect()
}

/// Which parts of two completeness lists differ.
pub(super) fn quality_parts(before: &Quality, after: &Quality) -> Vec<String> {
    let items = before.items.len() == after.items.len()
        && before.items.iter().zip(&after.items).all(|(a, b)| {
            a.code == b.code
                && a.label == b.label
                && text(a.when.as_ref()) == text(b.when.as_ref())
                && a.met.source == b.met.source
                && a.weight == b.weight
                && a.by == b.by
                && a.at == b.at
        });
    parts(&[
        ("object", before.object == after.object),
        ("field", before.field == after.field),
        ("label", before.label == after.label),
        ("items", items),
    ])
}
