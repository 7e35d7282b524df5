//! From the outside to a [`Value`] and back, by the field's type.
//!
//! The API's form is strict: one way to write each thing. The form of files is lenient about how a
//! thing is written, never about what it means. Whether a field may be empty is for the caller.

use std::sync::Arc;

use kernel::{Date, Decimal, Sensitive};
use serde_json::{Value as Json, json};

use crate::Value;
use crate::catalogue::{Catalogue, Language};

use super::{
    CurrencySource, Field, FieldType, Flaw, choice, date, identifier, number, reference, text,
};

/// What parsing may look at besides the field.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Options and objects.
    pub catalogue: &'a Catalogue,
    /// The business date.
    pub today: Date,
}

/// How a file writes its values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextOptions {
    /// Order of the parts of a date that does not start with its year.
    pub date_order: DateOrder,
    /// What numbers and amounts are multiplied by (10,000 for 万元); none means 1.
    pub multiplier: Option<Decimal>,
    /// Language of the labels.
    pub language: Language,
}

/// Order of the parts of a date such as `03/04/2024`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// Year, month, day: a date that ends in its year is refused when two readings are possible.
    #[default]
    Ymd,
    /// Month, day, year.
    Mdy,
    /// Day, month, year.
    Dmy,
}

/// One value or what is wrong with it.
pub(super) type Parsed = Result<Value, Flaw>;

impl Field {
    /// A value from the API: strict. `null`, empty text and an empty list are [`Value::Null`].
    pub fn parse_json(&self, json: &Json, ctx: &Context<'_>) -> Result<Value, Vec<Flaw>> {
        if json.is_null() {
            return Ok(Value::Null);
        }
        let value = match &self.kind {
            FieldType::Number { scale, min, max } | FieldType::Percent { scale, min, max } => {
                number::from_json(json, number::Bounds { scale: *scale, min: *min, max: *max })
            }
            FieldType::Money { scale, currency, min, max } => {
                let bounds = number::Bounds { scale: *scale, min: *min, max: *max };
                number::money_from_json(json, bounds, currency)
            }
            FieldType::Boolean => {
                json.as_bool().map(Value::Bool).ok_or_else(|| expected("true or false", "真或假"))
            }
            FieldType::MultiSelect { .. } | FieldType::Tags | FieldType::ManyToMany { .. } => {
                return self.list_from_json(json, ctx);
            }
            FieldType::Reference { to, .. } => reference::from_json(json, to),
            FieldType::User | FieldType::OrgUnit | FieldType::File { .. } => {
                reference::from_json(json, &[])
            }
            FieldType::ChildTable { .. } | FieldType::Formula { .. } | FieldType::RollUp { .. } => {
                Err(Flaw::new("read_only"))
            }
            _ => match json.as_str() {
                Some(text) => self.strict_text(text, ctx),
                None => Err(expected("text", "文本")),
            },
        };
        value.map(|value| self.sealed(value)).map_err(|flaw| vec![flaw])
    }

    /// A type whose API form is a text.
    fn strict_text(&self, text: &str, ctx: &Context<'_>) -> Parsed {
        match &self.kind {
            FieldType::Date => date::strict_date(text),
            FieldType::DateTime => date::strict_instant(text),
            FieldType::Select { options } | FieldType::Cascade { options } => {
                choice::by_code(ctx.catalogue, options, text)
            }
            FieldType::Text { max } => text::line(text, *max),
            FieldType::LongText { max } => text::block(text, *max),
            FieldType::AutoNumber { .. } => text::line(text, 64),
            FieldType::Address => text::line(text, text::ADDRESS_MAX),
            _ => identifier::parse(&self.kind, text, ctx.today),
        }
    }

