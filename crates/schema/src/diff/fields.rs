//! Compares a field with what it was, and says what the change asks of stored values.

use crate::Name;
use crate::catalogue::{Catalogue, Label};
use crate::field::{CurrencySource, Field, FieldType, Reach, Storage};

use super::compare::parts;
use super::{Change, Effect, Refusal};

/// Adds what differs between `was` and `field`.
pub(super) fn compare(
    object: &Name,
    was: &Field,
    field: &Field,
    (old, new): (&Catalogue, &Catalogue),
    changes: &mut Vec<Change>,
) {
    let name = || (object.clone(), field.name.clone());
    match (was.retired, field.retired) {
        (false, true) => {
            let (object, field) = name();
            changes.push(Change::FieldRetired { object, field });
        }
        (true, false) => {
            let (object, field) = name();
            changes.push(Change::FieldRestored { object, field });
        }
        _ => {}
    }
    let mut found = Found { effect: Effect::Words, parts: Vec::new(), refusal: None };
    found.words(was, field);
    found.rules(was, field);
    found.keys(was, field);
    found.kind(was, field, (old, new));
    if !found.parts.is_empty() {
        let (object, field) = name();
        let Found { effect, parts, refusal } = found;
        changes.push(Change::FieldChanged { object, field, effect, parts, refusal });
    }
}

struct Found {
    effect: Effect,
    parts: Vec<String>,
    refusal: Option<Refusal>,
}

impl Found {
    fn note(&mut self, part: &str, effect: Effect) {
        if !self.parts.iter().any(|known| known == part) {
            self.parts.push(part.to_owned());
        }
        self.effect = self.effect.max(effect);
    }

    fn refuse(&mut self, part: &str, message: (&str, &str), remedy: (&str, &str)) {
        self.note(part, Effect::Incompatible);
        let label = |(en, zh): (&str, &str)| Label { zh: zh.to_owned(), en: en.to_owned() };
        self.refusal.get_or_insert(Refusal { message: label(message), remedy: label(remedy) });
    }

    fn words(&mut self, was: &Field, field: &Field) {
        let default = |field: &Field| field.default.as_ref().map(|expr| expr.source.clone());
        let differing = parts(&[
            ("label", was.label == field.label),
            ("help", was.help == field.help),
            ("pack", was.pack == field.pack),
            ("default", default(was) == default(field)),
            ("level", was.level == field.level),
            ("mask", was.mask == field.mask),
            ("history", was.history == field.history),
            ("aliases", was.aliases == field.aliases),
            ("read_only", was.read_only == field.read_only),
        ]);
        differing.iter().for_each(|part| self.note(part, Effect::Words));
    }

    fn rules(&mut self, was: &Field, field: &Field) {
        match (was.required, field.required) {
            (false, true) => self.note("required", Effect::Narrowed),
            (true, false) => self.note("required", Effect::Widened),
            _ => {}
        }
    }

    fn keys(&mut self, was: &Field, field: &Field) {
        match (was.unique, field.unique) {
            (false, true) => self.note("unique", Effect::Reindex),
            (true, false) => self.note("unique", Effect::Widened),
            _ => {}
        }
        if was.indexed != field.indexed {
            self.note("indexed", Effect::Reindex);
        }
        if was.search != field.search {
            self.note("search", Effect::Reindex);
        }
        if was.encrypted != field.encrypted {
            self.note("encrypted", Effect::Rewrite);
        }
    }

