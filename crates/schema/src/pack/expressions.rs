//! Parses the expressions of a half-built catalogue, once every object and field is known.
//!
//! A formula may read other formulas, so those are parsed in the order they depend on each other;
//! a circle is refused and shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalogue::{ObjectIx, Rows, Section, Slot};
use crate::expr::{self, Expr, ExprError, Node, Type};
use crate::field::{Field, FieldType};
use crate::{Name, Value};

use super::build::{Build, Origin, Part, Pending, Target};
use super::problem::{Said, say};

type FieldKey = (ObjectIx, Slot);

/// Which fields each computed field reads.
type Edges = BTreeMap<FieldKey, BTreeSet<FieldKey>>;

/// Stands where an expression will be.
pub(crate) fn placeholder() -> Expr {
    Expr { source: Arc::from(""), root: Node::Literal(Value::Null), ty: Type::Empty }
}

impl<'a> Build<'a> {
    /// Parses everything that waits.
    pub(crate) fn expressions(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let (formulas, others): (Vec<Pending>, Vec<Pending>) =
            pending.into_iter().partition(|each| {
                matches!(each.target, Target::Formula(..) | Target::RollUpFilter(..))
            });
        self.formulas(formulas);
        for each in others {
            match self.parse(&each) {
                Ok(parsed) => self.place(&each, parsed),
                Err(errors) => self.faults(&each, &errors),
            }
        }
        self.shares();
    }

    /// Computed fields, those that read no unparsed one first.
    fn formulas(&mut self, mut waiting: Vec<Pending>) {
        let mut edges: Edges = self.roll_up_edges();
        let mut faults = Vec::new();
        let known = self.problems.list.len();
        loop {
            let open: BTreeSet<FieldKey> = waiting.iter().filter_map(formula_key).collect();
            let mut left = Vec::new();
            let mut errors = Vec::new();
            let before = waiting.len();
            for each in waiting {
                match self.parse(&each) {
                    Ok(parsed) => {
                        let reads = parsed.dependencies().fields;
                        let blocked = reads.iter().any(|key| open.contains(key));
                        if let Some(key) = key_of(&each) {
                            edges.entry(key).or_default().extend(reads);
                        }
                        if blocked && formula_key(&each).is_some() {
                            left.push(each);
                        } else {
                            self.place(&each, parsed);
                        }
                    }
                    Err(found) => {
                        errors.push((each.clone(), found));
                        left.push(each);
                    }
                }
            }
            if left.is_empty() {
                break;
            }
            if left.len() == before {
                self.stuck(&errors, &open, &mut edges);
                faults = errors;
                break;
            }
            waiting = left;
        }
        self.circles(&edges);
        if self.problems.list.len() == known {
            faults.iter().for_each(|(each, found)| self.faults(each, found));
        }
    }

    /// No formula can be parsed any more: those that wait for each other make a circle, the rest
    /// have faults of their own.
    fn stuck(
        &mut self,
        errors: &[(Pending, Vec<ExprError>)],
        open: &BTreeSet<FieldKey>,
        edges: &mut Edges,
    ) {
        for (each, found) in errors {
            let mentioned = self.mentioned(each);
            let reads: BTreeSet<FieldKey> = mentioned.intersection(open).copied().collect();
            if reads.is_empty() {
                self.faults(each, found);
            } else if let Some(key) = key_of(each) {
                edges.entry(key).or_default().extend(reads);
            }
        }
    }

    /// Fields whose names an expression mentions, parsed or not.
    fn mentioned(&self, each: &Pending) -> BTreeSet<FieldKey> {
        let mut found = BTreeSet::new();
        for mention in expr::mentioned(&each.text).unwrap_or_default() {
            let outer = mention.words.iter().take_while(|word| *word == "outer").count();
            let depth = mention.inside.len().saturating_sub(outer);
            let object = match depth.checked_sub(1).and_then(|last| mention.inside.get(last)) {
                Some(child) => self.catalogue.object(child).map(|(ix, _)| ix),
                None => Some(each.object),
            };
            let words: Vec<&str> = mention.words.iter().skip(outer).map(String::as_str).collect();
            if let Some(object) = object
                && let Ok(path) = crate::query::path(&self.catalogue, object, &words.join("."))
            {
                found.insert((path.object, path.slot));
            }
        }
        found
    }

