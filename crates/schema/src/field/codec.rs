//! From the outside to a [`Value`] and back, by the field's type.

use kernel::{Date, Decimal};
use serde_json::Value as Json;

use crate::Value;
use crate::catalogue::{Catalogue, Language};

use super::{Field, Flaw};

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
    /// What amounts are multiplied by (10,000 for 万元); none means 1.
    pub multiplier: Option<Decimal>,
    /// Language of the labels, tried first.
    pub language: Language,
}

/// Order of the parts of a date such as `03/04/2024`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// Year, month, day.
    #[default]
    Ymd,
    /// Month, day, year.
    Mdy,
    /// Day, month, year.
    Dmy,
}

impl Field {
    /// A value from the API: strict. `null` and empty text are [`Value::Null`]; whether the field
    /// may be empty is for the caller to decide.
    pub fn parse_json(&self, json: &Json, ctx: &Context<'_>) -> Result<Value, Vec<Flaw>> {
        let _ = (json, ctx);
        Err(vec![Flaw::new("type")])
    }

    /// A value from a file: lenient about how it is written, never about what it means.
    pub fn parse_text(
        &self,
        text: &str,
        options: &TextOptions,
        ctx: &Context<'_>,
    ) -> Result<Value, Vec<Flaw>> {
        let _ = (text, options, ctx);
        Err(vec![Flaw::new("type")])
    }

    /// The API form of a value. `currency` is that of a money field whose currency another field
    /// holds. The plaintext of an encrypted value is never written: it becomes `***`.
    #[must_use]
    pub fn to_json(&self, value: &Value, currency: Option<&str>) -> Json {
        let _ = (value, currency);
        Json::Null
    }

    /// The text of a value in an export.
    #[must_use]
    pub fn to_text(&self, value: &Value, catalogue: &Catalogue, language: Language) -> String {
        let _ = (value, catalogue, language);
        String::new()
    }
}
