//! What fields name must exist and fit: options, child objects, currency fields.

use crate::Name;
use crate::catalogue::{ObjectIx, SystemKind};
use crate::expr::AggregateFn;
use crate::field::{CurrencySource, Field, FieldType, Reach, Storage};
use kernel::text::nearest;

use super::build::{Build, Origin};
use super::problem::{Said, say};

impl<'a> Build<'a> {
    /// Checks what each field refers to.
    pub(crate) fn resolve_fields(&mut self) {
        let origins: Vec<_> = self.origins.iter().map(|(key, origin)| (*key, *origin)).collect();
        for ((ix, slot), origin) in origins {
            let field = self.catalogue.at(ix).and_then(|object| object.at(slot)).cloned();
            let Some(field) = field else { continue };
            match &field.kind {
                FieldType::Select { options }
                | FieldType::MultiSelect { options }
                | FieldType::Cascade { options } => self.has_options(origin, options),
                FieldType::Money { currency: CurrencySource::Field(name), .. } => {
                    self.holds_currency(origin, ix, name);
                }
                FieldType::ChildTable { object, by } => {
                    self.refers_back(origin, ix, object, by);
                }
                FieldType::RollUp { object, by, function, value, reach, .. } => {
                    let child = match reach {
                        None => self.refers_back(origin, ix, object, by),
                        Some(reach) => self.reaches(origin, ix, (object, by), reach),
                    };
                    if let Some(child) = child {
                        self.aggregates(origin, child, *function, value.as_ref());
                    }
                }
                _ => {}
            }
        }
    }

    fn has_options(&mut self, origin: Origin<'a>, options: &Name) {
        if self.catalogue.options.contains_key(options) {
            return;
        }
        let known: Vec<String> = self.catalogue.options.keys().map(Name::to_string).collect();
        let near = nearest(options.as_str(), known.iter().map(String::as_str)).map(str::to_owned);
        let at = origin.table.at("options");
        let thing = ("option set", "选项集");
        self.unknown((origin.source, at), thing, options.as_str(), near.as_deref());
    }

    fn holds_currency(&mut self, origin: Origin<'a>, ix: ObjectIx, name: &Name) {
        let at = origin.table.at("currency_field");
        let Some(slot) = self.slot(origin.source, Some(name.as_str()), at, ix) else { return };
        let field = self.catalogue.at(ix).and_then(|object| object.at(slot));
        let fits = field.is_some_and(|field| {
            !field.encrypted
                && matches!(field.kind, FieldType::Text { .. } | FieldType::Select { .. })
        });
        if !fits {
            let message =
                say("a currency field must be a text or a select", "币种字段须为文本或单选");
            self.problem((origin.source, at), "currency", message, Said::none());
        }
    }

    /// The child object, if its field `by` refers to this object.
    fn refers_back(
        &mut self,
        origin: Origin<'a>,
        ix: ObjectIx,
        object: &Name,
        by: &Name,
    ) -> Option<ObjectIx> {
        let at = origin.table.at("object");
        let Some((child, _)) = self.catalogue.object(object.as_str()) else {
            self.unknown_object(origin.source, at, object.as_str());
            return None;
        };
        let at = origin.table.at("by");
        let slot = self.slot(origin.source, Some(by.as_str()), at, child)?;
        if self.refers_to(child, slot, ix) {
            return Some(child);
        }
        let here = self.catalogue.at(ix)?.name.to_string();
        let message = say(
            format!("`{object}.{by}` does not refer to `{here}`"),
            format!("`{object}.{by}` 没有指向 `{here}`"),
        );
        let remedy = say(
            format!("name a field of `{object}` that refers to `{here}`"),
            format!("请写 `{object}` 中指向 `{here}` 的引用字段"),
        );
        self.problem((origin.source, at), "not_referring", message, remedy);
        None
    }

    /// The aggregated object, if the ways to it hold together.
    fn reaches(
        &mut self,
        origin: Origin<'a>,
        ix: ObjectIx,
        (object, by): (&Name, &Name),
        reach: &Reach,
    ) -> Option<ObjectIx> {
        let at = |key: &str| origin.table.at(key);
        let Some((child, _)) = self.catalogue.object(object.as_str()) else {
            self.unknown_object(origin.source, at("object"), object.as_str());
            return None;
        };
        let here = self.catalogue.at(ix)?.name.clone();
        // What each way starts from, and what `by` has to refer to at the end.
        let (mut met, mut end) = (vec![here], Vec::new());
        let mut fits = true;
        for (key, hop) in reach.hops() {
            let Some((between, _)) = self.catalogue.object(hop.object.as_str()) else {
                self.unknown_object(origin.source, at(key), hop.object.as_str());
                return None;
            };
            let back = self.slot(origin.source, Some(hop.by.as_str()), at(key), between)?;
            let leads = match &hop.to {
                None => vec![hop.object.clone()],
                Some(to) => {
                    let on = self.slot(origin.source, Some(to.as_str()), at(key), between)?;
                    self.points(between, on)
                }
            };
            fits &= self.points(between, back).iter().any(|name| met.contains(name));
            match key {
                "through" => (met, end) = (leads.clone(), leads),
                "then" => end = leads,
                _ if reach.then.is_some() => fits &= leads.iter().any(|name| end.contains(name)),
                _ => fits &= leads.contains(object),
            }
        }
        let slot = self.slot(origin.source, Some(by.as_str()), at("by"), child)?;
        fits &= self.points(child, slot).iter().any(|name| end.contains(name));
        if fits {
            return Some(child);
        }
        let message = say(
            format!("the ways from here to `{object}` do not hold together"),
            format!("从本对象到 `{object}` 的路径衔接不上"),
        );
        let remedy = say(
            "`through` refers to this object and leads to what `by` or `then` refers to; `then` leads to what `by` refers to; `also` starts where `then` does and leads to the same, without `then` to the object",
            "`through` 须指向本对象，并通向 `by` 或 `then` 所指的对象；`then` 须通向 `by` 所指的对象；`also` 与 `then` 起点和终点相同，没有 `then` 时须通向被汇总的对象",
        );
        self.problem((origin.source, at("through")), "not_referring", message, remedy);
        None
    }