    /// What roll-ups read without any expression: the value they aggregate.
    fn roll_up_edges(&self) -> Edges {
        let mut edges = Edges::new();
        for key in self.origins.keys() {
            let field = self.catalogue.at(key.0).and_then(|object| object.at(key.1));
            if let Some(FieldType::RollUp { object, value: Some(value), .. }) =
                field.map(|field| &field.kind)
                && let Some((child, found)) = self.catalogue.object(object.as_str())
                && let Some((slot, _)) = found.field(value.as_str())
            {
                edges.entry(*key).or_default().insert((child, slot));
            }
        }
        edges
    }

    /// Reports each computed field that reads itself, directly or through others.
    fn circles(&mut self, edges: &Edges) {
        let mut reported: BTreeSet<FieldKey> = BTreeSet::new();
        for start in edges.keys() {
            let Some(circle) = circle_from(*start, edges) else { continue };
            if circle.iter().any(|key| reported.contains(key)) {
                continue;
            }
            reported.extend(circle.iter().copied());
            let shown: Vec<String> = circle.iter().map(|key| self.shown(*key)).collect();
            let Some(Origin { source, table }) = self.origins.get(start).copied() else { continue };
            let shown = shown.join(" → ");
            let message = say(
                format!("computed fields go in a circle: {shown}"),
                format!("计算字段循环引用：{shown}"),
            );
            let remedy = say("break the circle", "请打破循环");
            let key = if table.entries.contains_key("formula") { "formula" } else { "value" };
            self.problem((source, table.at(key)), "cycle", message, remedy);
        }
    }

    fn shown(&self, (object, slot): FieldKey) -> String {
        let Some(found) = self.catalogue.at(object) else { return String::new() };
        let field = found.at(slot).map(|field| field.name.to_string()).unwrap_or_default();
        format!("{}.{field}", found.name)
    }

    /// Parses with the type that its place asks for.
    fn parse(&self, each: &Pending) -> Result<Expr, Vec<ExprError>> {
        let wanted = match &each.target {
            Target::Formula(..) => None,
            Target::Default(object, slot) => self
                .catalogue
                .at(*object)
                .and_then(|found| expr::field_type(&self.catalogue, found, *slot)),
            Target::Retention(_, _, true) => Some(Type::Date),
            Target::ReminderValue(_, _, child, name) => self.reminder_type(*child, name),
            Target::Measure(_, Part::Class(_)) => Some(Type::Text),
            Target::Measure(_, Part::Amount(_)) => Some(Type::Number),
            _ => Some(Type::Bool),
        };
        expr::parse_all(&each.text, &self.catalogue, each.object, wanted.as_ref())
    }

    fn faults(&mut self, each: &Pending, errors: &[ExprError]) {
        errors.iter().for_each(|error| self.fault(each, error));
    }

    fn fault(&mut self, each: &Pending, error: &ExprError) {
        let Some(source) = self.sources.get(each.source) else { return };
        // The text stands behind its opening quote; with escapes in it, only its start is known.
        let written = source.text.get(each.at..).unwrap_or_default();
        let at = match written.find(&each.text) {
            Some(inner) if inner <= 4 => each.at + inner + error.offset,
            _ => each.at,
        };
        let message = say(error.message.en.clone(), error.message.zh.clone());
        let remedy = Said::did_you_mean(error.suggestion.as_deref());
        self.problem((source, at), "expression", message, remedy);
    }

    fn wrong_type(&mut self, each: &Pending, wanted: (&str, &str)) {
        let Some(source) = self.sources.get(each.source) else { return };
        let message = say(
            format!("the expression must yield {}", wanted.0),
            format!("表达式的结果应为{}", wanted.1),
        );
        self.problem((source, each.at), "expression_type", message, Said::none());
    }

