//! Generators: how one value comes about, resolved from a recipe.

use kernel::Decimal;
use schema::expr::{Expr, Type};
use schema::{FieldType, Name, ObjectIx, Slot, Value};

use super::bind::Binder;
use super::dice;
use super::plan::{Argument, Recipe};

/// A generator with what may leave the value empty.
pub(crate) struct Maker {
    pub make: Make,
    /// Empty except so many times of a hundred.
    pub percent: Option<u64>,
    /// Empty unless this holds.
    pub when: Option<Expr>,
    /// Of the field's name: draws of one field do not move those of another.
    pub hash: u64,
}

/// The ways a value comes about. Expressions are over the row at hand.
pub(crate) enum Make {
    Value(Expr),
    /// The row an expression of references points to.
    Same(Expr),
    Weights(Vec<(Value, u64)>),
    Some {
        of: Vec<Value>,
        least: u64,
        most: u64,
    },
    Chance(u64),
    Whole {
        span: [Expr; 2],
        step: i64,
    },
    Skewed {
        span: [Expr; 2],
        step: i64,
        scale: u32,
    },
    Day([Expr; 2]),
    Moment {
        span: [Expr; 2],
        hours: [i64; 2],
    },
    Pick(Pick),
    Row {
        table: usize,
        at: Expr,
        of: Option<Expr>,
    },
    Find {
        table: usize,
        by: Slot,
        is: Expr,
        at: Option<Expr>,
    },
    Letter(Expr),
    Format(Vec<Piece>),
    Split {
        total: Expr,
        into: Expr,
        at: Option<Expr>,
        scale: u32,
    },
    Shuffle {
        index: Expr,
        over: Expr,
    },
    Birthday {
        serial: Expr,
        year: Expr,
    },
    ResidentId {
        serial: Expr,
        birth: Expr,
        sex: Expr,
        region: Expr,
    },
    CreditCode {
        serial: Expr,
        region: Expr,
        authority: Option<Expr>,
    },
    Mobile(Expr),
    Card {
        serial: Expr,
        prefix: Expr,
        digits: usize,
    },
}

/// A draw from a list.
pub(crate) struct Pick {
    pub table: usize,
    pub weight: Option<Slot>,
    /// Only rows of this outer row.
    pub of: Option<Expr>,
    /// Only rows whose columns lie around a number.
    pub within: Option<(Vec<Slot>, Expr)>,
}

/// A part of a formatted text.
pub(crate) enum Piece {
    Text(String),
    Value { expr: Expr, digits: usize },
}

/// The step or list whose rows a recipe refers to.
pub(crate) fn target(recipe: &Recipe) -> Option<&str> {
    [&recipe.pick, &recipe.row, &recipe.find].into_iter().flatten().next().map(String::as_str)
}

/// What a recipe yields that neither is an expression nor refers to rows.
pub(crate) fn kind(recipe: &Recipe) -> FieldType {
    let numbers = recipe.whole.is_some()
        || recipe.skewed.is_some()
        || recipe.split.is_some()
        || recipe.shuffle.is_some();
    if numbers {
        FieldType::Number { scale: 9, min: None, max: None }
    } else if recipe.chance.is_some() {
        FieldType::Boolean
    } else if recipe.day.is_some() || recipe.birthday.is_some() {
        FieldType::Date
    } else if recipe.moment.is_some() {
        FieldType::DateTime
    } else if recipe.some_of.is_some() {
        FieldType::Tags
    } else {
        FieldType::Text { max: 1000 }
    }
}

/// Resolves a recipe for a field of table `ix`; faults are noted in the binder.
pub(crate) fn maker(
    binder: &mut Binder<'_>,
    at: &str,
    ix: ObjectIx,
    field: &str,
    recipe: &Recipe,
) -> Option<Maker> {
    let mut site = Site { binder, at, ix };
    let make = site.reference(recipe);
    let make = make.or_else(|| site.drawn(recipe)).or_else(|| site.derived(recipe));
    let Some(make) = make else {
        if site.binder.is_clean(at) {
            site.binder.error(at, "say how the value comes about, with all it needs");
        }
        return None;
    };
    let when = match &recipe.when {
        Some(when) => Some(site.expr(&when.source(), &Type::Bool)?),
        None => None,
    };
    site.check(field, recipe);
    Some(Maker { make, percent: recipe.percent, when, hash: dice::of_text(field) })
}

