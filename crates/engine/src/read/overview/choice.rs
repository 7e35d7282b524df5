//! Which arrangement a page gets.
//!
//! The one asked for; else the last of those for a role the actor holds; else the last one marked as
//! default; else the first of the object; else one made from what the object is.

use std::borrow::Cow;

use schema::catalogue::{Label, Layout, Link, RelatedList, Section, TimelinePart};
use schema::expr::Path;
use schema::{FieldType, Name};
use serde::Serialize;

use crate::write::{Context, Subject};
use crate::{Refusal, Violation};

/// An arrangement to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageLayout {
    /// Its name.
    pub name: Name,
    /// Shown name.
    pub label: String,
}

/// Most related lists of an arrangement that nobody wrote.
const MADE: usize = 8;

/// An arrangement in use.
pub(super) struct Chosen<'a> {
    pub layout: Option<PageLayout>,
    pub others: Vec<PageLayout>,
    pub highlights: Cow<'a, [Name]>,
    pub sections: Cow<'a, [Section]>,
}

/// Layouts of an object that the actor may use, in the catalogue's order.
fn open<'a>(context: &Context<'a>, object: &Name) -> Vec<&'a Layout> {
    let held = &context.actor.rights().roles;
    let mine = |layout: &&Layout| {
        layout.object == *object
            && (layout.roles.is_empty() || layout.roles.iter().any(|role| held.contains(role)))
    };
    context.catalogue.layouts.values().filter(mine).collect()
}

/// The layout an actor gets unless they choose.
pub(super) fn usual<'a>(context: &Context<'a>, object: &Name) -> Option<&'a Layout> {
    let open = open(context, object);
    let last = |wanted: fn(&Layout) -> bool| open.iter().rev().copied().find(|l| wanted(l));
    last(|layout| !layout.roles.is_empty())
        .or_else(|| last(|layout| layout.default))
        .or_else(|| open.first().copied())
}

pub(super) fn choose<'a>(
    context: &Context<'a>,
    of: Subject<'a>,
    asked: Option<&str>,
) -> Result<Chosen<'a>, Refusal> {
    let language = context.actor.language;
    let (_, object) = of;
    let open = open(context, &object.name);
    let shown = |layout: &Layout| PageLayout {
        name: layout.name.clone(),
        label: layout.label.get(language).to_owned(),
    };
    let chosen = match asked {
        None => usual(context, &object.name),
        Some(name) => {
            let found = open.iter().copied().find(|layout| layout.name.as_str() == name);
            let known: Vec<&str> = open.iter().map(|layout| layout.name.as_str()).collect();
            Some(found.ok_or_else(|| {
                let violation = Violation::new("layout", "unknown_value").with("name", "layout");
                let violation = violation.with("value", name).with("known", known.join(", "));
                Refusal::Invalid(vec![violation])
            })?)
        }
    };
    let others = open.iter().map(|layout| shown(layout)).collect();
    Ok(match chosen {
        Some(layout) => Chosen {
            layout: Some(shown(layout)),
            others,
            highlights: Cow::Borrowed(&layout.highlights),
            sections: Cow::Borrowed(&layout.sections),
        },
        None => Chosen {
            layout: None,
            others,
            highlights: Cow::Owned(Vec::new()),
            sections: Cow::Owned(made(context, of)),
        },
    })
}

/// Sections for an object without a layout: its fields, its children, its timeline.
fn made(context: &Context<'_>, (ix, object): Subject<'_>) -> Vec<Section> {
    let empty = || Section {
        label: object.label.clone(),
        fields: Vec::new(),
        lists: Vec::new(),
        measures: Vec::new(),
        timeline: None,
        graph: None,
        trend: None,
    };
    let mut fields = empty();
    let used = object
        .fields
        .values()
        .filter(|field| !field.retired && !matches!(field.kind, FieldType::ChildTable { .. }));
    fields.fields = used.map(|field| field.name.clone()).collect();
    let mut children = empty();
    children.label = Label { zh: "相关记录".into(), en: "Related".into() };
    for (child, found) in &context.catalogue.objects {
        let Some((child_ix, via)) = context
            .catalogue
            .object(child.as_str())
            .and_then(|(child_ix, child)| Some((child_ix, child.parent?)))
        else {
            continue;
        };
        let Some(field) = found.at(via).filter(|_| !found.retired) else { continue };
        let refers = match &field.kind {
            FieldType::Reference { to, .. } => to.contains(&object.name),
            _ => field.target(context.catalogue) == Some(ix),
        };
        if refers && children.lists.len() < MADE {
            children.lists.push(RelatedList {
                link: Link {
                    object: child.clone(),
                    path: Path { steps: Vec::new(), object: child_ix, slot: via, up: 0 },
                    text: format!("{child}.{}", field.name),
                },
                label: None,
                columns: Vec::new(),
                filter: None,
                sort: Vec::new(),
                limit: RelatedList::ROWS_DEFAULT,
            });
        }
    }
    let mut timeline = empty();
    timeline.label = Label { zh: "动态".into(), en: "Timeline".into() };
    timeline.timeline = Some(TimelinePart { kinds: Vec::new(), limit: RelatedList::ROWS });
    vec![fields, children, timeline]
}