    fn kind(&mut self, was: &Field, field: &Field, (old, new): (&Catalogue, &Catalogue)) {
        use FieldType as T;
        match (&was.kind, &field.kind) {
            (
                T::Text { max: a } | T::LongText { max: a },
                T::Text { max: b } | T::LongText { max: b },
            ) => {
                if std::mem::discriminant(&was.kind) != std::mem::discriminant(&field.kind) {
                    self.note("type", Effect::Widened);
                }
                self.bound("max", a <= b, a == b);
            }
            (
                T::Number { scale: a, min: a_min, max: a_max }
                | T::Percent { scale: a, min: a_min, max: a_max },
                T::Number { scale: b, min: b_min, max: b_max }
                | T::Percent { scale: b, min: b_min, max: b_max },
            ) => {
                let same = std::mem::discriminant(&was.kind) == std::mem::discriminant(&field.kind);
                if !same {
                    return self.another_type();
                }
                self.scale(*a, *b);
                self.range((a_min, a_max), (b_min, b_max));
            }
            (
                T::Money { scale: a, currency: a_from, min: a_min, max: a_max },
                T::Money { scale: b, currency: b_from, min: b_min, max: b_max },
            ) => {
                self.scale(*a, *b);
                self.range((a_min, a_max), (b_min, b_max));
                self.currency(a_from, b_from);
            }
            (T::Select { options: a }, T::Select { options: b })
            | (T::MultiSelect { options: a }, T::MultiSelect { options: b })
            | (T::Cascade { options: a }, T::Cascade { options: b }) => {
                if a != b {
                    self.options(old, a, new, b);
                }
            }
            (T::Select { options: a }, T::Cascade { options: b })
            | (T::Cascade { options: a }, T::Select { options: b }) => {
                self.note("type", Effect::Widened);
                self.options(old, a, new, b);
            }
            (T::Reference { to: a, on_delete: x }, T::Reference { to: b, on_delete: y }) => {
                self.targets(a, b);
                if x != y {
                    self.note("on_delete", Effect::Words);
                }
            }
            _ => self.light_kinds(was, field),
        }
    }

    /// Kinds whose attributes leave stored values as they are.
    fn light_kinds(&mut self, was: &Field, field: &Field) {
        use FieldType as T;
        match (&was.kind, &field.kind) {
            (T::File { max_bytes: a, versions: m }, T::File { max_bytes: b, versions: n }) => {
                self.bound("max_bytes", a <= b, a == b);
                if m != n {
                    self.note("versions", Effect::Words);
                }
            }
            (T::AutoNumber { prefix: a, digits: m }, T::AutoNumber { prefix: b, digits: n }) => {
                if (a, m) != (b, n) {
                    self.note("format", Effect::Words);
                }
            }
            (T::Formula { expr: a }, T::Formula { expr: b }) => {
                if a.source != b.source {
                    self.note("formula", Effect::Words);
                }
            }
            (T::ManyToMany { to: a }, T::ManyToMany { to: b }) if a == b => {}
            (T::ChildTable { object: a, by: x }, T::ChildTable { object: b, by: y }) => {
                if (a, x) != (b, y) {
                    self.note("object", Effect::Words);
                }
            }
            (T::RollUp { .. }, T::RollUp { .. }) => self.roll_up(&was.kind, &field.kind),
            _ => self.other_kinds(was, field),
        }
    }

    /// Kinds that have nothing to compare, or are not the same.
    fn other_kinds(&mut self, was: &Field, field: &Field) {
        let (a, b) = (&was.kind, &field.kind);
        let virtual_both = was.storage() == Storage::Virtual && field.storage() == Storage::Virtual;
        let to_text = matches!(b, FieldType::Text { .. } | FieldType::LongText { .. });
        if std::mem::discriminant(a) == std::mem::discriminant(b) && plain(a) {
            return;
        }
        if virtual_both {
            self.note("type", Effect::Words);
        } else if textual(a) && to_text {
            self.note("type", Effect::Narrowed);
        } else {
            self.another_type();
        }
    }

    fn another_type(&mut self) {
        self.refuse(
            "type",
            ("stored values cannot become the new type", "已存的值无法转换为新类型"),
            (
                "add a field of the new type, move the values over, and retire this one",
                "请新增一个新类型的字段，迁移数据后停用此字段",
            ),
        );
    }

    fn bound(&mut self, part: &str, wider: bool, equal: bool) {
        match (equal, wider) {
            (true, _) => {}
            (false, true) => self.note(part, Effect::Widened),
            (false, false) => self.note(part, Effect::Narrowed),
        }
    }

    fn scale(&mut self, was: u8, scale: u8) {
        match was.cmp(&scale) {
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Less => self.note("scale", Effect::Rewrite),
            std::cmp::Ordering::Greater => self.refuse(
                "scale",
                ("fewer decimal places would lose digits", "减少小数位会丢失数据"),
                (
                    "keep the scale, or add a field of the smaller scale and retire this one",
                    "请保留原小数位，或新增字段后停用此字段",
                ),
            ),
        }
    }

