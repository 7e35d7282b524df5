//! Bank card and account numbers.
//!
//! Refuses only what cannot be one. A failed Luhn check is a fact to show, not a refusal:
//! corporate accounts have none.

use std::fmt;

use crate::text;

/// Why a text is not a card or account number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BankCardError {
    /// Fewer than 12 or more than 30 digits.
    #[error("not 12 to 30 digits")]
    Length,
    /// Something other than digits, spaces and dashes.
    #[error("characters other than digits")]
    Characters,
}

impl BankCardError {
    /// A stable code for violations.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            BankCardError::Length => "length",
            BankCardError::Characters => "characters",
        }
    }
}

/// A number of 12 to 30 digits. Prints as `***` in debug output.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BankCard(String);

impl BankCard {
    /// Reads a number; spaces, dashes and full-width digits are understood.
    ///
    /// # Errors
    /// When there are other characters, or too few or too many digits.
    pub fn parse(text: &str) -> Result<BankCard, BankCardError> {
        let half = text::half_width(text);
        let digits: String =
            text::trim(&half).chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BankCardError::Characters);
        }
        if (12..=30).contains(&digits.len()) {
            Ok(BankCard(digits))
        } else {
            Err(BankCardError::Length)
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the last digit passes the Luhn check, as card numbers do and accounts need not.
    #[must_use]
    pub fn passes_luhn(&self) -> bool {
        luhn_valid(&self.0)
    }

    /// Whether it has the form of a UnionPay card: 16 to 19 digits beginning with 62, Luhn.
    #[must_use]
    pub fn is_union_pay(&self) -> bool {
        (16..=19).contains(&self.0.len()) && self.0.starts_with("62") && self.passes_luhn()
    }
}

impl fmt::Debug for BankCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The Luhn check digit of some digits; `None` when they are not digits.
#[must_use]
pub fn check_digit(digits: &str) -> Option<char> {
    let sum = luhn_sum(digits, true)?;
    char::from_digit((10 - sum % 10) % 10, 10)
}

/// Whether digits end in their Luhn check digit.
#[must_use]
pub fn luhn_valid(digits: &str) -> bool {
    luhn_sum(digits, false).is_some_and(|sum| sum % 10 == 0)
}

fn luhn_sum(digits: &str, double_last: bool) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    let mut sum = 0;
    let mut double = double_last;
    for character in digits.chars().rev() {
        let digit = character.to_digit(10)?;
        sum += if double { digit * 2 / 10 + digit * 2 % 10 } else { digit };
        double = !double;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn luhn_is_reported_and_never_refuses() {
        let card = BankCard::parse("6228 4804-0256 4890 018").unwrap();
        assert_eq!(card.as_str(), "6228480402564890018");
        assert!(card.passes_luhn() && card.is_union_pay());
        let account = BankCard::parse("１２３４５６７８９０１２").unwrap();
        assert!(!account.passes_luhn());
        assert!(luhn_valid("79927398713"));
        assert_eq!(check_digit("7894"), Some('9'));
        assert_eq!(format!("{card:?}"), "***");
    }

    #[test]
    fn what_cannot_be_a_number_is_refused() {
        let check = |text: &str, code| {
            assert_eq!(BankCard::parse(text).unwrap_err().code(), code, "{text}");
        };
        check("", "length");
        check("62284804025", "length");
        check("1234567890123456789012345678901", "length");
        check("6.22848E+18", "characters");
        check("622848040256489001张", "characters");
    }

    proptest! {
        #[test]
        fn a_check_digit_makes_digits_pass(digits in "[0-9]{11,29}") {
            let number = format!("{digits}{}", check_digit(&digits).unwrap());
            prop_assert!(BankCard::parse(&number).unwrap().passes_luhn());
        }
    }
}