    /// Puts a parsed expression where it belongs, after checking what it reads.
    fn place(&mut self, each: &Pending, parsed: Expr) {
        match &each.target {
            Target::Formula(object, slot) => {
                if matches!(parsed.ty, Type::Duration | Type::List(_) | Type::Empty) {
                    return self.wrong_type(each, ("one value", "单个值"));
                }
                self.plain_only(each, &parsed, (*object, *slot));
                self.with_field((*object, *slot), |field| {
                    field.kind = FieldType::Formula { expr: parsed };
                });
            }
            Target::RollUpFilter(object, slot) => {
                self.plain_only(each, &parsed, (*object, *slot));
                self.with_field((*object, *slot), |field| {
                    if let FieldType::RollUp { filter, .. } = &mut field.kind {
                        *filter = Some(parsed);
                    }
                });
            }
            Target::HopFilter(object, slot, key) => {
                self.plain_only(each, &parsed, (*object, *slot));
                self.with_field((*object, *slot), |field| {
                    let FieldType::RollUp { reach: Some(reach), .. } = &mut field.kind else {
                        return;
                    };
                    if let Some(hop) = reach.hop_mut(key) {
                        hop.filter = Some(parsed);
                    }
                });
            }
            Target::Default(object, slot) => {
                self.derived_reads((*object, *slot), &parsed);
                self.with_field((*object, *slot), |field| field.default = Some(parsed));
            }
            Target::When(object, position) | Target::Must(object, position) => {
                let found = self.catalogue.objects.get_index_mut(usize::from(object.0));
                let validation = found.and_then(|(_, found)| found.validations.get_mut(*position));
                if let Some(validation) = validation {
                    match &each.target {
                        Target::When(..) => validation.when = Some(parsed),
                        _ => validation.must = parsed,
                    }
                }
            }
            _ => self.place_beside(each, parsed),
        }
    }

    /// The same for what does not belong to a field or validation of an object.
    fn place_beside(&mut self, each: &Pending, parsed: Expr) {
        match &each.target {
            Target::Formula(..)
            | Target::RollUpFilter(..)
            | Target::HopFilter(..)
            | Target::Default(..)
            | Target::When(..)
            | Target::Must(..) => {}
            Target::ViewFilter(name) => {
                if let Some(view) = self.catalogue.views.get_mut(name) {
                    view.filter = Some(parsed);
                }
            }
            Target::Hint(object, position) => {
                let found = self.catalogue.objects.get_index_mut(usize::from(object.0));
                if let Some(hint) = found.and_then(|(_, found)| found.hints.get_mut(*position)) {
                    hint.when = parsed;
                }
            }
            Target::ItemWhen(list, position) | Target::ItemMet(list, position) => {
                self.place_item(each, (list, *position), parsed);
            }
            Target::Timeline(object) => {
                let found = self.catalogue.objects.get_index_mut(usize::from(object.0));
                if let Some(entries) = found.and_then(|(_, found)| found.timeline.as_mut()) {
                    entries.when = Some(parsed);
                }
            }
            Target::ListFilter(layout, section, position) => {
                let section = self.section(layout, *section);
                if let Some(list) = section.and_then(|found| found.lists.get_mut(*position)) {
                    list.filter = Some(parsed);
                }
            }
            Target::MeasureFilter(layout, section, position) => {
                let section = self.section(layout, *section);
                if let Some(measure) = section.and_then(|found| found.measures.get_mut(*position)) {
                    measure.filter = Some(parsed);
                }
            }
            Target::Check(purpose, position) => {
                let purpose = self.catalogue.purposes.get_mut(purpose);
                if let Some(check) = purpose.and_then(|found| found.checks.get_mut(*position)) {
                    check.must = parsed;
                }
            }
            Target::Retention(..) | Target::ReminderWhen(..) | Target::ReminderValue(..) => {
                self.place_kept(each, parsed);
            }
            Target::Rows(role, position) => {
                let role = self.catalogue.roles.get_mut(role);
                if let Some(grant) = role.and_then(|role| role.grants.get_mut(*position)) {
                    grant.rows = Rows::When(parsed);
                }
            }
            Target::Measure(name, part) => self.measured(each, (name, part), parsed),
            Target::BandingWhen(name) => {
                if let Some(banding) = self.catalogue.bandings.get_mut(name) {
                    banding.when = Some(parsed);
                }
            }
            Target::RowsWhen(role, position) => {
                let role = self.catalogue.roles.get_mut(role);
                if let Some(grant) = role.and_then(|role| role.grants.get_mut(*position)) {
                    grant.when = Some(parsed);
                }
            }
        }
    }