    fn range<T: PartialOrd>(
        &mut self,
        (a_min, a_max): (&Option<T>, &Option<T>),
        (b_min, b_max): (&Option<T>, &Option<T>),
    ) {
        let lower = match (a_min, b_min) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => b <= a,
        };
        let higher = match (a_max, b_max) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => b >= a,
        };
        self.bound("min", lower, a_min == b_min);
        self.bound("max", higher, a_max == b_max);
    }

    fn currency(&mut self, was: &CurrencySource, source: &CurrencySource) {
        if was != source {
            self.refuse(
                "currency",
                ("stored amounts would change their currency", "已存金额的币种会改变"),
                (
                    "add an amount with the new currency and retire this one",
                    "请新增使用新币种的金额字段后停用此字段",
                ),
            );
        }
    }

    /// Another set that still has every code keeps the values readable.
    fn options(&mut self, old: &Catalogue, was: &Name, new: &Catalogue, set: &Name) {
        let before = old.options.get(was);
        let after = new.options.get(set);
        let kept = before.is_none_or(|before| {
            before.items.keys().all(|code| after.is_some_and(|set| set.items.contains_key(code)))
        });
        if kept {
            self.note("options", Effect::Widened);
        } else {
            self.refuse(
                "options",
                ("the new option set lacks codes of the old one", "新选项集缺少原有的代码"),
                (
                    "add the missing codes to the new set, marked retired",
                    "请在新选项集中补上缺少的代码并标记为停用",
                ),
            );
        }
    }

    fn targets(&mut self, was: &[Name], to: &[Name]) {
        if was == to {
            return;
        }
        let kept = was.iter().all(|name| to.contains(name));
        match (was.len() > 1, to.len() > 1) {
            (false, true) if kept => self.note("to", Effect::Rewrite),
            (true, true) if kept => self.note("to", Effect::Widened),
            _ => self.refuse(
                "to",
                (
                    "stored references may point to an object it no longer names",
                    "已存的引用可能指向不再允许的对象",
                ),
                (
                    "keep the objects it names, or add another reference and retire this one",
                    "请保留原有对象，或新增引用字段后停用此字段",
                ),
            ),
        }
    }

    fn roll_up(&mut self, was: &FieldType, kind: &FieldType) {
        let (
            FieldType::RollUp { object: a, by: b, function: c, value: d, filter: e, reach: f },
            FieldType::RollUp { object: v, by: w, function: x, value: y, filter: z, reach: g },
        ) = (was, kind)
        else {
            return;
        };
        let text = |filter: &Option<crate::expr::Expr>| filter.as_ref().map(|f| f.source.clone());
        let differing = parts(&[
            ("object", a == v),
            ("by", b == w),
            ("function", c == x),
            ("value", d == y),
            ("filter", text(e) == text(z)),
            ("through", ways(f) == ways(g)),
        ]);
        differing.iter().for_each(|part| self.note(part, Effect::Words));
    }
}

/// The ways of a roll-up, as they were written.
fn ways(reach: &Option<Box<Reach>>) -> Vec<(&'static str, [Option<&str>; 4])> {
    let hops = reach.iter().flat_map(|reach| reach.hops());
    hops.map(|(key, hop)| {
        let to = hop.to.as_ref().map(Name::as_str);
        let filter = hop.filter.as_ref().map(|filter| &*filter.source);
        (key, [Some(hop.object.as_str()), Some(hop.by.as_str()), to, filter])
    })
    .collect()
}

/// Types without attributes of their own.
fn plain(kind: &FieldType) -> bool {
    use FieldType as T;
    matches!(
        kind,
        T::Date
            | T::DateTime
            | T::Boolean
            | T::User
            | T::OrgUnit
            | T::Phone
            | T::Email
            | T::Url
            | T::ResidentId
            | T::CreditCode
            | T::BankCard
            | T::Address
            | T::Tags
    )
}

/// Types whose stored form is a text that a text field can hold.
fn textual(kind: &FieldType) -> bool {
    use FieldType as T;
    matches!(
        kind,
        T::Phone
            | T::Email
            | T::Url
            | T::ResidentId
            | T::CreditCode
            | T::BankCard
            | T::Address
            | T::Select { .. }
            | T::AutoNumber { .. }
    )
}
