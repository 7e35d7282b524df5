//! The catalogue: every published definition, resolved and indexed, immutable behind an `Arc`.
//!
//! Built by [`pack`](crate::pack) from files or stored definitions; never edited in place.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::Name;
use crate::edge::{Edge, Tie};
use crate::expr::Expr;
use crate::field::Field;
use crate::keeping::{Reminder, Retention};
use crate::kept::Kept;
use crate::matching::MatchRule;
use crate::measure::{Banding, Measure};

mod keys;
mod page;
mod parameter;
mod quality;
mod role;

pub use crate::purpose::{Check, Purpose};
pub use keys::{Index, Unique};
pub use page::{
    Contribution, GraphPart, Hint, HintKind, Layout, Link, NextStep, RelatedList, Section,
    SectionMeasure, Severity, TimelinePart, TrendPart,
};
pub use parameter::{Parameter, ParameterValue};
pub use quality::{Quality, QualityItem, Supplier};
pub use role::{Access, Action, Grant, Right, Role, Rows};

/// Position of an object in [`Catalogue::objects`]; valid for one catalogue only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectIx(pub u16);

/// Position of a field in [`Object::fields`]; valid for one catalogue only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u16);

/// A text in the product's two languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The language a caller reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Language {
    /// 简体中文.
    #[default]
    #[serde(rename = "zh")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Label {
    /// The text for `language`.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// Everything that is published, at one version.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Number of the publish that made it; 0 for one built from files only.
    pub version: u64,
    /// Packs in dependency order.
    pub packs: Vec<PackInfo>,
    /// Objects by name; the index is the [`ObjectIx`].
    pub objects: IndexMap<Name, Object>,
    /// Shared lists of options.
    pub options: IndexMap<Name, OptionSet>,
    /// Roles by name.
    pub roles: IndexMap<Name, Role>,
    /// Saved lists by name (unique over all objects).
    pub views: IndexMap<Name, View>,
    /// Form and page arrangements by name.
    pub layouts: IndexMap<Name, Layout>,
    /// Completeness lists by name.
    pub quality: IndexMap<Name, Quality>,
    /// Dated business values.
    pub parameters: IndexMap<Name, Parameter>,
    /// Amounts kept by day.
    pub measures: IndexMap<Name, Measure>,
    /// Fields that follow measures.
    pub bandings: IndexMap<Name, Banding>,
    /// What records are used for, and what must hold for that.
    pub purposes: IndexMap<Name, Purpose>,
    /// How duplicates are found, at most one rule an object.
    pub matches: IndexMap<Name, MatchRule>,
}

/// Which pack, which version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackInfo {
    /// The pack's name.
    pub name: Name,
    /// Its version, `major.minor.patch`.
    pub version: String,
    /// What it is called on screen.
    pub label: Label,
}

/// What the platform itself needs to find among the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemKind {
    /// Logins. Must have fields `login`, `name`, `active`, `manager`.
    User,
    /// The org tree. Must have fields `code`, `name`, `parent`.
    OrgUnit,
    /// A user's role at an org unit. Must have `user`, `role`, `unit`, `until_on`.
    Assignment,
    /// Lists that people keep. Must have `name`, `listed`, `audience`, `pinned`, `first`, `definition`.
    SavedView,
}

/// A kind of record.
#[derive(Debug, Clone)]
pub struct Object {
    /// API and table name.
    pub name: Name,
    /// Pack that defines it.
    pub pack: Name,
    /// Shown name.
    pub label: Label,
    /// Set on the platform's own objects.
    pub system: Option<SystemKind>,
    /// Base fields first (see [`base`]), then the pack's in file order.
    pub fields: IndexMap<Name, Field>,
    /// Field shown as the record's name.
    pub title: Slot,
    /// Fields by whose value files name its records, beside the title and unique texts.
    pub called_by: Vec<Slot>,
    /// The reference to the parent record whose visibility this object may follow (`rows = "parent"`).
    pub parent: Option<Slot>,
    /// Set when its records join two others.
    pub edge: Option<Edge>,
    /// References to records of the object itself that never lead back to where they started.
    pub acyclic: Vec<Slot>,
    /// Conditions on the whole record.
    pub validations: Vec<Validation>,
    /// Composite unique constraints.
    pub uniques: Vec<Unique>,
    /// Extra indexes, for views.
    pub indexes: Vec<Index>,
    /// What the platform keeps of its records by itself.
    pub kept: Kept,
    /// Why its records are kept, and until when.
    pub retentions: Vec<Retention>,
    /// What is made some days before dates of its records.
    pub reminders: Vec<Reminder>,
    /// Warnings and suggestions that a record's page shows.
    pub hints: Vec<Hint>,
    /// How its records appear on the timelines of others.
    pub timeline: Option<Contribution>,
    /// Hidden from use but kept (retired by a publish).
    pub retired: bool,
    /// Place in the navigation, ascending; none stands apart.
    pub menu: Option<u16>,
    /// Icon in the web app, which knows a set of names.
    pub icon: Option<Name>,
}