    fn list_from_json(&self, json: &Json, ctx: &Context<'_>) -> Result<Value, Vec<Flaw>> {
        let Json::Array(items) = json else { return Err(vec![expected("list", "列表")]) };
        let parsed = items.iter().map(|item| match (&self.kind, item.as_str()) {
            (FieldType::ManyToMany { to }, _) => {
                reference::from_json(item, std::slice::from_ref(to))
            }
            (_, None) => Err(expected("text", "文本")),
            (FieldType::MultiSelect { options }, Some(text)) => {
                choice::by_code(ctx.catalogue, options, text)
            }
            (_, Some(text)) => text::line(text, text::TAG_MAX),
        });
        self.list(parsed.collect())
    }

    /// The items without repeats and empties, or everything wrong with them.
    fn list(&self, parsed: Vec<Parsed>) -> Result<Value, Vec<Flaw>> {
        let max = match self.kind {
            FieldType::ManyToMany { .. } => 1_000,
            _ => 100,
        };
        if parsed.len() > max {
            return Err(vec![Flaw::new("too_many").with("max", max)]);
        }
        let mut items: Vec<Value> = Vec::new();
        let mut flaws = Vec::new();
        for item in parsed {
            match item {
                Ok(Value::Null) => {}
                Ok(value) if items.contains(&value) => {}
                Ok(value) => items.push(value),
                Err(flaw) => flaws.push(flaw),
            }
        }
        match (flaws.is_empty(), items.is_empty()) {
            (false, _) => Err(flaws),
            (true, true) => Ok(Value::Null),
            (true, false) => Ok(Value::List(items.into())),
        }
    }

    /// A value from a file: lenient about how it is written, never about what it means. A reference
    /// must be an id; finding a record by its name is the import's work.
    pub fn parse_text(
        &self,
        written: &str,
        options: &TextOptions,
        ctx: &Context<'_>,
    ) -> Result<Value, Vec<Flaw>> {
        let trimmed = kernel::text::trim(written);
        if trimmed.is_empty() {
            return Ok(Value::Null);
        }
        let value = match &self.kind {
            FieldType::Number { scale, min, max } | FieldType::Money { scale, min, max, .. } => {
                let bounds = number::Bounds { scale: *scale, min: *min, max: *max };
                number::from_text(trimmed, bounds, options.multiplier)
            }
            FieldType::Percent { scale, min, max } => {
                let bounds = number::Bounds { scale: *scale, min: *min, max: *max };
                number::percent_from_text(trimmed, bounds)
            }
            FieldType::Date => date::lenient_date(trimmed, options.date_order),
            FieldType::DateTime => date::lenient_instant(trimmed, options.date_order),
            FieldType::Boolean => choice::flag(trimmed),
            FieldType::Select { options: set } | FieldType::Cascade { options: set } => {
                choice::by_any(ctx.catalogue, set, trimmed)
            }
            FieldType::MultiSelect { options: set } => {
                return self.list(choice::several(ctx.catalogue, set, trimmed));
            }
            FieldType::Tags => {
                let parts = choice::split(trimmed).map(|part| text::line(part, text::TAG_MAX));
                return self.list(parts.collect());
            }
            FieldType::ManyToMany { to } => {
                let to = std::slice::from_ref(to);
                let parts = choice::split(trimmed).map(|part| reference::from_text(part, to));
                return self.list(parts.collect());
            }
            FieldType::Reference { to, .. } => reference::from_text(trimmed, to),
            FieldType::User | FieldType::OrgUnit | FieldType::File { .. } => {
                reference::from_text(trimmed, &[])
            }
            FieldType::ChildTable { .. } | FieldType::Formula { .. } | FieldType::RollUp { .. } => {
                Err(Flaw::new("read_only"))
            }
            FieldType::Text { max } => {
                text::line(&kernel::text::normalize_width(&text::unwrapped(trimmed)), *max)
            }
            FieldType::Address => text::line(&text::unwrapped(trimmed), text::ADDRESS_MAX),
            _ => self.strict_text(trimmed, ctx),
        };
        value.map(|value| self.sealed(value)).map_err(|flaw| vec![flaw])
    }

    /// Text of an encrypted field as a secret.
    fn sealed(&self, value: Value) -> Value {
        match value {
            Value::Text(text) if self.encrypted => Value::Secret(Sensitive::new(text)),
            other => other,
        }
    }

