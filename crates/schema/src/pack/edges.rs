//! Edges: which fields of an object join two others, and what its kinds mean.
//!
//! Read with the object, checked again once parameters and the objects at both ends are known. An
//! extension may only add kinds and figures to what is defined.

use crate::Name;
use crate::catalogue::{ObjectIx, Slot};
use crate::edge::{Control, Edge, Family, Ownership};
use crate::field::{FieldType, Storage};
use kernel::text::nearest;

use super::build::Build;
use super::problem::say;
use super::reader::Reader;
use super::shape::{Folder, Key, Shape, may, must};
use super::structure::Source;

/// Keys of an edge.
pub(crate) const EDGE: &[Key] = &[
    may("from", Shape::Name, "reference to the first side"),
    may("to", Shape::Name, "reference to the other side"),
    may("type", Shape::Name, "select field that says what kind of edge it is"),
    may("start", Shape::Name, "date field: first day it holds"),
    may("end", Shape::Name, "date field: last day it holds"),
    may("share", Shape::Name, "number field: which part of the other side is held, 1 being all"),
    may("amount", Shape::Name, "money field: the amount that goes with it"),
    may("families", Shape::Tables(FAMILY), "families of kinds, in the order shown"),
    may("acyclic", Shape::Texts, "kinds that together never lead back to where they started"),
    may("circles", Shape::Texts, "kinds that are looked through for circles"),
    may("ownership", Shape::Table(OWNERSHIP), "how shares are held"),
    may("control", Shape::Table(CONTROL), "how groups under one control are made"),
];

const FAMILY: &[Key] = &[
    must("name", Shape::Name, "name used by the options' `family`"),
    must("label", Shape::Label, "shown name"),
    may("color", Shape::Text, "color name for the screen"),
    may("line", Shape::OneOf(&["solid", "dashed"]), "how it is drawn"),
];

const OWNERSHIP: &[Key] = &[
    must("types", Shape::Texts, "kinds whose share counts"),
    may("total_max", Shape::Number, "most that the shares of one record come to on any day"),
    may("threshold", Shape::Name, "parameter: least share of a beneficial owner"),
    may("owners", Shape::Names, "objects whose records can be beneficial owners"),
    may(
        "otherwise",
        Shape::Texts,
        "kinds whose first side counts when nobody reaches the threshold, in order",
    ),
];

const CONTROL: &[Key] = &[
    may("types", Shape::Texts, "kinds that are control by themselves"),
    may("share_above", Shape::Name, "parameter: a share above it is control"),
    may("exposure", Shape::Names, "fields of the joined records that add up to the exposure"),
];

/// Keys of the ways of a roll-up.
pub(crate) const HOP: &[Key] = &[
    must("object", Shape::Name, "object of the records between"),
    must("by", Shape::Name, "their reference back"),
    may("to", Shape::Name, "their reference on; none: they are what it leads to"),
    may("filter", Shape::Expression, "which of them"),
];

/// What a field of an edge must hold.
type Fits = fn(&FieldType, Storage) -> bool;