/// Slots of the fields that every object carries, in this order.
pub mod base {
    use super::Slot;
    /// `id`
    pub const ID: Slot = Slot(0);
    /// `version`: 1 on create, plus one each change.
    pub const VERSION: Slot = Slot(1);
    /// `org_unit`: 机构.
    pub const ORG_UNIT: Slot = Slot(2);
    /// `owner`: 归属人.
    pub const OWNER: Slot = Slot(3);
    /// `created_at`
    pub const CREATED_AT: Slot = Slot(4);
    /// `created_by`
    pub const CREATED_BY: Slot = Slot(5);
    /// `updated_at`
    pub const UPDATED_AT: Slot = Slot(6);
    /// `updated_by`
    pub const UPDATED_BY: Slot = Slot(7);
    /// How many there are.
    pub const COUNT: usize = 8;
    /// Their names, by slot.
    pub const NAMES: [&str; COUNT] = [
        "id",
        "version",
        "org_unit",
        "owner",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
    ];
}

/// `when` … `must` … else `message` at field `at`.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Stable code, unique in its object.
    pub code: Name,
    /// Checked only when this holds (absent: always).
    pub when: Option<Expr>,
    /// Must be true; empty counts as passed.
    pub must: Expr,
    /// Sentence for the caller.
    pub message: Label,
    /// Field to show it at.
    pub at: Option<Slot>,
}

/// A list of options; a tree for cascades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionSet {
    /// Name used in `options = "…"`.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// Options by code, in order; parents before children.
    pub items: IndexMap<String, OptionItem>,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionItem {
    /// Shown text.
    pub label: Label,
    /// Code of the parent option, in a tree.
    pub parent: Option<String>,
    /// Other texts an import understands.
    pub aliases: Vec<String>,
    /// May no longer be chosen, stays readable.
    pub retired: bool,
    /// Colour name for the screen, such as `red` or `gray`.
    pub color: Option<String>,
    /// What it says about two sides, for kinds of edges.
    pub tie: Option<Tie>,
}

/// A saved list.
#[derive(Debug, Clone)]
pub struct View {
    /// Name, unique over all views.
    pub name: Name,
    /// Shown name.
    pub label: Label,
    /// Listed object.
    pub object: Name,
    /// Columns: field names or one-step paths such as `owner.name`.
    pub columns: Vec<String>,
    /// Rows to show.
    pub filter: Option<Expr>,
    /// Order: field and whether descending.
    pub sort: Vec<(Name, bool)>,
    /// Place among the lists of its object, ascending; those without one follow.
    pub order: Option<u16>,
    /// Place on the workbench, ascending; none is not there.
    pub home: Option<u16>,
    /// Whether its rows wait for the reader, who is told of them.
    pub notify: bool,
}

impl Catalogue {
    /// The object called `name`, with its index.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<(ObjectIx, &Object)> {
        let (ix, _, object) = self.objects.get_full(name)?;
        Some((ObjectIx(u16::try_from(ix).ok()?), object))
    }

    /// The object at `ix`.
    #[must_use]
    pub fn at(&self, ix: ObjectIx) -> Option<&Object> {
        self.objects.get_index(usize::from(ix.0)).map(|(_, object)| object)
    }

    /// How duplicates of `object` are found.
    #[must_use]
    pub fn match_rule(&self, object: &Name) -> Option<&MatchRule> {
        self.matches.values().find(|rule| rule.object == *object)
    }

    /// The platform's object of `kind`.
    #[must_use]
    pub fn system(&self, kind: SystemKind) -> Option<(ObjectIx, &Object)> {
        let ix = self.objects.values().position(|object| object.system == Some(kind))?;
        let ix = ObjectIx(u16::try_from(ix).ok()?);
        Some((ix, self.at(ix)?))
    }
}

impl Object {
    /// An object without fields of any kind, to be filled.
    #[must_use]
    pub fn new(name: Name, pack: Name, label: Label) -> Object {
        Object {
            name,
            pack,
            label,
            system: None,
            fields: IndexMap::new(),
            title: base::ID,
            called_by: Vec::new(),
            parent: None,
            edge: None,
            acyclic: Vec::new(),
            validations: Vec::new(),
            uniques: Vec::new(),
            indexes: Vec::new(),
            kept: Kept::default(),
            retentions: Vec::new(),
            reminders: Vec::new(),
            hints: Vec::new(),
            timeline: None,
            retired: false,
            menu: None,
            icon: None,
        }
    }

    /// The field called `name`, with its slot.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(Slot, &Field)> {
        let (slot, _, field) = self.fields.get_full(name)?;
        Some((Slot(u16::try_from(slot).ok()?), field))
    }

    /// The field at `slot`.
    #[must_use]
    pub fn at(&self, slot: Slot) -> Option<&Field> {
        self.fields.get_index(usize::from(slot.0)).map(|(_, field)| field)
    }

    /// All fields with their slots.
    pub fn slots(&self) -> impl Iterator<Item = (Slot, &Field)> {
        self.fields
            .values()
            .enumerate()
            .filter_map(|(i, f)| Some((Slot(u16::try_from(i).ok()?), f)))
    }
}
