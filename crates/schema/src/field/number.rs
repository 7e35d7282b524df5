//! Numbers, amounts and percentages: exact, at the field's scale, within its bounds.

use kernel::decimal::{AmountError, parse_amount_lenient, to_scaled};
use kernel::{Currency, Decimal};
use serde_json::Value as Json;

use crate::Value;

use super::codec::{Parsed, expected};
use super::{CurrencySource, Flaw};

/// Digits after the point, least and greatest value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub scale: u8,
    pub min: Option<Decimal>,
    pub max: Option<Decimal>,
}

impl Bounds {
    fn check(self, number: Decimal) -> Parsed {
        let scale = u32::from(self.scale);
        let number = number.normalize();
        if number.scale() > scale {
            return Err(Flaw::new("scale").with("scale", scale));
        }
        let low = self.min.is_some_and(|min| number < min);
        let high = self.max.is_some_and(|max| number > max);
        match (self.min, self.max) {
            (Some(min), Some(max)) if low || high => {
                Err(Flaw::new("range").with("min", min).with("max", max))
            }
            (Some(min), None) if low => Err(Flaw::new("range_min").with("min", min)),
            (None, Some(max)) if high => Err(Flaw::new("range_max").with("max", max)),
            _ if to_scaled(number, scale).is_err() => {
                let max = kernel::decimal::from_scaled(i64::MAX, scale);
                Err(Flaw::new("range").with("min", -max).with("max", max))
            }
            _ => Ok(Value::Number(number)),
        }
    }
}

/// A number as text, or as a JSON integer.
pub(super) fn from_json(json: &Json, bounds: Bounds) -> Parsed {
    match json {
        Json::String(text) if text.trim().is_empty() => Ok(Value::Null),
        Json::String(text) => bounds.check(exact(text)?),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => bounds.check(Decimal::from(whole)),
            (None, Some(whole)) => bounds.check(Decimal::from(whole)),
            (None, None) => Err(Flaw::new("fraction")),
        },
        _ => Err(expected("number", "数字")),
    }
}

/// `"12.30"`, `12` or `{"amount": "12.30", "currency": "CNY"}`.
pub(super) fn money_from_json(json: &Json, bounds: Bounds, source: &CurrencySource) -> Parsed {
    let Json::Object(map) = json else { return from_json(json, bounds) };
    if let Some(key) = map.keys().find(|key| !matches!(key.as_str(), "amount" | "currency")) {
        return Err(Flaw::new("unknown_parameter").with("name", key));
    }
    if let Some(stated) = map.get("currency") {
        let code = stated.as_str().and_then(|code| Currency::parse(code).ok());
        let fits = match (source, code) {
            (CurrencySource::Fixed(fixed), Some(code)) => *fixed == code,
            (CurrencySource::Field(_), Some(_)) => true,
            (CurrencySource::Field(_), None) => stated.is_null(),
            (CurrencySource::Fixed(_), None) => false,
        };
        if !fits {
            let wanted = match source {
                CurrencySource::Fixed(fixed) => fixed.to_string(),
                CurrencySource::Field(_) => "ISO 4217".to_owned(),
            };
            return Err(Flaw::new("currency").with("expected", wanted));
        }
    }
    match map.get("amount") {
        None | Some(Json::Null) => Ok(Value::Null),
        Some(amount) => from_json(amount, bounds),
    }
}

/// Digits with an optional sign and point; nothing else.
fn exact(text: &str) -> Result<Decimal, Flaw> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return Err(expected("number", "数字"));
    }
    Decimal::from_str_exact(text).map_err(|_| Flaw::new("range_max").with("max", "10^28"))
}

/// A number as people write it.
pub(super) fn from_text(text: &str, bounds: Bounds, multiplier: Option<Decimal>) -> Parsed {
    let number = parse_amount_lenient(text).map_err(amount_flaw)?;
    let number = match multiplier {
        Some(times) => {
            number.checked_mul(times).ok_or_else(|| amount_flaw(AmountError::TooLarge))?
        }
        None => number,
    };
    bounds.check(number)
}

/// `3.85%`, `千分之三` is refused; a number without a sign is the fraction itself.
pub(super) fn percent_from_text(text: &str, bounds: Bounds) -> Parsed {
    let half = kernel::text::half_width(text);
    let (digits, divisor) = match (half.strip_suffix('%'), half.strip_suffix('‰')) {
        (Some(digits), _) => (digits, 100),
        (_, Some(digits)) => (digits, 1000),
        _ => (half.as_ref(), 1),
    };
    let number = parse_amount_lenient(digits).map_err(amount_flaw)?;
    bounds.check(number / Decimal::from(divisor))
}

fn amount_flaw(error: AmountError) -> Flaw {
    match error {
        AmountError::TooLarge => Flaw::new("range_max").with("max", "10^28"),
        AmountError::Grouping => Flaw::new("format"),
        AmountError::Empty | AmountError::NotAnAmount => expected("number", "数字"),
    }
}

/// A whole number that JavaScript keeps exactly is a JSON integer; every other is text.
pub(super) fn to_json(number: Decimal, scale: u8) -> Json {
    const SAFE: i64 = 1 << 53;
    let whole = (scale == 0).then(|| to_scaled(number, 0).ok()).flatten();
    match whole.filter(|whole| (-SAFE..=SAFE).contains(whole)) {
        Some(whole) => Json::from(whole),
        None => Json::from(fixed(number, scale)),
    }
}

/// Exactly `scale` digits after the point.
pub(super) fn fixed(mut number: Decimal, scale: u8) -> String {
    number.rescale(u32::from(scale));
    number.to_string()
}

/// `0.0385` as `3.85%`.
pub(super) fn percent_text(fraction: Decimal) -> String {
    match fraction.checked_mul(Decimal::ONE_HUNDRED) {
        Some(percent) => format!("{}%", percent.normalize()),
        None => fraction.to_string(),
    }
}