/// Where a recipe stands.
struct Site<'a, 'b> {
    binder: &'a mut Binder<'b>,
    at: &'a str,
    ix: ObjectIx,
}

impl Site<'_, '_> {
    fn expr(&mut self, source: &str, wanted: &Type) -> Option<Expr> {
        self.binder.parse(self.at, self.ix, source, wanted)
    }

    fn given(&mut self, argument: Option<&Argument>, wanted: &Type) -> Option<Expr> {
        self.expr(&argument?.source(), wanted)
    }

    fn span(&mut self, span: &[Argument; 2], wanted: &Type) -> Option<[Expr; 2]> {
        let [low, high] = span;
        Some([self.expr(&low.source(), wanted)?, self.expr(&high.source(), wanted)?])
    }

    fn reference(&mut self, recipe: &Recipe) -> Option<Make> {
        let any = Type::Id(Vec::new());
        let table = self.binder.table(self.at, target(recipe)?)?;
        let of = match &recipe.of {
            Some(of) => Some(self.expr(&of.source(), &any)?),
            None => None,
        };
        if recipe.pick.is_some() {
            let weight = match &recipe.weight {
                Some(weight) => Some(self.binder.column(self.at, table, weight)?),
                None => None,
            };
            let within = match &recipe.within {
                Some(columns) => {
                    let slots: Option<Vec<Slot>> = columns
                        .iter()
                        .map(|name| self.binder.column(self.at, table, name))
                        .collect();
                    Some((slots?, self.given(recipe.at.as_ref(), &Type::Number)?))
                }
                None => None,
            };
            return Some(Make::Pick(Pick { table, weight, of, within }));
        }
        if recipe.row.is_some() {
            let at = self.given(recipe.at.as_ref(), &Type::Number)?;
            return Some(Make::Row { table, at, of });
        }
        let by = self.binder.column(self.at, table, recipe.by.as_deref()?)?;
        let is = self.given(recipe.is.as_ref(), &Type::Empty)?;
        let at = match &recipe.at {
            Some(at) => Some(self.expr(&at.source(), &Type::Number)?),
            None => None,
        };
        Some(Make::Find { table, by, is, at })
    }

    /// Values that chance decides.
    fn drawn(&mut self, recipe: &Recipe) -> Option<Make> {
        let step = match &recipe.step {
            Some(Argument::Whole(step)) => *step,
            _ => 1,
        };
        if let Some(weights) = &recipe.weights {
            let weights = weights.iter().map(|(code, n)| (Value::text(code.as_str()), *n));
            return Some(Make::Weights(weights.collect()));
        }
        if let Some(texts) = &recipe.one_of {
            let texts = texts.iter().map(|text| (Value::text(text.as_str()), 1));
            return Some(Make::Weights(texts.collect()));
        }
        if let Some(texts) = &recipe.some_of {
            let of: Vec<Value> = texts.iter().map(|text| Value::text(text.as_str())).collect();
            let most = recipe.most.unwrap_or(of.len() as u64);
            return Some(Make::Some { of, least: recipe.least.unwrap_or(0), most });
        }
        if let Some(chance) = recipe.chance {
            return Some(Make::Chance(chance));
        }
        if let Some(span) = &recipe.whole {
            return Some(Make::Whole { span: self.span(span, &Type::Number)?, step });
        }
        if let Some(span) = &recipe.skewed {
            let span = self.span(span, &Type::Number)?;
            return Some(Make::Skewed { span, step, scale: recipe.scale.unwrap_or(0) });
        }
        if let Some(span) = &recipe.day {
            return Some(Make::Day(self.span(span, &Type::Date)?));
        }
        if let Some(span) = &recipe.moment {
            let hours = recipe.hours.unwrap_or([9, 18]);
            return Some(Make::Moment { span: self.span(span, &Type::Date)?, hours });
        }
        Some(Make::Letter(self.given(recipe.letter.as_ref(), &Type::Text)?))
    }

