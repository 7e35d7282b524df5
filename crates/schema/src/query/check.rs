//! Checks a query's bounds and names against the catalogue.

use crate::catalogue::{Catalogue, Object, ObjectIx, SystemKind};
use crate::expr::Path;
use crate::field::{Field, FieldType, Flaw, Storage};
use kernel::text::nearest;

use super::{Bucket, MeasureFn, Query, limit};

impl Query {
    /// Everything wrong with the bounds and names, at once. The filter's text is only measured.
    pub fn check(&self, catalogue: &Catalogue) -> Result<ObjectIx, Vec<Flaw>> {
        let mut flaws = Vec::new();
        self.check_bounds(&mut flaws);
        let Some((ix, _)) = catalogue.object(&self.object) else {
            flaws.push(unknown_object(catalogue, &self.object));
            return Err(flaws);
        };
        for column in &self.columns {
            if let Err(flaw) = path(catalogue, ix, column) {
                flaws.push(flaw.with("parameter", "columns"));
            }
        }
        self.check_sort(catalogue, ix, &mut flaws);
        self.check_groups(catalogue, ix, &mut flaws);
        if flaws.is_empty() { Ok(ix) } else { Err(flaws) }
    }

    fn check_bounds(&self, flaws: &mut Vec<Flaw>) {
        if !(1..=limit::ROWS).contains(&self.limit) {
            flaws.push(Flaw::new("range").with("min", 1).with("max", limit::ROWS).about("limit"));
        }
        let counts = [
            ("columns", self.columns.len(), limit::COLUMNS),
            ("sort", self.sort.len(), limit::SORT),
            ("group", self.group.len(), limit::GROUP),
            ("measures", self.measures.len(), limit::MEASURES),
        ];
        for (name, count, max) in counts {
            if count > max {
                flaws.push(Flaw::new("too_many").with("max", max).about(name));
            }
        }
        let lengths = [
            ("filter", self.filter.as_ref().map_or(0, String::len), limit::FILTER_BYTES),
            (
                "search",
                self.search.as_ref().map_or(0, |text| text.chars().count()),
                limit::SEARCH_CHARS,
            ),
            ("cursor", self.cursor.as_ref().map_or(0, String::len), limit::CURSOR_BYTES),
        ];
        for (name, length, max) in lengths {
            if length > max {
                flaws.push(Flaw::new("too_long").with("max", max).about(name));
            }
        }
    }

    fn check_sort(&self, catalogue: &Catalogue, ix: ObjectIx, flaws: &mut Vec<Flaw>) {
        if self.is_grouped() {
            let names: Vec<String> = self
                .group
                .iter()
                .map(|key| key.field.clone())
                .chain(self.measures.iter().map(super::Measure::name))
                .collect();
            for sort in self.sort.iter().filter(|sort| !names.contains(&sort.field)) {
                let near = nearest(&sort.field, names.iter().map(String::as_str));
                flaws.push(unknown("unknown_field", &sort.field, near).about("sort"));
            }
            return;
        }
        for sort in &self.sort {
            match path(catalogue, ix, &sort.field) {
                Err(flaw) => flaws.push(flaw.about("sort")),
                Ok(found) if field_at(catalogue, &found).is_some_and(|f| !sortable(f)) => {
                    flaws.push(Flaw::new("not_sortable").with("name", &sort.field).about("sort"));
                }
                Ok(_) => {}
            }
        }
    }

    fn check_groups(&self, catalogue: &Catalogue, ix: ObjectIx, flaws: &mut Vec<Flaw>) {
        for key in &self.group {
            match path(catalogue, ix, &key.field) {
                Err(flaw) => flaws.push(flaw.about("group")),
                Ok(found) => {
                    let fits = field_at(catalogue, &found)
                        .is_some_and(|field| groupable(field, key.bucket));
                    if !fits {
                        let flaw = Flaw::new("not_groupable").with("name", &key.field);
                        flaws.push(flaw.about("group"));
                    }
                }
            }
        }
        for measure in &self.measures {
            let Some(field) = &measure.field else {
                if measure.function != MeasureFn::Count {
                    flaws.push(Flaw::new("required").about("measures"));
                }
                continue;
            };
            match path(catalogue, ix, field) {
                Err(flaw) => flaws.push(flaw.about("measures")),
                Ok(found) => {
                    let fits = field_at(catalogue, &found)
                        .is_some_and(|field| measurable(field, measure.function));
                    if !fits {
                        let flaw = Flaw::new("not_measurable").with("name", field);
                        flaws.push(flaw.about("measures"));
                    }
                }
            }
        }
        let names: Vec<String> = self.measures.iter().map(super::Measure::name).collect();
        for (at, name) in names.iter().enumerate() {
            if names.iter().take(at).any(|other| other == name) {
                flaws.push(Flaw::new("duplicate").with("name", name).about("measures"));
            }
        }
    }
}