    /// Objects that a field's single reference may point to.
    fn points(&self, holder: ObjectIx, slot: crate::Slot) -> Vec<Name> {
        match self.catalogue.at(holder).and_then(|found| found.at(slot)).map(|f| &f.kind) {
            Some(FieldType::Reference { to, .. }) => to.clone(),
            _ => Vec::new(),
        }
    }

    /// Whether a field's references may point to `object`.
    pub(crate) fn refers_to(&self, holder: ObjectIx, slot: crate::Slot, object: ObjectIx) -> bool {
        let Some(target) = self.catalogue.at(object) else { return false };
        let Some(field) = self.catalogue.at(holder).and_then(|found| found.at(slot)) else {
            return false;
        };
        match &field.kind {
            FieldType::Reference { to, .. } => {
                slot != crate::catalogue::base::ID && to.contains(&target.name)
            }
            FieldType::ManyToMany { to } => *to == target.name,
            FieldType::User => target.system == Some(SystemKind::User),
            FieldType::OrgUnit => target.system == Some(SystemKind::OrgUnit),
            _ => false,
        }
    }

    fn aggregates(
        &mut self,
        origin: Origin<'a>,
        child: ObjectIx,
        function: AggregateFn,
        value: Option<&Name>,
    ) {
        let at = origin.table.at("value");
        let Some(value) = value else {
            if function != AggregateFn::Count {
                let message = say("missing key `value`", "缺少键 `value`");
                let remedy = say("name the field to aggregate", "请写明要汇总的字段");
                self.problem((origin.source, at), "missing_key", message, remedy);
            }
            return;
        };
        let Some(slot) = self.slot(origin.source, Some(value.as_str()), at, child) else { return };
        let Some(field) = self.catalogue.at(child).and_then(|object| object.at(slot)).cloned()
        else {
            return;
        };
        if field.encrypted {
            self.sealed(origin, at, value.as_str());
            return;
        }
        if !aggregable(&field, function) {
            let message = say(
                format!("`{value}` cannot be aggregated this way"),
                format!("`{value}` 不能这样汇总"),
            );
            let remedy = say("use a number, amount or date", "请用数字、金额或日期字段");
            self.problem((origin.source, at), "not_measurable", message, remedy);
        }
    }

    /// A computed field may not read an encrypted one.
    pub(crate) fn sealed(&mut self, origin: Origin<'a>, at: usize, name: &str) {
        let message = say(
            format!("`{name}` is encrypted and cannot be computed with"),
            format!("`{name}` 是加密字段，不能参与计算"),
        );
        let remedy = say(
            "keep what you need in a plain field of its own, set when the record is written",
            "请把所需部分另存为普通字段，在写入时填写",
        );
        self.problem((origin.source, at), "encrypted", message, remedy);
    }

    /// Checks that need every object: the encryption of constraint fields and the like.
    pub(crate) fn resolve_objects(&mut self) {
        let origins: Vec<_> = self.origins.iter().map(|(key, origin)| (*key, *origin)).collect();
        for ((ix, slot), origin) in origins {
            let Some(object) = self.catalogue.at(ix) else { continue };
            let Some(field) = object.at(slot) else { continue };
            let indexed = object
                .indexes
                .iter()
                .find(|index| index.fields.iter().any(|(found, _)| *found == slot));
            if let (true, Some(index)) = (field.encrypted, indexed) {
                let message = say(
                    format!(
                        "`{}` is encrypted; index `{}` cannot order by it",
                        field.name, index.name
                    ),
                    format!("`{}` 是加密字段，索引 `{}` 不能按它排序", field.name, index.name),
                );
                let remedy = say("take it out of the index", "请从索引中去掉");
                self.problem((origin.source, origin.table.at), "encrypted", message, remedy);
            }
        }
    }
}

fn aggregable(field: &Field, function: AggregateFn) -> bool {
    let computed = matches!(field.kind, FieldType::Formula { .. } | FieldType::RollUp { .. });
    match function {
        AggregateFn::Count => true,
        AggregateFn::CountDistinct => {
            !matches!(field.kind, FieldType::ChildTable { .. })
                && !matches!(field.storage(), Storage::Texts | Storage::Uuids | Storage::Link)
        }
        AggregateFn::Sum | AggregateFn::Avg => {
            computed || matches!(field.storage(), Storage::Scaled(_))
        }
        _ => {
            computed
                || matches!(
                    field.storage(),
                    Storage::Scaled(_) | Storage::Days | Storage::Micros | Storage::Text
                )
        }
    }
}