    /// Values that follow from others.
    fn derived(&mut self, recipe: &Recipe) -> Option<Make> {
        if let Some(value) = &recipe.value {
            let expr = self.expr(&value.source(), &Type::Empty)?;
            let is_row = matches!(expr.ty, Type::Id(_));
            return Some(if is_row { Make::Same(expr) } else { Make::Value(expr) });
        }
        if let Some(format) = &recipe.format {
            return self.format(format).map(Make::Format);
        }
        if let Some(total) = &recipe.split {
            let total = self.expr(&total.source(), &Type::Number)?;
            let into = self.given(recipe.into.as_ref(), &Type::Number)?;
            let at = match &recipe.at {
                Some(at) => Some(self.expr(&at.source(), &Type::Number)?),
                None => None,
            };
            return Some(Make::Split { total, into, at, scale: recipe.scale.unwrap_or(2) });
        }
        if let Some(index) = &recipe.shuffle {
            let index = self.expr(&index.source(), &Type::Number)?;
            return Some(Make::Shuffle {
                index,
                over: self.given(recipe.over.as_ref(), &Type::Number)?,
            });
        }
        self.identifier(recipe)
    }

    fn identifier(&mut self, recipe: &Recipe) -> Option<Make> {
        if let Some(serial) = &recipe.birthday {
            let serial = self.expr(&serial.source(), &Type::Number)?;
            return Some(Make::Birthday {
                serial,
                year: self.given(recipe.year.as_ref(), &Type::Number)?,
            });
        }
        if let Some(serial) = &recipe.resident_id {
            return Some(Make::ResidentId {
                serial: self.expr(&serial.source(), &Type::Number)?,
                birth: self.given(recipe.birth.as_ref(), &Type::Date)?,
                sex: self.given(recipe.sex.as_ref(), &Type::Text)?,
                region: self.given(recipe.region.as_ref(), &Type::Text)?,
            });
        }
        if let Some(serial) = &recipe.credit_code {
            let serial = self.expr(&serial.source(), &Type::Number)?;
            let region = self.given(recipe.region.as_ref(), &Type::Text)?;
            let authority = match &recipe.prefix {
                Some(prefix) => Some(self.expr(&prefix.source(), &Type::Text)?),
                None => None,
            };
            return Some(Make::CreditCode { serial, region, authority });
        }
        if let Some(serial) = &recipe.bank_card {
            let serial = self.expr(&serial.source(), &Type::Number)?;
            let prefix = self.given(recipe.prefix.as_ref(), &Type::Text)?;
            let digits = usize::try_from(recipe.digits.unwrap_or(19)).ok()?;
            return Some(Make::Card { serial, prefix, digits });
        }
        Some(Make::Mobile(self.given(recipe.mobile.as_ref(), &Type::Number)?))
    }

    /// `A{x}B{y:3}` in pieces.
    fn format(&mut self, format: &str) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut rest = format;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((inner, left)) = after.split_once('}') else {
                self.binder.error(self.at, "`{` without `}`");
                return None;
            };
            let (source, digits) = match inner.rsplit_once(':') {
                Some((source, digits)) => (source, digits.trim().parse().unwrap_or(0)),
                None => (inner, 0),
            };
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Value { expr: self.expr(source, &Type::Empty)?, digits });
            rest = left;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Some(pieces)
    }

    /// Whether the field can hold what the recipe yields.
    fn check(&mut self, field: &str, recipe: &Recipe) {
        let Some(found) = self.binder.catalogue.at(self.ix).and_then(|object| object.field(field))
        else {
            return;
        };
        let options = match &found.1.kind {
            FieldType::Select { options } | FieldType::MultiSelect { options } => options.clone(),
            _ => return,
        };
        let codes = recipe.weights.iter().flat_map(|weights| weights.keys());
        let codes =
            codes.chain(recipe.one_of.iter().flatten()).chain(recipe.some_of.iter().flatten());
        let unknown: Vec<String> = match self.binder.real.options.get(&options as &Name) {
            Some(set) => codes.filter(|code| !set.items.contains_key(*code)).cloned().collect(),
            None => Vec::new(),
        };
        for code in unknown {
            self.binder.error(self.at, format!("`{options}` has no option `{code}`"));
        }
    }
}

/// A whole number that a value holds; what follows the point is dropped.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => i64::try_from(number.trunc()).ok(),
        _ => None,
    }
}

/// A number as a whole number of units of `scale` digits.
pub(crate) fn scaled(value: &Value, scale: u32) -> Option<i64> {
    match value {
        Value::Number(number) => {
            kernel::decimal::to_scaled(kernel::decimal::round_half_up(*number, scale), scale).ok()
        }
        _ => None,
    }
}

/// The number that so many units are.
pub(crate) fn unscaled(units: i64, scale: u32) -> Value {
    let number: Decimal = kernel::decimal::from_scaled(units, scale);
    Value::Number(number)
}