impl Flaw {
    /// Names the request parameter the flaw is in; its sentence's label.
    fn about(self, parameter: &str) -> Flaw {
        self.with("parameter", parameter)
    }
}

/// The path that `text` (`name`, `owner.name`) means on `object`'s records.
pub fn path(catalogue: &Catalogue, object: ObjectIx, text: &str) -> Result<Path, Flaw> {
    let mut at = object;
    let mut steps = Vec::new();
    let mut parts = text.split('.').peekable();
    while let Some(part) = parts.next() {
        let here = catalogue.at(at).ok_or_else(|| unknown("unknown_field", text, None))?;
        let Some((slot, field)) = here.field(part) else {
            return Err(unknown_field(here, part));
        };
        if parts.peek().is_none() {
            return Ok(Path { steps, object: at, slot, up: 0 });
        }
        let Some(target) = field.target(catalogue) else {
            return Err(Flaw::new("not_a_reference").with("name", part));
        };
        steps.push((at, slot));
        if steps.len() > limit::STEPS {
            return Err(Flaw::new("too_many").with("max", limit::STEPS).with("name", text));
        }
        at = target;
    }
    Err(unknown("unknown_field", text, None))
}

impl Field {
    /// The one object this field refers to, if it refers to records of exactly one.
    #[must_use]
    pub fn target(&self, catalogue: &Catalogue) -> Option<ObjectIx> {
        match &self.kind {
            FieldType::Reference { to, .. } => match to.as_slice() {
                [one] => catalogue.object(one.as_str()).map(|(ix, _)| ix),
                _ => None,
            },
            FieldType::User => catalogue.system(SystemKind::User).map(|(ix, _)| ix),
            FieldType::OrgUnit => catalogue.system(SystemKind::OrgUnit).map(|(ix, _)| ix),
            _ => None,
        }
    }
}

fn field_at<'a>(catalogue: &'a Catalogue, path: &Path) -> Option<&'a Field> {
    catalogue.at(path.object)?.at(path.slot)
}

/// Whether rows can be put in order by this field.
pub(crate) fn sortable(field: &Field) -> bool {
    !field.encrypted
        && !matches!(field.storage(), Storage::Texts | Storage::Uuids | Storage::Link)
        && !matches!(field.kind, FieldType::ChildTable { .. } | FieldType::File { .. })
}

fn groupable(field: &Field, bucket: Bucket) -> bool {
    let plain = sortable(field) && !matches!(field.kind, FieldType::LongText { .. });
    let timed = match &field.kind {
        FieldType::Date | FieldType::DateTime => true,
        FieldType::Formula { expr } => {
            matches!(expr.ty, crate::expr::Type::Date | crate::expr::Type::Instant)
        }
        _ => false,
    };
    plain && (bucket == Bucket::None || timed)
}

fn measurable(field: &Field, function: MeasureFn) -> bool {
    let number = match &field.kind {
        FieldType::Formula { expr } => expr.ty == crate::expr::Type::Number,
        FieldType::RollUp { .. } => true,
        _ => matches!(field.storage(), Storage::Scaled(_)),
    };
    match function {
        MeasureFn::Count => !matches!(field.kind, FieldType::ChildTable { .. }),
        MeasureFn::CountDistinct => groupable(field, Bucket::None),
        MeasureFn::Sum | MeasureFn::Avg => number && !field.encrypted,
        MeasureFn::Min | MeasureFn::Max => sortable(field),
    }
}

/// A flaw naming what is not known, with the nearest known name.
pub(crate) fn unknown(code: &'static str, name: &str, near: Option<&str>) -> Flaw {
    match near {
        None => Flaw::new(code).with("name", name),
        Some(near) => {
            let code = match code {
                "unknown_field" => "unknown_field_near",
                "unknown_object" => "unknown_object_near",
                _ => "unknown_parameter_near",
            };
            Flaw::new(code).with("name", name).with("near", near)
        }
    }
}

/// There is no such field on `object`.
pub(crate) fn unknown_field(object: &Object, name: &str) -> Flaw {
    unknown("unknown_field", name, nearest(name, object.fields.keys().map(crate::Name::as_str)))
}

/// There is no such object.
pub(crate) fn unknown_object(catalogue: &Catalogue, name: &str) -> Flaw {
    let known = catalogue.objects.keys().map(crate::Name::as_str);
    unknown("unknown_object", name, nearest(name, known))
}
