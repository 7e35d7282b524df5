//! What a definition says about edges: how a screen draws the graph that an object's records make.

use engine::Actor;
use schema::catalogue::{Action, Language};
use schema::edge::{Edge, Tie};
use schema::{Catalogue, FieldType, Name, Object, Slot};
use serde_json::{Map, Value as Json, json};

/// An edge as one caller may see it: fields they may not read are not named.
pub fn shown(
    (object, edge): (&Object, &Edge),
    access: &Map<String, Json>,
    language: Language,
) -> Json {
    let name = |slot: Option<Slot>| {
        let field = object.at(slot?)?;
        access.contains_key(field.name.as_str()).then(|| field.name.clone())
    };
    let families: Vec<Json> = edge
        .families
        .iter()
        .map(|family| {
            json!({
                "name": family.name,
                "label": family.label.get(language),
                "color": family.color,
                "dashed": family.dashed,
            })
        })
        .collect();
    json!({
        "from": name(Some(edge.from)),
        "to": name(Some(edge.to)),
        "type": name(Some(edge.kind)),
        "start": name(edge.start),
        "end": name(edge.end),
        "share": name(edge.share),
        "amount": name(edge.amount),
        "families": families,
        "circles": edge.circles,
        "ownership": edge.ownership.as_ref().map(|ownership| &ownership.kinds),
        "exposure": edge.control.as_ref().map(|control| &control.exposure),
    })
}

/// The edge objects that join records of `object` and that the caller may read, the one that is
/// walked unless another is named first.
pub fn joining(catalogue: &Catalogue, actor: &Actor, object: &Object) -> Vec<Name> {
    let joins = |edges: &Object, slot: Slot| match edges.at(slot).map(|field| &field.kind) {
        Some(FieldType::Reference { to, .. }) => to.contains(&object.name),
        _ => false,
    };
    let readable = |name: &Name| {
        let found = catalogue.object(name.as_str());
        found.is_some_and(|(ix, _)| actor.rights().may(ix, Action::Read))
    };
    let edges = catalogue.objects.values().filter(|edges| !edges.retired);
    edges
        .filter(|edges| {
            let edge = edges.edge.as_ref();
            edge.is_some_and(|edge| joins(edges, edge.from) || joins(edges, edge.to))
        })
        .map(|edges| edges.name.clone())
        .filter(readable)
        .collect()
}

/// What an option says about the two sides of an edge.
pub fn tie(tie: &Tie, language: Language) -> Json {
    json!({
        "family": tie.family,
        "symmetric": tie.symmetric,
        "from": tie.from.as_ref().map(|label| label.get(language)),
        "to": tie.to.as_ref().map(|label| label.get(language)),
    })
}