    /// The field that holds the currency of this money field, if another does.
    #[must_use]
    pub fn currency_field(&self) -> Option<&crate::Name> {
        match &self.kind {
            FieldType::Money { currency: CurrencySource::Field(name), .. } => Some(name),
            _ => None,
        }
    }

    /// The currency that the API form `{"amount", "currency"}` of a money field states.
    #[must_use]
    pub fn stated_currency<'j>(&self, json: &'j Json) -> Option<&'j str> {
        match &self.kind {
            FieldType::Money { .. } => json.get("currency")?.as_str(),
            _ => None,
        }
    }

    /// The API form of a value. `currency` is that of a money field whose currency another field
    /// holds. The plaintext of an encrypted value is never written: it becomes `***`.
    #[must_use]
    pub fn to_json(&self, value: &Value, currency: Option<&str>) -> Json {
        match (value, &self.kind) {
            (Value::Null, _) => Json::Null,
            (Value::Bool(flag), _) => Json::from(*flag),
            (Value::Number(amount), FieldType::Money { scale, currency: source, .. }) => {
                let amount = number::fixed(*amount, *scale);
                match source {
                    CurrencySource::Fixed(code) => {
                        json!({ "amount": amount, "currency": code.as_str() })
                    }
                    CurrencySource::Field(_) => json!({ "amount": amount, "currency": currency }),
                }
            }
            (Value::Number(number), FieldType::Number { scale, .. }) => {
                number::to_json(*number, *scale)
            }
            (Value::Number(number), _) => Json::from(number.normalize().to_string()),
            (Value::Text(text), _) => Json::from(&**text),
            (Value::Secret(_), _) => Json::from("***"),
            (Value::Date(day), _) => Json::from(day.to_string()),
            (Value::Instant(at), _) => Json::from(date::instant_text(*at)),
            (Value::Id(id), _) => Json::from(id.to_string()),
            (Value::Link(object, id), _) => json!({ "object": object.as_str(), "id": id }),
            (Value::List(items), _) => {
                Json::Array(items.iter().map(|item| self.to_json(item, currency)).collect())
            }
        }
    }

    /// The text of a value in an export: labels of options, civil time in Shanghai, 是 or 否. An id
    /// stays an id; the plaintext of an encrypted value is never written.
    #[must_use]
    pub fn to_text(&self, value: &Value, catalogue: &Catalogue, language: Language) -> String {
        match (value, &self.kind) {
            (Value::Null, _) => String::new(),
            (Value::Bool(flag), _) => choice::flag_text(*flag, language).to_owned(),
            (
                Value::Number(number),
                FieldType::Money { scale, .. } | FieldType::Number { scale, .. },
            ) => number::fixed(*number, *scale),
            (Value::Number(number), FieldType::Percent { .. }) => number::percent_text(*number),
            (Value::Number(number), _) => number.normalize().to_string(),
            (
                Value::Text(code),
                FieldType::Select { options }
                | FieldType::MultiSelect { options }
                | FieldType::Cascade { options },
            ) => choice::label(catalogue, options, code, language),
            (Value::Text(text), _) => text.to_string(),
            (Value::Secret(_), _) => "***".to_owned(),
            (Value::Date(day), _) => day.to_string(),
            (Value::Instant(at), _) => date::local_text(*at),
            (Value::Id(id) | Value::Link(_, id), _) => id.to_string(),
            (Value::List(items), _) => {
                let separator = match language {
                    Language::Zh => "；",
                    Language::En => "; ",
                };
                let texts: Vec<String> =
                    items.iter().map(|item| self.to_text(item, catalogue, language)).collect();
                texts.join(separator)
            }
        }
    }
}

/// The value has another type than the field.
pub(super) fn expected(en: &str, zh: &str) -> Flaw {
    Flaw::new("type").with("expected", en).with("expected_zh", zh)
}

/// Shared text, or nothing when empty.
pub(super) fn full(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::Text(Arc::from(text)) }
}
