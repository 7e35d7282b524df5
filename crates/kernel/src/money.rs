//! Exact amounts in one currency.
//!
//! There is no `Add` and no `Mul`: both can fail, so they say so. Never rounds unless told how.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// 人民币.
    pub const CNY: Currency = Currency(*b"CNY");
    /// US dollar.
    pub const USD: Currency = Currency(*b"USD");
    /// Hong Kong dollar.
    pub const HKD: Currency = Currency(*b"HKD");

    /// Reads a code; lower case and `RMB` are understood.
    ///
    /// # Errors
    /// When it is not three letters.
    pub fn parse(code: &str) -> Result<Currency, MoneyError> {
        let mut letters = [0; 3];
        let code = code.trim();
        if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(MoneyError::NotACurrency);
        }
        for (slot, byte) in letters.iter_mut().zip(code.bytes()) {
            *slot = byte.to_ascii_uppercase();
        }
        Ok(if letters == *b"RMB" { Currency::CNY } else { Currency(letters) })
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // INVARIANT: only ASCII letters get in, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits of the smallest unit; 2 for codes not known to differ.
    #[must_use]
    pub fn minor_units(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" => 4,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Currency, MoneyError> {
        Currency::parse(code)
    }
}

/// Why an amount could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three letters.
    #[error("not a currency code")]
    NotACurrency,
    /// Not a decimal number.
    #[error("not an amount")]
    NotAnAmount,
    /// Two currencies met.
    #[error("{0} and {1} cannot be combined")]
    MixedCurrencies(Currency, Currency),
    /// Beyond what can be kept exactly.
    #[error("amount out of range")]
    Overflow,
}

/// How a result that has too many digits is cut. Every use names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// 四舍五入: halves away from zero.
    HalfUp,
    /// 四舍六入五成双: halves to the even neighbor.
    HalfEven,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

impl Rounding {
    /// `value` at `digits` after the point.
    #[must_use]
    pub fn apply(self, value: Decimal, digits: u32) -> Decimal {
        let strategy = match self {
            Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
            Rounding::Down => RoundingStrategy::ToZero,
            Rounding::Up => RoundingStrategy::AwayFromZero,
        };
        value.round_dp_with_strategy(digits, strategy)
    }
}

/// The most parts one amount is divided into.
const PARTS_MAX: u32 = 10_000;

