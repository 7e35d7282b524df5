//! Measures and bandings.

use crate::Name;
use crate::catalogue::{ObjectIx, ParameterValue, Slot};
use crate::expr::Expr;
use crate::field::{CurrencySource, Field, FieldType, Storage};
use crate::measure::{
    Band, Banding, Carrier, Dating, Measure, MeasureKind, MeasureSource, Members,
};
use kernel::text::nearest;

use super::build::{Build, Part, Pending, Target};
use super::expressions::placeholder;
use super::problem::{Said, say};
use super::reader::Reader;
use super::shape::Folder;
use super::structure::Source;

type File<'a> = (usize, &'a Source, Reader<'a>);

impl<'a> Build<'a> {
    /// Reads the measures; their expressions are parsed later.
    pub(crate) fn measures(&mut self) {
        for file in self.files(Folder::Measures).collect::<Vec<_>>() {
            let (_, source, reader) = file;
            let Some(name) = self.stem(source) else { continue };
            let currency = reader.text("currency").map(str::to_owned);
            if let Some(text) = &currency
                && text.parse::<kernel::Currency>().is_err()
            {
                let message =
                    say(format!("`{text}` is not a currency"), format!("`{text}` 不是币种"));
                let remedy = say("write an ISO 4217 code", "请写 ISO 4217 代码");
                self.problem((source, reader.at("currency")), "currency", message, remedy);
            }
            let classes = reader.name("classes");
            if let Some(options) = &classes
                && !self.catalogue.options.contains_key(options)
            {
                let known: Vec<String> =
                    self.catalogue.options.keys().map(Name::to_string).collect();
                let near = nearest(options.as_str(), known.iter().map(String::as_str));
                let near = near.map(str::to_owned);
                let at = (source, reader.at("classes"));
                self.unknown(at, ("option set", "选项集"), options.as_str(), near.as_deref());
            }
            let carriers = self.carriers(&file, &name);
            let sources = self.measure_sources(&file, &name, &carriers);
            let members = self.members(&file, &name);
            let measure = Measure {
                name: name.clone(),
                label: reader.label("label").unwrap_or_default(),
                kind: match reader.text("kind") {
                    Some("flow") => MeasureKind::Flow,
                    _ => MeasureKind::Balance,
                },
                currency,
                scale: reader.integer("scale").and_then(|n| u8::try_from(n).ok()).unwrap_or(0),
                classes,
                carriers,
                sources,
                members,
            };
            if self.catalogue.measures.insert(name, measure).is_some() {
                self.twice(source, 0, &source.stem);
            }
        }
    }

    fn carriers(&mut self, file: &File<'a>, name: &Name) -> Vec<Carrier> {
        let (source_ix, source, reader) = *file;
        let mut carriers: Vec<Carrier> = Vec::new();
        for table in reader.tables("carriers") {
            let Some(object) = self.measured_object(source, &table) else { continue };
            let Some(subject) = self.pointing(source, &table, "subject", object) else { continue };
            if carriers.iter().any(|other| other.object == object) {
                self.twice(source, table.at("object"), table.text("object").unwrap_or_default());
                continue;
            }
            let at = carriers.len();
            let class = table.text("class").map(|_| placeholder());
            let target = Target::Measure(name.clone(), Part::Class(at));
            self.expect((source_ix, &table, "class"), object, target);
            carriers.push(Carrier { object, subject, class });
        }
        carriers
    }

