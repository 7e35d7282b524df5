//! What tests of every back end share: a small catalogue with a field of each type, worlds of rows
//! over it, the committed vectors, and random well-typed trees.
//!
//! Built for tests (feature `testing`); never part of the product.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod rows;
mod strategy;
mod vectors;
mod world;

pub use rows::world;
pub use strategy::{condition, node, root};
pub use vectors::{Case, TestParameters, cases, json, trees};
pub use world::{TestEnv, TestRecord, World};

use indexmap::IndexMap;
use kernel::Currency;

use crate::catalogue::{
    Catalogue, Label, Object, OptionItem, OptionSet, Parameter, ParameterValue, SystemKind, base,
};
use crate::field::{CurrencySource, Field, FieldType, OnDelete};
use crate::{Name, ObjectIx, Slot};

/// Object that the vectors and random trees are over.
pub const MAIN: &str = "thing";

/// The test catalogue: `thing` with a field of each type, its `item`s and their `part`s, `target`s
/// it refers to, users and org units.
#[must_use]
pub fn catalogue() -> Catalogue {
    let mut all = Catalogue::default();
    add(&mut all, "user", Some(SystemKind::User), &user_fields());
    add(&mut all, "org_unit", Some(SystemKind::OrgUnit), &unit_fields());
    add(&mut all, "target", None, &target_fields());
    add(&mut all, "thing", None, &thing_fields());
    add(&mut all, "item", None, &item_fields());
    add(&mut all, "part", None, &part_fields());
    for set in [tiers(), flags(), regions(), categories()] {
        all.options.insert(set.name.clone(), set);
    }
    for (key, value) in [
        ("threshold", ParameterValue::Number("50000".parse().unwrap())),
        ("label", ParameterValue::Text("std".to_owned())),
        ("enabled", ParameterValue::Bool(true)),
        ("start", ParameterValue::Date("2026-01-01".parse().unwrap())),
        ("tiers", ParameterValue::Texts(vec!["gold".to_owned(), "silver".to_owned()])),
    ] {
        let values = vec![("2020-01-01".parse().unwrap(), value)];
        let parameter =
            Parameter { name: name(key), label: label(key), note: String::new(), values };
        all.parameters.insert(name(key), parameter);
    }
    all
}