/// An exact amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// An amount as it is: nothing is rounded.
    #[must_use]
    pub fn new(amount: Decimal, currency: Currency) -> Money {
        Money { amount, currency }
    }

    /// Nothing, in `currency`.
    #[must_use]
    pub fn zero(currency: Currency) -> Money {
        Money { amount: Decimal::ZERO, currency }
    }

    /// The amount.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The sum.
    ///
    /// # Errors
    /// When currencies differ or the sum is out of range.
    pub fn try_add(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        self.with(self.amount.checked_add(other.amount))
    }

    /// The difference.
    ///
    /// # Errors
    /// When currencies differ or the difference is out of range.
    pub fn try_sub(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        self.with(self.amount.checked_sub(other.amount))
    }

    /// The amount times `rate`, rounded to the currency's smallest unit.
    ///
    /// # Errors
    /// When the product is out of range.
    pub fn try_mul(self, rate: Decimal, rounding: Rounding) -> Result<Money, MoneyError> {
        let digits = self.currency.minor_units();
        let product = self.amount.checked_mul(rate);
        self.with(product.map(|value| rounding.apply(value, digits)))
    }

    /// `count` parts that add up to this amount: equal in the smallest unit, the last carries the
    /// remainder. No parts for a count of zero.
    ///
    /// # Errors
    /// When asked for more than ten thousand parts, or the arithmetic is out of range.
    pub fn allocate(self, count: u32) -> Result<Vec<Money>, MoneyError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        if count > PARTS_MAX {
            return Err(MoneyError::Overflow);
        }
        let digits = self.currency.minor_units().max(self.amount.normalize().scale());
        let share = self.amount.checked_div(Decimal::from(count)).ok_or(MoneyError::Overflow)?;
        let share = self.with(Some(Rounding::Down.apply(share, digits)))?;
        let before = share.amount.checked_mul(Decimal::from(count - 1));
        let last = before.and_then(|paid| self.amount.checked_sub(paid));
        let mut parts = vec![share; count as usize];
        if let Some(slot) = parts.last_mut() {
            *slot = self.with(last)?;
        }
        Ok(parts)
    }

    /// The amount with at least as many digits as the smallest unit has: `12.30`.
    #[must_use]
    pub fn amount_text(self) -> String {
        let mut amount = self.amount;
        if amount.scale() < self.currency.minor_units() {
            amount.rescale(self.currency.minor_units());
        }
        amount.to_string()
    }

    fn same_currency(self, other: Money) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::MixedCurrencies(self.currency, other.currency))
        }
    }

    fn with(self, amount: Option<Decimal>) -> Result<Money, MoneyError> {
        let amount = amount.ok_or(MoneyError::Overflow)?;
        Ok(Money { amount, currency: self.currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.amount_text())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: String,
    currency: String,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let currency = self.currency.as_str().to_owned();
        Wire { amount: self.amount_text(), currency }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let amount = Decimal::from_str_exact(&wire.amount)
            .map_err(|_| serde::de::Error::custom(MoneyError::NotAnAmount))?;
        let currency = Currency::parse(&wire.currency).map_err(serde::de::Error::custom)?;
        Ok(Money { amount, currency })
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        let code = String::deserialize(deserializer)?;
        Currency::parse(&code).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn cny(text: &str) -> Money {
        Money::new(text.parse().unwrap(), Currency::CNY)
    }

    #[test]
    fn currencies_are_three_letters() {
        assert_eq!(Currency::parse("cny"), Ok(Currency::CNY));
        assert_eq!(Currency::parse("RMB"), Ok(Currency::CNY));
        assert_eq!(Currency::parse("JPY").unwrap().minor_units(), 0);
        for bad in ["", "CN", "CNYX", "12A", "人民币", "元"] {
            assert_eq!(Currency::parse(bad), Err(MoneyError::NotACurrency), "{bad}");
        }
    }

    #[test]
    fn sums_stay_in_one_currency_and_in_range() {
        assert_eq!(cny("1.10").try_add(cny("2.20")), Ok(cny("3.30")));
        assert_eq!(cny("1.10").try_sub(cny("2.20")), Ok(cny("-1.10")));
        let dollars = Money::zero(Currency::USD);
        assert_eq!(
            cny("1").try_add(dollars),
            Err(MoneyError::MixedCurrencies(Currency::CNY, Currency::USD))
        );
        let most = Money::new(Decimal::MAX, Currency::CNY);
        assert_eq!(most.try_add(cny("1")), Err(MoneyError::Overflow));
        assert_eq!(most.try_mul(Decimal::TWO, Rounding::Down), Err(MoneyError::Overflow));
    }

    #[test]
    fn each_rounding_does_what_its_name_says() {
        let check = |amount: &str, rounding, expected: &str| {
            let half = "0.5".parse().unwrap();
            assert_eq!(cny(amount).try_mul(half, rounding), Ok(cny(expected)), "{amount}");
        };
        check("0.05", Rounding::HalfUp, "0.03");
        check("0.05", Rounding::HalfEven, "0.02");
        check("0.05", Rounding::Down, "0.02");
        check("0.05", Rounding::Up, "0.03");
        check("-0.05", Rounding::HalfUp, "-0.03");
        check("-0.05", Rounding::Down, "-0.02");
    }

    #[test]
    fn the_last_installment_carries_the_remainder() {
        let check = |total: &str, count, expected: &[&str]| {
            let parts = cny(total).allocate(count).unwrap();
            let texts: Vec<String> = parts.into_iter().map(Money::amount_text).collect();
            assert_eq!(texts, expected, "{total} in {count}");
        };
        check("100.00", 3, &["33.33", "33.33", "33.34"]);
        check("-100", 3, &["-33.33", "-33.33", "-33.34"]);
        check("0.01", 2, &["0.00", "0.01"]);
        check("100.00", 0, &[]);
        assert_eq!(cny("1").allocate(u32::MAX), Err(MoneyError::Overflow));
    }

    #[test]
    fn json_carries_the_amount_as_text() {
        let text = r#"{"amount":"12.30","currency":"CNY"}"#;
        assert_eq!(serde_json::to_string(&cny("12.3")).unwrap(), text);
        assert_eq!(serde_json::from_str::<Money>(text).unwrap(), cny("12.3"));
        for bad in [
            r#"{"amount":12.3,"currency":"CNY"}"#,
            r#"{"amount":"12,3","currency":"CNY"}"#,
            r#"{"amount":"12.3","currency":"yuan"}"#,
            r#"{"amount":"12.3"}"#,
        ] {
            assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parts_add_up(cents in any::<i64>(), count in 1_u32..400) {
            let total = Money::new(crate::decimal::from_scaled(cents, 2), Currency::CNY);
            let parts = total.allocate(count).unwrap();
            prop_assert_eq!(parts.len(), count as usize);
            let sum = parts
                .into_iter()
                .try_fold(Money::zero(Currency::CNY), Money::try_add)
                .unwrap();
            prop_assert_eq!(sum, total);
        }
    }
}