    fn measure_sources(
        &mut self,
        file: &File<'a>,
        name: &Name,
        carriers: &[Carrier],
    ) -> Vec<MeasureSource> {
        let (source_ix, source, reader) = *file;
        let mut sources = Vec::new();
        for table in reader.tables("sources") {
            let Some(object) = self.measured_object(source, &table) else { continue };
            let via = match table.text("via") {
                Some(_) => match self.pointing(source, &table, "via", object) {
                    Some(slot) => Some(slot),
                    None => continue,
                },
                None => None,
            };
            let carried = carriers.iter().any(|carrier| match via {
                None => carrier.object == object,
                Some(via) => {
                    self.single(object, via) && self.refers_to(object, via, carrier.object)
                }
            });
            if !carried {
                let message = say(
                    "the source is no carrier and its `via` refers to none",
                    "来源对象不在 `carriers` 中，`via` 也没有唯一指向其中之一",
                );
                let remedy = say("name the carrier under `carriers`", "请在 `carriers` 中声明");
                let at = table.at(if via.is_some() { "via" } else { "object" });
                self.problem((source, at), "no_carrier", message, remedy);
                continue;
            }
            let Some(dating) = self.dating(source, &table, object) else { continue };
            let at = sources.len();
            let amount = Target::Measure(name.clone(), Part::Amount(at));
            self.expect((source_ix, &table, "amount"), object, amount);
            let when = Target::Measure(name.clone(), Part::When(at));
            self.expect((source_ix, &table, "when"), object, when);
            let when = table.text("when").map(|_| placeholder());
            sources.push(MeasureSource { object, via, amount: placeholder(), when, dating });
        }
        sources
    }

    fn dating(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        object: ObjectIx,
    ) -> Option<Dating> {
        let key = match (table.text("as_of"), table.text("on")) {
            (None, None) => return Some(Dating::Written),
            (Some(_), None) => "as_of",
            (None, Some(_)) => "on",
            (Some(_), Some(_)) => {
                let message =
                    say("a source has `as_of` or `on`, not both", "`as_of` 与 `on` 只能写一个");
                self.problem((source, table.at("on")), "dating", message, Said::none());
                return None;
            }
        };
        let slot = self.slot(source, table.text(key), table.at(key), object)?;
        let field = self.catalogue.at(object).and_then(|found| found.at(slot));
        if !field.is_some_and(|field| matches!(field.kind, FieldType::Date) && !field.encrypted) {
            let message = say(format!("`{key}` must name a date"), format!("`{key}` 须为日期字段"));
            self.problem((source, table.at(key)), "dating", message, Said::none());
            return None;
        }
        Some(if key == "on" { Dating::On(slot) } else { Dating::AsOf(slot) })
    }

    fn members(&mut self, file: &File<'a>, name: &Name) -> Option<Members> {
        let (source_ix, source, reader) = *file;
        let table = reader.table("members")?;
        let object = self.measured_object(source, &table)?;
        let group = self.pointing(source, &table, "group", object)?;
        let member = self.pointing(source, &table, "member", object)?;
        let target = Target::Measure(name.clone(), Part::Members);
        self.expect((source_ix, &table, "when"), object, target);
        let when = table.text("when").map(|_| placeholder());
        Some(Members { object, group, member, when })
    }

    fn measured_object(&mut self, source: &'a Source, table: &Reader<'a>) -> Option<ObjectIx> {
        let name = table.text("object")?;
        let found = self.catalogue.object(name).map(|(ix, _)| ix);
        if found.is_none() {
            self.unknown_object(source, table.at("object"), name);
        }
        found
    }

    /// The reference that `key` names.
    fn pointing(
        &mut self,
        source: &'a Source,
        table: &Reader<'a>,
        key: &str,
        object: ObjectIx,
    ) -> Option<Slot> {
        let slot = self.slot(source, table.text(key), table.at(key), object)?;
        let field = self.catalogue.at(object)?.at(slot)?;
        if matches!(field.kind, FieldType::Reference { .. }) {
            return Some(slot);
        }
        let message =
            say(format!("`{key}` must name a reference"), format!("`{key}` 须为引用字段"));
        self.problem((source, table.at(key)), "not_referring", message, Said::none());
        None
    }

    fn single(&self, object: ObjectIx, slot: Slot) -> bool {
        let field = self.catalogue.at(object).and_then(|found| found.at(slot));
        matches!(field.map(|f| &f.kind), Some(FieldType::Reference { to, .. }) if to.len() == 1)
    }