impl<'a> Build<'a> {
    /// Reads the edge of an object, if the file has one.
    pub(super) fn edge(&mut self, source: &'a Source, reader: &Reader<'a>, ix: ObjectIx) {
        let Some(table) = reader.table("edge") else { return };
        if reader.text("extends").is_some() {
            return self.extend_edge(source, &table, ix);
        }
        let is_reference: Fits = |kind, storage| {
            matches!(kind, FieldType::Reference { .. })
                && matches!(storage, Storage::Uuid | Storage::Link)
        };
        let is_select: Fits = |kind, _| matches!(kind, FieldType::Select { .. });
        let is_date: Fits = |kind, _| matches!(kind, FieldType::Date);
        let is_share: Fits =
            |kind, _| matches!(kind, FieldType::Percent { .. } | FieldType::Number { .. });
        let is_amount: Fits = |kind, _| matches!(kind, FieldType::Money { .. });
        let here = (source, table, ix);
        let from = self.edge_field(here, "from", is_reference, true);
        let to = self.edge_field(here, "to", is_reference, true);
        let kind = self.edge_field(here, "type", is_select, true);
        let start = self.edge_field(here, "start", is_date, false);
        let end = self.edge_field(here, "end", is_date, false);
        let share = self.edge_field(here, "share", is_share, false);
        let amount = self.edge_field(here, "amount", is_amount, false);
        let (Some(from), Some(to), Some(kind)) = (from, to, kind) else { return };
        let families = table.tables("families").into_iter().filter_map(|family| {
            Some(Family {
                name: family.name("name")?,
                label: family.label("label")?,
                color: family.text("color").map(str::to_owned),
                dashed: family.text("line") == Some("dashed"),
            })
        });
        let edge = Edge {
            from,
            to,
            kind,
            start,
            end,
            share,
            amount,
            families: families.collect(),
            acyclic: texts(&table, "acyclic"),
            circles: texts(&table, "circles"),
            ownership: table.table("ownership").map(|own| Ownership {
                kinds: texts(&own, "types"),
                total_max: own.decimal("total_max"),
                threshold: own.name("threshold"),
                owners: names(&own, "owners"),
                otherwise: texts(&own, "otherwise"),
            }),
            control: table.table("control").map(|control| Control {
                kinds: texts(&control, "types"),
                share_above: control.name("share_above"),
                exposure: names(&control, "exposure"),
            }),
        };
        if edge.ownership.is_some() && edge.share.is_none() {
            let message = say("ownership needs a `share` field", "股权须有 `share` 字段");
            let remedy = say("name the field in `share`", "请在 `share` 中写明字段");
            self.problem((source, table.key_at("ownership")), "missing_key", message, remedy);
        }
        if let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) {
            object.edge = Some(edge);
        }
    }

    /// Fields that say among which rows a constraint holds: booleans, or any stored value.
    pub(super) fn unique_among(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        key: &str,
        ix: ObjectIx,
    ) -> Vec<Slot> {
        let mut slots = Vec::new();
        for (name, at) in table.texts(key) {
            let Some(slot) = self.slot(source, Some(name), at, ix) else { continue };
            let field = self.catalogue.at(ix).and_then(|object| object.at(slot));
            let fits = field.map(crate::Field::storage).is_some_and(|storage| match storage {
                Storage::Flag => true,
                Storage::Virtual | Storage::Texts | Storage::Uuids | Storage::Sealed => false,
                _ => key == "where_empty",
            });
            if fits {
                slots.push(slot);
                continue;
            }
            let message = say(
                format!("`{name}` does not fit in `{key}`"),
                format!("`{name}` 不能用于 `{key}`"),
            );
            let remedy = say(
                "`where_true` names booleans, `where_empty` fields that are stored",
                "`where_true` 写布尔字段，`where_empty` 写有存储的字段",
            );
            self.problem((source, at), "unique_among", message, remedy);
        }
        slots
    }

    /// Fields by whose value files name records: each is found by an index.
    pub(super) fn called_by(&mut self, source: &'a Source, reader: &Reader<'a>, ix: ObjectIx) {
        for (name, at) in reader.texts("called_by") {
            let Some(slot) = self.slot(source, Some(name), at, ix) else { continue };
            let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) else {
                return;
            };
            let found = object.at(slot).is_some_and(|field| match field.storage() {
                Storage::Sealed => field.unique || field.search.is_some(),
                Storage::Text => field.unique || field.indexed,
                _ => false,
            });
            if found {
                object.called_by.push(slot);
                continue;
            }
            let message = say(
                format!("records cannot be found by `{name}`"),
                format!("不能按 `{name}` 查找记录"),
            );
            let remedy = say(
                "name a text that is `indexed` or `unique`, or one that is encrypted and searched",
                "请写有索引（`indexed`）或唯一（`unique`）的文本字段，或可搜索的加密字段",
            );
            self.problem((source, at), "called_by", message, remedy);
        }
    }

    /// References of an object to itself that make no circle.
    pub(super) fn acyclic(&mut self, source: &'a Source, reader: &Reader<'a>, ix: ObjectIx) {
        for (name, at) in reader.texts("acyclic") {
            let Some(slot) = self.slot(source, Some(name), at, ix) else { continue };
            let Some((_, object)) = self.catalogue.objects.get_index_mut(usize::from(ix.0)) else {
                return;
            };
            let own = object.name.clone();
            let kind = object.at(slot).map(|field| &field.kind);
            match kind {
                Some(FieldType::Reference { to, .. }) if *to == [own] => object.acyclic.push(slot),
                _ => {
                    let message = say(
                        format!("`{name}` is no reference to this object alone"),
                        format!("`{name}` 不是只指向本对象的引用"),
                    );
                    let remedy = say("name one that is", "请写只指向本对象的引用字段");
                    self.problem((source, at), "acyclic", message, remedy);
                }
            }
        }
    }

    fn extend_edge(&mut self, source: &'a Source, table: &Reader<'a>, ix: ObjectIx) {
        const LISTS: [&str; 3] = ["acyclic", "circles", "control"];
        let other = table.entries.keys().find(|key| !LISTS.contains(&key.as_str()));
        let defined = self.catalogue.at(ix).is_some_and(|object| object.edge.is_some());
        if let Some(key) = other.filter(|_| defined) {
            let message = say(
                format!("an extension cannot change `{key}` of an edge"),
                format!("扩展文件不能修改边的 `{key}`"),
            );
            let remedy = say(
                "it may add acyclic, circles and control",
                "只能增加 acyclic、circles 和 control",
            );
            return self.problem((source, table.key_at(key)), "unknown_key", message, remedy);
        }
        let found = self.catalogue.objects.get_index_mut(usize::from(ix.0));
        let Some(edge) = found.and_then(|(_, object)| object.edge.as_mut()) else {
            let message = say("the object is no edge", "该对象不是边");
            let remedy =
                say("define the edge where the object is defined", "请在对象定义文件中定义");
            return self.problem((source, table.at), "edge", message, remedy);
        };
        edge.acyclic.extend(texts(table, "acyclic"));
        edge.circles.extend(texts(table, "circles"));
        if let Some(more) = table.table("control") {
            let control = edge.control.get_or_insert_with(|| Control {
                kinds: Vec::new(),
                share_above: None,
                exposure: Vec::new(),
            });
            control.kinds.extend(texts(&more, "types"));
            control.exposure.extend(names(&more, "exposure"));
            control.share_above = more.name("share_above").or(control.share_above.take());
        }
    }

    /// The slot that `key` of an edge names, if the field there fits.
    fn edge_field(
        &mut self,
        (source, table, ix): (&'a Source, Reader<'a>, ObjectIx),
        key: &str,
        fits: Fits,
        needed: bool,
    ) -> Option<Slot> {
        if needed && !table.entries.contains_key(key) {
            let message = say(format!("missing key `{key}`"), format!("缺少键 `{key}`"));
            let remedy = say(format!("add `{key}`"), format!("请补上 `{key}`"));
            self.problem((source, table.at), "missing_key", message, remedy);
        }
        let slot = self.slot(source, table.text(key), table.at(key), ix)?;
        let field = self.catalogue.at(ix)?.at(slot)?;
        if fits(&field.kind, field.storage()) && field.level < 4 {
            return Some(slot);
        }
        let name = field.name.to_string();
        let message = say(
            format!("`{name}` does not fit as `{key}` of an edge"),
            format!("`{name}` 不能作为边的 `{key}`"),
        );
        let remedy = say(
            "the ends are references, the type a select, the dates dates, the share a percentage, the amount money",
            "两端须为引用，类型须为单选，起止须为日期，比例须为百分比，金额须为金额字段",
        );
        self.problem((source, table.at(key)), "edge_field", message, remedy);
        None
    }

    /// Checks what edges name: options, families, parameters, objects and their fields.
    pub(crate) fn resolve_edges(&mut self) {
        for (_, source, reader) in self.files(Folder::Objects).collect::<Vec<_>>() {
            let Some(table) = reader.table("edge") else { continue };
            let name = reader.text("extends").unwrap_or(&source.stem);
            let Some((ix, object)) = self.catalogue.object(name) else { continue };
            let Some(edge) = object.edge.clone() else { continue };
            let own = table.table("ownership");
            let control = table.table("control");
            let mut kinds: Vec<(&str, usize)> = table.texts("acyclic");
            kinds.extend(table.texts("circles"));
            for (inner, keys) in [(own, ["types", "otherwise"]), (control, ["types", "types"])] {
                kinds.extend(inner.iter().flat_map(|t| keys.iter().flat_map(|key| t.texts(key))));
            }
            self.edge_kinds(source, (ix, &edge), &kinds);
            self.edge_families(source, &table, (ix, &edge));
            for (inner, key) in [(own, "threshold"), (control, "share_above")] {
                let named = inner.and_then(|inner| Some((inner.text(key)?, inner.at(key))));
                if let Some((named, at)) = named {
                    self.edge_parameter(source, named, at);
                }
            }
            for (named, at) in own.iter().flat_map(|own| own.texts("owners")) {
                if self.catalogue.object(named).is_none() {
                    self.unknown_object(source, at, named);
                }
            }
            for (named, at) in control.iter().flat_map(|control| control.texts("exposure")) {
                self.edge_figure(source, (ix, &edge), named, at);
            }
        }
    }

    fn edge_kinds(
        &mut self,
        source: &Source,
        (ix, edge): (ObjectIx, &Edge),
        kinds: &[(&str, usize)],
    ) {
        let known = self.edge_options(ix, edge);
        for (kind, at) in kinds {
            if !known.iter().any(|(code, _)| code == kind) {
                let near = nearest(kind, known.iter().map(|(code, _)| code.as_str()));
                self.unknown((source, *at), ("option", "选项"), kind, near);
            }
        }
    }

    /// The families that options name are defined.
    fn edge_families(
        &mut self,
        source: &Source,
        table: &Reader<'_>,
        (ix, edge): (ObjectIx, &Edge),
    ) {
        if !table.entries.contains_key("type") {
            return;
        }
        for (code, family) in self.edge_options(ix, edge) {
            let Some(family) = family else { continue };
            if edge.families.iter().any(|known| known.name == family) {
                continue;
            }
            let message = say(
                format!("option `{code}` names the family `{family}`, which is not defined"),
                format!("选项 `{code}` 所属的类别 `{family}` 没有定义"),
            );
            let remedy = say("add it to `families`", "请在 `families` 中补上");
            self.problem((source, table.at("families")), "unknown_name", message, remedy);
        }
    }

    fn edge_parameter(&mut self, source: &Source, named: &str, at: usize) {
        let parameters = &self.catalogue.parameters;
        if parameters.contains_key(named) {
            return;
        }
        let near = nearest(named, parameters.keys().map(Name::as_str)).map(str::to_owned);
        self.unknown((source, at), ("parameter", "参数"), named, near.as_deref());
    }

    /// A figure of exposure is an amount or computed, on at least one of the joined objects.
    fn edge_figure(
        &mut self,
        source: &Source,
        (ix, edge): (ObjectIx, &Edge),
        named: &str,
        at: usize,
    ) {
        let ends = [edge.from, edge.to].into_iter().filter_map(|slot| {
            match &self.catalogue.at(ix)?.at(slot)?.kind {
                FieldType::Reference { to, .. } => Some(to.clone()),
                _ => None,
            }
        });
        let summed = |name: &Name| {
            let field = self.catalogue.objects.get(name)?.fields.get(named)?;
            let computed =
                matches!(field.kind, FieldType::RollUp { .. } | FieldType::Formula { .. });
            Some(computed || matches!(field.storage(), Storage::Scaled(_)))
        };
        if ends.flatten().filter_map(|name| summed(&name)).any(|fits| fits) {
            return;
        }
        let message = say(
            format!("no joined object has an amount `{named}`"),
            format!("边两端的对象都没有金额字段 `{named}`"),
        );
        let remedy = say("name a money field or a roll-up", "请写金额字段或汇总字段");
        self.problem((source, at), "unknown_name", message, remedy);
    }

    /// Codes of an edge's kinds, with their families.
    fn edge_options(&self, ix: ObjectIx, edge: &Edge) -> Vec<(String, Option<Name>)> {
        let kind = self.catalogue.at(ix).and_then(|object| object.at(edge.kind));
        let Some(FieldType::Select { options }) = kind.map(|field| &field.kind) else {
            return Vec::new();
        };
        let set = self.catalogue.options.get(options);
        let items = set.iter().flat_map(|set| &set.items);
        let family = |tie: &crate::edge::Tie| tie.family.clone();
        items.map(|(code, item)| (code.clone(), item.tie.as_ref().and_then(family))).collect()
    }
}

fn texts(table: &Reader<'_>, key: &str) -> Vec<String> {
    table.texts(key).into_iter().map(|(text, _)| text.to_owned()).collect()
}

fn names(table: &Reader<'_>, key: &str) -> Vec<Name> {
    table.texts(key).into_iter().filter_map(|(text, _)| Name::new(text).ok()).collect()
}