/// Index of [`MAIN`] in `catalogue`.
#[must_use]
pub fn main_object(catalogue: &Catalogue) -> ObjectIx {
    catalogue.object(MAIN).unwrap().0
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn label(text: &str) -> Label {
    Label { zh: text.to_owned(), en: text.to_owned() }
}

type Fields = Vec<(&'static str, FieldType)>;

fn add(all: &mut Catalogue, key: &str, system: Option<SystemKind>, own: &Fields) {
    let mut fields = IndexMap::new();
    for at in base::NAMES {
        let kind = match at {
            "id" => reference(&[key]),
            "version" => number(0),
            "org_unit" => FieldType::OrgUnit,
            "owner" | "created_by" | "updated_by" => FieldType::User,
            _ => FieldType::DateTime,
        };
        fields.insert(name(at), field(at, kind));
    }
    for (at, kind) in own {
        fields.insert(name(at), field(at, kind.clone()));
    }
    let object = Object {
        name: name(key),
        pack: name("testing"),
        label: label(key),
        system,
        fields,
        title: Slot(u16::try_from(base::COUNT).unwrap()),
        called_by: Vec::new(),
        parent: None,
        validations: Vec::new(),
        uniques: Vec::new(),
        indexes: Vec::new(),
        kept: Default::default(),
        retentions: Vec::new(),
        reminders: Vec::new(),
        hints: Vec::new(),
        timeline: None,
        edge: None,
        acyclic: Vec::new(),
        retired: false,
        menu: None,
        icon: None,
    };
    all.objects.insert(name(key), object);
}

fn field(at: &str, kind: FieldType) -> Field {
    let encrypted = at.starts_with("sealed");
    Field {
        name: name(at),
        pack: name("testing"),
        label: label(at),
        help: None,
        kind,
        required: false,
        unique: false,
        default: None,
        level: if encrypted { 4 } else { 2 },
        encrypted,
        mask: None,
        indexed: false,
        search: None,
        history: false,
        aliases: Vec::new(),
        read_only: false,
        retired: at.starts_with("retired"),
    }
}

fn reference(to: &[&str]) -> FieldType {
    let to = to.iter().map(|to| name(to)).collect();
    FieldType::Reference { to, on_delete: OnDelete::Restrict }
}

fn number(scale: u8) -> FieldType {
    FieldType::Number { scale, min: None, max: None }
}

fn money() -> FieldType {
    let currency = CurrencySource::Fixed(Currency::parse("CNY").unwrap());
    FieldType::Money { scale: 2, currency, min: None, max: None }
}

fn user_fields() -> Fields {
    vec![
        ("name", FieldType::Text { max: 200 }),
        ("login", FieldType::Text { max: 200 }),
        ("active", FieldType::Boolean),
        ("manager", FieldType::User),
    ]
}

fn unit_fields() -> Fields {
    vec![
        ("name", FieldType::Text { max: 200 }),
        ("code", FieldType::Text { max: 200 }),
        ("parent", FieldType::OrgUnit),
    ]
}

fn target_fields() -> Fields {
    vec![
        ("name", FieldType::Text { max: 200 }),
        ("amount", money()),
        ("opened_on", FieldType::Date),
        ("active", FieldType::Boolean),
        ("tags", FieldType::Tags),
        ("parent", reference(&["target"])),
    ]
}

fn thing_fields() -> Fields {
    vec![
        ("name", FieldType::Text { max: 200 }),
        ("note", FieldType::LongText { max: 1000 }),
        ("amount", money()),
        ("quantity", number(0)),
        ("ratio", number(9)),
        ("rate", FieldType::Percent { scale: 6, min: None, max: None }),
        ("opened_on", FieldType::Date),
        ("closed_on", FieldType::Date),
        ("seen_at", FieldType::DateTime),
        ("active", FieldType::Boolean),
        ("vetted", FieldType::Boolean),
        ("tier", FieldType::Select { options: name("tier") }),
        ("flags", FieldType::MultiSelect { options: name("flag") }),
        ("tags", FieldType::Tags),
        ("region", FieldType::Cascade { options: name("region") }),
        ("category", FieldType::Cascade { options: name("category") }),
        ("code", FieldType::AutoNumber { prefix: "T".to_owned(), digits: 6 }),
        ("phone", FieldType::Phone),
        ("target", reference(&["target"])),
        ("link", reference(&["target", "thing"])),
        ("friends", FieldType::ManyToMany { to: name("target") }),
        ("assignee", FieldType::User),
        ("plain_id", FieldType::ResidentId),
        ("sealed_id", FieldType::ResidentId),
        ("sealed_phone", FieldType::Phone),
        ("retired_note", FieldType::Text { max: 200 }),
        ("items", FieldType::ChildTable { object: name("item"), by: name("thing") }),
    ]
}

fn item_fields() -> Fields {
    vec![
        ("name", FieldType::Text { max: 200 }),
        ("thing", reference(&["thing"])),
        ("amount", money()),
        ("quantity", number(0)),
        ("opened_on", FieldType::Date),
        ("seen_at", FieldType::DateTime),
        ("active", FieldType::Boolean),
        ("target", reference(&["target"])),
        ("parts", FieldType::ChildTable { object: name("part"), by: name("item") }),
    ]
}

fn part_fields() -> Fields {
    vec![
        ("name", FieldType::Text { max: 200 }),
        ("item", reference(&["item"])),
        ("amount", money()),
    ]
}

fn options(key: &str, items: &[(&str, Option<&str>)]) -> OptionSet {
    let item = |parent: Option<&str>, code: &str| OptionItem {
        label: label(code),
        parent: parent.map(str::to_owned),
        aliases: Vec::new(),
        retired: false,
        color: None,
        tie: None,
    };
    let items =
        items.iter().map(|(code, parent)| ((*code).to_owned(), item(*parent, code))).collect();
    OptionSet { name: name(key), label: label(key), items }
}

fn tiers() -> OptionSet {
    options("tier", &[("gold", None), ("silver", None), ("basic", None)])
}

fn flags() -> OptionSet {
    options("flag", &[("vip", None), ("watch", None), ("new", None)])
}

fn regions() -> OptionSet {
    options(
        "region",
        &[
            ("110000", None),
            ("110100", Some("110000")),
            ("110101", Some("110100")),
            ("370000", None),
            ("371300", Some("370000")),
            ("371302", Some("371300")),
        ],
    )
}

/// A tree whose codes do not begin with their parents'.
fn categories() -> OptionSet {
    options(
        "category",
        &[("loan", None), ("mortgage", Some("loan")), ("car", Some("loan")), ("loaner", None)],
    )
}