    /// Puts an expression of a measure in its place, if it reads nothing but the record.
    pub(crate) fn measured(&mut self, each: &Pending, (name, part): (&Name, &Part), parsed: Expr) {
        if *part != Part::Members && !self.reads_itself(each, &parsed) {
            return;
        }
        if matches!(part, Part::Amount(_)) {
            self.in_the_currency(each, name, &parsed);
        }
        let Some(measure) = self.catalogue.measures.get_mut(name) else { return };
        match part {
            Part::Class(at) => {
                if let Some(carrier) = measure.carriers.get_mut(*at) {
                    carrier.class = Some(parsed);
                }
            }
            Part::Amount(at) => {
                if let Some(source) = measure.sources.get_mut(*at) {
                    source.amount = parsed;
                }
            }
            Part::When(at) => {
                if let Some(source) = measure.sources.get_mut(*at) {
                    source.when = Some(parsed);
                }
            }
            Part::Members => {
                if let Some(members) = &mut measure.members {
                    members.when = Some(parsed);
                }
            }
        }
    }

    /// Whether an expression is made of stored fields of the record alone; a problem otherwise.
    fn reads_itself(&mut self, each: &Pending, parsed: &Expr) -> bool {
        let reads = parsed.dependencies();
        let stored = |field: &Field| {
            !field.encrypted && !matches!(field.storage(), Storage::Virtual | Storage::Sealed)
        };
        let own = reads.paths.iter().all(|path| path.steps.is_empty() && path.up == 0)
            && reads.aggregates.is_empty()
            && reads.parameters.is_empty()
            && reads.fields.iter().all(|(ix, slot)| {
                *ix == each.object
                    && self.catalogue.at(*ix).and_then(|o| o.at(*slot)).is_some_and(stored)
            });
        if own && !parsed.uses_now() && !parsed.root.uses_actor() {
            return true;
        }
        let message = say(
            "a measure reads stored fields of the record itself, nothing else",
            "指标只能读取记录自身的存储字段",
        );
        let remedy = say(
            "no paths, formulas, roll-ups, parameters, dates of today or encrypted fields",
            "不能用路径、公式、汇总、参数、当前日期或加密字段",
        );
        let Some(source) = self.sources.get(each.source) else { return false };
        self.problem((source, each.at), "not_local", message, remedy);
        false
    }

    /// Every amount of money that is read must be in the measure's currency.
    fn in_the_currency(&mut self, each: &Pending, name: &Name, parsed: &Expr) {
        let currency = self.catalogue.measures.get(name).and_then(|m| m.currency.clone());
        let reads = parsed.dependencies().fields;
        let foreign = reads.iter().find_map(|(ix, slot)| {
            let object = self.catalogue.at(*ix)?;
            let field = object.at(*slot)?;
            let FieldType::Money { currency: of, .. } = &field.kind else { return None };
            let fits = match of {
                CurrencySource::Fixed(code) => Some(code.to_string()) == currency,
                // An expression that asks for the currency chooses by it.
                CurrencySource::Field(name) => object
                    .field(name.as_str())
                    .is_some_and(|(asked, _)| reads.contains(&(*ix, asked))),
            };
            (!fits).then(|| field.name.to_string())
        });
        let Some(field) = foreign else { return };
        let Some(source) = self.sources.get(each.source) else { return };
        let message = say(
            format!("`{field}` is not always in the measure's currency"),
            format!("`{field}` 的币种不一定是指标的币种"),
        );
        let remedy = say(
            "ask for its currency, or use a field that holds the converted amount",
            "请判断币种，或用折算后的金额字段",
        );
        self.problem((source, each.at), "currency", message, remedy);
    }

    /// Reads the bandings.
    pub(crate) fn bandings(&mut self) {
        for file in self.files(Folder::Bandings).collect::<Vec<_>>() {
            let (source_ix, source, reader) = file;
            let Some(name) = self.stem(source) else { continue };
            let Some(banding) = self.banding(source, &reader, &name) else { continue };
            let object = banding.object;
            if self.catalogue.bandings.insert(name.clone(), banding).is_some() {
                self.twice(source, 0, &source.stem);
            }
            self.expect((source_ix, &reader, "when"), object, Target::BandingWhen(name));
        }
    }