    /// What keeps a record, or reminds of it.
    fn place_kept(&mut self, each: &Pending, parsed: Expr) {
        let found = self.catalogue.objects.get_index_mut(usize::from(each.object.0));
        let Some((_, object)) = found else { return };
        match &each.target {
            Target::Retention(_, position, until) => {
                if let Some(rule) = object.retentions.get_mut(*position) {
                    let place = if *until { &mut rule.until } else { &mut rule.when };
                    *place = Some(parsed);
                }
            }
            Target::ReminderWhen(_, position) => {
                if let Some(reminder) = object.reminders.get_mut(*position) {
                    reminder.when = Some(parsed);
                }
            }
            Target::ReminderValue(_, position, _, name) => {
                let reminder = object.reminders.get_mut(*position);
                let values = reminder.map(|reminder| reminder.values.iter_mut());
                let place = values.and_then(|mut values| values.find(|(known, _)| known == name));
                if let Some((_, value)) = place {
                    *value = parsed;
                }
            }
            _ => {}
        }
    }

    /// An item of a completeness list, which computes like a formula.
    fn place_item(&mut self, each: &Pending, (list, position): (&Name, usize), parsed: Expr) {
        let Some(quality) = self.catalogue.quality.get(list) else { return };
        let slot = self.catalogue.at(each.object).and_then(|o| o.field(quality.field.as_str()));
        if let Some((slot, _)) = slot {
            self.plain_only(each, &parsed, (each.object, slot));
        }
        let quality = self.catalogue.quality.get_mut(list);
        if let Some(item) = quality.and_then(|quality| quality.items.get_mut(position)) {
            match &each.target {
                Target::ItemWhen(..) => item.when = Some(parsed),
                _ => item.met = parsed,
            }
        }
    }

    fn section(&mut self, layout: &Name, section: usize) -> Option<&mut Section> {
        self.catalogue.layouts.get_mut(layout)?.sections.get_mut(section)
    }

    fn with_field(&mut self, (object, slot): FieldKey, change: impl FnOnce(&mut Field)) {
        let found = self.catalogue.objects.get_index_mut(usize::from(object.0));
        let field = found.and_then(|(_, found)| found.fields.get_index_mut(usize::from(slot.0)));
        if let Some((_, field)) = field {
            change(field);
        }
    }

    /// A computed field reads no encrypted one; whether one of its own record is empty it may ask.
    fn plain_only(&mut self, each: &Pending, parsed: &Expr, key: FieldKey) {
        let weighed = parsed.root.weighed();
        let sealed: Vec<Name> = parsed
            .dependencies()
            .fields
            .into_iter()
            .filter(|(object, slot)| *object != each.object || weighed.contains(slot))
            .filter_map(|(object, slot)| self.catalogue.at(object)?.at(slot))
            .filter(|field| field.encrypted)
            .map(|field| field.name.clone())
            .collect();
        let Some(origin) = self.origins.get(&key).copied() else { return };
        for name in sealed {
            self.sealed(origin, each.at, name.as_str());
        }
    }
}

fn key_of(each: &Pending) -> Option<FieldKey> {
    match each.target {
        Target::Formula(object, slot) | Target::RollUpFilter(object, slot) => Some((object, slot)),
        _ => None,
    }
}

/// The field whose type is unknown until this is parsed.
fn formula_key(each: &Pending) -> Option<FieldKey> {
    match each.target {
        Target::Formula(object, slot) => Some((object, slot)),
        _ => None,
    }
}

/// A way from `start` back to itself, shortest first.
fn circle_from(start: FieldKey, edges: &Edges) -> Option<Vec<FieldKey>> {
    let mut from: BTreeMap<FieldKey, FieldKey> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        for next in edges.get(&here).into_iter().flatten() {
            if *next == start {
                let mut way = vec![start, here];
                let mut at = here;
                while at != start {
                    at = *from.get(&at)?;
                    way.push(at);
                }
                if here == start {
                    way.truncate(2);
                }
                way.reverse();
                return Some(way);
            }
            if !from.contains_key(next) {
                from.insert(*next, here);
                queue.push_back(*next);
            }
        }
    }
    None
}