    fn banding(&mut self, source: &'a Source, reader: &Reader<'a>, name: &Name) -> Option<Banding> {
        let object = self.measured_object(source, reader)?;
        let measure = reader.name("measure")?;
        let balance = self.catalogue.measures.get(&measure).map(|m| m.kind);
        if balance != Some(MeasureKind::Balance) {
            let known: Vec<String> = self.catalogue.measures.keys().map(Name::to_string).collect();
            let near = nearest(measure.as_str(), known.iter().map(String::as_str));
            let near = near.map(str::to_owned);
            let at = (source, reader.at("measure"));
            self.unknown(at, ("balance measure", "余额指标"), measure.as_str(), near.as_deref());
            return None;
        }
        let is_date = |field: &Field| matches!(field.kind, FieldType::Date);
        let is_number = |field: &Field| matches!(field.storage(), Storage::Scaled(_));
        let is_text = |field: &Field| field.storage() == Storage::Text;
        let field = self.banded_field((source, reader, "field"), object, is_text);
        let since = self.banded_field((source, reader, "since"), object, is_date);
        let average = self.banded_field((source, reader, "average"), object, is_number);
        let [upgrade_months, downgrade_months, downgrade_ratio] =
            ["upgrade_months", "downgrade_months", "downgrade_ratio"]
                .map(|key| self.number_parameter(source, reader, key));
        let bands = self.bands(source, reader);
        Some(Banding {
            name: name.clone(),
            label: reader.label("label").unwrap_or_default(),
            object,
            measure,
            field: field?,
            since,
            average,
            when: reader.text("when").map(|_| placeholder()),
            upgrade_months: upgrade_months?,
            downgrade_months: downgrade_months?,
            downgrade_ratio: downgrade_ratio?,
            bands,
        })
    }

    /// The field that `key` names, if it fits.
    fn banded_field(
        &mut self,
        (source, reader, key): (&'a Source, &Reader<'a>, &str),
        object: ObjectIx,
        fits: impl Fn(&Field) -> bool,
    ) -> Option<Slot> {
        let slot = self.slot(source, reader.text(key), reader.at(key), object)?;
        let field = self.catalogue.at(object)?.at(slot)?;
        if fits(field) && !field.encrypted {
            return Some(slot);
        }
        let message = say(
            format!("`{}` cannot be the `{key}` of a banding", field.name),
            format!("`{}` 的类型不能用作分档的 `{key}`", field.name),
        );
        self.problem((source, reader.at(key)), "type", message, Said::none());
        None
    }

    fn number_parameter(
        &mut self,
        source: &'a Source,
        reader: &Reader<'a>,
        key: &str,
    ) -> Option<Name> {
        let name = reader.name(key)?;
        let found = self.catalogue.parameters.get(&name);
        let number = found.is_some_and(|parameter| {
            parameter.values.iter().all(|(_, value)| matches!(value, ParameterValue::Number(_)))
        });
        if number {
            return Some(name);
        }
        let known: Vec<String> = self.catalogue.parameters.keys().map(Name::to_string).collect();
        let near = nearest(name.as_str(), known.iter().map(String::as_str)).map(str::to_owned);
        let at = (source, reader.at(key));
        self.unknown(at, ("number parameter", "数字参数"), name.as_str(), near.as_deref());
        None
    }

    fn bands(&mut self, source: &'a Source, reader: &Reader<'a>) -> Vec<Band> {
        let mut bands: Vec<Band> = Vec::new();
        for table in reader.tables("bands") {
            let from = match table.text("from") {
                None => None,
                Some(_) => self.number_parameter(source, &table, "from"),
            };
            if from.is_none() != bands.is_empty() {
                let message = say(
                    "the lowest band has no `from`, every other has one",
                    "最低一档不写 `from`，其余各档必须写",
                );
                self.problem((source, table.at), "bands", message, Said::none());
            }
            bands.push(Band { value: table.text("value").unwrap_or_default().to_owned(), from });
        }
        bands
    }
}
